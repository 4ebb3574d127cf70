// This file splits WIT into tokens (WIT.md, section "Lexical structure").

package wit

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/valtype"
)

// A tokenKind is a kind of token.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokPunct
	tokIdent   // text is without "%"
	tokKeyword // a word that is no identifier
	tokInteger
	tokString // text is what it stands for
)

// A token is a token with the documentation before it.
type token struct {
	kind  tokenKind
	text  string
	start int // offsets in the source
	end   int
	docs  []string // one for each comment
}

// keywords are the words that are identifiers only behind "%".
var keywords = func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(`_ as async bool borrow char constructor enum
		error-context export f32 f64 flags from func future import include
		interface list map option own package record resource result s16 s32 s64
		s8 static stream string tuple type u16 u32 u64 u8 use variant with world`) {
		m[w] = true
	}
	return m
}()

// A lexer reads tokens of one file.
type lexer struct {
	file *file
	src  string
	pos  int
	docs []string
}

// A file is a source with what positions need.
type file struct {
	name  string
	src   string
	lines []int // offsets of the starts of lines
}

func newFile(s Source) *file {
	f := &file{name: s.Name, src: string(s.Data), lines: []int{0}}
	for i := range len(f.src) {
		if f.src[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	return f
}

// at is the position of an offset.
func (f *file) at(off int) diag.Pos {
	lo, hi := 0, len(f.lines)
	for lo+1 < hi {
		if mid := (lo + hi) / 2; f.lines[mid] <= off {
			lo = mid
		} else {
			hi = mid
		}
	}
	return diag.LineCol(int64(off), lo+1, off-f.lines[lo]+1)
}

// errorf is an error at an offset.
func (f *file) errorf(code diag.Code, off int, format string, args ...any) *diag.Error {
	e := diag.Errorf(code, f.at(off), format, args...)
	e.Path = f.name
	return e
}

// check refuses characters that WIT must not have anywhere.
func (f *file) check() error {
	if len(f.src) > MaxSize {
		return f.errorf(CodeLimit, 0, "the text is too large: %d bytes, at most %d", len(f.src), MaxSize)
	}
	for i, r := range f.src {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(f.src[i:], "\ufffd"):
			return f.errorf(CodeSyntax, i, "the text is not UTF-8")
		case forbidden(r):
			return f.errorf(CodeSyntax, i, "the character %U may not be in WIT", r)
		}
	}
	return nil
}

// forbidden tells whether a character may not be in WIT: control codes,
// bidirectional overrides, and what Unicode deprecates or discourages.
func forbidden(r rune) bool {
	switch {
	case r < 0x7f:
		return r < ' ' && r != '\n' && r != '\r' && r != '\t'
	case r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	case r < 0x149:
		return false
	}
	switch r {
	case 0x340, 0x341, 0x17b4, 0x17b5, 0x17d8:
		return true
	}
	return unicode.Is(unicode.Deprecated, r)
}

// space skips whitespace and comments, and keeps the documentation.
func (l *lexer) space() error {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.lineComment(rest[:n])
			l.pos += n
		case strings.HasPrefix(rest, "/*"):
			n := blockLen(rest)
			if n < 0 {
				return l.file.errorf(CodeSyntax, l.pos, "a block comment is not closed: expected \"*/\"")
			}
			l.blockComment(rest[:n])
			l.pos += n
		default:
			return nil
		}
	}
	return nil
}

// lineComment keeps "/// docs".
func (l *lexer) lineComment(c string) {
	doc, ok := strings.CutPrefix(c, "///")
	if !ok || strings.HasPrefix(doc, "/") {
		return
	}
	doc = strings.TrimRight(strings.TrimPrefix(doc, " "), " \t\r")
	l.docs = append(l.docs, doc)
}

// blockComment keeps "/** docs */". A "*" that starts a line is left out.
func (l *lexer) blockComment(c string) {
	doc, ok := strings.CutPrefix(c, "/**")
	if !ok || len(c) < len("/** */") || strings.HasPrefix(doc, "*") {
		return
	}
	for line := range strings.SplitSeq(strings.TrimSpace(strings.TrimSuffix(doc, "*/")), "\n") {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "*"); ok {
			line = strings.TrimPrefix(rest, " ")
		}
		l.docs = append(l.docs, line)
	}
}

