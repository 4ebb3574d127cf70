package bindgen

// This file writes code that checks arguments before the first one is lowered.
// Functions whose parameters have handles need it: a handle that was given away
// before another argument turns out to be wrong would be lost.

import (
	"strconv"

	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wit"
)

// canBeWrong tells whether there are values in Go that cannot be lowered.
func (g *generator) canBeWrong(t *wit.TypeDef) bool {
	if t == nil {
		return false
	}
	t = t.Resolved()
	if wrong, ok := g.wrong[t]; ok {
		return wrong
	}
	wrong := false
	switch k := t.Kind.(type) {
	case *wit.Prim:
		wrong = k.Prim == valtype.String || k.Prim == valtype.Char || k.Prim == valtype.ErrorContext
	case *wit.Enum, *wit.Variant, *wit.Own, *wit.Borrow, *wit.Stream, *wit.Future:
		wrong = true
	default:
		for _, p := range parts(t) {
			wrong = wrong || g.canBeWrong(p)
		}
	}
	g.wrong[t] = wrong
	return wrong
}

// verify writes code that checks the value of an expression.
func (e *emitter) verify(t *wit.TypeDef, v string) {
	if !e.canBeWrong(t) {
		return
	}
	t = t.Resolved()
	switch k := t.Kind.(type) {
	case *wit.Prim:
		switch k.Prim {
		case valtype.Char:
			e.try("bind.CheckChar(%s)", v)
		case valtype.ErrorContext:
			e.try("bind.CheckErrorContext(%s)", v)
		default:
			e.try("bind.CheckString(%s)", v)
		}
	case *wit.Enum:
		e.try("bind.CheckCase(%q, uint64(%s), %d)", t.Name, v, len(k.Cases))
	case *wit.Record, *wit.Variant:
		e.try("%s(%s)", e.helper("check", t), addr(v))
	case *wit.Tuple:
		for i, f := range k.Types {
			n := strconv.Itoa(i)
			e.in("."+n, func() { e.verify(f, v+".F"+n) })
		}
	case *wit.List:
		i := e.tmp()
		e.p("for %s := range %s {", i, v)
		e.element(i, func() { e.verify(k.Elem, v+"["+i+"]") })
		e.p("}")
	case *wit.Map:
		key, val := e.tmp(), e.tmp()
		e.p("for %s, %s := range %s {", key, val, v)
		e.in(" key", func() { e.verify(k.Key, key) })
		e.verify(k.Value, val)
		e.p("_, _ = %s, %s", key, val)
		e.p("}")
	case *wit.Option:
		some := "(*" + v + ")"
		if isHandle(k.Type) {
			some = v
		}
		e.p("if %s != nil {", v)
		e.in(".some", func() { e.verify(k.Type, some) })
		e.p("}")
	case *wit.Result:
		e.p("if %s.IsErr {", v)
		e.in(".error", func() { e.verify(k.Err, v+".Err") })
		e.p("} else {")
		e.in(".ok", func() { e.verify(k.OK, v+".OK") })
		e.p("}")
	case *wit.Own:
		e.verifyHandle(k.Resource, v, true)
	case *wit.Borrow:
		e.verifyHandle(k.Resource, v, false)
	case *wit.Stream:
		if isByte(k.Elem) {
			e.try("bind.CheckReader(%s)", v)
		} else {
			e.try("bind.CheckEnd(%s)", v)
		}
	case *wit.Future:
		e.try("bind.CheckEnd(%s)", v)
	}
}

func (e *emitter) verifyHandle(t *wit.TypeDef, v string, own bool) {
	if e.resourceOf(t, e.export).guest {
		e.try("bind.CheckHandle(%s.bound(), %t)", v, own)
		return
	}
	e.p("if %s == nil {", v)
	e.ret("bind.ErrNil()")
	e.p("}")
}

// verifyMembers writes the body of a helper that checks a record or variant.
func (e *emitter) verifyMembers(k key) {
	names := e.members(k)
	switch kind := k.t.Kind.(type) {
	case *wit.Record:
		for i, f := range kind.Fields {
			e.in("."+f.Name, func() { e.verify(f.Type, "v."+names[i]) })
		}
	case *wit.Variant:
		e.try("bind.CheckCase(%q, uint64(v.Case), %d)", k.t.Name, len(kind.Cases))
		e.p("switch v.Case {")
		for i, c := range kind.Cases {
			if e.canBeWrong(c.Type) {
				e.p("case %s:", e.caseNames(k)[i])
				e.in("."+c.Name, func() { e.verify(c.Type, "v."+names[i]) })
			}
		}
		e.p("}")
	}
}
