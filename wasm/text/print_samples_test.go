// This file makes the modules that the tests of the printer print.

package text

import (
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// code encodes instructions and the final end.
func printCode(t testing.TB, ins ...wasm.Instr) (b []byte) {
	t.Helper()
	for i := range ins {
		var err error
		if b, err = binary.AppendInstr(b, &ins[i]); err != nil {
			t.Fatal(err)
		}
	}
	return append(b, byte(wasm.OpEnd))
}

func printExpr(t testing.TB, ins ...wasm.Instr) wasm.ConstExpr {
	return wasm.ConstExpr{Code: printCode(t, ins...)}
}

func i32Const(v int32) wasm.Instr { return wasm.Instr{Op: wasm.OpI32Const, Value: uint64(int64(v))} }

func op(op wasm.Opcode) wasm.Instr { return wasm.Instr{Op: op} }

func funcType(params, results []wasm.ValType) wasm.SubType {
	return wasm.SubType{Comp: wasm.CompType{Func: wasm.FuncType{Params: params, Results: results}}}
}

// printSamples are modules by name; not all are valid.
func printSamples(t testing.TB) map[string]*wasm.Module {
	return map[string]*wasm.Module{
		"empty":        {},
		"types":        sampleTypes(),
		"externs":      sampleExterns(t),
		"segments":     sampleSegments(t),
		"instructions": sampleInstructions(t),
		"blocks":       sampleBlocks(t),
		"names":        sampleNames(t),
		"customs":      sampleCustoms(),
		// A name section that is not at the end.
		"name-comments": sampleNameComments(t),
	}
}

func sampleTypes() *wasm.Module {
	i32, i64 := wasm.I32, wasm.I64
	field := func(t wasm.ValType, mutable bool) wasm.FieldType {
		return wasm.FieldType{Storage: t, Mutable: mutable}
	}
	return &wasm.Module{
		Types: []wasm.SubType{
			funcType(nil, nil),
			funcType([]wasm.ValType{i32, i64, wasm.F32, wasm.F64, wasm.V128}, []wasm.ValType{wasm.FuncRef, wasm.ExternRef}),
			{Comp: wasm.CompType{Kind: wasm.CompStruct}},
			{Open: true, Comp: wasm.CompType{Kind: wasm.CompStruct, Fields: []wasm.FieldType{field(wasm.I8, false), field(wasm.I16, true)}}},
			{Open: true, Supers: []uint32{3}, Comp: wasm.CompType{Kind: wasm.CompStruct, Fields: []wasm.FieldType{
				field(wasm.I8, false), field(wasm.I16, true), field(wasm.Ref(true, wasm.HeapIndex(4)), true)}}},
			{Supers: []uint32{4}, Comp: wasm.CompType{Kind: wasm.CompArray, Fields: []wasm.FieldType{field(wasm.Ref(false, wasm.HeapIndex(5)), false)}}},
			{Supers: []uint32{4, 3}, Comp: wasm.CompType{Kind: wasm.CompArray, Fields: []wasm.FieldType{field(wasm.NullRef, true)}}},
			funcType([]wasm.ValType{wasm.AnyRef, wasm.EqRef, wasm.I31Ref, wasm.StructRef, wasm.ArrayRef, wasm.ExnRef,
				wasm.NullRef, wasm.NullFuncRef, wasm.NullExternRef, wasm.NullExnRef}, nil),
			funcType([]wasm.ValType{wasm.Ref(false, wasm.HeapFunc), wasm.Ref(false, wasm.HeapNoExn), wasm.Ref(true, wasm.HeapIndex(1<<20))}, nil),
		},
		RecGroups: []wasm.RecGroup{{First: 1, Count: 1}, {First: 3, Count: 0}, {First: 3, Count: 3}, {First: 9, Count: 0}},
	}
}

func sampleExterns(t testing.TB) *wasm.Module {
	limits := wasm.Limits{Min: 1, Max: 2, HasMax: true}
	limits64 := wasm.Limits{Min: 1 << 40, Is64: true}
	shared := wasm.Limits{Min: 0, Max: 1, HasMax: true, Shared: true}
	return &wasm.Module{
		Types: []wasm.SubType{funcType([]wasm.ValType{wasm.I32}, nil), {Comp: wasm.CompType{Kind: wasm.CompStruct}}},
		Imports: []wasm.Import{
			{Module: "m", Name: "f"},
			{Module: "m", Name: "t", Type: wasm.ExternType{Kind: wasm.ExternTable, Table: wasm.TableType{Limits: limits, Elem: wasm.FuncRef}}},
			{Module: "", Name: "", Type: wasm.ExternType{Kind: wasm.ExternMemory, Memory: wasm.MemoryType{Limits: limits64}}},
			{Module: "käse", Name: "\x00", Type: wasm.ExternType{Kind: wasm.ExternGlobal, Global: wasm.GlobalType{Type: wasm.I64, Mutable: true}}},
			{Module: "m", Name: "e", Type: wasm.ExternType{Kind: wasm.ExternTag}},
			{Module: "m", Name: "bad", Type: wasm.ExternType{TypeIndex: 77}},
		},
		Tables: []wasm.Table{
			{Type: wasm.TableType{Limits: limits64, Elem: wasm.ExternRef}},
			{Type: wasm.TableType{Limits: limits, Elem: wasm.Ref(false, wasm.HeapIndex(0))},
				Init: printExpr(t, wasm.Instr{Op: wasm.OpRefFunc, Index: 2})},
			{Type: wasm.TableType{Limits: limits, Elem: wasm.FuncRef}, Init: printExpr(t, op(wasm.OpNop), wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapFunc})},
		},
		Memories: []wasm.MemoryType{
			{Limits: limits}, {Limits: shared}, {Limits: limits64, HasPageSize: true}, {Limits: shared, HasPageSize: true, PageLog2: 16},
			{HasPageSize: true, PageLog2: 63},
		},
		Tags: []wasm.TagType{{TypeIndex: 0}, {TypeIndex: 1}, {TypeIndex: 9}},
		Globals: []wasm.Global{
			{Type: wasm.GlobalType{Type: wasm.I32}, Init: printExpr(t, i32Const(-1))},
			{Type: wasm.GlobalType{Type: wasm.Ref(true, wasm.HeapIndex(0)), Mutable: true}, Init: printExpr(t, wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapIndex(0)})},
			{Type: wasm.GlobalType{Type: wasm.I32}, Init: printExpr(t, i32Const(1), i32Const(2), op(wasm.OpI32Add))},
			{Type: wasm.GlobalType{Type: wasm.I32}, Init: printExpr(t)},
			{Type: wasm.GlobalType{Type: wasm.I32}, Init: printExpr(t, wasm.Instr{Op: wasm.OpBlock, Block: wasm.BlockEmpty}, op(wasm.OpEnd))},
		},
		Exports: []wasm.Export{
			{Name: "f", Kind: wasm.ExternFunc, Index: 1}, {Name: "t", Kind: wasm.ExternTable, Index: 1}, {Name: "m", Kind: wasm.ExternMemory},
			{Name: "g", Kind: wasm.ExternGlobal}, {Name: "e", Kind: wasm.ExternTag, Index: 4}, {Name: "", Kind: wasm.ExternFunc, Index: 1 << 30},
		},
		Start: new(uint32),
		Funcs: []wasm.Func{{Body: wasm.Body{Code: printCode(t)}}, {TypeIndex: 1, Body: wasm.Body{Code: printCode(t), Locals: []wasm.LocalRun{{Count: 2, Type: wasm.I32}, {Count: 1, Type: wasm.F64}}}}},
	}
}

