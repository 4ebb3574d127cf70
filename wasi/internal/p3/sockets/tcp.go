package sockets

// This file is the resource tcp-socket, without its options and streams.

import (
	"context"
	"math"
	"net/netip"
	"sync"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
)

// A TCPSocket is the resource tcp-socket.
type TCPSocket struct {
	st     *State
	family net.Family
	conn   *tcpConn

	mu      sync.Mutex
	state   tcpState
	permit  net.Permit
	backlog int // 0 is the system's choice
	// begun is that TryConnect began what Connect is to end.
	begun bool
	// sends and receives are that the functions were called, which is once.
	sends, receives bool
	dropped         bool
}

var _ gen.TCPSocket = (*TCPSocket)(nil)

// TCPSocketCreate makes a socket that is not bound.
func (h Host) TCPSocketCreate(ctx context.Context, family gen.IPAddressFamily) (gen.TCPSocket, error) {
	s := h.Of(ctx)
	c := newTCPConn(s.guest)
	if err := s.guest.Opened(c); err != nil {
		return nil, codeOf(err)
	}
	f := familyOf(family)
	sock, err := net.NewTCP(f)
	if err == nil {
		err = c.adopt(sock, nil, nil)
	}
	if err != nil {
		s.guest.Closed(c)
		return nil, codeOf(err)
	}
	return &TCPSocket{
		st: s, family: f, conn: c, state: tcpUnbound,
		permit: net.NewPermit(s.policy, net.ProtoTCP),
	}, nil
}

// may is what the state says to a function.
func (s *TCPSocket) may(f tcpFunc) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f.in(s.state)
}

// Bind gives the socket its local address.
func (s *TCPSocket) Bind(_ context.Context, local gen.IPSocketAddress) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := tcpBind.in(s.state); err != nil {
		return err
	}
	a := fromGuest(&local)
	if err := net.CheckLocal(s.family, net.ProtoTCP, a); err != nil {
		return codeOf(err)
	}
	return s.bind(a)
}

// bind binds the socket, if that is granted. mu is held.
func (s *TCPSocket) bind(a netip.AddrPort) error {
	if err := s.permit.Bind(a, s.conn.sock.Bind); err != nil {
		return codeOf(err)
	}
	s.state = tcpBound
	return nil
}

// Connect connects to a peer. An attempt that fails, or that the guest gives
// up, leaves the socket closed.
func (s *TCPSocket) Connect(ctx context.Context, peer gen.IPSocketAddress) error {
	if !s.takeBegun() {
		if err := s.startConnect(&peer); err != nil {
			return err
		}
	}
	for {
		if done, err := s.finishConnect(); done {
			return err
		}
		if err := wait(ctx, s.conn.sock.Connecting()); err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.failConnect()
			return err
		}
	}
}

// TryConnect is Connect that does not wait: the peers on this machine answer at
// once. What it has begun, Connect ends.
func (s *TCPSocket) TryConnect(_ context.Context, peer gen.IPSocketAddress) (bool, error) {
	if err := s.startConnect(&peer); err != nil {
		return true, err
	}
	done, err := s.finishConnect()
	if !done {
		s.mu.Lock()
		s.begun = true
		s.mu.Unlock()
	}
	return done, err
}

// takeBegun tells whether TryConnect has begun what this call of Connect ends.
func (s *TCPSocket) takeBegun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	begun := s.begun
	s.begun = false
	return begun
}

// startConnect begins to connect.
func (s *TCPSocket) startConnect(peer *gen.IPSocketAddress) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := tcpConnect.in(s.state); err != nil {
		return err
	}
	a := fromGuest(peer)
	err := net.CheckRemote(s.family, net.ProtoTCP, a)
	if err == nil {
		err = s.permit.Connect(a)
	}
	if err != nil {
		return codeOf(err)
	}
	s.state = tcpConnecting
	if err := s.conn.sock.StartConnect(a); err != nil {
		s.failConnect()
		return codeOf(err)
	}
	return nil
}

// finishConnect tells whether the attempt is over, and what came of it.
func (s *TCPSocket) finishConnect() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, out, err := s.conn.sock.FinishConnect()
	if err == host.EAGAIN {
		return false, nil
	}
	if err == nil {
		err = s.conn.adopt(s.conn.sock, in, out)
	}
	if err != nil {
		s.failConnect()
		return true, codeOf(err)
	}
	s.state = tcpConnected
	return true, nil
}

// failConnect closes the socket, which is of no use any more. mu is held.
func (s *TCPSocket) failConnect() {
	s.state = tcpClosed
	s.release()
}

// Listen makes the socket accept connections, and gives the stream of them.
func (s *TCPSocket) Listen(context.Context) (*bind.Stream[gen.TCPSocket], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := tcpListen.in(s.state)
	if err == nil && s.state == tcpUnbound {
		err = s.bind(anywhere(s.family))
	}
	if err != nil {
		return nil, err
	}
	local, err := s.conn.sock.LocalAddr()
	if err == nil {
		err = s.permit.Listen(local)
	}
	if err == nil {
		err = s.conn.sock.Listen(s.backlog)
	}
	if err != nil {
		return nil, codeOf(err)
	}
	s.state = tcpListening
	return s.accepts(), nil
}

// GetLocalAddress is where the socket is bound.
func (s *TCPSocket) GetLocalAddress(context.Context) (gen.IPSocketAddress, error) {
	return address(s.may(tcpLocalAddress), s.conn.sock.LocalAddr)
}

// GetRemoteAddress is where the peer is.
func (s *TCPSocket) GetRemoteAddress(context.Context) (gen.IPSocketAddress, error) {
	return address(s.may(tcpRemoteAddress), s.conn.sock.RemoteAddr)
}

// GetIsListening tells whether the socket accepts connections.
func (s *TCPSocket) GetIsListening(context.Context) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == tcpListening, nil
}

// GetAddressFamily is the family of the socket.
func (s *TCPSocket) GetAddressFamily(context.Context) (gen.IPAddressFamily, error) {
	return toFamily(s.family), nil
}

// SetListenBacklogSize sets how many connections wait to be accepted.
func (s *TCPSocket) SetListenBacklogSize(_ context.Context, n uint64) error {
	if n == 0 {
		return errInvalidArgument
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := tcpBacklog.in(s.state); err != nil {
		return err
	}
	backlog := int(min(n, math.MaxInt32))
	if s.state == tcpListening {
		if s.conn.sock.Listen(backlog) != nil {
			return gen.TypesErrorCode{Case: gen.TypesErrorCodeNotSupported}
		}
	}
	s.backlog = backlog
	return nil
}

// Drop lets the socket go. Its streams, where there are some, stay.
func (s *TCPSocket) Drop(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = tcpClosed
	s.release()
	return nil
}

// release says, once, that the resource does not hold the socket any more. mu
// is held.
func (s *TCPSocket) release() {
	if !s.dropped {
		s.dropped = true
		s.conn.release()
	}
}
