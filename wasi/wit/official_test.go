package wit_test

// This file compares the definitions with the official ones, in all but their
// words.

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray/internal/reference"
	"github.com/dray-wasm/dray/wit"
)

func TestOfficial(t *testing.T) {
	for _, g := range generations {
		t.Run(g.name, func(t *testing.T) {
			dir := reference.Dir(t, g.official)
			var c counts
			for _, d := range officials(g) {
				ours, theirs := d.resolve(t), d.resolveIn(t, dir)
				diffs := differences(ours.Root, theirs.Root)
				for _, diff := range diffs {
					t.Errorf("%s: %s", d.path(), diff)
				}
				// The same items in the same order have the same text.
				without := wit.PrintOptions{NoDocs: true}
				if diff := cmp.Diff(print(t, theirs, without), print(t, ours, without)); len(diffs) == 0 && diff != "" {
					t.Errorf("%s is another without documentation:\n%s", d.path(), diff)
				}
				c.add(theirs.Root)
			}
			if c != g.counts {
				t.Errorf("the official definitions have %+v, want %+v", c, g.counts)
			}
		})
	}
}

// TestCounts has the numbers that the official definitions have.
func TestCounts(t *testing.T) {
	for _, g := range generations {
		var c counts
		for _, d := range officials(g) {
			c.add(d.resolve(t).Root)
		}
		if c != g.counts {
			t.Errorf("%s has %+v, want %+v", g.name, c, g.counts)
		}
	}
}

// officials are those definitions of a generation that are official.
func officials(g *generation) (ds []definition) {
	for _, d := range definitions {
		if d.official && d.of == g {
			ds = append(ds, d)
		}
	}
	return ds
}

func (c *counts) add(p *wit.Package) {
	for _, i := range p.Interfaces {
		c.interfaces++
		for _, td := range i.Types {
			if _, ok := td.Kind.(*wit.Resource); ok {
				c.resources++
			}
		}
		for f := range i.AllFuncs() {
			c.funcs++
			if f.Async {
				c.async++
			}
		}
	}
}

// differences names each thing that is not the same in two packages.
func differences(ours, theirs *wit.Package) (diffs []string) {
	a, b := describe(ours), describe(theirs)
	for _, key := range slices.Sorted(maps.Keys(a)) {
		switch other, ok := b[key]; {
		case !ok:
			diffs = append(diffs, key+" is not in the official definitions")
		case a[key] != other:
			diffs = append(diffs, fmt.Sprintf("%s is\n\t%s\nand officially\n\t%s", key, a[key], other))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[key]; !ok {
			diffs = append(diffs, key+" is missing")
		}
	}
	return diffs
}

// describe says what each item of a package is, without its documentation.
func describe(p *wit.Package) map[string]string {
	m := map[string]string{"package": p.Name.String()}
	put := func(key, text string, s wit.Stability) {
		m[key] = strings.TrimSpace(fmt.Sprintf("%s %+v", text, s))
	}
	for _, i := range p.Interfaces {
		put("interface "+i.Name, "", i.Stability)
		for _, t := range i.Types {
			put("type "+i.Name+"."+t.Name, definedType(t), t.Stability)
		}
		for f := range i.AllFuncs() {
			put("function "+i.Name+"."+f.ExternName(), signature(f), f.Stability)
		}
	}
	for _, w := range p.Worlds {
		put("world "+w.Name, "", w.Stability)
		for _, t := range w.Types {
			put("type "+w.Name+"."+t.Name, definedType(t), t.Stability)
		}
		for _, it := range w.Imports {
			put("import "+it.ExternName()+" of "+w.Name, worldItem(it), it.Stability)
		}
		for _, it := range w.Exports {
			put("export "+it.ExternName()+" of "+w.Name, worldItem(it), it.Stability)
		}
	}
	return m
}

func worldItem(it *wit.WorldItem) string {
	if it.Func != nil {
		return signature(it.Func)
	}
	return "interface " + it.Interface.ExternName()
}

func signature(f *wit.Func) string {
	var b strings.Builder
	if f.Async {
		b.WriteString("async ")
	}
	b.WriteString("func(")
	for i, p := range f.Params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Name + ": " + typeText(p.Type))
	}
	b.WriteString(")")
	if f.Result != nil {
		b.WriteString(" -> " + typeText(f.Result))
	}
	return b.String()
}

// definedType says what a type with a name is.
func definedType(t *wit.TypeDef) string {
	switch k := t.Kind.(type) {
	case *wit.Record:
		return "record " + fields(k.Fields)
	case *wit.Variant:
		return "variant " + fields(k.Cases)
	case *wit.Enum:
		return "enum " + fields(k.Cases)
	case *wit.Flags:
		return "flags " + fields(k.Flags)
	case *wit.Resource:
		return "resource"
	case *wit.Alias:
		if from, ok := t.Used(); ok {
			return "use " + from.Interface.ExternName() + "." + from.Name
		}
		return "alias of " + typeText(k.Of)
	}
	return "type " + anonymous(t)
}

