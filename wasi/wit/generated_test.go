package wit_test

// This file keeps the bindings: TestGenerated makes them anew and compares. With
// -update it writes them.

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray/bindgen"
)

var update = flag.Bool("update", false, "write the bindings")

const (
	genDir = "../gen"
	goPath = "github.com/dray-wasm/dray/wasi/gen/"
)

func TestGenerated(t *testing.T) {
	for _, d := range definitions {
		t.Run(filepath.ToSlash(d.path()), func(t *testing.T) {
			needBindings(t, d.of)
			dir := filepath.Join(genDir, d.path())
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
		known[d.path()] = true
	}
	for _, g := range generations {
		t.Run(g.name, func(t *testing.T) {
			listed(t, ".", g, known)
			needBindings(t, g)
			listed(t, genDir, g, known)
		})
	}
}

// listed checks that what is in the folder of a generation, in root, is known.
func listed(t *testing.T, root string, g *generation, known map[string]bool) {
	entries, err := os.ReadDir(filepath.Join(root, g.name))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if path := filepath.Join(g.name, e.Name()); !known[path] {
			t.Errorf("%s is not in the list of definitions", filepath.Join(root, path))
		}
	}
}

// needBindings skips a test where a generation has no bindings at all, not even
// their folder: with a folder that is empty all of them are missing.
func needBindings(t *testing.T, g *generation) {
	t.Helper()
	dir := filepath.Join(genDir, g.name)
	if _, err := os.Stat(dir); g == p3 && errors.Is(err, fs.ErrNotExist) {
		t.Skipf("NO BINDINGS OF %s: there is no directory %s; make it, and run the test with -update", g.name, dir)
	}
}

// generate makes the files of the bindings of a package, as "dray bindgen
// --all-features" with --interfaces or --world does.
func generate(t testing.TB, d definition) map[string][]byte {
	t.Helper()
	r := d.resolve(t)
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
		if o.official && o.of == d.of && o.dir != d.dir {
			m[o.name] = goPath + path.Join(o.of.name, o.dir)
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
