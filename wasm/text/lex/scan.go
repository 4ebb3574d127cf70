// This file finds the next token (Text Format, sections "Tokens", "White
// Space", "Comments" and "Annotations").

package lex

// scan reads the token at s.pos and moves behind it.
func (s *Scanner) scan() Token {
	for s.err == nil {
		s.space()
		if s.err != nil || int(s.pos) >= len(s.src) {
			break
		}
		start := s.pos
		switch c := s.src[start]; {
		case c == '(' && s.at(1) == '@':
			if t, ok := s.annotation(); ok {
				return t
			}
		case c == '(':
			s.pos++
			return Token{Kind: LParen, Pos: start, End: s.pos}
		case c == ')':
			s.pos++
			return Token{Kind: RParen, Pos: start, End: s.pos}
		default:
			if t := s.word(); s.err == nil {
				return t
			}
		}
	}
	end := uint32(len(s.src))
	return Token{Kind: EOF, Pos: end, End: end}
}

// at is the byte i after the current one, 0 at the end.
func (s *Scanner) at(i int) byte {
	if int(s.pos)+i < len(s.src) {
		return s.src[int(s.pos)+i]
	}
	return 0
}

// space skips white space and comments.
func (s *Scanner) space() {
	i := int(s.pos)
	for i < len(s.src) {
		switch c := s.src[i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
			continue
		case c == ';' && i+1 < len(s.src) && s.src[i+1] == ';':
			s.pos = uint32(i)
			s.lineComment()
		case c == '(' && i+1 < len(s.src) && s.src[i+1] == ';':
			s.pos = uint32(i)
			s.blockComment()
		default:
			s.pos = uint32(i)
			return
		}
		i = int(s.pos)
	}
	s.pos = uint32(i)
}

// lineComment skips to the end of the line.
func (s *Scanner) lineComment() {
	for int(s.pos) < len(s.src) && s.src[s.pos] != '\n' && s.src[s.pos] != '\r' {
		s.pos++
	}
}

func (s *Scanner) blockComment() {
	start, depth := s.pos, 0
	for int(s.pos) < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == '(' && s.at(1) == ';':
			depth++
			s.pos += 2
		case c == ';' && s.at(1) == ')':
			s.pos += 2
			if depth--; depth == 0 {
				return
			}
		default:
			s.pos++
		}
	}
	s.fail(CodeToken, start, "unclosed comment")
}

// idChar marks the characters of identifiers and keywords.
var idChar = func() (set [256]bool) {
	for c := byte('!'); c < 0x7f; c++ {
		switch c {
		case '"', '(', ')', ',', ';', '[', ']', '{', '}':
		default:
			set[c] = true
		}
	}
	return set
}()

// IsIDChar tells whether c may stand in identifiers without quotes and in
// keywords.
func IsIDChar(c byte) bool { return idChar[c] }

// word reads a keyword, number, identifier, string, or reserved token: the
// longest run of idchars, strings, and the characters , ; [ ] { }.
func (s *Scanner) word() Token {
	t := Token{Kind: Reserved, Pos: s.pos}
	first := s.src[s.pos]
	i := int(s.pos)
	for i < len(s.src) && idChar[s.src[i]] {
		i++
	}
	if kind := wordKind[first]; kind != Reserved && i < len(s.src) && spaceOrParen[s.src[i]] && (kind != ID || i > int(s.pos)+1) {
		s.pos = uint32(i)
		t.Kind, t.End = kind, s.pos
		return t
	}
	strs, others := 0, 0
	quoteAt := uint32(0)
	for int(s.pos) < len(s.src) {
		c := s.src[s.pos]
		if c == '"' {
			if strs++; strs == 1 {
				quoteAt = s.pos
			}
			t.Escaped = s.str() || t.Escaped
			if s.err != nil {
				if first == '$' && quoteAt == t.Pos+1 {
					s.err.Msg = "empty identifier: " + s.err.Msg
				}
				return Token{Kind: EOF, Pos: t.Pos, End: t.Pos}
			}
			continue
		}
		if !idChar[c] {
			if c != ',' && c != ';' && c != '[' && c != ']' && c != '{' && c != '}' ||
				c == ';' && s.at(1) == ';' {
				break
			}
			others++
		}
		s.pos++
		if strs > 0 {
			others++
		}
	}
	t.End = s.pos
	switch {
	case t.End == t.Pos:
		s.fail(CodeToken, t.Pos, "illegal character %q: only strings and comments may have it", rune1(s.src[t.Pos:]))
	case others > 0 || strs > 1:
	case strs == 1 && quoteAt == t.Pos:
		t.Kind = String
	case strs == 1 && first == '$' && quoteAt == t.Pos+1:
		t.Kind = s.idKind(t)
	case strs == 1:
	case first == '$':
		if t.End == t.Pos+1 {
			s.fail(CodeToken, t.Pos, "empty identifier")
		}
		t.Kind = ID
	default:
		t.Kind = wordKind[first]
	}
	return t
}

// wordKind is the kind of a token without strings by its first character.
var wordKind = func() (kinds [256]Kind) {
	for c := range kinds {
		switch {
		case c >= 'a' && c <= 'z':
			kinds[c] = Keyword
		case c >= '0' && c <= '9' || c == '+' || c == '-':
			kinds[c] = Number
		case c == '$':
			kinds[c] = ID
		default:
			kinds[c] = Reserved
		}
	}
	return kinds
}()

// idKind checks an identifier in quotes.
func (s *Scanner) idKind(t Token) Kind {
	if t.End == t.Pos+3 {
		s.fail(CodeToken, t.Pos, "empty identifier")
	} else if !s.validUTF8(t) {
		s.fail(CodeUTF8, t.Pos, "malformed UTF-8 encoding in an identifier")
	}
	return ID
}

// annotation reads "(@name" where the parser keeps annotations of that name,
// and skips the whole annotation where it does not.
func (s *Scanner) annotation() (t Token, kept bool) {
	t = Token{Kind: Annotation, Pos: s.pos}
	s.pos += 2
	if s.at(0) == '"' {
		t.Escaped = s.str()
		t.End = s.pos
		if s.err != nil {
			s.err.Msg = "empty annotation id: " + s.err.Msg
		} else if t.End == t.Pos+4 {
			s.fail(CodeToken, t.Pos, "empty annotation id")
		} else if !s.validUTF8(t) {
			s.fail(CodeUTF8, t.Pos, "malformed UTF-8 encoding in an annotation id")
		}
	} else {
		for int(s.pos) < len(s.src) && idChar[s.src[s.pos]] {
			s.pos++
		}
		t.End = s.pos
		if t.End == t.Pos+2 {
			s.fail(CodeToken, t.Pos, "empty annotation id")
		}
	}
	if s.err != nil {
		return t, false
	}
	if s.keep != nil && s.keep(s.AnnotationName(t)) {
		return t, true
	}
	s.skipAnnotation(t.Pos)
	return t, false
}

// skipAnnotation goes behind the annotation whose name was just read. What is
// in it need only be tokens, with balanced parentheses.
func (s *Scanner) skipAnnotation(start uint32) {
	for depth := 1; depth > 0 && s.err == nil; {
		s.space()
		switch {
		case s.err != nil:
		case int(s.pos) >= len(s.src):
			s.fail(CodeToken, start, "unclosed annotation")
		case s.src[s.pos] == '(':
			depth++
			s.pos++
		case s.src[s.pos] == ')':
			depth--
			s.pos++
		default:
			s.word()
		}
	}
}
