package main

// This file finds out what the imports and exports of a component are: it
// follows definitions through index spaces, as far as names and types go. The
// component need not be valid: what leads nowhere is unknown.

import (
	"github.com/dray-wasm/dray/component"
)

// A witType is a type in a scope.
type witType struct {
	// name is what it was imported, exported or aliased as, "" for none, and
	// owner the instance that it was aliased from.
	name, owner string
	def         component.DefType // nil for a resource and what is unknown
	resource    bool
	scope       *witScope // where the indices in def count
}

// A witItem is an import or export.
type witItem struct {
	name string
	sort component.Sort
	typ  *witType // of a func (its function type) and a type
	inst *witInst
}

// A witInst is an instance: its name, if it was imported, and its exports.
type witInst struct {
	name string
	*witExports
}

// A witExports is exports, which instances of one type share.
type witExports struct {
	items []witItem
	at    map[string]int // by name; made when it is needed
}

// A witScope is the index spaces of a component or of a component or instance
// type.
type witScope struct {
	r         *witResolver
	parent    *witScope
	types     []*witType
	funcs     []*witType
	instances []*witInst
	comps     []*witInst // what instantiating it gives
	imports   []witItem
	exports   []witItem
}

// A witResolver remembers the instance types that were looked into.
type witResolver struct {
	seen map[*component.InstanceType]*witExports
}

var (
	unknownType = &witType{}
	unknownInst = &witInst{"", &witExports{}}
)

// resolveComponent is the scope of a component.
func resolveComponent(c *component.Component) *witScope {
	r := &witResolver{seen: map[*component.InstanceType]*witExports{}}
	return r.component(c, nil)
}

func (r *witResolver) component(c *component.Component, parent *witScope) *witScope {
	s := &witScope{r: r, parent: parent}
	for _, d := range c.Defs {
		s.define(d)
	}
	return s
}

// define adds a definition of a component.
func (s *witScope) define(d component.Definition) {
	switch d := d.(type) {
	case *component.TypeDef:
		s.types = append(s.types, s.typeOf(d.Type))
	case *component.Alias:
		s.alias(d)
	case *component.Component:
		s.comps = append(s.comps, &witInst{"", s.r.component(d, s).made()})
	case *component.Instance:
		s.instances = append(s.instances, s.instantiate(d))
	case *component.Canon:
		if d.Op == component.CanonLift {
			s.funcs = append(s.funcs, s.typeAt(d.Type))
		}
	case *component.Import:
		s.imports = append(s.imports, s.bind(d.Name.Name, d.Type))
	case *component.Export:
		item := s.item(d.Name.Name, d.Item)
		if d.Type != nil {
			s.exports = append(s.exports, s.bindAs(d.Name.Name, *d.Type, item))
		} else {
			s.add(item)
			s.exports = append(s.exports, item)
		}
	}
}

// made is the exports of the scope once all its definitions are in.
func (s *witScope) made() *witExports { return &witExports{items: s.exports} }

// typeOf is a type as defined. What is in an instance type is found at once,
// so that types that are made of earlier ones do not nest.
func (s *witScope) typeOf(def component.DefType) *witType {
	_, resource := def.(*component.ResourceType)
	t := &witType{def: def, resource: resource, scope: s}
	if _, ok := def.(*component.InstanceType); ok {
		s.instanceOf("", t)
	}
	return t
}

// declare adds the declarations of a component or instance type.
func (s *witScope) declare(decls []component.Decl) {
	for _, d := range decls {
		switch d := d.(type) {
		case *component.TypeDef:
			s.types = append(s.types, s.typeOf(d.Type))
		case *component.Alias:
			s.alias(d)
		case *component.Import:
			s.imports = append(s.imports, s.bind(d.Name.Name, d.Type))
		case *component.ExportDecl:
			s.exports = append(s.exports, s.bind(d.Name.Name, d.Type))
		}
	}
}

// bind adds what a name of a type stands for: an import, or a declared export.
func (s *witScope) bind(name string, t component.ExternType) witItem {
	return s.bindAs(name, t, witItem{})
}

