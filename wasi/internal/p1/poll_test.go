package p1

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dray-wasm/dray/host/clock"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stdio"
)

// Where the tests put subscriptions and events.
const (
	atSubs   = 3 * pageSize
	atEvents = 3*pageSize + 32768
)

// A sub is a subscription.
type sub struct {
	userdata uint64
	typ      uint8
	fd       uint32
	clock    uint32
	timeout  uint64
	flags    uint16
}

// subscribe puts the i-th subscription into memory.
func (g *guest) subscribe(i int, s sub) {
	at := uint32(atSubs + i*subscriptionSize)
	b := g.b[at : at+subscriptionSize]
	for i := range b {
		b[i] = 0xee // padding means nothing
	}
	g.set64(at+subUserdata, s.userdata)
	b[subTag] = s.typ
	if s.typ == eventtypeClock {
		g.set32(at+subClockID, s.clock)
		g.set64(at+subClockTimeout, s.timeout)
		b[subClockFlags], b[subClockFlags+1] = byte(s.flags), byte(s.flags>>8)
	} else {
		g.set32(at+subFD, s.fd)
	}
}

// An event is what happened.
type event struct {
	userdata uint64
	err      errno
	typ      uint8
	nbytes   uint64
	flags    uint16
}

// poll polls and returns the events.
func (g *guest) poll(subs ...sub) []event {
	g.t.Helper()
	for i, s := range subs {
		g.subscribe(i, s)
	}
	g.ok("poll_oneoff", atSubs, atEvents, uint64(len(subs)), atResult)
	return g.events()
}

func (g *guest) events() []event {
	var out []event
	for i := range g.u32(atResult) {
		at := atEvents + i*eventSize
		out = append(out, event{g.u64(at), errno(g.u16(at + eventError)), g.b[at+eventType],
			g.u64(at + eventNbytes), g.u16(at + eventFlags)})
	}
	return out
}

