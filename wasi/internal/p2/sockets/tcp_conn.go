package sockets

// This file is what a TCP socket and the two streams of its connection share.

import (
	"context"
	"sync"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stream"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A tcpConn is a socket of the host. The guest's resources hold it, each by
// itself, and it is closed with the last of them, or with the guest.
type tcpConn struct {
	io *p2io.State

	// The streams of the connection, once there is one. Only the guest uses
	// them.
	input  *p2io.InputStream
	output *p2io.OutputStream

	mu      sync.Mutex
	sock    *net.TCP // set once, by adopt
	in      stream.Input
	out     stream.Output
	holders holders
	closed  bool
	// fin is that the peer shall know, once all is written, that no more will
	// come; finSent, that it does.
	fin, finSent bool
}

// holders are those of the resources that are not dropped.
type holders uint8

const (
	holdSocket holders = 1 << iota
	holdInput
	holdOutput
)

var _ p2io.Closer = (*tcpConn)(nil)

// adopt takes the parts of a socket. If the guest has ended meanwhile they are
// closed, and the error is host.EBADF.
func (c *tcpConn) adopt(sock *net.TCP, in stream.Input, out stream.Output) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sock, c.in, c.out = sock, in, out
	if c.closed {
		c.closeParts()
		return host.EBADF
	}
	return nil
}

// streams makes the streams of the connection.
func (c *tcpConn) streams() (*p2io.InputStream, *p2io.OutputStream) {
	c.mu.Lock()
	c.holders |= holdInput | holdOutput
	c.mu.Unlock()
	c.input = c.io.NewInputStream(tcpInput{c.in}, func() error { c.release(holdInput); return nil })
	c.output = c.io.NewOutputStream(tcpOutput{c.out}, func() error { c.release(holdOutput); return nil })
	return c.input, c.output
}

// shutdownReceive ends the input: what was not read is forgotten.
func (c *tcpConn) shutdownReceive(ctx context.Context) {
	// A connection that the peer has broken has no direction left to end.
	_ = c.sock.Shutdown(true, false)
	_ = c.input.Drop(ctx)
}

// shutdownSend ends the output: it takes nothing more, and what it took goes
// out before the peer is told.
func (c *tcpConn) shutdownSend(ctx context.Context) {
	c.mu.Lock()
	c.fin = true
	c.mu.Unlock()
	_ = c.output.Drop(ctx)
	// The guest may have dropped it before.
	c.release(0)
}

// release is when a holder is gone: the socket or the input when it is dropped,
// the output when it has been dropped or shut down and all is written.
func (c *tcpConn) release(h holders) {
	c.mu.Lock()
	c.holders &^= h
	// Without the socket and the output nobody can send, or say that it ends.
	if c.holders&holdOutput == 0 && (c.fin || c.holders == holdInput) && !c.finSent && !c.closed {
		c.finSent = true
		_ = c.sock.Shutdown(false, true)
	}
	last := c.holders == 0
	c.mu.Unlock()
	if last {
		c.io.Closed(c)
		_ = c.Close()
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
	if c.sock != nil {
		_ = c.sock.Close()
	}
	if c.in != nil {
		_ = c.in.Close()
	}
	if c.out != nil {
		_ = c.out.Close()
	}
}

// A tcpInput is the input of a connection, whose errors are of the network.
type tcpInput struct{ stream.Input }

func (s tcpInput) Read(ctx context.Context, p []byte) (int, error) {
	n, err := s.Input.Read(ctx, p)
	return n, ofStream(err)
}

func (s tcpInput) TryRead(p []byte) (int, error) {
	n, err := s.Input.TryRead(p)
	return n, ofStream(err)
}

// A tcpOutput is the output of a connection, whose errors are of the network.
type tcpOutput struct{ stream.Output }

func (s tcpOutput) Write(ctx context.Context, p []byte) (int, error) {
	n, err := s.Output.Write(ctx, p)
	return n, ofStream(err)
}

func (s tcpOutput) TryWrite(p []byte) (int, error) {
	n, err := s.Output.TryWrite(p)
	return n, ofStream(err)
}
