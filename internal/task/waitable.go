package task

// This file is waitables and waitable sets (section "Waitable State").

import (
	"slices"

	"github.com/dray-wasm/dray/internal/abi"
)

// An EventCode says what an event is about; the numbers are those that guests
// see.
type EventCode uint32

// The event codes.
const (
	EventNone EventCode = iota
	EventSubtask
	EventStreamRead
	EventStreamWrite
	EventFutureRead
	EventFutureWrite
	EventTaskCancelled
)

// An Event is what a guest learns about a waitable: its index and a code.
type Event struct {
	Code          EventCode
	Index, Result uint32
}

// An Eventer makes an event when it is delivered.
type Eventer interface{ Event() Event }

// A Waitable is what a guest can wait for.
type Waitable struct {
	// pending makes the event when it is delivered.
	pending Eventer
	set     *WaitableSet
	queued  bool    // in the set's list of those with an event
	waiter  *Thread // that waits for this one alone
}

// waitable is an entry of a handle table that is a waitable.
type waitable interface{ base() *Waitable }

func (w *Waitable) base() *Waitable { return w }

// Waitable finds a waitable by its index.
func (i *Instance) Waitable(h uint32) (*Waitable, error) {
	e, err := i.Handles.Get(h)
	if err != nil {
		return nil, err
	}
	w, ok := e.(waitable)
	if !ok {
		return nil, wrongType(h, "a waitable", e)
	}
	return w.base(), nil
}

// wrongType is the trap of a handle that is of another kind.
func wrongType(h uint32, expected string, e any) error {
	return abi.Trapf("handle index %d used with the wrong type, expected %s but found %s", h, expected, describeEntry(e))
}

// SetPendingEvent says what is to be delivered next; it replaces what was not
// delivered.
func (w *Waitable) SetPendingEvent(event Eventer) {
	w.pending = event
	w.waiter.hint()
	if w.set != nil {
		w.set.queue(w)
	}
}

// HasPendingEvent tells whether there is something to deliver.
func (w *Waitable) HasPendingEvent() bool { return w.pending != nil }

// InWaitableSet tells whether the waitable is in a set.
func (w *Waitable) InWaitableSet() bool { return w.set != nil }

// HasSyncWaiter tells whether a thread waits for this waitable alone.
func (w *Waitable) HasSyncWaiter() bool { return w.waiter != nil }

// CheckSync is nil when a thread may wait for this waitable alone, or the trap.
func (w *Waitable) CheckSync() error {
	if w.set != nil {
		return abi.Trapf("waitable cannot be used synchronously while added to a waitable set")
	}
	return nil
}

// WaitForPendingEvent blocks the current thread until there is an event.
func (w *Waitable) WaitForPendingEvent(t *Thread) error {
	return w.waitFor(t, w.HasPendingEvent)
}

// waitFor blocks the thread until a condition is true of the waitable.
func (w *Waitable) waitFor(t *Thread, cond func() bool) error {
	w.waiter = t
	_, err := t.waitEvent(cond, false)
	w.waiter = nil
	return err
}

// GetPendingEvent delivers the event.
func (w *Waitable) GetPendingEvent() Event {
	event := w.pending
	w.pending = nil
	if w.queued {
		w.set.unqueue(w)
	}
	return event.Event()
}

// Join puts the waitable in a set, or with nil in none, and takes it out of the
// one where it was.
func (w *Waitable) Join(set *WaitableSet) error {
	if w.waiter != nil {
		return abi.Trapf("waitable cannot be added to a waitable set while a thread waits for it synchronously")
	}
	if w.set != nil {
		w.set.elems--
		w.set.unqueue(w)
	}
	w.set = set
	if set != nil {
		set.elems++
		if w.pending != nil {
			set.queue(w)
		}
	}
	return nil
}

// drop takes the waitable out of its set for good.
func (w *Waitable) drop() error {
	if w.waiter != nil {
		return abi.Trapf("cannot drop a waitable that a thread waits for")
	}
	return w.Join(nil)
}

