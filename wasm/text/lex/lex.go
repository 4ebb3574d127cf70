// Package lex is the lexical format of WebAssembly text (Text Format, section
// "Lexical Format"): it turns a source into tokens, one at a time, and can go
// back to any earlier place. The text formats of modules, of components and of
// test scripts stand on it.
//
// A Scanner belongs to one goroutine. It keeps the source and allocates only
// for strings with escapes.
package lex

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/dray-wasm/dray/diag"
)

// The classes of errors of this package.
const (
	// CodeToken: characters that are no token, or two tokens without a space.
	CodeToken diag.Code = "text/token"
	// CodeSyntax: a token where another was expected.
	CodeSyntax diag.Code = "text/syntax"
	// CodeUTF8: the source is not UTF-8.
	CodeUTF8 diag.Code = "text/utf8"
	// CodeLimit: well formed, but beyond a limit of this implementation.
	CodeLimit diag.Code = "text/limit"
)

const (
	// MaxSource is the largest source in bytes.
	MaxSource = 1 << 30
	// MaxDepth is how deep parentheses may nest for SkipParens. It is meant as
	// the limit of parsers that recurse, too.
	MaxDepth = 1000
)

// A Kind is the kind of a token.
type Kind uint8

// The kinds of token.
const (
	EOF        Kind = iota
	LParen          // (
	RParen          // )
	Keyword         // starts with a lower-case letter
	Number          // starts with a digit or a sign
	String          // "..."
	ID              // $name or $"name"
	Annotation      // (@name : opens an annotation that the parser asked for
	Reserved        // idchars and strings that make no token
)

var kindNames = [...]string{
	EOF: "the end of the source", LParen: `"("`, RParen: `")"`, Keyword: "a keyword",
	Number: "a number", String: "a string", ID: "an identifier",
	Annotation: "an annotation", Reserved: "a reserved token",
}

// String describes the kind for people.
func (k Kind) String() string { return kindNames[k] }

// A Token is a piece of the source.
type Token struct {
	Kind Kind
	// Escaped is set for a string, or an identifier or annotation name in
	// quotes, that has escapes.
	Escaped bool
	// Pos and End are byte offsets in the source.
	Pos, End uint32
}

// A Scanner reads tokens from a source.
type Scanner struct {
	src  []byte
	pos  uint32 // what follows the token in tok
	tok  Token  // the next token
	have bool   // tok counts
	// lineAt and lineNo are a place for which the line is known: positions
	// are asked for in rising order, mostly.
	lineAt, lineNo int
	keep           func(name string) bool
	err            *diag.Error
}

