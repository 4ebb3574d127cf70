// This file is component types, instance types and core types, which are made
// of declarations (explainer, section "Declarators").

package valid

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/valid"
)

// declType is a component or instance type.
func (v *validator) declType(k Kind, decls []component.Decl) (TypeID, error) {
	outer := v.scope
	if _, err := v.push(k, true); err != nil {
		return 0, err
	}
	for _, d := range decls {
		if err := v.decl(d); err != nil {
			v.scope = outer
			return 0, at(err, d.Position())
		}
	}
	return v.pop()
}

func (v *validator) decl(d component.Decl) error {
	switch d := d.(type) {
	case *component.CoreType:
		return v.coreTypeDef(d)
	case *component.TypeDef:
		return v.typeDef(d)
	case *component.Alias:
		return v.aliasDef(d)
	case *component.Import:
		return v.importDef(d)
	case *component.ExportDecl:
		return v.exportDecl(d)
	}
	return errf(CodeType, "unknown declaration %T", d)
}

// coreTypeDef checks a definition of core types, and appends them to the core
// type index space.
func (v *validator) coreTypeDef(d *component.CoreType) error {
	s := v.scope
	if len(s.CoreTypes)+len(d.Types) >= MaxSpace {
		return errf(CodeLimit, "too many core types: more than %d", MaxSpace)
	}
	if d.Module != nil {
		id, err := v.moduleDecls(d.Module)
		if err != nil {
			return err
		}
		s.addCoreType(CoreType{Module: id})
		return nil
	}
	if err := s.checkCoreRefs(d.Types); err != nil {
		return err
	}
	ids, err := v.core.AddGroup(s.coreIDs, d.Types)
	if err != nil {
		return err
	}
	for _, id := range ids[len(s.coreIDs):] {
		s.CoreTypes = append(s.CoreTypes, CoreType{Type: id})
	}
	s.coreIDs = ids
	return nil
}

