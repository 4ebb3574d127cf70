package abi

// This file is the steps of lifting and lowering one by one, for packages that
// lift to and lower from values of their own. They check what a guest gives
// and trap as Load and Store do.

import (
	"unicode/utf8"

	"github.com/dray-wasm/dray/value"
)

// Pointer is a word of the flat form as a pointer or length.
func (w Width) Pointer(x uint64) uint64 { return w.pointer(x) }

// Bytes is the option memory, or a trap where there is none. It is valid until
// guest code runs.
func (cx *Context) Bytes() ([]byte, error) { return cx.memory() }

// CheckRange checks an address that a guest gave for size bytes of a memory of
// n bytes.
func CheckRange(ptr, size, align uint64, n int) error { return checkRange(ptr, size, align, n) }

// CheckList checks where a guest says that a list is: count elements of type t,
// in a memory of n bytes.
func CheckList(ptr, count uint64, t *Type, w Width, n int) error {
	return checkElements(ptr, count, t.ElemSize(w), t.Alignment(w), uint64(n))
}

// checkElements is CheckList of elements of a size and alignment in a memory
// (load_list_from_range).
func checkElements(ptr, count, size, align, memory uint64) error {
	bytes := blockSize(count, size)
	switch {
	case ptr&(align-1) != 0:
		return Trapf("unaligned pointer: list at %#x, which is not a multiple of %d", ptr, align)
	case ptr > memory || bytes > memory-ptr:
		return Trapf("list content out-of-bounds: %d elements of %d bytes at %#x, but the memory has %d", count, size, ptr, memory)
	case bytes > MaxListByteLength || count > MaxListByteLength:
		return Trapf("list of %d elements of %d bytes: at most %d bytes are allowed", count, size, MaxListByteLength)
	}
	return nil
}

// FitsList tells whether a list of count elements of type t may be lowered.
func FitsList(count int, t *Type, w Width) bool {
	return count <= MaxListByteLength && blockSize(uint64(count), t.ElemSize(w)) <= MaxListByteLength
}

// LoadInt reads an integer of 1, 2, 4 or 8 bytes, which must be in bounds.
func LoadInt(mem []byte, ptr, size uint64) uint64 { return loadInt(mem, ptr, size) }

// StoreInt writes the low bytes of an integer, which must be in bounds.
func StoreInt(mem []byte, ptr, size, x uint64) { storeInt(mem, ptr, size, x) }

// LoadPointer reads a pointer or length, which must be in bounds.
func LoadPointer(mem []byte, ptr uint64, w Width) uint64 { return loadPointer(mem, ptr, w) }

// StorePointer writes a pointer or length, which must be in bounds.
func StorePointer(mem []byte, ptr uint64, w Width, x uint64) { storePointer(mem, ptr, w, x) }

// StoreValidString is StoreString of a string that [CheckString] has checked.
func StoreValidString(cx *Context, s string) (ptr, taggedCodeUnits uint64, err error) {
	if cx.Encoding != UTF8 {
		return storeStringIntoRange(cx, text{data: []byte(s), enc: simpleUTF8})
	}
	ptr, dst, err := realloc(cx, 0, 0, 1, uint64(len(s)))
	if err != nil {
		return 0, 0, err
	}
	copy(dst, s)
	return ptr, uint64(len(s)), nil
}

// CheckString checks that a string of the host can be lowered. The error is of
// the code [CodeValue].
func CheckString(s string) error {
	switch {
	case len(s) > MaxStringByteLength:
		return badValue("a string of %d bytes: at most %d are allowed", len(s), MaxStringByteLength)
	case !validString(s):
		return badValue("a string must be UTF-8, and %q is not", s[:min(len(s), 40)])
	}
	return nil
}

// validString is utf8.ValidString, faster where a long string is ASCII.
func validString(s string) bool {
	for len(s) >= 32 {
		x := word(s) | word(s[8:]) | word(s[16:]) | word(s[24:])
		if x&highBits != 0 {
			break
		}
		s = s[32:]
	}
	return utf8.ValidString(s)
}

// word is the first eight bytes of a string.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// CheckChar checks that a character of the host can be lowered. The error is of
// the code [CodeValue].
func CheckChar(c rune) error {
	if !validChar(uint32(c)) {
		return badValue("a char must be a Unicode scalar value, not %#x", uint32(c))
	}
	return nil
}

// LiftChar is a word that a guest gave as a character.
func LiftChar(x uint64) (rune, error) {
	if !validChar(uint32(x)) {
		return 0, badChar(uint32(x))
	}
	return rune(x), nil
}

// LiftCase checks the discriminant that a guest gave for a type with cases.
func LiftCase(x uint64, t *Type) (int, error) {
	if x >= uint64(len(t.Cases)) {
		return 0, badCase(x, len(t.Cases))
	}
	return int(x), nil
}

// CanonicalNaN32 makes the bits of a NaN those of the one NaN.
func CanonicalNaN32(bits uint32) uint32 { return canonicalizeNaN32(bits) }

// CanonicalNaN64 makes the bits of a NaN those of the one NaN.
func CanonicalNaN64(bits uint64) uint64 { return canonicalizeNaN64(bits) }

// LiftHandle is what stands in Go for a handle of type t that a guest gave.
func LiftHandle(cx *Context, i uint32, t *Type) (any, error) { return liftHandle(cx, i, t) }

// LowerHandle gives a guest a handle of type t for what stands for it in Go.
func LowerHandle(cx *Context, v any, t *Type) (uint32, error) { return lowerHandle(cx, v, t) }

// WithinField says in which field of a record, tuple, or tuple of a function a
// trap happened.
func (t *Type) WithinField(err error, i int) error { return t.within(err, i) }

// WithinCase says in which case a trap happened.
func (t *Type) WithinCase(err error, i int) error { return t.withinCase(err, i) }

// WithinElem says in which element of a list a trap happened.
func WithinElem(err error, i int) error { return within(err, uint64(i)) }

// FlatLen is the number of words of the flat form of t, more than
// MaxFlatParams where it has none.
func (t *Type) FlatLen() int { return int(t.flatLen) }

// CheckValue checks that v is a value of type t that can be lowered. The error
// is of the code [CodeValue].
func CheckValue(v value.Value, t *Type) error { return check(v, t) }
