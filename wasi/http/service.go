package http

// This file is a request on its way through a guest of WASI 0.3, which answers
// others at the same time.

import (
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	p3http "github.com/dray-wasm/dray/wasi/internal/p3/http"
)

// serveShared is serve where instances answer many requests.
func (x *exchange) serveShared() error {
	x.begin(1)
	defer x.release()
	defer func() { x.unhook[1]() }() // the server ends the request's context
	defer x.h.gate.leave()
	s, err := x.h.crowd.get(x.ctx, x.out.ID, x.r)
	if err != nil {
		return x.refuse(x.broken(ErrInstance, err))
	}
	broken := true
	defer func() { x.h.crowd.leave(s, broken) }()
	_ = x.rc.EnableFullDuplex()
	out, err := x.ask(s)
	if err != nil {
		broken = x.spoils(err)
		return x.refuse(err)
	}
	err = x.deliver(out.answer(x))
	out.Sent(err)
	broken = x.spoils(err)
	return err
}

// ask has the guest answer. The error is one of an Outcome.
func (x *exchange) ask(s *server) (*response, error) {
	web := s.state.P3.HTTP()
	req, err := web.NewIncomingRequest(x.incoming())
	if err != nil {
		return nil, x.broken(ErrInstance, err)
	}
	res, err := s.service.Handle(x.ctx, req)
	if code, ok := bind.AsError[gen.ErrorCode](err); ok && err != nil {
		return nil, x.unanswered(p3http.ErrorOf(code))
	}
	if err != nil {
		x.ended(err)
		return nil, x.unanswered(err)
	}
	out, err := web.Outgoing(res, x.r.Method == nethttp.MethodHead)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	return &response{OutgoingResponse: out}, nil
}

// spoils tells whether a request that ended like this leaves an instance that
// is not to have more.
func (x *exchange) spoils(err error) bool {
	return errors.Is(err, ErrTrapped) || errors.Is(err, ErrTimeout) || errors.Is(err, ErrClosed)
}

// A response is what a guest answered, on its way to the client.
type response struct {
	*p3http.OutgoingResponse
	x *exchange
	// ahead is what was read to see whether there was something; end is why
	// there is no more.
	ahead []byte
	room  [512]byte
	end   error
}

func (r *response) answer(x *exchange) *answer {
	r.x = x
	a := &answer{
		status: r.Status, header: r.Header, length: r.ContentLength, ready: r.ready,
		trailer: func() (nethttp.Header, error) { return r.Trailer(x.ctx) },
	}
	if r.Body != nil {
		a.body = r
	}
	return a
}

// now is a context that has ended: a read with it does not wait.
var now = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// ready tells whether a byte or the end is there.
func (r *response) ready() bool {
	if len(r.ahead) > 0 || r.end != nil {
		return true
	}
	n, err := r.read(now, r.room[:])
	r.ahead = r.room[:n]
	if err != nil && err != context.Canceled {
		r.end = err
	}
	return n > 0 || r.end != nil
}

// Read implements io.Reader.
func (r *response) Read(p []byte) (int, error) {
	if n := copy(p, r.ahead); n > 0 {
		r.ahead = r.ahead[n:]
		return n, nil
	}
	if r.end != nil {
		return 0, r.end
	}
	return r.read(r.x.ctx, p)
}

func (r *response) read(ctx context.Context, p []byte) (int, error) {
	n, err := r.Body.(*p3http.OutgoingBody).ReadContext(ctx, p)
	if trap := (*dray.Trap)(nil); errors.As(err, &trap) {
		r.x.ended(err)
	}
	return n, err
}

// Close implements io.Closer.
func (r *response) Close() error { return r.Body.Close() }

var _ io.ReadCloser = (*response)(nil)
