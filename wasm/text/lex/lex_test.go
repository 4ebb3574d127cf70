// This file tests the scanner.

package lex

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/reference"
)

// tokens lists the tokens of a source, and the error at its end.
func tokens(src string) []string {
	s := New([]byte(src), func(name string) bool { return name == "keep" })
	var out []string
	for {
		t := s.Next()
		if t.Kind == EOF {
			break
		}
		out = append(out, fmt.Sprintf("%d:%s", t.Kind, s.Text(t)))
	}
	if err := s.Err(); err != nil {
		out = append(out, err.Error())
	}
	return out
}

func TestTokens(t *testing.T) {
	const lp, rp = "1:(", "2:)"
	tests := []struct {
		src  string
		want []string
	}{
		{"", nil},
		{" \t\r\n", nil},
		{"\ufeff(a)", []string{lp, "3:a", rp}},
		{"(module)", []string{lp, "3:module", rp}},
		{"a -1 +x 0drop \"s\" $i", []string{"3:a", "4:-1", "4:+x", "4:0drop", "5:\"s\"", "6:$i"}},
		{"a;;b\nc", []string{"3:a", "3:c"}},
		{"a;;b\rc", []string{"3:a", "3:c"}},
		{"a;; b", []string{"3:a"}},
		{"a(;b(;c;)d;)e", []string{"3:a", "3:e"}},
		{"(;;)", nil},
		{"(;(;);)", []string{"1:1: unclosed comment"}},
		{"(;);)", nil},
		{"(;", []string{"1:1: unclosed comment"}},
		{"a (; (; ;)", []string{"3:a", "1:3: unclosed comment"}},
		{"(a)(b)", []string{lp, "3:a", rp, lp, "3:b", rp}},
		{"\"a\"(", []string{"5:\"a\"", lp}},
		{"a\"b\"", []string{"8:a\"b\""}},
		{"\"a\"b", []string{"8:\"a\"b"}},
		{"\"a\"\"b\"", []string{"8:\"a\"\"b\""}},
		{"$\"a b\"", []string{"6:$\"a b\""}},
		{"$\"a\"b", []string{"8:$\"a\"b"}},
		{"$a\"b\"", []string{"8:$a\"b\""}},
		{"a,b;c[d]{e}", []string{"8:a,b;c[d]{e}"}},
		{"A @a =", []string{"8:A", "8:@a", "8:="}},
		{"$", []string{"1:1: empty identifier"}},
		{"$)", []string{"1:1: empty identifier"}},
		{"$\"\"", []string{"1:1: empty identifier"}},
		{"$\"\\ff\"", []string{"1:1: malformed UTF-8 encoding in an identifier"}},
		{"a \"b", []string{"3:a", "1:3: unclosed string"}},
		{"\"a\nb\"", []string{"1:1: unclosed string"}},
		{"\"\x01\"", []string{"1:2: illegal character 0x01 in a string: write it as an escape"}},
		{"\"\x7f\"", []string{"1:2: illegal character 0x7f in a string: write it as an escape"}},
		{"\"\\", []string{`1:2: invalid string escape: there are \t \n \r \" \' \\ \hh and \u{h...}`}},
		{"\"\\a\"", []string{`1:2: invalid string escape: there are \t \n \r \" \' \\ \hh and \u{h...}`}},
		{"\"\\u{}\"", []string{`1:2: invalid string escape: there are \t \n \r \" \' \\ \hh and \u{h...}`}},
		{"\"\\u{1__2}\"", []string{`1:2: invalid string escape: \u{...} takes hexadecimal digits`}},
		{"\"\\u{110000}\"", []string{`1:2: invalid string escape: \u{110000} is not a character`}},
		{"\"\\u{d800}\"", []string{`1:2: invalid string escape: \u{d800} is not a character`}},
		{"\"\\u{12", []string{`1:2: invalid string escape: \u{...} takes hexadecimal digits`}},
		{"\xff", []string{"1:1: malformed UTF-8 encoding: byte 0xff"}},
		{"(;\xff;)", []string{"1:3: malformed UTF-8 encoding: byte 0xff"}},
		{"a\n  ä", []string{"3:a", "2:3: illegal character 'ä': only strings and comments may have it"}},
		{"(@a b (c) \")\" (; ) ;) ;; )\n)d", []string{"3:d"}},
		{"(@a(@b))", nil},
		{"(@a", []string{"1:1: unclosed annotation"}},
		{"(@)", []string{"1:1: empty annotation id"}},
		{"(@\"\")", []string{"1:1: empty annotation id"}},
		{"(@keep x)", []string{"7:(@keep", "3:x", rp}},
		{"(@\"k\\65ep\" x)", []string{"7:(@\"k\\65ep\"", "3:x", rp}},
		{"( @a)", []string{lp, "8:@a", rp}},
	}
	for _, tt := range tests {
		if got := tokens(tt.src); fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%q:\n got %q\nwant %q", tt.src, got, tt.want)
		}
	}
}

