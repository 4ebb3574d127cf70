package sockets

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
)

// What a socket answers before it is bound, bound, and connected.
func TestUDPStates(t *testing.T) {
	for _, f := range families(t) {
		g := newGuest(t, net.AllowAll(), 0)
		_, there := g.boundUDP(f)
		s := g.udp(f)
		state := func(name, local, remote, receive string) {
			t.Helper()
			_, err := s.GetLocalAddress(g.ctx)
			g.is(name+": get-local-address", err, local)
			_, err = s.GetRemoteAddress(g.ctx)
			g.is(name+": get-remote-address", err, remote)
			_, done, err := s.TryReceive(g.ctx)
			if g.is(name+": receive", err, receive); done != (receive != "ok") {
				t.Errorf("%s: receive answers %v", name, done)
			}
			if got, err := s.GetAddressFamily(g.ctx); got != f || err != nil {
				t.Errorf("%s: get-address-family = %v, %v", name, got, err)
			}
		}
		state("unbound", "invalid-state", "invalid-state", "invalid-state")
		g.is("disconnect", s.Disconnect(g.ctx), "invalid-state")
		g.is("send", s.Send(g.ctx, nil, nil), "invalid-argument")
		g.ok(s.Bind(g.ctx, local(f)))
		state("bound", "ok", "invalid-state", "ok")
		g.is("bind", s.Bind(g.ctx, local(f)), "invalid-state")
		g.is("disconnect", s.Disconnect(g.ctx), "invalid-state")
		for range 2 {
			g.ok(s.Connect(g.ctx, there))
			state("connected", "ok", "ok", "ok")
		}
		g.is("bind", s.Bind(g.ctx, local(f)), "invalid-state")
		g.ok(s.Disconnect(g.ctx))
		state("disconnected", "ok", "invalid-state", "ok")
		other := g.udp(f)
		g.is("bind", other.Bind(g.ctx, there), "address-in-use")
		g.ok(s.Drop(g.ctx))
		state("dropped", "invalid-state", "invalid-state", "invalid-state")
	}
}

// A socket that connects or sends is bound by that.
func TestUDPImplicitBind(t *testing.T) {
	for _, f := range families(t) {
		g := newGuest(t, net.AllowAll(), 0)
		_, there := g.boundUDP(f)
		s := g.udp(f)
		g.ok(s.Connect(g.ctx, there))
		a, err := s.GetLocalAddress(g.ctx)
		g.ok(err)
		if native(a).Addr() != native(there).Addr() || native(a).Port() == native(there).Port() {
			t.Errorf("bound to %v", native(a))
		}
		s = g.udp(f)
		g.ok(s.Send(g.ctx, []byte{1}, &there))
		_, err = s.GetLocalAddress(g.ctx)
		g.ok(err)
		_, err = s.GetRemoteAddress(g.ctx)
		g.is("get-remote-address", err, "invalid-state")
	}
}

// Addresses that nobody can be at are refused before anybody is asked.
func TestUDPAddresses(t *testing.T) {
	for _, policy := range []*net.Policy{nil, net.AllowAll()} {
		g := newGuest(t, policy, 0)
		for _, c := range []struct {
			family gen.IPAddressFamily
			addr   string
			bind   bool
		}{
			{v4, "[::1]:80", true},
			{v6, "127.0.0.1:80", true},
			{v6, "[::127.0.0.1]:80", true},
			{v4, "0.0.0.0:80", false},
			{v6, "[::]:80", false},
			{v4, "127.0.0.1:0", false},
		} {
			a, s := at(c.addr), g.udp(c.family)
			if c.bind {
				g.is("bind "+c.addr, s.Bind(g.ctx, a), "invalid-argument")
			}
			g.is("connect "+c.addr, s.Connect(g.ctx, a), "invalid-argument")
			g.is("send "+c.addr, s.Send(g.ctx, nil, &a), "invalid-argument")
		}
	}
}

