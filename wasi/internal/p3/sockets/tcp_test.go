package sockets

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
)

// tcpCalls are the functions whose answer the state of a socket decides.
var tcpCalls = []struct {
	name string
	f    tcpFunc
	call func(g *testGuest, s *TCPSocket) error
}{
	{"bind", tcpBind, func(g *testGuest, s *TCPSocket) error { return s.Bind(g.ctx, local(v4)) }},
	{"connect", tcpConnect, func(g *testGuest, s *TCPSocket) error {
		_, coming, a := g.listen(v4)
		defer coming.Close()
		return s.Connect(g.ctx, a)
	}},
	{"listen", tcpListen, func(g *testGuest, s *TCPSocket) error {
		coming, err := s.Listen(g.ctx)
		_ = coming.Close()
		return err
	}},
	{"send", tcpTransfer, func(g *testGuest, s *TCPSocket) error { return g.send(s, "") }},
	{"receive", tcpTransfer, func(g *testGuest, s *TCPSocket) error {
		x, err := s.Receive(g.ctx)
		g.ok(err)
		g.ok(x.F0.Close())
		return g.result(x.F1)
	}},
	{"get-local-address", tcpLocalAddress, func(g *testGuest, s *TCPSocket) error { _, err := s.GetLocalAddress(g.ctx); return err }},
	{"get-remote-address", tcpRemoteAddress, func(g *testGuest, s *TCPSocket) error { _, err := s.GetRemoteAddress(g.ctx); return err }},
	{"set-listen-backlog-size", tcpBacklog, func(g *testGuest, s *TCPSocket) error { return s.SetListenBacklogSize(g.ctx, 3) }},
	{"get-hop-limit", tcpOption, func(g *testGuest, s *TCPSocket) error { _, err := s.GetHopLimit(g.ctx); return err }},
	{"set-hop-limit", tcpOption, func(g *testGuest, s *TCPSocket) error { return s.SetHopLimit(g.ctx, 3) }},
	{"set-keep-alive-enabled", tcpOption, func(g *testGuest, s *TCPSocket) error { return s.SetKeepAliveEnabled(g.ctx, true) }},
}

// tcpIn makes a socket in a state.
func (g *testGuest) tcpIn(state tcpState) *TCPSocket {
	g.t.Helper()
	s := g.tcp(v4)
	switch state {
	case tcpBound:
		g.ok(s.Bind(g.ctx, local(v4)))
	case tcpListening:
		_, err := s.Listen(g.ctx)
		g.ok(err)
	case tcpConnecting:
		// No address is known that answers neither now nor soon.
		g.ok(s.Bind(g.ctx, local(v4)))
		s.state = tcpConnecting
	case tcpConnected:
		s, _ = g.pair(v4)
	case tcpClosed:
		other, _, a := g.listen(v4)
		g.ok(other.Drop(g.ctx))
		_ = other.conn.Close()
		g.is("connect", s.Connect(g.ctx, a), "connection-refused")
	}
	return s
}

// What each function does in each state.
func TestTCPStates(t *testing.T) {
	for i, name := range []string{"unbound", "bound", "listening", "connecting", "connected", "closed"} {
		state := tcpState(1 << i)
		t.Run(name, func(t *testing.T) {
			g := newGuest(t, net.AllowAll(), 0)
			for _, c := range tcpCalls {
				s := g.tcpIn(state)
				if s.state != state {
					t.Fatalf("the state is %b, want %b", s.state, state)
				}
				want := "ok"
				if c.f.in(state) != nil {
					want = "invalid-state"
				}
				g.is(c.name, c.call(g, s), want)
				g.ok(s.Drop(g.ctx))
			}
			s := g.tcpIn(state)
			is, err := s.GetIsListening(g.ctx)
			if err != nil || is != (state == tcpListening) {
				t.Errorf("get-is-listening = %v, %v", is, err)
			}
			if f, err := s.GetAddressFamily(g.ctx); err != nil || f != v4 {
				t.Errorf("get-address-family = %v, %v", f, err)
			}
		})
	}
}

