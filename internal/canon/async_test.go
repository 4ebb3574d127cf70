package canon

// This file is the cases of canonical-abi/run_tests.py about async calls.

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

const (
	starting = uint64(task.SubtaskStarting)
	started  = uint64(task.SubtaskStarted)
	returned = uint64(task.SubtaskReturned)
)

func subtask(t testing.TB, what string, r, state uint64) uint64 {
	t.Helper()
	s, i := status(r)
	eq(t, what+": state", s, state)
	return i
}

func TestAsyncToAsync(t *testing.T) {
	schedules(t, func(w *world) {
		p, c := w.guest("producer", 16), w.guest("consumer", 32)
		u8 := value.TypeU8
		ret0, ret1 := p.taskReturn(nil), p.taskReturn(u8)
		eager := p.lift("eager", w.asyncSig(u8), p.async, func([]uint64) uint64 { return ret1(43) })
		var fut11, fut12, fut2, fut3, fut4 flag
		toggle := p.lift("toggle", w.asyncSig(nil), p.async, func([]uint64) uint64 {
			p.inc()()
			w.wait(fut11.isSet)
			ret0()
			w.wait(fut12.isSet)
			return p.dec()()
		})
		blocking := p.lift("blocking", w.asyncSig(u8, u8), p.async, func(a []uint64) uint64 {
			eq(t, "argument", a[0], 83)
			w.wait(fut2.isSet)
			ret1(44)
			w.wait(fut3.isSet)
			fut4.set()
			return 0
		})
		f := c.lift("f", w.asyncSig(u8, value.TypeBool), c.async, func(a []uint64) uint64 {
			eq(t, "argument", a[0], 1)
			set, wait, join, drop := c.setNew()(), c.setWait(), c.join(), c.subtaskDrop()
			const ptr, retp = 1, 8
			eq(t, "eager", c.lower(eager, eager.Type, c.async)(ptr), returned)
			eq(t, "its result", c.mem.b[ptr], 43)
			sub1 := subtask(t, "toggle", c.lower(toggle, toggle.Type, c.async)(), started)
			eq(t, "its index", sub1, 2)
			join(sub1, set)
			c.mem.b[ptr] = 13
			sub2 := subtask(t, "blocking", c.lower(blocking, blocking.Type, c.async)(83, ptr), starting)
			eq(t, "its index", sub2, 3)
			join(sub2, set)
			fut11.set()
			c.event("toggle", wait(set, retp), retp, task.EventSubtask, sub1, returned)
			drop(sub1)
			fut12.set()
			c.event("blocking", wait(set, retp), retp, task.EventSubtask, sub2, started)
			eq(t, "no result yet", c.mem.b[ptr], 13)
			fut2.set()
			c.event("blocking", wait(set, retp), retp, task.EventSubtask, sub2, returned)
			eq(t, "its result", c.mem.b[ptr], 44)
			drop(sub2)
			fut3.set()
			w.wait(fut4.isSet)
			return c.taskReturn(u8)(42)
		})
		eq(t, "result", w.run(f, 1)[0], 42)
	})
}

func TestAsyncCallback(t *testing.T) {
	schedules(t, func(w *world) {
		p, c := w.guest("producer", 0), w.guest("consumer", 16)
		var futs [2]flag
		var callees [2]*Func
		for i := range callees {
			callees[i] = p.lift("producer", w.asyncSig(nil), p.async, func([]uint64) uint64 {
				w.wait(futs[i].isSet)
				return p.taskReturn(nil)()
			})
		}
		get, set, drop := c.getContext(), c.setContext(), c.subtaskDrop()
		ret := c.taskReturn(value.TypeU32)
		ws := uint64(0)
		o := c.withCallback(func(a []uint64) uint64 {
			switch get() {
			case 42:
				eq(t, "event", a[0], uint64(task.EventSubtask))
				eq(t, "index", a[1], 1)
				eq(t, "state", a[2], returned)
				drop(1)
				set(52)
				return callbackYield
			case 52:
				eq(t, "event", a[0], 0)
				futs[1].set()
				set(62)
				return callbackWait | ws<<4
			case 62:
				eq(t, "event", a[0], uint64(task.EventSubtask))
				eq(t, "index", a[1], 2)
				drop(2)
				ret(83)
				return callbackExit
			}
			t.Error("unexpected context")
			return callbackExit
		})
		f := c.lift("f", w.asyncSig(value.TypeU32), o, func([]uint64) uint64 {
			for i := range callees {
				sub := subtask(t, "producer", c.lower(callees[i], callees[i].Type, c.async)(), started)
				eq(t, "index", sub, uint64(i+1))
			}
			ws = c.setNew()()
			c.join()(1, ws)
			c.join()(2, ws)
			futs[0].set()
			set(42)
			return callbackWait | ws<<4
		})
		eq(t, "result", w.run(f)[0], 83)
	})
}

