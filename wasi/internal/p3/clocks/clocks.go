// Package clocks is the host's side of wasi:clocks 0.3, over package clock.
package clocks

import (
	"context"
	"math"
	"time"

	"github.com/dray-wasm/dray/host/clock"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/clocks"
)

// A State is the clocks of one guest. It is safe for concurrent use.
type State struct {
	clock clock.Clock
	zone  *time.Location
}

// New makes the clocks of a guest. A nil clock is the system's, a nil zone is
// UTC.
func New(c clock.Clock, zone *time.Location) *State {
	if c == nil {
		c = clock.System()
	}
	if zone == nil {
		zone = time.UTC
	}
	return &State{c, zone}
}

// A Host is the functions of wasi:clocks.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

// Link defines what the package has.
func (h Host) Link() gen.Host {
	return gen.Host{MonotonicClock: monotonic(h), SystemClock: system(h), Timezone: timezone(h)}
}

// monotonic is the interface monotonic-clock.
type monotonic Host

// Now is the time in nanoseconds.
func (h monotonic) Now(ctx context.Context) (gen.Mark, error) {
	return h.Of(ctx).clock.Monotonic(), nil
}

// GetResolution is how finely Now tells the time.
func (h monotonic) GetResolution(ctx context.Context) (gen.Duration, error) {
	return gen.Duration(max(h.Of(ctx).clock.MonotonicResolution(), 1)), nil
}

// WaitUntil waits until Now is at least when.
func (h monotonic) WaitUntil(ctx context.Context, when gen.Mark) error {
	return h.Of(ctx).clock.SleepUntil(ctx, when)
}

// TryWaitUntil tells whether WaitUntil would return at once.
func (h monotonic) TryWaitUntil(ctx context.Context, when gen.Mark) (bool, error) {
	return h.Of(ctx).clock.Monotonic() >= when, nil
}

// WaitFor waits until some time has passed.
func (h monotonic) WaitFor(ctx context.Context, howLong gen.Duration) error {
	c := h.Of(ctx).clock
	now := c.Monotonic()
	return c.SleepUntil(ctx, now+min(howLong, math.MaxUint64-now))
}

// TryWaitFor tells whether WaitFor would return at once.
func (h monotonic) TryWaitFor(_ context.Context, howLong gen.Duration) (bool, error) {
	return howLong == 0, nil
}

// system is the interface system-clock.
type system Host

// Now is the time of day.
func (h system) Now(ctx context.Context) (gen.Instant, error) {
	t := h.Of(ctx).clock.Wall()
	return gen.Instant{Seconds: t.Unix(), Nanoseconds: uint32(t.Nanosecond())}, nil
}

// GetResolution is how finely Now tells the time.
func (h system) GetResolution(ctx context.Context) (gen.Duration, error) {
	return gen.Duration(max(h.Of(ctx).clock.WallResolution(), 1)), nil
}

// timezone is the interface timezone.
type timezone Host

// IanaID is the name of the guest's time zone in the IANA database, if it is
// there.
func (h timezone) IanaID(ctx context.Context) (*string, error) {
	name := h.Of(ctx).zone.String()
	if name == "" || name == time.Local.String() {
		return nil, nil
	}
	if _, err := time.LoadLocation(name); err != nil {
		return nil, nil
	}
	return &name, nil
}

// The years from 1 to 9999, in seconds from 1970 on. What the rules of a time
// zone are before and behind, nobody knows.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// UtcOffset is how far ahead of UTC the guest's time zone is at a time, in
// nanoseconds; nil where nobody knows.
func (h timezone) UtcOffset(ctx context.Context, when gen.Instant) (*int64, error) {
	if when.Seconds < firstSecond || when.Seconds > lastSecond {
		return nil, nil
	}
	_, seconds := time.Unix(when.Seconds, 0).In(h.Of(ctx).zone).Zone()
	offset := int64(seconds) * int64(time.Second)
	return &offset, nil
}

// ToDebugString describes the guest's time zone, as it is now.
func (h timezone) ToDebugString(ctx context.Context) (string, error) {
	s := h.Of(ctx)
	return s.zone.String() + s.clock.Wall().In(s.zone).Format(" (MST, UTC-07:00)"), nil
}
