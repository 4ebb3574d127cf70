package sockets

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
)

// tcpCalls are all functions of tcp-socket, with arguments that no state is
// bothered by. addr listens.
var tcpCalls = []struct {
	name string
	call func(ctx context.Context, g *guest, s *TCPSocket, addr gen.IPSocketAddress) error
}{
	{"start-bind", func(ctx context.Context, g *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		return s.StartBind(ctx, g.net, loopback(s.family))
	}},
	{"finish-bind", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		return s.FinishBind(ctx)
	}},
	{"start-connect", func(ctx context.Context, g *guest, s *TCPSocket, addr gen.IPSocketAddress) error {
		return s.StartConnect(ctx, g.net, addr)
	}},
	{"finish-connect", func(_ context.Context, g *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		_, err := g.finish(s)
		return err
	}},
	{"start-listen", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		return s.StartListen(ctx)
	}},
	{"finish-listen", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		return s.FinishListen(ctx)
	}},
	{"accept", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		_, err := s.Accept(ctx)
		return err
	}},
	{"local-address", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		_, err := s.LocalAddress(ctx)
		return err
	}},
	{"remote-address", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		_, err := s.RemoteAddress(ctx)
		return err
	}},
	{"is-listening", func(ctx context.Context, g *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		if is, err := s.IsListening(ctx); err != nil || is != (s.state == tcpListening) {
			g.t.Errorf("is-listening = %v, %v", is, err)
		}
		return nil
	}},
	{"address-family", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		_, err := s.AddressFamily(ctx)
		return err
	}},
	{"set-listen-backlog-size", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		return s.SetListenBacklogSize(ctx, 32)
	}},
	{"keep-alive-enabled", tcpGet((*TCPSocket).KeepAliveEnabled)},
	{"set-keep-alive-enabled", tcpSet((*TCPSocket).SetKeepAliveEnabled, true)},
	{"keep-alive-idle-time", tcpGet((*TCPSocket).KeepAliveIdleTime)},
	{"set-keep-alive-idle-time", tcpSet((*TCPSocket).SetKeepAliveIdleTime, 1)},
	{"keep-alive-interval", tcpGet((*TCPSocket).KeepAliveInterval)},
	{"set-keep-alive-interval", tcpSet((*TCPSocket).SetKeepAliveInterval, 1)},
	{"keep-alive-count", tcpGet((*TCPSocket).KeepAliveCount)},
	{"set-keep-alive-count", tcpSet((*TCPSocket).SetKeepAliveCount, 1)},
	{"hop-limit", tcpGet((*TCPSocket).HopLimit)},
	{"set-hop-limit", tcpSet((*TCPSocket).SetHopLimit, 255)},
	{"receive-buffer-size", tcpGet((*TCPSocket).ReceiveBufferSize)},
	{"set-receive-buffer-size", tcpSet((*TCPSocket).SetReceiveBufferSize, 16000)},
	{"send-buffer-size", tcpGet((*TCPSocket).SendBufferSize)},
	{"set-send-buffer-size", tcpSet((*TCPSocket).SetSendBufferSize, 16000)},
	{"subscribe", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		p, err := s.Subscribe(ctx)
		if err == nil {
			_, err = p.Ready(ctx)
		}
		return err
	}},
	{"shutdown", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		return s.Shutdown(ctx, gen.ShutdownTypeBoth)
	}},
	{"drop", func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		return s.Drop(ctx)
	}},
}

type tcpCall = func(context.Context, *guest, *TCPSocket, gen.IPSocketAddress) error

func tcpGet[T any](f func(*TCPSocket, context.Context) (T, error)) tcpCall {
	return func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		_, err := f(s, ctx)
		return err
	}
}

func tcpSet[T any](f func(*TCPSocket, context.Context, T) error, v T) tcpCall {
	return func(ctx context.Context, _ *guest, s *TCPSocket, _ gen.IPSocketAddress) error {
		return f(s, ctx, v)
	}
}

