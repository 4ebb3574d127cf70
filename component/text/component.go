// This file reads the definitions of components, and those that start with
// their sort (explainer, section "Component Definitions").

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// namesSection is the name of the custom section with names.
const namesSection = "component-name"

// component reads a component behind its identifier, up to and including a
// closing token: ")" or the end.
func (p *parser) component(b binder, end lex.Kind) (*component.Component, error) {
	if err := p.enterComponent(p.s.Mark()); err != nil {
		return nil, err
	}
	p.push(scopeComponent, b.id)
	for !p.at(end) {
		if err := p.definition(); err != nil {
			return nil, err
		}
	}
	p.s.Next()
	for _, e := range p.late {
		if err := p.addExport(e, binder{}); err != nil {
			return nil, err
		}
	}
	if err := p.addNames(b); err != nil {
		return nil, err
	}
	p.components--
	return &component.Component{Defs: p.pop().defs}, nil
}

// addNames appends the name section if there are names, unless the text has
// one as a custom section.
func (p *parser) addNames(b binder) error {
	if p.hasNames {
		return nil
	}
	names := component.Names{Component: b.name, HasComponent: b.named}
	for sort := range component.NumSorts {
		if len(p.names[sort]) == 0 {
			continue
		}
		if names.Sorts == nil {
			names.Sorts = map[component.Sort]wasm.NameMap{}
		}
		names.Sorts[sort] = p.names[sort]
	}
	if !names.HasComponent && names.Sorts == nil {
		return nil
	}
	data, err := binary.EncodeNames(&names)
	if err != nil {
		return err
	}
	return p.add(&component.Custom{Pos: int64(p.s.Mark()), Name: namesSection, Data: data})
}

// definition reads one definition of a component.
func (p *parser) definition() error {
	t := p.s.Peek()
	switch head := p.s.PeekHead(); head {
	case "core":
		return p.coreDefinition()
	case "import":
		return p.importForm()
	case "export":
		return p.exportForm()
	case "alias":
		p.s.Open(head)
		_, err := p.aliasForm(t.Pos, nil, binder{})
		return err
	case "type":
		return p.typeForm()
	case "canon":
		return p.canonForm()
	case "start":
		return p.startForm()
	case "func", "value", "instance", "component":
		sort, _ := component.SortByKeyword(false, head)
		p.s.Open(head)
		return p.sorted(sort, t.Pos)
	case "@custom":
		return p.custom()
	case "@producers":
		pos := int64(p.s.Next().Pos)
		data, err := core.ParseProducers(p.s)
		if err != nil {
			return err
		}
		return p.add(&component.Custom{Pos: pos, Name: "producers", Data: data})
	case "module":
		p.s.Next()
		return p.unexpected(p.s.Next(), `"core module", or another definition of a component`)
	}
	return p.unexpectedForm("a definition of a component")
}

// coreDefinition reads a definition that starts with "(core".
func (p *parser) coreDefinition() error {
	pos, err := p.open("core")
	if err != nil {
		return err
	}
	t := p.s.Next()
	word := string(p.s.Bytes(t))
	if t.Kind == lex.Keyword && word == "rec" && p.kind != scopeModuleType {
		return p.coreRec(pos)
	}
	sort, ok := component.SortByKeyword(true, word)
	if t.Kind != lex.Keyword || !ok {
		return p.unexpected(t, "module, instance, type, rec, func, table, memory, global or tag")
	}
	return p.sorted(sort, pos)
}

// sorted reads a definition behind the keyword of its sort: the identifier,
// inline exports, and then an inline import, an alias, or what makes the sort.
func (p *parser) sorted(sort component.Sort, pos uint32) error {
	b, err := p.binder()
	if err != nil {
		return err
	}
	exports, err := p.inlineExports(sort)
	if err != nil {
		return err
	}
	var index uint32
	switch {
	case p.atInlineAlias():
		p.s.Open("alias")
		if index, err = p.aliasForm(pos, &sort, b); err == nil {
			err = p.close("")
		}
	case p.kind == scopeComponent && p.atInline("import"):
		index, err = p.inlineImport(sort, pos, b)
	default:
		index, err = p.sortBody(sort, pos, b)
	}
	if err != nil {
		return err
	}
	for _, name := range exports {
		p.late = append(p.late, &component.Export{Pos: int64(pos), Name: name, Item: component.SortIdx{Sort: sort, Index: index}})
	}
	return nil
}

