package wazero

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

// indirect is a module whose table has a function of each kind.
const indirect = `(module
	(type $start (func (param i32)))
	(import "h" "host" (func $host (param i32)))
	(import "o" "other" (func $other (param i32)))
	(global $last (mut i32) (i32.const 0))
	(table $t (export "t") 12 funcref)
	(table (export "x") 1 externref)
	(elem (table $t) (i32.const 1) func $keep $host $other $boom $pair $vector $through $deep $add $keep2)
	(func $keep (param i32) (global.set $last (local.get 0)))
	(func $keep2 (param i32) (global.set $last (i32.add (local.get 0) (i32.const 1000))))
	(func $boom (param i32) (drop (i32.div_u (local.get 0) (i32.const 0))))
	(func $pair (param i64 f32) (result f32 i64 i32) (local.get 1) (local.get 0) (i32.const 7))
	(func $vector (param v128 i32) (result v128) (i32x4.add (local.get 0) (i32x4.splat (local.get 1))))
	(func $through (param i32) (call $host (local.get 0)) (global.set $last (local.get 0)))
	(func $deep (param i32) (call $deep (local.get 0)))
	(func $add (param i64))
	(func (export "last") (result i32) (global.get $last))
	(func (export "swap") (param i32 i32) (table.set $t (local.get 0) (table.get $t (local.get 1))))
	(func (export "null") (param i32) (table.set $t (local.get 0) (ref.null func))))`

const (
	elemNull = iota
	elemKeep
	elemHost
	elemOther
	elemBoom
	elemPair
	elemVector
	elemThrough
	elemDeep
	elemI64
	elemKeep2
)

// start is the type of most of its functions.
var start = wasm.FuncType{Params: i32}

// An indirectWorld is an instance of it.
type indirectWorld struct {
	t      testing.TB
	s      *store
	in     engine.Instance
	module engine.Module
	table  engine.Table
	other  engine.Instance
}

// newIndirect makes one with a host function.
func newIndirect(t testing.TB, host func(ctx context.Context, c engine.Caller, stack []uint64) error) *indirectWorld {
	t.Helper()
	e := newEngine(t, Config{})
	h, err := e.CompileHost([]engine.HostFunc{{Name: "hidden", Type: wasm.FuncType{Results: i32}, Call: func(context.Context, engine.Caller, []uint64) error { return nil }},
		{Name: "host", Type: start, Call: host}})
	if err != nil {
		t.Fatal(err)
	}
	s := e.NewStore(engine.Limits{TableElements: 14})
	t.Cleanup(func() { s.Close(); h.Close() })
	// In the other instance the function comes behind others.
	other := instantiate(t, s, wat(t, e, `(module (import "h" "f" (func (result i32))) (global $g (mut i32) (i32.const 0))
		(func (export "never") (unreachable))
		(func (export "other") (param i32) (global.set $g (local.get 0)))
		(func (export "got") (result i32) (global.get $g)))`), []engine.Extern{h.Func(0)}, "other")
	m := wat(t, e, indirect)
	in := instantiate(t, s, m, []engine.Extern{h.Func(1), other.Export("other")}, "main")
	return &indirectWorld{t, s.(*store), in, m, in.Export("t").(engine.Table), other}
}

