package http_test

// This file is what handlers do with requests that are as they should be, and
// with what guests do wrong at each stage.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasi/http"
)

var discard = log.New(io.Discard, "", 0)

// TestStages has the guest do one thing after the other.
func TestStages(t *testing.T) {
	var logged bytes.Buffer
	var mu sync.Mutex
	logger := slog.New(slog.NewTextHandler(lockedWriter{&mu, &logged}, nil))
	s := serve(t, http.Config{Logger: logger, Timeout: time.Minute})
	for _, tt := range []struct {
		path   string
		status int
		body   string
		err    error
		log    string
	}{
		{"/", 200, "hello\n", nil, ""},
		{"/nowhere", 404, "no such path\n", nil, ""},
		{"/status?299", 299, "as asked\n", nil, ""},
		{"/status?999", 999, "as asked\n", nil, ""},
		{"/bytes?0", 200, "", nil, ""},
		{"/bytes?1000000", 200, strings.Repeat("x", 1000000), nil, ""},
		{"/length?6", 200, "xxxxxx", nil, ""},
		{"/global", 200, "1\n", nil, ""},
		{"/global", 200, "1\n", nil, ""},
		{"/sleep?5", 200, "slept\n", nil, ""},
		{"/status?99", 500, "Internal Server Error\n", http.ErrTrapped, "a guest trapped"},
		{"/trap-first", 500, "Internal Server Error\n", http.ErrTrapped, "a guest trapped"},
		{"/trap-after", 200, "hello\n", nil, "a guest trapped"},
		{"/nothing", 500, "Internal Server Error\n", http.ErrNoAnswer, "a guest gave no answer"},
		{"/forget", 500, "Internal Server Error\n", http.ErrNoAnswer, "a guest gave no answer"},
		{"/exit?0", 500, "Internal Server Error\n", http.ErrTrapped, ""},
		{"/exit?3", 500, "Internal Server Error\n", http.ErrTrapped, "a guest exited"},
		{"/refuse?0", 500, "Internal Server Error\n", http.ErrRefused, "a guest refused a request"},
		{"/refuse?1", 403, "Forbidden\n", http.ErrRefused, ""},
		{"/refuse?2", 504, "Gateway Timeout\n", http.ErrRefused, ""},
		{"/refuse?3", 400, "Bad Request\n", http.ErrRefused, ""},
		{"/refuse?4", 413, "Request Entity Too Large\n", http.ErrRefused, ""},
		{"/refuse?5", 502, "Bad Gateway\n", http.ErrRefused, ""},
	} {
		t.Run(tt.path, func(t *testing.T) {
			mu.Lock()
			logged.Reset()
			mu.Unlock()
			status, body := s.get(t, tt.path)
			if status != tt.status || body != tt.body {
				t.Errorf("status %d, %.100q; want %d, %.100q", status, body, tt.status, tt.body)
			}
			o := s.outcome(t)
			if o.Status != tt.status || !errors.Is(o.Err, tt.err) {
				t.Errorf("outcome %+v; want status %d, %v", o, tt.status, tt.err)
			}
			if tt.err == nil && o.Bytes != int64(len(tt.body)) {
				t.Errorf("%d bytes were counted, want %d", o.Bytes, len(tt.body))
			}
			waitFor(t, func() bool { return s.h.Stats().Running == 0 })
			mu.Lock()
			defer mu.Unlock()
			if !strings.Contains(logged.String(), tt.log) || tt.log == "" && tt.err == nil && logged.Len() > 0 {
				t.Errorf("logged %q, want %q", logged.String(), tt.log)
			}
		})
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// waitFor waits for something that happens beside the test.
func waitFor(t testing.TB, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not happen")
		}
	}
}

