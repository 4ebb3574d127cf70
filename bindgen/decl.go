package bindgen

// This file writes the declarations of types.

import (
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wit"
)

// caseType is the Go type that tells the cases of a variant apart; that of an
// enum is the enum's own.
func (g *generator) caseType(k key) string {
	if _, ok := k.t.Kind.(*wit.Variant); !ok {
		return g.names[k]
	}
	if x := g.ext(k); x != nil {
		return x.alias + "." + x.g.kinds[k]
	}
	return g.kinds[k]
}

// nameCases names the constants of the cases or flags of a type.
func (g *generator) nameCases(k key) {
	var fields []wit.Field
	switch kind := k.t.Kind.(type) {
	case *wit.Variant:
		fields = kind.Cases
	case *wit.Enum:
		fields = kind.Cases
	case *wit.Flags:
		fields = kind.Flags
	}
	for _, f := range fields {
		g.cases[k] = append(g.cases[k], g.top.add(g.names[k]+exported(f.Name)))
	}
}

// caseNames are those constants.
func (g *generator) caseNames(k key) []string {
	x := g.ext(k)
	if x == nil {
		return g.cases[k]
	}
	if g.cases[k] == nil {
		for _, name := range x.g.cases[k] {
			g.cases[k] = append(g.cases[k], x.alias+"."+name)
		}
	}
	return g.cases[k]
}

// doc writes documentation, or what stands in for it.
func doc(e *emitter, s wit.Stability, docs, instead string) {
	if strings.TrimSpace(docs) == "" {
		docs = instead
	}
	for line := range strings.Lines(strings.TrimRight(docs, " \t\r\n")) {
		e.p("%s", strings.TrimRight("// "+line, " \t\r\n"))
	}
	if s.Deprecated != "" {
		if docs != "" {
			e.p("//")
		}
		e.p("// Deprecated: since version %s of the interface.", s.Deprecated)
	}
}

// declare writes the declaration of a type.
func (g *generator) declare(e *emitter, k key) {
	name := g.names[k]
	e.p("")
	instead := fmt.Sprintf("%s is the %s %q.", name, kindWord(k.t), k.t.Name)
	switch kind := k.t.Kind.(type) {
	case *wit.Record:
		doc(e, k.t.Stability, k.t.Docs, instead)
		e.p("type %s struct {", name)
		for i, f := range kind.Fields {
			doc(e, wit.Stability{}, f.Docs, "")
			e.p("%s %s", g.members(k)[i], g.goType(f.Type, k.guest))
		}
		e.p("}")
	case *wit.Variant:
		doc(e, k.t.Stability, k.t.Docs, instead)
		g.declareVariant(e, k, kind)
	case *wit.Enum:
		doc(e, k.t.Stability, k.t.Docs, instead)
		e.p("type %s %s", name, wordType(uint64(g.layout(k.t).Disc)))
		g.declareCases(e, k, kind.Cases)
	case *wit.Flags:
		doc(e, k.t.Stability, k.t.Docs, instead)
		g.declareFlags(e, k, kind)
	case *wit.Resource:
		doc(e, k.t.Stability, k.t.Docs, instead)
		if k.guest {
			g.declareGuest(e, g.res[k])
		} else {
			g.declareHost(e, g.res[k], kind)
		}
	case *wit.Alias:
		doc(e, k.t.Stability, k.t.Docs, instead)
		e.p("type %s = %s", name, strings.TrimPrefix(g.goType(kind.Of, k.guest), "*"))
		return
	default:
		doc(e, k.t.Stability, k.t.Docs, instead)
		e.p("type %s = %s", name, g.goKind(k.t, k.guest))
		return
	}
	if g.errors[k] {
		g.declareError(e, k)
	}
}

// kindWord is the keyword of a type.
func kindWord(t *wit.TypeDef) string {
	switch t.Kind.(type) {
	case *wit.Record:
		return "record"
	case *wit.Variant:
		return "variant"
	case *wit.Enum:
		return "enum"
	case *wit.Flags:
		return "flags"
	case *wit.Resource:
		return "resource"
	}
	return "type"
}

func (g *generator) declareVariant(e *emitter, k key, v *wit.Variant) {
	name, members := g.names[k], g.members(k)
	e.p("type %s struct {", name)
	e.p("// Case says which case it is; the field of the same name has its payload.")
	e.p("Case %s", g.caseType(k))
	for i, c := range v.Cases {
		if c.Type != nil {
			doc(e, wit.Stability{}, c.Docs, "")
			e.p("%s %s", members[i], g.goType(c.Type, k.guest))
		}
	}
	e.p("}")
	e.p("")
	e.p("// %s tells the cases of %s apart.", g.caseType(k), name)
	e.p("type %s %s", g.caseType(k), wordType(uint64(g.layout(k.t).Disc)))
	g.declareCases(e, k, v.Cases)
}

// declareCases writes the constants of a variant or enum, and their names.
func (g *generator) declareCases(e *emitter, k key, cases []wit.Field) {
	typ := g.caseType(k)
	e.p("")
	e.p("// The cases of %s.", g.names[k])
	e.p("const (")
	for i, c := range g.caseNames(k) {
		doc(e, wit.Stability{}, cases[i].Docs, "")
		if i == 0 {
			e.p("%s %s = iota", c, typ)
		} else {
			e.p("%s", c)
		}
	}
	e.p(")")
	e.p("")
	e.p("var names_%s = [...]string{%s}", typ, labels(cases))
	e.p("")
	e.p("// String is the name of the case.")
	e.p("func (v %s) String() string {", typ)
	e.p("if int(v) < len(names_%s) {", typ)
	e.p("return names_%s[v]", typ)
	e.p("}")
	e.p("return bind.NoCase(%q, uint64(v))", typ)
	e.p("}")
}

