package wasi_test

// This file has the guest service.wasm do each of its paths, over all kinds of
// connections.

import (
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
	wasihttp "github.com/dray-wasm/dray/wasi/http"
)

func serveService(t *testing.T, w wire, cfg wasihttp.Config) *webGuest {
	t.Helper()
	return serveGuest(t, filepath.Join(p2Dir, "service.wasm"), w, cfg)
}

// bytes256 is what the guest sends for /body/N.
func bytes256(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return string(b)
}

// TestServiceAnswers: answers that are as they should be, and what guests do
// wrong before they have answered.
func TestServiceAnswers(t *testing.T) {
	const failed = "Internal Server Error\n"
	body := strings.Repeat("body", 10000)
	tests := []struct {
		method, path, send string
		status             int
		body               string
		err                error
	}{
		{"GET", "/", "", 200, "hello\n", nil},
		{"GET", "/hello", "", 200, "hello\n", nil},
		{"HEAD", "/hello", "", 200, "", nil},
		{"GET", "/status/404", "", 404, "this status\n", nil},
		{"GET", "/status/599", "", 599, "this status\n", nil},
		{"GET", "/status/99", "", 500, failed, wasihttp.ErrTrapped},
		{"GET", "/nowhere", "", 404, "no such path\n", nil},
		{"GET", "/requests", "", 200, "1\n", nil},
		{"GET", "/requests", "", 200, "1\n", nil},
		{"GET", "/body/0", "", 200, "", nil},
		{"GET", "/body/300000", "", 200, bytes256(300000), nil},
		{"HEAD", "/body/300000", "", 200, "", nil},
		{"GET", "/zeroes/70000", "", 200, strings.Repeat("\x00", 70000), nil},
		{"POST", "/echo", body, 200, body, nil},
		{"POST", "/upper", body, 200, strings.ToUpper(body), nil},
		{"POST", "/sum", "\x01\x02\x03", 200, "3 bytes, sum 6\n", nil},
		{"POST", "/sum", "", 200, "0 bytes, sum 0\n", nil},
		{"PUT", "/half", body, 200, "some bytes and no more\n", nil},
		{"PUT", "/half", "", 200, "no bytes and no more\n", nil},
		{"PUT", "/ignore", body, 200, "not read\n", nil},
		{"POST", "/request-trailers", body, 200, "40000 bytes\nno trailers\n", nil},
		{"GET", "/slow/1/3", "", 200, "line 1\nline 2\nline 3\n", nil},
		{"GET", "/late/1", "", 200, "late\n", nil},
		{"GET", "/memory/3", "", 200, "3 MiB\n", nil},
		{"GET", "/trap", "", 500, failed, wasihttp.ErrTrapped},
		{"GET", "/silent", "", 500, failed, wasihttp.ErrNoAnswer},
		{"GET", "/error", "", 500, failed, wasihttp.ErrRefused},
		{"GET", "/exit/0", "", 500, failed, wasihttp.ErrTrapped},
		{"GET", "/exit/3", "", 500, failed, wasihttp.ErrTrapped},
		{"GET", "/mix/7", "", 200, "hello\n", nil},
		{"GET", "/mix/300", "", 500, failed, wasihttp.ErrTrapped},
		{"GET", "/many-headers/1000", "", 200, "", nil},
	}
	overWires(t, func(t *testing.T, w wire) {
		g := serveService(t, w, wasihttp.Config{WASI: wasi.Config{Limits: dray.Limits{MemoryBytes: 16 << 20}}})
		for _, tt := range tests {
			t.Run(tt.method+tt.path, func(t *testing.T) {
				var send io.Reader
				if tt.send != "" {
					send = strings.NewReader(tt.send)
				}
				a := g.ask(t, tt.method, tt.path, send)
				a.want(t, tt.status, tt.body)
				if o := g.outcome(t); !errors.Is(o.Err, tt.err) || o.Status != tt.status {
					t.Errorf("it ended with %+v, want status %d, %v", o, tt.status, tt.err)
				}
				what, number, _ := strings.Cut(tt.path[1:], "/")
				if got := a.header.Get("Content-Length"); (what == "body" || what == "zeroes") && got != number {
					t.Errorf("content-length %q, want %s", got, number)
				}
				if n := len(a.header); what == "many-headers" && n < 1000 {
					t.Errorf("%d headers", n)
				}
			})
		}
		a := g.ask(t, "GET", "/memory/64", nil)
		if a.status != 507 || !strings.HasPrefix(a.body, "no more than ") {
			t.Errorf("64 MiB of 16: %+v", a)
		}
		a = g.ask(t, "GET", "/many-headers/1000000", nil)
		if a.status != 500 || !strings.Contains(a.body, " headers, then ") {
			t.Errorf("a million headers: %+v", a)
		}
		a = g.ask(t, "GET", "/forbidden", nil)
		if n := strings.Count(a.body, " forbidden\n"); a.status != 200 || n != 9 || strings.Count(a.body, "\n") != 9 {
			t.Errorf("%d headers of 9 are forbidden: %q", n, a.body)
		}
	})
}

