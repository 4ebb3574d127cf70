package sockets

// This file is the stream of what a connection receives.

import (
	"context"
	"io"
	"strings"
	"sync/atomic"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
)

// A result is what becomes of sending or receiving.
type result = bind.Result[bind.None, gen.TypesErrorCode]

// resultOf is the result of an error of the host; good for nil.
func resultOf(err error) result {
	if code, is := codeOf(err).(gen.TypesErrorCode); is {
		return result{IsErr: true, Err: code}
	}
	return result{}
}

// transfer is why the socket cannot begin to send or receive, which is done
// once; nil when it can, and begins.
func (s *TCPSocket) transfer(begun *bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := tcpTransfer.in(s.state); err != nil {
		return err
	}
	if *begun {
		return errInvalidState
	}
	*begun = true
	s.conn.hold()
	return nil
}

// Receive gives the stream of what the peer sends, and the future of how it
// ended. The socket of the system is read as the guest reads the stream.
func (s *TCPSocket) Receive(context.Context) (x bind.Tuple2[io.ReadCloser, *bind.Future[result]], err error) {
	if err := s.transfer(&s.receives); err != nil {
		x.F0 = bind.NopCloser(strings.NewReader(""))
		x.F1 = bind.Resolved(resultOf(err))
		return x, nil
	}
	r := &receiver{st: s.st, conn: s.conn}
	r.promise, x.F1 = bind.NewPromise[result]()
	x.F0 = r
	return x, nil
}

// A receiver is the stream of what a connection receives.
type receiver struct {
	st      *State
	conn    *tcpConn
	promise *bind.Promise[result]
	ended   atomic.Bool
}

// Read is ReadContext, up to the end of the guest.
func (r *receiver) Read(p []byte) (int, error) { return r.ReadContext(r.st.guest.Life(), p) }

// ReadContext gives what one read of the system gave.
func (r *receiver) ReadContext(ctx context.Context, p []byte) (int, error) {
	if r.ended.Load() {
		return 0, io.EOF
	}
	n, err := r.conn.in.Read(ctx, p)
	switch {
	case err == io.EOF:
		r.end(nil)
	case err != nil:
		if _, is := err.(host.Errno); is {
			r.end(err)
		}
	}
	return n, err
}

// Close ends the direction: what was not read, and what will come, is dropped.
func (r *receiver) Close() error {
	if !r.ended.Load() {
		// A connection that the peer has broken has no direction left to end.
		_ = r.conn.sock.Shutdown(true, false)
		r.end(nil)
	}
	return nil
}

// ClosesPromptly says that Close does not wait: a socket of which the guest has
// dropped the last end is closed when the guest goes on.
func (r *receiver) ClosesPromptly() {}

// end lets the socket go and then tells how it ended, once.
func (r *receiver) end(err error) {
	if !r.ended.Swap(true) {
		r.conn.release()
		r.promise.Resolve(resultOf(err))
	}
}
