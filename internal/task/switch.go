package task

// This file is how threads take turns (section "Stack Switching").
//
// A thread of a synchronous call is inline: it runs on the goroutine of its
// caller, which waits for it in any case. Other threads have goroutines of
// their own. One of all of them runs at a time: who resumes a thread waits
// until that thread blocks or ends.

import (
	"errors"

	"github.com/dray-wasm/dray/internal/abi"
)

// A signal resumes a thread; an error ends it.
type signal struct {
	cancelled bool
	err       error
}

// A handover is what a thread leaves behind when it stops running.
type handover struct {
	switchTo *Thread
	err      error
}

// Resume runs a thread that is suspended or waits, until it blocks or ends. An
// error is a trap, in that thread or in one that it switched to.
func (t *Thread) Resume(cancelled bool) error {
	if t.tell {
		t.tell = false
		cancelled = t.Task.DeliverPendingCancel(true) || cancelled
	}
	if t.wait != waitNone {
		t.stopWaiting()
	}
	return t.Task.Inst.Store.run(handover{switchTo: t}, cancelled)
}

// run runs the thread of a handover, then the one that that thread names, and
// so on.
func (s *Store) run(h handover, cancelled bool) error {
	before := s.Current
	for h.err == nil && h.switchTo != nil {
		next := h.switchTo
		if err := s.hand(next, before, cancelled); err != nil {
			return err
		}
		h, cancelled = <-next.parked, false
		s.Current = before
		s.hangUp(next)
	}
	return h.err
}

// hand lets a thread go on, on its own goroutine. Who calls it must receive
// from the thread's channel parked.
func (s *Store) hand(t, before *Thread, cancelled bool) error {
	if s.closed {
		return ErrClosed
	}
	s.Current = t
	t.setRunning(true)
	if !t.inline {
		t.outer = before
	}
	if t.code != nil {
		t.start(cancelled)
		return nil
	}
	t.wake <- signal{cancelled: cancelled}
	return nil
}

// A worker is a goroutine that runs threads, one after the other, so that its
// stack need not grow for each. wake resumes its thread, parked tells who
// resumed it that it blocked or ended.
type worker struct {
	wake   chan signal
	parked chan handover
	jobs   chan job // what is next; nil for the goroutine of an inline thread
	lost   bool     // the goroutine has ended
}

// A job is a part of a thread that has a goroutine.
type job struct {
	t         *Thread
	code      Code
	cancelled bool
}

// maxIdle is how many workers of a store wait for threads.
const maxIdle = 4

// start has a goroutine run a thread.
func (t *Thread) start(cancelled bool) {
	s, j := t.Task.Inst.Store, job{t, t.code, cancelled}
	t.code = nil
	if s.live == nil {
		s.live = map[*Thread]struct{}{}
	}
	s.live[t] = struct{}{}
	if n := len(s.idle); n > 0 {
		t.worker, s.idle = s.idle[n-1], s.idle[:n-1]
		t.worker.jobs <- j
		return
	}
	t.worker = &worker{make(chan signal), make(chan handover), make(chan job, 1), false}
	go t.worker.loop(j)
}

// loop runs threads until there are none for it.
func (w *worker) loop(j job) {
	ok := true
	defer func() {
		if ok { // a host function ended the goroutine
			w.lost = true
			j.end(w, errLost)
		}
	}()
	for ok {
		j.end(w, j.code.Run(j.t, j.cancelled))
		j, ok = <-w.jobs
	}
}

// errLost is the end of a goroutine that does not return.
var errLost = errors.New("a host function ended the goroutine of its caller")

// end tells that the thread has ended, or parked.
func (j job) end(w *worker, err error) {
	delete(j.t.Task.Inst.Store.live, j.t)
	j.t.setRunning(false)
	w.parked <- handover{err: err}
}

// hangUp keeps the worker of a thread that has no goroutine any more.
func (s *Store) hangUp(t *Thread) {
	w := t.worker
	if _, live := s.live[t]; live || w == nil || w.jobs == nil {
		return
	}
	t.worker = nil
	switch {
	case w.lost:
	case len(s.idle) < maxIdle && !s.closed:
		s.idle = append(s.idle, w)
	default:
		close(w.jobs)
	}
}

// endIdle ends the workers that wait.
func (s *Store) endIdle() {
	for _, w := range s.idle {
		close(w.jobs)
	}
	s.idle = nil
}

// endThreads ends the goroutines of a root instance, or all: what blocks in
// them returns err.
func (s *Store) endThreads(root *Instance, err error) {
	var ends []*Thread
	for t := range s.live {
		if !t.running && (root == nil || t.Task.Inst.Root() == root) {
			ends = append(ends, t)
		}
	}
	for _, t := range ends {
		t.stopWaiting()
		t.wake <- signal{err: err}
		<-t.parked
		s.hangUp(t)
	}
}

