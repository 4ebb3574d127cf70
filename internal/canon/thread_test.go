package canon

// This file is cooperative threads: the cases of canonical-abi/run_tests.py,
// and threads of synchronous tasks.

import (
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// threads are the thread built-ins of a guest.
type threads struct {
	index, new, later, suspend              fn
	suspendResume, yieldResume              fn
	suspendPromote, yieldPromote, yieldOnce fn
	table                                   *funcTable
}

func (g *guest) threads() threads {
	table := &funcTable{}
	b := func(op component.CanonOp) fn { return g.builtin(op, Builtin{Table: table}) }
	return threads{
		index: b(component.CanonThreadIndex), new: b(component.CanonThreadNewIndirect),
		later: b(component.CanonThreadResumeLater), suspend: b(component.CanonThreadSuspend),
		suspendResume: b(component.CanonThreadSuspendThenResume), yieldResume: b(component.CanonThreadYieldThenResume),
		suspendPromote: b(component.CanonThreadSuspendThenPromote), yieldPromote: b(component.CanonThreadYieldThenPromote),
		yieldOnce: b(component.CanonThreadYield), table: table,
	}
}

func TestThreads(t *testing.T) {
	for _, async := range []bool{true, false} {
		schedules(t, func(w *world) {
			g := w.guest("g", 8)
			th := g.threads()
			count := 0
			f1 := th.table.add(func(a []uint64) uint64 { eq(t, "argument", a[0], 13); return 0 })
			f2 := th.table.add(func(a []uint64) uint64 { eq(t, "cancelled", th.yieldResume(a[0]), 0); return 0 })
			f3 := th.table.add(func(a []uint64) uint64 { return th.later(a[0]) })
			f4 := th.table.add(func([]uint64) uint64 {
				for range 2 {
					th.yieldOnce()
					count++
				}
				return 0
			})
			sig := w.sig(value.TypeU8)
			if async {
				sig = w.asyncSig(value.TypeU8)
			}
			f := g.lift("f", sig, g.sync, func([]uint64) uint64 {
				main := th.index()
				eq(t, "index", main, 1)
				eq(t, "index", th.index(), 1)
				th.yieldResume(th.new(f1, 13))
				th.suspendResume(th.new(f2, main))
				th.later(th.new(f3, main))
				th.suspend()
				for range 5 {
					th.later(th.new(f4, 4))
				}
				for count != 10 {
					th.yieldOnce()
				}
				return 42
			})
			eq(t, "result", w.run(f)[0], 42)
			eq(t, "threads", g.inst.Threads.Len(), 0)
		})
	}
}

// TestSyncThreads is test_sync_threads: threads of a synchronous task take
// turns while it blocks, and others of the instance do not disturb them.
func TestSyncThreads(t *testing.T) {
	schedules(t, func(w *world) {
		g := w.guest("g", 8)
		th := g.threads()
		ping, pong, ping5, pong5 := 0, 0, 0, 0
		var t2, t3, t41, t42, t51, t52, ws, main uint64
		done := false
		add := th.table.add
		f11 := add(func([]uint64) uint64 {
			for ping < 3 || pong < 3 {
				ping++
				th.yieldOnce()
			}
			return th.later(t2)
		})
		f12 := add(func([]uint64) uint64 {
			for ping < 3 || pong < 3 {
				pong++
				th.yieldOnce()
			}
			return 0
		})
		f2 := add(func([]uint64) uint64 { return th.later(t3) })
		f3 := add(func([]uint64) uint64 {
			th.later(t41)
			return th.suspend()
		})
		e := g.ends(value.FutureOf(nil))
		f41 := add(func([]uint64) uint64 {
			th.later(t3)
			th.later(t42)
			ws = g.setNew()()
			eq(t, "event", g.setWait()(ws, 0), uint64(task.EventFutureRead))
			return th.later(t51)
		})
		f42 := add(func([]uint64) uint64 {
			r, wr := pair(e.new())
			eq(t, "read", e.read(r, 0), blocked)
			g.join()(r, ws)
			eq(t, "write", e.write(wr, 0), completed)
			return 0
		})
		f51 := add(func([]uint64) uint64 {
			for ping5 < 3 {
				eq(t, "pong", pong5, ping5)
				th.yieldPromote(t52)
				eq(t, "pong", pong5, ping5)
				th.later(t52)
				th.yieldPromote(t52)
				eq(t, "pong", pong5, ping5+1)
				ping5++
			}
			done = true
			th.later(t52)
			return th.later(main)
		})
		f52 := add(func([]uint64) uint64 {
			for pong5 < 3 {
				pong5++
				th.suspendPromote(t51)
			}
			return 0
		})
		var ready flag
		other := g.lift("other", w.asyncSig(value.TypeU32), g.sync, func([]uint64) uint64 {
			w.wait(ready.isSet)
			eq(t, "the other task is done", done, true)
			return 43
		})
		otherResult := uint64(0)
		_, err := other.beginAsync(func(*abi.Context, []uint64) error { return nil },
			func(_ *abi.Context, flat []uint64, _ bool) error { otherResult = flat[0]; return nil })
		if err != nil {
			t.Fatal(err)
		}
		eq(t, "result of the other", otherResult, 0)
		ready.set()
		f := g.lift("f", w.sig(value.TypeU8), g.sync, func([]uint64) uint64 {
			main = th.index()
			t11, t12 := th.new(f11, 131), th.new(f12, 132)
			t2, t3, t41, t42, t51, t52 = th.new(f2, 0), th.new(f3, 0), th.new(f41, 0), th.new(f42, 0), th.new(f51, 0), th.new(f52, 0)
			th.later(t11)
			th.later(t12)
			th.suspend()
			return 42
		})
		eq(t, "result", w.run(f)[0], 42)
		eq(t, "result of the other", otherResult, 43)
	})
}

// TestThreadOutlives is a thread that goes on after its synchronous task.
func TestThreadOutlives(t *testing.T) {
	schedules(t, func(w *world) {
		g := w.guest("g", 8)
		th := g.threads()
		var fut flag
		ran := 0
		f1 := th.table.add(func([]uint64) uint64 { w.wait(fut.isSet); ran++; return 0 })
		f := g.lift("f", w.sig(nil), g.sync, func([]uint64) uint64 { return th.later(th.new(f1, 0)) })
		for range 3 {
			if _, err := w.call(f); err != nil {
				t.Fatal(err)
			}
		}
		w.holding(func() {
			eq(t, "threads", g.inst.Threads.Len(), 3)
			fut.set()
			w.tickAll()
			eq(t, "ran", ran, 3)
			eq(t, "threads", g.inst.Threads.Len(), 0)
		})
	})
}

// TestLazyIndex is that threads have the indices that they would have if all
// were registered at once.
func TestLazyIndex(t *testing.T) {
	w := newWorld(t)
	g := w.guest("g", 8)
	th := g.threads()
	g.resource(&task.ResourceType{Name: "r", Impl: g.inst, Dtor: core(func([]uint64) uint64 {
		eq(t, "index in destructor", th.index(), 2)
		return 0
	})})
	newR, _, drop := g.resourceFuncs(0)
	w.run(g.lift("f", w.sig(nil), g.sync, func([]uint64) uint64 {
		drop(newR(1))
		eq(t, "index", th.index(), 1)
		eq(t, "next index", th.new(th.table.add(func([]uint64) uint64 { return 0 }), 0), 2)
		return 0
	}))
}

// TestResumeBelow is a thread of a synchronous task that blocks; another, which
// its instance runs meanwhile, drops a resource, whose destructor blocks in
// turn and so gives the first its turn again.
func TestResumeBelow(t *testing.T) {
	for _, ends := range []string{"returns", "traps", "blocks again"} {
		schedules(t, func(w *world) {
			g, c := w.guest("g", 8), w.guest("c", 8)
			th := g.threads()
			var first, second, again flag
			order := ""
			g.resource(&task.ResourceType{Name: "r", Impl: g.inst, Dtor: core(func([]uint64) uint64 {
				order += "d"
				first.set()
				w.wait(second.isSet)
				order += "e"
				again.set()
				return 0
			})})
			newR, _, drop := g.resourceFuncs(0)
			f1 := th.table.add(func([]uint64) uint64 {
				drop(newR(1))
				order += "f"
				return 0
			})
			f := g.lift("f", w.sig(value.TypeU32), g.sync, func([]uint64) uint64 {
				th.later(th.new(f1, 0))
				w.wait(first.isSet)
				order += "m"
				second.set()
				switch ends {
				case "traps":
					unreachable()
				case "blocks again":
					w.wait(again.isSet)
					order += "n"
				}
				return 5
			})
			callF := c.lower(f, f.Type, c.sync)
			r, err := w.call(c.lift("top", w.sig(value.TypeU32), c.sync, func([]uint64) uint64 { return callF() }))
			switch {
			case ends == "traps":
				if err == nil || !strings.Contains(err.Error(), "unreachable") {
					t.Error(err)
				}
				return
			case err != nil:
				t.Fatal(err)
			}
			eq(t, "result", r[0], 5)
			w.drain()
			order = strings.ReplaceAll(strings.ReplaceAll(order, "nf", "fn"), "enf", "efn")
			want := "dmef"
			if ends == "blocks again" {
				want = "dmefn"
			}
			eq(t, "order", order, want)
			eq(t, "threads", g.inst.Threads.Len(), 0)
		})
	}
}

func TestThreadTraps(t *testing.T) {
	tests := map[string]struct {
		want string
		f    func(th threads)
	}{
		"unknown":       {"unknown thread index 9", func(th threads) { th.later(9) }},
		"running":       {"cannot resume thread which is not suspended", func(th threads) { th.later(th.index()) }},
		"ready":         {"cannot resume thread which is not suspended", func(th threads) { i := th.new(0, 0); th.later(i); th.later(i) }},
		"no function":   {"undefined element", func(th threads) { th.new(7, 0) }},
		"traps":         {"unreachable", func(th threads) { th.yieldResume(th.new(1, 0)) }},
		"another traps": {"unreachable", func(th threads) { th.later(th.new(1, 0)); th.suspend() }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, async := range []bool{true, false} {
				schedules(t, func(w *world) {
					g := w.guest("g", 8)
					th := g.threads()
					th.table.add(func([]uint64) uint64 { return 0 })
					th.table.add(func([]uint64) uint64 { return unreachable() })
					sig := w.sig(nil)
					if async {
						sig = w.asyncSig(nil)
					}
					f := g.lift("f", sig, g.sync, func([]uint64) uint64 { tt.f(th); return 0 })
					if _, err := w.call(f); err == nil || !strings.Contains(err.Error(), tt.want) {
						t.Errorf("%v, want %s", err, tt.want)
					}
					if g.inst.MayEnter {
						t.Error("the instance that trapped may be entered")
					}
				})
			}
		})
	}
}
