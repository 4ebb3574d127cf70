package http

// This file is what messages carry, whoever made them.

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

type (
	// A verdict is how the transmission of a message ended, or how a body was
	// handled.
	verdict = bind.Result[bind.None, gen.ErrorCode]
	// trailers are what follows a body: nil fields for none.
	trailers = bind.Result[gen.Fields, gen.ErrorCode]
)

var (
	errUnsent  = hosthttp.FailText(hosthttp.InternalError, "the message was dropped and not sent")
	errBusy    = hosthttp.FailText(hosthttp.InternalError, "too many results are waited for")
	errNoValue = hosthttp.FailText(hosthttp.InternalError, "a future was dropped without a value")
)

// A body is the part of a message behind its head. It has one owner, who sends
// it, hands it on, or drops it.
type body struct {
	st *State
	// contents is nil for none. It is closed on every path.
	contents io.ReadCloser
	// trailers is a guest's; it is read or closed on every path. nil is for
	// messages from outside, whose trailers the source has.
	trailers *bind.Future[trailers]
	// sent is told how the transmission ended; nil if nobody asked.
	sent *bind.Promise[verdict]
}

// newBody makes the body of a message that a guest made.
func (s *State) newBody(contents io.ReadCloser, t *bind.Future[trailers]) (body, *bind.Future[verdict]) {
	p, f := bind.NewPromise[verdict]()
	return body{st: s, contents: contents, trailers: t, sent: p}, f
}

// take gives the body to another owner.
func (b *body) take() body {
	taken := *b
	*b = body{}
	return taken
}

// close closes what is left of the body.
func (b *body) close() {
	if b.contents != nil {
		b.contents.Close()
	}
	if b.trailers != nil {
		b.trailers.Close()
	}
}

// settle tells how the transmission ended; the first call counts.
func (b *body) settle(err error) {
	if b.sent == nil {
		return
	}
	if err == nil {
		b.sent.Resolve(verdict{})
		return
	}
	b.sent.Resolve(verdict{IsErr: true, Err: errorCode(message.Broken(err))})
}

// fail drops a body that is not sent because of err.
func (b *body) fail(err error) {
	b.close()
	b.settle(err)
	*b = body{}
}

// await waits for the trailers, at the end of the contents. Its errors are of
// type *hosthttp.Error, or that of ctx.
func (b *body) await(ctx context.Context) (hosthttp.Header, error) {
	if b.trailers == nil {
		if src, ok := b.contents.(*source); ok {
			return src.await(ctx)
		}
		return nil, nil
	}
	t, err := b.trailers.Get(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, hosthttp.Fail(hosthttp.InternalError, err)
	case t.IsErr:
		return nil, ErrorOf(t.Err)
	}
	f, ok := t.OK.(*Fields)
	if !ok {
		return nil, nil
	}
	defer f.f.Drop()
	h := f.f.List().Header()
	h.Del("Content-Length")
	if len(h) == 0 {
		return nil, nil
	}
	return h, nil
}

// consume gives the parts of the body to a guest, by, which tells with res how it
// got on.
func (b *body) consume(by *State, res *bind.Future[verdict]) bind.Tuple2[io.ReadCloser, *bind.Future[trailers]] {
	taken := b.take()
	by.follow(res, taken.sent)
	out := bind.Tuple2[io.ReadCloser, *bind.Future[trailers]]{F0: taken.contents, F1: taken.trailers}
	if src, ok := taken.contents.(*source); ok && out.F1 == nil {
		out.F1 = bind.NewFuture(src.future)
	}
	if out.F0 == nil {
		out.F0 = bind.NopCloser(bytes.NewReader(nil))
	}
	if out.F1 == nil {
		out.F1 = bind.Resolved(trailers{})
	}
	return out
}

// follow reads res, and has it be the answer of sent, which may be nil.
func (s *State) follow(res *bind.Future[verdict], sent *bind.Promise[verdict]) {
	b := body{sent: sent}
	if err := s.verdicts.Open(func() error { return nil }); err != nil {
		res.Close()
		b.settle(errBusy)
		return
	}
	go func() {
		defer s.verdicts.Close()
		v, err := res.Get(s.g.Life())
		switch {
		case err == nil && sent != nil:
			sent.Resolve(v)
		case err != nil:
			res.Close()
			b.settle(errNoValue)
		}
	}()
}

// A contextReader is a reader that can be told when to stop waiting.
type contextReader interface {
	ReadContext(ctx context.Context, p []byte) (int, error)
}

// readContext reads until ctx ends. Others than a contextReader are closed when
// that happens meanwhile.
func readContext(ctx context.Context, r io.ReadCloser, p []byte) (int, error) {
	if r, ok := r.(contextReader); ok {
		return r.ReadContext(ctx, p)
	}
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { r.Close() })
		defer stop()
	}
	n, err := r.Read(p)
	if err != nil && err != io.EOF && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return n, err
}

var errForeign = errors.New("the resource is not one of this host")
