// This file tests the printer of components.

package text

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

var updatePrint = flag.Bool("update", false, "write the goldens of the printer anew")

// printed prints a component.
func printed(t testing.TB, c *component.Component, o PrintOptions) string {
	t.Helper()
	var b strings.Builder
	if err := Print(&b, c, o); err != nil {
		t.Fatalf("Print: %v", err)
	}
	return b.String()
}

// printBack parses and encodes a text.
func printBack(t testing.TB, text string) []byte {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, text)
	}
	out, err := binary.Encode(s.Component)
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	return out
}

// printGolden compares a text with a file in testdata/print.
func printGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "print", name+".wat")
	if *updatePrint {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: the text differs from the golden (-update writes it anew):\n%s", path, got)
	}
}

func TestPrintGoldens(t *testing.T) {
	for _, s := range printSamples(t) {
		t.Run(s.name, func(t *testing.T) {
			text := printed(t, s.c, PrintOptions{})
			printGolden(t, s.name, text)
			for _, r := range text {
				if !unicode.IsPrint(r) && r != '\n' {
					t.Errorf("the text has the character %q", r)
				}
			}
			want, err := binary.Encode(s.c)
			if err != nil {
				t.Fatal(err)
			}
			if got := printBack(t, text); !bytes.Equal(got, want) {
				t.Errorf("parsed back\n got % x\nwant % x", got, want)
			}
		})
	}
}

func TestPrintSkeleton(t *testing.T) {
	for _, s := range printSamples(t) {
		if s.name == "definitions" {
			printGolden(t, "skeleton", printed(t, s.c, PrintOptions{Skeleton: true}))
		}
	}
}

func TestPrintNoNames(t *testing.T) {
	for _, s := range printSamples(t) {
		text := printed(t, s.c, PrintOptions{NoNames: true})
		if strings.Contains(text, "$") || strings.Contains(text, namesSection) || strings.Contains(text, "@name") {
			t.Errorf("%s has names:\n%s", s.name, text)
		}
	}
}

// A core module or component may have a name of its own beside that which the
// component around it gives it.
func TestPrintOwnNames(t *testing.T) {
	names := &component.Names{Sorts: map[component.Sort]wasm.NameMap{
		component.SortCoreModule: {{Index: 0, Name: "a"}, {Index: 1, Name: "b"}},
		component.SortComponent:  {{Index: 0, Name: "a"}, {Index: 1, Name: "b"}},
	}}
	outer := sectionOf(t, names)
	names.Sorts[component.SortCoreModule] = append(names.Sorts[component.SortCoreModule], wasm.NameAssoc{Index: 4, Name: "a"})
	twice := sectionOf(t, names)
	defs := []component.Definition{
		moduleNamed(t, "own"), moduleNamed(t, "b"), moduleNamed(t, "c"), moduleNamed(t, ""),
		componentNamed(t, "own"), componentNamed(t, "b"), componentNamed(t, "c"), componentNamed(t, ""),
	}
	same := []string{
		`(core module $a (;0;) (@name "own")`, `(core module $b (;1;)` + "\n", `(core module (;2;) (@name "c")`, `(core module (;3;) (@name "")`,
		`(component $a (;0;) (@name "own"))`, `(component $b (;1;))`, `(component (;2;) (@name "c"))`, `(component (;3;) (@name ""))`,
	}
	for _, test := range []struct {
		name   string
		more   []component.Definition
		wants  []string
		custom bool
	}{
		{"no section", nil, []string{`(core module (;0;) (@name "own")`, `(component (;1;) (@name "b"))`}, false},
		{"names", []component.Definition{outer}, same, false},
		{"a name twice", []component.Definition{moduleNamed(t, "own"), twice}, append(same, `(core module $a#1 (;4;) (@name "own")`), true},
		{"no own name", []component.Definition{&component.CoreModule{Module: &wasm.Module{}}, twice}, append(same, `(core module (;$a#1;) (;4;))`), true},
	} {
		c := &component.Component{Defs: slices.Concat(defs, test.more)}
		text := printed(t, c, PrintOptions{})
		for _, want := range test.wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the text lacks %s:\n%s", test.name, want, text)
			}
		}
		if got := strings.Contains(text, "@custom"); got != test.custom {
			t.Errorf("%s: custom sections in the text: %v, want %v:\n%s", test.name, got, test.custom, text)
		}
		want, err := binary.Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		if got := printBack(t, text); !bytes.Equal(got, want) {
			t.Errorf("%s: parsed back\n got % x\nwant % x", test.name, got, want)
		}
	}
}

// A real component is the same text again after being parsed.
func TestPrintReal(t *testing.T) {
	paths, err := filepath.Glob("../testdata/*.wasm")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no components in component/testdata: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := binary.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		text := printed(t, c, PrintOptions{})
		again, err := binary.Decode(printBack(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if second := printed(t, again, PrintOptions{}); second != text {
			t.Errorf("%s: the text changes when it is parsed and printed again", path)
		}
	}
}

// Every component of the scripts is the same bytes again after being printed
// and parsed.
func TestPrintScripts(t *testing.T) {
	_, all := scriptComponents(t)
	n := 0
	for _, c := range all {
		src, err := c.parse()
		if c.malformed || err != nil {
			continue
		}
		n++
		want, err := binary.Encode(src.Component)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := binary.Decode(want)
		if err != nil {
			t.Errorf("%s: %v", c, err)
			continue
		}
		text := printed(t, decoded, PrintOptions{})
		again, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v\n%s", c, err, text)
			continue
		}
		if got, err := binary.Encode(again.Component); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: printed and parsed (%v)\n got % x\nwant % x\n%s", c, err, got, want, text)
		}
		if own := printed(t, src.Component, PrintOptions{}); own != text {
			t.Errorf("%s: parsed and printed\n%s\ndecoded and printed\n%s", c, own, text)
		}
	}
	t.Logf("%d components", n)
}

