// This file is the types of core modules and instances, and their matching
// (explainer, sections "Instance Definitions" and "Type Checking").

package valid

import (
	"fmt"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/valid"
)

// A ModuleType is the type of a core module. Types in it are those of the
// store [Info.Core].
type ModuleType struct {
	Imports []core.ExternImport
	Exports CoreExports

	importAt map[[2]string]int32
	size     uint32
}

// CoreExports are the exports of a core module or core instance.
type CoreExports struct {
	List []core.ExternExport

	index map[string]int32
}

// Find is the type of an export; ok is false when there is none of the name.
func (e *CoreExports) Find(name string) (t core.ExternType, ok bool) {
	if e.index == nil {
		e.index = make(map[string]int32, len(e.List))
		for i := range e.List {
			e.index[e.List[i].Name] = int32(i)
		}
	}
	i, ok := e.index[name]
	if !ok {
		return core.ExternType{}, false
	}
	return e.List[i].Type, true
}

// addModule puts the type of a core module in the store, and checks that no
// two imports and no two exports have the same names.
func (v *validator) addModule(imports []core.ExternImport, exports []core.ExternExport) (ModuleTypeID, error) {
	t := ModuleType{Imports: imports, importAt: make(map[[2]string]int32, len(imports))}
	for i, imp := range imports {
		key := [2]string{imp.Module, imp.Name}
		if _, ok := t.importAt[key]; ok {
			return 0, errf(CodeDuplicate, "duplicate import name %s: the imports of a core module in a component must differ in name", quote(imp.Module+":"+imp.Name))
		}
		t.importAt[key] = int32(i)
	}
	t.Exports = CoreExports{List: exports, index: make(map[string]int32, len(exports))}
	for i, exp := range exports {
		if _, ok := t.Exports.index[exp.Name]; ok {
			return 0, errf(CodeDuplicate, "export name %s already defined", quote(exp.Name))
		}
		t.Exports.index[exp.Name] = int32(i)
	}
	t.size = uint32(min(len(imports)+len(exports), MaxTypeSize))
	v.types.modules = append(v.types.modules, t)
	return ModuleTypeID(len(v.types.modules) - 1), nil
}

// matchModule matches the type of a core module: it may import less and export
// more than is expected.
func (v *validator) matchModule(found, want ModuleTypeID) error {
	if found == want {
		return nil
	}
	f, w := &v.types.modules[found], &v.types.modules[want]
	if err := v.charge(len(f.Imports) + len(w.Exports.List)); err != nil {
		return err
	}
	for _, imp := range f.Imports {
		name := quote(imp.Module + "::" + imp.Name)
		i, ok := w.importAt[[2]string{imp.Module, imp.Name}]
		if !ok {
			return errf(CodeMissing, "missing expected import %s: the module needs it, and its expected type does not have it", name)
		}
		if err := v.matchCore(w.Imports[i].Type, imp.Type); err != nil {
			return within(err, "type mismatch in import "+name)
		}
	}
	for _, exp := range w.Exports.List {
		t, ok := f.Exports.Find(exp.Name)
		if !ok {
			return errf(CodeMissing, "missing expected export %s", quote(exp.Name))
		}
		if err := v.matchCore(t, exp.Type); err != nil {
			return within(err, "type mismatch in export "+quote(exp.Name))
		}
	}
	return nil
}

// matchCore matches the type of a core import or export.
func (v *validator) matchCore(found, want core.ExternType) error {
	if v.core.MatchExtern(found, want) {
		return nil
	}
	if found.Kind != want.Kind {
		return errf(CodeMismatch, "expected %s, found %s", want.Kind, found.Kind)
	}
	return errf(CodeMismatch, "%s", v.coreDifference(found, want))
}

// coreDifference says in what two core types of a kind differ.
func (v *validator) coreDifference(f, w core.ExternType) string {
	switch w.Kind {
	case wasm.ExternTable:
		switch a, b := f.Table, w.Table; {
		case a.Elem != b.Elem:
			return fmt.Sprintf("expected table element type %s, found %s", b.Elem, a.Elem)
		case a.Limits.Is64 != b.Limits.Is64:
			return fmt.Sprintf("mismatch in index type of tables: expected %s, found %s", b.Limits.AddrType(), a.Limits.AddrType())
		}
		return fmt.Sprintf("mismatch in table limits: expected %s, found %s", w.Table.Limits, f.Table.Limits)
	case wasm.ExternMemory:
		switch a, b := f.Memory, w.Memory; {
		case a.Limits.Shared != b.Limits.Shared:
			return fmt.Sprintf("mismatch in the shared flag for memories: expected %s, found %s", b, a)
		case a.Limits.Is64 != b.Limits.Is64:
			return fmt.Sprintf("mismatch in index type of memories: expected %s, found %s", b.Limits.AddrType(), a.Limits.AddrType())
		case a.PageSize() != b.PageSize():
			return fmt.Sprintf("mismatch in page size of memories: expected %d, found %d", b.PageSize(), a.PageSize())
		}
		return fmt.Sprintf("mismatch in memory limits: expected %s, found %s", w.Memory.Limits, f.Memory.Limits)
	case wasm.ExternGlobal:
		if f.Global.Mutable != w.Global.Mutable {
			return fmt.Sprintf("mismatch in global mutability: expected %s, found %s", w.Global, f.Global)
		}
		return fmt.Sprintf("expected global type %s, found %s", w.Global.Type, f.Global.Type)
	}
	return fmt.Sprintf("expected: %s, found: %s", v.core.Comp(w.Type), v.core.Comp(f.Type))
}

// coreItem is the type of a core definition as an import or export.
func (s *scope) coreItem(si component.SortIdx) (core.ExternType, error) {
	t := core.ExternType{}
	switch si.Sort {
	case component.SortCoreFunc, component.SortCoreTable, component.SortCoreMemory, component.SortCoreGlobal, component.SortCoreTag:
	default:
		return t, errf(CodeSort, "a %s cannot be exported from a core instance", si.Sort)
	}
	if err := s.check(si.Sort, si.Index); err != nil {
		return t, err
	}
	switch si.Sort {
	case component.SortCoreFunc:
		t.Kind, t.Type = wasm.ExternFunc, s.CoreFuncs[si.Index]
	case component.SortCoreTable:
		t.Kind, t.Table = wasm.ExternTable, s.CoreTables[si.Index]
	case component.SortCoreMemory:
		t.Kind, t.Memory = wasm.ExternMemory, s.CoreMemories[si.Index]
	case component.SortCoreGlobal:
		t.Kind, t.Global = wasm.ExternGlobal, s.CoreGlobals[si.Index]
	case component.SortCoreTag:
		t.Kind, t.Type = wasm.ExternTag, s.CoreTags[si.Index]
	}
	return t, nil
}

// defineCore appends a core definition to the index space of its sort.
func (s *scope) defineCore(sort component.Sort, t core.ExternType) error {
	if err := s.room(sort); err != nil {
		return err
	}
	switch t.Kind {
	case wasm.ExternFunc:
		s.CoreFuncs = append(s.CoreFuncs, t.Type)
	case wasm.ExternTable:
		s.CoreTables = append(s.CoreTables, t.Table)
	case wasm.ExternMemory:
		s.CoreMemories = append(s.CoreMemories, t.Memory)
	case wasm.ExternGlobal:
		s.CoreGlobals = append(s.CoreGlobals, t.Global)
	case wasm.ExternTag:
		s.CoreTags = append(s.CoreTags, t.Type)
	}
	return nil
}
