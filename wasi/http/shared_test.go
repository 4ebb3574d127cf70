package http_test

// This file is instances of WASI 0.3, each of which answers many requests.

import (
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasi/http"
)

const (
	p3Dir        = "../../testdata/guests/p3/"
	p3Example    = "../../examples/http-wasip3.wasm"
	p3Service    = p3Dir + "service.wasm"
	p3Middleware = p3Dir + "middleware.wasm"
)

// prepared are components, compiled and linked once.
var prepared sync.Map

func prepare(t testing.TB, file string) *dray.Prepared {
	t.Helper()
	f, _ := prepared.LoadOrStore(file, sync.OnceValues(func() (*dray.Prepared, error) {
		rt, err := dray.NewRuntime(dray.Config{NoCache: true})
		if err != nil {
			return nil, err
		}
		c, err := rt.CompileComponentFile(context.Background(), file)
		if err != nil {
			return nil, err
		}
		l := rt.NewLinker()
		if err := wasi.Link(l); err != nil {
			return nil, err
		}
		return l.Prepare(c)
	}))
	p, err := f.(func() (*dray.Prepared, error))()
	check(t, err)
	return p
}

// serveFile is serve for another guest.
func serveFile(t testing.TB, file string, cfg http.Config) *service {
	t.Helper()
	return servePrepared(t, prepare(t, file), cfg)
}

// one has one instance answer all.
var one = http.Config{MaxReuse: 1 << 20, MaxConcurrentReuse: 1 << 20, IdleTimeout: -1}

// alone has at most one instance at a time: a request comes when there is one
// that has nothing to do, or where there is one for each processor.
func alone(t testing.TB) {
	n := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(n) })
}

// counts is what the guest knows of its requests.
func counts(t testing.TB, s *service) (had, now, most, after int) {
	t.Helper()
	_, body := s.get(t, "/requests")
	if _, err := fmt.Sscanf(body, "had %d, now %d, most %d, after %d", &had, &now, &most, &after); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	return had, now, most, after
}

func TestSharedStages(t *testing.T) {
	const failed = "Internal Server Error\n"
	s := serveFile(t, p3Service, http.Config{Timeout: 300 * time.Millisecond})
	for _, tt := range []struct {
		path   string
		status int
		body   string
		err    error
	}{
		{"/hello", 200, "hello\n", nil},
		{"/empty", 200, "", nil},
		{"/nowhere", 404, "There is nothing here.\n", nil},
		{"/status/599", 599, "599\n", nil},
		{"/body/1000000", 200, strings.Repeat("x", 1000000), nil},
		{"/zeroes/300000", 200, strings.Repeat("\x00", 300000), nil},
		{"/chunks/2", 200, "chunk 1\nchunk 2\n", nil},
		{"/late/5", 200, "late\n", nil},
		{"/slow/1/3", 200, "1\n2\n3\n", nil},
		{"/after/1", 200, "before\n", nil},
		{"/status/199", 500, failed, http.ErrBadAnswer},
		{"/error", 403, "Forbidden\n", http.ErrRefused},
		{"/internal", 500, failed, http.ErrRefused},
		{"/trap", 500, failed, http.ErrTrapped},
		{"/hang", 504, "Gateway Timeout\n", http.ErrTimeout},
		{"/deadlock", 504, "Gateway Timeout\n", http.ErrTimeout},
		{"/hello", 200, "hello\n", nil},
	} {
		t.Run(tt.path, func(t *testing.T) {
			status, body := s.get(t, tt.path)
			if status != tt.status || body != tt.body {
				t.Errorf("status %d, %.100q; want %d, %.100q", status, body, tt.status, tt.body)
			}
			o := s.outcome(t)
			if o.Status != tt.status || !errors.Is(o.Err, tt.err) || tt.err == nil && o.Bytes != int64(len(tt.body)) {
				t.Errorf("outcome %+v; want status %d, %v", o, tt.status, tt.err)
			}
		})
	}
	if st := s.h.Stats(); st.Traps != 1 || st.Timeouts != 2 || st.Running != 0 {
		t.Errorf("%+v", st)
	}
}

