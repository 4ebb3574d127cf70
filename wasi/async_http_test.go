package wasi_test

// This file serves guests of WASI 0.3 over all kinds of connections.

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/wasi"
	wasihttp "github.com/dray-wasm/dray/wasi/http"
)

func TestAsyncServices(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveGuest(t, filepath.Join(p3Dir, "service.wasm"), w, wasihttp.Config{})
		g.ask(t, "GET", "/empty", nil).want(t, 200, "")
		g.ask(t, "GET", "/status/404", nil).want(t, 404, "404\n")
		g.ask(t, "POST", "/echo", strings.NewReader("a body")).want(t, 200, "a body")
		g.ask(t, "POST", "/upper", strings.NewReader("a body")).want(t, 200, "A BODY")
		g.ask(t, "GET", "/zeroes/100000", nil).want(t, 200, strings.Repeat("\x00", 100_000))
		a := g.ask(t, "GET", "/request?x=%20", nil)
		if a.status != 200 || !strings.Contains(a.body, w.scheme) || !strings.Contains(a.body, "/request?x=%20") {
			t.Errorf("/request: %+v", a)
		}
		a = g.ask(t, "GET", "/chunks/3", nil)
		if a.status != 200 || strings.Count(a.body, "\n") != 3 || a.trailer.Get("X-Chunks") != "3" || len(a.trailer["X-Two"]) != 2 {
			t.Errorf("/chunks: %+v", a)
		}
		if a := g.ask(t, "GET", "/trap", nil); a.status != 500 {
			t.Errorf("/trap: %+v", a)
		}
		a = g.ask(t, "GET", "/fan?url="+g.URL+"/hello&url="+g.URL+"/status/418", nil)
		if a.status != 200 || !strings.Contains(a.body, "200 ") || !strings.Contains(a.body, "418 ") {
			t.Errorf("/fan: %+v", a)
		}
	})
}

// TestAsyncClient has a guest as the client of another one.
func TestAsyncClient(t *testing.T) {
	overWires(t, func(t *testing.T, w wire) {
		g := serveGuest(t, filepath.Join(p3Dir, "service.wasm"), w, wasihttp.Config{})
		c := webComponent(t, filepath.Join(p3Dir, "client.wasm"))
		var out, errs bytes.Buffer
		cfg := wasi.Config{
			Args: []string{"client", "-X", "POST", "-d", "some text", "-H", "trailer:x-sum", "-t", "x-sum:9", g.URL + "/upper", "-p", g.URL + "/status/201", g.URL + "/internal"},
			HTTP: g.outgoing(t), Stdout: &out, Stderr: &errs,
		}
		l := c.Runtime().NewLinker()
		check(t, wasi.Link(l))
		called.observe(t, l, runOf(c))
		code, err := wasi.RunLinked(t.Context(), l, c, cfg)
		for _, want := range []string{"200", "SOME TEXT", "x-sum: 9", "201 "} {
			if !strings.Contains(strings.ToUpper(out.String()), strings.ToUpper(want)) {
				t.Errorf("it printed no %q", want)
			}
		}
		if err != nil || code != 0 {
			t.Errorf("exit status %d, %v", code, err)
		}
		if t.Failed() {
			t.Logf("it printed\n%s%s", out.String(), errs.String())
		}
	})
}
