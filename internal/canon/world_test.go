package canon

// This file is what the tests of this package stand on: component instances
// whose core code is Go.

import (
	"context"
	"fmt"
	"math/rand"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// A fakeEngine is an engine.Store without instances.
type fakeEngine struct{ engine.Store }

func (fakeEngine) Close() error { return nil }

// A memory is an engine.Memory.
type memory struct{ b []byte }

func (m *memory) Type() wasm.ExternType      { return wasm.ExternType{Kind: wasm.ExternMemory} }
func (m *memory) Bytes() []byte              { return m.b }
func (m *memory) Grow(uint64) (uint64, bool) { return 0, false }

// A world is a store under test.
type world struct {
	t     testing.TB
	store *task.Store
	types *abi.Types
	root  *task.Instance
}

// schedules runs a test with the first choice everywhere, and with random
// ones. It checks that no goroutine stays.
func schedules(t *testing.T, test func(w *world)) {
	t.Helper()
	for seed := range 40 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			before := runtime.NumGoroutine()
			w := newWorld(t)
			if seed > 0 {
				w.store.Choose = rand.New(rand.NewSource(int64(seed))).Intn
			}
			test(w)
			if err := w.store.Close(); err != nil {
				t.Error(err)
			}
			noMore(t, before)
		})
	}
}

// noMore waits until there are no more goroutines than before: one that has
// handed over its last word may still be there for a moment.
func noMore(t testing.TB, before int) {
	t.Helper()
	for range 10_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		if runtime.NumGoroutine() <= before {
			return
		}
	}
	t.Errorf("%d goroutines, there were %d", runtime.NumGoroutine(), before)
}

func newWorld(t testing.TB) *world {
	s := task.NewStore(fakeEngine{})
	return &world{t: t, store: s, types: abi.NewTypes(), root: task.NewInstance(s, nil)}
}

// A guest is a component instance.
type guest struct {
	*world
	inst *task.Instance
	mem  *memory
	heap uint64
	// sync and async are the usual options.
	sync, async *abi.Options
}

func (w *world) guest(name string, memSize int) *guest {
	g := &guest{world: w, inst: task.NewInstance(w.store, w.root), mem: &memory{make([]byte, memSize)}}
	g.inst.Name = name
	g.sync = &abi.Options{Memory: g.mem, Realloc: core(g.realloc)}
	g.async = &abi.Options{Memory: g.mem, Realloc: core(g.realloc), Async: true}
	return g
}

// realloc is a bump allocator.
func (g *guest) realloc(a []uint64) uint64 {
	align, size := a[2], a[3]
	p := (g.heap + align - 1) &^ (align - 1)
	g.heap = p + size
	return p
}

// withCallback is async options with a callback.
func (g *guest) withCallback(cb func(a []uint64) uint64) *abi.Options {
	o := *g.async
	o.Callback = core(cb)
	return &o
}

// A coreFunc is core code in Go: it gets its arguments and returns its result.
// It panics with a trapped to trap.
type coreFunc struct {
	f func(ctx context.Context, a []uint64) uint64
}

type trapped struct{ err error }

func core(f func(a []uint64) uint64) abi.CoreFunc {
	return &coreFunc{func(_ context.Context, a []uint64) uint64 { return f(a) }}
}

func (c *coreFunc) Call(ctx context.Context, stack []uint64) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case trapped:
			err = r.err
		default:
			panic(r)
		}
	}()
	args := append([]uint64(nil), stack...)
	if r := c.f(ctx, args); len(stack) > 0 {
		stack[0] = r
	}
	return nil
}

// unreachable is the instruction.
func unreachable() uint64 {
	panic(trapped{&engine.Trap{Kind: engine.TrapUnreachable}})
}

// must makes core code trap where a call trapped.
func must(err error) {
	if err != nil {
		panic(trapped{err})
	}
}

// A fn is a core function as core code calls it.
type fn func(a ...uint64) uint64

func (f fn) trap(t testing.TB, want string, a ...uint64) {
	t.Helper()
	defer func() {
		t.Helper()
		r, ok := recover().(trapped)
		if !ok {
			t.Errorf("no trap, want %q", want)
		} else if !strings.Contains(r.err.Error(), want) {
			t.Errorf("trap %q, want %q", r.err, want)
		}
	}()
	f(a...)
}

