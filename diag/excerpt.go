// This file shows an error in a text with the line it is about.

package diag

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// excerptWidth is how many bytes of a line an excerpt shows at most.
const excerptWidth = 100

// Excerpt renders an error in a text as "path:line:col: message", followed by
// the line of the source and a caret under the column. src is the whole text
// that the error is about. A long line is shortened around the column, tabs
// are kept, and other control characters are replaced. For an error that is
// not an [*Error] with a line, or whose line src does not have, it is
// err.Error(). There is no line feed at the end.
func Excerpt(src []byte, err error) string {
	e, ok := err.(*Error)
	if !ok || e.At.Line <= 0 {
		return err.Error()
	}
	line, ok := lineOf(src, e.At.Line)
	if !ok {
		return err.Error()
	}
	bare := *e
	bare.Path, bare.At = "", Pos{}
	var b strings.Builder
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteByte(':')
	}
	fmt.Fprintf(&b, "%d:%d: %s\n", e.At.Line, e.At.Col, bare.Error())
	writeExcerpt(&b, line, e.At.Col-1)
	return b.String()
}

// lineOf is a line of a text, counted from 1, without its end.
func lineOf(src []byte, n int) (line []byte, ok bool) {
	for ; n > 1; n-- {
		i := bytes.IndexByte(src, '\n')
		if i < 0 {
			return nil, false
		}
		src = src[i+1:]
	}
	line, _, _ = bytes.Cut(src, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), true
}

// writeExcerpt writes a line, and a caret under its byte at.
func writeExcerpt(b *strings.Builder, line []byte, at int) {
	at = max(0, min(at, len(line)))
	from, to := 0, len(line)
	if len(line) > excerptWidth {
		from = max(0, at-excerptWidth/2)
		to = min(len(line), from+excerptWidth)
		for from > 0 && from > at-excerptWidth && !utf8.RuneStart(line[from]) {
			from--
		}
		for to < len(line) && to < at+excerptWidth && !utf8.RuneStart(line[to]) {
			to++
		}
	}
	var caret strings.Builder
	if from > 0 {
		b.WriteString("...")
		caret.WriteString("   ")
	}
	for i := from; i < to; {
		r, n := utf8.DecodeRune(line[i:])
		switch {
		case r == '\t':
		case unicode.IsControl(r) || r == utf8.RuneError:
			r = utf8.RuneError
		}
		b.WriteRune(r)
		if i < at {
			if r != '\t' {
				r = ' '
			}
			caret.WriteRune(r)
		}
		i += n
	}
	if to < len(line) {
		b.WriteString("...")
	}
	b.WriteByte('\n')
	b.WriteString(caret.String())
	b.WriteByte('^')
}
