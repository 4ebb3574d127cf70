package p1

// This file is sockets and streams of the tests.

import (
	"context"
	"io"
	stdnet "net"
	"sync"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stream"
)

// A pipe is bytes on their way; at most room of them.
type pipe struct {
	mu       sync.Mutex
	buf      []byte
	room     int
	ended    bool
	err      error
	writes   [][]byte
	readable stream.Event
	writable stream.Event
}

func newPipe(room int) *pipe {
	p := &pipe{room: room}
	p.update()
	return p
}

func (p *pipe) update() {
	set := func(e *stream.Event, on bool) {
		if on {
			e.Set()
		} else {
			e.Clear()
		}
	}
	set(&p.readable, len(p.buf) > 0 || p.ended || p.err != nil)
	set(&p.writable, len(p.buf) < p.room || p.ended || p.err != nil)
}

// end ends the pipe; an err breaks it.
func (p *pipe) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended, p.err = true, err
	p.update()
}

func (p *pipe) take(b []byte, keep bool) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.update()
	switch {
	case len(b) == 0:
		return 0, nil
	case p.err != nil:
		return 0, p.err
	case len(p.buf) == 0 && p.ended:
		return 0, io.EOF
	case len(p.buf) == 0:
		return 0, host.EAGAIN
	}
	n := copy(b, p.buf)
	if !keep {
		p.buf = p.buf[n:]
	}
	return n, nil
}

func (p *pipe) put(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.update()
	if p.ended {
		return 0, host.EPIPE
	}
	n := min(len(b), p.room-len(p.buf))
	if n == 0 && len(b) > 0 {
		return 0, host.EAGAIN
	}
	p.buf = append(p.buf, b[:n]...)
	p.writes = append(p.writes, append([]byte(nil), b[:n]...))
	return n, nil
}

func (p *pipe) available() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.buf)
}

// A fakeConn is one end of a connection, and an Input and Output without one.
type fakeConn struct {
	in, out *pipe
	closed  bool
}

func newFakeConns() (a, b *fakeConn) {
	x, y := newPipe(100), newPipe(100)
	return &fakeConn{in: x, out: y}, &fakeConn{in: y, out: x}
}

var _ net.Conn = (*fakeConn)(nil)

func (c *fakeConn) TryRead(b []byte) (int, error) { return c.in.take(b, false) }
func (c *fakeConn) TryPeek(b []byte) (int, error) { return c.in.take(b, true) }
func (c *fakeConn) Read(ctx context.Context, b []byte) (int, error) {
	return c.wait(ctx, &c.in.readable, func() (int, error) { return c.TryRead(b) })
}
func (c *fakeConn) Peek(ctx context.Context, b []byte) (int, error) {
	return c.wait(ctx, &c.in.readable, func() (int, error) { return c.TryPeek(b) })
}
func (c *fakeConn) wait(ctx context.Context, w stream.Waitable, try func() (int, error)) (int, error) {
	for {
		n, err := try()
		if err != host.EAGAIN {
			return n, err
		}
		if err := w.Wait(ctx); err != nil {
			return 0, err
		}
	}
}
func (c *fakeConn) Readable() stream.Waitable      { return &c.in.readable }
func (c *fakeConn) Available() int                 { return c.in.available() }
func (c *fakeConn) TryWrite(b []byte) (int, error) { return c.out.put(b) }
func (c *fakeConn) Write(ctx context.Context, b []byte) (int, error) {
	total := 0
	for {
		n, err := c.wait(ctx, &c.out.writable, func() (int, error) { return c.TryWrite(b) })
		total += n
		b = b[n:]
		if err != nil || len(b) == 0 {
			return total, err
		}
	}
}
func (c *fakeConn) Writable() stream.Waitable { return &c.out.writable }
func (c *fakeConn) Close() error {
	c.closed = true
	c.in.end(host.EBADF)
	c.out.end(nil)
	return nil
}
func (c *fakeConn) Shutdown(read, write bool) error {
	if read {
		c.in.end(nil)
	}
	if write {
		c.out.end(nil)
	}
	return nil
}
func (c *fakeConn) LocalAddr() stdnet.Addr  { return nil }
func (c *fakeConn) RemoteAddr() stdnet.Addr { return nil }

// A fakeListener accepts what push gave it.
type fakeListener struct {
	mu    sync.Mutex
	conns []net.Conn
	some  stream.Event
}

func (l *fakeListener) push(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, c)
	l.some.Set()
}

func (l *fakeListener) TryAccept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.conns) == 0 {
		return nil, host.EAGAIN
	}
	c := l.conns[0]
	if l.conns = l.conns[1:]; len(l.conns) == 0 {
		l.some.Clear()
	}
	return c, nil
}

func (l *fakeListener) Accept(ctx context.Context) (net.Conn, error) {
	for {
		c, err := l.TryAccept()
		if err != host.EAGAIN {
			return c, err
		}
		if err := l.some.Wait(ctx); err != nil {
			return nil, err
		}
	}
}
func (l *fakeListener) Acceptable() stream.Waitable { return &l.some }
func (l *fakeListener) Addr() stdnet.Addr           { return nil }
func (l *fakeListener) Close() error                { return nil }
