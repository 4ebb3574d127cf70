// This file reads references to definitions and turns inline aliases and
// identifiers of enclosing scopes into alias definitions (explainer, sections
// "Index Spaces" and "Alias Definitions").

package text

import (
	"strconv"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// An idx is an index as written: a number, or an identifier.
type idx struct {
	tok lex.Token
	num uint32
}

// A ref refers to a definition of a sort. With names it is an inline alias of
// an export of the instance idx.
type ref struct {
	sort  component.Sort
	idx   idx
	names []string
}

// atIndex tells whether the next token is an index.
func (p *parser) atIndex() bool { return p.at(lex.ID) || p.at(lex.Number) }

// index reads a number or an identifier.
func (p *parser) index(what string) (idx, error) {
	t := p.s.Peek()
	if t.Kind == lex.ID {
		return idx{tok: p.s.Next()}, nil
	}
	n, err := p.u32("the index or identifier of a " + what)
	return idx{tok: t, num: n}, err
}

// sortRef reads "(sort idx name*)" with a sort that is known; core is set
// where a core sort is written with "core" in front.
func (p *parser) sortRef(sort component.Sort, core bool) (ref, error) {
	r := ref{sort: sort}
	want := `"(` + sort.Keyword() + `"`
	if core {
		want = `"(` + sort.String() + `"`
	}
	open := p.s.Next()
	if open.Kind != lex.LParen {
		return r, p.unexpected(open, want)
	}
	if t := p.s.Peek(); core && !p.s.Word("core") {
		if t.Kind == lex.Keyword && string(p.s.Bytes(t)) == sort.Keyword() {
			return r, p.unexpected(t, `"core" before it, as in `+want)
		}
		return r, p.unexpected(t, want)
	}
	if t := p.s.Peek(); !p.s.Word(sort.Keyword()) {
		return r, p.unexpected(t, want)
	}
	return p.refRest(sort)
}

// refRest reads "idx name*)" of a reference.
func (p *parser) refRest(sort component.Sort) (r ref, err error) {
	r.sort = sort
	if r.idx, err = p.index(sort.String()); err != nil {
		return r, err
	}
	for p.at(lex.String) {
		name, err := p.str("the name of an export")
		if err != nil {
			return r, err
		}
		r.names = append(r.names, name)
	}
	switch {
	case len(r.names) == 0:
	case sort == component.SortCoreType || sort == component.SortCoreInstance:
		return r, p.s.Errorf(lex.CodeSyntax, r.idx.tok.Pos, "unexpected export name: a %s is no export of an instance, expected an index alone", sort)
	case len(r.names) > 1 && aliasedFromCore(sort):
		return r, p.s.Errorf(lex.CodeSyntax, r.idx.tok.Pos, "unexpected export name: a core instance exports no instances, expected one name")
	}
	return r, p.close("the name of an export")
}

// aliasedFromCore tells whether definitions of a sort are exported by core
// instances.
func aliasedFromCore(sort component.Sort) bool {
	return sort.Core() && sort != component.SortCoreModule
}

// refOrIndex reads an index, or "(sort ...)".
func (p *parser) refOrIndex(sort component.Sort, core bool) (ref, error) {
	if p.at(lex.LParen) {
		return p.sortRef(sort, core)
	}
	x, err := p.index(sort.String())
	return ref{sort: sort, idx: x}, err
}

// externRef reads a reference with any sort; inCore is set inside of a core
// definition, where core sorts are written without "core".
func (p *parser) externRef(inCore bool) (ref, error) {
	open := p.s.Next()
	if open.Kind != lex.LParen {
		return ref{}, p.unexpected(open, `"(" with a sort and an index`)
	}
	sort, err := p.sort(inCore)
	if err != nil {
		return ref{}, err
	}
	return p.refRest(sort)
}

// sort reads the keywords of a sort.
func (p *parser) sort(inCore bool) (component.Sort, error) {
	isCore := inCore || p.s.Word("core")
	t := p.s.Next()
	sort, ok := component.SortByKeyword(isCore, string(p.s.Bytes(t)))
	switch {
	case t.Kind == lex.Keyword && ok:
		return sort, nil
	case isCore:
		return 0, p.unexpected(t, "a core sort: func, table, memory, global, tag, type, module or instance")
	}
	return 0, p.unexpected(t, "a sort: func, value, type, component, instance or core ...")
}

// resolve is the index that a reference stands for in the scope, where it adds
// aliases as needed.
func (p *parser) resolve(r ref) (uint32, error) {
	if len(r.names) == 0 {
		return p.resolveIndex(r.sort, r.idx)
	}
	pos := int64(r.idx.tok.Pos)
	if aliasedFromCore(r.sort) {
		instance, err := p.resolveIndex(component.SortCoreInstance, r.idx)
		if err != nil {
			return 0, err
		}
		return p.alias(&component.Alias{Pos: pos, Kind: component.AliasCoreExport, Sort: r.sort, Instance: instance, Name: r.names[0]}, binder{})
	}
	x, err := p.resolveIndex(component.SortInstance, r.idx)
	for i, name := range r.names {
		if err != nil {
			return 0, err
		}
		a := &component.Alias{Pos: pos, Kind: component.AliasExport, Sort: component.SortInstance, Instance: x, Name: name}
		if i == len(r.names)-1 {
			a.Sort = r.sort
		}
		x, err = p.alias(a, binder{})
	}
	return x, err
}

// resolveIndex is the index that x stands for in the scope. An identifier of
// an enclosing scope becomes an outer alias, a new one for each use.
func (p *parser) resolveIndex(sort component.Sort, x idx) (uint32, error) {
	if x.tok.Kind != lex.ID {
		return x.num, nil
	}
	b, ok := p.symbols.lookup(symbol{sort, p.s.Name(x.tok)}, p.depth)
	switch {
	case !ok:
		return 0, p.unknown(x.tok, sort.String())
	case b.depth == p.depth:
		return b.index, nil
	case !outerAliasable(sort):
		return 0, p.s.Errorf(CodeName, x.tok.Pos, "outer item `%s` is not a module, type, or component: a %s of an enclosing component cannot be used here", b.id, sort)
	}
	return p.outerAlias(int64(x.tok.Pos), sort, b)
}

// outerAliasable tells whether outer aliases can have a sort.
func outerAliasable(sort component.Sort) bool {
	switch sort {
	case component.SortCoreModule, component.SortCoreType, component.SortType, component.SortComponent:
		return true
	}
	return false
}

// outerAlias adds an alias of what an enclosing scope binds.
func (p *parser) outerAlias(pos int64, sort component.Sort, b binding) (uint32, error) {
	return p.alias(&component.Alias{
		Pos: pos, Kind: component.AliasOuter, Sort: sort, Outer: uint32(p.depth - b.depth), Index: b.index,
	}, binder{})
}

// alias adds an alias to the scope.
func (p *parser) alias(a *component.Alias, b binder) (uint32, error) {
	switch {
	case p.kind == scopeModuleType:
		return p.define(&component.CoreAlias{Pos: a.Pos, Outer: a.Outer, Index: a.Index}, component.SortCoreType, b)
	case a.Sort != component.SortType:
		return p.define(a, a.Sort, b)
	}
	var entry typeEntry
	if a.Kind == component.AliasOuter {
		if sc := p.outer(a.Outer); sc != nil {
			entry = sc.typeEntry(a.Index)
		}
	}
	return p.defineType(a, entry, b)
}

// aliasForm reads an alias behind "(alias", up to "(sort id?)" which does not
// stand where the sort comes first: inverted has that sort and its identifier.
func (p *parser) aliasForm(pos uint32, inverted *component.Sort, b binder) (uint32, error) {
	a := &component.Alias{Pos: int64(pos)}
	outer, target, err := p.aliasTarget(a)
	if err != nil {
		return 0, err
	}
	if inverted != nil {
		a.Sort = *inverted
	} else if a.Sort, b, err = p.aliasSort(a.Kind); err != nil {
		return 0, err
	}
	if err := p.aliasSortFits(a, pos); err != nil {
		return 0, err
	}
	if err := p.close(""); err != nil {
		return 0, err
	}
	switch a.Kind {
	case component.AliasExport:
		a.Instance, err = p.resolveIndex(component.SortInstance, target)
	case component.AliasCoreExport:
		a.Instance, err = p.resolveIndex(component.SortCoreInstance, target)
	default:
		err = p.resolveOuter(a, outer, target)
	}
	if err != nil {
		return 0, err
	}
	return p.alias(a, b)
}

// aliasTarget reads what an alias points to.
func (p *parser) aliasTarget(a *component.Alias) (outer, target idx, err error) {
	switch {
	case p.s.Word("outer"):
		a.Kind = component.AliasOuter
		if outer, err = p.index("component or type"); err == nil {
			target, err = p.index("definition")
		}
		return outer, target, err
	case p.s.Word("core"):
		a.Kind = component.AliasCoreExport
		if t := p.s.Peek(); !p.s.Word("export") {
			return outer, target, p.unexpected(t, `"export"`)
		}
		target, err = p.index("core instance")
	case p.s.Word("export"):
		a.Kind = component.AliasExport
		target, err = p.index("instance")
	default:
		return outer, target, p.unexpected(p.s.Next(), `"export", "core export" or "outer"`)
	}
	if err == nil {
		a.Name, err = p.str("the name of an export")
	}
	return outer, target, err
}

// aliasSort reads the "(sort id?)" of an alias.
func (p *parser) aliasSort(kind component.AliasKind) (component.Sort, binder, error) {
	open := p.s.Next()
	if open.Kind != lex.LParen {
		return 0, binder{}, p.unexpected(open, `"(" with the sort of the alias`)
	}
	sort, err := p.sort(p.kind == scopeModuleType)
	if err != nil {
		return 0, binder{}, err
	}
	b, err := p.binder()
	if err == nil {
		err = p.close("")
	}
	return sort, b, err
}

// aliasSortFits checks that an alias of its kind can have its sort.
func (p *parser) aliasSortFits(a *component.Alias, pos uint32) error {
	ok, want := true, ""
	switch {
	case p.kind == scopeModuleType:
		ok = a.Kind == component.AliasOuter && a.Sort == component.SortCoreType
		want = "a module type has outer aliases of types only"
	case a.Kind == component.AliasOuter:
		ok = outerAliasable(a.Sort)
		want = "expected core module, core type, component or type"
	case a.Kind == component.AliasCoreExport:
		ok = aliasedFromCore(a.Sort) && a.Sort != component.SortCoreType && a.Sort != component.SortCoreInstance
		want = "expected core func, table, memory, global or tag"
	default:
		ok = !a.Sort.Core() || a.Sort == component.SortCoreModule
		want = "expected core module, func, value, type, component or instance"
	}
	if ok {
		return nil
	}
	return p.s.Errorf(lex.CodeSyntax, pos, "unexpected sort %s of an alias: %s", a.Sort, want)
}

// resolveOuter resolves the two indices of an outer alias. Numbers are not
// checked.
func (p *parser) resolveOuter(a *component.Alias, outer, target idx) error {
	a.Outer, a.Index = outer.num, target.num
	if outer.tok.Kind == lex.ID {
		b, ok := p.symbols.lookup(symbol{sortScope, p.s.Name(outer.tok)}, p.depth)
		if !ok {
			return p.s.Errorf(CodeName, outer.tok.Pos, "unknown component: outer component `$%s` not found among the enclosing components and types", p.s.Name(outer.tok))
		}
		a.Outer = uint32(p.depth - b.depth)
	}
	if target.tok.Kind != lex.ID {
		return nil
	}
	if uint64(a.Outer) > uint64(p.depth) {
		return p.s.Errorf(CodeName, outer.tok.Pos, "outer count of `%d` is too large: there are %d enclosing components and types", a.Outer, p.depth)
	}
	depth := p.depth - int(a.Outer)
	b, ok := p.symbols.lookup(symbol{a.Sort, p.s.Name(target.tok)}, depth)
	if !ok || b.depth != depth {
		return p.unknown(target.tok, a.Sort.String()+" "+strconv.Itoa(int(a.Outer))+" scopes outward")
	}
	a.Index = b.index
	return nil
}
