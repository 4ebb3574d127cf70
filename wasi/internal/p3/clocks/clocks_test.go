package clocks

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dray-wasm/dray/host/clock"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/clocks"
)

func link(c clock.Clock, zone *time.Location) gen.Host {
	s := New(c, zone)
	return Host{func(context.Context) *State { return s }}.Link()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A waiter can tell whether a wait would be one.
type waiter interface {
	gen.MonotonicClockHost
	TryWaitUntil(context.Context, gen.Mark) (bool, error)
	TryWaitFor(context.Context, gen.Duration) (bool, error)
}

func TestMonotonic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewManual(time.Unix(0, 0))
		h, ctx := link(c, nil).MonotonicClock.(waiter), t.Context()
		c.Advance(time.Hour)
		now, err := h.Now(ctx)
		check(t, err)
		if now != uint64(time.Hour) {
			t.Errorf("now is %d", now)
		}
		if r, err := h.GetResolution(ctx); r == 0 || err != nil {
			t.Errorf("resolution %d, %v", r, err)
		}
		for when, want := range map[gen.Mark]bool{0: true, now - 1: true, now: true, now + 1: false, math.MaxUint64: false} {
			if ok, err := h.TryWaitUntil(ctx, when); ok != want || err != nil {
				t.Errorf("until %d at %d: %t, %v", when, now, ok, err)
			}
		}
		for d, want := range map[gen.Duration]bool{0: true, 1: false, math.MaxUint64: false} {
			if ok, err := h.TryWaitFor(ctx, d); ok != want || err != nil {
				t.Errorf("for %d: %t, %v", d, ok, err)
			}
		}
		check(t, h.WaitUntil(ctx, now))
		check(t, h.WaitFor(ctx, 0))
		for name, wait := range map[string]func(context.Context) error{
			"until": func(ctx context.Context) error { return h.WaitUntil(ctx, c.Monotonic()+uint64(time.Second)) },
			"for":   func(ctx context.Context) error { return h.WaitFor(ctx, uint64(time.Second)) },
		} {
			done := make(chan error, 1)
			go func() { done <- wait(ctx) }()
			check(t, c.AwaitSleepers(ctx, 1))
			c.Advance(time.Second - 1)
			synctest.Wait()
			if len(done) > 0 {
				t.Errorf("%s: it did not wait", name)
			}
			c.Advance(1)
			check(t, <-done)
		}
		// What never comes ends with its context.
		ended, cancel := context.WithCancel(ctx)
		done := make(chan error)
		go func() { done <- h.WaitFor(ended, math.MaxUint64) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("a wait whose context ended: %v", err)
		}
	})
}

func TestSystemClock(t *testing.T) {
	ctx := t.Context()
	for _, tt := range []struct {
		at   time.Time
		want gen.Instant
	}{
		{time.Unix(0, 0), gen.Instant{}},
		{time.Unix(1_800_000_000, 999_999_999), gen.Instant{Seconds: 1_800_000_000, Nanoseconds: 999_999_999}},
		{time.Unix(-1, 250_000_000), gen.Instant{Seconds: -1, Nanoseconds: 250_000_000}},
		{time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), gen.Instant{Seconds: firstSecond, Nanoseconds: 1}},
	} {
		h := link(clock.NewManual(tt.at), nil)
		if got, err := h.SystemClock.Now(ctx); got != tt.want || err != nil {
			t.Errorf("%v: %+v, %v, want %+v", tt.at, got, err, tt.want)
		}
	}
	if r, err := link(nil, nil).SystemClock.GetResolution(ctx); r == 0 || r > uint64(time.Second) || err != nil {
		t.Errorf("resolution %d, %v", r, err)
	}
}

func TestTimezone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("SKIPPED: there are no time zones: %v", err)
	}
	const hour = int64(time.Hour)
	for _, tt := range []struct {
		zone    *time.Location
		id      string
		seconds int64
		offset  int64
		debug   string
	}{
		{nil, "UTC", 0, 0, "UTC (UTC, UTC+00:00)"},
		{berlin, "Europe/Berlin", 1_767_225_600, hour, "Europe/Berlin (CEST, UTC+02:00)"},
		{berlin, "Europe/Berlin", 1_782_000_000, 2 * hour, "Europe/Berlin (CEST, UTC+02:00)"},
		{berlin, "Europe/Berlin", lastSecond + 1, -1, ""},
		{berlin, "Europe/Berlin", firstSecond - 1, -1, ""},
		{berlin, "Europe/Berlin", math.MinInt64, -1, ""},
		{time.FixedZone("our own", -5400), "", 0, -hour * 3 / 2, "our own (our own, UTC-01:30)"},
		{time.FixedZone("", 60), "", 0, int64(time.Minute), ""},
		{time.FixedZone("../passwd", 60), "", 0, int64(time.Minute), ""},
	} {
		h, ctx := link(clock.NewManual(time.Unix(1_782_000_000, 0)), tt.zone).Timezone, t.Context()
		id, err := h.IanaID(ctx)
		check(t, err)
		if id == nil && tt.id != "" || id != nil && *id != tt.id {
			t.Errorf("%v: the name is %v, want %q", tt.zone, id, tt.id)
		}
		offset, err := h.UtcOffset(ctx, gen.Instant{Seconds: tt.seconds})
		check(t, err)
		if offset == nil && tt.offset != -1 || offset != nil && *offset != tt.offset {
			t.Errorf("%v at %d: the offset is %v, want %d", tt.zone, tt.seconds, offset, tt.offset)
		}
		if text, err := h.ToDebugString(ctx); err != nil || !strings.Contains(text, tt.debug) {
			t.Errorf("%q, %v, want %q", text, err, tt.debug)
		}
	}
	if id, err := link(nil, time.Local).Timezone.IanaID(t.Context()); id != nil || err != nil {
		t.Errorf("the local zone: %v, %v", id, err)
	}
}
