// This file is the state of the parser, and takes tokens with an expectation.

package text

import (
	"errors"
	"strings"

	"github.com/dray-wasm/dray/component/binary"
	core "github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// maxValueNesting is how deep value types, and values, may nest.
const maxValueNesting = 500

// A parser reads one component with all that is in it.
type parser struct {
	s *lex.Scanner
	*scope
	symbols symbols
	modules []*core.Source
	// components, types and values count what is open.
	components, types, values int
	// labels finds labels of value types; see label.
	labels map[any]map[string]uint32
}

func newParser(s *lex.Scanner) *parser {
	return &parser{s: s, symbols: symbols{last: map[symbol]int{}}}
}

// unexpected is the error for a token where want was expected.
func (p *parser) unexpected(t lex.Token, want string) error {
	s := p.s
	switch {
	case t.Kind == lex.Annotation:
		return s.Errorf(core.CodeAnnotation, t.Pos, "misplaced @%s annotation: expected %s", s.AnnotationName(t), want)
	case t.Kind == lex.Reserved,
		t.Kind == lex.Number && lex.ClassifyNumber(s.Bytes(t)) == lex.NotNumber:
		return s.Errorf(lex.CodeToken, t.Pos, "unknown operator %s: expected %s", strings.Trim(s.Describe(t), `"`), want)
	}
	return s.Errorf(lex.CodeSyntax, t.Pos, "unexpected token %s: expected %s", s.Describe(t), want)
}

// unexpectedForm is the error for the form that comes next: its head, if the
// next token is "(", is what is not expected.
func (p *parser) unexpectedForm(want string) error {
	t := p.s.Next()
	if head := p.s.Peek(); t.Kind == lex.LParen && head.Kind == lex.Keyword {
		t = head
	}
	return p.unexpected(t, want)
}

// limit is the error for an input beyond a limit.
func (p *parser) limit(pos uint32, n int, what string) error {
	return p.s.Errorf(lex.CodeLimit, pos, "too many %s: the limit of this implementation is %d", what, n)
}

// tooDeep is the error for forms that nest too deep.
func (p *parser) tooDeep(pos uint32, n int, what string) error {
	return p.s.Errorf(lex.CodeLimit, pos, "nesting too deep: %s nest more than %d levels deep", what, n)
}

// open takes "(" and a keyword and gives the place of the "(".
func (p *parser) open(word string) (pos uint32, err error) {
	pos = p.s.Peek().Pos
	if !p.s.Open(word) {
		return pos, p.unexpectedForm(`"(` + word + `"`)
	}
	return pos, nil
}

// close takes a ")". more says what else could stand there, "" for nothing.
func (p *parser) close(more string) error {
	t := p.s.Next()
	switch {
	case t.Kind == lex.RParen:
		return nil
	case more != "":
		return p.unexpected(t, more+` or ")"`)
	}
	return p.unexpected(t, `")"`)
}

// u32 takes an unsigned number.
func (p *parser) u32(want string) (uint32, error) {
	t := p.s.Next()
	if t.Kind != lex.Number {
		return 0, p.unexpected(t, want)
	}
	v, err := lex.Uint(p.s.Bytes(t), 32)
	switch {
	case errors.Is(err, lex.ErrRange):
		return 0, p.s.Errorf(core.CodeConstant, t.Pos, "constant out of range: %s does not fit 32 bits", p.s.Describe(t))
	case err != nil:
		return 0, p.unexpected(t, want)
	}
	return uint32(v), nil
}

// str takes a string that must be UTF-8.
func (p *parser) str(want string) (string, error) {
	t := p.s.Next()
	if t.Kind != lex.String {
		return "", p.unexpected(t, want)
	}
	v, ok := p.s.Str(t)
	if !ok {
		return "", p.s.Errorf(lex.CodeUTF8, t.Pos, "malformed UTF-8 encoding: %s must be UTF-8", want)
	}
	return v, nil
}

// at tells whether the next token is of a kind.
func (p *parser) at(k lex.Kind) bool { return p.s.Peek().Kind == k }

// ahead runs look on what follows and goes back.
func (p *parser) ahead(look func() bool) bool {
	mark := p.s.Mark()
	ok := look()
	p.s.Reset(mark)
	return ok
}

// A binder is what stands behind the sort of a definition: an identifier and
// a name, which is that of the identifier unless an annotation gives another.
type binder struct {
	id, name string
	named    bool
	pos      uint32
	// note is where the annotation starts and end what is behind it; both are
	// 0 when there is none.
	note, end uint32
}

// binder reads an optional identifier and an optional @name annotation.
func (p *parser) binder() (binder, error) {
	var b binder
	if t := p.s.Peek(); t.Kind == lex.ID {
		p.s.Next()
		b.id, b.pos = p.s.Name(t), t.Pos
		b.name, b.named = b.id, true
	}
	return b, p.nameAnnotation(&b)
}

// nameAnnotation reads an optional @name annotation.
func (p *parser) nameAnnotation(b *binder) error {
	t := p.s.Peek()
	if t.Kind != lex.Annotation || p.s.AnnotationName(t) != "name" {
		return nil
	}
	p.s.Next()
	name, err := p.str("a name")
	if err != nil {
		return err
	}
	b.name, b.named, b.note = name, true, t.Pos
	if err := p.close(""); err != nil {
		return err
	}
	p.s.Peek()
	b.end = p.s.Mark()
	return nil
}

// enterComponent counts an open component.
func (p *parser) enterComponent(pos uint32) error {
	if p.components++; p.components > binary.MaxNesting {
		return p.tooDeep(pos, binary.MaxNesting, "components")
	}
	return nil
}

// enterType counts an open component, instance or module type.
func (p *parser) enterType(pos uint32) error {
	if p.types++; p.types > binary.MaxTypeNesting {
		return p.tooDeep(pos, binary.MaxTypeNesting, "types")
	}
	return nil
}

// enterValue counts an open value type or value.
func (p *parser) enterValue(pos uint32) error {
	if p.values++; p.values > maxValueNesting {
		return p.tooDeep(pos, maxValueNesting, "value types and values")
	}
	return nil
}
