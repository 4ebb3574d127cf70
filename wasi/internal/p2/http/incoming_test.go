package http

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A closing is a body that tells when it is closed.
type closing struct {
	io.Reader
	closed int
}

func (c *closing) Close() error { c.closed++; return nil }

func TestIncomingRequest(t *testing.T) {
	checkLeaks(t)
	g := newGuest(t, Config{})
	ctx := g.ctx
	body := &closing{Reader: strings.NewReader("hello")}
	r := must(g.st.NewIncomingRequest(IncomingConfig{
		Method: "PURGE", Scheme: "HTTPS", Authority: "a:1", PathWithQuery: "/p?q", Body: body,
		Trailer: func() hosthttp.Header { return hosthttp.Header{"X-T": {"1"}, "Host": {"x"}} },
	}))
	if m := must(r.Method(ctx)); m != (gen.Method{Case: gen.MethodOther, Other: "PURGE"}) {
		t.Errorf("method %v", m)
	}
	if s := must(r.Scheme(ctx)); *s != (gen.Scheme{Case: gen.SchemeHTTPS}) {
		t.Errorf("scheme %v", s)
	}
	if *must(r.Authority(ctx)) != "a:1" || *must(r.PathWithQuery(ctx)) != "/p?q" {
		t.Error("authority or path")
	}
	b := must(r.Consume(ctx))
	if _, err := r.Consume(ctx); err != failed {
		t.Errorf("consume again: %v", err)
	}
	r.Drop(ctx)
	in := must(b.Stream(ctx))
	if _, err := b.Stream(ctx); err != failed {
		t.Errorf("stream again: %v", err)
	}
	if s, err := g.read(in); s != "hello" || err != nil {
		t.Errorf("%q, %v", s, err)
	}
	if body.closed != 0 {
		t.Error("the body was closed while the guest had it")
	}
	f, err := g.trailers(b)
	if err != nil || g.text(f) != "x-t: 1\n" || f.Delete(ctx, "x-t") != immutable {
		t.Errorf("trailers %q, %v", g.text(f), err)
	}
	if body.closed != 1 {
		t.Errorf("the body was closed %d times", body.closed)
	}
	empty := must(g.st.NewIncomingRequest(IncomingConfig{}))
	if must(empty.Scheme(ctx)) != nil || must(empty.Authority(ctx)) != nil || must(empty.PathWithQuery(ctx)) != nil || must(empty.Method(ctx)).Case != gen.MethodGet {
		t.Error("what is not there is there")
	}
	b = must(empty.Consume(ctx))
	if s, err := g.read(must(b.Stream(ctx))); s != "" || err != nil {
		t.Errorf("%q, %v", s, err)
	}
	if f, err := g.trailers(b); f != nil || err != nil {
		t.Errorf("trailers %v, %v", f, err)
	}
	for c := range message.MethodOther {
		name := message.MethodText(c, "")
		if m := methodOf(name); m.Case != gen.MethodCase(c) || !strings.EqualFold(m.Case.String(), name) {
			t.Errorf("method %s", name)
		}
	}
}

