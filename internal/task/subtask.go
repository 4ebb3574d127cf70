package task

// This file is subtasks: calls of lowered functions (section "Subtask State").

import "github.com/dray-wasm/dray/internal/abi"

// A SubtaskState is how far a subtask is; the numbers are those that guests
// see.
type SubtaskState uint32

// The states of a subtask.
const (
	SubtaskStarting SubtaskState = iota
	SubtaskStarted
	SubtaskReturned
	SubtaskCancelledBeforeStarted
	SubtaskCancelledBeforeReturned
)

// A Canceller is what a caller asks to end a call early (on_cancel).
type Canceller interface {
	RequestCancellation(caller *Instance) error
}

// A Subtask is a call of a lowered function, as the caller sees it. It
// implements abi.Handles for the caller's arguments and results.
type Subtask struct {
	Waitable
	Inst                  *Instance // the caller
	OnCancel              Canceller
	lenders               []*ResourceHandle
	borrowed              []*Handle
	State                 SubtaskState
	CancellationRequested bool
	delivered             bool
}

func (s *Subtask) describe() string { return "a subtask" }

// Resolved tells whether the call has ended.
func (s *Subtask) Resolved() bool { return s.State >= SubtaskReturned }

// Resolve ends the call.
func (s *Subtask) Resolve(state SubtaskState) {
	s.State = state
	s.waiter.hint()
}

// DeliverResolve ends what the call borrowed, when its caller learns that it
// has ended.
func (s *Subtask) DeliverResolve() {
	for i, h := range s.lenders {
		h.NumLends--
		s.lenders[i] = nil
	}
	s.lenders = s.lenders[:0]
	for i, h := range s.borrowed {
		h.gone = true
		s.borrowed[i] = nil
	}
	s.borrowed = s.borrowed[:0]
	s.delivered = true
}

// ResolveDelivered tells whether the caller knows that the call has ended.
func (s *Subtask) ResolveDelivered() bool { return s.delivered }

// Subtask finds a subtask by its index.
func (i *Instance) Subtask(h uint32) (*Subtask, error) {
	e, err := i.Handles.Get(h)
	if err != nil {
		return nil, err
	}
	s, ok := e.(*Subtask)
	if !ok {
		return nil, wrongType(h, "a subtask", e)
	}
	return s, nil
}

// WaitForResolved blocks the current thread until the call has ended.
func (s *Subtask) WaitForResolved(t *Thread) error {
	return s.waitFor(t, s.Resolved)
}

// Drop takes the subtask out of its waitable set.
func (s *Subtask) Drop() error {
	if !s.delivered {
		return abi.Trapf("cannot drop a subtask which has not yet resolved")
	}
	return s.Waitable.drop()
}

// Reset makes the subtask ready for another call of an instance.
func (s *Subtask) Reset(inst *Instance) {
	*s = Subtask{Inst: inst, lenders: s.lenders[:0], borrowed: s.borrowed[:0]}
}

// Restart makes a synchronous subtask that was delivered ready for another call
// of the same instance.
func (s *Subtask) Restart() { s.State, s.delivered = SubtaskStarting, false }

// LiftOwn implements abi.Handles.
func (s *Subtask) LiftOwn(i uint32, slot int) (abi.Rep, error) { return s.Inst.liftOwn(i, slot) }

// LiftBorrow implements abi.Handles.
func (s *Subtask) LiftBorrow(i uint32, slot int) (abi.Rep, error) {
	h, err := s.Inst.resource(i, s.Inst.Resources[slot])
	if err != nil {
		return abi.Rep{}, err
	}
	h.NumLends++
	s.lenders = append(s.lenders, h)
	return h.Rep, nil
}

// LowerOwn implements abi.Handles.
func (s *Subtask) LowerOwn(r abi.Rep, slot int) (uint32, error) {
	return s.Inst.NewResource(s.Inst.Resources[slot], r)
}

// LowerBorrow implements abi.Handles: results have no borrows.
func (s *Subtask) LowerBorrow(r abi.Rep, slot int) (uint32, error) {
	return 0, abi.Trapf("a result cannot borrow")
}

// ToHost implements abi.Handles.
func (s *Subtask) ToHost(r abi.Rep, slot int, own bool) (any, error) {
	return s.Inst.toHost(r, slot, own, s)
}

// FromHost implements abi.Handles.
func (s *Subtask) FromHost(v any, slot int, own bool) (abi.Rep, error) {
	r, _, err := s.Inst.fromHost(v, slot, own)
	return r, err
}
