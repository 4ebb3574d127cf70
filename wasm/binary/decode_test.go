// This file tests reading and writing of every section against hand-made
// bytes, and of the guests in the repository.

package binary

import (
	"bytes"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// unhex reads hexadecimal digits; white space and what follows ; in a line
// does not count.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, ";")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return b
}

// section is a section with its id and size.
func section(id wasm.SectionID, content []byte) []byte {
	return append(leb128.AppendUint([]byte{byte(id)}, uint64(len(content))), content...)
}

// sections reads sections, each written as @ID and its content in hexadecimal.
func sections(t testing.TB, text string) (out []byte) {
	t.Helper()
	for i, s := range strings.Split(text, "@") {
		number, content, _ := strings.Cut(strings.TrimSpace(s), " ")
		id, err := strconv.Atoi(number)
		switch {
		case i == 0 && strings.TrimSpace(s) == "":
			continue
		case err != nil:
			t.Fatalf("%q: %v", s, err)
		}
		out = append(out, section(wasm.SectionID(id), unhex(t, content))...)
	}
	return out
}

// module is the preamble with sections.
func module(sections ...[]byte) []byte {
	return append([]byte(magic+versionModule), bytes.Join(sections, nil)...)
}

// ignorePlaces leaves out where things were in the binary.
var ignorePlaces = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreFields(wasm.Module{}, "Sections"),
	cmpopts.IgnoreFields(wasm.ConstExpr{}, "Offset"),
	cmpopts.IgnoreFields(wasm.Body{}, "Offset", "Start", "SizeLen"),
	cmpopts.IgnoreFields(wasm.Custom{}, "Offset", "SizeLen", "NameLen"),
}

func expr(t testing.TB, text string) wasm.ConstExpr { return wasm.ConstExpr{Code: unhex(t, text)} }

func index(i uint32) *uint32 { return &i }

type sectionTest struct {
	name     string
	sections string // see sections
	want     *wasm.Module
}

func typeTests() []sectionTest {
	i32, i64 := wasm.I32, wasm.I64
	return []sectionTest{
		{"function types", `@1 03
			60 00 00
			60 02 7f 7e 01 7d
			60 01 7c 01 7b`,
			&wasm.Module{Types: []wasm.SubType{
				{},
				{Comp: wasm.CompType{Func: wasm.FuncType{Params: []wasm.ValType{i32, i64}, Results: []wasm.ValType{wasm.F32}}}},
				{Comp: wasm.CompType{Func: wasm.FuncType{Params: []wasm.ValType{wasm.F64}, Results: []wasm.ValType{wasm.V128}}}},
			}}},
		{"reference types", `@1 01 60 13
			70 6f 6e 6d 6c 6b 6a 69 71 72 73 74   ; short forms
			64 70  64 00  63 05  63 ff ff 03      ; (ref func) (ref 0) (ref null 5) (ref null 0xffff)
			64 6e 64 74 64 69
			00`,
			&wasm.Module{Types: []wasm.SubType{{Comp: wasm.CompType{Func: wasm.FuncType{Params: []wasm.ValType{
				wasm.FuncRef, wasm.ExternRef, wasm.AnyRef, wasm.EqRef, wasm.I31Ref, wasm.StructRef, wasm.ArrayRef,
				wasm.ExnRef, wasm.NullRef, wasm.NullExternRef, wasm.NullFuncRef, wasm.NullExnRef,
				wasm.Ref(false, wasm.HeapFunc), wasm.Ref(false, wasm.HeapIndex(0)), wasm.Ref(true, wasm.HeapIndex(5)),
				wasm.Ref(true, wasm.HeapIndex(0xffff)),
				wasm.Ref(false, wasm.HeapAny), wasm.Ref(false, wasm.HeapNoExn), wasm.Ref(false, wasm.HeapExn),
			}}}}}}},
		{"aggregate, sub and recursive types", `@1 06
			5f 03 78 01 77 00 7f 01        ; struct
			5e 7e 01                       ; array
			50 00 5f 00                    ; open
			4f 01 02 5f 00                 ; final with supertype
			4e 02 60 00 00 50 01 02 5f 00  ; rec of two
			4e 00                          ; empty rec`,
			&wasm.Module{
				Types: []wasm.SubType{
					{Comp: wasm.CompType{Kind: wasm.CompStruct, Fields: []wasm.FieldType{{Storage: wasm.I8, Mutable: true}, {Storage: wasm.I16}, {Storage: i32, Mutable: true}}}},
					{Comp: wasm.CompType{Kind: wasm.CompArray, Fields: []wasm.FieldType{{Storage: i64, Mutable: true}}}},
					{Open: true, Comp: wasm.CompType{Kind: wasm.CompStruct}},
					{Supers: []uint32{2}, Comp: wasm.CompType{Kind: wasm.CompStruct}},
					{},
					{Open: true, Supers: []uint32{2}, Comp: wasm.CompType{Kind: wasm.CompStruct}},
				},
				RecGroups: []wasm.RecGroup{{First: 4, Count: 2}, {First: 6, Count: 0}},
			}},
		{"empty rec groups first", `@1 03  4e 00  4e 00  60 00 00`,
			&wasm.Module{Types: []wasm.SubType{{}}, RecGroups: []wasm.RecGroup{{}, {}}}},
	}
}

