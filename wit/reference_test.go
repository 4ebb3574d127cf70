// This file reads the official definitions of WASI.

package wit_test

import (
	"os"
	"path/filepath"
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