// Addresses that are refused before anybody is asked, with or without grants.
func TestTCPAddresses(t *testing.T) {
	for _, policy := range []*net.Policy{nil, net.AllowAll()} {
		g := newGuest(t, policy, 0)
		for _, c := range []struct {
			family        gen.IPAddressFamily
			addr          string
			bind, connect string
		}{
			{v4, "[::1]:80", "invalid-argument", "invalid-argument"},
			{v6, "127.0.0.1:80", "invalid-argument", "invalid-argument"},
			{v4, "224.0.0.1:80", "invalid-argument", "invalid-argument"},
			{v4, "239.0.0.1:80", "invalid-argument", "invalid-argument"},
			{v4, "255.255.255.255:80", "invalid-argument", "invalid-argument"},
			{v6, "[ff00::1]:80", "invalid-argument", "invalid-argument"},
			{v6, "[ffff::1]:80", "invalid-argument", "invalid-argument"},
			{v6, "[::127.0.0.1]:80", "invalid-argument", "invalid-argument"},
			{v4, "0.0.0.0:80", "", "invalid-argument"},
			{v6, "[::]:80", "", "invalid-argument"},
			{v4, "127.0.0.1:0", "", "invalid-argument"},
			{v4, "192.0.2.1:0", "address-not-bindable", "invalid-argument"},
			{v6, "[2001:db8::1]:0", "address-not-bindable", "invalid-argument"},
		} {
			a, s := at(c.addr), g.tcp(c.family)
			if policy == nil && c.bind == "address-not-bindable" {
				c.bind = "access-denied"
			}
			if c.bind != "" {
				g.is("bind "+c.addr, s.Bind(g.ctx, a), c.bind)
			}
			g.is("connect "+c.addr, s.Connect(g.ctx, a), c.connect)
			done, err := s.TryConnect(g.ctx, a)
			if g.is("try-connect "+c.addr, err, c.connect); !done {
				t.Errorf("connect to %s waits", c.addr)
			}
			g.ok(s.Drop(g.ctx))
		}
		mapped := at("[::1]:80")
		mapped.Ipv6.Address = gen.Ipv6Address{F5: 0xffff, F6: 0x7f00, F7: 1}
		g.is("bind", g.tcp(v6).Bind(g.ctx, mapped), "invalid-argument")
		g.is("connect", g.tcp(v6).Connect(g.ctx, mapped), "invalid-argument")
	}
}

func TestTCPBothWays(t *testing.T) {
	for _, f := range families(t) {
		g := newGuest(t, net.AllowAll(), 0)
		client, server := g.pair(f)
		here, err := client.GetLocalAddress(g.ctx)
		g.ok(err)
		there, err := server.GetRemoteAddress(g.ctx)
		g.ok(err)
		if here != there {
			t.Errorf("the client is at %v, and seen at %v", here, there)
		}
		// The end of one direction is not that of the other.
		g.ok(g.send(client, "question"))
		got, err := g.receive(server)
		if g.ok(err); got != "question" {
			t.Errorf("%q", got)
		}
		g.ok(g.send(server, "answer"))
		got, err = g.receive(client)
		if g.ok(err); got != "answer" {
			t.Errorf("%q", got)
		}
		// Each is done once.
		g.is("send", g.send(client, "again"), "invalid-state")
		_, err = g.receive(client)
		g.is("receive", err, "invalid-state")
	}
}

// Much more than any buffer holds, sent back by a stream of the host that comes
// back to it.
func TestTCPEcho(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	client, server := g.pair(v4)
	x, err := server.Receive(g.ctx)
	g.ok(err)
	echoed, err := server.Send(g.ctx, x.F0)
	g.ok(err)
	want := bytes.Repeat([]byte("0123456789abcde"), 1<<18)
	sent, err := client.Send(g.ctx, bind.NopCloser(bytes.NewReader(want)))
	g.ok(err)
	got, err := g.receive(client)
	if g.ok(err); got != string(want) {
		t.Errorf("%d bytes came back of %d", len(got), len(want))
	}
	for _, f := range []*bind.Future[result]{echoed, x.F1, sent} {
		g.ok(g.result(f))
	}
}