func importTests() []sectionTest {
	return []sectionTest{
		{"imports", `@2 07
			01 61 01 66 00 03              ; func
			01 61 01 74 01 70 00 01        ; table
			01 61 01 6d 02 01 01 02        ; memory
			01 61 01 67 03 7f 01           ; global
			01 61 01 78 04 00 05           ; tag
			00 00 02 03 01 02              ; shared memory, empty names
			01 61 01 75 01 6f 05 00 07     ; table64`,
			&wasm.Module{Imports: []wasm.Import{
				{Module: "a", Name: "f", Type: wasm.ExternType{Kind: wasm.ExternFunc, TypeIndex: 3}},
				{Module: "a", Name: "t", Type: wasm.ExternType{Kind: wasm.ExternTable, Table: wasm.TableType{Limits: wasm.Limits{Min: 1}, Elem: wasm.FuncRef}}},
				{Module: "a", Name: "m", Type: wasm.ExternType{Kind: wasm.ExternMemory, Memory: wasm.MemoryType{Limits: wasm.Limits{Min: 1, Max: 2, HasMax: true}}}},
				{Module: "a", Name: "g", Type: wasm.ExternType{Kind: wasm.ExternGlobal, Global: wasm.GlobalType{Type: wasm.I32, Mutable: true}}},
				{Module: "a", Name: "x", Type: wasm.ExternType{Kind: wasm.ExternTag, TypeIndex: 5}},
				{Type: wasm.ExternType{Kind: wasm.ExternMemory, Memory: wasm.MemoryType{Limits: wasm.Limits{Min: 1, Max: 2, HasMax: true, Shared: true}}}},
				{Module: "a", Name: "u", Type: wasm.ExternType{Kind: wasm.ExternTable, Table: wasm.TableType{Limits: wasm.Limits{Max: 7, HasMax: true, Is64: true}, Elem: wasm.ExternRef}}},
			}}},
		{"exports and start", `@7 05
			01 66 00 00  01 74 01 01  01 6d 02 02  01 67 03 ac 02  01 78 04 04
			@8 07`,
			&wasm.Module{Start: index(7), Exports: []wasm.Export{
				{Name: "f", Kind: wasm.ExternFunc}, {Name: "t", Kind: wasm.ExternTable, Index: 1}, {Name: "m", Kind: wasm.ExternMemory, Index: 2},
				{Name: "g", Kind: wasm.ExternGlobal, Index: 300}, {Name: "x", Kind: wasm.ExternTag, Index: 4},
			}}},
	}
}

func definitionTests(t *testing.T) []sectionTest {
	return []sectionTest{
		{"functions", `@3 02 00 01
			@10 02
			02 00 0b
			0a 02 02 7f 80 01 70 20 00 1a 0b`,
			&wasm.Module{Funcs: []wasm.Func{
				{Body: wasm.Body{Code: []byte{0x0b}}},
				{TypeIndex: 1, Body: wasm.Body{Locals: []wasm.LocalRun{{Count: 2, Type: wasm.I32}, {Count: 128, Type: wasm.FuncRef}}, Code: unhex(t, "20 00 1a 0b")}},
			}}},
		{"tables", `@4 03
			70 00 01
			6f 01 01 02
			40 00 64 70 00 01 0b`,
			&wasm.Module{Tables: []wasm.Table{
				{Type: wasm.TableType{Limits: wasm.Limits{Min: 1}, Elem: wasm.FuncRef}},
				{Type: wasm.TableType{Limits: wasm.Limits{Min: 1, Max: 2, HasMax: true}, Elem: wasm.ExternRef}},
				{Type: wasm.TableType{Limits: wasm.Limits{Min: 1}, Elem: wasm.Ref(false, wasm.HeapFunc)}, Init: expr(t, "0b")},
			}}},
		{"memories and tags", `@5 05
			00 01
			01 01 80 80 04
			03 00 01
			04 80 80 80 80 80 01
			05 00 01
			@13 01 00 02`,
			&wasm.Module{
				Memories: []wasm.MemoryType{
					{Limits: wasm.Limits{Min: 1}}, {Limits: wasm.Limits{Min: 1, Max: 65536, HasMax: true}},
					{Limits: wasm.Limits{Max: 1, HasMax: true, Shared: true}}, {Limits: wasm.Limits{Min: 1 << 35, Is64: true}},
					{Limits: wasm.Limits{Max: 1, HasMax: true, Is64: true}},
				},
				Tags: []wasm.TagType{{TypeIndex: 2}},
			}},
		{"globals", `@6 03
			7f 00 41 2a 0b
			7e 01 42 01 42 02 7c 0b
			70 00 d2 00 0b`,
			&wasm.Module{Globals: []wasm.Global{
				{Type: wasm.GlobalType{Type: wasm.I32}, Init: expr(t, "41 2a 0b")},
				{Type: wasm.GlobalType{Type: wasm.I64, Mutable: true}, Init: expr(t, "42 01 42 02 7c 0b")},
				{Type: wasm.GlobalType{Type: wasm.FuncRef}, Init: expr(t, "d2 00 0b")},
			}}},
	}
}

