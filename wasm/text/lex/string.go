// This file reads strings and what stands in quotes (Text Format, section
// "Strings").

package lex

import (
	"unicode/utf8"
)

// str skips the string that starts at s.pos and tells whether it has escapes.
func (s *Scanner) str() (escaped bool) {
	start := s.pos
	for s.pos++; int(s.pos) < len(s.src); s.pos++ {
		switch c := s.src[s.pos]; {
		case c == '"':
			s.pos++
			return escaped
		case c == '\\':
			escaped = true
			if !s.escape() {
				return false
			}
		case c < 0x20 || c == 0x7f:
			if c == '\n' || c == '\r' {
				s.fail(CodeToken, start, "unclosed string")
			} else {
				s.fail(CodeToken, s.pos, "illegal character %#02x in a string: write it as an escape", c)
			}
			return false
		}
	}
	s.fail(CodeToken, start, "unclosed string")
	return false
}

// escape moves to the last character of the escape that starts at s.pos.
func (s *Scanner) escape() bool {
	at := s.pos
	s.pos++
	switch c := s.at(0); {
	case c == 't' || c == 'n' || c == 'r' || c == '"' || c == '\'' || c == '\\':
		return true
	case c == 'u':
		n := uint32(0)
		s.pos++
		if s.at(0) != '{' || hexDigit(s.at(1)) < 0 {
			break
		}
		for s.pos++; s.at(0) != '}'; s.pos++ {
			d := hexDigit(s.at(0))
			if d < 0 && (s.at(0) != '_' || hexDigit(s.at(1)) < 0) {
				s.fail(CodeToken, at, `invalid string escape: \u{...} takes hexadecimal digits`)
				return false
			}
			if d >= 0 {
				n = n<<4 | uint32(d)
			}
			if n > utf8.MaxRune {
				break
			}
		}
		if n > utf8.MaxRune || n >= 0xd800 && n < 0xe000 {
			s.fail(CodeToken, at, `invalid string escape: \u{%x} is not a character`, n)
			return false
		}
		return true
	case hexDigit(c) >= 0 && hexDigit(s.at(1)) >= 0:
		s.pos++
		return true
	}
	s.fail(CodeToken, at, `invalid string escape: there are \t \n \r \" \' \\ \hh and \u{h...}`)
	return false
}

// hexDigit is the value of a hexadecimal digit, -1 for other characters.
func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// AppendString appends the bytes that a String token stands for.
func (s *Scanner) AppendString(dst []byte, t Token) []byte {
	return s.appendQuoted(dst, t.Pos, t.End, t.Escaped)
}

// Str is what a String token stands for; ok is false when it is not UTF-8.
func (s *Scanner) Str(t Token) (str string, ok bool) {
	b := s.AppendString(nil, t)
	return string(b), utf8.Valid(b)
}

// Name is the name of an ID token without the "$".
func (s *Scanner) Name(t Token) string {
	if s.src[t.Pos+1] == '"' {
		return string(s.appendQuoted(nil, t.Pos+1, t.End, t.Escaped))
	}
	return string(s.src[t.Pos+1 : t.End])
}

// NameBytes is Name, as a view of the source if there are no escapes.
func (s *Scanner) NameBytes(t Token) []byte {
	switch {
	case s.src[t.Pos+1] != '"':
		return s.src[t.Pos+1 : t.End]
	case !t.Escaped:
		return s.src[t.Pos+2 : t.End-1]
	}
	return s.appendQuoted(nil, t.Pos+1, t.End, true)
}

// AnnotationName is the name of an Annotation token.
func (s *Scanner) AnnotationName(t Token) string {
	if s.src[t.Pos+2] == '"' {
		return string(s.appendQuoted(nil, t.Pos+2, t.End, t.Escaped))
	}
	return string(s.src[t.Pos+2 : t.End])
}

// validUTF8 tells whether the quoted part of a token is UTF-8.
func (s *Scanner) validUTF8(t Token) bool {
	from := t.Pos
	for s.src[from] != '"' {
		from++
	}
	return !t.Escaped || utf8.Valid(s.appendQuoted(nil, from, t.End, true))
}

// appendQuoted appends what the string at src[pos:end], quotes included,
// stands for. It was checked by str.
func (s *Scanner) appendQuoted(dst []byte, pos, end uint32, escaped bool) []byte {
	b := s.src[pos+1 : end-1]
	if !escaped {
		return append(dst, b...)
	}
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			dst = append(dst, b[i])
			continue
		}
		i++
		switch b[i] {
		case 't':
			dst = append(dst, '\t')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case '"', '\'', '\\':
			dst = append(dst, b[i])
		case 'u':
			n := rune(0)
			for i += 2; b[i] != '}'; i++ {
				if b[i] != '_' {
					n = n<<4 | rune(hexDigit(b[i]))
				}
			}
			dst = utf8.AppendRune(dst, n)
		default:
			dst = append(dst, byte(hexDigit(b[i])<<4|hexDigit(b[i+1])))
			i++
		}
	}
	return dst
}

func rune1(b []byte) rune {
	r, _ := utf8.DecodeRune(b)
	return r
}
