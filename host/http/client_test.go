package http

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// patience is how long the system may take for what it does at once.
const patience = 20 * time.Second

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			t.Fatalf("never happened: %s\n%s", what, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
}

func descriptors() int {
	names, _ := os.ReadDir("/proc/self/fd")
	return len(names)
}

// checkLeaks fails the test when it leaves goroutines or descriptors behind.
func checkLeaks(t *testing.T) {
	t.Helper()
	goroutines, fds := runtime.NumGoroutine(), descriptors()
	t.Cleanup(func() {
		eventually(t, "goroutines and descriptors are back", func() bool {
			return runtime.NumGoroutine() <= goroutines && descriptors() <= fds
		})
	})
}

func patterns(t testing.TB, ps ...string) []HostPattern {
	var out []HostPattern
	for _, s := range ps {
		p, err := ParseHostPattern(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// client is a client that may talk to everybody, unless config says otherwise.
func client(t testing.TB, c ClientConfig) *Client {
	if c.Allow == nil {
		c.Allow = patterns(t, "*")
	}
	cl := NewClient(c)
	t.Cleanup(func() { cl.Close() })
	return cl
}

// serve starts one of the kinds of servers; its cleanup waits for handlers.
func serve(t *testing.T, kind string, h http.HandlerFunc) (*Client, *Request) {
	t.Helper()
	checkLeaks(t)
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	cfg, scheme := ClientConfig{}, "http"
	switch kind {
	case "h1":
		s.Start()
	case "h1s", "h2":
		s.EnableHTTP2 = kind == "h2"
		s.StartTLS()
		scheme = "https"
		cfg.RootCAs = x509.NewCertPool()
		cfg.RootCAs.AddCert(s.Certificate())
	case "h2c":
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
		cfg.Allow = patterns(t, "h2c://127.0.0.1:*")
	}
	t.Cleanup(s.Close)
	return client(t, cfg), &Request{Scheme: scheme, Authority: s.Listener.Addr().String()}
}

var kinds = []string{"h1", "h1s", "h2", "h2c"}

// answer is the whole response, and its end.
func answer(t *testing.T, c *Client, r *Request) (*Response, string, error) {
	t.Helper()
	res, err := c.Do(t.Context(), r)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res, string(b), err
}

func wantCode(t *testing.T, err error, code Code) *Error {
	t.Helper()
	e := ErrorOf(err)
	if e == nil || e.Code != code {
		t.Fatalf("error = %v, want %q", err, code)
	}
	return e
}

func TestClientExchange(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			c, r := serve(t, kind, func(w http.ResponseWriter, q *http.Request) {
				if want := map[string]int{"h1": 1, "h1s": 1}[kind]; (q.ProtoMajor == 1) != (want == 1) {
					t.Errorf("the request came with %s", q.Proto)
				}
				for _, name := range []string{"User-Agent", "Accept-Encoding", "Connection"} {
					if v, ok := q.Header[name]; ok {
						t.Errorf("the client added %s: %q", name, v)
					}
				}
				if got := q.Header.Values("X-Two"); len(got) != 2 || got[0] != "a" || got[1] != "b" {
					t.Errorf("X-Two = %q", got)
				}
				if q.RequestURI != "/p%2fq/?x=1&y" || q.Host != r0host(q) {
					t.Errorf("uri %q host %q", q.RequestURI, q.Host)
				}
				body, _ := io.ReadAll(q.Body)
				w.Header().Set("Connection", "close")
				w.Header().Set("Location", "/elsewhere")
				w.Header().Set("X-Length", fmt.Sprint(q.ContentLength))
				w.WriteHeader(302)
				w.Write(bytes.ToUpper(body))
			})
			r.Method, r.PathWithQuery = "POST", "/p%2fq/?x=1&y"
			r.Header = Header{"x-two": {"a", "b"}, "connection": {"upgrade"}, "content-length": {"99"}, "host": {"evil"}}
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("hello")), 5
			res, body, err := answer(t, c, r)
			if err != nil {
				t.Fatal(err)
			}
			if res.Status != 302 || body != "HELLO" || res.Header.Get("X-Length") != "5" || res.Header.Get("Connection") != "" {
				t.Errorf("%d %q %v", res.Status, body, res.Header)
			}
		})
	}
}

