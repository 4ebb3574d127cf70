// This file tests what the decoder and the encoder refuse.

package binary

import (
	"errors"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/binary"
)

// An errorTest is a malformed component: sections in hexadecimal behind the
// preamble, or with raw the whole file.
type errorTest struct {
	name, in string
	raw      bool
	at       int64
	code     diag.Code
	words    string
}

func (tt *errorTest) data(t testing.TB) []byte {
	if tt.raw {
		return unhex(t, tt.in)
	}
	return comp(t, tt.in)
}

var errorTests = []errorTest{
	{"empty", "", true, 0, CodeTruncated, "unexpected end-of-file"},
	{"no magic", "00 61 73 6e 0d 00 01 00", true, 0, CodeMagic, "magic header not detected"},
	{"short", "00 61 73 6d 0d", true, 5, CodeTruncated, "unexpected end-of-file"},
	{"core module", "00 61 73 6d 01 00 00 00", true, 4, CodeVersion, "expected a version header for a component"},
	{"version", "00 61 73 6d 0e 00 01 00", true, 4, CodeVersion, "unknown binary version"},
	{"section id", "0d 00", false, 8, CodeSection, "malformed section id 13"},
	{"section size", "07 03 00", false, 9, CodeTruncated, "unexpected end-of-file: section size is 3, but 1 bytes are left"},
	{"size of six bytes", "07 81 80 80 80 80 00 00", false, 9, CodeInteger, "integer representation too long"},
	{"bytes behind a section", "07 02 00 00", false, 11, CodeSection, "section size mismatch"},
	{"bytes behind a definition", "09 05 00 00 00 00 00", false, 13, CodeSection, "(in the start section)"},
	{"count", "07 04 bf 84 3d 73", false, 10, CodeTruncated, "number of elements is 999999"},
	{"element beyond the section", "07 02 01 70 73", false, 12, CodeTruncated, "expected a value type"},
	{"value type", "07 03 01 70 40", false, 12, CodeByte, "invalid leading byte (0x40) for component value type"},
	{"label", "07 05 01 72 01 01 ff", false, 14, CodeUTF8, "malformed UTF-8"},
	{"long label", "07 04 01 6d 01 02", false, 13, CodeTruncated, "the length of label is 2, but 0 bytes are left"},
	{"type", "07 02 01 4f", false, 11, CodeByte, "invalid leading byte (0x4f) for component defined type"},
	{"case", "07 06 01 71 01 00 00 02", false, 15, CodeByte, "zero byte required"},
	{"optional", "07 03 01 66 02", false, 12, CodeByte, "invalid leading byte (0x2) for optional element type"},
	{"destructor", "07 04 01 3f 7f 02", false, 13, CodeByte, "optional resource destructor"},
	{"representation", "07 04 01 3f 60 00", false, 12, core.CodeType, "malformed value type 0x60"},
	{"core type cut off", "03 03 01 60 01", false, 12, core.CodeTruncated, "unexpected end-of-file"},
	{"zero byte without a sub type", "03 03 01 00 60", false, 12, CodeByte, "expected 0x50 for a sub type after 0x0"},
	{"zero byte alone", "03 02 01 00", false, 12, CodeTruncated, "expected an open sub type"},
	{"module type", "03 04 01 50 01 05", false, 13, CodeByte, "for type definition"},
	{"core alias", "06 07 01 01 01 00 02 66 66", false, 11, CodeByte, "invalid leading byte (0x1) for core external kind"},
	{"outer alias", "06 06 01 00 12 02 00 00", false, 12, CodeByte, "for component outer alias kind"},
	{"flag", "08 03 01 06 02", false, 12, CodeByte, "invalid boolean value 0x2"},
	{"results", "09 06 00 00 e9 07", false, 9, CodeTruncated, "section size is 6"},
	{"many results", "09 03 00 00 11", false, 12, CodeLimit, "number of results is 17"},
	{"many parameters", "07 04 01 40 e9 07", false, 12, CodeTruncated, "number of parameters is 1001"},
	{"core module in a component", "04 13 00 61 73 6d 0d 00 01 00 01 09 00 61 73 6d 01 00 00 00 63", false, 28, core.CodeSection, "malformed section id 99 (in the core module section)"},
	{"core module of a later version", "01 08 00 61 73 6d 02 00 00 00", false, 14, core.CodeVersion, "expected a version header for a module"},
}

func TestErrors(t *testing.T) {
	for _, tt := range errorTests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(tt.data(t))
			wantError(t, err, tt.code, tt.words)
			var e *diag.Error
			if errors.As(err, &e) && (!e.At.Valid || e.At.Offset != tt.at) {
				t.Errorf("%v: at %#x, want %#x", err, e.At.Offset, tt.at)
			}
		})
	}
}

func wantError(t *testing.T, err error, code diag.Code, words string) {
	t.Helper()
	var e *diag.Error
	switch {
	case !errors.As(err, &e):
		t.Errorf("the error is %v, want one with %q", err, words)
	case e.Code != code:
		t.Errorf("%v: the code is %q, want %q", err, e.Code, code)
	case !strings.Contains(e.Msg, words):
		t.Errorf("%v: want %q in it", err, words)
	}
}

// wrapType puts a type inside of n instance types.
func wrapType(n int) component.DefType {
	t := &component.InstanceType{}
	for range n - 1 {
		t = &component.InstanceType{Decls: []component.Decl{&component.TypeDef{Type: t}}}
	}
	return t
}

