package wasi_test

// This file has the service of WASI 0.3, testdata/guests/p3/service.wasm, do each
// of its paths over all kinds of connections, and asks it by the guest
// client.wasm.

import (
	"bytes"
	"errors"
	"io"
	nethttp "net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
	wasihttp "github.com/dray-wasm/dray/wasi/http"
)

func serveAsync(t *testing.T, w wire, cfg wasihttp.Config) *webGuest {
	t.Helper()
	return serveGuest(t, filepath.Join(p3Dir, "service.wasm"), w, cfg)
}

// TestAsyncServiceAnswers: answers that are as they should be, and what guests
// do wrong before they have answered.
func TestAsyncServiceAnswers(t *testing.T) {
	const failed = "Internal Server Error\n"
	body := strings.Repeat("body", 10000)
	tests := []struct {
		method, path, send string
		status             int
		body               string
		err                error
	}{
		{"GET", "/", "", 404, "There is nothing here.\n", nil},
		{"GET", "/hello", "", 200, "hello\n", nil},
		{"HEAD", "/hello", "", 200, "", nil},
		{"GET", "/status/404", "", 404, "404\n", nil},
		{"GET", "/status/599", "", 599, "599\n", nil},
		{"GET", "/status/70", "", 500, failed, wasihttp.ErrRefused},
		{"GET", "/empty", "", 200, "", nil},
		{"GET", "/body/0", "", 200, "", nil},
		{"GET", "/body/300000", "", 200, strings.Repeat("x", 300000), nil},
		{"HEAD", "/body/300000", "", 200, "", nil},
		{"GET", "/zeroes/70000", "", 200, strings.Repeat("\x00", 70000), nil},
		{"GET", "/chunks/3", "", 200, "chunk 1\nchunk 2\nchunk 3\n", nil},
		{"POST", "/echo", body, 200, body, nil},
		{"POST", "/echo", "", 200, "", nil},
		{"POST", "/upper", body, 200, strings.ToUpper(body), nil},
		{"POST", "/sum", "\x01\x02\x03", 200, "3 bytes, sum 6\nno trailers\n", nil},
		{"POST", "/sum", "", 200, "0 bytes, sum 0\nno trailers\n", nil},
		{"PUT", "/half", "12345", 200, "12345\n", nil},
		{"PUT", "/half", "", 200, "\n", nil},
		{"PUT", "/ignore", body, 200, "ignored\n", nil},
		{"PUT", "/refuse", body, 403, "refused\n", nil},
		{"GET", "/slow/1/3", "", 200, "1\n2\n3\n", nil},
		{"GET", "/late/1", "", 200, "late\n", nil},
		{"GET", "/after/1", "", 200, "before\n", nil},
		{"GET", "/memory/3", "", 200, "3 MiB\n", nil},
		{"GET", "/memory/64", "", 507, "no memory\n", nil},
		{"GET", "/trap", "", 500, failed, wasihttp.ErrTrapped},
		{"GET", "/error", "", 403, "Forbidden\n", wasihttp.ErrRefused},
		{"GET", "/internal", "", 500, failed, wasihttp.ErrRefused},
	}
	overWires(t, func(t *testing.T, w wire) {
		g := serveAsync(t, w, wasihttp.Config{WASI: wasi.Config{Limits: dray.Limits{MemoryBytes: 16 << 20}}})
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
				if got := a.header.Get("Content-Length"); what == "zeroes" && got != number {
					t.Errorf("content-length %q, want %s", got, number)
				}
			})
		}
	})
}

// TestAsyncServiceTrailers: trailers both ways.
func TestAsyncServiceTrailers(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveAsync(t, w, wasihttp.Config{})
		a := g.ask(t, "GET", "/chunks/2", nil)
		a.want(t, 200, "chunk 1\nchunk 2\n")
		if two := a.trailer["X-Two"]; a.trailer.Get("X-Chunks") != "2" || len(two) != 2 || two[0] != "a" || two[1] != "b" {
			t.Errorf("trailers %v", a.trailer)
		}
		for path, want := range map[string]string{"/sum": "3 bytes, sum 294\nx-sum: 294\n", "/echo": "abc", "/upper": "ABC"} {
			req, err := nethttp.NewRequestWithContext(t.Context(), "POST", g.URL+path, io.MultiReader(strings.NewReader("abc")))
			check(t, err)
			req.Trailer = nethttp.Header{"X-Sum": {"294"}}
			a := g.send(t, req)
			a.want(t, 200, want)
			if path != "/sum" && a.trailer.Get("X-Sum") != "294" {
				t.Errorf("%s: trailers %v", path, a.trailer)
			}
		}
	})
}

