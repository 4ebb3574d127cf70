// Package text reads and writes the text format of core modules (chapter "Text
// Format" of the specification 3.0, with the proposals "threads",
// "wide-arithmetic" and "custom-page-sizes" and legacy exception handling).
//
// [Parse] gives a [wasm.Module] as the binary decoder would: function bodies
// and constant expressions are bytes. Named identifiers are resolved, and
// become the custom section "name"; the annotations @name, @custom,
// @producers and @metadata.code.branch_hint are understood, all others are skipped. Whether
// a numeric index names something, and whether types fit, is the matter of
// validation.
//
// Functions of this package are safe for concurrent use on different values.
package text

import (
	"bytes"
	"slices"
	"sort"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// The classes of errors of this package, beside those of package lex.
const (
	// CodeName: an identifier that is defined twice or not at all.
	CodeName diag.Code = "text/name"
	// CodeConstant: a number that does not fit, or the wrong number of them.
	CodeConstant diag.Code = "text/constant"
	// CodeType: an inline type that differs from the explicit one.
	CodeType diag.Code = "text/type"
	// CodeOrder: module fields in an order that the format forbids.
	CodeOrder diag.Code = "text/order"
	// CodeAnnotation: an annotation that is malformed or at a wrong place.
	CodeAnnotation diag.Code = "text/annotation"
)

// virtualBase is the virtual offset of the first byte of code.
const virtualBase = 1 << 40

// A Source is a module that was read from text. It keeps the text.
type Source struct {
	Module *wasm.Module
	src    []byte
	// places maps virtual offsets to the text, in rising order of both.
	places []place
}

// A place says which byte of the text made the code from a virtual offset on.
type place struct {
	code uint32 // less virtualBase
	src  uint32
}

// Parse reads a whole source: one "(module ...)", or the fields of a module
// without the parentheses around them. An error is a [*diag.Error] with line
// and column. The module does not share memory with src.
func Parse(src []byte) (*Source, error) {
	s := lex.New(src, KeepAnnotation)
	mark := s.Mark()
	if s.PeekHead() != "module" {
		return parseModule(s, "", lex.EOF)
	}
	s.Next()
	s.Next()
	id := ""
	if s.Peek().Kind == lex.ID {
		id = s.Name(s.Next())
	}
	switch t := s.Peek(); string(s.Bytes(t)) {
	case "binary", "quote", "definition", "instance":
		return nil, s.Errorf(lex.CodeSyntax, t.Pos, "unexpected token %s: this form of module is for test scripts (.wast)", s.Describe(t))
	}
	m, err := ParseFields(s, id)
	if err != nil {
		return nil, err
	}
	if t := s.Peek(); t.Kind != lex.EOF || s.Err() != nil {
		return nil, s.Errorf(lex.CodeSyntax, t.Pos, "unexpected token %s: the module that starts at %s ends before it", s.Describe(t), s.At(mark))
	}
	return m, nil
}

// ParseFields reads the rest of a module after "(module" and the identifier,
// up to and including the closing ")". id is that identifier without "$", or
// empty. The scanner must keep the annotations for which [KeepAnnotation] is
// true.
func ParseFields(s *lex.Scanner, id string) (*Source, error) {
	return parseModule(s, id, lex.RParen)
}

// KeepAnnotation tells which annotations a scanner must keep for this package.
func KeepAnnotation(name string) bool {
	switch name {
	case "name", "custom", "producers", branchHint:
		return true
	}
	return false
}

// Locate gives err with a line and column where its position is an offset of
// code in s.Module, as validation reports it. Other errors are returned as
// they are.
func (s *Source) Locate(err error) error {
	e, ok := err.(*diag.Error)
	if !ok || !e.At.Valid || e.At.Line > 0 || e.At.Offset < virtualBase || len(s.places) == 0 {
		return err
	}
	code := e.At.Offset - virtualBase
	i := sort.Search(len(s.places), func(i int) bool { return int64(s.places[i].code) > code })
	at := min(int(s.places[max(i-1, 0)].src), len(s.src))
	located := *e
	line := 1 + bytes.Count(s.src[:at], []byte{'\n'})
	located.At = diag.LineCol(int64(at), line, at-bytes.LastIndexByte(s.src[:at], '\n'))
	return &located
}

// clip frees the room that a slice has beyond its length.
func clip[T any](s []T) []T {
	if cap(s) > len(s)+len(s)/4 {
		return slices.Clone(s)
	}
	return s
}
