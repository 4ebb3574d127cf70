package canon

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// BenchmarkTask is a call of the host from start to finish, of functions whose
// core code does nothing: lifted in the ways that there are, and one that waits
// for another task before.
func BenchmarkTask(b *testing.B) {
	w := newWorld(b)
	g := w.guest("g", 256)
	ret, yield := g.taskReturn(nil), g.yield(false)
	sig := w.asyncSig(nil)
	done := g.withCallback(func([]uint64) uint64 { ret(); return callbackExit })
	for _, bench := range []struct {
		name string
		f    *Func
	}{
		{"sync", g.lift("f", w.sig(nil), g.sync, func([]uint64) uint64 { return 0 })},
		{"sync-lift", g.lift("f", sig, g.sync, func([]uint64) uint64 { return 0 })},
		{"callback", g.lift("f", sig, done, func([]uint64) uint64 { ret(); return callbackExit })},
		{"callback-yield", g.lift("f", sig, done, func([]uint64) uint64 { return callbackYield })},
		{"stackful", g.lift("f", sig, g.async, func([]uint64) uint64 { ret(); return 0 })},
		{"stackful-yield", g.lift("f", sig, g.async, func([]uint64) uint64 { yield(); ret(); return 0 })},
	} {
		b.Run(bench.name, func(b *testing.B) {
			start := func(*abi.Context, []uint64) error { return nil }
			end := func(*abi.Context, []uint64, bool) error { return nil }
			b.ReportAllocs()
			for b.Loop() {
				if err := bench.f.CallAsync(context.Background(), start, end); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkWaiting is what a task costs while it waits, of 10,000 at a time that
// a guest has begun in another: memory of the host, and the time to begin and to
// end it.
func BenchmarkWaiting(b *testing.B) {
	const n = 10_000
	for _, stackful := range []bool{false, true} {
		b.Run(map[bool]string{false: "callback", true: "stackful"}[stackful], func(b *testing.B) {
			for b.Loop() {
				w := newWorld(b)
				callee, caller := w.guest("callee", 64), w.guest("caller", 64)
				waitHere := callee.builtin(component.CanonWaitableSetWait, Builtin{})
				set, e := callee.setNew(), callee.ends(value.FutureOf(nil))
				join, ret := callee.join(), callee.taskReturn(nil)
				drop, dropSet := e.dropReadable, callee.setDrop()
				var writers []uint64
				wait := func() (s, r uint64) {
					pair := e.new()
					writers = append(writers, pair>>32)
					s, r = set(), pair&0xffff_ffff
					e.read(r, 0)
					join(r, s)
					return s, r
				}
				o := callee.async
				code := func([]uint64) uint64 {
					s, r := wait()
					waitHere(s, 0)
					drop(r)
					dropSet(s)
					return ret()
				}
				if !stackful {
					o = callee.withCallback(func(a []uint64) uint64 { drop(a[1]); ret(); return callbackExit })
					code = func([]uint64) uint64 { s, _ := wait(); return callbackWait | s<<4 }
				}
				f := callee.lift("f", w.asyncSig(nil), o, code)
				begin := caller.lower(f, f.Type, caller.async)
				main := caller.lift("main", w.asyncSig(nil), caller.async, func([]uint64) uint64 {
					before := memory_()
					for range n {
						begin()
					}
					b.ReportMetric(float64(memory_()-before)/n, "B/task")
					return caller.taskReturn(nil)()
				})
				if _, err := w.call(main); err != nil {
					b.Fatal(err)
				}
				end := callee.lift("end", w.asyncSig(nil), callee.async, func([]uint64) uint64 {
					for _, x := range writers {
						if e.write(x, 0) != 0 {
							unreachable()
						}
					}
					return ret()
				})
				if _, err := w.call(end); err != nil {
					b.Fatal(err)
				}
				if err := callee.inst.Settled(b.Context()); err != nil {
					b.Fatal(err)
				}
				w.store.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/task")
		})
	}
	_ = fmt.Sprint
	_ = task.CopyDone
}

// memory_ is what lives on the heap and on stacks.
func memory_() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
