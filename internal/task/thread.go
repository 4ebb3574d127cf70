package task

// This file is threads (section "Threads"). How they take turns is in switch.go.

import (
	"sync/atomic"

	"github.com/dray-wasm/dray/internal/abi"
)

// A Thread is a thread of a task.
type Thread struct {
	Task *Task
	// Index is its place in the thread table of its instance, once it is
	// registered; 0 is none.
	Index uint32

	wait        waitKind // what it waits for, if it does
	tell        bool     // with waitGate: that the task is to be cancelled
	cancellable bool
	running     bool
	// inline threads run on the goroutine of outer, the thread that ran
	// before. For others, outer is the thread that resumed them last.
	inline bool
	outer  *Thread

	// Storage is what context.get and context.set work on.
	Storage [2]uint64
	// Running is the runs of the call that the thread is part of; it may be nil.
	Running *Runs

	readyFunc  func() bool  // with waitPolled and waitEvent: whether it is so
	set        *WaitableSet // with waitGate
	in         *threadList  // the list that it is in
	next, prev *Thread

	// owed is set in an inline thread that another goroutine resumed while its
	// own was resuming owed.
	owed *Thread

	// code is what the thread will run on a goroutine, when it is resumed,
	// while it has none.
	code Code
	// worker is its goroutine, while it has one.
	*worker
}

// Code is what a thread runs.
type Code interface {
	// Run is the whole of it, or a part that ends with Thread.Park and is
	// followed by another one; cancelled is what the wait before answers. It
	// has a goroutine of its own. An error ends the whole call that the thread
	// is part of.
	Run(t *Thread, cancelled bool) error
}

// A CodeFunc is Code that is one function.
type CodeFunc func(t *Thread) error

// Run implements Code.
func (f CodeFunc) Run(t *Thread, _ bool) error { return f(t) }

// NewThread makes a suspended thread.
func NewThread(task *Task, f CodeFunc) *Thread { return &Thread{Task: task, code: f} }

// Init makes t a suspended thread.
func (t *Thread) Init(task *Task, code Code) { t.Task, t.code = task, code }

// setRunning tells whether the thread runs, or is up the stack of one that does.
func (t *Thread) setRunning(running bool) {
	if t.Running != nil && running != t.running {
		t.Running.change(running)
	}
	t.running = running
}

// Runs tells whether threads of a call run. It can be read without the baton.
type Runs struct{ n, runs atomic.Int32 }

func (r *Runs) change(running bool) {
	if !running {
		r.n.Add(-1)
	} else if r.n.Add(1) == 1 {
		r.runs.Add(1)
	}
}

// Now tells whether one runs, and in which run: the number changes when one
// begins to run while none did.
func (r *Runs) Now() (run int32, running bool) { return r.runs.Load(), r.n.Load() > 0 }

// Inline makes t a thread that runs on the caller's goroutine, from now on, for
// a synchronous task. It returns the thread that ran before. EndInline must
// follow.
func (t *Thread) Inline(task *Task) (before *Thread) {
	s := task.Inst.Store
	t.Task, t.inline, t.running = task, true, true
	t.Index, t.Storage, t.wait, t.cancellable = 0, [2]uint64{}, waitNone, false
	t.outer, t.owed = s.Current, nil
	s.Current = t
	return t.outer
}

// InlineAgain is Inline of a thread that EndInline ended, for the same task.
func (t *Thread) InlineAgain(s *Store) {
	t.running, t.Storage = true, [2]uint64{}
	t.outer, s.Current = s.Current, t
}

// Unmoved tells whether EndAtOnce may stand for UnregisterThread and EndInline:
// the thread has no index, and no other goroutine resumed it.
func (t *Thread) Unmoved() bool { return t.Index == 0 && t.owed == nil }

// EndAtOnce ends a thread that is Unmoved.
func (t *Thread) EndAtOnce(s *Store) {
	s.Current = t.outer
	t.outer, t.running = nil, false
}

// EndInline ends a thread that Inline began: the thread before is current
// again. err is what its call ends with, and so is the result.
func (t *Thread) EndInline(err error) error {
	s := t.Task.Inst.Store
	if t.owed != nil {
		err = s.settle(t, err)
	}
	s.Current = t.outer
	t.outer, t.running = nil, false
	return err
}

// Outer is the thread that ran before an inline one.
func (t *Thread) Outer() *Thread { return t.outer }

// Suspended tells whether the thread waits to be resumed by another.
func (t *Thread) Suspended() bool { return !t.running && t.wait == waitNone }

// Waiting tells whether the thread waits for a condition.
func (t *Thread) Waiting() bool { return !t.running && t.wait != waitNone }

