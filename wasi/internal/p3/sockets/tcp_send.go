package sockets

// This file is what sends the stream of a guest.

import (
	"context"
	"io"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// Send sends what comes in data, and then tells the peer that no more will
// come. The future is there when all of that is with the system, or cannot be.
func (s *TCPSocket) Send(_ context.Context, data io.ReadCloser) (*bind.Future[result], error) {
	if err := s.transfer(&s.sends); err != nil {
		_ = data.Close()
		return bind.Resolved(resultOf(err)), nil
	}
	w := &sender{conn: s.conn}
	var future *bind.Future[result]
	w.promise, future = bind.NewPromise[result]()
	if _, ofGuest := data.(*bind.ByteStream); !ofGuest {
		data = newSource(data)
	}
	s.st.guest.Pump(data, w.write, w.done)
	return future, nil
}

// A sender sends the stream of a guest, on the goroutine of a pump.
type sender struct {
	conn    *tcpConn
	promise *bind.Promise[result]
}

func (w *sender) write(ctx context.Context, p []byte) error {
	_, err := w.conn.out.Write(ctx, p)
	return err
}

// done lets the socket go and then tells what came of it. An error that is not
// the host's is that the guest has trapped, or ends.
func (w *sender) done(err error) {
	if err == nil {
		err = w.conn.sock.Shutdown(false, true)
	}
	w.conn.release()
	if _, is := err.(host.Errno); err == nil || is {
		w.promise.Resolve(resultOf(err))
	} else {
		w.promise.Fail(err)
	}
}

// A source is a stream of the host that a guest sends on: it ends with an error
// as with its end, since that is all that guests see of streams.
type source struct {
	io.ReadCloser
	read func(ctx context.Context, p []byte) (int, error)
}

func newSource(data io.ReadCloser) *source {
	s := &source{ReadCloser: data}
	if r, ok := data.(interface {
		ReadContext(ctx context.Context, p []byte) (int, error)
	}); ok {
		s.read = r.ReadContext
	} else {
		s.read = stream.NewReader(data).Read
	}
	return s
}

// ReadContext reads until ctx ends.
func (s *source) ReadContext(ctx context.Context, p []byte) (int, error) {
	n, err := s.read(ctx, p)
	if err != nil && ctx.Err() == nil {
		err = io.EOF
	}
	return n, err
}
