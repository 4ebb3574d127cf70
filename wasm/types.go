// This file defines the types of the core language: value, reference, heap,
// function, composite and sub types, and the types of tables, memories,
// globals and tags (Structure, section "Types").

package wasm

import (
	"slices"
	"strconv"
	"strings"
)

// A ValType is a value type: a number type, the vector type, or a reference
// type. It is one comparable word; two ValTypes are equal exactly when they
// are the same type as written (concrete type indices are not resolved). The
// zero value is [Bot].
//
// The layout is private to this package: use the constants, [Ref] and the
// methods.
type ValType uint64

// A HeapType is what a reference type refers to: an abstract heap type such as
// [HeapFunc], or a type index made by [HeapIndex].
type HeapType uint64

const (
	codeShift  = 32 // bits 32-39: the byte that starts the type in a binary
	heapShift  = 40 // bits 40-47: the byte of the abstract heap type; 0 = index
	indexMask  = 1<<32 - 1
	heapMask   = 0xff<<heapShift | indexMask
	codeRef    = 0x64
	codeRefNul = 0x63
)

// The value types that are not references. I8 and I16 are the packed types:
// they occur only as the storage type of a field.
const (
	// Bot is the bottom type of validation. No module contains it.
	Bot  ValType = 0
	I32  ValType = 0x7f << codeShift
	I64  ValType = 0x7e << codeShift
	F32  ValType = 0x7d << codeShift
	F64  ValType = 0x7c << codeShift
	V128 ValType = 0x7b << codeShift
	I8   ValType = 0x78 << codeShift
	I16  ValType = 0x77 << codeShift
)

// The abstract heap types.
const (
	HeapNoExn    HeapType = 0x74 << heapShift
	HeapNoFunc   HeapType = 0x73 << heapShift
	HeapNoExtern HeapType = 0x72 << heapShift
	HeapNone     HeapType = 0x71 << heapShift
	HeapFunc     HeapType = 0x70 << heapShift
	HeapExtern   HeapType = 0x6f << heapShift
	HeapAny      HeapType = 0x6e << heapShift
	HeapEq       HeapType = 0x6d << heapShift
	HeapI31      HeapType = 0x6c << heapShift
	HeapStruct   HeapType = 0x6b << heapShift
	HeapArray    HeapType = 0x6a << heapShift
	HeapExn      HeapType = 0x69 << heapShift
)

// The nullable references to abstract heap types, which have names of their
// own in the text format.
const (
	FuncRef       = ValType(HeapFunc) | codeRefNul<<codeShift
	ExternRef     = ValType(HeapExtern) | codeRefNul<<codeShift
	AnyRef        = ValType(HeapAny) | codeRefNul<<codeShift
	EqRef         = ValType(HeapEq) | codeRefNul<<codeShift
	I31Ref        = ValType(HeapI31) | codeRefNul<<codeShift
	StructRef     = ValType(HeapStruct) | codeRefNul<<codeShift
	ArrayRef      = ValType(HeapArray) | codeRefNul<<codeShift
	ExnRef        = ValType(HeapExn) | codeRefNul<<codeShift
	NullRef       = ValType(HeapNone) | codeRefNul<<codeShift
	NullFuncRef   = ValType(HeapNoFunc) | codeRefNul<<codeShift
	NullExternRef = ValType(HeapNoExtern) | codeRefNul<<codeShift
	NullExnRef    = ValType(HeapNoExn) | codeRefNul<<codeShift
)

// HeapIndex is the concrete heap type with a type index.
func HeapIndex(typeIndex uint32) HeapType { return HeapType(typeIndex) }

// AbstractHeap is the abstract heap type that a byte stands for in the binary
// format; ok is false when there is none.
func AbstractHeap(code byte) (h HeapType, ok bool) {
	if code < 0x69 || code > 0x74 {
		return 0, false
	}
	return HeapType(code) << heapShift, true
}

// Index is the type index of a concrete heap type; ok is false for an abstract
// one.
func (h HeapType) Index() (typeIndex uint32, ok bool) {
	return uint32(h & indexMask), h>>heapShift == 0
}

// Code is the byte of an abstract heap type in the binary format, and 0 for a
// concrete one.
func (h HeapType) Code() byte { return byte(h >> heapShift) }

var heapNames = [...]string{
	0x74 - 0x69: "noexn", 0x73 - 0x69: "nofunc", 0x72 - 0x69: "noextern",
	0x71 - 0x69: "none", 0x70 - 0x69: "func", 0x6f - 0x69: "extern",
	0x6e - 0x69: "any", 0x6d - 0x69: "eq", 0x6c - 0x69: "i31",
	0x6b - 0x69: "struct", 0x6a - 0x69: "array", 0: "exn",
}