// One read gives what has come, without waiting for more.
func TestReceiveAtOnce(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	_, coming, a := g.listen(v4)
	c := g.dial(a)
	s, err := coming.Next(g.ctx)
	g.ok(err)
	x, err := s.Receive(g.ctx)
	g.ok(err)
	c.Write([]byte("hello"))
	p := make([]byte, 100)
	n, err := x.F0.(*receiver).ReadContext(g.ctx, p)
	if g.ok(err); string(p[:n]) != "hello" {
		t.Errorf("%q", p[:n])
	}
	// A read that ends loses nothing.
	ctx, cancel := context.WithCancel(g.ctx)
	cancel()
	if n, err := x.F0.(*receiver).ReadContext(ctx, p); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d, %v", n, err)
	}
	c.Write([]byte("more"))
	if n, err = x.F0.(*receiver).ReadContext(g.ctx, p); string(p[:n]) != "more" || err != nil {
		t.Errorf("%q, %v", p[:n], err)
	}
	c.CloseWrite()
	if n, err = x.F0.Read(p); n != 0 || err != io.EOF {
		t.Errorf("%d, %v", n, err)
	}
	g.ok(g.result(x.F1))
}

// Who wants to hear no more is told that all is well, while the peer is there.
func TestReceiveDropped(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	client, server := g.pair(v4)
	x, err := client.Receive(g.ctx)
	g.ok(err)
	second, err := client.Receive(g.ctx)
	g.ok(err)
	g.is("a second receive", g.result(second.F1), "invalid-state")
	if n, err := second.F0.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d, %v", n, err)
	}
	// A read under way ends too.
	ended := make(chan error)
	go func() {
		_, err := x.F0.Read(make([]byte, 1))
		ended <- err
	}()
	g.ok(x.F0.Close())
	if err := <-ended; err == nil {
		t.Error("a read of a stream that was closed gave something")
	}
	g.ok(g.result(x.F1))
	g.ok(g.send(client, "still here"))
	got, err := g.receive(server)
	if g.ok(err); got != "still here" {
		t.Errorf("%q", got)
	}
}

// What a peer that breaks the connection does.
func TestReset(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	_, coming, a := g.listen(v4)
	c := g.dial(a)
	s, err := coming.Next(g.ctx)
	g.ok(err)
	x, err := s.Receive(g.ctx)
	g.ok(err)
	r, w := io.Pipe()
	sent, err := s.Send(g.ctx, r)
	g.ok(err)
	c.SetLinger(0)
	c.Close()
	if n, err := x.F0.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	g.is("receive", g.result(x.F1), "connection-reset")
	// The guest's stream is closed, and its writes end.
	for {
		if _, err := w.Write(make([]byte, 1000)); err != nil {
			break
		}
	}
	g.is("send", g.result(sent), "connection-broken|connection-reset")
}

