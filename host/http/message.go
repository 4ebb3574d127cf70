// This file is the bodies of what a client sends and receives.

package http

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// requestURL is a URL whose path and query are sent as they are.
func requestURL(pathWithQuery string) *url.URL {
	path, query, found := strings.Cut(pathWithQuery, "?")
	if path == "" {
		path = "/"
	}
	u := &url.URL{RawQuery: query, ForceQuery: found}
	if !strings.HasPrefix(path, "//") {
		u.Opaque = path
		return u
	}
	// An opaque part with two slashes would be taken for a host. The path is
	// valid, so that it can be unescaped.
	u.RawPath = path
	u.Path, _ = url.PathUnescape(path)
	return u
}

// body gives the request its body and its trailers.
func (x *call) body(req *http.Request) {
	r := x.r
	trailers := announced(req.Header)
	req.Header.Del("Trailer")
	switch {
	case r.Body == nil:
		return
	case r.ContentLength == 0:
		r.Body.Close()
		req.Body, x.whole = http.NoBody, true
		return
	}
	req.ContentLength = max(r.ContentLength, -1)
	b := &requestBody{x: x, left: req.ContentLength}
	if r.Trailer != nil && r.ContentLength < 0 {
		b.trailer, req.Trailer = trailers, trailers
	}
	req.Body = b
}

// announced is the trailers that a Trailer header names, without values.
func announced(h Header) Header {
	t := Header{}
	for _, v := range h["Trailer"] {
		for name := range strings.SplitSeq(v, ",") {
			name = http.CanonicalHeaderKey(strings.Trim(name, " \t"))
			if mayTrail(name) {
				t[name] = nil
			}
		}
	}
	return t
}

// mayTrail tells whether a field, named in its canonical form, may stand behind
// a body.
func mayTrail(name string) bool {
	return ValidToken(name) && !Forbidden(name) && name != "Content-Length" && name != "Trailer"
}

// A requestBody is what net/http reads and sends.
type requestBody struct {
	x       *call
	left    int64 // -1 if there is no Content-Length
	trailer Header
	closed  sync.Once
	gone    atomic.Bool // it was closed
}

func (b *requestBody) Read(p []byte) (int, error) {
	n, err := b.read(p)
	if err != nil && !b.gone.Load() {
		b.x.ended(err)
	}
	return n, err
}

func (b *requestBody) read(p []byte) (int, error) {
	if b.left >= 0 && int64(len(p)) >= b.left {
		return b.last(p)
	}
	n, err := b.x.r.Body.Read(p)
	if b.left >= 0 {
		b.left -= int64(n)
	}
	return b.checked(n, err)
}

// last is read where p has room for all that is left by the Content-Length. It
// sees what is read together with it and is too much: without these bytes the
// server cannot take the body for whole.
func (b *requestBody) last(p []byte) (int, error) {
	room := make([]byte, b.left+1)
	n, err := b.x.r.Body.Read(room)
	if int64(n) > b.left {
		return 0, FailSize(RequestBodySize, uint64(b.x.r.ContentLength-b.left)+uint64(n))
	}
	b.left -= int64(n)
	return b.checked(copy(p, room[:n]), err)
}

// checked is what was read, with the error of a body that has another size, and
// with the trailers at its end.
func (b *requestBody) checked(n int, err error) (int, error) {
	switch {
	case err == io.EOF && b.left > 0:
		return n, FailSize(RequestBodySize, uint64(b.x.r.ContentLength-b.left))
	case err == io.EOF && b.trailer != nil:
		if err := b.trail(); err != nil {
			return n, err
		}
	}
	return n, err
}

// trail fills the trailers in.
func (b *requestBody) trail() error {
	for name, values := range b.x.r.Trailer() {
		name = http.CanonicalHeaderKey(name)
		if !mayTrail(name) || len(values) == 0 {
			continue
		}
		if _, known := b.trailer[name]; !known && b.x.isTwo() && len(b.trailer) == 0 {
			return FailText(InternalError, "HTTP/2 sends no trailers that no Trailer header announced")
		}
		b.trailer[name] = values
	}
	return nil
}

