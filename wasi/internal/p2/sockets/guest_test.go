package sockets

// This file is a guest as tests play it, and what it is checked for.

import (
	"context"
	gonet "net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stream"
	wasi_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	"github.com/dray-wasm/dray/wasi/internal/inet"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A guest calls what a guest calls, and fails the test when it should not have
// been refused.
type guest struct {
	t   *testing.T
	ctx context.Context
	io  *p2io.State
	h   Host
	net gen.Network
}

// newGuest is a guest with the grants of policy, which ends with the test.
func newGuest(t *testing.T, policy *net.Policy) *guest {
	t.Helper()
	return newGuestOf(t, policy, 0)
}

func newGuestOf(t *testing.T, policy *net.Policy, max int) *guest {
	t.Helper()
	checkLeaks(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	g := &guest{t: t, ctx: ctx, io: p2io.NewState(max)}
	t.Cleanup(func() {
		if err := g.io.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	s := New(g.io, policy)
	g.h = Host{func(context.Context) *State { return s }}
	n, err := g.h.InstanceNetwork(ctx)
	if err != nil {
		t.Fatal(err)
	}
	g.net = n
	return g
}

// grants is a policy.
func grants(t *testing.T, texts ...string) *net.Policy {
	t.Helper()
	p, err := net.ParsePolicy(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// patience is how long the operating system may take for what it does at once.
const patience = 30 * time.Second

// eventually fails the test unless ok comes true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
}

// descriptors counts those of the process; 0 where that cannot be told.
func descriptors() int {
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(names)
}

// checked are the tests that are being checked for leaks.
var checked sync.Map

// checkLeaks fails the test when it leaves goroutines or descriptors behind.
func checkLeaks(t *testing.T) {
	t.Helper()
	if _, is := checked.LoadOrStore(t, true); is {
		return
	}
	stream.ReleaseIdle()
	goroutines, fds := runtime.NumGoroutine(), descriptors()
	t.Cleanup(func() {
		checked.Delete(t)
		stream.ReleaseIdle()
		eventually(t, "goroutines and descriptors are back", func() bool {
			return runtime.NumGoroutine() <= goroutines && descriptors() <= fds
		})
	})
}

// ok fails the test for an error.
func (g *guest) ok(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// must is v, unless there is an error.
func must[T any](v T, err error) func(*guest) T {
	return func(g *guest) T {
		g.t.Helper()
		g.ok(err)
		return v
	}
}

// code is the name of what a function answered: "ok", or an error code.
func code(err error) string {
	if err == nil {
		return "ok"
	}
	if c, is := err.(gen.ErrorCode); is {
		return c.String()
	}
	return "trap: " + err.Error()
}

// is fails the test unless a function answered a code.
func (g *guest) is(what string, err error, want string) {
	g.t.Helper()
	if got := code(err); got != want {
		g.t.Errorf("%s = %s, expected %s", what, got, want)
	}
}

// needSockets skips the test where the system has no sockets for guests.
func needSockets(t *testing.T) {
	t.Helper()
	if !haveSockets() {
		t.Skip("no sockets for guests on this system")
	}
}

var haveSockets = sync.OnceValue(func() bool {
	s, err := net.NewTCP(net.IPv4)
	if err != nil {
		return err != host.ENOTSUP
	}
	s.Close()
	return true
})

// families are the families that this system has.
func families(t *testing.T) []gen.IPAddressFamily {
	t.Helper()
	l, err := gonet.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Logf("no IPv6 here: %v", err)
		return []gen.IPAddressFamily{gen.IPAddressFamilyIpv4}
	}
	l.Close()
	return []gen.IPAddressFamily{gen.IPAddressFamilyIpv4, gen.IPAddressFamilyIpv6}
}

// eachFamily runs a test for each family that the system has.
func eachFamily(t *testing.T, test func(t *testing.T, f gen.IPAddressFamily)) {
	for _, f := range families(t) {
		t.Run(f.String(), func(t *testing.T) { test(t, f) })
	}
}

// at is an address in text, as a guest gives it.
func at(text string) gen.IPSocketAddress {
	a := netip.MustParseAddrPort(text)
	if a.Addr().Is4() {
		return toSocketAddress(a)
	}
	return gen.IPSocketAddress{
		Case: gen.IPSocketAddressIpv6,
		Ipv6: gen.Ipv6SocketAddress{Port: a.Port(), Address: inet.To6(a.Addr()), ScopeID: inet.Scope(a.Addr())},
	}
}

// loopback is the loopback address of a family, at a free port.
func loopback(f gen.IPAddressFamily) gen.IPSocketAddress {
	if f == gen.IPAddressFamilyIpv6 {
		return at("[::1]:0")
	}
	return at("127.0.0.1:0")
}

func anyAddress(f gen.IPAddressFamily) gen.IPSocketAddress {
	if f == gen.IPAddressFamilyIpv6 {
		return at("[::]:0")
	}
	return at("0.0.0.0:0")
}

// native is an address of the guest in the form of the host.
func native(a gen.IPSocketAddress) netip.AddrPort {
	if a.Case == gen.IPSocketAddressIpv4 {
		return netip.AddrPortFrom(inet.From4(a.Ipv4.Address), a.Ipv4.Port)
	}
	return netip.AddrPortFrom(inet.From6(a.Ipv6.Address, 0), a.Ipv6.Port)
}

func (g *guest) tcp(f gen.IPAddressFamily) *TCPSocket {
	g.t.Helper()
	needSockets(g.t)
	return must(g.h.CreateTCPSocket(g.ctx, f))(g).(*TCPSocket)
}

func (g *guest) udp(f gen.IPAddressFamily) *UDPSocket {
	g.t.Helper()
	needSockets(g.t)
	return must(g.h.CreateUDPSocket(g.ctx, f))(g).(*UDPSocket)
}

// block waits as a guest does.
func (g *guest) block(p wasi_io.Pollable, err error) {
	g.t.Helper()
	g.ok(err)
	g.ok(p.Block(g.ctx))
	g.ok(p.Drop(g.ctx))
}

// listener is a socket that listens.
func (g *guest) listener(f gen.IPAddressFamily) (*TCPSocket, gen.IPSocketAddress) {
	g.t.Helper()
	s := g.tcp(f)
	g.ok(s.StartBind(g.ctx, g.net, loopback(f)))
	g.ok(s.FinishBind(g.ctx))
	g.ok(s.StartListen(g.ctx))
	g.ok(s.FinishListen(g.ctx))
	return s, must(s.LocalAddress(g.ctx))(g)
}

// An end is one end of a connection.
type end struct {
	*TCPSocket
	in  wasi_io.InputStream
	out wasi_io.OutputStream
}

// finish waits for a connection.
func (g *guest) finish(s *TCPSocket) (end, error) {
	g.t.Helper()
	for {
		x, err := s.FinishConnect(g.ctx)
		if err != gen.ErrorCodeWouldBlock {
			return end{s, x.F0, x.F1}, err
		}
		g.block(s.Subscribe(g.ctx))
	}
}

func (g *guest) connect(s *TCPSocket, to gen.IPSocketAddress) end {
	g.t.Helper()
	g.ok(s.StartConnect(g.ctx, g.net, to))
	return must(g.finish(s))(g)
}

func (g *guest) accept(l *TCPSocket) end {
	g.t.Helper()
	for {
		x, err := l.Accept(g.ctx)
		if err == gen.ErrorCodeWouldBlock {
			g.block(l.Subscribe(g.ctx))
			continue
		}
		g.ok(err)
		return end{x.F0.(*TCPSocket), x.F1, x.F2}
	}
}

// pair is the two ends of a connection.
func (g *guest) pair(f gen.IPAddressFamily) (client, server end) {
	g.t.Helper()
	l, addr := g.listener(f)
	client = g.connect(g.tcp(f), addr)
	server = g.accept(l)
	g.ok(l.Drop(g.ctx))
	return client, server
}

// write writes all of p, as guests do: what check-write permits at a time.
func (g *guest) write(out wasi_io.OutputStream, p []byte) {
	g.t.Helper()
	for len(p) > 0 {
		n := must(out.CheckWrite(g.ctx))(g)
		if n == 0 {
			g.block(out.Subscribe(g.ctx))
			continue
		}
		m := min(uint64(len(p)), n)
		g.ok(out.Write(g.ctx, p[:m]))
		p = p[m:]
	}
}

// isClosed tells whether a stream answered that it is over.
func isClosed(err error) bool {
	e, is := err.(wasi_io.StreamError)
	return is && e.Case == wasi_io.StreamErrorClosed
}

// readAll reads until the stream is over.
func (g *guest) readAll(in wasi_io.InputStream) []byte {
	g.t.Helper()
	var all []byte
	for {
		p, err := in.BlockingRead(g.ctx, 1<<16)
		if isClosed(err) {
			return all
		}
		g.ok(err)
		all = append(all, slices.Clone(p)...)
	}
}

// send sends when the stream permits it.
func (g *guest) send(out gen.OutgoingDatagramStream, d ...gen.OutgoingDatagram) (uint64, error) {
	g.t.Helper()
	for must(out.CheckSend(g.ctx))(g) == 0 {
		g.block(out.Subscribe(g.ctx))
	}
	return out.Send(g.ctx, d)
}

// receive waits for n datagrams.
func (g *guest) receive(in gen.IncomingDatagramStream, n int) []gen.IncomingDatagram {
	g.t.Helper()
	var all []gen.IncomingDatagram
	for len(all) < n {
		got := must(in.Receive(g.ctx, uint64(n-len(all))))(g)
		if len(got) == 0 {
			g.block(in.Subscribe(g.ctx))
		}
		all = append(all, got...)
	}
	return all
}
