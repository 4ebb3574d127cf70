// This file is a TCP socket of a guest's own, whose steps are separate: bind,
// connect, listen, accept.

package net

import (
	"net/netip"
	"sync"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// A TCP is a TCP socket. It sends without delay (TCP_NODELAY), as sockets of
// Go do: a guest may have no way to ask for it. It is safe for concurrent use.
type TCP struct {
	options
	// file is the readiness of the socket.
	file *stream.File

	mu    sync.Mutex
	state tcpState
	// remote is the peer's address while there is a connection.
	remote netip.AddrPort
	// in is the input end, for Shutdown.
	in *tcpInput
}

// A tcpState is how far a TCP has come.
type tcpState uint8

const (
	tcpUnbound tcpState = iota
	tcpBound
	tcpListening
	tcpConnecting
	tcpConnected
	// tcpFailed is after an attempt to connect that failed.
	tcpFailed
	tcpClosed
)

// NewTCP makes a socket that is not bound. It is host.EAFNOSUPPORT when the
// system has no such family, host.EMFILE or host.ENFILE when there may be no
// more sockets.
func NewTCP(f Family) (*TCP, error) {
	d, err := openDescriptor(f, ProtoTCP)
	if err != nil {
		return nil, err
	}
	return newTCP(d, f)
}

// newTCP owns d.
func newTCP(d *descriptor, f Family) (*TCP, error) {
	// A peer that has gone already makes this fail; a read will tell.
	_ = d.set(optNoDelay, 1)
	file, err := d.stream()
	if err != nil {
		d.release()
		return nil, err
	}
	return &TCP{options: options{d: d, family: f}, file: file}, nil
}

// Bind gives the socket its local address. The unspecified address is all
// interfaces, port 0 a free port of the system's choice. A bind that failed
// may be tried again.
func (s *TCP) Bind(a netip.AddrPort) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.expect(tcpUnbound); err != nil {
		return err
	}
	if err := checkLocal(s.family, a, true); err != nil {
		return err
	}
	if err := s.bind(a); err != nil {
		return err
	}
	s.state = tcpBound
	return nil
}

// bind sees to it that connections of before, which linger, do not keep a port
// from being bound, nor those of this socket from being bound by the next.
func (s *TCP) bind(a netip.AddrPort) error {
	if a.Port() != 0 {
		if err := s.d.reuseAddr(); err != nil {
			return err
		}
		return s.d.bind(a)
	}
	// With it, the system could choose a port that is in use.
	if err := s.d.bind(a); err != nil {
		return err
	}
	// The socket is bound, and good for all but that.
	_ = s.d.reuseAddr()
	return nil
}

// expect says whether the socket is in one of some states, the earliest first,
// and if not, whether it is before or past them. mu is held.
func (s *TCP) expect(states ...tcpState) error {
	for _, state := range states {
		if s.state == state {
			return nil
		}
	}
	switch {
	case s.state == tcpClosed:
		return host.EBADF
	case s.state == tcpConnecting:
		return host.EALREADY
	case s.state == tcpFailed, s.state < states[0]:
		return host.ENOTCONN
	}
	return host.EISCONN
}

// StartConnect begins to connect to a, from the bound address or one of the
// system's choice. What comes of it FinishConnect tells; StartConnect itself
// may fail too, and then there is nothing to finish. After a failure that is
// not host.EINVAL the socket is of no use any more.
func (s *TCP) StartConnect(a netip.AddrPort) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.expect(tcpUnbound, tcpBound); err != nil {
		return err
	}
	if err := checkRemote(s.family, a, true); err != nil {
		return err
	}
	if err := s.d.connect(a); err != nil && err != host.EINPROGRESS {
		s.state = tcpFailed
		return noPort(err)
	}
	s.state, s.remote = tcpConnecting, a
	return nil
}

// noPort is the error of a connect, where what the systems say when no port is
// left has one name. The addresses that Linux complains about in the same way
// were refused before.
func noPort(err error) error {
	if err == host.EADDRNOTAVAIL || err == host.EAGAIN {
		return host.EADDRINUSE
	}
	return err
}

// Connecting is ready when FinishConnect has something to say.
func (s *TCP) Connecting() stream.Waitable { return s.file.Writable() }

