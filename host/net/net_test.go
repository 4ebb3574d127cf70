package net

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// eventually fails the test unless ok comes true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
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

// checkLeaks fails the test when it leaves goroutines or descriptors behind.
func checkLeaks(t *testing.T) {
	t.Helper()
	stream.ReleaseIdle()
	goroutines, fds := runtime.NumGoroutine(), descriptors()
	t.Cleanup(func() {
		stream.ReleaseIdle()
		eventually(t, "goroutines and descriptors are back", func() bool {
			return runtime.NumGoroutine() <= goroutines && descriptors() <= fds
		})
	})
}

// hiddenListener hides of which type a listener is, and its connections.
type hiddenListener struct{ net.Listener }

func (l hiddenListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return hiddenConn{c}, nil
}

// hiddenConn shows the methods that a TLS connection has.
type hiddenConn struct{ net.Conn }

func (c hiddenConn) CloseWrite() error {
	return c.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

// each runs a test for every kind of listener. dial connects to it.
func each(t *testing.T, test func(t *testing.T, l Listener, dial func() net.Conn)) {
	kinds := map[string]func(t *testing.T) (net.Listener, error){
		"tcp4": func(*testing.T) (net.Listener, error) { return net.Listen("tcp4", "127.0.0.1:0") },
		"tcp6": func(*testing.T) (net.Listener, error) { return net.Listen("tcp6", "[::1]:0") },
		"unix": func(t *testing.T) (net.Listener, error) {
			dir, err := os.MkdirTemp("", "dray")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			return net.Listen("unix", filepath.Join(dir, "s"))
		},
		"any": func(*testing.T) (net.Listener, error) {
			l, err := net.Listen("tcp4", "127.0.0.1:0")
			return hiddenListener{l}, err
		},
	}
	for name, listen := range kinds {
		t.Run(name, func(t *testing.T) {
			checkLeaks(t)
			nl, err := listen(t)
			if err != nil {
				t.Skipf("cannot listen: %v", err)
			}
			l := FromListener(nl)
			t.Cleanup(func() { l.Close() })
			test(t, l, func() net.Conn {
				c, err := net.Dial(l.Addr().Network(), l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
				return c
			})
		})
	}
}

// connected is both ends of a connection: the guest's and the peer's.
func connected(t *testing.T, l Listener, dial func() net.Conn) (Conn, net.Conn) {
	t.Helper()
	peer := dial()
	c, err := l.Accept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, peer
}

func TestAccept(t *testing.T) {
	each(t, func(t *testing.T, l Listener, dial func() net.Conn) {
		if _, err := l.TryAccept(); err != host.EAGAIN {
			t.Errorf("TryAccept without a peer = %v", err)
		}
		if l.Acceptable().Ready() {
			t.Error("acceptable without a peer")
		}
		type result struct {
			c   Conn
			err error
		}
		got := make(chan result)
		go func() {
			c, err := l.Accept(t.Context())
			got <- result{c, err}
		}()
		peer := dial()
		r := <-got
		if r.err != nil {
			t.Fatal(r.err)
		}
		defer r.c.Close()
		if l.Addr().Network() != "unix" && r.c.RemoteAddr().String() != peer.LocalAddr().String() {
			t.Errorf("RemoteAddr = %v, want %v", r.c.RemoteAddr(), peer.LocalAddr())
		}
		if r.c.LocalAddr().String() != peer.RemoteAddr().String() {
			t.Errorf("LocalAddr = %v, want %v", r.c.LocalAddr(), peer.RemoteAddr())
		}
		if r.c.LocalAddr().Network() != l.Addr().Network() || r.c.RemoteAddr().Network() != l.Addr().Network() {
			t.Errorf("networks %v and %v", r.c.LocalAddr().Network(), r.c.RemoteAddr().Network())
		}
		dial()
		if err := l.Acceptable().Wait(t.Context()); err != nil || !l.Acceptable().Ready() {
			t.Errorf("Wait = %v", err)
		}
		c, err := l.TryAccept()
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		if _, err := l.Accept(t.Context()); err != host.EBADF {
			t.Errorf("Accept after Close = %v", err)
		}
		if err := l.Close(); err != host.EBADF {
			t.Errorf("second Close = %v", err)
		}
	})
}

func TestAcceptEnds(t *testing.T) {
	each(t, func(t *testing.T, l Listener, dial func() net.Conn) {
		ctx, cancel := context.WithCancel(t.Context())
		started := make(chan struct{})
		var cancelled, closed sync.WaitGroup
		for k := range 6 {
			wg, ctx, want := &cancelled, ctx, context.Canceled
			if k >= 3 {
				wg, ctx, want = &closed, t.Context(), error(host.EBADF)
			}
			wg.Go(func() {
				started <- struct{}{}
				if c, err := l.Accept(ctx); c != nil || err != want {
					t.Errorf("Accept = %v, %v, want %v", c, err, want)
				}
			})
		}
		for range 6 {
			<-started
		}
		cancel()
		cancelled.Wait()
		l.Close()
		closed.Wait()
	})
}

// A connection that was accepted ahead is closed with the listener.
func TestAcceptedAhead(t *testing.T) {
	each(t, func(t *testing.T, l Listener, dial func() net.Conn) {
		peer := dial()
		if err := l.Acceptable().Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.Close()
		if _, err := peer.Read(make([]byte, 1)); err == nil {
			t.Error("the connection lives")
		}
	})
}

func TestConn(t *testing.T) {
	each(t, func(t *testing.T, l Listener, dial func() net.Conn) {
		c, peer := connected(t, l, dial)
		p := make([]byte, 16)
		if _, err := c.TryRead(p); err != host.EAGAIN {
			t.Errorf("TryRead = %v", err)
		}
		if _, err := c.TryPeek(p); err != host.EAGAIN {
			t.Errorf("TryPeek = %v", err)
		}
		if c.Readable().Ready() || !c.Writable().Ready() {
			t.Error("a new connection is writable only")
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			n, err := c.Peek(t.Context(), p[:3])
			if string(p[:n]) != "req" || err != nil {
				t.Errorf("Peek = %q, %v", p[:n], err)
			}
		}()
		io.WriteString(peer, "request")
		<-done
		eventually(t, "all bytes are there", func() bool { return c.Available() == 7 })
		if n, err := c.TryPeek(p); string(p[:n]) != "request" || err != nil {
			t.Errorf("TryPeek = %q, %v", p[:n], err)
		}
		if n, err := c.Read(t.Context(), p); string(p[:n]) != "request" || err != nil {
			t.Errorf("Read = %q, %v", p[:n], err)
		}
		for _, read := range []func(context.Context, []byte) (int, error){c.Read, c.Peek} {
			if n, err := read(t.Context(), nil); n != 0 || err != nil {
				t.Errorf("an empty read = %d, %v", n, err)
			}
		}
		if n, err := c.Write(t.Context(), []byte("response")); n != 8 || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
		if n, err := c.TryWrite([]byte("!")); n != 1 || err != nil {
			t.Errorf("TryWrite = %d, %v", n, err)
		}
		if err := c.Shutdown(false, true); err != nil {
			t.Errorf("Shutdown = %v", err)
		}
		if got, err := io.ReadAll(peer); string(got) != "response!" || err != nil {
			t.Errorf("the peer read %q, %v", got, err)
		}
		if _, err := c.Write(t.Context(), []byte("x")); host.ErrnoOf(err) != host.EPIPE {
			t.Errorf("Write after Shutdown = %v", err)
		}
		if err := c.Shutdown(false, false); err != host.EINVAL {
			t.Errorf("Shutdown of nothing = %v", err)
		}
		peer.Close()
		for _, read := range []func(context.Context, []byte) (int, error){c.Peek, c.Read} {
			if n, err := read(t.Context(), p); n != 0 || err != io.EOF {
				t.Errorf("at the end: %d, %v", n, err)
			}
		}
		if !c.Readable().Ready() {
			t.Error("the end is not ready")
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != host.EBADF {
			t.Errorf("second Close = %v", err)
		}
		if _, err := c.TryPeek(p); err != host.EBADF {
			t.Errorf("TryPeek after Close = %v", err)
		}
		if err := c.Shutdown(false, true); host.ErrnoOf(err) != host.EBADF && host.ErrnoOf(err) != host.EPIPE {
			t.Errorf("Shutdown after Close = %v", err)
		}
	})
}

func TestConnCancel(t *testing.T) {
	each(t, func(t *testing.T, l Listener, dial func() net.Conn) {
		c, peer := connected(t, l, dial)
		ctx, cancel := context.WithCancel(t.Context())
		calls := []func() error{
			func() error { _, err := c.Read(ctx, make([]byte, 8)); return err },
			func() error { _, err := c.Peek(ctx, make([]byte, 8)); return err },
			func() error { return c.Readable().Wait(ctx) },
			func() error { _, err := c.Write(ctx, make([]byte, 64<<20)); return err },
		}
		started := make(chan struct{})
		var wg sync.WaitGroup
		for i, call := range calls {
			wg.Go(func() {
				started <- struct{}{}
				if err := call(); err != context.Canceled {
					t.Errorf("call %d = %v", i, err)
				}
			})
		}
		for range calls {
			<-started
		}
		eventually(t, "the connection is full", func() bool { return !c.Writable().Ready() })
		cancel()
		wg.Wait()
		// What comes now is not lost.
		io.WriteString(peer, "later")
		p := make([]byte, 8)
		for n := 0; n < 5; {
			m, err := c.Read(t.Context(), p[n:])
			if err != nil {
				t.Fatal(err)
			}
			n += m
		}
		if string(p[:5]) != "later" {
			t.Errorf("Read = %q", p)
		}
	})
}

func TestConnCloseWakes(t *testing.T) {
	each(t, func(t *testing.T, l Listener, dial func() net.Conn) {
		c, _ := connected(t, l, dial)
		started := make(chan struct{})
		var wg sync.WaitGroup
		for _, read := range []func(context.Context, []byte) (int, error){c.Read, c.Peek} {
			wg.Go(func() {
				started <- struct{}{}
				if _, err := read(context.Background(), make([]byte, 8)); err != host.EBADF {
					t.Errorf("%v", err)
				}
			})
			<-started
		}
		c.Close()
		wg.Wait()
	})
}

func TestConnReset(t *testing.T) {
	l, err := Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, peer := connected(t, l, func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	})
	peer.(*net.TCPConn).SetLinger(0)
	peer.Close()
	if _, err := c.Read(t.Context(), make([]byte, 1)); err != host.ECONNRESET {
		t.Errorf("Read = %v", err)
	}
	if runtime.GOOS == "linux" {
		if err := c.Shutdown(true, true); err != host.ENOTCONN {
			t.Errorf("Shutdown = %v", err)
		}
	}
	if _, err := c.Write(t.Context(), []byte("x")); err != host.EPIPE {
		t.Errorf("Write = %v", err)
	}
}

func TestFromConn(t *testing.T) {
	checkLeaks(t)
	a, b := net.Pipe()
	c := FromConn(a)
	var wg sync.WaitGroup
	wg.Go(func() {
		p := make([]byte, 4)
		if _, err := io.ReadFull(b, p); string(p) != "ping" || err != nil {
			t.Errorf("%q, %v", p, err)
		}
		io.WriteString(b, "pong")
		b.Close()
	})
	if n, err := c.Write(t.Context(), []byte("ping")); n != 4 || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	p := make([]byte, 8)
	if n, err := c.Read(t.Context(), p); string(p[:n]) != "pong" || err != nil {
		t.Errorf("Read = %q, %v", p[:n], err)
	}
	wg.Wait()
	if err := c.Shutdown(true, false); err != host.ENOTSUP {
		t.Errorf("Shutdown of a net.Pipe = %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestListenErrors(t *testing.T) {
	l, err := Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tests := []struct {
		network, addr string
		want          host.Errno
		text          string
	}{
		{"udp", "127.0.0.1:0", host.EINVAL, `"udp"`},
		{"", "127.0.0.1:0", host.EINVAL, "tcp4"},
		{"tcp", l.Addr().String(), host.EADDRINUSE, l.Addr().String()},
		{"tcp", "127.0.0.1", host.EIO, "missing port"},
		{"unix", filepath.Join(t.TempDir(), "none", "s"), host.ENOENT, "none"},
	}
	for _, tt := range tests {
		l, err := Listen(tt.network, tt.addr)
		if l != nil || host.ErrnoOf(err) != tt.want || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("Listen(%q, %q) = %v, %v (%v)", tt.network, tt.addr, l, err, host.ErrnoOf(err))
		}
	}
}

// A port is free for the next run at once.
func TestListenAgain(t *testing.T) {
	l, err := Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	c, peer := connected(t, l, func() net.Conn {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		return c
	})
	c.Close()
	peer.Close()
	l.Close()
	l, err = Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// Poll waits for a listener and its connections together.
func TestPoll(t *testing.T) {
	each(t, func(t *testing.T, l Listener, dial func() net.Conn) {
		c, peer := connected(t, l, dial)
		ws, ready := []stream.Waitable{l.Acceptable(), c.Readable()}, make([]bool, 2)
		poll := func(want int) {
			t.Helper()
			n, err := stream.Poll(t.Context(), ws, ready, stream.Deadline{})
			if n != 1 || err != nil || !ready[want] {
				t.Errorf("Poll = %d, %v with %v", n, err, ready)
			}
		}
		go io.WriteString(peer, "x")
		poll(1)
		if n, err := c.TryRead(make([]byte, 8)); n != 1 || err != nil {
			t.Errorf("TryRead = %d, %v", n, err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			dial()
		}()
		poll(0)
		<-done
		if second, err := l.TryAccept(); err != nil {
			t.Errorf("TryAccept = %v", err)
		} else {
			second.Close()
		}
	})
}

func TestManyClients(t *testing.T) {
	each(t, func(t *testing.T, l Listener, dial func() net.Conn) {
		const count = 50
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					c, err := l.Accept(t.Context())
					if err == host.EBADF {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					wg.Go(func() {
						defer c.Close()
						p := make([]byte, 1024)
						for {
							n, err := c.Read(t.Context(), p)
							if err == io.EOF {
								return
							}
							if err != nil {
								t.Error(err)
								return
							}
							if _, err := c.Write(t.Context(), p[:n]); err != nil {
								t.Error(err)
								return
							}
						}
					})
				}
			})
		}
		var clients sync.WaitGroup
		for k := range count {
			peer := dial()
			clients.Go(func() {
				text := strings.Repeat(string(rune('a'+k%26)), 10_000)
				go func() {
					io.WriteString(peer, text)
					peer.(interface{ CloseWrite() error }).CloseWrite()
				}()
				got, err := io.ReadAll(peer)
				if string(got) != text || err != nil {
					t.Errorf("client %d: %d bytes, %v", k, len(got), err)
				}
			})
		}
		clients.Wait()
		l.Close()
		wg.Wait()
	})
}

func BenchmarkConnWriteRead64(b *testing.B) {
	l, err := Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer peer.Close()
	c, err := l.Accept(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	go io.Copy(peer, peer)
	p := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(b.Context(), p); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Read(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}
