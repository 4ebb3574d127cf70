package http

// This file is the bound of what runs at the same time.

import (
	"context"
	"sync"
	"time"
)

// A gate lets a number of guests through, and has a number of others wait.
type gate struct {
	mu         sync.Mutex
	max        int // of running; less than 0 means no bound
	maxWaiting int
	running    int
	// queue is who waits, longest first; those before head have gone through.
	queue []*waiter
	head  int
	// waiting is how many of queue still wait.
	waiting int
	closed  bool
	empty   chan struct{} // made by close; closed when nothing runs
}

// A waiter is a request that waits at a gate. let is closed when it may go
// through, or the gate was closed.
type waiter struct {
	let  chan struct{}
	gone bool // it does not wait any more
	err  error
}

func (g *gate) init(max, maxWaiting int) {
	if max == 0 {
		max = DefaultMaxConcurrent
	}
	if maxWaiting == 0 {
		maxWaiting = DefaultMaxWaiting
	}
	g.max, g.maxWaiting = max, maxWaiting
}

func (g *gate) state() (running, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running, g.waiting
}

// enter waits for a turn until ctx ends, or patience does unless it is 0. Unless it
// fails, leave must follow.
func (g *gate) enter(ctx context.Context, patience time.Duration) error {
	g.mu.Lock()
	switch {
	case g.closed:
		g.mu.Unlock()
		return ErrClosed
	case g.max < 0 || g.running < g.max:
		g.running++
		g.mu.Unlock()
		return nil
	case g.waiting >= g.maxWaiting:
		g.mu.Unlock()
		return ErrOverloaded
	}
	w := &waiter{let: make(chan struct{})}
	g.queue = append(g.queue, w)
	g.waiting++
	g.mu.Unlock()
	return g.wait(ctx, w, patience)
}

func (g *gate) wait(ctx context.Context, w *waiter, patience time.Duration) error {
	var over <-chan time.Time
	if patience > 0 {
		t := time.NewTimer(patience)
		defer t.Stop()
		over = t.C
	}
	err := error(ErrOverloaded)
	select {
	case <-w.let:
		return w.err
	case <-over:
	case <-ctx.Done():
		err = ErrGone
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.let: // at the same moment
		if w.err == nil {
			g.next()
		}
	default:
		w.gone = true
		g.waiting--
	}
	return err
}

// leave ends a turn.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next()
}

// next gives a turn that has ended to who waits longest.
func (g *gate) next() {
	for g.head < len(g.queue) {
		w := g.queue[g.head]
		g.queue[g.head] = nil
		g.head++
		if w.gone {
			continue
		}
		if 2*g.head > len(g.queue) {
			n := copy(g.queue, g.queue[g.head:])
			clear(g.queue[n:])
			g.queue, g.head = g.queue[:n], 0
		}
		g.waiting--
		close(w.let)
		return
	}
	g.queue, g.head = g.queue[:0], 0
	g.running--
	if g.running == 0 && g.empty != nil {
		close(g.empty)
		g.empty = nil
	}
}

// close turns away who waits and who comes, and waits until nothing runs or
// ctx ends.
func (g *gate) close(ctx context.Context) error {
	g.mu.Lock()
	g.closed = true
	for _, w := range g.queue[g.head:] {
		if !w.gone {
			w.err = ErrClosed
			close(w.let)
		}
	}
	g.queue, g.head, g.waiting = nil, 0, 0
	if g.running == 0 {
		g.mu.Unlock()
		return nil
	}
	if g.empty == nil {
		g.empty = make(chan struct{})
	}
	empty := g.empty
	g.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
