package http

// This file is responses.

import (
	"context"
	"io"

	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// A Response is the resource response.
type Response struct {
	st     *State
	status uint16
	fields *message.List
	body   body
}

var _ gen.Response = (*Response)(nil)

// ResponseNew makes a response with the status 200.
func (h Host) ResponseNew(ctx context.Context, headers gen.Fields, contents io.ReadCloser, t *bind.Future[trailers]) (bind.Tuple2[gen.Response, *bind.Future[verdict]], error) {
	s := h.Of(ctx)
	r := &Response{st: s, status: 200, fields: headers.(*Fields).f.Take()}
	var sent *bind.Future[verdict]
	r.body, sent = s.newBody(contents, t)
	return bind.Tuple2[gen.Response, *bind.Future[verdict]]{F0: r, F1: sent}, nil
}

// ResponseConsumeBody takes a response apart.
func (h Host) ResponseConsumeBody(ctx context.Context, this gen.Response, res *bind.Future[verdict]) (bind.Tuple2[io.ReadCloser, *bind.Future[trailers]], error) {
	r := this.(*Response)
	r.forget()
	return r.body.consume(h.Of(ctx), res), nil
}

// forget lets go of the header.
func (r *Response) forget() {
	r.fields.Release()
	r.fields = nil
}

// fail drops a response that is not sent because of err.
func (r *Response) fail(err error) {
	r.forget()
	r.body.fail(err)
}

// GetStatusCode is the status.
func (r *Response) GetStatusCode(context.Context) (uint16, error) { return r.status, nil }

// SetStatusCode changes the status, if it is one.
func (r *Response) SetStatusCode(_ context.Context, status uint16) error {
	if status < 100 || status > 599 {
		return failed
	}
	r.status = status
	return nil
}

// GetHeaders are the headers, which cannot be changed any more.
func (r *Response) GetHeaders(context.Context) (gen.Fields, error) { return view(r.fields), nil }

// Drop forgets the response, which nobody gets any more.
func (r *Response) Drop(context.Context) error {
	r.fail(errUnsent)
	return nil
}
