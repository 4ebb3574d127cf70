package dray_test

// This file is how instances of components end: closed, poisoned by traps, or
// left by host functions that do not return.

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/value"
)

func textComponent(t testing.TB, rt *dray.Runtime, src string) *dray.Component {
	t.Helper()
	c, err := rt.CompileComponent(t.Context(), []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func exported(t testing.TB, in *dray.Instance, name string) *dray.Func {
	t.Helper()
	f, err := in.Func(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func wantError(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

// caller exports f, which calls the import h twice.
const caller = `(component
  (import "h" (func $h (param "x" u32) (result u32)))
  (core func $low (canon lower (func $h)))
  (core module $m
    (import "" "h" (func $h (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (call $h (call $h (local.get 0)))))
  (core instance $i (instantiate $m (with "" (instance (export "h" (func $low))))))
  (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f"))))`

// TestCloseInHostFunction closes the instance that calls: the call ends, and
// what host functions keep is released after it.
func TestCloseInHostFunction(t *testing.T) {
	rt := componentRuntime(t)
	l := rt.NewLinker()
	var in *dray.Instance
	calls, closed := 0, 0
	check(t, l.Func("h", func(ctx context.Context, x uint32) (uint32, error) {
		if calls++; in.Trapped() != (calls > 1) {
			t.Error("Trapped before Close, or not after it")
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if closed != 0 {
			t.Error("the call that runs has lost what it needs")
		}
		_, err := exported(t, in, "f").Call(ctx, value.U32(0))
		wantError(t, err, "closed")
		return x + 1, nil
	}))
	in, err := l.Instantiate(t.Context(), textComponent(t, rt, caller), dray.OnClose(func() error {
		closed++
		return nil
	}))
	check(t, err)
	f := exported(t, in, "f")
	if got, err := f.Call(t.Context(), value.U32(5)); err != nil || !got[0].Equal(value.U32(7)) {
		t.Errorf("%v, %v, want 7", got, err)
	}
	_, err = f.Call(t.Context(), value.U32(5))
	wantError(t, err, "closed")
	check(t, in.Close())
	if closed != 1 {
		t.Errorf("closed %d times", closed)
	}
}

// TestCloseWhileCallsRun closes instances that are called from several
// goroutines.
func TestCloseWhileCallsRun(t *testing.T) {
	rt := componentRuntime(t)
	l := rt.NewLinker()
	check(t, l.Func("h", func(x uint32) uint32 { return x + 1 }))
	c := textComponent(t, rt, caller)
	prepared, err := l.Prepare(c)
	check(t, err)
	for range 20 {
		in, err := prepared.Instantiate(t.Context())
		check(t, err)
		var wg sync.WaitGroup
		called := make(chan bool, 4)
		for range 4 {
			wg.Go(func() {
				f := exported(t, in, "f")
				for n := 0; ; n++ {
					got, err := f.Call(t.Context(), value.U32(1))
					if n == 3 {
						called <- true
					}
					if err != nil {
						wantError(t, err, "closed")
						return
					}
					if !got[0].Equal(value.U32(3)) {
						t.Errorf("%v, want 3", got)
					}
				}
			})
		}
		<-called
		wg.Go(func() { in.Close() })
		wg.Go(func() { in.Close() })
		wg.Wait()
	}
}

// TestHostFunctionFails has host functions that end the call in every way.
func TestHostFunctionFails(t *testing.T) {
	rt := componentRuntime(t)
	c := textComponent(t, rt, caller)
	failed := errors.New("no such thing")
	for _, tt := range []struct {
		name string
		end  func() error
		want string // "" where Call does not return
	}{
		{"error", func() error { return failed }, "trap: host function failed: h: no such thing"},
		{"panic", func() error { panic("oh no") }, "panicked: oh no"},
		{"goexit", func() error { runtime.Goexit(); return nil }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := rt.NewLinker()
			check(t, l.Func("h", func(uint32) (uint32, error) { return 0, tt.end() }))
			in, other := instantiateComponent(t, l, c), instantiateComponent(t, l, c)
			f := exported(t, in, "f")
			done := make(chan error, 1)
			go func() {
				defer close(done)
				_, err := f.Call(t.Context(), value.U32(1))
				done <- err
			}()
			if err, returned := <-done; returned {
				var trap *dray.Trap
				if !errors.As(err, &trap) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, want a trap %q", err, tt.want)
				} else if bt := trap.Backtrace(); !strings.Contains(bt, "h (host)") {
					t.Errorf("backtrace:\n%s", bt)
				}
				if tt.name == "error" && !errors.Is(err, failed) {
					t.Errorf("%v is not the error of the host function", err)
				}
			}
			_, err := f.Call(t.Context(), value.U32(1))
			wantError(t, err, "cannot enter component instance")
			if !in.Trapped() || other.Trapped() {
				t.Error("the wrong instance trapped")
			}
		})
	}
}

// A bag is a context that cannot be compared.
type bag struct {
	context.Context
	values map[string]string
}

func (b bag) Value(key any) any {
	if s, ok := key.(string); ok {
		return b.values[s]
	}
	return b.Context.Value(key)
}

func TestContextOfHostFunctions(t *testing.T) {
	rt := componentRuntime(t)
	l := rt.NewLinker()
	check(t, l.Func("h", func(ctx context.Context, x uint32) (uint32, error) {
		if v := ctx.Value("name"); v != "value" {
			t.Errorf("value %v", v)
		}
		return x + 1, nil
	}))
	f := exported(t, instantiateComponent(t, l, textComponent(t, rt, caller)), "f")
	if _, err := f.Call(bag{t.Context(), map[string]string{"name": "value"}}, value.U32(1)); err != nil {
		t.Error(err)
	}
}

// TestStateInHostFunctions finds what an instance was given, and observes the
// call.
func TestStateInHostFunctions(t *testing.T) {
	rt := componentRuntime(t)
	l := rt.NewLinker()
	key, other := dray.NewStateKey[uint32](), dray.NewStateKey[string]()
	check(t, l.Instance("a:b/c@1.0.0").Func("h", func(ctx context.Context, x uint32) uint32 {
		if got := other.From(ctx); got != "" {
			t.Errorf("a state that was not given is %q", got)
		}
		return x + key.From(context.WithValue(ctx, t, 1))
	}))
	var seen []string
	l.Observe(func(ctx context.Context, name string) {
		seen = append(seen, fmt.Sprint(name, " ", key.From(ctx)))
	})
	c := textComponent(t, rt, `(component
	  (import "a:b/c@1.2.0" (instance $c (export "h" (func (param "x" u32) (result u32)))))
	  (core func $h (canon lower (func $c "h")))
	  (core module $m (import "" "h" (func $h (param i32) (result i32)))
	    (func (export "f") (param i32) (result i32) (call $h (local.get 0))))
	  (core instance $i (instantiate $m (with "" (instance (export "h" (func $h))))))
	  (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f"))))`)
	for _, n := range []uint32{10, 20} {
		in, err := l.Instantiate(t.Context(), c, key.With(n))
		check(t, err)
		got, err := exported(t, in, "f").Call(t.Context(), value.U32(1))
		if err != nil || !got[0].Equal(value.U32(1+n)) {
			t.Errorf("%v, %v, want %d", got, err, 1+n)
		}
		check(t, in.Close())
	}
	if want := []string{"a:b/c@1.0.0#h 10", "a:b/c@1.0.0#h 20"}; !slices.Equal(seen, want) {
		t.Errorf("observed %q, want %q", seen, want)
	}
	if got := key.From(t.Context()); got != 0 {
		t.Errorf("the state outside of a call is %d", got)
	}
}

// TestComponentStart has a component with a start function, whose result it
// exports.
func TestComponentStart(t *testing.T) {
	rt := componentRuntime(t)
	l := rt.NewLinker()
	calls := 0
	check(t, l.Func("h", func(x uint32) uint32 { calls++; return x + 1 }))
	check(t, l.Value("v", value.U32(2)))
	src := strings.Replace(caller, `(func (export "f") (param "x"`, `(import "v" (value $v u32)) (func $f (param "x"`, 1)
	src = strings.TrimSuffix(src, ")") + `(start $f (value $v) (result (value $r))) (export "r" (value $r)))`
	instantiateComponent(t, l, textComponent(t, rt, src))
	if calls != 2 {
		t.Errorf("%d calls of the host, want 2", calls)
	}
	src = `(component (import "h" (func $h (param "x" u32) (result u32))) (import "v" (value $v u32))
	  (start $h (value $v) (result (value $r))) (export "r" (value $r)))`
	_, err := l.Instantiate(t.Context(), textComponent(t, rt, src))
	wantError(t, err, `start function "h"`)
}

// implementer has the resource r. Its destructor traps for the representation
// 13, and boom always.
const implementer = `(component
  (core module $dm
    (func $drop-thing (export "d") (param i32) (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))))
  (core instance $di (instantiate $dm))
  (alias core export $di "d" (core func $d))
  (type $r0 (resource (rep i32) (dtor (core func $d))))
  (export $r "r" (type $r0))
  (core func $new (canon resource.new $r))
  (core func $drop (canon resource.drop $r))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "use") (param i32 i32 i32) (result i32) (local.get 0))
    (func (export "take") (param i32 i32 i32) (call $drop (local.get 0)))
    (func $boom (export "boom") unreachable))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
  (alias core export $i "mem" (core memory $mem))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $i "make")))
  (func (export "use") (param "r" (borrow $r)) (param "s" string) (result u32)
    (canon lift (core func $i "use") (memory $mem) (realloc $realloc)))
  (func (export "take") (param "r" (own $r)) (param "s" string)
    (canon lift (core func $i "take") (memory $mem) (realloc $realloc)))
  (func (export "boom") (canon lift (core func $i "boom"))))`

// user imports the resource r and what it needs of it.
const user = `(component
  (import "r" (type $r (sub resource)))
  (import "boom" (func $boom))
  (import "peek" (func $peek (param "r" (borrow $r))))
  (core func $drop (canon resource.drop $r))
  (core func $low-boom (canon lower (func $boom)))
  (core func $low-peek (canon lower (func $peek)))
  (core module $m
    (import "" "drop" (func $drop (param i32)))
    (import "" "boom" (func $boom))
    (import "" "peek" (func $peek (param i32)))
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "show") (param i32 i32 i32) (call $peek (local.get 0)) (call $drop (local.get 0)))
    (func (export "eat") (param i32 i32 i32) (call $drop (local.get 0)))
    (func $call-boom (export "call-boom") (call $boom)))
  (core instance $i (instantiate $m (with "" (instance
    (export "drop" (func $drop)) (export "boom" (func $low-boom)) (export "peek" (func $low-peek))))))
  (alias core export $i "mem" (core memory $mem))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "show") (param "r" (borrow $r)) (param "s" string)
    (canon lift (core func $i "show") (memory $mem) (realloc $realloc)))
  (func (export "eat") (param "r" (own $r)) (param "s" string)
    (canon lift (core func $i "eat") (memory $mem) (realloc $realloc)))
  (func (export "call-boom") (canon lift (core func $i "call-boom"))))`

// pair is an implementer and a user that is linked to it.
func pair(t *testing.T, peek func(*dray.Handle) error) (impl, use *dray.Instance) {
	t.Helper()
	rt := componentRuntime(t)
	impl = instantiateComponent(t, rt.NewLinker(), textComponent(t, rt, implementer))
	l := rt.NewLinker()
	check(t, l.GiveAll(impl))
	check(t, l.Func("peek", peek))
	return impl, instantiateComponent(t, l, textComponent(t, rt, user))
}

// TestHandlesAfterWrongArguments calls with a handle and then a string that is
// none: nothing ran, so the handle is as before and the instance works.
func TestHandlesAfterWrongArguments(t *testing.T) {
	impl, use := pair(t, func(*dray.Handle) error { return nil })
	mk, err := dray.FuncOf[func(uint32) (*dray.Handle, error)](impl, "make")
	check(t, err)
	for _, tt := range []struct {
		in   *dray.Instance
		name string
		own  bool
	}{{impl, "use", false}, {impl, "take", true}, {use, "show", false}, {use, "eat", true}} {
		h, err := mk(1)
		check(t, err)
		var f func(*dray.Handle, string) error
		if tt.name == "use" {
			g, err := dray.FuncOf[func(*dray.Handle, string) (uint32, error)](tt.in, tt.name)
			check(t, err)
			f = func(h *dray.Handle, s string) error { _, err := g(h, s); return err }
		} else {
			f, err = dray.FuncOf[func(*dray.Handle, string) error](tt.in, tt.name)
			check(t, err)
		}
		params := exported(t, tt.in, tt.name).Type().Params
		arg, err := value.Handle(params[0].Type, h)
		check(t, err)
		_, err = exported(t, tt.in, tt.name).Call(t.Context(), arg, value.String("\xff"))
		wantError(t, err, "UTF-8")
		if err := f(h, "fine"); err != nil {
			t.Errorf("%s after a call with wrong arguments: %v", tt.name, err)
		}
		err = dray.Drop(t.Context(), h)
		if tt.own {
			wantError(t, err, "dropped or given away")
		} else if err != nil {
			t.Errorf("%s: the handle is lost: %v", tt.name, err)
		}
	}
}

// TestBorrowAfterFailure keeps a borrowed handle in a host function that fails,
// and lends one to a call that traps.
func TestBorrowAfterFailure(t *testing.T) {
	var kept *dray.Handle
	impl, use := pair(t, func(h *dray.Handle) error {
		kept = h
		return errors.New("no")
	})
	mk, err := dray.FuncOf[func(uint32) (*dray.Handle, error)](impl, "make")
	check(t, err)
	h, err := mk(1)
	check(t, err)
	show, err := dray.FuncOf[func(*dray.Handle, string) error](use, "show")
	check(t, err)
	wantError(t, show(h, ""), "peek: no")
	useIt, err := dray.FuncOf[func(*dray.Handle, string) (uint32, error)](impl, "use")
	check(t, err)
	_, err = useIt(kept, "")
	wantError(t, err, "dropped or given away")
	if n, err := useIt(h, ""); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	check(t, dray.Drop(t.Context(), h))
}

// TestDrop drops handles whose destructors trap, and what is no handle any more.
func TestDrop(t *testing.T) {
	impl, _ := pair(t, func(*dray.Handle) error { return nil })
	mk, err := dray.FuncOf[func(uint32) (*dray.Handle, error)](impl, "make")
	check(t, err)
	good, err := mk(1)
	check(t, err)
	bad, err := mk(13)
	check(t, err)
	late, err := mk(2)
	check(t, err)
	check(t, dray.Drop(t.Context(), good))
	wantError(t, dray.Drop(t.Context(), good), "dropped or given away")
	wantError(t, dray.Drop(t.Context(), nil), "nil")
	err = dray.Drop(t.Context(), bad)
	var trap *dray.Trap
	if !errors.As(err, &trap) || !strings.Contains(trap.Backtrace(), "drop-thing") {
		t.Errorf("%v, want a trap in drop-thing", err)
	}
	check(t, impl.Close())
	wantError(t, dray.Drop(t.Context(), late), "closed")
}

// TestBacktraceOfLinked traps in an instance that another one calls.
func TestBacktraceOfLinked(t *testing.T) {
	impl, use := pair(t, func(*dray.Handle) error { return nil })
	_, err := exported(t, use, "call-boom").Call(t.Context())
	var trap *dray.Trap
	if !errors.As(err, &trap) {
		t.Fatalf("%v, want a trap", err)
	}
	text := trap.Backtrace()
	i, j, k := strings.Index(text, "0: boom"), strings.Index(text, "boom (host)"), strings.Index(text, "call-boom")
	if i < 0 || j < i || k < j {
		t.Errorf("backtrace:\n%s", text)
	}
	if !impl.Trapped() || !use.Trapped() {
		t.Error("an instance of the call can be entered")
	}
}

// TestBacktraceThroughModules traps where core modules of a component call each
// other: each frame has the name that its own module gives it. The modules are
// without debug information.
func TestBacktraceThroughModules(t *testing.T) {
	rt := componentRuntime(t)
	c, err := rt.CompileComponent(t.Context(), []byte(`(component
	  (core module $inner
	    (func (export "unused-1")) (func (export "unused-2")) (func (export "unused-3"))
	    (func (export "innermost") unreachable))
	  (core module $outer
	    (import "inner" "innermost" (func $f))
	    (table (export "t") 1 funcref)
	    (func (export "first") call $through)
	    (func $through (export "through") i32.const 0 call_indirect))
	  (core module $middle
	    (import "inner" "innermost" (func $f)) (import "outer" "t" (table 1 funcref))
	    (func $middle (export "middle") call $f)
	    (elem (i32.const 0) $middle))
	  (core instance $i (instantiate $inner))
	  (core instance $o (instantiate $outer (with "inner" (instance $i))))
	  (core instance (instantiate $middle (with "inner" (instance $i)) (with "outer" (instance $o))))
	  (func (export "run") (canon lift (core func $o "first"))))`))
	check(t, err)
	in, err := rt.NewLinker().Instantiate(t.Context(), c)
	check(t, err)
	defer in.Close()
	_, err = exported(t, in, "run").Call(t.Context())
	var trap *dray.Trap
	if !errors.As(err, &trap) {
		t.Fatalf("%v, want a trap", err)
	}
	want := "    0: innermost\n    1: middle\n    2: through\n    3: first"
	if got := trap.Backtrace(); got != want {
		t.Errorf("backtrace:\n%s\nwant:\n%s", got, want)
	}
}

// An exit ends a program with a status.
type exit struct{ status int }

func (e *exit) Error() string { return "exit" }
func (*exit) Unwind()         {}

// TestExitThroughTwo ends a program from deep within two components: that is no
// trap.
func TestExitThroughTwo(t *testing.T) {
	rt := componentRuntime(t)
	l := rt.NewLinker()
	check(t, l.Func("h", func(uint32) (uint32, error) { return 0, &exit{3} }))
	in := instantiateComponent(t, l, textComponent(t, rt, caller))
	given := rt.NewLinker()
	check(t, given.GiveAll(in))
	outer := instantiateComponent(t, given, textComponent(t, rt, strings.Replace(caller, `(import "h"`, `(import "f"`, 1)))
	_, err := exported(t, outer, "f").Call(t.Context(), value.U32(1))
	var e *exit
	var trap *dray.Trap
	if !errors.As(err, &e) || e.status != 3 || errors.As(err, &trap) {
		t.Errorf("%v, want the status 3", err)
	}
}

// TestNestedTimeout has a host function call a linked instance with a context
// that ends sooner: only the inner call ends.
func TestNestedTimeout(t *testing.T) {
	rt := componentRuntime(t)
	inner := instantiateComponent(t, rt.NewLinker(), textComponent(t, rt, `(component
	  (core module $m (func (export "spin") (loop $l (br $l))))
	  (core instance $i (instantiate $m))
	  (func (export "spin") (canon lift (core func $i "spin"))))`))
	l := rt.NewLinker()
	check(t, l.GiveAll(inner))
	spin, err := dray.FuncOf[func(context.Context) error](inner, "spin")
	check(t, err)
	check(t, l.Func("h", func(ctx context.Context, x uint32) (uint32, error) {
		if !inner.Trapped() {
			ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			if err := spin(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("spin: %v", err)
			}
		}
		return x + 1, ctx.Err()
	}))
	outer := instantiateComponent(t, l, textComponent(t, rt, caller))
	for range 2 {
		if got, err := exported(t, outer, "f").Call(t.Context(), value.U32(1)); err != nil || !got[0].Equal(value.U32(3)) {
			t.Errorf("%v, %v, want 3", got, err)
		}
	}
	if !inner.Trapped() || outer.Trapped() {
		t.Error("the wrong instance trapped")
	}
}
