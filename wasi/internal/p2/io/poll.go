package io

// This file is pollables.

import (
	"context"
	"errors"

	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

// A Pollable is the resource pollable: something that becomes ready.
type Pollable struct{ next func() stream.Waitable }

var _ gen.Pollable = (*Pollable)(nil)

// NewPollable makes a pollable of what can be waited for.
func NewPollable(w stream.Waitable) *Pollable {
	return &Pollable{func() stream.Waitable { return w }}
}

// NewPollableFunc makes a pollable that has several things to wait for, one
// after the other: next is the one that it waits for now, [stream.Always] when
// it is ready.
func NewPollableFunc(next func() stream.Waitable) *Pollable { return &Pollable{next} }

// Ready tells whether the pollable is ready.
func (p *Pollable) Ready(context.Context) (bool, error) { return p.next().Ready(), nil }

// Block waits until the pollable is ready.
func (p *Pollable) Block(ctx context.Context) error {
	for {
		w := p.next()
		if w.Ready() {
			return nil
		}
		if err := w.Wait(ctx); err != nil {
			return err
		}
	}
}

// Drop implements gen.Pollable.
func (p *Pollable) Drop(context.Context) error { return nil }

// pollScratch is what one call of poll needs.
type pollScratch struct {
	ws      []stream.Waitable
	ready   []bool
	indexes []uint32
}

// maxKeptPoll is up to how many pollables the room for them is kept.
const maxKeptPoll = 1024

var errNoPollables = errors.New("poll was called with an empty list, which nothing can end")

// Poll waits until one of the pollables is ready, and tells which are.
func (h Host) Poll(ctx context.Context, in []gen.Pollable) ([]uint32, error) {
	if len(in) == 0 {
		return nil, errNoPollables
	}
	s := h.Of(ctx)
	p := s.polls
	s.polls = nil
	if p == nil || cap(p.ws) < len(in) {
		p = &pollScratch{make([]stream.Waitable, len(in)), make([]bool, len(in)), make([]uint32, 0, len(in))}
	}
	ws, ready := p.ws[:len(in)], p.ready[:len(in)]
	defer func() {
		clear(ws)
		if cap(p.ws) <= maxKeptPoll {
			s.polls = p
		}
	}()
	for {
		for i, x := range in {
			ws[i] = waitable(ctx, x)
		}
		if _, err := stream.Poll(ctx, ws, ready, stream.Deadline{}); err != nil {
			return nil, err
		}
		out := p.indexes[:0]
		for i, x := range in {
			// What was waited for may be but the first step to being ready. A
			// wait that failed is told as ready, too: it would fail again.
			if ready[i] && (waitable(ctx, x).Ready() || !ws[i].Ready()) {
				out = append(out, uint32(i))
			}
		}
		if len(out) > 0 {
			return out, nil
		}
	}
}

// waitable is what a pollable waits for now.
func waitable(ctx context.Context, p gen.Pollable) stream.Waitable {
	if p, ok := p.(*Pollable); ok {
		return p.next()
	}
	return other{p, ctx}
}

// An other is a pollable that is not of this package, during a call with ctx.
type other struct {
	gen.Pollable
	ctx context.Context
}

// Ready implements stream.Waitable.
func (o other) Ready() bool {
	ready, err := o.Pollable.Ready(o.ctx)
	return ready || err != nil
}

// Wait implements stream.Waitable.
func (o other) Wait(ctx context.Context) error { return o.Block(ctx) }
