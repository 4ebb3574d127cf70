package task

// This file is tasks: calls of lifted functions (section "Tasks").

import (
	"errors"
	"fmt"

	"github.com/dray-wasm/dray/internal/abi"
)

// A TaskState is how far a task is.
type TaskState uint8

// The states of a task.
const (
	TaskInitial TaskState = iota + 1
	TaskStarted
	TaskPendingCancel
	TaskCancelDelivered
	TaskResolved
)

// A Caller is who called a task that may block.
type Caller interface {
	// Start lowers the arguments, in cx, into flat (on_start).
	Start(cx *abi.Context, flat []uint64) error
	// Resolve lifts the results from flat, or from memory at flat[0] where
	// inMem is set; cx is nil for a task that was cancelled, which has no
	// results (on_resolve).
	Resolve(cx *abi.Context, flat []uint64, inMem bool) error
}

// A Task is a call of a lifted function. It implements abi.Handles for its
// parameters and results.
type Task struct {
	Type *abi.FuncType
	Opts *abi.Options
	Inst *Instance
	// Caller is nil for a call whose caller lowers and lifts itself, before and
	// after.
	Caller Caller

	State          TaskState
	fromHost       bool // loans are to be noted
	counted        bool // among the tasks of the root instance
	NumBorrows     int32
	ImplicitThread *Thread
	Threads        []*Thread
	loans          *loans
}

// loans are the handles of the arguments of a call from the host.
type loans struct {
	// lent are handles of the host that the call borrows, taken those that it
	// was given, and lowered the handles that the instance got.
	lent, taken []*Handle
	lowered     []uint32
}

// loaned is where loans are noted.
func (t *Task) loaned() *loans {
	if t.loans == nil {
		t.loans = new(loans)
	}
	return t.loans
}

func (l *loans) none() bool { return l == nil || len(l.lent)|len(l.taken)|len(l.lowered) == 0 }

// Count counts the task among those that Instance.Settled waits for.
func (t *Task) Count() {
	t.counted = true
	t.Inst.Root().tasks++
}

// over ends what Count began: no thread of the task is left.
func (t *Task) over() {
	if !t.counted {
		return
	}
	t.counted = false
	r := t.Inst.Root()
	if r.tasks--; r.tasks == 0 {
		for _, w := range r.settling {
			w.End(nil)
		}
		r.settling = nil
	}
}

// NeedsExclusive tells whether the task runs alone in its instance but for
// where it waits.
func (t *Task) NeedsExclusive() bool { return !t.Opts.Async || t.Opts.Callback != nil }

// DeliverPendingCancel tells whether the task is to be cancelled and has not
// been told so.
func (t *Task) DeliverPendingCancel(cancellable bool) bool {
	if cancellable && t.State == TaskPendingCancel {
		t.State = TaskCancelDelivered
		return true
	}
	return false
}

// Return checks that the task may return now, and marks it resolved.
func (t *Task) Return() error {
	if err := t.mayResolve(); err != nil {
		return err
	}
	t.resolved()
	return nil
}

// Reset makes the task ready for a call that its caller lowers and lifts for.
func (t *Task) Reset(ft *abi.FuncType, opts *abi.Options, inst *Instance) {
	*t = Task{Type: ft, Opts: opts, Inst: inst, State: TaskStarted}
}

// ReturnAtOnce is Return where there is nothing to check and nothing to give
// back; otherwise it does nothing and is false.
func (t *Task) ReturnAtOnce() bool {
	if t.State != TaskStarted || t.NumBorrows != 0 || len(t.Threads) != 0 || !t.loans.none() {
		return false
	}
	t.State = TaskResolved
	return true
}

// Restart makes a task that returned ready for another call of the same
// function.
func (t *Task) Restart() { t.State, t.NumBorrows, t.fromHost = TaskStarted, 0, false }

// LiftOwn implements abi.Handles.
func (t *Task) LiftOwn(i uint32, slot int) (abi.Rep, error) { return t.Inst.liftOwn(i, slot) }

// LiftBorrow implements abi.Handles: results have no borrows.
func (t *Task) LiftBorrow(i uint32, slot int) (abi.Rep, error) {
	return abi.Rep{}, abi.Trapf("a result cannot borrow")
}

