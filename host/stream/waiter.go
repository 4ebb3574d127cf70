// This file parks one goroutine until one of several things wakes it.

package stream

import (
	"context"
	"sync"
	"time"
)

// A waiter is one goroutine that waits. With descriptors to watch it sleeps
// in the operating system, without on a channel. Its sleep may end early for
// no reason: whoever sleeps looks again at what it waits for.
type waiter struct {
	// os watches descriptors; nil without any.
	os sleeper
	ch chan struct{}
	// wakeUp is w.wake, made once.
	wakeUp func()
	// unhook takes wakeUp off the context.
	unhook func() bool
}

// noDeadline is a sleep that only a wake or a descriptor ends.
var noDeadline time.Time

// A sleeper blocks in the operating system.
type sleeper interface {
	// watch starts to watch descriptors; fds stays unchanged until unwatch.
	watch(fds []pollFD)
	// unwatch ends that, and tells whether the sleeper can be used again.
	unwatch() bool
	// sleep returns when a watched descriptor is ready, when the deadline has
	// passed (zero: there is none), after wake, or for no reason.
	sleep(deadline time.Time)
	// wake ends the sleep of now, or else the next one. It is safe for
	// concurrent use, and harmless after close.
	wake()
	close()
}

// newWaiter makes a waiter for the descriptors fds, which may be none. The end
// of ctx wakes it.
func newWaiter(ctx context.Context, fds []pollFD) *waiter {
	if len(fds) == 0 {
		return &waiter{ch: make(chan struct{}, 1)}
	}
	w := idle.get()
	w.os.watch(fds)
	if ctx.Done() != nil {
		w.unhook = context.AfterFunc(ctx, w.wakeUp)
	}
	return w
}

// wake ends the sleep of now, or else the next one.
func (w *waiter) wake() {
	if w.os != nil {
		w.os.wake()
		return
	}
	select {
	case w.ch <- struct{}{}:
	default:
	}
}

// sleep blocks until wake, the deadline (zero: none), the end of ctx, or a
// descriptor.
func (w *waiter) sleep(ctx context.Context, deadline time.Time) {
	if w.os != nil {
		w.os.sleep(deadline)
		return
	}
	var timeout <-chan time.Time
	if !deadline.IsZero() {
		t := time.NewTimer(time.Until(deadline))
		defer t.Stop()
		timeout = t.C
	}
	select {
	case <-w.ch:
	case <-ctx.Done():
	case <-timeout:
	}
}

// release gives the waiter back. It must be in no list any more.
func (w *waiter) release() {
	if w.os == nil {
		return
	}
	if w.unhook != nil {
		w.unhook()
		w.unhook = nil
	}
	if !w.os.unwatch() || !idle.put(w) {
		w.os.close()
	}
}

// maxIdle is how many waiters with descriptors of their own are kept.
const maxIdle = 16

// idle keeps waiters that sleep in the operating system.
var idle = waiterPool{make: newSleeper}

type waiterPool struct {
	make func() sleeper

	mu sync.Mutex
	ws []*waiter
}

func (p *waiterPool) get() *waiter {
	p.mu.Lock()
	if n := len(p.ws); n > 0 {
		w := p.ws[n-1]
		p.ws[n-1] = nil
		p.ws = p.ws[:n-1]
		p.mu.Unlock()
		return w
	}
	p.mu.Unlock()
	w := &waiter{os: p.make()}
	w.wakeUp = w.wake
	return w
}

func (p *waiterPool) put(w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ws) >= maxIdle {
		return false
	}
	p.ws = append(p.ws, w)
	return true
}

// ReleaseIdle closes the descriptors that the package keeps for the next
// wait. Those of waits that go on are not touched.
func ReleaseIdle() {
	idle.mu.Lock()
	ws := idle.ws
	idle.ws = nil
	idle.mu.Unlock()
	for _, w := range ws {
		w.os.close()
	}
}
