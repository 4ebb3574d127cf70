package clock

import (
	"context"
	"math"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

func TestSystem(t *testing.T) {
	c := System()
	if d := time.Since(c.Wall()); d < 0 || d > time.Hour {
		t.Errorf("Wall is %v away", d)
	}
	if r := c.WallResolution(); r < 1 || r > time.Second {
		t.Errorf("WallResolution = %v", r)
	}
	if r := c.MonotonicResolution(); r < 1 || r > time.Second {
		t.Errorf("MonotonicResolution = %v", r)
	}
	last := c.Monotonic()
	if d := time.Duration(last); d < headStart || d > headStart+time.Hour {
		t.Errorf("Monotonic starts at %v", d)
	}
	for range 1000 {
		now := c.Monotonic()
		if now < last {
			t.Fatalf("Monotonic went from %d back to %d", last, now)
		}
		last = now
	}
}

func TestSystemCPU(t *testing.T) {
	c := System()
	for name, read := range map[string]func() (uint64, error){"process": c.ProcessCPU, "thread": c.ThreadCPU} {
		before, err := read()
		if err == host.ENOTSUP {
			t.Skip("the system cannot tell")
		}
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(time.Minute); ; runtime.Gosched() {
			now, err := read()
			if err != nil || now < before {
				t.Fatalf("%s: %d after %d, %v", name, now, before, err)
			}
			if now > before {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s: stands still", name)
			}
		}
	}
}

func TestSystemSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := System()
		for _, ctx := range []context.Context{context.Background(), t.Context()} {
			start := c.Monotonic()
			until := start + uint64(90*time.Minute)
			if d := c.(stream.RealTimeClock).Until(until); d != 90*time.Minute {
				t.Errorf("Until = %v", d)
			}
			if err := c.SleepUntil(ctx, until); err != nil || c.Monotonic() != until {
				t.Errorf("SleepUntil = %v, at %d, want %d", err, c.Monotonic(), until)
			}
			if err := c.SleepUntil(ctx, start); err != nil || c.Monotonic() != until {
				t.Errorf("a sleep into the past: %v", err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- c.SleepUntil(ctx, math.MaxUint64) }()
		synctest.Wait()
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("SleepUntil = %v", err)
		}
		if err := c.SleepUntil(ctx, 0); err != context.Canceled {
			t.Errorf("SleepUntil after the end = %v", err)
		}
	})
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

