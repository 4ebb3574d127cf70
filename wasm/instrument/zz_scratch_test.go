package instrument

import (
	"context"
	"fmt"
	"testing"
	"time"
	"os"
	"strings"

	"github.com/dray-wasm/dray/wasm"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

func TestScratchVariants(t *testing.T) {
	m := decodeFile(t, "testdata/bench.wasm")
	ctx := context.Background()
	vs := strings.Split(os.Getenv("VARIANTS"), ",")
	type cell struct{ f api.Function; min time.Duration }
	benches := []struct{ name string; size uint64 }{{"matmul", 1}, {"sieve", 1}, {"fib", 18}, {"sort", 1}, {"hash", 100}, {"pack", 2}, {"calls", 20_000}}
	cells := map[string]*cell{}
	for _, v := range append([]string{"plain"}, vs...) {
		mm := m
		if v != "plain" {
			variant = v
			var err error
			mm, _, err = Interrupt(m, Options{})
			if err != nil { t.Fatal(err) }
		}
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
		defer r.Close(ctx)
		mod := instantiate(t, r, mm)
		for _, b := range benches { cells[b.name+v] = &cell{mod.ExportedFunction(b.name), time.Hour} }
	}
	st := []uint64{0}
	for i := 0; i < 250; i++ {
		for _, b := range benches {
			for _, v := range append([]string{"plain"}, vs...) {
				c := cells[b.name+v]
				st[0] = b.size
				t0 := time.Now()
				c.f.CallWithStack(ctx, st)
				if d := time.Since(t0); d < c.min { c.min = d }
			}
		}
	}
	for _, b := range benches {
		p := cells[b.name+"plain"].min
		s := fmt.Sprintf("%-8s %10v", b.name, p)
		for _, v := range vs { s += fmt.Sprintf("  %s %.3f", v, float64(cells[b.name+v].min)/float64(p)) }
		fmt.Println(s)
	}
	_ = wasm.I32
}