// interleaving is the callee of TestCallbackInterleaving.
func interleaving(t *testing.T, w *world, p *guest, fut *value.Type) *Func {
	var fut3s [2]uint64
	e, get, ret := p.ends(fut), p.getContext(), p.taskReturn(value.TypeU32)
	o := p.withCallback(func(a []uint64) uint64 {
		eq(t, "event", a[0], uint64(task.EventFutureRead))
		eq(t, "payload", a[2], uint64(task.CopyCompleted))
		i := get()
		ret(42 + i)
		eq(t, "third read", e.syncRead(fut3s[i], 0), uint64(task.CopyCompleted))
		return callbackExit
	})
	return p.lift("producer", w.asyncSig(value.TypeU32, value.TypeU32, fut, fut, fut), o, func(a []uint64) uint64 {
		i, fut1, fut2 := a[0], a[1], a[2]
		fut3s[i] = a[3]
		p.setContext()(i)
		eq(t, "first read", e.syncRead(fut1, 0), uint64(task.CopyCompleted))
		ws := p.setNew()()
		eq(t, "second read", e.read(fut2, 0), blocked)
		p.join()(fut2, ws)
		return callbackWait | ws<<4
	})
}

func TestCallbackInterleaving(t *testing.T) {
	schedules(t, func(w *world) {
		p, c := w.guest("producer", 8), w.guest("consumer", 64)
		fut := value.FutureOf(nil)
		callee := interleaving(t, w, p, fut)
		syncCallee := p.lift("sync", w.asyncSig(value.TypeU32), p.sync, func([]uint64) uint64 { return 100 })
		f := c.lift("f", w.asyncSig(nil), c.sync, func([]uint64) uint64 {
			e := c.ends(fut)
			var r, wr [2][3]uint64
			for i := range 2 {
				for j := range 3 {
					r[i][j], wr[i][j] = pair(e.new())
				}
			}
			// Five flat parameters are more than an async call has room for.
			call := func(i int, to uint64) uint64 {
				const ptr = 32
				for k, x := range []uint64{uint64(i), r[i][0], r[i][1], r[i][2]} {
					c.mem.b[ptr+4*k] = byte(x)
				}
				return c.lower(callee, callee.Type, c.async)(uint64(i), r[i][0], r[i][1], r[i][2], to)
			}
			wait, poll, join, drop, cancel := c.setWait(), c.setPoll(), c.join(), c.subtaskDrop(), c.cancel(false)
			p.inst.Backpressure = 1
			todie := subtask(t, "with backpressure", call(0, 0), starting)
			eq(t, "cancelled", cancel(todie), uint64(task.SubtaskCancelledBeforeStarted))
			p.inst.Backpressure = 0
			sub1 := subtask(t, "first", call(0, 12), started)
			todie = subtask(t, "while locked", call(1, 0), starting)
			eq(t, "cancelled", cancel(todie), uint64(task.SubtaskCancelledBeforeStarted))
			sub2 := subtask(t, "second", call(1, 16), starting)
			ws := c.setNew()()
			join(sub1, ws)
			join(sub2, ws)
			write := func(x uint64) { t.Helper(); eq(t, "write", e.write(x, 0), uint64(task.CopyCompleted)) }
			quiet := func() {
				t.Helper()
				for range 10 {
					eq(t, "yield", c.yield(true)(), 0)
					eq(t, "poll", poll(ws, 0), 0)
				}
			}
			write(wr[0][0])
			c.event("2 starts", wait(ws, 0), 0, task.EventSubtask, sub2, started)
			write(wr[0][1])
			quiet()
			write(wr[1][0])
			c.event("1 returns", wait(ws, 0), 0, task.EventSubtask, sub1, returned)
			eq(t, "result of 1", c.u32(12), 42)
			drop(sub1)
			write(wr[1][1])
			quiet()
			write(wr[0][2])
			c.event("2 returns", wait(ws, 0), 0, task.EventSubtask, sub2, returned)
			eq(t, "result of 2", c.u32(16), 43)
			drop(sub2)
			sub3 := subtask(t, "sync callee", c.lower(syncCallee, syncCallee.Type, c.async)(20), starting)
			join(sub3, ws)
			write(wr[1][2])
			c.event("3 returns", wait(ws, 0), 0, task.EventSubtask, sub3, returned)
			eq(t, "result of 3", c.u32(20), 100)
			return 0
		})
		w.run(f)
	})
}

