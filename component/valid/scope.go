// This file is scopes: components, component types and instance types while
// they are checked, with their index spaces (explainer, section "Index
// Spaces").

package valid

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/valid"
)

// A scopeID names a scope; 0 is none.
type scopeID uint32

// A scope is a component, component type or instance type.
type scope struct {
	id     scopeID
	kind   Kind // KindInstance or KindComponent
	isType bool
	up     *scope
	depth  int

	Spaces
	values []value
	// coreIDs are the core types of Spaces.CoreTypes; 0 stands for a module.
	coreIDs        []core.TypeID
	hasModuleTypes bool

	imports, exports externList
	// bound tells whether the scope made a resource type.
	bound    bool
	slotType wasm.ValType // of context.get and context.set
	info     *Info
}

// Spaces are the index spaces of a component: the type of each definition.
type Spaces struct {
	Funcs []TypeID
	// Values are the types of values.
	Values     []TypeID
	Types      []TypeID
	Components []TypeID
	// Instances are the types of instances. Resource types in them are those of
	// the very instance.
	Instances    []TypeID
	CoreFuncs    []core.TypeID
	CoreTables   []wasm.TableType
	CoreMemories []wasm.MemoryType
	CoreGlobals  []wasm.GlobalType
	// CoreTags are the function types of tags.
	CoreTags      []core.TypeID
	CoreTypes     []CoreType
	CoreModules   []ModuleTypeID
	CoreInstances []*CoreExports
}

// A CoreType is a type of the core type index space: the type of a module
// where Module is set, and otherwise a core type.
type CoreType struct {
	Module ModuleTypeID
	Type   core.TypeID
}

// length is the size of the index space of a sort.
func (s *Spaces) length(sort component.Sort) int {
	switch sort {
	case component.SortFunc:
		return len(s.Funcs)
	case component.SortValue:
		return len(s.Values)
	case component.SortType:
		return len(s.Types)
	case component.SortComponent:
		return len(s.Components)
	case component.SortInstance:
		return len(s.Instances)
	case component.SortCoreFunc:
		return len(s.CoreFuncs)
	case component.SortCoreTable:
		return len(s.CoreTables)
	case component.SortCoreMemory:
		return len(s.CoreMemories)
	case component.SortCoreGlobal:
		return len(s.CoreGlobals)
	case component.SortCoreTag:
		return len(s.CoreTags)
	case component.SortCoreType:
		return len(s.CoreTypes)
	case component.SortCoreModule:
		return len(s.CoreModules)
	case component.SortCoreInstance:
		return len(s.CoreInstances)
	}
	return 0
}

// check checks that an index is one of the index space of its sort.
func (s *Spaces) check(sort component.Sort, x uint32) error {
	if n := s.length(sort); uint64(x) >= uint64(n) {
		return errIndex(sort, x, n)
	}
	return nil
}

// room checks that an index space can take another definition.
func (s *Spaces) room(sort component.Sort) error {
	if n := spaceLimit(sort); s.length(sort) >= n {
		return errf(CodeLimit, "too many definitions of sort %s: more than %d", sort, n)
	}
	return nil
}

// push opens a scope within the present one.
func (v *validator) push(kind Kind, isType bool) (*scope, error) {
	s := &scope{kind: kind, isType: isType, up: v.scope}
	if s.up != nil {
		s.depth = s.up.depth + 1
	}
	if s.depth >= MaxNesting {
		return nil, errf(CodeLimit, "components and types nest too deeply: more than %d levels", MaxNesting)
	}
	v.lastScope++
	s.id = v.lastScope
	v.scope = s
	return s, nil
}

// pop closes the present scope and gives its type.
func (v *validator) pop() (TypeID, error) {
	s := v.scope
	v.scope = s.up
	e := &externs{imports: s.imports.list, exports: s.exports.list}
	if s.bound {
		e.scope = s.id
	}
	return v.types.addExterns(s.kind, e)
}

// resource makes a resource type in the present scope.
func (v *validator) resource(imported bool, def *component.ResourceType) TypeID {
	v.scope.bound = true
	return v.types.newResource(Resource{Imported: imported, Def: def, scope: v.scope.id})
}

// define appends an import, export or alias to the index space of its sort.
func (s *scope) define(x Extern) error {
	if err := s.room(x.Sort); err != nil {
		return err
	}
	switch x.Sort {
	case component.SortCoreModule:
		s.CoreModules = append(s.CoreModules, x.Module)
	case component.SortFunc:
		s.Funcs = append(s.Funcs, x.Type)
	case component.SortValue:
		s.Values = append(s.Values, x.Type)
		s.values = append(s.values, value{})
	case component.SortType:
		s.Types = append(s.Types, x.Type)
	case component.SortComponent:
		s.Components = append(s.Components, x.Type)
	case component.SortInstance:
		s.Instances = append(s.Instances, x.Type)
	default:
		return errf(CodeSort, "a %s cannot be imported or exported", x.Sort)
	}
	return nil
}

// item is a definition as an import or export of the name, and uses it: a
// value is used up.
func (s *scope) item(name string, si component.SortIdx) (Extern, error) {
	x := Extern{Name: name, Sort: si.Sort}
	switch si.Sort {
	case component.SortCoreModule, component.SortFunc, component.SortValue, component.SortType, component.SortComponent, component.SortInstance:
	default:
		return x, errf(CodeSort, "a %s cannot be exported from a component or be an argument of one: %q", si.Sort, name)
	}
	if err := s.check(si.Sort, si.Index); err != nil {
		return x, err
	}
	switch si.Sort {
	case component.SortCoreModule:
		x.Module = s.CoreModules[si.Index]
	case component.SortFunc:
		x.Type = s.Funcs[si.Index]
	case component.SortValue:
		x.Type = s.Values[si.Index]
		return x, s.use(si.Index)
	case component.SortType:
		x.Type = s.Types[si.Index]
	case component.SortComponent:
		x.Type = s.Components[si.Index]
	case component.SortInstance:
		x.Type = s.Instances[si.Index]
	}
	return x, nil
}

// typeAt is the type at a type index.
func (s *scope) typeAt(x uint32) (TypeID, error) {
	if err := s.check(component.SortType, x); err != nil {
		return 0, err
	}
	return s.Types[x], nil
}

// coreFunc is the type of the core function at an index.
func (v *validator) coreFunc(x uint32) (*wasm.FuncType, error) {
	if err := v.scope.check(component.SortCoreFunc, x); err != nil {
		return nil, err
	}
	return v.core.Func(v.scope.CoreFuncs[x]), nil
}

// kindAt is the type at a type index, which must be of the kind.
func (v *validator) kindAt(x uint32, k Kind) (TypeID, error) {
	id, err := v.scope.typeAt(x)
	if err != nil {
		return 0, err
	}
	if found := v.types.types[id].Kind; found != k {
		what := map[Kind]string{KindFunc: "a function", KindInstance: "an instance", KindComponent: "a component", KindResource: "a resource"}[k]
		return 0, errf(CodeSort, "type index %d is not %s type: found %s", x, what, describeSort(found))
	}
	return id, nil
}

// charge counts work, and fails when it is too much.
func (v *validator) charge(n int) error {
	v.work += n
	if v.work > MaxWork {
		return errf(CodeLimit, "the types of the component take too many steps to compare: more than %d", MaxWork)
	}
	return nil
}
