// This file tests that components survive being read and written.

package binary

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// unhex reads hexadecimal with blanks and comments after ";".
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(s) {
		line, _, _ = strings.Cut(line, ";")
		for _, word := range strings.Fields(line) {
			b.WriteString(word)
		}
	}
	out, err := hex.DecodeString(b.String())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// comp is a component with sections in hexadecimal.
func comp(t testing.TB, sections string) []byte {
	return append([]byte(magic+version), unhex(t, sections)...)
}

// section1 is a section with one element, which is given in hexadecimal.
func section1(t testing.TB, id component.SectionID, element string) []byte {
	b := unhex(t, element)
	if id.Vec() {
		b = append([]byte{1}, b...)
	}
	return append([]byte{byte(id), byte(len(b))}, b...)
}

func def(t component.DefType) component.Definition { return &component.TypeDef{Type: t} }

func labels(ls ...component.LabelType) []component.LabelType { return ls }

var u8, str = component.Prim(valtype.U8), component.Prim(valtype.String)

// typeTests has all types.
var typeTests = []defTest{
	{"prim", "64", def(&component.PrimType{Prim: valtype.ErrorContext})},
	{"record", "72 02 01 61 7d 01 62 c0 00", def(&component.RecordType{Fields: labels(component.LabelType{Label: "a", Type: u8}, component.LabelType{Label: "b", Type: component.Index(64)})})},
	{"no record", "72 00", def(&component.RecordType{})},
	{"variant", "71 02 01 61 00 00 01 62 01 00 00", def(&component.VariantType{Cases: labels(component.LabelType{Label: "a"}, component.LabelType{Label: "b", Type: component.Index(0)})})},
	{"list", "70 7d", def(&component.ListType{Elem: u8})},
	{"fixed list", "67 7d 80 01", def(&component.ListType{Elem: u8, Fixed: true, Len: 128})},
	{"tuple", "6f 02 7d 73", def(&component.TupleType{Types: []component.ValType{u8, str}})},
	{"flags", "6e 02 01 61 01 62", def(&component.FlagsType{Labels: []string{"a", "b"}})},
	{"enum", "6d 01 01 61", def(&component.EnumType{Labels: []string{"a"}})},
	{"option", "6b 73", def(&component.OptionType{Type: str})},
	{"result", "6a 00 00", def(&component.ResultType{})},
	{"result ok", "6a 01 7d 00", def(&component.ResultType{OK: u8})},
	{"result both", "6a 01 7d 01 73", def(&component.ResultType{OK: u8, Err: str})},
	{"map", "63 73 7d", def(&component.MapType{Key: str, Value: u8})},
	{"own", "69 c8 01", def(&component.OwnType{Resource: 200})},
	{"borrow", "68 03", def(&component.BorrowType{Resource: 3})},
	{"stream", "66 01 7d", def(&component.StreamType{Elem: u8})},
	{"future", "65 00", def(&component.FutureType{})},
	{"func", "40 01 01 70 73 00 7d", def(&component.FuncType{Params: labels(component.LabelType{Label: "p", Type: str}), Result: u8})},
	{"async func", "43 00 01 00", def(&component.FuncType{Async: true})},
	{"resource", "3f 7f 00", def(&component.ResourceType{Rep: wasm.I32})},
	{"resource with destructor", "3f 7e 01 05", def(&component.ResourceType{Rep: wasm.I64, HasDtor: true, Dtor: 5})},
	{"component", "41 05 00 60 00 00  01 7d  02 03 02 01 00  03 00 01 69 05 02  04 02 01 65 01 02 01 78 02 00 02", def(&component.ComponentType{Decls: []component.Decl{
		&component.CoreType{Types: []wasm.SubType{{}}},
		&component.TypeDef{Type: &component.PrimType{Prim: valtype.U8}},
		&component.Alias{Kind: component.AliasOuter, Sort: component.SortType, Outer: 1},
		&component.Import{Name: component.ExternName{Name: "i"}, Type: component.ExternType{Sort: component.SortInstance, Index: 2}},
		&component.ExportDecl{
			Name: component.ExternName{Name: "e", Attrs: []component.Attribute{{Kind: component.ExternalID, Value: "x"}}},
			Type: component.ExternType{Sort: component.SortValue, Bound: component.BoundEq, Index: 2}},
	}})},
	{"instance", "42 01 04 00 01 74 03 01", def(&component.InstanceType{Decls: []component.Decl{
		&component.ExportDecl{Name: component.ExternName{Name: "t"}, Type: component.ExternType{Sort: component.SortType, Bound: component.BoundSubResource}}}})},
}