func TestSyncIgnoresBackpressure(t *testing.T) {
	schedules(t, func(w *world) {
		p, c := w.guest("callee", 8), w.guest("caller", 24)
		fut, u32 := value.FutureOf(nil), value.TypeU32
		async := p.lift("async", w.asyncSig(u32, u32, fut), p.sync, func(a []uint64) uint64 {
			eq(t, "read", p.ends(fut).syncRead(a[1], 0), 0)
			return 42 + a[0]
		})
		sync := p.lift("sync", w.sig(u32, u32), p.sync, func(a []uint64) uint64 { return 84 + a[0] })
		w.run(c.lift("f", w.asyncSig(nil), c.sync, func([]uint64) uint64 {
			e := c.ends(fut)
			r, wr := pair(e.new())
			sub := subtask(t, "async", c.lower(async, async.Type, c.async)(1, r, 4), started)
			eq(t, "sync", c.lower(sync, sync.Type, c.async)(2, 8), returned)
			eq(t, "its result", c.u32(8), 86)
			eq(t, "write", e.syncWrite(wr, 0), 0)
			ws := c.setNew()()
			c.join()(sub, ws)
			c.event("end", c.setWait()(ws, 12), 12, task.EventSubtask, sub, returned)
			eq(t, "result", c.u32(4), 43)
			return c.subtaskDrop()(sub)
		}))
	})
}

// TestAsyncToSync is test_async_to_sync, and with lifted test_async_backpressure.
func TestAsyncToSync(t *testing.T) {
	for _, lifted := range []bool{false, true} {
		schedules(t, func(w *world) {
			p, c := w.guest("producer", 0), w.guest("consumer", 24)
			var fut, done1, done2 flag
			o := p.sync
			finish := func() {}
			if lifted {
				o = p.async
				finish = func() { p.taskReturn(nil)() }
			}
			p1 := p.lift("1", w.asyncSig(nil), o, func([]uint64) uint64 {
				if lifted {
					p.inc()()
				}
				w.wait(fut.isSet)
				if lifted {
					p.dec()()
				}
				finish()
				done1.set()
				return 0
			})
			p2 := p.lift("2", w.asyncSig(nil), o, func([]uint64) uint64 {
				eq(t, "1 done", done1.isSet(), true)
				finish()
				done2.set()
				return 0
			})
			f := c.lift("f", w.asyncSig(value.TypeU8), c.async, func([]uint64) uint64 {
				ws := c.setNew()()
				subs := map[uint64]bool{
					subtask(t, "1", c.lower(p1, p1.Type, c.async)(), started):  true,
					subtask(t, "2", c.lower(p2, p2.Type, c.async)(), starting): true,
				}
				for sub := range subs {
					c.join()(sub, ws)
				}
				fut.set()
				eq(t, "done", done1.isSet() || done2.isSet(), false)
				for len(subs) > 0 {
					eq(t, "yield", c.yield(true)(), 0)
					if c.setPoll()(ws, 8) == 0 {
						continue
					}
					sub := uint64(c.u32(8))
					if uint64(c.u32(12)) == returned {
						delete(subs, sub)
						c.subtaskDrop()(sub)
					}
				}
				eq(t, "done", done1.isSet() && done2.isSet(), true)
				c.setDrop()(ws)
				return c.taskReturn(value.TypeU8)(83)
			})
			eq(t, "result", w.run(f)[0], 83)
		})
	}
}

