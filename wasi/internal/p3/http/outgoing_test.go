package http

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
)

func TestIncoming(t *testing.T) {
	checkLeaks(t)
	g := newGuest(t, Config{MaxBodies: 2})
	ctx := g.ctx
	r := must(g.st.NewIncomingRequest(IncomingConfig{
		Method: "GET", Scheme: "https", Authority: "h:1", PathWithQuery: "/?",
		Header: http.Header{"X-B": {"1", "2"}, "Host": {"h"}, "Connection": {"close"}, "X-C": {"a\rb"}},
	}))
	if must(r.GetMethod(ctx)).Case != gen.MethodGet || *must(r.GetPathWithQuery(ctx)) != "/?" || must(r.GetScheme(ctx)).Case != gen.SchemeHTTPS || *must(r.GetAuthority(ctx)) != "h:1" {
		t.Error("the request is another")
	}
	h := must(r.GetHeaders(ctx))
	if got := g.text(h); got != "x-b: 1\nx-b: 2\nx-c: a b\n" {
		t.Errorf("%q", got)
	}
	h.Drop(ctx)
	if body, tail := g.parts(must(g.h.RequestConsumeBody(ctx, r, bind.Resolved(verdict{})))); body != "" || tail != "" {
		t.Errorf("%q, %q", body, tail)
	}
	g.idle()
	for _, test := range []struct {
		name, body string
		err        error
		max        int64
		tail, want string
	}{
		{"empty", "", nil, 0, "", ""}, {"body", "abc", nil, 0, "", ""}, {"trailers", "abc", nil, 3, "1", "x-a: 1\n"},
		{"too long", "abc", nil, 2, "1", "HTTP-request-body-size"}, {"gone", "abc", io.ErrUnexpectedEOF, 0, "1", "connection-terminated"},
	} {
		var body io.Reader = strings.NewReader(test.body)
		if test.err != nil {
			body = io.MultiReader(body, failing{test.err})
		}
		w := watch(body)
		r := must(g.st.NewIncomingRequest(IncomingConfig{Body: w, MaxBody: test.max, Trailer: func() hosthttp.Header {
			if test.tail == "" {
				return nil
			}
			return hosthttp.Header{"X-A": {test.tail}}
		}}))
		want := test.body
		if test.max > 0 {
			want = want[:test.max]
		}
		if got, tail := g.parts(must(g.h.RequestConsumeBody(ctx, r, bind.Resolved(verdict{})))); got != want || tail != test.want {
			t.Errorf("%s: %q, %q", test.name, got, tail)
		}
		<-w.closed
		g.idle()
	}
	// Two bodies, and no more.
	a, b := watch(strings.NewReader("")), watch(strings.NewReader(""))
	ra, rb := must(g.st.NewIncomingRequest(IncomingConfig{Body: a})), must(g.st.NewIncomingRequest(IncomingConfig{Body: b}))
	if _, err := g.st.NewIncomingRequest(IncomingConfig{Body: strings.NewReader("")}); err != host.EMFILE {
		t.Error(err)
	}
	ra.Drop(ctx)
	<-a.closed
	g.g.Close()
	<-b.closed
	rb.Drop(ctx)
	if _, err := g.st.NewIncomingRequest(IncomingConfig{Body: strings.NewReader("")}); err != host.EBADF {
		t.Error(err)
	}
}