// blockLen is the length of a block comment with those in it, -1 when it has
// no end.
func blockLen(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// next reads a token.
func (l *lexer) next() (token, error) {
	l.docs = nil
	if err := l.space(); err != nil {
		return token{}, err
	}
	t := token{start: l.pos, docs: l.docs}
	if l.pos == len(l.src) {
		t.end = l.pos
		return t, nil
	}
	var err error
	switch c := l.src[l.pos]; {
	case c == '%':
		l.pos++
		err = l.word(&t)
		t.kind = tokIdent
	case c >= '0' && c <= '9':
		for l.pos < len(l.src) && l.src[l.pos] >= '0' && l.src[l.pos] <= '9' {
			l.pos++
		}
		t.kind, t.text = tokInteger, l.src[t.start:l.pos]
	case isWordByte(c) && c != '-':
		err = l.word(&t)
	case c == '"':
		t.kind = tokString
		t.text, err = l.quoted()
	case strings.HasPrefix(l.src[l.pos:], "->"):
		l.pos += 2
		t.kind, t.text = tokPunct, "->"
	case strings.IndexByte("=,:;(){}<>*/.@", c) >= 0:
		l.pos++
		t.kind, t.text = tokPunct, string(c)
	default:
		r, _ := utf8.DecodeRuneInString(l.src[l.pos:])
		err = l.file.errorf(CodeSyntax, l.pos, "unexpected character %q", r)
	}
	t.end = l.pos
	return t, err
}

// word reads an identifier or keyword.
func (l *lexer) word(t *token) error {
	start := l.pos
	for l.pos < len(l.src) && isWordByte(l.src[l.pos]) {
		// "->" ends a word: "a->b" has no word "a-".
		if strings.HasPrefix(l.src[l.pos:], "->") {
			break
		}
		l.pos++
	}
	t.kind, t.text = tokIdent, l.src[start:l.pos]
	if start == t.start && keywords[t.text] {
		t.kind = tokKeyword
		return nil
	}
	if t.text == "" {
		return l.file.errorf(CodeSyntax, start, "expected an identifier after %%")
	}
	if valtype.CheckLabel(t.text) != nil {
		return l.file.errorf(CodeSyntax, t.start, "%q is not an identifier: they are words in lower or upper case with digits, each begins with a letter or digit, the first with a letter, and \"-\" is between them", t.text)
	}
	return nil
}

// version reads a semantic version at the present place, which is not a token:
// in "@1.0.0.{a}" the last dot is none of it.
func (l *lexer) version() (text string, start int, err error) {
	if err := l.space(); err != nil {
		return "", 0, err
	}
	start = l.pos
	for l.pos < len(l.src) && (isWordByte(l.src[l.pos]) && l.src[l.pos] != '_' || l.src[l.pos] == '.' || l.src[l.pos] == '+') {
		l.pos++
	}
	if l.pos > start && l.src[l.pos-1] == '.' {
		l.pos--
	}
	text = l.src[start:l.pos]
	if _, err := valtype.ParseVersion(text); err != nil {
		return "", start, l.file.errorf(CodeVersion, start, "%q is not a semantic version such as 1.0.0: %v", text, err)
	}
	return text, start, nil
}

// quoted reads a string literal, as the core text format has them.
func (l *lexer) quoted() (string, error) {
	open := l.pos
	var b strings.Builder
	for l.pos++; l.pos < len(l.src); {
		switch c := l.src[l.pos]; {
		case c == '"':
			l.pos++
			if !utf8.ValidString(b.String()) {
				return "", l.file.errorf(CodeSyntax, open, "the string is not UTF-8")
			}
			return b.String(), nil
		case c == '\n':
			return "", l.file.errorf(CodeSyntax, open, "the string is not closed on its line")
		case c == '\\':
			if err := l.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
			l.pos++
		}
	}
	return "", l.file.errorf(CodeSyntax, open, "the string is not closed")
}

// escape reads an escape sequence.
func (l *lexer) escape(b *strings.Builder) error {
	start := l.pos
	rest := l.src[l.pos+1:]
	if rest != "" {
		if i := strings.IndexByte(`tnr"'\`, rest[0]); i >= 0 {
			b.WriteByte("\t\n\r\"'\\"[i])
			l.pos += 2
			return nil
		}
	}
	if hex, ok := strings.CutPrefix(rest, "u{"); ok {
		digits, _, closed := strings.Cut(hex[:min(len(hex), 20)], "}")
		var r rune
		plain := strings.ReplaceAll(digits, "_", "")
		if _, err := fmt.Sscanf(plain, "%x", &r); closed && err == nil && len(plain) <= 6 && isHex(plain) && utf8.ValidRune(r) {
			b.WriteRune(r)
			l.pos += 1 + len("u{}") + len(digits)
			return nil
		}
	} else if len(rest) >= 2 && isHex(rest[:2]) {
		var c byte
		fmt.Sscanf(rest[:2], "%x", &c)
		b.WriteByte(c)
		l.pos += 3
		return nil
	}
	return l.file.errorf(CodeSyntax, start, "unknown escape in a string: there are \\t \\n \\r \\\" \\' \\\\ \\7f \\u{7fff}")
}

func isHex(s string) bool {
	return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// describe is a token in messages.
func (t token) describe() string {
	switch t.kind {
	case tokEOF:
		return "the end of the file"
	case tokKeyword:
		return "the keyword `" + t.text + "`"
	case tokString:
		return "a string"
	}
	return "`" + t.text + "`"
}
