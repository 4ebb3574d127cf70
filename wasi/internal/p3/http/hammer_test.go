package http

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
)

// TestHammer makes exchanges that stop at random places, many at a time.
func TestHammer(t *testing.T) {
	checkLeaks(t)
	g, host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "early" {
			w.Header().Set("Connection", "close")
		} else {
			io.Copy(io.Discard, r.Body)
		}
		io.CopyN(w, zeros{}, 100_000)
	})
	for seed := range uint64(8) {
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() { wander(g, host, rand.New(rand.NewPCG(seed, uint64(i)))) })
		}
		wg.Wait()
		g.idle()
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// wander makes an exchange and ends it anywhere. Its transmission always has a
// result.
func wander(g *player, host string, rng *rand.Rand) {
	odds := func(n int) bool { return rng.IntN(n) == 0 }
	p, future := bind.NewPromise[trailers]()
	defer p.Resolve(trailers{})
	var contents io.ReadCloser
	pr, pw := io.Pipe()
	defer pw.Close()
	if !odds(3) {
		contents = pr
		size := rng.IntN(200_000)
		go func() {
			io.CopyN(pw, zeros{}, int64(size))
			pw.Close()
			p.Resolve(trailers{})
		}()
	}
	r, sent := g.request(host, nil, contents, future)
	defer func() { g.verdict(sent) }()
	if odds(8) {
		r.Drop(g.ctx)
		return
	}
	if odds(3) {
		r.SetPathWithQuery(g.ctx, ptr("/?early"))
	}
	ctx, cancel := context.WithCancel(g.ctx)
	defer cancel()
	if odds(4) {
		go cancel()
	}
	res, err := g.h.Send(ctx, r)
	if err != nil {
		return
	}
	switch rng.IntN(4) {
	case 0:
		res.Drop(g.ctx)
	case 1:
		out := must(g.st.Outgoing(res, false))
		io.CopyN(io.Discard, out.Body, int64(rng.IntN(100_000)))
		out.Sent(hosthttp.Fail(hosthttp.ConnectionTerminated, nil))
	default:
		parts := must(g.h.ResponseConsumeBody(g.ctx, res, bind.Resolved(verdict{})))
		if odds(2) {
			io.CopyN(io.Discard, parts.F0, int64(rng.IntN(100_000)))
		} else if n, err := io.Copy(io.Discard, parts.F0); n == 100_000 && err != nil {
			g.Error(err)
		}
		parts.F0.Close()
		if _, err := parts.F1.Get(g.ctx); err != nil {
			g.Error(err)
		}
	}
}

// TestManyMessages makes messages that nobody sends.
func TestManyMessages(t *testing.T) {
	checkLeaks(t)
	g := newGuest(t, Config{})
	long := strings.Repeat("a", 60_000)
	kept := []*Request{}
	for {
		r, _ := g.request("", nil, nil, none())
		kept = append(kept, r)
		if r.SetPathWithQuery(g.ctx, &long) != nil {
			break
		}
		if len(kept) > 10_000 {
			t.Fatal("a guest keeps what it likes")
		}
	}
	for _, r := range kept {
		r.Drop(g.ctx)
	}
	g.idle()
}
