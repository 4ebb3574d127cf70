package dray_test

// This file is async functions, streams and futures that somebody drops, cancels
// or never ends: each must end with a trap or an error, and leave nothing.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
)

// leavesNothing runs f with an instance of async.wasm, twice: the second time
// leaves what the first one left.
func leavesNothing(t *testing.T, f func(t *testing.T, s *storm)) {
	t.Helper()
	run := func() {
		s := newStorm(t)
		f(t, s)
		check(t, s.in.Close())
		for end := time.Now().Add(10 * time.Second); s.inHost.Load() > 0 && time.Now().Before(end); {
			runtime.Gosched()
		}
		if n := s.inHost.Load(); n > 0 {
			t.Errorf("%d calls and streams of the host are left", n)
		}
	}
	run()
	before := openNow()
	run()
	before.settle(t)
}

// TestAsyncDropEverywhere drops streams after any number of elements, on either
// side.
func TestAsyncDropEverywhere(t *testing.T) {
	leavesNothing(t, func(t *testing.T, s *storm) {
		ctx := t.Context()
		for _, n := range []int{0, 1, 2, 4095, 4096, 4097, 65535, 65536, 65537, 100_000} {
			for _, f := range []func() (io.ReadCloser, error){
				func() (io.ReadCloser, error) { return s.generate(ctx, 1<<40, 1000) },
				func() (io.ReadCloser, error) { return s.copy(ctx, endlessBytes{}) },
				func() (io.ReadCloser, error) { return s.echo(ctx, endlessBytes{}) },
			} {
				r, err := f()
				check(t, err)
				_, err = io.ReadFull(r, make([]byte, n))
				check(t, err)
				if c, ok := r.(io.Closer); ok {
					check(t, c.Close())
				}
			}
			got, err := s.take(ctx, dray.NewStream(func(_ context.Context, p []uint32) (int, error) { return len(p), nil }, nil), uint32(n%5000))
			if err != nil || len(got) != n%5000 {
				t.Errorf("take: %d elements, %v", len(got), err)
			}
			p, err := s.records(ctx, 10_000)
			check(t, err)
			for range n % 100 {
				if _, err := p.Next(ctx); err != nil {
					t.Fatal(err)
				}
			}
			check(t, p.Close())
		}
		// Not read and not closed, and read when the instance is closed.
		_, err := s.generate(ctx, 1<<40, 1000)
		check(t, err)
	})
}

// TestAsyncReadAfterClose: who waits for a stream, a future or a call when its
// instance is closed is told.
func TestAsyncReadAfterClose(t *testing.T) {
	leavesNothing(t, func(t *testing.T, s *storm) {
		ctx := t.Context()
		r, err := s.generate(ctx, 1<<40, 10)
		check(t, err)
		f, err := s.later(ctx, 1<<62, "never")
		check(t, err)
		errs := make(chan error, 3)
		go func() {
			_, err := io.Copy(io.Discard, r)
			errs <- err
		}()
		go func() {
			_, err := f.Get(ctx)
			errs <- err
		}()
		go func() { errs <- s.never(ctx) }()
		for n := uint32(0); n == 0; {
			n, err = s.countWaiting(ctx)
			check(t, err)
		}
		check(t, s.in.Close())
		for range cap(errs) {
			if err := <-errs; !errors.Is(err, dray.ErrInstanceClosed) {
				t.Errorf("got %v", err)
			}
		}
	})
}

// TestAsyncTrapEndsAll: a trap of one call ends all that waits for the instance.
func TestAsyncTrapEndsAll(t *testing.T) {
	leavesNothing(t, func(t *testing.T, s *storm) {
		ctx := t.Context()
		const calls = 100
		errs := make(chan error, 2*calls)
		for range calls {
			go func() { errs <- s.never(ctx) }()
			go func() {
				_, err := s.awaitFuture(ctx, dray.NewFuture(func(ctx context.Context) (string, error) {
					<-ctx.Done()
					return "", ctx.Err()
				}))
				errs <- err
			}()
		}
		for n := uint32(0); n < calls; runtime.Gosched() {
			var err error
			n, err = s.countWaiting(ctx)
			check(t, err)
		}
		trapLater := funcOf[func(context.Context, uint64) error](t, s.in, "trap-later")
		wantTrap(t, trapLater(ctx, 1000), "unreachable")
		for range cap(errs) {
			wantTrap(t, <-errs, "unreachable")
		}
		if !s.in.Trapped() {
			t.Error("the instance has not trapped")
		}
		wantTrap(t, errors.Join(s.never(ctx)), "it trapped before")
	})
}

// TestAsyncFutureFails: a future of the host that has no value is the trap of who
// reads it, and of nobody who does not.
func TestAsyncFutureFails(t *testing.T) {
	leavesNothing(t, func(t *testing.T, s *storm) {
		ctx := t.Context()
		why := errors.New("no value")
		fails := func() *dray.Future[string] {
			return dray.NewFuture(func(context.Context) (string, error) { return "", why })
		}
		check(t, s.ignoreFuture(ctx, fails()))
		if _, err := s.awaitFuture(ctx, fails()); !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
	})
}

// TestAsyncNestedStreams: streams of streams have as many levels as other types.
func TestAsyncNestedStreams(t *testing.T) {
	rt := componentRuntime(t)
	nested := func(levels int) string {
		var b bytes.Buffer
		b.WriteString("(component (type $t0 (stream u8))\n")
		for i := range levels {
			fmt.Fprintf(&b, "(type $t%d (stream $t%d))\n", i+1, i)
		}
		fmt.Fprintf(&b, `(core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
			(core instance $i (instantiate $m))
			(func (export "f") (param "s" $t%d) (result $t%[1]d) (canon lift (core func $i "f"))))`, levels)
		return b.String()
	}
	for _, levels := range []int{1, 10, 50} {
		in := instanceOf(t, rt, nested(levels))
		if _, err := in.Func("f"); err != nil {
			t.Error(levels, err)
		}
	}
	_, err := rt.CompileComponent(t.Context(), []byte(nested(100_000)))
	if err == nil || !strings.Contains(err.Error(), "nest") && !strings.Contains(err.Error(), "deep") {
		t.Errorf("100,000 levels: %v", err)
	}
}
