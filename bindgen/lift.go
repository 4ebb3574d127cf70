package bindgen

// This file writes code that lifts values from their flat form and loads them
// from memory.

import (
	"fmt"

	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wit"
)

// A source is where a value is lifted from: words or memory.
type source interface {
	// scalar is Go source for the integer of a size in bytes, as a uint64 or
	// narrower.
	scalar(size uint64) string
	// pair is "Lift" with the words of a pointer and a length, or "Load" with
	// the memory where they are.
	pair() (verb, args string)
}

func (w word) scalar(uint64) string   { return w.String() }
func (w word) pair() (verb, s string) { return "Lift", w.String() + ", " + w.plus(1).String() }

func (p place) scalar(size uint64) string { return p.load(size) }
func (p place) pair() (verb, s string)    { return "Load", p.bytes() }

// lift writes code that puts a value from src in dst, which is zero before.
func (e *emitter) lift(t *wit.TypeDef, dst string, src source) {
	t = t.Resolved()
	l := e.layout(t)
	switch k := t.Kind.(type) {
	case *wit.Prim:
		e.liftPrim(k.Prim, dst, src)
	case *wit.Enum:
		x := e.discriminant(src, uint64(l.Disc), len(k.Cases))
		e.p("%s = %s(%s)", dst, e.goType(t, e.export), x)
	case *wit.Flags:
		e.p("%s = %s(%s & %s)", dst, e.goType(t, e.export), src.scalar(l.ElemSize(0)), maskOf(len(k.Flags)))
	case *wit.Record, *wit.Variant:
		if p, ok := src.(place); ok {
			e.try("%s(cx, bd, %s, %s)", e.helper("load", t), p.bytes(), addr(dst))
			return
		}
		flat, _ := l.Flat(0)
		e.try("%s(cx, bd, %s, %s)", e.helper("lift", t), src.(word).span(len(flat)), addr(dst))
	case *wit.Tuple:
		for i, f := range k.Types {
			e.in(fmt.Sprintf(".%d", i), func() { e.lift(f, fmt.Sprintf("%s.F%d", dst, i), e.field(t, src, i)) })
		}
	case *wit.List:
		e.liftList(t, k, dst, src)
	case *wit.Map:
		e.liftMap(t, k, dst, src)
	case *wit.Option:
		e.liftOption(t, k, dst, src)
	case *wit.Result:
		e.liftResult(t, k, dst, src)
	case *wit.Own:
		e.liftHandle(k.Resource, dst, src, true)
	case *wit.Borrow:
		e.liftHandle(k.Resource, dst, src, false)
	case *wit.Stream, *wit.Future:
		e.liftEnd(t, dst, src)
	}
}

// field is where a field of a record or tuple is.
func (g *generator) field(t *wit.TypeDef, src source, i int) source {
	l := g.layout(t)
	if p, ok := src.(place); ok {
		return p.plus(l.Offsets[0][i])
	}
	n := 0
	for _, f := range l.Fields[:i] {
		flat, _ := f.Flat(0)
		n += len(flat)
	}
	return src.(word).plus(n)
}

// payload is where the payload of a variant is.
func (g *generator) payload(t *wit.TypeDef, src source) source {
	if p, ok := src.(place); ok {
		return p.plus(g.layout(t).Payload[0])
	}
	return src.(word).plus(1)
}

func (e *emitter) liftPrim(p valtype.Prim, dst string, src source) {
	c := prims[p]
	switch x := src.scalar(e.layout(wit.PrimType(p)).ElemSize(0)); p {
	case valtype.Bool:
		if _, ok := src.(word); ok {
			x = "uint32(" + x + ")"
		}
		e.p("%s = %s != 0", dst, x)
	case valtype.F32:
		e.p("%s = bind.F32(uint64(%s))", dst, x)
	case valtype.F64:
		e.p("%s = bind.F64(%s)", dst, x)
	case valtype.Char:
		v := e.tmp()
		e.p("%s, err := bind.Char(uint64(%s))", v, x)
		e.check()
		e.p("%s = %s", dst, v)
	case valtype.String:
		verb, args := src.pair()
		v := e.tmp()
		e.p("%s, err := bind.%sString(cx, %s)", v, verb, args)
		e.check()
		e.p("%s = %s", dst, v)
	case valtype.ErrorContext:
		v := e.tmp()
		e.p("%s, err := bind.LiftErrorContext(cx, uint64(%s))", v, x)
		e.check()
		e.p("%s = %s", dst, v)
	case valtype.U64:
		e.p("%s = %s", dst, x)
	default:
		e.p("%s = %s(%s)", dst, c.goType, x)
	}
}

