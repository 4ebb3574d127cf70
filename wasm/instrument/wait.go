// This file replaces memory.atomic.wait32, memory.atomic.wait64 and
// memory.atomic.notify by imported functions, so that the host decides how a
// guest waits and what ends the wait.
//
// The functions are the imports behind the tick. Their parameters are the
// operands of the instruction, and its static offset:
//
//	wait32 (addr i32, expected i32, timeout i64, offset i64) -> i32
//	wait64 (addr i32, expected i64, timeout i64, offset i64) -> i32
//	notify (addr i32, count i32, offset i64) -> i32
//
// The memory is memory 0, which the new module exports as [MemoryExport].

package instrument

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// MemoryExport is the name under which a module with [Options.Wait] exports
// its memory.
const MemoryExport = "dray.memory"

// WaitNames are the names of the functions in place of the instructions, in
// the order of their imports, and WaitTypes their types.
var (
	WaitNames = [...]string{"dray.wait32", "dray.wait64", "dray.notify"}
	WaitTypes = [...]wasm.FuncType{
		{Params: []wasm.ValType{wasm.I32, wasm.I32, wasm.I64, wasm.I64}, Results: []wasm.ValType{wasm.I32}},
		{Params: []wasm.ValType{wasm.I32, wasm.I64, wasm.I64, wasm.I64}, Results: []wasm.ValType{wasm.I32}},
		{Params: []wasm.ValType{wasm.I32, wasm.I32, wasm.I64}, Results: []wasm.ValType{wasm.I32}},
	}
)

// waits tells whether instructions of a module are replaced: the module has one
// memory, and that is shared.
func waits(m *wasm.Module, opts Options) bool {
	ms := m.MemoryTypes()
	return opts.Wait && len(ms) == 1 && ms[0].Limits.Shared && !ms[0].Limits.Is64
}

// addWait appends the imports and the export.
func (mp *Map) addWait(out *wasm.Module, opts Options) error {
	if !waits(mp.m, opts) {
		return nil
	}
	if _, taken := out.Export(MemoryExport); taken {
		return diag.Errorf(CodeUnsupported, diag.Pos{}, "the module exports %q itself, so it cannot be made to wait for others", MemoryExport)
	}
	mp.waits = true
	mp.added += uint32(len(WaitNames))
	for i, name := range WaitNames {
		out.Imports = append(out.Imports, wasm.Import{
			Module: opts.Module, Name: name,
			Type: wasm.ExternType{Kind: wasm.ExternFunc, TypeIndex: uint32(len(out.Types))},
		})
		out.Types = append(out.Types, wasm.SubType{Comp: wasm.CompType{Func: WaitTypes[i]}})
	}
	out.Exports = extend(out.Exports, wasm.Export{Name: MemoryExport, Kind: wasm.ExternMemory})
	return nil
}

// waitFunc is the index of the function in place of an instruction; ok is false
// for others.
func (mp *Map) waitFunc(op wasm.Opcode) (index uint32, ok bool) {
	if !mp.waits {
		return 0, false
	}
	switch op {
	case wasm.OpMemoryAtomicWait32:
		return mp.imported + 1, true
	case wasm.OpMemoryAtomicWait64:
		return mp.imported + 2, true
	case wasm.OpMemoryAtomicNotify:
		return mp.imported + 3, true
	}
	return 0, false
}

// checkWait checks what the call in place of an instruction does not say any
// more.
func checkWait(in *wasm.Instr) error {
	natural := uint32(in.Op.Info().Align)
	switch {
	case in.Index != 0:
		return diag.Errorf(CodeInvalid, diag.Offset(in.Pos), "unknown memory %d: the module has 1", in.Index)
	case in.Align != natural:
		return diag.Errorf(CodeInvalid, diag.Offset(in.Pos), "the alignment of %s must be 2 to the power of %d, and is 2 to the power of %d", in.Op, natural, in.Align)
	case in.Offset > 1<<32-1:
		return diag.Errorf(CodeInvalid, diag.Offset(in.Pos), "the offset %d does not fit the 32 bits of the memory's addresses", in.Offset)
	}
	return nil
}

// waitCall is the call in place of the instruction that was read last.
func (w *rewriter) waitCall(index uint32) []byte {
	return code(
		wasm.Instr{Op: wasm.OpI64Const, Value: w.in.Offset},
		wasm.Instr{Op: wasm.OpCall, Index: index},
	)
}
