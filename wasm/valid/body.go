// This file is the loop over the instructions of a function body (Appendix,
// section "Validation Algorithm").

package valid

import (
	"io"
	"math"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// A checker validates expressions one after another: function bodies and
// constant expressions. Its memory is used again for each of them. It keeps
// the first error in err; after an error its stacks mean nothing.
type checker struct {
	*env
	r    binary.InstrReader
	in   wasm.Instr
	err  *diag.Error
	main mainMemory

	stack  []wasm.ValType // operand stack; all types are canonical
	base   int            // height of the operand stack where the innermost frame begins
	frames []frame
	stamp  uint64 // counts the br_tables
	seen   map[*wasm.ValType]uint64
	blocks map[wasm.ValType]*wasm.FuncType // types of blocks with one reference result
	room   []wasm.ValType                  // for lists that are put together

	locals   locals
	budget   int  // of comparisons that are left
	constant bool // the expression is a constant one
	globals  int  // number of globals that the expression may name
}

// mainMemory is what accesses to memory 0 need. addr is Bot when there is no
// memory; high is the mask of the offset bits that must be zero.
type mainMemory struct {
	addr wasm.ValType
	high uint64
}

// A frame is an open structured instruction. The frame at the bottom is the
// expression itself.
type frame struct {
	typ         *wasm.FuncType // canonical
	stamp       uint64         // the br_table that last looked at the frame
	height      int32          // of the operand stack
	inits       int32          // height of locals.set
	op          wasm.Opcode
	unreachable bool
}

// label is the types that a branch to the frame takes.
func (f *frame) label() []wasm.ValType {
	if f.op == wasm.OpLoop {
		return f.typ.Params
	}
	return f.typ.Results
}

func newChecker(e *env) *checker {
	c := &checker{env: e, globals: len(e.globals)}
	if len(e.mems) > 0 {
		c.main = mainMemory{addr: e.mems[0].Limits.AddrType()}
		if !e.mems[0].Limits.Is64 {
			c.main.high = math.MaxUint32 << 32
		}
	}
	return c
}

// begin prepares for an expression of a type without parameters.
func (c *checker) begin(code []byte, offset int64, typ *wasm.FuncType) {
	c.r.Reset(code, offset)
	c.err = nil
	c.budget = freeComparisons + comparisons*len(code)
	c.stack, c.base = c.stack[:0], 0
	c.frames = append(c.frames[:0], frame{typ: typ, op: wasm.OpBlock})
}

// function validates the body of a function.
func (c *checker) function(f *wasm.Func, typ *wasm.FuncType) *diag.Error {
	c.begin(f.Body.Code, f.Body.Offset, typ)
	if err := c.setLocals(f, typ); err != nil {
		return err
	}
	return c.run()
}

// run validates up to the end of the expression.
func (c *checker) run() *diag.Error {
	in := &c.in
	for {
		if err := c.r.Next(in); err != nil {
			return readError(err)
		}
		if c.step(in); c.err != nil {
			return c.err
		}
	}
}

// readError is the error that an InstrReader gave; nil for io.EOF.
func readError(err error) *diag.Error {
	if err == io.EOF {
		return nil
	}
	if e, ok := err.(*diag.Error); ok {
		return e
	}
	return &diag.Error{Code: binary.CodeOpcode, Err: err}
}

// step validates one instruction. The cases that are not errors and need no
// subtyping are decided here, the others in the methods that end in Slow.
func (c *checker) step(in *wasm.Instr) {
	op := in.Op
	n := len(c.stack)
	top := n - 1
	switch s := &sigs[op]; c.class[op] {
	case classConst:
		c.stack = append(c.stack, s.out[0])
	case classUnary:
		if top >= c.base && c.stack[top] == s.in[0] {
			c.stack[top] = s.out[0]
			return
		}
		c.sigSlow(s)
	case classBinary:
		if top > c.base && c.stack[top] == s.in[1] && c.stack[top-1] == s.in[0] {
			c.stack[top-1] = s.out[0]
			c.stack = c.stack[:top]
			return
		}
		c.sigSlow(s)
	case classLoad:
		if top >= c.base && c.stack[top] == c.main.addr && c.plainAccess(in, s) {
			c.stack[top] = s.out[0]
			return
		}
		c.accessSlow(in, s)
	case classStore:
		if top > c.base && c.stack[top] == s.in[1] && c.stack[top-1] == c.main.addr && c.plainAccess(in, s) {
			c.stack = c.stack[:top-1]
			return
		}
		c.accessSlow(in, s)
	case classLocalGet:
		if x := in.Index; uint64(x) < uint64(len(c.locals.first)) && !c.locals.tracked {
			c.stack = append(c.stack, c.locals.first[x])
			return
		}
		c.localGetSlow(in.Index)
	case classLocalSet:
		if x := in.Index; uint64(x) < uint64(len(c.locals.first)) && !c.locals.tracked && top >= c.base && c.stack[top] == c.locals.first[x] {
			c.stack = c.stack[:top]
			return
		}
		c.localSetSlow(in.Index, false)
	case classLocalTee:
		if x := in.Index; uint64(x) < uint64(len(c.locals.first)) && !c.locals.tracked && top >= c.base && c.stack[top] == c.locals.first[x] {
			return
		}
		c.localSetSlow(in.Index, true)
	case classSig:
		c.sigSlow(s)
	case classAccess:
		c.accessSlow(in, s)
	case classDenied:
		c.denied(in.Op)
	default:
		c.other(in)
	}
}

// plainAccess tells whether an access is to memory 0 and within bounds of
// alignment and offset.
func (c *checker) plainAccess(in *wasm.Instr, s *sig) bool {
	return in.Index == 0 && in.Align <= uint32(s.align) && in.Offset&c.main.high == 0
}

// fail records an error at the present instruction, unless there is one.
func (c *checker) fail(code diag.Code, format string, args ...any) {
	if c.err == nil {
		c.err = diag.Errorf(code, diag.Offset(c.in.Pos), format, args...)
	}
}

// failErr records an error that has no position.
func (c *checker) failErr(err error) {
	if e, ok := err.(*diag.Error); ok && c.err == nil {
		placed := *e
		placed.At = diag.Offset(c.in.Pos)
		c.err = &placed
	}
}
