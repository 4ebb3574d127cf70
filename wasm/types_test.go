// This file tests the text of types and the index spaces of a module.

package wasm

import (
	"slices"
	"testing"
)

func TestValTypeString(t *testing.T) {
	for _, tt := range []struct {
		typ  ValType
		want string
	}{
		{Bot, "bot"}, {I32, "i32"}, {I64, "i64"}, {F32, "f32"}, {F64, "f64"}, {V128, "v128"}, {I8, "i8"}, {I16, "i16"},
		{FuncRef, "funcref"}, {ExternRef, "externref"}, {AnyRef, "anyref"}, {EqRef, "eqref"}, {I31Ref, "i31ref"},
		{StructRef, "structref"}, {ArrayRef, "arrayref"}, {ExnRef, "exnref"},
		{NullRef, "nullref"}, {NullFuncRef, "nullfuncref"}, {NullExternRef, "nullexternref"}, {NullExnRef, "nullexnref"},
		{Ref(false, HeapFunc), "(ref func)"}, {Ref(false, HeapNone), "(ref none)"},
		{Ref(true, HeapIndex(7)), "(ref null 7)"}, {Ref(false, HeapIndex(0)), "(ref 0)"},
		{Ref(true, HeapIndex(1<<32-1)), "(ref null 4294967295)"},
		{ValType(0x42) << codeShift, "valtype(4200000000)"},
	} {
		if got := tt.typ.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestValTypeParts(t *testing.T) {
	for c := range 256 {
		h, ok := AbstractHeap(byte(c))
		if ok != (c >= 0x69 && c <= 0x74) || ok && h.Code() != byte(c) {
			t.Errorf("heap type %#x: %v, %t", c, h, ok)
		}
		if !ok {
			continue
		}
		for _, null := range []bool{false, true} {
			r := Ref(null, h)
			if !r.IsRef() || r.Nullable() != null || r.Heap() != h || r.IsNum() || r.IsVec() || r.IsPacked() || r.Unpack() != r {
				t.Errorf("parts of %s are wrong", r)
			}
		}
	}
	x := Ref(true, HeapIndex(5))
	if i, ok := x.Heap().Index(); !ok || i != 5 || !x.Nullable() || x == Ref(false, HeapIndex(5)) {
		t.Errorf("parts of %s are wrong", x)
	}
	if _, ok := HeapFunc.Index(); ok {
		t.Error("func has a type index")
	}
	for _, n := range []ValType{I32, I64, F32, F64} {
		if !n.IsNum() || n.IsRef() || n.Nullable() {
			t.Errorf("parts of %s are wrong", n)
		}
	}
	if !V128.IsVec() || V128.IsNum() || I8.IsNum() || !I8.IsPacked() || I16.Unpack() != I32 {
		t.Error("parts of v128, i8 or i16 are wrong")
	}
}

func TestTypeStrings(t *testing.T) {
	f := FuncType{Params: []ValType{I32, I64}, Results: []ValType{F32}}
	for _, tt := range []struct{ got, want string }{
		{f.String(), "(param i32 i64) (result f32)"},
		{FuncType{}.String(), ""},
		{FuncType{Results: []ValType{I32}}.String(), "(result i32)"},
		{CompType{Func: f}.String(), "(func (param i32 i64) (result f32))"},
		{CompType{}.String(), "(func)"},
		{CompType{Kind: CompStruct, Fields: []FieldType{{I8, true}, {I64, false}}}.String(), "(struct (field (mut i8)) (field i64))"},
		{CompType{Kind: CompStruct}.String(), "(struct)"},
		{CompType{Kind: CompArray, Fields: []FieldType{{I32, true}}}.String(), "(array (mut i32))"},
		{SubType{Open: true, Supers: []uint32{3}}.String(), "(sub 3 (func))"},
		{SubType{Supers: []uint32{3}}.String(), "(sub final 3 (func))"},
		{SubType{Open: true}.String(), "(sub (func))"},
		{ExternType{Kind: ExternFunc, Func: &f}.String(), "(func (param i32 i64) (result f32))"},
		{ExternType{Kind: ExternFunc, TypeIndex: 4}.String(), "(func (type 4))"},
		{ExternType{Kind: ExternFunc, Func: &FuncType{}}.String(), "(func)"},
		{ExternType{Kind: ExternTag, Func: &FuncType{Params: []ValType{I32}}}.String(), "(tag (param i32))"},
		{ExternType{Kind: ExternTable, Table: TableType{Limits: Limits{Min: 1, Max: 2, HasMax: true}, Elem: FuncRef}}.String(), "(table 1 2 funcref)"},
		{ExternType{Kind: ExternMemory, Memory: MemoryType{Limits: Limits{Min: 1, Max: 2, HasMax: true, Shared: true}}}.String(), "(memory 1 2 shared)"},
		{ExternType{Kind: ExternMemory, Memory: MemoryType{Limits: Limits{Is64: true}}}.String(), "(memory i64 0)"},
		{ExternType{Kind: ExternGlobal, Global: GlobalType{Type: I32, Mutable: true}}.String(), "(global (mut i32))"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

// indexModule has an import and a definition of every kind.
func indexModule() *Module {
	return &Module{
		Types: []SubType{
			{Comp: CompType{Func: FuncType{Params: []ValType{I32}}}},
			{Comp: CompType{Func: FuncType{Results: []ValType{I64}}}},
			{Comp: CompType{Kind: CompStruct}},
		},
		Imports: []Import{
			{"a", "memory", ExternType{Kind: ExternMemory, Memory: MemoryType{Limits: Limits{Min: 3}}}},
			{"a", "f", ExternType{Kind: ExternFunc, TypeIndex: 1}},
			{"a", "table", ExternType{Kind: ExternTable, Table: TableType{Elem: FuncRef}}},
			{"a", "global", ExternType{Kind: ExternGlobal, Global: GlobalType{Type: F32}}},
			{"a", "tag", ExternType{Kind: ExternTag, TypeIndex: 0}},
			{"b", "g", ExternType{Kind: ExternFunc, TypeIndex: 0}},
		},
		Funcs:    []Func{{TypeIndex: 1}, {TypeIndex: 2}},
		Tables:   []Table{{Type: TableType{Elem: ExternRef}}},
		Memories: []MemoryType{{Limits: Limits{Min: 9}}},
		Globals:  []Global{{Type: GlobalType{Type: I32, Mutable: true}}},
		Tags:     []TagType{{TypeIndex: 0}},
		Exports: []Export{
			{"f2", ExternFunc, 2}, {"mem", ExternMemory, 1}, {"nothing", ExternGlobal, 9}, {"tag", ExternTag, 1},
		},
		Customs:  []Custom{{Name: "x"}, {Name: "y", Data: []byte{1}}},
		Sections: []Section{{ID: SectionCode, Offset: 77}},
	}
}

func TestIndexSpaces(t *testing.T) {
	m := indexModule()
	if m.ImportedFuncs() != 2 || m.ImportedTables() != 1 || m.ImportedMemories() != 1 || m.ImportedGlobals() != 1 || m.ImportedTags() != 1 {
		t.Error("counts of imports are wrong")
	}
	if got := m.FuncTypeIndices(); !slices.Equal(got, []uint32{1, 0, 1, 2}) {
		t.Errorf("types of functions: %v", got)
	}
	for i, want := range []*FuncType{m.FuncType(1), m.FuncType(0), m.FuncType(1), nil, nil} {
		if got := m.FuncTypeOf(uint32(i)); got != want {
			t.Errorf("type of function %d: %v", i, got)
		}
	}
	if m.FuncTypeOf(1<<32-1) != nil || m.FuncType(1<<32-1) != nil {
		t.Error("a function out of bounds has a type")
	}
	if ts := m.TableTypes(); len(ts) != 2 || ts[0].Elem != FuncRef || ts[1].Elem != ExternRef {
		t.Errorf("tables: %v", ts)
	}
	if ts := m.MemoryTypes(); len(ts) != 2 || ts[0].Limits.Min != 3 || ts[1].Limits.Min != 9 || ts[0].PageSize() != 65536 {
		t.Errorf("memories: %v", ts)
	}
	if ts := m.GlobalTypes(); len(ts) != 2 || ts[0].Type != F32 || ts[1].Type != I32 {
		t.Errorf("globals: %v", ts)
	}
	if ts := m.TagTypes(); len(ts) != 2 {
		t.Errorf("tags: %v", ts)
	}
}

func TestImportAndExportTypes(t *testing.T) {
	m := indexModule()
	imports := m.ImportTypes()
	if imports[1].Type.Func != m.FuncType(1) || imports[4].Type.Func != m.FuncType(0) || m.Imports[1].Type.Func != nil {
		t.Error("function types of imports are not resolved, or resolved in place")
	}
	var got []string
	for _, e := range m.ExportTypes() {
		got = append(got, e.Name+" "+e.Type.String())
	}
	want := []string{"f2 (func (result i64))", "mem (memory 9)", "nothing (global bot)", "tag (tag (param i32))"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if e, ok := m.Export("mem"); !ok || e.Index != 1 {
		t.Errorf("export mem: %v %t", e, ok)
	}
	if _, ok := m.Export("none"); ok {
		t.Error("found an export that is not there")
	}
	if c, ok := m.Custom("y"); !ok || len(c.Data) != 1 {
		t.Error("custom section y not found")
	}
	if _, ok := m.Custom("z"); ok || m.CodeSection() != 77 {
		t.Error("custom section z found, or wrong code section")
	}
}

func TestNameMap(t *testing.T) {
	m := NameMap{{1, "a"}, {5, "b"}}
	for i, want := range map[uint32]string{1: "a", 5: "b"} {
		if got, ok := m.Get(i); !ok || got != want {
			t.Errorf("%d: %q, %t", i, got, ok)
		}
	}
	for _, i := range []uint32{0, 2, 6} {
		if got, ok := m.Get(i); ok {
			t.Errorf("%d: %q", i, got)
		}
	}
	im := IndirectNameMap{{3, m}}
	if got, _ := im.Get(3).Get(5); got != "b" || im.Get(4) != nil {
		t.Error("indirect names are wrong")
	}
}
