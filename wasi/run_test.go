package wasi_test

import (
	"errors"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/dray-wasm/dray/wasi"
)

// TestCommandIsNotInitialized: _initialize is for reactors; a command that
// exports it, too, is just started.
func TestCommandIsNotInitialized(t *testing.T) {
	rt := newRuntime(t)
	// (module (func unreachable) (func)
	//   (export "_initialize" (func 0)) (export "_start" (func 1)))
	mod, err := rt.Compile(t.Context(), []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x03\x02\x00\x00"+
		"\x07\x18\x02\x0b_initialize\x00\x00\x06_start\x00\x01\x0a\x08\x02\x03\x00\x00\x0b\x02\x00\x0b"))
	check(t, err)
	if code, err := wasi.RunModule(t.Context(), mod, wasi.Config{}); code != 0 || err != nil {
		t.Errorf("exit %d, %v", code, err)
	}
}

func TestNotCommands(t *testing.T) {
	rt := newRuntime(t)
	mod, err := rt.CompileFile(t.Context(), filepath.Join(guestDir, "reactor-c.wasm"))
	check(t, err)
	var not *wasi.CommandError
	if _, err := wasi.RunModule(t.Context(), mod, wasi.Config{}); !errors.As(err, &not) {
		t.Errorf("a reactor was run: %v", err)
	}
}

// TestRunLeavesNothing: a thousand runs cost no memory that stays.
func TestRunLeavesNothing(t *testing.T) {
	rt := newRuntime(t)
	mod, err := rt.CompileFile(t.Context(), filepath.Join(guestDir, "hello-c.wasm"))
	check(t, err)
	heap := func(runs int) uint64 {
		for range runs {
			_, err := wasi.RunModule(t.Context(), mod, wasi.Config{Args: []string{"hello"}})
			check(t, err)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap(10)
	if after := heap(1000); after > before+1<<20 {
		t.Errorf("1,000 runs left %d bytes", after-before)
	}
}