// FinishConnect ends an attempt to connect: with the two ends of the
// connection, which are the caller's to close, or the reason for which there is
// none. It is host.EAGAIN while the attempt goes on, and host.ENOTCONN when
// there is none.
func (s *TCP) FinishConnect() (stream.Input, stream.Output, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.state {
	case tcpConnecting:
	case tcpClosed:
		return nil, nil, host.EBADF
	case tcpConnected:
		return nil, nil, host.EISCONN
	default:
		return nil, nil, host.ENOTCONN
	}
	if !s.file.Writable().Ready() {
		return nil, nil, host.EAGAIN
	}
	err := noPort(s.d.connectError())
	var in stream.Input
	var out stream.Output
	if err == nil {
		in, out, err = s.ends()
	}
	if err != nil {
		s.state = tcpFailed
		return nil, nil, err
	}
	s.state = tcpConnected
	return in, out, nil
}

// Listen makes a bound socket accept connections, of which the system holds up
// to about backlog until they are accepted; at most 0 is a number of the
// system's choice, as is one too large. On a socket that listens already it
// changes that number.
func (s *TCP) Listen(backlog int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.expect(tcpBound, tcpListening); err != nil {
		return err
	}
	if backlog <= 0 {
		backlog = defaultBacklog
	}
	if err := s.d.listen(min(backlog, maxBacklog)); err != nil {
		return err
	}
	s.state = tcpListening
	return nil
}

const (
	defaultBacklog = 128
	// maxBacklog is what every system's type for it holds.
	maxBacklog = 1<<15 - 1
)

// Acceptable is ready when TryAccept has something to say.
func (s *TCP) Acceptable() stream.Waitable { return s.file.Readable() }

// TryAccept takes a connection that a peer has made: its socket, which has the
// options of this one, and its two ends. All three are the caller's to close.
// It is host.EAGAIN when there is none, host.ECONNABORTED when it broke before
// it was taken.
func (s *TCP) TryAccept() (*TCP, stream.Input, stream.Output, error) {
	s.mu.Lock()
	err := s.expect(tcpListening)
	s.mu.Unlock()
	if err != nil {
		return nil, nil, nil, err
	}
	d, from, err := s.d.accept()
	if err != nil {
		return nil, nil, nil, err
	}
	c, err := newTCP(d, s.family)
	if err != nil {
		return nil, nil, nil, err
	}
	if !acceptInherits {
		c.inherit(&s.options)
	}
	c.state, c.remote = tcpConnected, from
	in, out, err := c.ends()
	if err != nil {
		c.Close()
		return nil, nil, nil, err
	}
	return c, in, out, nil
}

// Listening reports whether the socket accepts connections.
func (s *TCP) Listening() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == tcpListening
}

// LocalAddr is the address to which the socket is bound, or host.ENOTCONN.
func (s *TCP) LocalAddr() (netip.AddrPort, error) {
	s.mu.Lock()
	state := s.state
	s.mu.Unlock()
	switch state {
	case tcpClosed:
		return netip.AddrPort{}, host.EBADF
	case tcpUnbound, tcpFailed:
		return netip.AddrPort{}, host.ENOTCONN
	}
	return s.d.localAddr()
}

// RemoteAddr is the address of the peer, or host.ENOTCONN.
func (s *TCP) RemoteAddr() (netip.AddrPort, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.state {
	case tcpClosed:
		return netip.AddrPort{}, host.EBADF
	case tcpConnected:
		return s.remote, nil
	}
	return netip.AddrPort{}, host.ENOTCONN
}

// Shutdown ends one or both directions of a connection. Its input is at its
// end then, whatever has arrived; writes to its output are host.EPIPE, and the
// peer is told that no more will come. To end what has ended is no error.
func (s *TCP) Shutdown(receive, send bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.state == tcpClosed:
		return host.EBADF
	case s.state != tcpConnected:
		return host.ENOTCONN
	case !receive && !send:
		return host.EINVAL
	}
	if receive {
		s.in.ended.Store(true)
	}
	err := s.d.shutdown(receive, send)
	if err == host.ENOTCONN {
		// The peer has ended both directions already.
		err = nil
	}
	return err
}

// Close ends the waits of others for this socket. The ends of its connection
// stay open.
func (s *TCP) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == tcpClosed {
		return host.EBADF
	}
	s.state = tcpClosed
	s.file.Close()
	s.d.release()
	return nil
}
