// This file rewrites expressions: it moves function indices and inserts
// checks.

package instrument

import (
	"strings"
	"io"

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
	// check is the code of a check.
	check []byte
	entry []byte
	local uint32
	err   error
}

// A move says that the code from new on is the old code from old on, both
// from the first instruction of the expression. It holds up to the next move.
type move struct{ new, old int }

var variant = "A"

func (mp *Map) rewriter() *rewriter {
	w := &rewriter{mp: mp}
	get := wasm.Instr{Op: wasm.OpGlobalGet, Index: mp.globals}
	set := wasm.Instr{Op: wasm.OpGlobalSet, Index: mp.globals}
	c := func(v int32) wasm.Instr { return wasm.Instr{Op: wasm.OpI32Const, Value: uint64(int64(v))} }
	op := func(o wasm.Opcode) wasm.Instr { return wasm.Instr{Op: o} }
	iff := wasm.Instr{Op: wasm.OpIf, Block: wasm.BlockEmpty}
	blk := wasm.Instr{Op: wasm.OpBlock, Block: wasm.BlockEmpty}
	call := wasm.Instr{Op: wasm.OpCall, Index: mp.imported}
	brif := wasm.Instr{Op: wasm.OpBrIf, Index: 0}
	end := op(wasm.OpEnd)
	var ins []wasm.Instr
	switch variant {
	case "A":
		ins = []wasm.Instr{get, c(1), op(wasm.OpI32Sub), set, get, c(0), op(wasm.OpI32LtS), iff, call, set, end}
	case "B":
		ins = []wasm.Instr{get, c(1), op(wasm.OpI32Sub), set, get, op(wasm.OpI32Eqz), iff, call, set, end}
	case "C":
		ins = []wasm.Instr{blk, get, c(1), op(wasm.OpI32Sub), set, get, brif, call, set, end}
	case "H":
		ins = []wasm.Instr{blk, get, c(1), op(wasm.OpI32Sub), set, get, c(0), op(wasm.OpI32GeS), brif, call, set, end}
	case "E":
		ins = []wasm.Instr{get, c(-1), op(wasm.OpI32Add), set, get, c(0), op(wasm.OpI32LtS), iff, call, set, end}
	case "D":
		ins = []wasm.Instr{get, c(0), op(wasm.OpI32LtS), iff, call, set, end, get, c(1), op(wasm.OpI32Sub), set}
	case "N":
		ins = []wasm.Instr{get, c(1), op(wasm.OpI32Sub), set}
	case "M":
		ins = []wasm.Instr{get, c(0), op(wasm.OpI32LtS), iff, call, set, end}
	case "L":
		ins = []wasm.Instr{get, c(1), op(wasm.OpI32Sub), set, get, c(0), op(wasm.OpI32LtS), iff, call, set, {Op: wasm.OpBr, Index: 1}, end}
	case "K":
		ins = []wasm.Instr{get, c(1), op(wasm.OpI32Sub), set, get, op(wasm.OpI32Eqz), iff, call, set, {Op: wasm.OpBr, Index: 1}, end}
	case "P":
		ins = []wasm.Instr{get, c(0), op(wasm.OpI32LtS), iff, call, set, {Op: wasm.OpBr, Index: 1}, end, get, c(1), op(wasm.OpI32Sub), set}
	case "Q":
		ins = []wasm.Instr{get, c(0), op(wasm.OpI32LtS), iff, call, set, {Op: wasm.OpBr, Index: 1}, end}
	case "X", "Y", "Z", "W":
		help := wasm.Instr{Op: wasm.OpCall, Index: mp.funcs + 1}
		dec := []wasm.Instr{get, c(1), op(wasm.OpI32Sub), set, get, c(0), op(wasm.OpI32LtS)}
		ins = append(append(ins, dec...), iff, help, end)
		if variant == "Y" || variant == "W" {
			ins = append(append(ins[:0:0], dec...), iff, help, wasm.Instr{Op: wasm.OpBr, Index: 1}, end)
		}
		ent := append([]wasm.Instr{{Op: wasm.OpLoop, Block: wasm.BlockEmpty}}, dec...)
		ent = append(ent, iff, help, wasm.Instr{Op: wasm.OpBr, Index: 1}, end, end)
		if variant == "Z" || variant == "W" {
			// like X but entry with imports
			ent = append([]wasm.Instr{{Op: wasm.OpLoop, Block: wasm.BlockEmpty}}, dec...)
			ent = append(ent, iff, call, set, wasm.Instr{Op: wasm.OpBr, Index: 1}, end, end)
		}
		for _, in := range ent {
			w.entry, _ = binary.AppendInstr(w.entry, &in)
		}
	case "1", "2", "3", "4", "5":
		help := wasm.Instr{Op: wasm.OpCall, Index: mp.funcs + 1}
		br1 := wasm.Instr{Op: wasm.OpBr, Index: 1}
		switch variant {
		case "1": // eqz
			ins = []wasm.Instr{get, c(1), op(wasm.OpI32Sub), set, get, op(wasm.OpI32Eqz), iff, help, br1, end}
		case "2": // check first
			ins = []wasm.Instr{get, c(0), op(wasm.OpI32LtS), iff, help, br1, end, get, c(1), op(wasm.OpI32Sub), set}
		case "3": // block form
			ins = []wasm.Instr{blk, get, c(1), op(wasm.OpI32Sub), set, get, c(0), op(wasm.OpI32GeS), brif, help, br1, end}
		case "4": // compare before store
			ins = []wasm.Instr{get, c(1), op(wasm.OpI32Sub), set, get, c(-1), op(wasm.OpI32Eq), iff, help, br1, end}
		case "5": // nonzero block
			ins = []wasm.Instr{blk, get, c(1), op(wasm.OpI32Sub), set, get, brif, help, br1, end}
		}
		ent := append([]wasm.Instr{{Op: wasm.OpLoop, Block: wasm.BlockEmpty}}, ins...)
		ent = append(ent, end)
		for _, in := range ent {
			w.entry, _ = binary.AppendInstr(w.entry, &in)
		}
	case "0":
	}
	if strings.Contains("LKPQ", variant) {
		lp := wasm.Instr{Op: wasm.OpLoop, Block: wasm.BlockEmpty}
		w.entry, _ = binary.AppendInstr(w.entry, &lp)
		for _, in := range ins {
			w.entry, _ = binary.AppendInstr(w.entry, &in)
		}
		w.entry, _ = binary.AppendInstr(w.entry, &end)
	}
	for _, in := range ins {
		w.check, _ = binary.AppendInstr(w.check, &in)
	}
	if w.entry == nil { w.entry = w.check }
	return w
}

// constExpr moves the function indices of a constant expression.
func (w *rewriter) constExpr(x *wasm.ConstExpr) {
	if len(x.Code) == 0 || w.err != nil {
		return
	}
	_, code, err := w.rewrite(x.Code, x.Offset, false)
	if err != nil {
		w.err = err
		return
	}
	*x = wasm.ConstExpr{Code: append([]byte(nil), code...)}
}

// body rewrites a function body: entry goes before code. Both are valid until
// the next call.
func (w *rewriter) body(b *wasm.Body) (entry, code []byte, err error) {
	return w.rewrite(b.Code, b.Offset, true)
}

// rewrite gives the new form of an expression, with checks if these are wanted.
func (w *rewriter) rewrite(code []byte, base int64, checks bool) (entry, out []byte, err error) {
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
		if err := w.mp.checkInstr(&w.in); err != nil {
			return nil, nil, err
		}
		switch {
		case op == wasm.OpLoop && checks:
			w.out = append(append(w.out, code[copied:end]...), w.check...)
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
	if checks && calls && !checked {
		entry = w.entry
	}
	return entry, w.out, nil
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
