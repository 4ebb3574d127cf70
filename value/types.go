package value

// This file is how types are made, compared and written.

import (
	"slices"
	"strconv"
)

// The types without parts.
var (
	TypeBool         = &Type{Kind: KindBool}
	TypeS8           = &Type{Kind: KindS8}
	TypeU8           = &Type{Kind: KindU8}
	TypeS16          = &Type{Kind: KindS16}
	TypeU16          = &Type{Kind: KindU16}
	TypeS32          = &Type{Kind: KindS32}
	TypeU32          = &Type{Kind: KindU32}
	TypeS64          = &Type{Kind: KindS64}
	TypeU64          = &Type{Kind: KindU64}
	TypeF32          = &Type{Kind: KindF32}
	TypeF64          = &Type{Kind: KindF64}
	TypeChar         = &Type{Kind: KindChar}
	TypeString       = &Type{Kind: KindString}
	TypeErrorContext = &Type{Kind: KindErrorContext}
)

// primTypes are the types without parts by kind.
var primTypes = [...]*Type{
	TypeBool, TypeS8, TypeU8, TypeS16, TypeU16, TypeS32, TypeU32, TypeS64,
	TypeU64, TypeF32, TypeF64, TypeChar, TypeString, TypeErrorContext,
}

// Prim is the type of a kind without parts, nil for other kinds.
func Prim(k Kind) *Type {
	if !k.Primitive() {
		return nil
	}
	return primTypes[k-KindBool]
}

// ListOf is the type list<elem>.
func ListOf(elem *Type) *Type { return &Type{Kind: KindList, Elem: elem} }

// FixedListOf is the type list<elem, n>.
func FixedListOf(elem *Type, n uint32) *Type {
	return &Type{Kind: KindList, Elem: elem, Fixed: true, Len: n}
}

// RecordOf is a record type.
func RecordOf(fields ...Field) *Type { return &Type{Kind: KindRecord, Fields: fields} }

// TupleOf is the type tuple<elems...>.
func TupleOf(elems ...*Type) *Type {
	t := &Type{Kind: KindTuple, Fields: make([]Field, len(elems))}
	for i, e := range elems {
		t.Fields[i] = Field{strconv.Itoa(i), e}
	}
	return t
}

// VariantOf is a variant type.
func VariantOf(cases ...Field) *Type { return &Type{Kind: KindVariant, Cases: cases} }

// EnumOf is an enum type.
func EnumOf(labels ...string) *Type {
	t := &Type{Kind: KindEnum, Cases: make([]Field, len(labels))}
	for i, l := range labels {
		t.Cases[i].Name = l
	}
	return t
}

// OptionOf is the type option<elem>.
func OptionOf(elem *Type) *Type {
	return &Type{Kind: KindOption, Cases: []Field{{"none", nil}, {"some", elem}}}
}

// ResultOf is the type result<ok, err>; either is nil where there is none.
func ResultOf(ok, err *Type) *Type {
	return &Type{Kind: KindResult, Cases: []Field{{"ok", ok}, {"error", err}}}
}

// FlagsOf is a flags type. The Canonical ABI has room for 32 labels.
func FlagsOf(labels ...string) *Type { return &Type{Kind: KindFlags, Labels: labels} }

// MapOf is the type map<key, elem>.
func MapOf(key, elem *Type) *Type { return &Type{Kind: KindMap, Key: key, Elem: elem} }

// OwnOf is the type own<r>.
func OwnOf(r *Resource) *Type { return &Type{Kind: KindOwn, Resource: r} }

// BorrowOf is the type borrow<r>.
func BorrowOf(r *Resource) *Type { return &Type{Kind: KindBorrow, Resource: r} }

// StreamOf is the type stream<elem>, or stream where elem is nil.
func StreamOf(elem *Type) *Type { return &Type{Kind: KindStream, Elem: elem} }

// FutureOf is the type future<elem>, or future where elem is nil.
func FutureOf(elem *Type) *Type { return &Type{Kind: KindFuture, Elem: elem} }

// Equal tells whether two types are the same: of one kind, with equal labels
// and parts. Resource types are equal where they are the same pointer. Both
// may be nil.
func (t *Type) Equal(u *Type) bool {
	return t.like(u, func(r, s *Resource) bool { return r == s })
}

// SameShape tells whether two types are the same but for the resource types
// they name: their values differ in handles only.
func (t *Type) SameShape(u *Type) bool {
	return t.like(u, func(*Resource, *Resource) bool { return true })
}

func (t *Type) like(u *Type, same func(r, s *Resource) bool) bool {
	if t == u {
		return true
	}
	fields := func(f, g Field) bool { return f.Name == g.Name && f.Type.like(g.Type, same) }
	return t != nil && u != nil && t.Kind == u.Kind && t.Fixed == u.Fixed && t.Len == u.Len &&
		same(t.Resource, u.Resource) && slices.Equal(t.Labels, u.Labels) &&
		t.Elem.like(u.Elem, same) && t.Key.like(u.Key, same) &&
		slices.EqualFunc(t.Fields, u.Fields, fields) &&
		slices.EqualFunc(t.Cases, u.Cases, fields)
}

func (f Field) equal(g Field) bool { return f.Name == g.Name && f.Type.Equal(g.Type) }

// Equal tells whether two function types are the same, names of parameters
// included. Both may be nil.
func (t *FuncType) Equal(u *FuncType) bool {
	if t == u {
		return true
	}
	return t != nil && u != nil && t.Async == u.Async && t.Result.Equal(u.Result) &&
		slices.EqualFunc(t.Params, u.Params, Field.equal)
}

// optional tells whether a field may be left out of a record.
func (t *Type) optional() bool { return t.Kind == KindOption }

// index is the place of a name among fields, -1 where it is not there.
func index(fields []Field, name string) int {
	return slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
}
