package sockets

// This file is guests that call what they like, and guests that end at any
// moment.

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	wasi_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A chaos is a guest whose calls are chosen by bytes.
type chaos struct {
	*guest
	tcp   []*TCPSocket
	udp   []*UDPSocket
	in    []wasi_io.InputStream
	out   []wasi_io.OutputStream
	dgrms []*datagrams
	addrs []gen.IPSocketAddress
}

// pick is one of s; false when there is none.
func pick[T any](s []T, b byte) (v T, ok bool) {
	if len(s) == 0 {
		return v, false
	}
	return s[int(b)%len(s)], true
}

// call makes one call, and gives what it answered.
func (c *chaos) call(op, arg byte) error {
	addr, _ := pick(c.addrs, arg)
	if c.make(op) {
		return nil
	}
	switch op % 8 {
	case 0, 1, 2, 3:
		if s, ok := pick(c.tcp, arg); ok {
			return c.callTCP(s, int(op/4), addr)
		}
	case 4, 5:
		if s, ok := pick(c.udp, arg); ok {
			return c.callUDP(s, int(op/8), addr)
		}
	case 6:
		return c.callStream(op/8, arg)
	case 7:
		return c.callDatagrams(op/8, arg, addr)
	}
	return nil
}

// make makes a socket, for one in four.
func (c *chaos) make(op byte) bool {
	if op%4 == 3 && op/4%2 == 0 && len(c.tcp)+len(c.udp) < 20 {
		if op/8%2 == 0 {
			c.tcp = append(c.tcp, c.guest.tcp(gen.IPAddressFamilyIpv4))
		} else {
			c.udp = append(c.udp, c.guest.udp(gen.IPAddressFamilyIpv4))
		}
		return true
	}
	return false
}

func (c *chaos) callTCP(s *TCPSocket, n int, addr gen.IPSocketAddress) error {
	if a, err := s.LocalAddress(c.ctx); err == nil {
		c.addrs = append(c.addrs, a)
	}
	name := tcpCalls[n%len(tcpCalls)].name
	switch name {
	case "finish-connect":
		x, err := s.FinishConnect(c.ctx)
		if err == nil {
			c.in, c.out = append(c.in, x.F0), append(c.out, x.F1)
		}
		return err
	case "accept":
		x, err := s.Accept(c.ctx)
		if err == nil {
			c.tcp = append(c.tcp, x.F0.(*TCPSocket))
			c.in, c.out = append(c.in, x.F1), append(c.out, x.F2)
		}
		return err
	case "drop":
		for i := range c.tcp {
			if c.tcp[i] == s {
				c.tcp = append(c.tcp[:i:i], c.tcp[i+1:]...)
				break
			}
		}
	}
	return tcpCalls[n%len(tcpCalls)].call(c.ctx, c.guest, s, addr)
}

func (c *chaos) callUDP(s *UDPSocket, n int, addr gen.IPSocketAddress) error {
	if a, err := s.LocalAddress(c.ctx); err == nil {
		c.addrs = append(c.addrs, a)
	}
	switch call := udpCalls[n%len(udpCalls)]; call.name {
	case "stream", "stream-to":
		to := &addr
		if call.name == "stream" {
			to = nil
		}
		x, err := s.Stream(c.ctx, to)
		if err == nil {
			c.dgrms = append(c.dgrms, &datagrams{UDPSocket: s, in: x.F0, out: x.F1})
		}
		return err
	case "drop":
		for i := range c.udp {
			if c.udp[i] == s {
				c.udp = append(c.udp[:i:i], c.udp[i+1:]...)
				break
			}
		}
		return call.call(c.ctx, c.guest, s)
	default:
		return call.call(c.ctx, c.guest, s)
	}
}

func (c *chaos) callStream(n, arg byte) error {
	in, ok := pick(c.in, arg)
	out, _ := pick(c.out, arg)
	if !ok {
		return nil
	}
	var err error
	switch n % 4 {
	case 0:
		_, err = in.Read(c.ctx, uint64(arg)<<8)
	case 1:
		var k uint64
		if k, err = out.CheckWrite(c.ctx); err == nil {
			err = out.Write(c.ctx, make([]byte, min(k, uint64(arg)<<8)))
		}
	case 2:
		err = in.Drop(c.ctx)
	case 3:
		err = out.Drop(c.ctx)
	}
	if e, is := err.(wasi_io.StreamError); is {
		if e.Case == wasi_io.StreamErrorLastOperationFailed {
			code := must(c.h.NetworkErrorCode(c.ctx, e.LastOperationFailed))(c.guest)
			if code == nil {
				c.t.Errorf("the error of a stream has no code: %v", e)
			}
		}
		return nil
	}
	return err
}

func (c *chaos) callDatagrams(n, arg byte, addr gen.IPSocketAddress) error {
	d, ok := pick(c.dgrms, arg)
	if !ok {
		return nil
	}
	if n%2 == 0 {
		_, err := d.in.Receive(c.ctx, uint64(arg))
		return err
	}
	k, err := d.out.CheckSend(c.ctx)
	if err != nil || k == 0 {
		return err
	}
	to := &addr
	if arg%2 == 0 {
		to = nil
	}
	_, err = d.out.Send(c.ctx, []gen.OutgoingDatagram{datagram("x", to), datagram("y", to)})
	return err
}

