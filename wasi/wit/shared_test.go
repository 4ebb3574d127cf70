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

// A definition is a package of this folder.
type definition struct {
	// dir is the folder below p2.
	dir string
	// name is the name of the package in WIT, without a version.
	name string
	// goName is the name of the Go package, where it is not that of the world.
	goName string
	// official tells whether it is one of the official definitions of 0.2.12.
	official bool
	// world is what the bindings are made of; "" is all interfaces.
	world string
}

// definitions are all packages. Where two have the same name, no other one
// uses them.
var definitions = []definition{
	{dir: "io", name: "wasi:io", official: true},
	{dir: "clocks", name: "wasi:clocks", official: true},
	{dir: "random", name: "wasi:random", official: true},
	{dir: "filesystem", name: "wasi:filesystem", official: true},
	{dir: "sockets", name: "wasi:sockets", official: true},
	{dir: "cli", name: "wasi:cli", official: true},
	{dir: "http", name: "wasi:http", official: true},
	{dir: "app", name: "dray:wasi", world: "app"},
	{dir: "config", name: "wasi:config"},
	{dir: "keyvalue", name: "wasi:keyvalue"},
	{dir: "keyvalue2", name: "wasi:keyvalue", goName: "keyvalue2"},
	{dir: "logging", name: "wasi:logging"},
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

// resolve is a package that is in a folder of root, with the official packages
// beside it.
func resolve(t testing.TB, root, dir string) *wit.Resolve {
	t.Helper()
	var deps []wit.Group
	for _, d := range definitions {
		if d.official && d.dir != dir {
			deps = append(deps, group(t, filepath.Join(root, d.dir)))
		}
	}
	r, err := wit.Link(wit.Options{AllFeatures: true}, group(t, filepath.Join(root, dir)), deps...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
