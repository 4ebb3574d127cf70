// Package diag is how every layer of Dray says what is wrong with an input:
// one error type that carries a code for programs, a place for people, and a
// sentence that names what was found and what was expected.
package diag

import (
	"fmt"
	"strings"
)

// A Code names a class of problem, for example "binary/truncated". Codes are
// stable; messages are not.
type Code string

// An Error is a problem at a place in an input.
type Error struct {
	// Code is the class of the problem.
	Code Code
	// Path names the input (a file, "<stdin>", a URL); empty when not known
	// at the layer that found the problem. See [WithPath].
	Path string
	// At is where in the input the problem is; the zero value is "nowhere".
	At Pos
	// Msg is one sentence without a trailing full stop.
	Msg string
	// Err is the cause, if there is one; [errors.Is] and [errors.As] see it.
	Err error
}

// A Pos is a position in an input: a byte offset in a binary, or a line and
// column in a text.
type Pos struct {
	// Offset is a byte offset, from 0. It counts when Valid is true.
	Offset int64
	// Line and Col count from 1; Line 0 means the input is not a text. Col
	// counts bytes.
	Line, Col int
	// Valid tells whether the position is known.
	Valid bool
}

// Offset is the position of a byte in a binary.
func Offset(off int64) Pos { return Pos{Offset: off, Valid: true} }

// LineCol is a position in a text.
func LineCol(off int64, line, col int) Pos {
	return Pos{Offset: off, Line: line, Col: col, Valid: true}
}

// String is "line:col" in a text, "offset 0x1f" in a binary, and empty when
// the position is not known.
func (p Pos) String() string {
	switch {
	case !p.Valid:
		return ""
	case p.Line > 0:
		return fmt.Sprintf("%d:%d", p.Line, p.Col)
	}
	return fmt.Sprintf("offset %#x", p.Offset)
}

// Error is "path: offset 0x1f: message", or "path:line:col: message" in a text.
func (e *Error) Error() string {
	var b strings.Builder
	place := e.At.String()
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteByte(':')
		if place == "" || e.At.Line == 0 {
			b.WriteByte(' ')
		}
	}
	if place != "" {
		b.WriteString(place)
		b.WriteString(": ")
	}
	b.WriteString(e.Msg)
	if e.Err != nil {
		if e.Msg != "" {
			b.WriteString(": ")
		}
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error of a class at a place.
func Errorf(code Code, at Pos, format string, args ...any) *Error {
	return &Error{Code: code, At: at, Msg: fmt.Sprintf(format, args...)}
}

// WithPath names the input in err where err is an [*Error] that does not name
// it yet. Any other error is returned as it is.
func WithPath(err error, path string) error {
	if e, ok := err.(*Error); ok && e.Path == "" {
		named := *e
		named.Path = path
		return &named
	}
	return err
}
