package sockets

import (
	"fmt"
	"testing"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
)

// Without a policy there are sockets, which get nowhere.
func TestNoPolicy(t *testing.T) {
	g := newGuest(t, nil, 0)
	for _, f := range families(t) {
		to := local(f)
		to.Ipv4.Port, to.Ipv6.Port = 80, 80
		any := toSocketAddress(anywhere(familyOf(f)))
		g.is("tcp bind", g.tcp(f).Bind(g.ctx, local(f)), "access-denied")
		g.is("tcp bind", g.tcp(f).Bind(g.ctx, any), "access-denied")
		g.is("tcp connect", g.tcp(f).Connect(g.ctx, to), "access-denied")
		_, err := g.tcp(f).Listen(g.ctx)
		g.is("tcp listen", err, "access-denied")
		s := g.udp(f)
		g.is("udp bind", s.Bind(g.ctx, local(f)), "access-denied")
		g.is("udp bind", s.Bind(g.ctx, any), "access-denied")
		g.is("udp connect", s.Connect(g.ctx, to), "access-denied")
		g.is("udp send", s.Send(g.ctx, nil, &to), "access-denied")
		_, err = s.GetLocalAddress(g.ctx)
		g.is("udp get-local-address", err, "invalid-state")
	}
	_, err := g.h.ResolveAddresses(g.ctx, "localhost")
	g.is("resolve-addresses", err, "access-denied")
}

// What grants are needed for what.
func TestGrants(t *testing.T) {
	all := newGuest(t, net.AllowAll(), 0)
	_, _, listens := all.listen(v4)
	_, hears := all.boundUDP(v4)
	port, udpPort := native(listens).Port(), native(hears).Port()
	any := at("0.0.0.0:0")

	bound := func(a gen.IPSocketAddress, then func(*testGuest, *TCPSocket) error) func(*testGuest) error {
		return func(g *testGuest) error {
			s := g.tcp(v4)
			if err := s.Bind(g.ctx, a); err != nil {
				return err
			}
			return then(g, s)
		}
	}
	connect := func(g *testGuest, s *TCPSocket) error { return s.Connect(g.ctx, listens) }
	listen := func(g *testGuest, s *TCPSocket) error { _, err := s.Listen(g.ctx); return err }
	none := func(*testGuest, *TCPSocket) error { return nil }
	for _, c := range []struct {
		name   string
		do     func(*testGuest) error
		grants []string
		want   string
	}{
		{"connect", func(g *testGuest) error { return connect(g, g.tcp(v4)) }, nil, "access-denied"},
		{"connect", func(g *testGuest) error { return connect(g, g.tcp(v4)) }, []string{fmt.Sprintf("tcp:connect:127.0.0.1:%d", port)}, "ok"},
		{"connect", func(g *testGuest) error { return connect(g, g.tcp(v4)) }, []string{fmt.Sprintf("tcp:connect:127.0.0.1:%d", port+1)}, "access-denied"},
		{"connect", func(g *testGuest) error { return connect(g, g.tcp(v4)) }, []string{fmt.Sprintf("udp:connect:127.0.0.1:%d", port)}, "access-denied"},
		{"connect from an implicit address", bound(any, connect), []string{"tcp:connect:*:*"}, "ok"},
		{"bind", bound(local(v4), none), []string{"tcp:connect:*:*"}, "access-denied"},
		{"bind", bound(local(v4), none), []string{"tcp:bind:127.0.0.1:0"}, "ok"},
		{"bind", bound(local(v4), none), []string{"tcp:bind:127.0.0.1:1-65535"}, "access-denied"},
		{"listen where it is bound", bound(local(v4), listen), []string{"tcp:bind:127.0.0.1:0"}, "ok"},
		{"listen at an implicit address", bound(any, listen), []string{"tcp:connect:*:*"}, "access-denied"},
		{"listen at an implicit address", bound(any, listen), []string{"tcp:bind:0.0.0.0:1-65535"}, "ok"},
		{"listen unbound", func(g *testGuest) error { return listen(g, g.tcp(v4)) }, []string{"tcp:connect:*:*"}, "access-denied"},
		{"listen unbound", func(g *testGuest) error { return listen(g, g.tcp(v4)) }, []string{"tcp:bind:127.0.0.1:*"}, "access-denied"},
		{"listen unbound", func(g *testGuest) error { return listen(g, g.tcp(v4)) }, []string{"tcp:bind:*:*"}, "ok"},
		{"udp connect", func(g *testGuest) error { return g.udp(v4).Connect(g.ctx, hears) }, []string{"udp:bind:*:*"}, "access-denied"},
		{"udp connect", func(g *testGuest) error { return g.udp(v4).Connect(g.ctx, hears) }, []string{fmt.Sprintf("udp:connect:*:%d", udpPort)}, "ok"},
		{"udp send", func(g *testGuest) error { return g.udp(v4).Send(g.ctx, nil, &hears) }, []string{"udp:bind:*:*"}, "access-denied"},
		{"udp send", func(g *testGuest) error { return g.udp(v4).Send(g.ctx, nil, &hears) }, []string{fmt.Sprintf("udp:connect:*:%d", udpPort)}, "ok"},
		{"udp bind", func(g *testGuest) error { return g.udp(v4).Bind(g.ctx, local(v4)) }, []string{"udp:connect:*:*"}, "access-denied"},
		{"udp bind", func(g *testGuest) error { return g.udp(v4).Bind(g.ctx, any) }, []string{"udp:connect:*:*"}, "ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGuest(t, grants(t, c.grants...), 0)
			g.is(fmt.Sprintf("%s with %q", c.name, c.grants), c.do(g), c.want)
		})
	}
}