func TestManual(t *testing.T) {
	c := NewManual(start)
	if !c.Wall().Equal(start) || c.Monotonic() != 0 {
		t.Errorf("starts at %v, %d", c.Wall(), c.Monotonic())
	}
	if _, err := c.ProcessCPU(); err != host.ENOTSUP {
		t.Error(err)
	}
	if _, err := c.ThreadCPU(); err != host.ENOTSUP {
		t.Error(err)
	}
	woken := make(chan uint64, 3)
	var wg sync.WaitGroup
	for _, s := range []uint64{1, 2, 3} {
		wg.Go(func() {
			if err := c.SleepUntil(t.Context(), s*uint64(time.Second)); err != nil {
				t.Error(err)
			}
			woken <- s
		})
	}
	if err := c.AwaitSleepers(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	c.Advance(-time.Hour)
	c.Advance(1500 * time.Millisecond)
	if s := <-woken; s != 1 {
		t.Errorf("%d s woke after 1.5 s", s)
	}
	c.Advance(500 * time.Millisecond)
	if s := <-woken; s != 2 {
		t.Errorf("%d s woke after 2 s", s)
	}
	c.Advance(time.Hour)
	wg.Wait()
	if want := start.Add(time.Hour + 2*time.Second); !c.Wall().Equal(want) {
		t.Errorf("Wall = %v, want %v", c.Wall(), want)
	}
	for range 3 {
		c.Advance(math.MaxInt64)
	}
	if c.Monotonic() != math.MaxUint64 {
		t.Errorf("Monotonic passed the end of time: %d", c.Monotonic())
	}
}

func TestManualCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewManual(start)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := c.SleepUntil(ctx, 1); err != context.Canceled {
				t.Errorf("SleepUntil = %v", err)
			}
		})
		wg.Go(func() {
			if err := c.AwaitSleepers(ctx, 2); err != context.Canceled {
				t.Errorf("AwaitSleepers = %v", err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
		if len(c.sleepers) != 0 || len(c.watchers) != 0 {
			t.Errorf("%d sleepers and %d watchers are left", len(c.sleepers), len(c.watchers))
		}
		if err := c.SleepUntil(ctx, 0); err != context.Canceled {
			t.Errorf("SleepUntil after the end = %v", err)
		}
	})
}

func TestStepping(t *testing.T) {
	read := func() []int64 {
		c := NewStepping(start, time.Millisecond)
		times := []int64{c.Wall().UnixNano(), int64(c.Monotonic()), c.Wall().UnixNano()}
		if err := c.SleepUntil(context.Background(), uint64(time.Hour)); err != nil {
			t.Error(err)
		}
		return append(times, int64(c.Monotonic()), c.Wall().UnixNano())
	}
	got := read()
	ms, begin := int64(time.Millisecond), start.UnixNano()
	want := []int64{begin, ms, begin + 2*ms, int64(time.Hour), begin + int64(time.Hour) + ms}
	again := read()
	for i := range want {
		if got[i] != want[i] || again[i] != want[i] {
			t.Errorf("reading %d: %d and %d, want %d", i, got[i], again[i], want[i])
		}
	}
	c := NewStepping(start, time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.SleepUntil(ctx, 1); err != context.Canceled {
		t.Errorf("SleepUntil = %v", err)
	}
	if _, err := c.ProcessCPU(); err != host.ENOTSUP {
		t.Error(err)
	}
}

// Every clock ends a Poll, as its deadline and as one of many moments.
func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		manual := NewManual(start)
		clocks := []Clock{System(), manual, NewStepping(start, time.Millisecond)}
		for _, c := range clocks {
			now := c.Monotonic()
			in := func(d time.Duration) uint64 { return now + uint64(d) }
			if c == manual {
				go func() {
					for range 2 {
						if manual.AwaitSleepers(t.Context(), 1) == nil {
							manual.Advance(2 * time.Second)
						}
					}
				}()
			}
			ready := make([]bool, 3)
			never := stream.NewEvent()
			n, err := stream.Poll(t.Context(), []stream.Waitable{never}, ready, stream.Deadline{Clock: c, At: in(2 * time.Second)})
			if n != 0 || err != nil {
				t.Errorf("%T: Poll = %d, %v", c, n, err)
			}
			if c == manual {
				synctest.Wait()
			}
			ws := []stream.Waitable{At(c, in(4*time.Second)), never, At(c, in(24*time.Hour))}
			n, err = stream.Poll(t.Context(), ws, ready, stream.Deadline{})
			if n != 1 && c != clocks[2] || err != nil || !ready[0] {
				t.Errorf("%T: Poll = %d, %v with %v", c, n, err, ready)
			}
			if err := ws[0].Wait(t.Context()); err != nil || !ws[0].Ready() {
				t.Errorf("%T: %v", c, err)
			}
		}
	})
}

func BenchmarkMonotonic(b *testing.B) {
	c := System()
	b.ReportAllocs()
	for b.Loop() {
		c.Monotonic()
	}
}

func BenchmarkWall(b *testing.B) {
	c := System()
	b.ReportAllocs()
	for b.Loop() {
		c.Wall()
	}
}

func BenchmarkResolution(b *testing.B) {
	c := System()
	b.ReportAllocs()
	for b.Loop() {
		c.MonotonicResolution()
	}
}

func BenchmarkProcessCPU(b *testing.B) {
	c := System()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.ProcessCPU(); err != nil {
			b.Skip(err)
		}
	}
}

func BenchmarkSleep(b *testing.B) {
	c := System()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		c.SleepUntil(ctx, c.Monotonic()+1)
	}
}
