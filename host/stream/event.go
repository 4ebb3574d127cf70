// This file holds the Waitables that are no descriptors: the constant one,
// the one that is set by hand, and the list of those who wait for it.

package stream

import (
	"context"
	"slices"
	"sync"
)

// Always is ready at all times.
var Always Waitable = always{}

type always struct{}

func (always) Ready() bool                { return true }
func (always) Wait(context.Context) error { return nil }

// An Event is a Waitable that is set and cleared by hand. The zero Event is
// clear and ready for use. It must not be copied.
type Event struct {
	waiters waiterList
	set     bool // guarded by waiters.mu
}

// NewEvent makes an Event that is clear.
func NewEvent() *Event { return new(Event) }

// Set makes the event ready and wakes all who wait for it.
func (e *Event) Set() {
	e.waiters.mu.Lock()
	defer e.waiters.mu.Unlock()
	e.set = true
	e.waiters.wakeLocked()
}

// Clear makes the event not ready.
func (e *Event) Clear() {
	e.waiters.mu.Lock()
	defer e.waiters.mu.Unlock()
	e.set = false
}

// Ready reports whether the event is set.
func (e *Event) Ready() bool {
	e.waiters.mu.Lock()
	defer e.waiters.mu.Unlock()
	return e.set
}

// Wait blocks until the event is set or ctx is done.
func (e *Event) Wait(ctx context.Context) error { return waitOne(ctx, e) }

func (e *Event) list() *waiterList { return &e.waiters }

// A notifier is a Waitable that wakes the waiters of its list whenever it may
// have become ready. Poll waits for it without a goroutine.
type notifier interface {
	Waitable
	list() *waiterList
}

// A waiterList is those who wait for one thing.
type waiterList struct {
	mu sync.Mutex
	ws []*waiter
}

func (l *waiterList) add(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ws = append(l.ws, w)
}

// remove takes one entry of w out. No wake of this list reaches w afterwards,
// unless w was added more than once.
func (l *waiterList) remove(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.ws, w)
	if i < 0 {
		return
	}
	last := len(l.ws) - 1
	l.ws[i] = l.ws[last]
	l.ws[last] = nil
	l.ws = l.ws[:last]
	if last == 0 && cap(l.ws) > maxKept {
		l.ws = nil
	}
}

func (l *waiterList) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wakeLocked()
}

func (l *waiterList) wakeLocked() {
	for _, w := range l.ws {
		w.wake()
	}
}