// The streams of a socket outlive it, and the system's socket lives as long.
func TestSharedOwnership(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	before := descriptors()
	l, coming, a := g.listen(v4)
	g.ok(l.Drop(g.ctx))
	c := g.dial(a)
	s, err := coming.Next(g.ctx)
	g.ok(err)
	g.ok(coming.Close())
	x, err := s.Receive(g.ctx)
	g.ok(err)
	r, w := io.Pipe()
	sent, err := s.Send(g.ctx, r)
	g.ok(err)
	g.ok(s.Drop(g.ctx))
	c.Write([]byte("in"))
	c.CloseWrite()
	in, err := io.ReadAll(x.F0)
	if g.ok(err); string(in) != "in" {
		t.Errorf("%q", in)
	}
	g.ok(g.result(x.F1))
	w.Write([]byte("out"))
	w.Close()
	g.ok(g.result(sent))
	if out, err := io.ReadAll(c); string(out) != "out" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	c.Close()
	if after := descriptors(); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

// A port is free as soon as the last of a listener is dropped, whatever
// connections it had.
func TestReuse(t *testing.T) {
	for _, streamFirst := range []bool{true, false} {
		g := newGuest(t, net.AllowAll(), 0)
		l, coming, a := g.listen(v4)
		client := g.tcp(v4)
		g.ok(client.Connect(g.ctx, a))
		s, err := coming.Next(g.ctx)
		g.ok(err)
		g.ok(g.send(s.(*TCPSocket), "x"))
		g.ok(s.Drop(g.ctx))
		g.is("bind", g.tcp(v4).Bind(g.ctx, a), "address-in-use")
		if streamFirst {
			g.ok(coming.Close())
			g.ok(l.Drop(g.ctx))
		} else {
			g.ok(l.Drop(g.ctx))
			g.ok(coming.Close())
		}
		next := g.tcp(v4)
		g.ok(next.Bind(g.ctx, a))
		_, err = next.Listen(g.ctx)
		g.ok(err)
	}
}

// Nobody accepts, and yet a peer connects: the socket listens as long as it
// lives.
func TestListenStreamDropped(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	l, coming, a := g.listen(v4)
	g.ok(coming.Close())
	c := g.dial(a)
	is, err := l.GetIsListening(g.ctx)
	if g.ok(err); !is {
		t.Error("the socket does not listen any more")
	}
	g.ok(l.Drop(g.ctx))
	if _, err := io.ReadAll(c); err == nil {
		t.Error("the connection ended well")
	}
}

// An accepted socket is like its listener.
func TestInherited(t *testing.T) {
	for _, f := range families(t) {
		g := newGuest(t, net.AllowAll(), 0)
		l := g.tcp(f)
		g.ok(l.SetHopLimit(g.ctx, 33))
		g.ok(l.SetKeepAliveEnabled(g.ctx, true))
		g.ok(l.SetKeepAliveIdleTime(g.ctx, 42e9))
		g.ok(l.SetKeepAliveInterval(g.ctx, 7e9))
		g.ok(l.SetKeepAliveCount(g.ctx, 5))
		g.ok(l.Bind(g.ctx, local(f)))
		coming, err := l.Listen(g.ctx)
		g.ok(err)
		a, err := l.GetLocalAddress(g.ctx)
		g.ok(err)
		g.dial(a)
		s, err := coming.Next(g.ctx)
		g.ok(err)
		if got, err := s.GetAddressFamily(g.ctx); got != f || err != nil {
			t.Errorf("family %v, %v", got, err)
		}
		if got, err := s.GetHopLimit(g.ctx); got != 33 || err != nil {
			t.Errorf("hop limit %v, %v", got, err)
		}
		if got, err := s.GetKeepAliveEnabled(g.ctx); !got || err != nil {
			t.Errorf("keep alive %v, %v", got, err)
		}
		if got, err := s.GetKeepAliveIdleTime(g.ctx); got != 42e9 || err != nil {
			t.Errorf("idle time %v, %v", got, err)
		}
		if got, err := s.GetKeepAliveInterval(g.ctx); got != 7e9 || err != nil {
			t.Errorf("interval %v, %v", got, err)
		}
		if got, err := s.GetKeepAliveCount(g.ctx); got != 5 || err != nil {
			t.Errorf("count %v, %v", got, err)
		}
		if is, err := s.GetIsListening(g.ctx); is || err != nil {
			t.Errorf("listening %v, %v", is, err)
		}
	}
}

// A guest that gives up connecting has a socket that is of no use.
func TestConnectCancelled(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	s := g.tcp(v4)
	before := descriptors()
	ctx, cancel := context.WithCancel(g.ctx)
	cancel()
	if err := s.Connect(ctx, at("192.0.2.1:80")); errors.Is(err, context.Canceled) {
		if after := descriptors(); before > 0 && after != before-1 {
			t.Errorf("%d descriptors, %d before", after, before)
		}
	} else {
		t.Logf("connecting ended at once: %v", err)
	}
	g.is("connect", s.Connect(g.ctx, at("192.0.2.1:80")), "invalid-state")
	g.is("get-local-address", func() error { _, err := s.GetLocalAddress(g.ctx); return err }(), "invalid-state")
	g.ok(s.Drop(g.ctx))
}

// What TryConnect began, Connect ends; nobody else can.
func TestTryConnect(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	_, _, a := g.listen(v4)
	for range 20 {
		s := g.tcp(v4)
		done, err := s.TryConnect(g.ctx, a)
		g.ok(err)
		// The attempt belongs to the first call, of which Connect is the rest.
		again, err := s.TryConnect(g.ctx, a)
		if g.is("a second connect", err, "invalid-state"); !again {
			t.Error("a second connect waits")
		}
		if !done {
			g.ok(s.Connect(g.ctx, a))
		}
		g.is("connect", s.Connect(g.ctx, a), "invalid-state")
		_, err = s.GetRemoteAddress(g.ctx)
		g.ok(err)
		g.ok(s.Drop(g.ctx))
	}
}

func TestTCPOptions(t *testing.T) {
	for _, f := range families(t) {
		g := newGuest(t, nil, 0)
		s := g.tcp(f)
		for _, c := range []struct {
			name string
			set  func(uint64) error
			get  func() (uint64, error)
			max  uint64
			same uint64
		}{
			{"idle", func(n uint64) error { return s.SetKeepAliveIdleTime(g.ctx, n) }, func() (uint64, error) { return s.GetKeepAliveIdleTime(g.ctx) }, 1<<64 - 1, 42e9},
			{"interval", func(n uint64) error { return s.SetKeepAliveInterval(g.ctx, n) }, func() (uint64, error) { return s.GetKeepAliveInterval(g.ctx) }, 1<<64 - 1, 42e9},
			{"count", func(n uint64) error { return s.SetKeepAliveCount(g.ctx, uint32(n)) }, wide(func() (uint32, error) { return s.GetKeepAliveCount(g.ctx) }), 1<<32 - 1, 42},
			{"hop limit", func(n uint64) error { return s.SetHopLimit(g.ctx, uint8(n)) }, wide(func() (uint8, error) { return s.GetHopLimit(g.ctx) }), 255, 42},
			{"receive buffer", func(n uint64) error { return s.SetReceiveBufferSize(g.ctx, n) }, func() (uint64, error) { return s.GetReceiveBufferSize(g.ctx) }, 1<<64 - 1, 65536},
			{"send buffer", func(n uint64) error { return s.SetSendBufferSize(g.ctx, n) }, func() (uint64, error) { return s.GetSendBufferSize(g.ctx) }, 1<<64 - 1, 65536},
		} {
			g.is(c.name, c.set(0), "invalid-argument")
			g.ok(c.set(1))
			n, err := c.get()
			if g.ok(err); n == 0 || strings.HasPrefix(c.name, "i") && n > 1e9 {
				t.Errorf("%s is %d after 1", c.name, n)
			}
			g.ok(c.set(c.max))
			g.ok(c.set(c.same))
			if n, err := c.get(); n != c.same || err != nil {
				t.Errorf("%s is %d, %v, want %d", c.name, n, err, c.same)
			}
		}
		g.is("backlog", s.SetListenBacklogSize(g.ctx, 0), "invalid-argument")
		g.ok(s.SetListenBacklogSize(g.ctx, 1))
		g.ok(s.SetListenBacklogSize(g.ctx, 1<<64-1))
		for _, on := range []bool{true, false} {
			g.ok(s.SetKeepAliveEnabled(g.ctx, on))
			if got, err := s.GetKeepAliveEnabled(g.ctx); got != on || err != nil {
				t.Errorf("keep alive is %v, %v", got, err)
			}
		}
	}
}

// wide is get with a wider result.
func wide[T uint8 | uint32](get func() (T, error)) func() (uint64, error) {
	return func() (uint64, error) {
		n, err := get()
		return uint64(n), err
	}
}

// While one call connects, another cannot, and does not take its place.
func TestConnectTwice(t *testing.T) {
	g := newGuest(t, net.AllowAll(), 0)
	_, _, a := g.listen(v4)
	s := g.tcp(v4)
	g.ok(s.startConnect(&a))
	s.begun = true // as TryConnect leaves it where peers take their time
	done, err := s.TryConnect(g.ctx, a)
	if g.is("a second connect", err, "invalid-state"); !done {
		t.Error("a second connect waits")
	}
	g.ok(s.Connect(g.ctx, a))
	_, err = s.GetRemoteAddress(g.ctx)
	g.ok(err)
}
