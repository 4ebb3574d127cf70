package task

// This file is who runs the threads of a store: whoever has the baton and has
// nothing better to do. A goroutine of the host that waits for a call runs
// threads until nothing is ready, and gives the baton back; one that brings the
// end of some work takes it if it is free, and does the same.

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// An inbox is functions that are to run with the baton.
type inbox struct {
	mu     sync.Mutex
	fs     []func()
	posted atomic.Bool
	signal chan struct{} // for who has the baton and waits
}

// Post has a function run with the baton: soon, and on any goroutine. It does
// not wait for the baton and does not need it.
func (s *Store) Post(f func()) {
	s.post(f)
	if s.state.CompareAndSwap(0, 1) {
		s.drain()
		s.Leave()
	}
}

func (s *Store) post(f func()) {
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	s.inbox.fs = append(s.inbox.fs, f)
	s.inbox.posted.Store(true)
	if s.inbox.signal != nil {
		close(s.inbox.signal)
		s.inbox.signal = nil
	}
}

// WaitForPost waits, with the baton, until something was posted or ctx ends.
func (s *Store) WaitForPost(ctx context.Context) {
	s.inbox.mu.Lock()
	if s.inbox.posted.Load() {
		s.inbox.mu.Unlock()
		return
	}
	if s.inbox.signal == nil {
		s.inbox.signal = make(chan struct{})
	}
	signal := s.inbox.signal
	s.inbox.mu.Unlock()
	select {
	case <-signal:
	case <-ctx.Done():
	}
}

// drain runs what was posted.
func (s *Store) drain() {
	for s.inbox.posted.Load() {
		s.inbox.mu.Lock()
		fs := s.inbox.fs
		s.inbox.fs = nil
		s.inbox.posted.Store(false)
		s.inbox.mu.Unlock()
		for _, f := range fs {
			f()
		}
	}
}

// turns is how many threads run before others get the baton that wait for it,
// unless one yields before.
const turns = 8

// drive runs threads until none is ready, unless somebody has the baton, who
// will.
func (s *Store) drive() {
	for s.state.CompareAndSwap(0, 1) {
		for k := 1; s.turn(); k++ {
			if (k%turns == 0 || s.yielded) && s.handOver() {
				return
			}
		}
		if s.leave(); !s.inbox.posted.Load() {
			return
		}
	}
}

// turn runs a thread; false when none is ready. Traps are those of who waits
// for the instance.
func (s *Store) turn() bool {
	if s.closing.Load() {
		s.drain()
		return false
	}
	ran, err := s.Tick()
	return ran || err != nil
}

// A HostWait is what a goroutine of the host waits for. Its fields need the
// baton; they may be read without it once the wait is over.
type HostWait struct {
	Done  bool
	Err   error
	inst  *Instance
	ch    chan struct{} // closed at the end
	nudge chan struct{} // the store has come to a standstill
	// passive says that who waits can bring nothing about meanwhile.
	passive bool
}

// Passive says that the wait is for what a guest does with a stream or future.
func (w *HostWait) Passive() {
	w.passive = true
	delete(w.inst.Store.callers, w)
	w.inst.Store.reading++
}

// Begin registers the wait for something of an instance: it ends with an error
// when the instance traps or is closed.
func (w *HostWait) Begin(inst *Instance) {
	s := inst.Store
	w.inst = inst
	if s.waits == nil {
		s.waits, s.callers = map[*HostWait]struct{}{}, map[*HostWait]struct{}{}
	}
	s.waits[w], s.callers[w] = struct{}{}, struct{}{}
}

// End ends the wait.
func (w *HostWait) End(err error) {
	if w.Done {
		return
	}
	w.Done, w.Err = true, err
	if w.inst == nil {
		return // it never began
	}
	if w.passive {
		w.inst.Store.reading--
	}
	delete(w.inst.Store.waits, w)
	delete(w.inst.Store.callers, w)
	if w.ch != nil {
		close(w.ch)
	}
}

// Run runs threads until the wait is over or nothing is ready; in the last case
// it is false. Where ctx can end it leaves them to another goroutine, for which
// Sleep makes way: a thread may run for as long as it likes. It keeps the baton.
func (w *HostWait) Run(ctx context.Context) bool {
	s := w.inst.Store
	if ctx.Done() != nil {
		s.drain()
		return w.Done || s.runnable.first != nil
	}
	for k := 1; !w.Done; k++ {
		if !s.turn() {
			return w.Done
		}
		if (k%turns == 0 || s.yielded) && s.handOver() {
			s.await(context.WithoutCancel(ctx))
		}
	}
	return true
}

// A Woken is why a wait woke up.
type Woken uint8

// The reasons to wake up. The goroutine has the baton with WokenAgain only.
const (
	WokenOver  Woken = iota // the wait is over
	WokenAgain              // its context has ended, or no thread can go on
	WokenAway               // its context has ended, and the baton is not to be had
)

// Patience is how long who waits with a context that has ended waits for the
// baton: a guest may compute for as long as it likes.
const Patience = 200 * time.Millisecond

