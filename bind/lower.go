package bind

// This file is how values are lowered. Guest code runs whenever memory is
// allocated: a slice of the memory is then to be taken anew, see [At].

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/abi"
)

func badValue(format string, args ...any) error {
	return diag.Errorf(abi.CodeValue, diag.Pos{}, format, args...)
}

// Within says in which part of a value something was wrong.
func Within(err error, part string) error {
	if e, ok := err.(*diag.Error); ok && e.Code == abi.CodeValue {
		named := *e
		named.Msg = part + ": " + e.Msg
		return &named
	}
	return abi.Within(err, part)
}

// Element says in which element of a list something was wrong.
func Element(err error, i int) error { return Within(err, "["+strconv.Itoa(i)+"]") }

// BadEnum is the error of a case that the host's value should not have.
func BadEnum(name string, x uint64, cases int) error {
	return badValue("%d is no case of %s, which has %d", x, name, cases)
}

// W32 is the bits of an f32.
func W32(f float32) uint32 {
	if f != f {
		return canonicalNaN32
	}
	return math.Float32bits(f)
}

// W64 is the bits of an f64.
func W64(f float64) uint64 {
	if f != f {
		return canonicalNaN64
	}
	return math.Float64bits(f)
}

// Bit is a bool as a word.
func Bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// Rune checks and lowers a char.
func Rune(r rune) (uint64, error) {
	if !validChar(uint32(r)) {
		return 0, badValue("a char must be a Unicode scalar value, not %#x", uint32(r))
	}
	return uint64(uint32(r)), nil
}

// Put16 stores an integer.
func Put16(m []byte, x uint16) { le.PutUint16(m, x) }

// Put32 stores an integer.
func Put32(m []byte, x uint32) { le.PutUint32(m, x) }

// Put64 stores an integer.
func Put64(m []byte, x uint64) { le.PutUint64(m, x) }

// PutPair stores a pointer and a length.
func PutPair(m []byte, ptr, n uint64) {
	le.PutUint32(m, uint32(ptr))
	le.PutUint32(m[4:], uint32(n))
}

// At is the memory of a value at a place that was checked before. It is good
// until guest code runs.
func At(cx *Context, ptr, size uint64) []byte {
	return cx.Memory.Bytes()[ptr:][:size:size]
}

// Allocate asks the guest for room for n values.
func Allocate(cx *Context, n int, size, align uint64) (uint64, error) {
	if cx.Memory == nil {
		_, err := memory(cx)
		return 0, err
	}
	// n is below 2^48: as many values cannot be in the host's memory.
	if total := uint64(n) * size; total > abi.MaxListByteLength || n > abi.MaxListByteLength {
		return 0, badValue("a list of %d elements of %d bytes: at most %d bytes are allowed", n, size, uint64(abi.MaxListByteLength))
	}
	return cx.Allocate(align, uint64(n)*size)
}

// LowerString puts a string into the guest's memory, and gives its pointer and
// length.
func LowerString(cx *Context, s string) (ptr, n uint64, err error) {
	if err := CheckString(s); err != nil {
		return 0, 0, err
	}
	if cx.Encoding != abi.UTF8 {
		return abi.StoreString(cx, s)
	}
	if ptr, err = Allocate(cx, len(s), 1, 1); err != nil {
		return 0, 0, err
	}
	copy(At(cx, ptr, uint64(len(s))), s)
	return ptr, uint64(len(s)), nil
}

// CheckString checks that a string can be lowered.
func CheckString(s string) error {
	switch {
	case len(s) > abi.MaxStringByteLength:
		return badValue("a string of %d bytes: at most %d are allowed", len(s), abi.MaxStringByteLength)
	case !utf8.ValidString(s):
		return badValue("a string must be UTF-8, and %q is not", s[:min(len(s), 40)])
	}
	return nil
}

// CheckChar checks that a char can be lowered.
func CheckChar(r rune) error {
	_, err := Rune(r)
	return err
}

// CheckCase checks that a case is one of its type's.
func CheckCase(name string, x uint64, cases int) error {
	if x >= uint64(cases) {
		return BadEnum(name, x, cases)
	}
	return nil
}

// LowerNumbers puts a list of numbers into the guest's memory, and gives its
// pointer; its length is len(s).
func LowerNumbers[T Number](cx *Context, s []T) (uint64, error) {
	size := sizeOf[T]()
	ptr, err := Allocate(cx, len(s), size, size)
	if err != nil {
		return 0, err
	}
	PutNumbers(At(cx, ptr, uint64(len(s))*size), s)
	return ptr, nil
}

// PutNumbers stores numbers.
func PutNumbers[T Number](m []byte, s []T) {
	switch s := any(s).(type) {
	case []uint8:
		copy(m, s)
	case []int8:
		for i, x := range s {
			m[i] = byte(x)
		}
	case []uint16:
		for i, x := range s {
			le.PutUint16(m[2*i:], x)
		}
	case []int16:
		for i, x := range s {
			le.PutUint16(m[2*i:], uint16(x))
		}
	case []uint32:
		for i, x := range s {
			le.PutUint32(m[4*i:], x)
		}
	case []int32:
		for i, x := range s {
			le.PutUint32(m[4*i:], uint32(x))
		}
	case []float32:
		for i, x := range s {
			le.PutUint32(m[4*i:], W32(x))
		}
	case []uint64:
		for i, x := range s {
			le.PutUint64(m[8*i:], x)
		}
	case []int64:
		for i, x := range s {
			le.PutUint64(m[8*i:], uint64(x))
		}
	case []float64:
		for i, x := range s {
			le.PutUint64(m[8*i:], W64(x))
		}
	}
}