// TestBroken: once the head was sent, what goes wrong ends the connection.
func TestBroken(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		s := serve(t, http.Config{Timeout: 300 * time.Millisecond})
		client := clientOf(t, proto, s)
		for _, tt := range []struct {
			path string
			err  error
		}{
			{"/trap-head", http.ErrTrapped}, {"/trap-body?10", http.ErrTrapped}, {"/trap-body?300000", http.ErrTrapped},
			{"/unfinished", http.ErrIncomplete}, {"/spin-head", http.ErrTimeout}, {"/length?5", http.ErrIncomplete},
			{"/trap-head?10000", http.ErrTimeout},
		} {
			t.Run(proto+tt.path, func(t *testing.T) {
				resp, err := client.Get(s.URL + tt.path)
				if err == nil {
					if resp.Proto != proto {
						t.Errorf("spoke %s", resp.Proto)
					}
					_, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				if err == nil {
					t.Errorf("the answer looks whole: %v", resp.Status)
				}
				if o := s.outcome(t); !errors.Is(o.Err, tt.err) {
					t.Errorf("outcome %+v, want %v", o, tt.err)
				}
			})
		}
	}
}

// clientOf makes a client for a service that speaks both protocols.
func clientOf(t testing.TB, proto string, s *service) *nethttp.Client {
	if proto == "HTTP/1.1" {
		return s.Client()
	}
	s.Server.Close()
	srv := httptest.NewUnstartedServer(s.h)
	srv.Config.ErrorLog = discard
	srv.Config.Protocols = new(nethttp.Protocols)
	srv.Config.Protocols.SetHTTP1(true)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	srv.Start()
	t.Cleanup(srv.Close)
	s.Server = srv
	tr := &nethttp.Transport{Protocols: new(nethttp.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(tr.CloseIdleConnections)
	return &nethttp.Client{Transport: tr}
}

// TestTimeout: a guest that does not answer in time gives 504.
func TestTimeout(t *testing.T) {
	s := serve(t, http.Config{Timeout: 50 * time.Millisecond})
	for _, path := range []string{"/spin", "/sleep?100000"} {
		if status, _ := s.get(t, path); status != 504 {
			t.Errorf("%s: status %d", path, status)
		}
		if o := s.outcome(t); !errors.Is(o.Err, http.ErrTimeout) {
			t.Errorf("%s: %+v", path, o)
		}
	}
	waitFor(t, func() bool { st := s.h.Stats(); return st.Running == 0 && st.Timeouts == 2 })
}

func TestStreams(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			s := serve(t, http.Config{})
			client := clientOf(t, proto, s)
			// Each byte comes back before the next one is sent.
			in, out := io.Pipe()
			req, err := nethttp.NewRequest("POST", s.URL+"/echo", in)
			check(t, err)
			req.Trailer = nethttp.Header{"X-Sum": nil}
			resp, err := client.Do(req)
			check(t, err)
			defer resp.Body.Close()
			for _, b := range []byte("abc") {
				_, err := out.Write([]byte{b})
				check(t, err)
				var got [1]byte
				_, err = io.ReadFull(resp.Body, got[:])
				check(t, err)
				if got[0] != b {
					t.Errorf("%q came back for %q", got, b)
				}
			}
			req.Trailer["X-Sum"] = []string{"294"}
			check(t, out.Close())
			rest, err := io.ReadAll(resp.Body)
			check(t, err)
			if len(rest) > 0 || resp.Trailer.Get("X-Sum") != "294" {
				t.Errorf("then came %q and the trailers %v", rest, resp.Trailer)
			}
		})
	}
}