func fields(fs []wit.Field) string {
	var b strings.Builder
	b.WriteString("{")
	for i, f := range fs {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.Name)
		if f.Type != nil {
			b.WriteString(": " + typeText(f.Type))
		}
	}
	return b.String() + "}"
}

// typeText refers to a type: by its name, if it has one.
func typeText(t *wit.TypeDef) string {
	switch {
	case t == nil:
		return "_"
	case t.Name != "" && t.Interface != nil:
		return t.Interface.Name + "." + t.Name
	case t.Name != "":
		return t.Name
	}
	return anonymous(t)
}

// anonymous is the text of what a type is made of.
func anonymous(t *wit.TypeDef) string {
	switch k := t.Kind.(type) {
	case *wit.Prim:
		return k.Prim.String()
	case *wit.Tuple:
		var parts []string
		for _, e := range k.Types {
			parts = append(parts, typeText(e))
		}
		return "tuple<" + strings.Join(parts, ", ") + ">"
	case *wit.List:
		if k.Fixed {
			return fmt.Sprintf("list<%s, %d>", typeText(k.Elem), k.Len)
		}
		return "list<" + typeText(k.Elem) + ">"
	case *wit.Option:
		return "option<" + typeText(k.Type) + ">"
	case *wit.Result:
		return "result<" + typeText(k.OK) + ", " + typeText(k.Err) + ">"
	case *wit.Stream:
		return "stream<" + typeText(k.Elem) + ">"
	case *wit.Future:
		return "future<" + typeText(k.Elem) + ">"
	case *wit.Own:
		return "own<" + typeText(k.Resource) + ">"
	case *wit.Borrow:
		return "borrow<" + typeText(k.Resource) + ">"
	}
	panic(fmt.Sprintf("%T is not expected in WASI", t.Kind))
}

// TestDifferences checks that the comparison sees what it should.
func TestDifferences(t *testing.T) {
	const base = `package a:b@0.2.1;
		interface i {
			record r { x: u8, y: string }
			resource z { f: func(a: u8) -> bool; }
			@since(version = 0.2.0) g: func(b: borrow<z>) -> result<_, string>;
			s: async func(c: stream<u8>) -> future<result<_, string>>;
		}
		@since(version = 0.2.0) world w { import i; }`
	for _, tt := range []struct{ old, new, want string }{
		{"", "", ""},
		{"interface i {", "/// Words.\ninterface i {", ""},
		{"a:b@0.2.1", "a:b@0.2.2", "package is|import a:b/i@0.2.2 of w is not in|import a:b/i@0.2.1 of w is missing"},
		{"x: u8, y: string", "y: string, x: u8", "type i.r is"},
		{"x: u8, ", "", "type i.r is"},
		{"(a: u8)", "(aa: u8)", "function i.[method]z.f is"},
		{"f: func", "h: func", "function i.[method]z.h is not in|function i.[method]z.f is missing"},
		{"-> bool", "", "function i.[method]z.f is"},
		{"borrow<z>", "z", "function i.g is"},
		{"string>;", "u8>;", "function i.g is"},
		{"async func", "func", "function i.s is"},
		{"bool;", "bool; h: async func();", "function i.[method]z.h is not in"},
		{"stream<u8>", "stream", "function i.s is"},
		{"stream<u8>", "stream<s8>", "function i.s is"},
		{"stream<u8>", "future<u8>", "function i.s is"},
		{"future<result<_, string>>", "future<result<_, u8>>", "function i.s is"},
		{"future<result<_, string>>", "result<_, string>", "function i.s is"},
		{"@since(version = 0.2.0) g", "@since(version = 0.2.1) g", "function i.g is"},
		{"@since(version = 0.2.0) g", "@unstable(feature = x) g", "function i.g is"},
		{"@since(version = 0.2.0) world", "world", "world w is"},
		{"import i;", "export i;", "export a:b/i@0.2.1 of w is not in the official|import a:b/i@0.2.1 of w is missing"},
	} {
		parse := func(src string) *wit.Package {
			r, err := wit.Parse("a.wit", []byte(src), wit.Options{AllFeatures: true})
			if err != nil {
				t.Fatal(err)
			}
			return r.Root
		}
		got := strings.Join(differences(parse(strings.Replace(base, tt.old, tt.new, 1)), parse(base)), "\n")
		if tt.want == "" && got != "" {
			t.Errorf("%q for %q: the differences are %q, want none", tt.new, tt.old, got)
		}
		for part := range strings.SplitSeq(tt.want, "|") {
			if !strings.Contains(got, part) {
				t.Errorf("%q for %q: the differences are %q, want %q", tt.new, tt.old, got, part)
			}
		}
	}
}