// Top is the largest heap type above an abstract one.
func (h HeapType) Top() HeapType {
	switch h {
	case HeapFunc, HeapNoFunc:
		return HeapFunc
	case HeapExtern, HeapNoExtern:
		return HeapExtern
	case HeapExn, HeapNoExn:
		return HeapExn
	}
	return HeapAny
}

// String is the heap type in the text format: a keyword or a type index.
func (h HeapType) String() string {
	if x, ok := h.Index(); ok {
		return strconv.FormatUint(uint64(x), 10)
	}
	if _, ok := AbstractHeap(h.Code()); !ok {
		return "heaptype(" + strconv.FormatUint(uint64(h), 16) + ")"
	}
	return heapNames[h.Code()-0x69]
}

// Ref is the reference type to a heap type.
func Ref(nullable bool, h HeapType) ValType {
	if nullable {
		return ValType(h&heapMask) | codeRefNul<<codeShift
	}
	return ValType(h&heapMask) | codeRef<<codeShift
}

// NumType is the number, vector or packed type that a byte stands for in the
// binary format; ok is false when there is none.
func NumType(code byte) (t ValType, ok bool) {
	switch code {
	case 0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x78, 0x77:
		return ValType(code) << codeShift, true
	}
	return 0, false
}

// Code is the byte that starts the type in the binary format when it is
// written out: 0x63 or 0x64 for a reference.
func (t ValType) Code() byte { return byte(t >> codeShift) }

// IsRef tells whether t is a reference type.
func (t ValType) IsRef() bool { return t.Code() == codeRef || t.Code() == codeRefNul }

// IsNum tells whether t is i32, i64, f32 or f64.
func (t ValType) IsNum() bool { return t.Code() >= 0x7c && t.Code() <= 0x7f }

// IsVec tells whether t is v128.
func (t ValType) IsVec() bool { return t == V128 }

// IsPacked tells whether t is i8 or i16.
func (t ValType) IsPacked() bool { return t == I8 || t == I16 }

// Nullable tells whether t is a reference type with a null value.
func (t ValType) Nullable() bool { return t.Code() == codeRefNul }

// Heap is the heap type of a reference type; it means nothing for others.
func (t ValType) Heap() HeapType { return HeapType(t & heapMask) }

// Unpack is the value type a field of this storage type reads as: i32 for i8
// and i16, otherwise t.
func (t ValType) Unpack() ValType {
	if t.IsPacked() {
		return I32
	}
	return t
}

// String is the type in the text format, short form where there is one:
// "i32", "funcref", "(ref null 3)".
func (t ValType) String() string {
	switch t {
	case Bot:
		return "bot"
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case I8:
		return "i8"
	case I16:
		return "i16"
	case NullRef:
		return "nullref"
	case NullFuncRef:
		return "nullfuncref"
	case NullExternRef:
		return "nullexternref"
	case NullExnRef:
		return "nullexnref"
	}
	h := t.Heap()
	switch {
	case !t.IsRef():
		return "valtype(" + strconv.FormatUint(uint64(t), 16) + ")"
	case !t.Nullable():
		return "(ref " + h.String() + ")"
	case h.Code() == 0:
		return "(ref null " + h.String() + ")"
	}
	return h.String() + "ref"
}

// A FuncType is a function type: what a function takes and what it gives back.
type FuncType struct {
	Params, Results []ValType
}

// Equal tells whether two function types are the same as written.
func (f FuncType) Equal(g FuncType) bool {
	return slices.Equal(f.Params, g.Params) && slices.Equal(f.Results, g.Results)
}

// String is the type in the text format without the outer keyword:
// "(param i32 i32) (result i64)"; "" when there is nothing on either side.
func (f FuncType) String() string {
	var b strings.Builder
	writeTypes(&b, "(param", f.Params)
	if len(f.Params) > 0 && len(f.Results) > 0 {
		b.WriteByte(' ')
	}
	writeTypes(&b, "(result", f.Results)
	return b.String()
}

func writeTypes(b *strings.Builder, head string, ts []ValType) {
	if len(ts) == 0 {
		return
	}
	b.WriteString(head)
	for _, t := range ts {
		b.WriteByte(' ')
		b.WriteString(t.String())
	}
	b.WriteByte(')')
}

// A FieldType is the type of a field of a structure or of the elements of an
// array. Storage may be a packed type.
type FieldType struct {
	Storage ValType
	Mutable bool
}

// String is the field type in the text format: "i8", "(mut i32)".
func (f FieldType) String() string {
	if f.Mutable {
		return "(mut " + f.Storage.String() + ")"
	}
	return f.Storage.String()
}

// A CompKind says which of the composite types a [CompType] is.
type CompKind uint8

