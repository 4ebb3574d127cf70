// This file measures the printer on hostile components.

package text

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/wasm"
	corebinary "github.com/dray-wasm/dray/wasm/binary"
)

// hostilePrints make components of n definitions that try to make the printer
// slow, or its text long.
var hostilePrints = []struct {
	name string
	defs func(t testing.TB, n int) []component.Definition
}{
	{"modules", func(_ testing.TB, n int) []component.Definition {
		return repeat(n, &component.CoreModule{Module: &wasm.Module{}})
	}},
	{"components", func(_ testing.TB, n int) []component.Definition {
		return repeat(n, &component.Component{})
	}},
	{"named modules", func(t testing.TB, n int) []component.Definition {
		return repeat(n, longNamed(t, 100))
	}},
	{"long names", func(t testing.TB, n int) []component.Definition {
		return repeat(n, longNamed(t, printNameMost))
	}},
	{"named types", func(t testing.TB, n int) []component.Definition {
		names := &component.Names{Sorts: map[component.Sort]wasm.NameMap{component.SortType: {{Name: strings.Repeat("x", printNameMost)}}}}
		defs := append(repeat(1, typeDef(&component.ResourceType{Rep: wasm.I32})), repeat(n, typeDef(&component.OwnType{}))...)
		return append(defs, sectionOf(t, names))
	}},
	{"locals", func(_ testing.TB, n int) []component.Definition {
		body := wasm.Body{Code: []byte{byte(wasm.OpEnd)}, Locals: []wasm.LocalRun{{Count: 10_000_000 / uint32(n), Type: wasm.I32}}}
		return repeat(n, &component.CoreModule{Module: &wasm.Module{Types: make([]wasm.SubType, 1), Funcs: []wasm.Func{{Body: body}}}})
	}},
}

// printNameMost is the length of the longest identifiers that uses may have,
// less the "$".
const printNameMost = 4095

func repeat(n int, d component.Definition) []component.Definition {
	defs := make([]component.Definition, n)
	for i := range defs {
		defs[i] = d
	}
	return defs
}

// longNamed is a module with a function that has a long name, and calls of it.
func longNamed(t testing.TB, n int) *component.CoreModule {
	data, err := corebinary.EncodeNames(&wasm.Names{Funcs: wasm.NameMap{{Name: strings.Repeat("x", n)}}})
	if err != nil {
		t.Fatal(err)
	}
	code := append([]byte(strings.Repeat("\x10\x00", 200)), byte(wasm.OpEnd))
	return &component.CoreModule{Module: &wasm.Module{
		Types:   make([]wasm.SubType, 1),
		Funcs:   []wasm.Func{{Body: wasm.Body{Code: code}}},
		Customs: []wasm.Custom{{Name: "name", Data: data, After: wasm.SectionCode}},
	}}
}

// A printCounter counts bytes.
type printCounter int

func (c *printCounter) Write(b []byte) (int, error) {
	*c += printCounter(len(b))
	return len(b), nil
}

// The text of a hostile component is at most so many times as long as its
// binary, and a constant.
func TestPrintHostile(t *testing.T) {
	const factor, constant = 80, 2 << 20
	for _, h := range hostilePrints {
		if h.name == "locals" {
			continue // these have a limit of their own
		}
		c := &component.Component{Defs: h.defs(t, 2000)}
		data, err := binary.Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		var n printCounter
		if err := Print(&n, c, PrintOptions{}); err != nil {
			t.Fatal(err)
		}
		if int(n) > factor*len(data)+constant {
			t.Errorf("%s: the text of %d bytes has %d bytes", h.name, len(data), n)
		}
	}
}

// BenchmarkPrintHostile shows that time does not grow faster than the input:
// the time per definition of the two sizes is about the same.
func BenchmarkPrintHostile(b *testing.B) {
	for _, h := range hostilePrints {
		for _, n := range []int{1000, 100_000} {
			if strings.HasPrefix(h.name, "long") {
				n /= 10
			}
			c := &component.Component{Defs: h.defs(b, n)}
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(h.name, " ", "-"), n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := Print(io.Discard, c, PrintOptions{}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/def")
			})
		}
	}
}
