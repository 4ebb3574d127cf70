package bind

// This file is how bindings write down the types that they were generated
// from.

import "github.com/dray-wasm/dray/value"

// A Type is the type of a component value.
type Type = value.Type

// A Field is a field of a record, a case of a variant, or a parameter.
type Field = value.Field

// A FuncType is the type of a component function.
type FuncType = value.FuncType

// The types without parts.
var (
	TypeBool   = value.TypeBool
	TypeS8     = value.TypeS8
	TypeU8     = value.TypeU8
	TypeS16    = value.TypeS16
	TypeU16    = value.TypeU16
	TypeS32    = value.TypeS32
	TypeU32    = value.TypeU32
	TypeS64    = value.TypeS64
	TypeU64    = value.TypeU64
	TypeF32    = value.TypeF32
	TypeF64    = value.TypeF64
	TypeChar   = value.TypeChar
	TypeString = value.TypeString

	TypeErrorContext = value.TypeErrorContext
	TypeByteStream   = value.StreamOf(TypeU8)
)

// ListOf is the type list<elem>.
func ListOf(elem *Type) *Type { return value.ListOf(elem) }

// FixedListOf is the type list<elem, n>.
func FixedListOf(elem *Type, n uint32) *Type { return value.FixedListOf(elem, n) }

// RecordOf is a record type.
func RecordOf(fields ...Field) *Type { return value.RecordOf(fields...) }

// TupleOf is the type tuple<elems...>.
func TupleOf(elems ...*Type) *Type { return value.TupleOf(elems...) }

// VariantOf is a variant type.
func VariantOf(cases ...Field) *Type { return value.VariantOf(cases...) }

// EnumOf is an enum type.
func EnumOf(labels ...string) *Type { return value.EnumOf(labels...) }

// OptionOf is the type option<elem>.
func OptionOf(elem *Type) *Type { return value.OptionOf(elem) }

// ResultOf is the type result<ok, err>; either is nil where there is none.
func ResultOf(ok, err *Type) *Type { return value.ResultOf(ok, err) }

// FlagsOf is a flags type.
func FlagsOf(labels ...string) *Type { return value.FlagsOf(labels...) }

// MapOf is the type map<key, elem>.
func MapOf(key, elem *Type) *Type { return value.MapOf(key, elem) }

// StreamOf is the type stream<elem>, FutureOf future<elem>; elem is nil for
// none. Bindings have one of each.
func StreamOf(elem *Type) *Type { return value.StreamOf(elem) }

// FutureOf is the type future<elem>.
func FutureOf(elem *Type) *Type { return value.FutureOf(elem) }

// OwnOf is the type own<r>, of the resource at a position of the list.
func OwnOf(name string, i int) *Type { return value.OwnOf(&value.Resource{Name: name, Slot: i}) }

// BorrowOf is the type borrow<r>, of the resource at a position of the list.
func BorrowOf(name string, i int) *Type {
	return value.BorrowOf(&value.Resource{Name: name, Slot: i})
}