func TestUDPDatagrams(t *testing.T) {
	for _, f := range families(t) {
		g := newGuest(t, net.AllowAll(), 0)
		server, there := g.boundUDP(f)
		client := g.udp(f)
		g.ok(client.Connect(g.ctx, there))
		here, err := client.GetLocalAddress(g.ctx)
		g.ok(err)
		for _, size := range []int{0, 1, 1000, 9000} {
			ping := bytes.Repeat([]byte{'x'}, size)
			got := make(chan bind.Tuple2[[]byte, gen.IPSocketAddress])
			go func() {
				x, err := server.Receive(g.ctx)
				if err != nil {
					t.Error(err)
				}
				got <- x
			}()
			g.ok(client.Send(g.ctx, ping, &there))
			x := <-got
			if !bytes.Equal(x.F0, ping) || x.F1 != here {
				t.Errorf("%d bytes from %v", len(x.F0), native(x.F1))
			}
			g.ok(server.Send(g.ctx, ping, &here))
			if x, err = client.Receive(g.ctx); err != nil || len(x.F0) != size || x.F1 != there {
				t.Errorf("%d bytes from %v, %v", len(x.F0), native(x.F1), err)
			}
		}
		g.is("send", client.Send(g.ctx, make([]byte, 65536), nil), "datagram-too-large")
		g.is("send", g.udp(f).Send(g.ctx, make([]byte, 65536), &there), "datagram-too-large")
	}
}

// A connected socket sends to nobody else, and hears nobody else.
func TestUDPConnected(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	peer, there := g.boundUDP(v4)
	stranger, elsewhere := g.boundUDP(v4)
	s, here := g.boundUDP(v4)
	g.ok(stranger.Send(g.ctx, []byte("before"), &here))
	g.ok(s.Connect(g.ctx, there))
	g.is("send", s.Send(g.ctx, nil, &elsewhere), "invalid-argument")
	if _, done, err := stranger.TryReceive(g.ctx); done || err != nil {
		t.Errorf("the stranger got something: %v", err)
	}
	g.ok(stranger.Send(g.ctx, []byte("after"), &here))
	g.ok(peer.Send(g.ctx, []byte("mine"), &here))
	x, err := s.Receive(g.ctx)
	if g.ok(err); string(x.F0) != "mine" {
		t.Errorf("got %q", x.F0)
	}
	// The refusal of a datagram is an error of a later call.
	g.ok(peer.Drop(g.ctx))
	g.ok(s.Send(g.ctx, nil, nil))
	_, err = s.Receive(g.ctx)
	g.is("receive", err, "connection-refused")
	g.ok(s.Connect(g.ctx, elsewhere))
	g.ok(s.Send(g.ctx, []byte("hello"), nil))
	x, err = stranger.Receive(g.ctx)
	if g.ok(err); string(x.F0) != "hello" {
		t.Errorf("got %q", x.F0)
	}
}

// Waiting ends with the call, and with the guest.
func TestUDPWaits(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	s, _ := g.boundUDP(v4)
	ctx, cancel := context.WithCancel(g.ctx)
	ended := make(chan error, 2)
	wait := func(ctx context.Context) {
		_, err := s.Receive(ctx)
		ended <- err
	}
	go wait(ctx)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("receive = %v", err)
	}
	go wait(g.ctx)
	g.ok(g.st.Close())
	g.is("receive", <-ended, "invalid-state")
}

func TestUDPOptions(t *testing.T) {
	for _, f := range families(t) {
		g := newGuest(t, nil, 0)
		s := g.udp(f)
		for _, c := range []struct {
			name string
			set  func(uint64) error
			get  func() (uint64, error)
			max  uint64
			same uint64
		}{
			{"hop limit", func(n uint64) error { return s.SetUnicastHopLimit(g.ctx, uint8(n)) }, wide(func() (uint8, error) { return s.GetUnicastHopLimit(g.ctx) }), 255, 42},
			{"receive buffer", func(n uint64) error { return s.SetReceiveBufferSize(g.ctx, n) }, func() (uint64, error) { return s.GetReceiveBufferSize(g.ctx) }, 1<<64 - 1, 65536},
			{"send buffer", func(n uint64) error { return s.SetSendBufferSize(g.ctx, n) }, func() (uint64, error) { return s.GetSendBufferSize(g.ctx) }, 1<<64 - 1, 65536},
		} {
			g.is(c.name, c.set(0), "invalid-argument")
			g.ok(c.set(1))
			g.ok(c.set(c.max))
			g.ok(c.set(c.same))
			if n, err := c.get(); n != c.same || err != nil {
				t.Errorf("%s is %d, %v, want %d", c.name, n, err, c.same)
			}
		}
	}
}
