package http

// This file is requests that go out, and the responses that come back.

import (
	"context"
	"io"
	"sync"

	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// Handle gives a request to who answers in this guest's place.
func (h Host) Handle(ctx context.Context, request gen.Request) (gen.Response, error) {
	s := h.Of(ctx)
	if s.next == nil {
		err := hosthttp.FailText(hosthttp.ConfigurationError, "there is no handler behind this one")
		request.(*Request).fail(err)
		return nil, errorCode(err)
	}
	res, err := s.next.Handle(ctx, request)
	if _, ok := res.(*Response); !ok && err == nil {
		err = errForeign
	}
	return res, err
}

// Send sends a request, and waits for the head of its response.
func (h Host) Send(ctx context.Context, request gen.Request) (gen.Response, error) {
	r := request.(*Request)
	s := h.Of(ctx)
	req, err := r.message()
	if err == nil && s.client == nil {
		err = hosthttp.Fail(hosthttp.RequestDenied, nil)
	}
	if err != nil {
		r.fail(err)
		return nil, errorCode(err)
	}
	return s.send(ctx, r, req, s.client)
}

// send has by answer a request, which is the message req but for its body.
func (s *State) send(ctx context.Context, r *Request, req *hosthttp.Request, by hosthttp.Doer) (gen.Response, error) {
	x := &exchange{st: s, body: r.body.take()}
	// What is under way outlives the call, and keeps its values.
	x.ctx, x.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := s.open(x, &s.requests); err != nil {
		x.cancel(nil)
		x.body.fail(message.Reason(err))
		r.forget()
		return nil, errorCode(err)
	}
	x.attach(req, r.fields)
	r.forget()
	defer context.AfterFunc(ctx, func() { x.cancel(context.Cause(ctx)) })()
	res, err := by.Do(x.ctx, req)
	if err == nil && ctx.Err() != nil {
		res.Body.Close()
		err = context.Cause(ctx)
	}
	if err == nil {
		return x.response(res)
	}
	x.sent(err)
	x.end(err)
	if ctx.Err() != nil && hosthttp.ErrorOf(err) == nil {
		return nil, err
	}
	return nil, errorCode(message.Broken(err))
}

// errOver is why a request is not written to its end when nobody wants the
// response any more.
var errOver = hosthttp.Fail(hosthttp.ConnectionTerminated, nil)

// message is the request as the client takes it, but for its body.
func (r *Request) message() (*hosthttp.Request, error) {
	fields := r.list()
	req := &hosthttp.Request{Method: message.MethodText(int(r.method.Case), r.method.Other), Scheme: "https"}
	if r.scheme != nil {
		switch r.scheme.Case {
		case gen.SchemeHTTP:
			req.Scheme = "http"
		case gen.SchemeOther:
			return nil, hosthttp.FailText(hosthttp.ProtocolError, "the scheme is neither http nor https")
		}
	}
	if r.authority == nil {
		return nil, hosthttp.FailText(hosthttp.RequestURIInvalid, "there is no authority")
	}
	req.Authority = *r.authority
	switch {
	case r.path != nil:
		req.PathWithQuery = *r.path
	case r.method.Case == gen.MethodOptions:
		req.PathWithQuery = "*" // it is about the server
	}
	length, ok := fields.ContentLength()
	switch {
	case !ok:
		return nil, hosthttp.FailText(hosthttp.ProtocolError, "the Content-Length is not one number")
	case r.body.contents == nil && length > 0:
		return nil, hosthttp.FailSize(hosthttp.RequestBodySize, 0)
	}
	req.ContentLength = length
	req.Header = fields.Header()
	if t := r.options; t != nil {
		req.ConnectTimeout, req.FirstByteTimeout, req.BetweenBytesTimeout = message.Timeout(t.connect), message.Timeout(t.first), message.Timeout(t.between)
	}
	return req, nil
}

// An exchange is a request that is under way, until it was written and the body
// of the response is gone.
type exchange struct {
	st     *State
	ctx    context.Context
	cancel context.CancelCauseFunc
	// body is that of the request.
	body body
	once sync.Once
	// answer is the body of the response, once there is one.
	answer io.Closer

	mu sync.Mutex
	// written tells that the client needs the request no more, read that the
	// body of the response is at its end.
	written, read bool
}

// attach gives the request its body.
func (x *exchange) attach(req *hosthttp.Request, fields *message.List) {
	req.Sent = x.sent
	announced := req.ContentLength < 0 && fields.Has("trailer")
	if x.body.contents == nil && !announced {
		if x.body.trailers != nil {
			go x.watch(body{st: x.st, trailers: x.body.trailers})
		}
		return
	}
	b := &requestBody{x: x, body: x.body}
	b.ctx, b.stop = context.WithCancel(x.ctx)
	req.Body = b
	req.Trailer = func() hosthttp.Header { return b.trailer }
}

// watch waits for the trailers of a request without contents, which are not
// sent. An error there ends the exchange.
func (x *exchange) watch(b body) {
	defer b.close()
	if _, err := b.await(x.ctx); err != nil && x.ctx.Err() == nil {
		x.cancel(err)
	}
}

// sent is told how writing the request ended.
func (x *exchange) sent(err error) {
	x.body.settle(err)
	x.mu.Lock()
	x.written = true
	over := x.read
	x.mu.Unlock()
	if over {
		x.end(nil)
	}
}

// end ends the exchange.
func (x *exchange) end(err error) {
	x.once.Do(func() {
		x.cancel(err)
		if x.answer != nil {
			x.answer.Close()
		}
		x.st.closed(x, &x.st.requests)
	})
}

// Close ends the exchange with the guest, from any goroutine.
func (x *exchange) Close() error {
	x.cancel(errUnsent)
	return nil
}

// response makes the resource. The exchange ends with its body.
func (x *exchange) response(res *hosthttp.Response) (gen.Response, error) {
	s := x.st
	x.mu.Lock()
	x.answer = res.Body
	x.mu.Unlock()
	if s.fields.Full() {
		x.end(errFields)
		return nil, errorCode(errFields)
	}
	out := &Response{st: s, status: uint16(res.Status), fields: s.fields.Incoming(res.Header), body: body{st: s}}
	if hosthttp.IsNoBody(res.Body) {
		x.over(true)
		return out, nil
	}
	src := &source{st: s, r: res.Body, trailer: res.Trailer, done: make(chan struct{})}
	src.closer = x.over
	out.body.contents = src
	return out, nil
}

// over tells that nobody reads the response any more, and whether all of it was
// read.
func (x *exchange) over(whole bool) {
	x.mu.Lock()
	x.read = true
	wait := whole && !x.written
	x.mu.Unlock()
	if !wait { // or the answer is there before all of the request was written
		x.end(errOver)
	}
}

// A requestBody is the body of a request as the client reads it.
type requestBody struct {
	x       *exchange
	body    body
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	once    sync.Once
	end     error
	trailer hosthttp.Header
}

// Read gives the contents, and the end when the trailers are there. Whatever
// else ends it ends the exchange.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.end != nil {
		return 0, b.end
	}
	n, err := 0, io.EOF
	if b.body.contents != nil {
		n, err = readContext(b.ctx, b.body.contents, p)
	}
	if err == io.EOF {
		if b.trailer, err = b.body.await(b.ctx); err == nil {
			err = io.EOF
		}
	}
	if err != nil && err != io.EOF && b.ctx.Err() == nil {
		err = message.Broken(err)
		b.x.cancel(err)
	}
	b.end = err
	return n, err
}

// Close ends a Read that waits.
func (b *requestBody) Close() error {
	b.once.Do(func() {
		b.stop()
		b.body.close()
	})
	return nil
}
