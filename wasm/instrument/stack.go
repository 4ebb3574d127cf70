// This file bounds the call stack of a guest.
//
// A second global counts down the bytes that a call is estimated to need at
// the entry of each function that calls others, and up again on every way out.
// Below zero the guest traps. To meet all ways out in one place, the body is
// put into a block: branches to the function's label then lead to the end of
// the block, and "return" becomes such a branch. A tail call gives back its
// bytes before it jumps.
//
// An exception that passes through a function would not be counted, so modules
// with exception handling cannot have a limit.

package instrument

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// StackExport is the name under which the new module exports how many bytes of
// the call stack are left, as a mutable i32. A trap "unreachable" that leaves
// it negative is an exhausted call stack. A call that trapped does not give
// back what it took: restore the value from before it.
const StackExport = "dray.stack"

// MaxStack is the largest limit for a call stack, in bytes.
const MaxStack = 1 << 30

// CodeUnsupported is the class of errors about modules that cannot be
// instrumented as the options say.
const CodeUnsupported diag.Code = "instrument/unsupported"

// What a call is taken to need besides its parameters and locals, and the most
// that one can need, in bytes.
const (
	frameCost    = 64
	maxFrameCost = 1 << 20
)

// addStack appends the global and exports it, and appends the types of the
// blocks that bodies are put into.
func (mp *Map) addStack(out *wasm.Module, opts Options) error {
	if opts.Stack == 0 {
		return nil
	}
	if _, taken := out.Export(StackExport); taken {
		return diag.Errorf(CodeUnsupported, diag.Pos{}, "the module exports %q itself, so its call stack cannot be bounded", StackExport)
	}
	mp.stack = true
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

// frame makes the code for a function.
func (w *rewriter) frame(f *wasm.Func) (frame, error) {
	if !w.mp.stack {
		return frame{}, nil
	}
	calls, err := w.scan(&f.Body)
	if err != nil || !calls {
		return frame{}, err
	}
	t := w.mp.m.FuncType(f.TypeIndex)
	if t == nil {
		return frame{}, nil
	}
	cost := uint64(frameCost + 8*len(t.Params))
	for _, run := range f.Body.Locals {
		cost += 8 * uint64(run.Count)
	}
	take := wasm.Instr{Op: wasm.OpI32Const, Value: min(cost, maxFrameCost)}
	get := wasm.Instr{Op: wasm.OpGlobalGet, Index: w.mp.stackGlobal()}
	set := wasm.Instr{Op: wasm.OpGlobalSet, Index: w.mp.stackGlobal()}
	return frame{
		enter: code(get, take, wasm.Instr{Op: wasm.OpI32Sub}, set,
			get, wasm.Instr{Op: wasm.OpI32Const}, wasm.Instr{Op: wasm.OpI32LtS},
			wasm.Instr{Op: wasm.OpIf, Block: wasm.BlockEmpty},
			wasm.Instr{Op: wasm.OpUnreachable},
			wasm.Instr{Op: wasm.OpEnd},
			wasm.Instr{Op: wasm.OpBlock, Block: w.mp.blocks[f.TypeIndex]}),
		leave: code(get, take, wasm.Instr{Op: wasm.OpI32Add}, set),
	}, nil
}

// scan tells whether a body calls functions.
func (w *rewriter) scan(b *wasm.Body) (calls bool, err error) {
	var r binary.InstrReader
	r.Reset(b.Code, b.Offset)
	for r.Next(&w.in) == nil {
		switch w.in.Op {
		case wasm.OpTry, wasm.OpTryTable:
			return false, diag.Errorf(CodeUnsupported, diag.Offset(w.in.Pos),
				"the call stack of a module with exception handling cannot be bounded")
		}
		calls = calls || isCall(w.in.Op)
	}
	return calls, nil
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