func TestTrailers(t *testing.T) {
	s := serve(t, http.Config{})
	resp, err := s.Client().Get(s.URL + "/trailers")
	check(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	check(t, err)
	if string(body) != "body\n" || resp.Trailer.Get("X-Sum") != "42" || resp.Trailer.Get("X-More") != "a" {
		t.Errorf("%q, trailers %v", body, resp.Trailer)
	}
}

// TestHead: answers without bodies.
func TestHead(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		s := serve(t, http.Config{})
		client := clientOf(t, proto, s)
		for _, path := range []string{"/", "/bytes?1000000", "/length?6"} {
			resp, err := client.Head(s.URL + path)
			check(t, err)
			resp.Body.Close()
			if resp.StatusCode != 200 {
				t.Errorf("%s: %s", path, resp.Status)
			}
			if o := s.outcome(t); o.Err != nil || o.Bytes != 0 {
				t.Errorf("%s: %+v", path, o)
			}
		}
	}
	s := serve(t, http.Config{})
	for _, path := range []string{"/status?204", "/status?304"} {
		if status, body := s.get(t, path); body != "" || !strings.HasSuffix(path, "?"+itoa(status)) {
			t.Errorf("%s: %d %q", path, status, body)
		}
		if o := s.outcome(t); o.Err != nil {
			t.Errorf("%s: %+v", path, o)
		}
	}
}

func itoa(n int) string {
	return string([]byte{'0' + byte(n/100), '0' + byte(n/10%10), '0' + byte(n%10)})
}

// TestRequest: what guests see of requests.
func TestRequest(t *testing.T) {
	s := serve(t, http.Config{})
	req, err := nethttp.NewRequest("BREW", s.URL+"/request?a=%20b", nil)
	check(t, err)
	req.Host = "example.com:99"
	req.Header = nethttp.Header{"X-Two": {"1", "2"}, "User-Agent": {"me"}, "Connection": {"x-hop"}, "X-Latin": {"\xe9"}}
	resp, err := s.Client().Do(req)
	check(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	check(t, err)
	lines := strings.Split(strings.TrimSpace(string(body)), "\n")
	if lines[0] != `BREW Scheme::Http "example.com:99" "/request?a=%20b"` {
		t.Errorf("the request is %q", lines[0])
	}
	for _, want := range []string{"x-two: 1", "x-two: 2", "user-agent: me", "x-latin: \ufffd"} {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.EqualFold(l, want) }) {
			t.Errorf("no %q in %q", want, lines)
		}
	}
	if slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(strings.ToLower(l), "connection:") }) {
		t.Errorf("a header of the connection in %q", lines)
	}
}

// TestNoGuessing: the head of an answer has what the guest gave it.
func TestNoGuessing(t *testing.T) {
	s := serve(t, http.Config{})
	resp, err := s.Client().Get(s.URL + "/bytes?10")
	check(t, err)
	resp.Body.Close()
	if ct, ok := resp.Header["Content-Type"]; ok {
		t.Errorf("content-type %q was guessed", ct)
	}
}

func TestBodyTooLarge(t *testing.T) {
	s := serve(t, http.Config{MaxBodyBytes: 1000})
	post := func(path string, n int, chunked bool) (int, string) {
		var body io.Reader = strings.NewReader(strings.Repeat("x", n))
		if chunked {
			body = io.MultiReader(body)
		}
		resp, err := s.Client().Post(s.URL+path, "text/plain", body)
		check(t, err)
		defer resp.Body.Close()
		got, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(got)
	}
	for _, chunked := range []bool{false, true} {
		if status, body := post("/count", 1000, chunked); status != 200 || body != "1000 whole\n" {
			t.Errorf("1000 bytes, chunked %v: %d %q", chunked, status, body)
		}
		s.outcome(t)
		if status, _ := post("/count", 1001, chunked); status != 413 {
			t.Errorf("1001 bytes, chunked %v: %d", chunked, status)
		}
		if o := s.outcome(t); o.Err != http.ErrTooLarge {
			t.Errorf("1001 bytes, chunked %v: %+v", chunked, o)
		}
	}
}