// A failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestOutgoing(t *testing.T) {
	checkLeaks(t)
	g := newGuest(t, Config{})
	own := gen.ErrorCode{Case: gen.ErrorCodeLoopDetected}
	for _, test := range []struct {
		name     string
		status   uint16
		fields   []string
		contents string // "-" is none
		head     bool
		length   int64
		refused  string
		readErr  bool
	}{
		{name: "none", status: 200, contents: "-", length: 0},
		{name: "no content", status: 204, contents: "-", length: -1},
		{name: "stream", status: 200, contents: "abc", length: -1},
		{name: "length", status: 200, contents: "abc", fields: []string{"content-length", "3"}, length: 3},
		{name: "zero", status: 200, contents: "", fields: []string{"content-length", "0"}, length: 0},
		{name: "head", status: 200, contents: "-", head: true, fields: []string{"content-length", "3"}, length: 3},
		{name: "head with a stream", status: 200, contents: "", head: true, fields: []string{"content-length", "3"}, length: 3},
		{name: "not modified", status: 304, contents: "-", fields: []string{"content-length", "3"}, length: 3},
		{name: "too short", status: 200, contents: "abc", fields: []string{"content-length", "4"}, length: 4, readErr: true},
		{name: "too long", status: 200, contents: "abc", fields: []string{"content-length", "2"}, length: 2, readErr: true},
		{name: "lack", status: 200, contents: "-", fields: []string{"content-length", "4"}, refused: "HTTP-response-body-size"},
		{name: "no number", status: 200, contents: "abc", fields: []string{"content-length", "x"}, refused: "HTTP-protocol-error"},
		{name: "informational", status: 103, contents: "abc", refused: "HTTP-protocol-error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var contents io.ReadCloser
			w := watch(strings.NewReader(test.contents))
			if test.contents != "-" {
				contents = w
			}
			p := must(g.h.ResponseNew(g.ctx, g.fields(test.fields...), contents, bind.Resolved(trailers{OK: g.fields("x", "y")})))
			p.F0.SetStatusCode(g.ctx, test.status)
			out, err := g.st.Outgoing(p.F0, test.head)
			want := "ok"
			if err != nil {
				want = test.refused
				if hosthttp.ErrorOf(err) == nil {
					t.Error(err)
				}
			} else {
				if out.Status != int(test.status) || out.ContentLength != test.length || (out.Body == nil) != (contents == nil) {
					t.Errorf("%+v", out)
				}
				var readErr error
				if out.Body != nil {
					_, readErr = io.ReadAll(out.Body)
				}
				if (readErr != nil) != test.readErr {
					t.Errorf("the body ends with %v", readErr)
				}
				if readErr == nil {
					if h, err := out.Trailer(g.ctx); err != nil || h.Get("X") != "y" {
						t.Errorf("trailers %v, %v", h, err)
					}
				} else {
					want = "HTTP-response-body-size"
				}
				out.Sent(readErr)
				out.Sent(errTest)
			}
			if v := g.verdict(p.F1); v != want {
				t.Errorf("the transmission: %s, want %s", v, want)
			}
			if contents != nil {
				<-w.closed
			}
			if test.readErr || err != nil {
				return // nobody read the trailers
			}
			g.idle()
		})
	}
	// Trailers that are an error break the response off.
	p := must(g.h.ResponseNew(g.ctx, must(g.h.NewFields(g.ctx)), watch(strings.NewReader("")), bind.Resolved(trailers{IsErr: true, Err: own})))
	out := must(g.st.Outgoing(p.F0, false))
	if _, err := out.Body.Read(make([]byte, 1)); err != io.EOF {
		t.Error(err)
	}
	if _, err := out.Trailer(g.ctx); hosthttp.ErrorOf(err).Code != hosthttp.LoopDetected {
		t.Error(err)
	}
	out.Sent(errTest)
	if v := g.verdict(p.F1); v != "connection-terminated" {
		t.Error(v)
	}
}

// TestOutgoingGone: the client goes away while the guest writes.
func TestOutgoingGone(t *testing.T) {
	checkLeaks(t)
	g := newGuest(t, Config{})
	pr, _ := io.Pipe()
	_, never := bind.NewPromise[trailers]()
	p := must(g.h.ResponseNew(g.ctx, g.fields(), pr, never))
	out := must(g.st.Outgoing(p.F0, false))
	body := out.Body.(*OutgoingBody)
	ended, cancel := context.WithCancel(g.ctx)
	cancel()
	if _, err := body.ReadContext(ended, make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(g.ctx)
	read := make(chan error)
	go func() {
		_, err := body.ReadContext(ctx, make([]byte, 1))
		read <- err
	}()
	cancel()
	if err := <-read; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := out.Trailer(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	out.Sent(context.Cause(ctx))
	if v := g.verdict(p.F1); v != "connection-terminated" {
		t.Error(v)
	}
	g.idle()
}
