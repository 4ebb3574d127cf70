package script

// This file feeds the parser with anything.

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/dray-wasm/dray/diag"
)

// FuzzParse checks that any source gives a script or an error with a place,
// and that what is parsed can be shown.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.wast")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for _, src := range badScripts {
		f.Add([]byte(src.src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := Parse(src)
		if err != nil {
			var e *diag.Error
			if !errors.As(err, &e) || e.At.Line < 1 || e.At.Col < 1 {
				t.Fatalf("an error without a place: %#v", err)
			}
			return
		}
		show(t, s.Commands)
	})
}

// show writes the values of commands and reads the strings of their modules.
func show(t *testing.T, list []Command) {
	for i := range list {
		c := &list[i]
		if c.Line < 1 || c.Col < 1 || c.Head == "" {
			t.Fatalf("%+v", c)
		}
		for _, v := range c.Expect {
			_ = v.String()
		}
		if c.Module != nil && c.Module.Form != FormInstance {
			_ = c.Module.bytes()
		}
		show(t, c.Commands)
	}
}