// A WaitableSet is waitables to wait for together.
type WaitableSet struct {
	pending    []*Waitable // those with an event, oldest first, from first on
	waiting    []*Thread   // those of numWaiting that are to be told
	first      int
	elems      int32
	numWaiting int32
}

func (s *WaitableSet) describe() string { return "a waitable set" }

// WaitableSet finds a waitable set by its index.
func (i *Instance) WaitableSet(h uint32) (*WaitableSet, error) {
	e, err := i.Handles.Get(h)
	if err != nil {
		return nil, err
	}
	s, ok := e.(*WaitableSet)
	if !ok {
		return nil, wrongType(h, "a waitable set", e)
	}
	return s, nil
}

// queue lists a waitable of the set that has an event.
func (s *WaitableSet) queue(w *Waitable) {
	if !w.queued {
		w.queued = true
		s.pending = append(s.pending, w)
	}
	for _, t := range s.waiting {
		t.hint()
	}
}

// unqueue takes it off the list.
func (s *WaitableSet) unqueue(w *Waitable) {
	if w.queued {
		s.take(s.first + slices.Index(s.pending[s.first:], w))
	}
}

// take takes the waitable at a place off the list.
func (s *WaitableSet) take(k int) *Waitable {
	w := s.pending[k]
	w.queued = false
	if k == s.first {
		s.pending[k] = nil
		s.first++
	} else {
		s.pending = slices.Delete(s.pending, k, k+1)
	}
	switch n := len(s.pending); {
	case s.first == n:
		s.pending, s.first = s.pending[:0], 0
	case s.first > 32 && s.first > n/2:
		s.pending = slices.Delete(s.pending, 0, s.first)
		s.first = 0
	}
	return w
}

// HasPendingEvent tells whether a waitable of the set has an event.
func (s *WaitableSet) HasPendingEvent() bool { return s.first < len(s.pending) }

// getPendingEvent delivers an event, of which there is one: the oldest, unless
// the store has a way to choose.
func (s *WaitableSet) getPendingEvent(st *Store) Event {
	return s.take(s.first + st.choose(len(s.pending)-s.first)).GetPendingEvent()
}

// WaitForEvent blocks the thread until there is an event.
func (s *WaitableSet) WaitForEvent(t *Thread, cancellable bool) (Event, error) {
	s.BeginWait(t)
	cancelled, err := t.waitEvent(s.HasPendingEvent, cancellable)
	if err != nil {
		cancelled = true
	}
	return s.Waited(t, cancelled), err
}

// BeginWait says that a thread is to be told of events. Waited must follow.
func (s *WaitableSet) BeginWait(t *Thread) {
	s.numWaiting++
	s.waiting = append(s.waiting, t)
}

// Waited is the event after a wait, of which there is one unless the wait was
// cancelled.
func (s *WaitableSet) Waited(t *Thread, cancelled bool) (e Event) {
	if cancelled {
		e.Code = EventTaskCancelled
	} else {
		e = s.getPendingEvent(t.Task.Inst.Store)
	}
	s.numWaiting--
	if i := slices.Index(s.waiting, t); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
	}
	return e
}

// Poll is an event if there is one.
func (s *WaitableSet) Poll(t *Thread, cancellable bool) Event {
	switch {
	case t.Task.DeliverPendingCancel(cancellable):
		return Event{Code: EventTaskCancelled}
	case !s.HasPendingEvent():
		return Event{}
	}
	return s.getPendingEvent(t.Task.Inst.Store)
}

// Drop checks that the set may go.
func (s *WaitableSet) Drop() error {
	if s.elems > 0 {
		return abi.Trapf("cannot drop waitable set with waiters: it has %d waitables", s.elems)
	}
	if s.numWaiting > 0 {
		return abi.Trapf("cannot drop waitable set with waiters: %d threads wait for it", s.numWaiting)
	}
	return nil
}
