package io

// This file is what an output was given and has not written yet.

import (
	"context"
	"sync"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// maxPending bounds what is waiting in one queue, in bytes. One stream stays
// below it by its permit; several streams of one output may not.
const maxPending = 4 * maxPermit

// A queue writes to an output, in the background what does not fit at once. It
// is safe for concurrent use.
type queue struct {
	st   *State
	out  stream.Output
	idle stream.Event // clear while something is written in the background

	mu      sync.Mutex
	pending []byte
	// writing is how many bytes are being written, which were pending.
	writing int
	// err is why writing in the background failed; it is final.
	err error
	// then is what to do once the queue is idle.
	then []func() error
}

func newQueue(st *State, out stream.Output) *queue {
	q := &queue{st: st, out: out}
	q.idle.Set()
	return q
}

// failure is why writing in the background failed.
func (q *queue) failure() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}

// waitable is what has to be ready before more can be added.
func (q *queue) waitable() stream.Waitable {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.err != nil:
		return stream.Always
	case !q.idle.Ready():
		return &q.idle
	}
	return q.out.Writable()
}

// add writes p behind what is there already, or leaves that to the background.
// It waits only where too much is waiting.
func (q *queue) add(ctx context.Context, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if q.idle.Ready() {
		n, err := q.try(ctx, p)
		if err != nil && err != host.EAGAIN {
			return err
		}
		p = p[n:]
	}
	for len(p) > 0 {
		fits, err := q.background(p)
		if fits || err != nil {
			return err
		}
		if err := q.idle.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// try writes what fits.
func (q *queue) try(ctx context.Context, p []byte) (int, error) {
	if _, ok := q.out.(waiting); ok {
		return q.out.Write(ctx, p)
	}
	return q.out.TryWrite(p)
}

// Waiting is an output whose TryWrite waits, as that of stream.NewWriter does.
// The guest waits, too, for what it writes to it, until its context ends.
func Waiting(out stream.Output) stream.Output { return waiting{out} }

type waiting struct{ stream.Output }

// background writes a copy of p in the background, if there is room for it.
func (q *queue) background(p []byte) (fits bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.err != nil:
		return false, q.err
	case q.writing+len(q.pending)+len(p) > maxPending:
		return false, nil
	}
	if q.idle.Ready() {
		if !q.st.Busy(q) {
			return false, host.EBADF
		}
		q.idle.Clear()
		go q.drain()
	}
	q.pending = append(q.pending, p...)
	return true, nil
}

// drain writes what is pending until nothing is or the guest has ended, and
// then does what was to be done.
func (q *queue) drain() {
	for {
		q.mu.Lock()
		p, then := q.pending, q.then
		q.pending = nil
		if q.err != nil {
			p = nil
		}
		q.writing = len(p)
		if len(p) > 0 {
			then = nil
		} else {
			q.then = nil
		}
		if len(p)+len(then) == 0 {
			q.st.Done(q)
			q.idle.Set()
			q.mu.Unlock()
			return
		}
		q.mu.Unlock()
		if len(p) > 0 {
			_, err := q.out.Write(q.st.Life(), p)
			q.mu.Lock()
			q.err = err
			q.mu.Unlock()
		}
		for _, f := range then {
			f()
		}
	}
}

// whenIdle calls f once nothing is written in the background.
func (q *queue) whenIdle(f func() error) {
	q.mu.Lock()
	if !q.idle.Ready() {
		defer q.mu.Unlock()
		q.then = append(q.then, f)
		return
	}
	q.mu.Unlock()
	f()
}

// Idle implements guest.Writer.
func (q *queue) Idle(ctx context.Context) error { return q.idle.Wait(ctx) }
