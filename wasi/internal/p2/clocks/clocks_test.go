package clocks

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dray-wasm/dray/host/clock"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/clocks"
)

// link is the functions of a guest with a state.
func link(s *State) gen.Host {
	return Host{func(context.Context) *State { return s }}.Link()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestClocks(t *testing.T) {
	manual := clock.NewManual(time.Unix(1_700_000_000, 42))
	h, ctx := link(New(manual, nil)), t.Context()
	manual.Advance(5 * time.Second)
	if now, err := h.MonotonicClock.Now(ctx); now != 5e9 || err != nil {
		t.Errorf("monotonic now = %d, %v", now, err)
	}
	if d, err := h.MonotonicClock.Resolution(ctx); d != 1 || err != nil {
		t.Errorf("monotonic resolution = %d, %v", d, err)
	}
	if now, err := h.WallClock.Now(ctx); now != (gen.Datetime{Seconds: 1_700_000_005, Nanoseconds: 42}) || err != nil {
		t.Errorf("wall now = %+v, %v", now, err)
	}
	if d, err := h.WallClock.Resolution(ctx); d != (gen.Datetime{Nanoseconds: 1}) || err != nil {
		t.Errorf("wall resolution = %+v, %v", d, err)
	}
	early := link(New(clock.NewManual(time.Unix(-1, 5)), nil))
	if now, err := early.WallClock.Now(ctx); now != (gen.Datetime{}) || err != nil {
		t.Errorf("wall now before 1970 = %+v, %v", now, err)
	}
	coarse := link(New(clock.NewStepping(time.Unix(0, 0), 2500*time.Millisecond), nil))
	if d, err := coarse.WallClock.Resolution(ctx); d != (gen.Datetime{Seconds: 2, Nanoseconds: 5e8}) || err != nil {
		t.Errorf("a coarse resolution = %+v, %v", d, err)
	}
}

func TestSubscribe(t *testing.T) {
	manual := clock.NewManual(time.Unix(0, 0))
	h, ctx := link(New(manual, nil)), t.Context()
	manual.Advance(time.Minute)
	ready := func(want bool, in bool, when uint64) {
		t.Helper()
		subscribe := h.MonotonicClock.SubscribeInstant
		if in {
			subscribe = h.MonotonicClock.SubscribeDuration
		}
		p, err := subscribe(ctx, when)
		check(t, err)
		if got, err := p.Ready(ctx); got != want || err != nil {
			t.Errorf("ready at %d (a duration: %t): %t, %v", when, in, got, err)
		}
		check(t, p.Drop(ctx))
	}
	now := manual.Monotonic()
	ready(true, false, 0)
	ready(true, false, now)
	ready(false, false, now+1)
	ready(false, false, math.MaxUint64)
	ready(true, true, 0)
	ready(false, true, 1)
	ready(false, true, math.MaxUint64) // no overflow
}

// TestWait: a pollable of the system's clock is ready in time, and ends with
// its context.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, ctx := link(New(nil, nil)), t.Context()
		p, err := h.MonotonicClock.SubscribeDuration(ctx, uint64(time.Hour))
		check(t, err)
		start := time.Now()
		check(t, p.Block(ctx))
		if took := time.Since(start); took < time.Hour || took > time.Hour+time.Second {
			t.Errorf("an hour took %v", took)
		}
		p, err = h.MonotonicClock.SubscribeInstant(ctx, math.MaxUint64)
		check(t, err)
		short, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := p.Block(short); err != context.DeadlineExceeded {
			t.Errorf("a wait for the end of time: %v", err)
		}
	})
}

func TestTimezone(t *testing.T) {
	zone := time.FixedZone("NST", -(3*3600 + 1800))
	for _, test := range []struct {
		zone *time.Location
		when uint64
		want gen.TimezoneDisplay
	}{
		{nil, 1_700_000_000, gen.TimezoneDisplay{Name: "UTC"}},
		{zone, 1_700_000_000, gen.TimezoneDisplay{Name: "NST", UtcOffset: -12600}},
		{zone, lastSecond, gen.TimezoneDisplay{Name: "NST", UtcOffset: -12600}},
		{zone, lastSecond + 1, gen.TimezoneDisplay{Name: "UTC"}},
		{zone, math.MaxUint64, gen.TimezoneDisplay{Name: "UTC"}},
	} {
		h, when := link(New(nil, test.zone)), gen.Datetime{Seconds: test.when}
		if got, err := h.Timezone.Display(t.Context(), when); got != test.want || err != nil {
			t.Errorf("%v at %d: %+v, %v", test.zone, test.when, got, err)
		}
		if got, err := h.Timezone.UtcOffset(t.Context(), when); got != test.want.UtcOffset || err != nil {
			t.Errorf("%v at %d: offset %d, %v", test.zone, test.when, got, err)
		}
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	h := link(New(nil, berlin))
	summer := gen.TimezoneDisplay{Name: "CEST", UtcOffset: 7200, InDaylightSavingTime: true}
	if got, err := h.Timezone.Display(t.Context(), gen.Datetime{Seconds: 1_690_000_000}); got != summer || err != nil {
		t.Errorf("summer in Berlin: %+v, %v", got, err)
	}
}
