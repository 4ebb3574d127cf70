package sockets

import (
	"bytes"
	"context"
	gonet "net"
	"net/netip"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	wasi_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
)

func TestTCPTalk(t *testing.T) {
	eachFamily(t, func(t *testing.T, f gen.IPAddressFamily) {
		g := newGuest(t, net.AllowAll())
		client, server := g.pair(f)
		cl, cr := must(client.LocalAddress(g.ctx))(g), must(client.RemoteAddress(g.ctx))(g)
		sl, sr := must(server.LocalAddress(g.ctx))(g), must(server.RemoteAddress(g.ctx))(g)
		if cl != sr || cr != sl {
			t.Errorf("the client is %v to %v, the server %v to %v", native(cl), native(cr), native(sl), native(sr))
		}
		for i, ends := range [][2]end{{client, server}, {server, client}} {
			text := strings.Repeat("some text ", 100*(i+1))
			g.write(ends[0].out, []byte(text))
			g.ok(ends[0].Shutdown(g.ctx, gen.ShutdownTypeSend))
			if got := g.readAll(ends[1].in); string(got) != text {
				t.Errorf("read %d bytes, expected %d", len(got), len(text))
			}
		}
	})
}

// What a guest sees of a connection that ends, here or there.
func TestTCPShutdown(t *testing.T) {
	for _, how := range []gen.ShutdownType{gen.ShutdownTypeReceive, gen.ShutdownTypeSend, gen.ShutdownTypeBoth} {
		t.Run(how.String(), func(t *testing.T) {
			g := newGuest(t, net.AllowAll())
			client, server := g.pair(gen.IPAddressFamilyIpv4)
			// What has arrived is forgotten.
			g.write(server.out, []byte("lost or not"))
			g.block(client.in.Subscribe(g.ctx))
			permit := must(client.out.CheckWrite(g.ctx))(g)
			if permit == 0 {
				t.Fatal("a new connection takes nothing")
			}
			ready := must(client.in.Subscribe(g.ctx))(g)
			for range 2 {
				g.ok(client.Shutdown(g.ctx, how))
			}
			receives, sends := how != gen.ShutdownTypeReceive, how != gen.ShutdownTypeSend
			if how == gen.ShutdownTypeBoth {
				receives, sends = false, false
			}
			p, err := client.in.Read(g.ctx, 10)
			if isClosed(err) == receives || string(p) != "lost or no"[:len(p)] {
				t.Errorf("read = %q, %v", p, err)
			}
			if _, err := client.in.Read(g.ctx, 0); isClosed(err) == receives {
				t.Errorf("read 0 = %v", err)
			}
			if is, _ := ready.Ready(g.ctx); !is {
				t.Error("the input is not ready")
			}
			if err := client.out.Write(g.ctx, []byte("Hi!")); isClosed(err) == sends {
				t.Errorf("write = %v", err)
			}
			if _, err := client.out.CheckWrite(g.ctx); isClosed(err) == sends {
				t.Errorf("check-write = %v", err)
			}
			if err := client.out.Flush(g.ctx); isClosed(err) == sends {
				t.Errorf("flush = %v", err)
			}
			if !sends {
				if got := g.readAll(server.in); len(got) != 0 {
					t.Errorf("the peer read %q", got)
				}
				return
			}
			g.block(server.in.Subscribe(g.ctx))
			if got := must(server.in.Read(g.ctx, 10))(g); string(got) != "Hi!" {
				t.Errorf("the peer read %q", got)
			}
		})
	}
}

// A shutdown while bytes are on their way in the background loses none, even
// when everything is dropped at once.
func TestTCPShutdownLosesNothing(t *testing.T) {
	for _, drop := range []bool{false, true} {
		g := newGuest(t, net.AllowAll())
		client, server := g.pair(gen.IPAddressFamilyIpv4)
		g.ok(client.SetSendBufferSize(g.ctx, 1<<14))
		g.ok(server.SetReceiveBufferSize(g.ctx, 1<<16))
		sent := 0
		// Until the peer's buffers are full too, so that much is on its way.
		for {
			n := must(client.out.CheckWrite(g.ctx))(g)
			if n == 0 {
				break
			}
			g.ok(client.out.Write(g.ctx, make([]byte, n)))
			sent += int(n)
		}
		g.ok(client.Shutdown(g.ctx, gen.ShutdownTypeSend))
		if err := client.out.Write(g.ctx, []byte("more")); !isClosed(err) {
			t.Errorf("write after shutdown = %v", err)
		}
		if drop {
			g.ok(client.in.Drop(g.ctx))
			g.ok(client.Drop(g.ctx))
			g.ok(client.out.Drop(g.ctx))
		}
		if got := g.readAll(server.in); len(got) != sent {
			t.Errorf("the peer read %d bytes of %d", len(got), sent)
		}
		g.ok(g.io.Flush(g.ctx))
	}
}

