package task

// This file is threads (section "Threads"). How they take turns is in switch.go.

import "github.com/dray-wasm/dray/internal/abi"

// A Thread is a thread of a task.
type Thread struct {
	Task *Task
	// Index is its place in the thread table of its instance, once it is
	// registered; 0 is none.
	Index uint32
	// Storage is what context.get and context.set work on.
	Storage [2]uint64

	cancellable bool
	running     bool
	readyFunc   func() bool // set while the thread waits
	wait        waitKind
	set         *WaitableSet // what it waits for, with waitGate
	in          *threadList  // the list that it is in
	next, prev  *Thread

	// inline threads run on the goroutine of outer, the thread that ran
	// before. For others, outer is the thread that resumed them last.
	inline bool
	outer  *Thread
	// owed is set in an inline thread that another goroutine resumed while its
	// own was resuming owed.
	owed *Thread

	// f is what the thread will run on a goroutine, when it is resumed, while
	// it has none; cancelled is what the wait before answers.
	f func(t *Thread, cancelled bool) error
	// wake resumes the thread, parked tells who resumed it that it blocked or
	// ended. The line is there while the thread has a goroutine.
	*line
}

// NewThread makes a suspended thread that will run f on a goroutine of its
// own. An error of f ends the whole call that it is part of.
func NewThread(task *Task, f func(t *Thread) error) *Thread {
	return &Thread{Task: task, f: func(t *Thread, _ bool) error { return f(t) }}
}

// Inline makes t a thread that runs on the caller's goroutine, from now on, for
// a synchronous task. It returns the thread that ran before. EndInline must
// follow.
func (t *Thread) Inline(task *Task) (before *Thread) {
	s := task.Inst.Store
	t.Task, t.inline, t.running = task, true, true
	t.Index, t.Storage, t.readyFunc, t.cancellable = 0, [2]uint64{}, nil, false
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
func (t *Thread) Suspended() bool { return !t.running && t.readyFunc == nil }

// Waiting tells whether the thread waits for a condition.
func (t *Thread) Waiting() bool { return !t.running && t.readyFunc != nil }

// Ready tells whether the thread waits for something that is so now.
func (t *Thread) Ready() bool { return t.Waiting() && t.readyFunc() }

func always() bool { return true }

// startWaiting makes the thread wait until ready is true.
func (t *Thread) startWaiting(ready func() bool, kind waitKind) {
	t.readyFunc, t.wait = ready, kind
	t.Task.Inst.Store.runnable.push(t)
}

func (t *Thread) stopWaiting() {
	t.readyFunc, t.wait, t.set = nil, waitPolled, nil
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
// f, on another goroutine. ready is to tell both.
func (t *Thread) Park(set *WaitableSet, ready func() bool, f func(t *Thread, cancelled bool) error) {
	t.f, t.cancellable = f, true
	t.startWaiting(ready, waitGate)
	t.set = set
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
