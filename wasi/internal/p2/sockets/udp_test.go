package sockets

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
)

// A datagrams is a UDP socket with its streams.
type datagrams struct {
	*UDPSocket
	addr gen.IPSocketAddress
	in   gen.IncomingDatagramStream
	out  gen.OutgoingDatagramStream
}

// bind is a UDP socket that is bound to the loopback address.
func (g *guest) bind(f gen.IPAddressFamily) *datagrams {
	g.t.Helper()
	s := g.udpIn(f, 2)
	return &datagrams{UDPSocket: s, addr: must(s.LocalAddress(g.ctx))(g)}
}

// stream makes the streams of d, for one peer or for all.
func (g *guest) stream(d *datagrams, to *gen.IPSocketAddress) *datagrams {
	g.t.Helper()
	x := must(d.Stream(g.ctx, to))(g)
	d.in, d.out = x.F0, x.F1
	return d
}

func datagram(text string, to *gen.IPSocketAddress) gen.OutgoingDatagram {
	return gen.OutgoingDatagram{Data: []byte(text), RemoteAddress: to}
}

func TestUDPTalk(t *testing.T) {
	eachFamily(t, func(t *testing.T, f gen.IPAddressFamily) {
		g := newGuest(t, net.AllowAll())
		server := g.stream(g.bind(f), nil)
		client := g.stream(g.bind(f), &server.addr)
		if got := must(client.RemoteAddress(g.ctx))(g); got != server.addr {
			t.Errorf("remote-address = %v", native(got))
		}
		n, err := g.send(client.out, datagram("", nil), datagram("Hello, world!", &server.addr))
		if n != 2 || err != nil {
			t.Fatalf("send = %d, %v", n, err)
		}
		got := g.receive(server.in, 2)
		for i, want := range []string{"", "Hello, world!"} {
			if string(got[i].Data) != want || got[i].RemoteAddress != client.addr {
				t.Errorf("datagram %d is %q from %v", i, got[i].Data, native(got[i].RemoteAddress))
			}
		}
		if n, err := g.send(server.out, datagram("back", &client.addr)); n != 1 || err != nil {
			t.Fatalf("send = %d, %v", n, err)
		}
		if got := g.receive(client.in, 1); string(got[0].Data) != "back" || got[0].RemoteAddress != server.addr {
			t.Errorf("datagram %q from %v", got[0].Data, native(got[0].RemoteAddress))
		}
	})
}

func TestUDPReconnect(t *testing.T) {
	eachFamily(t, func(t *testing.T, f gen.IPAddressFamily) {
		g := newGuest(t, net.AllowAll())
		s := g.udp(f)
		g.ok(s.StartBind(g.ctx, g.net, anyAddress(f)))
		g.ok(s.FinishBind(g.ctx))
		a, b := g.bind(f).addr, g.bind(f).addr
		for _, to := range []*gen.IPSocketAddress{nil, nil, &a, &a, &b, nil, &a} {
			must(s.Stream(g.ctx, to))(g)
			got, err := s.RemoteAddress(g.ctx)
			if to == nil {
				g.is("remote-address", err, "invalid-state")
			} else if err != nil || got != *to {
				t.Errorf("remote-address = %v, %v", native(got), err)
			}
			if l := must(s.LocalAddress(g.ctx))(g); native(l).Port() == 0 {
				t.Errorf("local-address = %v", native(l))
			}
		}
	})
}

// A stream for one peer gives the datagrams of that peer alone, even when
// others came before.
func TestUDPReceiveAfterConnect(t *testing.T) {
	eachFamily(t, func(t *testing.T, f gen.IPAddressFamily) {
		g := newGuest(t, net.AllowAll())
		dest := g.bind(f)
		a, b := g.stream(g.bind(f), &dest.addr), g.stream(g.bind(f), &dest.addr)
		for _, d := range []*datagrams{a, b, a} {
			text := "A"
			if d == b {
				text = "B"
			}
			must(g.send(d.out, datagram(text, nil)))(g)
		}
		g.stream(dest, &b.addr)
		if got := g.receive(dest.in, 1); string(got[0].Data) != "B" || got[0].RemoteAddress != b.addr {
			t.Errorf("received %q from %v", got[0].Data, native(got[0].RemoteAddress))
		}
		if got := must(dest.in.Receive(g.ctx, 1))(g); len(got) != 0 {
			t.Errorf("received %q too", got[0].Data)
		}
	})
}

