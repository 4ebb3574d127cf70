package bindgen

// This file writes code for streams and futures.

import (
	"fmt"

	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wit"
)

// elems is a stream or future type as a side sees it: generated code has a
// variable with the type and with functions that move elements.
type elems struct {
	index  int
	stream bool
	elem   *wit.TypeDef // nil for no payload
	export bool
	// typ is Go source for the type of the run time.
	typ string
}

func (x *elems) noun() string {
	if x.stream {
		return "stream"
	}
	return "future"
}

func (x *elems) variable() string { return fmt.Sprintf("%s_%d", x.noun(), x.index) }

// elemsOf is the elems of a stream or future type. Equal types have the same.
func (g *generator) elemsOf(t *wit.TypeDef, export bool) *elems {
	x := &elems{export: export}
	call := "bind.FutureOf"
	switch k := t.Resolved().Kind.(type) {
	case *wit.Stream:
		x.stream, x.elem, call = true, k.Elem, "bind.StreamOf"
	case *wit.Future:
		x.elem = k.Elem
	}
	x.typ = call + "(" + g.typeExpr(x.elem, export) + ")"
	id := x.typ + " " + g.goType(x.elem, export)
	if had := g.byElem[id]; had != nil {
		return had
	}
	x.index = len(g.elems)
	g.byElem[id] = x
	g.elems = append(g.elems, x)
	return x
}

// isByte tells whether a stream of a type is one of bytes, which is a reader.
func isByte(elem *wit.TypeDef) bool {
	if elem == nil {
		return false
	}
	p, ok := elem.Resolved().Kind.(*wit.Prim)
	return ok && p.Prim == valtype.U8
}

// isReader tells whether a type is a stream of bytes.
func isReader(t *wit.TypeDef) bool {
	k, ok := t.Resolved().Kind.(*wit.Stream)
	return ok && isByte(k.Elem)
}

// endArgs are the name and the arguments of a function of package bind for a
// stream or future, up to the value.
func (e *emitter) endArgs(t *wit.TypeDef) (name, args string) {
	if isReader(t) {
		return "Reader", "cx, bd"
	}
	x := e.elemsOf(t, e.export)
	return exported(x.noun()), "cx, bd, " + x.variable()
}

func (e *emitter) liftEnd(t *wit.TypeDef, dst string, src source) {
	name, args := e.endArgs(t)
	v := e.tmp()
	e.p("%s, err := bind.Lift%s(%s, uint64(%s))", v, name, args, src.scalar(4))
	e.check()
	e.p("%s = %s", dst, v)
}

func (e *emitter) lowerEnd(t *wit.TypeDef, v string, dst target) {
	name, args := e.endArgs(t)
	x := e.tmp()
	e.p("%s, err := bind.Lower%s(%s, %s)", x, name, args, v)
	e.check()
	e.set(dst, 4, x)
}

// writeElems writes the variable of a stream or future type, and its functions.
func (g *generator) writeElems(e *emitter, x *elems) {
	name, elem := x.variable(), g.goType(x.elem, x.export)
	e.p("")
	e.p("var %s = &bind.Elems[%s]{", name, elem)
	e.p("Type: %s,", x.typ)
	if x.elem == nil {
		e.p("}")
		return
	}
	l := g.layout(x.elem)
	e.p("Size: %d,", l.ElemSize(0))
	if num := g.number(x.elem); num != "" {
		e.p("Load: bind.LoadElems[%s],", num)
		e.p("Store: bind.StoreElems[%s],", num)
		e.p("}")
		return
	}
	e.p("Load: load_%s,", name)
	e.p("Store: store_%s,", name)
	e.p("}")
	e.fail, e.export, e.n = "return %s", x.export, 0
	i, m := e.tmp(), e.tmp()
	e.p("")
	e.p("func load_%s(cx *bind.Context, bd *bind.Bound, m []byte, v []%s) error {", name, elem)
	e.p("clear(v)")
	e.p("for %s := range v {", i)
	e.p("%s := m[%s*%d:]", m, i, l.ElemSize(0))
	e.element(i, func() { e.lift(x.elem, "v["+i+"]", place{mem: m}) })
	e.p("}")
	e.p("return nil")
	e.p("}")
	e.n = 0
	i, m = e.tmp(), e.tmp()
	at := place{mem: m, size: l.ElemSize(0)}
	e.p("")
	e.p("func store_%s(cx *bind.Context, bd *bind.Bound, p uint64, v []%s) error {", name, elem)
	if !l.Pointers {
		all := e.tmp()
		e.p("%s := bind.At(cx, p, uint64(len(v))*%d)", all, l.ElemSize(0))
		e.p("for %s := range v {", i)
		e.p("%s := %s[%s*%d:]", m, all, i, l.ElemSize(0))
	} else {
		at.ptr = e.tmp()
		e.p("for %s := range v {", i)
		e.p("%s := p+uint64(%s)*%d", at.ptr, i, l.ElemSize(0))
		e.p("%s := bind.At(cx, %s, %d)", m, at.ptr, l.ElemSize(0))
	}
	e.element(i, func() { e.lower(x.elem, "v["+i+"]", at) })
	e.p("_ = %s", m)
	e.p("}")
	e.p("return nil")
	e.p("}")
}
