// This file is the types of components as validation sees them: in one store,
// with ids in place of type indices.

package valid

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm"
)

// A TypeID names a type in a [Types]. The zero value is no type, where a type
// is optional.
//
// Records, variants, flags, enums and resources get an id of their own each
// time they are defined, imported or exported, for their visibility depends on
// it. So two ids may stand for equal types: see [Types.Equal].
type TypeID uint32

// A ModuleTypeID names the type of a core module in a [Types].
type ModuleTypeID uint32

// A ResourceID is the identity of a resource type: two resource types are the
// same exactly when their ResourceIDs are.
type ResourceID uint32

// A Kind says what a [Type] is.
type Kind uint8

// The kinds of types.
const (
	KindNone Kind = iota
	KindPrim
	KindRecord
	KindVariant
	KindList
	KindTuple
	KindFlags
	KindEnum
	KindOption
	KindResult
	KindMap
	KindOwn
	KindBorrow
	KindStream
	KindFuture
	KindResource
	KindFunc
	KindInstance
	KindComponent
)

var kindNames = [...]string{
	"no type", "primitive", "record", "variant", "list", "tuple", "flags", "enum",
	"option", "result", "map", "own", "borrow", "stream", "future", "resource",
	"func", "instance", "component",
}

// String is the keyword of the kind.
func (k Kind) String() string { return kindNames[k] }

// IsValue tells whether types of the kind are value types.
func (k Kind) IsValue() bool { return k >= KindPrim && k <= KindFuture }

// named tells whether types of the kind need a name outside to be seen there.
func (k Kind) named() bool {
	switch k {
	case KindRecord, KindVariant, KindFlags, KindEnum, KindResource:
		return true
	}
	return false
}

// A Type is a type and its parts. Types are shared: do not change them.
type Type struct {
	Kind Kind
	// Prim is the type of a KindPrim.
	Prim valtype.Prim
	// Async is set for an async function type.
	Async bool
	// Fixed is set for a list of exactly Len elements.
	Fixed bool
	Len   uint32
	// Labels are the labels of fields, cases, flags, enum cases or parameters.
	Labels []string
	// Elems are the types of fields, cases (0 for no payload), tuple fields or
	// parameters; the element of a list, option, stream or future (0 for
	// none); key and value of a map; ok and error of a result (0 for none);
	// the resource type of an own or borrow.
	Elems []TypeID
	// Result is the result of a function type, 0 for none.
	Result TypeID
	// Resource is the identity of a resource type.
	Resource ResourceID

	ext   *externs // of an instance or component
	canon TypeID   // the first equal type
	size  uint32   // effective size
	depth uint8
	props props
	flats [2]*flat // see Flatten
	elem  [2]layout
}

// props is what a type is made of.
type props uint8

const (
	hasBorrow   props = 1 << iota // a borrow, to be found in a value of the type
	hasPointer                    // a list or string, in the value itself
	hasResource                   // a resource type
	hasNamed                      // a type that needs a name
)

// externs is the imports and exports of a component or instance type.
type externs struct {
	imports, exports []Extern
	importAt         map[string]int32
	exportAt         map[string]int32
	// scope is the scope whose resource types the type binds, 0 when it binds
	// none.
	scope scopeID
	// free tells whether the type refers to resource types it does not bind:
	// 0 not known, 1 no, 2 yes.
	free uint8
	// instance is the type of the instances of a component type that has
	// nothing to replace.
	instance TypeID
}

// An Extern is an import or export with its type.
type Extern struct {
	Name string
	// Sort is SortCoreModule, SortFunc, SortValue, SortType, SortComponent or
	// SortInstance.
	Sort component.Sort
	// Type is the type of a function, value, component or instance, and for
	// SortType the type itself.
	Type TypeID
	// Module is the type of a core module.
	Module ModuleTypeID
}

// A Resource is what is known of a resource type.
type Resource struct {
	// Imported is set for a resource type that a scope imports.
	Imported bool
	// Def is the definition of a resource type that a component defines; nil
	// for one that it got from elsewhere.
	Def *component.ResourceType

	scope scopeID
	first TypeID // its first id as a type
}

// Types is a store of types. It is made by [Component] and does not change
// afterwards. Its methods remember what they look up and measure, so it is not
// safe for concurrent use.
type Types struct {
	types     []Type
	modules   []ModuleType
	resources []Resource
	interned  map[string]TypeID // encoding of a type -> its id
	labels    map[string]uint32
	key       []byte
	prims     [256]TypeID
}

func newTypes() *Types {
	return &Types{
		types: make([]Type, 1, 64), modules: make([]ModuleType, 1), resources: make([]Resource, 1),
		interned: make(map[string]TypeID), labels: make(map[string]uint32),
	}
}

// Type is a type by its id. The pointer is good until the store changes.
func (s *Types) Type(id TypeID) *Type { return &s.types[id] }

// Module is the type of a core module by its id.
func (s *Types) Module(id ModuleTypeID) *ModuleType { return &s.modules[id] }

// Resource is a resource type by its identity.
func (s *Types) Resource(id ResourceID) *Resource { return &s.resources[id] }

// Equal tells whether two value types, function types or resource types are
// the same.
func (s *Types) Equal(a, b TypeID) bool { return s.types[a].canon == s.types[b].canon }

// Imports are the imports of a component type, in order. Their names are
// unique.
func (s *Types) Imports(id TypeID) []Extern {
	if e := s.types[id].ext; e != nil {
		return e.imports
	}
	return nil
}

// Exports are the exports of a component or instance type, in order.
func (s *Types) Exports(id TypeID) []Extern {
	if e := s.types[id].ext; e != nil {
		return e.exports
	}
	return nil
}

// Import is an import of a component type by its name, nil when there is none.
func (s *Types) Import(id TypeID, name string) *Extern {
	e := s.types[id].ext
	return find(e.imports, &e.importAt, name)
}

// Export is an export of a component or instance type by its name, nil when
// there is none.
func (s *Types) Export(id TypeID, name string) *Extern {
	e := s.types[id].ext
	return find(e.exports, &e.exportAt, name)
}

// find looks a name up in a list, through an index that is made for all but
// short lists.
func find(list []Extern, index *map[string]int32, name string) *Extern {
	if len(list) <= 8 {
		for i := range list {
			if list[i].Name == name {
				return &list[i]
			}
		}
		return nil
	}
	if *index == nil {
		*index = make(map[string]int32, len(list))
		for i := range list {
			(*index)[list[i].Name] = int32(i)
		}
	}
	if i, ok := (*index)[name]; ok {
		return &list[i]
	}
	return nil
}

// describe is a type in messages: a keyword.
func (s *Types) describe(id TypeID) string {
	t := &s.types[id]
	if t.Kind == KindPrim {
		return t.Prim.String()
	}
	return t.Kind.String()
}

// describeSort is a kind of type in messages: what sort of type it is.
func describeSort(k Kind) string {
	if k.IsValue() {
		return "defined type"
	}
	return k.String()
}

// funcTypeString is a core function type in messages.
func funcTypeString(f *wasm.FuncType) string {
	return wasm.CompType{Kind: wasm.CompFunc, Func: *f}.String()
}

// coreTypeString is a list of core types in messages.
func coreTypeString(ts []wasm.ValType) string {
	b := []byte{'['}
	for i, t := range ts {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, t.String()...)
	}
	return string(append(b, ']'))
}