func sampleSegments(t testing.TB) *wasm.Module {
	zero := printExpr(t, i32Const(0))
	sum := printExpr(t, i32Const(1), i32Const(2), op(wasm.OpI32Add))
	fn := printExpr(t, wasm.Instr{Op: wasm.OpRefFunc})
	null := printExpr(t, wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapFunc})
	ref := wasm.Ref(false, wasm.HeapFunc)
	exprs := []wasm.ConstExpr{fn, null}
	long := make([]byte, 10_000)
	for i := range long {
		long[i] = byte(i)
	}
	return &wasm.Module{
		Types:    []wasm.SubType{{}},
		Funcs:    []wasm.Func{{Body: wasm.Body{Code: printCode(t)}}},
		Tables:   []wasm.Table{{Type: wasm.TableType{Elem: wasm.FuncRef}}, {Type: wasm.TableType{Elem: wasm.FuncRef}}},
		Memories: []wasm.MemoryType{{}, {}},
		Elems: []wasm.ElemSegment{
			{Offset: zero, Type: ref, Funcs: []uint32{0, 0}},
			{Offset: zero, Type: ref, Explicit: true, Funcs: []uint32{0}},
			{Offset: sum, Type: ref, Table: 1},
			{Offset: printExpr(t), Type: wasm.FuncRef, UseExprs: true, Exprs: exprs},
			{Offset: zero, Type: wasm.FuncRef, UseExprs: true, Explicit: true, Exprs: exprs},
			{Offset: zero, Type: wasm.ExternRef, UseExprs: true, Exprs: []wasm.ConstExpr{sum, printExpr(t)}},
			{Offset: zero, Type: ref, UseExprs: true, Table: 1, Exprs: exprs[:1]},
			{Mode: wasm.SegmentPassive, Type: ref, Funcs: []uint32{0}},
			{Mode: wasm.SegmentPassive, Type: wasm.FuncRef, UseExprs: true, Exprs: exprs},
			{Mode: wasm.SegmentDeclarative, Type: ref, Funcs: []uint32{0}},
			{Mode: wasm.SegmentDeclarative, Type: ref, UseExprs: true, Exprs: exprs[:1]},
			{Mode: wasm.SegmentPassive, Type: ref},
			{Mode: wasm.SegmentDeclarative, Type: wasm.FuncRef, UseExprs: true},
		},
		Datas: []wasm.DataSegment{
			{Offset: zero, Init: []byte("text\x00\"\\\xff\n")},
			{Offset: sum, Memory: 1, Init: []byte("käse")},
			{Offset: zero, Explicit: true},
			{Offset: printExpr(t)},
			{Mode: wasm.SegmentPassive, Init: long},
			{Mode: wasm.SegmentPassive},
		},
	}
}