// What no text can express is an error, and so is endless nesting.
func TestPrintErrors(t *testing.T) {
	loop := &component.Component{}
	loop.Defs = []component.Definition{loop}
	typ := &component.InstanceType{}
	typ.Decls = []component.Decl{&component.TypeDef{Type: typ}}
	for name, defs := range map[string][]component.Definition{
		"components that nest":   {loop},
		"types that nest":        {typeDef(typ)},
		"no module":              {&component.CoreModule{}},
		"no type":                {typeDef(nil)},
		"no definition":          {nil},
		"no value type":          {typeDef(&component.ListType{})},
		"a sort that is none":    {&component.Alias{Sort: 99}},
		"an import of no sort":   {&component.Import{Type: component.ExternType{Sort: component.SortCoreTag}}},
		"no canon":               {&component.Canon{Op: 0xee}},
		"no option":              {&component.Canon{Opts: []component.CanonOpt{{Kind: 99}}}},
		"two types and no group": {&component.CoreType{Types: make([]wasm.SubType, 2)}},
	} {
		err := Print(&strings.Builder{}, &component.Component{Defs: defs}, PrintOptions{})
		var e *diag.Error
		if !errors.As(err, &e) || e.Code != CodePrint {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("broken")
	if err := Print(failingWriter{broken}, &component.Component{}, PrintOptions{}); err != broken {
		t.Errorf("with a broken writer: %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// Long identifiers that are used often do not make the text explode.
func TestPrintBudget(t *testing.T) {
	c := &component.Component{Defs: []component.Definition{typeDef(&component.ResourceType{Rep: wasm.I32})}}
	for range 100_000 {
		c.Defs = append(c.Defs, typeDef(&component.OwnType{}))
	}
	name := strings.Repeat("x", 4000)
	data, err := binary.EncodeNames(&component.Names{Sorts: map[component.Sort]wasm.NameMap{component.SortType: {{Name: name}}}})
	if err != nil {
		t.Fatal(err)
	}
	c.Defs = append(c.Defs, &component.Custom{Name: namesSection, Data: data})
	if n := len(printed(t, c, PrintOptions{})); n < 1<<20 || n > 8<<20 {
		t.Errorf("the text has %d bytes", n)
	}
}

// inexpressible tells whether a parse error is about one of the things that
// the format of components has and its text has not.
func inexpressible(err error) bool {
	for _, words := range []string{
		"unexpected sort", "has this attribute already", "expected core module, func, value", "outer count",
	} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// printCheck prints a component, and parses it again if a text can say it.
func printCheck(t *testing.T, c *component.Component) {
	var text bytes.Buffer
	if err := Print(&text, c, PrintOptions{}); err != nil {
		var e *diag.Error
		if !errors.As(err, &e) || strings.HasPrefix(string(e.Code), "text/print") && e.Code == CodePrint {
			t.Fatalf("a decoded component cannot be printed: %v", err)
		}
		return
	}
	s, err := Parse(text.Bytes())
	if err != nil {
		var e *diag.Error
		if inexpressible(err) || errors.As(err, &e) && e.Code == lex.CodeLimit {
			return
		}
		t.Fatalf("a printed component cannot be parsed: %v\n%s", err, text.String())
	}
	out, err := binary.Encode(s.Component)
	if err != nil {
		t.Fatalf("a parsed component cannot be encoded: %v", err)
	}
	again, err := binary.Decode(out)
	if err != nil {
		t.Fatalf("an encoded component cannot be decoded: %v\n%s", err, text.String())
	}
	var second bytes.Buffer
	err = Print(&second, again, PrintOptions{})
	if err != nil || !bytes.Equal(text.Bytes(), second.Bytes()) {
		t.Fatalf("printed again differs (%v):\n%s\nwas:\n%s", err, second.String(), text.String())
	}
}

// FuzzPrint checks that every component that can be decoded can be printed, and
// that the text says the same as the binary.
func FuzzPrint(f *testing.F) {
	for _, s := range printSamples(f) {
		data, err := binary.Encode(s.c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	addPrintScripts(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := binary.Decode(data); err == nil {
			printCheck(t, c)
		}
	})
}

// addPrintScripts adds the small components of the scripts, where these are
// there.
func addPrintScripts(f *testing.F) {
	dir := os.Getenv("DRAY_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	if _, err := os.Stat(filepath.Join(dir, "wast", "component-model")); err != nil {
		return
	}
	_, all := scriptComponents(f)
	for _, c := range all {
		src, err := c.parse()
		if err != nil {
			continue
		}
		if data, err := binary.Encode(src.Component); err == nil && len(data) < 2000 {
			f.Add(data)
		}
	}
}
