package sockets

import (
	"fmt"
	"testing"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
)

// Without a policy there is a network, and nothing in it.
func TestNoPolicy(t *testing.T) {
	g := newGuest(t, nil)
	before := descriptors()
	for _, f := range []gen.IPAddressFamily{gen.IPAddressFamilyIpv4, gen.IPAddressFamilyIpv6} {
		_, err := g.h.CreateTCPSocket(g.ctx, f)
		g.is("create-tcp-socket", err, "access-denied")
		_, err = g.h.CreateUDPSocket(g.ctx, f)
		g.is("create-udp-socket", err, "access-denied")
	}
	for _, name := range []string{"localhost", "127.0.0.1", "example.com", ""} {
		_, err := g.h.ResolveAddresses(g.ctx, g.net, name)
		g.is("resolve-addresses", err, "access-denied")
	}
	if after := descriptors(); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
	// Nor does a socket of another guest help, with this network.
	other := newGuest(t, net.AllowAll())
	g.is("start-bind", other.tcp(0).StartBind(g.ctx, g.net, at("127.0.0.1:0")), "access-denied")
	g.is("start-connect", other.tcp(0).StartConnect(g.ctx, g.net, at("127.0.0.1:80")), "access-denied")
	g.is("start-bind", other.udp(0).StartBind(g.ctx, g.net, at("127.0.0.1:0")), "access-denied")
}

// A socket that was bound to one network connects to no other.
func TestOtherNetwork(t *testing.T) {
	g, other := newGuest(t, net.AllowAll()), newGuest(t, net.AllowAll())
	s := g.bound(gen.IPAddressFamilyIpv4)
	g.is("start-connect", s.StartConnect(g.ctx, other.net, at("127.0.0.1:80")), "invalid-argument")
}

// What grants are needed for what.
func TestGrants(t *testing.T) {
	all := newGuest(t, net.AllowAll())
	_, listens := all.listener(gen.IPAddressFamilyIpv4)
	port := native(listens).Port()
	local, anywhere := at("127.0.0.1:0"), at("0.0.0.0:0")

	connects := func(g *guest, s *TCPSocket) error {
		if err := s.StartConnect(g.ctx, g.net, listens); err != nil {
			return err
		}
		_, err := g.finish(s)
		return err
	}
	bindTo := func(a gen.IPSocketAddress, then func(*guest, *TCPSocket) error) func(*guest) error {
		return func(g *guest) error {
			s := g.tcp(gen.IPAddressFamilyIpv4)
			if err := s.StartBind(g.ctx, g.net, a); err != nil {
				return fmt.Errorf("bind: %w", err)
			}
			g.ok(s.FinishBind(g.ctx))
			return then(g, s)
		}
	}
	listen := func(g *guest, s *TCPSocket) error { return s.StartListen(g.ctx) }
	for _, c := range []struct {
		name   string
		do     func(*guest) error
		grants []string
		want   string
	}{
		{"connect", func(g *guest) error { return connects(g, g.tcp(0)) }, nil, "access-denied"},
		{"connect", func(g *guest) error { return connects(g, g.tcp(0)) }, []string{fmt.Sprintf("tcp:connect:127.0.0.1:%d", port)}, "ok"},
		{"connect", func(g *guest) error { return connects(g, g.tcp(0)) }, []string{fmt.Sprintf("tcp:connect:127.0.0.0/8:%d", port)}, "ok"},
		{"connect", func(g *guest) error { return connects(g, g.tcp(0)) }, []string{fmt.Sprintf("tcp:connect:127.0.0.1:%d", port+1)}, "access-denied"},
		{"connect", func(g *guest) error { return connects(g, g.tcp(0)) }, []string{fmt.Sprintf("udp:connect:127.0.0.1:%d", port)}, "access-denied"},
		{"connect", func(g *guest) error { return connects(g, g.tcp(0)) }, []string{fmt.Sprintf("tcp:bind:127.0.0.1:%d", port)}, "access-denied"},
		{"connect from an implicit address", bindTo(anywhere, connects), []string{"tcp:connect:*:*"}, "ok"},
		{"bind", bindTo(local, connects), []string{"tcp:connect:*:*"}, "bind: access-denied"},
		{"bind", bindTo(local, listen), []string{"tcp:bind:127.0.0.1:*"}, "ok"},
		{"bind", bindTo(local, listen), []string{"tcp:bind:127.0.0.1:0"}, "ok"},
		{"bind", bindTo(local, listen), []string{"tcp:bind:127.0.0.1:8080"}, "bind: access-denied"},
		{"listen at an implicit address", bindTo(anywhere, listen), []string{"tcp:bind:127.0.0.1:*"}, "access-denied"},
		{"listen at an implicit address", bindTo(anywhere, listen), []string{"tcp:connect:*:*"}, "access-denied"},
		{"listen at an implicit address", bindTo(anywhere, listen), []string{"tcp:bind:0.0.0.0:0"}, "ok"},
		{"listen at an implicit address", bindTo(anywhere, listen), []string{"tcp:bind:0.0.0.0:1-65535"}, "ok"},
		{"listen at an implicit address", bindTo(anywhere, listen), []string{"*:*:*:*"}, "ok"},
	} {
		g := newGuest(t, grants(t, c.grants...))
		got := ""
		switch err := c.do(g); e := err.(type) {
		case nil, gen.ErrorCode:
			got = code(err)
		default:
			got = e.Error()
		}
		if got != c.want {
			t.Errorf("%s with %q: %s, expected %s", c.name, c.grants, got, c.want)
		}
	}
}

