// This file takes the binary components out of the scripts of the Component
// Model, for the tests of this package.

package binary

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/internal/reference"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// A wastBinary is a form "(component binary ...)" of a script.
type wastBinary struct {
	file    string
	line    int
	command string // "", "assert_malformed" or "assert_invalid"
	message string // what the command expects
	data    []byte
}

// hasShared tells whether the scripts are there.
func hasShared() bool {
	_, ok := reference.Find("wast/component-model")
	return ok
}

// wastBinaries reads all scripts.
func wastBinaries(t testing.TB) []wastBinary {
	t.Helper()
	root := reference.Dir(t, "wast/component-model")
	var out []wastBinary
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".wast") {
			return err
		}
		src, err := os.ReadFile(path)
		if err == nil {
			out = append(out, scriptBinaries(t, filepath.Base(path), src)...)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func scriptBinaries(t testing.TB, file string, src []byte) (out []wastBinary) {
	s := lex.New(src, nil)
	for s.Peek().Kind != lex.EOF {
		at := s.At(s.Peek().Pos)
		command := s.PeekHead()
		if !strings.HasPrefix(command, "assert_") {
			command = ""
		}
		mark := s.Mark()
		if command != "" {
			s.Next()
			s.Next()
		}
		if data, ok := componentBinary(s); ok {
			w := wastBinary{file: file, line: at.Line, command: command, data: data}
			if command != "" {
				w.message, _ = s.Str(s.Next())
			}
			out = append(out, w)
		}
		s.Reset(mark)
		s.Next()
		if err := s.SkipParens(); err != nil {
			t.Fatal(err)
		}
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return out
}

// componentBinary reads "(component definition? $id? binary "..."*)".
func componentBinary(s *lex.Scanner) (data []byte, ok bool) {
	if s.PeekHead() != "component" {
		return nil, false
	}
	s.Next()
	s.Next()
	for {
		switch tok := s.Next(); {
		case tok.Kind == lex.ID || s.Text(tok) == "definition":
		case s.Text(tok) != "binary":
			return nil, false
		default:
			for s.Peek().Kind == lex.String {
				data = s.AppendString(data, s.Next())
			}
			return data, s.Next().Kind == lex.RParen
		}
	}
}