func r0host(q *http.Request) string {
	return q.Context().Value(http.LocalAddrContextKey).(net.Addr).String()
}

func TestClientTrailers(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			c, r := serve(t, kind, func(w http.ResponseWriter, q *http.Request) {
				io.Copy(io.Discard, q.Body)
				w.Header().Set("Trailer", "X-Sum")
				fmt.Fprintf(w, "%v", q.Trailer)
				w.Header().Set("X-Sum", "7")
				w.Header().Set(http.TrailerPrefix+"X-Late", "8")
			})
			r.Method = "POST"
			r.Header = Header{"Trailer": {"x-check, Content-Length"}}
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("hello")), -1
			r.Trailer = func() Header { return Header{"x-check": {"ok"}, "Host": {"evil"}} }
			res, body, err := answer(t, c, r)
			if err != nil || body != "map[X-Check:[ok]]" {
				t.Fatalf("%q, %v", body, err)
			}
			if got := res.Trailer(); len(got) != 2 || got.Get("X-Sum") != "7" || got.Get("X-Late") != "8" {
				t.Errorf("trailers %v", got)
			}
		})
	}
	for _, kind := range kinds {
		t.Run("unannounced "+kind, func(t *testing.T) {
			c, r := serve(t, kind, func(w http.ResponseWriter, q *http.Request) {
				io.Copy(io.Discard, q.Body)
				fmt.Fprintf(w, "%v", q.Trailer)
			})
			r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(strings.NewReader("hello")), -1
			r.Trailer = func() Header { return Header{"X-Check": {"ok"}} }
			_, body, err := answer(t, c, r)
			if kind[:2] == "h2" {
				wantCode(t, err, InternalError)
			} else if err != nil || body != "map[X-Check:[ok]]" {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
}

func TestClientStreams(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			c, r := serve(t, kind, func(w http.ResponseWriter, q *http.Request) {
				rc := http.NewResponseController(w)
				rc.EnableFullDuplex()
				w.WriteHeader(200)
				rc.Flush()
				b := make([]byte, 100)
				for {
					n, err := q.Body.Read(b)
					if n > 0 {
						w.Write(b[:n])
						rc.Flush()
					}
					if err != nil {
						return
					}
				}
			})
			p := stream.NewPipe(0)
			r.Method, r.Body, r.ContentLength = "POST", stream.BindReader(t.Context(), p.Input()), -1
			res, err := c.Do(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			b := make([]byte, 100)
			for range 5 {
				p.Output().TryWrite([]byte("ping"))
				if n, err := io.ReadFull(res.Body, b[:4]); n != 4 || err != nil {
					t.Fatalf("%q, %v", b[:n], err)
				}
			}
			p.Output().Close()
			if n, err := res.Body.Read(b); n != 0 || err != io.EOF {
				t.Errorf("%d, %v", n, err)
			}
		})
	}
}

// A guest that does not read bounds what the server can send.
func TestClientBackPressure(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			const most = 64 << 20
			sent := make(chan int, 1)
			c, r := serve(t, kind, func(w http.ResponseWriter, q *http.Request) {
				n := 0
				piece := make([]byte, 64<<10)
				for n < most {
					m, err := w.Write(piece)
					n += m
					if err != nil {
						break
					}
				}
				sent <- n
			})
			res, err := c.Do(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(res.Body, make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if n := <-sent; n >= most {
				t.Errorf("the server could send %d bytes", n)
			}
		})
	}
}

// raw is a server that gets a connection and does as it likes.
func raw(t *testing.T, f func(net.Conn)) *Request {
	t.Helper()
	checkLeaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				f(c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return &Request{Scheme: "http", Authority: l.Addr().String()}
}

// after reads a request and then sends text.
func after(text string) func(net.Conn) {
	return func(c net.Conn) {
		http.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, text)
	}
}