// The socket and its streams may be dropped in any order; what is left works,
// and the last closes the descriptor.
func TestTCPDropOrders(t *testing.T) {
	for _, order := range []string{"sio", "soi", "iso", "ios", "osi", "ois"} {
		for _, shutdown := range []string{"", "send", "receive", "both"} {
			t.Run(order+" "+shutdown, func(t *testing.T) {
				g := newGuest(t, net.AllowAll())
				client, server := g.pair(gen.IPAddressFamilyIpv4)
				before := descriptors()
				switch shutdown {
				case "send":
					g.ok(client.Shutdown(g.ctx, gen.ShutdownTypeSend))
				case "receive":
					g.ok(client.Shutdown(g.ctx, gen.ShutdownTypeReceive))
				case "both":
					g.ok(client.Shutdown(g.ctx, gen.ShutdownTypeBoth))
				}
				sends, receives := shutdown == "" || shutdown == "receive", shutdown == "" || shutdown == "send"
				gone := ""
				for _, what := range order {
					switch what {
					case 's':
						g.ok(client.Drop(g.ctx))
					case 'i':
						g.ok(client.in.Drop(g.ctx))
					case 'o':
						g.ok(client.out.Drop(g.ctx))
					}
					gone += string(what)
					if sends && !strings.Contains(gone, "o") {
						g.write(client.out, []byte("x"))
						if p := must(server.in.BlockingRead(g.ctx, 1))(g); string(p) != "x" {
							t.Errorf("after %s the peer read %q", gone, p)
						}
					}
					if receives && !strings.Contains(gone, "i") {
						g.write(server.out, []byte("y"))
						if p := must(client.in.BlockingRead(g.ctx, 1))(g); string(p) != "y" {
							t.Errorf("after %s read %q", gone, p)
						}
					}
				}
				if _, err := server.in.BlockingRead(g.ctx, 1); !isClosed(err) {
					t.Errorf("at last the peer read %v", err)
				}
				if after := descriptors(); before > 0 && after != before-1 {
					t.Errorf("%d descriptors, %d before", after, before)
				}
			})
		}
	}
}

// The peer learns that nobody can send any more, while somebody still reads.
func TestTCPDropOfSenderEndsInput(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	client, server := g.pair(gen.IPAddressFamilyIpv4)
	g.write(client.out, []byte("all"))
	g.ok(client.out.Drop(g.ctx))
	g.ok(client.Drop(g.ctx))
	if got := g.readAll(server.in); string(got) != "all" {
		t.Errorf("the peer read %q", got)
	}
	g.write(server.out, []byte("answer"))
	g.ok(server.Shutdown(g.ctx, gen.ShutdownTypeSend))
	if got := g.readAll(client.in); string(got) != "answer" {
		t.Errorf("read %q", got)
	}
}

// An output that was dropped is shut down by the socket all the same.
func TestTCPShutdownAfterDrop(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	client, server := g.pair(gen.IPAddressFamilyIpv4)
	g.ok(client.out.Drop(g.ctx))
	if is, _ := must(server.in.Subscribe(g.ctx))(g).Ready(g.ctx); is {
		t.Error("the drop of an output told the peer something")
	}
	g.ok(client.Shutdown(g.ctx, gen.ShutdownTypeBoth))
	if got := g.readAll(server.in); len(got) != 0 {
		t.Errorf("the peer read %q", got)
	}
	g.ok(client.in.Drop(g.ctx))
	g.ok(client.Drop(g.ctx))
}

// The error of a stream has the code of the network.
func TestTCPReset(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	l, addr := g.listener(gen.IPAddressFamilyIpv4)
	c, err := gonet.Dial("tcp", native(addr).String())
	if err != nil {
		t.Fatal(err)
	}
	s := g.accept(l)
	c.(*gonet.TCPConn).SetLinger(0)
	c.Close()
	g.block(s.in.Subscribe(g.ctx))
	_, err = s.in.Read(g.ctx, 1)
	e, is := err.(wasi_io.StreamError)
	if !is || e.Case != wasi_io.StreamErrorLastOperationFailed {
		t.Fatalf("read of a broken connection = %v", err)
	}
	if c := must(g.h.NetworkErrorCode(g.ctx, e.LastOperationFailed))(g); c == nil || *c != gen.ErrorCodeConnectionReset {
		t.Errorf("network-error-code = %v", c)
	}
	if text := must(e.LastOperationFailed.ToDebugString(g.ctx))(g); text != host.ECONNRESET.Error() {
		t.Errorf("to-debug-string = %q", text)
	}
	// After the failure the stream is closed.
	if _, err = s.in.Read(g.ctx, 1); !isClosed(err) {
		t.Errorf("read after the failure = %v", err)
	}
	// The peer is gone, and to end what has ended is no error.
	g.ok(s.Shutdown(g.ctx, gen.ShutdownTypeBoth))
}

