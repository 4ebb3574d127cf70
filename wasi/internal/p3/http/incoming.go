package http

// This file is requests from outside.

import (
	"io"

	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// An IncomingConfig is a request that a guest is to answer.
type IncomingConfig = message.Incoming

// NewIncomingRequest makes a request to call a guest's handler with. A body
// counts as open until it was read to its end, or nobody wants it any more. An
// error says that the guest has too much open, or has ended; the Body is the
// caller's then. A request that no guest is called with is to be dropped.
func (s *State) NewIncomingRequest(c IncomingConfig) (*Request, error) {
	r := &Request{
		st: s, method: methodOf(c.Method), header: c.Header, body: body{st: s},
		path: message.Optional(c.PathWithQuery), authority: message.Optional(c.Authority),
	}
	if c.Scheme != "" {
		scheme := schemeOf(c.Scheme)
		r.scheme = &scheme
	}
	if c.Body != nil && !hosthttp.IsNoBody(c.Body) {
		src, err := s.newSource(c)
		if err != nil {
			return nil, err
		}
		r.body.contents, r.from = src, src
	}
	texts := len(r.method.Other) + len(c.PathWithQuery) + len(c.Authority)
	if r.scheme != nil {
		texts += len(r.scheme.Other)
	}
	s.fields.Add(texts)
	r.texts = texts
	return r, nil
}

// newSource makes the body of a request.
func (s *State) newSource(c IncomingConfig) (*source, error) {
	src := &source{
		st: s, trailer: c.Trailer, done: make(chan struct{}),
		r: hosthttp.LimitBody(c.Body, c.MaxBody, hosthttp.RequestBodySize),
	}
	src.closer = func(bool) {
		s.closed(src, &s.bodies)
		if c, ok := c.Body.(io.Closer); ok {
			c.Close()
		}
	}
	if err := s.open(src, &s.bodies); err != nil {
		return nil, err
	}
	return src, nil
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