// Sleep gives the baton back until there is something to do.
func (w *HostWait) Sleep(ctx context.Context) Woken {
	s := w.inst.Store
	if w.ch == nil {
		w.ch, w.nudge = make(chan struct{}), make(chan struct{}, 1)
	}
	s.Leave()
	select {
	case <-w.ch:
		return WokenOver
	case <-w.nudge:
	case <-ctx.Done():
	}
	_, err := s.Enter(ctx)
	if err != nil && ctx.Err() != nil {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), Patience)
		defer cancel()
		if _, err = s.Enter(grace); err != nil {
			select {
			case <-w.ch:
				return WokenOver
			case <-grace.Done():
				return WokenAway
			}
		}
	}
	if err != nil {
		<-w.ch // the store is closed, which ends it
		return WokenOver
	}
	return WokenAgain
}

// Wait waits for the end without the baton, after Sleep.
func (w *HostWait) Wait() { <-w.ch }

// standstill wakes who waits where no thread can go on.
func (s *Store) standstill() {
	if len(s.callers) == 0 || s.runnable.first != nil || !s.Stuck() {
		return
	}
	for w := range s.callers {
		if w.nudge != nil {
			select {
			case w.nudge <- struct{}{}:
			default:
			}
		}
	}
}

// Settled waits, and runs threads, until no task of the instance and of those
// in it is left. It waits for the baton, and gives it back while it waits. An
// error is the trap that ended the instance, or why ctx ended.
func (i *Instance) Settled(ctx context.Context) error {
	s, root := i.Store, i.Root()
	nested, err := s.Enter(ctx)
	if err != nil {
		return err
	}
	if nested {
		return errors.New("a function that the guest calls cannot wait for the guest's end")
	}
	w := new(HostWait)
	switch {
	case root.Trap != nil:
		s.Leave()
		return root.Trap
	case root.tasks == 0:
		s.Leave()
		return nil
	}
	w.Begin(root)
	root.settling = append(root.settling, w)
	for {
		idle := !w.Run(ctx)
		switch {
		case w.Done:
		case ctx.Err() != nil:
			w.End(context.Cause(ctx))
		case idle && s.Stuck():
			w.End(ErrDeadlock())
		default:
			switch w.Sleep(ctx) {
			case WokenOver:
				return w.Err
			case WokenAway:
				return context.Cause(ctx)
			}
		}
		if w.Done {
			s.Leave()
			return w.Err
		}
	}
}

// Stuck tells whether no thread can go on where none is ready: the host does
// nothing for any, and the program has no end of a stream but those that it
// waits for. Needs the baton.
func (s *Store) Stuck() bool {
	return !s.Patient && len(s.works) == 0 && len(s.readers) == s.reading && s.queue.n.Load() == 0 && !s.inbox.posted.Load()
}

// Fail ends what waits for an instance that trapped, and for those around it.
func (s *Store) Fail(inst *Instance, err error) {
	inst.Poison(nil, err)
	root := inst.Root()
	s.endThreads(root, err)
	s.endHost(root, err)
}

// endHost ends what the host does for a root instance, or for all: goroutines
// of the host that wait get err.
func (s *Store) endHost(root *Instance, err error) {
	of := func(i *Instance) bool { return root == nil || i.Root() == root }
	for w := range s.waits {
		if of(w.inst) {
			w.End(err)
		}
	}
	for w := range s.works {
		if of(w.inst) {
			w.cancel(err)
		}
	}
	for w := range s.sources {
		if of(w.home) {
			w.close(err)
		}
	}
	for r := range s.readers {
		if of(r.inst) {
			r.fail(err)
		}
	}
}

// Work is something that the host does for an instance on a goroutine of its
// own.
type Work struct {
	inst   *Instance
	cancel context.CancelCauseFunc
}

// Go begins work: do runs without the baton, with a context that has the values
// of ctx and ends when the work is cancelled; then done runs with the baton, if
// the instance has not trapped and is not closed. Needs the baton.
func (i *Instance) Go(ctx context.Context, do func(ctx context.Context) error, done func(err error)) *Work {
	s := i.Store
	ctx, cancel := context.WithCancelCause(s.WorkContext(ctx))
	w := &Work{i, cancel}
	if s.works == nil {
		s.works = map[*Work]struct{}{}
	}
	s.works[w] = struct{}{}
	go func() {
		err := error(errLost)
		defer func() {
			cancel(nil)
			s.post(func() {
				delete(s.works, w)
				if !s.closed && i.Trap == nil {
					done(err)
				}
			})
			s.drive()
		}()
		err = do(ctx)
	}()
	return w
}

// ErrCancelled is why the context of work ended that a guest cancelled.
var ErrCancelled = errors.New("the guest cancelled the call")

// Cancel ends the context of the work.
func (w *Work) Cancel() { w.cancel(ErrCancelled) }

// RequestCancellation implements Canceller.
func (w *Work) RequestCancellation(*Instance) error {
	w.Cancel()
	return nil
}
