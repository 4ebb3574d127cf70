// This file parses the commands of scripts (interpreter/README.md, section
// "Scripts", of the core specification).

package script

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// The classes of errors of this package, beside those of package lex.
const (
	// CodeCommand: a form that is no command of a script.
	CodeCommand diag.Code = "script/command"
	// CodeValue: an argument or expected result that is none.
	CodeValue diag.Code = "script/value"
)

// maxNesting is how deep commands and values may nest.
const maxNesting = 200

// Parse reads a script. Modules are not parsed, so what is wrong in them is
// found when the script runs. A source that starts with a field of a module is
// one module, as the text format allows. An error is a [*diag.Error] with line
// and column. The script keeps src, which must not change.
func Parse(src []byte) (*Script, error) {
	p := &parser{s: lex.New(src, nil)}
	if isField(p.s.PeekHead()) {
		return p.inline()
	}
	list, err := p.commands(lex.EOF, 0)
	if err != nil {
		return nil, err
	}
	return &Script{Commands: list, src: src}, nil
}

// isField tells whether a keyword starts a field of a module.
func isField(head string) bool {
	switch head {
	case "type", "rec", "import", "func", "table", "memory", "tag", "global",
		"export", "start", "elem", "data":
		return true
	}
	return false
}

// A parser reads commands.
type parser struct{ s *lex.Scanner }

// inline makes the whole source one module.
func (p *parser) inline() (*Script, error) {
	at := p.s.At(p.s.Peek().Pos)
	for p.s.Peek().Kind != lex.EOF {
		t := p.s.Next()
		if t.Kind != lex.LParen {
			return nil, p.unexpected(t, `"(" and a field of a module`)
		}
		if err := p.skip(t.Pos); err != nil {
			return nil, err
		}
	}
	if err := p.s.Err(); err != nil {
		return nil, err
	}
	m := &Module{Form: FormInline, Line: 1, Col: 1, src: p.s.Src()}
	c := Command{Kind: KindModule, Head: "module", Line: at.Line, Col: at.Col, Module: m}
	return &Script{Commands: []Command{c}, src: p.s.Src()}, nil
}

// unexpected is the error about a token where another thing was expected.
func (p *parser) unexpected(t lex.Token, want string) error {
	return p.s.Errorf(lex.CodeSyntax, t.Pos, "unexpected token %s: expected %s", p.s.Describe(t), want)
}

// token takes a token of a kind.
func (p *parser) token(k lex.Kind, want string) (lex.Token, error) {
	if t := p.s.Peek(); t.Kind != k {
		return t, p.unexpected(t, want)
	}
	return p.s.Next(), nil
}

// str takes a string, which may be any bytes.
func (p *parser) str(want string) (string, error) {
	t, err := p.token(lex.String, want)
	if err != nil {
		return "", err
	}
	return string(p.s.AppendString(nil, t)), nil
}

// id takes an identifier if there is one, and gives it without "$".
func (p *parser) id() string {
	if p.s.Peek().Kind == lex.ID {
		return p.s.Name(p.s.Next())
	}
	return ""
}

// keyword takes a keyword if it is next.
func (p *parser) keyword(word string) bool {
	if t := p.s.Peek(); t.Kind == lex.Keyword && p.s.Text(t) == word {
		p.s.Next()
		return true
	}
	return false
}

// end takes the parenthesis that closes a form.
func (p *parser) end(form string) error {
	_, err := p.token(lex.RParen, `")" at the end of `+form)
	return err
}

// skip goes behind the parenthesis that closes the form that opens at start.
// Unlike [lex.Scanner.SkipParens] it lets pass tokens that mean nothing, which
// are the matter of whoever parses the form.
func (p *parser) skip(start uint32) error {
	for depth := 1; depth > 0; {
		switch t := p.s.Next(); t.Kind {
		case lex.LParen:
			if depth++; depth > lex.MaxDepth {
				return p.s.Errorf(lex.CodeLimit, t.Pos, "parentheses nest deeper than %d", lex.MaxDepth)
			}
		case lex.RParen:
			depth--
		case lex.EOF:
			return p.s.Errorf(lex.CodeSyntax, start, "unexpected end: the form here is not closed")
		}
	}
	return nil
}