// sortBody reads what makes a definition of a sort, with the ")".
func (p *parser) sortBody(sort component.Sort, pos uint32, b binder) (uint32, error) {
	if p.kind != scopeComponent && sort != component.SortType && sort != component.SortCoreType {
		return 0, p.unexpectedForm("an alias: component and instance types define no " + sort.String())
	}
	switch sort {
	case component.SortCoreModule:
		return p.coreModule(pos, b)
	case component.SortCoreInstance:
		return p.coreInstance(pos, b)
	case component.SortCoreType:
		return p.coreType(pos, b)
	case component.SortCoreFunc:
		return p.coreFunc(pos, b)
	case component.SortComponent:
		return p.nested(pos, b)
	case component.SortInstance:
		return p.instance(pos, b)
	case component.SortFunc:
		return p.funcBody(pos, b)
	case component.SortValue:
		return p.value(pos, b)
	case component.SortType:
		return p.typeBody(pos, b)
	}
	return 0, p.unexpectedForm("an alias, as in (core " + sort.Keyword() + ` (alias core export 0 "name"))`)
}

// outside is what a module or component with its own name is called in the
// component around it: an annotation gives the own name only.
func (b binder) outside() binder {
	return binder{id: b.id, name: b.id, named: b.id != "", pos: b.pos}
}

// nested reads a nested component.
func (p *parser) nested(pos uint32, b binder) (uint32, error) {
	c, err := p.component(b, lex.RParen)
	if err != nil {
		return 0, err
	}
	c.Pos = int64(pos)
	return p.define(c, component.SortComponent, b.outside())
}

// atInline tells whether an inline import or export comes next:
// "(word "name")".
func (p *parser) atInline(word string) bool {
	if !p.s.HeadIs(word) {
		return false
	}
	return p.ahead(func() bool {
		p.s.Open(word)
		return p.s.Next().Kind == lex.String && p.s.Next().Kind == lex.RParen
	})
}

// atInlineAlias tells whether an alias without "(sort id?)" comes next.
func (p *parser) atInlineAlias() bool {
	if !p.s.HeadIs("alias") {
		return false
	}
	return p.ahead(func() bool {
		p.s.Open("alias")
		// "core export idx name" has the most tokens.
		for range 5 {
			switch p.s.Next().Kind {
			case lex.RParen:
				return true
			case lex.LParen, lex.EOF:
				return false
			}
		}
		return false
	})
}

// inlineExports reads the inline exports of a definition.
func (p *parser) inlineExports(sort component.Sort) ([]component.ExternName, error) {
	var names []component.ExternName
	for p.kind == scopeComponent && p.atInline("export") {
		if sort.Core() && sort != component.SortCoreModule {
			return nil, p.s.Errorf(lex.CodeSyntax, p.s.Mark(), "unexpected inline export: components do not export definitions of the sort %s", sort)
		}
		p.s.Open("export")
		name, err := p.externName()
		if err == nil {
			err = p.close("")
		}
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// inlineImport reads "(import name)" and the type of the import.
func (p *parser) inlineImport(sort component.Sort, pos uint32, b binder) (uint32, error) {
	p.s.Open("import")
	d := &component.Import{Pos: int64(pos)}
	var err error
	if d.Name, err = p.externName(); err == nil {
		err = p.close("")
	}
	if err != nil {
		return 0, err
	}
	if d.Type, err = p.externTypeRest(sort, pos); err != nil {
		return 0, err
	}
	return p.addImport(d, b)
}

// custom reads a @custom annotation: a custom section.
func (p *parser) custom() error {
	t := p.s.Next()
	c := &component.Custom{Pos: int64(t.Pos)}
	var err error
	if c.Name, err = p.str("the name of a custom section"); err != nil {
		return err
	}
	for p.at(lex.String) {
		c.Data = p.s.AppendString(c.Data, p.s.Next())
	}
	if c.Name == namesSection {
		p.hasNames = true
	}
	if err := p.close("a string"); err != nil {
		return err
	}
	return p.add(c)
}
