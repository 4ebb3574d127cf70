package bindgen

// This file makes bindings and compares them with those that are committed,
// which tests there run.

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/wit"
	"github.com/dray-wasm/dray/wit/encode"
)

var update = flag.Bool("update", false, "write the bindings")

const (
	components = "../testdata/components"
	bindings   = "../examples/bindings"
)

// made are the bindings: a folder of the same name has those of a world.
var made = []struct{ pkg, dir, path, world string }{
	{"adder", components, "wit", "adder"},
	{"caller", components, "wit", "caller"},
	{"consumer", components, "wit", "consumer"},
	{"registry", components, "wit", "registry"},
	{"resources", components, "wit", "resources"},
	{"traps", components, "wit", "traps"},
	{"types", components, "wit", "types"},
	{"everything", bindings + "/testdata", "everything.wit", ""},
	{"streams", bindings + "/testdata", "streams.wit", ""},
	{"flows", bindings + "/testdata", "flows.wit", ""},
}

func TestUpToDate(t *testing.T) {
	for _, m := range made {
		t.Run(m.pkg, func(t *testing.T) {
			r, err := encode.Load(os.DirFS(m.dir), m.path, wit.Options{})
			if err != nil {
				t.Fatal(err)
			}
			w, err := Select(r, m.world)
			if err != nil {
				t.Fatal(err)
			}
			files, err := World(r, w, Config{Package: m.pkg})
			if err != nil {
				t.Fatal(err)
			}
			have := map[string]bool{}
			if *update {
				if err := os.MkdirAll(filepath.Join(bindings, m.pkg), 0o777); err != nil {
					t.Fatal(err)
				}
			}
			for _, f := range files {
				have[f.Name] = true
				path := filepath.Join(bindings, m.pkg, f.Name)
				if *update {
					if err := os.WriteFile(path, f.Data, 0o666); err != nil {
						t.Fatal(err)
					}
				}
				if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, f.Data) {
					t.Errorf("%s is not up to date: run go test -update", path)
				}
			}
			names, err := filepath.Glob(filepath.Join(bindings, m.pkg, "*.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range names {
				if !have[filepath.Base(path)] && !strings.HasSuffix(path, "_test.go") {
					t.Errorf("%s is not made any more: remove it", path)
				}
			}
		})
	}
}
