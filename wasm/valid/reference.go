// This file validates instructions on references (Validation, section
// "Reference Instructions") and the branches that look at references.

package valid

import "github.com/dray-wasm/dray/wasm"

func (c *checker) reference(in *wasm.Instr) {
	switch in.Op {
	case wasm.OpRefNull:
		if t, ok := c.refTo(true, in.Heap); ok {
			c.push(t)
		}
	case wasm.OpRefIsNull:
		c.popRef()
		c.push(wasm.I32)
	case wasm.OpRefFunc:
		c.refFunc(in.Index)
	case wasm.OpRefEq:
		c.pop(wasm.EqRef)
		c.pop(wasm.EqRef)
		c.push(wasm.I32)
	case wasm.OpRefAsNonNull:
		c.push(wasm.Ref(false, c.popRef().Heap()))
	case wasm.OpBrOnNull:
		t := c.popRef()
		if f := c.labelFrame(in.Index, 0); f != nil {
			c.passList(f.label())
			c.push(wasm.Ref(false, t.Heap()))
		}
	case wasm.OpBrOnNonNull:
		c.branchOnNonNull(in)
	case wasm.OpRefTest, wasm.OpRefTestNull, wasm.OpRefCast, wasm.OpRefCastNull:
		c.cast(in)
	case wasm.OpBrOnCast, wasm.OpBrOnCastFail:
		c.branchOnCast(in)
	case wasm.OpAnyConvertExtern:
		c.convert(wasm.HeapExtern, wasm.HeapAny)
	case wasm.OpExternConvertAny:
		c.convert(wasm.HeapAny, wasm.HeapExtern)
	case wasm.OpRefI31:
		c.pop(wasm.I32)
		c.push(wasm.Ref(false, wasm.HeapI31))
	case wasm.OpI31GetS, wasm.OpI31GetU:
		c.pop(wasm.I31Ref)
		c.push(wasm.I32)
	default:
		c.fail(CodeFeature, "the instruction %s is not supported by this validator", in.Op)
	}
}

// refTo is the canonical reference type to a heap type of the module; ok is
// false after an error.
func (c *checker) refTo(null bool, h wasm.HeapType) (t wasm.ValType, ok bool) {
	t, err := c.valType(wasm.Ref(null, h))
	if err != nil {
		c.failErr(err)
	}
	return t, err == nil
}

func (c *checker) refFunc(x uint32) {
	if uint64(x) >= uint64(len(c.funcs)) {
		c.fail(CodeUnknownFunc, "unknown function %d: the module has %d functions", x, len(c.funcs))
		return
	}
	if c.constant {
		c.declare(x)
	} else if !c.declared(x) {
		c.fail(CodeFuncRef, "undeclared function reference: ref.func %d needs the function in an export, a global or an element segment", x)
		return
	}
	c.push(wasm.Ref(false, wasm.HeapIndex(uint32(c.funcs[x]))))
}

// popSuper takes a reference below the top of the hierarchy that t is in.
func (c *checker) popSuper(t wasm.ValType) {
	c.pop(wasm.Ref(true, c.types.top(t.Heap())))
}

func (c *checker) cast(in *wasm.Instr) {
	null := in.Op == wasm.OpRefTestNull || in.Op == wasm.OpRefCastNull
	t, ok := c.refTo(null, in.Heap)
	if !ok {
		return
	}
	c.popSuper(t)
	if in.Op == wasm.OpRefCast || in.Op == wasm.OpRefCastNull {
		c.push(t)
		return
	}
	c.push(wasm.I32)
}

// convert keeps the nullability of its operand.
func (c *checker) convert(from, to wasm.HeapType) {
	t := c.pop(wasm.Ref(true, from))
	c.push(wasm.Ref(t.Nullable(), to))
}

// refLabel is the types that a label takes, split before the last one, which
// must be a reference; ok is false after an error.
func (c *checker) refLabel(label uint32) (before []wasm.ValType, last wasm.ValType, ok bool) {
	f := c.labelFrame(label, 0)
	if f == nil {
		return nil, 0, false
	}
	ts := f.label()
	if len(ts) == 0 || !ts[len(ts)-1].IsRef() {
		c.fail(CodeTypeMismatch, "type mismatch: %s requires a label that takes a reference last, but label %d takes %s", c.in.Op, label, c.listOf(ts, false))
		return nil, 0, false
	}
	return ts[:len(ts)-1], ts[len(ts)-1], true
}

func (c *checker) branchOnNonNull(in *wasm.Instr) {
	before, last, ok := c.refLabel(in.Index)
	if !ok {
		return
	}
	c.pop(wasm.Ref(true, last.Heap()))
	c.passList(before)
}

func (c *checker) branchOnCast(in *wasm.Instr) {
	from, ok := c.refTo(in.Null, in.Heap)
	if !ok {
		return
	}
	to, ok := c.refTo(in.Null2, in.Heap2)
	if !ok {
		return
	}
	if !c.types.MatchVal(to, from) {
		c.fail(CodeTypeMismatch, "type mismatch: %s casts from %s to %s, which does not match it", in.Op, c.typeName(from), c.typeName(to))
		return
	}
	before, last, ok := c.refLabel(in.Index)
	if !ok {
		return
	}
	rest := wasm.Ref(from.Nullable() && !to.Nullable(), from.Heap())
	taken, kept := to, rest
	if in.Op == wasm.OpBrOnCastFail {
		taken, kept = rest, to
	}
	if !c.types.MatchVal(taken, last) {
		c.fail(CodeTypeMismatch, "type mismatch: %s gives %s but label %d takes %s", in.Op, c.typeName(taken), in.Index, c.typeName(last))
		return
	}
	c.pop(from)
	c.passList(before)
	c.push(kept)
}
