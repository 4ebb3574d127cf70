package http

// This file is outgoing requests and their options.

import (
	"context"

	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// An OutgoingRequest is the resource outgoing-request.
type OutgoingRequest struct {
	st        *State
	method    gen.Method
	path      *string
	scheme    *gen.Scheme
	authority *string
	fields    *message.List
	sink      *sink // nil until the guest takes the body
	// texts is how much the method, path, scheme and authority count, in bytes.
	texts int
}

// keep counts a text in place of one of old bytes; false where the guest keeps
// too much.
func (r *OutgoingRequest) keep(old, size int) bool {
	if !r.st.fields.Resize(old, size) {
		return false
	}
	r.texts += size - old
	return true
}

// forget lets go of what the request counts.
func (r *OutgoingRequest) forget() {
	r.st.fields.Free(r.texts)
	r.texts = 0
	r.fields.Release()
	r.fields = nil
}

var _ gen.OutgoingRequest = (*OutgoingRequest)(nil)

// NewOutgoingRequest makes a request with the method GET and nothing else.
func (h Host) NewOutgoingRequest(ctx context.Context, headers gen.Fields) (gen.OutgoingRequest, error) {
	return &OutgoingRequest{st: h.Of(ctx), fields: headers.(*Fields).take()}, nil
}

// Body gives the body, once.
func (r *OutgoingRequest) Body(context.Context) (gen.OutgoingBody, error) {
	if r.sink != nil {
		return nil, failed
	}
	k, err := r.st.newSink(r.fields, hosthttp.RequestBodySize)
	if err != nil {
		return nil, failed
	}
	r.sink = k
	return &OutgoingBody{sink: k}, nil
}

// Method is the method.
func (r *OutgoingRequest) Method(context.Context) (gen.Method, error) { return r.method, nil }

// SetMethod changes the method, if it is one.
func (r *OutgoingRequest) SetMethod(_ context.Context, m gen.Method) error {
	if m.Case == gen.MethodOther && (!hosthttp.ValidToken(m.Other) || len(m.Other) > message.MaxMethod) {
		return failed
	}
	if !r.keep(len(r.method.Other), len(m.Other)) {
		return failed
	}
	r.method = m
	return nil
}

// PathWithQuery is the path and the query.
func (r *OutgoingRequest) PathWithQuery(context.Context) (*string, error) { return r.path, nil }

// SetPathWithQuery changes the path and the query, if they are valid.
func (r *OutgoingRequest) SetPathWithQuery(_ context.Context, path *string) error {
	if path != nil && (len(*path) > message.MaxPath || !hosthttp.ValidPath(*path)) {
		return failed
	}
	if !r.keep(message.Size(r.path), message.Size(path)) {
		return failed
	}
	r.path = path
	return nil
}

// Scheme is the scheme.
func (r *OutgoingRequest) Scheme(context.Context) (*gen.Scheme, error) { return r.scheme, nil }

// SetScheme changes the scheme, if it is one.
func (r *OutgoingRequest) SetScheme(_ context.Context, s *gen.Scheme) error {
	if s != nil && s.Case == gen.SchemeOther && !hosthttp.ValidScheme(s.Other) {
		return failed
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

// Authority is the host, and perhaps its port.
func (r *OutgoingRequest) Authority(context.Context) (*string, error) { return r.authority, nil }

// SetAuthority changes the host, if it is one.
func (r *OutgoingRequest) SetAuthority(_ context.Context, a *string) error {
	if a != nil {
		if _, _, ok := hosthttp.ParseAuthority(*a); !ok {
			return failed
		}
	}
	if !r.keep(message.Size(r.authority), message.Size(a)) {
		return failed
	}
	r.authority = a
	return nil
}

// Headers are the headers, which cannot be changed any more.
func (r *OutgoingRequest) Headers(context.Context) (gen.Fields, error) {
	return view(r.fields), nil
}

// Drop forgets the request, which nobody gets any more.
func (r *OutgoingRequest) Drop(context.Context) error {
	if r.sink != nil {
		r.sink.pipe.Input().Close()
	}
	r.forget()
	return nil
}

// A RequestOptions is the resource request-options.
type RequestOptions struct{ connect, first, between *uint64 }

var _ gen.RequestOptions = (*RequestOptions)(nil)

// NewRequestOptions makes options without any.
func (h Host) NewRequestOptions(context.Context) (gen.RequestOptions, error) {
	return &RequestOptions{}, nil
}

// ConnectTimeout bounds the time until there is a connection, in nanoseconds.
func (o *RequestOptions) ConnectTimeout(context.Context) (*uint64, error) { return o.connect, nil }

// SetConnectTimeout changes it.
func (o *RequestOptions) SetConnectTimeout(_ context.Context, d *uint64) error {
	o.connect = d
	return nil
}

// FirstByteTimeout bounds the time until the response begins, in nanoseconds.
func (o *RequestOptions) FirstByteTimeout(context.Context) (*uint64, error) { return o.first, nil }

// SetFirstByteTimeout changes it.
func (o *RequestOptions) SetFirstByteTimeout(_ context.Context, d *uint64) error {
	o.first = d
	return nil
}

// BetweenBytesTimeout bounds the time that a read of the response's body
// waits, in nanoseconds.
func (o *RequestOptions) BetweenBytesTimeout(context.Context) (*uint64, error) {
	return o.between, nil
}

// SetBetweenBytesTimeout changes it.
func (o *RequestOptions) SetBetweenBytesTimeout(_ context.Context, d *uint64) error {
	o.between = d
	return nil
}

// Drop implements gen.RequestOptions.
func (o *RequestOptions) Drop(context.Context) error { return nil }
