package abi

// This file is conversions between UTF-8, little-endian UTF-16 and Latin-1.
// Sources are well formed; where one is not, because its memory changed, the
// result is not either, and the bounds of both are kept all the same.

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

var le = binary.LittleEndian

// Masks of four code units of UTF-16, or of eight bytes.
const (
	highBits  = 0x8080808080808080 // what ASCII bytes have unset
	unitLow   = 0x00ff00ff00ff00ff
	unitASCII = 0xff80ff80ff80ff80 // what units of ASCII have unset
	unitHigh  = 0xff00ff00ff00ff00 // what units of Latin-1 have unset
)

// asciiPrefix is how many bytes are ASCII before the first that is not. It is
// what most strings mostly pass through.
func asciiPrefix(b []byte) int {
	n := len(b)
	b = b[asciiBlocks(b):]
	for ; len(b) >= 128; b = b[128:] {
		p := (*[128]byte)(b)
		x := le.Uint64(p[0:]) | le.Uint64(p[8:]) | le.Uint64(p[16:]) | le.Uint64(p[24:])
		y := le.Uint64(p[32:]) | le.Uint64(p[40:]) | le.Uint64(p[48:]) | le.Uint64(p[56:])
		z := le.Uint64(p[64:]) | le.Uint64(p[72:]) | le.Uint64(p[80:]) | le.Uint64(p[88:])
		w := le.Uint64(p[96:]) | le.Uint64(p[104:]) | le.Uint64(p[112:]) | le.Uint64(p[120:])
		if (x|y|z|w)&highBits != 0 {
			break
		}
	}
	for ; len(b) >= 8; b = b[8:] {
		if le.Uint64(b)&highBits != 0 {
			break
		}
	}
	for len(b) > 0 && b[0] < utf8.RuneSelf {
		b = b[1:]
	}
	return n - len(b)
}

// validUTF8 tells whether b is UTF-8. Unlike utf8.Valid it is fast for ASCII
// wherever it stands.
func validUTF8(b []byte) bool {
	for {
		b = b[asciiPrefix(b):]
		if len(b) == 0 {
			return true
		}
		for len(b) > 0 && b[0] >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(b)
			if r == utf8.RuneError && n == 1 {
				return false
			}
			b = b[n:]
		}
	}
}

// surrogates is not 0 where one of four units is a surrogate.
func surrogates(x uint64) uint64 {
	x = x&0xf800f800f800f800 ^ 0xd800d800d800d800 // 0 for surrogates
	return (x - 0x0001000100010001) &^ x & 0x8000800080008000
}

// invalidUTF16 is the index in bytes of the first unpaired surrogate, or -1.
// The length is even.
func invalidUTF16(b []byte) int {
	for i := 0; i < len(b); {
		switch rest := b[i:]; {
		case len(rest) >= 32 && surrogates(le.Uint64(rest))|surrogates(le.Uint64(rest[8:]))|
			surrogates(le.Uint64(rest[16:]))|surrogates(le.Uint64(rest[24:])) == 0:
			i += 32
			continue
		case len(rest) >= 8 && surrogates(le.Uint64(rest)) == 0:
			i += 8
			continue
		}
		_, n := decodeUTF16(b[i:])
		if n == 0 {
			return i
		}
		i += n
	}
	return -1
}

// decodeUTF16 is the first character and its size in bytes, which is 0 for an
// unpaired surrogate. There are at least two bytes.
func decodeUTF16(b []byte) (rune, int) {
	u := rune(le.Uint16(b))
	if u&0xf800 != 0xd800 {
		return u, 2
	}
	if len(b) >= 4 {
		if r := utf16.DecodeRune(u, rune(le.Uint16(b[2:]))); r != utf8.RuneError {
			return r, 4
		}
	}
	return utf8.RuneError, 0
}

// latin1AsUTF8Len is the size of a Latin-1 string as UTF-8.
func latin1AsUTF8Len(b []byte) uint64 {
	n := uint64(len(b))
	for _, c := range b {
		n += uint64(c >> 7)
	}
	return n
}

// utf16AsUTF8Len is the size of a UTF-16 string as UTF-8.
func utf16AsUTF8Len(b []byte) uint64 {
	n := uint64(0)
	for ; len(b) >= 2; b = b[2:] {
		switch u := le.Uint16(b); {
		case u < 0x80:
			n++
		case u < 0x800, u&0xf800 == 0xd800: // two for each half of a pair
			n += 2
		default:
			n += 3
		}
	}
	return n
}

