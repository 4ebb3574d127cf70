package bind

// This file is how values are lifted. Words of the flat form have i32 and f32
// in their low half. No guest code runs while values are lifted, so that a
// slice of the memory stays good.

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/dray-wasm/dray/internal/abi"
)

var le = binary.LittleEndian

// A Number is an element of a list that is one copy.
type Number interface {
	int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64
}

// The bits of the one NaN of each type.
const (
	canonicalNaN32 = 0x7fc00000
	canonicalNaN64 = 0x7ff8000000000000
)

// F32 is the f32 with the bits in a word.
func F32(w uint64) float32 {
	f := math.Float32frombits(uint32(w))
	if f != f {
		return math.Float32frombits(canonicalNaN32)
	}
	return f
}

// F64 is the f64 with the bits in a word.
func F64(w uint64) float64 {
	f := math.Float64frombits(w)
	if f != f {
		return math.Float64frombits(canonicalNaN64)
	}
	return f
}

// Char is the char in a word.
func Char(w uint64) (rune, error) {
	c := uint32(w)
	if !validChar(c) {
		return 0, abi.Trapf("invalid `char` bit pattern: %#x is no Unicode scalar value", c)
	}
	return rune(c), nil
}

func validChar(c uint32) bool { return c < 0xd800 || c >= 0xe000 && c < 0x110000 }

// BadCase is the trap of a discriminant that is not there.
func BadCase(w uint64, cases int) error {
	return abi.Trapf("invalid variant discriminant: %d, but there are %d cases", uint32(w), cases)
}

// U16, U32 and U64 load integers.
func U16(m []byte) uint16 { return le.Uint16(m) }

// U32 loads an integer.
func U32(m []byte) uint32 { return le.Uint32(m) }

// U64 loads an integer.
func U64(m []byte) uint64 { return le.Uint64(m) }

// memory is the bytes of the memory.
func memory(cx *Context) ([]byte, error) {
	if cx.Memory == nil {
		return nil, abi.Trapf("a value needs memory, but the canonical definition has no option memory")
	}
	return cx.Memory.Bytes(), nil
}

// Area is the memory of a value at a pointer that the guest gave. Size and
// alignment are in bytes. It is good until guest code runs.
func Area(cx *Context, word, size, align uint64) ([]byte, error) {
	m, err := memory(cx)
	if err != nil {
		return nil, err
	}
	ptr, n := uint64(uint32(word)), uint64(len(m))
	switch {
	case ptr&(align-1) != 0:
		return nil, abi.Trapf("unaligned pointer: %#x is not a multiple of %d", ptr, align)
	case ptr > n || size > n-ptr:
		return nil, abi.Trapf("pointer out of bounds of memory: %d bytes at %#x, but the memory has %d", size, ptr, n)
	}
	return m[ptr:][:size:size], nil
}

// Spend counts host memory that a lifted value takes, in bytes.
func Spend(cx *Context, n uint64) error { return cx.Spend(n) }

// LiftString lifts a string from its pointer and length.
func LiftString(cx *Context, ptr, n uint64) (string, error) {
	return abi.LoadString(cx, uint64(uint32(ptr)), uint64(uint32(n)))
}

// LoadString loads a string whose pointer and length are in memory.
func LoadString(cx *Context, m []byte) (string, error) {
	return abi.LoadString(cx, uint64(le.Uint32(m)), uint64(le.Uint32(m[4:])))
}

// LiftList is the memory of the elements of a list, from its pointer and
// length, and how many they are. Size and alignment are those of an element;
// cost is what an element takes of the host's memory. It is good until guest
// code runs.
func LiftList(cx *Context, ptr, n, size, align, cost uint64) (m []byte, count int, err error) {
	mem, err := memory(cx)
	if err != nil {
		return nil, 0, err
	}
	ptr, n = uint64(uint32(ptr)), uint64(uint32(n))
	if ptr&(align-1) != 0 {
		return nil, 0, abi.Trapf("unaligned pointer: list at %#x, which is not a multiple of %d", ptr, align)
	}
	have := uint64(len(mem))
	over, total := bits.Mul64(n, size)
	switch {
	case over != 0 || ptr > have || total > have-ptr:
		return nil, 0, abi.Trapf("list content out-of-bounds: %d elements of %d bytes at %#x, but the memory has %d", n, size, ptr, have)
	case total > abi.MaxListByteLength || n > abi.MaxListByteLength:
		return nil, 0, abi.Trapf("list of %d elements of %d bytes: at most %d bytes are allowed", n, size, uint64(abi.MaxListByteLength))
	}
	if err := cx.Spend(24 + n*cost); err != nil {
		return nil, 0, err
	}
	return mem[ptr:][:total:total], int(n), nil
}

// LoadList is LiftList of a pointer and length in memory.
func LoadList(cx *Context, m []byte, size, align, cost uint64) ([]byte, int, error) {
	return LiftList(cx, uint64(le.Uint32(m)), uint64(le.Uint32(m[4:])), size, align, cost)
}

// LiftBytes lifts a list of u8 from its pointer and length.
func LiftBytes(cx *Context, ptr, n uint64) ([]byte, error) {
	m, _, err := LiftList(cx, ptr, n, 1, 1, 1)
	if err != nil {
		return nil, err
	}
	return append(make([]byte, 0, len(m)), m...), nil
}

// LoadBytes is LiftBytes of a pointer and length in memory.
func LoadBytes(cx *Context, m []byte) ([]byte, error) {
	return LiftBytes(cx, uint64(le.Uint32(m)), uint64(le.Uint32(m[4:])))
}

// LiftNumbers lifts a list of numbers from its pointer and length.
func LiftNumbers[T Number](cx *Context, ptr, n uint64) ([]T, error) {
	size := sizeOf[T]()
	m, count, err := LiftList(cx, ptr, n, size, size, size)
	if err != nil {
		return nil, err
	}
	out := make([]T, count)
	GetNumbers(out, m)
	return out, nil
}

// LoadNumbers is LiftNumbers of a pointer and length in memory.
func LoadNumbers[T Number](cx *Context, m []byte) ([]T, error) {
	return LiftNumbers[T](cx, uint64(le.Uint32(m)), uint64(le.Uint32(m[4:])))
}

// sizeOf is the size of a number in bytes, and its alignment.
func sizeOf[T Number]() uint64 {
	var x T
	switch any(x).(type) {
	case int8, uint8:
		return 1
	case int16, uint16:
		return 2
	case int32, uint32, float32:
		return 4
	}
	return 8
}

// GetNumbers loads as many numbers as out has room for.
func GetNumbers[T Number](out []T, m []byte) {
	switch out := any(out).(type) {
	case []uint8:
		copy(out, m)
	case []int8:
		for i := range out {
			out[i] = int8(m[i])
		}
	case []uint16:
		for i := range out {
			out[i] = le.Uint16(m[2*i:])
		}
	case []int16:
		for i := range out {
			out[i] = int16(le.Uint16(m[2*i:]))
		}
	case []uint32:
		for i := range out {
			out[i] = le.Uint32(m[4*i:])
		}
	case []int32:
		for i := range out {
			out[i] = int32(le.Uint32(m[4*i:]))
		}
	case []float32:
		for i := range out {
			out[i] = F32(uint64(le.Uint32(m[4*i:])))
		}
	case []uint64:
		for i := range out {
			out[i] = le.Uint64(m[8*i:])
		}
	case []int64:
		for i := range out {
			out[i] = int64(le.Uint64(m[8*i:]))
		}
	case []float64:
		for i := range out {
			out[i] = F64(le.Uint64(m[8*i:]))
		}
	}
}
