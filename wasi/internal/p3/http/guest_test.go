package http

// This file is a guest, as the tests play it.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	owner "github.com/dray-wasm/dray/wasi/internal/guest"
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
	goroutines, fds := runtime.NumGoroutine(), descriptors()
	t.Cleanup(func() {
		eventually(t, "goroutines and descriptors are back", func() bool {
			return runtime.NumGoroutine() <= goroutines && descriptors() <= fds
		})
	})
}

// A player is a guest: it has a State of its own.
type player struct {
	testing.TB
	ctx context.Context
	g   *owner.State
	st  *State
	h   Host
}

func newGuest(t testing.TB, c Config) *player {
	g := &player{TB: t, ctx: t.Context(), g: owner.New(0)}
	g.st = New(g.g, c)
	g.h = Host{Of: func(context.Context) *State { return g.st }}
	t.Cleanup(func() {
		if err := g.g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// idle waits until the guest holds nothing.
func (g *player) idle() {
	g.Helper()
	eventually(g, "nothing is counted", func() bool {
		return g.st.bodies.Count() == 0 && g.st.requests.Count() == 0 && g.st.verdicts.Count() == 0 && g.st.fields.Used() == 0
	})
}

// must is for calls that cannot fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ptr[T any](v T) *T { return &v }

// fields makes fields of names and values in turn.
func (g *player) fields(nv ...string) gen.Fields {
	g.Helper()
	f := must(g.h.NewFields(g.ctx))
	for i := 0; i < len(nv); i += 2 {
		if err := f.Append(g.ctx, nv[i], []byte(nv[i+1])); err != nil {
			g.Fatalf("%s: %v", nv[i], err)
		}
	}
	return f
}

func (g *player) text(f gen.Fields) string {
	if f == nil {
		return ""
	}
	var b strings.Builder
	for _, e := range must(f.CopyAll(g.ctx)) {
		b.WriteString(e.F0 + ": " + string(e.F1) + "\n")
	}
	return b.String()
}

// A watched is a reader that knows whether it was closed.
type watched struct {
	io.Reader
	closed chan struct{}
}

func watch(r io.Reader) *watched { return &watched{r, make(chan struct{})} }

func (w *watched) Close() error {
	if c, ok := w.Reader.(io.Closer); ok {
		c.Close()
	}
	close(w.closed)
	return nil
}

// none is a future of trailers that are none.
func none() *bind.Future[trailers] { return bind.Resolved(trailers{}) }

// request makes a request to a server, or to none if that is "".
func (g *player) request(authority string, f gen.Fields, contents io.ReadCloser, t *bind.Future[trailers]) (*Request, *bind.Future[verdict]) {
	g.Helper()
	if f == nil {
		f = g.fields()
	}
	p := must(g.h.RequestNew(g.ctx, f, contents, t, nil))
	r := p.F0.(*Request)
	if contents != nil {
		r.SetMethod(g.ctx, gen.Method{Case: gen.MethodPost})
	}
	r.SetScheme(g.ctx, &gen.Scheme{Case: gen.SchemeHTTP})
	if authority != "" {
		if err := r.SetAuthority(g.ctx, &authority); err != nil {
			g.Fatal(err)
		}
	}
	return r, p.F1
}

// verdict waits for the result of a transmission: "ok", or the name of a case.
func (g *player) verdict(f *bind.Future[verdict]) string {
	g.Helper()
	v, err := f.Get(g.ctx)
	switch {
	case err != nil:
		g.Fatal(err)
	case v.IsErr:
		return v.Err.Case.String()
	}
	return "ok"
}

// caseOf is the case of an error, "" for none.
func caseOf(err error) string {
	if c, ok := bind.AsError[gen.ErrorCode](err); ok {
		return c.Case.String()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// consume takes a response apart: its contents, its trailers, or the case of
// the error there.
func (g *player) consume(r gen.Response) (string, string) {
	g.Helper()
	p := must(g.h.ResponseConsumeBody(g.ctx, r, bind.Resolved(verdict{})))
	return g.parts(p)
}

func (g *player) parts(p bind.Tuple2[io.ReadCloser, *bind.Future[trailers]]) (string, string) {
	g.Helper()
	all, readErr := io.ReadAll(p.F0)
	p.F0.Close()
	t, err := p.F1.Get(g.ctx)
	if err != nil {
		g.Fatal(err)
	}
	if t.IsErr {
		return string(all), t.Err.Case.String()
	}
	if readErr != nil {
		g.Errorf("the stream ended with %v, the trailers are fine", readErr)
	}
	text := g.text(t.OK)
	if t.OK != nil {
		t.OK.Drop(g.ctx)
	}
	return string(all), text
}

// serve runs a server, and makes a guest that may send to it.
func serve(t testing.TB, h http.HandlerFunc) (*player, string) {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return newGuest(t, Config{Client: client(t)}), strings.TrimPrefix(s.URL, "http://")
}

func client(t testing.TB) *hosthttp.Client {
	c := hosthttp.NewClient(hosthttp.ClientConfig{Allow: []hosthttp.HostPattern{must(hosthttp.ParseHostPattern("*"))}})
	t.Cleanup(func() { c.Close() })
	return c
}

var errTest = errors.New("an error of the test")
