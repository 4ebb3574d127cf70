package dray

// This file is values of the core language.

import (
	"fmt"
	"math"
	"strconv"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

// A CoreValue is a value with its type.
type CoreValue struct {
	typ  wasm.ValType
	bits engine.Value
}

// I32 is a value of type i32.
func I32(v int32) CoreValue { return CoreValue{wasm.I32, engine.Value{Lo: uint64(uint32(v))}} }

// I64 is a value of type i64.
func I64(v int64) CoreValue { return CoreValue{wasm.I64, engine.Value{Lo: uint64(v)}} }

// F32 is a value of type f32.
func F32(v float32) CoreValue {
	return CoreValue{wasm.F32, engine.Value{Lo: uint64(math.Float32bits(v))}}
}

// F64 is a value of type f64.
func F64(v float64) CoreValue { return CoreValue{wasm.F64, engine.Value{Lo: math.Float64bits(v)}} }

// V128 is a value of type v128 from its two halves.
func V128(lo, hi uint64) CoreValue { return CoreValue{wasm.V128, engine.Value{Lo: lo, Hi: hi}} }

// Type is the value's type.
func (v CoreValue) Type() wasm.ValType { return v.typ }

// I32 is the value as an int32; it means nothing for other types.
func (v CoreValue) I32() int32 { return int32(v.bits.Lo) }

// I64 is the value as an int64; it means nothing for other types.
func (v CoreValue) I64() int64 { return int64(v.bits.Lo) }

// F32 is the value as a float32; it means nothing for other types.
func (v CoreValue) F32() float32 { return math.Float32frombits(uint32(v.bits.Lo)) }

// F64 is the value as a float64; it means nothing for other types.
func (v CoreValue) F64() float64 { return math.Float64frombits(v.bits.Lo) }

// V128 is the value's two halves.
func (v CoreValue) V128() (lo, hi uint64) { return v.bits.Lo, v.bits.Hi }

// String is the value as a person writes it.
func (v CoreValue) String() string {
	switch v.typ {
	case wasm.I32:
		return strconv.FormatInt(int64(v.I32()), 10)
	case wasm.I64:
		return strconv.FormatInt(v.I64(), 10)
	case wasm.F32:
		return strconv.FormatFloat(float64(v.F32()), 'g', -1, 32)
	case wasm.F64:
		return strconv.FormatFloat(v.F64(), 'g', -1, 64)
	case wasm.V128:
		return fmt.Sprintf("0x%016x%016x", v.bits.Hi, v.bits.Lo)
	}
	if v.bits.Lo == 0 {
		return "null"
	}
	return fmt.Sprintf("%v(%#x)", v.typ, v.bits.Lo)
}

// ParseCoreValue reads a value of a type as a person writes it: numbers in Go's
// notations; unsigned ones where they fit the type's bits.
func ParseCoreValue(t wasm.ValType, s string) (CoreValue, error) {
	switch t {
	case wasm.I32:
		n, err := parseInt(s, 32)
		return I32(int32(n)), err
	case wasm.I64:
		n, err := parseInt(s, 64)
		return I64(n), err
	case wasm.F32:
		f, err := strconv.ParseFloat(s, 32)
		if err != nil {
			err = fmt.Errorf("%q is not a number of type f32", s)
		}
		return F32(float32(f)), err
	case wasm.F64:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			err = fmt.Errorf("%q is not a number of type f64", s)
		}
		return F64(f), err
	}
	return CoreValue{}, fmt.Errorf("a value of type %v cannot be written here: only i32, i64, f32 and f64 can", t)
}

func parseInt(s string, bits int) (int64, error) {
	if n, err := strconv.ParseInt(s, 0, bits); err == nil {
		return n, nil
	}
	u, err := strconv.ParseUint(s, 0, bits)
	if err != nil {
		return 0, fmt.Errorf("%q is not an integer of type i%d", s, bits)
	}
	return int64(u), nil
}
