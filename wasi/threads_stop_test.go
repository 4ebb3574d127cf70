package wasi_test

// This file stops guests that do not end by themselves. How long it takes is
// told, not judged.

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
)

var errStopped = errors.New("stopped by the test")

// stopping are the exports of wat/stop.wat.
var stopping = []string{"empty", "calls", "indirect", "table", "mutual", "fill", "tree", "wait", "wait64", "waits", "sleep", "read"}

// TestStop cancels a call of each.
func TestStop(t *testing.T) {
	rt := threadRuntime(t)
	m := compileThreads(t, rt, "wat/stop.wat")
	l := rt.NewModuleLinker()
	check(t, wasi.LinkModule(l))
	before := measure(t)
	for _, name := range stopping {
		t.Run(name, func(t *testing.T) {
			r, w := io.Pipe()
			in, err := wasi.InstantiateModule(t.Context(), l, m, wasi.Config{Stdin: r})
			check(t, err)
			f, err := in.Func(name)
			check(t, err)
			var took []time.Duration
			for range 5 {
				// In the middle of it: nothing else tells.
				running := time.After(20 * time.Millisecond)
				took = append(took, stop(t, running, func(ctx context.Context) error { return f.Call(ctx, nil) }))
			}
			t.Logf("ended after %v, at worst %v", slices.Min(took), slices.Max(took))
			// The instance is not harmed.
			leaf, err := in.Func("leaf")
			check(t, err)
			check(t, leaf.Call(t.Context(), nil))
			check(t, in.Close())
			w.Close()
		})
	}
	before.settle(t)
}

// TestStopThreads cancels programs with threads that spin, wait, sleep and read.
func TestStopThreads(t *testing.T) {
	m := compileThreads(t, threadRuntime(t), "threads.wasm")
	before := measure(t)
	for _, arg := range []string{"spin", "stay"} {
		t.Run(arg, func(t *testing.T) {
			var took []time.Duration
			for range 3 {
				running := make(speaks, 1)
				took = append(took, stop(t, running, func(ctx context.Context) error {
					r, w := io.Pipe()
					defer w.Close()
					_, err := wasi.RunModule(ctx, m, wasi.Config{Args: []string{"threads", arg}, Stdin: r, Stdout: running})
					return err
				}))
			}
			t.Logf("ended after %v, at worst %v", slices.Min(took), slices.Max(took))
		})
	}
	before.settle(t)
}

// speaks gets the time when something is written to it.
type speaks chan time.Time

func (s speaks) Write(p []byte) (int, error) {
	select {
	case s <- time.Now():
	default:
	}
	return len(p), nil
}

// stop begins a call and cancels it when it is running; it tells how long it
// took to end.
func stop(t *testing.T, running <-chan time.Time, call func(ctx context.Context) error) time.Duration {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() { ended <- call(ctx) }()
	select {
	case err := <-ended:
		t.Fatalf("it ended by itself: %v", err)
	case <-running:
	}
	at := time.Now()
	cancel(errStopped)
	err := <-ended
	took := time.Since(at)
	var trap *dray.Trap
	if !errors.As(err, &trap) || trap.Kind != "interrupted" || !errors.Is(err, errStopped) {
		t.Errorf("ended with %v", err)
	}
	return took
}

// TestGCWhileGuestLoops: the collector does not wait for a guest that loops.
func TestGCWhileGuestLoops(t *testing.T) {
	rt := threadRuntime(t)
	in, pauses := spinning(t, rt), make([]time.Duration, 0, 50)
	for range cap(pauses) {
		at := time.Now()
		runtime.GC()
		pauses = append(pauses, time.Since(at))
	}
	in()
	slices.Sort(pauses)
	t.Logf("runtime.GC while a guest loops: median %v, at worst %v", pauses[len(pauses)/2], pauses[len(pauses)-1])
}

// spinning is a guest that loops until the returned function ends it.
func spinning(t testing.TB, rt *dray.Runtime) (end func()) {
	t.Helper()
	m := compileThreads(t, rt, "wat/stop.wat")
	l := rt.NewModuleLinker()
	check(t, wasi.LinkModule(l))
	in, err := wasi.InstantiateModule(t.Context(), l, m, wasi.Config{})
	check(t, err)
	f, err := in.Func("empty")
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Call(ctx, nil) }()
	return func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
		check(t, in.Close())
	}
}