// TestQueue: requests wait for their turn, and too many are turned away.
func TestQueue(t *testing.T) {
	s := serve(t, http.Config{MaxConcurrent: 1, MaxWaiting: 1})
	answers := make(chan int, 2)
	ask := func() {
		resp, err := s.Client().Get(s.URL + "/sleep?300")
		if err != nil {
			answers <- 0
			return
		}
		resp.Body.Close()
		answers <- resp.StatusCode
	}
	go ask()
	waitFor(t, func() bool { return s.h.Stats().Running == 1 })
	go ask()
	waitFor(t, func() bool { return s.h.Stats().Waiting == 1 })
	resp, err := s.Client().Get(s.URL + "/")
	check(t, err)
	resp.Body.Close()
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %s %v", resp.Status, resp.Header)
	}
	if a, b := <-answers, <-answers; a != 200 || b != 200 {
		t.Errorf("those that waited: %d and %d", a, b)
	}
	if st := s.h.Stats(); st.Waiting != 0 {
		t.Errorf("%+v", st)
	}
}

// TestQueueTimeout: who waits for too long is turned away.
func TestQueueTimeout(t *testing.T) {
	s := serve(t, http.Config{MaxConcurrent: 1, MaxWaiting: 1, Timeout: 100 * time.Millisecond})
	done := make(chan bool)
	go func() { s.get(t, "/spin"); close(done) }()
	waitFor(t, func() bool { return s.h.Stats().Running == 1 })
	status, _ := s.get(t, "/")
	if status != 503 && status != 200 { // the first one may have ended first
		t.Errorf("status %d", status)
	}
	<-done
}

func TestMemoryLimit(t *testing.T) {
	s := serve(t, http.Config{WASI: wasi.Config{Limits: dray.Limits{MemoryBytes: 8 << 20}}})
	if status, body := s.get(t, "/grow?4"); status != 200 {
		t.Errorf("4 MiB of 8: %d %q", status, body)
	}
	if status, body := s.get(t, "/grow?16"); status != 507 {
		t.Errorf("16 MiB of 8: %d %q", status, body)
	}
}

// TestGiven: guests have what the Config says, and each its own output.
func TestGiven(t *testing.T) {
	name := t.TempDir()
	check(t, os.WriteFile(filepath.Join(name, "file.txt"), []byte("a file\n"), 0o666))
	dir, err := wasi.HostDir(name, "/", fs.ReadOnly)
	check(t, err)
	defer dir.FS.Close()
	var mu sync.Mutex
	var out bytes.Buffer
	w := lockedWriter{&mu, &out}
	s := serve(t, http.Config{
		WASI: wasi.Config{Env: []string{"A=1"}, Dirs: []wasi.Dir{dir}, Stdout: w, Stderr: w}, PrefixOutput: true,
		ForRequest: func(r *nethttp.Request, c *wasi.Config) error {
			if r.URL.Path == "/forbidden" {
				return errors.New("not this one")
			}
			c.Env = append(c.Env[:len(c.Env):len(c.Env)], "PATH="+r.URL.Path)
			return nil
		},
	})
	if status, body := s.get(t, "/env"); status != 200 || body != "A=1\nPATH=/env\na file\n" {
		t.Errorf("%d %q", status, body)
	}
	if status, _ := s.get(t, "/forbidden"); status != 500 {
		t.Errorf("status %d", status)
	}
	s.get(t, "/print?7")
	waitFor(t, func() bool { return s.h.Stats().Running == 0 })
	mu.Lock()
	defer mu.Unlock()
	if got := out.String(); !strings.Contains(got, "] :: printed 7\n") || !strings.Contains(got, "stderr [") {
		t.Errorf("printed %q", got)
	}
}

// TestLastWords: what a guest prints before it traps is there.
func TestLastWords(t *testing.T) {
	var mu sync.Mutex
	var out bytes.Buffer
	s := serve(t, http.Config{WASI: wasi.Config{Stderr: lockedWriter{&mu, &out}}})
	for range 20 {
		mu.Lock()
		out.Reset()
		mu.Unlock()
		s.get(t, "/status?99") // which the guest unwraps
		waitFor(t, func() bool { return s.h.Stats().Running == 0 })
		mu.Lock()
		if !strings.Contains(out.String(), "panicked at") {
			t.Errorf("printed %q", out.String())
		}
		mu.Unlock()
	}
}

