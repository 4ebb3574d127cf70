package http

// This file is the request as the guest sees it.

import (
	"io"
	nethttp "net/http"

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
		// A Close would wait for a Read that waits: it is left to the server,
		// at the end of the request.
		c.Body = struct{ io.Reader }{r.Body}
		if max := x.h.cfg.MaxBodyBytes; max > 0 {
			c.Body = &boundedBody{x: x, r: r.Body, left: max}
		}
	}
	return c
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