func TestIncomingBodyErrors(t *testing.T) {
	checkLeaks(t)
	g := newGuest(t, Config{})
	body := func(r io.Reader, max int64) gen.IncomingBody {
		return must(must(g.st.NewIncomingRequest(IncomingConfig{Body: r, MaxBody: max})).Consume(g.ctx))
	}
	for _, test := range []struct {
		r    io.Reader
		max  int64
		read string
		code gen.ErrorCodeCase
	}{
		{strings.NewReader("hello"), 4, "hell", gen.ErrorCodeHTTPRequestBodySize},
		{io.MultiReader(strings.NewReader("ab"), failing{io.ErrUnexpectedEOF}), 0, "ab", gen.ErrorCodeConnectionTerminated},
		{failing{errors.New("secret")}, 0, "", gen.ErrorCodeHTTPProtocolError},
		{failing{host.ECONNRESET}, 0, "", gen.ErrorCodeConnectionTerminated},
	} {
		b := body(test.r, test.max)
		s, err := g.read(must(b.Stream(g.ctx)))
		if s != test.read {
			t.Errorf("read %q", s)
		}
		c := g.wantCode(err, test.code)
		if test.max > 0 && *c.HTTPRequestBodySize != 4 {
			t.Errorf("size %d", *c.HTTPRequestBodySize)
		}
		if _, err := g.trailers(b); err == nil || g.codeOf(err).Case != test.code {
			t.Errorf("%v: trailers: %v, %v", test.code, err, b.(*IncomingBody).src)
		}
	}
	b := body(strings.NewReader("hello"), 5)
	if s, err := g.read(must(b.Stream(g.ctx))); s != "hello" || err != nil {
		t.Errorf("%q, %v", s, err)
	}
	b.Drop(g.ctx)
	// What was not read is skipped on the way to the trailers.
	if f, err := g.trailers(body(strings.NewReader(strings.Repeat("x", 1<<20)), 0)); f != nil || err != nil {
		t.Errorf("trailers %v, %v", f, err)
	}
	b = body(strings.NewReader("x"), 0)
	in := must(b.Stream(g.ctx))
	if _, err := g.h.IncomingBodyFinish(g.ctx, b); err != errLiveInput {
		t.Errorf("finish with a live stream: %v", err)
	}
	in.Drop(g.ctx)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A blocked is a body that gives nothing until it is closed.
type blocked struct{ done chan struct{} }

func (b blocked) Read([]byte) (int, error) { <-b.done; return 0, io.ErrUnexpectedEOF }
func (b blocked) Close() error             { close(b.done); return nil }

// A body that never comes holds nobody, whatever the guest drops, and in
// whatever order.
func TestIncomingDrops(t *testing.T) {
	for name, drop := range map[string]func(*guest, *IncomingRequest){
		"request": func(g *guest, r *IncomingRequest) { r.Drop(g.ctx) },
		"body":    func(g *guest, r *IncomingRequest) { b := must(r.Consume(g.ctx)); r.Drop(g.ctx); b.Drop(g.ctx) },
		"stream, body": func(g *guest, r *IncomingRequest) {
			b := must(r.Consume(g.ctx))
			in := must(b.Stream(g.ctx))
			in.Read(g.ctx, 10)
			in.Drop(g.ctx)
			b.Drop(g.ctx)
			r.Drop(g.ctx)
		},
		"body, stream": func(g *guest, r *IncomingRequest) {
			b := must(r.Consume(g.ctx))
			in := must(b.Stream(g.ctx))
			p := must(in.Subscribe(g.ctx))
			if must(p.Ready(g.ctx)) {
				g.Error("ready")
			}
			b.Drop(g.ctx)
			if _, err := in.Read(g.ctx, 10); err != nil {
				g.Error(err)
			}
			in.Drop(g.ctx)
			p.Drop(g.ctx)
		},
		"trailers": func(g *guest, r *IncomingRequest) {
			f := must(g.h.IncomingBodyFinish(g.ctx, must(r.Consume(g.ctx))))
			p := must(f.Subscribe(g.ctx))
			if must(p.Ready(g.ctx)) || must(f.Get(g.ctx)) != nil {
				g.Error("ready")
			}
			f.Drop(g.ctx)
			if !must(p.Ready(g.ctx)) {
				g.Error("the pollable of a dropped future never ends")
			}
		},
		"nothing": func(g *guest, r *IncomingRequest) {
			must(must(r.Consume(g.ctx)).Stream(g.ctx)).Read(g.ctx, 1)
			g.io.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			checkLeaks(t)
			g := newGuest(t, Config{})
			b := blocked{make(chan struct{})}
			drop(g, must(g.st.NewIncomingRequest(IncomingConfig{Body: b})))
			select {
			case <-b.done:
			default:
				t.Error("the body is not closed")
			}
		})
	}
}

func TestTooMuchOpen(t *testing.T) {
	g := newGuest(t, Config{})
	s := New(p2io.NewState(1), Config{})
	if _, err := s.NewIncomingRequest(IncomingConfig{Body: strings.NewReader("a")}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.NewIncomingRequest(IncomingConfig{Body: strings.NewReader("a")}); err != host.EMFILE {
		t.Errorf("error %v", err)
	}
	if _, err := s.NewResponseOutparam(nil); err != host.EMFILE {
		t.Errorf("error %v", err)
	}
	g.io.Close()
	if _, err := g.st.NewIncomingRequest(IncomingConfig{Body: strings.NewReader("a")}); err != host.EBADF {
		t.Errorf("error %v", err)
	}
}