func TestSyncUsingWait(t *testing.T) {
	schedules(t, func(w *world) {
		p, c := w.guest("producer", 0), w.guest("consumer", 24)
		var futs [2]flag
		var subs [2]uint64
		w.run(c.lift("f", w.asyncSig(nil), c.sync, func([]uint64) uint64 {
			ws := c.setNew()()
			for i := range futs {
				callee := p.lift("p", w.asyncSig(nil), p.async, func([]uint64) uint64 {
					w.wait(futs[i].isSet)
					return p.taskReturn(nil)()
				})
				subs[i] = subtask(t, "call", c.lower(callee, callee.Type, c.async)(), started)
				c.join()(subs[i], ws)
			}
			for i := range futs {
				futs[i].set()
				c.event("end", c.setWait()(ws, 8), 8, task.EventSubtask, subs[i], returned)
			}
			c.setDrop().trap(t, "cannot drop waitable set with waiters", ws)
			c.subtaskDrop()(subs[0])
			c.subtaskDrop()(subs[1])
			return c.setDrop()(ws)
		}))
	})
}

// TestSyncLower is synchronous calls of async functions: the caller waits.
func TestSyncLower(t *testing.T) {
	schedules(t, func(w *world) {
		p, c, d := w.guest("p", 8), w.guest("c", 64), w.guest("d", 8)
		var fut flag
		ret := p.taskReturn(value.TypeString)
		callee := p.lift("p", w.asyncSig(value.TypeString, value.TypeString), p.async, func(a []uint64) uint64 {
			w.wait(fut.isSet)
			return ret(a[0], a[1])
		})
		p.mem.b = make([]byte, 64)
		call := c.lower(callee, callee.Type, c.sync)
		f := c.lift("f", w.asyncSig(value.TypeU32), c.sync, func([]uint64) uint64 {
			copy(c.mem.b[32:], "hello")
			call(32, 5, 48)
			ptr := c.u32(48)
			eq(t, "string", string(c.mem.b[ptr:][:c.u32(52)]), "hello")
			return 7
		})
		setter := d.lift("g", w.asyncSig(nil), d.sync, func([]uint64) uint64 {
			fut.set()
			return 0
		})
		top := d.lift("top", w.asyncSig(value.TypeU32), d.async, func([]uint64) uint64 {
			sub := subtask(t, "f", d.lower(f, f.Type, d.async)(0), started)
			fut.set()
			ws := d.setNew()()
			d.join()(sub, ws)
			d.setWait()(ws, 0)
			return d.taskReturn(value.TypeU32)(uint64(d.u32(0)))
		})
		_ = setter
		eq(t, "index of the subtask", w.run(top)[0], 1)
	})
}

// TestAsyncHost is async calls of functions of the host.
func TestAsyncHost(t *testing.T) {
	w := newWorld(t)
	g := w.guest("g", 64)
	u32, u8 := value.TypeU32, value.TypeU8
	var got []uint64
	host := &Func{Name: "host", Host: func(_ context.Context, c *HostCall, flat []uint64) error {
		vs, err := c.Params(flat)
		if err != nil {
			return err
		}
		got = got[:0]
		for _, v := range vs {
			got = append(got, v.Uint())
		}
		return c.Return(flat, []value.Value{vs[0]})
	}}
	w.run(g.lift("f", w.asyncSig(nil), g.sync, func([]uint64) uint64 {
		eq(t, "four", g.lower(host, w.asyncSig(u32, u32, u8, u8, u8), g.async)(9, 2, 3, 4, 40), returned)
		eq(t, "arguments", len(got), 4)
		eq(t, "result", g.u32(40), 9)
		copy(g.mem.b[12:], "\x08\x00\x00\x00\x02\x03\x04\x05")
		eq(t, "five", g.lower(host, w.sig(u32, u32, u8, u8, u8, u8), g.async)(12, 44), returned)
		eq(t, "arguments", len(got), 5)
		eq(t, "last", got[4], 5)
		eq(t, "result", g.u32(44), 8)
		eq(t, "sync lower", g.lower(host, w.asyncSig(u32, u32), g.sync)(6), 6)
		return 0
	}))
}