// TestAfter: a guest goes on when its answer is whole, and Shutdown waits for
// it.
func TestAfter(t *testing.T) {
	var mu sync.Mutex
	var out bytes.Buffer
	s := serve(t, http.Config{WASI: wasi.Config{Stderr: lockedWriter{&mu, &out}}})
	status, body := s.get(t, "/after?200")
	if status != 200 || body != "hello\n" {
		t.Errorf("%d %q", status, body)
	}
	check(t, s.h.Shutdown(t.Context()))
	mu.Lock()
	defer mu.Unlock()
	if out.String() != "after\n" {
		t.Errorf("printed %q", out.String())
	}
	if status, _ := s.get(t, "/"); status != 503 {
		t.Errorf("status %d after Shutdown", status)
	}
}

// TestClose ends guests.
func TestClose(t *testing.T) {
	s := serve(t, http.Config{})
	answer := make(chan int)
	go func() { status, _ := s.get(t, "/sleep?100000"); answer <- status }()
	waitFor(t, func() bool { return s.h.Stats().Running == 1 })
	check(t, s.h.Close())
	if status := <-answer; status != 503 {
		t.Errorf("status %d", status)
	}
}

// TestAhead: instances are made ahead, and closed when nobody wants them.
func TestAhead(t *testing.T) {
	s := serve(t, http.Config{Ahead: 3, AheadTimeout: 50 * time.Millisecond})
	waitFor(t, func() bool { return s.h.Stats().Instances >= 3 })
	waitFor(t, func() bool { return s.h.Stats().Ahead == 0 })
	for range 20 {
		if status, body := s.get(t, "/global"); status != 200 || body != "1\n" {
			t.Errorf("%d %q", status, body)
		}
	}
	waitFor(t, func() bool { return s.h.Stats().Ahead == 0 && s.h.Stats().Running == 0 })
}

// TestGone: a client that goes away ends its guest.
func TestGone(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		s := serve(t, http.Config{})
		client := clientOf(t, proto, s)
		for _, path := range []string{"/sleep?100000", "/spin", "/drip?1", "/bytes?4000000000"} {
			t.Run(proto+path, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				req, err := nethttp.NewRequestWithContext(ctx, "GET", s.URL+path, nil)
				check(t, err)
				done := make(chan bool)
				go func() {
					defer close(done)
					resp, err := client.Do(req)
					if err == nil {
						io.Copy(io.Discard, resp.Body)
						resp.Body.Close()
					}
				}()
				waitFor(t, func() bool { return s.h.Stats().Running == 1 })
				cancel()
				<-done
				waitFor(t, func() bool { return s.h.Stats().Running == 0 })
				if o := s.outcome(t); !errors.Is(o.Err, http.ErrGone) {
					t.Errorf("%+v", o)
				}
			})
		}
	}
}

// TestNotHandler: components and configurations that cannot serve.
func TestNotHandler(t *testing.T) {
	p, err := stages()
	check(t, err)
	for _, cfg := range []http.Config{{Timeout: -1}, {MaxBodyBytes: -1}, {Ahead: -1},
		{Ahead: 1, ForRequest: func(*nethttp.Request, *wasi.Config) error { return nil }}} {
		if _, err := http.New(p, cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
	rt := p.Component().Runtime()
	c, err := rt.CompileComponent(t.Context(), []byte(`(component (instance $i) (export "a:b/c" (instance $i)))`))
	check(t, err)
	p, err = rt.NewLinker().Prepare(c)
	check(t, err)
	var not *http.NotHandlerError
	if _, err := http.New(p, http.Config{}); !errors.As(err, &not) || !slices.Equal(not.Exports, []string{"a:b/c"}) {
		t.Errorf("a component that is no handler: %v", err)
	}
}