// tcpExpected says what each function of tcp.wit answers in each state: the
// states are those of inTCPState. Options are one line for the sixteen of them.
const tcpExpected = `
start-bind              ok              concurrency-conflict invalid-state   concurrency-conflict invalid-state   concurrency-conflict invalid-state   invalid-state
finish-bind             not-in-progress ok                   not-in-progress not-in-progress      not-in-progress not-in-progress      not-in-progress not-in-progress
start-connect           ok              concurrency-conflict ok              concurrency-conflict invalid-state   concurrency-conflict invalid-state   invalid-state
finish-connect          not-in-progress not-in-progress      not-in-progress not-in-progress      not-in-progress ok                   not-in-progress not-in-progress
start-listen            invalid-state   concurrency-conflict ok              concurrency-conflict invalid-state   concurrency-conflict invalid-state   invalid-state
finish-listen           not-in-progress not-in-progress      not-in-progress ok                   not-in-progress not-in-progress      not-in-progress not-in-progress
accept                  invalid-state   invalid-state        invalid-state   invalid-state        would-block     invalid-state        invalid-state   invalid-state
local-address           invalid-state   invalid-state        ok              ok                   ok              ok                   ok              invalid-state
remote-address          invalid-state   invalid-state        invalid-state   invalid-state        invalid-state   invalid-state        ok              invalid-state
is-listening            ok              ok                   ok              ok                   ok              ok                   ok              ok
address-family          ok              ok                   ok              ok                   ok              ok                   ok              ok
set-listen-backlog-size ok              ok                   ok              ok                   ok              invalid-state        invalid-state   invalid-state
options                 ok              ok                   ok              ok                   ok              ok                   ok              invalid-state
subscribe               ok              ok                   ok              ok                   ok              ok                   ok              ok
shutdown                invalid-state   invalid-state        invalid-state   invalid-state        invalid-state   invalid-state        ok              invalid-state
drop                    ok              ok                   ok              ok                   ok              ok                   ok              ok
`

// expected reads a table of answers.
func expected(table string) map[string][]string {
	m := map[string][]string{}
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) > 0 {
			m[f[0]] = f[1:]
		}
	}
	return m
}

// inTCPState are the states, and how a socket gets there. addr listens, and at
// gone nobody does.
var inTCPState = []struct {
	name string
	make func(g *guest, f gen.IPAddressFamily, addr, gone gen.IPSocketAddress) *TCPSocket
}{
	{"unbound", func(g *guest, f gen.IPAddressFamily, _, _ gen.IPSocketAddress) *TCPSocket { return g.tcp(f) }},
	{"bind-in-progress", func(g *guest, f gen.IPAddressFamily, _, _ gen.IPSocketAddress) *TCPSocket {
		s := g.tcp(f)
		g.ok(s.StartBind(g.ctx, g.net, loopback(f)))
		return s
	}},
	{"bound", func(g *guest, f gen.IPAddressFamily, _, _ gen.IPSocketAddress) *TCPSocket { return g.bound(f) }},
	{"listen-in-progress", func(g *guest, f gen.IPAddressFamily, _, _ gen.IPSocketAddress) *TCPSocket {
		s := g.bound(f)
		g.ok(s.StartListen(g.ctx))
		return s
	}},
	{"listening", func(g *guest, f gen.IPAddressFamily, _, _ gen.IPSocketAddress) *TCPSocket {
		s, _ := g.listener(f)
		return s
	}},
	{"connect-in-progress", func(g *guest, f gen.IPAddressFamily, addr, _ gen.IPSocketAddress) *TCPSocket {
		s := g.tcp(f)
		g.ok(s.StartConnect(g.ctx, g.net, addr))
		return s
	}},
	{"connected", func(g *guest, f gen.IPAddressFamily, addr, _ gen.IPSocketAddress) *TCPSocket {
		return g.connect(g.tcp(f), addr).TCPSocket
	}},
	{"closed", func(g *guest, f gen.IPAddressFamily, _, gone gen.IPSocketAddress) *TCPSocket {
		s := g.tcp(f)
		g.ok(s.StartConnect(g.ctx, g.net, gone))
		_, err := g.finish(s)
		g.is("finish-connect to nobody", err, "connection-refused")
		return s
	}},
}