// bindAs is bind for something that is known beyond its type.
func (s *witScope) bindAs(name string, t component.ExternType, known witItem) witItem {
	item := witItem{name: name, sort: t.Sort}
	switch t.Sort {
	case component.SortFunc:
		item.typ = s.typeAt(t.Index)
	case component.SortType:
		item.typ = &witType{name: name, resource: true}
		if t.Bound == component.BoundEq {
			of := s.typeAt(t.Index)
			item.typ = &witType{name: name, owner: of.owner, def: of.def, resource: of.resource, scope: of.scope}
			if of.owner != "" && of.name != name {
				item.typ.name = of.name
			}
		}
	case component.SortInstance:
		item.inst = s.instanceOf(name, s.typeAt(t.Index))
		if len(item.inst.items) == 0 && known.inst != nil {
			item.inst = &witInst{name, known.inst.witExports}
		}
	}
	if t.Sort == component.SortComponent {
		item.inst = known.inst
	}
	s.add(item)
	return item
}

// add puts an item at the end of its index space.
func (s *witScope) add(item witItem) {
	switch item.sort {
	case component.SortFunc:
		s.funcs = append(s.funcs, item.typ)
	case component.SortType:
		t := *item.typ
		t.name, t.owner = item.name, ""
		s.types = append(s.types, &t)
	case component.SortInstance:
		s.instances = append(s.instances, item.inst)
	case component.SortComponent:
		inst := item.inst
		if inst == nil {
			inst = unknownInst
		}
		s.comps = append(s.comps, inst)
	}
}

// item is a definition of this scope under a name.
func (s *witScope) item(name string, x component.SortIdx) witItem {
	item := witItem{name: name, sort: x.Sort}
	switch x.Sort {
	case component.SortFunc:
		item.typ = at(s.funcs, x.Index, unknownType)
	case component.SortType:
		t := *s.typeAt(x.Index)
		if t.owner == "" {
			t.name = name
		}
		item.typ = &t
	case component.SortInstance:
		item.inst = &witInst{name, at(s.instances, x.Index, unknownInst).witExports}
	case component.SortComponent:
		item.inst = at(s.comps, x.Index, unknownInst)
	}
	return item
}

func (s *witScope) instantiate(d *component.Instance) *witInst {
	if !d.Inline {
		return &witInst{"", at(s.comps, d.Component, unknownInst).witExports}
	}
	items := make([]witItem, len(d.Exports))
	for i, e := range d.Exports {
		items[i] = s.item(e.Name.Name, e.Item)
	}
	return &witInst{"", &witExports{items: items}}
}

// instanceOf is an instance of an instance type.
func (s *witScope) instanceOf(name string, t *witType) *witInst {
	def, ok := t.def.(*component.InstanceType)
	if !ok {
		return &witInst{name, unknownInst.witExports}
	}
	if s.r.seen[def] == nil {
		inner := &witScope{r: s.r, parent: t.scope}
		inner.declare(def.Decls)
		s.r.seen[def] = inner.made()
	}
	return &witInst{name, s.r.seen[def]}
}

// export finds an export of an instance.
func (e *witExports) export(name string) (witItem, bool) {
	if e.at == nil {
		e.at = make(map[string]int, len(e.items))
		for n := range e.items {
			e.at[e.items[n].name] = n
		}
	}
	n, ok := e.at[name]
	if !ok {
		return witItem{}, false
	}
	return e.items[n], true
}

// alias adds a definition from elsewhere.
func (s *witScope) alias(a *component.Alias) {
	if a.Sort.Core() {
		return
	}
	item := witItem{name: a.Name, sort: a.Sort, typ: unknownType, inst: unknownInst}
	switch a.Kind {
	case component.AliasExport:
		inst := at(s.instances, a.Instance, unknownInst)
		found, ok := inst.export(a.Name)
		if ok && found.sort == a.Sort {
			item = found
		}
		if a.Sort == component.SortType {
			t := *item.typ
			t.name, t.owner = a.Name, inst.name
			s.types = append(s.types, &t)
			return
		}
	case component.AliasOuter:
		outer := s
		for n := uint32(0); n < a.Outer && outer != nil; n++ {
			outer = outer.parent
		}
		if outer == nil {
			break
		}
		switch a.Sort {
		case component.SortType:
			s.types = append(s.types, outer.typeAt(a.Index))
			return
		case component.SortComponent:
			item.inst = at(outer.comps, a.Index, unknownInst)
		}
	}
	if item.typ == nil {
		item.typ = unknownType
	}
	s.add(item)
}

func (s *witScope) typeAt(i uint32) *witType { return at(s.types, i, unknownType) }

// at is an element of an index space, or what stands for one that is not there.
func at[T any](space []T, i uint32, missing T) T {
	if int64(i) < int64(len(space)) {
		return space[i]
	}
	return missing
}
