package bindgen

// This file writes what calls the functions that a component exports.

import (
	"fmt"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/wit"
)

// exportSide writes the type XExports of a unit with its methods.
func (g *generator) exportSide(e *emitter, u *unit) {
	e.p("")
	e.p("// %sExports calls the interface %q.", u.name, u.origin)
	e.p("// It is safe for concurrent use, as the instance is.")
	e.p("type %sExports struct {", u.name)
	e.p("f [%d]*bind.Export", len(u.exports))
	e.p("}")
	e.p("")
	e.p("// New%s binds the interface %q of an instance, which", u.name, u.origin)
	e.p("// need not export the others.")
	e.p("func New%s(in *dray.Instance) (*%sExports, error) {", u.name, u.name)
	e.p("x := &Exports{}")
	for _, v := range g.needs(u) {
		e.p("if err := x.bind_%s(in); err != nil {", v.name)
		e.p("return nil, err")
		e.p("}")
	}
	e.p("return x.%s, nil", u.name)
	e.p("}")
	g.bindExports(e, u)
	g.exportFuncs(e, u)
}

// needs are the exported units whose resources the functions of a unit refer
// to, and the unit itself.
func (g *generator) needs(u *unit) (out []*unit) {
	need := map[*unit]bool{u: true}
	seen := map[*wit.TypeDef]bool{}
	var visit func(t *wit.TypeDef)
	visit = func(t *wit.TypeDef) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		if _, ok := t.Kind.(*wit.Resource); ok && g.hasGuest(t) {
			need[g.byFace[t.Interface]] = true
		}
		for _, p := range parts(t) {
			visit(p)
		}
	}
	for _, fn := range u.exports {
		visit(fn.f.Result)
		for _, t := range fn.types() {
			visit(t)
		}
	}
	for _, v := range g.units {
		if need[v] && len(v.exports) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// exportFuncs writes the methods.
func (g *generator) exportFuncs(e *emitter, u *unit) {
	for _, fn := range u.exports {
		recv := "x *" + u.name + "Exports"
		if u.origin == "" {
			recv = "x *Exports"
		}
		if fn.f.Kind == wit.Method {
			recv = "x *" + g.resourceOf(fn.f.Resource, true).name
		}
		e.p("")
		skip := 0
		if fn.f.Kind == wit.Method {
			skip = 1
		}
		doc(e, fn.f.Stability, fn.f.Docs, fmt.Sprintf("%s calls %q.", fn.name, fn.f.ExternName()))
		if fn.isResult && fn.err != nil {
			e.p("//")
			e.p("// The error case is %s %s.", article(g.errorGo(fn)), g.errorGo(fn))
		}
		if fn.f.Async {
			e.p("//")
			e.p("// It is async: calls of it and of others can be under way at the same time.")
		}
		e.p("func (%s) %s%s {", recv, fn.name, g.signature(fn, skip, true))
		g.exportBody(e, fn)
		e.p("}")
	}
}

// exportBody writes the call.
func (g *generator) exportBody(e *emitter, fn *function) {
	e.export, e.n = true, 0
	export := fmt.Sprintf("x.f[%d]", fn.index)
	if fn.f.Kind == wit.Method {
		export = fmt.Sprintf("x.on.f[%d]", fn.index)
	}
	value := ""
	if fn.value() != nil {
		value = "r, "
	}
	f := e.tmp()
	e.p("%s := %s", f, export)
	if fn.f.Async {
		g.exportAsync(e, fn, f, value)
		return
	}
	e.p("call, err := %s.Begin(ctx)", f)
	e.p("if err != nil {")
	e.p("return %serr", value)
	e.p("}")
	e.fail = "return " + value + f + ".End(call, %s)"
	body := &emitter{generator: g, export: true, fail: e.fail, n: e.n}
	g.exportParams(body, fn)
	body.p("if err := call.Invoke(); err != nil {")
	body.ret("err")
	body.p("}")
	res := "r"
	if fn.isResult {
		res = body.tmp()
		body.p("var %s %s", res, g.goKind(&wit.TypeDef{Kind: &wit.Result{OK: fn.ok, Err: fn.err}}, true))
	}
	if fn.f.Result != nil {
		g.exportResult(body, fn, res)
	}
	for _, v := range [][2]string{{"cx", "cx := &call.Cx"}, {"bd", "bd := &" + f + ".Bound"}, {"flat", "flat := &call.Stack"}} {
		if usesIdent(body.String(), v[0]) {
			e.p("%s", v[1])
		}
	}
	e.WriteString(body.String())
	if !fn.isResult {
		e.p("return %s%s.End(call, nil)", value, f)
		return
	}
	e.p("if err := %s.End(call, nil); err != nil {", f)
	e.p("return %serr", value)
	e.p("}")
	g.exportReturn(e, fn, res, value)
}

// exportAsync writes the call of an async function.
func (g *generator) exportAsync(e *emitter, fn *function, f, value string) {
	res := "r"
	if fn.isResult {
		res = e.tmp()
		e.p("var %s %s", res, g.goKind(&wit.TypeDef{Kind: &wit.Result{OK: fn.ok, Err: fn.err}}, true))
	}
	lower := &emitter{generator: g, export: true, fail: "return %s", n: e.n}
	g.exportParams(lower, fn)
	lift := &emitter{generator: g, export: true, fail: "return %s", n: lower.n}
	if fn.f.Result != nil {
		g.exportResult(lift, fn, res)
	}
	if usesIdent(lower.String()+lift.String(), "bd") {
		e.p("bd := &%s.Bound", f)
	}
	e.p("err = %s.CallAsync(ctx, func(cx *bind.Context, flat []uint64) error {", f)
	e.WriteString(lower.String())
	e.p("return nil")
	e.p("}, func(cx *bind.Context, flat []uint64, inMemory bool) error {")
	e.WriteString(lift.String())
	e.p("return nil")
	e.p("})")
	if !fn.isResult {
		e.p("return %serr", value)
		return
	}
	e.p("if err != nil {")
	e.p("return %serr", value)
	e.p("}")
	g.exportReturn(e, fn, res, value)
}

// exportReturn returns a result as a value and an error.
func (g *generator) exportReturn(e *emitter, fn *function, res, value string) {
	e.p("if %s.IsErr {", res)
	if _, named := g.errorType(fn.err, true); named {
		e.p("return %s%s.Err", value, res)
	} else {
		e.p("return %s%s{Value: %s.Err}", value, g.errorGo(fn), res)
	}
	e.p("}")
	if fn.ok != nil {
		e.p("return %s.OK, nil", res)
	} else {
		e.p("return nil")
	}
}

// exportParams lowers the arguments.
func (g *generator) exportParams(e *emitter, fn *function) {
	types := fn.types()
	all := g.tuple(types)
	args := append([]string(nil), fn.params...)
	if fn.f.Kind == wit.Method {
		args[0] = "x"
	}
	if all.Handles {
		for i, t := range types {
			e.in(part(fn, i), func() { e.verify(t, args[i]) })
		}
	}
	if _, fits := all.Flat(abi.Width32); fits {
		n := 0
		for i, t := range types {
			e.in(part(fn, i), func() { e.lower(t, args[i], word{off: n}) })
			words, _ := g.layout(t).Flat(abi.Width32)
			n += len(words)
		}
		return
	}
	ptr, m := e.tmp(), e.tmp()
	e.p("%s, err := bind.Allocate(cx, 1, %d, %d)", ptr, all.ElemSize(0), all.Alignment(0))
	e.check()
	e.p("%s := bind.At(cx, %s, %d)", m, ptr, all.ElemSize(0))
	at := place{mem: m, ptr: ptr, size: all.ElemSize(0)}
	for i, t := range types {
		e.in(part(fn, i), func() { e.lower(t, args[i], at.plus(all.Offsets[0][i])) })
	}
	e.p("flat[0] = %s", ptr)
}

// exportResult lifts the result into a variable.
func (g *generator) exportResult(e *emitter, fn *function, dst string) {
	t := fn.f.Result
	l := g.layout(t)
	flat, fits := l.Flat(abi.Width32)
	if fits && len(flat) <= abi.MaxFlatResults {
		e.in("result", func() { e.lift(t, dst, word{}) })
		return
	}
	if fn.f.Async && fits {
		e.p("if !inMemory {")
		e.in("result", func() { e.lift(t, dst, word{}) })
		e.p("return nil")
		e.p("}")
	}
	m := e.tmp()
	e.p("%s, err := bind.Area(cx, flat[0], %d, %d)", m, l.ElemSize(0), l.Alignment(0))
	e.check()
	e.in("result", func() { e.lift(t, dst, place{mem: m}) })
}

// declareGuest writes the type of a resource of the component.
func (g *generator) declareGuest(e *emitter, r *resource) {
	e.p("//")
	e.p("// It is a resource of the component. Drop one that you own when you are done")
	e.p("// with it, unless you gave it away.")
	e.p("type %s struct {", r.name)
	e.p("handle bind.Handle")
	e.p("on *%sExports", r.unit.name)
	e.p("}")
	e.p("")
	e.p("// Drop drops the resource: the destructor of the component runs.")
	e.p("func (x *%s) Drop(ctx context.Context) error { return x.handle.Drop(ctx) }", r.name)
	e.p("")
	e.p("func (x *%s) bound() bind.Handle {", r.name)
	e.p("if x == nil {")
	e.p("return bind.Handle{}")
	e.p("}")
	e.p("return x.handle")
	e.p("}")
}
