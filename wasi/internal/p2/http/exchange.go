package http

// This file is requests that go out, and the responses that come back.

import (
	"context"
	"io"
	"sync"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	"github.com/dray-wasm/dray/wasi/internal/message"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// An exchange is a request that is under way, until the response and its body
// are gone.
type exchange struct {
	st     *State
	cancel context.CancelFunc
	sink   *sink // nil without a body
	once   sync.Once
	// settled is set when res or err is there.
	settled stream.Event
	mu      sync.Mutex
	closed  bool
	unread  bool // nobody reads the body of the request any more
	res     *hosthttp.Response
	err     error
}

// A requestBody is the body of a request as the client reads it. Only when the
// client has said why does the guest learn that nobody reads any more.
type requestBody struct {
	x    *exchange
	ctx  context.Context
	stop context.CancelFunc
}

func (b *requestBody) Read(p []byte) (int, error) { return b.x.sink.pipe.Input().Read(b.ctx, p) }

func (b *requestBody) Close() error {
	b.stop()
	b.x.mu.Lock()
	defer b.x.mu.Unlock()
	b.x.unread = true
	if b.x.settled.Ready() {
		b.x.sink.pipe.Input().Close()
	}
	return nil
}

// Handle sends a request.
func (h Host) Handle(ctx context.Context, request gen.OutgoingRequest, options gen.RequestOptions) (gen.FutureIncomingResponse, error) {
	r := request.(*OutgoingRequest)
	s := h.Of(ctx)
	req, err := r.message()
	if err == nil && s.client == nil {
		err = hosthttp.Fail(hosthttp.RequestDenied, nil)
	}
	if err != nil {
		r.Drop(ctx)
		return nil, errorCode(err)
	}
	if options != nil {
		o := options.(*RequestOptions)
		req.ConnectTimeout, req.FirstByteTimeout, req.BetweenBytesTimeout = message.Timeout(o.connect), message.Timeout(o.first), message.Timeout(o.between)
	}
	// What is under way outlives the call, and keeps its values.
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	x := &exchange{st: s, sink: r.sink, cancel: cancel}
	if err := s.open(x, &s.requests); err != nil {
		cancel()
		r.Drop(ctx)
		return nil, errorCode(err)
	}
	if r.sink != nil {
		body := &requestBody{x: x}
		body.ctx, body.stop = context.WithCancel(life)
		req.Body = body
		req.Trailer = r.sink.trailer
		if n, done := r.sink.whole(); done && req.ContentLength < 0 {
			req.ContentLength = n
		}
	}
	r.forget()
	go x.run(life, req)
	return &FutureIncomingResponse{x: x}, nil
}

// message is the request as the client takes it, but for its body.
func (r *OutgoingRequest) message() (*hosthttp.Request, error) {
	req := &hosthttp.Request{Method: message.MethodText(int(r.method.Case), r.method.Other), Scheme: "https", ContentLength: -1}
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
	if r.path != nil {
		req.PathWithQuery = *r.path
	}
	length, ok := r.fields.ContentLength()
	if !ok || r.sink == nil && length > 0 {
		return nil, hosthttp.FailText(hosthttp.ProtocolError, "the Content-Length does not fit the body")
	}
	req.ContentLength = length
	req.Header = r.fields.Header()
	return req, nil
}

// run waits for the response.
func (x *exchange) run(life context.Context, req *hosthttp.Request) {
	res, err := x.st.client.Do(life, req)
	if x.settle(res, err) && res != nil {
		res.Body.Close()
	}
}

// settle gives the answer, and tells whether nobody wants it any more.
func (x *exchange) settle(res *hosthttp.Response, err error) (closed bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		res, err = nil, errUnfinished
	}
	switch {
	case x.sink == nil:
	case err != nil:
		x.sink.pipe.Input().CloseWithError(message.Broken(err))
	case x.unread:
		x.sink.pipe.Input().Close()
	}
	x.res, x.err = res, err
	x.settled.Set()
	return x.closed
}

// Close ends the exchange, from any goroutine.
func (x *exchange) Close() error {
	x.mu.Lock()
	x.closed = true
	res := x.res
	x.mu.Unlock()
	x.cancel()
	if res != nil {
		res.Body.Close()
	}
	if x.sink != nil {
		x.sink.pipe.Input().Close()
	}
	return nil
}

// end is Close for an exchange that the guest needs no more.
func (x *exchange) end() {
	x.once.Do(func() {
		x.Close()
		x.st.closed(x, &x.st.requests)
	})
}

// A FutureIncomingResponse is the resource future-incoming-response.
type FutureIncomingResponse struct {
	x   *exchange
	got bool
}

var _ gen.FutureIncomingResponse = (*FutureIncomingResponse)(nil)

// Subscribe gives a pollable that is ready when the response is there.
func (f *FutureIncomingResponse) Subscribe(context.Context) (genio.Pollable, error) {
	return p2io.NewPollable(&f.x.settled), nil
}

// Get gives the response, or an error, once.
func (f *FutureIncomingResponse) Get(context.Context) (*bind.Result[bind.Result[gen.IncomingResponse, gen.ErrorCode], bind.None], error) {
	out := &bind.Result[bind.Result[gen.IncomingResponse, gen.ErrorCode], bind.None]{}
	switch {
	case f.got:
		out.IsErr = true
		return out, nil
	case !f.x.settled.Ready():
		return nil, nil
	}
	f.got = true
	res, err := f.x.res, f.x.err
	if err == nil {
		out.OK.OK, err = f.x.response(res)
	}
	if err != nil {
		out.OK.IsErr, out.OK.OK, out.OK.Err = true, nil, errorCode(err)
		f.x.end()
	}
	return out, nil
}

// response makes the resource. The exchange ends with its body.
func (x *exchange) response(res *hosthttp.Response) (gen.IncomingResponse, error) {
	if x.st.fields.Full() {
		return nil, hosthttp.FailText(hosthttp.InternalError, "the guest holds too many fields")
	}
	src, err := x.st.newSource(exchangeBody{x, res.Body}, 0, hosthttp.ResponseBodySize, res.Trailer)
	if err != nil {
		return nil, err
	}
	return &IncomingResponse{st: x.st, status: uint16(res.Status), fields: x.st.fields.Incoming(res.Header), unread: unread{src}}, nil
}

// An exchangeBody is the body of a response, with which the exchange ends.
type exchangeBody struct {
	x *exchange
	io.Reader
}

func (b exchangeBody) Close() error {
	b.x.end()
	return nil
}

// Drop ends the request, if the guest has no response of it.
func (f *FutureIncomingResponse) Drop(context.Context) error {
	if !f.got {
		f.got = true
		f.x.end()
	}
	return nil
}

// An IncomingResponse is the resource incoming-response.
type IncomingResponse struct {
	st     *State
	status uint16
	fields *message.List
	unread
}

var _ gen.IncomingResponse = (*IncomingResponse)(nil)

// Status is the status.
func (r *IncomingResponse) Status(context.Context) (uint16, error) { return r.status, nil }

// Headers are the headers, which cannot be changed.
func (r *IncomingResponse) Headers(context.Context) (gen.Fields, error) {
	return view(r.fields), nil
}

// Drop forgets the response, and ends the exchange if nobody consumed the
// body.
func (r *IncomingResponse) Drop(context.Context) error {
	r.unread.drop()
	r.fields.Release()
	r.fields = nil
	return nil
}
