// This file follows definitions through the index spaces of component types
// and instance types, and binds what has names to WIT.

package encode

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wit"
)

// A node is a type in an index space.
type node struct {
	// def is what it is defined as, with indices of scope.
	def   component.DefType
	scope *scope
	// eq is the type that it is another name of.
	eq *node
	// resource is set for a resource type that is no other name of one.
	resource bool
	// td is the type of WIT that it is.
	td *wit.TypeDef
}

// base is the node behind other names.
func (n *node) base() *node {
	for n.eq != nil {
		n = n.eq
	}
	return n
}

// An instance is what an instance exports.
type instance struct {
	items []item
	at    map[string]int
}

// An item is an import or export.
type item struct {
	name component.ExternName
	sort component.Sort
	typ  *node // a type, or the type of a function
	inst *instance
	comp *closure
}

// A closure is a component with the scope that it is in.
type closure struct {
	c  *component.Component
	up *scope
}

func (i *instance) add(x item) {
	if i.at == nil {
		i.at = map[string]int{}
	}
	i.at[x.name.Name] = len(i.items)
	i.items = append(i.items, x)
}

func (i *instance) item(name string) item {
	if i != nil {
		if n, ok := i.at[name]; ok {
			return i.items[n]
		}
	}
	return item{typ: unknown}
}

// unknown stands for what cannot be followed.
var unknown = &node{}

// A scope is the index spaces of a component, component type or instance type.
type scope struct {
	d         *decoder
	up        *scope
	types     []*node
	funcs     []*node
	instances []*instance
	comps     []*closure
	// owner is what names of types and functions are bound to: that of the
	// world of a component, or of an interface; nil for none.
	owner *owner
	// args are what a component is instantiated with; made is what it exports.
	args map[string]item
	made *instance
	// depth counts instantiations within others.
	depth int
}

func (s *scope) typeAt(i uint32) *node {
	if int64(i) < int64(len(s.types)) {
		return s.types[i]
	}
	return unknown
}