// Only the streams made last are of use; the others refuse, and their pollables
// do not wait.
func TestUDPStaleStreams(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	s := g.stream(g.bind(gen.IPAddressFamilyIpv4), nil)
	in, out := s.in, s.out
	pi, po := must(in.Subscribe(g.ctx))(g), must(out.Subscribe(g.ctx))(g)
	if is, _ := pi.Ready(g.ctx); is {
		t.Error("there is a datagram")
	}
	if n := must(out.CheckSend(g.ctx))(g); n == 0 {
		t.Error("check-send permits none")
	}
	g.stream(s, nil)
	for range 2 {
		_, err := in.Receive(g.ctx, 1)
		g.is("receive", err, "invalid-state")
		_, err = out.Send(g.ctx, []gen.OutgoingDatagram{datagram("x", &s.addr)})
		g.is("send", err, "invalid-state")
		_, err = out.CheckSend(g.ctx)
		g.is("check-send", err, "invalid-state")
		g.block(pi, nil)
		g.block(po, nil)
	}
	g.ok(in.Drop(g.ctx))
	g.ok(out.Drop(g.ctx))
	must(g.send(s.out, datagram("x", &s.addr)))(g)
	g.receive(s.in, 1)
}

// A stream that could not be made leaves the socket without a peer, and the
// streams of before without use.
func TestUDPFailedStream(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	s := g.bind(gen.IPAddressFamilyIpv4)
	g.stream(s, &s.addr)
	// What is refused at once changes nothing.
	zero := at("127.0.0.1:0")
	_, err := s.Stream(g.ctx, &zero)
	g.is("stream to port 0", err, "invalid-argument")
	must(s.RemoteAddress(g.ctx))(g)
	must(g.send(s.out, datagram("x", nil)))(g)
	g.receive(s.in, 1)
	// Without SO_BROADCAST the system refuses.
	broadcast := at("255.255.255.255:47")
	if _, err = s.Stream(g.ctx, &broadcast); err == nil {
		t.Skip("this system connects to the broadcast address")
	}
	_, err = s.RemoteAddress(g.ctx)
	g.is("remote-address", err, "invalid-state")
	_, err = s.in.Receive(g.ctx, 1)
	g.is("receive", err, "invalid-state")
	_, err = s.out.CheckSend(g.ctx)
	g.is("check-send", err, "invalid-state")
	if _, err := s.LocalAddress(g.ctx); err != nil {
		t.Errorf("local-address = %v", err)
	}
	g.stream(s, nil)
	must(g.send(s.out, datagram("x", &s.addr)))(g)
	g.receive(s.in, 1)
}

