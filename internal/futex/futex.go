// Package futex is how threads of guests wait for each other: the semantics of
// memory.atomic.wait32, memory.atomic.wait64 and memory.atomic.notify of the
// threads proposal, for waits that a context ends.
package futex

import (
	"context"
	"sync"
	"time"

	"github.com/dray-wasm/dray/engine"
)

// What a wait answers.
const (
	Woken    = 0
	NotEqual = 1
	TimedOut = 2
)

// A Table is who waits, in any memory. The zero Table is empty and ready for
// use. It is safe for concurrent use.
type Table struct {
	shards [16]shard
}

type shard struct {
	mu     sync.Mutex
	queues map[place]*queue
}

// A place is an address in a memory, which is known by where it begins: a
// shared memory does not move.
type place struct {
	memory *byte
	addr   uint64
}

// A queue is who waits at one place, the first to be woken first.
type queue struct{ first, last *waiter }

type waiter struct {
	next  *waiter
	woken chan struct{} // closed by who takes the waiter out of its queue
}

// at finds the shard of an address that was checked.
func (t *Table) at(mem []byte, addr uint64) (*shard, place) {
	return &t.shards[addr>>3%uint64(len(t.shards))], place{&mem[0], addr}
}

// check is the trap of an access of size bytes at addr, which is the sum of two
// numbers below 2^32.
func check(mem []byte, addr, size uint64) error {
	switch {
	case addr%size != 0:
		return &engine.Trap{Kind: engine.TrapUnalignedAtomic}
	case addr+size > uint64(len(mem)):
		return &engine.Trap{Kind: engine.TrapMemoryOutOfBounds}
	}
	return nil
}

// Wait32 waits at addr while the i32 there is expected, for timeout nanoseconds
// or, where that is negative, for ever. The error is a trap, or ctx's cause.
func (t *Table) Wait32(ctx context.Context, mem []byte, addr uint64, expected uint32, timeout int64) (uint32, error) {
	if err := check(mem, addr, 4); err != nil {
		return 0, err
	}
	return t.wait(ctx, mem, addr, timeout, func() bool { return engine.LoadShared32(mem[addr:]) == expected })
}

// Wait64 is Wait32 for an i64.
func (t *Table) Wait64(ctx context.Context, mem []byte, addr uint64, expected uint64, timeout int64) (uint32, error) {
	if err := check(mem, addr, 8); err != nil {
		return 0, err
	}
	return t.wait(ctx, mem, addr, timeout, func() bool { return engine.LoadShared64(mem[addr:]) == expected })
}

func (t *Table) wait(ctx context.Context, mem []byte, addr uint64, timeout int64, equal func() bool) (uint32, error) {
	s, p := t.at(mem, addr)
	w := &waiter{woken: make(chan struct{})}
	s.mu.Lock()
	if !equal() {
		s.mu.Unlock()
		return NotEqual, nil
	}
	s.add(p, w)
	s.mu.Unlock()

	var late <-chan time.Time
	if timeout >= 0 {
		timer := time.NewTimer(time.Duration(timeout))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-w.woken:
		return Woken, nil
	case <-late:
	case <-ctx.Done():
	}
	switch {
	case !s.remove(p, w): // woken at the same time: the waker has counted it
		return Woken, nil
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	}
	return TimedOut, nil
}

// add puts w at the end of a queue.
func (s *shard) add(p place, w *waiter) {
	q := s.queues[p]
	switch {
	case q != nil:
		q.last.next = w
		q.last = w
		return
	case s.queues == nil:
		s.queues = map[place]*queue{}
	}
	s.queues[p] = &queue{w, w}
}

// remove takes w out of a queue; false when it is not there any more.
func (s *shard) remove(p place, w *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[p]
	if q == nil {
		return false
	}
	var before *waiter
	for x := q.first; x != nil; before, x = x, x.next {
		if x != w {
			continue
		}
		switch {
		case before == nil && x.next == nil:
			delete(s.queues, p)
		case before == nil:
			q.first = x.next
		default:
			before.next = x.next
			if x.next == nil {
				q.last = before
			}
		}
		return true
	}
	return false
}

// Notify wakes up to count of those who wait at addr, and tells how many. The
// error is a trap.
func (t *Table) Notify(mem []byte, addr uint64, count uint32) (uint32, error) {
	if err := check(mem, addr, 4); err != nil {
		return 0, err
	}
	s, p := t.at(mem, addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[p]
	if q == nil {
		return 0, nil
	}
	n := uint32(0)
	for n < count && q.first != nil {
		w := q.first
		q.first = w.next
		close(w.woken)
		n++
	}
	if q.first == nil {
		delete(s.queues, p)
	}
	return n, nil
}
