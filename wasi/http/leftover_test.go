package http_test

// This file is requests whose bodies are not at their end when the answer is.

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasi/http"
)

// TestLeftover: what is left of a body is never taken for the next request, and
// the server does not panic.
func TestLeftover(t *testing.T) {
	smuggled := "GET /status?299 HTTP/1.1\r\nHost: a\r\n\r\n"
	for name, parts := range map[string][2]string{
		"whole":        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde", ""},
		"length":       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", smuggled},
		"chunked":      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", smuggled},
		"some chunks":  {"POST /half HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n", smuggled},
		"trap":         {"POST /trap-first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", smuggled},
		"trap in body": {"POST /trap-after HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde", smuggled},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHandler(t, http.Config{})
			if strings.Contains(parts[0], "/half") {
				h = halfHandler(t)
			}
			var logged bytes.Buffer
			var mu sync.Mutex
			c := dialLogged(t, h, lockedWriter{&mu, &logged})
			defer c.Close()
			_, err := io.WriteString(c, parts[0])
			check(t, err)
			r := bufio.NewReader(c)
			resp, err := nethttp.ReadResponse(r, nil)
			check(t, err)
			_, err = io.ReadAll(resp.Body)
			check(t, err)
			if !resp.Close {
				t.Errorf("the connection is kept: %v", resp.Header)
			}
			io.WriteString(c, parts[1]) // may fail, as the connection ends
			c.(*net.TCPConn).CloseWrite()
			rest, _ := io.ReadAll(r)
			if len(rest) > 0 {
				t.Errorf("there was a second answer: %q", rest)
			}
			mu.Lock()
			defer mu.Unlock()
			if logged.Len() > 0 {
				t.Errorf("the server logged %.300s", logged.String())
			}
		})
	}
}

// TestKept: a connection goes on where the guest read the body of the request
// before it answered, and where there was none.
func TestKept(t *testing.T) {
	s := serve(t, http.Config{})
	for _, body := range []io.Reader{nil, strings.NewReader("x"), io.MultiReader(strings.NewReader("x"))} {
		resp, err := s.Client().Post(s.URL+"/count", "text/plain", body)
		check(t, err)
		if _, err := io.ReadAll(resp.Body); err != nil || resp.Close {
			t.Errorf("the connection ends: %v, %v", resp.Header, err)
		}
		resp.Body.Close()
	}
}

// halfHandler is a handler of the guest service, which reads a part of a body
// for the path /half, while more of it is being read beside the guest.
func halfHandler(t *testing.T) *http.Handler {
	t.Helper()
	p, err := stages()
	check(t, err)
	rt := p.Component().Runtime()
	c, err := rt.CompileComponentFile(t.Context(), "../../testdata/guests/p2/service.wasm")
	check(t, err)
	l := rt.NewLinker()
	check(t, wasi.Link(l))
	p, err = l.Prepare(c)
	check(t, err)
	h, err := http.New(p, http.Config{})
	check(t, err)
	t.Cleanup(func() { check(t, h.Close()) })
	return h
}

// dialLogged serves one connection with a server whose log is kept, and ends it
// with the test.
func dialLogged(t *testing.T, h *http.Handler, logged io.Writer) net.Conn {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	srv := &nethttp.Server{Handler: h, ErrorLog: log.New(logged, "", 0)}
	done := make(chan bool)
	go func() { srv.Serve(l); close(done) }()
	t.Cleanup(func() { srv.Close(); <-done })
	c, err := net.Dial("tcp", l.Addr().String())
	check(t, err)
	return c
}