// A connection that is broken while it waits costs the listener nothing.
func TestTCPAcceptAborted(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	l, addr := g.listener(gen.IPAddressFamilyIpv4)
	for range 3 {
		c, err := gonet.Dial("tcp", native(addr).String())
		if err != nil {
			t.Fatal(err)
		}
		c.(*gonet.TCPConn).SetLinger(0)
		c.Close()
	}
	for range 100 {
		x, err := l.Accept(g.ctx)
		if err == gen.ErrorCodeWouldBlock {
			break
		}
		if err == nil {
			g.ok(x.F1.Drop(g.ctx))
			g.ok(x.F2.Drop(g.ctx))
			g.ok(x.F0.Drop(g.ctx))
		} else if err != gen.ErrorCodeConnectionAborted {
			t.Fatal(err)
		}
	}
	g.connect(g.tcp(gen.IPAddressFamilyIpv4), addr)
	g.accept(l)
}

// A guest that may have no more sockets gets none, and a connection that waits
// stays where it is.
func TestSocketLimit(t *testing.T) {
	const max = 5
	g := newGuestOf(t, net.AllowAll(), max)
	l, addr := g.listener(gen.IPAddressFamilyIpv4)
	c := g.connect(g.tcp(gen.IPAddressFamilyIpv4), addr)
	g.block(l.Subscribe(g.ctx))
	var others []gen.UDPSocket
	for range max - 2 {
		others = append(others, g.udp(gen.IPAddressFamilyIpv4))
	}
	before := descriptors()
	for range 100 {
		_, err := g.h.CreateTCPSocket(g.ctx, gen.IPAddressFamilyIpv4)
		g.is("create-tcp-socket", err, "new-socket-limit")
		_, err = g.h.CreateUDPSocket(g.ctx, gen.IPAddressFamilyIpv4)
		g.is("create-udp-socket", err, "new-socket-limit")
		_, err = g.h.ResolveAddresses(g.ctx, g.net, "localhost")
		g.is("resolve-addresses", err, "out-of-memory")
		_, err = l.Accept(g.ctx)
		g.is("accept", err, "new-socket-limit")
	}
	if after := descriptors(); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
	g.ok(others[0].Drop(g.ctx))
	s := g.accept(l)
	g.write(c.out, []byte("kept"))
	if p := must(s.in.BlockingRead(g.ctx, 10))(g); string(p) != "kept" {
		t.Errorf("read %q", p)
	}
}

// Blocking functions end with their ctx, which is the guest's end.
func TestTCPBlockingEndsWithContext(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	client, server := g.pair(gen.IPAddressFamilyIpv4)
	l, _ := g.listener(gen.IPAddressFamilyIpv4)
	full := make([]byte, 4096)
	for _, f := range []struct {
		name string
		call func(ctx context.Context) error
	}{
		{"blocking-read", func(ctx context.Context) error { _, err := client.in.BlockingRead(ctx, 1); return err }},
		{"blocking-skip", func(ctx context.Context) error { _, err := client.in.BlockingSkip(ctx, 1); return err }},
		{"block for accept", func(ctx context.Context) error {
			p, _ := l.Subscribe(ctx)
			return p.Block(ctx)
		}},
		{"blocking-write-and-flush", func(ctx context.Context) error {
			for {
				if err := client.out.BlockingWriteAndFlush(ctx, full); err != nil {
					return err
				}
			}
		}},
	} {
		ctx, cancel := context.WithCancel(g.ctx)
		done := make(chan error)
		go func() { done <- f.call(ctx) }()
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("%s = %v", f.name, err)
		}
	}
	g.ok(server.Drop(g.ctx))
}

