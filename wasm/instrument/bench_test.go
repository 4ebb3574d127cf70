// This file measures what checks cost, in wazero's compiler.

package instrument

import (
	"context"
	"os"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

func decodeFile(t testing.TB, path string) *wasm.Module {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := binary.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// BenchmarkChecks runs the programs of testdata/bench.c as they are and with
// checks.
func BenchmarkChecks(b *testing.B) {
	m := decodeFile(b, "testdata/bench.wasm")
	with, _, err := Interrupt(m, Options{})
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	for _, bench := range []struct {
		name string
		size uint64
	}{{"matmul", 4}, {"sieve", 4}, {"fib", 22}, {"sort", 1}, {"hash", 400}, {"pack", 4}, {"calls", 50_000}} {
		for _, form := range []struct {
			name string
			m    *wasm.Module
		}{{"plain", m}, {"checked", with}} {
			b.Run(bench.name+"/"+form.name, func(b *testing.B) {
				r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
				defer r.Close(ctx)
				f := instantiate(b, r, form.m).ExportedFunction(bench.name)
				stack := []uint64{0}
				b.ReportAllocs()
				for b.Loop() {
					stack[0] = bench.size
					if err := f.CallWithStack(ctx, stack); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// instantiate makes an instance of a module with a tick that always goes on.
func instantiate(t testing.TB, r wazero.Runtime, m *wasm.Module) api.Module {
	t.Helper()
	ctx := context.Background()
	tick := func(context.Context) uint32 { return DefaultBudget }
	if _, err := r.NewHostModuleBuilder(DefaultModule).NewFunctionBuilder().WithFunc(tick).Export(DefaultName).Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	bin, err := binary.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := r.Instantiate(ctx, bin)
	if err != nil {
		t.Fatal(err)
	}
	return mod
}
