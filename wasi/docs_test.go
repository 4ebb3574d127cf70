package wasi_test

// This file keeps the tables of docs/wasi.md, which say of each function of
// WASI whether it is there, and whether a guest calls it in tests:
// TestDocumentation makes them anew of the definitions in wit and compares. With
// -update-docs it writes them.
//
// testdata/called.txt has the functions that guests called; see called_test.go.

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/bindgen"
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wit"
	"github.com/dray-wasm/dray/wit/encode"
)

var updateDocs = flag.Bool("update-docs", false, "write the tables of docs/wasi.md")

const docsFile = "../docs/wasi.md"

// A generation is one of WASI, in a folder of wit.
type generation struct {
	name, version string
	// standard and drafts are the packages, by their folders.
	standard, drafts []string
}

var (
	p2 = generation{
		"p2", "0.2.12",
		[]string{"cli", "clocks", "filesystem", "http", "io", "random", "sockets"},
		[]string{"config", "keyvalue", "keyvalue2", "logging"},
	}
	p3 = generation{"p3", "0.3.0", []string{"cli", "clocks", "filesystem", "http", "random", "sockets"}, nil}
)

// table is the name of the table of a package.
func (g generation) table(dir string) string { return g.name + "/" + dir }

// exported are the functions that guests have and the host calls.
var exported = []string{
	"wasi:cli/run@0.2.12#run",
	"wasi:http/incoming-handler@0.2.12#handle",
	"wasi:cli/run@0.3.0#run",
	"wasi:http/handler@0.3.0#handle",
}

// A function is a function in the tables.
type function struct {
	name, iface         string
	implemented, called bool
}

func TestDocumentation(t *testing.T) {
	calledBy := readCalled(t)
	linker := everything(t)
	tables := map[string]string{}
	known := map[string]bool{}
	for _, g := range []generation{p2, p3} {
		var standard []function
		interfaces := 0
		for _, dir := range slices.Concat(g.standard, g.drafts) {
			r := g.resolve(t, dir)
			funcs := functions(t, linker, r, calledBy)
			tables[g.table(dir)] = table(r, funcs)
			if slices.Contains(g.standard, dir) {
				standard = append(standard, funcs...)
				interfaces += len(r.Root.Interfaces)
			}
			for _, f := range funcs {
				known[f.iface+"#"+f.name] = true
				if !f.implemented {
					t.Errorf("%s#%s is not implemented", f.iface, f.name)
				}
			}
		}
		tables[g.table("summary")] = summary(g.version, interfaces, standard)
	}
	for name := range calledBy {
		if !known[name] {
			t.Errorf("%s: %q is not a function of WASI", calledFile, name)
		}
	}
	old, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	text := fill(t, string(old), tables)
	if *updateDocs {
		if err := os.WriteFile(docsFile, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(string(old), "\n"), strings.Split(text, "\n")); diff != "" {
		t.Errorf("docs/wasi.md is not up to date; run the test with -update-docs:\n%s", diff)
	}
}

// everything is a linker for guests that are granted everything.
func everything(t *testing.T) *dray.Linker {
	t.Helper()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close() })
	l := rt.NewLinker()
	if err := wasi.Link(l); err != nil {
		t.Fatal(err)
	}
	return l
}

