package http_test

// This file is a middleware in front of a service.

import (
	"context"
	"errors"
	"io"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray/wasi/http"
)

// serveBehind serves the middleware with the service behind it.
func serveBehind(t *testing.T, cfg, behind http.Config) (*service, *http.Handler) {
	t.Helper()
	next, err := http.New(prepare(t, p3Service), behind)
	check(t, err)
	t.Cleanup(func() { check(t, next.Close()) })
	cfg.Next = next
	return serveFile(t, p3Middleware, cfg), next
}

func TestNext(t *testing.T) {
	const failed = "Internal Server Error\n"
	s, next := serveBehind(t, http.Config{}, http.Config{Timeout: 300 * time.Millisecond, MaxBodyBytes: 2 << 20})
	big := strings.Repeat("body", 1<<18)
	for _, tt := range []struct {
		path, send string
		status     int
		body       string
		err        error
	}{
		{"/blocked", "", 403, "blocked by the middleware\n", nil},
		{"/hello", "", 200, "hello\n", nil},
		{"/pass", "", 200, "hello\n", nil},
		{"/twice", "", 200, "hello\nhello\n", nil},
		{"/empty", "", 200, "", nil},
		{"/status/404", "", 404, "404\n", nil},
		{"/echo", big, 200, big, nil},
		{"/upper", big, 200, strings.ToUpper(big), nil},
		{"/half", "some bytes and more", 200, "some bytes\n", nil},
		{"/ignore", "some", 200, "ignored\n", nil},
		{"/refuse", "some", 403, "refused\n", nil},
		{"/zeroes/3000000", "", 200, strings.Repeat("\x00", 3000000), nil},
		{"/error", "", 403, "Forbidden\n", http.ErrRefused},
		{"/internal", "", 500, failed, http.ErrRefused},
		{"/trap", "", 500, failed, http.ErrRefused}, // of the one behind: the one in front refuses
		{"/hang", "", 504, "Gateway Timeout\n", http.ErrRefused},
		{"/sum", big + big + big, 413, "Request Entity Too Large\n", http.ErrRefused},
	} {
		t.Run(tt.path, func(t *testing.T) {
			method, body := "GET", io.Reader(nil)
			if tt.send != "" {
				method, body = "POST", strings.NewReader(tt.send)
			}
			req, err := nethttp.NewRequest(method, s.URL+tt.path, body)
			check(t, err)
			resp, err := s.Client().Do(req)
			check(t, err)
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != tt.status || string(got) != tt.body {
				t.Errorf("status %d, %.100q, %v; want %d, %.100q", resp.StatusCode, got, err, tt.status, tt.body)
			}
			if o := s.outcome(t); !errors.Is(o.Err, tt.err) {
				t.Errorf("%+v, want %v", o, tt.err)
			}
		})
	}
	if st := s.h.Stats(); st.Traps != 0 {
		t.Errorf("in front: %+v", st)
	}
	waitFor(t, func() bool { return next.Stats().Running == 0 })
	if st := next.Stats(); st.Traps != 1 || st.Timeouts != 1 {
		t.Errorf("behind: %+v", st)
	}
}

// TestNextBroken: what goes wrong behind cuts the answer off in front.
func TestNextBroken(t *testing.T) {
	s, next := serveBehind(t, http.Config{}, http.Config{Timeout: 300 * time.Millisecond})
	for _, path := range []string{"/trap-in-body", "/error-in-body", "/hang-in-body", "/too-little"} {
		resp, err := s.Client().Get(s.URL + path)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if o := s.outcome(t); err == nil || !errors.Is(o.Err, http.ErrIncomplete) {
			t.Errorf("%s: %v, %+v", path, err, o)
		}
	}
	waitFor(t, func() bool { return next.Stats().Running == 0 })
}

// TestNextStreams: each byte comes back before the next one is sent, and
// trailers get through.
func TestNextStreams(t *testing.T) {
	s, _ := serveBehind(t, http.Config{}, http.Config{})
	in, out := io.Pipe()
	req, err := nethttp.NewRequestWithContext(t.Context(), "POST", s.URL+"/upper", in)
	check(t, err)
	req.Trailer = nethttp.Header{"X-Sum": nil}
	resp, err := s.Client().Do(req)
	check(t, err)
	defer resp.Body.Close()
	for _, b := range []byte("ABCDEF") {
		_, err := out.Write([]byte{b})
		check(t, err)
		var got [1]byte
		if _, err = io.ReadFull(resp.Body, got[:]); err != nil || got[0] != b {
			t.Fatalf("%q came back for %q, %v", got, b, err)
		}
	}
	req.Trailer["X-Sum"] = []string{"405"}
	check(t, out.Close())
	if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
		t.Errorf("then came %q, %v", rest, err)
	}
	if sum, n := resp.Trailer.Get("X-Sum"), resp.Trailer.Get("X-Bytes"); sum != "405" || n != "6" {
		t.Errorf("trailers %v", resp.Trailer)
	}
}

// TestNextGone: a client that goes away ends the requests of both.
func TestNextGone(t *testing.T) {
	s, next := serveBehind(t, http.Config{MaxReuse: 1}, http.Config{})
	for _, path := range []string{"/late/1000000", "/slow/1/1000000", "/hang"} {
		ctx, cancel := context.WithCancel(t.Context())
		req, err := nethttp.NewRequestWithContext(ctx, "GET", s.URL+path, nil)
		check(t, err)
		go func() {
			waitFor(t, func() bool { return next.Stats().Running == 1 })
			cancel()
		}()
		if resp, err := s.Client().Do(req); err == nil {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if o := s.outcome(t); !errors.Is(o.Err, http.ErrGone) {
			t.Errorf("%s: %+v", path, o)
		}
		waitFor(t, func() bool { return next.Stats().Running == 0 })
	}
}

// TestNextClose: a handler that is closed refuses what is handed on to it, and
// nothing is left of both.
func TestNextClose(t *testing.T) {
	prepare(t, p3Service)
	prepare(t, p3Middleware)
	before := measure()
	s, next := serveBehind(t, http.Config{}, http.Config{})
	answer := make(chan int)
	go func() {
		status, _ := s.get(t, "/hang")
		answer <- status
	}()
	waitFor(t, func() bool { return next.Stats().Running == 1 })
	check(t, next.Close())
	if status := <-answer; status != 503 {
		t.Errorf("status %d", status)
	}
	if status, _ := s.get(t, "/hello"); status != 503 {
		t.Errorf("status %d", status)
	}
	check(t, s.h.Close())
	s.Server.Close()
	before.settle(t)
}

func TestNextConfig(t *testing.T) {
	middleware := prepare(t, p3Middleware)
	if !http.HandsOn(middleware.Component()) || http.HandsOn(prepare(t, p3Service).Component()) {
		t.Error("who hands on?")
	}
	const want = "imports wasi:http/handler: name the component that answers it behind it"
	if _, err := http.New(middleware, http.Config{}); err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	if _, err := http.New(middleware, http.Config{Next: newHandler(t, http.Config{})}); err == nil || !strings.Contains(err.Error(), "WASI 0.2") {
		t.Error(err)
	}
}
