package wasi_test

// This file is what a guest could once make the host spend without end.

import (
	"context"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stream"
	"github.com/dray-wasm/dray/wasi"
	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	p2http "github.com/dray-wasm/dray/wasi/internal/p2/http"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// wasi/internal/p2/http/source.go: type drained is a foreign Waitable.
func TestBoundedPollTrailers(t *testing.T) {
	st := p2io.NewState(0)
	defer st.Close()
	s := p2http.New(st, p2http.Config{})
	h := p2http.Host{Of: func(context.Context) *p2http.State { return s }}
	pr, pw := io.Pipe()
	defer pw.Close()
	req, err := s.NewIncomingRequest(p2http.IncomingConfig{Method: "GET", Scheme: "http", Authority: "a", PathWithQuery: "/", Body: pr})
	check(t, err)
	body, err := req.Consume(t.Context())
	check(t, err)
	tr, err := h.IncomingBodyFinish(t.Context(), body)
	check(t, err)
	p, err := tr.Subscribe(t.Context())
	check(t, err)
	list := make([]genio.Pollable, 100_000)
	for i := range list {
		list[i] = p
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	peak := watchPeak()
	p2io.Host{Of: func(context.Context) *p2io.State { return st }}.Poll(ctx, list)
	if _, g := peak(); g > 1000 {
		t.Errorf("one call of poll costs %d goroutines", g)
	}
	tr.Drop(t.Context())
}

// wasi/internal/p2/http/request.go: what an outgoing-request keeps is not
// counted.
func TestBoundedRequests(t *testing.T) {
	st := p2io.NewState(0)
	defer st.Close()
	s := p2http.New(st, p2http.Config{})
	h := p2http.Host{Of: func(context.Context) *p2http.State { return s }}
	var keep []any
	for range 5000 {
		f, err := h.NewFields(t.Context())
		check(t, err)
		r, err := h.NewOutgoingRequest(t.Context(), f)
		check(t, err)
		keep = append(keep, r)
		p := strings.Clone("/" + strings.Repeat("a", 60000))
		if r.SetPathWithQuery(t.Context(), &p) != nil {
			return
		}
	}
	t.Errorf("%d requests keep 60 kB each", len(keep))
}

// host/stream/event.go: waiterList.remove keeps the capacity.
func TestBoundedWaiters(t *testing.T) {
	st := p2io.NewState(0)
	defer st.Close()
	var keep []*stream.Event
	list := make([]genio.Pollable, 1_000_001)
	for range 20 {
		e, end := stream.NewEvent(), stream.NewEvent()
		keep = append(keep, e)
		p := p2io.NewPollable(e)
		for i := range list {
			list[i] = p
		}
		list[1_000_000] = p2io.NewPollable(end)
		time.AfterFunc(100*time.Millisecond, end.Set)
		_, err := p2io.Host{Of: func(context.Context) *p2io.State { return st }}.Poll(t.Context(), list)
		check(t, err)
	}
	list = nil
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 64<<20 {
		t.Errorf("20 events that nobody waits for keep %d MiB", m.HeapAlloc>>20)
	}
	runtime.KeepAlive(keep)
}

// host/http/client.go: a dial goes on for ConnectTimeout when nobody wants it.
func TestBoundedDials(t *testing.T) {
	rt := newRuntime(t)
	guest := load(t, rt, filepath.Join(p2Dir, "greedy.wasm"))
	before := measure(t)
	pattern, err := hosthttp.ParseHostPattern("*")
	check(t, err)
	client := hosthttp.NewClient(hosthttp.ClientConfig{Allow: []hosthttp.HostPattern{pattern}, Dialer: net.AllowAll().WithResolver(silent)})
	_, err = wasi.Run(t.Context(), guest, wasi.Config{Args: []string{"greedy", "requests", "a.example"}, HTTP: client})
	check(t, err)
	check(t, client.Close())
	before.addressSpace = 1 << 60
	now := measure(t)
	for i := 0; i < 100 && now.goroutines > before.goroutines; i++ {
		time.Sleep(10 * time.Millisecond)
		now = measure(t)
	}
	if now.goroutines > before.goroutines {
		t.Errorf("%d goroutines are left", now.goroutines-before.goroutines)
	}
}
