package http

// This file is a guest, as the tests play it.

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
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
func checkLeaks(t testing.TB) {
	t.Helper()
	stream.ReleaseIdle()
	goroutines, fds := runtime.NumGoroutine(), descriptors()
	t.Cleanup(func() {
		stream.ReleaseIdle()
		eventually(t, "goroutines and descriptors are back", func() bool {
			return runtime.NumGoroutine() <= goroutines && descriptors() <= fds
		})
	})
}

// A guest has a State of its own.
type guest struct {
	testing.TB
	ctx context.Context
	io  *p2io.State
	st  *State
	h   Host
}

func newGuest(t testing.TB, c Config) *guest {
	g := &guest{TB: t, ctx: t.Context(), io: p2io.NewState(0)}
	g.st = New(g.io, c)
	g.h = Host{Of: func(context.Context) *State { return g.st }}
	t.Cleanup(func() {
		if err := g.io.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// must is for calls that cannot fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// fields makes fields of names and values in turn.
func (g *guest) fields(nv ...string) gen.Fields {
	g.Helper()
	f := must(g.h.NewFields(g.ctx))
	for i := 0; i < len(nv); i += 2 {
		if err := f.Append(g.ctx, nv[i], []byte(nv[i+1])); err != nil {
			g.Fatalf("%s: %v", nv[i], err)
		}
	}
	return f
}

// write writes all of s into a body and finishes it.
func (g *guest) write(b gen.OutgoingBody, s string, trailers gen.Fields) error {
	g.Helper()
	w := must(b.Write(g.ctx))
	for len(s) > 0 {
		n := min(len(s), 4096)
		if err := w.BlockingWriteAndFlush(g.ctx, []byte(s[:n])); err != nil {
			return err
		}
		s = s[n:]
	}
	w.Drop(g.ctx)
	return g.h.OutgoingBodyFinish(g.ctx, b, trailers)
}

// read reads a stream to its end, and drops it.
func (g *guest) read(in genio.InputStream) (string, error) {
	defer in.Drop(g.ctx)
	var all []byte
	for {
		p, err := in.BlockingRead(g.ctx, 1<<16)
		all = append(all, p...)
		if err != nil {
			if e, ok := bind.AsError[genio.StreamError](err); ok && e.Case == genio.StreamErrorClosed {
				return string(all), nil
			}
			return string(all), err
		}
	}
}

// codeOf is the error-code in the error of a stream, or of a function.
func (g *guest) codeOf(err error) gen.ErrorCode {
	g.Helper()
	if c, ok := bind.AsError[gen.ErrorCode](err); ok {
		return c
	}
	var e genio.StreamError
	if !errors.As(err, &e) || e.LastOperationFailed == nil {
		g.Fatalf("%v has no error-code", err)
	}
	c := must(g.h.HTTPErrorCode(g.ctx, e.LastOperationFailed))
	if c == nil {
		g.Fatalf("%v has no error-code", err)
	}
	return *c
}

func (g *guest) wantCode(err error, c gen.ErrorCodeCase) gen.ErrorCode {
	g.Helper()
	got := g.codeOf(err)
	if got.Case != c {
		g.Fatalf("error-code %v, want %v", got, c)
	}
	return got
}

// trailers finishes a body and waits for its trailers.
func (g *guest) trailers(b gen.IncomingBody) (gen.Fields, error) {
	g.Helper()
	f := must(g.h.IncomingBodyFinish(g.ctx, b))
	defer f.Drop(g.ctx)
	p := must(f.Subscribe(g.ctx))
	if err := p.Block(g.ctx); err != nil {
		g.Fatal(err)
	}
	r := must(f.Get(g.ctx))
	if r == nil || r.IsErr {
		g.Fatalf("trailers: %v", r)
	}
	if again := must(f.Get(g.ctx)); again == nil || !again.IsErr {
		g.Errorf("trailers again: %v", again)
	}
	if r.OK.IsErr {
		return nil, r.OK.Err
	}
	return r.OK.OK, nil
}

// wait waits for a response.
func (g *guest) wait(f gen.FutureIncomingResponse) (gen.IncomingResponse, error) {
	g.Helper()
	if err := must(f.Subscribe(g.ctx)).Block(g.ctx); err != nil {
		g.Fatal(err)
	}
	r := must(f.Get(g.ctx))
	if r == nil || r.IsErr {
		g.Fatalf("response: %v", r)
	}
	if again := must(f.Get(g.ctx)); again == nil || !again.IsErr {
		g.Errorf("response again: %v", again)
	}
	f.Drop(g.ctx)
	if r.OK.IsErr {
		return nil, r.OK.Err
	}
	return r.OK.OK, nil
}

// text is all of fields, in order.
func (g *guest) text(f gen.Fields) string {
	s := ""
	for _, e := range must(f.Entries(g.ctx)) {
		s += e.F0 + ": " + string(e.F1) + "\n"
	}
	return s
}

func ptr[T any](v T) *T { return &v }

// serve starts a server, and a guest that may talk to it with what the request
// is to.
func serve(t *testing.T, two bool, h http.HandlerFunc) (*guest, func(*guest, gen.Fields) gen.OutgoingRequest) {
	t.Helper()
	checkLeaks(t)
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	c := hosthttp.ClientConfig{}
	scheme := gen.Scheme{Case: gen.SchemeHTTP}
	if two {
		s.EnableHTTP2 = true
		s.StartTLS()
		scheme.Case = gen.SchemeHTTPS
		c.RootCAs = x509.NewCertPool()
		c.RootCAs.AddCert(s.Certificate())
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	c.Allow = []hosthttp.HostPattern{must(hosthttp.ParseHostPattern("127.0.0.1"))}
	client := hosthttp.NewClient(c)
	t.Cleanup(func() { client.Close() })
	g := newGuest(t, Config{Client: client})
	return g, func(g *guest, f gen.Fields) gen.OutgoingRequest {
		if f == nil {
			f = g.fields()
		}
		r := must(g.h.NewOutgoingRequest(g.ctx, f))
		r.SetScheme(g.ctx, &scheme)
		if err := r.SetAuthority(g.ctx, ptr(s.Listener.Addr().String())); err != nil {
			t.Fatal(err)
		}
		return r
	}
}