// TestTaskTraps is what a task can do wrong.
func TestTaskTraps(t *testing.T) {
	tests := []struct {
		name, want string
		opts       func(g *guest) *abi.Options
		f          func(g *guest) uint64
	}{
		{"no return", "the last thread of a task ended, but the task did not return", nil, func(*guest) uint64 { return 0 }},
		{"twice", "has returned or was cancelled before", nil, func(g *guest) uint64 {
			g.taskReturn(nil)()
			return g.taskReturn(nil)()
		}},
		{"wrong type", "invalid `task.return` signature", nil, func(g *guest) uint64 { return g.taskReturn(value.TypeU8)(1) }},
		{"wrong options", "invalid `task.return` options", nil, func(g *guest) uint64 {
			o := &abi.Options{Memory: &memory{make([]byte, 8)}}
			return g.builtin(component.CanonTaskReturn, Builtin{Result: g.sig(nil).Result, Opts: o})()
		}},
		{"cancel", "has not been cancelled", nil, func(g *guest) uint64 { return g.taskCancel()() }},
		{"return of sync lift", "not lifted async", func(g *guest) *abi.Options { return g.sync },
			func(g *guest) uint64 { return g.taskReturn(nil)() }},
		{"cancel of sync lift", "not lifted async", func(g *guest) *abi.Options { return g.sync },
			func(g *guest) uint64 { return g.taskCancel()() }},
		{"code 3", "unsupported callback code", func(g *guest) *abi.Options { return g.withCallback(nil) }, func(*guest) uint64 { return 3 }},
		{"code 15", "unsupported callback code", func(g *guest) *abi.Options { return g.withCallback(nil) }, func(*guest) uint64 { return 0xff }},
		{"no set", "unknown handle index 7", func(g *guest) *abi.Options { return g.withCallback(nil) }, func(*guest) uint64 { return 2 | 7<<4 }},
		{"deadlock", "deadlock detected: event loop cannot make further progress",
			func(g *guest) *abi.Options { return g.withCallback(nil) }, func(g *guest) uint64 { return 2 | g.setNew()()<<4 }},
		{"overflow", "backpressure counter overflow", nil, func(g *guest) uint64 {
			inc := g.inc()
			for range 1 << 16 {
				inc()
			}
			return 0
		}},
		{"underflow", "backpressure counter underflow", nil, func(g *guest) uint64 { return g.dec()() }},
		{"event beyond memory", "out of bounds", nil, func(g *guest) uint64 { return g.setPoll()(g.setNew()(), 12) }},
		{"event not aligned", "unaligned pointer", nil, func(g *guest) uint64 { return g.setPoll()(g.setNew()(), 2) }},
		{"unreachable", "unreachable", nil, func(*guest) uint64 { return unreachable() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			schedules(t, func(w *world) {
				g := w.guest("g", 16)
				o := g.async
				if tt.opts != nil {
					o = tt.opts(g)
				}
				f := g.lift("f", w.asyncSig(nil), o, func([]uint64) uint64 { return tt.f(g) })
				if _, err := w.call(f); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, want %s", err, tt.want)
				}
				if _, err := w.call(f); err == nil || !strings.Contains(err.Error(), "cannot enter component instance") {
					t.Errorf("after the trap: %v", err)
				}
			})
		})
	}
}

