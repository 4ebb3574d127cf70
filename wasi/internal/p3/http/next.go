package http

// This file is requests that one guest hands on to another one, which has a
// State and an instance of its own. Nothing of a guest crosses but as a message
// of package host/http: bodies as readers, fields as copies.

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// SetNext sets Config.Next. It is called before the guest runs.
func (s *State) SetNext(n Next) { s.next = n }

// HandOn has by answer a request of the guest; it does what a Next is to do. The
// message that by is given may lack a scheme, an authority and a path, or have a
// scheme that is not one of HTTP.
func (s *State) HandOn(ctx context.Context, request gen.Request, by hosthttp.Doer) (gen.Response, error) {
	r := request.(*Request)
	fields := r.list()
	length, ok := fields.ContentLength()
	if !ok {
		err := hosthttp.FailText(hosthttp.ProtocolError, "the Content-Length is not one number")
		r.fail(err)
		return nil, errorCode(err)
	}
	req := &hosthttp.Request{
		Method: message.MethodText(int(r.method.Case), r.method.Other), Scheme: r.schemeText(),
		Header: fields.Header(), ContentLength: length,
	}
	if r.authority != nil {
		req.Authority = *r.authority
	}
	if r.path != nil {
		req.PathWithQuery = *r.path
	}
	if t := r.options; t != nil {
		req.ConnectTimeout, req.FirstByteTimeout, req.BetweenBytesTimeout = message.Timeout(t.connect), message.Timeout(t.first), message.Timeout(t.between)
	}
	return s.send(ctx, r, req, by)
}

// schemeText is the scheme, "" for none.
func (r *Request) schemeText() string {
	switch {
	case r.scheme == nil:
		return ""
	case r.scheme.Case == gen.SchemeHTTP:
		return "http"
	case r.scheme.Case == gen.SchemeHTTPS:
		return "https"
	}
	return r.scheme.Other
}

// NewHandedRequest is NewIncomingRequest for the message that HandOn of another
// guest gave, whose Sent is called in any case, unless there is an error.
func (s *State) NewHandedRequest(req *hosthttp.Request) (*Request, error) {
	c := IncomingConfig{
		Method: req.Method, Scheme: req.Scheme, Authority: req.Authority, PathWithQuery: req.PathWithQuery,
		Header: req.Header, Trailer: req.Trailer,
	}
	var whole *handedBody
	if req.Body != nil {
		whole = &handedBody{ReadCloser: req.Body, over: make(chan struct{})}
		c.Body = whole
	}
	r, err := s.NewIncomingRequest(c)
	if err != nil {
		return nil, err
	}
	r.options = timeoutsOf(req)
	switch {
	case req.Sent == nil:
	case whole == nil:
		req.Sent(nil)
	default:
		var verdicts *bind.Future[verdict]
		r.body.sent, verdicts = bind.NewPromise[verdict]()
		go s.tell(req.Sent, whole, verdicts)
	}
	return r, nil
}

// tell tells the sender what the guest says of a request, when it also needs the
// body no more.
func (s *State) tell(sent func(error), b *handedBody, f *bind.Future[verdict]) {
	v, err := f.Get(s.g.Life())
	<-b.over // no later than the guest's end
	switch {
	case err != nil:
		sent(errOver)
	case v.IsErr:
		sent(ErrorOf(v.Err))
	default:
		sent(nil)
	}
}

// A handedBody is a body that tells when it was closed.
type handedBody struct {
	io.ReadCloser
	once sync.Once
	over chan struct{}
}

// Close implements io.Closer.
func (b *handedBody) Close() error {
	b.once.Do(func() {
		b.ReadCloser.Close()
		close(b.over)
	})
	return nil
}

// timeoutsOf are the options that a message has, nil for none.
func timeoutsOf(req *hosthttp.Request) *timeouts {
	of := func(d time.Duration) *uint64 {
		if d <= 0 {
			return nil
		}
		ns := uint64(d)
		return &ns
	}
	t := timeouts{of(req.ConnectTimeout), of(req.FirstByteTimeout), of(req.BetweenBytesTimeout)}
	if t == (timeouts{}) {
		return nil
	}
	return &t
}

// Abandon breaks off the body of a request from outside whose sender is gone, or
// that no guest was called with. It can be called on any goroutine, after the
// guest was called with the request.
func (r *Request) Abandon(err error) {
	if r.from != nil {
		r.from.finish(message.Broken(err))
		r.from.Close()
	}
}
