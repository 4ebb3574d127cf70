// This file validates control instructions (Validation, sections "Parametric
// Instructions" and "Control Instructions").

package valid

import (
	"fmt"

	"github.com/dray-wasm/dray/wasm"
)

// other validates an instruction whose type depends on the context.
func (c *checker) other(in *wasm.Instr) {
	switch op := in.Op; {
	case op <= wasm.OpReturnCallRef || op == wasm.OpDelegate || op == wasm.OpCatchAll || op == wasm.OpTryTable:
		c.control(in)
	case op >= wasm.OpMemorySize && op <= wasm.OpMemoryGrow || op >= wasm.OpMemoryInit && op <= wasm.OpMemoryFill:
		c.memory(in)
	case op == wasm.OpTableGet || op == wasm.OpTableSet || op >= wasm.OpTableInit && op <= wasm.OpTableFill:
		c.table(in)
	case op >= wasm.OpStructNew && op <= wasm.OpStructSet:
		c.structure(in)
	case op >= wasm.OpArrayNew && op <= wasm.OpArrayInitElem:
		c.array(in)
	case sigs[op].lanes > 0:
		c.lanes(in)
	case op == wasm.OpDrop:
		c.popAny()
	case op == wasm.OpSelect:
		c.selectPlain()
	case op == wasm.OpSelectT:
		c.selectTyped(in)
	case op == wasm.OpGlobalGet || op == wasm.OpGlobalSet:
		c.global(in)
	default:
		c.reference(in)
	}
}

func (c *checker) control(in *wasm.Instr) {
	switch in.Op {
	case wasm.OpUnreachable:
		c.unreachable()
	case wasm.OpNop:
	case wasm.OpBlock, wasm.OpLoop, wasm.OpTry:
		if typ := c.blockType(in.Block); typ != nil {
			c.enter(in.Op, typ)
		}
	case wasm.OpIf:
		if typ := c.blockType(in.Block); typ != nil {
			c.pop(wasm.I32)
			c.enter(wasm.OpIf, typ)
		}
	case wasm.OpElse:
		f := c.leave()
		c.openFrame(wasm.OpElse, f.typ, f.typ.Params)
	case wasm.OpEnd:
		c.end()
	case wasm.OpBr, wasm.OpBrIf, wasm.OpBrTable:
		c.branch(in)
	case wasm.OpReturn:
		c.popList(c.frames[0].typ.Results)
		c.unreachable()
	case wasm.OpCall, wasm.OpCallIndirect, wasm.OpCallRef,
		wasm.OpReturnCall, wasm.OpReturnCallIndirect, wasm.OpReturnCallRef:
		c.call(in)
	default:
		c.exception(in)
	}
}

// blockType is the canonical type of a structured instruction; nil after an
// error.
func (c *checker) blockType(b wasm.BlockType) *wasm.FuncType {
	if b == wasm.BlockEmpty {
		return &emptyFunc
	}
	if x, ok := b.Index(); ok {
		return c.blockIndex(x)
	}
	t, _ := b.Result()
	t, err := c.valType(t)
	if err != nil {
		c.failErr(err)
		return nil
	}
	return c.single(t)
}

// single is the function type without parameters and with one result, which is
// canonical.
func (c *checker) single(t wasm.ValType) *wasm.FuncType {
	if typ := singles[t.Code()]; typ != nil {
		return typ
	}
	typ := c.blocks[t]
	if typ == nil {
		if c.blocks == nil {
			c.blocks = make(map[wasm.ValType]*wasm.FuncType)
		}
		typ = &wasm.FuncType{Results: []wasm.ValType{t}}
		c.blocks[t] = typ
	}
	return typ
}

func (c *checker) blockIndex(x uint32) *wasm.FuncType {
	typ, err := c.types.funcAt(x, c.ids)
	if err != nil {
		c.failErr(err)
		return nil
	}
	if !c.features.Has(wasm.FeatureMultiValue) {
		c.failErr(errFeature(wasm.FeatureMultiValue, "the block type %d of %s", x, c.in.Op))
		return nil
	}
	return typ
}

// end closes a frame and leaves its results on the stack.
func (c *checker) end() {
	f := c.leave()
	if c.err != nil {
		return
	}
	if f.op == wasm.OpIf && !c.matches(f.typ.Params, f.typ.Results) {
		c.fail(CodeTypeMismatch, "type mismatch: if without else requires that the parameters match the results, but they are %s and %s",
			c.listOf(f.typ.Params, false), c.listOf(f.typ.Results, false))
		return
	}
	if len(c.frames) > 0 {
		c.pushList(f.typ.Results)
	}
}

// labelFrame finds the frame of a label; nil after an error. outer is the
// number of innermost frames that do not count.
func (c *checker) labelFrame(label, outer uint32) *frame {
	n := uint64(len(c.frames))
	i := uint64(label) + uint64(outer)
	if i >= n {
		c.fail(CodeUnknownLabel, "unknown label %d: %s is inside of %d labels", label, c.in.Op, n-uint64(outer))
		return nil
	}
	return &c.frames[n-1-i]
}

func (c *checker) branch(in *wasm.Instr) {
	if in.Op == wasm.OpBrTable {
		c.branchTable(in.Labels)
		return
	}
	if in.Op == wasm.OpBrIf {
		c.pop(wasm.I32)
	}
	f := c.labelFrame(in.Index, 0)
	switch {
	case f == nil:
	case in.Op == wasm.OpBrIf:
		c.passList(f.label())
	default:
		c.popList(f.label())
		c.unreachable()
	}
}

