// This file validates the committed guests, and measures how fast.

package valid_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/valid"
)

const guests = "../../testdata/guests"

func TestGuests(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(guests, "*.wasm"))
	if len(files) == 0 {
		t.Fatal("no guests found")
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, err := binary.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if err := valid.Module(m, wasm.Standard.With(wasm.FeatureThreads)); err != nil {
				t.Error(err)
			}
		})
	}
}

// BenchmarkModule measures decoding and validation together, on one goroutine
// and on as many as there are processors. DRAY_BENCH_WASM names another module.
func BenchmarkModule(b *testing.B) {
	path := os.Getenv("DRAY_BENCH_WASM")
	if path == "" {
		path = filepath.Join(guests, "hello-go.wasm")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	for _, procs := range []int{1, runtime.NumCPU()} {
		b.Run("procs="+strconv.Itoa(procs), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				m, err := binary.Decode(data)
				if err != nil {
					b.Fatal(err)
				}
				if err := valid.Module(m, wasm.AllFeatures); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecode is the part of BenchmarkModule that is not validation.
func BenchmarkDecode(b *testing.B) {
	data, err := os.ReadFile(filepath.Join(guests, "hello-go.wasm"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := binary.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
