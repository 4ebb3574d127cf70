package suite

// This file checks the splitting and joining of commands.

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitCommand(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"  \t\n", nil},
		{"wasmtime run", []string{"wasmtime", "run"}},
		{" a  b ", []string{"a", "b"}},
		{`'a b'"c d" e`, []string{"a bc d", "e"}},
		{`'' ""`, []string{"", ""}},
		{`"a\"b\\c\d$x" '\n'`, []string{`a"b\c\d$x`, `\n`}},
		{`a\ b \'`, []string{"a b", "'"}},
	} {
		got, err := splitCommand(c.in, true)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v; want %q", c.in, got, err, c.want)
		}
	}
	for in, want := range map[string]string{"'a": "single quote", `"a`: "double quote", `a\`: "backslash"} {
		if _, err := splitCommand(in, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", in, err, want)
		}
	}
	if got, err := splitCommand(`C:\bin\w.exe "C:\a b\x"`, false); err != nil || !slices.Equal(got, []string{`C:\bin\w.exe`, `C:\a b\x`}) {
		t.Errorf("Windows: %q, %v", got, err)
	}
}

func FuzzJoinCommand(f *testing.F) {
	f.Add("a", "b c")
	f.Add("", "it's")
	f.Add("\\", "\"$x\"\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		want := []string{a, b}
		if got, err := splitCommand(joinCommand(want), true); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q becomes %q, %v", want, got, err)
		}
	})
}
