package sockets

import (
	"context"
	"math"
	"testing"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
)

const second = 1_000_000_000

func TestTCPOptions(t *testing.T) {
	eachFamily(t, func(t *testing.T, f gen.IPAddressFamily) {
		g := newGuest(t, net.AllowAll())
		s := g.tcp(f)
		g.is("set-listen-backlog-size 0", s.SetListenBacklogSize(g.ctx, 0), "invalid-argument")
		g.ok(s.SetListenBacklogSize(g.ctx, 1))
		g.ok(s.SetListenBacklogSize(g.ctx, math.MaxUint64))
		checkOption(g, "keep-alive-idle-time", s.KeepAliveIdleTime, s.SetKeepAliveIdleTime, 42*second, math.MaxUint64)
		checkOption(g, "keep-alive-interval", s.KeepAliveInterval, s.SetKeepAliveInterval, 42*second, math.MaxUint64)
		checkOption(g, "keep-alive-count", s.KeepAliveCount, s.SetKeepAliveCount, 42, math.MaxUint32)
		checkOption(g, "hop-limit", s.HopLimit, s.SetHopLimit, 42, math.MaxUint8)
		checkOption(g, "receive-buffer-size", s.ReceiveBufferSize, s.SetReceiveBufferSize, 0x10000, math.MaxUint64)
		checkOption(g, "send-buffer-size", s.SendBufferSize, s.SetSendBufferSize, 0x10000, math.MaxUint64)
		for _, on := range []bool{true, false, true} {
			g.ok(s.SetKeepAliveEnabled(g.ctx, on))
			if got := must(s.KeepAliveEnabled(g.ctx))(g); got != on {
				t.Errorf("keep-alive-enabled = %v", got)
			}
		}
		// Times are rounded up, so that none becomes 0.
		g.ok(s.SetKeepAliveIdleTime(g.ctx, 1))
		if got := must(s.KeepAliveIdleTime(g.ctx))(g); got == 0 || got > second {
			t.Errorf("keep-alive-idle-time of 1 ns = %d", got)
		}
		// A listener takes all sizes too.
		l, _ := g.listener(f)
		g.ok(l.SetListenBacklogSize(g.ctx, math.MaxUint64))
		g.is("set-listen-backlog-size 0", l.SetListenBacklogSize(g.ctx, 0), "invalid-argument")
	})
}

func TestUDPOptions(t *testing.T) {
	eachFamily(t, func(t *testing.T, f gen.IPAddressFamily) {
		g := newGuest(t, net.AllowAll())
		s := g.udp(f)
		checkOption(g, "unicast-hop-limit", s.UnicastHopLimit, s.SetUnicastHopLimit, 42, math.MaxUint8)
		checkOption(g, "receive-buffer-size", s.ReceiveBufferSize, s.SetReceiveBufferSize, 0x10000, math.MaxUint64)
		checkOption(g, "send-buffer-size", s.SendBufferSize, s.SetSendBufferSize, 0x10000, math.MaxUint64)
	})
}

type number interface{ uint8 | uint32 | uint64 }

// checkOption checks an option: that it has a value, keeps one that is usual,
// refuses 0, and takes every other.
func checkOption[T number](g *guest, name string, get func(context.Context) (T, error), set func(context.Context, T) error, usual, most T) {
	g.t.Helper()
	if v := must(get(g.ctx))(g); v == 0 {
		g.t.Errorf("%s is 0", name)
	}
	g.ok(set(g.ctx, usual))
	if v := must(get(g.ctx))(g); v != usual {
		g.t.Errorf("%s = %d, expected %d", name, v, usual)
	}
	g.is(name+" 0", set(g.ctx, 0), "invalid-argument")
	if v := must(get(g.ctx))(g); v != usual {
		g.t.Errorf("%s = %d after a refusal, expected %d", name, v, usual)
	}
	for _, v := range []T{1, most} {
		g.is(name, set(g.ctx, v), "ok")
		if v := must(get(g.ctx))(g); v == 0 {
			g.t.Errorf("%s is 0", name)
		}
	}
	g.ok(set(g.ctx, usual))
}

// An accepted socket has the options that the listener had.
func TestOptionsAreInherited(t *testing.T) {
	for _, late := range []bool{false, true} {
		eachFamily(t, func(t *testing.T, f gen.IPAddressFamily) {
			g := newGuest(t, net.AllowAll())
			l := g.bound(f)
			on := must(l.KeepAliveEnabled(g.ctx))(g)
			change := func(on bool, n uint32) {
				g.ok(l.SetKeepAliveEnabled(g.ctx, on))
				g.ok(l.SetKeepAliveIdleTime(g.ctx, uint64(n)*second))
				g.ok(l.SetKeepAliveInterval(g.ctx, uint64(n)*second))
				g.ok(l.SetKeepAliveCount(g.ctx, n))
				g.ok(l.SetHopLimit(g.ctx, uint8(n)))
				g.ok(l.SetReceiveBufferSize(g.ctx, uint64(n)<<12))
				g.ok(l.SetSendBufferSize(g.ctx, uint64(n)<<12))
			}
			if !late {
				change(!on, 42)
			}
			g.ok(l.StartListen(g.ctx))
			g.ok(l.FinishListen(g.ctx))
			if late {
				change(!on, 42)
			}
			g.connect(g.tcp(f), must(l.LocalAddress(g.ctx))(g))
			s := g.accept(l)
			check := func() {
				t.Helper()
				if got := must(s.KeepAliveEnabled(g.ctx))(g); got == on {
					t.Errorf("keep-alive-enabled = %v", got)
				}
				for name, got := range map[string]uint64{
					"keep-alive-idle-time": must(s.KeepAliveIdleTime(g.ctx))(g) / second,
					"keep-alive-interval":  must(s.KeepAliveInterval(g.ctx))(g) / second,
					"keep-alive-count":     uint64(must(s.KeepAliveCount(g.ctx))(g)),
					"hop-limit":            uint64(must(s.HopLimit(g.ctx))(g)),
					"receive-buffer-size":  must(s.ReceiveBufferSize(g.ctx))(g) >> 12,
				} {
					if got < 42 || name != "receive-buffer-size" && got != 42 {
						t.Errorf("%s = %d", name, got)
					}
				}
				if got := must(s.SendBufferSize(g.ctx))(g); got < 42<<12 {
					t.Errorf("send-buffer-size = %d", got)
				}
			}
			check()
			change(on, 43)
			check()
			if got := must(s.AddressFamily(g.ctx))(g); got != f {
				t.Errorf("address-family = %v", got)
			}
		})
	}
}