// TestServiceRequest: what the guest sees of a request.
func TestServiceRequest(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveService(t, w, wasihttp.Config{})
		req, err := nethttp.NewRequestWithContext(t.Context(), "BREW", g.URL+"/request?a=%20b", nil)
		check(t, err)
		req.Host = "example.com:99"
		req.Header = nethttp.Header{"X-Two": {"1", "2"}, "User-Agent": {"me"}}
		a := g.send(t, req)
		scheme := map[string]string{"http": "Http", "https": "Https"}[w.scheme]
		head := fmt.Sprintf("Method::Other(\"BREW\")\nSome(Scheme::%s)\nSome(\"example.com:99\")\nSome(\"/request?a=%%20b\")\n", scheme)
		if a.status != 200 || !strings.HasPrefix(a.body, head) {
			t.Errorf("%d %q, want %q", a.status, a.body, head)
		}
		for _, want := range []string{"\nx-two: 1\n", "\nx-two: 2\n", "\nuser-agent: me\n"} {
			if !strings.Contains(strings.ToLower(a.body), want) {
				t.Errorf("there is no %q in %q", want, a.body)
			}
		}
	})
}

// TestServiceStreams: each byte comes back before the next one is sent.
func TestServiceStreams(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveService(t, w, wasihttp.Config{})
		for _, path := range []string{"/echo", "/upper"} {
			in, out := io.Pipe()
			req, err := nethttp.NewRequestWithContext(t.Context(), "POST", g.URL+path, in)
			check(t, err)
			resp, err := g.client.Do(req)
			check(t, err)
			for _, b := range []byte("ABCDEF") {
				_, err := out.Write([]byte{b})
				check(t, err)
				var got [1]byte
				if _, err = io.ReadFull(resp.Body, got[:]); err != nil || got[0] != b {
					t.Fatalf("%s: %q came back for %q, %v", path, got, b, err)
				}
			}
			check(t, out.Close())
			if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
				t.Errorf("%s: then came %q, %v", path, rest, err)
			}
			resp.Body.Close()
			if o := g.outcome(t); o.Err != nil || o.Bytes != 6 {
				t.Errorf("%s: %+v", path, o)
			}
		}
	})
}

// TestServiceTrailers: trailers both ways.
func TestServiceTrailers(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveService(t, w, wasihttp.Config{})
		a := g.ask(t, "GET", "/trailers", nil)
		a.want(t, 200, "body\n")
		if two := a.trailer["X-Two"]; a.trailer.Get("X-Sum") != "5" || len(two) != 2 || two[0] != "a" || two[1] != "b" {
			t.Errorf("trailers %v", a.trailer)
		}
		req, err := nethttp.NewRequestWithContext(t.Context(), "POST", g.URL+"/request-trailers", io.MultiReader(strings.NewReader("abc")))
		check(t, err)
		req.Trailer = nethttp.Header{"X-Sum": {"294"}}
		a = g.send(t, req)
		a.body = strings.ToLower(a.body)
		a.want(t, 200, "3 bytes\nx-sum: 294\n")
	})
}

// TestServiceBreaksOff: once the head was sent, what goes wrong ends the
// answer, so that it does not look whole.
func TestServiceBreaksOff(t *testing.T) {
	tests := []struct {
		path, body string
		err        error
	}{
		{"/trap-in-body/10", "xxxxxxxxxx", wasihttp.ErrTrapped},
		{"/trap-in-body/300000", strings.Repeat("x", 300000), wasihttp.ErrTrapped},
		{"/unfinished", "begun\n", wasihttp.ErrIncomplete},
		{"/too-little", "01234", wasihttp.ErrIncomplete},
		{"/no-body", "", wasihttp.ErrIncomplete},
		{"/too-much", "", wasihttp.ErrIncomplete},
	}
	overWires(t, func(t *testing.T, w wire) {
		g := serveService(t, w, wasihttp.Config{})
		for _, tt := range tests {
			t.Run(tt.path, func(t *testing.T) {
				a := g.ask(t, "GET", tt.path, nil)
				// What came before the end may be lost with it, above all the head.
				if a.err == nil || !strings.HasPrefix(tt.body, a.body) {
					t.Errorf("the answer looks whole: %d %.100q", a.status, a.body)
				}
				if o := g.outcome(t); !errors.Is(o.Err, tt.err) {
					t.Errorf("it ended with %+v, want %v", o, tt.err)
				}
			})
		}
		g.idle(t)
		if out := g.out.String(); strings.Count(out, "finish: HTTP-request-body-size") != 3 && strings.Count(out, "finish: HTTP-response-body-size") != 3 {
			t.Errorf("the guest was told %q", out)
		}
	})
}

