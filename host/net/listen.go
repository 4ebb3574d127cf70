// This file makes listeners and connections.

package net

import (
	"fmt"
	"net"

	"github.com/dray-wasm/dray/host"
)

// Listen opens a listener for a guest. The network is "tcp", "tcp4", "tcp6" or
// "unix", the address as net.Listen takes it: "127.0.0.1:8080", "[::1]:0", or
// a path.
//
// Connections that it accepts have TCP_NODELAY and SO_KEEPALIVE set, as those
// of Go have: a guest may have no way to ask for them.
func Listen(network, addr string) (Listener, error) {
	switch network {
	case "tcp", "tcp4", "tcp6", "unix":
	default:
		return nil, fmt.Errorf("listen on %s: network %q is not one of tcp, tcp4, tcp6, unix: %w",
			addr, network, host.EINVAL)
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		return nil, err
	}
	return FromListener(l), nil
}

// FromListener is l as a Listener, which closes l when it is closed. Any type
// of listener will do. On unix, those of the net package for TCP and Unix
// sockets are waited for in the operating system; for others one Accept may
// run ahead in a goroutine, only while somebody asks for a connection.
func FromListener(l net.Listener) Listener {
	if s := systemListener(l); s != nil {
		return s
	}
	return newAnyListener(l)
}

// FromConn is c as a Conn, which closes c when it is closed. Any type of
// connection will do. On unix, those of the net package for TCP and Unix
// sockets are waited for in the operating system; others as stream.NewReader
// and stream.NewWriter say.
func FromConn(c net.Conn) Conn {
	if s := systemConn(c); s != nil {
		return s
	}
	return newAnyConn(c)
}
