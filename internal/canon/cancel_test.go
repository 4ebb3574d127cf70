package canon

// This file is the cases of canonical-abi/run_tests.py about the cancellation
// of calls.

import (
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

const (
	beforeStarted  = uint64(task.SubtaskCancelledBeforeStarted)
	beforeReturned = uint64(task.SubtaskCancelledBeforeReturned)
)

// A canceller is a caller and a callee of test_cancel_subtask.
type canceller struct {
	t            *testing.T
	w            *world
	p, c         *guest
	set          uint64
	fut4, fut5   flag
	index        fn
	suspendNever fn
	later        fn
	suspendTo    [2]fn // by whether it is cancellable
}

func newCanceller(t *testing.T, w *world) *canceller {
	x := &canceller{t: t, w: w, p: w.guest("callee", 16), c: w.guest("caller", 32)}
	x.index = x.p.builtin(component.CanonThreadIndex, Builtin{})
	x.suspendNever = x.p.builtin(component.CanonThreadSuspend, Builtin{})
	x.later = x.p.builtin(component.CanonThreadResumeLater, Builtin{})
	for i, c := range []bool{false, true} {
		x.suspendTo[i] = x.p.builtin(component.CanonThreadSuspendThenResume, Builtin{Cancellable: c})
	}
	return x
}

func (x *canceller) lift(f func(a []uint64) uint64) *Func {
	return x.p.lift("callee", x.w.asyncSig(value.TypeU8, value.TypeU8), x.p.async, f)
}

// call calls a callee, which must be in a state then.
func (x *canceller) call(f *Func, arg, state uint64) uint64 {
	x.t.Helper()
	x.c.mem.b[0] = 13
	return subtask(x.t, "call", x.c.lower(f, f.Type, x.c.async)(arg, 0), state)
}

// cancel cancels a subtask, and checks the answer and the result.
func (x *canceller) cancel(async bool, sub, answer uint64, result byte) {
	x.t.Helper()
	x.c.mem.b[0] = 13
	eq(x.t, "answer", x.c.cancel(async)(sub), answer)
	eq(x.t, "result", x.c.mem.b[0], result)
	if answer != blocked {
		x.c.cancel(async).trap(x.t, "`subtask.cancel` called after terminal status delivered", sub)
		x.c.subtaskDrop()(sub)
	} else {
		x.c.cancel(async).trap(x.t, "`subtask.cancel` called twice", sub)
	}
}

// await waits for the end of a subtask.
func (x *canceller) await(sub, state uint64, result byte) {
	x.t.Helper()
	x.c.join()(sub, x.set)
	x.c.event("end", x.c.setWait()(x.set, 8), 8, task.EventSubtask, sub, state)
	eq(x.t, "result", x.c.mem.b[0], result)
	x.c.subtaskDrop()(sub)
}

// waiter waits to be cancelled, and does then what its argument says.
func (x *canceller) waiter() *Func {
	p, ret := x.p, x.p.taskReturn(value.TypeU8)
	return x.lift(func(a []uint64) uint64 {
		eq(x.t, "event", p.setWait()(p.setNew()(), 0), uint64(task.EventTaskCancelled))
		switch a[0] {
		case 1:
			ret(42)
		case 2:
			p.taskCancel()()
		case 3:
			p.yield(true)()
			ret(43)
		case 4:
			p.yield(true)()
			p.taskCancel()()
		}
		return 0
	})
}

// host is a slow function: it waits for a flag, and if it is cancelled once
// more.
func (x *canceller) host(f *flag, name string) *Func {
	h := x.w.guest(name, 0)
	ret := h.taskReturn(value.TypeU8)
	return h.lift(name, x.w.asyncSig(value.TypeU8, value.TypeU8), h.async, func(a []uint64) uint64 {
		eq(x.t, "argument", a[0], 42)
		cancelled, err := x.w.store.Current.WaitUntil(f.isSet, true)
		must(err)
		if cancelled {
			x.w.wait(f.isSet)
		}
		return ret(43)
	})
}

// callee4 is cancelled while it waits for a synchronous call.
func (x *canceller) callee4() *Func {
	p, host := x.p, x.host(&x.fut4, "host4")
	return x.lift(func([]uint64) uint64 {
		eq(x.t, "host", p.lower(host, host.Type, p.sync)(42), 43)
		p.taskCancel().trap(x.t, "has not been cancelled")
		ws := p.setNew()()
		eq(x.t, "event", p.setWait()(ws, 0), uint64(task.EventTaskCancelled))
		eq(x.t, "event", p.setPoll()(ws, 0), 0)
		return p.taskCancel()()
	})
}

// callee5 is cancelled while it waits for the cancellation of a call.
func (x *canceller) callee5() *Func {
	p, host := x.p, x.host(&x.fut5, "host5")
	return x.lift(func([]uint64) uint64 {
		sub := subtask(x.t, "host", p.lower(host, host.Type, p.async)(42, 0), started)
		eq(x.t, "cancel", p.cancel(false)(sub), returned)
		return p.taskReturn(value.TypeU8)(44)
	})
}

// callee6 has several threads, one of which can be cancelled.
func (x *canceller) callee6() *Func {
	table := &funcTable{}
	ret := x.p.taskReturn(value.TypeU8)
	cancellable := table.add(func(a []uint64) uint64 {
		eq(x.t, "cancelled", x.suspendTo[1](a[0]), 1)
		eq(x.t, "cancelled", x.suspendTo[1](a[0]), 0)
		return ret(45)
	})
	never := table.add(func(a []uint64) uint64 {
		eq(x.t, "cancelled", x.suspendTo[0](a[0]), 0)
		return 0
	})
	newThread := x.p.builtin(component.CanonThreadNewIndirect, Builtin{Table: table})
	return x.lift(func([]uint64) uint64 {
		main := x.index()
		var threads []uint64
		for _, f := range []uint64{never, cancellable, never} {
			th := newThread(f, main)
			threads = append(threads, th)
			eq(x.t, "cancelled", x.suspendTo[1](th), 0)
		}
		eq(x.t, "cancelled", x.suspendNever(), 0)
		for _, th := range threads {
			x.later(th)
		}
		return 0
	})
}

func TestCancelSubtask(t *testing.T) {
	schedules(t, func(w *world) {
		x := newCanceller(t, w)
		f := x.c.lift("f", w.asyncSig(value.TypeU8, value.TypeU8), x.c.async, func([]uint64) uint64 {
			x.set = x.c.setNew()()
			never := x.lift(func([]uint64) uint64 { return unreachable() })
			x.p.inst.Backpressure = 1
			s1, s2 := x.call(never, 13, starting), x.call(never, 13, starting)
			x.cancel(false, s2, beforeStarted, 13)
			x.cancel(true, s1, beforeStarted, 13)
			x.p.inst.Backpressure = 0
			waiter := x.waiter()
			var s []uint64
			for _, arg := range []uint64{1, 2, 3, 3, 4, 4} {
				s = append(s, x.call(waiter, arg, started))
			}
			x.cancel(false, s[0], returned, 42)
			x.cancel(true, s[1], beforeReturned, 13)
			x.cancel(true, s[2], blocked, 13)
			x.await(s[2], returned, 43)
			x.cancel(false, s[3], returned, 43)
			x.cancel(true, s[4], blocked, 13)
			x.await(s[4], beforeReturned, 13)
			x.cancel(false, s[5], beforeReturned, 13)
			x.yielder()
			sub := x.call(x.callee4(), 0, started)
			x.cancel(true, sub, blocked, 13)
			x.fut4.set()
			x.await(sub, beforeReturned, 13)
			sub = x.call(x.callee5(), 13, started)
			x.cancel(true, sub, blocked, 13)
			x.fut5.set()
			x.await(sub, returned, 44)
			sub = x.call(x.callee6(), 14, started)
			x.cancel(true, sub, blocked, 13)
			x.await(sub, returned, 45)
			x.c.setDrop()(x.set)
			return x.c.taskReturn(value.TypeU8)(42)
		})
		eq(t, "result", w.run(f, 1)[0], 42)
	})
}

// yielder is the part of TestCancelSubtask about a callee that yields.
func (x *canceller) yielder() {
	x.t.Helper()
	f := x.lift(func([]uint64) uint64 {
		if x.p.yield(true)() != 0 {
			return x.p.taskCancel()()
		}
		return x.p.taskReturn(value.TypeU8)(83)
	})
	call := func() uint64 { return subtask(x.t, "call", x.c.lower(f, f.Type, x.c.async)(0, 0), started) }
	sub := call()
	s, err := x.c.inst.Subtask(uint32(sub))
	must(err)
	for s.State == task.SubtaskStarted {
		x.c.yield(true)()
	}
	eq(x.t, "cancel", x.c.cancel(true)(sub), returned)
	eq(x.t, "result", x.c.mem.b[0], 83)
	x.c.subtaskDrop()(sub)
	x.cancel(true, call(), beforeReturned, 13)
}

// TestCancelCallback is test_thread_cancel_callback: a task that yields in its
// callback loop is not told while another has the instance.
func TestCancelCallback(t *testing.T) {
	schedules(t, func(w *world) { cancelCallback(t, w) })
}

func cancelCallback(t *testing.T, w *world) {
	p, c := w.guest("producer", 0), w.guest("consumer", 32)
	ret := p.taskReturn(value.TypeU32)
	o1 := p.withCallback(func(a []uint64) uint64 {
		eq(t, "event", a[0], 0)
		ret(42)
		return callbackExit
	})
	p1 := p.lift("1", w.asyncSig(value.TypeU32), o1, func([]uint64) uint64 { return callbackYield })
	o2 := p.withCallback(func([]uint64) uint64 { return unreachable() })
	p2 := p.lift("2", w.asyncSig(value.TypeU32), o2, func([]uint64) uint64 {
		eq(t, "cancelled", p.yield(false)(), 0)
		ret(43)
		return callbackExit
	})
	w.run(c.lift("f", w.asyncSig(nil), c.sync, func([]uint64) uint64 {
		s1 := subtask(t, "1", c.lower(p1, p1.Type, c.async)(8), started)
		s2 := subtask(t, "2", c.lower(p2, p2.Type, c.async)(12), started)
		eq(t, "cancel", c.cancel(true)(s1), blocked)
		ws := c.setNew()()
		c.join()(s1, ws)
		c.event("1", c.setWait()(ws, 16), 16, task.EventSubtask, s1, returned)
		eq(t, "result", c.u32(8), 42)
		c.join()(s2, ws)
		c.event("2", c.setWait()(ws, 16), 16, task.EventSubtask, s2, returned)
		eq(t, "result", c.u32(12), 43)
		return 0
	}))
}

// TestCancelProgress is a subtask that starts while nobody looks, and is then
// cancelled synchronously: its end is waited for.
func TestCancelProgress(t *testing.T) {
	schedules(t, func(w *world) {
		p, c := w.guest("p", 0), w.guest("c", 32)
		var go_ flag
		callee := p.lift("p", w.asyncSig(nil), p.async, func([]uint64) uint64 {
			w.wait(go_.isSet)
			return p.taskReturn(nil)()
		})
		w.run(c.lift("f", w.asyncSig(nil), c.sync, func([]uint64) uint64 {
			p.inst.Backpressure = 1
			sub := subtask(t, "call", c.lower(callee, callee.Type, c.async)(), starting)
			p.inst.Backpressure = 0
			s, err := c.inst.Subtask(uint32(sub))
			must(err)
			for s.State == task.SubtaskStarting {
				c.yield(false)()
			}
			go_.set()
			eq(t, "cancel", c.cancel(false)(sub), returned)
			return c.subtaskDrop()(sub)
		}))
	})
}
