package stream

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dray-wasm/dray/host"
)

// realClock runs with the clock of the test, which synctest may fake.
type realClock struct{ base time.Time }

func newRealClock() realClock { return realClock{time.Now()} }

func (c realClock) Monotonic() uint64 { return uint64(time.Since(c.base)) }
func (c realClock) Until(t uint64) time.Duration {
	return time.Duration(t) - time.Since(c.base)
}
func (c realClock) SleepUntil(ctx context.Context, t uint64) error {
	select {
	case <-time.After(c.Until(t)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// slowClock is a realClock that Poll does not know to be one.
type slowClock struct{ Clock }

// in is the deadline d from now.
func in(d time.Duration) Deadline {
	c := newRealClock()
	return Deadline{Clock: c, At: uint64(d)}
}

// foreign hides that a Waitable is of this package.
type foreign struct{ Waitable }

func TestPollImmediate(t *testing.T) {
	set, clear := NewEvent(), NewEvent()
	set.Set()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	tests := []struct {
		name  string
		ctx   context.Context
		ws    []Waitable
		until Deadline
		want  []bool
		err   error
	}{
		{"one", context.Background(), []Waitable{set}, Deadline{}, []bool{true}, nil},
		{"second", context.Background(), []Waitable{clear, set}, Deadline{}, []bool{false, true}, nil},
		{"twice", context.Background(), []Waitable{set, set}, Deadline{}, []bool{true, true}, nil},
		{"foreign", context.Background(), []Waitable{foreign{set}, clear}, Deadline{}, []bool{true, false}, nil},
		{"always", context.Background(), []Waitable{clear, Always}, Deadline{}, []bool{false, true}, nil},
		{"null", context.Background(), []Waitable{Null.Readable(), Null.Writable()}, Deadline{}, []bool{true, true}, nil},
		{"ready before ended", ended, []Waitable{set}, Deadline{}, []bool{true}, nil},
		{"ready before deadline", context.Background(), []Waitable{set}, in(-1), []bool{true}, nil},
		{"ended", ended, []Waitable{clear}, Deadline{}, []bool{false}, context.Canceled},
		{"ended before deadline", ended, []Waitable{clear}, in(0), []bool{false}, context.Canceled},
		{"deadline", context.Background(), []Waitable{clear, foreign{clear}}, in(0), []bool{false, false}, nil},
		{"nothing", context.Background(), nil, Deadline{}, []bool{}, host.EDEADLK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ready := []bool{true, true, true}[:len(tt.ws)]
			n, err := Poll(tt.ctx, tt.ws, ready, tt.until)
			want := 0
			for _, r := range tt.want {
				if r {
					want++
				}
			}
			if n != want || err != tt.err || err == nil && !slices.Equal(ready, tt.want) {
				t.Errorf("Poll = %d, %v with %v, want %d, %v with %v", n, err, ready, want, tt.err, tt.want)
			}
		})
	}
	if _, err := Poll(context.Background(), []Waitable{set}, nil, Deadline{}); err != host.EINVAL {
		t.Errorf("short ready: %v, want EINVAL", err)
	}
}

func TestPollWakes(t *testing.T) {
	wrap := map[string]func(Waitable) Waitable{
		"own":     func(w Waitable) Waitable { return w },
		"foreign": func(w Waitable) Waitable { return foreign{w} },
	}
	for name, wrap := range wrap {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b, c := NewEvent(), NewEvent(), NewEvent()
				ws := []Waitable{wrap(a), wrap(b), wrap(c), wrap(b)}
				ready := make([]bool, 4)
				var n int
				var err error
				done := make(chan struct{})
				go func() {
					defer close(done)
					n, err = Poll(t.Context(), ws, ready, in(time.Hour))
				}()
				synctest.Wait()
				b.Set()
				<-done
				if n != 2 || err != nil || !slices.Equal(ready, []bool{false, true, false, true}) {
					t.Errorf("Poll = %d, %v with %v", n, err, ready)
				}
			})
		})
	}
}

func TestPollDeadline(t *testing.T) {
	clocks := map[string]func(Clock) Clock{
		"real": func(c Clock) Clock { return c },
		"slow": func(c Clock) Clock { return slowClock{c} },
	}
	for name, wrap := range clocks {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clk := wrap(newRealClock())
				for _, ws := range [][]Waitable{nil, {NewEvent()}, {foreign{NewEvent()}}} {
					start := clk.Monotonic()
					until := Deadline{Clock: clk, At: start + uint64(time.Minute)}
					n, err := Poll(t.Context(), ws, make([]bool, len(ws)), until)
					took := clk.Monotonic() - start
					if n != 0 || err != nil || took != uint64(time.Minute) {
						t.Errorf("%d waitables: Poll = %d, %v after %v", len(ws), n, err, time.Duration(took))
					}
				}
			})
		})
	}
}

