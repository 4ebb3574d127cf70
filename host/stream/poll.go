// This file waits for the first of several Waitables.

package stream

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dray-wasm/dray/host"
)

// A Clock is what Poll needs of a clock; every clock.Clock is one.
type Clock interface {
	Monotonic() uint64
	SleepUntil(ctx context.Context, t uint64) error
}

// A RealTimeClock is a Clock that runs as fast as the host's own. Poll waits
// for it without a goroutine.
type RealTimeClock interface {
	Clock
	// Until is how long it takes from now until Monotonic is at least t; zero
	// or less when it is.
	Until(t uint64) time.Duration
}

// A Deadline is the moment at which Clock.Monotonic is At nanoseconds. The
// zero Deadline never comes.
type Deadline struct {
	Clock Clock
	At    uint64
}

func (d Deadline) passed() bool { return d.Clock != nil && d.Clock.Monotonic() >= d.At }

// A Timed is a Waitable that becomes ready when its deadline has passed, and
// by nothing else.
type Timed interface {
	Waitable
	Deadline() Deadline
}

// Poll waits until at least one of ws is ready, sets ready[i] for each ws[i]
// that is, clears it for the others, and returns how many are. It returns 0
// without an error when until passed first, and ctx's error when ctx ended
// first. What is ready counts before both. An entry of ws may appear twice.
//
// All descriptors among ws are waited for in one place of the operating
// system. A Waitable of a type from outside this package costs a goroutine
// for the length of the call.
//
// A ready shorter than ws is host.EINVAL; a wait that nothing could ever end
// is host.EDEADLK.
func Poll(ctx context.Context, ws []Waitable, ready []bool, until Deadline) (int, error) {
	if len(ready) < len(ws) {
		return 0, host.EINVAL
	}
	s := newPollSet(ws, ready[:len(ws)], until)
	defer s.free()
	s.sort()
	if n, err := s.check(); n > 0 || err != nil {
		return n, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if until.passed() {
		return 0, nil
	}
	if len(ws) == 0 && until.Clock == nil && ctx.Done() == nil {
		return 0, host.EDEADLK
	}
	return s.wait(ctx)
}

// waitOne is the Wait of a Waitable of this package.
func waitOne(ctx context.Context, w Waitable) error {
	if w.Ready() {
		return nil
	}
	s := newPollSet(nil, nil, Deadline{})
	defer s.free()
	s.oneW[0], s.oneReady[0] = w, false
	s.ws, s.ready = s.oneW[:], s.oneReady[:]
	s.sort()
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := s.wait(ctx)
	return err
}

// A pollSet is one call of Poll.
type pollSet struct {
	ws    []Waitable
	ready []bool
	until Deadline
	// fds are the descriptors to ask about; fdOf says whose they are.
	fds  []pollFD
	fdOf []int
	// watch are the same descriptors, each once.
	watch []pollFD
	// foreign are the indexes of Waitables that need a goroutine.
	foreign []int
	// fired says which goroutines ended; nil before they start.
	fired []atomic.Bool
	// clockErr is why the clock of until gave up.
	clockErr atomic.Pointer[error]

	oneW     [1]Waitable
	oneReady [1]bool
}

var pollSets = sync.Pool{New: func() any { return new(pollSet) }}

func newPollSet(ws []Waitable, ready []bool, until Deadline) *pollSet {
	s := pollSets.Get().(*pollSet)
	s.ws, s.ready, s.until = ws, ready, until
	return s
}

// maxKept is the capacity up to which the scratch of a Poll is kept.
const maxKept = 1024

func (s *pollSet) free() {
	s.ws, s.ready, s.until, s.fired = nil, nil, Deadline{}, nil
	s.oneW[0] = nil
	s.clockErr.Store(nil)
	if cap(s.fds) > maxKept || cap(s.foreign) > maxKept {
		return
	}
	s.fds, s.fdOf, s.foreign = s.fds[:0], s.fdOf[:0], s.foreign[:0]
	s.watch = s.watch[:0]
	pollSets.Put(s)
}

// sort finds out in which way each Waitable is waited for.
func (s *pollSet) sort() {
	for i, w := range s.ws {
		switch w := w.(type) {
		case always:
		case descriptor:
			if fd, ok := w.pollFD(); ok {
				s.fds = append(s.fds, fd)
				s.fdOf = append(s.fdOf, i)
			}
		case notifier:
		case Timed:
			if _, ok := w.Deadline().Clock.(RealTimeClock); !ok {
				s.foreign = append(s.foreign, i)
			}
		default:
			s.foreign = append(s.foreign, i)
		}
	}
}

// check fills ready and counts.
func (s *pollSet) check() (int, error) {
	n := s.checkOthers()
	m, err := s.checkFDs()
	if n > 0 {
		err = nil
	}
	return n + m, err
}

// checkOthers fills ready for all but the descriptors.
func (s *pollSet) checkOthers() int {
	n, fds := 0, s.fdOf
	for i, w := range s.ws {
		if len(fds) > 0 && fds[0] == i {
			fds = fds[1:]
			s.ready[i] = w.(descriptor).gone()
		} else {
			s.ready[i] = w.Ready()
		}
		if s.ready[i] {
			n++
		}
	}
	if s.fired == nil {
		return n
	}
	for k, i := range s.foreign {
		if s.fired[k].Load() && !s.ready[i] {
			s.ready[i] = true
			n++
		}
	}
	return n
}

// checkFDs fills ready for the descriptors.
func (s *pollSet) checkFDs() (int, error) {
	if len(s.fds) == 0 {
		return 0, nil
	}
	if err := pollNow(s.fds); err != nil {
		return 0, err
	}
	n := 0
	for k := range s.fds {
		i := s.fdOf[k]
		if s.fds[k].Revents != 0 && !s.ready[i] {
			s.ready[i] = true
			n++
		}
	}
	return n, nil
}

// wait sleeps until check finds something.
func (s *pollSet) wait(ctx context.Context) (int, error) {
	s.merge()
	w := newWaiter(ctx, s.watch)
	s.attach(w)
	stop := s.startForeign(ctx, w)
	defer func() {
		stop()
		s.detach(w)
		w.release()
	}()
	// What became ready before attach is seen here; descriptors are seen by
	// the sleep.
	if s.checkOthers() > 0 {
		return s.check()
	}
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		w.sleep(ctx, s.deadline())
		if n, err := s.check(); n > 0 || err != nil {
			return n, err
		}
		if s.until.passed() {
			return 0, ctx.Err()
		}
		if err := s.clockErr.Load(); err != nil {
			return 0, *err
		}
	}
}

