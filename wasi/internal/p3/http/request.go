package http

// This file is requests.

import (
	"context"
	"io"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// failed is the error case of functions whose error says nothing.
var failed = bind.Fail(bind.None{})

// A Request is the resource request.
type Request struct {
	st        *State
	method    gen.Method
	path      *string
	scheme    *gen.Scheme
	authority *string
	// fields is the header. That of a request from outside is header until the
	// guest asks for it.
	fields  *message.List
	header  hosthttp.Header
	options *timeouts // nil for none
	body    body
	from    *source // of a request from outside
	// texts is how much the method, path, scheme and authority count, in bytes.
	texts int
}

var _ gen.Request = (*Request)(nil)

// RequestNew makes a request with the method GET.
func (h Host) RequestNew(ctx context.Context, headers gen.Fields, contents io.ReadCloser, t *bind.Future[trailers], options gen.RequestOptions) (bind.Tuple2[gen.Request, *bind.Future[verdict]], error) {
	s := h.Of(ctx)
	r := &Request{st: s, fields: headers.(*Fields).f.Take()}
	if options != nil {
		r.options = options.(*RequestOptions).t
	}
	var sent *bind.Future[verdict]
	r.body, sent = s.newBody(contents, t)
	return bind.Tuple2[gen.Request, *bind.Future[verdict]]{F0: r, F1: sent}, nil
}

// RequestConsumeBody takes a request apart.
func (h Host) RequestConsumeBody(ctx context.Context, this gen.Request, res *bind.Future[verdict]) (bind.Tuple2[io.ReadCloser, *bind.Future[trailers]], error) {
	r := this.(*Request)
	r.forget()
	return r.body.consume(h.Of(ctx), res), nil
}

// forget lets go of what the request counts.
func (r *Request) forget() {
	r.st.fields.Free(r.texts)
	r.fields.Release()
	r.texts, r.fields = 0, nil
}

// fail drops a request that is not sent because of err.
func (r *Request) fail(err error) {
	r.forget()
	r.body.fail(err)
}

// list is the header.
func (r *Request) list() *message.List {
	if r.fields == nil {
		r.fields = r.st.fields.Incoming(r.header)
		r.header = nil
	}
	return r.fields
}

// keep counts a text in place of one of old bytes; false where the guest keeps
// too much.
func (r *Request) keep(old, size int) bool {
	if !r.st.fields.Resize(old, size) {
		return false
	}
	r.texts += size - old
	return true
}

// GetMethod is the method.
func (r *Request) GetMethod(context.Context) (gen.Method, error) { return r.method, nil }

// SetMethod changes the method, if it is one.
func (r *Request) SetMethod(_ context.Context, m gen.Method) error {
	if m.Case == gen.MethodOther {
		if !hosthttp.ValidToken(m.Other) || len(m.Other) > message.MaxMethod {
			return failed
		}
		m = methodOf(m.Other)
	}
	if !r.keep(len(r.method.Other), len(m.Other)) {
		return failed
	}
	r.method = m
	return nil
}

// GetPathWithQuery is the path and the query.
func (r *Request) GetPathWithQuery(context.Context) (*string, error) { return r.path, nil }

// SetPathWithQuery changes the path and the query, if they may be such. An
// empty text is the path "/".
func (r *Request) SetPathWithQuery(_ context.Context, path *string) error {
	if path != nil && *path == "" {
		root := "/"
		path = &root
	}
	if path != nil && (len(*path) > message.MaxPath || !hosthttp.PlausiblePath(*path)) {
		return failed
	}
	if !r.keep(message.Size(r.path), message.Size(path)) {
		return failed
	}
	r.path = path
	return nil
}

// GetScheme is the scheme.
func (r *Request) GetScheme(context.Context) (*gen.Scheme, error) { return r.scheme, nil }

// SetScheme changes the scheme, if it is one.
func (r *Request) SetScheme(_ context.Context, s *gen.Scheme) error {
	if s != nil && s.Case == gen.SchemeOther {
		if !hosthttp.ValidScheme(s.Other) {
			return failed
		}
		known := schemeOf(s.Other)
		s = &known
	}
	old, other := 0, 0
	if r.scheme != nil {
		old = len(r.scheme.Other)
	}
	if s != nil {
		other = len(s.Other)
	}
	if !r.keep(old, other) {
		return failed
	}
	r.scheme = s
	return nil
}

// GetAuthority is the host, and perhaps its port.
func (r *Request) GetAuthority(context.Context) (*string, error) { return r.authority, nil }

// SetAuthority changes the host, if it may be one.
func (r *Request) SetAuthority(_ context.Context, a *string) error {
	if a != nil && !hosthttp.PlausibleAuthority(*a) || !r.keep(message.Size(r.authority), message.Size(a)) {
		return failed
	}
	r.authority = a
	return nil
}

// GetOptions is the options, which cannot be changed any more.
func (r *Request) GetOptions(context.Context) (gen.RequestOptions, error) {
	if r.options == nil {
		return nil, nil
	}
	return &RequestOptions{t: r.options, immutable: true}, nil
}

// GetHeaders are the headers, which cannot be changed any more.
func (r *Request) GetHeaders(context.Context) (gen.Fields, error) { return view(r.list()), nil }

// Drop forgets the request, which nobody gets any more.
func (r *Request) Drop(context.Context) error {
	r.fail(errUnsent)
	return nil
}
