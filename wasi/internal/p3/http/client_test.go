package http

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
)

// echo answers with what it got.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(200) // to half a request
		return
	}
	fmt.Fprintf(w, "%s %s %s %d %v\n%s", r.Method, r.RequestURI, r.Host, r.ContentLength, r.TransferEncoding, body)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for k := range r.Trailer {
			if !yield(k) {
				return
			}
		}
	}) {
		fmt.Fprintf(w, "\n%s: %s", name, r.Trailer.Get(name))
	}
}

func TestSend(t *testing.T) {
	checkLeaks(t)
	g, host := serve(t, echo)
	for _, test := range []struct {
		name     string
		method   string
		path     *string
		fields   []string
		contents string // "-" is none
		trailers []string
		want     string
	}{
		{"none", "GET", ptr("/"), nil, "-", nil, "GET / HOST 0 []\n"},
		{"no path", "GET", nil, nil, "-", nil, "GET / HOST 0 []\n"},
		{"only a query", "GET", ptr("?a=b"), nil, "-", nil, "GET /?a=b HOST 0 []\n"},
		{"empty path", "GET", ptr(""), nil, "-", nil, "GET / HOST 0 []\n"},
		{"of the server", "OPTIONS", nil, nil, "-", nil, ""}, // net/http answers that itself
		{"escapes", "GET", ptr("/pct%2Fsegment?q=a%20b&b="), nil, "-", nil, "GET /pct%2Fsegment?q=a%20b&b= HOST 0 []\n"},
		{"post nothing", "POST", ptr("/"), nil, "-", nil, "POST / HOST 0 []\n"},
		{"chunks", "POST", ptr("/"), nil, "abc", nil, "POST / HOST -1 [chunked]\nabc"},
		{"no bytes", "POST", ptr("/"), nil, "", nil, "POST / HOST -1 [chunked]\n"},
		{"length", "POST", ptr("/"), []string{"content-length", "3"}, "abc", nil, "POST / HOST 3 []\nabc"},
		{"no length", "PUT", ptr("/"), []string{"content-length", "0"}, "", nil, "PUT / HOST 0 []\n"},
		{"trailers", "POST", ptr("/"), []string{"trailer", "x-a, x-b"}, "abc", []string{"x-a", "1", "x-b", "2"}, "POST / HOST -1 [chunked]\nabc\nX-A: 1\nX-B: 2"},
		{"trailers alone", "POST", ptr("/"), []string{"trailer", "x-a"}, "-", []string{"x-a", "1"}, "POST / HOST -1 [chunked]\n\nX-A: 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := none()
			if test.trailers != nil {
				tr = bind.Resolved(trailers{OK: g.fields(test.trailers...)})
			}
			var contents io.ReadCloser
			var w *watched
			if test.contents != "-" {
				w = watch(strings.NewReader(test.contents))
				contents = w
			}
			r, sent := g.request(host, g.fields(test.fields...), contents, tr)
			if err := r.SetMethod(g.ctx, gen.Method{Case: gen.MethodOther, Other: test.method}); err != nil {
				t.Fatal(err)
			}
			if err := r.SetPathWithQuery(g.ctx, test.path); err != nil {
				t.Fatal(err)
			}
			res, err := g.h.Send(g.ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			if got := must(res.GetStatusCode(g.ctx)); got != 200 {
				t.Errorf("status %d", got)
			}
			got, tail := g.consume(res)
			if want := strings.Replace(test.want, "HOST", host, 1); got != want || tail != "" {
				t.Errorf("got %q, trailers %q; want %q", got, tail, want)
			}
			if v := g.verdict(sent); v != "ok" {
				t.Errorf("the transmission: %s", v)
			}
			if w != nil {
				<-w.closed
			}
			g.idle()
		})
	}
}