func (b *requestBody) Close() error {
	var err error
	b.gone.Store(true)
	b.closed.Do(func() { err = b.x.r.Body.Close() })
	return err
}

// ended keeps how the body of the request ended.
func (x *call) ended(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.whole = err == io.EOF; !x.whole {
		x.failed = err
	}
}

func (x *call) failure() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.failed
}

// sent calls Sent, unless it was called.
func (x *call) sent(err error) {
	if x.r.Sent != nil {
		x.told.Do(func() { x.r.Sent(err) })
	}
}

// wroteRequest is told how writing ended, also of a request that is then
// written again.
func (x *call) wroteRequest(info httptrace.WroteRequestInfo) {
	if info.Err == nil {
		x.sent(nil)
		return
	}
	x.mu.Lock()
	x.unsent = info.Err
	final := x.final
	x.mu.Unlock()
	if final {
		x.sent(x.explain(info.Err))
	}
}

// answered tells that there is an answer: the request is not written again, and
// unless its body was taken in full when the call ends, it never is. net/http
// may leave a read of the body waiting then.
func (x *call) answered(body io.Closer) {
	if body == nil && x.r.Sent == nil {
		return
	}
	x.mu.Lock()
	x.final = true
	unsent := x.unsent
	x.mu.Unlock()
	if unsent != nil {
		x.sent(x.explain(unsent))
	}
	context.AfterFunc(x.ctx, func() {
		if body != nil {
			body.Close()
		}
		x.mu.Lock()
		whole := x.whole
		x.mu.Unlock()
		if whole {
			x.sent(nil)
		} else {
			x.sent(x.explain(errClosed))
		}
	})
}

// response makes the response, whose body the call ends with.
func (x *call) response(res *http.Response, maxBody int64) (*Response, error) {
	if res.StatusCode == http.StatusSwitchingProtocols {
		x.cancel(errClosed)
		res.Body.Close()
		return nil, Fail(ProtocolError, nil)
	}
	for name := range res.Header {
		if Forbidden(name) {
			delete(res.Header, name)
		}
	}
	b := &responseBody{x: x, body: res.Body, max: maxBody, left: maxBody, wait: x.r.FirstByteTimeout}
	if b.wait <= 0 {
		b.wait = x.r.BetweenBytesTimeout
	}
	return &Response{
		Status: res.StatusCode, Header: res.Header, ContentLength: res.ContentLength, Body: b,
		Trailer: func() Header { return filled(res.Trailer) },
	}, nil
}

// filled is the trailers that have come.
func filled(t Header) Header {
	var out Header
	for name, values := range t {
		if len(values) > 0 && !Forbidden(name) {
			if out == nil {
				out = Header{}
			}
			out[name] = values
		}
	}
	return out
}

// A responseBody is what came back, with the bounds of its request.
type responseBody struct {
	x         *call
	body      io.ReadCloser
	max, left int64         // no bound if max is 0
	wait      time.Duration // of the next read; 0 is no bound
}

func (b *responseBody) Read(p []byte) (int, error) {
	if b.wait > 0 {
		t := time.AfterFunc(b.wait, func() { b.x.cancel(errBetween) })
		defer t.Stop()
	}
	n, err := b.body.Read(p)
	if n > 0 {
		b.wait = b.x.r.BetweenBytesTimeout
	}
	if b.max > 0 {
		if int64(n) > b.left {
			b.Close()
			return int(b.left), FailSize(ResponseBodySize, uint64(b.max))
		}
		b.left -= int64(n)
	}
	if err != nil && err != io.EOF {
		err = b.x.bodyError(err)
	}
	return n, err
}

// Close ends the call.
func (b *responseBody) Close() error {
	b.x.cancel(errClosed)
	return b.body.Close()
}

// bodyError is the error of reading the response.
func (x *call) bodyError(err error) error {
	if cause := ErrorOf(context.Cause(x.ctx)); cause != nil {
		return cause
	}
	if x.parent.Err() != nil {
		return Fail(ConnectionTerminated, x.parent.Err())
	}
	if e := classifyTyped(err); e != nil {
		return e
	}
	return BodyError(err, false)
}