// sampleInstr is an instruction with immediates that are not the default ones.
func sampleInstr(op wasm.Opcode) wasm.Instr {
	return wasm.Instr{
		Op: op, Index: 1, Index2: 2, Align: uint32(op.Info().Align), Offset: 16, Lane: 1,
		Block: wasm.BlockEmpty, Heap: wasm.HeapEq, Heap2: wasm.HeapIndex(1), Null: true,
		Labels: []uint32{0, 1, 2}, Types: []wasm.ValType{wasm.I32},
		V128:    [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		Catches: []wasm.Catch{{Kind: wasm.CatchTag, Tag: 1}},
	}
}

// sampleInstructions has every instruction that stands alone, with and without
// defaults of immediates, and constants.
func sampleInstructions(t testing.TB) *wasm.Module {
	var ins []wasm.Instr
	for x := range wasm.Opcode(wasm.NumOpcodes) {
		switch x {
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpElse, wasm.OpTry, wasm.OpCatch, wasm.OpCatchAll,
			wasm.OpDelegate, wasm.OpEnd, wasm.OpTryTable:
			continue
		}
		if x.Info().Name != "" {
			ins = append(ins, sampleInstr(x))
		}
	}
	for _, x := range []wasm.Opcode{wasm.OpI32Load, wasm.OpV128Load8Lane, wasm.OpI32AtomicRmwAdd, wasm.OpMemorySize, wasm.OpMemoryInit,
		wasm.OpMemoryCopy, wasm.OpTableCopy, wasm.OpTableInit, wasm.OpTableGet, wasm.OpCallIndirect, wasm.OpReturnCallIndirect} {
		ins = append(ins, wasm.Instr{Op: x})
	}
	ins = append(ins,
		wasm.Instr{Op: wasm.OpI64Load, Align: 63, Offset: 1<<64 - 1, Index: 1<<32 - 1},
		wasm.Instr{Op: wasm.OpMemoryCopy, Index2: 1},
		wasm.Instr{Op: wasm.OpTableCopy, Index: 1},
		wasm.Instr{Op: wasm.OpSelectT},
		wasm.Instr{Op: wasm.OpSelectT, Types: []wasm.ValType{wasm.I32, wasm.Ref(false, wasm.HeapIndex(3))}},
		wasm.Instr{Op: wasm.OpBrTable, Labels: []uint32{0}},
		wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapIndex(5)},
		wasm.Instr{Op: wasm.OpBrOnCastFail, Heap: wasm.HeapAny, Null2: true, Heap2: wasm.HeapI31},
		i32Const(-1<<31), i32Const(1<<31-1),
		wasm.Instr{Op: wasm.OpI64Const, Value: 1 << 63}, wasm.Instr{Op: wasm.OpI64Const, Value: 1<<63 - 1},
		wasm.Instr{Op: wasm.OpF32Const, Value: 0x7fc00000}, wasm.Instr{Op: wasm.OpF32Const, Value: 0xff800001},
		wasm.Instr{Op: wasm.OpF32Const, Value: 0x3dcccccd}, wasm.Instr{Op: wasm.OpF32Const, Value: 1},
		wasm.Instr{Op: wasm.OpF64Const, Value: 0x3fb999999999999a}, wasm.Instr{Op: wasm.OpF64Const, Value: 1<<63 - 1},
		wasm.Instr{Op: wasm.OpF64Const, Value: 0x7fefffffffffffff}, wasm.Instr{Op: wasm.OpF64Const, Value: 1 << 63},
	)
	count := uint32(1)
	return &wasm.Module{
		Types:     []wasm.SubType{{}, {}, {}, {}},
		DataCount: &count,
		Datas:     []wasm.DataSegment{{Mode: wasm.SegmentPassive}},
		Funcs:     []wasm.Func{{Body: wasm.Body{Code: printCode(t, ins...)}}},
	}
}