// TestSendErrors has the transmission tell what Send does.
func TestSendErrors(t *testing.T) {
	checkLeaks(t)
	g, host := serve(t, echo)
	denied := newGuest(t, Config{})
	busy := newGuest(t, Config{Client: client(t)})
	busy.st.requests.Max = 0
	own := func() *bind.Future[trailers] {
		return bind.Resolved(trailers{IsErr: true, Err: gen.ErrorCode{Case: gen.ErrorCodeLoopDetected}})
	}
	for _, test := range []struct {
		name     string
		g        *player
		change   func(r *Request)
		fields   []string
		contents string // "-" is none
		trailers *bind.Future[trailers]
		want     string
	}{
		{"unresolvable", g, func(r *Request) { r.SetAuthority(g.ctx, ptr("nonexistent.invalid:80")) }, nil, "abc", none(), "DNS-error"},
		{"closed port", g, func(r *Request) { r.SetAuthority(g.ctx, ptr("127.0.0.1:1")) }, nil, "-", none(), "connection-refused"},
		{"no authority", g, func(r *Request) { r.SetAuthority(g.ctx, nil) }, nil, "abc", none(), "HTTP-request-URI-invalid"},
		{"user", g, func(r *Request) { r.SetAuthority(g.ctx, ptr("user@localhost")) }, nil, "-", none(), "HTTP-request-URI-invalid"},
		{"relative path", g, func(r *Request) { r.SetPathWithQuery(g.ctx, ptr("a/b")) }, nil, "-", none(), "HTTP-request-URI-invalid"},
		{"scheme", g, func(r *Request) { r.SetScheme(g.ctx, &gen.Scheme{Case: gen.SchemeOther, Other: "ftp"}) }, nil, "abc", none(), "HTTP-protocol-error"},
		{"connect", g, func(r *Request) { r.SetMethod(g.ctx, gen.Method{Case: gen.MethodConnect}) }, nil, "-", none(), "HTTP-request-method-invalid"},
		{"lengths", g, nil, []string{"content-length", "3", "content-length", "3"}, "abc", none(), "HTTP-protocol-error"},
		{"length without a body", g, nil, []string{"content-length", "3"}, "-", none(), "HTTP-request-body-size"},
		{"too short", g, nil, []string{"content-length", "4"}, "abc", none(), "HTTP-request-body-size"},
		{"too long", g, nil, []string{"content-length", "2"}, "abc", none(), "HTTP-request-body-size"},
		{"trailers fail", g, nil, []string{"trailer", "x-a"}, "abc", own(), "loop-detected"},
		{"trailers fail behind a length", g, nil, []string{"content-length", "3"}, "abc", own(), "loop-detected"},
		{"denied", denied, nil, nil, "abc", none(), "HTTP-request-denied"},
		{"too many", busy, nil, nil, "abc", none(), "connection-limit-reached"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var contents io.ReadCloser
			var w *watched
			if test.contents != "-" {
				w = watch(strings.NewReader(test.contents))
				contents = w
			}
			r, sent := test.g.request(host, test.g.fields(test.fields...), contents, test.trailers)
			if test.change != nil {
				test.change(r)
			}
			res, err := test.g.h.Send(test.g.ctx, r)
			if test.name == "trailers fail behind a length" && res != nil {
				defer res.Drop(g.ctx) // the server had all it needs
			} else if caseOf(err) != test.want || res != nil {
				t.Errorf("Send says %v, want %s", err, test.want)
			}
			if v := test.g.verdict(sent); v != test.want {
				t.Errorf("the transmission: %s, want %s", v, test.want)
			}
			if w != nil {
				<-w.closed
			}
			if res == nil {
				test.g.idle()
			}
		})
	}
}

