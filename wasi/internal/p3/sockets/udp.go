package sockets

// This file is the resource udp-socket, without its options.

import (
	"context"
	"net/netip"
	"sync"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
)

// A UDPSocket is the resource udp-socket. It is closed when the guest drops it,
// or with the guest.
type UDPSocket struct {
	st     *State
	family net.Family
	sock   *net.UDP

	mu     sync.Mutex
	permit net.Permit
	// peer is the only one that the socket speaks to; the zero AddrPort when
	// there may be many.
	peer netip.AddrPort
}

var _ gen.UDPSocket = (*UDPSocket)(nil)

// UDPSocketCreate makes a socket that is not bound.
func (h Host) UDPSocketCreate(ctx context.Context, family gen.IPAddressFamily) (gen.UDPSocket, error) {
	s := h.Of(ctx)
	f := familyOf(family)
	sock, err := net.NewUDP(f)
	if err != nil {
		return nil, codeOf(err)
	}
	u := &UDPSocket{st: s, family: f, sock: sock, permit: net.NewPermit(s.policy, net.ProtoUDP)}
	if err := s.guest.Opened(u); err != nil {
		_ = u.Close()
		return nil, codeOf(err)
	}
	return u, nil
}

// bound tells whether the socket has a local address.
func (s *UDPSocket) bound() bool {
	_, err := s.sock.LocalAddr()
	return err == nil
}

// Bind gives the socket its local address.
func (s *UDPSocket) Bind(_ context.Context, local gen.IPSocketAddress) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bound() {
		return errInvalidState
	}
	a := fromGuest(&local)
	err := net.CheckLocal(s.family, net.ProtoUDP, a)
	if err == nil {
		err = s.permit.Bind(a, s.sock.Bind)
	}
	return codeOf(err)
}

// Connect gives the socket its only peer. After a failure of the system it has
// none.
func (s *UDPSocket) Connect(_ context.Context, remote gen.IPSocketAddress) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.remote(&remote)
	if err != nil {
		return codeOf(err)
	}
	s.peer = netip.AddrPort{}
	if err := s.check(s.sock.Connect(a)); err != nil {
		return codeOf(err)
	}
	s.peer = a
	return nil
}

// Disconnect takes back Connect.
func (s *UDPSocket) Disconnect(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.peer.IsValid() {
		return errInvalidState
	}
	s.peer = netip.AddrPort{}
	return codeOf(s.check(s.sock.Disconnect()))
}

// remote is an address that the socket may send to. mu is held.
func (s *UDPSocket) remote(a *gen.IPSocketAddress) (netip.AddrPort, error) {
	to := fromGuest(a)
	err := net.CheckRemote(s.family, net.ProtoUDP, to)
	if err == nil {
		err = s.permit.Connect(to)
	}
	return to, err
}

// check finds out, after a failure, if the socket is still where it was bound:
// a system may give its port to another. mu is held.
func (s *UDPSocket) check(err error) error {
	if err != nil && !s.bound() {
		s.permit.Unbound()
	}
	return err
}

// Send sends a datagram. It waits while the system holds too much.
func (s *UDPSocket) Send(ctx context.Context, data []byte, remote *gen.IPSocketAddress) error {
	for {
		if done, err := s.TrySend(ctx, data, remote); done {
			return err
		}
		if err := wait(ctx, s.sock.Writable()); err != nil {
			return err
		}
	}
}

// TrySend is Send that does not wait.
func (s *UDPSocket) TrySend(_ context.Context, data []byte, remote *gen.IPSocketAddress) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var to netip.AddrPort
	switch {
	case s.peer.IsValid():
		if remote != nil && fromGuest(remote) != s.peer {
			return true, errInvalidArgument
		}
	case remote == nil:
		return true, errInvalidArgument
	default:
		var err error
		if to, err = s.remote(remote); err != nil {
			return true, codeOf(err)
		}
	}
	_, err := s.sock.TrySend(data, to)
	return err != host.EAGAIN, codeOf(err)
}

// datagrams is room to receive a datagram of any size.
var datagrams = sync.Pool{New: func() any { return new([net.MaxDatagram]byte) }}

// Receive waits for a datagram of somebody whom the guest may hear.
func (s *UDPSocket) Receive(ctx context.Context) (x bind.Tuple2[[]byte, gen.IPSocketAddress], err error) {
	for {
		x, done, err := s.TryReceive(ctx)
		if done {
			return x, err
		}
		if err := wait(ctx, s.sock.Readable()); err != nil {
			return x, err
		}
	}
}

// maxLooks is how many datagrams of strangers one TryReceive drops.
const maxLooks = 64

// TryReceive is Receive that does not wait.
func (s *UDPSocket) TryReceive(context.Context) (x bind.Tuple2[[]byte, gen.IPSocketAddress], done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.bound() {
		return x, true, errInvalidState
	}
	buf := datagrams.Get().(*[net.MaxDatagram]byte)
	defer datagrams.Put(buf)
	for range maxLooks {
		n, from, err := s.sock.TryReceive(buf[:])
		switch {
		case err == host.EAGAIN:
			return x, false, nil
		case err != nil:
			return x, true, codeOf(err)
		case s.peer.IsValid() || s.permit.Hears(from):
			x.F0, x.F1 = append([]byte(nil), buf[:n]...), toSocketAddress(from)
			return x, true, nil
		}
	}
	return x, false, nil
}

// wait waits until w is ready. It gives the cause of ctx's end, also when it is
// ready all the time.
func wait(ctx context.Context, w stream.Waitable) error {
	if err := w.Wait(ctx); err != nil {
		return err
	}
	return ctx.Err()
}

// GetLocalAddress is where the socket is bound.
func (s *UDPSocket) GetLocalAddress(context.Context) (gen.IPSocketAddress, error) {
	return address(nil, s.sock.LocalAddr)
}

// GetRemoteAddress is where the only peer is.
func (s *UDPSocket) GetRemoteAddress(context.Context) (gen.IPSocketAddress, error) {
	return address(nil, s.sock.RemoteAddr)
}

// GetAddressFamily is the family of the socket.
func (s *UDPSocket) GetAddressFamily(context.Context) (gen.IPAddressFamily, error) {
	return toFamily(s.family), nil
}

// Drop closes the socket.
func (s *UDPSocket) Drop(context.Context) error {
	s.st.guest.Closed(s)
	return s.Close()
}

// Close closes the socket, if it is not closed.
func (s *UDPSocket) Close() error {
	_ = s.sock.Close()
	return nil
}
