package sockets

// This file is a guest as tests play it, and what it is checked for.

import (
	"context"
	"io"
	gonet "net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

const (
	v4 = gen.IPAddressFamilyIpv4
	v6 = gen.IPAddressFamilyIpv6
)

// A testGuest calls what a guest calls, and fails the test when it should not have
// been refused.
type testGuest struct {
	t   *testing.T
	ctx context.Context
	st  *guest.State
	h   Host
}

// newGuest is a guest with the grants of policy that may have max things open,
// 0 for many. It ends with the test.
func newGuest(t *testing.T, policy *net.Policy, max int) *testGuest {
	t.Helper()
	needSockets(t)
	checkLeaks(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	g := &testGuest{t: t, ctx: ctx, st: guest.New(max)}
	t.Cleanup(func() {
		if err := g.st.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	s := New(g.st, policy)
	g.h = Host{func(context.Context) *State { return s }}
	return g
}

// needSockets skips the test on systems where the host makes no sockets.
func needSockets(t *testing.T) {
	t.Helper()
	s, err := net.NewTCP(net.IPv4)
	if host.ErrnoOf(err) == host.ENOTSUP && err != nil {
		t.Skip(err)
	}
	if err == nil {
		s.Close()
	}
}

// families are those that this system has.
func families(t *testing.T) []gen.IPAddressFamily {
	t.Helper()
	l, err := gonet.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Logf("no IPv6 here: %v", err)
		return []gen.IPAddressFamily{v4}
	}
	l.Close()
	return []gen.IPAddressFamily{v4, v6}
}

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

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
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

func (g *testGuest) ok(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// code is the name of what a function answered: "ok", an error code, or a trap.
func code(err error) string {
	switch e := err.(type) {
	case nil:
		return "ok"
	case gen.TypesErrorCode:
		return e.Case.String()
	case gen.IPNameLookupErrorCode:
		return e.Case.String()
	}
	return "trap: " + err.Error()
}

// is checks what a function answered, which may be one of several, with "|"
// between them.
func (g *testGuest) is(what string, err error, want string) {
	g.t.Helper()
	for w := range strings.SplitSeq(want, "|") {
		if code(err) == w {
			return
		}
	}
	g.t.Errorf("%s = %s, want %s", what, code(err), want)
}

// at is an address of a guest from its text.
func at(text string) gen.IPSocketAddress { return toSocketAddress(netip.MustParseAddrPort(text)) }

func local(f gen.IPAddressFamily) gen.IPSocketAddress {
	if f == v6 {
		return at("[::1]:0")
	}
	return at("127.0.0.1:0")
}

func native(a gen.IPSocketAddress) netip.AddrPort { return fromGuest(&a) }

func (g *testGuest) tcp(f gen.IPAddressFamily) *TCPSocket {
	g.t.Helper()
	s, err := g.h.TCPSocketCreate(g.ctx, f)
	g.ok(err)
	return s.(*TCPSocket)
}

func (g *testGuest) udp(f gen.IPAddressFamily) *UDPSocket {
	g.t.Helper()
	s, err := g.h.UDPSocketCreate(g.ctx, f)
	g.ok(err)
	return s.(*UDPSocket)
}

// boundUDP is a UDP socket on loopback, and where it is.
func (g *testGuest) boundUDP(f gen.IPAddressFamily) (*UDPSocket, gen.IPSocketAddress) {
	g.t.Helper()
	s := g.udp(f)
	g.ok(s.Bind(g.ctx, local(f)))
	a, err := s.GetLocalAddress(g.ctx)
	g.ok(err)
	return s, a
}

// listen is a socket that listens on loopback, its stream, and where it is.
func (g *testGuest) listen(f gen.IPAddressFamily) (*TCPSocket, *bind.Stream[gen.TCPSocket], gen.IPSocketAddress) {
	g.t.Helper()
	s := g.tcp(f)
	g.ok(s.Bind(g.ctx, local(f)))
	coming, err := s.Listen(g.ctx)
	g.ok(err)
	a, err := s.GetLocalAddress(g.ctx)
	g.ok(err)
	return s, coming, a
}

// pair is the two sides of a connection.
func (g *testGuest) pair(f gen.IPAddressFamily) (client, server *TCPSocket) {
	g.t.Helper()
	l, coming, a := g.listen(f)
	client = g.tcp(f)
	g.ok(client.Connect(g.ctx, a))
	accepted, err := coming.Next(g.ctx)
	g.ok(err)
	g.ok(coming.Close())
	g.ok(l.Drop(g.ctx))
	return client, accepted.(*TCPSocket)
}

// dial is a connection of the host's to a socket of the guest.
func (g *testGuest) dial(a gen.IPSocketAddress) *gonet.TCPConn {
	g.t.Helper()
	c, err := gonet.Dial("tcp", native(a).String())
	g.ok(err)
	g.t.Cleanup(func() { c.Close() })
	return c.(*gonet.TCPConn)
}

// send sends a text and the end, and waits for the result.
func (g *testGuest) send(s *TCPSocket, text string) error {
	g.t.Helper()
	f, err := s.Send(g.ctx, bind.NopCloser(strings.NewReader(text)))
	g.ok(err)
	return g.result(f)
}

// receive receives up to the end.
func (g *testGuest) receive(s *TCPSocket) (string, error) {
	g.t.Helper()
	x, err := s.Receive(g.ctx)
	g.ok(err)
	defer x.F0.Close()
	got, err := io.ReadAll(x.F0)
	if res := g.result(x.F1); res != nil || err != nil {
		return string(got), res
	}
	return string(got), nil
}

// result waits for what became of a transfer.
func (g *testGuest) result(f *bind.Future[result]) error {
	g.t.Helper()
	r, err := f.Get(g.ctx)
	switch {
	case err != nil:
		return err
	case r.IsErr:
		return r.Err
	}
	return nil
}
