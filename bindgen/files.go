package bindgen

// This file puts the parts together.

import (
	"fmt"
	"go/format"
	"go/scanner"
	"go/token"
	"path"
	"strings"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wit"
)

// files writes all files.
func (g *generator) files() ([]File, error) {
	var out []File
	add := func(name, doc string, e *emitter) error {
		data, err := g.file(doc, e.String())
		if err != nil {
			return &diag.Error{Code: CodePackage, Path: name, Msg: "the generated code is not valid Go", Err: err}
		}
		out = append(out, File{name + ".go", data})
		return nil
	}
	e := &emitter{generator: g}
	g.worldFile(e)
	if err := add(g.world.file, g.packageDoc(), e); err != nil {
		return nil, err
	}
	for _, u := range g.units {
		e := &emitter{generator: g}
		g.unitFile(e, u)
		if err := add(u.file, "", e); err != nil {
			return nil, err
		}
	}
	e = &emitter{generator: g}
	g.abiFile(e)
	if e.Len() > 0 {
		if err := add("abi", "", e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// A goImport is a package that generated code may import.
type goImport struct{ name, path string }

var baseImports = []goImport{
	{"context", "context"},
	{"io", "io"},
	{"dray", "github.com/dray-wasm/dray"},
	{"bind", "github.com/dray-wasm/dray/bind"},
}

// file is a file with a body, as gofmt has it.
func (g *generator) file(doc, body string) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n%spackage %s\n\n", Header, originLine(g.w), doc, g.pkg)
	var std, own string
	for _, i := range g.imports {
		switch {
		case !usesIdent(body, i.name):
		case path.Base(i.path) != i.name:
			own += fmt.Sprintf("\t%s %q\n", i.name, i.path)
		case strings.Contains(i.path, "."):
			own += fmt.Sprintf("\t%q\n", i.path)
		default:
			std += fmt.Sprintf("\t%q\n", i.path)
		}
	}
	if std != "" && own != "" {
		std += "\n"
	}
	if std+own != "" {
		b.WriteString("import (\n" + std + own + ")\n")
	}
	b.WriteString(body)
	return format.Source([]byte(b.String()))
}

// usesIdent tells whether Go source has an identifier that is no selector.
func usesIdent(src, name string) bool {
	if !strings.Contains(src, name) {
		return false
	}
	var s scanner.Scanner
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", -1, len(src)), []byte(src), nil, 0)
	for last := token.ILLEGAL; ; {
		_, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return false
		case tok == token.IDENT && lit == name && last != token.PERIOD:
			return true
		}
		last = tok
	}
}

func (g *generator) packageDoc() string {
	e := &emitter{generator: g}
	doc(e, wit.Stability{}, fmt.Sprintf("Package %s is the host's side of the world %s.", g.pkg, g.w.ExternName()), "")
	if d := strings.TrimSpace(g.w.Docs); d != "" {
		e.p("//")
		doc(e, g.w.Stability, d, "")
	}
	return e.String()
}

// worldFile writes what belongs to the world as a whole.
func (g *generator) worldFile(e *emitter) {
	g.hostStruct(e)
	g.exportsStruct(e)
	for _, k := range g.world.types {
		g.declare(e, k)
	}
	if g.world.needsHost() || g.world.hasResources(g) {
		g.hostSide(e, g.world)
	}
	if len(g.world.exports) > 0 {
		g.bindExports(e, g.world)
		g.exportFuncs(e, g.world)
	}
}

// unitFile writes what belongs to an interface.
func (g *generator) unitFile(e *emitter, u *unit) {
	for _, k := range u.types {
		g.declare(e, k)
	}
	switch {
	case u.needsHost() || u.imported && u.hasResources(g):
		g.hostSide(e, u)
	case u.imported:
		g.link(e, u)
	}
	if u.exported && len(u.exports) > 0 {
		g.exportSide(e, u)
	}
}

// hasResources tells whether the host has resources of a unit.
func (u *unit) hasResources(g *generator) bool {
	for _, k := range u.types {
		if g.res[k] != nil && !k.guest {
			return true
		}
	}
	return false
}

// hostStruct writes Host and Link.
func (g *generator) hostStruct(e *emitter) {
	var with, without []*unit
	if g.world.needsHost() {
		with = append(with, g.world)
	}
	for _, u := range g.units {
		switch {
		case !u.imported:
		case u.needsHost():
			with = append(with, u)
		default:
			without = append(without, u)
		}
	}
	if !g.world.needsHost() && g.world.hasResources(g) {
		without = append(without, g.world)
	}
	if len(with)+len(without) == 0 {
		return
	}
	e.p("")
	e.p("// A Host implements what the world imports. What is nil is not defined: the")
	e.p("// linker then needs another definition of it.")
	e.p("type Host struct {")
	for _, u := range with {
		e.p("%s %sHost", u.name, u.name)
	}
	e.p("}")
	e.p("")
	e.p("// Link defines what the world imports.")
	e.p("func Link(l *dray.Linker, host Host) error {")
	for _, u := range with {
		e.p("if host.%s != nil {", u.name)
		e.p("if err := Link%s(l, host.%s); err != nil {", u.name, u.name)
		e.p("return err")
		e.p("}")
		e.p("}")
	}
	for _, u := range without {
		e.p("if err := Link%s(l); err != nil {", u.name)
		e.p("return err")
		e.p("}")
	}
	e.p("return nil")
	e.p("}")
}

func (g *generator) hasExports() bool {
	if len(g.world.exports) > 0 {
		return true
	}
	for _, u := range g.units {
		if u.exported && len(u.exports) > 0 {
			return true
		}
	}
	return false
}

// exportsStruct writes Exports and New.
func (g *generator) exportsStruct(e *emitter) {
	if !g.hasExports() {
		return
	}
	e.p("")
	e.p("// Exports calls what an instance exports. It is safe for concurrent use, as the")
	e.p("// instance is.")
	e.p("type Exports struct {")
	if n := len(g.world.exports); n > 0 {
		e.p("f [%d]*bind.Export", n)
	}
	var with []*unit
	for _, u := range g.units {
		if u.exported && len(u.exports) > 0 {
			with = append(with, u)
			e.p("// %s is the interface %q.", u.name, u.origin)
			e.p("%s *%sExports", u.name, u.name)
		}
	}
	e.p("}")
	e.p("")
	e.p("// New binds the exports of an instance. It is an error when one is missing or")
	e.p("// has another type than here.")
	e.p("func New(in *dray.Instance) (*Exports, error) {")
	e.p("x := &Exports{}")
	for _, u := range append([]*unit{g.world}, with...) {
		if len(u.exports) > 0 {
			e.p("if err := x.bind_%s(in); err != nil {", u.name)
			e.p("return nil, err")
			e.p("}")
		}
	}
	e.p("return x, nil")
	e.p("}")
}

// bindExports writes the method that binds the exports of a unit.
func (g *generator) bindExports(e *emitter, u *unit) {
	at, prefix := "x.f", ""
	e.p("")
	e.p("func (x *Exports) bind_%s(in *dray.Instance) error {", u.name)
	if u.origin != "" {
		at, prefix = "x."+u.name+".f", u.origin+"#"
		e.p("x.%s = &%sExports{}", u.name, u.name)
	}
	e.p("return in.Bound(%s[:], x, resource_types,", at)
	for _, fn := range u.exports { // in the order of fn.index
		e.p("bind.Func{Name: %q, Type: %s},", prefix+fn.f.ExternName(), fn.typeVar())
	}
	e.p(")")
	e.p("}")
}

// abiFile writes types of the run time, and helpers.
func (g *generator) abiFile(e *emitter) {
	if !g.hasFuncs() {
		return
	}
	e.p("")
	e.p("// resource_types are the resource types that types here refer to.")
	e.p("var resource_types = []*bind.Resource{")
	for _, r := range g.resOrd {
		switch x := g.ext(r.key); {
		case r.guest:
			e.p("bind.GuestResource(%q),", r.t.Name)
		case x != nil:
			e.p("%s.%s,", x.alias, x.g.res[r.key].variable)
		default:
			e.p("%s,", r.variable)
		}
	}
	e.p("}")
	all := append([]*unit{g.world}, g.units...)
	for _, u := range all {
		for _, k := range u.types {
			switch k.t.Kind.(type) {
			case *wit.Alias, *wit.Resource:
			default:
				e.p("")
				e.p("var type_%s = %s", g.names[k], g.typeKind(k.t, k.guest))
			}
		}
	}
	for _, u := range all {
		for _, fn := range append(u.imports[:len(u.imports):len(u.imports)], u.exports...) {
			g.funcType(e, fn)
		}
	}
	for i := 0; i < len(g.extVars); i++ {
		e.p("")
		e.p("var type_%s = %s", g.ident(g.extVars[i]), g.typeKind(g.extVars[i].t, false))
	}
	for i := 0; i < len(g.elems) || len(g.helpers.queue) > 0; {
		if i < len(g.elems) {
			g.writeElems(e, g.elems[i])
			i++
			continue
		}
		h := g.helpers.queue[0]
		g.helpers.queue = g.helpers.queue[1:]
		g.writeHelper(e, h)
	}
}

func (g *generator) hasFuncs() bool {
	n := len(g.world.imports) + len(g.world.exports) + len(g.resOrd)
	for _, u := range g.units {
		n += len(u.imports) + len(u.exports)
	}
	return n > 0
}

// funcType writes the type of a function.
func (g *generator) funcType(e *emitter, fn *function) {
	e.p("")
	e.p("var %s = &bind.FuncType{", fn.typeVar())
	if fn.f.Async {
		e.p("Async: true,")
	}
	if len(fn.f.Params) > 0 {
		e.p("Params: []bind.Field{")
		for _, p := range fn.f.Params {
			e.p("{Name: %q, Type: %s},", p.Name, g.typeExpr(p.Type, fn.export))
		}
		e.p("},")
	}
	if fn.f.Result != nil {
		e.p("Result: %s,", g.typeExpr(fn.f.Result, fn.export))
	}
	e.p("}")
}

// writeHelper writes a function that lifts, lowers, loads or stores a type.
func (g *generator) writeHelper(e *emitter, h helper) {
	name, ident := g.names[h.key], g.ident(h.key)
	l := g.layout(h.t)
	e.fail, e.export, e.n = "return %s", h.export, 0
	e.p("")
	switch h.verb {
	case "check":
		e.p("func check_%s(v *%s) error {", ident, name)
		e.verifyMembers(h.key)
	case "lift":
		e.p("func lift_%s(cx *bind.Context, bd *bind.Bound, flat []uint64, v *%s) error {", ident, name)
		e.liftMembers(h.key, word{})
	case "load":
		e.p("func load_%s(cx *bind.Context, bd *bind.Bound, m []byte, v *%s) error {", ident, name)
		e.liftMembers(h.key, place{mem: "m"})
	case "lower":
		e.p("func lower_%s(cx *bind.Context, bd *bind.Bound, flat []uint64, v *%s) error {", ident, name)
		e.lowerMembers(h.key, word{})
	case "store":
		e.p("func store_%s(cx *bind.Context, bd *bind.Bound, m []byte, p uint64, v *%s) error {", ident, name)
		e.lowerMembers(h.key, place{mem: "m", ptr: "p", size: l.ElemSize(0)})
	}
	e.p("return nil")
	e.p("}")
}
