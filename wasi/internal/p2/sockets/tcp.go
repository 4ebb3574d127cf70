package sockets

// This file is the interfaces tcp and tcp-create-socket, without the options
// and the connections.

import (
	"context"
	"math"
	"net/netip"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stream"
	wasi_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A TCPSocket is the resource tcp-socket.
type TCPSocket struct {
	st      *State
	family  gen.IPAddressFamily
	state   tcpState
	conn    *tcpConn
	backlog int // 0 is the system's choice
	// network is the one that the socket was bound to; nil before. permit is what
	// it grants.
	network *Network
	permit  net.Permit
	// failed is why the system refused to begin to connect, until
	// finish-connect tells.
	failed error
}

var _ gen.TCPSocket = (*TCPSocket)(nil)

// hostFamily is a family in the terms of the host.
func hostFamily(f gen.IPAddressFamily) net.Family {
	if f == gen.IPAddressFamilyIpv6 {
		return net.IPv6
	}
	return net.IPv4
}

// CreateTCPSocket makes a socket that is not bound.
func (h Host) CreateTCPSocket(ctx context.Context, family gen.IPAddressFamily) (gen.TCPSocket, error) {
	s := h.Of(ctx)
	if s.policy == nil {
		return nil, gen.ErrorCodeAccessDenied
	}
	c := &tcpConn{io: s.io, holders: holdSocket}
	if err := s.io.Opened(c); err != nil {
		return nil, codeOf(err)
	}
	sock, err := net.NewTCP(hostFamily(family))
	if err != nil {
		s.io.Closed(c)
		return nil, codeOf(err)
	}
	if err := c.adopt(sock, nil, nil); err != nil {
		return nil, codeOf(err)
	}
	return &TCPSocket{st: s, family: family, conn: c}, nil
}

// may is what the state says to a function.
func (s *TCPSocket) may(f tcpFunc) error { return tcpRules[f][s.state].err() }

// StartBind binds the socket.
func (s *TCPSocket) StartBind(_ context.Context, network gen.Network, local gen.IPSocketAddress) error {
	if err := s.may(tcpStartBind); err != nil {
		return err
	}
	a, err := localOf(s.family, net.ProtoTCP, local)
	if err != nil {
		return err
	}
	n := network.(*Network)
	permit := n.permit(net.ProtoTCP)
	if err := permit.Bind(a, s.conn.sock.Bind); err != nil {
		return codeOf(err)
	}
	s.state, s.permit, s.network = tcpBinding, permit, n
	return nil
}

// FinishBind ends what StartBind began.
func (s *TCPSocket) FinishBind(context.Context) error {
	if err := s.may(tcpFinishBind); err != nil {
		return err
	}
	s.state = tcpBound
	return nil
}

// StartConnect begins to connect. What the system says to it, finish-connect
// tells.
func (s *TCPSocket) StartConnect(_ context.Context, network gen.Network, peer gen.IPSocketAddress) error {
	if err := s.may(tcpStartConnect); err != nil {
		return err
	}
	n := network.(*Network)
	a, err := s.peer(n, peer)
	if err != nil {
		return err
	}
	permit := n.permit(net.ProtoTCP)
	if err := permit.Connect(a); err != nil {
		return codeOf(err)
	}
	err = s.conn.sock.StartConnect(a)
	if err == host.EINVAL {
		return codeOf(err)
	}
	s.state, s.failed = tcpConnecting, err
	return nil
}

// peer is the address to connect to.
func (s *TCPSocket) peer(network *Network, peer gen.IPSocketAddress) (netip.AddrPort, error) {
	a, err := remoteOf(s.family, net.ProtoTCP, peer)
	if err == nil && s.network != nil && s.network != network {
		err = gen.ErrorCodeInvalidArgument
	}
	return a, err
}

// FinishConnect gives the streams of the connection. After a failure the socket
// is of no use.
func (s *TCPSocket) FinishConnect(context.Context) (streams bind.Tuple2[wasi_io.InputStream, wasi_io.OutputStream], err error) {
	if err := s.may(tcpFinishConnect); err != nil {
		return streams, err
	}
	err = s.failed
	var in stream.Input
	var out stream.Output
	if err == nil {
		in, out, err = s.conn.sock.FinishConnect()
	}
	if err == nil {
		err = s.conn.adopt(s.conn.sock, in, out)
	}
	switch err {
	case nil:
		s.state = tcpConnected
		streams.F0, streams.F1 = s.conn.streams()
		return streams, nil
	case host.EAGAIN:
		return streams, gen.ErrorCodeWouldBlock
	}
	s.state = tcpClosed
	s.conn.release(holdSocket)
	return streams, codeOf(err)
}

// StartListen makes the socket accept connections.
func (s *TCPSocket) StartListen(context.Context) error {
	if err := s.may(tcpStartListen); err != nil {
		return err
	}
	a, err := s.conn.sock.LocalAddr()
	if err == nil {
		err = s.permit.Listen(a)
	}
	if err == nil {
		err = s.conn.sock.Listen(s.backlog)
	}
	if err != nil {
		return codeOf(err)
	}
	s.state = tcpListenStarted
	return nil
}

// FinishListen ends what StartListen began.
func (s *TCPSocket) FinishListen(context.Context) error {
	if err := s.may(tcpFinishListen); err != nil {
		return err
	}
	s.state = tcpListening
	return nil
}

// Accept takes a connection that waits.
func (s *TCPSocket) Accept(context.Context) (accepted bind.Tuple3[gen.TCPSocket, wasi_io.InputStream, wasi_io.OutputStream], err error) {
	if err := s.may(tcpAccept); err != nil {
		return accepted, err
	}
	c := &tcpConn{io: s.st.io, holders: holdSocket}
	// Room is made before a connection is taken that could not be kept.
	if err := s.st.io.Opened(c); err != nil {
		return accepted, codeOf(err)
	}
	sock, in, out, err := s.conn.sock.TryAccept()
	if err != nil {
		s.st.io.Closed(c)
		return accepted, codeOf(err)
	}
	if err := c.adopt(sock, in, out); err != nil {
		return accepted, codeOf(err)
	}
	accepted.F0 = &TCPSocket{st: s.st, family: s.family, state: tcpConnected, conn: c}
	accepted.F1, accepted.F2 = c.streams()
	return accepted, nil
}

// LocalAddress is where the socket is bound.
func (s *TCPSocket) LocalAddress(context.Context) (gen.IPSocketAddress, error) {
	return address(s.may(tcpLocalAddress), func() (netip.AddrPort, error) { return s.conn.sock.LocalAddr() })
}

// RemoteAddress is where the peer is.
func (s *TCPSocket) RemoteAddress(context.Context) (gen.IPSocketAddress, error) {
	return address(s.may(tcpRemoteAddress), func() (netip.AddrPort, error) { return s.conn.sock.RemoteAddr() })
}

// address is what get gives, unless there is a reason to refuse.
func address(refused error, get func() (netip.AddrPort, error)) (gen.IPSocketAddress, error) {
	if refused != nil {
		return gen.IPSocketAddress{}, refused
	}
	a, err := get()
	if err != nil {
		return gen.IPSocketAddress{}, codeOf(err)
	}
	return toSocketAddress(a), nil
}

// IsListening tells whether the socket accepts connections.
func (s *TCPSocket) IsListening(context.Context) (bool, error) { return s.state == tcpListening, nil }

// AddressFamily is the family of the socket.
func (s *TCPSocket) AddressFamily(context.Context) (gen.IPAddressFamily, error) {
	return s.family, nil
}

// SetListenBacklogSize sets how many connections wait to be accepted.
func (s *TCPSocket) SetListenBacklogSize(_ context.Context, n uint64) error {
	if n == 0 {
		return gen.ErrorCodeInvalidArgument
	}
	if err := s.may(tcpSetBacklog); err != nil {
		return err
	}
	backlog := int(min(n, math.MaxInt32))
	if s.state == tcpListenStarted || s.state == tcpListening {
		if s.conn.sock.Listen(backlog) != nil {
			return gen.ErrorCodeNotSupported
		}
	}
	s.backlog = backlog
	return nil
}

// Subscribe gives a pollable that is ready when the function that would have
// said would-block is worth another try. It may outlive the socket.
func (s *TCPSocket) Subscribe(context.Context) (wasi_io.Pollable, error) {
	return p2io.NewPollableFunc(func() stream.Waitable {
		switch {
		case s.state == tcpConnecting && s.failed == nil:
			return s.conn.sock.Connecting()
		case s.state == tcpListening:
			return s.conn.sock.Acceptable()
		}
		return stream.Always
	}), nil
}

// Shutdown ends one or both directions of the connection.
func (s *TCPSocket) Shutdown(ctx context.Context, how gen.ShutdownType) error {
	if err := s.may(tcpShutdown); err != nil {
		return err
	}
	if how != gen.ShutdownTypeSend {
		s.conn.shutdownReceive(ctx)
	}
	if how != gen.ShutdownTypeReceive {
		s.conn.shutdownSend(ctx)
	}
	return nil
}

// Drop closes the socket. Its streams, where there are some, stay.
func (s *TCPSocket) Drop(context.Context) error {
	s.state = tcpClosed
	s.conn.release(holdSocket)
	return nil
}
