package value

// This file is how values are made. What does not fit the type is an error of
// the code [CodeType].

import (
	"math"

	"github.com/dray-wasm/dray/diag"
)

// CodeType is the code of errors about values that do not fit their type.
const CodeType diag.Code = "value/type"

func errf(format string, args ...any) error {
	return diag.Errorf(CodeType, diag.Pos{}, format, args...)
}

// Bool is a bool.
func Bool(b bool) Value {
	if b {
		return Value{typ: TypeBool, num: 1}
	}
	return Value{typ: TypeBool}
}

// S8 is an s8.
func S8(x int8) Value { return Value{typ: TypeS8, num: uint64(int64(x))} }

// U8 is a u8.
func U8(x uint8) Value { return Value{typ: TypeU8, num: uint64(x)} }

// S16 is an s16.
func S16(x int16) Value { return Value{typ: TypeS16, num: uint64(int64(x))} }

// U16 is a u16.
func U16(x uint16) Value { return Value{typ: TypeU16, num: uint64(x)} }

// S32 is an s32.
func S32(x int32) Value { return Value{typ: TypeS32, num: uint64(int64(x))} }

// U32 is a u32.
func U32(x uint32) Value { return Value{typ: TypeU32, num: uint64(x)} }

// S64 is an s64.
func S64(x int64) Value { return Value{typ: TypeS64, num: uint64(x)} }

// U64 is a u64.
func U64(x uint64) Value { return Value{typ: TypeU64, num: x} }

// F32 is an f32.
func F32(x float32) Value { return Value{typ: TypeF32, num: uint64(math.Float32bits(x))} }

// F64 is an f64.
func F64(x float64) Value { return Value{typ: TypeF64, num: math.Float64bits(x)} }

// Char is a char. Lowering one that is not a Unicode scalar value is an error.
func Char(r rune) Value { return Value{typ: TypeChar, num: uint64(uint32(r))} }

// String is a string. Lowering one that is not UTF-8 is an error.
func String(s string) Value { return Value{typ: TypeString, ref: s} }

// Bytes is a list<u8>. It keeps b.
func Bytes(b []byte) Value { return Value{typ: typeBytes, ref: b} }

var typeBytes = ListOf(TypeU8)

// Number is a number, bool or char of the kind of t from its bits: see
// [Value.Bits]. Bits that the type has no room for are dropped.
func number(t *Type, bits uint64) Value {
	switch t.Kind {
	case KindBool:
		bits &= 1
	case KindS8:
		bits = uint64(int8(bits))
	case KindU8:
		bits = uint64(uint8(bits))
	case KindS16:
		bits = uint64(int16(bits))
	case KindU16:
		bits = uint64(uint16(bits))
	case KindS32:
		bits = uint64(int32(bits))
	case KindU32, KindF32, KindChar:
		bits = uint64(uint32(bits))
	}
	return Value{typ: t, num: bits}
}

// FromBits is a bool, number or char of type t from its bits, the opposite of
// [Value.Bits]. Bits that the type has no room for are dropped.
func FromBits(t *Type, bits uint64) (Value, error) {
	if t.Kind < KindBool || t.Kind > KindChar {
		return Value{}, errf("a value of bits cannot be of type `%s`", t.Short())
	}
	return number(t, bits), nil
}

// A fitter checks that values are of a type, quickly where they share it.
type fitter struct{ want, last *Type }

func (f *fitter) fits(v Value) bool {
	if v.typ == f.want && v.typ != nil || v.typ == f.last && v.typ != nil {
		return true
	}
	if v.typ == nil || !v.typ.Equal(f.want) {
		return false
	}
	f.last = v.typ
	return true
}

func isOf(v Value, t *Type) bool {
	f := fitter{want: t}
	return f.fits(v)
}

func want(t *Type, k Kind) error {
	if t == nil || t.Kind != k {
		return errf("the type must be of kind %s, not `%s`", k, t.Short())
	}
	return nil
}