func sampleBlocks(t testing.TB) *wasm.Module {
	block := func(op wasm.Opcode, b wasm.BlockType) wasm.Instr { return wasm.Instr{Op: op, Block: b} }
	result := wasm.BlockResult(wasm.I32)
	br := func(x uint32) wasm.Instr { return wasm.Instr{Op: wasm.OpBr, Index: x} }
	end := op(wasm.OpEnd)
	ins := []wasm.Instr{
		block(wasm.OpBlock, wasm.BlockEmpty),
		block(wasm.OpLoop, result),
		block(wasm.OpIf, wasm.BlockIndex(1)), br(0), br(1), br(2), br(3), br(4), op(wasm.OpElse), br(0), end,
		block(wasm.OpIf, wasm.BlockIndex(99)), end,
		block(wasm.OpIf, wasm.BlockIndex(2)), op(wasm.OpElse), end,
		end,
		block(wasm.OpBlock, wasm.BlockResult(wasm.Ref(true, wasm.HeapIndex(3)))), end,
		end,
		block(wasm.OpTry, result), br(0), {Op: wasm.OpCatch, Index: 1}, {Op: wasm.OpRethrow}, {Op: wasm.OpCatch, Index: 2}, op(wasm.OpCatchAll), br(0), end,
		block(wasm.OpTry, wasm.BlockEmpty), end,
		block(wasm.OpBlock, wasm.BlockEmpty),
		block(wasm.OpTry, wasm.BlockEmpty), op(wasm.OpNop), {Op: wasm.OpDelegate, Index: 0},
		{Op: wasm.OpTryTable, Block: wasm.BlockIndex(1), Catches: []wasm.Catch{
			{Kind: wasm.CatchTag, Tag: 1, Label: 0}, {Kind: wasm.CatchTagRef, Tag: 0, Label: 1}, {Kind: wasm.CatchAll}, {Kind: wasm.CatchAllRef, Label: 7}}},
		br(0), end,
		{Op: wasm.OpTryTable, Block: wasm.BlockEmpty}, end,
		end,
	}
	var deep []wasm.Instr
	for range 60 {
		deep = append(deep, block(wasm.OpBlock, wasm.BlockEmpty))
	}
	for range 60 {
		deep = append(deep, end)
	}
	return &wasm.Module{
		Types: []wasm.SubType{funcType(nil, nil), funcType([]wasm.ValType{wasm.I32}, []wasm.ValType{wasm.I64, wasm.I64}),
			funcType(make16(), []wasm.ValType{wasm.I32}), {Comp: wasm.CompType{Kind: wasm.CompStruct}}},
		Funcs: []wasm.Func{
			{Body: wasm.Body{Code: printCode(t, ins...)}},
			{TypeIndex: 1, Body: wasm.Body{Code: printCode(t, deep...), Locals: []wasm.LocalRun{
				{Count: 2, Type: wasm.I32}, {Count: 1, Type: wasm.I64}, {Count: 1, Type: wasm.FuncRef}}}},
		},
	}
}

// make16 is a list of types that is too long to repeat with its result.
func make16() []wasm.ValType {
	ts := make([]wasm.ValType, printTypeList)
	for i := range ts {
		ts[i] = wasm.I32
	}
	return ts
}

