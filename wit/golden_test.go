package wit_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/wit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

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
		t.Errorf("printed, parsed and printed, it is another: %s", difference(got, src))
	}
	if got, want := json(t, again), json(t, r); got != want {
		t.Errorf("the printed text gives another Resolve: %s", difference(got, want))
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

// golden compares with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another (-update rewrites it): %s", file, difference(got, string(want)))
	}
}

func TestEverything(t *testing.T) {
	dir := os.DirFS("testdata/everything")
	all, err := wit.ParseDir(dir, ".", wit.Options{AllFeatures: true})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "everything.all.wit", text(t, all))
	golden(t, "everything.all.json", json(t, all))
	roundTrip(t, all)
	some, err := wit.ParseDir(dir, ".", wit.Options{Features: []string{"new-thing"}})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "everything.some.wit", text(t, some))
	roundTrip(t, some)
}

// TestOrder checks the order of the lists of a Resolve.
func TestOrder(t *testing.T) {
	r, err := wit.ParseDir(os.DirFS("testdata"), "everything", wit.Options{AllFeatures: true})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	for _, td := range r.Types {
		if a, ok := td.Kind.(*wit.Alias); ok && a.Of.Name != "" && !seen[a.Of] {
			t.Errorf("type %s comes before %s", td.Name, a.Of.Name)
		}
		seen[td] = true
	}
	for _, i := range r.Interfaces {
		for _, td := range i.Types {
			if from, ok := td.Used(); ok && !seen[from.Interface] {
				t.Errorf("interface %s comes before %s", i.ExternName(), from.Interface.ExternName())
			}
		}
		seen[i] = true
	}
	var names []string
	for _, p := range r.Packages {
		names = append(names, p.Name.String())
	}
	if got, want := strings.Join(names, " "), "dep:clocks@0.2.0 dep:single wasm:fn@2.0.0 test:everything@1.2.0-rc.1 nested:pkg"; got != want {
		t.Errorf("packages are %s, want %s", got, want)
	}
	if r.Root.Name.String() != "test:everything@1.2.0-rc.1" {
		t.Errorf("root is %s", r.Root.Name)
	}
}

func TestPrintOptions(t *testing.T) {
	r, err := wit.Parse("a.wit", []byte("/// D.\npackage a:b;\n/// D.\ninterface i {\n/// D.\nrecord r { /// D.\na: u8 } }\npackage c:d {}"), wit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := wit.Print(&b, r, wit.PrintOptions{NoDocs: true, RootOnly: true}); err != nil {
		t.Fatal(err)
	}
	if want := "package a:b;\n\ninterface i {\n  record r {\n    a: u8,\n  }\n}\n"; b.String() != want {
		t.Errorf("printed %q, want %q", b.String(), want)
	}
}
