// This file is the clock of runs that are to be the same each time.

package clock

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/dray-wasm/dray/host"
)

// NewStepping is a clock for reproducible runs. Wall begins at start and
// Monotonic at 0; every reading of either moves both on by step, and a sleep
// moves them to its end without taking real time. It knows no processor time.
//
// A guest that reads the clock always sees the same times as long as it runs
// on one thread. A step of 0 makes a guest that waits in a loop for the time to
// pass wait for ever.
func NewStepping(start time.Time, step time.Duration) Clock {
	return &stepping{start: start, step: max(step, 0)}
}

type stepping struct {
	start time.Time
	step  time.Duration
	now   atomic.Uint64
}

// read is the time now; the next one is a step later.
func (c *stepping) read() uint64 {
	for {
		now := c.now.Load()
		if c.now.CompareAndSwap(now, later(now, c.step)) {
			return now
		}
	}
}

func (c *stepping) Wall() time.Time                    { return wallAt(c.start, c.read()) }
func (c *stepping) WallResolution() time.Duration      { return max(c.step, 1) }
func (c *stepping) Monotonic() uint64                  { return c.read() }
func (c *stepping) MonotonicResolution() time.Duration { return max(c.step, 1) }
func (c *stepping) ProcessCPU() (uint64, error)        { return 0, host.ENOTSUP }
func (c *stepping) ThreadCPU() (uint64, error)         { return 0, host.ENOTSUP }

func (c *stepping) SleepUntil(ctx context.Context, t uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for {
		now := c.now.Load()
		if now >= t || c.now.CompareAndSwap(now, t) {
			return nil
		}
	}
}
