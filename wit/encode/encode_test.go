package encode_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/internal/reference"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wit"
	"github.com/dray-wasm/dray/wit/encode"
)

// rootText is the root package of a Resolve as WIT.
func rootText(t testing.TB, r *wit.Resolve) string {
	t.Helper()
	var b bytes.Buffer
	if err := wit.Print(&b, r, wit.PrintOptions{RootOnly: true}); err != nil {
		t.Fatal(err)
	}
	return b.String()
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

// roundTrip encodes a package, validates it and decodes it.
func roundTrip(t testing.TB, r *wit.Resolve) *wit.Resolve {
	t.Helper()
	data, err := encode.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	c, err := binary.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := valid.Component(c, component.AllFeatures, wasm.AllFeatures); err != nil {
		t.Fatalf("the encoded package is not valid: %v", err)
	}
	again, err := encode.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rootText(t, again), rootText(t, r); got != want {
		t.Errorf("encoded and decoded, %s is another: %s", r.Root.Name, difference(got, want))
	}
	twice, err := encode.Encode(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, twice) {
		t.Errorf("%s decoded and encoded has other bytes: %d, not %d", r.Root.Name, len(twice), len(data))
	}
	return again
}

// officialResolve is an official package, with all others of the version
// beside it.
func officialResolve(t testing.TB, dir, root string) *wit.Resolve {
	t.Helper()
	var rootGroup wit.Group
	var deps []wit.Group
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		files, _ := filepath.Glob(filepath.Join(dir, e.Name(), "*.wit"))
		var g wit.Group
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			g = append(g, wit.Source{Name: f, Data: data})
		}
		if e.Name() == root {
			rootGroup = g
		} else {
			deps = append(deps, g)
		}
	}
	r, err := wit.Link(wit.Options{AllFeatures: true}, rootGroup, deps...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// everything is the package that uses every construct.
func everything(t testing.TB) *wit.Resolve {
	t.Helper()
	r, err := encode.Load(os.DirFS("../testdata"), "everything", wit.Options{AllFeatures: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEverything(t *testing.T) {
	r := everything(t)
	roundTrip(t, r)
	for _, p := range r.Packages {
		x, err := wit.Assemble(p, r.Packages)
		if err != nil {
			t.Fatal(err)
		}
		roundTrip(t, x)
	}
}

// TestComponents decodes the components of the repository: what is printed
// parses and gives the same.
func TestComponents(t *testing.T) {
	var files []string
	for _, p := range []string{"../../component/testdata/*.wasm", "../../testdata/components/*.wasm"} {
		found, _ := filepath.Glob(p)
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Fatal("no components")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := encode.Decode(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		reparse(t, r)
	}
}

// reparse checks that the text of a Resolve gives it back.
func reparse(t testing.TB, r *wit.Resolve) {
	t.Helper()
	var b bytes.Buffer
	if err := wit.Print(&b, r, wit.PrintOptions{}); err != nil {
		t.Fatal(err)
	}
	again, err := wit.Parse("printed.wit", b.Bytes(), wit.Options{AllFeatures: true})
	if err != nil {
		t.Fatalf("the printed text does not parse: %v\n%s", err, b.String())
	}
	want, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	got, err := again.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the printed text gives another Resolve: %s", difference(string(got), string(want)))
	}
}

func TestOfficial(t *testing.T) {
	for _, version := range []string{"0.2.12", "0.3.0"} {
		dir := reference.Dir(t, "wit/"+version)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			t.Run(version+"/"+e.Name(), func(t *testing.T) {
				r := officialResolve(t, dir, e.Name())
				again := roundTrip(t, r)
				for _, w := range again.Root.Worlds {
					if _, err := encode.World(w); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}
