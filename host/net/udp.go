// This file is a UDP socket of a guest's own.

package net

import (
	"net/netip"
	"sync"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// MaxDatagram is more bytes than any datagram has.
const MaxDatagram = 1 << 16

// A UDP is a UDP socket. It is safe for concurrent use.
type UDP struct {
	options
	file *stream.File

	mu     sync.Mutex
	closed bool
	// remote is the only peer; the zero AddrPort when there may be many.
	remote netip.AddrPort
}

// NewUDP makes a socket that is not bound. Its errors are those of NewTCP.
func NewUDP(f Family) (*UDP, error) {
	d, err := openDescriptor(f, ProtoUDP)
	if err != nil {
		return nil, err
	}
	file, err := d.stream()
	if err != nil {
		d.release()
		return nil, err
	}
	return &UDP{options: options{d: d, family: f}, file: file}, nil
}

// Bind gives the socket its local address. The unspecified address is all
// interfaces, port 0 a free port of the system's choice. A bind that failed
// may be tried again. A socket that sends without a Bind gets such a port.
func (s *UDP) Bind(a netip.AddrPort) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return host.EBADF
	}
	switch _, err := s.d.localAddr(); err {
	case host.ENOTCONN:
	case nil:
		return host.EISCONN
	default:
		return err
	}
	if err := checkLocal(s.family, a, false); err != nil {
		return err
	}
	return s.d.bind(a)
}

// Connect makes a the only peer: datagrams go there without being told so,
// none come from elsewhere, and the refusal of one is an error of the next
// call. It may be called again, for another peer; when that fails, there is
// none. It sends nothing.
func (s *UDP) Connect(a netip.AddrPort) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return host.EBADF
	}
	if err := checkRemote(s.family, a, false); err != nil {
		return err
	}
	// The local address must not stay the one that was best for another peer.
	if err := s.disconnect(); err != nil {
		return err
	}
	if err := s.d.connect(a); err != nil {
		return noPort(err)
	}
	s.remote = a
	return nil
}

// Disconnect undoes Connect. The socket keeps its port, but for one case: it
// was the system's choice, and another took it in that moment; then the socket
// is not bound any more, and this is host.EADDRINUSE. It does nothing when there
// is no peer.
func (s *UDP) Disconnect() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return host.EBADF
	}
	return s.disconnect()
}

// disconnect is Disconnect. mu is held.
func (s *UDP) disconnect() error {
	if s.remote == (netip.AddrPort{}) {
		return nil
	}
	s.remote = netip.AddrPort{}
	return s.d.disconnect()
}

// peer is the only peer, if there is one.
func (s *UDP) peer() (netip.AddrPort, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return netip.AddrPort{}, host.EBADF
	}
	return s.remote, nil
}

// TryReceive takes the next datagram and tells where it is from. What does not
// fit into p is lost; MaxDatagram bytes hold any. It is host.EAGAIN when there
// is none.
func (s *UDP) TryReceive(p []byte) (int, netip.AddrPort, error) {
	remote, err := s.peer()
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	for {
		n, from, err := s.d.receive(p)
		// Those that came before Connect are from anybody.
		if err != nil || remote == (netip.AddrPort{}) || samePeer(from, remote) {
			return n, from, err
		}
	}
}

// samePeer reports whether a datagram from from comes from the peer, which may
// have been given without a zone.
func samePeer(from, peer netip.AddrPort) bool {
	return from == peer || peer.Addr().Zone() == "" &&
		from.Port() == peer.Port() && from.Addr().WithZone("") == peer.Addr()
}

// TrySend sends p as one datagram: to to, or to the peer when to is the zero
// AddrPort. On a socket that has a peer, to is no other. It is host.EAGAIN when
// the system holds too much already, host.EMSGSIZE when p is too long.
func (s *UDP) TrySend(p []byte, to netip.AddrPort) (int, error) {
	remote, err := s.peer()
	if err != nil {
		return 0, err
	}
	connected, given := remote != netip.AddrPort{}, to != netip.AddrPort{}
	switch {
	case connected && given && to != remote, !connected && !given:
		return 0, host.EINVAL
	case !connected:
		if err := checkRemote(s.family, to, false); err != nil {
			return 0, err
		}
	default:
		to = netip.AddrPort{}
	}
	return s.d.send(p, to)
}

// Readable is ready when TryReceive has something to say.
func (s *UDP) Readable() stream.Waitable { return s.file.Readable() }

// Writable is ready when TrySend has something to say.
func (s *UDP) Writable() stream.Waitable { return s.file.Writable() }

// LocalAddr is the address to which the socket is bound, or host.ENOTCONN.
func (s *UDP) LocalAddr() (netip.AddrPort, error) {
	if _, err := s.peer(); err != nil {
		return netip.AddrPort{}, err
	}
	return s.d.localAddr()
}

// RemoteAddr is the only peer, or host.ENOTCONN.
func (s *UDP) RemoteAddr() (netip.AddrPort, error) {
	remote, err := s.peer()
	if err == nil && remote == (netip.AddrPort{}) {
		err = host.ENOTCONN
	}
	return remote, err
}

// Close ends the waits of others for this socket.
func (s *UDP) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return host.EBADF
	}
	s.closed = true
	s.file.Close()
	s.d.release()
	return nil
}