// Ready tells whether the thread waits for something that is so now.
func (t *Thread) Ready() bool { return t.Waiting() && t.isSo() }

func always() bool { return true }

// startWaiting makes the thread wait until ready is true.
func (t *Thread) startWaiting(ready func() bool, kind waitKind) {
	t.readyFunc, t.wait = ready, kind
	t.Task.Inst.Store.runnable.push(t)
}

func (t *Thread) stopWaiting() {
	t.readyFunc, t.wait, t.set = nil, waitNone, nil
	t.leaveList()
}

// ResumeLater makes a suspended thread ready.
func (t *Thread) ResumeLater() { t.startWaiting(always, waitPolled) }

// Suspend stops the thread until another resumes it.
func (t *Thread) Suspend(cancellable bool) (cancelled bool, err error) {
	if t.Task.DeliverPendingCancel(cancellable) {
		return true, nil
	}
	return t.block(cancellable, nil)
}

// WaitUntil stops the thread until ready is true and it is its turn. One for
// which it is true already goes on at once.
func (t *Thread) WaitUntil(ready func() bool, cancellable bool) (cancelled bool, err error) {
	if !(cancellable && t.Task.State == TaskPendingCancel) && ready() {
		return false, nil
	}
	return t.WaitTurn(ready, cancellable)
}

// WaitTurn is WaitUntil, but others may run first in any case.
func (t *Thread) WaitTurn(ready func() bool, cancellable bool) (cancelled bool, err error) {
	return t.waitTurn(ready, waitPolled, cancellable)
}

func (t *Thread) waitTurn(ready func() bool, kind waitKind, cancellable bool) (cancelled bool, err error) {
	if t.Task.DeliverPendingCancel(cancellable) {
		return true, nil
	}
	t.startWaiting(ready, kind)
	return t.block(cancellable, nil)
}

// waitEvent is WaitUntil of something that wakes the thread.
func (t *Thread) waitEvent(ready func() bool, cancellable bool) (cancelled bool, err error) {
	if !(cancellable && t.Task.State == TaskPendingCancel) && ready() {
		return false, nil
	}
	return t.waitTurn(ready, waitEvent, cancellable)
}

// Park ends the part of a thread that has a goroutine: it waits until an event
// of set (nil: nothing) is there and its instance is free, and then goes on with
// code, on another goroutine.
func (t *Thread) Park(set *WaitableSet, code Code) {
	t.code, t.cancellable, t.set = code, true, set
	t.startWaiting(nil, waitGate)
}

// Yield lets other threads run.
func (t *Thread) Yield(cancellable bool) (cancelled bool, err error) {
	return t.WaitTurn(always, cancellable)
}

// CheckMayBlock is nil when the thread may wait for another task, or the trap:
// one of a synchronous task that has not returned waits only where another
// thread of its instance is ready to run.
func (t *Thread) CheckMayBlock() error {
	k := t.Task
	if k.Type.Async || k.State == TaskResolved || k.Inst.Store.pick(k.Inst) != nil {
		return nil
	}
	return errSyncBlock()
}

func errSyncBlock() error {
	return abi.Trapf("cannot block a synchronous task before returning: it waits, and no other thread of its instance is ready")
}

// SuspendThenResume stops the thread and runs another, which is suspended.
func (t *Thread) SuspendThenResume(cancellable bool, other *Thread) (cancelled bool, err error) {
	if t.Task.DeliverPendingCancel(cancellable) {
		return true, nil
	}
	return t.block(cancellable, other)
}

// YieldThenResume runs another thread, which is suspended, and then goes on.
func (t *Thread) YieldThenResume(cancellable bool, other *Thread) (cancelled bool, err error) {
	if t.Task.DeliverPendingCancel(cancellable) {
		return true, nil
	}
	t.startWaiting(always, waitPolled)
	return t.block(cancellable, other)
}

// SuspendThenPromote stops the thread and runs another at once if it is ready.
func (t *Thread) SuspendThenPromote(cancellable bool, other *Thread) (cancelled bool, err error) {
	if t.Task.DeliverPendingCancel(cancellable) {
		return true, nil
	}
	if other.Ready() {
		other.stopWaiting()
		return t.SuspendThenResume(cancellable, other)
	}
	return t.Suspend(cancellable)
}

// YieldThenPromote runs another thread at once if it is ready, and then goes
// on.
func (t *Thread) YieldThenPromote(cancellable bool, other *Thread) (cancelled bool, err error) {
	if t.Task.DeliverPendingCancel(cancellable) {
		return true, nil
	}
	if other.Ready() {
		other.stopWaiting()
		return t.YieldThenResume(cancellable, other)
	}
	return t.Yield(cancellable)
}
