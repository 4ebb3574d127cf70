package http

// This file is instances: one for each request, some of them made before.

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
	p2app "github.com/dray-wasm/dray/wasi/gen/p2/app"
	p3app "github.com/dray-wasm/dray/wasi/gen/p3/app"
	"github.com/dray-wasm/dray/wasi/internal/state"
)

// A guest is an instance for one request, or many.
type guest struct {
	in    *dray.Instance
	state *state.State
	// handle answers with WASI 0.2, service with 0.3.
	handle   *p2app.IncomingHandlerExports
	service  *p3app.HandlerExports
	out, err *lineWriter
	since    time.Time // it has waited for a request since then
	number   uint64    // where it has many requests, from 1
}

// close ends the guest, and writes what it printed.
func (g *guest) close() error {
	return errors.Join(g.in.Close(), g.out.end(), g.err.end())
}

// A pool makes guests.
type pool struct {
	h        *Handler
	out, err *sink
	made     atomic.Uint64
	numbers  atomic.Uint64
	// makers has a token for each guest that is being made. More of them at a
	// time than there are processors would only wait for each other.
	makers chan struct{}

	mu      sync.Mutex
	ahead   []*guest // oldest first
	filling bool
	closed  bool
	filled  *sync.Cond // filling has ended
	sweep   *time.Timer
}

func (p *pool) init(h *Handler) {
	p.h = h
	p.makers = make(chan struct{}, runtime.GOMAXPROCS(0))
	p.filled = sync.NewCond(&p.mu)
	p.out, p.err = sinks(h.cfg.WASI.Stdout, h.cfg.WASI.Stderr)
	if h.cfg.Ahead > 0 {
		p.fill()
	}
}

func (p *pool) idle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ahead)
}

// get is a guest for the request of a number.
func (p *pool) get(ctx context.Context, number uint64, r *nethttp.Request) (*guest, error) {
	if p.h.cfg.Ahead > 0 {
		p.mu.Lock()
		var g *guest
		if n := len(p.ahead); n > 0 {
			g = p.ahead[n-1]
			p.ahead[n-1], p.ahead = nil, p.ahead[:n-1]
		}
		p.mu.Unlock()
		p.fill()
		if g != nil {
			p.label(g, number)
			return g, nil
		}
	}
	select {
	case p.makers <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-p.makers }()
	return p.make(ctx, number, r)
}

// make makes a guest; number 0 and no r are a request that is not known.
func (p *pool) make(ctx context.Context, number uint64, r *nethttp.Request) (*guest, error) {
	cfg, g := p.h.cfg.WASI, &guest{}
	if f := p.h.cfg.ForRequest; f != nil && r != nil {
		if err := f(r, &cfg); err != nil {
			return nil, err
		}
	}
	if p.out != nil {
		g.out = &lineWriter{to: p.out}
		cfg.Stdout = g.out
	}
	if p.err != nil {
		g.err = &lineWriter{to: p.err}
		cfg.Stderr = g.err
	}
	p.label(g, number)
	st, opt, err := wasi.NewState(cfg)
	if err != nil {
		return nil, err
	}
	g.state = st
	if next := p.h.cfg.Next; next != nil {
		web := st.P3.HTTP()
		web.SetNext(handOn{web, behind{next}})
	}
	opts := []dray.Option{opt}
	if p.h.shared {
		opts = append(opts, dray.Patient()) // requests may wait for each other
	}
	g.in, err = p.h.p.Instantiate(ctx, opts...)
	if err != nil {
		return nil, wasi.Exited(err)
	}
	if p.h.shared {
		g.service, err = p3app.NewHandler(g.in)
	} else {
		g.handle, err = p2app.NewIncomingHandler(g.in)
	}
	if err != nil {
		g.close()
		return nil, err
	}
	p.made.Add(1)
	return g, nil
}

// label has the number of a request in front of what its guest prints, or that
// of the guest where it has many.
func (p *pool) label(g *guest, number uint64) {
	if p.h.cfg.PrefixOutput {
		if p.h.shared && p.h.crowd.reuse > 1 {
			if number = g.number; number == 0 {
				number = p.numbers.Add(1)
				g.number = number
			}
		}
		n := " [" + strconv.FormatUint(number, 10) + "] :: "
		g.out.setPrefix("stdout" + n)
		g.err.setPrefix("stderr" + n)
	}
}

// fill makes guests ahead, in the background.
func (p *pool) fill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.filling || p.closed || len(p.ahead) >= p.h.cfg.Ahead {
		return
	}
	p.filling = true
	go p.filler()
}

func (p *pool) filler() {
	for {
		g, err := p.make(p.h.life, 0, nil)
		p.mu.Lock()
		if err == nil && !p.closed {
			g.since = time.Now()
			p.ahead = append(p.ahead, g)
			g = nil
			p.plan()
		}
		if err != nil || p.closed || len(p.ahead) >= p.h.cfg.Ahead {
			p.filling = false
			p.filled.Broadcast()
			p.mu.Unlock()
			if g != nil {
				g.close()
			}
			return // a request that needs an instance says what is wrong
		}
		p.mu.Unlock()
	}
}

// plan has guests closed that wait for too long. p.mu is held.
func (p *pool) plan() {
	d := p.h.cfg.AheadTimeout
	if d <= 0 || len(p.ahead) == 0 || p.closed {
		return
	}
	wait := time.Until(p.ahead[0].since.Add(d))
	if p.sweep == nil {
		p.sweep = time.AfterFunc(wait, p.expire)
	} else {
		p.sweep.Reset(wait)
	}
}

// expire closes the guests that waited for too long.
func (p *pool) expire() {
	now := time.Now()
	p.mu.Lock()
	n := 0
	for n < len(p.ahead) && now.Sub(p.ahead[n].since) >= p.h.cfg.AheadTimeout {
		n++
	}
	old := append([]*guest(nil), p.ahead[:n]...)
	kept := copy(p.ahead, p.ahead[n:])
	clear(p.ahead[kept:])
	p.ahead = p.ahead[:kept]
	p.plan()
	p.mu.Unlock()
	for _, g := range old {
		g.close()
	}
}

// close closes the guests that wait for requests.
func (p *pool) close() error {
	p.mu.Lock()
	p.closed = true
	for p.filling {
		p.filled.Wait()
	}
	ahead := p.ahead
	p.ahead = nil
	if p.sweep != nil {
		p.sweep.Stop()
	}
	p.mu.Unlock()
	var errs []error
	for _, g := range ahead {
		if err := g.close(); err != nil {
			errs = append(errs, fmt.Errorf("http: closing an instance: %w", err))
		}
	}
	return errors.Join(errs...)
}
