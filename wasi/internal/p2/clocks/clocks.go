// Package clocks is the host's side of wasi:clocks 0.2, over package clock.
package clocks

import (
	"context"
	"math"
	"time"

	"github.com/dray-wasm/dray/host/clock"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/clocks"
	gen_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
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
	return gen.Host{MonotonicClock: monotonic(h), WallClock: wall(h), Timezone: timezone(h)}
}

// monotonic is the interface monotonic-clock.
type monotonic Host

// Now is the time in nanoseconds.
func (h monotonic) Now(ctx context.Context) (gen.Instant, error) {
	return gen.Instant(h.Of(ctx).clock.Monotonic()), nil
}

// Resolution is how finely Now tells the time.
func (h monotonic) Resolution(ctx context.Context) (gen.Duration, error) {
	return gen.Duration(max(h.Of(ctx).clock.MonotonicResolution(), 1)), nil
}

// SubscribeInstant gives a pollable that is ready from a time on.
func (h monotonic) SubscribeInstant(ctx context.Context, when gen.Instant) (gen_io.Pollable, error) {
	return p2io.NewPollable(clock.At(h.Of(ctx).clock, uint64(when))), nil
}

// SubscribeDuration gives a pollable that is ready when some time has passed.
func (h monotonic) SubscribeDuration(ctx context.Context, when gen.Duration) (gen_io.Pollable, error) {
	c := h.Of(ctx).clock
	now := c.Monotonic()
	return p2io.NewPollable(clock.At(c, now+min(uint64(when), math.MaxUint64-now))), nil
}

// wall is the interface wall-clock.
type wall Host

// Now is the time of day. Times before 1970 are told as 1970.
func (h wall) Now(ctx context.Context) (gen.Datetime, error) {
	t := h.Of(ctx).clock.Wall()
	if t.Unix() < 0 {
		return gen.Datetime{}, nil
	}
	return gen.Datetime{Seconds: uint64(t.Unix()), Nanoseconds: uint32(t.Nanosecond())}, nil
}

// Resolution is how finely Now tells the time.
func (h wall) Resolution(ctx context.Context) (gen.Datetime, error) {
	d := max(h.Of(ctx).clock.WallResolution(), 1)
	return gen.Datetime{Seconds: uint64(d / time.Second), Nanoseconds: uint32(d % time.Second)}, nil
}

// timezone is the interface timezone.
type timezone Host

// Display describes the guest's time zone at a time.
func (h timezone) Display(ctx context.Context, when gen.Datetime) (gen.TimezoneDisplay, error) {
	t, ok := h.at(ctx, when)
	if !ok {
		return gen.TimezoneDisplay{Name: "UTC"}, nil
	}
	name, offset := t.Zone()
	return gen.TimezoneDisplay{UtcOffset: int32(offset), Name: name, InDaylightSavingTime: t.IsDST()}, nil
}

// UtcOffset is how far ahead of UTC the guest's time zone is, in seconds.
func (h timezone) UtcOffset(ctx context.Context, when gen.Datetime) (int32, error) {
	t, ok := h.at(ctx, when)
	if !ok {
		return 0, nil
	}
	_, offset := t.Zone()
	return int32(offset), nil
}

// lastSecond is the end of the year 9999. What the rules of a time zone are
// behind that, nobody knows.
const lastSecond = 253402300799

// at is a time in the guest's time zone; false where no zone is known.
func (h timezone) at(ctx context.Context, when gen.Datetime) (time.Time, bool) {
	if when.Seconds > lastSecond {
		return time.Time{}, false
	}
	return time.Unix(int64(when.Seconds), 0).In(h.Of(ctx).zone), true
}
