// This file charges for bulk instructions. One of them can work as long as
// millions of others, so before it the budget is lowered by its size, and
// checked: the longest time between two ticks is that of one instruction.

package instrument

import "github.com/dray-wasm/dray/wasm"

// How much one unit of the budget buys of a bulk instruction, as a power of
// two: bytes of a memory, elements of a table.
const (
	memoryShift = 10
	tableShift  = 7
)

// bulk tells what a bulk instruction works on.
func bulk(op wasm.Opcode) (shift uint64, ok bool) {
	switch op {
	case wasm.OpMemoryFill, wasm.OpMemoryCopy, wasm.OpMemoryInit:
		return memoryShift, true
	case wasm.OpTableFill, wasm.OpTableCopy, wasm.OpTableInit, wasm.OpTableGrow:
		return tableShift, true
	}
	return 0, false
}

// sizeType is the type of the size, which is the operand on top of the stack.
func (w *rewriter) sizeType() wasm.ValType {
	is64 := func(table bool, x uint32) bool {
		if table {
			return int(x) < len(w.tables) && w.tables[x].Limits.Is64
		}
		return int(x) < len(w.memories) && w.memories[x].Limits.Is64
	}
	switch in := &w.in; in.Op {
	case wasm.OpMemoryFill:
		if is64(false, in.Index) {
			return wasm.I64
		}
	case wasm.OpTableFill, wasm.OpTableGrow:
		if is64(true, in.Index) {
			return wasm.I64
		}
	case wasm.OpMemoryCopy, wasm.OpTableCopy:
		table := in.Op == wasm.OpTableCopy
		if is64(table, in.Index) && is64(table, in.Index2) {
			return wasm.I64
		}
	}
	return wasm.I32
}

// charge is the code before a bulk instruction. It keeps the size in a local
// that is added to the function.
func (w *rewriter) charge(shift uint64) []byte {
	local := w.firstScratch
	toI32 := []wasm.Instr{{Op: wasm.OpI32Const, Value: shift}, {Op: wasm.OpI32ShrU}}
	w.scratch = max(w.scratch, 1)
	if w.sizeType() == wasm.I64 {
		local++
		w.scratch = 2
		toI32 = []wasm.Instr{{Op: wasm.OpI64Const, Value: shift}, {Op: wasm.OpI64ShrU}, {Op: wasm.OpI32WrapI64}}
	}
	ins := []wasm.Instr{
		{Op: wasm.OpLocalTee, Index: local},
		{Op: wasm.OpGlobalGet, Index: w.mp.globals},
		{Op: wasm.OpLocalGet, Index: local},
	}
	ins = append(ins, toI32...)
	ins = append(ins, wasm.Instr{Op: wasm.OpI32Sub}, wasm.Instr{Op: wasm.OpGlobalSet, Index: w.mp.globals})
	return append(code(ins...), w.paramLoop...)
}

// scratchLocals are the locals that are added, for the first and for both.
var scratchLocals = [...][]wasm.LocalRun{nil, {{Count: 1, Type: wasm.I32}}, {{Count: 1, Type: wasm.I32}, {Count: 1, Type: wasm.I64}}}

// locals are the locals of the body that was rewritten last.
func (w *rewriter) locals(b *wasm.Body) []wasm.LocalRun {
	return extend(b.Locals, scratchLocals[w.scratch]...)
}

// startScratch prepares for a function: scratch locals come behind its own.
func (w *rewriter) startScratch(f *wasm.Func) {
	w.scratch = 0
	n := uint64(0)
	if t := w.mp.m.FuncType(f.TypeIndex); t != nil {
		n = uint64(len(t.Params))
	}
	for _, run := range f.Body.Locals {
		n += uint64(run.Count)
	}
	first := uint32(min(n, 1<<31)) // more locals than that are not valid
	if first != w.firstScratch || w.loop == nil {
		w.firstScratch = first
		w.makeChecks(first)
	}
}
