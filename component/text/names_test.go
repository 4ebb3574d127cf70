// This file checks which names the parser makes of identifiers.

package text

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	core "github.com/dray-wasm/dray/wasm/binary"
)

func TestNames(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{`(component)`, ``},
		{`(component (type u8))`, ``},
		{`(component $C)`, `component C`},
		{`(component (@name "my comp"))`, `component my comp`},
		{`(component $C (@name "c"))`, `component c`},
		{`(component (type u8) (type $t u8) (type (@name "n") u8) (type $a (@name "") u8))`, `type 1 t; type 2 n; type 3 `},
		{`(component (component $n) (component (@name "x")) (core module $m) (core module (@name "y")))`,
			`component 0 n; core module 0 m; [component n]; [component x]; [module m]; [module y]`},
		{`(component (import "f" (func $f)) (export $e "g" (func $f)) (alias outer 0 0 (type $o)))`, `func 0 f; func 1 e; type 1 o`},
		{`(component (component $n (@name "x")) (core module $m (@name "y")) (component $e (@name "")) (core module $f (@name "")))`,
			`component 0 n; component 1 e; core module 0 m; core module 1 f; [component x]; [module y]; [component ]; [module ]`},
		{`(component (core module $m (@name "y") (export "a")) (core module (@name "z") (import "b")))`, `core module 0 m; core module 1 z; [module y]`},
		{`(component (type $t u8) (component (type (list $t))))`, `type 0 t`},
		{`(component (core rec (type $a (func)) (type $b (func))) (core type (module (type $x (func)))))`, `core type 0 a; core type 1 b`},
		{`(component (start 0 (result (value)) (result (value $v))))`, `value 1 v`},
		{`(component $C (@custom "component-name" "") (type $t u8))`, ``},
	} {
		src, err := Parse([]byte(test.src))
		if err != nil {
			t.Errorf("%s: %v", test.src, err)
			continue
		}
		if got := strings.Join(allNames(t, src.Component), "; "); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.src, got, test.want)
		}
		checkBinary(t, test.src, src)
	}
}

// allNames lists the names of a component, then those of what is in it.
func allNames(t *testing.T, c *component.Component) []string {
	names, err := binary.ReadNames(c)
	if err != nil {
		t.Fatal(err)
	}
	var out, inner []string
	if names.HasComponent {
		out = append(out, "component "+names.Component)
	}
	var sorted []string
	for sort, m := range names.Sorts {
		for _, n := range m {
			sorted = append(sorted, fmt.Sprintf("%s %d %s", sort, n.Index, n.Name))
		}
	}
	slices.Sort(sorted)
	for _, d := range c.Defs {
		switch d := d.(type) {
		case *component.Component:
			for _, n := range allNames(t, d) {
				inner = append(inner, "["+n+"]")
			}
		case *component.CoreModule:
			n, err := core.ReadNames(d.Module)
			if err != nil {
				t.Fatal(err)
			}
			if n.HasModule {
				inner = append(inner, "[module "+n.Module+"]")
			}
		}
	}
	return slices.Concat(out, sorted, inner)
}
