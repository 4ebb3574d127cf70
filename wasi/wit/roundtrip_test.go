package wit_test

// This file takes the definitions through the forms that they have: text, JSON
// and the binary format.

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wit"
	"github.com/dray-wasm/dray/wit/encode"
)

func TestRoundTrip(t *testing.T) {
	for _, d := range definitions {
		t.Run(filepath.ToSlash(d.path()), func(t *testing.T) {
			r := d.resolve(t)
			throughText(t, r)
			throughBinary(t, r)
		})
	}
}

// TestGenerations has programs that are of several generations at once, as those
// of Rust for 0.3 are.
func TestGenerations(t *testing.T) {
	for _, tt := range []struct {
		src              string
		imports, exports int
	}{
		{"include wasi:cli/command@0.2.12; include wasi:cli/command@0.3.0;", 28 + 22, 2},
		{"include wasi:http/proxy@0.2.12; include wasi:http/service@0.3.0;", 11 + 13, 2},
		{"include wasi:cli/command@0.3.0; include wasi:http/middleware@0.3.0; import wasi:cli/exit@0.2.12;", 22 + 3 + 1, 2},
		{"import wasi:cli/stdout@0.3.0; import wasi:cli/stdout@0.2.12; export wasi:cli/run@0.3.0;", 2 + 4, 1},
	} {
		t.Run(tt.src, func(t *testing.T) {
			var deps []wit.Group
			for _, d := range definitions {
				if d.official {
					deps = append(deps, group(t, d.path()))
				}
			}
			src := "package test:both;\nworld both { " + tt.src + " }"
			r := link(t, wit.Group{{Name: "both.wit", Data: []byte(src)}}, deps...)
			w := r.Root.Worlds[0]
			if len(w.Imports) != tt.imports || len(w.Exports) != tt.exports {
				t.Errorf("there are %d imports and %d exports, want %d and %d", len(w.Imports), len(w.Exports), tt.imports, tt.exports)
			}
			throughText(t, r)
			throughBinary(t, r)
		})
	}
}

// throughText checks that what is printed of r is r.
func throughText(t *testing.T, r *wit.Resolve) {
	t.Helper()
	text := print(t, r, wit.PrintOptions{})
	again, err := wit.Parse("printed.wit", []byte(text), wit.Options{AllFeatures: true})
	if err != nil {
		t.Fatalf("the text does not parse: %v\n%s", err, text)
	}
	if diff := cmp.Diff(text, print(t, again, wit.PrintOptions{})); diff != "" {
		t.Errorf("parsed and printed, the text is another:\n%s", diff)
	}
	var json [2]string
	for i, r := range []*wit.Resolve{r, again} {
		data, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		json[i] = string(data)
	}
	if diff := cmp.Diff(json[0], json[1]); diff != "" {
		t.Errorf("the text gives something else:\n%s", diff)
	}
}

// throughBinary checks that what is encoded of r is valid, and is the root
// package of r.
func throughBinary(t *testing.T, r *wit.Resolve) {
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
		t.Fatalf("the binary is not valid: %v", err)
	}
	again, err := encode.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	root := wit.PrintOptions{RootOnly: true}
	if diff := cmp.Diff(print(t, r, root), print(t, again, root)); diff != "" {
		t.Errorf("encoded and decoded, the package is another:\n%s", diff)
	}
	if twice, err := encode.Encode(again); err != nil || !bytes.Equal(twice, data) {
		t.Errorf("decoded and encoded, the binary is another, of %d bytes for %d: %v", len(twice), len(data), err)
	}
	for _, w := range again.Root.Worlds {
		asComponent(t, w)
	}
}

// asComponent checks that the type of the components of a world is valid.
func asComponent(t *testing.T, w *wit.World) {
	t.Helper()
	typ, err := encode.World(w)
	if err != nil {
		t.Fatal(err)
	}
	c := &component.Component{Defs: []component.Definition{&component.TypeDef{Type: typ}}}
	if _, err := valid.Component(c, component.AllFeatures, wasm.AllFeatures); err != nil {
		t.Errorf("the type of %s is not valid: %v", w.Name, err)
	}
}

// print is a Resolve as text.
func print(t *testing.T, r *wit.Resolve, o wit.PrintOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := wit.Print(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
