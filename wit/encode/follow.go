// This file follows the definitions of components: what they import, make of
// other components, and export.

package encode

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wit"
)

// component reads the imports and exports of a component as a world.
func (d *decoder) component(c *component.Component, w *wit.World) error {
	s := &scope{d: d, owner: d.worldOwner(w)}
	return s.define(c)
}

// define adds the definitions of a component.
func (s *scope) define(c *component.Component) error {
	if err := s.d.step(len(c.Defs) + 1); err != nil {
		return err
	}
	if s.depth > maxDepth {
		return diag.Errorf(CodeLimit, diag.Pos{}, "components instantiate others too deeply: more than %d levels", maxDepth)
	}
	for _, def := range c.Defs {
		var err error
		switch x := def.(type) {
		case *component.TypeDef:
			s.types = append(s.types, s.node(x.Type))
		case *component.Alias:
			s.alias(x)
		case *component.Component:
			s.comps = append(s.comps, &closure{c: x, up: s})
		case *component.Instance:
			err = s.instance(x)
		case *component.Canon:
			if x.Op == component.CanonLift {
				s.funcs = append(s.funcs, s.typeAt(x.Type))
			}
		case *component.Import:
			err = s.importDef(x)
		case *component.Export:
			err = s.exportDef(x)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// instance makes an instance.
func (s *scope) instance(x *component.Instance) error {
	if x.Inline {
		made := &instance{}
		for _, e := range x.Exports {
			made.add(s.item(e.Name, e.Item))
		}
		s.instances = append(s.instances, made)
		return s.d.step(len(x.Exports))
	}
	if int64(x.Component) >= int64(len(s.comps)) || s.comps[x.Component] == nil || s.comps[x.Component].c == nil {
		return errorf("a component is instantiated of which only the type is known; its exports cannot be followed")
	}
	of := s.comps[x.Component]
	in := &scope{d: s.d, up: of.up, depth: s.depth + 1, args: make(map[string]item, len(x.Args)), made: &instance{}}
	for _, a := range x.Args {
		in.args[a.Name] = s.item(component.ExternName{Name: a.Name}, a.Item)
	}
	if err := in.define(of.c); err != nil {
		return err
	}
	s.instances = append(s.instances, in.made)
	return nil
}

// item is a definition of this scope under a name.
func (s *scope) item(name component.ExternName, si component.SortIdx) item {
	x := item{name: name, sort: si.Sort, typ: unknown}
	i := int64(si.Index)
	switch {
	case si.Sort == component.SortType:
		x.typ = s.typeAt(si.Index)
	case si.Sort == component.SortFunc && i < int64(len(s.funcs)):
		x.typ = s.funcs[i]
	case si.Sort == component.SortInstance && i < int64(len(s.instances)):
		x.inst = s.instances[i]
	case si.Sort == component.SortComponent && i < int64(len(s.comps)):
		x.comp = s.comps[i]
	}
	return x
}

// importDef adds an import: of a component that is instantiated, what it is
// given.
func (s *scope) importDef(x *component.Import) error {
	if s.args == nil {
		return s.bind(x.Name, x.Type, false)
	}
	given, ok := s.args[x.Name.Name]
	if !ok || given.sort != x.Type.Sort {
		given = item{name: x.Name, sort: x.Type.Sort, typ: unknown}
	}
	made := s.made
	s.made = nil // an import is no export
	s.add(given)
	s.made = made
	return nil
}

// exportDef adds an export.
func (s *scope) exportDef(x *component.Export) error {
	it := s.item(x.Name, x.Item)
	if s.owner == nil {
		if it.sort == component.SortType {
			it.typ = &node{eq: it.typ}
		} else if x.Type != nil && it.sort == component.SortFunc {
			it.typ = s.typeAt(x.Type.Index)
		}
		s.add(it)
		return nil
	}
	if x.Type != nil && x.Type.Sort != component.SortType {
		if x.Type.Sort == component.SortInstance {
			inst, err := s.bindInstance(x.Name, s.typeAt(x.Type.Index), nil, true)
			it.inst = inst
			s.add(it)
			return err
		}
		return s.bind(x.Name, *x.Type, true)
	}
	var err error
	switch it.sort {
	case component.SortType:
		it.typ = &node{eq: it.typ}
		if _, ok := it.typ.base().def.(*component.ComponentType); !ok {
			err = s.owner.declareType(x.Name, it.typ)
		}
	case component.SortFunc:
		err = s.owner.declareFunc(x.Name, it.typ, true)
	case component.SortInstance:
		it.inst, err = s.bindInstance(x.Name, unknown, it.inst, true)
	default:
		err = errorf("WIT cannot express the export %q: it is a %s", x.Name.Name, it.sort)
	}
	s.add(it)
	return err
}
