package http_test

// This file is what tests share: a handler of the guest testdata/stages.wasm
// on a server, and what is left behind it.

import (
	"context"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/stream"
	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasi/http"
)

// stages is the guest, compiled and linked once.
var stages = sync.OnceValues(func() (*dray.Prepared, error) {
	rt, err := dray.NewRuntime(dray.Config{NoCache: true})
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	c, err := rt.CompileComponentFile(ctx, "testdata/stages.wasm")
	if err != nil {
		return nil, err
	}
	l := rt.NewLinker()
	if err := wasi.Link(l); err != nil {
		return nil, err
	}
	return l.Prepare(c)
})

// newHandler makes a handler that is closed with the test.
func newHandler(t testing.TB, cfg http.Config) *http.Handler {
	t.Helper()
	p, err := stages()
	check(t, err)
	return handlerOf(t, p, cfg)
}

func handlerOf(t testing.TB, p *dray.Prepared, cfg http.Config) *http.Handler {
	t.Helper()
	h, err := http.New(p, cfg)
	check(t, err)
	t.Cleanup(func() { check(t, h.Close()) })
	return h
}

// A service is a handler on a server, and the outcomes of its requests.
type service struct {
	*httptest.Server
	h        *http.Handler
	outcomes chan http.Outcome
}

// serve starts a service that speaks HTTP/1.1.
func serve(t testing.TB, cfg http.Config) *service {
	t.Helper()
	p, err := stages()
	check(t, err)
	return servePrepared(t, p, cfg)
}

func servePrepared(t testing.TB, p *dray.Prepared, cfg http.Config) *service {
	t.Helper()
	s := &service{outcomes: make(chan http.Outcome, 10000)}
	report := cfg.Report
	cfg.Report = func(r *nethttp.Request, o http.Outcome) {
		if report != nil {
			report(r, o)
		}
		select {
		case s.outcomes <- o:
		default:
		}
	}
	s.h = handlerOf(t, p, cfg)
	s.Server = httptest.NewUnstartedServer(s.h)
	s.Config.ErrorLog = discard
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// get asks for a path, and gives the status and the body.
func (s *service) get(t testing.TB, path string) (int, string) {
	t.Helper()
	resp, err := s.Client().Get(s.URL + path)
	check(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	check(t, err)
	return resp.StatusCode, string(body)
}

// outcome is how the next request ended.
func (s *service) outcome(t testing.TB) http.Outcome {
	t.Helper()
	select {
	case o := <-s.outcomes:
		return o
	case <-time.After(time.Minute):
		t.Fatal("no request ended")
		panic(0)
	}
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// resources is what a process has open.
type resources struct {
	goroutines, descriptors int
	rss                     int64 // in bytes, 0 where it is not known
}

func measure() resources {
	stream.ReleaseIdle()
	runtime.GC()
	r := resources{goroutines: runtime.NumGoroutine()}
	if es, err := os.ReadDir("/proc/self/fd"); err == nil {
		r.descriptors = len(es)
	}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		pages, _ := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
		r.rss = pages * int64(os.Getpagesize())
	}
	return r
}

// settle waits until nothing is left of what came after the measurement.
func (r resources) settle(t testing.TB) {
	t.Helper()
	var now resources
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		now = measure()
		if now.goroutines <= r.goroutines && now.descriptors <= r.descriptors {
			return
		}
		runtime.Gosched()
	}
	buf := make([]byte, 1<<20)
	t.Errorf("before: %+v; after: %+v\n%s", r, now, buf[:runtime.Stack(buf, true)])
}
