// Package wit_test checks the definitions of WASI in this folder, and keeps the
// bindings in ../gen, which are generated of them.
package wit_test

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/dray-wasm/dray/wit"
)

// A generation is one of WASI. Its definitions are in a folder of its name, and
// those of others are not used by them.
type generation struct {
	// name is the folder here, and that of the bindings in ../gen.
	name string
	// official is where the official definitions are in the reference data.
	official string
	// counts are those of the official definitions.
	counts counts
}

// counts are how many items definitions have; async are those of funcs that
// are.
type counts struct{ interfaces, resources, funcs, async int }

var (
	p2 = &generation{name: "p2", official: "wit/0.2.12", counts: counts{32, 25, 181, 0}}
	p3 = &generation{name: "p3", official: "wit/0.3.0", counts: counts{26, 9, 130, 30}}

	generations = []*generation{p2, p3}
)

// A definition is a package of this folder.
type definition struct {
	of *generation
	// dir is the folder below that of the generation.
	dir string
	// name is the name of the package in WIT, without a version.
	name string
	// goName is the name of the Go package, where it is not that of the world.
	goName string
	// official tells whether it is one of the official definitions.
	official bool
	// world is what the bindings are made of; "" is all interfaces.
	world string
}

// definitions are all packages. Where two of a generation have the same name,
// no other one uses them.
var definitions = []definition{
	{of: p2, dir: "io", name: "wasi:io", official: true},
	{of: p2, dir: "clocks", name: "wasi:clocks", official: true},
	{of: p2, dir: "random", name: "wasi:random", official: true},
	{of: p2, dir: "filesystem", name: "wasi:filesystem", official: true},
	{of: p2, dir: "sockets", name: "wasi:sockets", official: true},
	{of: p2, dir: "cli", name: "wasi:cli", official: true},
	{of: p2, dir: "http", name: "wasi:http", official: true},
	{of: p2, dir: "app", name: "dray:wasi", world: "app"},
	{of: p2, dir: "config", name: "wasi:config"},
	{of: p2, dir: "keyvalue", name: "wasi:keyvalue"},
	{of: p2, dir: "keyvalue2", name: "wasi:keyvalue", goName: "keyvalue2"},
	{of: p2, dir: "logging", name: "wasi:logging"},

	{of: p3, dir: "clocks", name: "wasi:clocks", official: true},
	{of: p3, dir: "random", name: "wasi:random", official: true},
	{of: p3, dir: "filesystem", name: "wasi:filesystem", official: true},
	{of: p3, dir: "sockets", name: "wasi:sockets", official: true},
	{of: p3, dir: "cli", name: "wasi:cli", official: true},
	{of: p3, dir: "http", name: "wasi:http", official: true},
	{of: p3, dir: "app", name: "dray:wasi", world: "app"},
}

// path is the folder of the definition, and that of its bindings below ../gen.
func (d definition) path() string {
	return filepath.Join(d.of.name, d.dir)
}

// resolve is the package, with the official ones of its generation beside it.
func (d definition) resolve(t testing.TB) *wit.Resolve {
	t.Helper()
	return d.resolveIn(t, d.of.name)
}

// resolveIn is resolve, where the packages are in folders of root.
func (d definition) resolveIn(t testing.TB, root string) *wit.Resolve {
	t.Helper()
	var deps []wit.Group
	for _, o := range definitions {
		if o.official && o.of == d.of && o.dir != d.dir {
			deps = append(deps, group(t, filepath.Join(root, o.dir)))
		}
	}
	return link(t, group(t, filepath.Join(root, d.dir)), deps...)
}

func link(t testing.TB, root wit.Group, deps ...wit.Group) *wit.Resolve {
	t.Helper()
	r, err := wit.Link(wit.Options{AllFeatures: true}, root, deps...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// group is the files of a package, which are in a folder.
func group(t testing.TB, dir string) wit.Group {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.wit"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no files *.wit in %s: %v", dir, err)
	}
	var g wit.Group
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		g = append(g, wit.Source{Name: path.Join(filepath.Base(dir), filepath.Base(f)), Data: data})
	}
	return g
}
