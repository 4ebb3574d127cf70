// This file is the clock of the host.

package clock

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// headStart is what Monotonic of a new system clock reads, so that a guest may
// subtract from an early reading without going below zero.
const headStart = 24 * time.Hour

// System is the clock of the host. Each call gives one whose Monotonic counts
// from a moment of its own, a day before the call, which tells a guest nothing
// about the host. The count stands still while the machine is suspended where
// the system's does.
//
// Go moves a guest between threads of the operating system, so that no such
// thread's time is the guest's: ThreadCPU is ProcessCPU, the time of the whole
// process. Both answer host.ENOTSUP where the system cannot tell.
func System() Clock {
	return &systemClock{base: time.Now().Add(-headStart)}
}

type systemClock struct {
	// base is when Monotonic was zero.
	base time.Time
}

var _ stream.RealTimeClock = (*systemClock)(nil)

// resolutions is how finely the host tells the time.
type resolutions struct {
	wall, mono time.Duration
}

var resolution = sync.OnceValue(systemResolutions)

func (c *systemClock) Wall() time.Time                    { return time.Now() }
func (c *systemClock) WallResolution() time.Duration      { return resolution().wall }
func (c *systemClock) MonotonicResolution() time.Duration { return resolution().mono }

func (c *systemClock) Monotonic() uint64 { return uint64(max(time.Since(c.base), 0)) }

func (c *systemClock) Until(t uint64) time.Duration {
	now := c.Monotonic()
	if t <= now {
		return 0
	}
	return time.Duration(min(t-now, math.MaxInt64))
}

func (c *systemClock) ProcessCPU() (uint64, error) {
	now, ok := processCPU()
	if !ok {
		return 0, host.ENOTSUP
	}
	return now, nil
}

func (c *systemClock) ThreadCPU() (uint64, error) { return c.ProcessCPU() }

func (c *systemClock) SleepUntil(ctx context.Context, t uint64) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		d := c.Until(t)
		if d <= 0 {
			return nil
		}
		if ctx.Done() == nil {
			time.Sleep(d)
			continue
		}
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}
