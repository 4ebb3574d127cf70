package http_test

// This file is clients that do not do as they should. After all of them nothing
// is left behind.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray/wasi/http"
)

// A raw client writes bytes and reads what comes back.
type raw struct {
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, s *httptest.Server) raw {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	check(t, err)
	t.Cleanup(func() { conn.Close() })
	check(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	return raw{conn, bufio.NewReader(conn)}
}

// send writes; the server may have closed the connection already.
func (c raw) send(format string, args ...any) { fmt.Fprintf(c, format, args...) }

// answer reads a response. The body is as much of it as came.
func (c raw) answer() (status int, body string, err error) {
	resp, err := nethttp.ReadResponse(c.r, nil)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// limited starts a service with the limits of a server that faces strangers.
func limited(t testing.TB, cfg http.Config) *service {
	t.Helper()
	s := serve(t, cfg)
	s.Server.Close()
	s.Server = httptest.NewUnstartedServer(s.h)
	s.Config.ErrorLog = discard
	s.Config.ReadHeaderTimeout = 200 * time.Millisecond
	s.Config.MaxHeaderBytes = 64 << 10
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func TestHostileClients(t *testing.T) {
	s := limited(t, http.Config{Timeout: 500 * time.Millisecond})
	s.get(t, "/") // what is made once is made
	s.Client().CloseIdleConnections()
	before := measure()
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, c raw)
	}{
		{"a header bomb", func(t *testing.T, c raw) {
			c.send("GET / HTTP/1.1\r\nHost: x\r\nX-Bomb: %s\r\n\r\n", strings.Repeat("x", 200<<10))
			if status, _, err := c.answer(); err == nil && status != 431 {
				t.Errorf("status %d", status)
			}
		}},
		{"many headers", func(t *testing.T, c raw) {
			c.send("GET /request HTTP/1.1\r\nHost: x\r\n")
			for i := range 4000 {
				c.send("X-%d: y\r\n", i)
			}
			c.send("\r\n")
			if status, body, err := c.answer(); err != nil || status != 200 || strings.Count(body, "\n") < 4000 {
				t.Errorf("status %d, %d bytes, %v", status, len(body), err)
			}
		}},
		{"too many headers", func(t *testing.T, c raw) {
			c.send("GET /request HTTP/1.1\r\nHost: x\r\n")
			for i := range 40000 {
				c.send("X-%d: y\r\n", i)
			}
			c.send("\r\n")
			if status, _, err := c.answer(); err == nil && status != 431 {
				t.Errorf("status %d", status)
			}
		}},
		{"a header that does not end", func(t *testing.T, c raw) {
			c.send("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
			if _, err := c.r.ReadByte(); err == nil {
				c.r.UnreadByte()
				if status, _, _ := c.answer(); status != 408 && status != 400 {
					t.Errorf("status %d", status)
				}
			} else if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection stays open")
			}
		}},
		{"a body that does not come", func(t *testing.T, c raw) {
			c.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
			if status, _, err := c.answer(); status != 504 {
				t.Errorf("status %d, %v", status, err)
			}
		}},
		{"a body that drips", func(t *testing.T, c raw) {
			c.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
			done := make(chan bool)
			go func() {
				defer close(done)
				for range 100 {
					c.send("x")
					time.Sleep(10 * time.Millisecond)
				}
			}()
			if status, _, err := c.answer(); status != 504 {
				t.Errorf("status %d, %v", status, err)
			}
			c.Close()
			<-done
		}},
		{"a half-closed connection", func(t *testing.T, c raw) {
			c.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
			check(t, c.Conn.(*net.TCPConn).CloseWrite())
			// The server may take it for a client that went away.
			if status, body, err := c.answer(); err == nil && (status != 200 || body != "3 whole\n") {
				t.Errorf("status %d %q, %v", status, body, err)
			}
		}},
		{"a body shorter than its length", func(t *testing.T, c raw) {
			c.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
			check(t, c.Conn.(*net.TCPConn).CloseWrite())
			if status, body, err := c.answer(); err == nil && strings.Contains(body, "whole") {
				t.Errorf("the guest took it for whole: %d %q", status, body)
			}
		}},
		{"a body longer than its length", func(t *testing.T, c raw) {
			c.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcdef\r\n\r\n")
			if status, body, err := c.answer(); status != 200 || body != "3 whole\n" {
				t.Errorf("status %d %q, %v", status, body, err)
			}
			if status, _, err := c.answer(); err == nil && status != 400 {
				t.Errorf("what followed got status %d", status)
			}
		}},
		{"a chunked body that breaks off", func(t *testing.T, c raw) {
			c.send("POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc")
			check(t, c.Conn.(*net.TCPConn).CloseWrite())
			if _, body, err := c.answer(); err == nil && strings.Contains(body, "whole") {
				t.Errorf("the guest took it for whole: %q", body)
			}
		}},
		{"chunks that are none", func(t *testing.T, c raw) {
			c.send("POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")
			if _, body, err := c.answer(); err == nil && strings.Contains(body, "whole") {
				t.Errorf("the guest took it for whole: %q", body)
			}
		}},
		{"length and chunks", func(t *testing.T, c raw) {
			c.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")
			if status, _, err := c.answer(); status != 400 {
				t.Errorf("status %d, %v", status, err)
			}
		}},
		{"no host", func(t *testing.T, c raw) {
			c.send("GET / HTTP/1.1\r\n\r\n")
			if status, _, err := c.answer(); status != 400 {
				t.Errorf("status %d, %v", status, err)
			}
		}},
		{"odd targets", func(t *testing.T, c raw) {
			c.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\nGET http://other/request?q HTTP/1.1\r\nHost: x\r\n\r\n")
			for range 2 {
				if status, _, err := c.answer(); err != nil || status != 404 && status != 200 {
					t.Errorf("status %d, %v", status, err)
				}
			}
		}},
		{"a client that goes away while it sends", func(t *testing.T, c raw) {
			c.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n%s", strings.Repeat("x", 1000))
			check(t, c.Conn.(*net.TCPConn).SetLinger(0))
			c.Close()
		}},
		{"a client that goes away while it is answered", func(t *testing.T, c raw) {
			c.send("GET /bytes?100000000 HTTP/1.1\r\nHost: x\r\n\r\n")
			_, err := c.r.Peek(1000)
			check(t, err)
			check(t, c.Conn.(*net.TCPConn).SetLinger(0))
			c.Close()
		}},
		{"a client that does not read", func(t *testing.T, c raw) {
			c.send("GET /bytes?100000000 HTTP/1.1\r\nHost: x\r\n\r\n")
			for end := time.Now().Add(time.Minute); s.h.Stats().Running > 0 || time.Now().Before(end) && len(s.outcomes) == 0; {
				time.Sleep(time.Millisecond) // it ends with its time
			}
			if o := s.outcome(t); !errors.Is(o.Err, http.ErrTimeout) {
				t.Errorf("%+v", o)
			}
		}},
		{"a body that the guest does not read", func(t *testing.T, c raw) {
			c.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
			if status, body, err := c.answer(); status != 200 || body != "hello\n" {
				t.Errorf("status %d %q, %v", status, body, err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for len(s.outcomes) > 0 {
				<-s.outcomes
			}
			c := dial(t, s.Server)
			tt.do(t, c)
			c.Close()
			waitFor(t, func() bool { return s.h.Stats().Running == 0 })
			if status, body := s.get(t, "/"); status != 200 || body != "hello\n" {
				t.Errorf("then %d %q", status, body)
			}
		})
	}
	s.Client().CloseIdleConnections()
	before.settle(t)
}

// TestMixedLoad has many clients at a time, of whom some meet guests that trap
// or take too long, and some go away: exactly these fail.
func TestMixedLoad(t *testing.T) {
	n := loadSize(t)
	var mu sync.Mutex
	ended := map[string]int{}
	s := serve(t, http.Config{Timeout: 2 * time.Second, MaxConcurrent: 64, MaxWaiting: 1000,
		Report: func(r *nethttp.Request, o http.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			ended[r.URL.Path+" "+o.Reason()]++
		}})
	s.get(t, "/")
	s.Client().CloseIdleConnections()
	for len(s.outcomes) > 0 {
		<-s.outcomes
	}
	before := measure()
	s.load(t, n, mixed)
	waitFor(t, func() bool { return s.h.Stats().Running == 0 })
	s.Client().CloseIdleConnections()
	before.settle(t) // Report was called for all then
	st := s.h.Stats()
	mu.Lock()
	defer mu.Unlock()
	want := map[string]int{"/ ok": n - 3*n/100 + 1, "/trap-first trap": n / 100, "/sleep timeout": n / 100, "/drip client gone": n / 100}
	if d := cmp.Diff(want, ended); d != "" {
		t.Errorf("how requests ended (-want +got):\n%s", d)
	}
	after := measure()
	t.Logf("%d requests, %+v; before %+v, after %+v", n, st, before, after)
	if n >= 10000 && after.rss > before.rss+20<<20 {
		t.Errorf("resident memory grew from %d to %d MiB", before.rss>>20, after.rss>>20)
	}
}

// load has 64 clients send n requests: ask sends one and tells what is wrong with
// the answer.
func (s *service) load(t *testing.T, n int, ask func(client *nethttp.Client, url string, i int) string) {
	t.Helper()
	tr := &nethttp.Transport{MaxIdleConnsPerHost: 64}
	defer tr.CloseIdleConnections()
	client := &nethttp.Client{Transport: tr}
	numbers := make(chan int)
	var mu sync.Mutex
	failed := map[string]int{}
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := range numbers {
				if msg := ask(client, s.URL, i); msg != "" {
					mu.Lock()
					failed[msg]++
					mu.Unlock()
				}
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	wg.Wait()
	for msg, n := range failed {
		t.Errorf("%d times: %s", n, msg)
	}
}

// loadSize is how many requests there are: DRAY_LOAD, or few.
func loadSize(t *testing.T) int {
	v := os.Getenv("DRAY_LOAD")
	if v == "" {
		return 600
	}
	n, err := strconv.Atoi(v)
	check(t, err)
	return n / 100 * 100
}

// mixed sends the request of a number, and says what is wrong with the answer.
func mixed(client *nethttp.Client, url string, i int) string {
	path, want := "/", 200
	switch i % 100 {
	case 10:
		path, want = "/trap-first", 500
	case 20:
		path, want = "/sleep?100000", 504
	case 30:
		return leave(client, url)
	}
	resp, err := client.Get(url + path)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want || want == 200 && string(body) != "hello\n" {
		return fmt.Sprintf("%s: status %d, %q, %v", path, resp.StatusCode, body, err)
	}
	return ""
}

// leave goes away in the middle of an answer.
func leave(client *nethttp.Client, url string) string {
	resp, err := client.Get(url + "/drip?1")
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, 5)); err != nil {
		return "drip: " + err.Error()
	}
	return ""
}