// declare adds the declarations of a component or instance type.
func (s *scope) declare(decls []component.Decl) error {
	if err := s.d.step(len(decls)); err != nil {
		return err
	}
	for _, decl := range decls {
		var err error
		switch x := decl.(type) {
		case *component.TypeDef:
			s.types = append(s.types, s.node(x.Type))
		case *component.Alias:
			s.alias(x)
		case *component.Import:
			err = s.bind(x.Name, x.Type, false)
		case *component.ExportDecl:
			err = s.bind(x.Name, x.Type, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// node is a type as defined.
func (s *scope) node(def component.DefType) *node {
	_, resource := def.(*component.ResourceType)
	return &node{def: def, scope: s, resource: resource}
}

// typeNode is the type that an import or export of a type gets.
func (s *scope) typeNode(t component.ExternType) *node {
	if t.Bound == component.BoundEq {
		return &node{eq: s.typeAt(t.Index)}
	}
	return &node{resource: true}
}

// bind adds an import or a declared export, and binds it to WIT.
func (s *scope) bind(name component.ExternName, t component.ExternType, export bool) error {
	x := item{name: name, sort: t.Sort}
	var err error
	switch t.Sort {
	case component.SortType:
		x.typ = s.typeNode(t)
		if s.owner != nil {
			err = s.owner.declareType(name, x.typ)
		}
	case component.SortFunc:
		x.typ = s.typeAt(t.Index)
		if s.owner != nil {
			err = s.owner.declareFunc(name, x.typ, export)
		}
	case component.SortInstance:
		if s.owner != nil && s.owner.world == nil {
			return errorf("the interface exports the instance %q, which WIT cannot express", name.Name)
		}
		x.inst, err = s.bindInstance(name, s.typeAt(t.Index), nil, export)
	default:
		if s.owner != nil && s.owner.world != nil {
			err = errorf("WIT cannot express the %s %q", t.Sort, name.Name)
		}
	}
	if err != nil {
		return err
	}
	s.add(x)
	return nil
}

// add puts an item at the end of its index space, and among what is exported.
func (s *scope) add(x item) {
	switch x.sort {
	case component.SortType:
		s.types = append(s.types, x.typ)
	case component.SortFunc:
		s.funcs = append(s.funcs, x.typ)
	case component.SortInstance:
		s.instances = append(s.instances, x.inst)
	case component.SortComponent:
		s.comps = append(s.comps, x.comp)
	}
	if s.made != nil {
		s.made.add(x)
	}
}

// target is the interface of an import or export of an instance, and the item
// of the world for it.
func (s *scope) target(name component.ExternName) (*wit.WorldItem, error) {
	it := &wit.WorldItem{}
	of := name.Name
	for _, a := range name.Attrs {
		switch a.Kind {
		case component.Implements:
			of = a.Value
		case component.ExternalID:
			it.ExternalID = a.Value
		case component.VersionSuffix:
			of += a.Value
		}
	}
	var err error
	if valtype.CheckLabel(name.Name) == nil {
		it.Name = name.Name
	}
	if valtype.CheckLabel(of) != nil {
		it.Interface, err = s.d.iface(of)
		return it, err
	}
	it.Interface = &wit.Interface{Package: s.owner.world.Package}
	s.d.owners[it.Interface] = s.d.newOwner(it.Interface, nil)
	return it, nil
}

// bindInstance binds an instance to an interface: one with a type, or with
// exports that are known.
func (s *scope) bindInstance(name component.ExternName, t *node, known *instance, export bool) (*instance, error) {
	var o *owner
	if s.owner != nil || valtype.CheckLabel(name.Name) != nil {
		if s.owner != nil && s.owner.world.Package == nil {
			return nil, errorf("the instance %q has no place in WIT", name.Name)
		}
		it, err := s.target(name)
		if err != nil {
			return nil, err
		}
		o = s.d.owners[it.Interface]
		if s.owner != nil {
			s.owner.addItem(it, export)
		}
	}
	if known != nil {
		return s.rebind(known, o)
	}
	return s.instantiateType(t, o)
}

// instantiateType is an instance of an instance type, bound to an interface
// where o is not nil.
func (s *scope) instantiateType(t *node, o *owner) (*instance, error) {
	def, ok := t.base().def.(*component.InstanceType)
	if !ok {
		return &instance{}, nil
	}
	in := &scope{d: s.d, up: t.base().scope, owner: o, made: &instance{}}
	o.begin()
	if err := in.declare(def.Decls); err != nil {
		return nil, err
	}
	o.end()
	return in.made, nil
}

// rebind binds the exports of an instance to an interface. Types get a node of
// their own, as exports of types do.
func (s *scope) rebind(known *instance, o *owner) (*instance, error) {
	out := &instance{}
	if err := s.d.step(len(known.items)); err != nil {
		return nil, err
	}
	o.begin()
	for _, x := range known.items {
		switch {
		case o == nil:
		case x.sort == component.SortType:
			x.typ = &node{eq: x.typ}
			if err := o.declareType(x.name, x.typ); err != nil {
				return nil, err
			}
		case x.sort == component.SortFunc:
			if err := o.declareFunc(x.name, x.typ, true); err != nil {
				return nil, err
			}
		default:
			return nil, errorf("an exported instance exports the %s %q, which WIT cannot express", x.sort, x.name.Name)
		}
		out.add(x)
	}
	o.end()
	return out, nil
}

// alias adds a definition from elsewhere.
func (s *scope) alias(a *component.Alias) {
	if a.Sort.Core() {
		return
	}
	x := item{typ: unknown}
	switch a.Kind {
	case component.AliasExport:
		if int64(a.Instance) < int64(len(s.instances)) {
			x = s.instances[a.Instance].item(a.Name)
		}
	case component.AliasOuter:
		outer := s
		for n := uint32(0); n < a.Outer && outer != nil; n++ {
			outer = outer.up
		}
		switch {
		case outer == nil:
		case a.Sort == component.SortType:
			x.typ = outer.typeAt(a.Index)
		case a.Sort == component.SortComponent && int64(a.Index) < int64(len(outer.comps)):
			x.comp = outer.comps[a.Index]
		}
	}
	x.sort = a.Sort
	made := s.made
	s.made = nil // an alias is no export
	s.add(x)
	s.made = made
}
