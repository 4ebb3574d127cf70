// This file holds what is made to take much time or memory against the limits.

package valid

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/text"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm"
)

// parseText reads a component.
func parseText(t testing.TB, src string) *component.Component {
	t.Helper()
	s, err := text.Parse([]byte("(component " + src + ")"))
	if err != nil {
		t.Fatal(err)
	}
	return s.Component
}

// doubled is a chain of n types, each of which has the one before it twice.
func doubled(n int) []component.Definition {
	out := []component.Definition{typeDef(&component.TupleType{Types: []component.ValType{component.Prim(valtype.U8)}})}
	for i := range n {
		x := component.Index(uint32(i))
		out = append(out, typeDef(&component.TupleType{Types: []component.ValType{x, x}}))
	}
	return out
}

func typeDef(t component.DefType) *component.TypeDef { return &component.TypeDef{Type: t} }

func externName(s string) component.ExternName { return component.ExternName{Name: s} }

// nestedInstances is a chain of n instance types, each of which exports the one
// before it count times.
func nestedInstances(n, count int, inner component.Decl) []component.Definition {
	out := []component.Definition{typeDef(&component.InstanceType{Decls: []component.Decl{inner}})}
	for i := range n {
		decls := []component.Decl{&component.Alias{Kind: component.AliasOuter, Sort: component.SortType, Outer: 1, Index: uint32(i)}}
		for j := range count {
			decls = append(decls, &component.ExportDecl{Name: externName(fmt.Sprint("e", j)), Type: component.ExternType{Sort: component.SortInstance}})
		}
		out = append(out, typeDef(&component.InstanceType{Decls: decls}))
	}
	return out
}

// resourceExports are count exported functions that take a resource type.
func resourceExports(count int) string {
	var b strings.Builder
	b.WriteString(`(export "r" (type $r (sub resource)))`)
	for i := range count {
		fmt.Fprintf(&b, `(export "f%d" (func (param "p%d" (borrow $r))))`, i, i)
	}
	return b.String()
}

// adversaries are components with what validation must say about them; "" for
// nothing.
var adversaries = []struct {
	name string
	make func(t testing.TB) *component.Component
	want string
}{
	{"tuples that double", func(testing.TB) *component.Component {
		return &component.Component{Defs: doubled(100)}
	}, "effective type size"},
	{"lists in lists", func(testing.TB) *component.Component {
		defs := []component.Definition{typeDef(&component.ListType{Elem: component.Prim(valtype.U8)})}
		for i := range 100_000 {
			defs = append(defs, typeDef(&component.ListType{Elem: component.Index(uint32(i))}))
		}
		return &component.Component{Defs: defs}
	}, "type nesting is too deep"},
	{"instance types that double", func(testing.TB) *component.Component {
		return &component.Component{Defs: nestedInstances(99, 2, &component.ExportDecl{Name: externName("x"), Type: component.ExternType{Sort: component.SortType, Bound: component.BoundSubResource}})}
	}, "instantiations make too many types"},
	{"components in components", func(testing.TB) *component.Component {
		c := &component.Component{}
		for range 10_000 {
			c = &component.Component{Defs: []component.Definition{c}}
		}
		return c
	}, "nest too deeply"},
	{"types in types", func(testing.TB) *component.Component {
		d := typeDef(&component.InstanceType{})
		for range 10_000 {
			d = typeDef(&component.ComponentType{Decls: []component.Decl{d}})
		}
		return &component.Component{Defs: []component.Definition{d}}
	}, "nest too deeply"},
	{"100000 exports", func(testing.TB) *component.Component {
		defs := []component.Definition{typeDef(&component.FuncType{}), &component.Import{Name: externName("f"), Type: component.ExternType{Sort: component.SortFunc}}}
		for i := range 100_000 {
			defs = append(defs, &component.Export{Name: externName(fmt.Sprint("e", i)), Item: component.SortIdx{Sort: component.SortFunc}})
		}
		return &component.Component{Defs: defs}
	}, ""},
	{"100000 instances' worth of exports", func(t testing.TB) *component.Component {
		src := `(import "c" (component $c ` + resourceExports(2000) + `))` + strings.Repeat("(instance (instantiate $c))", 990)
		return parseText(t, src)
	}, "instantiations make too many types"},
	{"100 instances of 2000 exports", func(t testing.TB) *component.Component {
		src := `(import "c" (component $c ` + resourceExports(2000) + `))` + strings.Repeat("(instance (instantiate $c))", 100)
		return parseText(t, src)
	}, ""},
	{"equal components compared often", func(t testing.TB) *component.Component {
		body := resourceExports(2000)
		src := `(import "c" (component $c ` + body + `))(component $d (import "c" (component ` + body + `)))` +
			strings.Repeat(`(instance (instantiate $d (with "c" (component $c))))`, 990)
		return parseText(t, src)
	}, "instantiations make too many types"},
	{"aliases of a type with resources", func(t testing.TB) *component.Component {
		src := `(component $c (type $t (instance ` + resourceExports(2000) + `))(component ` + strings.Repeat("(alias outer $c $t (type))", 50_000) + "))"
		return parseText(t, src)
	}, ""},
	{"an enum of 100000 labels", func(testing.TB) *component.Component {
		var labels []string
		for i := range 100_000 {
			labels = append(labels, fmt.Sprint("l", i))
		}
		return &component.Component{Defs: []component.Definition{typeDef(&component.EnumType{Labels: labels})}}
	}, ""},
	{"fixed lists that multiply", func(testing.TB) *component.Component {
		defs := []component.Definition{typeDef(&component.ListType{Elem: component.Prim(valtype.U8), Fixed: true, Len: 1 << 20})}
		for i := range 50 {
			defs = append(defs, typeDef(&component.ListType{Elem: component.Index(uint32(i)), Fixed: true, Len: 1 << 31}))
		}
		return &component.Component{Defs: defs}
	}, "exceeds maximum byte size"},
}

func TestAdversaries(t *testing.T) {
	for _, a := range adversaries {
		c := a.make(t)
		_, err := Component(c, component.AllFeatures, wasm.AllFeatures)
		switch {
		case a.want == "" && err != nil:
			t.Errorf("%s: %v", a.name, err)
		case a.want != "" && (err == nil || !strings.Contains(err.Error(), a.want)):
			t.Errorf("%s: got %v, want %q", a.name, err, a.want)
		}
	}
}

func BenchmarkAdversaries(b *testing.B) {
	for _, a := range adversaries {
		c := a.make(b)
		b.Run(strings.ReplaceAll(a.name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Component(c, component.AllFeatures, wasm.AllFeatures)
			}
		})
	}
}
