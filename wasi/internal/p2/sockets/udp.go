package sockets

// This file is the interface udp-create-socket and the resource udp-socket.

import (
	"context"
	"net/netip"
	"sync"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stream"
	wasi_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A UDPSocket is the resource udp-socket.
type UDPSocket struct {
	st     *State
	family gen.IPAddressFamily
	state  udpState
	conn   *udpConn
}

var _ gen.UDPSocket = (*UDPSocket)(nil)

// A udpConn is a socket of the host, which the socket of the guest and its
// streams share. It is closed with the last of them, or with the guest.
type udpConn struct {
	st *State
	// permit is what the network grants that the socket was bound to.
	permit net.Permit
	// peer is the only one that the socket speaks to; the zero AddrPort when
	// there may be many.
	peer netip.AddrPort
	// pair counts the streams that were made: only the last ones are of use.
	pair uint64

	mu      sync.Mutex
	sock    *net.UDP // set once, by adopt
	holders int      // resources that are not dropped
	closed  bool
}

var _ p2io.Closer = (*udpConn)(nil)

// CreateUDPSocket makes a socket that is not bound.
func (h Host) CreateUDPSocket(ctx context.Context, family gen.IPAddressFamily) (gen.UDPSocket, error) {
	s := h.Of(ctx)
	if s.policy == nil {
		return nil, gen.ErrorCodeAccessDenied
	}
	c := &udpConn{st: s, holders: 1}
	if err := s.io.Opened(c); err != nil {
		return nil, codeOf(err)
	}
	sock, err := net.NewUDP(hostFamily(family))
	if err != nil {
		s.io.Closed(c)
		return nil, codeOf(err)
	}
	if err := c.adopt(sock); err != nil {
		return nil, codeOf(err)
	}
	return &UDPSocket{st: s, family: family, conn: c}, nil
}

// adopt takes the socket. If the guest has ended meanwhile it is closed, and
// the error is host.EBADF.
func (c *udpConn) adopt(sock *net.UDP) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sock = sock
	if c.closed {
		_ = sock.Close()
		return host.EBADF
	}
	return nil
}

// hold counts n resources more.
func (c *udpConn) hold(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holders += n
}

// release is when one of the holders is gone.
func (c *udpConn) release() {
	c.mu.Lock()
	c.holders--
	last := c.holders == 0
	c.mu.Unlock()
	if last {
		c.st.io.Closed(c)
		_ = c.Close()
	}
}

// Close closes the socket, whoever holds it.
func (c *udpConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		if c.sock != nil {
			_ = c.sock.Close()
		}
	}
	return nil
}

// may is what the state says to a function.
func (s *UDPSocket) may(f udpFunc) error { return udpRules[f][s.state].err() }

// StartBind binds the socket.
func (s *UDPSocket) StartBind(_ context.Context, network gen.Network, local gen.IPSocketAddress) error {
	if err := s.may(udpStartBind); err != nil {
		return err
	}
	a, err := localOf(s.family, net.ProtoUDP, local)
	if err != nil {
		return err
	}
	permit := network.(*Network).permit(net.ProtoUDP)
	if err := permit.Bind(a, s.conn.sock.Bind); err != nil {
		return codeOf(err)
	}
	s.state, s.conn.permit = udpBinding, permit
	return nil
}

// FinishBind ends what StartBind began.
func (s *UDPSocket) FinishBind(context.Context) error {
	if err := s.may(udpFinishBind); err != nil {
		return err
	}
	s.state = udpBound
	return nil
}

