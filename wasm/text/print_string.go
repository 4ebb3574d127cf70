// This file prints strings and identifiers (Text Format, sections "Strings"
// and "Identifiers").

package text

import (
	"unicode"
	"unicode/utf8"

	"github.com/dray-wasm/dray/wasm/text/lex"
)

// Quote appends a string literal for str. Characters that a terminal shows are
// themselves; control characters, invisible ones and bytes that are not UTF-8
// are escapes.
func Quote(dst, str []byte) []byte {
	dst = append(dst, '"')
	for len(str) > 0 {
		c := str[0]
		if c < utf8.RuneSelf {
			dst = printByte(dst, c)
			str = str[1:]
			continue
		}
		r, n := utf8.DecodeRune(str)
		switch {
		case r == utf8.RuneError && n == 1:
			dst = printByte(dst, c)
		case unicode.IsPrint(r):
			dst = append(dst, str[:n]...)
		default:
			dst = append(dst, `\u{`...)
			dst = printHex(dst, uint64(r))
			dst = append(dst, '}')
		}
		str = str[n:]
	}
	return append(dst, '"')
}

const printDigits = "0123456789abcdef"

// printHex appends a number in hexadecimal.
func printHex(dst []byte, v uint64) []byte {
	var room [16]byte
	i := len(room)
	for {
		i--
		room[i] = printDigits[v&15]
		if v >>= 4; v == 0 {
			return append(dst, room[i:]...)
		}
	}
}

// printEscapes has the literal of every byte.
var printEscapes = func() (set [256]string) {
	for i := range set {
		c := byte(i)
		switch {
		case c == '\t':
			set[i] = `\t`
		case c == '\n':
			set[i] = `\n`
		case c == '\r':
			set[i] = `\r`
		case c == '"' || c == '\\':
			set[i] = `\` + string(rune(c))
		case c >= ' ' && c < 0x7f:
			set[i] = string(rune(c))
		default:
			set[i] = `\` + string(printDigits[c>>4]) + string(printDigits[c&15])
		}
	}
	return set
}()

// printByte appends a byte of a string literal.
func printByte(dst []byte, c byte) []byte {
	if s := printEscapes[c]; len(s) > 1 {
		return append(dst, s...)
	}
	return append(dst, c)
}

// PrintID is the identifier for a name: "$name", or `$"na me"` where the name
// has characters that need quotes. The name must be UTF-8. The empty name has
// no identifier; for it PrintID returns "".
func PrintID(name string) string {
	if name == "" {
		return ""
	}
	for i := range len(name) {
		if !lex.IsIDChar(name[i]) {
			return string(Quote([]byte{'$'}, []byte(name)))
		}
	}
	return "$" + name
}

// PrintName appends the annotation for a name: `(@name "...")`.
func PrintName(dst []byte, name string) []byte {
	return append(Quote(append(dst, "(@name "...), []byte(name)), ')')
}