func TestClientBadServers(t *testing.T) {
	many := strings.Repeat("X-Bomb: "+strings.Repeat("x", 1000)+"\r\n", 1000)
	tests := []struct {
		name string
		f    func(net.Conn)
		code Code
		body string // what is read before the error
	}{
		{"closes at once", func(net.Conn) {}, ConnectionTerminated, ""},
		{"closes after the request", after(""), ConnectionTerminated, ""},
		{"resets", func(c net.Conn) { c.(*net.TCPConn).SetLinger(0); http.ReadRequest(bufio.NewReader(c)) }, ConnectionTerminated, ""},
		{"half a head", after("HTTP/1.1 200 OK\r\nX-"), ProtocolError, ""},
		{"half a line", after("HTTP/1.1"), ProtocolError, ""},
		{"garbage", after("220 smtp ready\r\n\r\n"), ProtocolError, ""},
		{"bad status", after("HTTP/1.1 2x0 OK\r\n\r\n"), ProtocolError, ""},
		{"bad header", after("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), ProtocolError, ""},
		{"two lengths", after("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), ProtocolError, ""},
		{"bad length", after("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nab"), ProtocolError, ""},
		{"header bomb", after("HTTP/1.1 200 OK\r\n" + many + "\r\n"), ResponseHeaderSectionSize, ""},
		{"endless 1xx", after(strings.Repeat("HTTP/1.1 103 Early\r\nX: "+strings.Repeat("y", 5000)+"\r\n\r\n", 100)), ResponseHeaderSectionSize, ""},
		{"unknown coding", after("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), ResponseTransferCoding, ""},
		{"upgrade", after("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), ProtocolError, ""},
		{"short body", after("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), ResponseIncomplete, "abc"},
		{"short chunks", after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"), ResponseIncomplete, "abc"},
		{"no last chunk", after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), ResponseIncomplete, "abc"},
		{"bad chunk", after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"), ProtocolError, ""},
		{"bad chunk end", after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n"), ProtocolError, "abc"},
		{"too long", after("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + strings.Repeat("x", 2000)), ResponseBodySize, strings.Repeat("x", 1000)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := raw(t, test.f)
			_, body, err := answer(t, client(t, ClientConfig{MaxResponseBody: 1000}), r)
			e := wantCode(t, err, test.code)
			if body != test.body {
				t.Errorf("the body is %q", body)
			}
			if strings.Contains(e.Explain(), "127.0.0.1") {
				t.Errorf("the guest is told %q", e.Explain())
			}
		})
	}
	t.Run("longer than its length", func(t *testing.T) {
		r := raw(t, after("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef"))
		if _, body, err := answer(t, client(t, ClientConfig{}), r); body != "abc" || err != nil {
			t.Errorf("%q, %v", body, err)
		}
	})
}

// TestClientBrokenOff: a server ends its answer in the middle, or before it.
func TestClientBrokenOff(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			c, r := serve(t, kind, func(w http.ResponseWriter, q *http.Request) {
				if q.URL.Path == "/body" {
					io.WriteString(w, "abc")
					http.NewResponseController(w).Flush()
				}
				panic(http.ErrAbortHandler)
			})
			r.PathWithQuery = "/body"
			_, body, err := answer(t, c, r)
			if wantCode(t, err, ResponseIncomplete); body != "abc" {
				t.Errorf("the body is %q", body)
			}
			r.PathWithQuery = "/head"
			_, _, err = answer(t, c, r)
			wantCode(t, err, ConnectionTerminated)
		})
	}
}

func TestClientTLS(t *testing.T) {
	checkLeaks(t)
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	s.StartTLS()
	defer s.Close()
	addr := s.Listener.Addr().String()
	c := client(t, ClientConfig{})
	_, err := c.Do(t.Context(), &Request{Scheme: "https", Authority: addr})
	wantCode(t, err, TLSCertificateError)

	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	_, err = client(t, ClientConfig{RootCAs: pool}).Do(t.Context(), &Request{Scheme: "https", Authority: addr})
	e := wantCode(t, err, TLSAlertReceived)
	if e.Number == nil || *e.Number != 116 || e.Detail != "certificate required" {
		t.Errorf("alert %v %q", e.Number, e.Detail)
	}
	r := raw(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad\r\n\r\n"); io.Copy(io.Discard, c) })
	r.Scheme = "https"
	_, err = c.Do(t.Context(), r)
	wantCode(t, err, TLSProtocolError)
	r = raw(t, func(c net.Conn) { c.Read(make([]byte, 10)) })
	r.Scheme = "https"
	_, err = c.Do(t.Context(), r)
	wantCode(t, err, ConnectionTerminated)
}

// A dialer answers with an error, or with a connection in memory.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d(ctx, network, address)
}

func TestClientDials(t *testing.T) {
	op := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, test := range []struct {
		err  error
		code Code
		text string
	}{
		{op(host.ECONNREFUSED), ConnectionRefused, ""},
		{op(&net.DNSError{IsNotFound: true}), DNSError, "NXDOMAIN"},
		{op(&net.DNSError{IsTemporary: true}), DNSError, "SERVFAIL"},
		{op(&net.DNSError{IsTimeout: true}), DNSTimeout, ""},
		{op(host.ENETUNREACH), DestinationIPUnroutable, ""},
		{op(host.EACCES), DestinationIPProhibited, ""},
		{op(host.ETIMEDOUT), ConnectionTimeout, ""},
		{op(host.EMFILE), ConnectionLimitReached, ""},
		{host.EACCES, DestinationIPProhibited, ""},
		{op(errors.New("secret.internal is odd")), DestinationUnavailable, ""},
		{errors.New("secret.internal is odd"), DestinationUnavailable, ""},
		{context.DeadlineExceeded, ConnectionTimeout, ""},
	} {
		c := client(t, ClientConfig{Dialer: dialer(func(context.Context, string, string) (net.Conn, error) { return nil, test.err })})
		_, err := c.Do(t.Context(), &Request{Scheme: "http", Authority: "x"})
		e := wantCode(t, err, test.code)
		if e.Detail != test.text || strings.Contains(e.Explain(), "secret") {
			t.Errorf("%v: %q, explained %q", test.err, e.Detail, e.Explain())
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, err = client(t, ClientConfig{}).Do(t.Context(), &Request{Scheme: "http", Authority: l.Addr().String()})
	wantCode(t, err, ConnectionRefused)
}

func TestClientRefuses(t *testing.T) {
	c := client(t, ClientConfig{Allow: patterns(t, "example.com:80"), Dialer: dialer(func(context.Context, string, string) (net.Conn, error) {
		t.Error("a connection was made")
		return nil, io.EOF
	})})
	ok := Request{Scheme: "http", Authority: "example.com"}
	for _, test := range []struct {
		change func(*Request)
		code   Code
	}{
		{func(r *Request) { r.Authority = "example.org" }, RequestDenied},
		{func(r *Request) { r.Authority = "example.com:81" }, RequestDenied},
		{func(r *Request) { r.Scheme = "https" }, RequestDenied},
		{func(r *Request) { r.Scheme = "ftp" }, ProtocolError},
		{func(r *Request) { r.Authority = "" }, RequestURIInvalid},
		{func(r *Request) { r.Authority = "example.com@evil" }, RequestURIInvalid},
		{func(r *Request) { r.Authority = "example.com\r\nX: y" }, RequestURIInvalid},
		{func(r *Request) { r.PathWithQuery = "/ HTTP/1.1\r\nX: y" }, RequestURIInvalid},
		{func(r *Request) { r.PathWithQuery = "*" }, RequestURIInvalid},
		{func(r *Request) { r.Method = "CONNECT" }, RequestMethodInvalid},
		{func(r *Request) { r.Method = "GET /" }, RequestMethodInvalid},
		{func(r *Request) { r.Header = Header{"a b": {"c"}} }, ProtocolError},
		{func(r *Request) { r.Header = Header{"a": {"b\r\nc: d"}} }, ProtocolError},
	} {
		r := ok
		closed := false
		r.Body = closer{strings.NewReader(""), func() { closed = true }}
		test.change(&r)
		_, err := c.Do(t.Context(), &r)
		wantCode(t, err, test.code)
		if !closed {
			t.Error("the body was not closed")
		}
	}
	if !c.Allowed("http", "example.com") || c.Allowed("https", "example.com") || c.Allowed("http", "x y") {
		t.Error("Allowed")
	}
	if NewClient(ClientConfig{}).Allowed("http", "example.com") {
		t.Error("a client without a list is allowed something")
	}
}

type closer struct {
	io.Reader
	f func()
}

func (c closer) Close() error { c.f(); return nil }

func TestClientBodySize(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			c, r := serve(t, kind, func(w http.ResponseWriter, q *http.Request) { io.Copy(io.Discard, q.Body) })
			r.Method = "POST"
			for _, n := range []int64{4, 6} {
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader("hello")), n
				_, _, err := answer(t, c, r)
				if err == nil && n == 4 {
					continue // the server had all that it was to get, and was faster
				}
				if e := wantCode(t, err, RequestBodySize); e.Number == nil || *e.Number != 5 {
					t.Errorf("length %d: %v", n, e)
				}
			}
			boom := FailText(InternalError, "boom")
			p := stream.NewPipe(0)
			p.Output().TryWrite([]byte("abc"))
			p.Output().CloseWithError(boom)
			r.Body, r.ContentLength = stream.BindReader(t.Context(), p.Input()), -1
			if _, _, err := answer(t, c, r); ErrorOf(err) != boom {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// bubble runs f in a bubble of time with a server at the other end of
// connections in memory.
func bubble(t *testing.T, server func(net.Conn), f func(*testing.T, *Client)) {
	synctest.Test(t, func(t *testing.T) {
		var conns []net.Conn
		c := NewClient(ClientConfig{Allow: patterns(t, "*"), Dialer: dialer(func(ctx context.Context, _, _ string) (net.Conn, error) {
			if server == nil {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			a, b := net.Pipe()
			conns = append(conns, b)
			go server(b)
			return a, nil
		})})
		f(t, c)
		c.Close()
		for _, c := range conns {
			c.Close()
		}
		time.Sleep(time.Hour) // until the servers have noticed
	})
}

func TestClientTimeouts(t *testing.T) {
	request := func() *Request {
		return &Request{
			Scheme: "http", Authority: "x", ConnectTimeout: time.Second,
			FirstByteTimeout: 2 * time.Second, BetweenBytesTimeout: 3 * time.Second,
		}
	}
	took := func(t *testing.T, from time.Time, want time.Duration) {
		t.Helper()
		if d := time.Since(from); d != want {
			t.Errorf("it took %v, not %v", d, want)
		}
	}
	t.Run("connect", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, c *Client) {
			from := time.Now()
			_, err := c.Do(t.Context(), request())
			wantCode(t, err, ConnectionTimeout)
			took(t, from, time.Second)
			from = time.Now()
			_, err = c.Do(t.Context(), &Request{Scheme: "http", Authority: "x"})
			wantCode(t, err, ConnectionTimeout)
			took(t, from, DefaultConnectTimeout)
		})
	})
	t.Run("first byte", func(t *testing.T) {
		bubble(t, func(c net.Conn) { io.Copy(io.Discard, c) }, func(t *testing.T, c *Client) {
			from := time.Now()
			_, err := c.Do(t.Context(), request())
			wantCode(t, err, ConnectionReadTimeout)
			took(t, from, 2*time.Second)
		})
	})
	t.Run("slow head", func(t *testing.T) {
		bubble(t, func(c net.Conn) {
			http.ReadRequest(bufio.NewReader(c))
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for _, err := io.WriteString(c, "X"); err == nil; _, err = io.WriteString(c, "x") {
				time.Sleep(100 * time.Millisecond)
			}
		}, func(t *testing.T, c *Client) {
			from := time.Now()
			_, err := c.Do(t.Context(), request())
			wantCode(t, err, ConnectionReadTimeout)
			took(t, from, 2*time.Second)
		})
	})
	t.Run("body", func(t *testing.T) {
		head := "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
		server := func(c net.Conn) {
			http.ReadRequest(bufio.NewReader(c))
			io.WriteString(c, head)
			time.Sleep(time.Second)
			io.WriteString(c, "a")
			time.Sleep(2500 * time.Millisecond)
			io.WriteString(c, "b")
		}
		bubble(t, server, func(t *testing.T, c *Client) {
			res, err := c.Do(t.Context(), request())
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			b := make([]byte, 10)
			for range 2 {
				if n, err := res.Body.Read(b); n != 1 || err != nil {
					t.Fatalf("%d, %v", n, err)
				}
			}
			// The guest may take its time.
			time.Sleep(time.Hour)
			from := time.Now()
			_, err = res.Body.Read(b)
			wantCode(t, err, ConnectionReadTimeout)
			took(t, from, 3*time.Second)
		})
	})
	t.Run("caller", func(t *testing.T) {
		bubble(t, func(c net.Conn) { io.Copy(io.Discard, c) }, func(t *testing.T, c *Client) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			if _, err := c.Do(ctx, request()); err != context.Canceled {
				t.Errorf("error = %v", err)
			}
		})
	})
}

// However an exchange is given up, nothing is left of it.
func TestClientGivesUp(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			c, r := serve(t, kind, func(w http.ResponseWriter, q *http.Request) {
				if q.URL.Path == "/head" {
					io.Copy(io.Discard, q.Body)
					return
				}
				http.NewResponseController(w).EnableFullDuplex()
				w.Write([]byte("x"))
				http.NewResponseController(w).Flush()
				io.Copy(io.Discard, q.Body)
			})
			p := stream.NewPipe(0)
			for _, path := range []string{"/head", "/body", "/reading"} {
				ctx, cancel := context.WithCancel(t.Context())
				q := *r
				p = stream.NewPipe(0)
				q.Method, q.PathWithQuery, q.Body, q.ContentLength = "POST", path, stream.BindReader(ctx, p.Input()), -1
				if path == "/head" {
					time.AfterFunc(5*time.Millisecond, cancel)
					if _, err := c.Do(ctx, &q); err != context.Canceled {
						t.Errorf("error = %v", err)
					}
				} else {
					res, err := c.Do(ctx, &q)
					if err != nil {
						t.Fatal(err)
					}
					io.ReadFull(res.Body, make([]byte, 1))
					done := make(chan error, 1)
					if path == "/reading" {
						go func() { _, err := res.Body.Read(make([]byte, 1)); done <- err }()
						runtime.Gosched()
					}
					res.Body.Close()
					if path == "/reading" {
						// The server may end its body properly before it is gone.
						if err := <-done; err != io.EOF {
							wantCode(t, err, ConnectionTerminated)
						}
					}
				}
				eventually(t, "the body of the request is closed", func() bool {
					return p.Output().Put([]byte("x")) == host.EPIPE
				})
				cancel()
			}
		})
	}
}

func TestClientHeaderBombs(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			c, r := serve(t, kind, func(w http.ResponseWriter, q *http.Request) {
				for i := range 300 {
					w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 1000))
				}
			})
			_, _, err := answer(t, c, r)
			if kind[:2] == "h1" {
				wantCode(t, err, ResponseHeaderSectionSize)
			} else if e := ErrorOf(err); e == nil || e.Code != ResponseHeaderSectionSize && e.Code != ProtocolError {
				// net/http gives the whole connection up where it is far too much.
				t.Errorf("error = %v", err)
			}
		})
	}
}

// A body for which the guest asks to be told first is sent all the same.
func TestClientExpects(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			c, r := serve(t, kind, func(w http.ResponseWriter, q *http.Request) { io.Copy(w, q.Body) })
			r.Method, r.Header = "PUT", Header{"Expect": {"100-continue"}}
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("hello")), -1
			if _, body, err := answer(t, c, r); body != "hello" || err != nil {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
}

func TestClientReusesConnections(t *testing.T) {
	var conns sync.Map
	c, r := serve(t, "h1", func(w http.ResponseWriter, q *http.Request) {
		conns.Store(q.RemoteAddr, true)
		io.WriteString(w, "ok")
	})
	for range 10 {
		if _, body, err := answer(t, c, r); body != "ok" || err != nil {
			t.Fatal(body, err)
		}
	}
	n := 0
	conns.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestClientPropagates(t *testing.T) {
	type key struct{}
	c, r := serve(t, "h1", func(w http.ResponseWriter, q *http.Request) { io.WriteString(w, q.Header.Get("Traceparent")) })
	c.c.Propagate = func(ctx context.Context, h Header) { h.Set("Traceparent", ctx.Value(key{}).(string)) }
	res, err := c.Do(context.WithValue(t.Context(), key{}, "abc"), r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, _ := io.ReadAll(res.Body); string(b) != "abc" {
		t.Errorf("%q", b)
	}
}

func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for c := range Code(CodeCount) {
		if s := c.String(); s == "" || seen[s] {
			t.Errorf("code %d: %q", c, s)
		} else {
			seen[s] = true
		}
	}
	if Code(200).String() != "code 200" {
		t.Error("unknown codes")
	}
}
