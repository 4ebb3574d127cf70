// This file parses interfaces, functions and types (WIT.md, sections "Item:
// interface", "Items: type" and "Types").

package wit

import (
	"slices"
	"strconv"

	"github.com/dray-wasm/dray/valtype"
)

// interfaceBody parses "{ items }" of an interface.
func (p *parser) interfaceBody() []*astDef {
	var defs []*astDef
	p.expect("{")
	for p.err == nil && !p.eat("}") {
		meta := p.meta()
		d := p.typeOrUse(meta)
		if d == nil {
			if p.tok.kind != tokIdent {
				p.expected("an identifier, the name of a function, or `use`, a type or `}`")
			}
			d = &astDef{astMeta: meta, name: p.ident("the name of a function")}
			p.expect(":")
			d.fun = p.funcType()
			p.expect(";")
		}
		defs = append(defs, d)
	}
	return defs
}

// typeOrUse parses a type definition or a use; it is nil when there is none.
func (p *parser) typeOrUse(meta astMeta) *astDef {
	d := &astDef{astMeta: meta}
	if p.isKeyword("use") {
		d.use = p.use()
		return d
	}
	kinds := map[string]defKeyword{"type": defAlias, "record": defRecord, "variant": defVariant, "enum": defEnum, "flags": defFlags, "resource": defResource}
	kind, ok := kinds[p.tok.text]
	if p.tok.kind != tokKeyword || !ok {
		return nil
	}
	what := "the name of the " + p.tok.text
	p.advance()
	d.name = p.ident(what)
	d.typ = &astTypeDef{kind: kind}
	switch kind {
	case defAlias:
		p.expect("=")
		d.typ.alias = p.typ(0)
		p.expect(";")
	case defResource:
		d.typ.funcs = p.resourceBody()
	default:
		d.typ.fields = p.fields(kind)
		if p.err == nil && len(d.typ.fields) == 0 {
			p.fail(p.file.errorf(CodeType, d.name.pos, "`%s` is empty: it must have at least one field, case or flag", d.name.text))
		}
	}
	return d
}

// use parses "use path.{a, b as c};".
func (p *parser) use() *astUse {
	p.expect("use")
	u := &astUse{path: p.usePath()}
	p.expect(".")
	p.expect("{")
	for p.more(len(u.names), "}") {
		n := p.ident("the name of a type")
		r := astRename{n, n}
		if p.eat("as") {
			r.as = p.ident("the new name")
		}
		u.names = append(u.names, r)
	}
	if len(u.names) == 0 {
		p.expected("an identifier, the name of a type")
	}
	p.expect("}")
	p.expect(";")
	return u
}

// fields parses "{ a, b }" of a record, variant, enum or flags.
func (p *parser) fields(kind defKeyword) []astField {
	var fields []astField
	p.expect("{")
	for p.more(len(fields), "}") {
		f := astField{docs: p.docs()}
		f.name = p.ident("the name of a field, case or flag")
		switch {
		case kind == defRecord:
			p.expect(":")
			f.typ = p.typ(0)
		case kind == defVariant && p.eat("("):
			f.typ = p.typ(0)
			p.expect(")")
		}
		fields = append(fields, f)
	}
	p.expect("}")
	return fields
}

// resourceBody parses ";" or "{ functions }".
func (p *parser) resourceBody() []*astDef {
	if p.eat(";") {
		return nil
	}
	if !p.isPunct("{") {
		p.expected("`;` or `{`")
	}
	p.advance()
	var funcs []*astDef
	for p.err == nil && !p.eat("}") {
		d := &astDef{astMeta: p.meta()}
		if p.isKeyword("constructor") {
			d.name = name{"constructor", p.tok.start}
			p.advance()
			d.fun = &astFunc{kind: Constructor, params: p.params()}
			if p.eat("->") {
				d.fun.result = p.typ(0)
			}
		} else {
			d.name = p.ident("the name of a function, `constructor` or `}`")
			p.expect(":")
			static := p.eat("static")
			d.fun = p.funcType()
			d.fun.kind = Method
			if static {
				d.fun.kind = Static
			}
		}
		p.expect(";")
		funcs = append(funcs, d)
	}
	return funcs
}

