package task

// This file is how goroutines wait for the baton of a store. Who gives it back
// wakes the first one, but others may be faster, so that calls that follow each
// other need not change goroutines. Who runs one thread after the other hands it
// over.

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// A queue is the goroutines that wait for a baton, in order.
type queue struct {
	n    atomic.Int32 // how many, or one more
	mu   sync.Mutex
	list []chan bool // gets whether the goroutine has the baton, or may try
}

// pop takes the first one out, nil if there is none.
func (q *queue) pop() (first chan bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) > 0 {
		first = q.list[0]
		q.list = slices.Delete(q.list, 0, 1)
		q.n.Add(-1)
	}
	return first
}

// await waits for the baton until ctx ends.
func (s *Store) await(ctx context.Context) error {
	q := &s.queue
	me, tried := make(chan bool, 1), false
	for {
		q.mu.Lock()
		q.n.Add(1)
		if s.state.CompareAndSwap(0, 1) {
			q.n.Add(-1)
			q.mu.Unlock()
			return nil
		}
		if tried {
			q.list = slices.Insert(q.list, 0, me)
		} else {
			q.list = append(q.list, me)
		}
		q.mu.Unlock()
		select {
		case has := <-me:
			if has {
				return nil
			}
			tried = true
		case <-ctx.Done():
			s.giveUp(me)
			return context.Cause(ctx)
		}
	}
}

// giveUp ends a wait for the baton.
func (s *Store) giveUp(me chan bool) {
	q := &s.queue
	q.mu.Lock()
	i := slices.Index(q.list, me)
	if i >= 0 {
		q.list = slices.Delete(q.list, i, i+1)
		q.n.Add(-1)
	}
	q.mu.Unlock()
	if i >= 0 {
		return
	}
	if <-me { // who took it out of the list is about to tell
		s.Leave()
	} else {
		s.pass()
	}
}

// pass has the first goroutine try, after the baton was given back.
func (s *Store) pass() {
	if s.queue.n.Load() > 0 {
		if first := s.queue.pop(); first != nil {
			first <- false
		}
	}
}

// handOver gives the baton to the first goroutine that waits for it; false when
// there is none.
func (s *Store) handOver() bool {
	if s.queue.n.Load() == 0 {
		return false
	}
	first := s.queue.pop()
	if first == nil {
		return false
	}
	s.endSession()
	first <- true
	return true
}
