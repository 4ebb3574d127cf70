package http

// This file is guests that answer what other guests, middlewares, hand on.

import (
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/dray-wasm/dray"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	p3http "github.com/dray-wasm/dray/wasi/internal/p3/http"
)

// HandsOn tells whether a component imports wasi:http/handler: it is a
// middleware, which needs a [Config.Next].
func HandsOn(c *dray.Component) bool {
	for _, x := range c.Imports() {
		if x.Kind == dray.ExternInstance && strings.HasPrefix(x.Name, servicePrefix) {
			return true
		}
	}
	return false
}

// checkNext tells whether next fits behind c.
func checkNext(c *dray.Component, next *Handler) error {
	name := c.Name()
	if name == "" {
		name = "the component"
	}
	switch {
	case next == nil && HandsOn(c):
		return fmt.Errorf("http: %s imports wasi:http/handler: name the component that answers it behind it, with Config.Next", name)
	case next != nil && !HandsOn(c):
		return fmt.Errorf("http: %s does not import wasi:http/handler: nothing can be behind it, leave out Config.Next", name)
	case next != nil && !next.shared:
		return fmt.Errorf("http: what is behind %s is a component of WASI 0.2: Config.Next needs one that exports wasi:http/handler", name)
	}
	return nil
}

// A handOn is what a guest hands its requests on with.
type handOn struct {
	web *p3http.State
	to  behind
}

// Handle implements p3http.Next.
func (n handOn) Handle(ctx context.Context, request gen.Request) (gen.Response, error) {
	return n.web.HandOn(ctx, request, n.to)
}

// behind is a handler as the client of other guests.
type behind struct{ h *Handler }

var _ hosthttp.Doer = behind{}

// Do implements hosthttp.Doer.
func (b behind) Do(ctx context.Context, req *hosthttp.Request) (*hosthttp.Response, error) {
	h := b.h
	x := &exchange{h: h, r: (&nethttp.Request{Method: req.Method, URL: pathOf(req.PathWithQuery)}).WithContext(ctx)}
	x.out.ID = h.requests.Add(1)
	if max := h.cfg.MaxBodyBytes; max > 0 {
		if req.ContentLength > max {
			return nil, drop(req, x.code(ErrTooLarge))
		}
		if req.Body != nil {
			req.Body = &boundedCloser{boundedBody{x: x, r: req.Body, left: max}, req.Body}
		}
	}
	if err := h.gate.enter(ctx, h.cfg.Timeout); err != nil {
		return nil, drop(req, x.code(err))
	}
	x.begin(1)
	handed := false
	r, err := x.ask(func(web *p3http.State) (*p3http.Request, error) {
		in, err := web.NewHandedRequest(req)
		handed = err == nil
		return in, err
	})
	if err != nil {
		x.unhook[1]()
		x.release()
		h.gate.leave()
		if err = x.code(err); !handed {
			drop(req, err)
		}
		return nil, err
	}
	res := &hosthttp.Response{Status: r.Status, Header: r.Header, ContentLength: r.ContentLength}
	body := &handedAnswer{r: r}
	res.Body, res.Trailer = body, func() hosthttp.Header { return body.trailer }
	context.AfterFunc(x.ctx, func() { body.finish(context.Cause(x.ctx)) })
	if r.Body == nil && r.Header["Trailer"] == nil {
		res.Body = nethttp.NoBody
		go func() {
			_, err := r.await(x.ctx)
			body.finish(err)
		}()
	}
	return res, nil
}

// pathOf is a path for messages.
func pathOf(target string) *url.URL {
	path, _, _ := strings.Cut(target, "?")
	return &url.URL{Path: path}
}

// drop drops a request that no guest gets, and returns err.
func drop(req *hosthttp.Request, err error) error {
	if req.Body != nil {
		req.Body.Close()
	}
	return err
}

// code is an error of an Outcome as the guest in front gets it.
func (x *exchange) code(err error) error {
	var r *refusal
	switch {
	case errors.As(err, &r):
		return r.code
	case errors.Is(err, ErrGone):
		if cause := context.Cause(x.r.Context()); cause != nil {
			return cause
		}
		return hosthttp.Fail(hosthttp.ConnectionTerminated, err)
	case errors.Is(err, ErrTooLarge):
		return hosthttp.FailSize(hosthttp.RequestBodySize, uint64(x.h.cfg.MaxBodyBytes))
	case errors.Is(err, ErrTimeout):
		return hosthttp.Fail(hosthttp.ResponseTimeout, err)
	case errors.Is(err, ErrOverloaded):
		return hosthttp.Fail(hosthttp.ConnectionLimitReached, err)
	case errors.Is(err, ErrClosed):
		return hosthttp.Fail(hosthttp.DestinationUnavailable, err)
	case errors.Is(err, ErrTrapped):
		return hosthttp.FailText(hosthttp.InternalError, ErrTrapped.Error())
	}
	return hosthttp.Fail(hosthttp.InternalError, err)
}

// A handedAnswer is the body of an answer on its way to the guest in front. The
// request is over when it was read to its end or closed, or its context ends.
type handedAnswer struct {
	r       *response
	once    sync.Once
	end     error
	trailer hosthttp.Header
}

// Read gives the contents, and the end when the trailers are there.
func (a *handedAnswer) Read(p []byte) (int, error) {
	if a.end != nil {
		return 0, a.end
	}
	n, err := 0, io.EOF
	if a.r.Body != nil {
		n, err = a.r.Read(p)
	}
	if err == io.EOF {
		if a.trailer, err = a.r.await(a.r.x.ctx); err == nil {
			err = io.EOF
			a.finish(nil) // a request that became the answer ends with it
		}
	}
	if err != nil && err != io.EOF {
		err = a.r.x.unfinished(err)
		a.finish(err)
		err = a.r.x.code(err)
	}
	a.end = err
	return n, err
}

// Close implements io.Closer.
func (a *handedAnswer) Close() error {
	a.finish(ErrGone)
	return nil
}

// finish ends the request. err is why not all of the answer was read.
func (a *handedAnswer) finish(err error) {
	a.once.Do(func() {
		x := a.r.x
		a.r.finish(err)
		x.unhook[1]()
		x.release()
		x.h.gate.leave()
	})
}

// A boundedCloser is a boundedBody that can be closed.
type boundedCloser struct {
	boundedBody
	io.Closer
}
