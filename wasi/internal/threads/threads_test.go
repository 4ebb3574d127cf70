package threads

// This file tests what thread-spawn answers, and which thread decides how a
// guest ends.

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasi/internal/exit"
	"github.com/dray-wasm/dray/wasm/text"
)

// A fake is a thread in Go.
type fake struct {
	run    func(ctx context.Context, id, arg uint32) error
	closed *atomic.Int32
}

func (f fake) Run(ctx context.Context, id, arg uint32) error { return f.run(ctx, id, arg) }
func (f fake) Close() error                                  { f.closed.Add(1); return nil }

// group is a group of fakes; closed counts those that were closed.
func group(ctx context.Context, max int, run func(ctx context.Context, id, arg uint32) error) (*Group, *atomic.Int32) {
	closed := new(atomic.Int32)
	return NewGroup(ctx, max, func(context.Context) (Thread, error) { return fake{run, closed}, nil }), closed
}

// begin starts a thread that must begin.
func begin(t *testing.T, g *Group, arg uint32) uint32 {
	t.Helper()
	id, err := g.start(arg)
	if err != nil || id == 0 || id > maxID {
		t.Fatalf("thread %d: %#x, %v", arg, id, err)
	}
	return id
}

// untilEnd is a thread that runs until it is ended.
func untilEnd(ctx context.Context, _, _ uint32) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		stay := map[uint32]chan bool{}
		g, closed := group(t.Context(), 3, func(_ context.Context, id, _ uint32) error {
			mu.Lock()
			c := make(chan bool)
			stay[id] = c
			mu.Unlock()
			<-c
			return nil
		})
		g.last = maxID - 2
		first := begin(t, g, 0)
		if first != maxID-1 {
			t.Errorf("the first is %d", first)
		}
		if x, y := begin(t, g, 0), begin(t, g, 0); x != maxID || y != 1 {
			t.Errorf("then %d and %d, want %d and 1", x, y, maxID)
		}
		if id, err := g.start(0); id != again || err != nil || int32(id) != -6 {
			t.Errorf("one too many: %d, %v", int32(id), err)
		}
		synctest.Wait()
		close(stay[1])
		synctest.Wait()
		g.last = maxID - 2 // two are taken
		if id := begin(t, g, 0); id != 1 {
			t.Errorf("the number that is free is 1, not %d", id)
		}
		synctest.Wait()
		for _, c := range stay {
			select {
			case <-c:
			default:
				close(c)
			}
		}
		if err := g.Close(); err != nil || closed.Load() != 4 {
			t.Errorf("%v, %d of 4 closed", err, closed.Load())
		}
		if id, _ := g.start(0); id != again {
			t.Errorf("after Close: %d", id)
		}
	})
}

// uncomparable is an error that == panics for.
type uncomparable []string

func (u uncomparable) Error() string { return strings.Join(u, " ") }

func TestWhoDecides(t *testing.T) {
	trap, exit1 := &engine.Trap{Kind: engine.TrapUnreachable}, &exit.Exit{Code: 1}
	cause := uncomparable{"enough"}
	for _, tt := range []struct {
		name   string
		main   func(ctx context.Context, cancel context.CancelCauseFunc) error
		thread error // after a second
		want   string
	}{
		{"main returns", func(context.Context, context.CancelCauseFunc) error { return nil }, trap, ""},
		{"main traps", func(context.Context, context.CancelCauseFunc) error { return trap }, exit1, "unreachable"},
		{"a thread exits", nil, exit1, "the guest exited with status 1"},
		{"a thread traps", nil, trap, "unreachable"},
		{"a thread returns", func(ctx context.Context, _ context.CancelCauseFunc) error {
			time.Sleep(time.Minute)
			return ctx.Err()
		}, nil, ""},
		{"a thread fails with an error that cannot be compared", nil, cause, "enough"},
		{"the context ends", func(ctx context.Context, cancel context.CancelCauseFunc) error {
			cancel(cause)
			return ctx.Err()
		}, trap, "context canceled"},
		{"main returns although the context ends", func(ctx context.Context, cancel context.CancelCauseFunc) error {
			cancel(cause)
			return nil
		}, trap, ""},
		{"main fails after a thread", func(ctx context.Context, _ context.CancelCauseFunc) error {
			<-ctx.Done()
			return errors.New("later")
		}, exit1, "the guest exited with status 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				g, closed := group(ctx, 0, func(ctx context.Context, _, arg uint32) error {
					if arg == 0 {
						return untilEnd(ctx, 0, 0)
					}
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-time.After(time.Second):
						return tt.thread
					}
				})
				begin(t, g, 0)
				begin(t, g, 1)
				err := g.Main(func(ctx context.Context) error {
					if tt.main == nil {
						return untilEnd(ctx, 0, 0)
					}
					return tt.main(ctx, cancel)
				})
				got := ""
				if err != nil {
					got = err.Error()
				}
				if got != tt.want || closed.Load() != 2 {
					t.Errorf("%q, %d of 2 closed; want %q", got, closed.Load(), tt.want)
				}
			})
		})
	}
}

