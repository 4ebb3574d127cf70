// This file reads core types and module types (explainer, section "Type
// Definitions").

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// coreType reads a core type definition behind its identifier, with the ")".
func (p *parser) coreType(pos uint32, b binder) (uint32, error) {
	if p.s.Open("module") {
		def, err := p.moduleType(pos, b.id)
		if err == nil {
			err = p.close("")
		}
		if err == nil {
			err = p.close("")
		}
		if err != nil {
			return 0, err
		}
		return p.define(&component.CoreType{Pos: int64(pos), Module: def}, component.SortCoreType, b)
	}
	t, err := p.subType(b)
	if err != nil {
		return 0, err
	}
	return p.define(&component.CoreType{Pos: int64(pos), Types: []wasm.SubType{t}}, component.SortCoreType, b)
}

// subType reads a core type behind the identifier of b, with the ")".
func (p *parser) subType(b binder) (t wasm.SubType, err error) {
	err = p.recursive(func(base uint32, lookup coreLookup) (ids map[string]uint32, err error) {
		if b.id != "" {
			ids = map[string]uint32{b.id: base}
		}
		if t, err = core.ParseSubType(p.s, lookup(&ids)); err == nil {
			err = p.close("")
		}
		return ids, err
	})
	if err == nil && p.kind == scopeModuleType {
		p.registerFuncType(t)
	}
	return t, err
}

// coreRec reads a recursion group behind "rec", with the ")".
func (p *parser) coreRec(pos uint32) error {
	d := &component.CoreType{Pos: int64(pos), Rec: true}
	var members []binder
	err := p.recursive(func(base uint32, lookup coreLookup) (ids map[string]uint32, err error) {
		ids = map[string]uint32{}
		members = members[:0]
		d.Types, err = core.ParseRecGroup(p.s, lookup(&ids), func(id string, i int) {
			if _, ok := ids[id]; !ok && id != "" {
				ids[id] = base + uint32(i)
			}
			members = append(members, binder{id: id, name: id, named: id != "", pos: pos})
		})
		return ids, err
	})
	if err != nil {
		return err
	}
	if err := p.add(d); err != nil {
		return err
	}
	for _, b := range members {
		if _, err := p.bind(component.SortCoreType, b); err != nil {
			return err
		}
	}
	return nil
}

// A coreLookup makes the function that finds identifiers for wasm/text: first
// among ids, which may grow while it is in use.
type coreLookup func(ids *map[string]uint32) func(id string) (uint32, bool)

// recursive runs read on types that can refer to themselves. read gets the
// index of the first one. When the types use identifiers of enclosing scopes,
// these are aliased before the types, and the types are read once more with
// the indices that follow.
func (p *parser) recursive(read func(base uint32, lookup coreLookup) (map[string]uint32, error)) error {
	mark := p.s.Mark()
	aliased := map[string]uint32{}
	var outer []binding
	lookup := func(ids *map[string]uint32) func(id string) (uint32, bool) {
		return func(id string) (uint32, bool) {
			if x, ok := (*ids)[id]; ok {
				return x, true
			}
			if x, ok := aliased[id]; ok {
				return x, true
			}
			b, ok := p.symbols.lookup(symbol{component.SortCoreType, id}, p.depth)
			if ok && b.depth < p.depth {
				outer = append(outer, b)
				aliased[id] = 0
			}
			return b.index, ok
		}
	}
	_, err := read(p.counts[component.SortCoreType], lookup)
	if err != nil || len(outer) == 0 {
		return err
	}
	for _, b := range outer {
		if aliased[b.id], err = p.outerAlias(int64(mark), component.SortCoreType, b); err != nil {
			return err
		}
	}
	p.s.Reset(mark)
	_, err = read(p.counts[component.SortCoreType], lookup)
	return err
}

// coreTypeIndex finds a core type by its identifier, and aliases it where it
// is one of an enclosing scope.
func (p *parser) coreTypeIndex(id string) (uint32, bool) {
	b, ok := p.symbols.lookup(symbol{component.SortCoreType, id}, p.depth)
	if !ok || b.depth == p.depth {
		return b.index, ok
	}
	x, err := p.outerAlias(int64(p.s.Mark()), component.SortCoreType, b)
	return x, err == nil
}

