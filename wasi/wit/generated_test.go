package wit_test

// This file keeps the bindings: TestGenerated makes them anew and compares. With
// -update it writes them.

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray/bindgen"
)

var update = flag.Bool("update", false, "write the bindings")

const goPath = "github.com/dray-wasm/dray/wasi/gen/p2/"

func TestGenerated(t *testing.T) {
	for _, d := range definitions {
		t.Run(d.dir, func(t *testing.T) {
			dir := filepath.Join("..", "gen", "p2", d.dir)
			want := generate(t, d)
			if *update {
				write(t, dir, want)
			}
			got := goFiles(t, dir)
			for name, data := range want {
				old, ok := got[name]
				switch {
				case !ok:
					t.Errorf("%s is missing; run the test with -update", filepath.Join(dir, name))
				case !bytes.Equal(old, data):
					t.Errorf("%s is not what is generated; run the test with -update:\n%s", filepath.Join(dir, name), cmp.Diff(string(old), string(data)))
				}
			}
			for name := range got {
				if _, ok := want[name]; !ok {
					t.Errorf("%s is not generated; run the test with -update", filepath.Join(dir, name))
				}
			}
		})
	}
}

// TestAllGenerated looks for bindings without definitions.
func TestAllGenerated(t *testing.T) {
	known := map[string]bool{}
	for _, d := range definitions {
		known[d.dir] = true
	}
	for _, root := range []string{"p2", filepath.Join("..", "gen", "p2")} {
		entries, err := os.ReadDir(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !known[e.Name()] {
				t.Errorf("%s is not in the list of definitions", filepath.Join(root, e.Name()))
			}
		}
	}
}

// generate makes the files of the bindings of a package, as "dray bindgen
// --all-features" with --interfaces or --world does.
func generate(t testing.TB, d definition) map[string][]byte {
	t.Helper()
	r := resolve(t, "p2", d.dir)
	w := bindgen.Interfaces(r)
	if d.world != "" {
		var err error
		if w, err = r.SelectWorld(d.world); err != nil {
			t.Fatal(err)
		}
	}
	files, err := bindgen.World(r, w, bindgen.Config{Package: d.goName, With: others(d)})
	if err != nil {
		t.Fatal(err)
	}
	m := map[string][]byte{}
	for _, f := range files {
		m[f.Name] = f.Data
	}
	return m
}

// others are the Go packages for the packages that come with one.
func others(d definition) map[string]string {
	m := map[string]string{}
	for _, o := range definitions {
		if o.official && o.dir != d.dir {
			m[o.name] = goPath + o.dir
		}
	}
	return m
}

// goFiles are the Go files in a folder.
func goFiles(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	m := map[string][]byte{}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		m[filepath.Base(p)] = data
	}
	return m
}

// write writes the bindings and removes files that are not theirs any more.
func write(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name := range goFiles(t, dir) {
		if _, ok := files[name]; !ok {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if old, err := os.ReadFile(filepath.Join(dir, name)); err == nil && bytes.Equal(old, files[name]) {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
