// Package clock is time as a guest sees it: a wall clock, a monotonic clock,
// processor time, and sleeping. Programs that want determinism give a guest a
// clock of their own.
package clock

import (
	"context"
	"time"
)

// A Clock tells the time and waits for it. It is safe for concurrent use.
type Clock interface {
	// Wall is the time of day and how finely it is told.
	Wall() time.Time
	WallResolution() time.Duration
	// Monotonic is nanoseconds since some fixed moment; it never goes back.
	Monotonic() uint64
	MonotonicResolution() time.Duration
	// ProcessCPU and ThreadCPU are processor time used, in nanoseconds;
	// host.ENOTSUP where the system cannot tell.
	ProcessCPU() (uint64, error)
	ThreadCPU() (uint64, error)
	// SleepUntil waits until Monotonic is at least t, or until ctx is done,
	// whose error it returns.
	SleepUntil(ctx context.Context, t uint64) error
}