// TestStreaming: the body is read before Send returns, and the answer can begin
// before the request ends.
func TestStreaming(t *testing.T) {
	checkLeaks(t)
	g, host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		w.Header().Set("Trailer", "X-Sum")
		buf := make([]byte, 100)
		for {
			n, err := r.Body.Read(buf)
			w.Write(buf[:n])
			w.(http.Flusher).Flush()
			if err != nil {
				break
			}
		}
		w.Header().Set("X-Sum", "7")
	})
	pr, pw := io.Pipe()
	p, future := bind.NewPromise[trailers]()
	r, sent := g.request(host, nil, pr, future)
	go pw.Write([]byte("one"))
	res := must(g.h.Send(g.ctx, r))
	parts := must(g.h.ResponseConsumeBody(g.ctx, res, bind.Resolved(verdict{})))
	buf := make([]byte, 3)
	for _, s := range []string{"one", "two"} {
		if s != "one" {
			go pw.Write([]byte(s))
		}
		if _, err := io.ReadFull(parts.F0, buf); err != nil || string(buf) != s {
			t.Fatalf("%q, %v", buf, err)
		}
	}
	go func() {
		pw.Close()
		p.Resolve(trailers{})
	}()
	if all, tail := g.parts(parts); all != "" || tail != "x-sum: 7\n" {
		t.Errorf("%q, trailers %q", all, tail)
	}
	if v := g.verdict(sent); v != "ok" {
		t.Error(v)
	}
	g.idle()
}

// TestCancel ends a call that waits: for the answer, or for the guest's body.
func TestCancel(t *testing.T) {
	checkLeaks(t)
	arrived := make(chan struct{}, 1)
	g, host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	for _, contents := range []bool{false, true} {
		for _, end := range []string{"call", "guest"} {
			h := newGuest(t, Config{Client: g.st.client})
			p, future := bind.NewPromise[trailers]()
			var body io.ReadCloser
			if contents {
				pr, pw := io.Pipe()
				body = pr
				go pw.Write([]byte("x"))
			}
			r, sent := h.request(host, nil, body, future)
			ctx, cancel := context.WithCancel(h.ctx)
			defer cancel()
			failed := make(chan error)
			go func() {
				_, err := h.h.Send(ctx, r)
				failed <- err
			}()
			<-arrived
			if end == "call" {
				cancel()
			} else {
				h.g.Close()
			}
			if err := <-failed; err == nil {
				t.Error("a call that was cancelled has an answer")
			}
			if v := h.verdict(sent); v == "ok" && contents {
				t.Error("half a request was transmitted")
			}
			p.Resolve(trailers{})
		}
	}
}

// TestDrops leaves what it has at every stage.
func TestDrops(t *testing.T) {
	checkLeaks(t)
	g, host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		w.Write(make([]byte, 1<<20))
	})
	never := func() *bind.Future[trailers] { _, f := bind.NewPromise[trailers](); return f }
	pipe := func() io.ReadCloser { r, _ := io.Pipe(); return r }

	w := watch(strings.NewReader(""))
	r, sent := g.request("", nil, w, never())
	r.Drop(g.ctx)
	<-w.closed
	if v := g.verdict(sent); v != "internal-error" {
		t.Errorf("a dropped request: %s", v)
	}
	res := must(g.h.ResponseNew(g.ctx, g.fields(), nil, never()))
	res.F0.Drop(g.ctx)
	if v := g.verdict(res.F1); v != "internal-error" {
		t.Errorf("a dropped response: %s", v)
	}
	g.idle()

	for _, contents := range []func() io.ReadCloser{func() io.ReadCloser { return nil }, pipe} {
		// The response, unread.
		r, _ = g.request(host, nil, contents(), never())
		must(g.h.Send(g.ctx, r)).Drop(g.ctx)
		g.idle()
		// Its stream, at once; the trailers are none then.
		r, _ = g.request(host, nil, contents(), never())
		p := must(g.h.ResponseConsumeBody(g.ctx, must(g.h.Send(g.ctx, r)), bind.Resolved(verdict{})))
		p.F0.Close()
		if v, err := p.F1.Get(g.ctx); err != nil || v.IsErr || v.OK != nil {
			t.Errorf("after a dropped stream: %v, %v", v, err)
		}
		g.idle()
		// Its stream, in the middle.
		r, _ = g.request(host, nil, contents(), never())
		p = must(g.h.ResponseConsumeBody(g.ctx, must(g.h.Send(g.ctx, r)), bind.Resolved(verdict{})))
		io.ReadFull(p.F0, make([]byte, 1000))
		p.F0.Close()
		g.idle()
	}
}

