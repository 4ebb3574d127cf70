package http

// This file is responses of guests on their way to a client.

import (
	"context"
	"io"
	"sync"

	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
)

// An OutgoingResponse is what a guest's handler returned, as it is to be
// written. Sent must be called when that is over.
type OutgoingResponse struct {
	// Status is 200 or more.
	Status int
	// Header is the caller's to keep. It has the Content-Length, if there is
	// one, but no field that [hosthttp.Forbidden] names.
	Header hosthttp.Header
	// ContentLength is the size of the body in bytes; less than 0 if it is not
	// known. A guest that keeps to it is not taken for granted: then a read of
	// Body fails.
	ContentLength int64
	// Body is nil for no body; else it is an [OutgoingBody].
	Body io.ReadCloser

	body body
	once sync.Once
}

// Outgoing takes what a guest's handler returned. head says that the request
// has the method HEAD, so that the body may lack. An error is of type
// *hosthttp.Error: the response cannot be sent, and the guest has been told.
func (s *State) Outgoing(response gen.Response, head bool) (*OutgoingResponse, error) {
	r, ok := response.(*Response)
	if !ok {
		return nil, hosthttp.Fail(hosthttp.InternalError, errForeign)
	}
	out := &OutgoingResponse{Status: int(r.status), Header: r.fields.Header()}
	length, ok := r.fields.ContentLength()
	announced := r.fields.Has("trailer")
	mayLack := head || r.status == 304
	var err error
	switch {
	case r.status < 200:
		err = hosthttp.FailText(hosthttp.ProtocolError, "the status is that of an informational response")
	case !ok:
		err = hosthttp.FailText(hosthttp.ProtocolError, "the Content-Length is not one number")
	case r.body.contents == nil && length > 0 && !mayLack:
		err = hosthttp.FailSize(hosthttp.ResponseBodySize, 0)
	}
	if err != nil {
		r.fail(err)
		return nil, err
	}
	r.forget()
	out.body = r.body.take()
	out.ContentLength = length
	switch {
	case out.body.contents != nil:
		out.Body = &OutgoingBody{r: out.body.contents, expect: length, mayLack: mayLack}
	case length < 0 && !mayLack && r.status != 204 && !announced:
		out.ContentLength = 0
	}
	return out, nil
}

// Trailer waits for the trailers, nil for none. It is called once Body is at
// its end, or at once where there is none. An error, of type *hosthttp.Error or
// that of ctx, means that the response must be broken off.
func (o *OutgoingResponse) Trailer(ctx context.Context) (hosthttp.Header, error) {
	return o.body.await(ctx)
}

// Sent closes what is left of the response, which ends a Read and a Trailer
// that wait, and tells the guest how it went: nil when all of the response,
// with its trailers, was written. All calls but the first one do nothing. It
// can be called on any goroutine.
func (o *OutgoingResponse) Sent(err error) {
	o.once.Do(func() {
		o.body.settle(err)
		o.body.close()
	})
}

// An OutgoingBody is the contents of a response. One goroutine at a time reads.
type OutgoingBody struct {
	r io.ReadCloser
	// expect is the Content-Length, -1 without one. A body that mayLack may
	// have no bytes at all instead.
	expect, total int64
	mayLack       bool
}

// Read is ReadContext without a context.
func (b *OutgoingBody) Read(p []byte) (int, error) { return b.ReadContext(context.Background(), p) }

// ReadContext waits for a byte of the body, or until ctx ends. io.EOF is the end
// of a body with the size that it should have; any other error means that the
// response must be broken off.
func (b *OutgoingBody) ReadContext(ctx context.Context, p []byte) (int, error) {
	n, err := readContext(ctx, b.r, p)
	b.total += int64(n)
	switch {
	case b.expect < 0:
	case b.total > b.expect, err == io.EOF && b.total < b.expect && !(b.total == 0 && b.mayLack):
		return 0, hosthttp.FailSize(hosthttp.ResponseBodySize, uint64(b.total))
	}
	return n, err
}

// HeedsContext tells whether ReadContext can be called again after its context
// ended. It closes other bodies then: those that the guest passes on from
// outside.
func (b *OutgoingBody) HeedsContext() bool {
	_, ok := b.r.(contextReader)
	return ok
}

// Close says that nobody reads any more.
func (b *OutgoingBody) Close() error { return b.r.Close() }
