// This file runs validation over the scripts of the Component Model.

package valid

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/component/text"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/reference"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

var update = flag.Bool("update", false, "write the golden files")

// suiteFeatures are the features that the scripts are written for. They expect
// nested names to be refused.
const suiteFeatures = component.Released | 1<<component.FeatureMoreAsync | 1<<component.FeatureStackful |
	1<<component.FeatureThreading | 1<<component.FeatureFixedLists

// A suiteForm is a component of a script.
type suiteForm struct {
	file    string // relative to the folder of scripts
	line    int
	command string // "" or "assert_..."
	message string // what the command expects
	c       *component.Component
	src     []byte
	err     error // from parsing or decoding
}

// suiteForms reads all scripts.
func suiteForms(t testing.TB) (out []suiteForm) {
	t.Helper()
	root := reference.Dir(t, "wast/component-model")
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".wast") {
			return err
		}
		src, err := os.ReadFile(path)
		if err == nil {
			name, _ := filepath.Rel(root, path)
			out = append(out, scriptForms(t, filepath.ToSlash(name), src)...)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func scriptForms(t testing.TB, file string, src []byte) (out []suiteForm) {
	s := lex.New(src, text.KeepAnnotation)
	for s.Peek().Kind != lex.EOF {
		w := suiteForm{file: file, line: s.At(s.Peek().Pos).Line}
		if head := s.PeekHead(); strings.HasPrefix(head, "assert_") {
			w.command = head
		}
		mark := s.Mark()
		if w.command != "" {
			s.Next()
			s.Next()
		}
		start := s.Mark()
		if s.PeekHead() == "component" && w.read(s) {
			if w.err != nil {
				s.Reset(start)
				s.Next()
				if err := s.SkipParens(); err != nil {
					t.Fatal(err)
				}
			}
			if w.command != "" {
				w.message, _ = s.Str(s.Next())
			}
			out = append(out, w)
		}
		s.Reset(mark)
		s.Next()
		if err := s.SkipParens(); err != nil {
			t.Fatalf("%s:%d: %v", file, w.line, err)
		}
	}
	return out
}

// read reads "(component definition? $id? ...)"; ok is false for an instance.
func (w *suiteForm) read(s *lex.Scanner) (ok bool) {
	s.Next()
	s.Next()
	id := ""
	for {
		mark := s.Mark()
		switch tok := s.Next(); {
		case tok.Kind == lex.ID:
			id = s.Text(tok)[1:]
		case s.Text(tok) == "definition":
		case s.Text(tok) == "instance":
			return false
		case s.Text(tok) == "binary", s.Text(tok) == "quote":
			for s.Peek().Kind == lex.String {
				w.src = s.AppendString(w.src, s.Next())
			}
			s.Next()
			if s.Text(tok) == "binary" {
				w.c, w.err = binary.Decode(w.src)
			} else if src, err := text.ParseBody(w.src); err == nil {
				w.c = src.Component
			} else {
				w.err = err
			}
			return true
		default:
			s.Reset(mark)
			src, err := text.ParseFields(s, id)
			if w.err = err; err == nil {
				w.c = src.Component
			}
			return true
		}
	}
}

func TestSuite(t *testing.T) {
	var golden strings.Builder
	var good, invalid, malformed, texts, failed int
	for _, w := range suiteForms(t) {
		at := fmt.Sprintf("%s:%d", w.file, w.line)
		if w.command == "assert_malformed" {
			malformed++
			continue
		}
		if w.err != nil {
			t.Errorf("%s: cannot be read: %v", at, w.err)
			continue
		}
		_, err := Component(w.c, suiteFeatures, wasm.AllFeatures)
		if w.command != "assert_invalid" {
			good++
			if err != nil {
				failed++
				t.Errorf("%s: %v", at, err)
			}
			continue
		}
		invalid++
		var e *diag.Error
		switch {
		case err == nil:
			failed++
			t.Errorf("%s: accepted, expected %q", at, w.message)
		case !errors.As(err, &e) || !e.At.Valid && !strings.HasPrefix(string(e.Code), "valid/"):
			t.Errorf("%s: %v: not a *diag.Error with a position", at, err)
		default:
			if strings.Contains(e.Msg, w.message) {
				texts++
			} else if testing.Verbose() {
				t.Logf("%s: %s; the script says %q", at, e.Msg, w.message)
			}
			fmt.Fprintf(&golden, "%s: %s\n", at, e.Msg)
		}
	}
	t.Logf("%d good, %d invalid, %d malformed; %d of the invalid ones with the text of the script", good, invalid, malformed, texts)
	if good == 0 || invalid == 0 {
		t.Error("the scripts have no components")
	}
	const path = "testdata/messages.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(golden.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	diffLines(t, path, golden.String(), string(want))
}

// diffLines reports the lines in which two texts differ.
func diffLines(t *testing.T, path, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("%s, line %d (run with -update to change):\n got %s\nwant %s", path, i+1, a, b)
		}
	}
}