// LowerOwn implements abi.Handles.
func (t *Task) LowerOwn(r abi.Rep, slot int) (uint32, error) {
	i, err := t.Inst.NewResource(t.Inst.Resources[slot], r)
	if err == nil && t.fromHost {
		l := t.loaned()
		l.lowered = append(l.lowered, i)
	}
	return i, err
}

// LowerBorrow implements abi.Handles.
func (t *Task) LowerBorrow(r abi.Rep, slot int) (uint32, error) {
	before := t.NumBorrows
	i, err := t.Inst.lowerBorrow(r, slot, t)
	if t.fromHost && t.NumBorrows > before {
		l := t.loaned()
		l.lowered = append(l.lowered, i)
	}
	return i, err
}

// ToHost implements abi.Handles.
func (t *Task) ToHost(r abi.Rep, slot int, own bool) (any, error) {
	return t.Inst.toHost(r, slot, own, nil)
}

// FromHost implements abi.Handles.
func (t *Task) FromHost(v any, slot int, own bool) (abi.Rep, error) {
	r, h, err := t.Inst.fromHost(v, slot, own)
	if err != nil {
		return r, err
	}
	t.fromHost = true
	if h == nil {
		return r, nil
	}
	l := t.loaned()
	if own {
		l.taken = append(l.taken, h)
	} else {
		h.lends++
		l.lent = append(l.lent, h)
	}
	return r, nil
}

// GiveBack ends what the host lent to the task.
func (t *Task) GiveBack() {
	l := t.loans
	if l == nil {
		return
	}
	for _, h := range l.lent {
		h.lends--
	}
	clear(l.lent)
	clear(l.taken)
	l.lent, l.taken, l.lowered = l.lent[:0], l.taken[:0], l.lowered[:0]
}

// TakeBack undoes the lowering of arguments of the host, before code of the
// task ran: the host has its handles again. It is false where that cannot be.
func (t *Task) TakeBack() bool {
	l := t.loans
	if l == nil {
		return t.NumBorrows == 0
	}
	for _, i := range l.lowered {
		e, err := t.Inst.Handles.Remove(i)
		h, ok := e.(*ResourceHandle)
		if err != nil || !ok {
			return false
		}
		if !h.Own {
			t.NumBorrows--
		}
		t.Inst.Store.freeHandle(h)
	}
	for _, h := range l.taken {
		h.gone = false
	}
	t.GiveBack()
	return t.NumBorrows == 0
}

// toHost makes a lifted handle a value for Go: a *Handle, or what the host
// made the resource of. A borrowed *Handle ends with the subtask.
func (i *Instance) toHost(r abi.Rep, slot int, own bool, sub *Subtask) (any, error) {
	rt := i.Resources[slot]
	if rt.Host() {
		return r.Host, nil
	}
	h := i.Store.toHost(rt, r, own)
	if !own && sub != nil {
		sub.borrowed = append(sub.borrowed, h)
	}
	return h, nil
}

// fromHost is the way back.
func (i *Instance) fromHost(v any, slot int, own bool) (abi.Rep, *Handle, error) {
	rt := i.Resources[slot]
	if rt.Host() {
		if v == nil {
			return abi.Rep{}, nil, fmt.Errorf("a handle of %s is nil", rt.describe())
		}
		if rt.Accepts != nil && !rt.Accepts(v) {
			return abi.Rep{}, nil, fmt.Errorf("a value of %s is needed, not %T", rt.describe(), v)
		}
		return abi.Rep{Host: v}, nil, nil
	}
	h, ok := v.(*Handle)
	switch {
	case !ok || h == nil:
		return abi.Rep{}, nil, fmt.Errorf("a handle of %s is needed, not %T", rt.describe(), v)
	case h.Store != i.Store:
		return abi.Rep{}, nil, errors.New("the handle is of an instance that is not linked to this one")
	case h.Type != rt:
		return abi.Rep{}, nil, fmt.Errorf("the handle is of %s, but %s is needed", h.Type.describe(), rt.describe())
	}
	if own {
		r, err := h.Take()
		return r, h, err
	}
	r, err := h.Lend()
	return r, h, err
}