func (g *generator) declareFlags(e *emitter, k key, f *wit.Flags) {
	name := g.names[k]
	e.p("type %s %s", name, wordType(g.layout(k.t).ElemSize(0)))
	e.p("")
	e.p("// The flags of %s.", name)
	e.p("const (")
	for i, c := range g.caseNames(k) {
		doc(e, wit.Stability{}, f.Flags[i].Docs, "")
		if i == 0 {
			e.p("%s %s = 1 << iota", c, name)
		} else {
			e.p("%s", c)
		}
	}
	e.p(")")
	e.p("")
	e.p("var names_%s = [...]string{%s}", name, labels(f.Flags))
	e.p("")
	e.p("// String is the names of the flags that are set, between braces.")
	e.p("func (v %s) String() string { return bind.FlagNames(uint64(v), names_%s[:]) }", name, name)
}

// declareError makes a type an error.
func (g *generator) declareError(e *emitter, k key) {
	name := g.names[k]
	e.p("")
	e.p("// Error makes %s the error of functions.", name)
	switch kind := k.t.Kind.(type) {
	case *wit.Enum, *wit.Flags:
		e.p("func (v %s) Error() string { return v.String() }", name)
	case *wit.Record:
		e.p("func (v %s) Error() string {", name)
		e.p("type plain %s", name)
		e.p("return bind.Text(%q, plain(v))", k.t.Name)
		e.p("}")
	case *wit.Variant:
		members := g.members(k)
		e.p("func (v %s) Error() string {", name)
		e.p("switch v.Case {")
		for i, c := range kind.Cases {
			if c.Type == nil {
				continue
			}
			e.p("case %s:", g.caseNames(k)[i])
			e.p("return bind.Text(%q, %s)", c.Name, g.payloadText(c.Type, "v."+members[i]))
		}
		e.p("}")
		e.p("return v.Case.String()")
		e.p("}")
	}
}

// payloadText is what is written of a payload: what an option points to.
func (g *generator) payloadText(t *wit.TypeDef, v string) string {
	if o, ok := t.Resolved().Kind.(*wit.Option); ok {
		if p, ok := o.Type.Resolved().Kind.(*wit.Prim); ok && p.Prim == valtype.String {
			return "bind.Optional(" + v + ")"
		}
	}
	return v
}

// declareHost writes the interface of a resource that the host implements.
func (g *generator) declareHost(e *emitter, r *resource, kind *wit.Resource) {
	e.p("//")
	e.p("// The host implements it. Its methods are called by one guest at a time.")
	e.p("type %s interface {", r.name)
	for _, fn := range r.unit.imports {
		if fn.f.Kind == wit.Method && fn.f.Resource == r.t {
			g.declareMethod(e, fn, 1)
		}
	}
	e.p("// Drop is called when the guest that owns the resource drops it.")
	e.p("Drop(ctx context.Context) error")
	e.p("}")
	e.p("")
	e.p("// %s is the resource type of %s.", r.variable, r.name)
	e.p("var %s = bind.HostResource[%s](%q)", r.variable, r.name, r.t.Name)
}

// declareMethod writes a method of an interface, without its first parameters.
func (g *generator) declareMethod(e *emitter, fn *function, skip int) {
	doc(e, fn.f.Stability, fn.f.Docs, fmt.Sprintf("%s is %q.", fn.name, fn.f.ExternName()))
	if fn.isResult && fn.err != nil {
		e.p("//")
		e.p("// The error case is %s %s.", article(g.errorGo(fn)), g.errorGo(fn))
	}
	if fn.f.Async {
		e.p("//")
		e.p("// It is async: it runs beside other calls, on a goroutine of its own, and ctx")
		e.p("// ends when the guest cancels the call.")
	}
	e.p("%s%s", fn.name, g.signature(fn, skip, false))
}

func article(s string) string {
	if strings.ContainsRune("AEIOU", rune(s[0])) {
		return "an"
	}
	return "a"
}

// errorGo is the Go type of the errors that are the error case of a function's
// result.
func (g *generator) errorGo(fn *function) string {
	if k, ok := g.errorType(fn.err, fn.export); ok {
		return g.names[k]
	}
	return "bind.Error[" + g.goType(fn.err, fn.export) + "]"
}

// value is the type of the result that is not the error, nil for none.
func (fn *function) value() *wit.TypeDef {
	if fn.isResult {
		return fn.ok
	}
	return fn.f.Result
}

// signature is the parameters and results of a function, without the first
// parameters. Results have names r and err where named is set.
func (g *generator) signature(fn *function, skip int, named bool) string {
	var b strings.Builder
	b.WriteString("(ctx context.Context")
	for i, p := range fn.f.Params[skip:] {
		b.WriteString(", " + fn.params[skip+i] + " " + g.goType(p.Type, fn.export))
	}
	b.WriteString(") ")
	switch v := fn.value(); {
	case v == nil && named:
		b.WriteString("(err error)")
	case v == nil:
		b.WriteString("error")
	case named:
		b.WriteString("(r " + g.goType(v, fn.export) + ", err error)")
	default:
		b.WriteString("(" + g.goType(v, fn.export) + ", error)")
	}
	return b.String()
}
