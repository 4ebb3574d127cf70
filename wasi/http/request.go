package http

// This file is the request as the guest sees it.

import (
	"errors"
	"io"
	nethttp "net/http"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
	p2http "github.com/dray-wasm/dray/wasi/internal/p2/http"
)

// incoming is the request for the guest.
func (x *exchange) incoming() p2http.IncomingConfig {
	r := x.r
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	c := p2http.IncomingConfig{
		Method: r.Method, Scheme: scheme, Authority: r.Host, PathWithQuery: r.URL.RequestURI(),
		Header: r.Header, Trailer: func() nethttp.Header { return r.Trailer },
	}
	if r.Body != nil && r.Body != nethttp.NoBody {
		body := &trackedBody{x: x, r: r.Body}
		x.body, c.Body = body, body
		if max := x.h.cfg.MaxBodyBytes; max > 0 {
			c.Body = &boundedBody{x: x, r: body, left: max}
		}
	}
	return c
}

// A trackedBody knows whether it was read to its end. It has no Close: that
// would wait for a Read that waits, and is left to the server.
type trackedBody struct {
	x    *exchange
	r    io.Reader
	over atomic.Bool
}

// Read implements io.Reader. The body of a client that has gone breaks off: the
// guest is ended before it learns that.
func (b *trackedBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	switch {
	case err == io.EOF:
		b.over.Store(true)
	case errors.Is(err, io.ErrUnexpectedEOF), host.ErrnoOf(err) == host.ECONNRESET:
		b.x.interrupt(ErrGone)
	}
	return n, err
}

// hangUp has the connection end with the answer where it is not known that the
// body of the request will be at its end then. It is called before the head is
// sent. HTTP/1 has the next request behind the body, and a server that lets
// both go at a time loses its place: it takes what is left for a request.
func (x *exchange) hangUp() {
	if x.r.ProtoMajor == 1 && x.r.Body != nil && x.r.Body != nethttp.NoBody && (x.body == nil || !x.body.over.Load()) {
		x.w.Header().Set("Connection", "close")
	}
}

// A boundedBody is a body that may not be longer than MaxBodyBytes.
type boundedBody struct {
	x    *exchange
	r    io.Reader
	left int64
	err  error
}

// Read reads up to the bound. What is beyond it ends a guest that has not
// answered yet, so that the client is told.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if int64(n) <= b.left {
		b.left -= int64(n)
		b.err = err
		return n, err
	}
	n = int(b.left)
	b.left = 0
	b.err = hosthttp.FailSize(hosthttp.RequestBodySize, uint64(b.x.h.cfg.MaxBodyBytes))
	b.x.tooLarge()
	return n, b.err
}

// tooLarge ends the guest for a body that is too large, unless the answer has
// begun.
func (x *exchange) tooLarge() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.phase == waiting {
		x.cancel(ErrTooLarge)
	}
}