// What a batch may be.
func TestUDPBatches(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	server := g.stream(g.bind(gen.IPAddressFamilyIpv4), nil)
	client := g.stream(g.bind(gen.IPAddressFamilyIpv4), &server.addr)
	g.ok(server.SetReceiveBufferSize(g.ctx, 8<<20))

	one := datagram("x", nil)
	_, err := client.out.Send(g.ctx, []gen.OutgoingDatagram{one})
	if !strings.Contains(code(err), "trap") {
		t.Errorf("send without a permit = %v", err)
	}
	if n, err := client.out.Send(g.ctx, nil); n != 0 || err != nil {
		t.Errorf("send of nothing = %d, %v", n, err)
	}
	permit := must(client.out.CheckSend(g.ctx))(g)
	many := make([]gen.OutgoingDatagram, permit+1)
	for i := range many {
		many[i] = one
	}
	if _, err := client.out.Send(g.ctx, many); !strings.Contains(code(err), "trap") {
		t.Errorf("send of more than permitted = %v", err)
	}
	if n := must(client.out.Send(g.ctx, many[:permit]))(g); n != permit {
		t.Errorf("sent %d of %d", n, permit)
	}
	// A permit is for one send.
	if _, err := client.out.Send(g.ctx, many[:1]); !strings.Contains(code(err), "trap") {
		t.Errorf("second send = %v", err)
	}
	if got := must(server.in.Receive(g.ctx, 0))(g); len(got) != 0 {
		t.Errorf("received %d of 0", len(got))
	}
	if got := must(server.in.Receive(g.ctx, 3))(g); len(got) > 3 {
		t.Errorf("received %d of 3", len(got))
	}
	g.receive(server.in, int(permit)-3)
	if got := must(server.in.Receive(g.ctx, math.MaxUint64))(g); len(got) != 0 {
		t.Errorf("received %d too many", len(got))
	}

	// The bytes of one call have a limit too.
	big := datagram(strings.Repeat("b", 60000), nil)
	for range 12 {
		must(g.send(client.out, big))(g)
	}
	got := must(server.in.Receive(g.ctx, math.MaxUint64))(g)
	size := 0
	for _, d := range got {
		size += len(d.Data)
	}
	if size > maxReceived+len(big.Data) || len(got) == 0 {
		t.Errorf("received %d bytes at once", size)
	}
}

// What send refuses, and that what was sent before counts.
func TestUDPSendErrors(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	f := gen.IPAddressFamilyIpv4
	server, other := g.stream(g.bind(f), nil), g.bind(f)
	six, zero, nobody := at("[::1]:80"), at("127.0.0.1:0"), at("0.0.0.0:80")
	large := gen.OutgoingDatagram{Data: make([]byte, 70000), RemoteAddress: &server.addr}
	for _, c := range []struct {
		name      string
		connected bool
		send      []gen.OutgoingDatagram
		n         uint64
		code      string
	}{
		{"no address", false, []gen.OutgoingDatagram{datagram("", nil)}, 0, "invalid-argument"},
		{"the other family", false, []gen.OutgoingDatagram{datagram("", &six)}, 0, "invalid-argument"},
		{"port 0", false, []gen.OutgoingDatagram{datagram("", &zero)}, 0, "invalid-argument"},
		{"address 0", false, []gen.OutgoingDatagram{datagram("", &nobody)}, 0, "invalid-argument"},
		{"too large", false, []gen.OutgoingDatagram{large}, 0, "datagram-too-large"},
		{"too large, connected", true, []gen.OutgoingDatagram{large}, 0, "datagram-too-large"},
		{"another peer", true, []gen.OutgoingDatagram{datagram("", &other.addr)}, 0, "invalid-argument"},
		{"the peer", true, []gen.OutgoingDatagram{datagram("", &server.addr)}, 1, "ok"},
		{"one, then another peer", true, []gen.OutgoingDatagram{datagram("", nil), datagram("", &other.addr), datagram("", nil)}, 1, "ok"},
		{"two, then too large", false, []gen.OutgoingDatagram{datagram("", &server.addr), datagram("", &server.addr), large}, 2, "ok"},
	} {
		s := g.bind(f)
		if c.connected {
			g.stream(s, &server.addr)
		} else {
			g.stream(s, nil)
		}
		n, err := g.send(s.out, c.send...)
		g.is(c.name, err, c.code)
		if n != c.n {
			t.Errorf("%s: sent %d, expected %d", c.name, n, c.n)
		}
	}
}

