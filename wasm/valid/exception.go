// This file validates the instructions of exception handling (Validation,
// section "Control Instructions") and those of the legacy proposal.

package valid

import "github.com/dray-wasm/dray/wasm"

func (c *checker) exception(in *wasm.Instr) {
	switch in.Op {
	case wasm.OpThrow:
		if typ := c.tag(in.Index); typ != nil {
			c.popList(typ.Params)
			c.unreachable()
		}
	case wasm.OpThrowRef:
		c.pop(wasm.ExnRef)
		c.unreachable()
	case wasm.OpTryTable:
		c.tryTable(in)
	case wasm.OpCatch:
		if typ := c.tag(in.Index); typ != nil {
			f := c.leave()
			c.openFrame(wasm.OpCatch, f.typ, typ.Params)
		}
	case wasm.OpCatchAll:
		f := c.leave()
		c.openFrame(wasm.OpCatchAll, f.typ, nil)
	case wasm.OpDelegate:
		if c.labelFrame(in.Index, 1) != nil {
			c.end()
		}
	case wasm.OpRethrow:
		f := c.labelFrame(in.Index, 0)
		if f == nil {
			return
		}
		if f.op != wasm.OpCatch && f.op != wasm.OpCatchAll {
			c.fail(CodeUnknownLabel, "invalid rethrow label %d: it must be that of a catch or catch_all, found %s", in.Index, c.frameName(f))
			return
		}
		c.unreachable()
	default:
		c.fail(CodeFeature, "the instruction %s is not supported by this validator", in.Op)
	}
}

func (c *checker) frameName(f *frame) string {
	if f == &c.frames[0] {
		return "the function body"
	}
	return f.op.String()
}

// tag is the canonical type of a tag; nil after an error.
func (c *checker) tag(x uint32) *wasm.FuncType {
	if uint64(x) >= uint64(len(c.tags)) {
		c.fail(CodeUnknownTag, "unknown tag %d: the module has %d tags", x, len(c.tags))
		return nil
	}
	return &c.types.defs[c.tags[x]].comp.Func
}

func (c *checker) tryTable(in *wasm.Instr) {
	typ := c.blockType(in.Block)
	if typ == nil {
		return
	}
	for i := range in.Catches {
		if c.catchClause(i, &in.Catches[i]); c.err != nil {
			return
		}
	}
	c.enter(wasm.OpTryTable, typ)
}

// catchClause checks that what a clause catches matches its label.
func (c *checker) catchClause(i int, clause *wasm.Catch) {
	c.room = c.room[:0]
	gives := c.room
	if clause.Kind.HasTag() {
		typ := c.tag(clause.Tag)
		if typ == nil {
			return
		}
		gives = typ.Params
	}
	if clause.Kind == wasm.CatchTagRef || clause.Kind == wasm.CatchAllRef {
		c.room = append(append(c.room, gives...), wasm.Ref(false, wasm.HeapExn))
		gives = c.room
	}
	f := c.labelFrame(clause.Label, 0)
	if f == nil {
		return
	}
	takes := f.label()
	if c.matches(gives, takes) {
		return
	}
	c.fail(CodeTypeMismatch, "type mismatch: clause %d of try_table (%s) gives %s but label %d takes %s",
		i, clause.Kind, c.listOf(gives, false), clause.Label, c.listOf(takes, false))
}
