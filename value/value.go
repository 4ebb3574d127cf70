package value

// This file is dynamic values: how they are represented and read.

import (
	"math"
	"slices"
)

// A Value is a value of any component type. The zero Value is of no type.
//
// Values are immutable and may be used by several goroutines: what the methods
// return must not be changed, nor what was given to make a value. A method for
// another kind of value returns nothing: zero, nil or false.
type Value struct {
	typ *Type
	// num is a number, a character, the case of a variant, enum, option or
	// result, or the bits of flags. Signed numbers are extended, floats are
	// their bits.
	num uint64
	// ref is the rest: the string; the []Value of a record, tuple or list; the
	// []T of a list of numbers; the *Value of a payload or nil; the []Entry of
	// a map; what stands for a handle.
	ref any
}

// An Entry is a key of a map with its value.
type Entry struct{ Key, Value Value }

// A Number is a Go type of the elements of a list of numbers.
type Number interface {
	int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64
}

// Type is the type of v, nil for the zero Value.
func (v Value) Type() *Type { return v.typ }

// Kind is the kind of the type of v.
func (v Value) Kind() Kind {
	if v.typ == nil {
		return KindNone
	}
	return v.typ.Kind
}

// Bool is the value of a bool.
func (v Value) Bool() bool { return v.Kind() == KindBool && v.num != 0 }

// Int is the value of an s8 to s64.
func (v Value) Int() int64 {
	switch v.Kind() {
	case KindS8, KindS16, KindS32, KindS64:
		return int64(v.num)
	}
	return 0
}

// Uint is the value of an u8 to u64.
func (v Value) Uint() uint64 {
	switch v.Kind() {
	case KindU8, KindU16, KindU32, KindU64:
		return v.num
	}
	return 0
}

// Float is the value of an f32 or f64.
func (v Value) Float() float64 {
	switch v.Kind() {
	case KindF32:
		return float64(math.Float32frombits(uint32(v.num)))
	case KindF64:
		return math.Float64frombits(v.num)
	}
	return 0
}

// Char is the value of a char.
func (v Value) Char() rune {
	if v.Kind() == KindChar {
		return rune(v.num)
	}
	return 0
}

// Bits is a value without parts as bits: that of a number, where signed ones
// are extended to 64 bits and floats are their IEEE 754 bits, a char, a bool,
// or flags, the first label in bit 0.
func (v Value) Bits() uint64 {
	switch k := v.Kind(); {
	case k == KindFlags, k.Primitive():
		return v.num
	}
	return 0
}

// Text is the content of a string.
func (v Value) Text() string {
	if v.Kind() != KindString {
		return ""
	}
	s, _ := v.ref.(string)
	return s
}

// Len is how many elements a list, map, record or tuple has.
func (v Value) Len() int {
	switch v.Kind() {
	case KindList:
		if ops := listOps(v.typ); ops != nil {
			return ops.len(v.ref)
		}
		fallthrough
	case KindRecord, KindTuple:
		s, _ := v.ref.([]Value)
		return len(s)
	case KindMap:
		return len(v.Entries())
	}
	return 0
}

// Index is the i-th element of a list, or field of a record or tuple. Where
// there is none, it is the zero Value.
func (v Value) Index(i int) Value {
	if i < 0 || i >= v.Len() {
		return Value{}
	}
	if v.Kind() == KindList {
		if ops := listOps(v.typ); ops != nil {
			return Value{typ: v.typ.Elem, num: ops.at(v.ref, i)}
		}
	}
	if s, ok := v.ref.([]Value); ok {
		return s[i]
	}
	return Value{}
}

// Elems is the elements of a list or the fields of a record or tuple. For a
// list of numbers it makes a slice each time: see [Slice].
func (v Value) Elems() []Value {
	switch v.Kind() {
	case KindList:
		if listOps(v.typ) == nil {
			break
		}
		out := make([]Value, v.Len())
		for i := range out {
			out[i] = v.Index(i)
		}
		return out
	case KindRecord, KindTuple:
	default:
		return nil
	}
	s, _ := v.ref.([]Value)
	return s
}

// Bytes is the content of a list<u8>.
func (v Value) Bytes() []byte {
	b, _ := Slice[byte](v)
	return b
}

// Slice is the content of a list of numbers. It reports false for other values
// and where T is not the Go type for the element's type.
func Slice[T Number](v Value) ([]T, bool) {
	if v.Kind() != KindList {
		return nil, false
	}
	s, ok := v.ref.([]T)
	return s, ok
}

// Field is a field of a record.
func (v Value) Field(name string) (Value, bool) {
	if v.Kind() != KindRecord && v.Kind() != KindTuple {
		return Value{}, false
	}
	i := index(v.typ.Fields, name)
	return v.Index(i), i >= 0
}

// Case is the case of a variant, enum, option or result, from 0.
func (v Value) Case() int {
	if !v.hasCases() {
		return 0
	}
	return int(v.num)
}

// CaseName is the name of the case of a variant or enum, "none" or "some",
// "ok" or "error".
func (v Value) CaseName() string {
	if !v.hasCases() {
		return ""
	}
	return v.typ.Cases[v.num].Name
}

// Payload is the payload of a variant, option or result; false where its case
// has none.
func (v Value) Payload() (Value, bool) {
	if p, ok := v.ref.(*Value); ok && v.hasCases() {
		return *p, true
	}
	return Value{}, false
}

func (v Value) hasCases() bool {
	switch v.Kind() {
	case KindVariant, KindEnum, KindOption, KindResult:
		return true
	}
	return false
}

// Has tells whether flags have a label.
func (v Value) Has(label string) bool {
	if v.Kind() != KindFlags {
		return false
	}
	i := slices.Index(v.typ.Labels, label)
	return i >= 0 && v.num>>i&1 != 0
}

// Labels are the labels that flags have, in the order of the type.
func (v Value) Labels() []string {
	if v.Kind() != KindFlags {
		return nil
	}
	var out []string
	for i, l := range v.typ.Labels {
		if v.num>>i&1 != 0 {
			out = append(out, l)
		}
	}
	return out
}

// Entries are the entries of a map in its order. A key may occur more than
// once: the last one counts.
func (v Value) Entries() []Entry {
	if v.Kind() != KindMap {
		return nil
	}
	s, _ := v.ref.([]Entry)
	return s
}

// Handle is what stands in Go for a resource, stream, future or error context.
// Copies of the value have the same.
func (v Value) Handle() any {
	switch v.Kind() {
	case KindOwn, KindBorrow, KindStream, KindFuture, KindErrorContext:
		return v.ref
	}
	return nil
}
