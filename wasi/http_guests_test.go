package wasi_test

// This file serves guests that answer HTTP over all kinds of connections, with
// the guest http.wasm as their client, and has what the tests of the guest
// service.wasm share with it.

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	stdnet "net"
	nethttp "net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/wasi"
	wasihttp "github.com/dray-wasm/dray/wasi/http"
)

const exampleDir = "../examples"

// A wire is a kind of connection. scheme is that of the URLs, pattern that of
// the grants.
type wire struct {
	name, scheme, pattern, proto string
}

var wires = []wire{
	{"plain HTTP1", "http", "http", "HTTP/1.1"}, {"plain HTTP2", "http", "h2c", "HTTP/2.0"},
	{"TLS HTTP1", "https", "https", "HTTP/1.1"}, {"TLS HTTP2", "https", "https", "HTTP/2.0"},
}

func (w wire) protocols() *nethttp.Protocols {
	p := new(nethttp.Protocols)
	p.SetHTTP1(w.proto == "HTTP/1.1")
	p.SetHTTP2(w.proto == "HTTP/2.0" && w.scheme == "https")
	p.SetUnencryptedHTTP2(w.proto == "HTTP/2.0" && w.scheme == "http")
	return p
}

// A webGuest is a guest on a server. It may send requests to that server, and
// connect to deafHost, which does not answer; nothing listens at port 1, where
// it may send requests, too.
type webGuest struct {
	wire     wire
	URL      string
	h        *wasihttp.Handler
	client   *nethttp.Client
	roots    *x509.CertPool
	outcomes chan wasihttp.Outcome
	out      *lockedBuffer // what guests print
}

const deafHost = "deaf.example:80"

// A lockedBuffer is safe for concurrent use.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// webGuests are services, compiled once.
var webGuests struct {
	runtime func() (*dray.Runtime, error)
	files   sync.Map
}

func init() {
	webGuests.runtime = sync.OnceValues(func() (*dray.Runtime, error) {
		return dray.NewRuntime(dray.Config{NoCache: true})
	})
}

func webComponent(t *testing.T, file string) *dray.Component {
	t.Helper()
	f, _ := webGuests.files.LoadOrStore(file, sync.OnceValues(func() (*dray.Component, error) {
		rt, err := webGuests.runtime()
		if err != nil {
			return nil, err
		}
		return rt.CompileComponentFile(context.Background(), file)
	}))
	c, err := f.(func() (*dray.Component, error))()
	check(t, err)
	return c
}

