package p1

import (
	"context"
	stdnet "net"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
)

// newSockGuest is a guest with the connection of a as descriptor 4; b is its
// other end.
func newSockGuest(t *testing.T) (g *guest, b *fakeConn) {
	a, b := newFakeConns()
	lis := &fakeListener{}
	g = newGuest(t, Config{Listeners: []net.Listener{lis}})
	lis.push(a)
	g.ok("sock_accept", 3, fdflagNonblock, atResult)
	return g, b
}

func TestAccept(t *testing.T) {
	lis := &fakeListener{}
	g := newGuest(t, Config{Listeners: []net.Listener{lis}, Limits: Limits{MaxDescriptors: 5}})
	g.want(errnoInval, "sock_accept", 3, fdflagAppend, atResult)
	g.want(errnoNotsock, "sock_accept", 1, 0, atResult)
	g.ok("fd_fdstat_set_flags", 3, fdflagNonblock)
	g.want(errnoAgain, "sock_accept", 3, 0, atResult)
	a, _ := newFakeConns()
	lis.push(a)
	g.want(errnoFault, "sock_accept", 3, 0, 1<<32-1)
	g.ok("sock_accept", 3, fdflagNonblock, atResult)
	g.ok("fd_fdstat_get", 4, atBuf)
	if typ, flags := g.b[atBuf], g.u16(atBuf+fdstatFlags); typ != filetypeSocketStream || flags != fdflagNonblock {
		t.Errorf("type %d, flags %#x", typ, flags)
	}
	g.want(errnoInval, "sock_accept", 4, 0, atResult)
	g.want(errnoNotconn, "sock_shutdown", 3, 1)
	p, n := g.iovecs([2]uint32{atBuf, 4})
	g.want(errnoNotconn, "fd_read", 3, p, n, atResult)
	g.want(errnoNotconn, "sock_recv", 3, p, n, 0, atResult, atResult+4)

	// A full table leaves the connection in the queue.
	b, _ := newFakeConns()
	lis.push(b)
	g.want(errnoMfile, "sock_accept", 3, 0, atResult)
	if b.closed || len(lis.conns) != 1 {
		t.Error("a connection for which there is no number was taken")
	}
	g.ok("fd_close", 4)
	if !a.closed {
		t.Error("fd_close leaves the connection open")
	}
	g.ok("sock_accept", 3, 0, atResult)
}

// TestAcceptWaits: an accept waits, and ends with its context and with the
// listener's descriptor.
func TestAcceptWaits(t *testing.T) {
	for _, how := range []string{"connection", "context", "close"} {
		synctest.Test(t, func(t *testing.T) {
			lis := &fakeListener{}
			g := newGuest(t, Config{Listeners: []net.Listener{lis}})
			if e := g.call("sock_accept", 3, 0, atResult); e != errnoAgain {
				t.Errorf("a listener waits at first: %d", e)
			}
			g.ok("fd_fdstat_set_flags", 3, 0)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			g.ctx = ctx
			var e errno
			var err error
			done := make(chan bool)
			go func() {
				e, err = g.try("sock_accept", 3, 0, atResult)
				close(done)
			}()
			synctest.Wait()
			switch how {
			case "connection":
				a, _ := newFakeConns()
				lis.push(a)
				if <-done; e != 0 || err != nil || g.u32(atResult) != 4 {
					t.Errorf("sock_accept = %d, %v", e, err)
				}
			case "context":
				cancel()
				if <-done; err != context.Canceled {
					t.Errorf("sock_accept = %d, %v", e, err)
				}
			case "close":
				guestOf(t, g.state).ok("fd_close", 3)
				if <-done; e != errnoBadf || err != nil {
					t.Errorf("sock_accept = %d, %v", e, err)
				}
			}
		})
	}
}

func TestRecv(t *testing.T) {
	g, b := newSockGuest(t)
	p, n := g.iovecs([2]uint32{atBuf, 2}, [2]uint32{atBuf + 2, 4})
	const ro = atResult + 4
	recv := func(flags uint64, want string) {
		t.Helper()
		g.set32(ro, 0xffffffff)
		g.ok("sock_recv", 4, p, n, flags, atResult, ro)
		if got := string(g.b[atBuf : atBuf+g.u32(atResult)]); got != want || g.u32(ro) != 0xffff0000 {
			t.Errorf("sock_recv %d = %q, roflags %#x, want %q", flags, got, g.u32(ro), want)
		}
	}
	g.want(errnoAgain, "sock_recv", 4, p, n, 0, atResult, ro)
	g.want(errnoAgain, "sock_recv", 4, p, n, recvPeek, atResult, ro)
	g.want(errnoInval, "sock_recv", 4, p, n, 4, atResult, ro)
	g.want(errnoNotsup, "sock_recv", 4, p, n, recvPeek|recvWaitall, atResult, ro)
	b.TryWrite([]byte("abcdefgh"))
	recv(recvPeek, "abcdef")
	recv(recvPeek, "abcdef")
	recv(0, "abcdef")
	recv(recvWaitall, "gh") // nonblock: what there is
	b.Shutdown(false, true)
	recv(recvPeek, "")
	recv(0, "")
	p, n = 0, 0
	recv(recvPeek, "")
}

