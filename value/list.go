package value

// This file is lists of numbers, which hold a slice of Go numbers.

import "math"

// numberOps are what differs between lists of numbers.
type numberOps struct {
	len func(ref any) int
	// at is the bits of an element as in Value.num.
	at func(ref any, i int) uint64
	// pack makes a slice of such bits.
	pack func(n int, bits func(i int) uint64) any
	// equal compares two slices, NaN being equal to NaN.
	equal func(a, b any) bool
	// append writes the elements.
	append func(dst []byte, ref any) []byte
}

// opsOf are the operations for slices of T.
func opsOf[T Number](to func(T) uint64, from func(uint64) T, write func(dst []byte, x T) []byte) *numberOps {
	return &numberOps{
		len: func(ref any) int { return len(ref.([]T)) },
		at:  func(ref any, i int) uint64 { return to(ref.([]T)[i]) },
		pack: func(n int, bits func(int) uint64) any {
			out := make([]T, n)
			for i := range out {
				out[i] = from(bits(i))
			}
			return out
		},
		equal: func(a, b any) bool {
			x, y := a.([]T), b.([]T)
			if len(x) != len(y) {
				return false
			}
			for i := range x {
				if x[i] == x[i] || y[i] == y[i] { // not NaN both
					if to(x[i]) != to(y[i]) {
						return false
					}
				}
			}
			return true
		},
		append: func(dst []byte, ref any) []byte {
			for i, x := range ref.([]T) {
				dst = appendSep(dst, i)
				dst = write(dst, x)
			}
			return dst
		},
	}
}

func intOps[T int8 | int16 | int32 | int64]() *numberOps {
	return opsOf(func(x T) uint64 { return uint64(int64(x)) }, func(b uint64) T { return T(b) },
		func(dst []byte, x T) []byte { return appendInt(dst, int64(x)) })
}

func uintOps[T uint8 | uint16 | uint32 | uint64]() *numberOps {
	return opsOf(func(x T) uint64 { return uint64(x) }, func(b uint64) T { return T(b) },
		func(dst []byte, x T) []byte { return appendUint(dst, uint64(x)) })
}

var listOpsTable = [NumKinds]*numberOps{
	KindS8: intOps[int8](), KindU8: uintOps[uint8](),
	KindS16: intOps[int16](), KindU16: uintOps[uint16](),
	KindS32: intOps[int32](), KindU32: uintOps[uint32](),
	KindS64: intOps[int64](), KindU64: uintOps[uint64](),
	KindF32: opsOf(func(x float32) uint64 { return uint64(math.Float32bits(x)) },
		func(b uint64) float32 { return math.Float32frombits(uint32(b)) },
		func(dst []byte, x float32) []byte { return appendFloat(dst, float64(x), 32) }),
	KindF64: opsOf(math.Float64bits, math.Float64frombits,
		func(dst []byte, x float64) []byte { return appendFloat(dst, x, 64) }),
}

// listOps are the operations of a list type of numbers, nil for another list.
func listOps(t *Type) *numberOps {
	if t.Elem == nil {
		return nil
	}
	return listOpsTable[t.Elem.Kind]
}
