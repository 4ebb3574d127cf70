// This file makes a memory or table that cannot grow a trap.
//
// The function is the last import that is added, of type [] -> []. It is called
// when memory.grow or table.grow has answered -1, and is to trap.

package instrument

import "github.com/dray-wasm/dray/wasm"

// GrowName is the name of the function that is called when growing failed.
const GrowName = "dray.grow-failed"

// GrowType is its type.
var GrowType = wasm.FuncType{}

// addGrow appends the import.
func (mp *Map) addGrow(out *wasm.Module, opts Options) {
	if !opts.TrapGrow {
		return
	}
	mp.grow = mp.imported + mp.added
	mp.added++
	out.Imports = append(out.Imports, wasm.Import{
		Module: opts.Module, Name: GrowName,
		Type: wasm.ExternType{Kind: wasm.ExternFunc, TypeIndex: uint32(len(out.Types))},
	})
	out.Types = append(out.Types, wasm.SubType{Comp: wasm.CompType{Func: GrowType}})
}

// growCheck is the code behind the instruction that was read last, which grows
// something. It keeps the answer in a local that is added to the function.
func (w *rewriter) growCheck() []byte {
	local, c, eq := w.firstScratch, wasm.OpI32Const, wasm.OpI32Eq
	w.scratch = max(w.scratch, 1)
	if w.grows64() {
		local, c, eq = local+1, wasm.OpI64Const, wasm.OpI64Eq
		w.scratch = 2
	}
	return code(
		wasm.Instr{Op: wasm.OpLocalTee, Index: local},
		wasm.Instr{Op: c, Value: ^uint64(0)},
		wasm.Instr{Op: eq},
		wasm.Instr{Op: wasm.OpIf, Block: wasm.BlockEmpty},
		wasm.Instr{Op: wasm.OpCall, Index: w.mp.grow},
		wasm.Instr{Op: wasm.OpEnd},
		wasm.Instr{Op: wasm.OpLocalGet, Index: local},
	)
}

// grows64 tells whether what the instruction grows has 64-bit indices.
func (w *rewriter) grows64() bool {
	x := int(w.in.Index)
	if w.in.Op == wasm.OpTableGrow {
		return x < len(w.tables) && w.tables[x].Limits.Is64
	}
	return x < len(w.memories) && w.memories[x].Limits.Is64
}