// merge fills watch.
func (s *pollSet) merge() {
	s.watch = append(s.watch[:0], s.fds...)
	slices.SortFunc(s.watch, func(a, b pollFD) int { return cmp.Compare(a.Fd, b.Fd) })
	n := 0
	for _, fd := range s.watch {
		if n > 0 && s.watch[n-1].Fd == fd.Fd {
			s.watch[n-1].Events |= fd.Events
			continue
		}
		s.watch[n] = fd
		n++
	}
	s.watch = s.watch[:n]
}

func (s *pollSet) attach(w *waiter) {
	for _, x := range s.ws {
		if x, ok := x.(notifier); ok {
			x.list().add(w)
		}
	}
}

func (s *pollSet) detach(w *waiter) {
	for _, x := range s.ws {
		if x, ok := x.(notifier); ok {
			x.list().remove(w)
		}
	}
}

// startForeign starts a goroutine for each thing that can only be waited for
// by a call that blocks. The function it returns ends them all.
func (s *pollSet) startForeign(ctx context.Context, w *waiter) (stop func()) {
	_, real := s.until.Clock.(RealTimeClock)
	sleep := s.until.Clock != nil && !real
	if len(s.foreign) == 0 && !sleep {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	// The group is not kept in s: a synctest bubble must not share it.
	group := new(sync.WaitGroup)
	s.fired = make([]atomic.Bool, len(s.foreign))
	for k, i := range s.foreign {
		x, fired := s.ws[i], &s.fired[k]
		group.Go(func() {
			// An error other than ctx's is for the operation to report.
			if err := x.Wait(ctx); err == nil || ctx.Err() == nil {
				fired.Store(true)
			}
			w.wake()
		})
	}
	if sleep {
		until := s.until
		group.Go(func() {
			if err := until.Clock.SleepUntil(ctx, until.At); err != nil && ctx.Err() == nil {
				s.clockErr.Store(&err)
			}
			w.wake()
		})
	}
	return func() {
		cancel()
		group.Wait()
	}
}

// deadline is the first moment of real time at which something is due; zero
// without one.
func (s *pollSet) deadline() time.Time {
	first := time.Duration(math.MaxInt64)
	consider := func(d Deadline) {
		if c, ok := d.Clock.(RealTimeClock); ok {
			first = min(first, c.Until(d.At))
		}
	}
	consider(s.until)
	for _, w := range s.ws {
		if w, ok := w.(Timed); ok {
			consider(w.Deadline())
		}
	}
	if first == math.MaxInt64 {
		return time.Time{}
	}
	return time.Now().Add(max(first, 0))
}
