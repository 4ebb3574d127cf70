// This file reads type definitions, the types of components and instances, and
// the uses of types in definitions (explainer, sections "Type Definitions" and
// "Declarators").

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/valtype"
	core "github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// typeForm reads a type definition.
func (p *parser) typeForm() error {
	pos, err := p.open("type")
	if err != nil {
		return err
	}
	return p.sorted(component.SortType, pos)
}

// typeBody reads a type definition behind its identifier, with the ")".
func (p *parser) typeBody(pos uint32, b binder) (uint32, error) {
	index, err := p.defType(pos, b)
	if err == nil {
		err = p.close("")
	}
	return index, err
}

// defType reads and defines a type.
func (p *parser) defType(pos uint32, b binder) (uint32, error) {
	t := p.s.Peek()
	if t.Kind == lex.Keyword {
		prim, ok := valtype.ParsePrim(string(p.s.Bytes(t)))
		if !ok {
			return 0, p.unexpected(p.s.Next(), "a type")
		}
		p.s.Next()
		return p.emitDef(&defExpr{pos: pos, def: &component.PrimType{Prim: prim}}, b)
	}
	switch {
	case p.s.Open("func"):
		d, err := p.funcType(pos)
		if err == nil {
			err = p.close("a parameter or result")
		}
		if err != nil {
			return 0, err
		}
		return p.emitDef(d, b)
	case p.s.Open("resource"):
		return p.resourceType(pos, b)
	case p.s.Open("component"):
		return p.closedScopeType(scopeComponentType, pos, b)
	case p.s.Open("instance"):
		return p.closedScopeType(scopeInstanceType, pos, b)
	}
	d, ok, err := p.optDefValType()
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, p.unexpectedForm("a type")
	}
	d.pos = pos
	return p.emitDef(d, b)
}

// resourceType reads a resource type behind its keyword, with the ")".
func (p *parser) resourceType(pos uint32, b binder) (uint32, error) {
	def := new(component.ResourceType)
	if _, err := p.open("rep"); err != nil {
		return 0, err
	}
	var err error
	if def.Rep, err = core.ParseValType(p.s, p.coreTypeIndex); err != nil {
		return 0, err
	}
	if err := p.close(""); err != nil {
		return 0, err
	}
	if p.s.Open("dtor") {
		r, err := p.refOrIndex(component.SortCoreFunc, true)
		if err == nil {
			err = p.close("")
		}
		if err != nil {
			return 0, err
		}
		def.HasDtor = true
		if def.Dtor, err = p.resolve(r); err != nil {
			return 0, err
		}
	}
	if err := p.close(`"(dtor"`); err != nil {
		return 0, err
	}
	return p.defineType(&component.TypeDef{Pos: int64(pos), Type: def}, typeEntry{}, b)
}

// closedScopeType reads a component or instance type with the ")", and
// defines it.
func (p *parser) closedScopeType(kind scopeKind, pos uint32, b binder) (uint32, error) {
	def, err := p.scopeType(kind, pos, b)
	if err == nil {
		err = p.close("")
	}
	if err != nil {
		return 0, err
	}
	return p.defineType(&component.TypeDef{Pos: int64(pos), Type: def}, typeEntry{}, b)
}

// scopeType reads the declarations of a component or instance type.
func (p *parser) scopeType(kind scopeKind, pos uint32, b binder) (component.DefType, error) {
	if err := p.enterType(pos); err != nil {
		return nil, err
	}
	p.push(kind, b.id)
	for p.at(lex.LParen) {
		if err := p.decl(); err != nil {
			return nil, err
		}
	}
	p.types--
	if sc := p.pop(); kind == scopeInstanceType {
		return &component.InstanceType{Decls: sc.decls}, nil
	} else {
		return &component.ComponentType{Decls: sc.decls}, nil
	}
}

// decl reads a declaration of a component or instance type.
func (p *parser) decl() error {
	t := p.s.Peek()
	switch head := p.s.PeekHead(); head {
	case "core":
		return p.coreDefinition()
	case "type":
		return p.typeForm()
	case "alias":
		p.s.Open(head)
		_, err := p.aliasForm(t.Pos, nil, binder{})
		return err
	case "export":
		return p.exportDecl()
	case "import":
		if p.kind == scopeInstanceType {
			return p.unexpectedForm("core type, type, alias or export: an instance type has no imports")
		}
		return p.importForm()
	case "instance", "func", "value", "component":
		if p.ahead(func() bool {
			p.s.Open(head)
			if p.at(lex.ID) {
				p.s.Next()
			}
			return p.atInlineAlias()
		}) {
			sort, _ := component.SortByKeyword(false, head)
			p.s.Open(head)
			return p.sorted(sort, t.Pos)
		}
	}
	if p.kind == scopeInstanceType {
		return p.unexpectedForm("a declaration of an instance type: core type, type, alias or export")
	}
	return p.unexpectedForm("a declaration of a component type: core type, type, alias, import or export")
}

// typeUse reads the type of a definition of a sort, without the ")": "(type
// idx)" or an inline type, which is defined at once. It gives the index of the
// type: a core type for SortCoreModule.
func (p *parser) typeUse(sort component.Sort, pos uint32) (uint32, error) {
	if p.atTypeRef() {
		typeSort := component.SortType
		if sort == component.SortCoreModule {
			typeSort = component.SortCoreType
		}
		r, err := p.sortRef(typeSort, false)
		if err != nil {
			return 0, err
		}
		return p.resolve(r)
	}
	switch sort {
	case component.SortFunc:
		d, err := p.funcType(pos)
		if err != nil {
			return 0, err
		}
		return p.emitDef(d, binder{})
	case component.SortCoreModule:
		def, err := p.moduleType(pos, "")
		if err != nil {
			return 0, err
		}
		return p.define(&component.CoreType{Pos: int64(pos), Module: def}, component.SortCoreType, binder{})
	}
	kind := scopeComponentType
	if sort == component.SortInstance {
		kind = scopeInstanceType
	}
	def, err := p.scopeType(kind, pos, binder{})
	if err != nil {
		return 0, err
	}
	return p.defineType(&component.TypeDef{Pos: int64(pos), Type: def}, typeEntry{}, binder{})
}

// atTypeRef tells whether "(type idx)" or "(type idx "name"" comes next, and
// not a type declaration.
func (p *parser) atTypeRef() bool {
	if !p.s.HeadIs("type") {
		return false
	}
	return p.ahead(func() bool {
		p.s.Open("type")
		if !p.atIndex() {
			return false
		}
		p.s.Next()
		return p.at(lex.RParen) || p.at(lex.String)
	})
}
