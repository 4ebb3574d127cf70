// This file is imports and exports (explainer, section "Import and Export
// Definitions").

package valid

import (
	"github.com/dray-wasm/dray/component"
)

// An externList is the imports or the exports of a scope.
type externList struct {
	list []Extern
	// names are the names by their unique keys.
	names map[string]string
	// resources are the resource types with a plain name here.
	resources map[TypeID]string
	labels    map[string]bool // their names, in lower case
	// visible are the types that others in the list may refer to.
	visible map[TypeID]bool
}

// extern is the type of an import or export. Resource types in it are new ones
// of the present scope.
func (v *validator) extern(name string, t component.ExternType, imported bool) (Extern, error) {
	x := Extern{Name: name, Sort: t.Sort}
	var err error
	switch t.Sort {
	case component.SortCoreModule:
		x.Module, err = v.moduleType(t.Index)
	case component.SortFunc:
		x.Type, err = v.kindAt(t.Index, KindFunc)
	case component.SortValue:
		x.Type, err = v.valueType(t)
	case component.SortType:
		if t.Bound == component.BoundSubResource {
			x.Type = v.resource(imported, nil)
		} else if x.Type, err = v.scope.typeAt(t.Index); err == nil {
			x.Type = v.types.rename(x.Type)
		}
	case component.SortComponent:
		x.Type, err = v.kindAt(t.Index, KindComponent)
	case component.SortInstance:
		if x.Type, err = v.kindAt(t.Index, KindInstance); err == nil {
			x.Type, err = v.opened(x.Type, imported)
		}
	default:
		err = errf(CodeSort, "a %s cannot be imported or exported: %q", t.Sort, name)
	}
	return x, err
}

// valueType is the type of an imported or exported value.
func (v *validator) valueType(t component.ExternType) (TypeID, error) {
	if err := v.needs(component.FeatureValues, "an imported or exported value"); err != nil {
		return 0, err
	}
	if t.Bound != component.BoundEq {
		return v.valType(t.Value)
	}
	if err := v.scope.check(component.SortValue, t.Index); err != nil {
		return 0, err
	}
	return v.scope.Values[t.Index], nil
}

// importDef checks an import of a component or component type.
func (v *validator) importDef(d *component.Import) error {
	if v.scope.kind != KindComponent {
		return errf(CodeSort, "an instance type cannot have imports, but there is one named %q", d.Name.Name)
	}
	x, err := v.extern(d.Name.Name, d.Type, true)
	if err != nil {
		return within(err, "import "+quote(d.Name.Name))
	}
	if err := v.declare(d.Name, x, true); err != nil {
		return err
	}
	return v.scope.define(x)
}

// exportDecl checks an export of a component or instance type.
func (v *validator) exportDecl(d *component.ExportDecl) error {
	x, err := v.extern(d.Name.Name, d.Type, false)
	if err != nil {
		return within(err, "export "+quote(d.Name.Name))
	}
	if err := v.declare(d.Name, x, false); err != nil {
		return err
	}
	return v.scope.define(x)
}

// exportDef checks an export of a component.
func (v *validator) exportDef(d *component.Export) error {
	x, err := v.scope.item(d.Name.Name, d.Item)
	if err != nil {
		return within(err, "export "+quote(d.Name.Name))
	}
	if d.Type != nil {
		first := ResourceID(len(v.types.resources))
		asked, err := v.extern(d.Name.Name, *d.Type, false)
		if err != nil {
			return within(err, "export "+quote(d.Name.Name))
		}
		m := v.newMatcher(v.scope.id, false)
		m.since = first
		if err := m.extern(x, asked); err != nil {
			return within(err, "ascribed type of export is not compatible with the item exported as "+quote(d.Name.Name))
		}
		x = asked
	} else if x.Sort == component.SortType {
		x.Type = v.types.rename(x.Type)
	}
	if x.Sort == component.SortValue && v.types.types[x.Type].props&hasBorrow != 0 {
		return errf(CodeType, "an exported value cannot contain a `borrow` type: export %s", quote(d.Name.Name))
	}
	if err := v.declare(d.Name, x, false); err != nil {
		return err
	}
	if err := v.scope.define(x); err != nil {
		return err
	}
	if x.Sort == component.SortValue {
		v.scope.values[len(v.scope.values)-1].used = true
	}
	return nil
}