// A socket at an implicit address hears those whom it may send to, also after
// a bind that was granted and failed.
func TestUDPHears(t *testing.T) {
	all := newGuest(t, net.AllowAll(), 0)
	friend, friendly := all.boundUDP(v4)
	stranger, strange := all.boundUDP(v4)
	g := newGuest(t, grants(t, fmt.Sprintf("udp:connect:127.0.0.1:%d", native(friendly).Port()),
		fmt.Sprintf("udp:bind:127.0.0.1:%d", native(strange).Port())), 0)
	s := g.udp(v4)
	g.is("bind", s.Bind(g.ctx, strange), "address-in-use")
	g.ok(s.Send(g.ctx, nil, &friendly))
	x, err := friend.Receive(g.ctx)
	g.ok(err)
	for range 2 * maxLooks {
		g.ok(stranger.Send(g.ctx, []byte("strange"), &x.F1))
	}
	g.ok(friend.Send(g.ctx, []byte("friendly"), &x.F1))
	if x, err = s.Receive(g.ctx); err != nil || string(x.F0) != "friendly" {
		t.Errorf("got %q, %v", x.F0, err)
	}
	// With a peer that is granted, and without one again.
	g.ok(s.Connect(g.ctx, friendly))
	g.ok(s.Disconnect(g.ctx))
	here, err := s.GetLocalAddress(g.ctx)
	g.ok(err)
	to := local(v4)
	to.Ipv4.Port = native(here).Port()
	g.ok(stranger.Send(g.ctx, []byte("strange"), &to))
	g.ok(friend.Send(g.ctx, []byte("friendly"), &to))
	if x, err = s.Receive(g.ctx); err != nil || string(x.F0) != "friendly" {
		t.Errorf("got %q, %v", x.F0, err)
	}
	// Who is bound where that is granted hears everybody.
	b := newGuest(t, grants(t, "udp:bind:127.0.0.1:0"), 0)
	open, a := b.boundUDP(v4)
	g.ok(stranger.Send(g.ctx, []byte("strange"), &a))
	if x, err = open.Receive(b.ctx); err != nil || string(x.F0) != "strange" {
		t.Errorf("got %q, %v", x.F0, err)
	}
}
