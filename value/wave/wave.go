// Package wave is WAVE, the text form of component values: it reads
// `{name: "ann", tags: [1, 2]}` as a value of a type that is given, and calls
// such as `docs:people/registry.find("ann")`.
//
// The language is that of the WebAssembly Value Encoding as of 2026, maps
// included. Handles have no text form.
package wave

import (
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/value"
)

// The codes of errors.
const (
	// CodeSyntax: the text is not WAVE.
	CodeSyntax diag.Code = "wave/syntax"
	// CodeType: the text is not a value of the type that is asked for.
	CodeType diag.Code = "wave/type"
	// CodeLimit: the text is beyond a limit of this implementation.
	CodeLimit diag.Code = "wave/limit"
)

// Limits of this implementation.
const (
	// MaxText is the largest text in bytes.
	MaxText = 16 << 20
	// MaxValues is the largest number of values in a text, parts of values
	// and fields that are left out included.
	MaxValues = 4 << 20
	// MaxDepth is the largest depth of values in values.
	MaxDepth = 200
)

// Parse reads a value of type t. Errors are a *[diag.Error] with the line and
// column.
func Parse(t *value.Type, src string) (value.Value, error) {
	p, err := newParser(src)
	if err != nil {
		return value.Value{}, err
	}
	v, err := p.value(t)
	if err != nil {
		return value.Value{}, err
	}
	return v, p.end()
}

// Print is the text of a value, on one line: see [value.Value.Append].
func Print(v value.Value) string { return v.String() }

// Append appends the text of a value, on one line: see [value.Value.Append].
func Append(dst []byte, v value.Value) []byte { return v.Append(dst) }

// A parser reads a text from pos on.
type parser struct {
	src    string
	pos    int
	depth  int
	values int
	// names are the places of the names in large types.
	names map[*value.Type]map[string]int
}

func newParser(src string) (*parser, error) {
	p := &parser{src: src}
	if len(src) > MaxText {
		return nil, p.errf(CodeLimit, 0, "the text has %d bytes: at most %d are read", len(src), MaxText)
	}
	for i, r := range src {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(src[i:]); n == 1 {
				return nil, p.errf(CodeSyntax, i, "byte %#x is not UTF-8", src[i])
			}
		}
	}
	return p, nil
}

// errf makes an error at an offset.
func (p *parser) errf(code diag.Code, at int, format string, args ...any) *diag.Error {
	before := p.src[:at]
	line := 1 + strings.Count(before, "\n")
	col := at - strings.LastIndexByte(before, '\n')
	return diag.Errorf(code, diag.LineCol(int64(at), line, col), format, args...)
}

// expected is the error for something else than what must be at pos.
func (p *parser) expected(what string) error {
	return p.errf(CodeSyntax, p.pos, "expected %s, found %s", what, p.found())
}

// mismatch is the error for something at an offset that is no value of a type.
func (p *parser) mismatch(at int, t *value.Type) error {
	p.pos = at
	return p.errf(CodeType, at, "expected a value of type `%s`, found %s", t.Short(), p.found())
}

// found describes what is at pos.
func (p *parser) found() string {
	rest := p.src[p.pos:]
	if rest == "" {
		return "the end of the text"
	}
	n := 0
	for n < len(rest) && n < 40 && (wordByte(rest[n]) || n == 0 && rest[n] == '%') {
		n++
	}
	if n == 0 {
		_, n = utf8.DecodeRuneInString(rest)
	}
	if rest[:n] == "`" {
		return "a backquote"
	}
	return "`" + rest[:n] + "`"
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-'
}

// space skips white space and comments.
func (p *parser) space() {
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			p.pos++
		case strings.HasPrefix(p.src[p.pos:], "//"):
			n := strings.IndexByte(p.src[p.pos:], '\n')
			if n < 0 {
				n = len(p.src) - p.pos
			}
			p.pos += n
		default:
			return
		}
	}
}

// next skips space and is the byte then at pos, 0 at the end.
func (p *parser) next() byte {
	p.space()
	if p.pos == len(p.src) {
		return 0
	}
	return p.src[p.pos]
}

// accept takes a punctuation mark if it is next.
func (p *parser) accept(c byte) bool {
	if p.next() != c {
		return false
	}
	p.pos++
	return true
}

func (p *parser) expect(c byte) error {
	if p.accept(c) {
		return nil
	}
	return p.expected("`" + string(c) + "`")
}

// end checks that the text is at its end.
func (p *parser) end() error {
	if p.next() != 0 || p.pos < len(p.src) {
		return p.expected("the end of the text")
	}
	return nil
}

// spend counts values.
func (p *parser) spend(n int) error {
	if n > MaxValues-p.values {
		return p.errf(CodeLimit, p.pos, "too many values: more than %d", MaxValues)
	}
	p.values += n
	return nil
}

// at gives errors of package value, which have no position, one.
func (p *parser) at(v value.Value, err error, pos int) (value.Value, error) {
	if e, ok := err.(*diag.Error); ok && !e.At.Valid {
		return value.Value{}, p.errf(CodeType, pos, "%s", e.Msg)
	}
	return v, err
}
