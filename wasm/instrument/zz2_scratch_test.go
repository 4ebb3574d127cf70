package instrument

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

func TestScratchGo(t *testing.T) {
	m := decodeFile(t, "/tmp/wasm-core/gobench.wasm")
	ctx := context.Background()
	vs := strings.Split(os.Getenv("VARIANTS"), ",")
	res := map[string]map[string]int64{}
	var names []string
	for rep := 0; rep < 3; rep++ {
	for _, v := range append([]string{"plain"}, vs...) {
		mm := m
		if v != "plain" {
			variant = v
			var err error
			t0 := time.Now()
			mm, _, err = Interrupt(m, Options{})
			if rep == 0 { fmt.Println(v, "instrument", time.Since(t0)) }
			if err != nil {
				t.Fatal(err)
			}
		}
		bin, err := binary.Encode(mm)
		if err != nil {
			t.Fatal(err)
		}
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
		wasi_snapshot_preview1.MustInstantiate(ctx, r)
		ticks := 0
		r.NewHostModuleBuilder("dray").NewFunctionBuilder().WithFunc(func(context.Context) uint32 { ticks++; return DefaultBudget }).Export("tick").Instantiate(ctx)
		t0 := time.Now()
		c, err := r.CompileModule(ctx, bin)
		if err != nil {
			t.Fatal(err)
		}
		ct := time.Since(t0)
		var out bytes.Buffer
		t0 = time.Now()
		_, err = r.InstantiateModule(ctx, c, wazero.NewModuleConfig().WithStdout(&out).WithSysNanotime().WithSysWalltime())
		fmt.Println(v, len(bin), "compile", ct, "run", time.Since(t0), "ticks", ticks, err)
		for _, l := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			var n string
			var d int64
			fmt.Sscan(l, &n, &d)
			if res[n] == nil {
				res[n] = map[string]int64{}
				names = append(names, n)
			}
			if o, ok := res[n][v]; !ok || d < o { res[n][v] = d }
		}
		r.Close(ctx)
	}
	}
	for _, n := range names {
		s := fmt.Sprintf("%-8s %10d", n, res[n]["plain"])
		for _, v := range vs {
			s += fmt.Sprintf("  %s %.3f", v, float64(res[n][v])/float64(res[n]["plain"]))
		}
		fmt.Println(s)
	}
}
