package task

// This file is waitables and waitable sets (section "Waitable State").

import "github.com/dray-wasm/dray/internal/abi"

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
	HasSyncWaiter bool
}

// waitable is an entry of a handle table that is a waitable.
type waitable interface{ base() *Waitable }

func (w *Waitable) base() *Waitable { return w }

// SetPendingEvent says what is to be delivered next; it replaces what was not
// delivered.
func (w *Waitable) SetPendingEvent(event func() Event) { w.pending = event }

// HasPendingEvent tells whether there is something to deliver.
func (w *Waitable) HasPendingEvent() bool { return w.pending != nil }

// InWaitableSet tells whether the waitable is in a set.
func (w *Waitable) InWaitableSet() bool { return w.set != nil }

// WaitForPendingEvent blocks the current thread until there is an event.
func (w *Waitable) WaitForPendingEvent(t *Thread) error {
	w.HasSyncWaiter = true
	_, err := t.WaitUntil(w.HasPendingEvent, false)
	w.HasSyncWaiter = false
	return err
}

// GetPendingEvent delivers the event.
func (w *Waitable) GetPendingEvent() Event {
	event := w.pending
	w.pending = nil
	return event()
}

// Join puts the waitable in a set, or in none, and takes it out of another.
func (w *Waitable) Join(set *WaitableSet) {
	if w.set != nil {
		w.set.remove(w)
	}
	w.set = set
	if set != nil {
		set.elems = append(set.elems, w)
	}
}

// Drop takes the waitable out of its set for good.
func (w *Waitable) Drop() error {
	if w.HasSyncWaiter {
		return abi.Trapf("cannot drop a waitable that a thread waits for")
	}
	w.Join(nil)
	return nil
}

// A WaitableSet is waitables to wait for together.
type WaitableSet struct {
	elems      []*Waitable
	NumWaiting int
}

func (s *WaitableSet) describe() string { return "a waitable set" }

func (s *WaitableSet) remove(w *Waitable) {
	for i, e := range s.elems {
		if e == w {
			s.elems = append(s.elems[:i], s.elems[i+1:]...)
			return
		}
	}
}

// next finds a waitable with an event.
func (s *WaitableSet) next() int {
	for i, w := range s.elems {
		if w.HasPendingEvent() {
			return i
		}
	}
	return -1
}

// HasPendingEvent tells whether a waitable of the set has an event.
func (s *WaitableSet) HasPendingEvent() bool { return s.next() >= 0 }

// GetPendingEvent delivers an event; waitables take turns.
func (s *WaitableSet) GetPendingEvent() Event {
	i := s.next()
	w := s.elems[i]
	s.elems = append(append(s.elems[:i], s.elems[i+1:]...), w)
	return w.GetPendingEvent()
}

// WaitForEventAnd blocks the thread until there is an event and ready is true.
func (s *WaitableSet) WaitForEventAnd(t *Thread, ready func() bool, cancellable bool) (Event, error) {
	s.NumWaiting++
	cancelled, err := t.WaitUntil(func() bool { return ready() && s.HasPendingEvent() }, cancellable)
	s.NumWaiting--
	switch {
	case err != nil:
		return Event{}, err
	case cancelled:
		return Event{Code: EventTaskCancelled}, nil
	}
	return s.GetPendingEvent(), nil
}

// WaitForEvent blocks the thread until there is an event.
func (s *WaitableSet) WaitForEvent(t *Thread, cancellable bool) (Event, error) {
	return s.WaitForEventAnd(t, func() bool { return true }, cancellable)
}

// Poll is an event if there is one.
func (s *WaitableSet) Poll(t *Thread, cancellable bool) Event {
	switch {
	case t.Task.DeliverPendingCancel(cancellable):
		return Event{Code: EventTaskCancelled}
	case !s.HasPendingEvent():
		return Event{}
	}
	return s.GetPendingEvent()
}

// Drop checks that the set may go.
func (s *WaitableSet) Drop() error {
	if len(s.elems) > 0 {
		return abi.Trapf("cannot drop waitable set with waiters: it has %d waitables", len(s.elems))
	}
	if s.NumWaiting > 0 {
		return abi.Trapf("cannot drop waitable set with waiters: %d threads wait for it", s.NumWaiting)
	}
	return nil
}
