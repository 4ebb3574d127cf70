package task

// This file is the life of tasks of lifted functions that may block: how they
// enter their instance, resolve, and are cancelled (section "Tasks").

import (
	"slices"

	"github.com/dray-wasm/dray/internal/abi"
)

// hasBackpressure tells whether new calls have to wait.
func (t *Task) hasBackpressure() bool {
	return t.Inst.Backpressure > 0 || t.NeedsExclusive() && t.Inst.ExclusiveThread != nil
}

// LetExclusiveGoOn runs the thread that has the instance for itself, as long as
// it is ready, where the task would have to wait for nothing else. So a call is
// not STARTING for a thread whose operation has ended and that has only not had
// its turn. The caller has entered the instance.
func (t *Task) LetExclusiveGoOn() error {
	i := t.Inst
	for t.NeedsExclusive() && i.Backpressure == 0 && i.NumWaitingToEnter == 0 {
		th := i.ExclusiveThread
		if th == nil || !th.Ready() {
			return nil
		}
		if err := th.Resume(false); err != nil {
			return err
		}
		if i.ExclusiveThread == th && th.Ready() {
			return nil // it yields
		}
	}
	return nil
}

// EnterImplicitThread waits until the task of an async-typed function may run
// in its instance, and registers its first thread; false when the task was
// cancelled before.
func (t *Task) EnterImplicitThread(th *Thread) (entered bool, err error) {
	t.ImplicitThread = th
	i := t.Inst
	if t.hasBackpressure() || i.NumWaitingToEnter > 0 {
		i.NumWaitingToEnter++
		cancelled, err := th.waitTurn(nil, waitEnter, true)
		i.NumWaitingToEnter--
		if cancelled || !t.NeedsExclusive() {
			i.openGate()
		}
		switch {
		case err != nil:
			return false, err
		case cancelled:
			err := t.Cancel()
			t.over()
			return false, err
		}
	}
	if t.NeedsExclusive() {
		i.TakeExclusive(th)
	}
	return true, t.RegisterThread(th)
}

// ExitImplicitThread ends the first thread of a task.
func (t *Task) ExitImplicitThread() error {
	th := t.ImplicitThread
	if t.Inst.ExclusiveThread == th {
		t.Inst.ReleaseExclusive()
	}
	return t.UnregisterThread(th)
}

// RegisterThread gives a thread an index in the instance's thread table.
// Inline threads of the instance that run but have none get theirs first.
func (t *Task) RegisterThread(th *Thread) error {
	var older []*Thread
	for o := t.Inst.Store.Current; o != nil; o = o.outer {
		if o != th && o.inline && o.Index == 0 && o.Task.Inst == t.Inst {
			older = append(older, o)
		}
	}
	for _, o := range slices.Backward(older) {
		if err := o.Task.addThread(o); err != nil {
			return err
		}
	}
	return t.addThread(th)
}

func (t *Task) addThread(th *Thread) (err error) {
	t.Threads = append(t.Threads, th)
	th.Index, err = t.Inst.Threads.Add(th)
	return err
}

// UnregisterThread ends a thread. The last one may not end before the task has
// returned.
func (t *Task) UnregisterThread(th *Thread) error {
	if th.Index == 0 {
		return nil
	}
	if i := slices.Index(t.Threads, th); i >= 0 {
		t.Threads = slices.Delete(t.Threads, i, i+1)
	}
	if len(t.Threads) == 0 && t.State != TaskResolved {
		return abi.Trapf("the last thread of a task ended, but the task did not return: an async function must call task.return or task.cancel")
	}
	_, err := t.Inst.Threads.Remove(th.Index)
	th.Index = 0
	if len(t.Threads) == 0 {
		t.over()
	}
	return err
}

// Start lowers the arguments.
func (t *Task) Start(cx *abi.Context, flat []uint64) error {
	t.State = TaskStarted
	return t.Caller.Start(cx, flat)
}

// mayResolve is nil when the task may return or be cancelled, or the trap.
func (t *Task) mayResolve() error {
	if t.State == TaskResolved {
		return abi.Trapf("the task has returned or was cancelled before")
	}
	if t.NumBorrows > 0 {
		return abi.Trapf("borrow handles still remain at the end of the call: %d", t.NumBorrows)
	}
	return nil
}

// resolved marks the end of the task, and of what the host lent to it.
func (t *Task) resolved() {
	t.State = TaskResolved
	t.GiveBack()
}

// ReturnValues returns from the task: its caller lifts the results, in cx,
// from flat, or from memory at flat[0] where inMem is set (return_).
func (t *Task) ReturnValues(cx *abi.Context, flat []uint64, inMem bool) error {
	if err := t.mayResolve(); err != nil {
		return err
	}
	if err := t.Caller.Resolve(cx, flat, inMem); err != nil {
		return err
	}
	t.resolved()
	return nil
}

// Cancel ends the task without results.
func (t *Task) Cancel() error {
	if t.State != TaskCancelDelivered {
		if t.State == TaskResolved {
			return t.mayResolve()
		}
		return abi.Trapf("`task.cancel` called by a task which has not been cancelled")
	}
	if err := t.mayResolve(); err != nil {
		return err
	}
	if err := t.Caller.Resolve(nil, nil, false); err != nil {
		return err
	}
	t.resolved()
	return nil
}

// Forget ends a task whose arguments could not be made, before its code ran.
func (t *Task) Forget() error {
	t.resolved()
	return t.ExitImplicitThread()
}

// RequestCancellation asks the task to end early, for a caller or, where that
// is nil, the host. It must not have resolved, and not have been asked before.
//
// A task that waits while another thread has its instance learns of it with its
// next event but one. The host could as well ask later, so that its request is
// told as soon as the instance is free.
func (t *Task) RequestCancellation(caller *Instance) error {
	if t.State == TaskInitial {
		t.State = TaskCancelDelivered
		return t.ImplicitThread.Resume(true)
	}
	th := t.cancellableThread()
	if th == nil || t.Inst.MayEnterFrom(caller) != nil {
		t.State = TaskPendingCancel
		if w := t.ImplicitThread; caller == nil && w.wait == waitGate {
			w.tell = true
			t.Inst.cancelling = append(t.Inst.cancelling, w)
		}
		return nil
	}
	t.State = TaskCancelDelivered
	t.Inst.EnterFrom(caller)
	if err := th.Resume(true); err != nil {
		t.Inst.Poison(caller, err)
		return err
	}
	t.Inst.LeaveTo(caller)
	return nil
}

// cancellableThread chooses a thread that can be told of a cancellation now,
// or nil.
func (t *Task) cancellableThread() *Thread {
	var all []*Thread
	held := t.NeedsExclusive() && t.Inst.ExclusiveThread != nil && t.Inst.ExclusiveThread != t.ImplicitThread
	for _, th := range t.Threads {
		if th.cancellable && !th.running && !(held && th == t.ImplicitThread) {
			all = append(all, th)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[t.Inst.Store.choose(len(all))]
}