// No order of calls traps, hangs, or leaves something behind.
func FuzzCalls(f *testing.F) {
	f.Add([]byte("\x03\x00\x00\x00\x04\x00\x10\x00\x14\x00\x03\x00\x08\x01\x0c\x01\x18\x00"))
	f.Add([]byte(strings.Repeat("\x0b\x00\x04\x00\x0c\x00\x14\x00\x1c\x00\x07\x00\x0f\x01", 4)))
	every := []byte{}
	for i := range 256 {
		every = append(every, byte(i*7), byte(i))
	}
	f.Add(every)
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &chaos{guest: newGuest(t, grants(t, "*:*:127.0.0.0/8:*")), addrs: []gen.IPSocketAddress{at("127.0.0.1:1")}}
		for i := 0; i+1 < min(len(b), 2000); i += 2 {
			if got := code(c.call(b[i], b[i+1])); strings.HasPrefix(got, "trap") {
				t.Fatalf("call %d: %s", i/2, got)
			}
		}
	})
}

// A guest that takes all it can get is refused at some point, by its own limit
// or the system's, and leaves nothing.
func TestManySockets(t *testing.T) {
	needSockets(t)
	g := newGuest(t, net.AllowAll())
	n := 0
	for err := error(nil); ; n++ {
		if n%2 == 0 {
			_, err = g.h.CreateTCPSocket(g.ctx, gen.IPAddressFamilyIpv4)
		} else {
			_, err = g.h.CreateUDPSocket(g.ctx, gen.IPAddressFamilyIpv4)
		}
		if err != nil {
			g.is("create", err, "new-socket-limit")
			break
		}
	}
	if n > p2io.DefaultMaxOpen {
		t.Errorf("a guest has %d sockets", n)
	}
}

// A guest may end while it does anything.
func TestEndRaces(t *testing.T) {
	needSockets(t)
	checkLeaks(t)
	for range 30 {
		io := p2io.NewState(0)
		s := New(io, net.AllowAll())
		h := Host{func(context.Context) *State { return s }}
		began := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := 0; doAll(t.Context(), h, s.network); i++ {
				if i == 2 {
					close(began)
				}
			}
		})
		<-began
		if err := io.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	}
}

// doAll does a little of everything, and tells whether the guest goes on.
func doAll(ctx context.Context, h Host, n *Network) bool {
	l, err := h.CreateTCPSocket(ctx, gen.IPAddressFamilyIpv4)
	if err != nil {
		return false
	}
	defer l.Drop(ctx)
	if l.StartBind(ctx, n, at("127.0.0.1:0")) != nil || l.FinishBind(ctx) != nil ||
		l.StartListen(ctx) != nil || l.FinishListen(ctx) != nil {
		return true
	}
	a, err := l.LocalAddress(ctx)
	if err != nil {
		return true
	}
	c, err := h.CreateTCPSocket(ctx, gen.IPAddressFamilyIpv4)
	if err != nil {
		return true
	}
	defer c.Drop(ctx)
	if c.StartConnect(ctx, n, a) != nil {
		return true
	}
	p, _ := l.Subscribe(ctx)
	p.Block(ctx)
	if x, err := l.Accept(ctx); err == nil {
		x.F2.CheckWrite(ctx)
		x.F2.Write(ctx, make([]byte, 1000))
		x.F0.Drop(ctx)
		x.F1.Drop(ctx)
		x.F2.Drop(ctx)
	}
	if x, err := c.FinishConnect(ctx); err == nil {
		x.F0.Read(ctx, 100)
		c.Shutdown(ctx, gen.ShutdownTypeBoth)
		x.F0.Drop(ctx)
		x.F1.Drop(ctx)
	}
	u, err := h.CreateUDPSocket(ctx, gen.IPAddressFamilyIpv4)
	if err != nil {
		return true
	}
	defer u.Drop(ctx)
	if u.StartBind(ctx, n, at("127.0.0.1:0")) == nil && u.FinishBind(ctx) == nil {
		if x, err := u.Stream(ctx, nil); err == nil {
			x.F0.Receive(ctx, 1)
			x.F0.Drop(ctx)
			x.F1.Drop(ctx)
		}
	}
	if r, err := h.ResolveAddresses(ctx, n, "localhost"); err == nil {
		r.Drop(ctx)
	}
	return true
}

// What is made at the very end of a guest is closed.
func TestAdoptAfterEnd(t *testing.T) {
	needSockets(t)
	checkLeaks(t)
	io := p2io.NewState(0)
	s := New(io, net.AllowAll())
	tcp, err := net.NewTCP(net.IPv4)
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.NewUDP(net.IPv4)
	if err != nil {
		t.Fatal(err)
	}
	c, u := &tcpConn{io: io, holders: holdSocket}, &udpConn{st: s, holders: 1}
	for _, x := range []p2io.Closer{c, u} {
		if err := io.Opened(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := io.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.adopt(tcp, nil, nil); err != host.EBADF {
		t.Errorf("adopt = %v", err)
	}
	if err := u.adopt(udp); err != host.EBADF {
		t.Errorf("adopt = %v", err)
	}
}