func segmentTests(t *testing.T) []sectionTest {
	refFunc := wasm.Ref(false, wasm.HeapFunc)
	zero := expr(t, "41 00 0b")
	return []sectionTest{
		{"element segments", `@9 0a
			00 41 00 0b 02 01 02
			01 00 01 03
			02 05 41 00 0b 00 00
			02 00 41 00 0b 00 00              ; explicit table 0
			03 00 01 04
			04 41 00 0b 01 d2 00 0b
			05 6f 01 d0 6f 0b
			06 01 41 00 0b 70 00
			06 00 41 00 0b 64 70 01 d2 00 0b
			07 70 02 d0 70 0b d2 01 0b`,
			&wasm.Module{Elems: []wasm.ElemSegment{
				{Offset: zero, Type: refFunc, Funcs: []uint32{1, 2}},
				{Mode: wasm.SegmentPassive, Type: refFunc, Funcs: []uint32{3}},
				{Table: 5, Offset: zero, Type: refFunc},
				{Offset: zero, Type: refFunc, Explicit: true},
				{Mode: wasm.SegmentDeclarative, Type: refFunc, Funcs: []uint32{4}},
				{Offset: zero, Type: wasm.FuncRef, UseExprs: true, Exprs: []wasm.ConstExpr{expr(t, "d2 00 0b")}},
				{Mode: wasm.SegmentPassive, Type: wasm.ExternRef, UseExprs: true, Exprs: []wasm.ConstExpr{expr(t, "d0 6f 0b")}},
				{Table: 1, Offset: zero, Type: wasm.FuncRef, UseExprs: true},
				{Offset: zero, Type: refFunc, UseExprs: true, Exprs: []wasm.ConstExpr{expr(t, "d2 00 0b")}},
				{Mode: wasm.SegmentDeclarative, Type: wasm.FuncRef, UseExprs: true, Exprs: []wasm.ConstExpr{expr(t, "d0 70 0b"), expr(t, "d2 01 0b")}},
			}}},
		{"explicit table and type", `@9 01 06 00 41 00 0b 70 00`,
			&wasm.Module{Elems: []wasm.ElemSegment{{Offset: zero, Type: wasm.FuncRef, UseExprs: true, Explicit: true}}}},
		{"data segments", `@12 04
			@11 04
			00 41 00 0b 02 68 69
			01 01 ff
			02 01 41 00 0b 00
			02 00 41 00 0b 01 00`,
			&wasm.Module{DataCount: index(4), Datas: []wasm.DataSegment{
				{Offset: zero, Init: []byte("hi")},
				{Mode: wasm.SegmentPassive, Init: []byte{0xff}},
				{Memory: 1, Offset: zero},
				{Offset: zero, Init: []byte{0}, Explicit: true},
			}}},
	}
}

func customTests() []sectionTest {
	return []sectionTest{
		{"empty module", ``, &wasm.Module{}},
		{"custom sections around others", `
			@0 01 61 01 02
			@1 01 60 00 00
			@0 01 62
			@0 00
			@7 00
			@0 01 61 ff fe fd`,
			&wasm.Module{
				Types: []wasm.SubType{{}},
				Customs: []wasm.Custom{
					{Name: "a", Data: []byte{1, 2}},
					{Name: "b", After: wasm.SectionType},
					{After: wasm.SectionType},
					{Name: "a", Data: []byte{0xff, 0xfe, 0xfd}, After: wasm.SectionExport},
				},
			}},
	}
}

