package bindgen

// This file writes what a host implements: interfaces, and functions that lift
// parameters, call a method and lower its result.

import (
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/wit"
)

// hostSide writes the interface XHost of a unit, LinkX, and the functions.
func (g *generator) hostSide(e *emitter, u *unit) {
	if !u.needsHost() {
		g.link(e, u)
		return
	}
	e.p("")
	if u.origin == "" {
		e.p("// %sHost implements the functions that the world imports by themselves.", u.name)
	} else {
		e.p("// %sHost implements the interface %q.", u.name, u.origin)
	}
	e.p("//")
	e.p("// An error that is not the error case of a result ends the call of the guest.")
	e.p("type %sHost interface {", u.name)
	for _, fn := range u.imports {
		if fn.f.Kind != wit.Method {
			g.declareMethod(e, fn, 0)
		}
	}
	e.p("}")
	g.link(e, u)
	for _, fn := range u.imports {
		g.hostFunc(e, fn)
	}
}

// needsHost tells whether there is anything to implement.
func (u *unit) needsHost() bool { return u.imported && len(u.imports) > 0 }

// link writes LinkX.
func (g *generator) link(e *emitter, u *unit) {
	e.p("")
	if u.origin == "" {
		e.p("// Link%s defines the functions of the world itself.", u.name)
	} else {
		e.p("// Link%s defines the interface %q in a linker.", u.name, u.origin)
	}
	if u.needsHost() {
		e.p("func Link%s(l *dray.Linker, host %sHost) error {", u.name, u.name)
	} else {
		e.p("func Link%s(l *dray.Linker) error {", u.name)
	}
	switch {
	case u.origin == "":
		e.p("in := l.Definitions")
	case u.needsHost() || u.hasResources(g):
		e.p("in := l.Instance(%q)", u.origin)
	default:
		e.p("l.Instance(%q) // it has types only", u.origin)
	}
	for _, k := range u.types {
		if r := g.res[k]; r != nil && !r.guest {
			e.p("if err := in.BoundResource(%q, resource_types[%d]); err != nil {", r.t.Name, r.index)
			e.p("return err")
			e.p("}")
		}
	}
	if len(u.imports) == 0 {
		e.p("return nil")
		e.p("}")
		return
	}
	e.p("return in.Bound(resource_types,")
	for _, fn := range u.imports {
		e.p("bind.HostFunc{Name: %q, Type: %s, Call: %s(host)},", fn.f.ExternName(), fn.typeVar(), fn.hostName())
	}
	e.p(")")
	e.p("}")
}

func (fn *function) hostName() string { return "host_" + fn.unit.name + "_" + fn.full() }

// types are the types of the parameters.
func (fn *function) types() []*wit.TypeDef {
	out := make([]*wit.TypeDef, len(fn.f.Params))
	for i, p := range fn.f.Params {
		out[i] = p.Type
	}
	return out
}

// hostFunc writes the function of the host for a guest to call.
func (g *generator) hostFunc(e *emitter, fn *function) {
	e.p("")
	e.p("func %s(host %sHost) func(context.Context, *bind.HostCall, *bind.Bound, []uint64) error {", fn.hostName(), fn.unit.name)
	e.p("return func(ctx context.Context, call *bind.HostCall, bd *bind.Bound, flat []uint64) error {")
	e.fail, e.export, e.n = "return %s", false, 0
	body := &emitter{generator: g, fail: e.fail}
	args := g.hostParams(body, fn)
	g.hostCall(body, fn, args)
	if usesIdent(body.String(), "cx") {
		e.p("cx := &call.Cx")
	}
	e.WriteString(body.String())
	if !fn.f.Async {
		e.p("return nil")
	}
	e.p("}")
	e.p("}")
}

// hostParams lifts the parameters into variables.
func (g *generator) hostParams(e *emitter, fn *function) []string {
	types := fn.types()
	all := g.tuple(types)
	var args []string
	for _, t := range types {
		args = append(args, e.tmp())
		e.p("var %s %s", args[len(args)-1], g.goType(t, false))
	}
	flat, fits := all.Flat(abi.Width32)
	inMemory := func() {
		m := e.tmp()
		e.p("%s, err := bind.Area(cx, flat[0], %d, %d)", m, all.ElemSize(0), all.Alignment(0))
		e.check()
		for i, t := range types {
			e.in(part(fn, i), func() { e.lift(t, args[i], place{mem: m}.plus(all.Offsets[0][i])) })
		}
	}
	inWords := func() {
		n := 0
		for i, t := range types {
			e.in(part(fn, i), func() { e.lift(t, args[i], word{off: n}) })
			words, _ := g.layout(t).Flat(abi.Width32)
			n += len(words)
		}
	}
	switch {
	case !fits:
		inMemory()
	case len(flat) > abi.MaxFlatAsyncParams:
		e.p("if call.ParamsInMemory() {")
		inMemory()
		e.p("} else {")
		inWords()
		e.p("}")
	default:
		inWords()
	}
	return args
}

// part is a parameter in messages.
func part(fn *function, i int) string { return "parameter `" + fn.f.Params[i].Name + "`" }