func mismatch(part string, want *Type, v Value) error {
	return errf("%s must be of type `%s`, not `%s`", part, want.Short(), v.typ.Short())
}

// List is a list of type t. It keeps elems, except for lists of numbers.
func List(t *Type, elems []Value) (Value, error) {
	if err := want(t, KindList); err != nil {
		return Value{}, err
	}
	f := fitter{want: t.Elem}
	for i := range elems {
		if !f.fits(elems[i]) {
			return Value{}, mismatch("element "+itoa(i), t.Elem, elems[i])
		}
	}
	if err := fixedLen(t, len(elems)); err != nil {
		return Value{}, err
	}
	if ops := listOps(t); ops != nil {
		return Value{typ: t, ref: ops.pack(len(elems), func(i int) uint64 { return elems[i].num })}, nil
	}
	return Value{typ: t, ref: elems}, nil
}

func fixedLen(t *Type, n int) error {
	if t.Fixed && uint64(n) != uint64(t.Len) {
		return errf("a value of type `%s` must have %d elements, not %d", t.Short(), t.Len, n)
	}
	return nil
}

// Numbers is a list of numbers of type t, where T must be the Go type for the
// element's type. It keeps s.
func Numbers[T Number](t *Type, s []T) (Value, error) {
	if err := want(t, KindList); err != nil {
		return Value{}, err
	}
	if k := kindOf[T](); t.Elem.Kind != k {
		return Value{}, errf("cannot make a value of type `%s` from numbers of type `%s`", t.Short(), k)
	}
	if err := fixedLen(t, len(s)); err != nil {
		return Value{}, err
	}
	return Value{typ: t, ref: s}, nil
}

// kindOf is the kind of the numbers of a Go type.
func kindOf[T Number]() Kind {
	switch any(T(0)).(type) {
	case int8:
		return KindS8
	case uint8:
		return KindU8
	case int16:
		return KindS16
	case uint16:
		return KindU16
	case int32:
		return KindS32
	case uint32:
		return KindU32
	case int64:
		return KindS64
	case uint64:
		return KindU64
	case float32:
		return KindF32
	}
	return KindF64
}

// Record is a record or tuple of type t with its fields in order. It keeps
// fields.
func Record(t *Type, fields ...Value) (Value, error) {
	if t == nil || t.Kind != KindTuple {
		if err := want(t, KindRecord); err != nil {
			return Value{}, err
		}
	}
	if len(fields) != len(t.Fields) {
		return Value{}, errf("a value of type `%s` must have %d fields, not %d", t.Short(), len(t.Fields), len(fields))
	}
	for i, v := range fields {
		if !isOf(v, t.Fields[i].Type) {
			return Value{}, mismatch("field `"+t.Fields[i].Name+"`", t.Fields[i].Type, v)
		}
	}
	return Value{typ: t, ref: fields}, nil
}

// Tuple is a tuple of type t with its elements in order. It keeps elems.
func Tuple(t *Type, elems ...Value) (Value, error) {
	if err := want(t, KindTuple); err != nil {
		return Value{}, err
	}
	return Record(t, elems...)
}

// RecordFrom is a record of type t from fields by name. Fields that are
// options may be left out.
func RecordFrom(t *Type, fields map[string]Value) (Value, error) {
	if err := want(t, KindRecord); err != nil {
		return Value{}, err
	}
	out := make([]Value, len(t.Fields))
	found := 0
	for i, f := range t.Fields {
		v, ok := fields[f.Name]
		switch {
		case ok:
			found++
		case f.Type.optional():
			v = Value{typ: f.Type}
		default:
			return Value{}, errf("field `%s` is missing, of type `%s`", f.Name, f.Type.Short())
		}
		out[i] = v
	}
	if found < len(fields) {
		for name := range fields {
			if index(t.Fields, name) < 0 {
				return Value{}, errf("there is no field `%s` in type `%s`", name, t.Short())
			}
		}
	}
	return Record(t, out...)
}