func callable(c abi.CoreFunc) fn {
	type stack [abi.MaxFlatParams + 1]uint64
	var free []*stack // those that are kept need the baton
	return func(a ...uint64) uint64 {
		var st *stack
		if n := len(free); n > 0 {
			st, free = free[n-1], free[:n-1]
		} else {
			st = new(stack)
		}
		copy(st[:], a)
		must(c.Call(context.Background(), st[:]))
		r := st[0]
		*st = stack{}
		free = append(free, st)
		return r
	}
}

// builtin is a built-in of the guest.
func (g *guest) builtin(op component.CanonOp, b Builtin) fn {
	b.Inst = g.inst
	if b.Opts == nil {
		b.Opts = g.sync
	}
	return callable(NewBuiltin(op, b))
}

// fields are parameters of types.
func fields(ts []*value.Type) (fs []value.Field) {
	for i, t := range ts {
		fs = append(fs, value.Field{Name: fmt.Sprintf("p%d", i), Type: t})
	}
	return fs
}

// sig is a function type; async ones are asyncSig.
func (w *world) sig(result *value.Type, params ...*value.Type) *abi.FuncType {
	return w.types.Func(&value.FuncType{Params: fields(params), Result: result})
}

func (w *world) asyncSig(result *value.Type, params ...*value.Type) *abi.FuncType {
	return w.types.Func(&value.FuncType{Async: true, Params: fields(params), Result: result})
}

// lift makes a function of the guest.
func (g *guest) lift(name string, t *abi.FuncType, o *abi.Options, f func(a []uint64) uint64) *Func {
	return &Func{Name: name, Type: t, Inst: g.inst, Callee: core(f), Opts: o}
}

// lower makes a function core code of the guest.
func (g *guest) lower(f *Func, t *abi.FuncType, o *abi.Options) fn {
	return callable(g.lowered(f, t, o))
}

func (g *guest) lowered(f *Func, t *abi.FuncType, o *abi.Options) *Lowered {
	l := &Lowered{Inst: g.inst, Type: t, Opts: o, Callee: f}
	if f.Host == nil {
		var err error
		if l.Params, err = abi.NewAdapter(t.Params, f.Type.Params, o.Width, f.Opts.Width); err != nil {
			g.t.Fatal(err)
		}
		if l.Results, err = abi.NewAdapter(f.Type.Result, t.Result, f.Opts.Width, o.Width); err != nil {
			g.t.Fatal(err)
		}
	}
	l.Bind()
	return l
}

// wait blocks the current thread until a condition holds.
func (w *world) wait(cond func() bool) {
	_, err := w.store.Current.WaitUntil(cond, false)
	must(err)
}

// call calls a function from the host with flat arguments.
func (w *world) call(f *Func, args ...uint64) (results []uint64, err error) {
	err = f.CallAsync(context.Background(), func(_ *abi.Context, flat []uint64) error {
		copy(flat, args)
		return nil
	}, func(_ *abi.Context, flat []uint64, _ bool) error {
		results = append([]uint64(nil), flat...)
		return nil
	})
	return results, err
}

// beginAsync begins a call of the host that nobody waits for.
func (f *Func) beginAsync(start OnStart, resolve OnResolve) (task.Canceller, error) {
	h := &hostTask{onStart: start, onResolve: resolve}
	h.Begin(f.Inst)
	return f.start(context.Background(), nil, h)
}

