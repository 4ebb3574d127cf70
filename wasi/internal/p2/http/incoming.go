package http

// This file is incoming requests.

import (
	"context"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// failed is the error case of functions whose error says nothing.
var failed = bind.Fail(bind.None{})

// An IncomingConfig is a request that a guest is to answer.
type IncomingConfig = message.Incoming

// An IncomingRequest is the resource incoming-request.
type IncomingRequest struct {
	st     *State
	method gen.Method
	c      IncomingConfig
	fields *message.List // nil until asked for
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
	return message.Optional(r.c.PathWithQuery), nil
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
	return message.Optional(r.c.Authority), nil
}

// Headers are the headers, which cannot be changed.
func (r *IncomingRequest) Headers(context.Context) (gen.Fields, error) {
	if r.fields == nil {
		r.fields = r.st.fields.Incoming(r.c.Header)
	}
	return view(r.fields), nil
}

// Drop forgets the request, and the body if nobody consumed it.
func (r *IncomingRequest) Drop(context.Context) error {
	r.unread.drop()
	r.fields.Release()
	r.fields = nil
	return nil
}

// methodOf is a method as the guest sees it.
func methodOf(s string) gen.Method {
	m := gen.Method{Case: gen.MethodCase(message.Method(s))}
	if m.Case == gen.MethodOther {
		m.Other = s
	}
	return m
}

// schemeOf is a scheme as the guest sees it.
func schemeOf(s string) gen.Scheme {
	c := gen.Scheme{Case: gen.SchemeCase(message.Scheme(s))}
	if c.Case == gen.SchemeOther {
		c.Other = s
	}
	return c
}