// discriminant writes code that checks a discriminant, and is the variable that
// has it.
func (e *emitter) discriminant(src source, size uint64, cases int) string {
	x := e.tmp()
	e.p("%s := uint32(%s)", x, src.scalar(size))
	e.p("if %s >= %d {", x, cases)
	e.ret(fmt.Sprintf("bind.BadCase(uint64(%s), %d)", x, cases))
	e.p("}")
	return x
}

// number is the Go type of numbers, of which lists are one copy; "" for others.
func (g *generator) number(t *wit.TypeDef) string {
	if p, ok := t.Resolved().Kind.(*wit.Prim); ok {
		switch p.Prim {
		case valtype.Bool, valtype.Char, valtype.String, valtype.ErrorContext:
		default:
			return prims[p.Prim].goType
		}
	}
	return ""
}

func (e *emitter) liftList(t *wit.TypeDef, k *wit.List, dst string, src source) {
	if k.Fixed {
		e.liftFixed(k, dst, src)
		return
	}
	verb, args := src.pair()
	if num := e.number(k.Elem); num != "" {
		v := e.tmp()
		if num == "uint8" {
			e.p("%s, err := bind.%sBytes(cx, %s)", v, verb, args)
		} else {
			e.p("%s, err := bind.%sNumbers[%s](cx, %s)", v, verb, num, args)
		}
		e.check()
		e.p("%s = %s", dst, v)
		return
	}
	mem, n, out, i := e.tmp(), e.tmp(), e.tmp(), e.tmp()
	elem := e.layout(k.Elem)
	e.p("%s, %s, err := bind.%sList(cx, %s, %d, %d, %d)", mem, n, verb, args, elem.ElemSize(0), elem.Alignment(0), e.cost(k.Elem))
	e.check()
	e.p("%s := make([]%s, %s)", out, e.goType(k.Elem, e.export), n)
	e.p("for %s := range %s {", i, out)
	e.element(i, func() {
		from := e.tmp()
		e.p("%s := %s[%s*%d:]", from, mem, i, elem.ElemSize(0))
		e.lift(k.Elem, out+"["+i+"]", place{mem: from})
	})
	e.p("}")
	e.p("%s = %s", dst, out)
}

// liftFixed writes code for a list of fixed length.
func (e *emitter) liftFixed(k *wit.List, dst string, src source) {
	elem := e.layout(k.Elem)
	p, inMemory := src.(place)
	if num := e.number(k.Elem); num != "" && inMemory {
		e.p("bind.GetNumbers(%s[:], %s)", dst, p.bytes())
		return
	}
	i := e.tmp()
	e.p("for %s := range %s {", i, dst)
	e.element(i, func() {
		var from source
		if inMemory {
			m := e.tmp()
			e.p("%s := %s[%s*%d:]", m, p.bytes(), i, elem.ElemSize(0))
			from = place{mem: m}
		} else {
			flat, _ := elem.Flat(0)
			from = e.index(src.(word), i, len(flat))
		}
		e.lift(k.Elem, dst+"["+i+"]", from)
	})
	e.p("}")
}

// index writes code for the place of an element of n words.
func (e *emitter) index(w word, i string, n int) word {
	at := e.tmp()
	e.p("%s := %s+%s*%d", at, w.at(), i, n)
	return word{expr: at}
}

