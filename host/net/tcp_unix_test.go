//go:build unix

package net

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

var addrPort = netip.MustParseAddrPort

// loopback is a free port of the loopback address.
func loopback(f Family) netip.AddrPort {
	if f == IPv4 {
		return addrPort("127.0.0.1:0")
	}
	return addrPort("[::1]:0")
}

// eachFamily runs a test for both families, and counts what it leaves behind.
func eachFamily(t *testing.T, test func(t *testing.T, f Family)) {
	for _, f := range []Family{IPv4, IPv6} {
		t.Run(f.String(), func(t *testing.T) {
			if f == IPv6 {
				l, err := net.Listen("tcp6", "[::1]:0")
				if err != nil {
					t.Skipf("this system has no IPv6: %v", err)
				}
				l.Close()
			}
			checkLeaks(t)
			test(t, f)
		})
	}
}

func newTestTCP(t testing.TB, f Family) *TCP {
	t.Helper()
	s, err := NewTCP(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// listening is a socket that listens on the loopback address.
func listening(t testing.TB, f Family) (*TCP, netip.AddrPort) {
	t.Helper()
	s := newTestTCP(t, f)
	if err := s.Bind(loopback(f)); err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(0); err != nil {
		t.Fatal(err)
	}
	a, err := s.LocalAddr()
	if err != nil {
		t.Fatal(err)
	}
	return s, a
}

// connect waits for the connection of a socket.
func connect(ctx context.Context, s *TCP, a netip.AddrPort) (stream.Input, stream.Output, error) {
	if err := s.StartConnect(a); err != nil {
		return nil, nil, err
	}
	for {
		in, out, err := s.FinishConnect()
		if err != host.EAGAIN {
			return in, out, err
		}
		if err := s.Connecting().Wait(ctx); err != nil {
			return nil, nil, err
		}
	}
}

// An end is all that a guest holds of one connection.
type end struct {
	s   *TCP
	in  stream.Input
	out stream.Output
}

func (e end) close() {
	e.s.Close()
	e.in.Close()
	e.out.Close()
}

func acceptOne(t testing.TB, l *TCP) end {
	t.Helper()
	for {
		s, in, out, err := l.TryAccept()
		if err == nil {
			e := end{s, in, out}
			t.Cleanup(e.close)
			return e
		}
		if err != host.EAGAIN {
			t.Fatal(err)
		}
		if err := l.Acceptable().Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// pair is a connection: who connected, and who was connected to.
func pair(t testing.TB, f Family) (a, b end) {
	t.Helper()
	l, addr := listening(t, f)
	s := newTestTCP(t, f)
	in, out, err := connect(t.Context(), s, addr)
	if err != nil {
		t.Fatal(err)
	}
	a = end{s, in, out}
	t.Cleanup(a.close)
	return a, acceptOne(t, l)
}

func TestTCPConversation(t *testing.T) {
	eachFamily(t, func(t *testing.T, f Family) {
		a, b := pair(t, f)
		if a.s.Family() != f || b.s.Family() != f {
			t.Errorf("families %v and %v", a.s.Family(), b.s.Family())
		}
		al, err1 := a.s.LocalAddr()
		ar, err2 := a.s.RemoteAddr()
		bl, err3 := b.s.LocalAddr()
		br, err4 := b.s.RemoteAddr()
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		if al != br || ar != bl || al.Port() == 0 || ar.Port() == 0 {
			t.Errorf("addresses %v -> %v and %v -> %v", al, ar, bl, br)
		}
		if _, err := b.in.TryRead(make([]byte, 8)); err != host.EAGAIN {
			t.Errorf("TryRead of nothing = %v", err)
		}
		if b.in.Readable().Ready() || b.in.Available() != 0 || !b.out.Writable().Ready() {
			t.Error("an idle connection is readable, or not writable")
		}
		text := strings.Repeat("a text that does not fit into a buffer. ", 100_000)
		var wg sync.WaitGroup
		wg.Go(func() {
			if n, err := a.out.Write(t.Context(), []byte(text)); n != len(text) || err != nil {
				t.Errorf("Write = %d, %v", n, err)
			}
			if err := a.s.Shutdown(false, true); err != nil {
				t.Error(err)
			}
		})
		var got strings.Builder
		p := make([]byte, 30_000)
		for {
			n, err := b.in.Read(t.Context(), p)
			got.Write(p[:n])
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		wg.Wait()
		if got.String() != text {
			t.Errorf("%d bytes arrived of %d", got.Len(), len(text))
		}
		// The other direction is still open.
		if _, err := b.out.TryWrite([]byte("pong")); err != nil {
			t.Error(err)
		}
		if n, err := a.in.Read(t.Context(), p); string(p[:n]) != "pong" || err != nil {
			t.Errorf("Read = %q, %v", p[:n], err)
		}
		if _, err := a.out.TryWrite([]byte("x")); err != host.EPIPE {
			t.Errorf("TryWrite after Shutdown = %v", err)
		}
	})
}

// A socket says in each of its states what can be asked of it.
func TestTCPStates(t *testing.T) {
	l, addr := listening(t, IPv4)
	_ = l
	refused := func() netip.AddrPort {
		s, a := listening(t, IPv4)
		s.Close()
		return a
	}()
	full := fullListener(t)
	states := []struct {
		name  string
		enter func(s *TCP) error
		// what Bind, StartConnect, FinishConnect, Listen, TryAccept, LocalAddr,
		// RemoteAddr and Shutdown answer
		want string
	}{
		{"unbound", func(s *TCP) error { return nil },
			"ok ok ENOTCONN ENOTCONN ENOTCONN ENOTCONN ENOTCONN ENOTCONN"},
		{"bound", func(s *TCP) error { return s.Bind(loopback(IPv4)) },
			"EISCONN ok ENOTCONN ok ENOTCONN ok ENOTCONN ENOTCONN"},
		{"listening", func(s *TCP) error { return errors.Join(s.Bind(loopback(IPv4)), s.Listen(1)) },
			"EISCONN EISCONN ENOTCONN ok EAGAIN ok ENOTCONN ENOTCONN"},
		{"connecting", func(s *TCP) error { return s.StartConnect(full) },
			"EALREADY EALREADY EAGAIN EALREADY EALREADY ok ENOTCONN ENOTCONN"},
		{"connected", func(s *TCP) error {
			in, out, err := connect(t.Context(), s, addr)
			if err == nil {
				in.Close()
				out.Close()
			}
			return err
		}, "EISCONN EISCONN EISCONN EISCONN EISCONN ok ok ok"},
		{"failed", func(s *TCP) error {
			if _, _, err := connect(t.Context(), s, refused); err != host.ECONNREFUSED {
				return fmt.Errorf("connect = %w", err)
			}
			return nil
		}, "ENOTCONN ENOTCONN ENOTCONN ENOTCONN ENOTCONN ENOTCONN ENOTCONN ENOTCONN"},
		{"closed", (*TCP).Close,
			"EBADF EBADF EBADF EBADF EBADF EBADF EBADF EBADF"},
	}
	asks := []func(s *TCP) error{
		func(s *TCP) error { return s.Bind(loopback(IPv4)) },
		func(s *TCP) error { return s.StartConnect(addr) },
		func(s *TCP) error { _, _, err := s.FinishConnect(); return err },
		func(s *TCP) error { return s.Listen(5) },
		func(s *TCP) error { _, _, _, err := s.TryAccept(); return err },
		func(s *TCP) error { _, err := s.LocalAddr(); return err },
		func(s *TCP) error { _, err := s.RemoteAddr(); return err },
		func(s *TCP) error { return s.Shutdown(true, true) },
	}
	for _, state := range states {
		for i, want := range strings.Fields(state.want) {
			s := newTestTCP(t, IPv4)
			if err := state.enter(s); err != nil {
				t.Fatalf("%s: %v", state.name, err)
			}
			if got, listens := errnoName(asks[i](s)), s.Listening(); got != want ||
				listens != (state.name == "listening" || state.name == "bound" && i == 3) {
				t.Errorf("%s: question %d: %s, want %s; listening %v", state.name, i, got, want, listens)
			}
			s.Close()
		}
	}
}

func errnoName(err error) string {
	if err == nil {
		return "ok"
	}
	if e, ok := err.(host.Errno); ok {
		return e.Name()
	}
	return fmt.Sprintf("%T %v", err, err)
}

// fullListener is the address of a listener that takes no more connections: a
// connect goes on until the test ends.
func fullListener(t *testing.T) netip.AddrPort {
	t.Helper()
	l := newTestTCP(t, IPv4)
	if err := errors.Join(l.Bind(loopback(IPv4)), l.Listen(1)); err != nil {
		t.Fatal(err)
	}
	a, err := l.LocalAddr()
	if err != nil {
		t.Fatal(err)
	}
	for range 16 {
		s := newTestTCP(t, IPv4)
		if err := s.StartConnect(a); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := s.Connecting().Wait(ctx)
		cancel()
		if err != nil {
			return a
		}
	}
	t.Skip("this system accepts any number of connections")
	return a
}

func TestTCPBadAddresses(t *testing.T) {
	_, used := listening(t, IPv4)
	tests := []struct {
		family Family
		bind   string
		want   host.Errno
	}{
		{IPv4, "[::1]:0", host.EINVAL},
		{IPv6, "127.0.0.1:0", host.EINVAL},
		{IPv6, "[::ffff:127.0.0.1]:0", host.EINVAL},
		{IPv4, "224.0.0.1:0", host.EINVAL},
		{IPv4, "255.255.255.255:0", host.EINVAL},
		{IPv6, "[ff02::1]:0", host.EINVAL},
		{IPv6, "[fe80::1%lo]:0", host.EINVAL},
		{IPv4, "198.51.100.7:0", host.EADDRNOTAVAIL},
		{IPv6, "[2001:db8::7]:0", host.EADDRNOTAVAIL},
		{IPv4, used.String(), host.EADDRINUSE},
		{IPv4, "0.0.0.0:" + fmt.Sprint(used.Port()), host.EADDRINUSE},
		{IPv6, fmt.Sprintf("[::]:%d", used.Port()), host.Success},
		{IPv4, "0.0.0.0:0", host.Success},
		{IPv6, "[::]:0", host.Success},
	}
	for _, tt := range tests {
		s := newTestTCP(t, tt.family)
		if err := s.Bind(addrPort(tt.bind)); host.ErrnoOf(err) != tt.want {
			t.Errorf("%v: Bind(%s) = %v, want %v", tt.family, tt.bind, err, tt.want)
		} else if err != nil {
			// Another try may succeed.
			if err := s.Bind(loopback(tt.family)); err != nil {
				t.Errorf("%v: Bind after Bind(%s) = %v", tt.family, tt.bind, err)
			}
		}
		s.Close()
	}
	for _, tt := range []struct {
		family Family
		addr   string
	}{
		{IPv4, "[::1]:80"}, {IPv6, "127.0.0.1:80"}, {IPv6, "[::ffff:127.0.0.1]:80"},
		{IPv4, "127.0.0.1:0"}, {IPv6, "[::1]:0"}, {IPv4, "0.0.0.0:80"}, {IPv6, "[::]:80"},
		{IPv4, "224.0.0.1:80"}, {IPv6, "[ff02::1]:80"}, {IPv4, "255.255.255.255:80"},
		{IPv6, "[fe80::1%lo]:80"},
	} {
		s := newTestTCP(t, tt.family)
		if err := s.StartConnect(addrPort(tt.addr)); err != host.EINVAL {
			t.Errorf("%v: StartConnect(%s) = %v", tt.family, tt.addr, err)
		}
		// The socket is as good as before.
		if err := s.Bind(loopback(tt.family)); err != nil {
			t.Errorf("%v: Bind after StartConnect(%s) = %v", tt.family, tt.addr, err)
		}
		s.Close()
	}
	s := newTestTCP(t, IPv4)
	if err := s.Bind(netip.AddrPort{}); err != host.EINVAL {
		t.Errorf("Bind of no address = %v", err)
	}
	if err := s.StartConnect(netip.AddrPort{}); err != host.EINVAL {
		t.Errorf("StartConnect of no address = %v", err)
	}
}

// An IPv6 socket of all interfaces takes no IPv4 connections.
func TestTCPNoDualStack(t *testing.T) {
	eachFamily(t, func(t *testing.T, f Family) {
		if f == IPv4 {
			return
		}
		s := newTestTCP(t, IPv6)
		if err := errors.Join(s.Bind(addrPort("[::]:0")), s.Listen(1)); err != nil {
			t.Fatal(err)
		}
		a, err := s.LocalAddr()
		if err != nil {
			t.Fatal(err)
		}
		four := newTestTCP(t, IPv4)
		_, _, err = connect(t.Context(), four, netip.AddrPortFrom(loopback(IPv4).Addr(), a.Port()))
		if err != host.ECONNREFUSED {
			t.Errorf("an IPv4 connect = %v", err)
		}
	})
}

func TestTCPOptions(t *testing.T) {
	eachFamily(t, func(t *testing.T, f Family) {
		s := newTestTCP(t, f)
		if on, err := s.KeepAlive(); on || err != nil {
			t.Errorf("KeepAlive at first = %v, %v", on, err)
		}
		for _, err := range []error{
			s.SetHopLimit(0), s.SetKeepIdle(0), s.SetKeepIdle(-1), s.SetKeepInterval(0),
			s.SetKeepCount(0), s.SetReceiveBuffer(0), s.SetSendBuffer(0),
		} {
			if err != host.EINVAL {
				t.Errorf("an option of 0 = %v", err)
			}
		}
		checkOption(t, s.SetKeepAlive, s.KeepAlive, true, true)
		checkOption(t, s.SetKeepAlive, s.KeepAlive, false, false)
		checkOption(t, s.SetHopLimit, s.HopLimit, 1, 1)
		checkOption(t, s.SetHopLimit, s.HopLimit, 255, 255)
		checkOption(t, s.SetKeepIdle, s.KeepIdle, 1, time.Second)
		checkOption(t, s.SetKeepIdle, s.KeepIdle, 1500*time.Millisecond, 2*time.Second)
		checkOption(t, s.SetKeepIdle, s.KeepIdle, 1<<63-1, maxKeepSeconds*time.Second)
		checkOption(t, s.SetKeepInterval, s.KeepInterval, time.Minute, time.Minute)
		checkOption(t, s.SetKeepInterval, s.KeepInterval, 1<<63-1, maxKeepSeconds*time.Second)
		checkOption(t, s.SetKeepCount, s.KeepCount, 7, 7)
		checkOption(t, s.SetKeepCount, s.KeepCount, 1<<32-1, maxKeepCount)
		checkOption(t, s.SetReceiveBuffer, s.ReceiveBuffer, 20_000, 20_000)
		checkOption(t, s.SetSendBuffer, s.SendBuffer, 20_000, 20_000)
		for _, n := range []uint64{1, 1 << 31, 1<<64 - 1} {
			if err := errors.Join(s.SetReceiveBuffer(n), s.SetSendBuffer(n)); err != nil {
				t.Errorf("buffers of %d: %v", n, err)
			}
			r, err := s.ReceiveBuffer()
			w, err2 := s.SendBuffer()
			if r == 0 || w == 0 || err != nil || err2 != nil {
				t.Errorf("buffers of %d are %d, %v and %d, %v", n, r, err, w, err2)
			}
		}
	})
}

// checkOption sets a value, and expects another or the same.
func checkOption[V comparable](t *testing.T, set func(V) error, get func() (V, error), value, want V) {
	t.Helper()
	if err := set(value); err != nil {
		t.Errorf("set %v: %v", value, err)
	}
	if got, err := get(); got != want || err != nil {
		t.Errorf("after %v: %v, %v, want %v", value, got, err, want)
	}
}

// A connection has the options of its listener.
func TestTCPInherit(t *testing.T) {
	eachFamily(t, func(t *testing.T, f Family) {
		l, addr := listening(t, f)
		if err := errors.Join(l.SetKeepAlive(true), l.SetKeepIdle(11*time.Second),
			l.SetKeepInterval(12*time.Second), l.SetKeepCount(13), l.SetHopLimit(14),
			l.SetReceiveBuffer(15_000), l.SetSendBuffer(16_000)); err != nil {
			t.Fatal(err)
		}
		peer, err := net.Dial("tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer peer.Close()
		s := acceptOne(t, l).s
		plain := newTestTCP(t, f)
		plain.inherit(&l.options)
		for _, opt := range []option{optKeepAlive, optKeepIdle, optKeepInterval, optKeepCount, optHopLimit, optReceiveBuffer, optSendBuffer} {
			a, err1 := s.d.get(opt)
			b, err2 := plain.d.get(opt)
			if a != b || err1 != nil || err2 != nil {
				t.Errorf("option %d: %d, %v accepted and %d, %v inherited", opt, a, err1, b, err2)
			}
		}
		check := func(what string, got any, err error, want any) {
			t.Helper()
			if got != want || err != nil {
				t.Errorf("%s = %v, %v, want %v", what, got, err, want)
			}
		}
		on, err := s.KeepAlive()
		check("KeepAlive", on, err, true)
		idle, err := s.KeepIdle()
		check("KeepIdle", idle, err, 11*time.Second)
		interval, err := s.KeepInterval()
		check("KeepInterval", interval, err, 12*time.Second)
		count, err := s.KeepCount()
		check("KeepCount", count, err, uint32(13))
		hops, err := s.HopLimit()
		check("HopLimit", hops, err, uint8(14))
		receive, err := s.ReceiveBuffer()
		check("ReceiveBuffer", receive, err, uint64(15_000))
		send, err := s.SendBuffer()
		check("SendBuffer", send, err, uint64(16_000))
		delay, err := s.d.get(optNoDelay)
		check("NoDelay", delay != 0, err, true)
	})
}

// What is left of a connection works when the rest is closed.
func TestTCPCloseOrder(t *testing.T) {
	for order := range 6 {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			checkLeaks(t)
			a, b := pair(t, IPv4)
			closers := []interface{ Close() error }{a.s, a.in, a.out}
			first := []int{0, 0, 1, 1, 2, 2}[order]
			second := []int{1, 2, 0, 2, 0, 1}[order]
			for _, k := range []int{first, second, 3 - first - second} {
				if k == 2 {
					// The output is about to go.
					if n, err := a.out.TryWrite([]byte("hi")); n != 2 || err != nil {
						t.Errorf("TryWrite = %d, %v", n, err)
					}
				}
				if k == 1 {
					if _, err := a.in.TryRead(make([]byte, 1)); err != host.EAGAIN {
						t.Errorf("TryRead = %v", err)
					}
				}
				if err := closers[k].Close(); err != nil {
					t.Error(err)
				}
				if err := closers[k].Close(); err != host.EBADF {
					t.Errorf("Close again = %v", err)
				}
			}
			p := make([]byte, 8)
			if n, err := b.in.Read(t.Context(), p); string(p[:n]) != "hi" || err != nil {
				t.Errorf("Read = %q, %v", p[:n], err)
			}
			if n, err := b.in.Read(t.Context(), p); n != 0 || err != io.EOF {
				t.Errorf("Read after the last Close = %d, %v", n, err)
			}
			if _, err := a.in.TryRead(p); err != host.EBADF {
				t.Errorf("TryRead after Close = %v", err)
			}
			if _, err := a.out.TryWrite(p); err != host.EBADF {
				t.Errorf("TryWrite after Close = %v", err)
			}
		})
	}
}

func TestTCPShutdown(t *testing.T) {
	eachFamily(t, func(t *testing.T, f Family) {
		a, b := pair(t, f)
		if _, err := b.out.TryWrite([]byte("unread")); err != nil {
			t.Fatal(err)
		}
		if err := a.in.Readable().Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := a.s.Shutdown(false, false); err != host.EINVAL {
			t.Errorf("Shutdown of nothing = %v", err)
		}
		for range 2 {
			if err := a.s.Shutdown(true, false); err != nil {
				t.Fatal(err)
			}
			if n, err := a.in.TryRead(make([]byte, 8)); n != 0 || err != io.EOF {
				t.Errorf("TryRead = %d, %v", n, err)
			}
			if a.in.Available() != 0 || !a.in.Readable().Ready() {
				t.Error("an ended input has bytes, or is not ready")
			}
		}
		if _, err := a.out.TryWrite([]byte("x")); err != nil {
			t.Errorf("TryWrite = %v", err)
		}
		for range 2 {
			if err := a.s.Shutdown(true, true); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.out.TryWrite([]byte("x")); err != host.EPIPE {
			t.Errorf("TryWrite = %v", err)
		}
		// When both sides have ended both directions.
		if err := b.s.Shutdown(true, true); err != nil {
			t.Errorf("Shutdown of the peer = %v", err)
		}
		if err := b.s.Shutdown(true, true); err != nil {
			t.Errorf("Shutdown again = %v", err)
		}
		if err := a.s.Shutdown(true, true); err != nil {
			t.Errorf("Shutdown again = %v", err)
		}
	})
}

// A peer that resets the connection is told of.
func TestTCPReset(t *testing.T) {
	checkLeaks(t)
	l, addr := listening(t, IPv4)
	peer, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	e := acceptOne(t, l)
	remote, err := e.s.RemoteAddr()
	if err != nil {
		t.Fatal(err)
	}
	peer.(*net.TCPConn).SetLinger(0)
	peer.Close()
	if _, err := e.in.Read(t.Context(), make([]byte, 8)); err != host.ECONNRESET {
		t.Errorf("Read = %v", err)
	}
	if again, err := e.s.RemoteAddr(); again != remote || err != nil {
		t.Errorf("RemoteAddr = %v, %v", again, err)
	}
	if err := e.s.Shutdown(true, true); err != nil {
		t.Errorf("Shutdown = %v", err)
	}
}

// The end of a context ends every wait, and so does Close.
func TestTCPWaits(t *testing.T) {
	l, _ := listening(t, IPv4)
	connecting := newTestTCP(t, IPv4)
	if err := connecting.StartConnect(fullListener(t)); err != nil {
		t.Fatal(err)
	}
	a, b := pair(t, IPv4)
	for {
		if _, err := a.out.TryWrite(make([]byte, 1<<20)); err == host.EAGAIN {
			break
		}
	}
	_ = b
	checkLeaks(t)
	cause := errors.New("cause")
	for _, w := range []stream.Waitable{l.Acceptable(), connecting.Connecting(), a.in.Readable(), a.out.Writable()} {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Millisecond, func() { cancel(cause) })
		if err := w.Wait(ctx); err != context.Canceled {
			t.Errorf("Wait = %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if _, err := a.in.Read(ctx, make([]byte, 1)); err != context.Canceled {
		t.Errorf("Read = %v", err)
	}
	for _, c := range []struct {
		w     stream.Waitable
		close func() error
	}{
		{l.Acceptable(), l.Close}, {connecting.Connecting(), connecting.Close},
		{a.in.Readable(), a.in.Close}, {a.out.Writable(), a.out.Close},
	} {
		done := make(chan error)
		go func() { done <- c.w.Wait(t.Context()) }()
		runtime.Gosched()
		if err := c.close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Errorf("Wait = %v", err)
		}
	}
}

// There may be no more descriptors.
func TestTCPTooMany(t *testing.T) {
	l, addr := listening(t, IPv4)
	peer, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	if err := l.Acceptable().Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	none := old
	none.Cur = 3
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		t.Skip(err)
	}
	_, err1 := NewTCP(IPv4)
	_, err2 := NewUDP(IPv6)
	_, _, _, err3 := l.TryAccept()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{err1, err2, err3} {
		if err != host.EMFILE {
			t.Errorf("without descriptors: %v", err)
		}
	}
	// The connection was not lost.
	acceptOne(t, l)
}

// A port is free for the next socket at once, and no two listen on one.
func TestTCPAgain(t *testing.T) {
	l, addr := listening(t, IPv4)
	s := newTestTCP(t, IPv4)
	in, out, err := connect(t.Context(), s, addr)
	if err != nil {
		t.Fatal(err)
	}
	e := acceptOne(t, l)
	e.close() // this side is the one that lingers
	in.Close()
	out.Close()
	s.Close()
	l.Close()
	next := newTestTCP(t, IPv4)
	if err := errors.Join(next.Bind(addr), next.Listen(1)); err != nil {
		t.Errorf("listen again: %v", err)
	}
}

// Sockets may be used by many at once.
func TestTCPConcurrent(t *testing.T) {
	checkLeaks(t)
	a, b := pair(t, IPv4)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			p := make([]byte, 16)
			for range 200 {
				a.out.TryWrite(p)
				b.in.TryRead(p)
				a.s.SetHopLimit(9)
				a.s.HopLimit()
				a.s.LocalAddr()
				a.s.RemoteAddr()
				a.s.FinishConnect()
				a.s.TryAccept()
			}
			a.s.Shutdown(true, true)
			a.s.Close()
			a.in.Close()
			a.out.Close()
		})
	}
	wg.Wait()
}