// bound is a TCP socket that is bound.
func (g *guest) bound(f gen.IPAddressFamily) *TCPSocket {
	g.t.Helper()
	s := g.tcp(f)
	g.ok(s.StartBind(g.ctx, g.net, loopback(f)))
	g.ok(s.FinishBind(g.ctx))
	return s
}

// gone is an address at which nobody listens, for as long as the test runs.
func (g *guest) gone(f gen.IPAddressFamily) gen.IPSocketAddress {
	g.t.Helper()
	return must(g.bound(f).LocalAddress(g.ctx))(g)
}

func TestTCPStates(t *testing.T) {
	want := expected(tcpExpected)
	eachFamily(t, func(t *testing.T, f gen.IPAddressFamily) {
		g := newGuest(t, net.AllowAll())
		_, addr := g.listener(f)
		gone := g.gone(f)
		for i, state := range inTCPState {
			for _, c := range tcpCalls {
				codes := want[c.name]
				if codes == nil {
					codes = want["options"]
				}
				s := state.make(g, f, addr, gone)
				g.is(c.name+" when "+state.name, c.call(g.ctx, g, s, addr), codes[i])
				if c.name != "drop" {
					g.ok(s.Drop(g.ctx))
				}
			}
		}
	})
}

// udpCalls are all functions of udp-socket.
var udpCalls = []struct {
	name string
	call func(ctx context.Context, g *guest, s *UDPSocket) error
}{
	{"start-bind", func(ctx context.Context, g *guest, s *UDPSocket) error {
		return s.StartBind(ctx, g.net, loopback(s.family))
	}},
	{"finish-bind", func(ctx context.Context, _ *guest, s *UDPSocket) error { return s.FinishBind(ctx) }},
	{"stream", func(ctx context.Context, g *guest, s *UDPSocket) error {
		_, err := s.Stream(ctx, nil)
		if err == nil && s.state != udpBound {
			g.t.Error("stream without a peer leaves the socket connected")
		}
		return err
	}},
	{"stream-to", func(ctx context.Context, g *guest, s *UDPSocket) error {
		a := at("127.0.0.1:54321")
		if s.family == gen.IPAddressFamilyIpv6 {
			a = at("[::1]:54321")
		}
		_, err := s.Stream(ctx, &a)
		return err
	}},
	{"local-address", udpGet((*UDPSocket).LocalAddress)},
	{"remote-address", udpGet((*UDPSocket).RemoteAddress)},
	{"address-family", udpGet((*UDPSocket).AddressFamily)},
	{"unicast-hop-limit", udpGet((*UDPSocket).UnicastHopLimit)},
	{"set-unicast-hop-limit", udpSet((*UDPSocket).SetUnicastHopLimit, 255)},
	{"receive-buffer-size", udpGet((*UDPSocket).ReceiveBufferSize)},
	{"set-receive-buffer-size", udpSet((*UDPSocket).SetReceiveBufferSize, 16000)},
	{"send-buffer-size", udpGet((*UDPSocket).SendBufferSize)},
	{"set-send-buffer-size", udpSet((*UDPSocket).SetSendBufferSize, 16000)},
	{"subscribe", func(ctx context.Context, g *guest, s *UDPSocket) error {
		p, err := s.Subscribe(ctx)
		if ready, _ := p.Ready(ctx); !ready {
			g.t.Error("the pollable of a UDP socket is not ready")
		}
		return err
	}},
	{"drop", func(ctx context.Context, _ *guest, s *UDPSocket) error { return s.Drop(ctx) }},
}

func udpGet[T any](f func(*UDPSocket, context.Context) (T, error)) func(context.Context, *guest, *UDPSocket) error {
	return func(ctx context.Context, _ *guest, s *UDPSocket) error {
		_, err := f(s, ctx)
		return err
	}
}

func udpSet[T any](f func(*UDPSocket, context.Context, T) error, v T) func(context.Context, *guest, *UDPSocket) error {
	return func(ctx context.Context, _ *guest, s *UDPSocket) error { return f(s, ctx, v) }
}

