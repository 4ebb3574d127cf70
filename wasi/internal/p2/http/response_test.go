package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

func (g *guest) respond(p *ResponseOutparam, r gen.OutgoingResponse) {
	g.Helper()
	if err := g.h.ResponseOutparamSet(g.ctx, p, bind.Result[gen.OutgoingResponse, gen.ErrorCode]{OK: r}); err != nil {
		g.Fatal(err)
	}
}

func TestResponse(t *testing.T) {
	checkLeaks(t)
	g := newGuest(t, Config{})
	ctx := g.ctx
	r := must(g.h.NewOutgoingResponse(ctx, g.fields("x-a", " 1 ", "X-A", "2")))
	if must(r.StatusCode(ctx)) != 200 {
		t.Error("the status is not 200 at first")
	}
	for _, bad := range []uint16{0, 99, 100, 199, 1000, 65535} {
		if r.SetStatusCode(ctx, bad) != failed {
			t.Errorf("the status %d is valid", bad)
		}
	}
	if err := r.SetStatusCode(ctx, 404); err != nil || must(r.StatusCode(ctx)) != 404 {
		t.Error("the status is not set")
	}
	if must(r.Headers(ctx)).Delete(ctx, "x-a") != immutable {
		t.Error("the headers can be changed")
	}
	b := must(r.Body(ctx))
	if _, err := r.Body(ctx); err != failed {
		t.Errorf("body again: %v", err)
	}
	p := must(g.st.NewResponseOutparam(nil))
	g.respond(p, r)
	res := must(p.Response(ctx))
	if res.Status != 404 || fmt.Sprint(res.Header["X-A"]) != "[1 2]" || res.ContentLength != -1 {
		t.Errorf("%+v", res)
	}
	go func() {
		if err := g.write(b, strings.Repeat("x", 200_000), g.fields("x-t", "1", "content-length", "3")); err != nil {
			t.Error(err)
		}
	}()
	if got, err := io.ReadAll(res.Body); len(got) != 200_000 || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if tr := res.Trailer(); len(tr) != 1 || tr.Get("X-T") != "1" {
		t.Errorf("trailers %v", tr)
	}
	res.Body.Close()
	p.Drop(ctx)
}