// block stops the current thread until it is resumed; next runs in its place.
func (t *Thread) block(cancellable bool, next *Thread) (cancelled bool, err error) {
	s := t.Task.Inst.Store
	if s.closed {
		return false, ErrClosed
	}
	t.cancellable = cancellable
	t.setRunning(false)
	if t.inline {
		return s.blockInline(t, next)
	}
	t.parked <- handover{switchTo: next}
	sig := <-t.wake
	return sig.cancelled, sig.err
}

// blockInline runs other threads of the instance until this one may go on (the
// loop of canon_lift): its goroutine is that of its caller, who can do nothing
// before it returns.
//
// While it runs another thread, a thread deeper in that one's calls may resume
// this one. Then this one goes on, and the loop when it blocks again and the
// other thread has blocked.
func (s *Store) blockInline(t *Thread, next *Thread) (cancelled bool, err error) {
	if t.Index == 0 {
		if err := t.Task.RegisterThread(t); err != nil {
			return false, err
		}
	}
	if t.worker == nil {
		t.worker = &worker{wake: make(chan signal), parked: make(chan handover)}
	}
	h := handover{switchTo: next}
	other := t.owed
	if other != nil {
		t.owed = nil
		t.parked <- h
	}
	for {
		if other == nil {
			if h.err != nil {
				return false, h.err
			}
			if other = h.switchTo; other == nil {
				if other = s.pick(t.Task.Inst); other == nil {
					return false, errSyncBlock()
				}
				other.stopWaiting()
			}
			if other == t {
				s.Current, t.running = t, true
				return false, nil
			}
			if err := s.hand(other, t, false); err != nil {
				return false, err
			}
		}
		select {
		case h = <-other.parked:
			s.hangUp(other)
			s.Current, other = t, nil
		case sig := <-t.wake:
			t.owed = other
			return sig.cancelled, nil
		}
	}
}

// settle ends an inline thread that another goroutine resumed: that one goes
// on, and then, when it is done, what the thread's own goroutine waits for.
func (s *Store) settle(t *Thread, err error) error {
	owed := t.owed
	t.owed = nil
	t.parked <- handover{err: err}
	h := <-owed.parked
	s.hangUp(owed)
	s.Current = t.outer
	if e := s.run(h, false); err == nil {
		err = e
	}
	return err
}

// pick chooses a ready thread: with inst nil of any instance that may be
// entered; else one that is registered in the instance and does not need to
// have it for itself.
func (s *Store) pick(inst *Instance) *Thread {
	s.drain()
	for {
		s.relisted = false
		if t := s.pickListed(inst); t != nil || !s.relisted {
			return t
		}
	}
}

// pickListed is pick among the threads that are listed when it begins.
func (s *Store) pickListed(inst *Instance) *Thread {
	var ready []*Thread
	var next *Thread
	for t := s.runnable.first; t != nil; t = next {
		next = t.next
		i := t.Task.Inst
		switch {
		case i.Trap != nil:
			t.leaveList()
		case inst == nil && !i.enterable() || inst != nil && (i != inst || t.Index == 0 || t.exclusive()):
		case !t.isSo():
			t.unready()
		case s.Choose == nil:
			return t
		default:
			ready = append(ready, t)
		}
	}
	if len(ready) == 0 {
		return nil
	}
	return ready[s.choose(len(ready))]
}

// exclusive tells whether the code of the thread runs only where it has its
// instance for itself.
func (t *Thread) exclusive() bool {
	k := t.Task
	return t == k.ImplicitThread && !t.inline && k.NeedsExclusive()
}

// choose is one of n > 0 things.
func (s *Store) choose(n int) int {
	if s.Choose == nil || n == 1 {
		return 0
	}
	return s.Choose(n)
}

// enterable tells whether the host may enter the instance.
func (i *Instance) enterable() bool {
	for a := i; a != nil; a = a.Parent {
		if !a.MayEnter {
			return false
		}
	}
	return true
}

// Tick runs one ready thread (Store.tick); false when there is none. Threads
// of instances that may not be entered stay where they are. An error is a trap,
// which ends what waits for the instance.
func (s *Store) Tick() (bool, error) {
	t := s.pick(nil)
	if t == nil {
		return false, nil
	}
	inst := t.Task.Inst
	inst.EnterFrom(nil)
	if err := t.Resume(false); err != nil {
		s.Fail(inst, err)
		return false, err
	}
	inst.LeaveTo(nil)
	s.yielded = t.in == &s.runnable
	return true, nil
}

// ErrDeadlock is the trap of a task that waits for what cannot happen.
func ErrDeadlock() error {
	return abi.Trapf("deadlock detected: event loop cannot make further progress")
}
