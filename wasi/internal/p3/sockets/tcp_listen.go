package sockets

// This file is the stream of a socket that listens.

import (
	"context"
	"io"
	"time"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
)

// accepts makes the stream of connections that come in. They are accepted as
// the guest reads it, and only when they can be counted in its state.
func (s *TCPSocket) accepts() *bind.Stream[gen.TCPSocket] {
	s.conn.hold()
	l := &listener{st: s.st, family: s.family, conn: s.conn}
	return bind.NewStream(l.next, s.conn.release).Prompt()
}

// A listener accepts connections.
type listener struct {
	st     *State
	family net.Family
	conn   *tcpConn
}

// next waits for a connection, and takes those that are there.
func (l *listener) next(ctx context.Context, p []gen.TCPSocket) (n int, err error) {
	pause := minPause
	for n < len(p) {
		var s *TCPSocket
		s, err = l.accept()
		switch {
		case err == nil:
			p[n] = s
			n, pause = n+1, minPause
			continue
		case err == host.ECONNABORTED && ctx.Err() == nil:
			continue
		case n > 0:
			return n, nil // the next call will tell
		case err == host.EAGAIN:
			err = wait(ctx, l.conn.sock.Acceptable())
		case passing(err):
			if err = wait(ctx, l.conn.sock.Acceptable()); err == nil {
				pause, err = rest(ctx, pause)
			}
		case err == host.EBADF:
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}

// accept takes a connection that is there. Room is made before one is taken
// that could not be kept.
func (l *listener) accept() (*TCPSocket, error) {
	c := newTCPConn(l.st.guest)
	if err := l.st.guest.Opened(c); err != nil {
		return nil, err
	}
	sock, in, out, err := l.conn.sock.TryAccept()
	if err == nil {
		err = c.adopt(sock, in, out)
	}
	if err != nil {
		l.st.guest.Closed(c)
		return nil, err
	}
	return &TCPSocket{st: l.st, family: l.family, conn: c, state: tcpConnected}, nil
}

// passing tells whether a connection that could not be accepted for err can be
// later: when the guest, or somebody else, has closed something.
func passing(err error) bool {
	return err == host.EMFILE || err == host.ENFILE || err == host.ENOBUFS || err == host.ENOMEM
}

// The pauses before another try, the first and the longest.
const (
	minPause = 5 * time.Millisecond
	maxPause = time.Second
)

// rest waits for a pause, and gives the next one.
func rest(ctx context.Context, pause time.Duration) (time.Duration, error) {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return min(2*pause, maxPause), nil
	case <-ctx.Done():
		return pause, context.Cause(ctx)
	}
}