// TestBlockSync is synchronous tasks that block while no thread of their
// instance is ready.
func TestBlockSync(t *testing.T) {
	tests := map[string]func(g *guest) uint64{
		"suspend": func(g *guest) uint64 { return g.builtin(component.CanonThreadSuspend, Builtin{})() },
		"wait":    func(g *guest) uint64 { return g.setWait()(g.setNew()(), 0) },
		"stream read": func(g *guest) uint64 {
			e := g.ends(value.StreamOf(value.TypeU8))
			r, _ := pair(e.new())
			return e.syncRead(r, 0, 1)
		},
		"future write": func(g *guest) uint64 {
			e := g.ends(value.FutureOf(value.TypeU8))
			_, wr := pair(e.new())
			return e.syncWrite(wr, 0)
		},
		"call": func(g *guest) uint64 {
			p := g.guest("p", 0)
			callee := p.lift("p", g.asyncSig(nil), p.async, func([]uint64) uint64 {
				g.wait(func() bool { return false })
				return 0
			})
			return g.lower(callee, callee.Type, g.sync)()
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			schedules(t, func(w *world) {
				g := w.guest("g", 16)
				if _, err := w.call(g.lift("f", w.sig(nil), g.sync, func([]uint64) uint64 { return test(g) })); err == nil ||
					!strings.Contains(err.Error(), "cannot block a synchronous task before returning") {
					t.Error(err)
				}
			})
		})
	}
}

// TestHostCancel is calls of the host whose context ends.
func TestHostCancel(t *testing.T) {
	schedules(t, func(w *world) {
		g := w.guest("g", 16)
		ctx, cancel := context.WithCancelCause(context.Background())
		mine := errors.New("mine")
		call := func(f *Func) error {
			return f.CallAsync(ctx, func(*abi.Context, []uint64) error { return nil },
				func(*abi.Context, []uint64, bool) error { return nil })
		}
		polite := g.lift("polite", w.asyncSig(nil), g.async, func([]uint64) uint64 {
			cancel(mine)
			eq(t, "event", g.setWait()(g.setNew()(), 0), uint64(task.EventTaskCancelled))
			return g.taskCancel()()
		})
		eq(t, "error", call(polite), mine)
		ctx, cancel = context.WithCancelCause(context.Background())
		rude := g.lift("rude", w.asyncSig(nil), g.async, func([]uint64) uint64 {
			cancel(mine)
			w.wait(func() bool { return false })
			return 0
		})
		eq(t, "error", call(rude), mine)
		ctx, cancel = context.WithCancelCause(context.Background())
		busy := g.lift("busy", w.asyncSig(nil), g.async, func([]uint64) uint64 {
			cancel(mine)
			for {
				g.yield(false)()
			}
		})
		if w.store.Choose == nil { // it takes CancelGrace
			eq(t, "error", call(busy), mine)
		}
		ctx = context.Background()
		eq(t, "the instance goes on", call(g.lift("f", w.asyncSig(nil), g.async, func([]uint64) uint64 { return g.taskReturn(nil)() })), nil)
	})
}

// TestInvoke is calls with values, of functions of all kinds of lift.
func TestInvoke(t *testing.T) {
	schedules(t, func(w *world) {
		g := w.guest("g", 256)
		text := value.TypeString
		g.heap = 64
		ret := g.taskReturn(text)
		cb := g.withCallback(func([]uint64) uint64 { ret(70, 2); return callbackExit })
		copy(g.mem.b[70:], "cb")
		pairAt := func(a []uint64) uint64 {
			for i := range 2 {
				g.mem.b[4*i] = byte(a[i])
			}
			return 0
		}
		for _, tt := range []struct {
			f    *Func
			want string
		}{
			{g.lift("sync", w.sig(text, text), g.sync, pairAt), "hey"},
			{g.lift("sync lift", w.asyncSig(text, text), g.sync, pairAt), "hey"},
			{g.lift("stackful", w.asyncSig(text, text), g.async, func(a []uint64) uint64 { g.yield(false)(); return ret(a[0], a[1]) }), "hey"},
			{g.lift("callback", w.asyncSig(text, text), cb, func([]uint64) uint64 { return callbackYield }), "cb"},
		} {
			g.heap = 80
			vs, err := tt.f.Invoke(t.Context(), []value.Value{value.String("hey")})
			if err != nil || len(vs) != 1 || vs[0].Text() != tt.want {
				t.Errorf("%s: %v, %v", tt.f.Name, vs, err)
			}
			if _, err := tt.f.Invoke(t.Context(), []value.Value{value.Bool(true)}); err == nil || isTrap(err) {
				t.Errorf("%s: a wrong argument is taken: %v", tt.f.Name, err)
			}
		}
	})
}

