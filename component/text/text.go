// Package text reads and writes the text format of components (Component Model
// explainer, chapter "Grammar").
//
// The parser turns all abbreviations into explicit definitions, each right
// before the definition that needs it: inline types, inline aliases
// "(func $instance "name")", uses of identifiers of enclosing components,
// inline instances, and definitions that start with their sort. Definitions
// with inline exports are exported at the end of the component. Identifiers are
// resolved, and become the custom section "component-name"; "(@name "...")"
// behind an identifier gives another name. Behind "core module" or "component"
// the identifier is also the name that the module or component has itself, and
// an annotation gives that one only. Whether a numeric index names something, and
// whether types fit, is the matter of validation.
//
// Functions of this package are safe for concurrent use on different values.
package text

import (
	"errors"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	core "github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// The classes of errors of this package, beside those of package lex and of
// wasm/text.
const (
	// CodeName: an identifier that is defined twice or not at all.
	CodeName = core.CodeName
	// CodeValue: a value that its type does not have, or whose type is not
	// known.
	CodeValue diag.Code = "text/value"
)

const (
	// virtualBase is where the offsets of the code of a core module start.
	virtualBase = 1 << 40
	// moduleShift is the binary logarithm of the distance between the offsets
	// of the code of two core modules.
	moduleShift = 32
)

// A Source is a component that was read from text. It keeps the text.
//
// The field Pos of definitions is a byte offset in the text. The offsets of
// code in core modules are virtual, and no two modules share one.
type Source struct {
	Component *component.Component
	s         *lex.Scanner
	// modules are the core modules in the order of their virtual offsets.
	modules []*core.Source
}

// Parse reads a whole source: one "(component ...)". An error is a
// [*diag.Error] with line and column. The component does not share memory with
// src.
func Parse(src []byte) (*Source, error) {
	p := newParser(lex.New(src, KeepAnnotation))
	mark := p.s.Mark()
	if !p.s.Open("component") {
		return nil, p.notComponent()
	}
	b, err := p.binder()
	if err != nil {
		return nil, err
	}
	out, err := p.source(b, lex.RParen)
	if err != nil {
		return nil, err
	}
	if t := p.s.Peek(); t.Kind != lex.EOF || p.s.Err() != nil {
		return nil, p.s.Errorf(lex.CodeSyntax, t.Pos, "unexpected token %s: the component that starts at %s ends before it", p.s.Describe(t), p.s.At(mark))
	}
	return out, nil
}

// notComponent is the error for a source that is no component.
func (p *parser) notComponent() error {
	t := p.s.Next()
	switch head := p.s.Peek(); {
	case t.Kind == lex.LParen && string(p.s.Bytes(head)) == "module":
		return p.s.Errorf(lex.CodeSyntax, t.Pos, `unexpected token "module": the source is a core module; expected "(component"`)
	case t.Kind == lex.LParen:
		t = head
	}
	return p.unexpected(t, `"(component"`)
}

// ParseFields reads the rest of a component after "(component" and the
// identifier, up to and including the closing ")". id is that identifier
// without "$", or empty. The scanner must keep the annotations for which
// [KeepAnnotation] is true. Positions are offsets in the source of the scanner.
func ParseFields(s *lex.Scanner, id string) (*Source, error) {
	p := newParser(s)
	b := binder{id: id, name: id, named: id != ""}
	if err := p.nameAnnotation(&b); err != nil {
		return nil, err
	}
	return p.source(b, lex.RParen)
}

// ParseBody reads a source that has the definitions of a component without
// "(component" and ")" around them, such as the body of a quoted component of a
// test script.
func ParseBody(src []byte) (*Source, error) {
	return newParser(lex.New(src, KeepAnnotation)).source(binder{}, lex.EOF)
}

// KeepAnnotation tells which annotations a scanner must keep for this package.
func KeepAnnotation(name string) bool { return core.KeepAnnotation(name) }

// source reads the definitions up to a closing token: ")" or the end.
func (p *parser) source(b binder, end lex.Kind) (*Source, error) {
	c, err := p.component(b, end)
	if err == nil {
		err = p.s.Err()
	}
	if err != nil {
		return nil, err
	}
	return &Source{Component: c, s: p.s, modules: p.modules}, nil
}

// Locate gives err, and the [*diag.Error] values that it wraps, lines and
// columns where their positions are those of definitions in s.Component or of
// code in its core modules. Other errors are returned as they are.
//
// Locate must not be called from two goroutines at a time for one Source.
func (s *Source) Locate(err error) error {
	e, ok := err.(*diag.Error)
	if !ok {
		return err
	}
	located := *e
	switch at := e.At; {
	case !at.Valid || at.Line > 0 || at.Offset < 0:
	case at.Offset < virtualBase:
		located.At = s.s.At(uint32(min(at.Offset, int64(len(s.s.Src())))))
	default:
		n := (at.Offset - virtualBase) >> moduleShift
		if n >= int64(len(s.modules)) {
			break
		}
		local := &diag.Error{At: diag.Offset(at.Offset - n<<moduleShift)}
		if errors.As(s.modules[n].Locate(local), &local) {
			located.At = local.At
		}
	}
	if located.Err != nil {
		located.Err = s.Locate(located.Err)
	}
	return &located
}