// latin1ToUTF8 converts as much as fits.
func latin1ToUTF8(dst, src []byte) (n, taken int) {
	for taken < len(src) {
		c := src[taken]
		switch {
		case c < utf8.RuneSelf && n < len(dst):
			dst[n] = c
			n++
		case c >= utf8.RuneSelf && n+2 <= len(dst):
			dst[n], dst[n+1] = 0xc0|c>>6, 0x80|c&0x3f
			n += 2
		default:
			return n, taken
		}
		taken++
	}
	return n, taken
}

// utf16ToUTF8 converts as much as fits.
func utf16ToUTF8(dst, src []byte) (n, taken int) {
	for taken+2 <= len(src) {
		if k := utf16ToASCII(dst[n:], src[taken:]); k > 0 {
			n += k
			taken += 2 * k
			continue
		}
		r, size := decodeUTF16(src[taken:])
		if n+utf8.RuneLen(r) > len(dst) {
			return n, taken
		}
		n += utf8.EncodeRune(dst[n:], r)
		taken += max(size, 2)
	}
	return n, taken
}

// narrow makes four bytes of four units below 256.
func narrow(x uint64) uint32 {
	x |= x >> 8
	x &= 0x0000ffff0000ffff
	return uint32(x | x>>16)
}

// widen makes four units of four bytes.
func widen(x uint32) uint64 {
	y := uint64(x)
	y = (y | y<<16) & 0x0000ffff0000ffff
	return (y | y<<8) & unitLow
}

// latin1ToUTF16 makes units of bytes. dst is at least twice as long as src.
func latin1ToUTF16(dst, src []byte) {
	for len(src) >= 8 && len(dst) >= 16 {
		x := le.Uint64(src)
		le.PutUint64(dst, widen(uint32(x)))
		le.PutUint64(dst[8:], widen(uint32(x>>32)))
		src, dst = src[8:], dst[16:]
	}
	for i, c := range src {
		le.PutUint16(dst[2*i:], uint16(c))
	}
}

// utf16ToASCII makes bytes of units up to the first that is not ASCII, and
// returns how many.
func utf16ToASCII(dst, src []byte) int { return narrowUnits(dst, src, unitASCII) }

// utf16ToLatin1 makes bytes of units up to the first that is not Latin-1, and
// returns how many. dst and src may begin at the same place.
func utf16ToLatin1(dst, src []byte) int { return narrowUnits(dst, src, unitHigh) }

// narrowUnits makes bytes of units that have no bit of the mask set. dst has
// room for all of src.
func narrowUnits(dst, src []byte, mask uint64) int {
	n := len(src)
	for len(src) >= 16 && len(dst) >= 8 {
		x, y := le.Uint64(src), le.Uint64(src[8:])
		if (x|y)&mask != 0 {
			break
		}
		le.PutUint64(dst, uint64(narrow(x))|uint64(narrow(y))<<32)
		src, dst = src[16:], dst[8:]
	}
	for len(src) >= 2 && len(dst) > 0 {
		u := le.Uint16(src)
		if u&uint16(mask) != 0 {
			break
		}
		dst[0] = byte(u)
		src, dst = src[2:], dst[1:]
	}
	return (n - len(src)) / 2
}

// utf16IsLatin1 tells whether all units are below 256.
func utf16IsLatin1(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if le.Uint64(b)&unitHigh != 0 {
			return false
		}
	}
	for ; len(b) >= 2; b = b[2:] {
		if b[1] != 0 {
			return false
		}
	}
	return true
}

// utf8ToLatin1 converts up to the first character that is not Latin-1. dst is
// as long as src.
func utf8ToLatin1(dst, src []byte) (n, taken int) {
	for taken < len(src) {
		if c := src[taken]; c < utf8.RuneSelf {
			k := asciiPrefix(src[taken:])
			copy(dst[n:], src[taken:taken+k])
			n += k
			taken += k
			continue
		}
		r, size := utf8.DecodeRune(src[taken:])
		if r > 0xff {
			break
		}
		dst[n] = byte(r)
		n++
		taken += size
	}
	return n, taken
}

// utf8ToUTF16 converts a string and returns the size of the result in bytes.
// dst is twice as long as src.
func utf8ToUTF16(dst, src []byte) int {
	n := 0
	for i := 0; i < len(src); {
		if src[i] < utf8.RuneSelf {
			k := asciiPrefix(src[i:])
			latin1ToUTF16(dst[n:], src[i:i+k])
			n += 2 * k
			i += k
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		i += size
		if r >= 0x10000 {
			hi, lo := utf16.EncodeRune(r)
			le.PutUint16(dst[n:], uint16(hi))
			le.PutUint16(dst[n+2:], uint16(lo))
			n += 4
			continue
		}
		le.PutUint16(dst[n:], uint16(r))
		n += 2
	}
	return n
}
