// This file is listeners and connections of any type, which know no other
// question than Accept, Read and Write.

package net

import (
	"context"
	"net"
	"sync"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// An anyListener accepts in a goroutine, one connection ahead.
type anyListener struct {
	l net.Listener
	// settled is set while TryAccept has something to say.
	settled stream.Event

	mu     sync.Mutex
	busy   bool // the goroutine runs
	conn   net.Conn
	err    error
	closed bool
}

func newAnyListener(l net.Listener) *anyListener { return &anyListener{l: l} }

// run is the goroutine: it accepts once.
func (l *anyListener) run() {
	c, err := l.l.Accept()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy = false
	if l.closed {
		if err == nil {
			c.Close()
		}
		return
	}
	l.conn, l.err = c, err
	l.settled.Set()
}

// fill reports whether TryAccept has something to say, and if not, sets the
// goroutine to work. mu is held.
func (l *anyListener) fill() bool {
	if l.closed || l.conn != nil || l.err != nil {
		return true
	}
	if !l.busy {
		l.busy = true
		go l.run()
	}
	return false
}

func (l *anyListener) TryAccept() (Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.fill() {
		return nil, host.EAGAIN
	}
	if l.closed {
		return nil, host.EBADF
	}
	c, err := l.conn, l.err
	l.conn, l.err = nil, nil
	l.settled.Clear()
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	return FromConn(c), nil
}

func (l *anyListener) Accept(ctx context.Context) (Conn, error) { return accept(ctx, l) }

// accept is TryAccept that waits.
func accept(ctx context.Context, l Listener) (Conn, error) {
	for {
		c, err := l.TryAccept()
		if err != host.EAGAIN {
			return c, err
		}
		if err := l.Acceptable().Wait(ctx); err != nil {
			return nil, err
		}
	}
}

func (l *anyListener) Acceptable() stream.Waitable { return (*anyAcceptable)(l) }
func (l *anyListener) Addr() net.Addr              { return l.l.Addr() }

func (l *anyListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return host.EBADF
	}
	l.closed = true
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
	l.settled.Set()
	return errno(l.l.Close())
}

// An anyAcceptable is an anyListener whose TryAccept has something to say.
type anyAcceptable anyListener

func (w *anyAcceptable) Ready() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return (*anyListener)(w).fill()
}

func (w *anyAcceptable) Wait(ctx context.Context) error {
	if w.Ready() {
		return nil
	}
	return w.settled.Wait(ctx)
}

// An anyConn is a net.Conn with a goroutine for each direction.
type anyConn struct {
	stream.Input
	output
	stream.Peeker
	c net.Conn
}

// output keeps Output's Close apart from Input's.
type output struct{ stream.Output }

func newAnyConn(c net.Conn) *anyConn {
	// Of c only Read is shown: stream must not take it for a file.
	in := stream.NewReader(readOnly{c})
	peek, _ := in.(stream.Peeker)
	return &anyConn{
		Input:  in,
		output: output{stream.NewWriter(writeOnly{c})},
		Peeker: peek,
		c:      c,
	}
}

type readOnly struct{ c net.Conn }

func (r readOnly) Read(p []byte) (int, error) { return r.c.Read(p) }

type writeOnly struct{ c net.Conn }

func (w writeOnly) Write(p []byte) (int, error) { return w.c.Write(p) }

func (c *anyConn) Shutdown(read, write bool) error {
	r, canRead := c.c.(interface{ CloseRead() error })
	w, canWrite := c.c.(interface{ CloseWrite() error })
	switch {
	case !read && !write:
		return host.EINVAL
	case read && !canRead, write && !canWrite:
		return host.ENOTSUP
	}
	if read {
		if err := r.CloseRead(); err != nil {
			return errno(err)
		}
	}
	if write {
		return errno(w.CloseWrite())
	}
	return nil
}

func (c *anyConn) LocalAddr() net.Addr  { return c.c.LocalAddr() }
func (c *anyConn) RemoteAddr() net.Addr { return c.c.RemoteAddr() }

func (c *anyConn) Close() error {
	if err := c.Input.Close(); err != nil {
		return err
	}
	c.output.Close()
	return errno(c.c.Close())
}

func errno(err error) error {
	if err == nil {
		return nil
	}
	return host.ErrnoOf(err)
}
