package http

// This file is incoming requests.

import (
	"context"
	"io"
	"strings"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
)

// failed is the error case of functions whose error says nothing.
var failed = bind.Fail(bind.None{})

// An IncomingConfig is a request that a guest is to answer.
type IncomingConfig struct {
	// Method, Scheme, Authority and PathWithQuery are as in the request line;
	// "" means that there is none, and for Method GET.
	Method, Scheme, Authority, PathWithQuery string
	// Header is only read, until the guest ends. The guest does not see the
	// fields that [hosthttp.Forbidden] names.
	Header hosthttp.Header
	// Body is read from another goroutine when the guest wants it; nil is an
	// empty one. If it is an io.Closer it is closed once, when the guest needs
	// it no more, and must then end a Read that waits.
	Body io.Reader
	// Trailer gives the trailers, nil for none, once Body is at its end; it
	// may be nil.
	Trailer func() hosthttp.Header
	// MaxBody is how many bytes of Body the guest may read; 0 is no limit. One
	// that is longer ends in an HTTP-request-body-size error.
	MaxBody int64
}

// An IncomingRequest is the resource incoming-request.
type IncomingRequest struct {
	st     *State
	method gen.Method
	c      IncomingConfig
	fields *fieldList // nil until asked for
	unread
}

var _ gen.IncomingRequest = (*IncomingRequest)(nil)

// NewIncomingRequest makes a request. Its body counts as open until the guest
// drops it. An error says that the guest has too much open, or has ended; the
// Body is the caller's then.
func (s *State) NewIncomingRequest(c IncomingConfig) (*IncomingRequest, error) {
	r := &IncomingRequest{st: s, method: methodOf(c.Method), c: c}
	body, err := s.newSource(c.Body, c.MaxBody, hosthttp.RequestBodySize, c.Trailer)
	if err != nil {
		return nil, err
	}
	r.body = body
	s.head = r.method.Case == gen.MethodHead
	return r, nil
}

// Method is the method of the request.
func (r *IncomingRequest) Method(context.Context) (gen.Method, error) { return r.method, nil }

// PathWithQuery is the path and the query.
func (r *IncomingRequest) PathWithQuery(context.Context) (*string, error) {
	return optional(r.c.PathWithQuery), nil
}

// Scheme is the scheme with which the request came.
func (r *IncomingRequest) Scheme(context.Context) (*gen.Scheme, error) {
	if r.c.Scheme == "" {
		return nil, nil
	}
	s := schemeOf(r.c.Scheme)
	return &s, nil
}

// Authority is the host to which the request is.
func (r *IncomingRequest) Authority(context.Context) (*string, error) {
	return optional(r.c.Authority), nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Headers are the headers, which cannot be changed.
func (r *IncomingRequest) Headers(context.Context) (gen.Fields, error) {
	if r.fields == nil {
		r.fields = r.st.incomingList(r.c.Header)
	}
	return r.st.view(r.fields), nil
}

// Drop forgets the request, and the body if nobody consumed it.
func (r *IncomingRequest) Drop(context.Context) error {
	r.unread.drop()
	r.fields.release()
	r.fields = nil
	return nil
}

// methods are the methods that have a case of their own.
var methods = [...]string{
	gen.MethodGet: "GET", gen.MethodHead: "HEAD", gen.MethodPost: "POST", gen.MethodPut: "PUT",
	gen.MethodDelete: "DELETE", gen.MethodConnect: "CONNECT", gen.MethodOptions: "OPTIONS",
	gen.MethodTrace: "TRACE", gen.MethodPatch: "PATCH",
}

// methodOf is a method as the guest sees it.
func methodOf(s string) gen.Method {
	if s == "" {
		return gen.Method{}
	}
	for c, name := range methods {
		if s == name {
			return gen.Method{Case: gen.MethodCase(c)}
		}
	}
	return gen.Method{Case: gen.MethodOther, Other: s}
}

// methodText is a method as the host writes it.
func methodText(m gen.Method) string {
	if m.Case == gen.MethodOther {
		return m.Other
	}
	return methods[m.Case]
}

// schemeOf is a scheme as the guest sees it.
func schemeOf(s string) gen.Scheme {
	switch {
	case strings.EqualFold(s, "http"):
		return gen.Scheme{Case: gen.SchemeHTTP}
	case strings.EqualFold(s, "https"):
		return gen.Scheme{Case: gen.SchemeHTTPS}
	}
	return gen.Scheme{Case: gen.SchemeOther, Other: s}
}
