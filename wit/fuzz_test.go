package wit_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/reference"
	"github.com/dray-wasm/dray/wit"
)

// FuzzParse checks that a text is refused with an error that has a place, or
// that printing and parsing give the same again.
func FuzzParse(f *testing.F) {
	patterns := []string{"testdata/*.wit", "testdata/everything/*.wit", "testdata/everything/deps/*.wit"}
	if dir, ok := reference.Find("wit"); ok {
		patterns = append(patterns, filepath.Join(dir, "*", "*", "*.wit"))
	}
	for _, p := range patterns {
		files, _ := filepath.Glob(p)
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte("package a:b@1.0.0;\n/** d */ @unstable(feature = x) world w { include c:d/e with { a as b } @external-id(\"\\u{9}\") import x: func(); } package c:d { world e { import a: interface {} } }"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := wit.Parse("a.wit", data, wit.Options{AllFeatures: true})
		if err != nil {
			if e, ok := err.(*diag.Error); !ok || e.Code == "" || e.Msg == "" {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		roundTrip(t, r)
		wit.Parse("a.wit", data, wit.Options{})
	})
}