func TestStrings(t *testing.T) {
	for src, want := range map[string]string{
		`""`:                               "",
		`"abc"`:                            "abc",
		`"\t\n\r\"\'\\"`:                   "\t\n\r\"'\\",
		`"\00\ff\C3\a4"`:                   "\x00\xff\xc3\xa4",
		`"\u{e4}\u{10_ffff}\u{000000041}"`: "ä\U0010ffffA",
		`"ä;;(;"`:                          "ä;;(;",
	} {
		s := New([]byte(src), nil)
		tok := s.Next()
		if got := string(s.AppendString(nil, tok)); tok.Kind != String || got != want || s.Err() != nil {
			t.Errorf("%s: %v %q %v, want %q", src, tok.Kind, got, s.Err(), want)
		}
	}
	for src, want := range map[string]string{
		`$a`: "a", `$"a b"`: "a b", `$"\61\u{e4}"`: "aä", `$$`: "$",
	} {
		s := New([]byte(src), nil)
		tok := s.Next()
		if got := s.Name(tok); tok.Kind != ID || got != want || string(s.NameBytes(tok)) != want {
			t.Errorf("%s: %v %q, want %q", src, tok.Kind, got, want)
		}
	}
	s := New([]byte(`"\ff"`), nil)
	if _, ok := s.Str(s.Next()); ok {
		t.Error(`"\ff" is UTF-8`)
	}
}

func TestHeads(t *testing.T) {
	for _, tt := range []struct {
		src, head string
		isParam   bool
	}{
		{"(param i32)", "param", true},
		{"( param)", "param", true},
		{"((;x;)param)", "param", true},
		{"(param(;x;))", "param", true},
		{"(param;;x\n)", "param", true},
		{"(params)", "params", false},
		{"(para)", "para", false},
		{"(param\"x\")", "", false},
		{"(param", "param", true},
		{"param", "", false},
		{"(@keep)", "@keep", false},
		{"(", "", false},
		{"", "", false},
	} {
		s := New([]byte(tt.src), func(string) bool { return true })
		if got := s.PeekHead(); got != tt.head {
			t.Errorf("%q: head %q, want %q", tt.src, got, tt.head)
		}
		if got := s.HeadIs("param"); got != tt.isParam {
			t.Errorf("%q: HeadIs = %t", tt.src, got)
		}
		mark := s.Mark()
		if got := s.Open("param"); got != tt.isParam {
			t.Errorf("%q: Open = %t", tt.src, got)
		}
		if !tt.isParam && s.Mark() != mark {
			t.Errorf("%q: Open moved to %d", tt.src, s.Mark())
		}
	}
}

func TestSkipParens(t *testing.T) {
	for _, tt := range []struct{ src, rest, err string }{
		{"a (b \")\" (;)(;;);) ) ;;)\n) c", "c", ""},
		{"(@keep)) c", "c", ""},
		{"(a", "", "unexpected end: the form here is not closed"},
		{"a,b)", "", "unknown operator"},
		{"\"", "", "unclosed string"},
		{strings.Repeat("(", MaxDepth), "", "nest deeper than 1000"},
		{strings.Repeat("(", MaxDepth-1) + strings.Repeat(")", MaxDepth) + "c", "c", ""},
	} {
		s := New([]byte(tt.src), func(name string) bool { return name == "keep" })
		err := s.SkipParens()
		if err == nil && tt.err != "" || err != nil && !strings.Contains(err.Error(), tt.err) || err != nil && tt.err == "" {
			t.Errorf("%.40q: %v, want %q", tt.src, err, tt.err)
		} else if err == nil && s.Text(s.Next()) != tt.rest {
			t.Errorf("%.40q: stopped at %d", tt.src, s.Mark())
		}
	}
}

