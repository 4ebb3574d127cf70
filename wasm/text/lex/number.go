// This file reads number literals (Text Format, sections "Integers" and
// "Floating-Point").

package lex

import (
	"errors"
	"math"
	"math/bits"
	"strconv"
)

// The errors of the functions that read literals. They carry no position.
var (
	// ErrRange: a literal of the right form whose value does not fit.
	ErrRange = errors.New("constant out of range")
	// ErrLiteral: characters that are no literal of the kind asked for.
	ErrLiteral = errors.New("malformed number")
)

// A NumberKind is the form of a number literal.
type NumberKind uint8

// The forms of number literals. Every Nat is an integer, and every integer
// can stand for a float.
const (
	NotNumber NumberKind = iota
	Nat                  // an integer without a sign
	SignedInt            // an integer with a sign
	Float                // a fraction, an exponent, inf or nan
)

// ClassifyNumber tells which literal, if any, a Number or Keyword token is.
func ClassifyNumber(lit []byte) NumberKind {
	f, ok := splitNumber(lit)
	switch {
	case !ok:
		return NotNumber
	case f.word != "" || f.float:
		return Float
	case f.signed:
		return SignedInt
	}
	return Nat
}

// Uint reads an unsigned integer of the given width in bits, 1 to 64.
func Uint(lit []byte, width int) (uint64, error) {
	v, err := natural(lit)
	if err == nil && width < 64 && v>>width != 0 {
		return 0, ErrRange
	}
	return v, err
}

// Int reads an integer of the given width in bits, 1 to 64: without a sign it
// may be as large as an unsigned one, with a sign it must fit a signed one.
// The result is the two's complement in the low bits, the others are 0.
func Int(lit []byte, width int) (uint64, error) {
	if len(lit) == 0 || lit[0] != '-' && lit[0] != '+' {
		return Uint(lit, width)
	}
	v, err := natural(lit[1:])
	if err != nil {
		return 0, err
	}
	limit := uint64(1) << (width - 1)
	if lit[0] == '+' {
		if v >= limit {
			return 0, ErrRange
		}
		return v, nil
	}
	if v > limit {
		return 0, ErrRange
	}
	return -v & (limit<<1 - 1), nil
}

// natural reads digits, which may have single underscores between them.
func natural(lit []byte) (uint64, error) {
	base := uint64(10)
	if len(lit) > 2 && lit[0] == '0' && lit[1] == 'x' {
		base = 16
		lit = lit[2:]
	}
	v, over, digit := uint64(0), false, false
	for _, c := range lit {
		d := hexDigit(c)
		switch {
		case c == '_' && digit:
			digit = false
			continue
		case d < 0 || uint64(d) >= base:
			return 0, ErrLiteral
		}
		digit = true
		hi, lo := bits.Mul64(v, base)
		sum, carry := bits.Add64(lo, uint64(d), 0)
		over = over || hi != 0 || carry != 0
		v = sum
	}
	if !digit {
		return 0, ErrLiteral
	}
	if over {
		return 0, ErrRange
	}
	return v, nil
}

// Float32 reads a float and gives its bits, rounded to nearest, ties to even.
func Float32(lit []byte) (uint32, error) {
	v, err := float(lit, 32)
	return uint32(v), err
}

// Float64 reads a float and gives its bits, rounded to nearest, ties to even.
func Float64(lit []byte) (uint64, error) {
	return float(lit, 64)
}

// number is a literal in its parts.
type number struct {
	signed, neg bool
	hex         bool
	float       bool   // it has a dot or an exponent
	word        string // "inf" or "nan"
	payload     []byte // the digits behind "nan:0x"
	whole, frac []byte // digits, with underscores
	expNeg      bool
	exp         []byte
}