// moduleType reads the declarations of a module type.
func (p *parser) moduleType(pos uint32, id string) (*component.ModuleType, error) {
	if err := p.enterType(pos); err != nil {
		return nil, err
	}
	p.push(scopeModuleType, id)
	p.funcTypes = map[string]uint32{}
	for p.at(lex.LParen) {
		if err := p.moduleDecl(); err != nil {
			return nil, err
		}
	}
	p.types--
	return &component.ModuleType{Decls: p.pop().core}, nil
}

// moduleDecl reads a declaration of a module type.
func (p *parser) moduleDecl() error {
	t := p.s.Peek()
	pos := t.Pos
	switch head := p.s.PeekHead(); head {
	case "type":
		p.s.Open(head)
		b, err := p.binder()
		if err != nil {
			return err
		}
		if p.atInlineAlias() {
			sort := component.SortCoreType
			p.s.Open("alias")
			if _, err := p.aliasForm(pos, &sort, b); err != nil {
				return err
			}
			return p.close("")
		}
		_, err = p.coreType(pos, b)
		return err
	case "rec":
		p.s.Open(head)
		return p.coreRec(pos)
	case "alias":
		p.s.Open(head)
		_, err := p.aliasForm(pos, nil, binder{})
		return err
	case "import":
		p.s.Open(head)
		return p.coreImport(pos)
	case "export":
		p.s.Open(head)
		return p.coreExportDecl(pos)
	}
	return p.unexpectedForm("a declaration of a module type: type, rec, alias, import or export")
}

// coreImport reads an import of a module type behind its keyword.
func (p *parser) coreImport(pos uint32) error {
	d := &component.CoreImport{Pos: int64(pos)}
	var err error
	if d.Module, err = p.str("the name of a module"); err != nil {
		return err
	}
	if d.Name, err = p.str("the name of an import"); err != nil {
		return err
	}
	if d.Type, _, err = p.coreExternType(pos); err != nil {
		return err
	}
	return p.add(d)
}

// coreExportDecl reads an export of a module type behind its keyword.
func (p *parser) coreExportDecl(pos uint32) error {
	d := &component.CoreExportDecl{Pos: int64(pos)}
	var err error
	if d.Name, err = p.str("the name of an export"); err != nil {
		return err
	}
	at := p.s.Mark()
	id := ""
	if d.Type, id, err = p.coreExternType(pos); err != nil {
		return err
	}
	if id != "" {
		return p.s.Errorf(lex.CodeSyntax, at, `unexpected token "$%s": the exports of a module type have no identifiers`, id)
	}
	return p.add(d)
}

// coreExternType reads the type of a core import or export, and the ")" behind
// it. Inline function types are defined at once, unless there is one already.
func (p *parser) coreExternType(pos uint32) (t wasm.ExternType, id string, err error) {
	var failed error
	t, id, err = core.ParseExternType(p.s, p.coreTypeIndex, func(f wasm.FuncType) uint32 {
		if x, ok := p.funcTypes[funcTypeKey(f)]; ok {
			return x
		}
		d := &component.CoreType{Pos: int64(pos), Types: []wasm.SubType{{Comp: wasm.CompType{Func: f}}}}
		x, err := p.define(d, component.SortCoreType, binder{})
		if err != nil && failed == nil {
			failed = err
		}
		return x
	})
	if err == nil {
		err = failed
	}
	if err == nil {
		err = p.close("")
	}
	return t, id, err
}

// registerFuncType lets inline function types of the module type stand for t,
// which is about to be defined.
func (p *parser) registerFuncType(t wasm.SubType) {
	if t.Open || len(t.Supers) > 0 || t.Comp.Kind != wasm.CompFunc {
		return
	}
	key := funcTypeKey(t.Comp.Func)
	if _, ok := p.funcTypes[key]; !ok {
		p.funcTypes[key] = p.counts[component.SortCoreType]
	}
}

// funcTypeKey is the same for equal function types only.
func funcTypeKey(f wasm.FuncType) string { return f.String() }
