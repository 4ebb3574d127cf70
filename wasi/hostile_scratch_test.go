package wasi_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"
	"io"

	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	p2http "github.com/dray-wasm/dray/wasi/internal/p2/http"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
	"github.com/dray-wasm/dray/host/stream"
)

func TestScratchDrained(t *testing.T) {
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
	list := make([]genio.Pollable, 200_000)
	for i := range list {
		list[i] = p
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	peak := watchPeak()
	var m0, m1 runtime.MemStats
	runtime.ReadMemStats(&m0)
	_, err = p2io.Host{Of: func(context.Context) *p2io.State { return st }}.Poll(ctx, list)
	runtime.ReadMemStats(&m1)
	hp, g := peak()
	t.Log(err, hp>>20, g, (m1.Sys-m0.Sys)>>20)
	tr.Drop(t.Context())
}

func TestScratchPaths(t *testing.T) {
	st := p2io.NewState(0)
	defer st.Close()
	s := p2http.New(st, p2http.Config{})
	h := p2http.Host{Of: func(context.Context) *p2http.State { return s }}
	peak := watchPeak()
	var keep []any
	for range 5000 {
		f, _ := h.NewFields(t.Context())
		r, _ := h.NewOutgoingRequest(t.Context(), f)
		p := strings.Clone("/" + strings.Repeat("a", 60000))
		check(t, r.SetPathWithQuery(t.Context(), &p))
		keep = append(keep, r)
	}
	hp, _ := peak()
	t.Log(hp>>20, len(keep))
}

func TestScratchEvents(t *testing.T) {
	st := p2io.NewState(0)
	defer st.Close()
	var keep []*stream.Event
	peak := watchPeak()
	soon := make(chan bool)
	_ = soon
	list := make([]genio.Pollable, 1_000_001)
	for range 50 {
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
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	hp, _ := peak()
	t.Log(hp>>20, m.HeapAlloc>>20, len(keep))
}
