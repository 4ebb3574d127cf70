// This file is the values of scripts: arguments, and patterns for results.

package script

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dray-wasm/dray/wasm"
)

// A ValueKind says which kind of value or pattern a [Value] is.
type ValueKind uint8

// The kinds of value. Those up to ValueEither are of modules; f32 and f64 are
// of components, too.
const (
	ValueI32 ValueKind = iota
	ValueI64
	ValueF32
	ValueF64
	ValueV128
	ValueRefNull   // a null reference, of Heap where HasHeap is set
	ValueRefExtern // an external reference, of the host's value Num where HasNum is set
	ValueRefHost   // an internal reference to a host value
	ValueRef       // a reference that is not null, of Heap where HasHeap is set
	ValueEither    // one of Items
	ValueBool
	ValueU8
	ValueS8
	ValueU16
	ValueS16
	ValueU32
	ValueS32
	ValueU64
	ValueS64
	ValueChar
	ValueString  // Str
	ValueList    // Items
	ValueRecord  // Names and Items
	ValueTuple   // Items
	ValueVariant // Str, and Items where it has a payload
	ValueEnum    // Str
	ValueOption  // Items: none or one
	ValueResult  // Str is "ok" or "err"; Items: none or one
	ValueFlags   // Names
	ValueHandle  // a handle that a component gave; Str is its text
)

// A NaN is a set of NaN values as a pattern.
type NaN uint8

// The patterns.
const (
	NaNNone       NaN = iota // a value, not a pattern
	NaNCanonical             // nan:canonical
	NaNArithmetic            // nan:arithmetic
)

// A Shape is how a v128 is written: the type and number of its lanes.
type Shape struct {
	Bits, Lanes int
	Float       bool
}

// String is the shape's name.
func (s Shape) String() string {
	c := 'i'
	if s.Float {
		c = 'f'
	}
	return fmt.Sprintf("%c%dx%d", c, s.Bits, s.Lanes)
}

// A Lane is a lane of a vector: its bits, or a pattern.
type Lane struct {
	Bits uint64
	NaN  NaN
}

// A Value is an argument or an expected result.
type Value struct {
	Kind ValueKind
	// Num are the bits of a number, the code point of a char, 1 for true, or
	// the host value of a reference; NaN replaces it in a pattern.
	Num    uint64
	HasNum bool
	NaN    NaN
	// Shape and Lanes are those of a v128.
	Shape Shape
	Lanes []Lane
	// Heap is the abstract heap type of a reference.
	Heap    wasm.HeapType
	HasHeap bool
	// Str, Names and Items are the parts of component values, see the kinds.
	Str   string
	Names []string
	Items []Value
}

// valueType is the type of an argument for a function of a module; ok is false
// for values of components and for patterns.
func (v *Value) valueType() (t wasm.ValType, ok bool) {
	switch v.Kind {
	case ValueI32:
		return wasm.I32, true
	case ValueI64:
		return wasm.I64, true
	case ValueF32:
		return wasm.F32, v.NaN == NaNNone
	case ValueF64:
		return wasm.F64, v.NaN == NaNNone
	case ValueV128:
		for _, l := range v.Lanes {
			if l.NaN != NaNNone {
				return wasm.V128, false
			}
		}
		return wasm.V128, true
	case ValueRefNull:
		return wasm.Ref(true, v.Heap), v.HasHeap
	case ValueRefExtern:
		return wasm.Ref(false, wasm.HeapExtern), v.HasNum
	case ValueRefHost:
		return wasm.Ref(false, wasm.HeapAny), v.HasNum
	}
	return 0, false
}

// vector packs the lanes of a v128.
func (v *Value) vector() (lo, hi uint64) {
	words := [2]uint64{}
	for i, l := range v.Lanes {
		at := i * v.Shape.Bits
		words[at/64] |= l.Bits << (at % 64)
	}
	return words[0], words[1]
}

// isNaN tells whether bits of a float of a width are in a set of NaN values
// (Syntax, "NaN": canonical and arithmetic).
func isNaN(set NaN, bits uint64, width int) bool {
	if width == 32 {
		if set == NaNCanonical {
			return bits&0x7fff_ffff == 0x7fc0_0000
		}
		return bits&0x7fc0_0000 == 0x7fc0_0000
	}
	if set == NaNCanonical {
		return bits&0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000
	}
	return bits&0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000
}

