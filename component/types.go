// This file is the types of the Component Model (explainer, section "Type
// Definitions").

package component

import (
	"strconv"

	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm"
)

// A ValType is a value type where it is used: a primitive type or a type
// index. The zero value is no type, where a type is optional.
type ValType uint64

const valIndexBit = 1 << 32

// Prim is the value type of a primitive type.
func Prim(p valtype.Prim) ValType { return ValType(p) }

// Index is the value type with a type index.
func Index(typeIndex uint32) ValType { return valIndexBit | ValType(typeIndex) }

// Index is the type index; ok is false for a primitive type and no type.
func (t ValType) Index() (typeIndex uint32, ok bool) { return uint32(t), t&valIndexBit != 0 }

// Prim is the primitive type; ok is false for a type index and no type.
func (t ValType) Prim() (p valtype.Prim, ok bool) {
	return valtype.Prim(t), t != 0 && t&valIndexBit == 0
}

// String is the type in the text format: a keyword or an index.
func (t ValType) String() string {
	if x, ok := t.Index(); ok {
		return strconv.FormatUint(uint64(x), 10)
	}
	return valtype.Prim(t).String()
}

// A TypeDef defines a type. It is a definition of components and a declaration
// of component and instance types.
type TypeDef struct {
	Pos  int64
	Type DefType
}

// A DefType is what a type is defined as: a *[PrimType], *[RecordType],
// *[VariantType], *[ListType], *[TupleType], *[FlagsType], *[EnumType],
// *[OptionType], *[ResultType], *[MapType], *[OwnType], *[BorrowType],
// *[StreamType], *[FutureType], which are value types, or a *[FuncType],
// *[ComponentType], *[InstanceType] or *[ResourceType].
type DefType interface{ defType() }

type (
	// A PrimType is a primitive type with an index of its own.
	PrimType struct{ Prim valtype.Prim }
	// A RecordType has named fields.
	RecordType struct{ Fields []LabelType }
	// A VariantType has named cases, some with a payload (Type may be zero).
	VariantType struct{ Cases []LabelType }
	// A ListType is a list; of exactly Len elements when Fixed is set (gated).
	ListType struct {
		Elem  ValType
		Fixed bool
		Len   uint32
	}
	// A TupleType has fields without names.
	TupleType struct{ Types []ValType }
	// A FlagsType is a set of labels.
	FlagsType struct{ Labels []string }
	// An EnumType is one of some labels.
	EnumType struct{ Labels []string }
	// An OptionType is a value or none.
	OptionType struct{ Type ValType }
	// A ResultType is ok or error, each with an optional payload.
	ResultType struct{ OK, Err ValType }
	// A MapType is a map from keys to values.
	MapType struct{ Key, Value ValType }
	// An OwnType is an owned handle to a resource type.
	OwnType struct{ Resource uint32 }
	// A BorrowType is a borrowed handle to a resource type.
	BorrowType struct{ Resource uint32 }
	// A StreamType is the readable end of a stream; Elem may be zero.
	StreamType struct{ Elem ValType }
	// A FutureType is the readable end of a future; Elem may be zero.
	FutureType struct{ Elem ValType }
	// A FuncType is a function type; Result may be zero.
	FuncType struct {
		Async  bool
		Params []LabelType
		Result ValType
	}
	// A ComponentType describes the imports and exports of a component. Its
	// declarations are *[CoreType], *[TypeDef], *[Alias], *[Import] and
	// *[ExportDecl].
	ComponentType struct{ Decls []Decl }
	// An InstanceType describes the exports of an instance. Its declarations
	// are those of a component type but for imports.
	InstanceType struct{ Decls []Decl }
	// A ResourceType defines a resource type: how it is represented, and the
	// core function that destroys it (when HasDtor is set).
	ResourceType struct {
		Rep     wasm.ValType
		HasDtor bool
		Dtor    uint32
	}
)

func (*PrimType) defType()      {}
func (*RecordType) defType()    {}
func (*VariantType) defType()   {}
func (*ListType) defType()      {}
func (*TupleType) defType()     {}
func (*FlagsType) defType()     {}
func (*EnumType) defType()      {}
func (*OptionType) defType()    {}
func (*ResultType) defType()    {}
func (*MapType) defType()       {}
func (*OwnType) defType()       {}
func (*BorrowType) defType()    {}
func (*StreamType) defType()    {}
func (*FutureType) defType()    {}
func (*FuncType) defType()      {}
func (*ComponentType) defType() {}
func (*InstanceType) defType()  {}
func (*ResourceType) defType()  {}

// A LabelType is a label with a type: a field, a case, or a parameter.
type LabelType struct {
	Label string
	Type  ValType
}

// A Decl is a declaration of a component or instance type.
type Decl interface {
	// Position is the byte offset of the declaration in its source.
	Position() int64
	decl()
}

func (*CoreType) decl()   {}
func (*TypeDef) decl()    {}
func (*Alias) decl()      {}
func (*Import) decl()     {}
func (*ExportDecl) decl() {}

// An ExportDecl declares an export of a component or instance type.
type ExportDecl struct {
	Pos  int64
	Name ExternName
	Type ExternType
}

// Position is the field Pos.
func (d *ExportDecl) Position() int64 { return d.Pos }

// An ExternType is the type of an import or export.
type ExternType struct {
	// Sort is SortCoreModule, SortFunc, SortValue, SortType, SortComponent or
	// SortInstance.
	Sort Sort
	// Index is the type index of a module, func, component or instance type;
	// for Bound BoundEq the index of the type or value that it is equal to.
	Index uint32
	// Bound says what a type or value is like.
	Bound Bound
	// Value is the type of a value with BoundType.
	Value ValType
}

// A Bound says what is known of an imported or exported type or value.
type Bound uint8

// The bounds.
const (
	// BoundNone: the sort has no bound.
	BoundNone Bound = iota
	// BoundEq: equal to a type or value.
	BoundEq
	// BoundSubResource: a fresh resource type.
	BoundSubResource
	// BoundType: a value of a type.
	BoundType
)

// A CoreType defines core types: a recursion group of Types, or one Module
// type.
type CoreType struct {
	Pos int64
	// Types are the members of the recursion group; one that is not written
	// with "rec" has one.
	Types []wasm.SubType
	// Rec is set when the group is written with "rec".
	Rec    bool
	Module *ModuleType
}

// A ModuleType describes the imports and exports of a core module. Its type
// index space starts empty.
type ModuleType struct{ Decls []ModuleDecl }

// A ModuleDecl is a declaration of a module type: a *[CoreType], *[CoreAlias],
// *[CoreImport] or *[CoreExportDecl].
type ModuleDecl interface{ moduleDecl() }

type (
	// A CoreAlias adds a core type of an enclosing scope to the type index
	// space of a module type. Outer counts scopes outward; the module type
	// itself is 0.
	CoreAlias struct {
		Pos          int64
		Outer, Index uint32
	}
	// A CoreImport declares an import of a module type.
	CoreImport struct {
		Pos int64
		wasm.Import
	}
	// A CoreExportDecl declares an export of a module type.
	CoreExportDecl struct {
		Pos  int64
		Name string
		Type wasm.ExternType
	}
)

func (*CoreType) moduleDecl()       {}
func (*CoreAlias) moduleDecl()      {}
func (*CoreImport) moduleDecl()     {}
func (*CoreExportDecl) moduleDecl() {}

// The positions of the declarations of module types.

func (d *CoreAlias) Position() int64      { return d.Pos }
func (d *CoreImport) Position() int64     { return d.Pos }
func (d *CoreExportDecl) Position() int64 { return d.Pos }