func TestPositions(t *testing.T) {
	s := New([]byte("ab\n\ncd\n"), nil)
	for _, tt := range []struct {
		pos       uint32
		line, col int
	}{{0, 1, 1}, {2, 1, 3}, {3, 2, 1}, {4, 3, 1}, {5, 3, 2}, {1, 1, 2}, {7, 4, 1}, {99, 4, 1}} {
		if got := s.At(tt.pos); got.Line != tt.line || got.Col != tt.col {
			t.Errorf("At(%d) = %v, want %d:%d", tt.pos, got, tt.line, tt.col)
		}
	}
	mark := s.Mark()
	a := s.Next()
	s.Next()
	s.Reset(mark)
	if again := s.Next(); again != a {
		t.Errorf("after Reset %v, want %v", again, a)
	}
	// Where the source is broken, that is the error.
	s = New([]byte("a $"), nil)
	s.Next()
	s.Peek()
	if err := s.Errorf(CodeSyntax, 0, "other"); !strings.Contains(err.Error(), "empty identifier") {
		t.Error(err)
	}
}

func TestDescribe(t *testing.T) {
	s := New([]byte("( ) word \"str\" "), nil)
	var got []string
	for t := s.Next(); t.Kind != EOF; t = s.Next() {
		got = append(got, s.Describe(t))
	}
	want := []string{`"("`, `")"`, `"word"`, `"str"`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	s = New([]byte("$"+strings.Repeat("x", 99)), nil)
	if d := s.Describe(s.Next()); len(d) > 45 {
		t.Errorf("%q is too long", d)
	}
}

// FuzzLex checks that tokens cover the source in order, that going back gives
// the same tokens, and that errors have a place.
func FuzzLex(f *testing.F) {
	f.Add([]byte("(module $a (; ;) \"\\u{41}\" 0x1 ;; x\n (@keep a) (@b (c))) a\"b\" $\"q\""))
	f.Add([]byte("(;(;(;;) \"\\"))
	for _, path := range scripts() {
		if src, err := os.ReadFile(path); err == nil && len(src) < 20_000 {
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s := New(src, func(name string) bool { return name == "keep" })
		end := uint32(0)
		for {
			mark := s.Mark()
			head := s.PeekHead()
			tok := s.Peek()
			if s.HeadIs("a") != (head == "a" && tok.Kind == LParen) && s.Err() == nil {
				t.Fatalf("HeadIs differs from PeekHead %q", head)
			}
			tok = s.Next()
			if tok.Kind == EOF {
				break
			}
			if tok.Pos < end || tok.End <= tok.Pos || int(tok.End) > len(src) {
				t.Fatalf("token %v after %d", tok, end)
			}
			end = tok.End
			if s.Err() != nil {
				continue
			}
			s.Reset(mark)
			if again := s.Next(); again != tok {
				t.Fatalf("%v, then %v", tok, again)
			}
			switch tok.Kind {
			case String:
				_, _ = s.Str(tok)
			case ID:
				if s.Name(tok) != string(s.NameBytes(tok)) || s.Name(tok) == "" {
					t.Fatalf("name %q", s.Name(tok))
				}
			case Annotation:
				if s.AnnotationName(tok) != "keep" {
					t.Fatalf("kept %q", s.AnnotationName(tok))
				}
			}
		}
		var e *diag.Error
		if err := s.Err(); err != nil && (!errors.As(err, &e) || !e.At.Valid || e.Code == "") {
			t.Fatalf("error %#v", err)
		}
	})
}

// scripts lists some reference scripts, none where they are absent.
func scripts() []string {
	root, _ := reference.Find("wast/core")
	var out []string
	for _, pattern := range []string{"a*", "c*", "i*", "token", "names"} {
		files, _ := filepath.Glob(filepath.Join(root, pattern+".wast"))
		out = append(out, files...)
	}
	return out
}

func BenchmarkScan(b *testing.B) {
	src := []byte(strings.Repeat("    local.get $some\n    i32.const 0x1234\n  (call $other (;c;) \"str\")\n", 1000))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		s := New(src, nil)
		for s.Next().Kind != EOF {
		}
	}
}