func TestNesting(t *testing.T) {
	deepest := nestedComponents(MaxNesting, nil)
	c, err := Decode(deepest)
	if err != nil {
		t.Fatal(err)
	}
	c = &component.Component{Defs: []component.Definition{c}}
	_, err = Encode(c)
	wantError(t, err, CodeEncode, "nesting too deep")
	deeper := append([]byte(magic+version), 4)
	deeper = append(deeper, byte(len(deepest)&0x7f|0x80), byte(len(deepest)>>7))
	_, err = Decode(append(deeper, deepest...))
	wantError(t, err, CodeLimit, "nesting too deep")

	types, err := Encode(&component.Component{Defs: []component.Definition{def(wrapType(MaxTypeNesting))}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(types); err != nil {
		t.Error(err)
	}
	_, err = Encode(&component.Component{Defs: []component.Definition{def(wrapType(MaxTypeNesting + 1))}})
	wantError(t, err, CodeEncode, "nesting too deep")
	raw := comp(t, "07 aa 02 01"+strings.Repeat("42 01 01", 99)) // 1+297 bytes
	_, err = Decode(append(raw, "\x42\x01\x01\x42\x01\x01"...))
	wantError(t, err, CodeTruncated, "unexpected end-of-file")
	raw = comp(t, "07 ae 02 01"+strings.Repeat("42 01 01", 100)+"42 00")
	raw[9], raw[10] = byte((len(raw)-11)&0x7f|0x80), byte((len(raw)-11)>>7)
	_, err = Decode(raw)
	wantError(t, err, CodeLimit, "nesting too deep")
}

// A module type nests like other types.
func TestModuleTypeNesting(t *testing.T) {
	body := strings.Repeat("50 01 01 ", 100) + "50 00"
	raw := comp(t, "03 ff 02 01"+body)
	raw[9], raw[10] = byte((len(raw)-11)&0x7f|0x80), byte((len(raw)-11)>>7)
	_, err := Decode(raw)
	wantError(t, err, CodeLimit, "nesting too deep")
}

func TestEncodeErrors(t *testing.T) {
	for words, d := range map[string]component.Definition{
		"a value type is missing":                     def(&component.ListType{}),
		"no encoding of a type":                       def(nil),
		"no sort 99":                                  &component.Alias{Sort: 99},
		"no outer alias of a func":                    &component.Alias{Kind: component.AliasOuter},
		"no core export alias of a func":              &component.Alias{Kind: component.AliasCoreExport},
		"no kind of alias 7":                          &component.Alias{Kind: 7},
		"no canonical definition 0xee":                &component.Canon{Op: 0xee},
		"no canonical option 9":                       &component.Canon{Opts: []component.CanonOpt{{Kind: 9}}},
		"no form of name 3":                           &component.Import{Name: component.ExternName{Form: 3}},
		"no kind of attribute 9":                      &component.Import{Name: component.ExternName{Attrs: []component.Attribute{{Kind: 9}}}},
		"no import or export of a core tag":           &component.Import{Type: component.ExternType{Sort: component.SortCoreTag}},
		"a type has no bound":                         &component.Import{Type: component.ExternType{Sort: component.SortType}},
		"a value has no bound":                        &component.Import{Type: component.ExternType{Sort: component.SortValue, Bound: component.BoundSubResource}},
		"is not UTF-8":                                &component.Custom{Name: "\xff"},
		"has no content":                              &component.CoreModule{},
		"the sort func stands where a core sort must": &component.CoreInstance{Inline: true, Exports: make([]component.CoreInlineExport, 1)},
		"an instance type has an import":              def(&component.InstanceType{Decls: []component.Decl{&component.Import{Type: component.ExternType{Sort: component.SortFunc}}}}),
	} {
		_, err := Encode(&component.Component{Defs: []component.Definition{d}})
		wantError(t, err, CodeEncode, words)
	}
	for _, d := range []component.Definition{
		def(&component.ResourceType{Rep: wasm.I8}),
		&component.CoreType{},
		&component.CoreType{Types: make([]wasm.SubType, 2)},
		&component.CoreType{Module: &component.ModuleType{Decls: []component.ModuleDecl{&component.CoreImport{Import: wasm.Import{Type: wasm.ExternType{Kind: 9}}}}}},
		&component.CoreModule{Module: &wasm.Module{Funcs: make([]wasm.Func, 1)}},
	} {
		_, err := Encode(&component.Component{Defs: []component.Definition{d}})
		wantError(t, err, core.CodeEncode, "cannot encode")
	}
}

// No number in the input is trusted before what it counts is there.
func TestHugeCounts(t *testing.T) {
	for _, in := range []string{
		"07 06 01 72 ff ff ff ff 0f", "07 07 01 40 ff ff ff ff 0f", "02 07 01 00 00 ff ff ff ff 0f", "00 05 ff ff ff ff 0f",
		"0c 07 01 73 ff ff ff ff 0f", "03 07 01 50 ff ff ff ff 0f", "03 07 01 4e ff ff ff ff 0f", "08 0a 01 01 00 00 ff ff ff ff 0f",
	} {
		data := comp(t, in)
		data[9] = byte(len(data) - 10)
		allocs := testing.AllocsPerRun(1, func() { Decode(data) })
		if _, err := Decode(data); err == nil || allocs > 100 {
			t.Errorf("%s: %v, with %v allocations", in, err, allocs)
		}
	}
}