// serveGuest starts a service.
func serveGuest(t *testing.T, file string, w wire, cfg wasihttp.Config) *webGuest {
	t.Helper()
	c := webComponent(t, file)
	l := c.Runtime().NewLinker()
	check(t, wasi.Link(l))
	handle := "wasi:http/incoming-handler@0.2.12#handle"
	if wasihttp.Shared(c) {
		handle = "wasi:http/handler@0.3.0#handle"
	}
	called.observe(t, l, handle)
	p, err := l.Prepare(c)
	check(t, err)
	srv := httptest.NewUnstartedServer(nil)
	addr := srv.Listener.Addr().String()
	g := &webGuest{
		wire: w, URL: w.scheme + "://" + addr, roots: x509.NewCertPool(),
		outcomes: make(chan wasihttp.Outcome, 1000), out: &lockedBuffer{},
	}
	cfg.WASI.HTTP = g.outgoing(t)
	cfg.WASI.Stdout, cfg.WASI.Stderr = g.out, g.out
	cfg.Report = func(_ *nethttp.Request, o wasihttp.Outcome) { g.outcomes <- o }
	g.h, err = wasihttp.New(p, cfg)
	check(t, err)
	t.Cleanup(func() { check(t, g.h.Close()) })
	srv.Config.Handler, srv.Config.Protocols = g.h, w.protocols()
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	if w.scheme == "https" {
		srv.EnableHTTP2 = w.proto == "HTTP/2.0"
		srv.StartTLS()
		g.roots.AddCert(srv.Certificate())
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	tr := &nethttp.Transport{Protocols: w.protocols(), TLSClientConfig: &tls.Config{RootCAs: g.roots}, DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	g.client = &nethttp.Client{Transport: tr}
	return g
}

// outgoing is a client that reaches the service and nothing else.
func (g *webGuest) outgoing(t *testing.T) *http.Client {
	t.Helper()
	var allow []http.HostPattern
	_, addr, _ := strings.Cut(g.URL, "://")
	for _, s := range []string{g.wire.pattern + "://" + addr, deafHost, "127.0.0.1:1"} {
		p, err := http.ParseHostPattern(s)
		check(t, err)
		allow = append(allow, p)
	}
	c := http.NewClient(http.ClientConfig{Allow: allow, RootCAs: g.roots, Dialer: deaf{}})
	t.Cleanup(func() { check(t, c.Close()) })
	return c
}

// deaf connects as usual, but to deafHost, which never answers.
type deaf struct{ stdnet.Dialer }

func (d deaf) DialContext(ctx context.Context, network, address string) (stdnet.Conn, error) {
	if address == deafHost {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return d.Dialer.DialContext(ctx, network, address)
}

// An answer is what a client got; err is why it did not get all of it.
type answer struct {
	status  int
	body    string
	header  nethttp.Header
	trailer nethttp.Header
	err     error
}

// ask sends a request and reads all of the answer.
func (g *webGuest) ask(t *testing.T, method, path string, body io.Reader) answer {
	t.Helper()
	req, err := nethttp.NewRequestWithContext(t.Context(), method, g.URL+path, body)
	check(t, err)
	return g.send(t, req)
}

func (g *webGuest) send(t *testing.T, req *nethttp.Request) answer {
	t.Helper()
	resp, err := g.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	if resp.Proto != g.wire.proto {
		t.Errorf("it spoke %s, want %s", resp.Proto, g.wire.proto)
	}
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(b), resp.Header, resp.Trailer, err}
}

// want compares the answer with what is expected.
func (a answer) want(t *testing.T, status int, body string) {
	t.Helper()
	if a.err != nil || a.status != status || a.body != body {
		t.Errorf("status %d, %.200q, %v; want %d, %.200q", a.status, a.body, a.err, status, body)
	}
}

// outcome is how the next request ended.
func (g *webGuest) outcome(t *testing.T) wasihttp.Outcome {
	t.Helper()
	select {
	case o := <-g.outcomes:
		return o
	case <-t.Context().Done():
	case <-time.After(time.Minute):
	}
	t.Fatal("no request ended")
	panic(0)
}

// idle waits until no guest runs.
func (g *webGuest) idle(t *testing.T) { until(t, func() bool { return g.h.Stats().Running == 0 }) }

// until waits for something that happens beside the test.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not happen")
		}
	}
}

// overWires runs a test over each kind of connection, all at a time.
func overWires(t *testing.T, f func(*testing.T, wire)) {
	for _, w := range wires {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			f(t, w)
		})
	}
}

// TestHTTPGuest has a guest as the client of another one.
func TestHTTPGuest(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveGuest(t, filepath.Join(p2Dir, "service.wasm"), w, wasihttp.Config{})
		c := webComponent(t, filepath.Join(p2Dir, "http.wasm"))
		var out, errs bytes.Buffer
		cfg := wasi.Config{Args: []string{"http.wasm", g.URL}, HTTP: g.outgoing(t), Stdout: &out, Stderr: &errs}
		l := c.Runtime().NewLinker()
		check(t, wasi.Link(l))
		called.observe(t, l, "wasi:cli/run@0.2.12#run")
		code, err := wasi.RunLinked(t.Context(), l, c, cfg)
		want := "ok get\nok trailers\nok once\nok both ways\nok upload\nok failures\nok dropped\n"
		if err != nil || code != 0 || out.String() != want {
			t.Errorf("exit status %d, %v\n%s%s", code, err, out.String(), errs.String())
		}
	})
}

