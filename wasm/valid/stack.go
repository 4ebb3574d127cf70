// This file is the operand stack and the stack of frames (Appendix, section
// "Validation Algorithm").

package valid

import (
	"strings"

	"github.com/dray-wasm/dray/wasm"
)

// maxStack bounds the height of the operand stack where lists are pushed on
// it, so that a short body cannot fill the memory.
const maxStack = 1 << 20

// comparisons is the number of comparisons of different types that a byte of
// code may cause. A few come for free.
const (
	comparisons     = 16
	freeComparisons = 1 << 20
)

// push puts a type on the stack.
func (c *checker) push(t wasm.ValType) { c.stack = append(c.stack, t) }

// pushList puts types on the stack, the last one on top.
func (c *checker) pushList(ts []wasm.ValType) {
	if len(ts) > 1 && len(c.stack) > maxStack-len(ts) {
		c.fail(CodeLimit, "operand stack too high: %s puts more than %d values on it", c.in.Op, maxStack)
		return
	}
	c.stack = append(c.stack, ts...)
}

// pop takes a value that matches want from the stack and gives its type, which
// is Bot where any value can be.
func (c *checker) pop(want wasm.ValType) wasm.ValType {
	if top := len(c.stack) - 1; top >= c.base && c.stack[top] == want {
		c.stack = c.stack[:top]
		return want
	}
	t, ok := c.take()
	if !ok || !c.types.MatchVal(t, want) {
		if ok {
			c.push(t)
		}
		c.mismatch([]wasm.ValType{want})
	}
	return t
}

// take takes a value of any type; ok is false when there is none.
func (c *checker) take() (t wasm.ValType, ok bool) {
	top := len(c.stack) - 1
	if top < c.base {
		return wasm.Bot, c.frames[len(c.frames)-1].unreachable
	}
	t = c.stack[top]
	c.stack = c.stack[:top]
	return t, true
}

// popAny takes a value of any type.
func (c *checker) popAny() wasm.ValType {
	t, ok := c.take()
	if !ok {
		c.fail(CodeTypeMismatch, "type mismatch: instruction requires a value but stack has [] (%s)", c.in.Op)
	}
	return t
}

// popRef takes a reference of any type; Bot becomes (ref bot).
func (c *checker) popRef() wasm.ValType {
	t, ok := c.take()
	switch {
	case t == wasm.Bot && ok:
		return refBot
	case !ok:
		c.fail(CodeTypeMismatch, "type mismatch: instruction requires a reference but stack has [] (%s)", c.in.Op)
	case !t.IsRef():
		c.fail(CodeTypeMismatch, "type mismatch: instruction requires a reference but stack has [%s] (%s)", t, c.in.Op)
	}
	return t
}

// popList takes values that match a list from the stack.
func (c *checker) popList(ts []wasm.ValType) {
	if c.checkList(ts) {
		c.stack = c.stack[:max(len(c.stack)-len(ts), c.base)]
	}
}

// checkList checks that the values on top of the stack match a list, and
// leaves them there.
func (c *checker) checkList(ts []wasm.ValType) bool {
	have := c.stack[c.base:]
	if len(have) >= len(ts) && equalTypes(have[len(have)-len(ts):], ts) {
		return true
	}
	want := ts
	var sub, super wasm.ValType // the last pair that matched
	for len(have) > 0 && len(want) > 0 {
		t, w := have[len(have)-1], want[len(want)-1]
		if t != w && (t != sub || w != super) {
			if c.spend(1); !c.types.MatchVal(t, w) {
				c.mismatch(ts)
				return false
			}
			sub, super = t, w
		}
		have, want = have[:len(have)-1], want[:len(want)-1]
	}
	if len(want) > 0 && !c.frames[len(c.frames)-1].unreachable {
		c.mismatch(ts)
		return false
	}
	return true
}

// matches tells whether a list of types matches another.
func (c *checker) matches(sub, super []wasm.ValType) bool {
	if len(sub) != len(super) {
		return false
	}
	if equalTypes(sub, super) {
		return true
	}
	c.spend(len(sub))
	return c.types.MatchResult(sub, super)
}

// spend counts comparisons of types that are not equal. There may be many more
// of them than bytes of code where long lists of types are passed around; a
// body beyond any sensible number is refused.
func (c *checker) spend(n int) {
	if c.budget -= n; c.budget < 0 {
		c.fail(CodeLimit, "too many comparisons of reference types: this implementation allows %d for a byte of code", comparisons)
	}
}

