// Package valid validates components (explainer of the Component Model,
// with the notes of its binary format and of the Canonical ABI).
//
// [Component] checks a component and those nested in it, core modules
// included, and tells the types of all their definitions: an [Info]. Types are
// in one store, [Types], where equal types are found by their ids and parts
// are shared.
//
// Time is O(n log n) in the size of the component and memory O(n). What
// instantiation could multiply is bounded by [MaxCopies] and [MaxWork].
package valid

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/valid"
)

// An Info tells the types of the definitions of a component.
type Info struct {
	// Types is the store of component types, Core that of core types. All
	// nested components share them.
	Types *Types
	Core  *core.Types
	// Type is the type of the component.
	Type TypeID
	// Imports and Exports are those of Type.
	Imports, Exports []Extern
	// Spaces are the index spaces.
	Spaces
	// Canons are the canonical definitions in order.
	Canons []CanonType
	// Nested are the nested components in order.
	Nested []*Info
}

// A validator checks one component with those nested in it.
type validator struct {
	features     component.Features
	coreFeatures wasm.Features
	types        *Types
	core         *core.Types
	scope        *scope
	lastScope    scopeID
	copies, work int
	hidden       Kind // of the type that has no name, for the message
}

// Component checks that a component is valid and needs nothing outside of
// features and, in core modules, coreFeatures; [component.FeatureMVP] is
// always among the former.
//
// Errors are *diag.Error with the position of the definition that is not
// valid.
//
// It does not change c, and is safe for concurrent use. The Info refers to
// parts of c.
func Component(c *component.Component, features component.Features, coreFeatures wasm.Features) (*Info, error) {
	v := &validator{
		features: features.With(component.FeatureMVP), coreFeatures: coreFeatures.With(wasm.FeatureMVP),
		types: newTypes(), core: core.NewTypes(),
	}
	// No instance has the type with the id 0 in the core store, which stands
	// in core type index spaces where the type of a module is.
	v.core.AddFunc(wasm.FuncType{})
	info, err := v.component(c)
	if err != nil {
		return nil, at(err, c.Pos)
	}
	return info, nil
}

// component checks a component.
func (v *validator) component(c *component.Component) (*Info, error) {
	s, err := v.push(KindComponent, false)
	if err != nil {
		return nil, err
	}
	s.info = &Info{Types: v.types, Core: v.core}
	for _, d := range c.Defs {
		if err := v.definition(d); err != nil {
			return nil, at(err, d.Position())
		}
	}
	if err := s.allUsed(); err != nil {
		return nil, err
	}
	id, err := v.pop()
	if err != nil {
		return nil, err
	}
	s.info.Type, s.info.Spaces = id, s.Spaces
	s.info.Imports, s.info.Exports = v.types.Imports(id), v.types.Exports(id)
	return s.info, nil
}

func (v *validator) definition(d component.Definition) error {
	switch d := d.(type) {
	case *component.CoreModule:
		return v.coreModuleDef(d)
	case *component.CoreInstance:
		return v.coreInstanceDef(d)
	case *component.CoreType:
		return v.coreTypeDef(d)
	case *component.Component:
		return v.componentDef(d)
	case *component.Instance:
		return v.instanceDef(d)
	case *component.Alias:
		return v.aliasDef(d)
	case *component.TypeDef:
		return v.typeDef(d)
	case *component.Canon:
		return v.canonDef(d)
	case *component.Start:
		return v.startDef(d)
	case *component.Import:
		return v.importDef(d)
	case *component.Export:
		return v.exportDef(d)
	case *component.Value:
		return v.valueDef(d)
	case *component.Custom:
		return nil
	}
	return errf(CodeSort, "unknown definition %T", d)
}

// componentDef checks a nested component.
func (v *validator) componentDef(d *component.Component) error {
	outer := v.scope
	if err := outer.room(component.SortComponent); err != nil {
		return err
	}
	info, err := v.component(d)
	if err != nil {
		return err
	}
	outer.Components = append(outer.Components, info.Type)
	outer.info.Nested = append(outer.info.Nested, info)
	return nil
}
