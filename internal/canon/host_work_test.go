package canon

// This file tests what the host does beside the tasks of a store: async
// functions of the host, and calls of many goroutines at a time.

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// hostAsync is an async function of the host from u32 to u32.
func hostAsync(work func(ctx context.Context, x uint32) (uint32, error)) *Func {
	return &Func{Name: "work", Host: func(_ context.Context, c *HostCall, flat []uint64) error {
		x, r := uint32(flat[0]), uint32(0)
		return c.Async(func(ctx context.Context) (err error) {
			r, err = work(ctx, x)
			return err
		}, func(flat []uint64) error { return c.Return(flat, []value.Value{value.U32(r)}) })
	}}
}

// A relay is a guest whose callback-lifted function calls a function of the
// host and returns what that does. It asks for its subtask to be cancelled when
// it is told to.
func (w *world) relay(host *Func) (g *guest, f *Func) {
	g = w.guest("relay", 1<<16)
	t := w.asyncSig(value.TypeU32, value.TypeU32)
	call := g.lower(host, t, g.async)
	newSet, drop, join, cancel := g.setNew(), g.subtaskDrop(), g.join(), g.cancel(false)
	dropSet, get, set, ret, end := g.setDrop(), g.getContext(), g.setContext(), g.taskReturn(value.TypeU32), g.taskCancel()
	type relayed struct{ set, sub, ptr uint64 }
	calls, free := map[uint64]*relayed{}, []uint64{}
	next := uint64(16)
	o := g.withCallback(func(a []uint64) uint64 {
		c := calls[get()]
		switch task.EventCode(a[0]) {
		case task.EventTaskCancelled:
			join(c.sub, 0)
			cancel(c.sub)
			end()
		case task.EventSubtask:
			if a[2] != returned {
				return callbackWait | c.set<<4
			}
			ret(uint64(g.u32(c.ptr)))
		}
		drop(c.sub)
		dropSet(c.set)
		delete(calls, c.ptr)
		free = append(free, c.ptr)
		return callbackExit
	})
	return g, g.lift("relay", t, o, func(a []uint64) uint64 {
		ptr := next
		if n := len(free); n > 0 {
			ptr, free = free[n-1], free[:n-1]
		} else {
			next += 4
		}
		code, sub := status(call(a[0], ptr))
		if code != started {
			unreachable()
		}
		c := &relayed{newSet(), sub, ptr}
		calls[ptr] = c
		set(ptr)
		join(sub, c.set)
		return callbackWait | c.set<<4
	})
}

// callU32 calls a function from u32 to u32 as a goroutine of the host.
func callU32(ctx context.Context, f *Func, x uint32) (r uint32, err error) {
	err = f.CallAsync(ctx, func(_ *abi.Context, flat []uint64) error {
		flat[0] = uint64(x)
		return nil
	}, func(_ *abi.Context, flat []uint64, _ bool) error {
		r = uint32(flat[0])
		return nil
	})
	return r, err
}