// A UDP socket sends to whom it may, and at an implicit address hears nobody
// else.
func TestUDPGrants(t *testing.T) {
	all := newGuest(t, net.AllowAll())
	friend := all.stream(all.bind(gen.IPAddressFamilyIpv4), nil)
	stranger := all.stream(all.bind(gen.IPAddressFamilyIpv4), nil)

	g := newGuest(t, grants(t, fmt.Sprintf("udp:connect:127.0.0.1:%d", native(friend.addr).Port())))
	s := &datagrams{UDPSocket: g.udp(gen.IPAddressFamilyIpv4)}
	g.is("start-bind", s.StartBind(g.ctx, g.net, at("127.0.0.1:0")), "access-denied")
	g.ok(s.StartBind(g.ctx, g.net, at("0.0.0.0:0")))
	g.ok(s.FinishBind(g.ctx))
	g.ok(s.SetReceiveBufferSize(g.ctx, 1<<20))
	g.stream(s, nil)
	_, err := g.send(s.out, datagram("x", &stranger.addr))
	g.is("send to a stranger", err, "access-denied")
	_, err = s.Stream(g.ctx, &stranger.addr)
	g.is("stream to a stranger", err, "access-denied")

	must(g.send(s.out, datagram("who am I", &friend.addr)))(g)
	me := all.receive(friend.in, 1)[0].RemoteAddress
	for range 300 {
		must(all.send(stranger.out, datagram("evil", &me)))(all)
	}
	must(all.send(friend.out, datagram("a friend", &me)))(all)
	if got := g.receive(s.in, 1); string(got[0].Data) != "a friend" || got[0].RemoteAddress != friend.addr {
		t.Errorf("received %q from %v", got[0].Data, native(got[0].RemoteAddress))
	}

	// Where it was granted to be bound, it hears all.
	b := newGuest(t, grants(t, "udp:bind:127.0.0.1:*"))
	r := b.stream(b.bind(gen.IPAddressFamilyIpv4), nil)
	must(all.send(stranger.out, datagram("hello", &r.addr)))(all)
	b.receive(r.in, 1)
	_, err = b.send(r.out, datagram("x", &stranger.addr))
	b.is("send to whom it heard", err, "access-denied")
}

// The functions that belong to no resource are all there.
func TestLink(t *testing.T) {
	h := Host{}.Link()
	if h.Network == nil || h.InstanceNetwork == nil || h.IPNameLookup == nil || h.TCP == nil ||
		h.TCPCreateSocket == nil || h.UDP == nil || h.UDPCreateSocket == nil {
		t.Errorf("an interface is missing: %+v", h)
	}
	g := newGuest(t, nil)
	g.ok(g.net.Drop(g.ctx))
	again := must(g.h.InstanceNetwork(g.ctx))(g)
	if again != g.net {
		t.Error("a guest has two networks")
	}
}