// TestExclusiveGoesOn is a call of an instance whose thread waits for nothing
// any more.
func TestExclusiveGoesOn(t *testing.T) {
	schedules(t, func(w *world) {
		p, c := w.guest("p", 8), w.guest("c", 16)
		ft := value.FutureOf(nil)
		callee := p.lift("p", w.asyncSig(nil, ft), p.sync, func(a []uint64) uint64 {
			eq(t, "read", p.ends(ft).syncRead(a[0], 0), completed)
			return 0
		})
		w.run(c.lift("c", w.asyncSig(nil), c.sync, func([]uint64) uint64 {
			e, call := c.ends(ft), c.lower(callee, callee.Type, c.async)
			r1, w1 := pair(e.new())
			r2, w2 := pair(e.new())
			r3, w3 := pair(e.new())
			s1 := subtask(t, "first", call(r1), started)
			s2 := subtask(t, "second, while the first waits", call(r2), starting)
			eq(t, "cancel", c.cancel(false)(s2), beforeStarted)
			eq(t, "write", e.write(w1, 0), completed)
			s3 := subtask(t, "third, when it does not", call(r3), started)
			eq(t, "write", e.write(w3, 0), completed)
			e.dropReadable(r2)
			eq(t, "write", e.write(w2, 0), dropped)
			ws := c.setNew()()
			for _, s := range []uint64{s1, s3} {
				c.join()(s, ws)
				c.event("end", c.setWait()(ws, 0), 0, task.EventSubtask, s, returned)
			}
			return 0
		}))
	})
}

// TestSyncLiftPostReturn is post-return of an async-typed function: after the
// results were taken.
func TestSyncLiftPostReturn(t *testing.T) {
	w := newWorld(t)
	p, c := w.guest("p", 32), w.guest("c", 32)
	order := ""
	o := &abi.Options{Memory: p.mem, PostReturn: core(func(a []uint64) uint64 {
		order += "post"
		eq(t, "argument", a[0], 8)
		p.setNew().trap(t, "cannot leave component instance")
		p.mem.b[16] = 'X'
		return 0
	})}
	f := p.lift("f", w.asyncSig(value.TypeString), o, func([]uint64) uint64 {
		p.mem.b[8], p.mem.b[12], p.mem.b[16] = 16, 1, 'a'
		return 8
	})
	c.heap = 16
	w.run(c.lift("c", w.asyncSig(nil), c.sync, func([]uint64) uint64 {
		c.lower(f, f.Type, c.sync)(0)
		order += ", then the caller"
		eq(t, "result", string(c.mem.b[c.u32(0):][:c.u32(4)]), "a")
		return 0
	}))
	eq(t, "order", order, "post, then the caller")
	if !p.inst.MayLeave {
		t.Error("the instance may not leave after post-return")
	}
}

// TestStarting is code that runs while an instance is made.
func TestStarting(t *testing.T) {
	w := newWorld(t)
	g := w.guest("g", 8)
	th := g.threads()
	end := Starting(g.inst)
	eq(t, "index", th.index(), 1)
	g.setWait().trap(t, "cannot block a synchronous task before returning", g.setNew()(), 0)
	end()
	eq(t, "threads", g.inst.Threads.Len(), 0)
	if w.store.Current != nil {
		t.Error("a thread runs")
	}
}

// TestReturnMemory is task.return with another export of the same memory, and
// without one.
func TestReturnMemory(t *testing.T) {
	w := newWorld(t)
	g := w.guest("g", 8)
	for _, m := range []*memory{nil, {g.mem.b}} {
		o := &abi.Options{}
		if m != nil {
			o.Memory = m
		}
		ret := g.builtin(component.CanonTaskReturn, Builtin{Result: w.sig(value.TypeU8).Result, Opts: o})
		f := g.lift("f", w.asyncSig(value.TypeU8), g.async, func([]uint64) uint64 { return ret(9) })
		eq(t, "result", w.run(f)[0], 9)
	}
}