// funcType parses "async func(a: t) -> t".
func (p *parser) funcType() *astFunc {
	f := &astFunc{async: p.eat("async")}
	p.expect("func")
	f.params = p.params()
	if p.eat("->") {
		f.result = p.typ(0)
	}
	return f
}

func (p *parser) params() []astField {
	var params []astField
	p.expect("(")
	for p.more(len(params), ")") {
		param := astField{name: p.ident("the name of a parameter")}
		p.expect(":")
		param.typ = p.typ(0)
		params = append(params, param)
	}
	p.expect(")")
	return params
}

// genericArgs is how many arguments a keyword takes at least and at most.
var genericArgs = map[string][2]int{
	"list": {1, 1}, "option": {1, 1}, "result": {0, 2}, "map": {2, 2}, "own": {1, 1},
	"borrow": {1, 1}, "stream": {0, 1}, "future": {0, 1}, "tuple": {1, 1 << 20},
}

// typ parses a type.
func (p *parser) typ(depth int) *astType {
	t := &astType{pos: p.tok.start, word: p.tok.text}
	if depth > maxTypeNesting {
		p.fail(p.file.errorf(CodeLimit, t.pos, "types nest too deeply: more than %d levels", maxTypeNesting))
		return t
	}
	if p.tok.kind == tokIdent {
		t.ident = true
		p.advance()
		return t
	}
	_, prim := valtype.ParsePrim(t.word)
	n, generic := genericArgs[t.word]
	if p.tok.kind != tokKeyword || !prim && !generic {
		p.expected("a type")
		return t
	}
	p.advance()
	if prim {
		return t
	}
	if !p.isPunct("<") && n[0] == 0 {
		return t
	}
	p.expect("<")
	p.typeArgs(t, n, depth)
	p.expect(">")
	return t
}

// typeArgs parses the arguments of a type within its angle brackets.
func (p *parser) typeArgs(t *astType, n [2]int, depth int) {
	for p.more(len(t.args), ">") {
		switch {
		case t.word == "list" && len(t.args) == 1:
			p.listLength(t)
			p.eat(",")
			return
		case len(t.args) == n[1]:
			p.expected("`>`")
			return
		case t.word == "result" && p.eat("_"):
			t.args = append(t.args, nil)
			continue
		}
		arg := p.typ(depth + 1)
		if (t.word == "own" || t.word == "borrow") && !arg.ident {
			p.fail(p.file.errorf(CodeType, arg.pos, "expected the name of a resource, found `%s`", arg.word))
		}
		if t.word == "map" && len(t.args) == 0 {
			p.mapKey(arg)
		}
		t.args = append(t.args, arg)
	}
	if len(t.args) < max(n[0], 1) || t.args[len(t.args)-1] == nil {
		p.expected("a type")
	}
}

// mapKey checks the type of the keys of a map.
func (p *parser) mapKey(t *astType) {
	prim, ok := valtype.ParsePrim(t.word)
	if !t.ident && ok && !slices.Contains([]valtype.Prim{valtype.F32, valtype.F64, valtype.ErrorContext}, prim) {
		return
	}
	p.fail(p.file.errorf(CodeType, t.pos, "the keys of a map are integers, bool, char or string and not another name of these, found `%s`", t.word))
}

// listLength parses the length of a list.
func (p *parser) listLength(t *astType) {
	if p.tok.kind != tokInteger {
		p.expected("the length of the list")
		return
	}
	n, err := strconv.ParseUint(p.tok.text, 10, 32)
	if err != nil || n == 0 || p.tok.text[0] == '0' {
		p.fail(p.file.errorf(CodeType, p.tok.start, "the length of a list is a number from 1 to 4294967295, found `%s`", p.tok.text))
		return
	}
	t.fixed, t.length = true, uint32(n)
	p.advance()
}