// resolve reads a package with the standard ones beside it.
func (g generation) resolve(t *testing.T, dir string) *wit.Resolve {
	t.Helper()
	group := func(dir string) (files wit.Group) {
		names, err := filepath.Glob(filepath.Join("wit", g.name, dir, "*.wit"))
		if err != nil || len(names) == 0 {
			t.Fatalf("there are no definitions of %s: %v", dir, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, wit.Source{Name: name, Data: data})
		}
		return files
	}
	var deps []wit.Group
	for _, p := range g.standard {
		if p != dir {
			deps = append(deps, group(p))
		}
	}
	r, err := wit.Link(wit.Options{AllFeatures: true}, group(dir), deps...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// functions are those of a package. What is implemented is found by preparing a
// component that imports all of them.
func functions(t *testing.T, l *dray.Linker, r *wit.Resolve, called map[string]bool) (funcs []function) {
	t.Helper()
	missing := map[string]bool{}
	_, err := l.Prepare(importer(t, l.Runtime(), bindgen.Interfaces(r)))
	var ie *dray.ImportError
	switch {
	case errors.As(err, &ie):
		for _, p := range ie.Problems {
			if p.Msg != "" {
				t.Errorf("%s: %s", p.Name, p.Msg)
			}
			missing[p.Name] = true
		}
	case err != nil:
		t.Fatal(err)
	}
	for _, i := range r.Root.Interfaces {
		for f := range i.AllFuncs() {
			full := i.ExternName() + "#" + f.ExternName()
			funcs = append(funcs, function{
				name: f.ExternName(), iface: i.ExternName(), called: called[full],
				implemented: slices.Contains(exported, full) || !missing[i.ExternName()] && !missing[full],
			})
		}
	}
	return funcs
}

// importer is a component that imports what a world does, and nothing else.
func importer(t *testing.T, rt *dray.Runtime, w *wit.World) *dray.Component {
	t.Helper()
	typ, err := encode.World(w)
	if err != nil {
		t.Fatal(err)
	}
	c := &component.Component{}
	for _, d := range typ.Decls {
		def, ok := d.(component.Definition)
		if !ok {
			t.Fatalf("a component cannot have a %T", d)
		}
		c.Defs = append(c.Defs, def)
	}
	data, err := binary.Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := rt.CompileComponent(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// table is the table of a package.
func table(r *wit.Resolve, funcs []function) string {
	var b strings.Builder
	b.WriteString("| interface | there | called | functions |\n|---|---|---|---|\n")
	for _, i := range r.Root.Interfaces {
		var own []function
		for _, f := range funcs {
			if f.iface == i.ExternName() {
				own = append(own, f)
			}
		}
		if len(own) == 0 {
			fmt.Fprintf(&b, "| `%s` | | | types alone |\n", i.ExternName())
			continue
		}
		there, called := count(own)
		fmt.Fprintf(&b, "| `%s` | %d of %d | %d of %d |", i.ExternName(), there, len(own), called, len(own))
		for n, f := range own {
			if n > 0 {
				b.WriteString(",")
			}
			b.WriteString(" `" + shortName(f.name) + "`")
			switch {
			case !f.implemented:
				b.WriteString(" (missing)")
			case !f.called:
				b.WriteString("°")
			}
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// shortName is the name of a function without "[method]" and the like.
func shortName(name string) string {
	_, rest, ok := strings.Cut(name, "]")
	switch {
	case !ok:
		return name
	case strings.HasPrefix(name, "[constructor]"):
		return rest + "()"
	}
	return rest
}

func count(funcs []function) (there, called int) {
	for _, f := range funcs {
		if f.implemented {
			there++
		}
		if f.called {
			called++
		}
	}
	return there, called
}

func summary(version string, interfaces int, funcs []function) string {
	there, called := count(funcs)
	return fmt.Sprintf("WASI %s has %d interfaces with %d functions. Of these %d are implemented, and\n%d are called by guests in tests.\n", version, interfaces, len(funcs), there, called)
}

// TestDocumentationMissing has functions that are not there.
func TestDocumentationMissing(t *testing.T) {
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close() })
	r := p2.resolve(t, "cli")
	l := rt.NewLinker()
	if err := l.Instance("wasi:cli/environment@0.2.12").Func("get-arguments", func() []string { return nil }); err != nil {
		t.Fatal(err)
	}
	got := table(r, functions(t, l, r, map[string]bool{"wasi:cli/environment@0.2.12#get-arguments": true}))
	for _, want := range []string{
		"| `wasi:cli/environment@0.2.12` | 1 of 3 | 1 of 3 | `get-environment` (missing), `get-arguments`, `initial-cwd` (missing) |",
		"| `wasi:cli/exit@0.2.12` | 0 of 2 | 0 of 2 |",
		"| `wasi:cli/run@0.2.12` | 1 of 1 | 0 of 1 | `run`° |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the table has no line %s:\n%s", want, got)
		}
	}
}

// fill puts tables between their markers, "<!-- table NAME -->" and
// "<!-- end -->".
func fill(t *testing.T, text string, tables map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	rest := text
	for {
		before, after, ok := strings.Cut(rest, "<!-- table ")
		b.WriteString(before)
		if !ok {
			break
		}
		name, after, ok1 := strings.Cut(after, " -->\n")
		_, after, ok2 := strings.Cut(after, "<!-- end -->")
		if content, ok := tables[name]; ok && ok1 && ok2 {
			fmt.Fprintf(&b, "<!-- table %s -->\n\n%s\n<!-- end -->", name, content)
			delete(tables, name)
		} else {
			t.Fatalf("docs/wasi.md: the marker of table %q is wrong", name)
		}
		rest = after
	}
	for name := range tables {
		t.Errorf("docs/wasi.md has no table %q", name)
	}
	return b.String()
}