// declare adds an import or export to the present scope, when its name and
// what its type refers to allow it.
func (v *validator) declare(name component.ExternName, x Extern, imported bool) error {
	l, what := &v.scope.exports, "export"
	if imported {
		l, what = &v.scope.imports, "import"
	}
	if len(l.list) >= MaxSpace {
		return errf(CodeLimit, "too many %ss: more than %d", what, MaxSpace)
	}
	if err := v.externName(l, name, x, what); err != nil {
		return err
	}
	if x.Sort == component.SortType && v.types.types[x.Type].Kind == KindResource {
		l.register(x)
	}
	if !(v.scope.isType && v.scope.kind == KindInstance) {
		ok, err := v.show(x, imported)
		if err != nil {
			return err
		}
		if !ok {
			return errf(CodeVisibility, "%s not valid to be used as %s %s: it refers to a %s type that no %s before it gives a name", x.Sort.Keyword(), what, quote(x.Name), v.hidden, what)
		}
	}
	l.list = append(l.list, x)
	return nil
}

// show checks that the type of an import or export refers to types with names
// only, and gives names to the types that it exports itself (explainer,
// section "External Visibility of Types").
func (v *validator) show(x Extern, imported bool) (bool, error) {
	if err := v.charge(1); err != nil {
		return false, err
	}
	switch x.Sort {
	case component.SortFunc, component.SortValue:
		if x.Sort == component.SortValue {
			return v.shown(x.Type, imported)
		}
		return v.partsShown(x.Type, imported)
	case component.SortType:
		ok, err := v.partsShown(x.Type, imported)
		if !ok || err != nil {
			return false, err
		}
		s := v.scope
		s.exports.see(x.Type)
		if imported {
			s.imports.see(x.Type)
		}
	case component.SortInstance:
		if v.types.types[x.Type].props&hasNamed == 0 {
			return true, nil
		}
		for _, e := range v.types.Exports(x.Type) {
			if ok, err := v.show(e, imported); !ok || err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// shown tells whether a type is one that an import or export may refer to: it
// has a name, or needs none and its parts are such types.
func (v *validator) shown(id TypeID, imported bool) (bool, error) {
	t := &v.types.types[id]
	l := &v.scope.exports
	if imported {
		l = &v.scope.imports
	}
	switch {
	case t.props&hasNamed == 0 || l.visible[id]:
		return true, nil
	case t.Kind.named():
		v.hidden = t.Kind
		return false, nil
	}
	ok, err := v.partsShown(id, imported)
	if ok {
		l.see(id)
	}
	return ok, err
}

// partsShown tells whether the parts of a type are shown.
func (v *validator) partsShown(id TypeID, imported bool) (bool, error) {
	t := v.types.types[id]
	if err := v.charge(1 + len(t.Elems)); err != nil {
		return false, err
	}
	if t.Kind == KindInstance {
		return v.exportsShown(id, imported)
	}
	for _, e := range t.Elems {
		if ok, err := v.shown(e, imported); !ok || err != nil {
			return false, err
		}
	}
	return v.shown(t.Result, imported)
}

// exportsShown tells whether the exports of an instance type that is itself
// imported or exported as a type are shown. What the type exports counts as
// shown to what follows in it, and to nothing else.
func (v *validator) exportsShown(id TypeID, imported bool) (bool, error) {
	s := v.scope
	keepImports, keepExports := s.imports.visible, s.exports.visible
	s.imports.visible, s.exports.visible = copyOf(keepImports), copyOf(keepExports)
	err := v.charge(len(keepImports) + len(keepExports))
	ok := err == nil
	for _, e := range v.types.Exports(id) {
		if !ok || err != nil {
			break
		}
		ok, err = v.show(e, imported)
	}
	s.imports.visible, s.exports.visible = keepImports, keepExports
	return ok, err
}

func copyOf(m map[TypeID]bool) map[TypeID]bool {
	out := make(map[TypeID]bool, len(m))
	for id := range m {
		out[id] = true
	}
	return out
}

// see makes a type visible.
func (l *externList) see(id TypeID) {
	if l.visible == nil {
		l.visible = make(map[TypeID]bool)
	}
	l.visible[id] = true
}
