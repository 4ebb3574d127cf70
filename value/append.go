package value

// This file is the text form of values, WAVE, that the folder wave reads.

import (
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// String is the value in WAVE: see [Value.Append].
func (v Value) String() string { return string(v.Append(nil)) }

// Append appends the value in WAVE, on one line. Handles have no text form:
// they are written as "<own file>" or "<stream<u8>>", which cannot be read again.
func (v Value) Append(dst []byte) []byte {
	switch v.Kind() {
	case KindBool:
		return strconv.AppendBool(dst, v.num != 0)
	case KindS8, KindS16, KindS32, KindS64:
		return appendInt(dst, int64(v.num))
	case KindU8, KindU16, KindU32, KindU64:
		return appendUint(dst, v.num)
	case KindF32:
		return appendFloat(dst, v.Float(), 32)
	case KindF64:
		return appendFloat(dst, v.Float(), 64)
	case KindChar:
		dst = append(dst, '\'')
		dst = appendChar(dst, v.Char(), '\'')
		return append(dst, '\'')
	case KindString:
		return appendString(dst, v.Text())
	case KindList:
		dst = append(dst, '[')
		if ops := listOps(v.typ); ops != nil {
			dst = ops.append(dst, v.ref)
		} else {
			dst = appendAll(dst, v.Elems())
		}
		return append(dst, ']')
	case KindTuple:
		dst = append(dst, '(')
		return append(appendAll(dst, v.Elems()), ')')
	case KindRecord:
		return v.appendRecord(dst)
	case KindVariant, KindEnum, KindOption, KindResult:
		return v.appendCase(dst)
	case KindMap:
		return v.appendMap(dst)
	case KindFlags:
		return v.appendFlags(dst)
	case KindNone:
		return append(dst, "<no value>"...)
	}
	return v.appendHandle(dst)
}

func appendSep(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ", "...)
	}
	return dst
}

func appendAll(dst []byte, elems []Value) []byte {
	for i, e := range elems {
		dst = appendSep(dst, i)
		dst = e.Append(dst)
	}
	return dst
}

// appendRecord leaves out fields that are none.
func (v Value) appendRecord(dst []byte) []byte {
	dst = append(dst, '{')
	n := 0
	for i, f := range v.Elems() {
		if f.Kind() == KindOption && f.num == 0 {
			continue
		}
		dst = appendSep(dst, n)
		n++
		dst = append(dst, v.typ.Fields[i].Name...)
		dst = append(dst, ": "...)
		dst = f.Append(dst)
	}
	if n == 0 {
		dst = append(dst, ':')
	}
	return append(dst, '}')
}

func (v Value) appendCase(dst []byte) []byte {
	name := v.CaseName()
	switch {
	case v.Kind() == KindResult && v.num == 1:
		name = "err"
	case v.Kind() == KindVariant || v.Kind() == KindEnum:
		if Keyword(name) {
			dst = append(dst, '%')
		}
	}
	dst = append(dst, name...)
	if p, ok := v.Payload(); ok {
		dst = append(dst, '(')
		dst = p.Append(dst)
		dst = append(dst, ')')
	}
	return dst
}

func (v Value) appendMap(dst []byte) []byte {
	dst = append(dst, '{')
	for i, e := range v.Entries() {
		dst = appendSep(dst, i)
		dst = e.Key.Append(dst)
		dst = append(dst, ": "...)
		dst = e.Value.Append(dst)
	}
	return append(dst, '}')
}

func (v Value) appendFlags(dst []byte) []byte {
	dst = append(dst, '{')
	for i, l := range v.Labels() {
		dst = appendSep(dst, i)
		dst = append(dst, l...)
	}
	return append(dst, '}')
}

func (v Value) appendHandle(dst []byte) []byte {
	dst = append(dst, '<')
	if k := v.Kind(); k == KindStream || k == KindFuture {
		dst = append(dst, v.typ.Short()...)
		return append(dst, '>')
	}
	dst = append(dst, v.Kind().String()...)
	if r := v.typ.Resource; r != nil {
		dst = append(dst, ' ')
		dst = append(dst, r.Name...)
	}
	return append(dst, '>')
}

// Keyword tells whether a word is reserved in WAVE: cases of that name are
// written with a percent sign.
func Keyword(s string) bool {
	switch s {
	case "true", "false", "inf", "nan", "some", "none", "ok", "err":
		return true
	}
	return false
}

func itoa(i int) string { return strconv.Itoa(i) }

func appendInt(dst []byte, x int64) []byte   { return strconv.AppendInt(dst, x, 10) }
func appendUint(dst []byte, x uint64) []byte { return strconv.AppendUint(dst, x, 10) }

// appendFloat writes the shortest number that reads as x.
func appendFloat(dst []byte, x float64, bits int) []byte {
	switch {
	case math.IsNaN(x):
		return append(dst, "nan"...)
	case math.IsInf(x, 1):
		return append(dst, "inf"...)
	case math.IsInf(x, -1):
		return append(dst, "-inf"...)
	}
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		dst = strconv.AppendFloat(dst, x, 'e', -1, bits)
		if n := len(dst); dst[n-4] == 'e' && dst[n-2] == '0' { // e-07: the grammar has no such zeros
			dst[n-2] = dst[n-1]
			dst = dst[:n-1]
		}
		return dst
	}
	return strconv.AppendFloat(dst, x, 'f', -1, bits)
}

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		dst = appendChar(dst, r, '"')
	}
	return append(dst, '"')
}

// appendChar writes a character within quotes. What a terminal might not show
// as it is, is escaped.
func appendChar(dst []byte, r, quote rune) []byte {
	switch r {
	case quote, '\\':
		return append(dst, '\\', byte(r))
	case '\t':
		return append(dst, `\t`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	}
	if unicode.IsPrint(r) {
		return utf8.AppendRune(dst, r)
	}
	dst = append(dst, `\u{`...)
	dst = strconv.AppendInt(dst, int64(r), 16)
	return append(dst, '}')
}
