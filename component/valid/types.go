// This file is the types of components as validation sees them: in one store,
// with ids in place of type indices.

package valid

import (
	"encoding/binary"

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

// Types is a store of types. It is made by [Component] and read-only
// afterwards but for what [Types.Flatten] and [Types.Layout] remember; it is
// not safe for concurrent use.
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

// prim is the id of a primitive type.
func (s *Types) prim(p valtype.Prim) TypeID {
	if s.prims[p] == 0 {
		t := Type{Kind: KindPrim, Prim: p, size: 1, depth: 1}
		if p == valtype.String {
			t.props = hasPointer
		}
		s.prims[p] = s.push(t)
	}
	return s.prims[p]
}

// push appends a type that is its own first equal unless it says otherwise.
func (s *Types) push(t Type) TypeID {
	id := TypeID(len(s.types))
	if t.canon == 0 {
		t.canon = id
	}
	s.types = append(s.types, t)
	return id
}

// newResource makes a resource type of a scope, and its id as a type.
func (s *Types) newResource(r Resource) TypeID {
	id := ResourceID(len(s.resources))
	r.first = TypeID(len(s.types))
	s.resources = append(s.resources, r)
	return s.push(Type{Kind: KindResource, Resource: id, size: 1, depth: 1, props: hasResource | hasNamed})
}

// rename is a type with a new name: another id of a type that needs a name,
// and otherwise the type.
func (s *Types) rename(id TypeID) TypeID {
	t := s.types[id]
	if !t.Kind.named() {
		return id
	}
	return s.push(t)
}

// add puts a value type or function type in the store and measures it.
func (s *Types) add(t Type) (TypeID, error) {
	if err := s.measure(&t); err != nil {
		return 0, err
	}
	plain := t.props&hasNamed == 0 // then all parts are first equals
	if !plain && !t.Kind.named() {
		if id, ok := s.interned[string(s.encode(&t, false))]; ok {
			return id, nil
		}
		s.interned[string(s.key)] = TypeID(len(s.types))
	}
	key := s.encode(&t, true)
	if id, ok := s.interned[string(key)]; ok {
		if plain {
			return id, nil
		}
		t.canon = id
	} else {
		s.interned[string(key)] = TypeID(len(s.types))
	}
	return s.push(t), nil
}

// measure sets the effective size, depth and properties of a type from its
// parts.
func (s *Types) measure(t *Type) error {
	size, depth := uint64(1), uint8(0)
	if t.Kind.named() {
		t.props |= hasNamed
	}
	for _, e := range t.Elems {
		p := &s.types[e] // type 0 has no properties
		size += uint64(p.size)
		depth = max(depth, p.depth)
		t.props |= p.props
	}
	if t.Result != 0 {
		p := &s.types[t.Result]
		size += uint64(p.size)
		depth = max(depth, p.depth)
		t.props |= p.props
	}
	size += uint64(len(t.Labels))
	if t.ext != nil {
		for _, list := range [2][]Extern{t.ext.imports, t.ext.exports} {
			for _, x := range list {
				p := &s.types[x.Type]
				size += 1 + uint64(p.size) + uint64(s.modules[x.Module].size)
				depth = max(depth, p.depth)
				t.props |= p.props
			}
		}
	}
	t.depth = depth + 1
	t.props = t.ownProps()
	if size >= MaxTypeSize {
		return errf(CodeLimit, "effective type size exceeds the limit of %d: types are counted as often as they are used", MaxTypeSize)
	}
	if t.depth > MaxTypeDepth {
		return errf(CodeLimit, "type nesting is too deep: more than %d levels", MaxTypeDepth)
	}
	t.size = uint32(size)
	return nil
}

// ownProps is the properties of a type, given those of its parts.
func (t *Type) ownProps() props {
	p := t.props
	switch t.Kind {
	case KindBorrow:
		p |= hasBorrow
	case KindList:
		if !t.Fixed {
			p |= hasPointer
		}
	case KindMap:
		p |= hasPointer
	case KindStream, KindFuture:
		p &^= hasPointer // the value is a handle
	case KindFunc, KindInstance, KindComponent:
		p &^= hasPointer | hasBorrow
	}
	return p
}

// encode writes what makes a type; of its parts the ids, or with canon the ids
// of their first equals.
func (s *Types) encode(t *Type, canon bool) []byte {
	b := append(s.key[:0], byte(t.Kind), byte(t.Prim), bit(t.Async)|bit(t.Fixed)<<1|bit(canon)<<2)
	b = binary.AppendUvarint(b, uint64(t.Len))
	b = binary.AppendUvarint(b, uint64(len(t.Labels)))
	for _, l := range t.Labels {
		b = binary.AppendUvarint(b, uint64(s.label(l)))
	}
	b = binary.AppendUvarint(b, uint64(len(t.Elems)))
	for _, e := range t.Elems {
		if canon {
			e = s.types[e].canon
		}
		b = binary.AppendUvarint(b, uint64(e))
	}
	e := t.Result
	if canon {
		e = s.types[e].canon
	}
	s.key = binary.AppendUvarint(b, uint64(e))
	return s.key
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// label is a number for a label.
func (s *Types) label(l string) uint32 {
	n, ok := s.labels[l]
	if !ok {
		n = uint32(len(s.labels))
		s.labels[l] = n
	}
	return n
}

// addExterns puts an instance or component type in the store. An instance or
// component type is its own first equal.
func (s *Types) addExterns(k Kind, e *externs) (TypeID, error) {
	t := Type{Kind: k, ext: e}
	if err := s.measure(&t); err != nil {
		return 0, err
	}
	return s.push(t), nil
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