// New makes a scanner. keep tells which annotations are tokens for the parser;
// all others are skipped like comments. It may be nil.
func New(src []byte, keep func(name string) bool) *Scanner {
	s := &Scanner{src: src, keep: keep, lineNo: 1}
	if len(src) > MaxSource {
		s.src = nil
		s.err = &diag.Error{Code: CodeLimit, Msg: fmt.Sprintf("the source has %d bytes, and the limit of this implementation is %d", len(src), MaxSource)}
	} else if i := invalidUTF8(src); i >= 0 {
		s.fail(CodeUTF8, uint32(i), "malformed UTF-8 encoding: byte %#02x", src[i])
	}
	if bytes.HasPrefix(src, []byte("\ufeff")) {
		s.pos = 3
	}
	return s
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, -1 when there
// is none.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// Src is the whole source. Treat it as read-only.
func (s *Scanner) Src() []byte { return s.src }

// Err is the first lexical error. After one, all tokens are EOF.
func (s *Scanner) Err() error {
	if s.err == nil {
		return nil
	}
	return s.err
}

// fail records an error and ends the source.
func (s *Scanner) fail(code diag.Code, pos uint32, format string, args ...any) {
	if s.err == nil {
		s.err = diag.Errorf(code, s.At(pos), format, args...)
	}
	s.have = false
}

// Errorf makes an error at a place in the source. Where the scanner has failed
// already it is that error.
func (s *Scanner) Errorf(code diag.Code, pos uint32, format string, args ...any) error {
	if s.err != nil {
		return s.err
	}
	return diag.Errorf(code, s.At(pos), format, args...)
}

// At is the line and column of a byte offset.
func (s *Scanner) At(pos uint32) diag.Pos {
	at := min(int(pos), len(s.src))
	if at < s.lineAt {
		s.lineAt, s.lineNo = 0, 1
	}
	s.lineNo += bytes.Count(s.src[s.lineAt:at], []byte{'\n'})
	s.lineAt = at
	col := at - bytes.LastIndexByte(s.src[:at], '\n')
	return diag.LineCol(int64(at), s.lineNo, col)
}

// Peek is the next token.
func (s *Scanner) Peek() Token {
	if !s.have {
		s.tok = s.scan()
		s.have = true
	}
	return s.tok
}

// Next takes the next token.
func (s *Scanner) Next() Token {
	t := s.Peek()
	s.have = false
	return t
}

// PeekHead is the keyword after the next token when that is "(", or the name
// of the annotation that the next token opens with "@" in front; "" otherwise.
func (s *Scanner) PeekHead() string {
	t := s.Peek()
	switch t.Kind {
	case Annotation:
		return "@" + s.AnnotationName(t)
	case LParen:
		pos := s.pos
		head := s.scan()
		s.pos = pos
		if head.Kind == Keyword {
			return s.Text(head)
		}
	}
	return ""
}

// Word takes the next token if it is the keyword w.
func (s *Scanner) Word(w string) bool {
	t := s.Peek()
	if t.Kind != Keyword || string(s.Bytes(t)) != w {
		return false
	}
	s.Next()
	return true
}

// Mark is the place before the next token, for Reset.
func (s *Scanner) Mark() uint32 {
	if s.have {
		return s.tok.Pos
	}
	return s.pos
}

// Reset goes back, or forward, to a place that Mark gave.
func (s *Scanner) Reset(mark uint32) { s.pos, s.have = mark, false }

// Text is the source of a token.
func (s *Scanner) Text(t Token) string { return string(s.src[t.Pos:t.End]) }

// Bytes is the source of a token, a view of the source.
func (s *Scanner) Bytes(t Token) []byte { return s.src[t.Pos:t.End] }

// SkipParens goes behind the parenthesis that closes the one before the next
// token: with "(" just taken, it skips the rest of the form, in which
// parentheses may nest up to MaxDepth.
func (s *Scanner) SkipParens() error { return s.SkipNested(MaxDepth) }

// SkipNested is SkipParens with another limit. It takes no more stack for a
// larger one.
func (s *Scanner) SkipNested(limit int) error {
	start := s.Mark()
	for depth := 1; depth > 0; {
		switch t := s.Next(); t.Kind {
		case LParen, Annotation:
			if depth++; depth > limit {
				return s.Errorf(CodeLimit, t.Pos, "parentheses nest deeper than %d", limit)
			}
		case RParen:
			depth--
		case Reserved:
			return s.Errorf(CodeToken, t.Pos, "unknown operator %s: not a token", s.quote(t))
		case EOF:
			return s.Errorf(CodeSyntax, start, "unexpected end: the form here is not closed")
		}
	}
	return nil
}

// Describe names a token for an error message.
func (s *Scanner) Describe(t Token) string {
	switch t.Kind {
	case EOF, LParen, RParen:
		return t.Kind.String()
	}
	return s.quote(t)
}

// quote is a token's source in quotes, shortened.
func (s *Scanner) quote(t Token) string {
	b := s.src[t.Pos:t.End]
	if len(b) > 40 {
		b = append(bytes.ToValidUTF8(b[:37:37], nil), "..."...)
	}
	if t.Kind == String {
		return string(b)
	}
	return `"` + string(b) + `"`
}

// HeadIs tells whether the next tokens are "(" and the keyword word.
func (s *Scanner) HeadIs(word string) bool {
	_, ok := s.head(word)
	return ok
}

// Open takes "(" and the keyword word if they are the next tokens.
func (s *Scanner) Open(word string) bool {
	end, ok := s.head(word)
	if ok {
		s.Reset(end)
	}
	return ok
}

// head looks for "(" and the keyword word, and gives the place behind them.
func (s *Scanner) head(word string) (end uint32, ok bool) {
	if s.Peek().Kind != LParen {
		return 0, false
	}
	if at := int(s.pos); at < len(s.src) && s.src[at] >= 'a' && s.src[at] <= 'z' {
		stop := at + len(word)
		if stop > len(s.src) || string(s.src[at:stop]) != word {
			return 0, false
		}
		if stop < len(s.src) && spaceOrParen[s.src[stop]] {
			return uint32(stop), true
		}
	}
	pos := s.pos
	head := s.scan()
	s.pos = pos
	return head.End, head.Kind == Keyword && string(s.src[head.Pos:head.End]) == word
}

// spaceOrParen marks characters that end every token.
var spaceOrParen = [256]bool{' ': true, '\n': true, '\t': true, '\r': true, '(': true, ')': true}
