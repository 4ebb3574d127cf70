package http

// This file is outgoing responses, and where they are put.

import (
	"context"
	"errors"
	"sync"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// An OutgoingResponse is the resource outgoing-response.
type OutgoingResponse struct {
	st     *State
	status uint16
	fields *message.List
	sink   *sink // nil until the guest takes the body
}

var _ gen.OutgoingResponse = (*OutgoingResponse)(nil)

// NewOutgoingResponse makes a response with the status 200.
func (h Host) NewOutgoingResponse(ctx context.Context, headers gen.Fields) (gen.OutgoingResponse, error) {
	return &OutgoingResponse{st: h.Of(ctx), status: 200, fields: headers.(*Fields).take()}, nil
}

// StatusCode is the status.
func (r *OutgoingResponse) StatusCode(context.Context) (uint16, error) { return r.status, nil }

// SetStatusCode changes the status. It has three digits and is no
// informational one, which are sent another way.
func (r *OutgoingResponse) SetStatusCode(_ context.Context, status uint16) error {
	if status < 200 || status > 999 {
		return failed
	}
	r.status = status
	return nil
}

// Headers are the headers, which cannot be changed any more.
func (r *OutgoingResponse) Headers(context.Context) (gen.Fields, error) {
	return view(r.fields), nil
}

// Body gives the body, once.
func (r *OutgoingResponse) Body(context.Context) (gen.OutgoingBody, error) {
	if r.sink != nil {
		return nil, failed
	}
	k, err := r.st.newSink(r.fields, hosthttp.ResponseBodySize)
	if err != nil {
		return nil, failed
	}
	k.mayLack = r.st.head || r.status == 304
	r.sink = k
	return &OutgoingBody{sink: k}, nil
}

// Drop forgets the response, which nobody gets any more.
func (r *OutgoingResponse) Drop(context.Context) error {
	if r.sink != nil {
		r.sink.pipe.Input().Close()
	}
	r.fields.Release()
	r.fields = nil
	return nil
}

// ErrNoResponse says that the guest ended, or dropped its response-outparam,
// without an answer.
var ErrNoResponse = errors.New("the guest gave no response")

// An OutgoingResult is the response of a guest.
type OutgoingResult struct {
	Status int
	// Header is the caller's to keep. It has the Content-Length, if there is
	// one, but no field that [hosthttp.Forbidden] names.
	Header hosthttp.Header
	// ContentLength is the size of the body in bytes; less than 0 if it is not
	// known. A guest that keeps to it is not taken for granted: then a read of
	// Body fails.
	ContentLength int64
	// Body is what the guest wrote and will write; nil is no body. Its reads
	// end with the context that was given to Response; io.EOF is the end of a
	// body that the guest finished, any other error means that the response
	// must be broken off. The caller closes it, after which the guest can
	// write no more.
	Body *stream.BoundReader
	// Trailer gives the trailers, nil for none, once Body is at its end. It is
	// never nil.
	Trailer func() hosthttp.Header
}

// A ResponseOutparam is the resource response-outparam. Its answer arrives
// once.
type ResponseOutparam struct {
	st     *State
	inform func(status int, h hosthttp.Header) error
	once   sync.Once
	done   chan struct{}
	res    *response
	err    error
}

// A response is what the guest answered.
type response struct {
	status int
	header hosthttp.Header
	length int64
	sink   *sink
}

var _ gen.ResponseOutparam = (*ResponseOutparam)(nil)

// NewResponseOutparam makes a place for one answer. inform sends a response
// with a status of 1xx, in the guest's goroutine; where it is nil, guests are
// told that those are not supported. The answer is ErrNoResponse when the
// guest's State is closed before.
func (s *State) NewResponseOutparam(inform func(status int, h hosthttp.Header) error) (*ResponseOutparam, error) {
	p := &ResponseOutparam{st: s, inform: inform, done: make(chan struct{})}
	if err := s.io.Opened(p); err != nil {
		return nil, err
	}
	return p, nil
}

// settle gives the answer, unless there is one.
func (p *ResponseOutparam) settle(r *response, err error) {
	p.once.Do(func() {
		p.res, p.err = r, err
		close(p.done)
	})
	p.st.io.Closed(p)
}

// Close ends the wait for an answer.
func (p *ResponseOutparam) Close() error {
	p.once.Do(func() {
		p.err = ErrNoResponse
		close(p.done)
	})
	return nil
}

// Done is closed when the answer is there.
func (p *ResponseOutparam) Done() <-chan struct{} { return p.done }

// Response waits for the answer. The error is ErrNoResponse, that of ctx, or
// the *hosthttp.Error that the guest answered. It is called once; ctx also
// bounds the reads of the body.
func (p *ResponseOutparam) Response(ctx context.Context) (*OutgoingResult, error) {
	select {
	case <-p.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.err != nil {
		return nil, p.err
	}
	r := p.res
	out := &OutgoingResult{Status: r.status, Header: r.header, ContentLength: r.length}
	out.Trailer = func() hosthttp.Header { return nil }
	if k := r.sink; k != nil {
		out.Body = stream.BindReader(ctx, k.pipe.Input())
		out.Trailer = k.trailer
	}
	return out, nil
}

// SendInformational sends a response with a status of 1xx before the answer.
func (p *ResponseOutparam) SendInformational(ctx context.Context, status uint16, headers gen.Fields) error {
	f := headers.(*Fields)
	defer f.Drop(ctx)
	switch {
	case status < 100 || status > 199 || status == 101:
		return errorCode(hosthttp.Fail(hosthttp.ProtocolError, nil))
	case p.inform == nil:
		return errorCode(hosthttp.FailText(hosthttp.InternalError, "informational responses are not supported"))
	}
	h := f.f.List().Header()
	h.Del("Content-Length")
	if err := p.inform(int(status), h); err != nil {
		return errorCode(err)
	}
	return nil
}

// ResponseOutparamSet gives the answer.
func (h Host) ResponseOutparamSet(_ context.Context, param gen.ResponseOutparam, response bind.Result[gen.OutgoingResponse, gen.ErrorCode]) error {
	p := param.(*ResponseOutparam)
	if response.IsErr {
		p.settle(nil, hostError(response.Err))
		return nil
	}
	p.settle(response.OK.(*OutgoingResponse).answer())
	return nil
}

// answer is what goes out for the response, which is used up.
func (r *OutgoingResponse) answer() (*response, error) {
	out := &response{status: int(r.status), header: r.fields.Header(), sink: r.sink}
	length, ok := hosthttp.ContentLength(out.header["Content-Length"])
	r.fields.Release()
	switch {
	case !ok:
		if r.sink != nil {
			r.sink.pipe.Input().Close()
		}
		return nil, hosthttp.FailText(hosthttp.ProtocolError, "the Content-Length is not one number")
	case r.sink == nil && length > 0 && !r.st.head && r.status != 304:
		return nil, hosthttp.FailSize(hosthttp.ResponseBodySize, 0)
	}
	out.length = length
	bodiless := r.st.head || r.status == 204 || r.status == 304
	if n, done := r.sink.whole(); done && length < 0 && !bodiless {
		out.length = n
	}
	return out, nil
}

// Drop leaves the request without an answer.
func (p *ResponseOutparam) Drop(context.Context) error {
	p.settle(nil, ErrNoResponse)
	return nil
}
