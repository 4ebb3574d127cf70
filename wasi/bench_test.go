package wasi_test

// This file measures calls of wasi_snapshot_preview1 against wazero's own, with
// the same guest on the same engine. Run it with
//
//	go test -run=- -bench=P1 ./wasi
//
// One operation is one call by the guest.

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi"
)

const benchGuest = "../testdata/guests/bench.wasm"

// A bench is an instance of the guest under one of the two.
type bench func(b *testing.B, name string, args ...uint64)

var p1Runners = []struct {
	name string
	open func(*testing.B) bench
}{{"dray", openDray}, {"wazero", openWazero}}

func BenchmarkP1(b *testing.B) {
	if _, err := os.Stat(benchGuest); err != nil {
		b.Skip(err)
	}
	workloads := []struct {
		name string
		call string
		args []uint64
	}{
		{"fd_write/64B", "write", []uint64{1, 64}},
		{"fd_write/64KiB", "write", []uint64{1, 65536}},
		{"fd_pwrite/64B", "pwrite", []uint64{64}},
		{"fd_pwrite/64KiB", "pwrite", []uint64{65536}},
		{"fd_read/64B", "read", []uint64{64}},
		{"fd_read/64KiB", "read", []uint64{65536}},
		{"path_open+close", "openclose", nil},
		{"path_filestat_get", "stat", nil},
		{"clock_time_get", "clock", nil},
		{"random_get/64B", "random", []uint64{64}},
		{"sched_yield", "yield", nil},
	}
	for _, w := range workloads {
		for _, r := range p1Runners {
			b.Run(w.name+"/"+r.name, func(b *testing.B) {
				run := r.open(b)
				if w.call == "write" || w.call == "read" || w.call == "pwrite" {
					b.SetBytes(int64(w.args[len(w.args)-1]))
				}
				b.ReportAllocs()
				b.ResetTimer()
				run(b, w.call, append(w.args[:len(w.args):len(w.args)], uint64(b.N))...)
			})
		}
	}
}

func openDray(b *testing.B) bench {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{NoCache: true, Uninterruptible: true})
	check(b, err)
	mod, err := rt.CompileFile(ctx, benchGuest)
	check(b, err)
	dir, err := wasi.HostDir(b.TempDir(), "/", fs.ReadWrite)
	check(b, err)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	check(b, err)
	l := rt.NewModuleLinker()
	check(b, wasi.LinkModule(l))
	in, err := wasi.InstantiateModule(ctx, l, mod, wasi.Config{Args: []string{"bench"}, Dirs: []wasi.Dir{dir}, Stdout: null})
	check(b, err)
	b.Cleanup(func() { in.Close(); dir.FS.Close(); null.Close(); rt.Close() })
	call := func(b *testing.B, name string, args ...uint64) {
		f, err := in.Func(name)
		check(b, err)
		stack := append(args, 0)
		check(b, f.Call(ctx, stack))
		if stack[0] != 0 {
			b.Fatalf("%s: errno %d", name, stack[0])
		}
	}
	call(b, "prepare", 1<<20)
	return call
}

func openWazero(b *testing.B) bench {
	ctx := context.Background()
	rt := wazero.NewRuntime(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, rt)
	bin, err := os.ReadFile(filepath.FromSlash(benchGuest))
	check(b, err)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	check(b, err)
	in, err := rt.InstantiateWithConfig(ctx, bin, wazero.NewModuleConfig().WithStartFunctions().
		WithStdout(null).WithSysNanotime().WithSysWalltime().WithRandSource(rand.Reader).WithOsyield(runtime.Gosched).
		WithFSConfig(wazero.NewFSConfig().WithDirMount(b.TempDir(), "/")))
	check(b, err)
	b.Cleanup(func() { rt.Close(ctx); null.Close() })
	call := func(b *testing.B, name string, args ...uint64) {
		out, err := in.ExportedFunction(name).Call(ctx, args...)
		check(b, err)
		if out[0] != 0 {
			b.Fatalf("%s: errno %d", name, out[0])
		}
	}
	call(b, "prepare", 1<<20)
	return call
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