// matches tells whether a result is what the pattern asks for. t is the type
// of the result, lo and hi its words; a reference is null when lo is 0.
func (v *Value) matches(t wasm.ValType, lo, hi uint64) bool {
	switch v.Kind {
	case ValueEither:
		for i := range v.Items {
			if v.Items[i].matches(t, lo, hi) {
				return true
			}
		}
		return false
	case ValueI32:
		return t == wasm.I32 && uint32(lo) == uint32(v.Num)
	case ValueI64:
		return t == wasm.I64 && lo == v.Num
	case ValueF32:
		return t == wasm.F32 && matchFloat(v.NaN, v.Num, uint64(uint32(lo)), 32)
	case ValueF64:
		return t == wasm.F64 && matchFloat(v.NaN, v.Num, lo, 64)
	case ValueV128:
		return t == wasm.V128 && v.matchLanes(lo, hi)
	case ValueRefNull:
		return t.IsRef() && lo == 0 && (!v.HasHeap || sameHierarchy(t.Heap(), v.Heap))
	case ValueRefExtern:
		return t.IsRef() && lo != 0 && sameHierarchy(t.Heap(), wasm.HeapExtern) && (!v.HasNum || lo == hostHandle(v.Num))
	case ValueRefHost:
		return t.IsRef() && lo != 0 && sameHierarchy(t.Heap(), wasm.HeapAny) && (!v.HasNum || lo == hostHandle(v.Num))
	case ValueRef:
		return t.IsRef() && lo != 0 && (!v.HasHeap || sameHierarchy(t.Heap(), v.Heap))
	}
	return false
}

func (v *Value) matchLanes(lo, hi uint64) bool {
	words, mask := [2]uint64{lo, hi}, ^uint64(0)>>(64-v.Shape.Bits)
	for i, l := range v.Lanes {
		at := i * v.Shape.Bits
		if !matchFloat(l.NaN, l.Bits, words[at/64]>>(at%64)&mask, v.Shape.Bits) {
			return false
		}
	}
	return true
}

func matchFloat(set NaN, want, got uint64, width int) bool {
	if set != NaNNone {
		return isNaN(set, got, width)
	}
	return want == got
}

// hostHandle is the engine's handle for a host value: not 0, which is null.
func hostHandle(n uint64) uint64 { return n + 1 }

// sameHierarchy tells whether two heap types can have values in common, as far
// as the types alone tell. A type index is taken to be of any hierarchy.
func sameHierarchy(a, b wasm.HeapType) bool {
	_, ia := a.Index()
	_, ib := b.Index()
	return ia || ib || a.Top() == b.Top()
}

// String is the value as a script writes it, for messages.
func (v Value) String() string {
	switch v.Kind {
	case ValueI32:
		return fmt.Sprintf("(i32.const %d)", int32(v.Num))
	case ValueI64:
		return fmt.Sprintf("(i64.const %d)", int64(v.Num))
	case ValueF32, ValueF64:
		return "(" + valueNames[v.Kind] + " " + floatText(v.NaN, v.Num, 32*int(1+v.Kind-ValueF32)) + ")"
	case ValueV128:
		var b strings.Builder
		b.WriteString("(v128.const " + v.Shape.String())
		for _, l := range v.Lanes {
			b.WriteByte(' ')
			if v.Shape.Float {
				b.WriteString(floatText(l.NaN, l.Bits, v.Shape.Bits))
			} else {
				fmt.Fprintf(&b, "0x%0*x", v.Shape.Bits/4, l.Bits)
			}
		}
		return b.String() + ")"
	case ValueRefNull, ValueRefExtern, ValueRefHost, ValueRef:
		return v.refText()
	}
	return v.componentText()
}

func (v *Value) refText() string {
	switch {
	case v.Kind == ValueRefNull && v.HasHeap:
		return "(ref.null " + v.Heap.String() + ")"
	case v.Kind == ValueRefNull:
		return "(ref.null)"
	case v.Kind == ValueRef && !v.HasHeap:
		return "(ref)"
	case v.Kind == ValueRef:
		return "(ref." + v.Heap.String() + ")"
	}
	name := "(ref.extern"
	if v.Kind == ValueRefHost {
		name = "(ref.host"
	}
	if v.HasNum {
		name += " " + strconv.FormatUint(v.Num, 10)
	}
	return name + ")"
}

// floatText is a float in the text format, NaN values with their payload.
func floatText(set NaN, bits uint64, width int) string {
	switch set {
	case NaNCanonical:
		return "nan:canonical"
	case NaNArithmetic:
		return "nan:arithmetic"
	}
	return wasmFloat(bits, width)
}
