package wave

// This file is labels, numbers, characters and strings.

import (
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/valtype"
)

// label takes a label. escaped is set when it is behind a percent sign.
func (p *parser) label(what string) (name string, escaped bool, err error) {
	p.space()
	from := p.pos
	i := from
	if i < len(p.src) && p.src[i] == '%' {
		escaped = true
		i++
	}
	start := i
	for i < len(p.src) && wordByte(p.src[i]) {
		i++
	}
	name = p.src[start:i]
	if name == "" || name[0] == '-' || name[0] >= '0' && name[0] <= '9' {
		return "", false, p.expected(what)
	}
	if valtype.CheckLabel(name) != nil {
		return "", false, p.errf(CodeSyntax, from, "expected %s in kebab case, found `%.60s`", what, name)
	}
	p.pos = i
	return name, escaped, nil
}

// word is the word at pos, which is not taken: letters, digits and hyphens.
func (p *parser) word() string {
	p.space()
	i := p.pos
	for i < len(p.src) && wordByte(p.src[i]) {
		i++
	}
	return p.src[p.pos:i]
}

// digits takes digits and tells whether there were any.
func (p *parser) digits() bool {
	from := p.pos
	for p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		p.pos++
	}
	return p.pos > from
}

// number takes a number that is finite. ok is false where there is none or it
// is not formed as it must be; whole is set when it has no fraction and no
// exponent.
func (p *parser) number() (text string, whole, ok bool) {
	p.space()
	from := p.pos
	byteIs := func(set string) bool {
		if p.pos < len(p.src) && strings.IndexByte(set, p.src[p.pos]) >= 0 {
			p.pos++
			return true
		}
		return false
	}
	byteIs("-")
	first := p.pos
	ok = p.digits() && (p.src[first] != '0' || p.pos == first+1)
	whole = true
	if byteIs(".") {
		whole = false
		ok = p.digits() && ok
	}
	if byteIs("eE") {
		whole = false
		byteIs("+-")
		ok = p.digits() && ok
	}
	if p.pos < len(p.src) && (wordByte(p.src[p.pos]) || p.src[p.pos] == '.') {
		ok = false
	}
	return p.src[from:p.pos], whole, ok
}

// char takes a character in single quotes.
func (p *parser) char() (rune, error) {
	from := p.pos
	p.pos++
	if p.pos == len(p.src) || p.src[p.pos] == '\'' || p.src[p.pos] == '\n' {
		return 0, p.expected("a character")
	}
	r, err := p.character()
	if err != nil {
		return 0, err
	}
	if p.pos == len(p.src) || p.src[p.pos] != '\'' {
		return 0, p.errf(CodeSyntax, from, "expected one character in single quotes")
	}
	p.pos++
	return r, nil
}

// character takes a character or an escape.
func (p *parser) character() (rune, error) {
	if p.src[p.pos] != '\\' {
		r, n := utf8.DecodeRuneInString(p.src[p.pos:])
		p.pos += n
		return r, nil
	}
	from := p.pos
	p.pos++
	if p.pos < len(p.src) {
		c := p.src[p.pos]
		p.pos++
		switch c {
		case '\'', '"', '\\':
			return rune(c), nil
		case 't':
			return '\t', nil
		case 'n':
			return '\n', nil
		case 'r':
			return '\r', nil
		case 'u':
			return p.unicode(from)
		}
	}
	p.pos = from
	return 0, p.errf(CodeSyntax, from, `expected an escape: \t, \n, \r, \\, \', \" or \u{...} with hexadecimal digits`)
}

// unicode takes the braces of an escape that began at from.
func (p *parser) unicode(from int) (rune, error) {
	digits, _, ok := strings.Cut(p.src[p.pos:min(len(p.src), p.pos+100)], "}")
	if !ok || len(digits) < 2 || digits[0] != '{' {
		return 0, p.errf(CodeSyntax, from, `expected \u{...} with hexadecimal digits`)
	}
	r := rune(0)
	for _, c := range []byte(digits[1:]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, p.errf(CodeSyntax, from, `expected \u{...} with hexadecimal digits`)
		}
		if r = r<<4 | rune(c); r > utf8.MaxRune {
			break
		}
	}
	if !utf8.ValidRune(r) {
		return 0, p.errf(CodeSyntax, from, "escape `\\u%s}` is not a Unicode scalar value", digits)
	}
	p.pos += len(digits) + 1
	return r, nil
}

// text takes a string in double quotes, of one line or of several.
func (p *parser) text() (string, error) {
	if strings.HasPrefix(p.src[p.pos:], `"""`) {
		return p.multiline()
	}
	from := p.pos
	p.pos++
	var b strings.Builder
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case '"':
			p.pos++
			return b.String(), nil
		case '\n':
			return "", p.errf(CodeSyntax, p.pos, "line break in a string: write `\\n`, or begin and end the string with `\"\"\"`")
		}
		r, err := p.character()
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
	}
	return "", p.errf(CodeSyntax, from, "the string does not end: expected `\"`")
}

// multiline takes a string of several lines. What is left of the closing
// quotes is taken away from each line.
func (p *parser) multiline() (string, error) {
	from := p.pos
	body := p.pos + 3
	switch rest := p.src[body:]; {
	case strings.HasPrefix(rest, "\n"):
		body++
	case strings.HasPrefix(rest, "\r\n"):
		body += 2
	default:
		return "", p.errf(CodeSyntax, from, "expected a line break behind the opening `\"\"\"`")
	}
	n := strings.Index(p.src[body:], `"""`)
	if n < 0 {
		return "", p.errf(CodeSyntax, from, "the string does not end: expected `\"\"\"`")
	}
	end := body + n
	last := 1 + strings.LastIndexByte(p.src[:end], '\n')
	indent := p.src[last:end]
	if strings.Trim(indent, " ") != "" {
		return "", p.errf(CodeSyntax, end, "expected nothing but spaces before the closing `\"\"\"` on its line")
	}
	var b strings.Builder
	for p.pos = body; p.pos < last; {
		if p.pos > body {
			b.WriteByte('\n')
		}
		if err := p.line(&b, indent); err != nil {
			return "", err
		}
	}
	p.pos = end + 3
	return b.String(), nil
}

// line takes a line of a string of several lines, with its end.
func (p *parser) line(b *strings.Builder, indent string) error {
	if !strings.HasPrefix(p.src[p.pos:], indent) {
		return p.errf(CodeSyntax, p.pos, "expected at least %d spaces, as before the closing `\"\"\"`", len(indent))
	}
	p.pos += len(indent)
	for {
		switch rest := p.src[p.pos:]; {
		case rest[0] == '\n':
			p.pos++
			return nil
		case strings.HasPrefix(rest, "\r\n"):
			p.pos += 2
			return nil
		}
		r, err := p.character()
		if err != nil {
			return err
		}
		b.WriteRune(r)
	}
}
