// This file links what is in interfaces: types and functions.

package wit

import (
	"github.com/dray-wasm/dray/valtype"
)

// A space is the names of an interface or world while it is made.
type space struct {
	lk    *linker
	scope *linkScope
	iface *Interface // or
	world *World

	types map[string]*TypeDef
	// disabled are the types that are left out, with their features.
	disabled map[string]string
	// keys are the names that are taken, as valtype.UniqueKey has them.
	keys map[string]int
	defs map[string]int // index of a type in the list of definitions
}

func (lk *linker) newSpace(scope *linkScope, i *Interface, w *World) *space {
	return &space{lk: lk, scope: scope, iface: i, world: w, types: map[string]*TypeDef{}, disabled: map[string]string{}, keys: map[string]int{}, defs: map[string]int{}}
}

// take takes a name.
func (s *space) take(name string, pos int) error {
	key := valtype.UniqueKey(name)
	if old, ok := s.keys[key]; ok {
		return s.scope.errorf(CodeDuplicate, pos, "the name `%s` is defined twice; the other one is at %s", name, s.scope.file.at(old))
	}
	s.keys[key] = pos
	return nil
}

// buildInterfaces fills all interfaces that are not within worlds.
func (lk *linker) buildInterfaces() error {
	for _, i := range lk.resolve.Interfaces {
		item := lk.itemOf[i]
		s, err := lk.buildInterface(item.scope, i, item.interfaceI)
		if err != nil {
			return err
		}
		item.space = s
	}
	return nil
}

// buildInterface fills an interface.
func (lk *linker) buildInterface(scope *linkScope, i *Interface, defs []*astDef) (*space, error) {
	s := lk.newSpace(scope, i, nil)
	types, err := s.defineTypes(defs)
	if err != nil {
		return nil, err
	}
	i.Types = types
	for _, d := range defs {
		if d.fun == nil || !lk.enabled(d.stability) {
			continue
		}
		f, err := s.function(d, nil)
		if err != nil {
			return nil, err
		}
		i.Funcs = append(i.Funcs, f)
	}
	return s, nil
}

// defineTypes makes the types of definitions: those that are used, then the
// others with each after those that it is made of. It checks the gates of all
// definitions.
func (s *space) defineTypes(defs []*astDef) ([]*TypeDef, error) {
	var types []*TypeDef
	var own []*astDef
	for _, d := range defs {
		if err := s.lk.checkGate(s.scope, d.astMeta); err != nil {
			return nil, err
		}
		enabled := s.lk.enabled(d.stability)
		switch {
		case d.use != nil && !enabled:
			for _, r := range d.use.names {
				s.disabled[r.as.text] = d.stability.Feature
			}
		case d.use != nil:
			used, err := s.use(d)
			if err != nil {
				return nil, err
			}
			types = append(types, used...)
		case d.typ != nil && !enabled:
			s.disabled[d.name.text] = d.stability.Feature
		case d.typ != nil:
			if err := s.take(d.name.text, d.name.pos); err != nil {
				return nil, err
			}
			t := &TypeDef{Name: d.name.text, Interface: s.iface, World: s.world, Docs: d.docs, Stability: d.stability, ExternalID: d.externalID}
			s.types[t.Name] = t
			s.defs[t.Name] = len(own)
			own = append(own, d)
		}
	}
	sorted, err := s.fillTypes(own)
	return append(types, sorted...), err
}

// fillTypes makes the types of definitions what they are.
func (s *space) fillTypes(defs []*astDef) ([]*TypeDef, error) {
	order, cycle := sortTopologically(len(defs), func(i int) []int {
		var deps []int
		t := defs[i].typ
		s.refs(t.alias, &deps)
		for _, f := range t.fields {
			s.refs(f.typ, &deps)
		}
		return deps
	})
	if cycle >= 0 {
		n := defs[cycle].name
		return nil, s.scope.errorf(CodeCycle, n.pos, "type `%s` depends on itself: types cannot be recursive", n.text)
	}
	types := make([]*TypeDef, 0, len(defs))
	for _, i := range order {
		t := s.types[defs[i].name.text]
		if err := s.fill(t, defs[i].typ); err != nil {
			return nil, err
		}
		types = append(types, t)
	}
	for _, i := range order {
		if err := s.resourceFuncs(s.types[defs[i].name.text], defs[i].typ); err != nil {
			return nil, err
		}
	}
	return types, nil
}

// refs adds the definitions that a type names.
func (s *space) refs(t *astType, deps *[]int) {
	if t == nil {
		return
	}
	if i, ok := s.defs[t.word]; ok && t.ident {
		*deps = append(*deps, i)
	}
	for _, a := range t.args {
		s.refs(a, deps)
	}
}

// use makes aliases of types of another interface.
func (s *space) use(d *astDef) ([]*TypeDef, error) {
	target := s.lk.targets[d.use]
	if target == nil {
		var err error
		if target, err = s.lk.findInterface(s.scope, d.use.path); err != nil {
			return nil, err
		}
	}
	var types []*TypeDef
	for _, r := range d.use.names {
		of := target.space.types[r.name.text]
		if of == nil {
			return nil, target.space.unknown(s.scope, r.name, "interface `"+target.iface.ExternName()+"` has no type `"+r.name.text+"`")
		}
		if err := s.take(r.as.text, r.as.pos); err != nil {
			return nil, err
		}
		t := &TypeDef{Name: r.as.text, Interface: s.iface, World: s.world, Kind: &Alias{of}, Stability: d.stability}
		s.lk.borrows[t] = s.lk.borrows[of]
		s.types[t.Name] = t
		types = append(types, t)
	}
	return types, nil
}