func (g *guest) wantEvents(got []event, want ...event) {
	g.t.Helper()
	if len(got) != len(want) {
		g.t.Fatalf("events %+v, want %+v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			g.t.Errorf("event %d %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestPollErrors(t *testing.T) {
	g := newDirGuest(t)
	g.want(errnoInval, "poll_oneoff", atSubs, atEvents, 0, atResult)
	g.want(errnoInval, "poll_oneoff", 0, 0, DefaultMaxSubscriptions+1, atResult)
	g.want(errnoInval, "poll_oneoff", 0, 0, 1<<32-1, atResult)
	g.want(errnoFault, "poll_oneoff", 0, 0, DefaultMaxSubscriptions, atResult)
	g.subscribe(0, sub{typ: 3})
	g.want(errnoInval, "poll_oneoff", atSubs, atEvents, 1, atResult)

	// One thing wrong with a subscription is an event; it does not hide
	// others.
	forever := sub{typ: eventtypeClock, clock: clockMonotonic, timeout: math.MaxUint64}
	g.wantEvents(g.poll(
		forever,
		sub{userdata: 1, typ: eventtypeFdRead, fd: 99},
		sub{userdata: 2, typ: eventtypeFdWrite, fd: 1<<32 - 1},
		sub{userdata: 3, typ: eventtypeFdRead, fd: 3},
		sub{userdata: 4, typ: eventtypeFdWrite, fd: 3},
		sub{userdata: 5, typ: eventtypeFdRead, fd: 1},
		sub{userdata: 6, typ: eventtypeFdWrite, fd: 0},
		sub{userdata: 7, typ: eventtypeClock, clock: 4},
		sub{userdata: 8, typ: eventtypeClock, clock: clockProcess},
		sub{userdata: 9, typ: eventtypeClock, clock: clockThread},
		sub{userdata: 10, typ: eventtypeClock, clock: clockMonotonic, flags: 2},
	),
		event{1, errnoBadf, eventtypeFdRead, 0, 0},
		event{2, errnoBadf, eventtypeFdWrite, 0, 0},
		event{3, errnoBadf, eventtypeFdRead, 0, 0},
		event{4, errnoBadf, eventtypeFdWrite, 0, 0},
		event{5, errnoBadf, eventtypeFdRead, 0, 0},
		event{6, errnoBadf, eventtypeFdWrite, 0, 0},
		event{7, errnoInval, eventtypeClock, 0, 0},
		event{8, errnoNotsup, eventtypeClock, 0, 0},
		event{9, errnoNotsup, eventtypeClock, 0, 0},
		event{10, errnoInval, eventtypeClock, 0, 0},
	)
}

func TestPollReady(t *testing.T) {
	g := newDirGuest(t)
	fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw})
	g.write(fd, "0123456789")
	g.ok("fd_seek", fd, 4, 0, atResult)
	f := uint32(fd)
	g.wantEvents(g.poll(
		sub{userdata: 1, typ: eventtypeFdRead, fd: f},
		sub{userdata: 2, typ: eventtypeFdWrite, fd: f},
		sub{userdata: 3, typ: eventtypeFdWrite, fd: 1},
		sub{userdata: 4, typ: eventtypeFdRead, fd: 0},
	),
		event{1, 0, eventtypeFdRead, 6, 0},
		event{2, 0, eventtypeFdWrite, 1, 0},
		event{3, 0, eventtypeFdWrite, 1, 0},
		event{4, 0, eventtypeFdRead, 0, fdReadwriteHangup},
	)
}

// TestPollClocks polls clocks with a manual clock: only those that are due are
// told, and all of them.
func TestPollClocks(t *testing.T) {
	const sec = uint64(time.Second)
	start := time.Unix(1000, 0)
	for _, test := range []struct {
		name string
		subs []sub
		// due is when, in seconds, and who then.
		due  uint64
		want []uint64
	}{
		{"one", []sub{{1, 0, 0, clockMonotonic, 5 * sec, 0}}, 5, []uint64{1}},
		{"zero", []sub{{1, 0, 0, clockMonotonic, 0, 0}, {2, 0, 0, clockMonotonic, 1, 0}}, 0, []uint64{1}},
		{"first of two", []sub{{1, 0, 0, clockMonotonic, 5 * sec, 0}, {2, 0, 0, clockRealtime, 3 * sec, 0}}, 3, []uint64{2}},
		{"equal", []sub{{1, 0, 0, clockMonotonic, 3 * sec, 0}, {2, 0, 0, clockRealtime, 3 * sec, 0}, {3, 0, 0, clockMonotonic, 4 * sec, 0}, {4, 0, 0, clockMonotonic, 3 * sec, 0}}, 3, []uint64{1, 2, 4}},
		{"absolute", []sub{{1, 0, 0, clockMonotonic, 102 * sec, subclockAbstime}, {2, 0, 0, clockRealtime, 1104 * sec, subclockAbstime}}, 2, []uint64{1}},
		{"absolute wall", []sub{{1, 0, 0, clockMonotonic, 109 * sec, subclockAbstime}, {2, 0, 0, clockRealtime, 1104 * sec, subclockAbstime}}, 4, []uint64{2}},
		{"past", []sub{{1, 0, 0, clockMonotonic, 50 * sec, subclockAbstime}, {2, 0, 0, clockRealtime, 1000 * sec, subclockAbstime}, {3, 0, 0, clockRealtime, 0, subclockAbstime}, {4, 0, 0, clockMonotonic, 1, 0}}, 0, []uint64{1, 2, 3}},
		{"never", []sub{{1, 0, 0, clockMonotonic, math.MaxUint64, 0}, {2, 0, 0, clockRealtime, math.MaxUint64, subclockAbstime}, {3, 0, 0, clockRealtime, math.MaxUint64, 0}, {4, 0, 0, clockMonotonic, 7 * sec, 0}}, 7, []uint64{4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clk := clock.NewManual(start)
				clk.Advance(100 * time.Second)
				g := newGuest(t, Config{Clock: clk})
				for i, s := range test.subs {
					g.subscribe(i, s)
				}
				done := make(chan errno, 1)
				go func() { done <- g.call("poll_oneoff", atSubs, atEvents, uint64(len(test.subs)), atResult) }()
				if test.due > 0 {
					synctest.Wait()
					clk.Advance(time.Duration(test.due*sec - 1))
					synctest.Wait()
					if len(done) > 0 {
						t.Fatalf("too early: %+v", g.events())
					}
					clk.Advance(1)
				}
				if e := <-done; e != 0 {
					t.Fatalf("poll_oneoff = %d", e)
				}
				var want []event
				for _, u := range test.want {
					want = append(want, event{userdata: u})
				}
				g.wantEvents(g.events(), want...)
			})
		})
	}
}