// TestCloseTells: without a main thread, Close tells how a thread ended all.
func TestCloseTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := group(t.Context(), 0, func(context.Context, uint32, uint32) error { return &exit.Exit{Code: 3} })
		begin(t, g, 0)
		synctest.Wait()
		if id, err := g.start(0); id != again || err != nil {
			t.Errorf("a thread began after the end: %d, %v", id, err)
		}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				var e *exit.Exit
				if err := g.Close(); !errors.As(err, &e) || e.Code != 3 {
					t.Errorf("Close: %v", err)
				}
			})
		}
		wg.Wait()
	})
}

// TestSpawnFails: what the host lacks is an answer, what the guest does before
// the thread begins ends it.
func TestSpawnFails(t *testing.T) {
	for _, tt := range []struct {
		err error
		end bool
	}{
		{errors.New("no memory"), false},
		{engine.ErrClosed, false},
		{&dray.Trap{Kind: engine.TrapUnreachable}, true},
		{&exit.Exit{Code: 2}, true},
	} {
		g := NewGroup(t.Context(), 1, func(context.Context) (Thread, error) { return nil, tt.err })
		for range 3 { // a number is given back
			id, err := g.start(0)
			if tt.end {
				if err != tt.err || g.ctx.Err() == nil {
					t.Errorf("%v: %v, %v", tt.err, err, g.ctx.Err())
				}
				break
			}
			if id != again || err != nil || len(g.ids) != 0 || g.ctx.Err() != nil {
				t.Errorf("%v: %d, %v", tt.err, int32(id), err)
			}
		}
		if err := g.Main(func(ctx context.Context) error { return nil }); (err == tt.err) != tt.end {
			t.Errorf("%v: Main: %v", tt.err, err)
		}
	}
}

// TestParallel: threads that start threads while all is closed.
func TestParallel(t *testing.T) {
	for range 20 {
		var g *Group
		var started atomic.Int32
		start := func(depth uint32) {
			if id, err := g.start(depth); err == nil && id != again {
				started.Add(1)
			}
		}
		var closed *atomic.Int32
		g, closed = group(t.Context(), 50, func(ctx context.Context, _, depth uint32) error {
			for range 3 {
				start(depth + 1)
			}
			if depth%3 == 0 {
				return untilEnd(ctx, 0, 0)
			}
			return nil
		})
		for range 4 {
			start(0)
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { g.Close() })
		}
		wg.Wait()
		if closed.Load() != started.Load() || len(g.ids) != 0 {
			t.Fatalf("%d threads, %d closed, %d left", started.Load(), closed.Load(), len(g.ids))
		}
	}
}

func TestCheck(t *testing.T) {
	const spawn = `(import "wasi" "thread-spawn" (func (param i32) (result i32)))`
	const memory = `(import "env" "memory" (memory 1 1 shared))`
	const start = `(func (export "wasi_thread_start") (param i32 i32))`
	for _, tt := range []struct {
		wat     string
		threads bool
		want    string
	}{
		{memory + start, false, ""},
		{memory + spawn + start, true, ""},
		{spawn + start, true, "it defines its memory instead of importing it"},
		{spawn + start + `(memory 1 1 shared)`, true, "it defines its memory"},
		{`(import "env" "memory" (memory 1))` + spawn + start, true, "its memory is not shared"},
		{memory + spawn, true, "it does not export wasi_thread_start"},
		{memory + spawn + `(global (export "wasi_thread_start") i32 (i32.const 0))`, true, "it does not export wasi_thread_start"},
		{memory + spawn + `(func (export "wasi_thread_start") (param i32))`, true, "has the type (func (param i32)) instead of (func (param i32 i32))"},
		{memory + `(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))` + spawn + start, true, ""},
		{memory + `(import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))` + spawn + start, true, "it does not export its memory"},
		{memory + `(import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))` + spawn + start + `(export "memory" (memory 0))`, true, ""},
	} {
		m, err := text.Parse([]byte("(module " + tt.wat + ")"))
		if err != nil {
			t.Fatal(err)
		}
		threads, err := Check(m.Module)
		if threads != tt.threads || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %t, %v; want %t, %q", tt.wat, threads, err, tt.threads, tt.want)
		}
	}
}