// unknown is the error about a name that is no type of the space.
func (s *space) unknown(scope *linkScope, n name, msg string) error {
	if feature, ok := s.disabled[n.text]; ok {
		return scope.errorf(CodeGate, n.pos, "`%s` needs the feature `%s`, which is not enabled", n.text, feature)
	}
	if _, ok := s.keys[valtype.UniqueKey(n.text)]; ok && s.types[n.text] == nil {
		msg += ": it is not a type"
	}
	return scope.errorf(CodeName, n.pos, "%s", msg)
}

// fill gives a type its kind.
func (s *space) fill(t *TypeDef, d *astTypeDef) error {
	fields, err := s.fields(d)
	if err != nil {
		return err
	}
	switch d.kind {
	case defRecord:
		t.Kind = &Record{fields}
	case defVariant:
		t.Kind = &Variant{fields}
	case defEnum:
		t.Kind = &Enum{fields}
	case defFlags:
		t.Kind = &Flags{fields}
	case defResource:
		t.Kind = &Resource{}
	case defAlias:
		if err := s.fillAlias(t, d.alias); err != nil {
			return err
		}
	}
	for _, f := range fields {
		if f.Type != nil && s.lk.borrows[f.Type] {
			s.lk.borrows[t] = true
		}
	}
	return nil
}

// fillAlias gives the type of "type x = y" its kind.
func (s *space) fillAlias(t *TypeDef, a *astType) error {
	if a.ident {
		of, err := s.named(a)
		t.Kind = &Alias{of}
		s.lk.borrows[t] = s.lk.borrows[of]
		return err
	}
	of, err := s.typ(a)
	if err != nil {
		return err
	}
	if _, ok := of.Kind.(*Prim); ok {
		t.Kind = &Alias{of}
	} else {
		t.Kind = of.Kind
		s.lk.borrows[t] = s.lk.borrows[of]
	}
	return nil
}

// fields makes the fields, cases or flags of a definition.
func (s *space) fields(d *astTypeDef) ([]Field, error) {
	seen := make(map[string]bool, len(d.fields))
	fields := make([]Field, 0, len(d.fields))
	for _, f := range d.fields {
		key := valtype.UniqueKey(f.name.text)
		if seen[key] {
			return nil, s.scope.errorf(CodeDuplicate, f.name.pos, "the name `%s` is there twice", f.name.text)
		}
		seen[key] = true
		t, err := s.optional(f.typ)
		if err != nil {
			return nil, err
		}
		fields = append(fields, Field{f.name.text, t, f.docs})
	}
	return fields, nil
}

// named is the type of a name.
func (s *space) named(t *astType) (*TypeDef, error) {
	of := s.types[t.word]
	if of == nil {
		return nil, s.unknown(s.scope, name{t.word, t.pos}, "there is no type `"+t.word+"`")
	}
	return of, nil
}

// optional is a type, or nil for none.
func (s *space) optional(t *astType) (*TypeDef, error) {
	if t == nil {
		return nil, nil
	}
	return s.typ(t)
}

// typ is a type where it is used: the name of a resource is an owned handle.
func (s *space) typ(t *astType) (*TypeDef, error) {
	if t.ident {
		of, err := s.named(t)
		if err != nil {
			return nil, err
		}
		if _, ok := of.Resolved().Kind.(*Resource); ok {
			return &TypeDef{Kind: &Own{of}}, nil
		}
		return of, nil
	}
	if p, ok := valtype.ParsePrim(t.word); ok {
		return PrimType(p), nil
	}
	if t.word == "own" || t.word == "borrow" {
		return s.handle(t)
	}
	return s.generic(t)
}

// handle is "own<r>" or "borrow<r>".
func (s *space) handle(t *astType) (*TypeDef, error) {
	of, err := s.named(t.args[0])
	if err != nil {
		return nil, err
	}
	if _, ok := of.Resolved().Kind.(*Resource); !ok {
		return nil, s.scope.errorf(CodeType, t.args[0].pos, "`%s` is not a resource: %s needs one", of.Name, t.word)
	}
	if t.word == "own" {
		return &TypeDef{Kind: &Own{of}}, nil
	}
	h := &TypeDef{Kind: &Borrow{of}}
	s.lk.borrows[h] = true
	return h, nil
}

// generic is a type with others in angle brackets.
func (s *space) generic(t *astType) (*TypeDef, error) {
	args := make([]*TypeDef, max(len(t.args), 2))
	made := &TypeDef{}
	for i, a := range t.args {
		var err error
		if args[i], err = s.optional(a); err != nil {
			return nil, err
		}
		if args[i] != nil && s.lk.borrows[args[i]] {
			s.lk.borrows[made] = true
		}
	}
	switch t.word {
	case "tuple":
		made.Kind = &Tuple{args[:len(t.args)]}
	case "list":
		made.Kind = &List{args[0], t.fixed, t.length}
	case "option":
		made.Kind = &Option{args[0]}
	case "result":
		made.Kind = &Result{args[0], args[1]}
	case "stream":
		made.Kind = &Stream{args[0]}
	case "future":
		made.Kind = &Future{args[0]}
	case "map":
		made.Kind = &Map{args[0], args[1]}
	}
	return made, nil
}
