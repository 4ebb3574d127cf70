// This file is the scopes that definitions live in, and their index spaces and
// identifiers (explainer, section "Index Spaces").

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// A scopeKind is the kind of a scope.
type scopeKind uint8

// The kinds of scope.
const (
	scopeComponent scopeKind = iota
	scopeComponentType
	scopeInstanceType
	scopeModuleType
)

// sortScope stands for a sort in the symbols of scopes.
const sortScope = component.NumSorts

// A scope is a component or a type that is being read.
type scope struct {
	kind   scopeKind
	parent *scope
	// depth is the number of enclosing scopes, first the number of bindings
	// outside of this scope.
	depth, first int
	counts       [component.NumSorts]uint32

	// One of these takes the definitions.
	defs  []component.Definition
	decls []component.Decl
	core  []component.ModuleDecl

	// late are the inline exports of a component.
	late []*component.Export
	// names are the names of definitions of a component.
	names [component.NumSorts]wasm.NameMap
	// hasNames is set when the component has a name section as text.
	hasNames bool
	// resolved are the types of a component, for values.
	resolved []typeEntry
	// funcTypes finds explicit function types of a module type.
	funcTypes map[string]uint32
}

// A typeEntry is what is known of a type: its definition, nil when it comes
// from outside, and the scope that its indices are in.
type typeEntry struct {
	def component.DefType
	in  *scope
}

// push opens a scope. id is what outer aliases call it, "" for nothing.
func (p *parser) push(kind scopeKind, id string) {
	sc := &scope{kind: kind, parent: p.scope, first: len(p.symbols.bindings)}
	if sc.parent != nil {
		sc.depth = sc.parent.depth + 1
	}
	p.scope = sc
	if id != "" {
		p.symbols.define(symbol{sortScope, id}, sc.depth, 0)
	}
}

// pop closes the scope and gives it.
func (p *parser) pop() *scope {
	sc := p.scope
	p.symbols.cut(sc.first)
	p.scope = sc.parent
	return sc
}

// add appends a definition or declaration to the scope. It does not touch the
// index spaces.
func (p *parser) add(d any) error {
	n := 0
	switch p.kind {
	case scopeComponent:
		p.defs = append(p.defs, d.(component.Definition))
		n = len(p.defs)
	case scopeModuleType:
		p.core = append(p.core, d.(component.ModuleDecl))
		n = len(p.core)
	default:
		p.decls = append(p.decls, d.(component.Decl))
		n = len(p.decls)
	}
	if n > binary.MaxDefs {
		return p.limit(p.s.Mark(), binary.MaxDefs, "definitions in a component or type")
	}
	return nil
}

// bind gives the next index of a sort to what b names.
func (p *parser) bind(sort component.Sort, b binder) (uint32, error) {
	index := p.counts[sort]
	p.counts[sort]++
	if b.id != "" && !p.symbols.define(symbol{sort, b.id}, p.depth, index) {
		return 0, p.s.Errorf(CodeName, b.pos, "duplicate %s identifier `$%s`: it is defined already in this scope", sort, b.id)
	}
	if b.named && p.kind == scopeComponent {
		p.names[sort] = append(p.names[sort], wasm.NameAssoc{Index: index, Name: b.name})
	}
	return index, nil
}

// define appends a definition of a sort.
func (p *parser) define(d any, sort component.Sort, b binder) (uint32, error) {
	if err := p.add(d); err != nil {
		return 0, err
	}
	return p.bind(sort, b)
}

// defineType appends a definition whose index is that of a type.
func (p *parser) defineType(d any, entry typeEntry, b binder) (uint32, error) {
	if p.kind == scopeComponent {
		p.resolved = append(p.resolved, entry)
	}
	return p.define(d, component.SortType, b)
}

// typeEntry is what is known of the type with an index, which need not exist.
func (sc *scope) typeEntry(index uint32) typeEntry {
	if uint64(index) < uint64(len(sc.resolved)) {
		return sc.resolved[index]
	}
	return typeEntry{}
}

// outer is the scope that encloses sc at a distance, nil when there is none.
func (sc *scope) outer(count uint32) *scope {
	for ; count > 0 && sc != nil; count-- {
		sc = sc.parent
	}
	return sc
}

// A symbol is an identifier of a sort.
type symbol struct {
	sort component.Sort
	id   string
}

// symbols are the identifiers of all open scopes. bindings is a stack; last
// has the innermost binding of each symbol.
type symbols struct {
	last     map[symbol]int
	bindings []binding
}

// A binding says what a symbol stands for in a scope; outer is the binding of
// the same symbol in an enclosing scope, -1 for none.
type binding struct {
	symbol
	depth int
	index uint32
	outer int
}

// define binds a symbol in the innermost scope, which has the given depth. It
// tells whether the symbol was free.
func (s *symbols) define(sym symbol, depth int, index uint32) bool {
	outer, ok := s.last[sym]
	switch {
	case !ok:
		outer = -1
	case s.bindings[outer].depth == depth:
		return false
	}
	s.last[sym] = len(s.bindings)
	s.bindings = append(s.bindings, binding{sym, depth, index, outer})
	return true
}

// lookup finds the innermost binding of a symbol that is at most at a depth.
func (s *symbols) lookup(sym symbol, depth int) (b binding, ok bool) {
	i, ok := s.last[sym]
	for ok && i >= 0 {
		if s.bindings[i].depth <= depth {
			return s.bindings[i], true
		}
		i = s.bindings[i].outer
	}
	return binding{}, false
}

// cut removes all bindings from number n on.
func (s *symbols) cut(n int) {
	for i := len(s.bindings) - 1; i >= n; i-- {
		if b := s.bindings[i]; b.outer >= 0 {
			s.last[b.symbol] = b.outer
		} else {
			delete(s.last, b.symbol)
		}
	}
	clear(s.bindings[n:])
	s.bindings = s.bindings[:n]
}

// unknown is the error for an identifier that names nothing.
func (p *parser) unknown(t lex.Token, sort string) error {
	id := p.s.Name(t)
	return p.s.Errorf(CodeName, t.Pos, "unknown %s: failed to find name `$%s` among the definitions before it", sort, id)
}
