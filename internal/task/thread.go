package task

// This file is threads and how they take turns (sections "Stack Switching" and
// "Threads").
//
// A thread of a synchronous call runs on the goroutine of its caller, which
// waits for it in any case. Other threads have goroutines of their own. One of
// all of them runs at a time: resume hands over and waits.

import (
	"slices"

	"github.com/dray-wasm/dray/internal/abi"
)

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
	inline      bool
	readyFunc   func() bool

	// wake resumes the thread's goroutine, parked tells who resumed it that it
	// blocked or ended.
	wake   chan signal
	parked chan handover
}

// A signal resumes a goroutine: dead ends it.
type signal struct{ cancelled, dead bool }

// A handover is what a thread's goroutine leaves behind when it stops running.
type handover struct {
	switchTo *Thread
	err      error
}

// Inline makes a thread that runs on the caller's goroutine, from now on, for
// a synchronous task. It returns the thread that ran before; End goes back to
// it.
func (t *Thread) Inline(task *Task) (before *Thread) {
	s := task.Inst.Store
	t.Task, t.inline, t.running = task, true, true
	t.Index, t.Storage, t.readyFunc, t.cancellable = 0, [2]uint64{}, nil, false
	before = s.Current
	s.Current = t
	return before
}

// NewThread makes a suspended thread that will run f. An error of f ends the
// whole call that it is part of.
func NewThread(task *Task, f func(t *Thread) error) *Thread {
	t := &Thread{Task: task, wake: make(chan signal), parked: make(chan handover)}
	s := task.Inst.Store
	if s.live == nil {
		s.live = map[*Thread]struct{}{}
	}
	s.live[t] = struct{}{}
	go func() {
		var err error
		if sig := <-t.wake; !sig.dead {
			err = f(t)
		}
		delete(s.live, t)
		t.parked <- handover{err: err}
	}()
	return t
}

// endThreads ends all goroutines: what blocks in them returns ErrClosed.
func (s *Store) endThreads() {
	s.waiting = nil
	for len(s.live) > 0 {
		for t := range s.live {
			delete(s.live, t)
			t.wake <- signal{dead: true}
			<-t.parked
		}
	}
}

// Suspended tells whether the thread waits to be resumed by another.
func (t *Thread) Suspended() bool { return !t.running && t.readyFunc == nil }

// Ready tells whether the thread waits for something that is so now.
func (t *Thread) Ready() bool { return !t.running && t.readyFunc != nil && t.readyFunc() }

func (t *Thread) startWaiting(ready func() bool) {
	t.readyFunc = ready
	s := t.Task.Inst.Store
	s.waiting = append(s.waiting, t)
}

func (t *Thread) stopWaiting() {
	t.readyFunc = nil
	s := t.Task.Inst.Store
	if i := slices.Index(s.waiting, t); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
	}
}

// ResumeLater makes a suspended thread ready.
func (t *Thread) ResumeLater() { t.startWaiting(func() bool { return true }) }

// Resume runs a thread that is suspended or waits, until it blocks or ends. An
// error is a trap, in that thread or in one that it switched to.
func (t *Thread) Resume(cancelled bool) error {
	for t != nil {
		next, err := t.switchTo(cancelled)
		if err != nil {
			return err
		}
		t, cancelled = next, false
	}
	return nil
}

// switchTo lets a thread's goroutine run; next is the thread to run after it.
func (t *Thread) switchTo(cancelled bool) (next *Thread, err error) {
	if t.inline {
		return nil, abi.Trapf("a thread of a synchronous call cannot be resumed by one that it waits for")
	}
	if t.readyFunc != nil {
		t.stopWaiting()
	}
	s := t.Task.Inst.Store
	before := s.Current
	s.Current, t.running = t, true
	t.wake <- signal{cancelled: cancelled}
	h := <-t.parked
	s.Current = before
	return h.switchTo, h.err
}

// block stops the current thread until it is resumed.
func (t *Thread) block(cancellable bool, next *Thread) (cancelled bool, err error) {
	s := t.Task.Inst.Store
	if s.closed {
		return false, ErrClosed
	}
	t.cancellable, t.running = cancellable, false
	if t.inline {
		return t.blockInline(next)
	}
	t.parked <- handover{switchTo: next}
	sig := <-t.wake
	t.running = true
	if sig.dead {
		return false, ErrClosed
	}
	return sig.cancelled, nil
}

// blockInline runs other threads of the instance until this one may go on: its
// goroutine is that of its caller, who can do nothing before it returns.
func (t *Thread) blockInline(next *Thread) (cancelled bool, err error) {
	s := t.Task.Inst.Store
	for next != t {
		if next == nil {
			if t.Ready() {
				t.stopWaiting()
				break
			}
			if next = s.pick(t.Task.Inst); next == nil {
				return false, errDeadlock()
			}
		}
		if next, err = next.switchTo(false); err != nil {
			return false, err
		}
	}
	s.Current, t.running = t, true
	return false, nil
}

// pick chooses a ready thread; of one instance, unless inst is nil.
func (s *Store) pick(inst *Instance) *Thread {
	var ready []*Thread
	for _, t := range s.waiting {
		if t.inline || inst != nil && (t.Task.Inst != inst || t == inst.ExclusiveThread) || !t.Ready() {
			continue
		}
		if s.Choose == nil {
			return t
		}
		ready = append(ready, t)
	}
	if len(ready) == 0 {
		return nil
	}
	return ready[s.Choose(len(ready))]
}

// Tick runs one ready thread (Store.tick); false when there is none.
func (s *Store) Tick() (bool, error) {
	t := s.pick(nil)
	if t == nil {
		return false, nil
	}
	inst := t.Task.Inst
	inst.EnterFrom(nil)
	if err := t.Resume(false); err != nil {
		inst.Poison(nil, err)
		return false, err
	}
	inst.LeaveTo(nil)
	return true, nil
}

// Suspend stops the thread until another resumes it.
func (t *Thread) Suspend(cancellable bool) (cancelled bool, err error) {
	if t.Task.DeliverPendingCancel(cancellable) {
		return true, nil
	}
	return t.block(cancellable, nil)
}

// WaitUntil stops the thread until ready is true and it is its turn.
func (t *Thread) WaitUntil(ready func() bool, cancellable bool) (cancelled bool, err error) {
	if t.Task.DeliverPendingCancel(cancellable) {
		return true, nil
	}
	t.startWaiting(ready)
	return t.block(cancellable, nil)
}

// Yield lets other threads run.
func (t *Thread) Yield(cancellable bool) (cancelled bool, err error) {
	return t.WaitUntil(func() bool { return true }, cancellable)
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
	t.startWaiting(func() bool { return true })
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
