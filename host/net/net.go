// Package net is sockets as a guest may use them.
//
// [Listener] and [Conn] are sockets that the host opens and hands to a guest,
// which holds only those and what comes from them. [TCP] and [UDP] are sockets
// that a guest makes by itself; a [Policy] says with which addresses it may use
// them, and which names it may look up.
package net

import (
	"context"
	"net"

	"github.com/dray-wasm/dray/host/stream"
)

// A Listener is a socket that accepts connections.
type Listener interface {
	// Accept waits for a connection, or for ctx, whose error it returns.
	Accept(ctx context.Context) (Conn, error)
	// TryAccept is Accept that does not wait: it answers host.EAGAIN.
	TryAccept() (Conn, error)
	// Acceptable is ready when an Accept would not wait.
	Acceptable() stream.Waitable
	Addr() net.Addr
	Close() error
}

// A Conn is a connected socket: an input and an output in one.
type Conn interface {
	stream.Input
	stream.Output
	// Peek is Read that leaves the bytes where they are.
	Peek(ctx context.Context, p []byte) (int, error)
	// TryPeek is Peek that does not wait.
	TryPeek(p []byte) (int, error)
	// Shutdown ends one or both directions; host.ENOTCONN when not connected.
	Shutdown(read, write bool) error
	LocalAddr() net.Addr
	RemoteAddr() net.Addr
}
