// This file reads the official definitions of WASI.

package wit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/internal/reference"
	"github.com/dray-wasm/dray/wit"
)

// official are the packages of each version of the official definitions.
var official = map[string][]string{
	"0.2.12": {"cli", "clocks", "filesystem", "http", "io", "random", "sockets"},
	"0.3.0":  {"cli", "clocks", "filesystem", "http", "random", "sockets"},
}

// officialGroup is the files of an official package.
func officialGroup(t testing.TB, dir, pkg string) wit.Group {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pkg, "*.wit"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s/%s: %v", dir, pkg, err)
	}
	var g wit.Group
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		g = append(g, wit.Source{Name: filepath.Base(f), Data: data})
	}
	return g
}

// officialResolve is an official package, with all others beside it.
func officialResolve(t testing.TB, version, root string) *wit.Resolve {
	t.Helper()
	dir := reference.Dir(t, "wit/"+version)
	var deps []wit.Group
	for _, pkg := range official[version] {
		if pkg != root {
			deps = append(deps, officialGroup(t, dir, pkg))
		}
	}
	r, err := wit.Link(wit.Options{AllFeatures: true}, officialGroup(t, dir, root), deps...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// text is a Resolve as WIT.
func text(t testing.TB, r *wit.Resolve) string {
	t.Helper()
	var b bytes.Buffer
	if err := wit.Print(&b, r, wit.PrintOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// json is a Resolve as JSON.
func json(t testing.TB, r *wit.Resolve) string {
	t.Helper()
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// roundTrip checks that the text of a Resolve gives it back.
func roundTrip(t testing.TB, r *wit.Resolve) {
	t.Helper()
	src := text(t, r)
	again, err := wit.Parse("printed.wit", []byte(src), wit.Options{AllFeatures: true})
	if err != nil {
		t.Fatalf("the printed text does not parse: %v\n%s", err, src)
	}
	if got := text(t, again); got != src {
		t.Errorf("printed text parsed and printed:\n%s\nbut it was:\n%s", got, src)
	}
	if got, want := json(t, again), json(t, r); got != want {
		t.Errorf("printed text gives another Resolve: %s", difference(got, want))
	}
}

// difference is the first lines in which two texts differ.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			from := max(0, i-8)
			return fmt.Sprintf("line %d:\n%s\nwant:\n%s", i+1, strings.Join(g[from:min(len(g), i+4)], "\n"), strings.Join(w[from:min(len(w), i+4)], "\n"))
		}
	}
	return "one is longer"
}

func TestOfficial(t *testing.T) {
	for version, packages := range official {
		interfaces, resources, funcs, async := 0, 0, 0, 0
		for _, pkg := range packages {
			r := officialResolve(t, version, pkg)
			roundTrip(t, r)
			for _, i := range r.Root.Interfaces {
				interfaces++
				for _, td := range i.Types {
					if _, ok := td.Kind.(*wit.Resource); ok {
						resources++
					}
				}
				for f := range i.AllFuncs() {
					funcs++
					if f.Async {
						async++
					}
				}
			}
		}
		t.Logf("WASI %s: %d interfaces, %d resources, %d functions, %d of them async", version, interfaces, resources, funcs, async)
		want := map[string][4]int{"0.2.12": {32, 25, 181, 0}, "0.3.0": {26, 9, 130, 30}}[version]
		if got := [4]int{interfaces, resources, funcs, async}; got != want {
			t.Errorf("WASI %s has interfaces, resources, functions, async functions %v; want %v", version, got, want)
		}
	}
}