// commands reads commands up to a token of the kind until, which it takes.
func (p *parser) commands(until lex.Kind, depth int) ([]Command, error) {
	var list []Command
	for p.s.Peek().Kind != until {
		c, err := p.command(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	p.s.Next()
	return list, p.s.Err()
}

// command reads one command.
func (p *parser) command(depth int) (Command, error) {
	open, err := p.token(lex.LParen, `"(" and a command`)
	if err != nil {
		return Command{}, err
	}
	if depth > maxNesting {
		return Command{}, p.s.Errorf(lex.CodeLimit, open.Pos, "commands nest deeper than %d", maxNesting)
	}
	at := p.s.At(open.Pos)
	c := Command{Line: at.Line, Col: at.Col}
	t, err := p.token(lex.Keyword, "a command")
	if err != nil {
		return c, err
	}
	c.Head = p.s.Text(t)
	switch c.Head {
	case "module", "component":
		c.Kind = KindModule
		if c.Module, err = p.module(c.Head, open.Pos); err == nil && c.Module.Form == FormInstance {
			c.Kind, c.Name = KindInstance, c.Module.Name
		}
	case "register":
		c.Kind = KindRegister
		if c.Text, err = p.str("a name in quotes"); err == nil {
			c.Name = p.id()
			err = p.end("register")
		}
	case "invoke", "get":
		c.Kind = KindAction
		c.Action, err = p.action(c.Head)
	case "thread", "wait", "script", "input", "output":
		err = p.meta(&c, open.Pos, depth)
	default:
		kind, ok := assertions[c.Head]
		if !ok {
			return c, p.s.Errorf(CodeCommand, t.Pos, "unknown command %q: the commands are module, component, register, invoke, get, assert_*, thread, wait and script", c.Head)
		}
		c.Kind = kind
		err = p.assertion(&c)
	}
	return c, err
}

// assertions are the commands that are counted.
var assertions = map[string]Kind{
	"assert_return": KindReturn, "assert_trap": KindTrap, "assert_exhaustion": KindExhaustion,
	"assert_exception": KindException, "assert_invalid": KindInvalid,
	"assert_malformed": KindMalformed, "assert_unlinkable": KindUnlinkable,
	"assert_invalid_custom": KindInvalidCustom, "assert_malformed_custom": KindMalformedCustom,
}

// assertion reads an assertion behind its head.
func (p *parser) assertion(c *Command) error {
	open, err := p.token(lex.LParen, `"("`)
	if err != nil {
		return err
	}
	t, err := p.token(lex.Keyword, `"invoke", "get", "module" or "component"`)
	if err != nil {
		return err
	}
	head := p.s.Text(t)
	isModule := head == "module" || head == "component"
	isAction := head == "invoke" || head == "get"
	switch c.Kind {
	case KindReturn, KindExhaustion, KindException:
		isModule = false
	case KindTrap:
	default:
		isAction = false
	}
	switch {
	case isModule:
		c.Module, err = p.module(head, open.Pos)
	case isAction:
		c.Action, err = p.action(head)
	default:
		return p.s.Errorf(lex.CodeSyntax, open.Pos, "unexpected form %q in %s", head, c.Head)
	}
	if err != nil {
		return err
	}
	switch c.Kind {
	case KindReturn:
		c.Expect, err = p.values(true)
		return err
	case KindException:
		return p.end(c.Head)
	}
	if c.Text, err = p.str("the text of the failure"); err != nil {
		return err
	}
	return p.end(c.Head)
}

// module reads a module or component behind that keyword; open is the place of
// its parenthesis.
func (p *parser) module(head string, open uint32) (*Module, error) {
	m := &Module{Component: head == "component"}
	if p.keyword("instance") {
		m.Form = FormInstance
		m.Of = p.id()
		if of := p.id(); of != "" {
			m.Name, m.Of = m.Of, of
		}
		return m, p.end(head + " instance")
	}
	m.Definition = p.keyword("definition")
	m.Name = p.id()
	switch {
	case p.keyword("binary"):
		m.Form = FormBinary
	case p.keyword("quote"):
		m.Form = FormQuote
	}
	m.at = p.s.Mark()
	at := p.s.At(m.at)
	m.Line, m.Col = at.Line, at.Col
	if m.Form != FormText {
		for p.s.Peek().Kind == lex.String {
			p.s.Next()
		}
		if err := p.end(head + " in strings"); err != nil {
			return nil, err
		}
	} else if err := p.skip(open); err != nil {
		return nil, err
	}
	m.src = p.s.Src()[m.at:p.s.Mark()]
	return m, nil
}

// action reads an action behind its head.
func (p *parser) action(head string) (*Action, error) {
	a := &Action{Get: head == "get", Instance: p.id()}
	var err error
	if a.Name, err = p.str("the name of an export"); err != nil {
		return nil, err
	}
	if a.Get {
		return a, p.end(head)
	}
	a.Args, err = p.values(false)
	return a, err
}

// meta reads a command about commands behind its head.
func (p *parser) meta(c *Command, open uint32, depth int) (err error) {
	c.Name = p.id()
	switch c.Head {
	case "wait":
		c.Kind = KindWait
		return p.end(c.Head)
	case "input", "output":
		c.Kind = KindMeta
		return p.skip(open)
	case "thread":
		c.Kind = KindThread
		for p.s.PeekHead() == "shared" {
			p.s.Next()
			p.s.Next()
			if _, err = p.token(lex.LParen, `"(" and "module"`); err != nil {
				return err
			}
			if !p.keyword("module") {
				return p.unexpected(p.s.Peek(), `"module"`)
			}
			c.Shared = append(c.Shared, p.id())
			if err = p.end("module"); err == nil {
				err = p.end("shared")
			}
			if err != nil {
				return err
			}
		}
	default:
		c.Kind = KindScript
	}
	c.Commands, err = p.commands(lex.RParen, depth+1)
	return err
}