func TestResponseBodies(t *testing.T) {
	checkLeaks(t)
	g, host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/short":
			w.Header().Set("Content-Length", "4")
			w.Write([]byte("abc"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/head":
			w.Header().Set("Content-Length", "4")
		case "/trailers":
			w.Header().Set(http.TrailerPrefix+"X-A", "1")
			w.Write([]byte("payload"))
		case "/none":
			w.WriteHeader(http.StatusNoContent)
		}
	})
	for _, test := range []struct {
		path, method, body, tail string
	}{
		{"/short", "GET", "abc", "HTTP-response-incomplete"}, {"/head", "HEAD", "", ""}, {"/none", "GET", "", ""},
		{"/trailers", "GET", "payload", "x-a: 1\n"},
	} {
		r, _ := g.request(host, nil, nil, none())
		r.SetMethod(g.ctx, gen.Method{Case: gen.MethodOther, Other: test.method})
		r.SetPathWithQuery(g.ctx, &test.path)
		body, tail := g.consume(must(g.h.Send(g.ctx, r)))
		if body != test.body || tail != test.tail {
			t.Errorf("%s: %q, %q", test.path, body, tail)
		}
		g.idle()
	}
}

// TestForward sends a request and a response on as they came, without a guest
// that reads them.
func TestForward(t *testing.T) {
	checkLeaks(t)
	g, host := serve(t, echo)
	in := must(g.st.NewIncomingRequest(IncomingConfig{
		Method: "POST", Scheme: "http", Authority: host, PathWithQuery: "/x?y", Body: strings.NewReader("abc"),
		Header: http.Header{"Trailer": {"X-A"}}, Trailer: func() hosthttp.Header { return hosthttp.Header{"X-A": {"1"}} },
	}))
	res := must(g.h.Send(g.ctx, in))
	out := must(g.st.Outgoing(res, false))
	if out.Status != 200 || out.ContentLength < 0 {
		t.Errorf("%+v", out)
	}
	all, err := io.ReadAll(out.Body)
	if want := "POST /x?y " + host + " -1 [chunked]\nabc\nX-A: 1"; string(all) != want || err != nil {
		t.Errorf("%q, %v", all, err)
	}
	if h, err := out.Trailer(g.ctx); h != nil || err != nil {
		t.Error(h, err)
	}
	out.Sent(nil)
	g.idle()
}

// A nextFunc is a Next.
type nextFunc func(ctx context.Context, r gen.Request) (gen.Response, error)

func (f nextFunc) Handle(ctx context.Context, r gen.Request) (gen.Response, error) { return f(ctx, r) }

func TestHandle(t *testing.T) {
	checkLeaks(t)
	g := newGuest(t, Config{})
	w := watch(strings.NewReader("abc"))
	r, sent := g.request("", nil, w, none())
	if _, err := g.h.Handle(g.ctx, r); caseOf(err) != "configuration-error" {
		t.Error(err)
	}
	<-w.closed
	if v := g.verdict(sent); v != "configuration-error" {
		t.Error(v)
	}
	g.idle()
	g.st.next = nextFunc(func(ctx context.Context, r gen.Request) (gen.Response, error) {
		p := must(g.h.RequestConsumeBody(ctx, r, bind.Resolved(verdict{})))
		return must(g.h.ResponseNew(ctx, g.fields(), p.F0, p.F1)).F0, nil
	})
	w = watch(strings.NewReader("abc"))
	r, sent = g.request("", nil, w, bind.Resolved(trailers{OK: g.fields("x", "y")}))
	res := must(g.h.Handle(g.ctx, r))
	if res.(*Response).body.contents != io.ReadCloser(w) {
		t.Error("the contents are not the same")
	}
	if body, tail := g.consume(res); body != "abc" || tail != "x: y\n" {
		t.Errorf("%q, %q", body, tail)
	}
	if v := g.verdict(sent); v != "ok" {
		t.Error(v)
	}
	g.idle()
	g.st.next = nextFunc(func(_ context.Context, r gen.Request) (gen.Response, error) { return nil, r.Drop(g.ctx) })
	r, _ = g.request("", nil, nil, none())
	if _, err := g.h.Handle(g.ctx, r); err != errForeign {
		t.Error(err)
	}
}
