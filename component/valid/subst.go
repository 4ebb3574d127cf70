// This file replaces resource types and named types in types, as importing an
// instance and instantiating a component do (explainer, section "Type
// Checking").

package valid

import "github.com/dray-wasm/dray/component"

// A subst replaces types. It remembers what it did, so that types that share
// parts do afterwards.
type subst struct {
	v *validator
	// types are the named types that are replaced, and all types that were
	// looked at with what became of them.
	types map[TypeID]TypeID
	// resources are the resource types that are replaced.
	resources map[ResourceID]ResourceID
	// open is the scope whose resource types each become a new one of the
	// present scope when there is nothing else to replace them; 0 for none.
	open scopeID
	// imported marks these new ones as imported.
	imported bool
}

func (v *validator) newSubst() *subst {
	return &subst{v: v, types: make(map[TypeID]TypeID), resources: make(map[ResourceID]ResourceID)}
}

// idle tells whether there is nothing to replace.
func (s *subst) idle() bool { return s.open == 0 && len(s.types) == 0 && len(s.resources) == 0 }

// apply is a type with all replacements.
func (s *subst) apply(id TypeID) (TypeID, error) {
	store := s.v.types
	if p := store.types[id].props; id == 0 || p&(hasResource|hasNamed) == 0 || s.idle() {
		return id, nil
	}
	if out, ok := s.types[id]; ok {
		return out, nil
	}
	if s.v.copies++; s.v.copies > MaxCopies {
		return 0, errf(CodeLimit, "instantiations make too many types: more than %d", MaxCopies)
	}
	var out TypeID
	var err error
	switch t := store.types[id]; t.Kind {
	case KindResource:
		out = s.resource(id, t.Resource)
	case KindInstance, KindComponent:
		out, err = s.externs(id)
	default:
		out, err = s.parts(id)
	}
	if err != nil {
		return 0, err
	}
	s.types[id] = out
	return out, nil
}

// resource replaces a resource type.
func (s *subst) resource(id TypeID, r ResourceID) TypeID {
	store := s.v.types
	if to, ok := s.resources[r]; ok {
		if to == r {
			return id
		}
		t := Type{Kind: KindResource, Resource: to, size: 1, depth: 1, props: hasResource | hasNamed}
		t.canon = store.resources[to].first
		return store.push(t)
	}
	if s.open == 0 || store.resources[r].scope != s.open {
		return id
	}
	out := s.v.resource(s.imported, nil)
	s.resources[r] = store.types[out].Resource
	return out
}

// parts replaces the parts of a value type or function type.
func (s *subst) parts(id TypeID) (TypeID, error) {
	t := s.v.types.types[id]
	changed := false
	elems := make([]TypeID, len(t.Elems))
	for i, e := range t.Elems {
		out, err := s.apply(e)
		if err != nil {
			return 0, err
		}
		elems[i] = out
		changed = changed || out != e
	}
	result, err := s.apply(t.Result)
	if err != nil {
		return 0, err
	}
	if !changed && result == t.Result {
		return id, nil
	}
	s.v.copies += len(elems)
	return s.v.types.add(Type{Kind: t.Kind, Async: t.Async, Fixed: t.Fixed, Len: t.Len, Labels: t.Labels, Elems: elems, Result: result})
}

// externs replaces types in an instance or component type. The resource types
// that it binds stay, for nothing replaces them but opening that very type.
func (s *subst) externs(id TypeID) (TypeID, error) {
	t := s.v.types.types[id]
	imports, changed, err := s.list(t.ext.imports)
	if err != nil {
		return 0, err
	}
	exports, changedExports, err := s.list(t.ext.exports)
	if err != nil {
		return 0, err
	}
	scope := t.ext.scope
	if scope == s.open {
		scope = 0
	}
	if !changed && !changedExports && scope == t.ext.scope {
		return id, nil
	}
	return s.v.types.addExterns(t.Kind, &externs{imports: imports, exports: exports, scope: scope,
		importAt: t.ext.importAt, exportAt: t.ext.exportAt})
}

// list replaces types in a list of imports or exports.
func (s *subst) list(list []Extern) (out []Extern, changed bool, err error) {
	s.v.copies += len(list)
	if s.v.copies > MaxCopies {
		return nil, false, errf(CodeLimit, "instantiations make too many types: more than %d", MaxCopies)
	}
	out = list
	for i, x := range list {
		if x.Sort == component.SortCoreModule {
			continue
		}
		to, err := s.apply(x.Type)
		if err != nil {
			return nil, false, err
		}
		if to == x.Type {
			continue
		}
		if !changed {
			out, changed = append([]Extern(nil), list...), true
		}
		out[i].Type = to
	}
	return out, changed, nil
}

// opened is an instance type for an instance of its own: each resource type
// that the type binds becomes a new one of the present scope.
func (v *validator) opened(id TypeID, imported bool) (TypeID, error) {
	e := v.types.types[id].ext
	if e.scope == 0 {
		return id, nil
	}
	s := v.newSubst()
	s.open, s.imported = e.scope, imported
	return s.apply(id)
}

// refersToResources tells whether a type refers to a resource type that it
// does not bind itself.
func (v *validator) refersToResources(id TypeID) (bool, error) {
	t := &v.types.types[id]
	if t.props&hasResource == 0 {
		return false, nil
	}
	if t.ext == nil {
		return true, nil
	}
	if t.ext.free == 0 {
		f := freeWalk{v: v, seen: make(map[TypeID]bool), binders: make(map[scopeID]bool), used: make(map[scopeID]bool)}
		if err := f.walk(id); err != nil {
			return false, err
		}
		t.ext.free = 1
		for scope := range f.used {
			if !f.binders[scope] {
				t.ext.free = 2
			}
		}
	}
	return t.ext.free == 2, nil
}

// A freeWalk gathers the scopes of the resource types in a type, and those of
// the types in it that bind resource types. A resource type occurs in a type
// outside of the one that binds it only when the former does not contain the
// latter.
type freeWalk struct {
	v             *validator
	seen          map[TypeID]bool
	binders, used map[scopeID]bool
}

func (f *freeWalk) walk(id TypeID) error {
	t := &f.v.types.types[id]
	if t.props&hasResource == 0 || f.seen[id] {
		return nil
	}
	f.seen[id] = true
	n := 1 + len(t.Elems)
	if t.ext != nil {
		n += len(t.ext.imports) + len(t.ext.exports)
	}
	if err := f.v.charge(n); err != nil {
		return err
	}
	if t.Kind == KindResource {
		f.used[f.v.types.resources[t.Resource].scope] = true
		return nil
	}
	for _, e := range t.Elems {
		if err := f.walk(e); err != nil {
			return err
		}
	}
	if err := f.walk(t.Result); err != nil {
		return err
	}
	if t.ext == nil {
		return nil
	}
	f.binders[t.ext.scope] = true
	for _, list := range [2][]Extern{t.ext.imports, t.ext.exports} {
		for _, x := range list {
			if err := f.walk(x.Type); err != nil {
				return err
			}
		}
	}
	return nil
}