// Stream makes the streams of the socket, for one peer or for all. Those that
// it made before are of no use from then on: their functions are invalid-state.
func (s *UDPSocket) Stream(_ context.Context, remoteAddress *gen.IPSocketAddress) (streams bind.Tuple2[gen.IncomingDatagramStream, gen.OutgoingDatagramStream], err error) {
	if err := s.may(udpStream); err != nil {
		return streams, err
	}
	c := s.conn
	var peer netip.AddrPort
	if remoteAddress != nil {
		peer, err = remoteOf(s.family, net.ProtoUDP, *remoteAddress)
		if err == nil {
			err = c.permit.Connect(peer)
		}
	}
	if err == nil {
		err = s.associate(peer)
	}
	if err != nil {
		return streams, codeOf(err)
	}
	c.hold(2)
	streams.F0 = &IncomingDatagramStream{conn: c, pair: c.pair}
	streams.F1 = &OutgoingDatagramStream{conn: c, pair: c.pair, family: s.family}
	return streams, nil
}

// associate gives the socket its only peer, or none. After a failure it has
// none.
func (s *UDPSocket) associate(peer netip.AddrPort) error {
	c := s.conn
	c.pair++
	s.state, c.peer = udpBound, netip.AddrPort{}
	if !peer.IsValid() {
		return s.check(c.sock.Disconnect())
	}
	if err := c.sock.Connect(peer); err != nil {
		return s.check(err)
	}
	s.state, c.peer = udpConnected, peer
	return nil
}

// check finds out, after a failure, if the socket is still where it was bound:
// a system may give its port to another.
func (s *UDPSocket) check(err error) error {
	if err == nil {
		return nil
	}
	if a, err := s.conn.sock.LocalAddr(); err != nil || a.Port() == 0 {
		s.state = udpUnbound
		s.conn.permit.Unbound()
	}
	return err
}

// LocalAddress is where the socket is bound.
func (s *UDPSocket) LocalAddress(context.Context) (gen.IPSocketAddress, error) {
	return address(s.may(udpLocalAddress), s.conn.sock.LocalAddr)
}

// RemoteAddress is where the only peer is.
func (s *UDPSocket) RemoteAddress(context.Context) (gen.IPSocketAddress, error) {
	return address(s.may(udpRemoteAddress), s.conn.sock.RemoteAddr)
}

// AddressFamily is the family of the socket.
func (s *UDPSocket) AddressFamily(context.Context) (gen.IPAddressFamily, error) {
	return s.family, nil
}

// UnicastHopLimit implements gen.UDPSocket.
func (s *UDPSocket) UnicastHopLimit(context.Context) (uint8, error) {
	return get(s.may(udpOption), s.conn.sock.HopLimit)
}

// SetUnicastHopLimit implements gen.UDPSocket.
func (s *UDPSocket) SetUnicastHopLimit(_ context.Context, n uint8) error {
	return set(s.may(udpOption), s.conn.sock.SetHopLimit, n)
}

// ReceiveBufferSize implements gen.UDPSocket.
func (s *UDPSocket) ReceiveBufferSize(context.Context) (uint64, error) {
	return get(s.may(udpOption), s.conn.sock.ReceiveBuffer)
}

// SetReceiveBufferSize implements gen.UDPSocket.
func (s *UDPSocket) SetReceiveBufferSize(_ context.Context, n uint64) error {
	return set(s.may(udpOption), s.conn.sock.SetReceiveBuffer, n)
}

// SendBufferSize implements gen.UDPSocket.
func (s *UDPSocket) SendBufferSize(context.Context) (uint64, error) {
	return get(s.may(udpOption), s.conn.sock.SendBuffer)
}

// SetSendBufferSize implements gen.UDPSocket.
func (s *UDPSocket) SetSendBufferSize(_ context.Context, n uint64) error {
	return set(s.may(udpOption), s.conn.sock.SetSendBuffer, n)
}

// Subscribe gives a pollable that is always ready: no function of a UDP socket
// says would-block.
func (s *UDPSocket) Subscribe(context.Context) (wasi_io.Pollable, error) {
	return p2io.NewPollable(stream.Always), nil
}

// Drop closes the socket. Its streams, where there are some, stay.
func (s *UDPSocket) Drop(context.Context) error {
	s.conn.release()
	return nil
}