// passList replaces the values on top of the stack, which must match a list,
// by those of the list.
func (c *checker) passList(ts []wasm.ValType) {
	if have := c.stack[c.base:]; len(have) >= len(ts) && equalTypes(have[len(have)-len(ts):], ts) {
		return
	}
	c.popList(ts)
	c.pushList(ts)
}

// equalTypes tells whether two lists of one length are the same.
func equalTypes(a, b []wasm.ValType) bool {
	const step = 16
	b = b[:len(a)]
	for len(a) >= step {
		if *(*[step]wasm.ValType)(a) != *(*[step]wasm.ValType)(b) {
			return false
		}
		a, b = a[step:], b[step:]
	}
	for i, t := range a {
		if t != b[i] {
			return false
		}
	}
	return true
}

// sigSlow applies a signature without addresses.
func (c *checker) sigSlow(s *sig) {
	c.popList(s.in[:s.nin])
	c.stack = append(c.stack, s.out[:s.nout]...)
}

// enter opens a frame whose parameters are on the stack.
func (c *checker) enter(op wasm.Opcode, typ *wasm.FuncType) {
	c.popList(typ.Params)
	c.openFrame(op, typ, typ.Params)
}

// openFrame opens a frame that begins with given values on the stack.
func (c *checker) openFrame(op wasm.Opcode, typ *wasm.FuncType, start []wasm.ValType) {
	c.base = len(c.stack)
	c.frames = append(c.frames, frame{typ: typ, op: op, height: int32(c.base), inits: int32(len(c.locals.set))})
	c.pushList(start)
}

// leave closes the innermost frame, whose results must be on the stack and
// nothing else.
func (c *checker) leave() frame {
	f := c.frames[len(c.frames)-1]
	c.popList(f.typ.Results)
	if len(c.stack) > c.base {
		c.stack = append(c.stack, f.typ.Results...)
		c.fail(CodeTypeMismatch, "type mismatch: block requires %s but stack has %s (at %s)",
			c.listOf(f.typ.Results, false), c.listOf(c.stack[c.base:], false), c.in.Op)
	}
	c.locals.unset(int(f.inits))
	c.frames = c.frames[:len(c.frames)-1]
	c.base = 0
	if n := len(c.frames); n > 0 {
		c.base = int(c.frames[n-1].height)
	}
	return f
}

// unreachable notes that what follows in the frame is not reached.
func (c *checker) unreachable() {
	c.stack = c.stack[:c.base]
	c.frames[len(c.frames)-1].unreachable = true
}

// mismatch reports that the top of the stack does not match a list.
func (c *checker) mismatch(want []wasm.ValType) {
	if c.err != nil {
		return
	}
	have := c.stack[c.base:]
	poly := len(have) < len(want) && c.frames[len(c.frames)-1].unreachable
	have = have[max(0, len(have)-len(want)):]
	where := c.in.Op.String()
	if len(want) > 1 && len(have) >= len(want) || poly {
		for i := 1; i <= len(have); i++ {
			if !c.types.MatchVal(have[len(have)-i], want[len(want)-i]) {
				where += ", operand " + utoa(uint64(len(want)-i+1))
				break
			}
		}
	}
	c.fail(CodeTypeMismatch, "type mismatch: instruction requires %s but stack has %s (%s)",
		c.listOf(want, false), c.listOf(have, poly), where)
}

// listOf writes the top of a list of types; open tells that there may be any
// number of others below.
func (c *checker) listOf(ts []wasm.ValType, open bool) string {
	const most = 12
	var b strings.Builder
	b.WriteByte('[')
	if len(ts) > most {
		ts, open = ts[len(ts)-most:], true
	}
	if open {
		b.WriteString("...")
	}
	for i, t := range ts {
		if i > 0 || open {
			b.WriteByte(' ')
		}
		b.WriteString(c.typeName(t))
	}
	b.WriteByte(']')
	return b.String()
}

// typeName is a canonical type as the module writes it.
func (e *env) typeName(t wasm.ValType) string {
	switch {
	case t == wasm.Bot:
		return "any"
	case !t.IsRef():
		return t.String()
	case t.Heap() == heapBot:
		return "(ref any type)"
	case !hasIndex(t):
		return t.String()
	}
	id, _ := t.Heap().Index()
	for x, have := range e.ids {
		if have == TypeID(id) {
			return wasm.Ref(t.Nullable(), wasm.HeapIndex(uint32(x))).String()
		}
	}
	return t.String()
}
