package http

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	"github.com/dray-wasm/dray/wasi/internal/message"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// each runs f with HTTP/1.1 and with HTTP/2 over TLS.
func each(t *testing.T, f func(t *testing.T, two bool)) {
	for _, two := range []bool{false, true} {
		t.Run(map[bool]string{false: "h1", true: "h2"}[two], func(t *testing.T) { f(t, two) })
	}
}

func TestExchange(t *testing.T) {
	each(t, func(t *testing.T, two bool) {
		g, request := serve(t, two, func(w http.ResponseWriter, q *http.Request) {
			http.NewResponseController(w).EnableFullDuplex()
			w.Header().Set("Trailer", "X-Sum")
			w.Header().Set("X-Seen", fmt.Sprint(q.Method, q.RequestURI, q.Header["X-A"], q.ContentLength, q.ProtoMajor))
			w.Header().Set("Upgrade", "x")
			w.WriteHeader(201)
			http.NewResponseController(w).Flush()
			io.Copy(w, q.Body)
			w.Header().Set("X-Sum", q.Trailer.Get("X-Check"))
		})
		ctx := g.ctx
		r := request(g, g.fields("X-a", "1", "x-A", "2", "trailer", "x-check"))
		r.SetMethod(ctx, gen.Method{Case: gen.MethodPost})
		r.SetPathWithQuery(ctx, ptr("/p?q"))
		b := must(r.Body(ctx))
		f := must(g.h.Handle(ctx, r, must(g.h.NewRequestOptions(ctx))))
		text := strings.Repeat("0123456789", 30_000)
		res, err := g.wait(f)
		if err != nil {
			t.Fatal(err)
		}
		h := must(res.Headers(ctx))
		if want := fmt.Sprint("POST/p?q[1 2] ", -1, map[bool]int{false: 1, true: 2}[two]); must(res.Status(ctx)) != 201 || string(must(h.Get(ctx, "x-seen"))[0]) != want {
			t.Errorf("%d\n%s", must(res.Status(ctx)), g.text(h))
		}
		if must(h.Has(ctx, "upgrade")) || h.Delete(ctx, "x-seen") != immutable {
			t.Error("headers")
		}
		body := must(res.Consume(ctx))
		if _, err := res.Consume(ctx); err != failed {
			t.Errorf("consume again: %v", err)
		}
		res.Drop(ctx)
		in, out := must(body.Stream(ctx)), must(b.Write(ctx))
		got := ""
		for rest := text; rest != ""; {
			n := min(must(out.CheckWrite(ctx)), uint64(len(rest)), 9999)
			if err := out.Write(ctx, []byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
			got += string(must(in.Read(ctx, 1<<16)))
		}
		out.Drop(ctx)
		if err := g.h.OutgoingBodyFinish(ctx, b, g.fields("X-Check", "42")); err != nil {
			t.Error(err)
		}
		if last, err := g.read(in); got+last != text || err != nil {
			t.Errorf("%d bytes, %v", len(got+last), err)
		}
		tr, err := g.trailers(body)
		if err != nil || g.text(tr) != "x-sum: 42\n" {
			t.Errorf("trailers %v", err)
		}
		h.Drop(ctx)
		tr.Drop(ctx)
		if g.st.requests.Count() != 0 || g.st.bodies.Count() != 0 || g.st.fields.Used() != 0 {
			t.Errorf("still counted: %d requests, %d bodies, %d bytes", g.st.requests.Count(), g.st.bodies.Count(), g.st.fields.Used())
		}
	})
}

// What a guest finished before it sent the request has a length.
func TestExchangeKnownLength(t *testing.T) {
	g, request := serve(t, false, func(w http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		fmt.Fprint(w, q.ContentLength, string(b), len(q.TransferEncoding))
	})
	for _, text := range []string{"", "hello"} {
		r := request(g, nil)
		r.SetMethod(g.ctx, gen.Method{Case: gen.MethodPut})
		g.write(must(r.Body(g.ctx)), text, nil)
		res, err := g.wait(must(g.h.Handle(g.ctx, r, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := g.read(must(must(res.Consume(g.ctx)).Stream(g.ctx))); got != fmt.Sprint(len(text), text, 0) {
			t.Errorf("%q", got)
		}
		g.io.Flush(g.ctx)
	}
}

// Guests take the body of every request, and finish it when it is on its way.
func TestExchangeEmptyGet(t *testing.T) {
	each(t, func(t *testing.T, two bool) {
		g, request := serve(t, two, func(w http.ResponseWriter, q *http.Request) {
			n, _ := io.Copy(io.Discard, q.Body)
			fmt.Fprint(w, q.Method, n)
		})
		r := request(g, nil)
		b := must(r.Body(g.ctx))
		f := must(g.h.Handle(g.ctx, r, nil))
		if err := g.h.OutgoingBodyFinish(g.ctx, b, nil); err != nil {
			t.Error(err)
		}
		res, err := g.wait(f)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := g.read(must(must(res.Consume(g.ctx)).Stream(g.ctx))); got != "GET0" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestOutgoingRequest(t *testing.T) {
	g := newGuest(t, Config{})
	ctx := g.ctx
	r := must(g.h.NewOutgoingRequest(ctx, g.fields()))
	if must(r.Method(ctx)).Case != gen.MethodGet || must(r.Scheme(ctx)) != nil || must(r.Authority(ctx)) != nil || must(r.PathWithQuery(ctx)) != nil {
		t.Error("defaults")
	}
	for _, err := range []error{
		r.SetMethod(ctx, gen.Method{Case: gen.MethodOther, Other: "a b"}),
		r.SetMethod(ctx, gen.Method{Case: gen.MethodOther}),
		r.SetMethod(ctx, gen.Method{Case: gen.MethodOther, Other: strings.Repeat("x", 100)}),
		r.SetScheme(ctx, &gen.Scheme{Case: gen.SchemeOther, Other: "1x"}),
		r.SetScheme(ctx, &gen.Scheme{Case: gen.SchemeOther}),
		r.SetAuthority(ctx, ptr("a b")), r.SetAuthority(ctx, ptr("")), r.SetAuthority(ctx, ptr("a:99999")), r.SetAuthority(ctx, ptr("u@h")),
		r.SetPathWithQuery(ctx, ptr("a")), r.SetPathWithQuery(ctx, ptr("/ x")), r.SetPathWithQuery(ctx, ptr("/"+strings.Repeat("x", message.MaxPath))),
	} {
		if err != failed {
			t.Errorf("error %v", err)
		}
	}
	if must(r.Method(ctx)).Case != gen.MethodGet || must(r.Scheme(ctx)) != nil || must(r.Authority(ctx)) != nil || must(r.PathWithQuery(ctx)) != nil {
		t.Error("a refused value was kept")
	}
	for _, err := range []error{
		r.SetMethod(ctx, gen.Method{Case: gen.MethodOther, Other: "PURGE"}), r.SetScheme(ctx, &gen.Scheme{Case: gen.SchemeOther, Other: "ftp+x"}),
		r.SetAuthority(ctx, ptr("[::1]:8080")), r.SetPathWithQuery(ctx, ptr("/a%20b?c")), r.SetPathWithQuery(ctx, nil), r.SetScheme(ctx, nil), r.SetAuthority(ctx, nil),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	o := must(g.h.NewRequestOptions(ctx))
	if must(o.ConnectTimeout(ctx)) != nil || must(o.FirstByteTimeout(ctx)) != nil || must(o.BetweenBytesTimeout(ctx)) != nil {
		t.Error("options are set at first")
	}
	o.SetConnectTimeout(ctx, ptr(uint64(1)))
	o.SetFirstByteTimeout(ctx, ptr(uint64(2)))
	o.SetBetweenBytesTimeout(ctx, ptr(uint64(3)))
	if *must(o.ConnectTimeout(ctx)) != 1 || *must(o.FirstByteTimeout(ctx)) != 2 || *must(o.BetweenBytesTimeout(ctx)) != 3 {
		t.Error("options are not set")
	}
	for d, want := range map[uint64]time.Duration{0: 1, 5: 5, 1<<64 - 1: 1<<63 - 1} {
		if got := message.Timeout(&d); got != want {
			t.Errorf("timeout %d is %d", d, got)
		}
	}
}

// never is a client that is not to be used.
type never struct{ testing.TB }

func (n never) Do(context.Context, *hosthttp.Request) (*hosthttp.Response, error) {
	n.Error("a request was sent")
	return nil, io.EOF
}

func TestHandleRefuses(t *testing.T) {
	checkLeaks(t)
	for _, test := range []struct {
		change func(g *guest, r gen.OutgoingRequest)
		code   gen.ErrorCodeCase
		fields []string
	}{
		{func(g *guest, r gen.OutgoingRequest) { g.st.client = nil }, gen.ErrorCodeHTTPRequestDenied, nil},
		{func(g *guest, r gen.OutgoingRequest) { r.SetAuthority(g.ctx, nil) }, gen.ErrorCodeHTTPRequestURIInvalid, nil},
		{func(g *guest, r gen.OutgoingRequest) {
			r.SetScheme(g.ctx, &gen.Scheme{Case: gen.SchemeOther, Other: "ftp"})
		}, gen.ErrorCodeHTTPProtocolError, nil},
		{nil, gen.ErrorCodeHTTPProtocolError, []string{"content-length", "1"}},
		{nil, gen.ErrorCodeHTTPProtocolError, []string{"content-length", "0", "Content-Length", "0"}},
		{nil, gen.ErrorCodeHTTPProtocolError, []string{"content-length", "-1"}},
		{func(g *guest, r gen.OutgoingRequest) { g.st.requests.Max = 0 }, gen.ErrorCodeConnectionLimitReached, nil},
		{func(g *guest, r gen.OutgoingRequest) { g.io.Close() }, gen.ErrorCodeInternalError, nil},
	} {
		g := newGuest(t, Config{Client: never{t}})
		r := must(g.h.NewOutgoingRequest(g.ctx, g.fields(test.fields...)))
		r.SetAuthority(g.ctx, ptr("x"))
		if test.change != nil {
			test.change(g, r)
		}
		_, err := g.h.Handle(g.ctx, r, nil)
		g.wantCode(err, test.code)
		if g.st.fields.Used() != 0 || g.st.requests.Count() != 0 {
			t.Error("something is still counted")
		}
	}
	g := newGuest(t, Config{Client: hosthttp.NewClient(hosthttp.ClientConfig{})})
	r := must(g.h.NewOutgoingRequest(g.ctx, g.fields()))
	r.SetAuthority(g.ctx, ptr("x"))
	b := must(r.Body(g.ctx))
	f := must(g.h.Handle(g.ctx, r, nil))
	_, err := g.wait(f)
	g.wantCode(err, gen.ErrorCodeHTTPRequestDenied)
	w := must(b.Write(g.ctx))
	g.wantCode(w.BlockingWriteAndFlush(g.ctx, []byte("x")), gen.ErrorCodeHTTPRequestDenied)
}

func TestExchangeBodyLength(t *testing.T) {
	each(t, func(t *testing.T, two bool) {
		g, request := serve(t, two, func(w http.ResponseWriter, q *http.Request) { io.Copy(io.Discard, q.Body) })
		for _, text := range []string{"1234", "123456"} {
			r := request(g, g.fields("content-length", "5"))
			r.SetMethod(g.ctx, gen.Method{Case: gen.MethodPost})
			b := must(r.Body(g.ctx))
			f := must(g.h.Handle(g.ctx, r, nil))
			c := g.wantCode(g.write(b, text, nil), gen.ErrorCodeHTTPRequestBodySize)
			if *c.HTTPRequestBodySize != uint64(len(text)) {
				t.Errorf("size %d", *c.HTTPRequestBodySize)
			}
			_, err := g.wait(f)
			g.wantCode(err, gen.ErrorCodeHTTPRequestBodySize)
		}
		// Left unfinished.
		r := request(g, nil)
		r.SetMethod(g.ctx, gen.Method{Case: gen.MethodPost})
		b := must(r.Body(g.ctx))
		f := must(g.h.Handle(g.ctx, r, nil))
		b.Drop(g.ctx)
		_, err := g.wait(f)
		g.wantCode(err, gen.ErrorCodeHTTPProtocolError)
	})
}

// However a guest gives an exchange up, the server sees it and nothing stays.
func TestExchangeDrops(t *testing.T) {
	type parts struct {
		f   gen.FutureIncomingResponse
		out gen.OutgoingBody
	}
	for name, drop := range map[string]func(*guest, parts){
		"future at once": func(g *guest, p parts) { p.f.Drop(g.ctx) },
		"future with the response": func(g *guest, p parts) {
			must(p.f.Subscribe(g.ctx)).Block(g.ctx)
			p.f.Drop(g.ctx)
		},
		"response": func(g *guest, p parts) { must(g.wait(p.f)).Drop(g.ctx) },
		"body": func(g *guest, p parts) {
			res := must(g.wait(p.f))
			b := must(res.Consume(g.ctx))
			res.Drop(g.ctx)
			b.Drop(g.ctx)
		},
		"stream": func(g *guest, p parts) {
			b := must(must(g.wait(p.f)).Consume(g.ctx))
			in := must(b.Stream(g.ctx))
			must(in.BlockingRead(g.ctx, 1))
			in.Read(g.ctx, 1)
			b.Drop(g.ctx)
			in.Drop(g.ctx)
		},
		"trailers": func(g *guest, p parts) {
			tr := must(g.h.IncomingBodyFinish(g.ctx, must(must(g.wait(p.f)).Consume(g.ctx))))
			if must(tr.Get(g.ctx)) != nil {
				g.Error("there are trailers")
			}
			tr.Drop(g.ctx)
		},
		"nothing": func(g *guest, p parts) {
			must(must(must(g.wait(p.f)).Consume(g.ctx)).Stream(g.ctx)).Read(g.ctx, 10)
			g.io.Close()
		},
		"nothing at once": func(g *guest, p parts) { g.io.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, two bool) {
				g, request := serve(t, two, func(w http.ResponseWriter, q *http.Request) {
					http.NewResponseController(w).EnableFullDuplex()
					w.Write([]byte("x"))
					http.NewResponseController(w).Flush()
					io.Copy(io.Discard, q.Body) // until the client goes away
				})
				r := request(g, nil)
				r.SetMethod(g.ctx, gen.Method{Case: gen.MethodPost})
				p := parts{out: must(r.Body(g.ctx))}
				w := must(p.out.Write(g.ctx))
				w.BlockingWriteAndFlush(g.ctx, []byte("hello"))
				p.f = must(g.h.Handle(g.ctx, r, nil))
				drop(g, p)
				if err := w.BlockingWriteAndFlush(g.ctx, []byte("x")); err == nil {
					t.Error("the request goes on")
				}
				w.Drop(g.ctx)
				p.out.Drop(g.ctx)
				if g.st.requests.Count() != 0 && !strings.HasPrefix(name, "nothing") {
					t.Errorf("%d requests are counted", g.st.requests.Count())
				}
			})
		})
	}
}

// A poll of several requests finds those that have answers.
func TestPollFutures(t *testing.T) {
	release := make(chan struct{})
	g, request := serve(t, false, func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/slow" {
			<-release
		}
	})
	defer close(release)
	var fs []gen.FutureIncomingResponse
	var ps []genio.Pollable
	for _, path := range []string{"/slow", "/fast", "/slow"} {
		r := request(g, nil)
		r.SetPathWithQuery(g.ctx, &path)
		f := must(g.h.Handle(g.ctx, r, nil))
		fs = append(fs, f)
		ps = append(ps, must(f.Subscribe(g.ctx)))
	}
	h := p2io.Host{Of: func(context.Context) *p2io.State { return g.io }}
	ready := must(h.Poll(g.ctx, ps))
	if len(ready) != 1 || ready[0] != 1 || must(fs[0].Get(g.ctx)) != nil {
		t.Errorf("ready %v", ready)
	}
	for _, f := range fs {
		f.Drop(g.ctx)
	}
	if !must(ps[0].Ready(g.ctx)) {
		eventually(t, "the pollable of a dropped future ends", func() bool { return must(ps[0].Ready(g.ctx)) })
	}
}

// Errors in the middle of a response come with the stream, and its trailers.
func TestExchangeBodyErrors(t *testing.T) {
	each(t, func(t *testing.T, two bool) {
		g, request := serve(t, two, func(w http.ResponseWriter, q *http.Request) {
			w.Write([]byte("abc"))
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
		res, err := g.wait(must(g.h.Handle(g.ctx, request(g, nil), nil)))
		if err != nil {
			t.Fatal(err)
		}
		b := must(res.Consume(g.ctx))
		s, err := g.read(must(b.Stream(g.ctx)))
		if s != "abc" {
			t.Errorf("%q", s)
		}
		g.wantCode(err, gen.ErrorCodeHTTPResponseIncomplete)
		_, err = g.trailers(b)
		g.wantCode(err, gen.ErrorCodeHTTPResponseIncomplete)
	})
}

// A guest that reads slowly holds the server back, and memory stays small.
func TestExchangeBackPressure(t *testing.T) {
	each(t, func(t *testing.T, two bool) {
		const most = 256 << 20
		sent := make(chan int, 1)
		g, request := serve(t, two, func(w http.ResponseWriter, q *http.Request) {
			n, piece := 0, bytes.Repeat([]byte("x"), 64<<10)
			for n < most {
				m, err := w.Write(piece)
				n += m
				if err != nil {
					break
				}
			}
			sent <- n
		})
		res, err := g.wait(must(g.h.Handle(g.ctx, request(g, nil), nil)))
		if err != nil {
			t.Fatal(err)
		}
		b := must(res.Consume(g.ctx))
		in := must(b.Stream(g.ctx))
		must(in.BlockingRead(g.ctx, 10))
		in.Drop(g.ctx)
		b.Drop(g.ctx)
		if n := <-sent; n == most {
			t.Error("the server could send everything")
		}
	})
}

func TestManyExchanges(t *testing.T) {
	g, request := serve(t, true, func(w http.ResponseWriter, q *http.Request) { io.WriteString(w, "ok") })
	for range 20 {
		var fs []gen.FutureIncomingResponse
		for range 20 {
			fs = append(fs, must(g.h.Handle(g.ctx, request(g, nil), nil)))
		}
		for i, f := range fs {
			if i%3 == 0 {
				f.Drop(g.ctx)
				continue
			}
			res, err := g.wait(f)
			if err != nil {
				t.Fatal(err)
			}
			b := must(res.Consume(g.ctx))
			if s, err := g.read(must(b.Stream(g.ctx))); s != "ok" || err != nil {
				t.Errorf("%q, %v", s, err)
			}
			b.Drop(g.ctx)
			res.Drop(g.ctx)
		}
	}
	if g.st.requests.Count() != 0 || g.st.fields.Used() != 0 {
		t.Errorf("still counted: %d requests, %d bytes", g.st.requests.Count(), g.st.fields.Used())
	}
}