// TestServiceTimeouts: guests that do not come to an end.
func TestServiceTimeouts(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveService(t, w, wasihttp.Config{Timeout: 200 * time.Millisecond})
		for _, path := range []string{"/hang", "/spin", "/mix/50", "/late/100000"} {
			g.ask(t, "GET", path, nil).want(t, 504, "Gateway Timeout\n")
			if o := g.outcome(t); !errors.Is(o.Err, wasihttp.ErrTimeout) {
				t.Errorf("%s ended with %+v", path, o)
			}
		}
		for _, path := range []string{"/hang-in-body", "/slow/100000/2", "/endless"} {
			if a := g.ask(t, "GET", path, nil); a.err == nil {
				t.Errorf("%s: the answer looks whole: %+v", path, a)
			}
			if o := g.outcome(t); !errors.Is(o.Err, wasihttp.ErrTimeout) {
				t.Errorf("%s ended with %+v", path, o)
			}
		}
		g.idle(t)
	})
}

// TestServiceGone: a client that goes away ends its guest.
func TestServiceGone(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveService(t, w, wasihttp.Config{})
		for _, path := range []string{"/hang", "/spin", "/hang-in-body", "/endless", "/slow/100000/2", "/body/4000000000"} {
			ctx, cancel := context.WithCancel(t.Context())
			req, err := nethttp.NewRequestWithContext(ctx, "GET", g.URL+path, nil)
			check(t, err)
			done := make(chan bool)
			go func() {
				defer close(done)
				if resp, err := g.client.Do(req); err == nil {
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			}()
			until(t, func() bool { return g.h.Stats().Running == 1 })
			cancel()
			<-done
			if o := g.outcome(t); !errors.Is(o.Err, wasihttp.ErrGone) {
				t.Errorf("%s ended with %+v", path, o)
			}
			g.idle(t)
		}
	})
}

// TestServiceAfter: a guest goes on when its answer is whole.
func TestServiceAfter(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveService(t, w, wasihttp.Config{})
		g.ask(t, "GET", "/after/30", nil).want(t, 200, "answered\n")
		check(t, g.h.Shutdown(t.Context()))
		if g.out.String() != "after\n" {
			t.Errorf("it printed %q", g.out)
		}
		if a := g.ask(t, "GET", "/", nil); a.status != 503 {
			t.Errorf("after Shutdown: %+v", a)
		}
	})
}

// TestServiceOutgoing: a service that asks others.
func TestServiceOutgoing(t *testing.T) {
	body := strings.Repeat("body", 100000)
	overWires(t, func(t *testing.T, w wire) {
		g := serveService(t, w, wasihttp.Config{})
		// cutOff stands for what depends on whether the head came before the end.
		const cutOff = "HTTP-response-incomplete\n or connection-terminated\n"
		const nobody, denied = "http://127.0.0.1:1/", "http://127.0.0.2:80/"
		tests := []struct{ path, send, body string }{
			{"/out?url=" + g.URL + "/trailers", "", "200 5 bytes\ntrailer x-sum: 5\ntrailer x-two: a\ntrailer x-two: b\nbody\n"},
			{"/out?url=" + g.URL + "/status/404", "", "404 12 bytes\nthis status\n"},
			{"/out?url=" + g.URL + "/late/100000&first=50", "", "connection-read-timeout\n"},
			{"/out?url=" + g.URL + "/slow/100000/2&between=50", "", "connection-read-timeout\n"},
			{"/out?url=http://" + deafHost + "/&connect=50", "", "connection-timeout\n"},
			{"/out?url=" + g.URL + "/hello&connect=60000&first=60000&between=60000", "", "200 6 bytes\nhello\n"},
			{"/out?url=" + g.URL + "/trap", "", "500 22 bytes\nInternal Server Error\n"},
			{"/out?url=" + g.URL + "/too-little", "", cutOff},
			{"/out?url=" + g.URL + "/trap-in-body/10", "", cutOff},
			{"/out?url=" + nobody, "", "connection-refused\n"},
			{"/out?url=" + denied, "", "HTTP-request-denied\n"},
			{"/fan?url=" + g.URL + "/hello&url=" + g.URL + "/body/100000&url=" + denied + "&url=" + nobody + "&url=" + g.URL + "/late/20", "",
				"200 6 bytes\n200 100000 bytes\nHTTP-request-denied\nconnection-refused\n200 5 bytes\n"},
			{"/proxy?url=" + g.URL + "/sum", body, "400000 bytes, sum " + strconv.Itoa(100000*('b'+'o'+'d'+'y')) + "\n"},
			{"/proxy?url=" + g.URL + "/upper", "some body", "SOME BODY"},
			{"/proxy?url=" + g.URL + "/body/300000", "x", bytes256(300000)},
		}
		for _, tt := range tests {
			method, send := "GET", io.Reader(nil)
			if tt.send != "" {
				method, send = "POST", strings.NewReader(tt.send)
			}
			a := g.ask(t, method, tt.path, send)
			right := a.body == tt.body || tt.body == cutOff && a.body != "" && strings.Contains(cutOff, a.body)
			if a.err != nil || a.status != 200 || !right {
				t.Errorf("%s: %d %.200q, %v; want %.200q", tt.path, a.status, a.body, a.err, tt.body)
			}
		}
		g.ask(t, "POST", "/proxy?url="+denied, strings.NewReader("x")).want(t, 502, "HTTP-request-denied\n")
		g.idle(t)
	})
}