// coreTests has core types, core instances and core modules.
var coreTests = []defTest{
	{"func type", "60 01 7f 00", &component.CoreType{Types: []wasm.SubType{{Comp: wasm.CompType{Func: wasm.FuncType{Params: []wasm.ValType{wasm.I32}}}}}}},
	{"open sub type", "00 50 00 60 00 00", &component.CoreType{Types: []wasm.SubType{{Open: true}}}},
	{"final sub type", "4f 01 00 60 00 00", &component.CoreType{Types: []wasm.SubType{{Supers: []uint32{0}}}}},
	{"recursion group", "4e 02 50 00 60 00 00 60 00 00", &component.CoreType{Rec: true, Types: []wasm.SubType{{Open: true}, {}}}},
	{"empty recursion group", "4e 00", &component.CoreType{Rec: true, Types: []wasm.SubType{}}},
	{"module type", "50 05 00 01 61 01 62 02 00 01  01 00 50 00 60 00 00  01 50 00  02 10 01 01 02  03 01 65 00 03", &component.CoreType{Module: &component.ModuleType{Decls: []component.ModuleDecl{
		&component.CoreImport{Import: wasm.Import{Module: "a", Name: "b", Type: wasm.ExternType{Kind: wasm.ExternMemory, Memory: wasm.MemoryType{Limits: wasm.Limits{Min: 1}}}}},
		&component.CoreType{Types: []wasm.SubType{{Open: true}}},
		&component.CoreType{Module: &component.ModuleType{}},
		&component.CoreAlias{Outer: 1, Index: 2},
		&component.CoreExportDecl{Name: "e", Type: wasm.ExternType{TypeIndex: 3}},
	}}}},
	{"core instance", "00 01 02 01 61 12 03 00 12 04", &component.CoreInstance{Module: 1, Args: []component.CoreArg{{Name: "a", Instance: 3}, {Instance: 4}}}},
	{"core exports", "01 02 01 61 02 03 01 62 10 00", &component.CoreInstance{Inline: true, Exports: []component.CoreInlineExport{
		{Name: "a", Item: component.SortIdx{Sort: component.SortCoreMemory, Index: 3}}, {Name: "b", Item: component.SortIdx{Sort: component.SortCoreType}}}}},
	{"core module", "00 61 73 6d 01 00 00 00", &component.CoreModule{Module: &wasm.Module{}, Binary: []byte("\x00asm\x01\x00\x00\x00")}},
	{"component", "00 61 73 6d 0d 00 01 00 07 02 01 73", &component.Component{Defs: []component.Definition{def(&component.PrimType{Prim: valtype.String})}}},
}

