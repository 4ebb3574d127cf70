// This file rewrites expressions: it moves function indices and inserts
// checks.

package instrument

import (
	"io"
	"slices"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// A rewriter rewrites one expression after the other. It is not safe for
// concurrent use.
type rewriter struct {
	mp  *Map
	r   binary.InstrReader
	in  wasm.Instr
	out []byte
	// moves records where new and old code drift apart, when record is set.
	record bool
	moves  []move
	// entry, loop and paramLoop are checks: for the entry of a function, for
	// a loop without parameters, and for one with parameters. checkEntry tells
	// whether the function at hand needs the first.
	entry, loop, paramLoop []byte
	checkEntry             bool
	// What bulk instructions work on, and the locals that they need: how many,
	// and the index of the first.
	memories     []wasm.MemoryType
	tables       []wasm.TableType
	scratch      int
	firstScratch uint32
	err          error
}

// A move says that the code from new on is the old code from old on, both
// from the first instruction of the expression. It holds up to the next move.
type move struct{ new, old int }

func (mp *Map) rewriter() *rewriter {
	return &rewriter{mp: mp, memories: mp.m.MemoryTypes(), tables: mp.m.TableTypes()}
}

// makeChecks makes the checks for functions whose first scratch local is at an
// index. A check calls the refill function where the budget is used up, and
// decrements it:
//
//	global.get $budget
//	local.tee $scratch
//	i32.const 1
//	i32.lt_s
//	if
//	  call $refill
//	  br 1
//	end
//	local.get $scratch
//	i32.const 1
//	i32.sub
//	global.set $budget
//
// The branch leads to the loop that the check stands in, or to one made for
// it at the entry of a function. Because of it no way leads from the call into
// the code after the check, and a compiler keeps there what it knows and holds
// in registers: in wazero this halves the cost of most checks. A branch to a
// loop with parameters would need these, so there the check does without, and
// gets the budget once more.
func (w *rewriter) makeChecks(local uint32) {
	one := wasm.Instr{Op: wasm.OpI32Const, Value: 1}
	get := wasm.Instr{Op: wasm.OpGlobalGet, Index: w.mp.globals}
	tee := wasm.Instr{Op: wasm.OpLocalTee, Index: local}
	test := []wasm.Instr{one, {Op: wasm.OpI32LtS}, {Op: wasm.OpIf, Block: wasm.BlockEmpty}, {Op: wasm.OpCall, Index: w.mp.refill()}}
	again, end := wasm.Instr{Op: wasm.OpBr, Index: 1}, wasm.Instr{Op: wasm.OpEnd}
	take := []wasm.Instr{one, {Op: wasm.OpI32Sub}, {Op: wasm.OpGlobalSet, Index: w.mp.globals}}

	w.paramLoop = code(slices.Concat([]wasm.Instr{get}, test, []wasm.Instr{end, get}, take)...)
	w.loop = code(slices.Concat([]wasm.Instr{get, tee}, test, []wasm.Instr{again, end, {Op: wasm.OpLocalGet, Index: local}}, take)...)
	w.entry = slices.Concat(code(wasm.Instr{Op: wasm.OpLoop, Block: wasm.BlockEmpty}), w.loop, endOfBody)
}

// code is the encoding of instructions that can always be written.
func code(ins ...wasm.Instr) []byte {
	var b []byte
	for i := range ins {
		b, _ = binary.AppendInstr(b, &ins[i])
	}
	return b
}

// constExpr moves the function indices of a constant expression.
func (w *rewriter) constExpr(x *wasm.ConstExpr) {
	if len(x.Code) == 0 || w.err != nil {
		return
	}
	_, code, err := w.rewrite(x.Code, x.Offset, false, frame{})
	if err != nil {
		w.err = err
		return
	}
	*x = wasm.ConstExpr{Code: append([]byte(nil), code...)}
}

// body rewrites the body of a defined function: entry goes before code. Both
// are valid until the next call.
func (w *rewriter) body(i int) (entry, code []byte, err error) {
	f := &w.mp.m.Funcs[i]
	w.startScratch(f)
	w.checkEntry = w.mp.everyEntry || w.mp.plan.check[i]
	fr, err := w.frame(i)
	if err != nil {
		return nil, nil, err
	}
	return w.rewrite(f.Body.Code, f.Body.Offset, true, fr)
}

// rewrite gives the new form of an expression, with checks if these are
// wanted, and in the frame.
func (w *rewriter) rewrite(code []byte, base int64, checks bool, fr frame) (entry, out []byte, err error) {
	w.r.Reset(code, base)
	w.out, w.moves = w.out[:0], w.moves[:0]
	copied := 0      // old code up to here is in w.out
	straight := true // no way has led elsewhere yet
	checked := false // a check is on the straight way from the start
	calls := false
	for {
		err := w.r.Next(&w.in)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		op, pos, end := w.in.Op, int(w.in.Pos-base), int(w.in.End-base)
		if err := w.mp.checkInstr(&w.in, w.r.Depth()); err != nil {
			return nil, nil, err
		}
		if op.Info().Imms[0] == wasm.ImmLocal && checks && w.in.Index >= w.firstScratch {
			return nil, nil, diag.Errorf(CodeInvalid, diag.Offset(w.in.Pos), "unknown local %d", w.in.Index)
		}
		if fr.leave == nil {
			// There is no limit to the stack.
		} else if before, instead := fr.on(op); before != nil {
			w.out = append(append(w.out, code[copied:pos]...), before...)
			copied = pos
			if instead {
				copied = end
			}
			w.moved(copied)
		}
		if shift, ok := bulk(op); ok && checks {
			w.out = append(append(w.out, code[copied:pos]...), w.charge(shift)...)
			copied = pos
			w.moved(pos)
		}
		wait, waits := w.mp.waitFunc(op)
		switch {
		case w.mp.grow != 0 && (op == wasm.OpMemoryGrow || op == wasm.OpTableGrow) && checks:
			w.out = append(append(w.out, code[copied:end]...), w.growCheck()...)
			copied = end
			w.moved(end)
		case waits:
			if err := checkWait(&w.in); err != nil {
				return nil, nil, err
			}
			w.out = append(append(w.out, code[copied:pos]...), w.waitCall(wait)...)
			copied = end
			w.moved(end)
		case op == wasm.OpLoop && checks:
			w.out = append(append(w.out, code[copied:end]...), w.loopCheck()...)
			copied = end
			w.moved(end)
			checked = checked || straight
		case op.Info().Imms[0] == wasm.ImmFunc && w.in.Index >= w.mp.imported:
			w.out = append(w.out, code[copied:pos]...)
			w.in.Index = w.mp.newFunc(w.in.Index)
			if w.out, err = binary.AppendInstr(w.out, &w.in); err != nil {
				return nil, nil, err
			}
			copied = end
			w.moved(end)
		}
		calls = calls || isCall(op)
		straight = straight && isStraight(op)
	}
	w.out = append(w.out, code[copied:]...)
	if checks && calls && !checked && w.checkEntry {
		entry = w.entry
		w.scratch = max(w.scratch, 1)
	}
	if fr.leave != nil {
		// The old code's last end closes the block.
		w.out = append(append(w.out, fr.leave...), endOfBody...)
		entry = append(entry[:len(entry):len(entry)], fr.enter...)
	}
	return entry, w.out, nil
}

// endOfBody ends a function body.
var endOfBody = code(wasm.Instr{Op: wasm.OpEnd})

// loopCheck is the check for the loop that w.in opens.
func (w *rewriter) loopCheck() []byte {
	if x, ok := w.in.Block.Index(); ok {
		if t := w.mp.m.FuncType(x); t == nil || len(t.Params) > 0 {
			return w.paramLoop
		}
	}
	w.scratch = max(w.scratch, 1)
	return w.loop
}

// moved records that the old code from a place on goes on at the end of the
// new code.
func (w *rewriter) moved(old int) {
	if w.record {
		w.moves = append(w.moves, move{new: len(w.out), old: old})
	}
}

// isCall tells whether an instruction calls a function.
func isCall(op wasm.Opcode) bool {
	switch op {
	case wasm.OpCall, wasm.OpCallIndirect, wasm.OpCallRef,
		wasm.OpReturnCall, wasm.OpReturnCallIndirect, wasm.OpReturnCallRef:
		return true
	}
	return false
}

// isStraight tells whether what follows an instruction in the code is always
// executed after it, if it does not trap, and without a call in between.
func isStraight(op wasm.Opcode) bool {
	switch op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpNop:
		return true
	case wasm.OpBrOnNull, wasm.OpBrOnNonNull, wasm.OpBrOnCast, wasm.OpBrOnCastFail:
		return false
	}
	return op >= wasm.OpDrop && op != wasm.OpTryTable
}
