package wit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wit"
)

// TestLongChains checks that the length of chains of definitions is no depth of
// recursion.
func TestLongChains(t *testing.T) {
	const n = 30_000
	var types, interfaces, worlds strings.Builder
	types.WriteString("package a:b; interface i { type t0 = u8;")
	interfaces.WriteString("package a:b; interface i0 { type t = u8; }")
	worlds.WriteString("package a:b; world w0 {}")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&types, "type t%d = list<t%d>;\n", i, i-1)
		fmt.Fprintf(&interfaces, "interface i%d { use i%d.{t}; }\n", i, i-1)
		fmt.Fprintf(&worlds, "world w%d { include w%d; }\n", i, i-1)
	}
	types.WriteString("}")
	for _, src := range []string{types.String(), interfaces.String(), worlds.String()} {
		if _, err := wit.Parse("a.wit", []byte(src), wit.Options{}); err != nil {
			t.Error(err)
		}
	}
	// The same backwards ends in a cycle.
	src := interfaces.String() + fmt.Sprintf("interface last { use i%d.{t}; use last.{u}; }", n-1)
	var e *diag.Error
	if _, err := wit.Parse("a.wit", []byte(src), wit.Options{}); !errors.As(err, &e) || e.Code != wit.CodeCycle {
		t.Errorf("a cycle at the end of a chain: %v", err)
	}
}

// TestLargeWorlds checks that worlds do not multiply without a limit.
func TestLargeWorlds(t *testing.T) {
	const n = 1600
	var chain, types, params strings.Builder
	chain.WriteString("package a:b; interface i0 { type t = u8; }")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&chain, "interface i%d { use i%d.{t}; } world w%d { import i%d; }\n", i, i-1, i, i)
	}
	types.WriteString("package a:b; world w {")
	params.WriteString("package a:b; world w { type t = u8; import f: func(")
	for i := range n {
		fmt.Fprintf(&types, "record t%d { a: u8 }\n", i)
		fmt.Fprintf(&params, "p%d: t, ", i)
	}
	types.WriteString("}\n")
	params.WriteString("); }\n")
	for i := range n {
		fmt.Fprintf(&types, "world v%d { include w; }\n", i)
		fmt.Fprintf(&params, "world v%d { include w; }\n", i)
	}
	for _, src := range []string{chain.String(), types.String(), params.String()} {
		var e *diag.Error
		if _, err := wit.Parse("a.wit", []byte(src), wit.Options{}); !errors.As(err, &e) || e.Code != wit.CodeLimit {
			t.Errorf("%.60q...: %v, want an error of class %s", src, err, wit.CodeLimit)
		}
	}
}