// TestAsyncServiceBreaksOff: once the head was sent, what goes wrong ends the
// answer, so that it does not look whole; what hangs is ended.
func TestAsyncServiceBreaksOff(t *testing.T) {
	tests := []struct {
		path string
		errs []error
	}{
		{"/trap-in-body", []error{wasihttp.ErrTrapped}},
		{"/error-in-body", []error{wasihttp.ErrIncomplete, wasihttp.ErrRefused}},
		{"/too-little", []error{wasihttp.ErrIncomplete}},
		{"/too-much", []error{wasihttp.ErrIncomplete}},
		{"/hang-in-body", []error{wasihttp.ErrTimeout}},
		{"/slow/100000/2", []error{wasihttp.ErrTimeout}},
	}
	overWires(t, func(t *testing.T, w wire) {
		g := serveAsync(t, w, wasihttp.Config{Timeout: 300 * time.Millisecond})
		for _, tt := range tests {
			t.Run(tt.path, func(t *testing.T) {
				if a := g.ask(t, "GET", tt.path, nil); a.err == nil {
					t.Errorf("the answer looks whole: %d %.100q", a.status, a.body)
				}
				o, right := g.outcome(t), false
				for _, err := range tt.errs {
					right = right || errors.Is(o.Err, err)
				}
				if !right {
					t.Errorf("it ended with %+v, want %v", o, tt.errs)
				}
			})
		}
		for _, path := range []string{"/hang", "/late/100000"} {
			g.ask(t, "GET", path, nil).want(t, 504, "Gateway Timeout\n")
			if o := g.outcome(t); !errors.Is(o.Err, wasihttp.ErrTimeout) {
				t.Errorf("%s ended with %+v", path, o)
			}
		}
		if a := g.ask(t, "GET", "/deadlock", nil); a.status < 500 {
			t.Errorf("/deadlock: %+v", a)
		}
		if o := g.outcome(t); o.Err == nil {
			t.Errorf("/deadlock ended with %+v", o)
		}
		g.ask(t, "GET", "/hello", nil).want(t, 200, "hello\n")
		g.idle(t)
	})
}

// TestAsyncServiceOutgoing: a service that asks others, and a client.
func TestAsyncServiceOutgoing(t *testing.T) {
	body := strings.Repeat("body", 100000)
	overWires(t, func(t *testing.T, w wire) {
		g := serveAsync(t, w, wasihttp.Config{})
		const nobody, denied = "http://127.0.0.1:1/", "http://127.0.0.2:80/"
		g.ask(t, "GET", "/fan?url="+g.URL+"/hello&url="+g.URL+"/body/100000&url="+denied+"&url="+nobody+"&url="+g.URL+"/late/20", nil).
			want(t, 200, "200 6 bytes\n200 100000 bytes\nErrorCode::HttpRequestDenied\nErrorCode::ConnectionRefused\n200 5 bytes\n")
		g.ask(t, "POST", "/proxy?url="+g.URL+"/upper", strings.NewReader(body)).want(t, 200, strings.ToUpper(body))
		g.ask(t, "GET", "/proxy?url="+g.URL+"/status/404", nil).want(t, 404, "404\n")
		a := g.ask(t, "GET", "/proxy?url="+g.URL+"/chunks/2", nil)
		a.want(t, 200, "chunk 1\nchunk 2\n")
		if a.trailer.Get("X-Chunks") != "2" {
			t.Errorf("trailers %v", a.trailer)
		}
		for len(g.outcomes) > 0 {
			if o := g.outcome(t); o.Err != nil {
				t.Errorf("a request ended with %+v", o)
			}
		}
		for _, tt := range []struct {
			args []string
			exit uint32
			want []string
		}{
			{[]string{g.URL + "/hello"}, 0, []string{"200", "hello\n"}},
			{[]string{"-d", "a body", "-H", "trailer:x-sum", "-t", "x-sum:3", g.URL + "/sum"}, 0, []string{"200", "6 bytes, sum ", "x-sum: 3"}},
			{[]string{"-X", "BREW", "-H", "x-y:z", g.URL + "/request"}, 0, []string{"BREW", "x-y: z"}},
			{[]string{g.URL + "/chunks/1"}, 0, []string{"chunk 1\n", "x-chunks: 1"}},
			{[]string{nobody}, 1, []string{"ConnectionRefused"}},
			{[]string{denied}, 1, []string{"HttpRequestDenied"}},
			{[]string{"-p", g.URL + "/hello", g.URL + "/body/7", denied}, 0, []string{"200 6 bytes\n200 7 bytes\nErrorCode::HttpRequestDenied\n"}},
		} {
			var out bytes.Buffer
			code, err := wasi.Run(t.Context(), webComponent(t, filepath.Join(p3Dir, "client.wasm")), wasi.Config{
				Args: append([]string{"client"}, tt.args...), Stdout: &out, HTTP: g.outgoing(t)})
			if code != tt.exit || err != nil {
				t.Errorf("%q: exit status %d, %v", tt.args, code, err)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q: there is no %q in %q", tt.args, want, &out)
				}
			}
		}
		g.idle(t)
	})
}