func TestSections(t *testing.T) {
	tests := typeTests()
	tests = append(tests, importTests()...)
	tests = append(tests, definitionTests(t)...)
	tests = append(tests, segmentTests(t)...)
	tests = append(tests, customTests()...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := module(sections(t, tt.sections))
			m, err := Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, m, ignorePlaces); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
			if err := CheckCode(m); err != nil {
				t.Errorf("CheckCode: %v", err)
			}
			wantEncoded(t, m, data)
			// Without the record of the binary the canonical form is the same,
			// as long as no section is empty.
			m.Sections = nil
			if tt.name != "custom sections around others" {
				wantEncoded(t, m, data)
			}
		})
	}
}

func wantEncoded(t *testing.T, m *wasm.Module, want []byte) {
	t.Helper()
	got, err := Encode(m)
	if err != nil {
		t.Errorf("Encode: %v", err)
	} else if !bytes.Equal(got, want) {
		t.Errorf("encoded\n got %x\nwant %x", got, want)
	}
}

// Linkers pad sizes and counts to fixed widths; these survive, as do sections
// that are there and empty.
func TestKeepsWidths(t *testing.T) {
	data := module(unhex(t, `
		01 81 80 00 00
		02 85 80 80 80 00 80 80 80 80 00
		03 84 00 81 80 00 00
		00 83 00 81 00 78
		07 01 00
		0a 88 80 00 81 00 82 80 80 00 00 0b`))
	m, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	wantEncoded(t, m, data)
}

// Other padded integers and long forms become short.
func TestCanonicalises(t *testing.T) {
	in := module(
		section(wasm.SectionType, unhex(t, "01 4f 00 60 82 00 63 70 7f 81 00 7f")),
		section(wasm.SectionExport, unhex(t, "01 82 00 66 31 00 80 00")))
	want := module(
		section(wasm.SectionType, unhex(t, "01 60 02 70 7f 01 7f")),
		section(wasm.SectionExport, unhex(t, "01 02 66 31 00 00")))
	m, err := Decode(in)
	if err != nil {
		t.Fatal(err)
	}
	wantEncoded(t, m, want)
}

func TestPlaces(t *testing.T) {
	data := module(unhex(t, `
		00 04 01 61 01 02
		03 02 01 00
		06 06 01 7f 00 41 2a 0b
		0a 08 01 06 01 02 7f 01 01 0b`))
	m, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	b := m.Funcs[0].Body
	got := []int64{m.Customs[0].Offset, m.Globals[0].Init.Offset, b.Start, b.Offset, m.CodeSection()}
	for i, want := range []string{"\x01\x02", "\x41\x2a\x0b", "\x01\x02\x7f", "\x01\x01\x0b", "\x01\x06"} {
		if !bytes.HasPrefix(data[got[i]:], []byte(want)) {
			t.Errorf("offset %d is %#x, where % x stands; want % x", i, got[i], data[got[i]:], want)
		}
	}
}

// guests lists the compiled programs in the repository.
func guests(t testing.TB) []string {
	paths, err := filepath.Glob("../../testdata/guests/*.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("no guests in testdata/guests: run its build script")
	}
	return paths
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGuestsRoundTrip(t *testing.T) {
	for _, path := range guests(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data := readFile(t, path)
			if Sniff(data) == KindComponent {
				if _, err := Decode(data); err == nil || !strings.Contains(err.Error(), "this is a component") {
					t.Errorf("a component as a module: %v", err)
				}
				return
			}
			m, err := Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckCode(m); err != nil {
				t.Error(err)
			}
			if got, err := Encode(m); err != nil || !bytes.Equal(got, data) {
				t.Errorf("encoded differs (%d bytes, was %d): %v", len(got), len(data), err)
			}
			if _, err := ReadNames(m); err != nil {
				t.Errorf("names: %v", err)
			}
			if _, err := ReadProducers(m); err != nil {
				t.Errorf("producers: %v", err)
			}
			rewriteInstrs(t, m)
		})
	}
}

// rewriteInstrs reads all instructions and writes them again; they are the
// same unless an integer was padded, and then shorter.
func rewriteInstrs(t *testing.T, m *wasm.Module) {
	var r InstrReader
	var in wasm.Instr
	var again []byte
	for i := range m.Funcs {
		b := m.Funcs[i].Body
		r.Reset(b.Code, b.Offset)
		for {
			if err := r.Next(&in); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			var err error
			if again, err = AppendInstr(again[:0], &in); err != nil {
				t.Fatal(err)
			}
			was := b.Code[in.Pos-b.Offset : in.End-b.Offset]
			if !bytes.Equal(again, was) && len(again) >= len(was) {
				t.Fatalf("function %d: %s at %#x was % x, is % x", i, in.Op, in.Pos, was, again)
			}
		}
	}
}
