package wasi_test

// This file is programs with threads: those of the wasi-threads proposal where
// they are present, and ours.

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
)

// TestProposalThreads runs the test programs of WebAssembly/wasi-threads, whose
// folder test/testsuite is named by DRAY_WASI_THREADS, as often as
// DRAY_WASI_THREADS_COUNT says.
func TestProposalThreads(t *testing.T) {
	dir := os.Getenv("DRAY_WASI_THREADS")
	if dir == "" {
		t.Skip("SKIPPED: DRAY_WASI_THREADS does not name test/testsuite of a checkout of WebAssembly/wasi-threads")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.wa[ts]*"))
	if err != nil || len(files) < 14 {
		t.Fatalf("%d programs in %s, %v", len(files), dir, err)
	}
	count := 1
	if s := os.Getenv("DRAY_WASI_THREADS_COUNT"); s != "" {
		if err := json.Unmarshal([]byte(s), &count); err != nil {
			t.Fatal(err)
		}
	}
	rt := threadRuntime(t)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var want struct {
				ExitCode uint32 `json:"exit_code"`
			}
			if spec, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".json"); err == nil {
				if err := json.Unmarshal(spec, &want); err != nil {
					t.Fatal(err)
				}
			}
			m, err := rt.CompileFile(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			for range count {
				runThreads(t, m, wasi.Config{}, want.ExitCode)
			}
		})
	}
}

func threadRuntime(t testing.TB) *dray.Runtime {
	t.Helper()
	// Programs with threads can be stopped without being asked for.
	rt, err := dray.NewRuntime(dray.Config{NoCache: true, Uninterruptible: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close() })
	return rt
}

// runThreads runs a program whose standard input never comes.
func runThreads(t *testing.T, m *dray.Module, cfg wasi.Config, want uint32) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, w := io.Pipe()
	defer w.Close()
	if cfg.Stdin == nil {
		cfg.Stdin = r
	}
	exit, err := wasi.RunModule(ctx, m, cfg)
	if err != nil || exit != want {
		var trap *dray.Trap
		if errors.As(err, &trap) {
			t.Log(trap.Backtrace())
		}
		t.Fatalf("exit status %d, %v; want %d", exit, err, want)
	}
}