// branchTable checks each frame once, and where lists are long each list.
func (c *checker) branchTable(labels []uint32) {
	const long = 16
	c.pop(wasm.I32)
	last := c.labelFrame(labels[len(labels)-1], 0)
	if last == nil {
		return
	}
	arity := len(last.label())
	c.stamp++
	for i, label := range labels {
		f := c.labelFrame(label, 0)
		if f == nil {
			return
		}
		if f.stamp == c.stamp {
			continue
		}
		f.stamp = c.stamp
		ts := f.label()
		if len(ts) != arity {
			c.fail(CodeTypeMismatch, "type mismatch: br_table requires labels with equally many values, but label %d (target %d) takes %d and the default label takes %d", label, i, len(ts), arity)
			return
		}
		if arity > long {
			if c.seen == nil {
				c.seen = make(map[*wasm.ValType]uint64)
			}
			if c.seen[&ts[0]] == c.stamp {
				continue
			}
			c.seen[&ts[0]] = c.stamp
		}
		if !c.checkList(ts) {
			return
		}
	}
	c.unreachable()
}

// call validates the six call instructions.
func (c *checker) call(in *wasm.Instr) {
	var typ *wasm.FuncType
	tail := false
	switch in.Op {
	case wasm.OpCall, wasm.OpReturnCall:
		if uint64(in.Index) >= uint64(len(c.funcs)) {
			c.fail(CodeUnknownFunc, "unknown function %d: the module has %d functions", in.Index, len(c.funcs))
			return
		}
		typ = &c.types.defs[c.funcs[in.Index]].comp.Func
		tail = in.Op == wasm.OpReturnCall
	case wasm.OpCallIndirect, wasm.OpReturnCallIndirect:
		typ = c.callIndirect(in)
		tail = in.Op == wasm.OpReturnCallIndirect
	default:
		if typ = c.funcType(in.Index); typ != nil {
			c.pop(wasm.Ref(true, wasm.HeapIndex(uint32(c.ids[in.Index]))))
		}
		tail = in.Op == wasm.OpReturnCallRef
	}
	if typ == nil {
		return
	}
	c.popList(typ.Params)
	if !tail {
		c.pushList(typ.Results)
		return
	}
	if want := c.frames[0].typ.Results; !c.matches(typ.Results, want) {
		c.fail(CodeTypeMismatch, "type mismatch: current function requires result type %s but callee returns %s (%s)",
			c.listOf(want, false), c.listOf(typ.Results, false), in.Op)
	}
	c.unreachable()
}

func (c *checker) callIndirect(in *wasm.Instr) *wasm.FuncType {
	t := c.tableAt(in.Index2)
	if t == nil {
		return nil
	}
	if !c.types.MatchVal(t.Elem, wasm.FuncRef) {
		c.fail(CodeTypeMismatch, "type mismatch: %s requires a table of functions but table %d has elements of type %s", in.Op, in.Index2, c.typeName(t.Elem))
		return nil
	}
	typ := c.funcType(in.Index)
	if typ != nil {
		c.pop(t.Limits.AddrType())
	}
	return typ
}

// funcType is the canonical function type at a type index; nil after an error.
func (c *checker) funcType(x uint32) *wasm.FuncType {
	typ, err := c.types.funcAt(x, c.ids)
	if err != nil {
		c.failErr(err)
		return nil
	}
	return typ
}

// selectPlain is select without a type, for numbers and vectors.
func (c *checker) selectPlain() {
	c.pop(wasm.I32)
	a, b := c.popAny(), c.popAny()
	if c.err != nil {
		return
	}
	switch {
	case a.IsRef() || b.IsRef():
		c.fail(CodeTypeMismatch, "type mismatch: select without a type requires numbers or vectors but stack has %s", c.listOf([]wasm.ValType{b, a}, false))
	case a == wasm.Bot:
		c.push(b)
	case b == wasm.Bot || a == b:
		c.push(a)
	default:
		c.fail(CodeTypeMismatch, "type mismatch: select requires two values of one type but stack has %s", c.listOf([]wasm.ValType{b, a}, false))
	}
}

func (c *checker) selectTyped(in *wasm.Instr) {
	if len(in.Types) != 1 {
		c.fail(CodeTypeMismatch, "invalid result arity: select takes one type, found %d", len(in.Types))
		return
	}
	t, err := c.valType(in.Types[0])
	if err != nil {
		c.failErr(err)
		return
	}
	c.pop(wasm.I32)
	c.pop(t)
	c.pop(t)
	c.push(t)
}

func (c *checker) global(in *wasm.Instr) {
	if uint64(in.Index) >= uint64(c.globals) {
		what := fmt.Sprintf("the module has %d globals", c.globals)
		if c.globals < len(c.env.globals) {
			what = fmt.Sprintf("here only the first %d globals can be named", c.globals)
		}
		c.fail(CodeUnknownGlobal, "unknown global %d: %s", in.Index, what)
		return
	}
	g := c.env.globals[in.Index]
	switch {
	case in.Op == wasm.OpGlobalGet:
		c.push(g.Type)
	case !g.Mutable:
		c.fail(CodeImmutable, "immutable global %d: global.set needs one that is declared with %q", in.Index, "mut")
	default:
		c.pop(g.Type)
	}
}