// The end of a guest closes what it left, whatever it was about to do, and
// what is called later is refused.
func TestGuestEnds(t *testing.T) {
	for _, wait := range []bool{false, true} {
		g := newGuest(t, net.AllowAll())
		client, _ := g.pair(gen.IPAddressFamilyIpv4)
		l, addr := g.listener(gen.IPAddressFamilyIpv4)
		connecting := g.tcp(gen.IPAddressFamilyIpv4)
		g.ok(connecting.StartConnect(g.ctx, g.net, addr))
		p := must(connecting.Subscribe(g.ctx))(g)
		u := g.udpIn(gen.IPAddressFamilyIpv4, 2)
		x := must(u.Stream(g.ctx, nil))(g)
		// Something is written in the background.
		for range 200 {
			n := must(client.out.CheckWrite(g.ctx))(g)
			if n == 0 {
				break
			}
			g.ok(client.out.Write(g.ctx, make([]byte, n)))
		}
		done := make(chan struct{})
		if wait {
			go func() {
				defer close(done)
				client.in.BlockingRead(g.ctx, 1)
			}()
		} else {
			close(done)
		}
		g.ok(g.io.Close())
		<-done
		g.block(p, nil)
		if _, err := g.finish(connecting); err == nil {
			t.Error("finish-connect works after the end")
		}
		_, err := l.Accept(g.ctx)
		g.is("accept", err, "invalid-state")
		_, err = x.F0.Receive(g.ctx, 1)
		g.is("receive", err, "invalid-state")
		_, err = g.h.CreateTCPSocket(g.ctx, gen.IPAddressFamilyIpv4)
		g.is("create-tcp-socket", err, "invalid-state")
		_, err = g.h.CreateUDPSocket(g.ctx, gen.IPAddressFamilyIpv4)
		g.is("create-udp-socket", err, "invalid-state")
		g.ok(u.Drop(g.ctx))
		g.ok(client.Drop(g.ctx))
		g.ok(client.in.Drop(g.ctx))
		g.ok(client.out.Drop(g.ctx))
	}
}

// SO_REUSEADDR: a port can be bound again while old connections linger. An
// accepted connection does not take the port from a listener of its own.
func TestTCPRebind(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	l, addr := g.listener(gen.IPAddressFamilyIpv4)
	client := g.connect(g.tcp(gen.IPAddressFamilyIpv4), addr)
	server := g.accept(l)
	g.write(server.out, make([]byte, 10))
	for _, d := range []interface{ Drop(context.Context) error }{server.in, server.out, server.TCPSocket, l} {
		g.ok(d.Drop(g.ctx))
	}
	again := g.tcp(gen.IPAddressFamilyIpv4)
	g.ok(again.StartBind(g.ctx, g.net, addr))
	g.ok(again.FinishBind(g.ctx))
	g.ok(again.StartListen(g.ctx))
	if got := g.readAll(client.in); len(got) != 10 {
		t.Errorf("read %d bytes", len(got))
	}
}

// IPv6 sockets are of IPv6 alone: both families may have one port.
func TestNoDualStack(t *testing.T) {
	if len(families(t)) < 2 {
		t.Skip("no IPv6")
	}
	g := newGuest(t, net.AllowAll())
	six := g.tcp(gen.IPAddressFamilyIpv6)
	g.ok(six.StartBind(g.ctx, g.net, at("[::]:0")))
	g.ok(six.FinishBind(g.ctx))
	g.ok(six.StartListen(g.ctx))
	g.ok(six.FinishListen(g.ctx))
	port := native(must(six.LocalAddress(g.ctx))(g)).Port()
	four := g.tcp(gen.IPAddressFamilyIpv4)
	g.ok(four.StartConnect(g.ctx, g.net, toSocketAddress(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port))))
	_, err := g.finish(four)
	g.is("finish-connect", err, "connection-refused")
}

// Large amounts go through both ways at once, with back-pressure.
func TestTCPEcho(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	l, addr := g.listener(gen.IPAddressFamilyIpv4)
	c, err := gonet.Dial("tcp", native(addr).String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	go func() {
		c.Write(sent)
		c.(*gonet.TCPConn).CloseWrite()
	}()
	got := make(chan []byte)
	go func() {
		var b bytes.Buffer
		b.ReadFrom(c)
		got <- b.Bytes()
	}()
	s := g.accept(l)
	for {
		_, err := s.out.BlockingSplice(g.ctx, s.in, 1<<20)
		if isClosed(err) {
			break
		}
		g.ok(err)
	}
	g.ok(s.Shutdown(g.ctx, gen.ShutdownTypeSend))
	if b := <-got; !bytes.Equal(b, sent) {
		t.Errorf("%d bytes came back of %d", len(b), len(sent))
	}
}