// The kinds of composite type.
const (
	CompFunc CompKind = iota
	CompStruct
	CompArray
)

// String is the keyword of the text format.
func (k CompKind) String() string {
	switch k {
	case CompFunc:
		return "func"
	case CompStruct:
		return "struct"
	case CompArray:
		return "array"
	}
	return "comptype(" + strconv.Itoa(int(k)) + ")"
}

// A CompType is a composite type. Func is meaningful for CompFunc; Fields are
// the fields of a CompStruct, and the one element type of a CompArray.
type CompType struct {
	Kind   CompKind
	Func   FuncType
	Fields []FieldType
}

// String is the type in the text format: "(func (param i32))".
func (c CompType) String() string {
	switch {
	case c.Kind == CompFunc:
		if s := c.Func.String(); s != "" {
			return "(func " + s + ")"
		}
		return "(func)"
	case c.Kind == CompArray && len(c.Fields) == 1:
		return "(array " + c.Fields[0].String() + ")"
	}
	var b strings.Builder
	b.WriteString("(" + c.Kind.String())
	for _, f := range c.Fields {
		b.WriteString(" (field " + f.String() + ")")
	}
	b.WriteByte(')')
	return b.String()
}

// A SubType is one type definition: a composite type with its place in the
// subtype hierarchy. A plain definition is final and has no supertype.
type SubType struct {
	// Open is set when the type may have subtypes (sub without final).
	Open bool
	// Supers are the type indices of the declared supertypes; a valid module
	// has at most one.
	Supers []uint32
	Comp   CompType
}

// String is the definition in the text format, without the "type" keyword.
func (s SubType) String() string {
	if !s.Open && len(s.Supers) == 0 {
		return s.Comp.String()
	}
	var b strings.Builder
	b.WriteString("(sub ")
	if !s.Open {
		b.WriteString("final ")
	}
	for _, x := range s.Supers {
		b.WriteString(strconv.FormatUint(uint64(x), 10) + " ")
	}
	b.WriteString(s.Comp.String() + ")")
	return b.String()
}

// A RecGroup is a recursion group that the module writes with "rec": Count
// consecutive types from the type index First. Types that are in no RecGroup
// of the module form a group of their own, one each.
type RecGroup struct {
	First, Count uint32
}

// Limits bound the size of a table (in elements) or of a memory (in pages).
type Limits struct {
	// Min is the initial size.
	Min uint64
	// Max is the largest size; it counts when HasMax is set.
	Max    uint64
	HasMax bool
	// Shared is the attribute of memories that threads share (proposal
	// "threads").
	Shared bool
	// Is64 is set when the address type is i64.
	Is64 bool
}

// AddrType is the type of addresses: I32 or I64.
func (l Limits) AddrType() ValType {
	if l.Is64 {
		return I64
	}
	return I32
}

// String is the limits in the text format, with the address type when it is
// not i32: "1 2", "i64 1", "1 2 shared".
func (l Limits) String() string {
	var b strings.Builder
	if l.Is64 {
		b.WriteString("i64 ")
	}
	b.WriteString(strconv.FormatUint(l.Min, 10))
	if l.HasMax {
		b.WriteString(" " + strconv.FormatUint(l.Max, 10))
	}
	if l.Shared {
		b.WriteString(" shared")
	}
	return b.String()
}

// A TableType is the type of a table.
type TableType struct {
	Limits Limits
	// Elem is the reference type of the elements.
	Elem ValType
}

// String is the type in the text format without the outer keyword.
func (t TableType) String() string { return t.Limits.String() + " " + t.Elem.String() }

// A MemoryType is the type of a memory; its limits count pages of PageSize
// bytes.
type MemoryType struct {
	Limits Limits
	// PageLog2 is the binary logarithm of the page size where the type says it
	// (HasPageSize; proposal "custom-page-sizes").
	PageLog2    uint8
	HasPageSize bool
}

// PageSize is the size of a page in bytes, 65536 unless the type says another.
// It is 0 for a PageLog2 beyond 63.
func (t MemoryType) PageSize() uint64 {
	if t.HasPageSize {
		return 1 << t.PageLog2
	}
	return 65536
}

// String is the type in the text format without the outer keyword.
func (t MemoryType) String() string {
	if t.HasPageSize {
		return t.Limits.String() + " (pagesize " + strconv.FormatUint(t.PageSize(), 10) + ")"
	}
	return t.Limits.String()
}

// A GlobalType is the type of a global.
type GlobalType struct {
	Type    ValType
	Mutable bool
}

// String is the type in the text format without the outer keyword.
func (t GlobalType) String() string {
	return FieldType{Storage: t.Type, Mutable: t.Mutable}.String()
}

// A TagType is the type of an exception tag: a function type by its index.
type TagType struct {
	TypeIndex uint32
}
