package http

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"

	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

// A dropper is any resource.
type dropper interface {
	Drop(context.Context) error
}

// wander makes an exchange, and stops at a random place, with what it holds
// dropped in a random order.
func wander(g *guest, rng *rand.Rand, r gen.OutgoingRequest) {
	var held []dropper
	defer func() {
		rng.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
		for _, h := range held {
			h.Drop(g.ctx)
		}
	}()
	stop := func() bool { return rng.IntN(9) == 0 }
	r.SetMethod(g.ctx, gen.Method{Case: gen.MethodPost})
	r.SetPathWithQuery(g.ctx, ptr("/?n="+strconv.Itoa(rng.IntN(300_000))))
	b, err := r.Body(g.ctx)
	if err != nil {
		held = append(held, r)
		return
	}
	w := must(b.Write(g.ctx))
	if stop() {
		held = append(held, r, b, w)
		return
	}
	f, err := g.h.Handle(g.ctx, r, nil)
	held = append(held, w)
	if err != nil || stop() {
		held = append(held, b)
		if err == nil {
			held = append(held, f)
		}
		return
	}
	if n, err := w.CheckWrite(g.ctx); err == nil {
		w.WriteZeroes(g.ctx, min(n, uint64(rng.IntN(70_000))))
	}
	p := must(f.Subscribe(g.ctx))
	held = append(held, f, p)
	if stop() {
		held = append(held, b)
		return
	}
	w.Drop(g.ctx)
	held = held[1:]
	g.h.OutgoingBodyFinish(g.ctx, b, nil)
	if stop() || p.Block(g.ctx) != nil {
		return
	}
	res := must(f.Get(g.ctx))
	if res == nil || res.OK.IsErr {
		return
	}
	held = append(held, res.OK.OK, must(res.OK.OK.Headers(g.ctx)))
	body := must(res.OK.OK.Consume(g.ctx))
	in := must(body.Stream(g.ctx))
	held = append(held, in, must(in.Subscribe(g.ctx)))
	for !stop() {
		if _, err := in.BlockingRead(g.ctx, 50_000); err != nil {
			break
		}
	}
	if rng.IntN(2) == 0 {
		held = append(held, body)
		return
	}
	in.Drop(g.ctx)
	held = remove(held, in)
	t := must(g.h.IncomingBodyFinish(g.ctx, body))
	held = append(held, t, must(t.Subscribe(g.ctx)))
	if tr := must(t.Get(g.ctx)); tr != nil && tr.OK.OK != nil {
		held = append(held, tr.OK.OK)
	}
}

func remove(held []dropper, in genio.InputStream) []dropper {
	for i, h := range held {
		if h == dropper(in) {
			return append(held[:i], held[i+1:]...)
		}
	}
	return held
}

func hammer(w http.ResponseWriter, q *http.Request) {
	http.NewResponseController(w).EnableFullDuplex()
	n, _ := strconv.Atoi(q.FormValue("n"))
	if n%7 == 0 {
		panic(http.ErrAbortHandler)
	}
	if n%3 == 0 {
		io.Copy(io.Discard, q.Body)
	}
	w.Header().Set("Trailer", "X")
	w.Write(make([]byte, n))
	w.Header().Set("X", "y")
}

// Whatever a guest drops in whatever order, nothing is left.
func TestHammer(t *testing.T) {
	each(t, func(t *testing.T, two bool) {
		g, request := serve(t, two, hammer)
		rng := rand.New(rand.NewPCG(1, 2))
		for range 300 {
			wander(g, rng, request(g, nil))
		}
		if g.st.requests.Count() != 0 || g.st.bodies.Count() != 0 || g.st.fields.Used() != 0 {
			t.Errorf("still counted: %d requests, %d bodies, %d bytes", g.st.requests.Count(), g.st.bodies.Count(), g.st.fields.Used())
		}
	})
}

// A guest may be ended at any moment from another goroutine.
func TestHammerClose(t *testing.T) {
	each(t, func(t *testing.T, two bool) {
		g0, request := serve(t, two, hammer)
		for i := range 60 {
			g := newGuest(t, Config{Client: g0.st.client})
			rng := rand.New(rand.NewPCG(3, uint64(i)))
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range rng.IntN(2000) {
				}
				g.io.Close()
			}()
			wander(g, rand.New(rand.NewPCG(4, uint64(i))), request(g, nil))
			<-done
		}
	})
}
