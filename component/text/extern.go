// This file reads imports, exports, their names and attributes, and extern
// types (explainer, section "Import and Export Definitions").

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// atAttribute tells whether an attribute comes next.
func (p *parser) atAttribute() bool {
	_, ok := attribute(p.s.PeekHead())
	return ok
}

// attribute is the kind of attribute of a keyword.
func attribute(word string) (component.AttributeKind, bool) {
	for k := range component.ExternalID + 1 {
		if k.String() == word {
			return k, true
		}
	}
	return 0, false
}

// externName reads a name and its attributes, each of which stands once at
// most.
func (p *parser) externName() (n component.ExternName, err error) {
	if n.Name, err = p.str("a name"); err != nil {
		return n, err
	}
	for p.atAttribute() {
		p.s.Next()
		t := p.s.Next()
		kind, _ := attribute(p.s.Text(t))
		for _, a := range n.Attrs {
			if a.Kind == kind {
				return n, p.s.Errorf(lex.CodeSyntax, t.Pos, "unexpected token %s: the name has this attribute already", p.s.Describe(t))
			}
		}
		value, err := p.str("a string")
		if err == nil {
			err = p.close("")
		}
		if err != nil {
			return n, err
		}
		n.Attrs = append(n.Attrs, component.Attribute{Kind: kind, Value: value})
	}
	return n, nil
}

// importForm reads an import definition or declaration.
func (p *parser) importForm() error {
	pos, err := p.open("import")
	if err != nil {
		return err
	}
	d := &component.Import{Pos: int64(pos)}
	if d.Name, err = p.externName(); err != nil {
		return err
	}
	var b binder
	if d.Type, b, err = p.externType(true); err != nil {
		return err
	}
	if err := p.close(""); err != nil {
		return err
	}
	_, err = p.addImport(d, b)
	return err
}

// addImport adds an import to the scope.
func (p *parser) addImport(d *component.Import, b binder) (uint32, error) {
	return p.defineExtern(d, &d.Type, b)
}

// defineExtern adds an import, or an export declaration, with its type.
func (p *parser) defineExtern(d any, t *component.ExternType, b binder) (uint32, error) {
	if t.Sort != component.SortType {
		return p.define(d, t.Sort, b)
	}
	var entry typeEntry
	if t.Bound == component.BoundEq {
		entry = p.typeEntry(t.Index)
	}
	return p.defineType(d, entry, b)
}

// exportForm reads an export definition.
func (p *parser) exportForm() error {
	pos, err := p.open("export")
	if err != nil {
		return err
	}
	b, err := p.binder()
	if err != nil {
		return err
	}
	e := &component.Export{Pos: int64(pos)}
	if e.Name, err = p.externName(); err != nil {
		return err
	}
	r, err := p.externRef(false)
	if err != nil {
		return err
	}
	if p.at(lex.LParen) {
		t, _, err := p.externType(false)
		if err != nil {
			return err
		}
		e.Type = &t
	}
	if err := p.close("the type of the export"); err != nil {
		return err
	}
	e.Item.Sort = r.sort
	if e.Item.Index, err = p.resolve(r); err != nil {
		return err
	}
	return p.addExport(e, b)
}

// addExport adds an export to the scope.
func (p *parser) addExport(e *component.Export, b binder) error {
	var err error
	if e.Item.Sort == component.SortType {
		_, err = p.defineType(e, p.typeEntry(e.Item.Index), b)
	} else {
		_, err = p.define(e, e.Item.Sort, b)
	}
	return err
}

// exportDecl reads an export declaration.
func (p *parser) exportDecl() error {
	pos, err := p.open("export")
	if err != nil {
		return err
	}
	d := &component.ExportDecl{Pos: int64(pos)}
	if d.Name, err = p.externName(); err != nil {
		return err
	}
	var b binder
	if d.Type, b, err = p.externType(true); err != nil {
		return err
	}
	if err := p.close(""); err != nil {
		return err
	}
	_, err = p.defineExtern(d, &d.Type, b)
	return err
}

// externType reads an extern type, with an identifier if bind is set.
func (p *parser) externType(bind bool) (t component.ExternType, b binder, err error) {
	open := p.s.Next()
	if open.Kind != lex.LParen {
		return t, b, p.unexpected(open, `"(" with the type of an import or export`)
	}
	head := p.s.Peek()
	sort, err := p.sort(false)
	if err != nil {
		return t, b, err
	}
	if sort.Core() && sort != component.SortCoreModule {
		return t, b, p.unexpected(head, "core module, func, value, type, component or instance: components import and export no "+sort.String())
	}
	if bind {
		if b, err = p.binder(); err != nil {
			return t, b, err
		}
	}
	t, err = p.externTypeRest(sort, open.Pos)
	return t, b, err
}

// externTypeRest reads an extern type behind its sort, with the ")". Inline
// types are defined at once.
func (p *parser) externTypeRest(sort component.Sort, pos uint32) (component.ExternType, error) {
	t := component.ExternType{Sort: sort}
	var err error
	switch sort {
	case component.SortType:
		err = p.typeBound(&t)
	case component.SortValue:
		err = p.valueBound(&t)
	default:
		t.Index, err = p.typeUse(sort, pos)
	}
	if err == nil {
		err = p.close("")
	}
	return t, err
}

// typeBound reads "(eq typeidx)" or "(sub resource)".
func (p *parser) typeBound(t *component.ExternType) error {
	switch {
	case p.s.Open("sub"):
		t.Bound = component.BoundSubResource
		if w := p.s.Peek(); !p.s.Word("resource") {
			return p.unexpected(w, `"resource"`)
		}
	case p.s.Open("eq"):
		t.Bound = component.BoundEq
		r, err := p.refOrIndex(component.SortType, false)
		if err != nil {
			return err
		}
		if t.Index, err = p.resolve(r); err != nil {
			return err
		}
	default:
		return p.unexpectedForm("(eq ...) or (sub resource)")
	}
	return p.close("")
}

// valueBound reads "(eq valueidx)" or a value type.
func (p *parser) valueBound(t *component.ExternType) error {
	if p.s.Open("eq") {
		t.Bound = component.BoundEq
		r, err := p.refOrIndex(component.SortValue, false)
		if err != nil {
			return err
		}
		if t.Index, err = p.resolve(r); err != nil {
			return err
		}
		return p.close("")
	}
	t.Bound = component.BoundType
	v, err := p.valType()
	if err == nil {
		t.Value, err = p.emitVal(v)
	}
	return err
}
