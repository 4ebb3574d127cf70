package http

// This file is a request on its way through a guest of WASI 0.3, which answers
// others at the same time.

import (
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"sync/atomic"
	"time"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/wasi"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	p3http "github.com/dray-wasm/dray/wasi/internal/p3/http"
)

// serveShared is serve where instances answer many requests.
func (x *exchange) serveShared() error {
	x.begin(1)
	defer x.release()
	defer func() { x.unhook[1]() }() // the server ends the request's context
	defer x.h.gate.leave()
	out, err := x.ask(func(web *p3http.State) (*p3http.Request, error) {
		_ = x.rc.EnableFullDuplex()
		return web.NewIncomingRequest(x.incoming())
	})
	if err != nil {
		return x.refuse(err)
	}
	err = ErrTrapped // of a panic
	defer func() { out.finish(err) }()
	err = x.deliver(out.answer())
	return err
}

// ask has a guest answer, a request that make makes. Unless it fails, finish must
// follow. The error is one of an Outcome.
func (x *exchange) ask(make func(*p3http.State) (*p3http.Request, error)) (r *response, err error) {
	s, err := x.h.crowd.get(x.ctx, x.out.ID, x.r)
	if err == ErrClosed {
		return nil, err
	}
	if err != nil {
		return nil, x.broken(ErrInstance, err)
	}
	x.s = s
	broken := true
	defer func() {
		if r == nil {
			x.h.crowd.leave(s, broken)
		}
	}()
	web := s.state.P3.HTTP()
	req, err := make(web)
	if err != nil {
		return nil, x.broken(ErrInstance, err) // the guest has too much open
	}
	res, err := s.service.Handle(x.ctx, req)
	if err != nil {
		err = x.failed(req, err)
		broken = spoils(err)
		return nil, err
	}
	out, err := web.Outgoing(res, x.r.Method == nethttp.MethodHead)
	if err != nil {
		broken = false
		x.h.cfg.Logger.Error("a guest gave an answer that cannot be sent", append(x.about(), "error", err)...)
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	return &response{OutgoingResponse: out, x: x}, nil
}

// failed is the error for one in place of an answer.
func (x *exchange) failed(req *p3http.Request, err error) error {
	if code, ok := bind.AsError[gen.ErrorCode](err); ok {
		return x.unanswered(p3http.ErrorOf(code))
	}
	req.Abandon(hosthttp.Fail(hosthttp.ConnectionTerminated, nil))
	x.ended(err)
	return x.unanswered(err)
}

// spoils tells whether a request that ended like this leaves an instance that
// is not to have more.
func spoils(err error) bool {
	return errors.Is(err, ErrTrapped) || errors.Is(err, ErrTimeout) || errors.Is(err, ErrClosed)
}

// A loss is a trap that another request of the instance may be the reason of: it
// is no end of the time, or of the client, of this one.
type loss struct{ error }

func (l loss) As(target any) bool { return errors.As(l.error, target) }

// wasInterrupted tells whether a guest trapped because a request of it ended.
func wasInterrupted(err error) bool {
	for _, why := range []error{ErrTimeout, ErrGone, ErrClosed, ErrTooLarge} {
		if errors.Is(err, why) {
			return true
		}
	}
	return false
}

// wasExit tells whether a guest exited.
func wasExit(err error) bool {
	var exit *wasi.ExitError
	return errors.As(wasi.Exited(err), &exit)
}

// A response is what a guest answered, on its way to the client.
type response struct {
	*p3http.OutgoingResponse
	x *exchange
}

// finish ends the request. err is why not all of the answer was sent.
func (r *response) finish(err error) {
	x := r.x
	if cause := context.Cause(x.ctx); err != nil && cause != nil {
		x.ended(cause)
	}
	r.Sent(err)
	x.h.crowd.leave(x.s, spoils(err))
}

func (r *response) answer() *answer {
	a := &answer{
		status: r.Status, header: r.Header, length: r.ContentLength,
		trailer: func() (nethttp.Header, error) { return r.await(r.x.ctx) },
		tryTrailer: func() (nethttp.Header, bool, error) {
			var ctx brief
			h, err := r.await(&ctx)
			if err == context.Canceled {
				return nil, false, nil
			}
			return h, true, err
		},
	}
	if r.Body != nil {
		a.body, a.ready = r, func() bool { return false }
		if r.Body.(*p3http.OutgoingBody).HeedsContext() {
			a.try = r.try
		}
	}
	return a
}

// await waits for the trailers.
func (r *response) await(ctx context.Context) (nethttp.Header, error) {
	h, err := r.Trailer(ctx)
	r.trapped(err)
	return h, err
}

// brief is a context that ends as soon as somebody waits for it. A guest that has
// something to do is let run before.
type brief struct{ over atomic.Bool }

var ended = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func (b *brief) Deadline() (time.Time, bool) { return time.Time{}, false }
func (b *brief) Value(any) any               { return nil }

func (b *brief) Done() <-chan struct{} {
	b.over.Store(true)
	return ended
}

func (b *brief) Err() error {
	if b.over.Load() {
		return context.Canceled
	}
	return nil
}

// try is Read where nothing is waited for: 0 and nil mean that there is nothing
// yet.
func (r *response) try(p []byte) (int, error) {
	var ctx brief
	n, err := r.read(&ctx, p)
	if err == context.Canceled {
		err = nil
	}
	return n, err
}

// Read implements io.Reader.
func (r *response) Read(p []byte) (int, error) { return r.read(r.x.ctx, p) }

func (r *response) read(ctx context.Context, p []byte) (int, error) {
	n, err := r.Body.(*p3http.OutgoingBody).ReadContext(ctx, p)
	r.trapped(err)
	return n, err
}

// trapped notes that the guest trapped, if it did: err is how a stream of it
// ended.
func (r *response) trapped(err error) {
	if err == nil || err == io.EOF || !r.x.s.in.Trapped() {
		return
	}
	var ctx brief
	if trap := r.x.s.in.Wait(&ctx); trap != nil && trap != context.Canceled {
		err = trap
	}
	r.x.ended(err)
}

// Close implements io.Closer.
func (r *response) Close() error { return r.Body.Close() }

var _ io.ReadCloser = (*response)(nil)
