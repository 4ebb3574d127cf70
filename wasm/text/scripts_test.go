// This file parses the modules of the reference scripts.

package text

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/reference"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// A form is a module of a script: the source from the "(" on, or the strings
// of "(module quote ...)".
type form struct {
	pos   diag.Pos
	quote bool
	text  []byte
	// malformed is the message that an assertion expects, "" for none.
	malformed string
}

// sharedScripts lists the reference scripts, or skips the test.
func sharedScripts(t testing.TB) []string {
	t.Helper()
	reference.Dir(t, "wast/core")
	return scriptFiles()
}

// scriptFiles lists the reference scripts, none where they are absent.
func scriptFiles() (files []string) {
	root, _ := reference.Find("wast/core")
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".wast") {
			files = append(files, path)
		}
		return nil
	})
	return files
}

// forms finds the modules of a script.
func forms(t testing.TB, path string) []form {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := lex.New(src, nil)
	var out []form
	for s.Peek().Kind == lex.LParen {
		head := s.PeekHead()
		at := s.Peek().Pos
		if head == "module" {
			if f, ok := moduleForm(t, s); ok {
				out = append(out, f)
			}
			continue
		}
		s.Next()
		s.Next()
		var f form
		ok := false
		if s.PeekHead() == "module" {
			f, ok = moduleForm(t, s)
		}
		if tok := s.Peek(); head == "assert_malformed" || head == "assert_malformed_custom" || head == "assert_invalid_custom" {
			f.malformed, _ = s.Str(tok)
		}
		if ok {
			out = append(out, f)
		}
		if err := s.SkipParens(); err != nil {
			t.Fatalf("%s: form at %s: %v", path, s.At(at), err)
		}
	}
	if s.Err() != nil || s.Peek().Kind != lex.EOF {
		t.Fatalf("%s: %v, %s at %s", path, s.Err(), s.Describe(s.Peek()), s.At(s.Peek().Pos))
	}
	return out
}

// moduleForm takes a "(module ...)" that is text.
func moduleForm(t testing.TB, s *lex.Scanner) (f form, ok bool) {
	start := s.Next().Pos
	f.pos = s.At(start)
	s.Next()
	word := ""
	for k := s.Peek(); k.Kind == lex.ID || k.Kind == lex.Keyword; k = s.Peek() {
		s.Next()
		if k.Kind == lex.Keyword {
			word = s.Text(k)
		}
	}
	if word == "quote" {
		f.quote = true
		for s.Peek().Kind == lex.String {
			f.text = append(s.AppendString(f.text, s.Next()), ' ')
		}
	}
	if err := s.SkipParens(); err != nil {
		t.Fatal(err)
	}
	if word == "quote" {
		return f, true
	}
	f.text = s.Src()[start:s.Mark()]
	f.text = f.text[:bytes.LastIndexByte(f.text, ')')+1]
	if word == "definition" {
		f.text = bytes.Replace(f.text, []byte("definition"), nil, 1)
	}
	return f, word != "binary" && word != "instance"
}

// olderRules are the assertions of proposals that are based on a version of
// the specification before 3.0, by the text of the module. Memory sizes have
// 64 bits now (Text Format, section "Limits").
var olderRules = []string{
	"(memory 0x1_0000_0000)",
	"(memory 0x1_0000_0000 0x1_0000_0000)",
	"(memory 0 0x1_0000_0000)",
}

func TestScripts(t *testing.T) {
	good, bad, size := 0, 0, 0
	files := sharedScripts(t)
	for _, path := range files {
		for _, f := range forms(t, path) {
			size += len(f.text)
			src, err := Parse(f.text)
			if f.malformed != "" {
				bad++
				checkMalformed(t, path, f, err)
				continue
			}
			good++
			if err != nil {
				t.Errorf("%s:%s: %v", path, f.pos, err)
				continue
			}
			wasm, err := binary.Encode(src.Module)
			if err != nil {
				t.Errorf("%s:%s: %v", path, f.pos, err)
				continue
			}
			m, err := binary.Decode(wasm)
			if err == nil {
				err = binary.CheckCode(m)
			}
			if err != nil {
				t.Errorf("%s:%s: the binary: %v", path, f.pos, err)
			}
		}
	}
	t.Logf("%d scripts: %d modules parsed, %d malformed ones refused, %d bytes of text", len(files), good, bad, size)
}

func checkMalformed(t *testing.T, path string, f form, err error) {
	t.Helper()
	for _, old := range olderRules {
		if f.quote && strings.TrimSpace(string(f.text)) == old && strings.Contains(path, "threads") {
			return
		}
	}
	if err == nil {
		t.Errorf("%s:%s: parsed, but expected %q: %.200s", path, f.pos, f.malformed, f.text)
	} else if !strings.Contains(err.Error(), f.malformed) {
		t.Errorf("%s:%s: error %q does not contain %q: %.200s", path, f.pos, err, f.malformed, f.text)
	}
}
