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

// A Waitable is what a guest can wait for.
type Waitable struct {
	// pending makes the event when it is delivered.
	pending       func() Event
	set           *WaitableSet
	hasSyncWaiter bool
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
func (w *Waitable) SetPendingEvent(event func() Event) { w.pending = event }

// HasPendingEvent tells whether there is something to deliver.
func (w *Waitable) HasPendingEvent() bool { return w.pending != nil }

// InWaitableSet tells whether the waitable is in a set.
func (w *Waitable) InWaitableSet() bool { return w.set != nil }

// HasSyncWaiter tells whether a thread waits for this waitable alone.
func (w *Waitable) HasSyncWaiter() bool { return w.hasSyncWaiter }

// CheckSync is nil when a thread may wait for this waitable alone, or the trap.
func (w *Waitable) CheckSync() error {
	if w.set != nil {
		return abi.Trapf("waitable cannot be used synchronously while added to a waitable set")
	}
	return nil
}

// WaitForPendingEvent blocks the current thread until there is an event.
func (w *Waitable) WaitForPendingEvent(t *Thread) error {
	w.hasSyncWaiter = true
	_, err := t.WaitUntil(w.HasPendingEvent, false)
	w.hasSyncWaiter = false
	return err
}

// GetPendingEvent delivers the event.
func (w *Waitable) GetPendingEvent() Event {
	event := w.pending
	w.pending = nil
	return event()
}

// Join puts the waitable in a set, or with nil in none, and takes it out of the
// one where it was.
func (w *Waitable) Join(set *WaitableSet) error {
	if w.hasSyncWaiter {
		return abi.Trapf("waitable cannot be added to a waitable set while a thread waits for it synchronously")
	}
	if w.set != nil {
		w.set.remove(w)
	}
	w.set = set
	if set != nil {
		set.elems = append(set.elems, w)
	}
	return nil
}

// drop takes the waitable out of its set for good.
func (w *Waitable) drop() error {
	if w.hasSyncWaiter {
		return abi.Trapf("cannot drop a waitable that a thread waits for")
	}
	return w.Join(nil)
}

// A WaitableSet is waitables to wait for together.
type WaitableSet struct {
	elems      []*Waitable
	numWaiting int
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

func (s *WaitableSet) remove(w *Waitable) {
	if i := slices.Index(s.elems, w); i >= 0 {
		s.elems = slices.Delete(s.elems, i, i+1)
	}
}

// HasPendingEvent tells whether a waitable of the set has an event.
func (s *WaitableSet) HasPendingEvent() bool {
	return slices.ContainsFunc(s.elems, (*Waitable).HasPendingEvent)
}

// getPendingEvent delivers an event, of which there is one; waitables take
// turns, unless the store has a way to choose.
func (s *WaitableSet) getPendingEvent(st *Store) Event {
	k := slices.IndexFunc(s.elems, (*Waitable).HasPendingEvent)
	if st.Choose != nil {
		var all []int
		for i, w := range s.elems {
			if w.HasPendingEvent() {
				all = append(all, i)
			}
		}
		k = all[st.choose(len(all))]
	}
	w := s.elems[k]
	s.elems = append(slices.Delete(s.elems, k, k+1), w)
	return w.GetPendingEvent()
}

// WaitForEventAnd blocks the thread until there is an event, ready is true, and
// it is its turn.
func (s *WaitableSet) WaitForEventAnd(t *Thread, ready func() bool, cancellable bool) (Event, error) {
	s.numWaiting++
	cancelled, err := t.WaitTurn(func() bool { return ready() && s.HasPendingEvent() }, cancellable)
	return s.waited(t, cancelled, err)
}

// WaitForEvent blocks the thread until there is an event.
func (s *WaitableSet) WaitForEvent(t *Thread, cancellable bool) (Event, error) {
	s.numWaiting++
	cancelled, err := t.WaitUntil(s.HasPendingEvent, cancellable)
	return s.waited(t, cancelled, err)
}

// waited is the event after a wait.
func (s *WaitableSet) waited(t *Thread, cancelled bool, err error) (e Event, _ error) {
	switch {
	case err != nil:
	case cancelled:
		e.Code = EventTaskCancelled
	default:
		e = s.getPendingEvent(t.Task.Inst.Store)
	}
	s.numWaiting--
	return e, err
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
	if len(s.elems) > 0 {
		return abi.Trapf("cannot drop waitable set with waiters: it has %d waitables", len(s.elems))
	}
	if s.numWaiting > 0 {
		return abi.Trapf("cannot drop waitable set with waiters: %d threads wait for it", s.numWaiting)
	}
	return nil
}
