package guest

import (
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
)

func TestProgram(t *testing.T) {
	p, err := NewProgram(&Config{Args: []string{"app", "wörld", ""}, Env: []string{"A=1", "B=", "C=x=y"}, InitialCwd: "/work"})
	if err != nil {
		t.Fatal(err)
	}
	want := []bind.Tuple2[string, string]{{F0: "A", F1: "1"}, {F0: "B"}, {F0: "C", F1: "x=y"}}
	if len(p.Args) != 3 || !slices.Equal(p.Env, want) || p.Cwd == nil || *p.Cwd != "/work" {
		t.Errorf("%+v", p)
	}
	_, p = Nothing()
	if len(p.Args)+len(p.Env) > 0 || p.Cwd != nil || p.Stdin == nil || p.Stdout == nil || p.Stderr == nil {
		t.Errorf("%+v", p)
	}
}

func TestBadConfig(t *testing.T) {
	for want, c := range map[string]*Config{
		`argument 1, "\xff", is not UTF-8`:                   {Args: []string{"a", "\xff"}},
		`argument 0, "a\x00b", has a zero byte`:              {Args: []string{"a\x00b"}},
		`environment variable 0, "A=\xff", is not UTF-8`:     {Env: []string{"A=\xff"}},
		`environment variable 0, "A", is not of the form`:    {Env: []string{"A"}},
		`environment variable 1, "=A", is not of the form`:   {Env: []string{"A=1", "=A"}},
		`the arguments have more than 67108864 bytes`:        {Args: []string{strings.Repeat("a", maxStrings)}},
		`the initial directory "\xff" is not UTF-8`:          {InitialCwd: "\xff"},
		`environment variables have more than 67108864 byte`: {Env: []string{"A=" + strings.Repeat("a", maxStrings)}},
	} {
		if _, err := NewProgram(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.200v, want %q", err, want)
		}
	}
}
