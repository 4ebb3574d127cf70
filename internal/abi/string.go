package abi

// This file is strings in memory and how they are loaded (sections "Loading"
// and "Storing" of the Canonical ABI, strings).

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/engine"
)

// MaxStringByteLength is the largest size in bytes of a string that can be
// lifted or lowered, in the encoding it comes in (MAX_STRING_BYTE_LENGTH).
const MaxStringByteLength = 1<<28 - 1

// A simple encoding is how the code units of one string are encoded, where an
// [Encoding] may leave a choice for each string.
type simple uint8

// The simple encodings.
const (
	simpleUTF8 simple = iota
	simpleUTF16
	simpleLatin1
)

// A text is a string that was loaded and checked, but not yet copied.
type text struct {
	data []byte // the code units, little endian and well formed
	enc  simple
	// dynamic is set when the string comes from a memory of the encoding
	// latin1+utf16.
	dynamic bool
	// mem is the memory that data is part of, from address ptr on, or nil.
	mem engine.Memory
	ptr uint64
	// str is the string itself when it comes from Go; data is then nil.
	host bool
	str  string
}

// textOf is a text of a Go string. It need not be valid UTF-8: storing it then
// is an error.
func textOf(s string) text { return text{host: true, str: s} }

// bytes is data again, where the memory may have moved. What it holds is well
// formed unless guest code has changed it.
func (t *text) bytes() []byte {
	if t.mem != nil {
		t.data = t.mem.Bytes()[t.ptr:][:len(t.data)]
	}
	return t.data
}

// units is the number of code units.
func (t *text) units() uint64 {
	if t.enc == simpleUTF16 {
		return uint64(len(t.data)) / 2
	}
	return uint64(len(t.data))
}

// utf8Len is the number of bytes that String takes.
func (t *text) utf8Len() uint64 {
	switch {
	case t.host:
		return uint64(len(t.str))
	case t.enc == simpleUTF16:
		return utf16AsUTF8Len(t.data)
	case t.enc == simpleLatin1:
		return latin1AsUTF8Len(t.data)
	}
	return uint64(len(t.data))
}

// String is the string as Go has it.
func (t text) String() string {
	if t.host {
		return t.str
	}
	if t.enc == simpleUTF8 {
		return string(t.data)
	}
	var b strings.Builder
	b.Grow(int(t.utf8Len()))
	var buf [512]byte
	for src := t.data; len(src) > 0; {
		var n, taken int
		if t.enc == simpleUTF16 {
			n, taken = utf16ToUTF8(buf[:], src)
		} else {
			n, taken = latin1ToUTF8(buf[:], src)
		}
		b.Write(buf[:n])
		src = src[taken:]
	}
	return b.String()
}

// utf16Tag is the bit of a length that says that a string of the encoding
// latin1+utf16 is UTF-16 (utf16_tag).
func (w Width) utf16Tag() uint64 { return 1 << (w.Size()*8 - 1) }

// loadPointer reads a pointer or length from memory.
func loadPointer(mem []byte, ptr uint64, w Width) uint64 {
	if w == Width64 {
		return le.Uint64(mem[ptr:])
	}
	return uint64(le.Uint32(mem[ptr:]))
}

// loadString loads the string whose pointer and length are at ptr, which is
// in bounds (load_string). The text refers to memory and is valid until guest
// code runs.
func loadString(cx *Context, ptr uint64) (text, error) {
	mem := cx.Memory.Bytes()
	return loadStringFromRange(cx, loadPointer(mem, ptr, cx.Width), loadPointer(mem, ptr+cx.Width.Size(), cx.Width))
}

// Phrases of traps, as components that call each other and the host's calls
// have them.
const (
	stringBounds      = "string pointer/length out of bounds of memory"
	stringBoundsGuest = "string content out-of-bounds"
)

// loadStringFromRange loads a string with its pointer and length
// (load_string_from_range). The text refers to memory and is valid until guest
// code runs.
func loadStringFromRange(cx *Context, ptr, taggedCodeUnits uint64) (text, error) {
	return checkString(cx, ptr, taggedCodeUnits, stringBounds)
}

// checkString does the work of loadStringFromRange. Traps of bounds begin with
// the given phrase.
func checkString(cx *Context, ptr, taggedCodeUnits uint64, bounds string) (text, error) {
	if cx.Memory == nil {
		return text{}, Trapf("a string needs memory, but the canonical definition has no option memory")
	}
	t := text{mem: cx.Memory, ptr: ptr}
	n := taggedCodeUnits
	align := uint64(1)
	switch cx.Encoding {
	case UTF16:
		t.enc, align = simpleUTF16, 2
	case Latin1UTF16:
		t.enc, align, t.dynamic = simpleLatin1, 2, true
		if tag := cx.Width.utf16Tag(); n&tag != 0 {
			t.enc = simpleUTF16
			n ^= tag
		}
	}
	if t.enc == simpleUTF16 {
		n = min(n, math.MaxUint64/2) * 2
	}
	mem := cx.Memory.Bytes()
	size := uint64(len(mem))
	switch {
	case ptr&(align-1) != 0:
		return text{}, Trapf("unaligned pointer: string at %#x, which is not a multiple of %d", ptr, align)
	case ptr > size || n > size-ptr:
		return text{}, Trapf("%s: %d bytes at %#x, but the memory has %d", bounds, n, ptr, size)
	case n > MaxStringByteLength:
		return text{}, Trapf("string of %d bytes: at most %d are allowed", n, MaxStringByteLength)
	}
	t.data = mem[ptr:][:n]
	switch t.enc {
	case simpleUTF8:
		if !validUTF8(t.data) {
			return text{}, badUTF8(t.data)
		}
	case simpleUTF16:
		if i := invalidUTF16(t.data); i >= 0 {
			return text{}, Trapf("invalid utf-16: unpaired surrogate %#x at code unit %d", le.Uint16(t.data[i:]), i/2)
		}
	}
	return t, nil
}

// badUTF8 is the trap for a string that is not valid UTF-8.
func badUTF8(b []byte) error {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			if !utf8.FullRune(b[i:]) {
				return Trapf("incomplete utf-8 byte sequence: the string ends %d bytes after byte %#x at index %d", len(b)-i-1, b[i], i)
			}
			return Trapf("invalid utf-8: no character starts with byte %#x at index %d", b[i], i)
		}
		i += n
	}
	return Trapf("invalid utf-8")
}

// LoadString is a string of memory as a Go string. Its bytes count as the
// host's memory.
func LoadString(cx *Context, ptr, taggedCodeUnits uint64) (string, error) {
	t, err := loadStringFromRange(cx, ptr, taggedCodeUnits)
	if err != nil {
		return "", err
	}
	if err := cx.Spend(t.utf8Len()); err != nil {
		return "", err
	}
	return t.String(), nil
}
