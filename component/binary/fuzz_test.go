// This file has the fuzz target and the benchmarks of the package.

package binary

import (
	"bytes"
	"os"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/google/go-cmp/cmp"
)

// addSeeds adds the components of the other tests, and those of the scripts
// where they are there.
func addSeeds(f *testing.F) {
	for _, tests := range [][]defTest{typeTests, coreTests, otherTests} {
		for _, tt := range tests {
			f.Add(append([]byte(magic+version), section1(f, tt.want.Section(), tt.in)...))
		}
	}
	for _, tt := range errorTests {
		f.Add(tt.data(f))
	}
	if hasShared() {
		for _, w := range wastBinaries(f) {
			f.Add(w.data)
		}
	}
}

// FuzzDecode checks that no input makes the decoder fail other than with an
// error, and that what it accepts survives being written and read again.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode(data)
		if err != nil {
			return
		}
		out, err := Encode(c)
		if err != nil {
			t.Fatalf("a decoded component cannot be encoded: %v", err)
		}
		if len(out) > len(data) {
			t.Fatalf("%d bytes became %d", len(data), len(out))
		}
		again, err := Decode(out)
		if err != nil {
			t.Fatalf("an encoded component cannot be decoded: %v", err)
		}
		if len(data) < 1<<10 {
			if diff := cmp.Diff(c, again, ignorePlaces); diff != "" {
				t.Fatalf("decoded again (-first +second):\n%s", diff)
			}
		}
		if third, err := Encode(again); err != nil || !bytes.Equal(third, out) {
			t.Fatalf("encoded again differs: %v", err)
		}
		if names, _ := ReadNames(c); names != nil {
			if _, err := EncodeNames(names); err != nil {
				t.Fatalf("names cannot be encoded: %v", err)
			}
		}
	})
}

// FuzzNames checks the decoder of name sections.
func FuzzNames(f *testing.F) {
	for _, tt := range nameTests {
		f.Add(unhex(f, tt.in))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		names, err := DecodeNames(data, 0)
		out, encErr := EncodeNames(names)
		if encErr != nil {
			t.Fatal(encErr)
		}
		again, againErr := DecodeNames(out, 0)
		if againErr != nil {
			t.Fatalf("encoded names cannot be decoded: %v (first: %v)", againErr, err)
		}
		if third, err := EncodeNames(again); err != nil || !bytes.Equal(third, out) {
			t.Fatalf("encoded again differs: %v", err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	data, err := os.ReadFile(realComponents(b)[0])
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	data, err := os.ReadFile(realComponents(b)[0])
	if err != nil {
		b.Fatal(err)
	}
	c, err := Decode(data)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(c); err != nil {
			b.Fatal(err)
		}
	}
}

// nestedComponents is n components, each inside of the one before, around
// some bytes.
func nestedComponents(n int, inner []byte) []byte {
	c := &component.Component{Defs: []component.Definition{&component.Custom{Name: "x", Data: inner}}}
	for range n - 1 {
		c = &component.Component{Defs: []component.Definition{c}}
	}
	out, err := Encode(c)
	if err != nil {
		panic(err)
	}
	return out
}

// BenchmarkDecodeNested decodes a megabyte inside of 100 components: the time
// per byte is that of a flat component.
func BenchmarkDecodeNested(b *testing.B) {
	data := nestedComponents(MaxNesting, make([]byte, 1<<20))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeTypes decodes many small definitions.
func BenchmarkDecodeTypes(b *testing.B) {
	c := &component.Component{}
	for range 100_000 {
		c.Defs = append(c.Defs, def(&component.ListType{Elem: u8}))
	}
	data, err := Encode(c)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