// timed is a moment of a clock.
type timed struct{ d Deadline }

func (w timed) Ready() bool { return w.d.passed() }
func (w timed) Wait(ctx context.Context) error {
	return w.d.Clock.SleepUntil(ctx, w.d.At)
}
func (w timed) Deadline() Deadline { return w.d }

func TestPollTimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clk := newRealClock()
		for _, clk := range []Clock{clk, slowClock{clk}} {
			now := clk.Monotonic()
			at := func(d time.Duration) Waitable {
				return timed{Deadline{Clock: clk, At: now + uint64(d)}}
			}
			ws := []Waitable{at(3 * time.Second), NewEvent(), at(time.Second), at(2 * time.Second)}
			ready := make([]bool, len(ws))
			n, err := Poll(t.Context(), ws, ready, Deadline{Clock: clk, At: now + uint64(time.Hour)})
			if n != 1 || err != nil || !ready[2] {
				t.Errorf("Poll = %d, %v with %v", n, err, ready)
			}
			if took := clk.Monotonic() - now; took != uint64(time.Second) {
				t.Errorf("took %v", time.Duration(took))
			}
		}
	})
}

// brokenClock fails at once.
type brokenClock struct{}

var errBroken = errors.New("broken")

func (brokenClock) Monotonic() uint64                        { return 0 }
func (brokenClock) SleepUntil(context.Context, uint64) error { return errBroken }

// brokenWaitable's Wait fails at once.
type brokenWaitable struct{}

func (brokenWaitable) Ready() bool                { return false }
func (brokenWaitable) Wait(context.Context) error { return errBroken }

func TestPollBroken(t *testing.T) {
	checkLeaks(t)
	until := Deadline{Clock: brokenClock{}, At: 1}
	if n, err := Poll(t.Context(), []Waitable{NewEvent()}, []bool{false}, until); n != 0 || err != errBroken {
		t.Errorf("broken clock: Poll = %d, %v", n, err)
	}
	ready := make([]bool, 2)
	n, err := Poll(t.Context(), []Waitable{NewEvent(), brokenWaitable{}}, ready, Deadline{})
	if n != 1 || err != nil || !ready[1] {
		t.Errorf("broken waitable: Poll = %d, %v with %v", n, err, ready)
	}
}

func TestPollCancel(t *testing.T) {
	checkLeaks(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		e := NewEvent()
		var wg sync.WaitGroup
		for _, w := range []Waitable{e, foreign{e}, timed{in(time.Hour)}} {
			wg.Go(func() {
				if n, err := Poll(ctx, []Waitable{w}, []bool{false}, Deadline{}); n != 0 || err != context.Canceled {
					t.Errorf("Poll = %d, %v", n, err)
				}
			})
			wg.Go(func() {
				if err := w.Wait(ctx); err != context.Canceled {
					t.Errorf("Wait = %v", err)
				}
			})
		}
		synctest.Wait()
		cancel(errBroken)
		wg.Wait()
		if len(e.waiters.ws) != 0 {
			t.Errorf("%d waiters are left", len(e.waiters.ws))
		}
	})
}

// Events that are set and cleared all the time must wake each waiter.
func TestEventStress(t *testing.T) {
	checkLeaks(t)
	ping, pong := NewEvent(), NewEvent()
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 10_000 {
			if err := ping.Wait(t.Context()); err != nil {
				t.Error(err)
				return
			}
			ping.Clear()
			pong.Set()
		}
	})
	for range 10_000 {
		ping.Set()
		if err := pong.Wait(t.Context()); err != nil {
			t.Error(err)
			break
		}
		pong.Clear()
	}
	wg.Wait()
}

func BenchmarkPollReady(b *testing.B) {
	e := NewEvent()
	e.Set()
	ws, ready := []Waitable{NewEvent(), e}, make([]bool, 2)
	b.ReportAllocs()
	for b.Loop() {
		if n, err := Poll(b.Context(), ws, ready, Deadline{}); n != 1 || err != nil {
			b.Fatal(n, err)
		}
	}
}