// That nobody listens there is an error of a connected socket, behind what was
// received.
func TestUDPRefused(t *testing.T) {
	eachFamily(t, func(t *testing.T, f gen.IPAddressFamily) {
		g := newGuest(t, net.AllowAll())
		receiver := g.bind(f)
		g.ok(receiver.Drop(g.ctx))
		s := g.stream(g.bind(f), &receiver.addr)
		must(g.send(s.out, datagram("hello", nil)))(g)
		g.block(s.in.Subscribe(g.ctx))
		_, err := s.in.Receive(g.ctx, 1)
		g.is("receive", err, "connection-refused")
		// And then the socket is of use again.
		if got := must(s.in.Receive(g.ctx, 1))(g); len(got) != 0 {
			t.Errorf("received %q", got[0].Data)
		}
	})
}

// An error behind datagrams is told by the next call.
func TestUDPErrorBehindDatagrams(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	s := g.stream(g.bind(gen.IPAddressFamilyIpv4), nil)
	in := s.in.(*IncomingDatagramStream)
	in.failed = gen.ErrorCodeConnectionRefused
	g.block(in.Subscribe(g.ctx))
	_, err := in.Receive(g.ctx, 1)
	g.is("receive", err, "connection-refused")
	_, err = in.Receive(g.ctx, 1)
	g.is("receive", err, "ok")
}

// The socket and its streams may be dropped in any order; what is left works,
// and the last closes the descriptor.
func TestUDPDropOrders(t *testing.T) {
	for _, order := range []string{"sio", "soi", "iso", "ios", "osi", "ois"} {
		g := newGuest(t, net.AllowAll())
		peer := g.stream(g.bind(gen.IPAddressFamilyIpv4), nil)
		s := g.stream(g.bind(gen.IPAddressFamilyIpv4), &peer.addr)
		before := descriptors()
		gone := ""
		for _, what := range order {
			switch what {
			case 's':
				g.ok(s.Drop(g.ctx))
			case 'i':
				g.ok(s.in.Drop(g.ctx))
			case 'o':
				g.ok(s.out.Drop(g.ctx))
			}
			gone += string(what)
			if !strings.Contains(gone, "o") {
				must(g.send(s.out, datagram("x", nil)))(g)
				g.receive(peer.in, 1)
			}
			if !strings.Contains(gone, "i") {
				must(g.send(peer.out, datagram("y", &s.addr)))(g)
				g.receive(s.in, 1)
			}
		}
		if after := descriptors(); before > 0 && after != before-1 {
			t.Errorf("%s: %d descriptors, %d before", order, after, before)
		}
	}
}

// A wait for datagrams ends with its ctx.
func TestUDPBlockEndsWithContext(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	s := g.stream(g.bind(gen.IPAddressFamilyIpv4), nil)
	ctx, cancel := context.WithCancel(g.ctx)
	p := must(s.in.Subscribe(ctx))(g)
	done := make(chan error)
	go func() { done <- p.Block(ctx) }()
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("block = %v", err)
	}
}

// Two sockets do not share an address.
func TestUDPBindUsed(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	used := g.bind(gen.IPAddressFamilyIpv4).addr
	s := g.udp(gen.IPAddressFamilyIpv4)
	g.is("start-bind", s.StartBind(g.ctx, g.net, used), "address-in-use")
	g.ok(s.StartBind(g.ctx, g.net, at("127.0.0.1:0")))
}

// Received bytes are the guest's own, not those of the next datagram.
func TestUDPDataIsKept(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	s := g.stream(g.bind(gen.IPAddressFamilyIpv4), nil)
	var all []gen.IncomingDatagram
	for i := range 5 {
		must(g.send(s.out, gen.OutgoingDatagram{Data: bytes.Repeat([]byte{byte(i)}, 100), RemoteAddress: &s.addr}))(g)
		all = append(all, g.receive(s.in, 1)...)
	}
	for i, d := range all {
		if !bytes.Equal(d.Data, bytes.Repeat([]byte{byte(i)}, 100)) {
			t.Errorf("datagram %d has changed", i)
		}
	}
	if native(all[0].RemoteAddress) != native(s.addr) {
		t.Errorf("from %v", native(all[0].RemoteAddress))
	}
}