// checkCoreRefs checks that core types do not refer to types of modules.
func (s *scope) checkCoreRefs(group []wasm.SubType) error {
	if !s.hasModuleTypes {
		return nil
	}
	check := func(x uint32) error {
		if uint64(x) < uint64(len(s.CoreTypes)) && s.CoreTypes[x].Module != 0 {
			return errf(CodeCore, "core type index %d is a module type, which core types cannot refer to", x)
		}
		return nil
	}
	vals := func(ts []wasm.ValType) error {
		for _, t := range ts {
			if x, ok := t.Heap().Index(); ok && t.IsRef() {
				if err := check(x); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for i := range group {
		t := &group[i]
		for _, x := range t.Supers {
			if err := check(x); err != nil {
				return err
			}
		}
		if err := vals(t.Comp.Func.Params); err != nil {
			return err
		}
		if err := vals(t.Comp.Func.Results); err != nil {
			return err
		}
		for _, f := range t.Comp.Fields {
			if err := vals([]wasm.ValType{f.Storage}); err != nil {
				return err
			}
		}
	}
	return nil
}

// moduleType is the type of a core module by its core type index.
func (v *validator) moduleType(x uint32) (ModuleTypeID, error) {
	if err := v.scope.check(component.SortCoreType, x); err != nil {
		return 0, err
	}
	if id := v.scope.CoreTypes[x].Module; id != 0 {
		return id, nil
	}
	return 0, errf(CodeSort, "core type index %d is not a module type", x)
}

// A moduleScope is a module type while it is checked.
type moduleScope struct {
	v       *validator
	ids     []core.TypeID
	imports []core.ExternImport
	exports []core.ExternExport
}

// moduleDecls is the type of a module type definition.
func (v *validator) moduleDecls(d *component.ModuleType) (ModuleTypeID, error) {
	m := moduleScope{v: v}
	for _, d := range d.Decls {
		var pos int64
		var err error
		switch d := d.(type) {
		case *component.CoreType:
			pos, err = d.Pos, m.typeDef(d)
		case *component.CoreAlias:
			pos, err = d.Pos, m.alias(d)
		case *component.CoreImport:
			pos = d.Pos
			var t core.ExternType
			if t, err = m.extern(d.Type); err == nil {
				m.imports = append(m.imports, core.ExternImport{Module: d.Module, Name: d.Name, Type: t})
			}
		case *component.CoreExportDecl:
			pos = d.Pos
			var t core.ExternType
			if t, err = m.extern(d.Type); err == nil {
				m.exports = append(m.exports, core.ExternExport{Name: d.Name, Type: t})
			}
		default:
			err = errf(CodeType, "unknown declaration %T", d)
		}
		if err == nil && len(m.ids)+len(m.imports)+len(m.exports) > MaxSpace {
			err = errf(CodeLimit, "too many declarations in a module type: more than %d", MaxSpace)
		}
		if err != nil {
			return 0, at(err, pos)
		}
	}
	return v.addModule(m.imports, m.exports)
}

// typeDef adds core types to the index space of the module type.
func (m *moduleScope) typeDef(d *component.CoreType) error {
	if d.Module != nil {
		return errf(CodeCore, "a module type cannot define module types")
	}
	ids, err := m.v.core.AddGroup(m.ids, d.Types)
	if err != nil {
		return err
	}
	m.ids = ids
	return nil
}

// alias adds a core type of an enclosing scope.
func (m *moduleScope) alias(d *component.CoreAlias) error {
	if d.Outer == 0 {
		if uint64(d.Index) >= uint64(len(m.ids)) {
			return errIndex(component.SortCoreType, d.Index, len(m.ids))
		}
		m.ids = append(m.ids, m.ids[d.Index])
		return nil
	}
	s, _, err := m.v.outer(d.Outer - 1)
	if err != nil {
		return errf(CodeAlias, "invalid outer alias count of %d: %d scopes enclose this one", d.Outer, m.v.scope.depth+1)
	}
	if err := s.check(component.SortCoreType, d.Index); err != nil {
		return err
	}
	t := s.CoreTypes[d.Index]
	if t.Module != 0 {
		return errf(CodeCore, "a module type cannot alias the module type %d", d.Index)
	}
	m.ids = append(m.ids, t.Type)
	return nil
}

// extern is the type of an import or export of the module type.
func (m *moduleScope) extern(t wasm.ExternType) (core.ExternType, error) {
	if (t.Kind == wasm.ExternFunc || t.Kind == wasm.ExternTag) && uint64(t.TypeIndex) >= uint64(len(m.ids)) {
		return core.ExternType{}, errf(CodeIndex, "unknown type %d: type index out of bounds, %d are defined before in the module type", t.TypeIndex, len(m.ids))
	}
	if f, what := coreFeature(t); !m.v.coreFeatures.Has(f) {
		return core.ExternType{}, errf(CodeFeature, "%s requires the feature %s, which is not enabled", what, f)
	}
	return m.v.core.Extern(t, m.ids)
}

// coreFeature is the feature that the type of a core import or export needs.
func coreFeature(t wasm.ExternType) (f wasm.Feature, what string) {
	switch {
	case t.Kind == wasm.ExternTag:
		return wasm.FeatureExceptions, "a tag"
	case t.Kind == wasm.ExternMemory && t.Memory.Limits.Shared:
		return wasm.FeatureThreads, "a shared memory"
	case t.Kind == wasm.ExternMemory && t.Memory.Limits.Is64:
		return wasm.FeatureMemory64, "a 64-bit memory"
	case t.Kind == wasm.ExternMemory && t.Memory.HasPageSize:
		return wasm.FeatureCustomPageSizes, "a page size"
	case t.Kind == wasm.ExternTable && t.Table.Limits.Is64:
		return wasm.FeatureMemory64, "a 64-bit table"
	}
	return wasm.FeatureMVP, ""
}