// splitNumber takes a literal apart; ok is false when it is none.
func splitNumber(lit []byte) (n number, ok bool) {
	if len(lit) > 0 && (lit[0] == '+' || lit[0] == '-') {
		n.signed, n.neg = true, lit[0] == '-'
		lit = lit[1:]
	}
	switch {
	case string(lit) == "inf" || string(lit) == "nan":
		n.word = string(lit)
		return n, true
	case len(lit) > 6 && string(lit[:6]) == "nan:0x":
		n.word, n.payload = "nan", lit[6:]
		_, rest, ok := digits(n.payload, true)
		return n, ok && len(rest) == 0
	case len(lit) > 2 && lit[0] == '0' && lit[1] == 'x':
		n.hex = true
		lit = lit[2:]
	}
	if n.whole, lit, ok = digits(lit, n.hex); !ok {
		return n, false
	}
	if len(lit) > 0 && lit[0] == '.' {
		n.float = true
		lit = lit[1:]
		if len(lit) > 0 && hexDigit(lit[0]) >= 0 && (n.hex || lit[0] <= '9') {
			if n.frac, lit, ok = digits(lit, n.hex); !ok {
				return n, false
			}
		}
	}
	if len(lit) == 0 {
		return n, true
	}
	if c := lit[0] | 0x20; n.hex && c != 'p' || !n.hex && c != 'e' {
		return n, false
	}
	n.float = true
	lit = lit[1:]
	if len(lit) > 0 && (lit[0] == '+' || lit[0] == '-') {
		n.expNeg = lit[0] == '-'
		lit = lit[1:]
	}
	n.exp, lit, ok = digits(lit, false)
	return n, ok && len(lit) == 0
}

// digits takes digits with single underscores between them, at least one.
func digits(b []byte, hex bool) (ds, rest []byte, ok bool) {
	digit := false
	i := 0
	for ; i < len(b); i++ {
		d := hexDigit(b[i])
		if b[i] == '_' && digit {
			digit = false
			continue
		}
		if d < 0 || d > 9 && !hex {
			break
		}
		digit = true
	}
	return b[:i], b[i:], digit
}

// float reads a float of 32 or 64 bits.
func float(lit []byte, width int) (uint64, error) {
	n, ok := splitNumber(lit)
	if !ok {
		return 0, ErrLiteral
	}
	mantBits, sign := 52, uint64(0)
	if width == 32 {
		mantBits = 23
	}
	if n.neg {
		sign = 1 << (width - 1)
	}
	inf := (uint64(1)<<(width-1-mantBits) - 1) << mantBits
	switch {
	case n.word == "inf":
		return sign | inf, nil
	case n.word == "nan" && n.payload == nil:
		return sign | inf | 1<<(mantBits-1), nil
	case n.word == "nan":
		v, _, ok := hexValue(n.payload)
		if !ok || v == 0 || v>>mantBits != 0 {
			return 0, ErrRange
		}
		return sign | inf | v, nil
	}
	var room [64]byte
	text, zero, over := n.normal(room[:0])
	if zero {
		return sign, nil
	}
	v, err := strconv.ParseFloat(string(text), width)
	if over || err != nil {
		return 0, ErrRange
	}
	if width == 32 {
		return sign | uint64(math.Float32bits(float32(v))), nil
	}
	return sign | math.Float64bits(v), nil
}

// hexValue is the value of hexadecimal digits with underscores; ok is false
// when it does not fit.
func hexValue(b []byte) (v uint64, n int, ok bool) {
	for _, c := range b {
		if c == '_' {
			continue
		}
		if v>>60 != 0 {
			return 0, n, false
		}
		v = v<<4 | uint64(hexDigit(c))
		n++
	}
	return v, n, true
}

// maxExp bounds exponents of normal numbers: beyond it the value is 0 or too
// large for every format.
const maxExp = 5000

// normal appends the magnitude in the form that strconv reads, with the first
// digit that is not 0 before the point, so that the exponent is small unless
// the value is 0 or too large.
func (n *number) normal(dst []byte) (text []byte, zero, over bool) {
	if n.hex {
		dst = append(dst, '0', 'x')
	}
	head := len(dst)
	exp, point := int64(0), int64(0) // point counts digits after the first one, before the dot
	for part, ds := range [2][]byte{n.whole, n.frac} {
		for _, c := range ds {
			switch {
			case c == '_':
			case len(dst) == head && c == '0':
				if part == 1 {
					point--
				}
			case len(dst) == head:
				dst = append(dst, c, '.')
				if part == 1 {
					point--
				}
			default:
				dst = append(dst, c)
				if part == 0 {
					point++
				}
			}
		}
	}
	if len(dst) == head {
		return dst, true, false
	}
	if n.hex {
		point *= 4
	}
	for _, c := range n.exp {
		if c != '_' && exp < math.MaxInt64/32 {
			exp = exp*10 + int64(c-'0')
		}
	}
	if n.expNeg {
		exp = -exp
	}
	exp += point
	switch {
	case exp < -maxExp:
		return dst, true, false
	case exp > maxExp:
		return append(dst, '0'), false, true
	}
	if dst[len(dst)-1] == '.' {
		dst = append(dst, '0')
	}
	if n.hex {
		dst = append(dst, 'p')
	} else {
		dst = append(dst, 'e')
	}
	return strconv.AppendInt(dst, exp, 10), false, false
}