func sampleNames(t testing.TB) *wasm.Module {
	assoc := func(names ...string) (m wasm.NameMap) {
		for i, n := range names {
			if n != "-" {
				m = append(m, wasm.NameAssoc{Index: uint32(i), Name: n})
			}
		}
		return m
	}
	block := wasm.Instr{Op: wasm.OpBlock, Block: wasm.BlockEmpty}
	br := func(x uint32) wasm.Instr { return wasm.Instr{Op: wasm.OpBr, Index: x} }
	end := op(wasm.OpEnd)
	names := &wasm.Names{
		Module: "the module", HasModule: true,
		Funcs:    assoc("f", "f", "f#1", "a b"),
		Locals:   wasm.IndirectNameMap{{Index: 0, Names: assoc("-", "arg")}, {Index: 2, Names: assoc("x", "-", "x", "-", "y")}, {Index: 3, Names: assoc("p")}},
		Labels:   wasm.IndirectNameMap{{Index: 2, Names: assoc("l", "l", "-", "käse")}},
		Types:    assoc("t", "point", "-"),
		Fields:   wasm.IndirectNameMap{{Index: 1, Names: assoc("x", "-", "x")}},
		Tables:   assoc("tab"),
		Memories: assoc("mem", "other"),
		Globals:  assoc("-", "g"),
		Elems:    assoc("elem"),
		Datas:    assoc("-", "d\n"),
		Tags:     assoc("", "tag"),
	}
	data, err := binary.EncodeNames(names)
	if err != nil {
		t.Fatal(err)
	}
	i32 := wasm.I32
	m := &wasm.Module{
		Types: []wasm.SubType{
			funcType([]wasm.ValType{i32, i32}, nil),
			{Comp: wasm.CompType{Kind: wasm.CompStruct, Fields: []wasm.FieldType{{Storage: i32}, {Storage: i32, Mutable: true}, {Storage: wasm.Ref(true, wasm.HeapIndex(1))}}}},
			funcType(nil, nil),
		},
		Imports:  []wasm.Import{{Module: "m", Name: "f"}},
		Tables:   []wasm.Table{{Type: wasm.TableType{Elem: wasm.FuncRef}}},
		Memories: []wasm.MemoryType{{}, {}},
		Tags:     []wasm.TagType{{TypeIndex: 2}, {}},
		Globals: []wasm.Global{
			{Type: wasm.GlobalType{Type: i32}, Init: printExpr(t, i32Const(0))},
			{Type: wasm.GlobalType{Type: i32}, Init: printExpr(t, wasm.Instr{Op: wasm.OpGlobalGet, Index: 0})},
		},
		Elems: []wasm.ElemSegment{{Offset: printExpr(t, i32Const(0)), Type: wasm.Ref(false, wasm.HeapFunc), Funcs: []uint32{1, 9}}},
		Datas: []wasm.DataSegment{{Mode: wasm.SegmentPassive}, {Mode: wasm.SegmentPassive}},
		Start: new(uint32),
		Funcs: []wasm.Func{
			{Body: wasm.Body{Code: printCode(t)}},
			{Body: wasm.Body{Locals: []wasm.LocalRun{{Count: 4, Type: i32}}, Code: printCode(t,
				block, block, block, br(0), br(1), br(2), br(3), end, end, br(0),
				block, wasm.Instr{Op: wasm.OpBrTable, Labels: []uint32{0, 1, 2}}, end, end,
				wasm.Instr{Op: wasm.OpCall, Index: 3}, wasm.Instr{Op: wasm.OpLocalGet, Index: 2}, wasm.Instr{Op: wasm.OpLocalGet, Index: 3},
				wasm.Instr{Op: wasm.OpStructGet, Index: 1, Index2: 2}, wasm.Instr{Op: wasm.OpStructGet, Index: 1, Index2: 1},
				wasm.Instr{Op: wasm.OpStructGet, Index: 9, Index2: 0}, wasm.Instr{Op: wasm.OpTableGet},
				wasm.Instr{Op: wasm.OpThrow, Index: 1}, wasm.Instr{Op: wasm.OpI32Load, Align: 2, Index: 1},
				wasm.Instr{Op: wasm.OpDataDrop, Index: 1}, wasm.Instr{Op: wasm.OpElemDrop}, wasm.Instr{Op: wasm.OpCallIndirect},
				wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapIndex(1)})}},
			{Body: wasm.Body{Code: printCode(t, wasm.Instr{Op: wasm.OpLocalGet, Index: 0})}},
		},
	}
	n := uint32(2)
	m.DataCount = &n
	m.Customs = []wasm.Custom{{Name: "name", Data: data, After: wasm.SectionData}}
	return m
}

func sampleNameComments(t testing.TB) *wasm.Module {
	m := sampleNames(t)
	m.Customs[0].After = wasm.SectionImport
	return m
}

func sampleCustoms() *wasm.Module {
	return &wasm.Module{
		Types:    []wasm.SubType{{}},
		Memories: []wasm.MemoryType{{}},
		Datas:    []wasm.DataSegment{{Mode: wasm.SegmentPassive}},
		Customs: []wasm.Custom{
			{Name: "first", Data: []byte{1}},
			{Name: "", After: wasm.SectionType},
			{Name: "second", After: wasm.SectionType},
			{Name: "after a section that is not there", After: wasm.SectionFunc},
			{Name: "after memory", After: wasm.SectionMemory, Data: []byte("x")},
			{Name: "name", After: wasm.SectionMemory, Data: []byte("malformed")},
			{Name: "name", After: wasm.SectionData, Data: nil},
		},
	}
}
