package sockets

// This file is what a TCP socket and the streams made of it share.

import (
	"sync"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stream"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

// A tcpConn is a socket of the host. What the guest has of it holds it, each by
// itself, and it is closed with the last of them, or with the guest.
type tcpConn struct {
	guest *guest.State
	sock  *net.TCP // set once, by adopt

	mu      sync.Mutex
	in      stream.Input
	out     stream.Output
	holders int
	closed  bool
}

var _ guest.Closer = (*tcpConn)(nil)

// newTCPConn makes one without a socket, which one holds.
func newTCPConn(g *guest.State) *tcpConn { return &tcpConn{guest: g, holders: 1} }

// adopt takes the parts of a socket. If the guest has ended meanwhile they are
// closed, and the error is host.EBADF.
func (c *tcpConn) adopt(sock *net.TCP, in stream.Input, out stream.Output) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sock == nil {
		c.sock = sock
	}
	c.in, c.out = in, out
	if c.closed {
		c.closeParts()
		return host.EBADF
	}
	return nil
}

// hold counts one holder more.
func (c *tcpConn) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holders++
}

// release is when a holder is gone.
func (c *tcpConn) release() {
	c.mu.Lock()
	c.holders--
	last := c.holders == 0
	c.mu.Unlock()
	if last {
		_ = c.Close()
		c.guest.Closed(c)
	}
}

// Close closes the socket, whoever holds it.
func (c *tcpConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		c.closeParts()
	}
	return nil
}

// closeParts closes what there is. mu is held.
func (c *tcpConn) closeParts() {
	if c.in != nil {
		_ = c.in.Close()
	}
	if c.out != nil {
		_ = c.out.Close()
	}
	if c.sock != nil {
		_ = c.sock.Close()
	}
}
