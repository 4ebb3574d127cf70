package instrument

import (
	"runtime"
	"syscall"
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


func cpu() time.Duration {
	var ru syscall.Rusage
	syscall.Getrusage(1, &ru)
	return time.Duration(ru.Utime.Nano())
}

func TestScratchGo(t *testing.T) {
	runtime.LockOSThread()
	m := decodeFile(t, "/tmp/wasm-core/gobench.wasm")
	ctx := context.Background()
	vs := append([]string{"plain"}, strings.Split(os.Getenv("VARIANTS"), ",")...)
	var rs []wazero.Runtime
	var cs []wazero.CompiledModule
	for _, v := range vs {
		mm := m
		if v != "plain" {
			variant = v
			var err error
			mm, _, err = Interrupt(m, Options{})
			if err != nil { t.Fatal(err) }
		}
		bin, _ := binary.Encode(mm)
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
		wasi_snapshot_preview1.MustInstantiate(ctx, r)
		r.NewHostModuleBuilder("dray").NewFunctionBuilder().WithFunc(func(context.Context) uint32 { return DefaultBudget }).Export("tick").Instantiate(ctx)
		c, err := r.CompileModule(ctx, bin)
		if err != nil { t.Fatal(err) }
		rs = append(rs, r); cs = append(cs, c)
	}
	for _, name := range []string{"sha256", "json", "regexp", "sort", "map", "flate"} {
		best := map[string]time.Duration{}
		for rep := 0; rep < 9; rep++ {
			for i, v := range vs {
				var out bytes.Buffer
				t0 := cpu()
				rs[i].InstantiateModule(ctx, cs[i], wazero.NewModuleConfig().WithName("").WithArgs("x", name).WithStdout(&out).WithSysNanotime().WithSysWalltime())
				d := cpu()-t0
				if o, ok := best[v]; !ok || d < o { best[v] = d }
			}
		}
		s := fmt.Sprintf("%-8s %10v", name, best["plain"])
		for _, v := range vs[1:] { s += fmt.Sprintf("  %s %.3f", v, float64(best[v])/float64(best["plain"])) }
		fmt.Println(s)
	}
}
