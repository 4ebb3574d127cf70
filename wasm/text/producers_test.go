package text

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

func TestProducers(t *testing.T) {
	s, err := Parse([]byte(`(module
		(@producers (language "Rust" "2021") (processed-by "rustc" "1.97")
			(language "C" "") (processed-by "clang" "22")))`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := binary.ReadProducers(s.Module)
	if err != nil {
		t.Fatal(err)
	}
	want := wasm.Producers{
		{Name: "language", Values: []wasm.ProducersValue{{Name: "Rust", Version: "2021"}, {Name: "C"}}},
		{Name: "processed-by", Values: []wasm.ProducersValue{{Name: "rustc", Version: "1.97"}, {Name: "clang", Version: "22"}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestProducersErrors(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`(module (@producers "x"))`, `unexpected token "x"`},
		{`(module (@producers ("x" "y")))`, "expected a field"},
		{`(module (@producers (language "x")))`, "expected two strings"},
		{`(module (@producers (language "x" "y" "z")))`, "unexpected token"},
		{`(module (@producers (language "\ff" "y")))`, "malformed UTF-8"},
		{`(module (@producers (language "x" "y"))`, "unexpected token"},
	} {
		_, err := Parse([]byte(tt.src))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.src, err, tt.want)
		}
	}
}