// TestInformational: responses before the response.
func TestInformational(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveGuest(t, filepath.Join(p2Dir, "informational.wasm"), w, wasihttp.Config{})
		type early struct {
			Status int
			Link   []string
		}
		var got []early
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(status int, h textproto.MIMEHeader) error {
				got = append(got, early{status, h["Link"]})
				return nil
			},
		})
		req, err := nethttp.NewRequestWithContext(ctx, "GET", g.URL+"/", nil)
		check(t, err)
		a := g.send(t, req)
		a.want(t, 200, "ok ok refused\n")
		want := []early{{103, []string{"</style.css>; rel=preload"}}, {102, nil}}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("informational responses (-want +got):\n%s", d)
		}
		if a.header["Link"] != nil {
			t.Errorf("the response has the header of an informational one: %v", a.header)
		}
	})
}

// TestExampleService is what the head of examples/http-wasip2.rs says.
func TestExampleService(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveGuest(t, filepath.Join(exampleDir, "http-wasip2.wasm"), w, wasihttp.Config{})
		g.ask(t, "GET", "/", nil).want(t, 200, "Hello from wasm32-wasip2!\n")
		g.ask(t, "GET", "/?name=Ada", nil).want(t, 200, "Hello, Ada, from wasm32-wasip2!\n")
		g.ask(t, "HEAD", "/", nil).want(t, 200, "")
		g.ask(t, "GET", "/nowhere", nil).want(t, 404, "There is nothing here.\n")
		g.ask(t, "GET", "/count/x", nil).want(t, 400, "\"x\" is not a number\n")
		g.ask(t, "POST", "/some/where", strings.NewReader("a body")).want(t, 200, "a body")
		g.ask(t, "POST", "/trailers", strings.NewReader("a body")).want(t, 200, "no trailers\n")
		a := g.ask(t, "GET", "/headers", nil)
		if a.status != 200 || !strings.HasPrefix(a.body, "GET /headers\n") || !strings.Contains(strings.ToLower(a.body), "\nuser-agent: ") {
			t.Errorf("/headers: %+v", a)
		}
		a = g.ask(t, "GET", "/count/3", nil)
		a.want(t, 200, "1\n2\n3\n")
		if a.trailer.Get("Sum") != "6" {
			t.Errorf("/count/3: trailers %v", a.trailer)
		}
		a = g.ask(t, "DELETE", "/", nil)
		a.want(t, 405, "")
		if a.header.Get("Allow") != "GET, HEAD, POST" {
			t.Errorf("DELETE: %v", a.header)
		}
	})
}

// TestJavaScriptService is a guest in JavaScript.
func TestJavaScriptService(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveGuest(t, filepath.Join(p2Dir, "js-service.wasm"), w, wasihttp.Config{})
		g.ask(t, "GET", "/", nil).want(t, 200, "hello from javascript\n")
		g.ask(t, "GET", "/nowhere", nil).want(t, 404, "no such path\n")
		g.ask(t, "GET", "/fetch?"+g.URL+"/", nil).want(t, 200, "200 hello from javascript\n")
		a := g.ask(t, "POST", "/json", strings.NewReader(`{"b": [1, "zwei"], "a": {"é": null}}`))
		a.want(t, 200, "{\"a\":{\"é\":null},\"b\":[1,\"zwei\"]}\n")
		if a.header.Get("Content-Type") != "application/json" || !json.Valid([]byte(a.body)) {
			t.Errorf("/json: %+v", a)
		}
		body := strings.Repeat("0123456789", 20000)
		g.ask(t, "POST", "/echo", strings.NewReader(body)).want(t, 200, body)
		for range 6 {
			if o := g.outcome(t); o.Err != nil {
				t.Errorf("a request ended with %v", o.Err)
			}
		}
		if a := g.ask(t, "GET", "/throw", nil); a.status != 500 {
			t.Errorf("/throw: %+v", a)
		}
		if o := g.outcome(t); !errors.Is(o.Err, wasihttp.ErrTrapped) {
			t.Errorf("/throw ended with %v", o.Err)
		}
	})
}