// udpExpected says what each function of udp.wit answers in each state.
const udpExpected = `
start-bind     ok              concurrency-conflict invalid-state   invalid-state
finish-bind    not-in-progress ok                   not-in-progress not-in-progress
stream         invalid-state   invalid-state        ok              ok
stream-to      invalid-state   invalid-state        ok              ok
local-address  invalid-state   invalid-state        ok              ok
remote-address invalid-state   invalid-state        invalid-state   ok
address-family ok              ok                   ok              ok
options        ok              ok                   ok              ok
subscribe      ok              ok                   ok              ok
drop           ok              ok                   ok              ok
`

func TestUDPStates(t *testing.T) {
	want := expected(udpExpected)
	states := []string{"unbound", "bind-in-progress", "bound", "connected"}
	eachFamily(t, func(t *testing.T, f gen.IPAddressFamily) {
		g := newGuest(t, net.AllowAll())
		for i, state := range states {
			for _, c := range udpCalls {
				codes := want[c.name]
				if codes == nil {
					codes = want["options"]
				}
				s := g.udpIn(f, i)
				g.is(c.name+" when "+state, c.call(g.ctx, g, s), codes[i])
				if c.name != "drop" {
					g.ok(s.Drop(g.ctx))
				}
			}
		}
	})
}

// udpIn is a UDP socket that has gone a number of steps.
func (g *guest) udpIn(f gen.IPAddressFamily, steps int) *UDPSocket {
	g.t.Helper()
	s := g.udp(f)
	if steps > 0 {
		g.ok(s.StartBind(g.ctx, g.net, loopback(f)))
	}
	if steps > 1 {
		g.ok(s.FinishBind(g.ctx))
	}
	if steps > 2 {
		a := must(s.LocalAddress(g.ctx))(g)
		must(s.Stream(g.ctx, &a))(g)
	}
	return s
}

// A bind that failed may be tried again, and a listen that was denied too.
func TestTCPRetry(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	_, used := g.listener(gen.IPAddressFamilyIpv4)
	s := g.tcp(gen.IPAddressFamilyIpv4)
	g.is("start-bind to a used address", s.StartBind(g.ctx, g.net, used), "address-in-use")
	g.is("start-bind elsewhere", s.StartBind(g.ctx, g.net, at("192.0.2.1:0")), "address-not-bindable")
	g.is("finish-bind of none", s.FinishBind(g.ctx), "not-in-progress")
	g.ok(s.StartBind(g.ctx, g.net, at("127.0.0.1:0")))
	g.ok(s.FinishBind(g.ctx))
	g.is("start-connect with a wrong address", s.StartConnect(g.ctx, g.net, at("127.0.0.1:0")), "invalid-argument")
	end := g.connect(s, used)
	if local := must(end.LocalAddress(g.ctx))(g); native(local).Addr() != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("local-address = %v", native(local))
	}
}

// While a connection is not there finish-connect would block, and the pollable
// waits.
func TestTCPConnectWouldBlock(t *testing.T) {
	// A listener whose backlog is full answers nobody, on Linux.
	g := newGuest(t, net.AllowAll())
	backlog, addr := g.listener(gen.IPAddressFamilyIpv4)
	g.ok(backlog.SetListenBacklogSize(g.ctx, 1))
	for range 64 {
		s := g.tcp(gen.IPAddressFamilyIpv4)
		g.ok(s.StartConnect(g.ctx, g.net, addr))
		p := must(s.Subscribe(g.ctx))(g)
		if _, err := s.FinishConnect(g.ctx); err == gen.ErrorCodeWouldBlock {
			if ready, _ := p.Ready(g.ctx); ready {
				continue
			}
			ctx, cancel := context.WithCancel(g.ctx)
			cancel()
			if err := p.Block(ctx); err != context.Canceled {
				t.Errorf("block when ctx has ended = %v", err)
			}
			g.ok(s.Drop(g.ctx))
			if ready, _ := p.Ready(g.ctx); !ready {
				t.Error("the pollable of a dropped socket is not ready")
			}
			return
		}
	}
	t.Skip("every connection was made at once")
}