// TestPollStream: a poll of a stream and a clock ends with the first, and
// leaves nothing behind (synctest counts the goroutines).
func TestPollStream(t *testing.T) {
	for _, data := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			clk := clock.NewManual(time.Unix(0, 0))
			c := &fakeConn{in: newPipe(10), out: newPipe(0)}
			g := newGuest(t, Config{Clock: clk, Stdin: &stdio.Stream{In: c}, Stdout: &stdio.Stream{Out: c}})
			done := make(chan []event, 1)
			go func() {
				done <- g.poll(
					sub{1, eventtypeFdRead, 0, 0, 0, 0},
					sub{2, eventtypeFdWrite, 1, 0, 0, 0},
					sub{3, eventtypeClock, 0, clockMonotonic, 1000, 0},
					sub{4, eventtypeFdRead, 0, 0, 0, 0},
				)
			}()
			synctest.Wait()
			if data {
				c.in.put([]byte("abc"))
				g.wantEvents(<-done, event{1, 0, eventtypeFdRead, 3, 0}, event{4, 0, eventtypeFdRead, 3, 0})
			} else {
				clk.Advance(1000)
				g.wantEvents(<-done, event{3, 0, eventtypeClock, 0, 0})
			}
		})
	}
}

func TestPollSockets(t *testing.T) {
	a, b := newFakeConns()
	lis := &fakeListener{}
	g := newGuest(t, Config{Listeners: []net.Listener{lis}})
	now := sub{9, eventtypeClock, 0, clockMonotonic, 0, 0}
	clockEvent := event{userdata: 9}
	accept := sub{1, eventtypeFdRead, 3, 0, 0, 0}
	g.wantEvents(g.poll(accept, now), clockEvent)
	g.wantEvents(g.poll(sub{2, eventtypeFdWrite, 3, 0, 0, 0}), event{2, errnoBadf, eventtypeFdWrite, 0, 0})
	lis.push(a)
	g.wantEvents(g.poll(accept), event{1, 0, eventtypeFdRead, 1, 0})
	g.ok("sock_accept", 3, 0, atResult)
	fd := g.u32(atResult)
	read := sub{1, eventtypeFdRead, fd, 0, 0, 0}
	g.wantEvents(g.poll(read, now), clockEvent)
	b.TryWrite([]byte("xy"))
	g.wantEvents(g.poll(read, now), event{1, 0, eventtypeFdRead, 2, 0}, clockEvent)
	b.Shutdown(false, true)
	g.wantEvents(g.poll(read), event{1, 0, eventtypeFdRead, 2, 0})
	g.mustRead(uint64(fd), 10, "xy")
	g.wantEvents(g.poll(read), event{1, 0, eventtypeFdRead, 0, fdReadwriteHangup})
}

// TestPollTimeout: a poll that waits for nothing but a long sleep ends with
// the deadline of its context.
func TestPollTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuest(t, Config{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		g.ctx = ctx
		g.subscribe(0, sub{typ: eventtypeClock, clock: clockMonotonic, timeout: uint64(time.Hour)})
		if _, err := g.try("poll_oneoff", atSubs, atEvents, 1, atResult); err != context.DeadlineExceeded {
			t.Errorf("poll_oneoff: %v", err)
		}
	})
}

func TestClocks(t *testing.T) {
	clk := clock.NewManual(time.Unix(1000, 7))
	clk.Advance(5 * time.Second)
	g := newGuest(t, Config{Clock: clk})
	for id, want := range map[uint64]uint64{clockRealtime: 1005_000_000_007, clockMonotonic: 5_000_000_000} {
		g.ok("clock_time_get", id, 1000, atResult)
		if got := g.u64(atResult); got != want {
			t.Errorf("clock %d is %d, want %d", id, got, want)
		}
		g.ok("clock_res_get", id, atResult)
		if got := g.u64(atResult); got != 1 {
			t.Errorf("resolution of clock %d is %d", id, got)
		}
	}
	for _, id := range []uint64{clockProcess, clockThread, 4, 1<<32 - 1} {
		g.want(errnoInval, "clock_time_get", id, 0, atResult)
		g.want(errnoInval, "clock_res_get", id, atResult)
	}
	for _, test := range []struct {
		t    time.Time
		want uint64
	}{
		{time.Time{}, 0},
		{time.Unix(-1, 5), 0},
		{time.Unix(0, 5), 5},
		{time.Unix(1<<62, 0), math.MaxUint64},
		{timeOf(math.MaxUint64 / 2), math.MaxUint64 / 2},
	} {
		if got := nanoseconds(test.t); got != test.want {
			t.Errorf("%v is %d, want %d", test.t, got, test.want)
		}
	}
}
