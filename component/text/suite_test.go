// This file runs the parser on all components of the official test scripts.

package text

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// sharedDir is the folder with the official test scripts, if it is there.
func sharedDir() (string, error) {
	dir := os.Getenv("DRAY_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	dir = filepath.Join(dir, "wast", "component-model")
	_, err := os.Stat(dir)
	return dir, err
}

// A scriptComponent is a component of a test script.
type scriptComponent struct {
	file string
	line int
	// malformed is set inside of assert_malformed, with the expected message.
	malformed bool
	message   string
	// quoted is set when src is a body without "(component".
	quoted bool
	src    []byte
}

func (c scriptComponent) String() string { return fmt.Sprintf("%s:%d", c.file, c.line) }

// scriptComponents lists the text components of all scripts.
func scriptComponents(t testing.TB) (files int, all []scriptComponent) {
	dir, err := sharedDir()
	if err != nil {
		t.Skipf("SKIPPED: the official test scripts are absent: %v (set DRAY_SHARED)", err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".wast" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		name, _ := filepath.Rel(dir, path)
		found, err := extract(name, src)
		all = append(all, found...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, all
}

// extract finds the text components of one script.
func extract(file string, src []byte) (all []scriptComponent, err error) {
	s := lex.New(src, nil)
	for s.Peek().Kind == lex.LParen {
		command := s.PeekHead()
		open := s.Next()
		if strings.HasPrefix(command, "assert_") {
			s.Next()
			if s.PeekHead() != "component" {
				if err := s.SkipParens(); err != nil {
					return nil, err
				}
				continue
			}
			open = s.Next()
		} else if command != "component" {
			if err := s.SkipParens(); err != nil {
				return nil, err
			}
			continue
		}
		c, ok, err := extractComponent(s, open)
		if err != nil {
			return nil, err
		}
		c.file = file
		if strings.HasPrefix(command, "assert_") {
			c.malformed = command == "assert_malformed"
			if t := s.Next(); t.Kind == lex.String {
				c.message, _ = s.Str(t)
				s.Next()
			}
		}
		if ok {
			all = append(all, c)
		}
	}
	return all, s.Err()
}

// extractComponent reads a component behind its "(".
func extractComponent(s *lex.Scanner, open lex.Token) (c scriptComponent, ok bool, err error) {
	c.line = s.At(open.Pos).Line
	s.Next()
	from := s.Mark()
	word := s.Text(s.Peek())
	switch word {
	case "definition":
		s.Next()
		from = s.Mark()
		word = s.Text(s.Peek())
	case "instance":
		return c, false, s.SkipParens()
	}
	if s.Peek().Kind == lex.ID {
		s.Next()
		word = s.Text(s.Peek())
	}
	switch word {
	case "binary":
		return c, false, s.SkipParens()
	case "quote":
		s.Next()
		for s.Peek().Kind == lex.String {
			c.src = append(s.AppendString(c.src, s.Next()), ' ')
		}
		c.quoted = true
		return c, true, s.SkipParens()
	}
	err = s.SkipParens()
	c.src = append([]byte("(component "), s.Src()[from:s.Mark()]...)
	return c, true, err
}

func (c scriptComponent) parse() (*Source, error) {
	if c.quoted {
		return ParseBody(c.src)
	}
	return Parse(c.src)
}

func TestSuite(t *testing.T) {
	files, all := scriptComponents(t)
	parsed, rejected := 0, 0
	for _, c := range all {
		src, err := c.parse()
		if c.malformed {
			if err == nil || !strings.Contains(err.Error(), c.message) {
				t.Errorf("%s: error %v, want one with %q", c, err, c.message)
			}
			rejected++
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c, err)
			continue
		}
		parsed++
		checkBinary(t, c.String(), src)
	}
	t.Logf("%d files: %d components parsed, %d malformed ones rejected", files, parsed, rejected)
	if files < 60 || parsed < 500 {
		t.Errorf("only %d components in %d files", parsed, files)
	}
}

// checkBinary checks that the binary of a component is stable.
func checkBinary(t *testing.T, name string, src *Source) []byte {
	t.Helper()
	first, err := binary.Encode(src.Component)
	if err != nil {
		t.Errorf("%s: encode: %v", name, err)
		return nil
	}
	c, err := binary.Decode(first)
	if err != nil {
		t.Errorf("%s: decode: %v", name, err)
		return nil
	}
	again, err := binary.Encode(c)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("%s: the second binary differs from the first (%v)", name, err)
	}
	checkText(t, name, c, first)
	return first
}

// checkText checks that a decoded component is printed as text that parses
// back to its binary.
func checkText(t *testing.T, name string, c *component.Component, want []byte) {
	t.Helper()
	var text bytes.Buffer
	if err := Print(&text, c, PrintOptions{}); err != nil {
		t.Errorf("%s: print: %v", name, err)
		return
	}
	src, err := Parse(text.Bytes())
	if err != nil {
		t.Errorf("%s: parse what was printed: %v\n%s", name, err, text.Bytes())
		return
	}
	if got, err := binary.Encode(src.Component); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: the binary of the printed text differs (%v)\n%s", name, err, text.Bytes())
	}
}