// otherTests has instances, aliases, imports, exports and the rest.
var otherTests = []defTest{
	{"instance", "00 01 02 01 61 01 02 01 62 00 11 03", &component.Instance{Component: 1, Args: []component.Arg{
		{Name: "a", Item: component.SortIdx{Sort: component.SortFunc, Index: 2}}, {Name: "b", Item: component.SortIdx{Sort: component.SortCoreModule, Index: 3}}}}},
	{"exports", "01 01 02 01 61 01 01 01 32 03 00", &component.Instance{Inline: true, Exports: []component.InlineExport{
		{Name: component.ExternName{Name: "a", Attrs: []component.Attribute{{Kind: component.VersionSuffix, Value: "2"}}}, Item: component.SortIdx{Sort: component.SortType}}}}},
	{"export alias", "01 00 07 01 66", &component.Alias{Sort: component.SortFunc, Instance: 7, Name: "f"}},
	{"core export alias", "00 03 01 07 01 66", &component.Alias{Kind: component.AliasCoreExport, Sort: component.SortCoreGlobal, Instance: 7, Name: "f"}},
	{"outer alias", "00 11 02 01 07", &component.Alias{Kind: component.AliasOuter, Sort: component.SortCoreModule, Outer: 1, Index: 7}},
	{"import", "00 01 61 01 05", &component.Import{Name: component.ExternName{Name: "a"}, Type: component.ExternType{Sort: component.SortFunc, Index: 5}}},
	{"import of a module", "01 01 61 00 11 05", &component.Import{Name: component.ExternName{Name: "a", Form: 1}, Type: component.ExternType{Sort: component.SortCoreModule, Index: 5}}},
	{"import with no attributes", "02 01 61 00 04 05", &component.Import{Name: component.ExternName{Name: "a", Form: 2}, Type: component.ExternType{Sort: component.SortComponent, Index: 5}}},
	{"import of a value", "00 01 61 02 01 73", &component.Import{Name: component.ExternName{Name: "a"}, Type: component.ExternType{Sort: component.SortValue, Bound: component.BoundType, Value: str}}},
	{"export", "00 01 61 01 05 00", &component.Export{Name: component.ExternName{Name: "a"}, Item: component.SortIdx{Sort: component.SortFunc, Index: 5}}},
	{"typed export", "00 01 61 03 05 01 03 00 06", &component.Export{Name: component.ExternName{Name: "a"}, Item: component.SortIdx{Sort: component.SortType, Index: 5},
		Type: &component.ExternType{Sort: component.SortType, Bound: component.BoundEq, Index: 6}}},
	{"start", "05 02 01 02 01", &component.Start{Func: 5, Args: []uint32{1, 2}, Results: 1}},
	{"value", "73 03 02 68 69", &component.Value{Type: str, Bytes: []byte("\x02hi")}},
	{"custom", "01 61 ff fe", &component.Custom{Name: "a", Data: []byte{0xff, 0xfe}}},
	{"custom with a wide length", "81 00 61", &component.Custom{Name: "a", Data: []byte{}}},
}

// A defTest is a definition in the binary format.
type defTest struct {
	name, in string
	want     component.Definition
}

// ignorePlaces leaves out what only describes the input.
var ignorePlaces = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.FilterPath(func(p cmp.Path) bool {
		f, ok := p.Last().(cmp.StructField)
		return ok && (f.Name() == "Pos" || f.Name() == "Offset" || f.Name() == "Size" || f.Name() == "NameLen" || f.Name() == "SizeLen" || f.Name() == "CountLen" || f.Name() == "Sections" || f.Name() == "Start")
	}, cmp.Ignore()),
}

func TestDefinitions(t *testing.T) {
	for _, tt := range append(append(append([]defTest{}, typeTests...), coreTests...), otherTests...) {
		t.Run(tt.name, func(t *testing.T) {
			data := append([]byte(magic+version), section1(t, tt.want.Section(), tt.in)...)
			c, err := Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, c.Defs[0], ignorePlaces); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
			wantEncoded(t, c, data)
			if tt.name == "custom with a wide length" {
				return
			}
			wantEncoded(t, &component.Component{Defs: []component.Definition{tt.want}}, data)
		})
	}
}

// Every canonical definition has its immediates in order.
func TestCanons(t *testing.T) {
	canons := map[component.CanonOp]string{}
	for op := range component.CanonOp(0xff) {
		info := op.Info()
		if info == nil {
			continue
		}
		s := hex.EncodeToString([]byte{byte(op)})
		if op <= component.CanonLower {
			s += "00"
		}
		for i, imm := range info.Imms {
			switch imm {
			case component.CanonImmNone:
			case component.CanonImmResult:
				s += "0079"
			case component.CanonImmSlot:
				s += "7f01"
			case component.CanonImmOpts:
				s += "08 00 01 02 03 01 04 02 05 03 06 07 04"
			case component.CanonImmAsync, component.CanonImmCancellable, component.CanonImmShared:
				s += "01"
			default:
				s += hex.EncodeToString([]byte{byte(i + 1)})
			}
		}
		canons[op] = s
	}
	if len(canons) < 40 {
		t.Errorf("only %d canonical definitions", len(canons))
	}
	for op, in := range canons {
		data := append([]byte(magic+version), section1(t, component.SectionCanon, in)...)
		c, err := Decode(data)
		if err != nil {
			t.Errorf("%s: %v", op, err)
			continue
		}
		wantEncoded(t, c, data)
	}
}