func TestRecvWaitall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, b := newSockGuest(t)
		g.ok("fd_fdstat_set_flags", 4, 0)
		p, n := g.iovecs([2]uint32{atBuf, 2}, [2]uint32{atBuf + 2, 4})
		done := make(chan errno, 1)
		go func() { done <- g.call("sock_recv", 4, p, n, recvWaitall, atResult, atResult+4) }()
		for _, s := range []string{"a", "bc", "d", "efgh"} {
			synctest.Wait()
			if len(done) > 0 {
				t.Fatalf("sock_recv = %d", <-done)
			}
			b.TryWrite([]byte(s))
		}
		if e := <-done; e != 0 || string(g.b[atBuf:atBuf+6]) != "abcdef" || g.u32(atResult) != 6 {
			t.Errorf("sock_recv = %d, %q", e, g.b[atBuf:atBuf+6])
		}
	})
}

func TestSend(t *testing.T) {
	g, b := newSockGuest(t)
	copy(g.b[atBuf:], "hello")
	p, n := g.iovecs([2]uint32{atBuf, 2}, [2]uint32{atBuf + 2, 3})
	g.want(errnoInval, "sock_send", 4, p, n, 1, atResult)
	g.ok("sock_send", 4, p, n, 0, atResult)
	var got [10]byte
	if n, _ := b.TryRead(got[:]); string(got[:n]) != "hello" || g.u32(atResult) != 5 {
		t.Errorf("sent %q, %d", got[:n], g.u32(atResult))
	}
	for _, how := range []uint64{0, 4, 1 << 31} {
		g.want(errnoInval, "sock_shutdown", 4, how)
	}
	g.ok("sock_shutdown", 4, sdWr)
	g.want(errnoPipe, "sock_send", 4, p, n, 0, atResult)
	g.want(errnoPipe, "fd_write", 4, p, n, atResult)
}

// TestTCP is a connection of the system.
func TestTCP(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("SKIP: no network here: %v", err)
	}
	defer lis.Close()
	g := newGuest(t, Config{Listeners: []net.Listener{lis}})
	peer, err := stdnet.Dial("tcp", lis.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	read := func(fd uint64) sub { return sub{7, eventtypeFdRead, uint32(fd), 0, 0, 0} }
	g.wantEvents(g.poll(read(3)), event{7, 0, eventtypeFdRead, 1, 0})
	g.ok("sock_accept", 3, 0, atResult)
	fd := uint64(g.u32(atResult))
	if _, err := peer.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	g.wantEvents(g.poll(read(fd)), event{7, 0, eventtypeFdRead, 4, 0})
	g.mustRead(fd, 100, "ping")
	g.write(fd, "pong")
	var b [10]byte
	if n, err := peer.Read(b[:]); string(b[:n]) != "pong" {
		t.Errorf("peer reads %q, %v", b[:n], err)
	}
	peer.(*stdnet.TCPConn).CloseWrite()
	g.wantEvents(g.poll(read(fd)), event{7, 0, eventtypeFdRead, 0, fdReadwriteHangup})
	g.mustRead(fd, 100, "")
	g.ok("sock_shutdown", fd, sdRd|sdWr)
	g.ok("fd_close", fd)
	if n, err := peer.Read(b[:]); n != 0 || err == nil {
		t.Errorf("peer reads %d bytes behind the end", n)
	}
	// Waiting on the real thing ends with the descriptor.
	done := make(chan errno, 1)
	g.ok("fd_fdstat_set_flags", 3, 0)
	go func() { done <- g.call("sock_accept", 3, 0, atResult) }()
	guestOf(t, g.state).ok("fd_close", 3)
	if e := <-done; e != errnoBadf {
		t.Errorf("sock_accept of a closed listener = %d", e)
	}
	if host.ErrnoOf(lis.Close()) != host.Success {
		t.Error("the guest closed the listener that it was given")
	}
}