// TestSharedBroken: once the head was sent, what goes wrong ends the connection.
func TestSharedBroken(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		s := serveFile(t, p3Service, http.Config{Timeout: 300 * time.Millisecond})
		client := clientOf(t, proto, s)
		for _, tt := range []struct {
			path, body string
			err        error
		}{
			{"/trap-in-body", "some\n", http.ErrTrapped}, {"/hang-in-body", "some\n", http.ErrTimeout},
			{"/error-in-body", "some\n", http.ErrIncomplete}, {"/too-little", "12345", http.ErrIncomplete},
			{"/too-much", "", http.ErrIncomplete},
		} {
			t.Run(proto+tt.path, func(t *testing.T) {
				resp, err := client.Get(s.URL + tt.path)
				var body []byte
				if err == nil {
					body, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				if err == nil || string(body) != tt.body && len(body) > 0 {
					t.Errorf("%q, %v; want a part of %q", body, err, tt.body)
				}
				if o := s.outcome(t); !errors.Is(o.Err, tt.err) {
					t.Errorf("outcome %+v, want %v", o, tt.err)
				}
			})
		}
		if st := s.h.Stats(); st.Traps != 1 || st.Timeouts != 1 {
			t.Errorf("%+v", st)
		}
	}
}

// TestSharedAtOnce has one instance work on many requests at a time.
func TestSharedAtOnce(t *testing.T) {
	alone(t)
	const n = 100
	s := serveFile(t, p3Service, one)
	counts(t, s) // there is an instance
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if status, body := s.get(t, "/late/500"); status != 200 || body != "late\n" {
				t.Errorf("%d %q", status, body)
			}
		})
	}
	waitFor(t, func() bool { return s.h.Stats().Running == n })
	wg.Wait()
	if had, now, most, _ := counts(t, s); had != n+2 || now != 1 || most != n {
		t.Errorf("had %d, now %d, most %d", had, now, most)
	}
	if st := s.h.Stats(); st.Instances != 1 || st.Shared != 1 {
		t.Errorf("%+v", st)
	}
}

// TestSharedBounds: how many requests an instance has in all, and at a time.
func TestSharedBounds(t *testing.T) {
	alone(t)
	s := serveFile(t, p3Service, http.Config{MaxReuse: 3, IdleTimeout: -1})
	for i := range 10 {
		if had, _, _, _ := counts(t, s); had != i%3+1 {
			t.Errorf("request %d of its instance comes as number %d", had, i)
		}
	}
	if st := s.h.Stats(); st.Instances != 4 {
		t.Errorf("%+v", st)
	}
	s = serveFile(t, p3Service, http.Config{MaxConcurrentReuse: 4, IdleTimeout: -1})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { s.get(t, "/late/1000") })
	}
	waitFor(t, func() bool { return s.h.Stats().Running == 20 })
	if st := s.h.Stats(); st.Instances < 5 {
		t.Errorf("%+v for 20 requests, 4 at a time in each", st)
	}
	wg.Wait()
	if _, _, most, _ := counts(t, s); most > 4 {
		t.Errorf("%d at a time", most)
	}
}

// TestSharedIdle: instances without requests are closed after a time, and what
// they left going on ends before.
func TestSharedIdle(t *testing.T) {
	s := serveFile(t, p3Service, http.Config{IdleTimeout: time.Millisecond})
	s.get(t, "/hello")
	waitFor(t, func() bool { return s.h.Stats().Shared == 0 })
	if status, _ := s.get(t, "/hello"); status != 200 {
		t.Error(status)
	}
	waitFor(t, func() bool { return s.h.Stats().Shared == 0 })
	if st := s.h.Stats(); st.Instances != 2 {
		t.Errorf("%+v", st)
	}
}

// TestSharedAhead: instances are made before there are requests.
func TestSharedAhead(t *testing.T) {
	s := serveFile(t, p3Service, http.Config{Ahead: 2})
	waitFor(t, func() bool { return s.h.Stats().Ahead == 2 })
	s.get(t, "/hello")
	waitFor(t, func() bool { return s.h.Stats().Ahead == 2 })
	if st := s.h.Stats(); st.Instances != 3 || st.Shared != 1 {
		t.Errorf("%+v", st)
	}
}

// TestSharedTrap: all requests of an instance fail with it, and no others do.
func TestSharedTrap(t *testing.T) {
	alone(t)
	s := serveFile(t, p3Service, http.Config{MaxConcurrentReuse: 4, IdleTimeout: -1})
	answers := make(chan int, 6)
	for i := range 6 { // four in one instance, two in another
		go func() {
			status, _ := s.get(t, "/late/2000")
			answers <- status
		}()
		waitFor(t, func() bool { return s.h.Stats().Running == i+1 })
	}
	waitFor(t, func() bool { return s.h.Stats().Instances == 2 })
	if status, _ := s.get(t, "/trap"); status != 500 {
		t.Error(status)
	}
	got := map[int]int{}
	for range 6 {
		got[<-answers]++
	}
	if got[500] != 2 || got[200] != 4 {
		t.Errorf("%v, want the two of the instance that has less to fail", got)
	}
	if st := s.h.Stats(); st.Traps != 1 || st.Shared != 1 {
		t.Errorf("%+v", st)
	}
}