// hostCall calls the method and lowers its result.
func (g *generator) hostCall(e *emitter, fn *function, args []string) {
	recv := "host"
	if fn.f.Kind == wit.Method {
		recv, args = args[0], args[1:]
	}
	if fn.f.Async {
		g.hostAsync(e, fn, recv, args)
		return
	}
	if r := g.hostWork(e, fn, methodCall(recv, fn.name, args)); fn.f.Result != nil {
		g.hostReturn(e, fn, r)
	}
}

func methodCall(recv, name string, args []string) string {
	return fmt.Sprintf("%s.%s(%s)", recv, name, strings.Join(append([]string{"ctx"}, args...), ", "))
}

// hostAsync has the method called without the store's baton, unless a method of
// the same name behind "Try" has the answer at once.
func (g *generator) hostAsync(e *emitter, fn *function, recv string, args []string) {
	res := ""
	if t := fn.f.Result; t != nil {
		res = e.tmp()
		e.p("var %s %s", res, g.goType(t, false))
	}
	set := func(r string) {
		if res != "" {
			e.p("%s = %s", res, r)
		}
	}
	finish := e.tmp()
	e.p("%s := func(flat []uint64) error {", finish)
	if res != "" {
		g.hostReturn(e, fn, res)
	}
	e.p("return nil")
	e.p("}")
	g.hostTry(e, fn, recv, args, set, finish)
	e.p("return call.Async(func(ctx context.Context) error {")
	set(g.hostWork(e, fn, methodCall(recv, fn.name, args)))
	e.p("return nil")
	e.p("}, %s)", finish)
}

// hostTry calls the method that does not wait, if there is one.
func (g *generator) hostTry(e *emitter, fn *function, recv string, args []string, set func(r string), finish string) {
	params := []string{"context.Context"}
	types := fn.types()
	for _, t := range types[len(types)-len(args):] {
		params = append(params, g.goType(t, false))
	}
	results, r := "(bool, error)", e.tmp()
	try, ok, done, failed := e.tmp(), e.tmp(), e.tmp(), e.tmp()
	got := done + ", " + failed
	if v := fn.value(); v != nil {
		results = fmt.Sprintf("(%s, bool, error)", g.goType(v, false))
		got = r + ", " + got
	}
	name := "Try" + fn.name
	e.p("if %s, %s := any(%s).(interface{ %s(%s) %s }); %s {", try, ok, recv, name, strings.Join(params, ", "), results, ok)
	e.p("if %s := %s; %s {", got, methodCall(try, name, args), done)
	set(g.hostFailed(e, fn, r, failed))
	e.p("return %s(flat)", finish)
	e.p("}")
	e.p("}")
}

// hostWork calls the method, and is the variable that has the result.
func (g *generator) hostWork(e *emitter, fn *function, call string) string {
	r, failed := e.tmp(), e.tmp()
	if fn.value() != nil {
		e.p("%s, %s := %s", r, failed, call)
	} else {
		e.p("%s := %s", failed, call)
	}
	return g.hostFailed(e, fn, r, failed)
}

// hostFailed looks at the error of a method, and is the variable that has the
// result.
func (g *generator) hostFailed(e *emitter, fn *function, r, failed string) string {
	if fn.isResult {
		return g.hostResult(e, fn, r, failed)
	}
	e.p("if %s != nil {", failed)
	e.ret(failed)
	e.p("}")
	return r
}

// hostReturn lowers the result.
func (g *generator) hostReturn(e *emitter, fn *function, r string) {
	t := fn.f.Result
	l := g.layout(t)
	memory := func() {
		m := e.tmp()
		e.p("%s, err := bind.Area(cx, call.Out(), %d, %d)", m, l.ElemSize(0), l.Alignment(0))
		e.check()
		at := place{mem: m, size: l.ElemSize(0)}
		if l.Pointers {
			at.ptr = e.tmp()
			e.p("%s := uint64(uint32(call.Out()))", at.ptr)
		}
		e.in("result", func() { e.lower(t, r, at) })
	}
	flat, fits := l.Flat(abi.Width32)
	if !fits || len(flat) > abi.MaxFlatResults {
		memory()
		return
	}
	e.p("if call.ResultInMemory() {")
	memory()
	e.p("} else {")
	e.in("result", func() { e.lower(t, r, word{}) })
	e.p("}")
}

// hostResult makes a result of what the method returned, a value and an error.
func (g *generator) hostResult(e *emitter, fn *function, r, err string) string {
	res, failed, ok := e.tmp(), e.tmp(), e.tmp()
	e.p("var %s %s", res, g.goKind(&wit.TypeDef{Kind: &wit.Result{OK: fn.ok, Err: fn.err}}, false))
	e.p("if %s == nil {", err)
	if fn.ok != nil {
		e.p("%s.OK = %s", res, r)
	}
	e.p("} else if %s, %s := bind.AsError[%s](%s); %s {", failed, ok, g.errorGo(fn), err, ok)
	e.p("%s.IsErr = true", res)
	if _, named := g.errorType(fn.err, false); named {
		e.p("%s.Err = %s", res, failed)
	} else {
		e.p("%s.Err = %s.Value", res, failed)
	}
	e.p("} else {")
	e.ret(err)
	e.p("}")
	return res
}