func wantEncoded(t *testing.T, c *component.Component, want []byte) {
	t.Helper()
	got, err := Encode(c)
	if err != nil {
		t.Errorf("Encode: %v", err)
	} else if !bytes.Equal(got, want) {
		t.Errorf("encoded\n got % x\nwant % x", got, want)
	}
}

// Widths of sizes and counts, empty sections and sections of one kind side by
// side survive.
func TestKeepsSections(t *testing.T) {
	data := comp(t, `
		07 82 80 80 80 00 01 7d
		07 01 00
		07 83 00 81 00 7d
		00 83 80 00 81 00 61
		04 8e 00 00 61 73 6d 0d 00 01 00 07 83 00 81 00 7d`)
	c, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	wantEncoded(t, c, data)
	// Sections that do not fit the definitions are ignored.
	c.Defs = append(c.Defs, def(&component.PrimType{Prim: valtype.U8}), def(&component.PrimType{Prim: valtype.S8}))
	c.Defs[2].(*component.Custom).NameLen = 0
	c.Defs[3].(*component.Component).Sections = nil
	wantEncoded(t, c, comp(t, `
		07 03 02 7d 7d
		00 02 01 61
		04 0c 00 61 73 6d 0d 00 01 00 07 02 01 7d
		07 03 02 7d 7e`))
}

// A section that takes more than 127 bytes has a longer size field, at any
// depth.
func TestLongSections(t *testing.T) {
	c := &component.Component{Defs: []component.Definition{&component.Custom{Name: "a", Data: bytes.Repeat([]byte("x"), 1<<14)}}}
	for range 5 {
		c = &component.Component{Defs: []component.Definition{c}}
	}
	out, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(out)
	if err != nil {
		t.Fatal(err)
	}
	wantEncoded(t, again, out)
	again.Sections = nil
	wantEncoded(t, again, out)
}

// Padded integers inside of definitions become short.
func TestCanonicalises(t *testing.T) {
	c, err := Decode(comp(t, `07 07 01 69 85 80 80 80 00`))
	if err != nil {
		t.Fatal(err)
	}
	c.Sections = nil
	wantEncoded(t, c, comp(t, `07 03 01 69 05`))
}

func TestPlaces(t *testing.T) {
	data := comp(t, `
		04 1a 00 61 73 6d 0d 00 01 00
		   01 0b 00 61 73 6d 01 00 00 00 00 01 00
		   00 03 01 61 ff`)
	c, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	inner := c.Defs[0].(*component.Component)
	module := inner.Defs[0].(*component.CoreModule)
	custom := inner.Defs[1].(*component.Custom)
	for i, at := range []int64{inner.Pos, module.Pos, inner.Sections[1].Offset, custom.Pos} {
		if want := []string{magic + version, magic + versionCore, "\x01a\xff", "\x01a\xff"}[i]; !bytes.HasPrefix(data[at:], []byte(want)) {
			t.Errorf("place %d is %#x, where % x stands", i, at, data[at:])
		}
	}
	if off := module.Module.Customs[0].Offset; off != 11 {
		t.Errorf("the custom section of the module is at %d of the module, want 11", off)
	}
}

// realComponents lists the compiled components in the repository.
func realComponents(t testing.TB) []string {
	paths, err := filepath.Glob("../testdata/*.wasm")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no components in component/testdata: %v", err)
	}
	return paths
}

func TestRealComponents(t *testing.T) {
	for _, path := range realComponents(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Decode(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		wantEncoded(t, c, data)
		if _, err := ReadNames(c); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
