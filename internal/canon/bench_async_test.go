package canon

import (
	"context"
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
				begin := caller.lowered(f, f.Type, caller.async)
				main := caller.lift("main", w.asyncSig(nil), caller.async, nil)
				main.Callee = &coreFunc{func(ctx context.Context, _ []uint64) uint64 {
					before := liveMemory()
					for range n {
						must(begin.Call(ctx, make([]uint64, 1)))
					}
					b.ReportMetric(float64(liveMemory()-before)/n, "B/task")
					return caller.taskReturn(nil)()
				}}
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
}

// liveMemory is what lives on the heap and on stacks.
func liveMemory() uint64 {
	runtime.GC()
	runtime.GC() // what had finalizers
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// BenchmarkStream moves elements in writes of 64 KiB, between two guests, and
// from the host to a guest; "memcpy" is what the copies alone take.
func BenchmarkStream(b *testing.B) {
	const size = 64 << 10
	point := value.RecordOf(value.Field{Name: "x", Type: value.TypeU32}, value.Field{Name: "y", Type: value.TypeU32})
	for _, bench := range []struct {
		name string
		elem *value.Type
		n    uint64
	}{{"u8", value.TypeU8, size}, {"records", point, size / 8}} {
		stream := value.StreamOf(bench.elem)
		b.Run("guests/"+bench.name, func(b *testing.B) {
			w := newWorld(b)
			defer w.store.Close()
			from, to := w.guest("from", size), w.guest("to", size)
			send, recv := from.ends(stream), to.ends(stream)
			ret, done := from.taskReturn(stream), to.taskReturn(nil)
			source := from.lift("source", w.asyncSig(stream), from.async, func([]uint64) uint64 {
				pair := send.new()
				ret(pair & 0xffff_ffff)
				for {
					if code, _ := status(send.syncWrite(pair>>32, 0, bench.n)); code != 0 {
						send.dropWritable(pair >> 32)
						return 0
					}
				}
			})
			call := to.lower(source, source.Type, to.sync)
			f := to.lift("f", w.asyncSig(nil), to.async, func([]uint64) uint64 {
				r := call()
				b.SetBytes(size)
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					for left := bench.n; left > 0; {
						_, n := status(recv.syncRead(r, 0, left))
						left -= n
					}
				}
				b.StopTimer()
				recv.dropReadable(r)
				return done()
			})
			if _, err := w.call(f); err != nil {
				b.Fatal(err)
			}
		})
	}
	b.Run("host/u8", func(b *testing.B) {
		w := newWorld(b)
		defer w.store.Close()
		g := w.guest("g", size)
		stream := value.StreamOf(value.TypeU8)
		st := w.types.Type(stream)
		e, ret := g.ends(stream), g.taskReturn(nil)
		f := g.lift("f", w.asyncSig(nil, stream), g.async, func(a []uint64) uint64 {
			b.SetBytes(size)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				for left := uint64(size); left > 0; {
					_, n := status(e.syncRead(a[0], 0, left))
					left -= n
				}
			}
			b.StopTimer()
			e.dropReadable(a[0])
			return ret()
		})
		err := f.CallAsync(context.Background(), func(cx *abi.Context, flat []uint64) (err error) {
			flat[0], err = streamIn(cx, task.NewHostStream(g.inst, st.Elem, &zeros{b: make([]byte, size)}), st)
			return err
		}, func(*abi.Context, []uint64, bool) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
	})
	b.Run("memcpy", func(b *testing.B) {
		from, to := make([]byte, size), make([]byte, size)
		b.SetBytes(size)
		for b.Loop() {
			copy(to, from)
		}
	})
}

// zeros is a source of zero bytes, which is its own buffer.
type zeros struct {
	b    []byte
	left uint32
}

func (z *zeros) Next(context.Context, uint32) (task.HostBuffer, error) { return z.TryNext(0) }
func (z *zeros) Close()                                                {}

func (z *zeros) TryNext(uint32) (task.HostBuffer, error) {
	z.left = uint32(len(z.b))
	return z, nil
}

func (z *zeros) Remain() uint32     { return z.left }
func (z *zeros) IsZeroLength() bool { return false }

func (z *zeros) StoreTo(cx *abi.Context, _ *task.Instance, _ *abi.Type, ptr uint64, n uint32) error {
	copy(cx.Memory.Bytes()[ptr:][:n], z.b)
	z.left -= n
	return nil
}

func (z *zeros) LoadFrom(*abi.Context, *task.Instance, *abi.Type, uint64, uint32) error { return nil }
func (z *zeros) MoveFrom(task.HostBuffer, uint32) error                                 { return nil }
