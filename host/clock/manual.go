// This file is clocks that do not follow the host's.

package clock

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/dray-wasm/dray/host"
)

// A Manual is a clock that stands still until it is told to move. Its
// resolution is a nanosecond and it knows no processor time.
type Manual struct {
	start time.Time

	mu       sync.Mutex
	now      uint64
	sleepers []*sleeper
	// watchers are those who wait for a number of sleepers.
	watchers []*watcher
}

var _ Clock = (*Manual)(nil)

type sleeper struct {
	until uint64
	wake  chan struct{} // closed when until is reached
}

type watcher struct {
	n    int
	seen chan struct{} // closed when there are n sleepers
}

// NewManual is a clock whose Wall is start and whose Monotonic is 0.
func NewManual(start time.Time) *Manual { return &Manual{start: start} }

// Advance moves both times forward by d and wakes every sleeper whose time has
// come. A negative d does nothing.
func (c *Manual) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = later(c.now, d)
	c.sleepers = slices.DeleteFunc(c.sleepers, func(s *sleeper) bool {
		if s.until > c.now {
			return false
		}
		close(s.wake)
		return true
	})
}

// later is now and d, or the end of time.
func later(now uint64, d time.Duration) uint64 {
	if d <= 0 {
		return now
	}
	return now + min(uint64(d), math.MaxUint64-now)
}

// AwaitSleepers waits until at least n sleepers wait for the clock, or until
// ctx is done, whose error it returns.
func (c *Manual) AwaitSleepers(ctx context.Context, n int) error {
	c.mu.Lock()
	if len(c.sleepers) >= n {
		c.mu.Unlock()
		return nil
	}
	w := &watcher{n: n, seen: make(chan struct{})}
	c.watchers = append(c.watchers, w)
	c.mu.Unlock()
	select {
	case <-w.seen:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchers = slices.DeleteFunc(c.watchers, func(x *watcher) bool { return x == w })
	return ctx.Err()
}

// Wall is start and what Advance added.
func (c *Manual) Wall() time.Time { return wallAt(c.start, c.Monotonic()) }

// wallAt is start and t nanoseconds, which may be more than a Duration holds.
func wallAt(start time.Time, t uint64) time.Time {
	for t > math.MaxInt64 {
		start, t = start.Add(math.MaxInt64), t-math.MaxInt64
	}
	return start.Add(time.Duration(t))
}

// WallResolution is a nanosecond.
func (c *Manual) WallResolution() time.Duration { return 1 }

// Monotonic is the sum of what Advance was given.
func (c *Manual) Monotonic() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// MonotonicResolution is a nanosecond.
func (c *Manual) MonotonicResolution() time.Duration { return 1 }

// ProcessCPU is host.ENOTSUP.
func (c *Manual) ProcessCPU() (uint64, error) { return 0, host.ENOTSUP }

// ThreadCPU is host.ENOTSUP.
func (c *Manual) ThreadCPU() (uint64, error) { return 0, host.ENOTSUP }

// SleepUntil waits until Advance has brought Monotonic to t.
func (c *Manual) SleepUntil(ctx context.Context, t uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	if c.now >= t {
		c.mu.Unlock()
		return nil
	}
	s := &sleeper{until: t, wake: make(chan struct{})}
	c.sleepers = append(c.sleepers, s)
	c.watchers = slices.DeleteFunc(c.watchers, func(w *watcher) bool {
		if len(c.sleepers) < w.n {
			return false
		}
		close(w.seen)
		return true
	})
	c.mu.Unlock()
	select {
	case <-s.wake:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sleepers = slices.DeleteFunc(c.sleepers, func(x *sleeper) bool { return x == s })
	return ctx.Err()
}