func (e *emitter) liftMap(t *wit.TypeDef, k *wit.Map, dst string, src source) {
	verb, args := src.pair()
	mem, n, out, i, from := e.tmp(), e.tmp(), e.tmp(), e.tmp(), e.tmp()
	elem := e.layout(t).Elem
	e.p("%s, %s, err := bind.%sList(cx, %s, %d, %d, %d)", mem, n, verb, args, elem.ElemSize(0), elem.Alignment(0), 2*(e.cost(k.Key)+e.cost(k.Value))+16)
	e.check()
	e.p("%s := make(%s, %s)", out, e.goKind(t, e.export), n)
	e.p("for %s := range %s {", i, n)
	e.element(i, func() {
		e.p("%s := %s[%s*%d:]", from, mem, i, elem.ElemSize(0))
		key, val := e.tmp(), e.tmp()
		e.p("var %s %s", key, e.goType(k.Key, e.export))
		e.in(" key", func() { e.lift(k.Key, key, place{mem: from}) })
		e.p("var %s %s", val, e.goType(k.Value, e.export))
		e.lift(k.Value, val, place{mem: from}.plus(elem.Offsets[0][1]))
		e.p("%s[%s] = %s", out, key, val)
	})
	e.p("}")
	e.p("%s = %s", dst, out)
}

func (e *emitter) liftOption(t *wit.TypeDef, k *wit.Option, dst string, src source) {
	x := e.discriminant(src, 1, 2)
	e.p("if %s == 1 {", x)
	if isHandle(k.Type) {
		e.in(".some", func() { e.lift(k.Type, dst, e.payload(t, src)) })
		e.p("}")
		return
	}
	e.try("bind.Spend(cx, %d)", e.cost(k.Type))
	v := e.tmp()
	e.p("%s := new(%s)", v, e.goType(k.Type, e.export))
	e.in(".some", func() { e.lift(k.Type, "(*"+v+")", e.payload(t, src)) })
	e.p("%s = %s", dst, v)
	e.p("}")
}

func (e *emitter) liftResult(t *wit.TypeDef, k *wit.Result, dst string, src source) {
	x := e.discriminant(src, 1, 2)
	e.p("if %s == 0 {", x)
	if k.OK != nil {
		e.in(".ok", func() { e.lift(k.OK, dst+".OK", e.payload(t, src)) })
	}
	e.p("} else {")
	e.p("%s.IsErr = true", dst)
	if k.Err != nil {
		e.in(".error", func() { e.lift(k.Err, dst+".Err", e.payload(t, src)) })
	}
	e.p("}")
}

func (e *emitter) liftHandle(t *wit.TypeDef, dst string, src source, own bool) {
	r, x, v := e.resourceOf(t, e.export), src.scalar(4), e.tmp()
	switch {
	case r.guest:
		e.p("%s, err := bind.LiftOwn(cx, bd, %d, uint64(%s))", v, r.index, x)
		e.check()
		e.p("%s = &%s{%s, bd.Owner().(*Exports).%s}", dst, r.name, v, r.unit.name)
		return
	case own:
		e.p("%s, err := bind.LiftOwnHost[%s](cx, bd, %d, uint64(%s))", v, r.name, r.index, x)
	default:
		e.p("%s, err := bind.LiftBorrowHost[%s](cx, bd, %d, uint64(%s))", v, r.name, r.index, x)
	}
	e.check()
	e.p("%s = %s", dst, v)
}

// liftMembers writes the body of a helper that lifts or loads a record or
// variant into v.
func (e *emitter) liftMembers(k key, src source) {
	names := e.members(k)
	switch kind := k.t.Kind.(type) {
	case *wit.Record:
		for i, f := range kind.Fields {
			e.in("."+f.Name, func() { e.lift(f.Type, "v."+names[i], e.field(k.t, src, i)) })
		}
	case *wit.Variant:
		x := e.discriminant(src, uint64(e.layout(k.t).Disc), len(kind.Cases))
		e.p("v.Case = %s(%s)", e.caseType(k), x)
		e.p("switch v.Case {")
		for i, c := range kind.Cases {
			if c.Type != nil {
				e.p("case %s:", e.caseNames(k)[i])
				e.in("."+c.Name, func() { e.lift(c.Type, "v."+names[i], e.payload(k.t, src)) })
			}
		}
		e.p("}")
	}
}