func (w *indirectWorld) get(i uint64, typ wasm.FuncType) func(context.Context, []uint64) error {
	w.t.Helper()
	f, err := w.table.Func(ctx, i, typ)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// must calls an exported function.
func (w *indirectWorld) must(in engine.Instance, name string, stack ...uint64) uint64 {
	w.t.Helper()
	stack, err := call(w.t, in, name, stack...)
	if err != nil {
		w.t.Fatal(err)
	}
	return append(stack, 0)[0]
}

// instances are the modules of the store, generated ones included.
func (w *indirectWorld) instances() int {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return len(w.s.modules)
}

func noHost(context.Context, engine.Caller, []uint64) error { return nil }

func TestTableFunc(t *testing.T) {
	var caller any
	var hostGot uint64
	w := newIndirect(t, func(_ context.Context, c engine.Caller, stack []uint64) error {
		caller, hostGot = c.Data(), stack[0]
		return nil
	})
	invoke := func(i uint64, typ wasm.FuncType, stack ...uint64) []uint64 {
		t.Helper()
		if err := w.get(i, typ)(ctx, stack); err != nil {
			t.Fatalf("element %d: %v", i, err)
		}
		return stack
	}
	if invoke(elemKeep, start, 5); w.must(w.in, "last") != 5 {
		t.Error("a function of the module was not called")
	}
	if invoke(elemOther, start, 6); w.must(w.other, "got") != 6 {
		t.Error("an imported function was not called")
	}
	if invoke(elemHost, start, 7); hostGot != 7 || caller != "main" {
		t.Errorf("a host function got %d from %v", hostGot, caller)
	}
	if invoke(elemThrough, start, 8); hostGot != 8 || caller != "main" || w.must(w.in, "last") != 8 {
		t.Errorf("a host function got %d from %v behind a guest's", hostGot, caller)
	}
	pair := wasm.FuncType{Params: []wasm.ValType{wasm.I64, wasm.F32}, Results: []wasm.ValType{wasm.F32, wasm.I64, wasm.I32}}
	if got := invoke(elemPair, pair, 1<<40, 0x3f800000, 0); uint32(got[0]) != 0x3f800000 || got[1] != 1<<40 || uint32(got[2]) != 7 {
		t.Errorf("three results: %#x", got)
	}
	vector := wasm.FuncType{Params: []wasm.ValType{wasm.V128, wasm.I32}, Results: []wasm.ValType{wasm.V128}}
	if got := invoke(elemVector, vector, 1<<32|2, 3<<32|4, 10); got[0] != 11<<32|12 || got[1] != 13<<32|14 {
		t.Errorf("a vector: %#x", got)
	}
	if err := w.get(elemPair, pair)(ctx, make([]uint64, 2)); err == nil {
		t.Error("a stack that is too short was taken")
	}
	// A table of the host.
	tab, err := w.s.NewTable(ctx, wasm.TableType{Limits: wasm.Limits{Min: 1}, Elem: wasm.FuncRef})
	if err != nil {
		t.Fatal(err)
	}
	v, err := w.table.Get(ctx, elemKeep)
	if err := errors.Join(err, tab.Set(ctx, 0, v)); err != nil {
		t.Fatal(err)
	}
	f, err := tab.Func(ctx, 0, start)
	if err != nil {
		t.Fatal(err)
	}
	if err := f(ctx, []uint64{9}); err != nil || w.must(w.in, "last") != 9 {
		t.Errorf("a function in a table of the host was not called: %v", err)
	}
}

// TestTableFuncRefused: a function that cannot be had is told when it is asked
// for, and does not run.
func TestTableFuncRefused(t *testing.T) {
	w := newIndirect(t, noHost)
	w.get(elemI64, wasm.FuncType{Params: []wasm.ValType{wasm.I64}})
	for name, tt := range map[string]struct {
		i    uint64
		kind engine.TrapKind
		text string
	}{
		"null":           {elemNull, engine.TrapNullReference, "uninitialized element 0"},
		"behind the end": {12, engine.TrapTableOutOfBounds, "undefined element 12 of a table of 12"},
		"32 bits":        {1<<32 - 1, engine.TrapTableOutOfBounds, "undefined element 4294967295 of a table of 12"},
		"64 bits":        {1<<32 + elemKeep, engine.TrapTableOutOfBounds, "undefined element 4294967297 of a table of 12"},
		"other type":     {elemI64, engine.TrapIndirectCallMismatch, "element 9 is not of type"},
		"more results":   {elemPair, engine.TrapIndirectCallMismatch, "element 5 is not of type"},
	} {
		for range 2 {
			f, err := w.table.Func(ctx, tt.i, start)
			trap, ok := err.(*engine.Trap)
			if f != nil || !ok || trap.Kind != tt.kind || !strings.Contains(err.Error(), tt.text) || len(trap.Frames) > 0 {
				t.Errorf("%s: %v, want %q, %q", name, err, tt.kind, tt.text)
			}
		}
	}
	for _, i := range []uint64{elemHost, elemOther} {
		_, err := w.table.Func(ctx, i, wasm.FuncType{Params: []wasm.ValType{wasm.F32}})
		if trap, ok := err.(*engine.Trap); !ok || trap.Kind != engine.TrapIndirectCallMismatch {
			t.Errorf("imported function %d: %v, want a mismatch", i, err)
		}
	}
	if _, err := w.in.Export("x").(engine.Table).Func(ctx, 0, start); err == nil {
		t.Error("a table of externref has functions")
	}
	if _, err := w.table.Func(ctx, elemKeep, wasm.FuncType{Params: make([]wasm.ValType, 1000)}); err == nil {
		t.Error("a type of 1,000 parameters was taken")
	}
}

// TestTableFuncThen: the reference is that of the time when it was asked for.
func TestTableFuncThen(t *testing.T) {
	w := newIndirect(t, noHost)
	f := w.get(elemKeep, start)
	w.must(w.in, "swap", elemKeep, elemKeep2)
	g := w.get(elemKeep, start)
	w.must(w.in, "null", elemKeep)
	for range 2 {
		if err := f(ctx, []uint64{1}); err != nil || w.must(w.in, "last") != 1 {
			t.Errorf("the function before: %v, last %d", err, w.must(w.in, "last"))
		}
		if err := g(ctx, []uint64{1}); err != nil || w.must(w.in, "last") != 1001 {
			t.Errorf("the function after: %v, last %d", err, w.must(w.in, "last"))
		}
	}
	if _, err := w.table.Func(ctx, elemKeep, start); err == nil {
		t.Error("a null was called")
	}
	w.must(w.in, "swap", elemKeep, elemI64)
	if _, err := w.table.Func(ctx, elemKeep, start); err == nil {
		t.Error("a function of another type was called")
	}
}

func TestTableFuncTraps(t *testing.T) {
	var hostErr error
	w := newIndirect(t, func(context.Context, engine.Caller, []uint64) error { return hostErr })
	trapped := func(i uint64) *engine.Trap {
		t.Helper()
		var trap *engine.Trap
		if err := w.get(i, start)(ctx, []uint64{0}); !errors.As(err, &trap) {
			t.Fatalf("element %d: %v, want a trap", i, err)
		}
		return trap
	}
	trap := trapped(elemBoom)
	want := []engine.Frame{{Module: w.module, Func: 4, Offset: -1}}
	if trap.Kind != engine.TrapDivideByZero || !reflect.DeepEqual(trap.Frames, want) {
		t.Errorf("got %v, frames %+v, want %+v", trap, trap.Frames, want)
	}
	hostErr = errors.New("no")
	trap = trapped(elemThrough)
	want = []engine.Frame{{Host: "host", Offset: -1}, {Module: w.module, Func: 7, Offset: -1}}
	if trap.Kind != engine.TrapHost || trap.Err != hostErr || !reflect.DeepEqual(trap.Frames, want) {
		t.Errorf("got %v, frames %+v, want %+v", trap, trap.Frames, want)
	}
	if trap = trapped(elemHost); trap.Err != hostErr || !reflect.DeepEqual(trap.Frames, want[:1]) {
		t.Errorf("got %v, frames %+v, want %+v", trap, trap.Frames, want[:1])
	}
	if trap = trapped(elemDeep); trap.Kind != engine.TrapStackExhausted {
		t.Errorf("got %v, want an exhausted stack", trap)
	}
	hostErr = &exit{code: 3}
	if err := w.get(elemThrough, start)(ctx, []uint64{0}); err != hostErr {
		t.Errorf("got %v, want the host's %v", err, hostErr)
	}
	// What trapped is of use again.
	hostErr = nil
	if err := w.get(elemKeep, start)(ctx, []uint64{4}); err != nil || w.must(w.in, "last") != 4 {
		t.Errorf("after traps: %v", err)
	}
	_, err := w.table.Get(ctx, 99)
	if trap, ok := err.(*engine.Trap); !ok || len(trap.Frames) > 0 {
		t.Errorf("table.get out of bounds: %v, with frames", err)
	}
}

// TestTableFuncSuspended: calls begin while others are suspended in host
// functions, from other goroutines and from inside one, more of them than a
// generated module has places, and the places are used again.
func TestTableFuncSuspended(t *testing.T) {
	const calls = 3*placesEach + 1
	var inHost sync.WaitGroup
	var proceed chan struct{}
	var mu sync.Mutex // the baton: one goroutine at a time is in the guest
	seen := map[uint64]int{}
	w := newIndirect(t, func(_ context.Context, _ engine.Caller, stack []uint64) error {
		arg := stack[0]
		seen[arg]++
		mu.Unlock()
		inHost.Done()
		<-proceed
		runtime.GC()
		mu.Lock()
		seen[arg]++
		return nil
	})
	f, g := w.get(elemThrough, start), w.get(elemHost, start)
	before := 0
	for round := range 3 {
		proceed = make(chan struct{})
		inHost.Add(calls)
		var done sync.WaitGroup
		for i := range calls {
			done.Go(func() {
				mu.Lock()
				defer mu.Unlock()
				call := f
				if i%2 == 1 {
					call = g
				}
				if err := call(ctx, []uint64{uint64(i)}); err != nil {
					t.Error(err)
				}
			})
		}
		inHost.Wait()
		close(proceed)
		done.Wait()
		for i := range uint64(calls) {
			if seen[i] != 2*(round+1) {
				t.Fatalf("round %d: call %d was in the host %d times", round, i, seen[i])
			}
		}
		if n := w.instances(); round == 0 {
			before = n
		} else if n != before {
			t.Errorf("round %d: %d instances, %d before", round, n, before)
		}
	}
	if c := w.table.(*table).calls[0]; len(c.idle) != maxIdle || len(c.idle)+len(c.free) != 4*placesEach {
		t.Errorf("%d places are idle, %d free", len(c.idle), len(c.free))
	}
}

// TestTableFuncNested: a host function that was called from a table calls
// another function of it.
func TestTableFuncNested(t *testing.T) {
	var w *indirectWorld
	depth := 0
	w = newIndirect(t, func(ctx context.Context, _ engine.Caller, stack []uint64) error {
		if depth++; depth < 10 {
			if err := w.get(elemThrough, start)(ctx, []uint64{stack[0] + 1}); err != nil {
				return err
			}
		}
		return w.get(elemOther, start)(ctx, stack)
	})
	if err := w.get(elemThrough, start)(ctx, []uint64{1}); err != nil {
		t.Fatal(err)
	}
	if depth != 10 || w.must(w.in, "last") != 1 || w.must(w.other, "got") != 1 {
		t.Errorf("%d calls, last %d, other %d", depth, w.must(w.in, "last"), w.must(w.other, "got"))
	}
}

func TestTableFuncClosed(t *testing.T) {
	w := newIndirect(t, noHost)
	f, never := w.get(elemKeep, start), w.get(elemKeep2, start)
	if err := f(ctx, []uint64{1}); err != nil {
		t.Fatal(err)
	}
	w.s.Close()
	if n := w.instances(); n != 0 {
		t.Errorf("%d instances are left", n)
	}
	if err := f(ctx, []uint64{1}); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("call: %v", err)
	}
	if err := never(ctx, []uint64{1}); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("first call: %v", err)
	}
	if _, err := w.table.Func(ctx, elemKeep, start); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("Func: %v", err)
	}
}

// BenchmarkTableFunc is what a thread costs in the engine: to find its function
// and to call it.
func BenchmarkTableFunc(b *testing.B) {
	w := newIndirect(b, noHost)
	stack := make([]uint64, 1)
	b.Run("Func", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := w.table.Func(ctx, elemKeep, start); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Call", func(b *testing.B) {
		f := w.get(elemKeep, start)
		b.ReportAllocs()
		for b.Loop() {
			if err := f(ctx, stack); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("FuncAndCall", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f, err := w.table.Func(ctx, elemKeep, start)
			if err == nil {
				err = f(ctx, stack)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
