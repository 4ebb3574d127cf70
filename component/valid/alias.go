// This file is aliases (explainer, section "Alias Definitions").

package valid

import (
	"github.com/dray-wasm/dray/component"
)

// aliasDef checks an alias, and appends it to the index space of its sort.
func (v *validator) aliasDef(d *component.Alias) error {
	if v.scope.isType {
		ok := d.Sort == component.SortType || d.Kind == component.AliasExport && d.Sort == component.SortInstance ||
			d.Kind == component.AliasOuter && d.Sort == component.SortCoreType
		if !ok {
			return errf(CodeAlias, "aliases in component and instance types may only refer to types or instances, found %s", d.Sort)
		}
	}
	switch d.Kind {
	case component.AliasExport:
		return v.aliasExport(d)
	case component.AliasCoreExport:
		return v.aliasCoreExport(d)
	case component.AliasOuter:
		return v.aliasOuter(d)
	}
	return errf(CodeAlias, "unknown kind %d of alias", d.Kind)
}

// aliasExport is an alias of an export of an instance.
func (v *validator) aliasExport(d *component.Alias) error {
	s := v.scope
	if d.Sort == component.SortValue {
		if err := v.needs(component.FeatureValues, "an alias of a value"); err != nil {
			return err
		}
	}
	if err := s.check(component.SortInstance, d.Instance); err != nil {
		return err
	}
	x := v.types.Export(s.Instances[d.Instance], d.Name)
	if x == nil {
		return errf(CodeMissing, "instance %d has no export named %s", d.Instance, quote(d.Name))
	}
	if x.Sort != d.Sort {
		return errf(CodeSort, "export %s for instance %d is not %s: found %s", quote(d.Name), d.Instance, sortNoun(d.Sort), x.Sort)
	}
	return s.define(*x)
}

// aliasCoreExport is an alias of an export of a core instance.
func (v *validator) aliasCoreExport(d *component.Alias) error {
	s := v.scope
	if err := s.check(component.SortCoreInstance, d.Instance); err != nil {
		return err
	}
	t, ok := s.CoreInstances[d.Instance].Find(d.Name)
	if !ok {
		return errf(CodeMissing, "core instance %d has no export named %s", d.Instance, quote(d.Name))
	}
	if coreSorts[t.Kind] != d.Sort {
		return errf(CodeSort, "export %s for core instance %d is not %s: found a %s", quote(d.Name), d.Instance, sortNoun(d.Sort), t.Kind)
	}
	return s.defineCore(d.Sort, t)
}

// coreSorts are the sorts of what core modules export, by kind.
var coreSorts = [...]component.Sort{
	component.SortCoreFunc, component.SortCoreTable, component.SortCoreMemory,
	component.SortCoreGlobal, component.SortCoreTag,
}

// outer is the scope that lies count scopes outward, and whether a component
// lies between it and the present one.
func (v *validator) outer(count uint32) (s *scope, crossed bool, err error) {
	s = v.scope
	for range count {
		if s.up == nil {
			return nil, false, errf(CodeAlias, "invalid outer alias count of %d: %d scopes enclose this one", count, v.scope.depth)
		}
		crossed = crossed || !s.isType
		s = s.up
	}
	return s, crossed, nil
}

// aliasOuter is an alias of a definition of this or an enclosing scope.
func (v *validator) aliasOuter(d *component.Alias) error {
	switch d.Sort {
	case component.SortCoreModule, component.SortCoreType, component.SortComponent, component.SortType:
	default:
		return errf(CodeAlias, "outer aliases may only refer to core modules, core types, components and types, found %s", d.Sort)
	}
	from, crossed, err := v.outer(d.Outer)
	if err != nil {
		return err
	}
	if err := from.check(d.Sort, d.Index); err != nil {
		return err
	}
	s := v.scope
	if err := s.room(d.Sort); err != nil {
		return err
	}
	switch d.Sort {
	case component.SortCoreModule:
		s.CoreModules = append(s.CoreModules, from.CoreModules[d.Index])
	case component.SortCoreType:
		s.addCoreType(from.CoreTypes[d.Index])
	case component.SortComponent:
		s.Components = append(s.Components, from.Components[d.Index])
	case component.SortType:
		id := from.Types[d.Index]
		if crossed {
			refers, err := v.refersToResources(id)
			if err != nil {
				return err
			}
			if refers {
				return errf(CodeAlias, "cannot alias outer type %d: it transitively refers to resources, which are not known in another component", d.Index)
			}
		}
		s.Types = append(s.Types, id)
	}
	return nil
}

// addCoreType appends to the core type index space.
func (s *scope) addCoreType(t CoreType) {
	s.CoreTypes = append(s.CoreTypes, t)
	s.coreIDs = append(s.coreIDs, t.Type)
	s.hasModuleTypes = s.hasModuleTypes || t.Module != 0
}