// TestSharedGone: the guest is told of clients that go away.
func TestSharedGone(t *testing.T) {
	alone(t)
	s := serveFile(t, p3Service, one)
	before := measure()
	for _, path := range []string{"/late/1000000", "/slow/1/1000000", "/hang", "/hang-in-body"} {
		ctx, cancel := context.WithCancel(t.Context())
		req, err := nethttp.NewRequestWithContext(ctx, "GET", s.URL+path, nil)
		check(t, err)
		go func() {
			waitFor(t, func() bool { return s.h.Stats().Running == 1 })
			cancel()
		}()
		if resp, err := s.Client().Do(req); err == nil {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if o := s.outcome(t); !errors.Is(o.Err, http.ErrGone) {
			t.Errorf("%s: %+v", path, o)
		}
	}
	if had, _, _, _ := counts(t, s); had < 1 || had > 5 { // some went before it had them
		t.Errorf("had %d", had)
	}
	if st := s.h.Stats(); st.Instances != 1 || st.Traps != 0 {
		t.Errorf("%+v", st)
	}
	check(t, s.h.Close()) // the guest waits for a clock beside the body that hangs
	s.Server.Close()
	before.settle(t)
}

// TestSharedUpload: a client that goes away in the middle of its body, and one
// whose body is too large.
func TestSharedUpload(t *testing.T) {
	s := serveFile(t, p3Service, http.Config{MaxBodyBytes: 1 << 20})
	for _, path := range []string{"/sum", "/echo", "/upper"} {
		ctx, cancel := context.WithCancel(t.Context())
		in, out := io.Pipe()
		req, err := nethttp.NewRequestWithContext(ctx, "POST", s.URL+path, in)
		check(t, err)
		go func() {
			out.Write(make([]byte, 1000))
			waitFor(t, func() bool { return s.h.Stats().Running == 1 })
			cancel()
			out.CloseWithError(context.Canceled)
		}()
		if resp, err := s.Client().Do(req); err == nil {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if o := s.outcome(t); !errors.Is(o.Err, http.ErrGone) {
			t.Errorf("%s: %+v", path, o)
		}
	}
	resp, err := s.Client().Post(s.URL+"/sum", "", io.LimitReader(zeroes{}, 2<<20))
	if err == nil {
		resp.Body.Close()
	}
	if o := s.outcome(t); !errors.Is(o.Err, http.ErrTooLarge) || o.Status != 413 {
		t.Errorf("%+v", o)
	}
	if status, _ := s.get(t, "/hello"); status != 200 {
		t.Error(status)
	}
}

// TestSharedEcho: a body that the guest passes on unread comes back whole, and
// each byte of it before the next one is sent.
func TestSharedEcho(t *testing.T) {
	s := serveFile(t, p3Service, http.Config{})
	big := strings.Repeat("body", 1<<18)
	for range 20 {
		resp, err := s.Client().Post(s.URL+"/echo", "", strings.NewReader(big))
		check(t, err)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(body) != big {
			t.Errorf("%d bytes of %d, %v", len(body), len(big), err)
		}
	}
	for _, path := range []string{"/echo", "/upper"} {
		in, out := io.Pipe()
		req, err := nethttp.NewRequestWithContext(t.Context(), "POST", s.URL+path, in)
		check(t, err)
		resp, err := s.Client().Do(req)
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
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestSharedClose: the end of a handler ends everything, and leaves nothing.
func TestSharedClose(t *testing.T) {
	prepare(t, p3Service)
	before := measure()
	s := serveFile(t, p3Service, http.Config{Ahead: 1})
	for _, path := range []string{"/late/1000000", "/slow/1/1000000", "/hang", "/hang-in-body", "/deadlock", "/after/1000000"} {
		go func() {
			resp, err := s.Client().Get(s.URL + path)
			if err == nil {
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		}()
	}
	waitFor(t, func() bool { return s.h.Stats().Running == 5 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.h.Shutdown(ctx); err != context.DeadlineExceeded {
		t.Errorf("Shutdown: %v", err)
	}
	if st := s.h.Stats(); st.Running != 0 || st.Shared != 0 || st.Ahead != 0 {
		t.Errorf("%+v", st)
	}
	if status, _ := s.get(t, "/hello"); status != 503 {
		t.Error(status)
	}
	check(t, s.h.Close())
	s.Server.Close()
	before.settle(t)
}

// TestSharedShutdown answers what is under way.
func TestSharedShutdown(t *testing.T) {
	s := serveFile(t, p3Service, http.Config{})
	answer := make(chan string)
	go func() {
		_, body := s.get(t, "/slow/10/20")
		answer <- body
	}()
	waitFor(t, func() bool { return s.h.Stats().Running == 1 })
	check(t, s.h.Shutdown(t.Context()))
	if body := <-answer; strings.Count(body, "\n") != 20 {
		t.Errorf("%q", body)
	}
}

// TestSharedConfig: what cannot be.
func TestSharedConfig(t *testing.T) {
	p := prepare(t, p3Service)
	forRequest := func(r *nethttp.Request, c *wasi.Config) error { return nil }
	for want, cfg := range map[string]http.Config{
		"set Config.MaxReuse to 1": {ForRequest: forRequest},
		"cannot be less":           {MaxReuse: -1},
		"does not import":          {Next: &http.Handler{}},
	} {
		if _, err := http.New(p, cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	s := serveFile(t, p3Service, http.Config{ForRequest: forRequest, MaxReuse: 1})
	for range 3 {
		if had, _, _, _ := counts(t, s); had != 1 {
			t.Errorf("%d requests", had)
		}
	}
}

func TestExampleOfP3(t *testing.T) {
	s := serveFile(t, p3Example, http.Config{})
	if status, body := s.get(t, "/"); status != 200 || body == "" {
		t.Errorf("%d %q", status, body)
	}
}

// TestSharedLoad has many clients at a time, of whom some meet guests that trap
// or take too long, and some go away. Others fail only where they share their
// instance with a trap.
func TestSharedLoad(t *testing.T) {
	n := loadSize(t)
	var mu sync.Mutex
	ended := map[string]int{}
	const atOnce = 16
	s := serveFile(t, p3Service, http.Config{Timeout: 2 * time.Second, MaxConcurrent: 64, MaxConcurrentReuse: atOnce,
		IdleTimeout: 10 * time.Millisecond,
		Report: func(r *nethttp.Request, o http.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			ended[r.URL.Path+" "+o.Reason()]++
		}})
	s.get(t, "/hello")
	s.Client().CloseIdleConnections()
	waitFor(t, func() bool { return s.h.Stats().Shared == 0 })
	before := measure()
	s.load(t, n, mixedP3)
	waitFor(t, func() bool { st := s.h.Stats(); return st.Running == 0 && st.Shared == 0 })
	s.Client().CloseIdleConnections()
	before.settle(t) // Report was called for all then
	mu.Lock()
	defer mu.Unlock()
	// A client sends a request again that was lost before its answer began.
	traps, lost, well := n/100, 0, 0
	for path, ok := range map[string]string{"/hello": "ok", "/late/200000": "timeout", "/slow/1/100000": "client gone"} {
		lost += ended[path+" trap"]
		well += ended[path+" "+ok]
		delete(ended, path+" trap")
		delete(ended, path+" "+ok)
	}
	if all := n - traps + 1; lost > traps*(atOnce-1) || well > all || well < all-lost {
		t.Errorf("of %d requests %d ended as they should, and %d were lost with %d traps", all, well, lost, traps)
	}
	if d := cmp.Diff(map[string]int{"/trap trap": traps}, ended); d != "" {
		t.Errorf("how others ended (-want +got):\n%s", d)
	}
	st := s.h.Stats()
	if int(st.Traps) > traps || st.Traps == 0 {
		t.Errorf("%+v", st)
	}
	after := measure()
	t.Logf("%d requests, %d lost, %+v; before %+v, after %+v", n, lost, st, before, after)
	if n >= 10000 && after.rss > before.rss+40<<20 {
		t.Errorf("resident memory grew from %d to %d MiB", before.rss>>20, after.rss>>20)
	}
}

// mixedP3 is mixed for the guest service.
func mixedP3(client *nethttp.Client, url string, i int) string {
	path, want := "/hello", 200
	switch i % 100 {
	case 10:
		path, want = "/trap", 500
	case 20:
		path, want = "/late/200000", 504
	case 30:
		path = "/slow/1/100000"
	}
	resp, err := client.Get(url + path)
	if err != nil {
		return "" // it was lost before the first byte: the server counts that
	}
	defer resp.Body.Close()
	if i%100 == 30 {
		io.ReadFull(resp.Body, make([]byte, 4))
		return ""
	}
	body, err := io.ReadAll(resp.Body)
	ok := resp.StatusCode == want && err == nil && (want != 200 || string(body) == "hello\n")
	if !ok && resp.StatusCode != 500 && err == nil {
		return fmt.Sprintf("%s: status %d, %q, %v", path, resp.StatusCode, body, err)
	}
	return ""
}
