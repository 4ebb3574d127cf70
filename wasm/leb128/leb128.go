// Package leb128 reads and writes the variable-length integers of the binary
// format (Binary Format, section "Integers").
//
// Each reader takes the bytes from the integer on and returns its value and
// length. An integer of N bits takes at most ceil(N/7) bytes, and the unused
// bits of its last byte must be zero, or equal to the sign for signed ones;
// within these bounds a longer form than needed is accepted. On failure the
// length is 0 and the error is one of the three of this package, without a
// position.
//
// Functions of this package do not allocate and are safe for concurrent use.
package leb128

import "errors"

// The ways an integer can be malformed. The texts are those of the
// specification's tests.
var (
	// ErrTruncated means that the bytes end within the integer.
	ErrTruncated = errors.New("unexpected end")
	// ErrTooLong means that the integer takes more bytes than its type allows.
	ErrTooLong = errors.New("integer representation too long")
	// ErrTooLarge means that unused bits of the last byte are not as they must
	// be: the value does not fit the type.
	ErrTooLarge = errors.New("integer too large")
)

// The largest number of bytes of an integer.
const (
	MaxLen32 = 5
	MaxLen33 = 5
	MaxLen64 = 10
)

// Uint32 reads a u32.
func Uint32(b []byte) (v uint32, n int, err error) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint32(b[0]), 1, nil
	}
	x, n, err := unsigned(b, 32)
	return uint32(x), n, err
}

// Uint64 reads a u64.
func Uint64(b []byte) (v uint64, n int, err error) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1, nil
	}
	return unsigned(b, 64)
}

// Int32 reads an s32.
func Int32(b []byte) (v int32, n int, err error) {
	if len(b) > 0 && b[0] < 0x80 {
		return int32(int8(b[0]<<1) >> 1), 1, nil
	}
	x, n, err := signed(b, 32)
	return int32(x), n, err
}

// Int33 reads an s33, which block types and heap types use so that they hold
// any u32 and a few negative codes.
func Int33(b []byte) (v int64, n int, err error) {
	return signed(b, 33)
}

// Int64 reads an s64.
func Int64(b []byte) (v int64, n int, err error) {
	if len(b) > 0 && b[0] < 0x80 {
		return int64(int8(b[0]<<1) >> 1), 1, nil
	}
	return signed(b, 64)
}

func unsigned(b []byte, bits uint) (v uint64, n int, err error) {
	for shift := uint(0); ; shift += 7 {
		if shift >= bits {
			return 0, 0, ErrTooLong
		}
		if n == len(b) {
			return 0, 0, ErrTruncated
		}
		c := b[n]
		n++
		if left := bits - shift; left < 7 && c&0x7f>>left != 0 {
			return 0, 0, ErrTooLarge
		}
		v |= uint64(c&0x7f) << shift
		if c&0x80 == 0 {
			return v, n, nil
		}
	}
}

func signed(b []byte, bits uint) (v int64, n int, err error) {
	for shift := uint(0); ; shift += 7 {
		if shift >= bits {
			return 0, 0, ErrTooLong
		}
		if n == len(b) {
			return 0, 0, ErrTruncated
		}
		c := b[n]
		n++
		if left := bits - shift; left < 7 {
			// The bits from the sign bit on must all be equal.
			if mask := byte(0x7f) &^ (1<<(left-1) - 1); c&mask != 0 && c&mask != mask {
				return 0, 0, ErrTooLarge
			}
		}
		v |= int64(c&0x7f) << shift
		if c&0x80 == 0 {
			if s := shift + 7; s < 64 {
				v = v << (64 - s) >> (64 - s)
			}
			return v, n, nil
		}
	}
}

// AppendUint appends v in as few bytes as possible.
func AppendUint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// AppendUintPadded appends v in width bytes, or in as few as possible when
// width is too small. With a width above that of its type the integer is
// malformed.
func AppendUintPadded(b []byte, v uint64, width int) []byte {
	for width > 1 {
		b = append(b, byte(v)|0x80)
		v >>= 7
		width--
	}
	return AppendUint(b, v)
}

// AppendInt appends v, signed, in as few bytes as possible.
func AppendInt(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// UintLen is the number of bytes [AppendUint] appends for v.
func UintLen(v uint64) int {
	n := 1
	for v >= 0x80 {
		v >>= 7
		n++
	}
	return n
}
