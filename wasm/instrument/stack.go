// This file bounds the call stack of a guest.
//
// A second global counts down, at the entry of some functions, the bytes that
// they and what they call are estimated to need, and up again on every way out
// (see graph.go for which). Where it would go below zero, the code calls an
// imported function, which raises it or traps, and tries again. To meet all ways
// out in one place, the body is put into a block: branches to the function's
// label then lead to the end of the block, and "return" becomes such a branch. A
// tail call gives back its bytes before it jumps.
//
// An exception that passes through a function would not be counted, so modules
// with exception handling cannot have a limit.

package instrument

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// StackExport is the name under which the new module exports how many bytes of
// the call stack are left, as a mutable i32. A call that trapped does not give
// back what it took: restore the value from before it.
const StackExport = "dray.stack"

// StackName is the name of the function that is called where too little is left
// of the call stack. The parameter is how many bytes are
// needed. The function is to raise what is left to this or more, or to trap.
const StackName = "dray.stack"

// StackType is the type of [StackName].
var StackType = wasm.FuncType{Params: []wasm.ValType{wasm.I32}}

// MaxStack is the largest limit for a call stack, in bytes.
const MaxStack = 1 << 30

// CodeUnsupported is the class of errors about modules that cannot be
// instrumented as the options say.
const CodeUnsupported diag.Code = "instrument/unsupported"

// addStack appends the import, and the global and its export, and the types of
// the blocks that bodies are put into.
func (mp *Map) addStack(out *wasm.Module, opts Options) error {
	if opts.Stack == 0 {
		return nil
	}
	if _, taken := out.Export(StackExport); taken {
		return diag.Errorf(CodeUnsupported, diag.Pos{}, "the module exports %q itself, so its call stack cannot be bounded", StackExport)
	}
	mp.more = mp.imported + mp.added
	mp.added++
	out.Imports = append(out.Imports, wasm.Import{
		Module: opts.Module, Name: StackName,
		Type: wasm.ExternType{Kind: wasm.ExternFunc, TypeIndex: uint32(len(out.Types))},
	})
	out.Types = append(out.Types, wasm.SubType{Comp: wasm.CompType{Func: StackType}})
	init := code(wasm.Instr{Op: wasm.OpI32Const, Value: min(opts.Stack, MaxStack)}, wasm.Instr{Op: wasm.OpEnd})
	out.Exports = extend(out.Exports, wasm.Export{Name: StackExport, Kind: wasm.ExternGlobal, Index: mp.stackGlobal()})
	out.Globals = extend(out.Globals, wasm.Global{
		Type: wasm.GlobalType{Type: wasm.I32, Mutable: true}, Init: wasm.ConstExpr{Code: init},
	})
	mp.blocks = map[uint32]wasm.BlockType{}
	for i := range mp.m.Funcs {
		x := mp.m.Funcs[i].TypeIndex
		t := mp.m.FuncType(x)
		if _, ok := mp.blocks[x]; ok || t == nil {
			continue
		}
		switch len(t.Results) {
		case 0:
			mp.blocks[x] = wasm.BlockEmpty
		case 1:
			mp.blocks[x] = wasm.BlockResult(t.Results[0])
		default:
			mp.blocks[x] = wasm.BlockIndex(uint32(len(out.Types)))
			out.Types = append(out.Types, wasm.SubType{Comp: wasm.CompType{Func: wasm.FuncType{Results: t.Results}}})
		}
	}
	return nil
}

// stackGlobal is the global index of what is left of the stack.
func (mp *Map) stackGlobal() uint32 { return mp.globals + 1 }

// A frame is what the code of one function does about the stack; its fields
// are empty in a function that does nothing.
type frame struct {
	// enter begins a body: it takes the bytes, and opens the block. leave
	// gives them back.
	enter, leave []byte
	// depth counts the blocks that are open in the old code.
	depth uint32
}

// frame makes the code for a defined function.
func (w *rewriter) frame(i int) (frame, error) {
	if w.mp.more == 0 {
		return frame{}, nil
	}
	if at := w.mp.plan.catches; at >= 0 {
		return frame{}, diag.Errorf(CodeUnsupported, diag.Offset(at), "the call stack of a module with exception handling cannot be bounded")
	}
	block, ok := w.mp.blocks[w.mp.m.Funcs[i].TypeIndex]
	bytes := w.mp.plan.stack[i]
	if !ok || bytes == 0 {
		return frame{}, nil
	}
	w.scratch = max(w.scratch, 1)
	local := w.firstScratch
	take := wasm.Instr{Op: wasm.OpI32Const, Value: uint64(bytes)}
	get := wasm.Instr{Op: wasm.OpGlobalGet, Index: w.mp.stackGlobal()}
	set := wasm.Instr{Op: wasm.OpGlobalSet, Index: w.mp.stackGlobal()}
	return frame{
		enter: code(wasm.Instr{Op: wasm.OpLoop, Block: wasm.BlockEmpty},
			get, take, wasm.Instr{Op: wasm.OpI32Sub}, wasm.Instr{Op: wasm.OpLocalTee, Index: local},
			wasm.Instr{Op: wasm.OpI32Const}, wasm.Instr{Op: wasm.OpI32LtS},
			wasm.Instr{Op: wasm.OpIf, Block: wasm.BlockEmpty},
			take, wasm.Instr{Op: wasm.OpCall, Index: w.mp.more}, wasm.Instr{Op: wasm.OpBr, Index: 1},
			wasm.Instr{Op: wasm.OpEnd},
			wasm.Instr{Op: wasm.OpLocalGet, Index: local}, set,
			wasm.Instr{Op: wasm.OpEnd},
			wasm.Instr{Op: wasm.OpBlock, Block: block}),
		leave: code(get, take, wasm.Instr{Op: wasm.OpI32Add}, set),
	}, nil
}

// on changes an instruction of the old code that leaves the function or opens
// or closes a block. It returns what goes before the instruction, and whether
// it goes in its place.
func (f *frame) on(op wasm.Opcode) (before []byte, instead bool) {
	switch op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
		f.depth++
	case wasm.OpEnd:
		f.depth-- // the last one is not looked at
	case wasm.OpReturn:
		return code(wasm.Instr{Op: wasm.OpBr, Index: f.depth}), true
	case wasm.OpReturnCall, wasm.OpReturnCallIndirect, wasm.OpReturnCallRef:
		return f.leave, false
	}
	return nil, false
}