// run calls a function that must return, and then lets all threads go on that
// can.
func (w *world) run(f *Func, args ...uint64) []uint64 {
	w.t.Helper()
	r, err := w.call(f, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.drain()
	return r
}

// holding runs f with the baton.
func (w *world) holding(f func()) {
	w.t.Helper()
	if _, err := w.store.Enter(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	defer w.store.Leave()
	f()
}

func (w *world) drain() {
	w.t.Helper()
	w.holding(w.tickAll)
}

func (w *world) tickAll() {
	for {
		ran, err := w.store.Tick()
		if err != nil {
			w.t.Fatal(err)
		}
		if !ran {
			return
		}
	}
}

// eq checks a number.
func eq[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// A flag is set once.
type flag struct{ b bool }

func (f *flag) set()        { f.b = true }
func (f *flag) isSet() bool { return f.b }

// status unpacks the answer of an async call or copy.
func status(r uint64) (code, rest uint64) { return r & 0xf, r >> 4 }

// u32 is a number in memory.
func (g *guest) u32(p uint64) uint32 {
	b := g.mem.b[p:]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// event is the result of waitable-set.wait, which was given p.
func (g *guest) event(what string, code uint64, p uint64, want task.EventCode, index, result uint64) {
	g.t.Helper()
	eq(g.t, what+": event", code, uint64(want))
	eq(g.t, what+": index", uint64(g.u32(p)), index)
	eq(g.t, what+": payload", uint64(g.u32(p+4)), result)
}

// A funcTable is a table of functions in Go.
type funcTable struct {
	engine.Table
	funcs []abi.CoreFunc
}

func (f *funcTable) add(g func(a []uint64) uint64) uint64 {
	f.funcs = append(f.funcs, core(g))
	return uint64(len(f.funcs) - 1)
}

func (f *funcTable) Func(_ context.Context, i uint64, _ wasm.FuncType) (func(context.Context, []uint64) error, error) {
	if i >= uint64(len(f.funcs)) {
		return nil, fmt.Errorf("undefined element: index %d of a table of %d", i, len(f.funcs))
	}
	return f.funcs[i].Call, nil
}

// The built-ins that most tests need.
func (g *guest) setNew() fn  { return g.builtin(component.CanonWaitableSetNew, Builtin{}) }
func (g *guest) setDrop() fn { return g.builtin(component.CanonWaitableSetDrop, Builtin{}) }
func (g *guest) setWait() fn {
	return g.builtin(component.CanonWaitableSetWait, Builtin{Cancellable: true})
}
func (g *guest) setPoll() fn {
	return g.builtin(component.CanonWaitableSetPoll, Builtin{Cancellable: true})
}
func (g *guest) join() fn        { return g.builtin(component.CanonWaitableJoin, Builtin{}) }
func (g *guest) subtaskDrop() fn { return g.builtin(component.CanonSubtaskDrop, Builtin{}) }
func (g *guest) taskCancel() fn  { return g.builtin(component.CanonTaskCancel, Builtin{}) }
func (g *guest) inc() fn         { return g.builtin(component.CanonBackpressureInc, Builtin{}) }
func (g *guest) dec() fn         { return g.builtin(component.CanonBackpressureDec, Builtin{}) }
func (g *guest) yield(c bool) fn {
	return g.builtin(component.CanonThreadYield, Builtin{Cancellable: c})
}
func (g *guest) getContext() fn   { return g.builtin(component.CanonContextGet, Builtin{}) }
func (g *guest) setContext() fn   { return g.builtin(component.CanonContextSet, Builtin{}) }
func (g *guest) cancel(a bool) fn { return g.builtin(component.CanonSubtaskCancel, Builtin{Async: a}) }

// taskReturn is task.return of a result, nil for none.
func (g *guest) taskReturn(result *value.Type) fn {
	return g.builtin(component.CanonTaskReturn, Builtin{Result: g.sig(result).Result, Opts: g.async})
}

// exports are the built-ins of a stream or future type.
type ends struct {
	new, read, write, syncRead, syncWrite, dropReadable, dropWritable fn
	cancelRead, cancelWrite, asyncCancelRead, asyncCancelWrite        fn
}

func (g *guest) ends(t *value.Type) (e ends) {
	b := Builtin{Type: g.types.Type(t), Opts: g.async}
	s := b
	s.Opts = g.sync
	a := b
	a.Async = true
	d := component.CanonOp(0)
	if t.Kind == value.KindFuture {
		d = component.CanonFutureNew - component.CanonStreamNew
	}
	e.new = g.builtin(component.CanonStreamNew+d, b)
	e.read, e.syncRead = g.builtin(component.CanonStreamRead+d, b), g.builtin(component.CanonStreamRead+d, s)
	e.write, e.syncWrite = g.builtin(component.CanonStreamWrite+d, b), g.builtin(component.CanonStreamWrite+d, s)
	e.cancelRead, e.asyncCancelRead = g.builtin(component.CanonStreamCancelRead+d, b), g.builtin(component.CanonStreamCancelRead+d, a)
	e.cancelWrite, e.asyncCancelWrite = g.builtin(component.CanonStreamCancelWrite+d, b), g.builtin(component.CanonStreamCancelWrite+d, a)
	e.dropReadable = g.builtin(component.CanonStreamDropReadable+d, b)
	e.dropWritable = g.builtin(component.CanonStreamDropWritable+d, b)
	return e
}

// pair is what stream.new and future.new answer.
func pair(r uint64) (readable, writable uint64) { return r & 0xffff_ffff, r >> 32 }