// The length of a body that is finished before its response is known.
func TestResponseLength(t *testing.T) {
	g := newGuest(t, Config{})
	ctx := g.ctx
	set := func(method string, status uint16, fields gen.Fields, body *string, trailers gen.Fields) (*OutgoingResult, error) {
		must(g.st.NewIncomingRequest(IncomingConfig{Method: method}))
		r := must(g.h.NewOutgoingResponse(ctx, fields))
		r.SetStatusCode(ctx, status)
		if body != nil {
			if err := g.write(must(r.Body(ctx)), *body, trailers); err != nil {
				return nil, err
			}
		}
		p := must(g.st.NewResponseOutparam(nil))
		g.respond(p, r)
		return p.Response(ctx)
	}
	for _, test := range []struct {
		name     string
		method   string
		status   uint16
		fields   gen.Fields
		body     *string
		trailers gen.Fields
		length   int64
		code     hosthttp.Code // where length is -2
	}{
		{"no body", "GET", 200, g.fields(), nil, nil, 0, 0},
		{"finished", "GET", 200, g.fields(), ptr("hello"), nil, 5, 0},
		{"trailers", "GET", 200, g.fields(), ptr("hello"), g.fields("a", "b"), -1, 0},
		{"exact", "GET", 200, g.fields("Content-Length", "5"), ptr("hello"), nil, 5, 0},
		{"short", "GET", 200, g.fields("Content-Length", "6"), ptr("hello"), nil, -2, hosthttp.ResponseBodySize},
		{"long", "GET", 200, g.fields("Content-Length", "4"), ptr("hello"), nil, -2, hosthttp.ResponseBodySize},
		{"missing", "GET", 200, g.fields("Content-Length", "4"), nil, nil, -2, hosthttp.ResponseBodySize},
		{"head", "HEAD", 200, g.fields("Content-Length", "4"), nil, nil, 4, 0},
		{"head with an empty body", "HEAD", 200, g.fields("Content-Length", "4"), ptr(""), nil, 4, 0},
		{"head without a length", "HEAD", 200, g.fields(), nil, nil, -1, 0},
		{"not modified", "GET", 304, g.fields("Content-Length", "4"), nil, nil, 4, 0},
		{"two lengths", "GET", 200, g.fields("Content-Length", "4", "content-length", "4"), nil, nil, -2, hosthttp.ProtocolError},
		{"no number", "GET", 200, g.fields("Content-Length", "four"), nil, nil, -2, hosthttp.ProtocolError},
	} {
		res, err := set(test.method, test.status, test.fields, test.body, test.trailers)
		if test.length == -2 {
			var code gen.ErrorCode
			if e := hosthttp.ErrorOf(err); e != nil {
				code = errorCode(e)
			} else {
				code = g.codeOf(err)
			}
			if code.Case != gen.ErrorCodeCase(test.code) {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if err != nil || res.ContentLength != test.length {
			t.Errorf("%s: %+v, %v", test.name, res, err)
		}
	}
	r := must(g.h.NewOutgoingResponse(ctx, g.fields("Content-Length", "four")))
	if _, err := r.Body(ctx); err != failed {
		t.Errorf("the body of a response with a bad length: %v", err)
	}
}

func TestResponseBodyErrors(t *testing.T) {
	checkLeaks(t)
	g := newGuest(t, Config{})
	ctx := g.ctx
	open := func(nv ...string) (*OutgoingResult, gen.OutgoingBody) {
		r := must(g.h.NewOutgoingResponse(ctx, g.fields(nv...)))
		b := must(r.Body(ctx))
		p := must(g.st.NewResponseOutparam(nil))
		g.respond(p, r)
		return must(p.Response(ctx)), b
	}
	read := func(res *OutgoingResult) (string, *hosthttp.Error) {
		b, err := io.ReadAll(res.Body)
		return string(b), hosthttp.ErrorOf(err)
	}
	// Longer than it says.
	res, b := open("Content-Length", "3")
	w := must(b.Write(ctx))
	if _, err := b.Write(ctx); err != failed {
		t.Errorf("write again: %v", err)
	}
	w.BlockingWriteAndFlush(ctx, []byte("ab"))
	if n := must(w.CheckWrite(ctx)); n == 0 {
		t.Error("no permit")
	}
	c := g.wantCode(w.Write(ctx, []byte("cd")), gen.ErrorCodeHTTPResponseBodySize)
	if *c.HTTPResponseBodySize != 4 {
		t.Errorf("size %d", *c.HTTPResponseBodySize)
	}
	if _, err := w.CheckWrite(ctx); !errors.Is(err, genio.StreamError{Case: genio.StreamErrorClosed}) {
		t.Errorf("after the error: %v", err)
	}
	w.Drop(ctx)
	c = g.wantCode(g.h.OutgoingBodyFinish(ctx, b, nil), gen.ErrorCodeHTTPResponseBodySize)
	if *c.HTTPResponseBodySize != 4 {
		t.Errorf("size %d", *c.HTTPResponseBodySize)
	}
	if s, err := read(res); s != "ab" || err == nil || err.Code != hosthttp.ResponseBodySize {
		t.Errorf("%q, %v", s, err)
	}
	// Dropped, not finished.
	res, b = open()
	w = must(b.Write(ctx))
	w.BlockingWriteAndFlush(ctx, []byte("ab"))
	b.Drop(ctx)
	if err := w.BlockingWriteAndFlush(ctx, []byte("cd")); err == nil {
		t.Error("a dropped body can be written to")
	}
	w.Drop(ctx)
	if s, err := read(res); s != "ab" || err != errUnfinished {
		t.Errorf("%q, %v", s, err)
	}
	// Finished while the stream lives.
	_, b = open()
	w = must(b.Write(ctx))
	if err := g.h.OutgoingBodyFinish(ctx, b, g.fields("a", "b")); err != errLiveOutput {
		t.Errorf("finish with a live stream: %v", err)
	}
	w.Drop(ctx)
	// The client goes away.
	res, b = open()
	w = must(b.Write(ctx))
	must(w.CheckWrite(ctx))
	res.Body.Close()
	if !must(must(w.Subscribe(ctx)).Ready(ctx)) {
		t.Error("a broken stream must be ready")
	}
	if err := w.Write(ctx, []byte("x")); !errors.Is(err, genio.StreamError{Case: genio.StreamErrorClosed}) {
		t.Errorf("write to nobody: %v", err)
	}
	w.Drop(ctx)
	b.Drop(ctx)
	// The guest ends in the middle, and after the end.
	res, b = open()
	done, d := open()
	g.write(d, "whole", nil)
	must(b.Write(ctx))
	g.io.Close()
	if s, err := read(res); s != "" || err != errUnfinished {
		t.Errorf("%q, %v", s, err)
	}
	if s, err := read(done); s != "whole" || err != nil {
		t.Errorf("%q, %v", s, err)
	}
	if g.st.bodies.Count() != 1 {
		t.Errorf("%d bodies are open", g.st.bodies.Count())
	}
}

// A guest that writes without a reader is bounded.
func TestResponseBackPressure(t *testing.T) {
	g := newGuest(t, Config{})
	b := must(must(g.h.NewOutgoingResponse(g.ctx, g.fields())).Body(g.ctx))
	w := must(b.Write(g.ctx))
	total := uint64(0)
	for {
		n := must(w.CheckWrite(g.ctx))
		if n == 0 {
			break
		}
		for range 4 {
			if err := w.WriteZeroes(g.ctx, n/4); err != nil {
				t.Fatal(err)
			}
		}
		if total += n; total > 1<<20 {
			t.Fatal("there is no end")
		}
	}
	if must(must(w.Subscribe(g.ctx)).Ready(g.ctx)) {
		t.Error("a full body is ready")
	}
	ctx, cancel := context.WithCancel(g.ctx)
	cancel()
	if err := w.BlockingWriteAndFlush(ctx, []byte("x")); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

func TestOutparam(t *testing.T) {
	g := newGuest(t, Config{})
	ctx := g.ctx
	p := must(g.st.NewResponseOutparam(nil))
	p.Drop(ctx)
	if _, err := p.Response(ctx); err != ErrNoResponse {
		t.Errorf("dropped: %v", err)
	}
	p = must(g.st.NewResponseOutparam(nil))
	text := "oops"
	g.h.ResponseOutparamSet(ctx, p, bind.Result[gen.OutgoingResponse, gen.ErrorCode]{IsErr: true, Err: gen.ErrorCode{Case: gen.ErrorCodeInternalError, InternalError: &text}})
	if _, err := p.Response(ctx); hosthttp.ErrorOf(err) == nil || hosthttp.ErrorOf(err).Detail != text {
		t.Errorf("an error: %v", err)
	}
	p = must(g.st.NewResponseOutparam(nil))
	short, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := p.Response(short); err != context.Canceled {
		t.Errorf("the end of ctx: %v", err)
	}
	g.wantCode(p.SendInformational(ctx, 103, g.fields()), gen.ErrorCodeInternalError)
	g.io.Close()
	if _, err := p.Response(ctx); err != ErrNoResponse {
		t.Errorf("the end of the guest: %v", err)
	}

	g = newGuest(t, Config{})
	var got []string
	p = must(g.st.NewResponseOutparam(func(status int, h hosthttp.Header) error {
		got = append(got, fmt.Sprint(status, h))
		if status == 199 {
			return host.EPIPE
		}
		return nil
	}))
	if err := p.SendInformational(ctx, 103, g.fields("link", "x", "content-length", "4")); err != nil {
		t.Error(err)
	}
	g.wantCode(p.SendInformational(ctx, 199, g.fields()), gen.ErrorCodeInternalError)
	for _, bad := range []uint16{0, 99, 101, 200, 65535} {
		g.wantCode(p.SendInformational(ctx, bad, g.fields("a", "b")), gen.ErrorCodeHTTPProtocolError)
	}
	if fmt.Sprint(got) != "[103 map[Link:[x]] 199 map[]]" {
		t.Error(got)
	}
	if g.st.fields.Used() != 0 {
		t.Errorf("%d bytes are still counted", g.st.fields.Used())
	}
}

// Bodies that nobody sends are bounded in number.
func TestTooManyBodies(t *testing.T) {
	g := newGuest(t, Config{MaxBodies: 10})
	var bodies []gen.OutgoingBody
	for range 10 {
		bodies = append(bodies, must(must(g.h.NewOutgoingRequest(g.ctx, g.fields())).Body(g.ctx)))
	}
	if _, err := must(g.h.NewOutgoingRequest(g.ctx, g.fields())).Body(g.ctx); err != failed {
		t.Errorf("error %v", err)
	}
	bodies[3].Drop(g.ctx)
	g.write(bodies[4], "x", nil)
	for range 2 {
		if _, err := must(g.h.NewOutgoingRequest(g.ctx, g.fields())).Body(g.ctx); err != nil {
			t.Errorf("error %v", err)
		}
	}
}