// TestHostAsync is calls of one instance by many goroutines, each of which
// waits for a function of the host; a third of them are cancelled.
func TestHostAsync(t *testing.T) {
	for seed := range 4 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			if seed > 0 {
				w.store.Choose = rand.New(rand.NewSource(int64(seed))).Intn
			}
			_, f := w.relay(hostAsync(func(ctx context.Context, x uint32) (uint32, error) {
				select {
				case <-time.After(time.Duration(x%7) * time.Second):
					return x + 1, nil
				case <-ctx.Done():
					return 0, context.Cause(ctx)
				}
			}))
			var wg sync.WaitGroup
			for x := range uint32(1000) {
				wg.Go(func() {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if x%3 == 0 {
						time.AfterFunc(time.Duration(x%5)*time.Second+time.Millisecond, cancel)
					}
					r, err := callU32(ctx, f, x)
					if want := x%3 == 0 && x%7 > x%5; want != (err != nil) || err == nil && r != x+1 || err != nil && !errors.Is(err, context.Canceled) {
						t.Errorf("%d: %d, %v", x, r, err)
					}
				})
			}
			wg.Wait()
			w.holding(func() {
				eq(t, "handles", f.Inst.Handles.Len(), 0)
				eq(t, "threads", f.Inst.Threads.Len(), 0)
			})
			if err := w.store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestHostAsyncEnds is functions of the host that fail, and stores that are
// closed, while goroutines wait for tasks.
func TestHostAsyncEnds(t *testing.T) {
	boom := errors.New("boom")
	for _, closed := range []bool{false, true} {
		t.Run(fmt.Sprint(closed), func(t *testing.T) {
			before := runtime.NumGoroutine()
			w := newWorld(t)
			begun, fail := make(chan bool, 50), make(chan bool)
			_, f := w.relay(hostAsync(func(ctx context.Context, x uint32) (uint32, error) {
				begun <- true
				if x > 0 {
					<-ctx.Done()
					return 0, context.Cause(ctx)
				}
				<-fail
				return 0, boom
			}))
			var wg sync.WaitGroup
			for x := range uint32(50) {
				wg.Go(func() {
					_, err := callU32(context.Background(), f, x)
					if want := map[bool]error{false: boom, true: task.ErrClosed}[closed]; !errors.Is(err, want) {
						t.Errorf("%d: %v, want %v", x, err, want)
					}
				})
			}
			for range 50 {
				<-begun
			}
			if closed {
				w.store.Close()
				wg.Wait()
			}
			close(fail)
			wg.Wait()
			if _, err := callU32(context.Background(), f, 1); err == nil || !closed && !strings.Contains(err.Error(), "trapped before") {
				t.Error("afterwards:", err)
			}
			w.store.Close()
			noMore(t, before)
		})
	}
}

// TestHostAsyncSync is an async function of the host that a guest calls
// synchronously: others run meanwhile. Synchronous tasks may not.
func TestHostAsyncSync(t *testing.T) {
	schedules(t, func(w *world) {
		release := make(chan bool)
		host := hostAsync(func(_ context.Context, x uint32) (uint32, error) {
			if x == 1 {
				<-release
			}
			return 10 * x, nil
		})
		g := w.guest("g", 64)
		t32 := w.asyncSig(value.TypeU32, value.TypeU32)
		call, ret := g.lower(host, t32, g.sync), g.taskReturn(value.TypeU32)
		f := g.lift("f", t32, g.async, func(a []uint64) uint64 { return ret(call(a[0])) })
		first := make(chan uint32)
		go func() {
			r, err := callU32(context.Background(), f, 1)
			if err != nil {
				t.Error(err)
			}
			first <- r
		}()
		r, err := callU32(context.Background(), f, 2)
		if r != 20 || err != nil {
			t.Error(r, err)
		}
		close(release)
		eq(t, "first", <-first, 10)
		s := g.lift("s", w.sig(value.TypeU32, value.TypeU32), g.sync, func(a []uint64) uint64 { return call(a[0]) })
		if _, err := callU32(context.Background(), s, 2); err == nil || !strings.Contains(err.Error(), "cannot block a synchronous task") {
			t.Error(err)
		}
	})
}

// TestPatient is calls that wait for each other: the first alone is a deadlock,
// unless the store waits for the second.
func TestPatient(t *testing.T) {
	for _, patient := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.store.Patient = patient
			defer w.store.Close()
			g := w.guest("g", 64)
			set, e := g.setNew(), g.ends(value.FutureOf(value.TypeU8))
			join, ret := g.join(), g.taskReturn(nil)
			pair := e.new()
			r, wr := pair&0xffff_ffff, pair>>32
			o := g.withCallback(func([]uint64) uint64 { ret(); return callbackExit })
			wait := g.lift("wait", w.asyncSig(nil), o, func([]uint64) uint64 {
				s := set()
				eq(t, "read", e.read(r, 0), uint64(blocked))
				join(r, s)
				return callbackWait | s<<4
			})
			post := g.lift("post", w.asyncSig(nil), o, func([]uint64) uint64 {
				eq(t, "write", e.write(wr, 4), 0)
				ret()
				return callbackExit
			})
			done := make(chan error, 1)
			go func() {
				_, err := w.call(wait)
				done <- err
			}()
			synctest.Wait()
			if !patient {
				if err := <-done; err == nil || !strings.Contains(err.Error(), "deadlock") {
					t.Error(err)
				}
				return
			}
			if _, err := w.call(post); err != nil {
				t.Error(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}
