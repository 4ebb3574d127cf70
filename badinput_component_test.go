package dray_test

// This file is components that do what they should not: each must end with a
// trap or an error that says what is wrong, and leave others working.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/value"
)

// componentText compiles a component in text.
func componentText(t testing.TB, rt *dray.Runtime, src string) *dray.Component {
	t.Helper()
	c, err := rt.CompileComponent(t.Context(), []byte(src))
	check(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// instanceOf makes an instance of a component in text without imports.
func instanceOf(t testing.TB, rt *dray.Runtime, src string, opts ...dray.Option) *dray.Instance {
	t.Helper()
	in, err := rt.NewLinker().Instantiate(t.Context(), componentText(t, rt, src), opts...)
	check(t, err)
	t.Cleanup(func() { in.Close() })
	return in
}

func funcOf[F any](t testing.TB, in *dray.Instance, name string) F {
	t.Helper()
	f, err := dray.FuncOf[F](in, name)
	check(t, err)
	return f
}

// wantTrap checks that an error is a trap whose text has all parts.
func wantTrap(t testing.TB, err error, parts ...string) {
	t.Helper()
	var trap *dray.Trap
	if !errors.As(err, &trap) {
		t.Errorf("got %v, want a trap with %q", err, parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("got %v, want a trap with %q", err, p)
		}
	}
}

// shares is a core module with a list of n strings, all of them the same bytes:
// "fill" writes it and returns its address. realloc gives one address for
// everything, and in two memories of 32 MiB that is room enough.
const shares = `(core module $lib
      (memory (export "mem") 512)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
    (core module $shares
      (import "lib" "mem" (memory 512))
      (func (export "fill") (param $n i32) (param $size i32) (result i32)
        (local $p i32)
        (i32.store (i32.const 0x1000008) (local.get $n))
        (i32.store (i32.const 0x1000004) (i32.const 0x1000010))
        (local.set $p (i32.const 0x1000010))
        (if (local.get $n) (then (loop $l
          (i32.store offset=4 (local.get $p) (local.get $size))
          (local.set $p (i32.add (local.get $p) (i32.const 8)))
          (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
        (i32.const 0x1000004)))
    (core instance $lib (instantiate $lib))
    (core instance $shares (instantiate $shares (with "lib" (instance $lib))))`

// TestBadSharedToHost gives the host lists whose strings are all the same
// bytes: what the host copies is bounded.
func TestBadSharedToHost(t *testing.T) {
	const src = `(component
    (import "take" (func $take (param "l" (list string))))
    ` + shares + `
    (core func $low (canon lower (func $take) (memory (core memory $lib "mem"))))
    (core module $m
      (import "" "take" (func $take (param i32 i32)))
      (import "" "fill" (func $fill (param i32 i32) (result i32)))
      (func (export "send") (param i32 i32)
        (drop (call $fill (local.get 0) (local.get 1)))
        (call $take (i32.const 0x1000010) (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "take" (func $low)) (export "fill" (func $shares "fill"))))))
    (func (export "get") (param "n" u32) (param "size" u32) (result (list string))
      (canon lift (core func $shares "fill") (memory (core memory $lib "mem"))))
    (func (export "send") (param "n" u32) (param "size" u32) (canon lift (core func $i "send"))))`
	rt := componentRuntime(t)
	c := componentText(t, rt, src)
	hosts := map[string]func(l *dray.Linker) error{
		"strings": func(l *dray.Linker) error { return l.Func("take", func([]string) {}) },
		"values":  func(l *dray.Linker) error { return l.Func("take", func(dray.Value) {}) },
	}
	for name, define := range hosts {
		l := rt.NewLinker()
		check(t, define(l))
		type call = func(ctx context.Context, n, size uint32) error
		typed := func(in *dray.Instance) call {
			get := funcOf[func(context.Context, uint32, uint32) ([]string, error)](t, in, "get")
			return func(ctx context.Context, n, size uint32) error {
				_, err := get(ctx, n, size)
				return err
			}
		}
		if name == "values" {
			typed = func(in *dray.Instance) call {
				f, err := in.Func("get")
				check(t, err)
				return func(ctx context.Context, n, size uint32) error {
					_, err := f.Call(ctx, value.U32(n), value.U32(size))
					return err
				}
			}
		}
		send := func(in *dray.Instance) call { return funcOf[call](t, in, "send") }
		for what, get := range map[string]func(*dray.Instance) call{"result": typed, "parameter `l`": send} {
			ok, bad := instantiateComponent(t, l, c), instantiateComponent(t, l, c)
			if err := get(ok)(t.Context(), 1000, 1000); err != nil {
				t.Errorf("%s, %s: a megabyte: %v", name, what, err)
			}
			for _, n := range []uint32{1_000, 1_000_000} {
				wantTrap(t, get(bad)(t.Context(), n, 16<<20), what, "need more bytes of the host's memory than its limit")
				bad = instantiateComponent(t, l, c)
			}
			if err := get(ok)(t.Context(), 10, 10); err != nil {
				t.Errorf("%s, %s: another instance: %v", name, what, err)
			}
		}
	}
}

// TestBadSharedBetween sends such a list to a guest that is part of it: it puts
// all strings in one place. Nothing is used up but time, and the context ends
// that. The numbers are such that the test would take days.
func TestBadSharedBetween(t *testing.T) {
	const receiver = `(component $Receiver
    ` + shares + `
    (core module $m
      (func (export "take") (param i32 i32))
      (func (export "take-nested") (param i32 i32)))
    (core instance $i (instantiate $m))
    (func (export "get") (param "n" u32) (param "size" u32) (result (list string))
      (canon lift (core func $shares "fill") (memory (core memory $lib "mem"))))
    (func (export "take") (param "l" (list string))
      (canon lift (core func $i "take") (memory (core memory $lib "mem")) (realloc (core func $lib "realloc")) %[1]s)))`
	const sender = `(component $Sender
    (import "take" (func $take (param "l" (list string))))
    (import "get" (func $get (param "n" u32) (param "size" u32) (result (list string))))
    ` + shares + `
    (core func $take (canon lower (func $take) (memory (core memory $lib "mem"))))
    (core func $get (canon lower (func $get) (memory (core memory $lib "mem")) (realloc (core func $lib "realloc")) %[1]s))
    (core module $m
      (import "" "take" (func $take (param i32 i32)))
      (import "" "get" (func $get (param i32 i32 i32)))
      (import "" "fill" (func $fill (param i32 i32) (result i32)))
      (func (export "send") (param i32 i32)
        (drop (call $fill (local.get 0) (local.get 1)))
        (call $take (i32.const 0x1000010) (local.get 0)))
      (func (export "fetch") (param i32 i32)
        (call $get (local.get 0) (local.get 1) (i32.const 0x1000004))))
    (core instance $i (instantiate $m (with "" (instance (export "take" (func $take)) (export "get" (func $get)) (export "fill" (func $shares "fill"))))))
    (func (export "send") (param "n" u32) (param "size" u32) (canon lift (core func $i "send")))
    (func (export "fetch") (param "n" u32) (param "size" u32) (canon lift (core func $i "fetch"))))`
	rt := componentRuntime(t)
	for _, encoding := range []string{"string-encoding=utf8", "string-encoding=latin1+utf16", "string-encoding=utf16"} {
		size := uint32(16 << 20)
		if encoding == "string-encoding=utf16" {
			size /= 2 // the receiver needs twice as much
		}
		c := componentText(t, rt, "(component "+fmt.Sprintf(receiver, encoding)+fmt.Sprintf(sender, encoding)+`
      (instance $r (instantiate $Receiver))
      (instance $s (instantiate $Sender (with "take" (func $r "take")) (with "get" (func $r "get"))))
      (export "send" (func $s "send")) (export "fetch" (func $s "fetch")))`)
		for _, name := range []string{"send", "fetch"} {
			t.Run(name+" "+encoding, func(t *testing.T) {
				in := instantiateComponent(t, rt.NewLinker(), c)
				f := funcOf[func(context.Context, uint32, uint32) error](t, in, name)
				ended := errors.New("it has copied enough")
				ctx, cancel := context.WithCancelCause(t.Context())
				defer time.AfterFunc(5*time.Millisecond, func() { cancel(ended) }).Stop()
				err := f(ctx, 1_000_000, size)
				wantTrap(t, err, "interrupted")
				if !errors.Is(err, ended) {
					t.Errorf("got %v, want %v", err, ended)
				}
			})
		}
	}
}

// TestBadDestructors drops resources whose destructors drop resources: calls of
// guests by guests through the host nest on the host's stack.
func TestBadDestructors(t *testing.T) {
	const src = `(component
    (core module $shim
      (type $dtor (func (param i32)))
      (table (export "table") 1 funcref)
      (func (export "dtor") (param i32) (call_indirect (type $dtor) (local.get 0) (i32.const 0))))
    (core instance $shim (instantiate $shim))
    (type $r (resource (rep i32) (dtor (core func $shim "dtor"))))
    (core func $new (canon resource.new $r))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "shim" "table" (table 1 funcref))
      (elem (i32.const 0) func $dtor)
      (func $dtor (export "nest") (param i32)
        (if (local.get 0) (then (call $drop (call $new (i32.sub (local.get 0) (i32.const 1))))))))
    (core instance $i (instantiate $m
      (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))
      (with "shim" (instance $shim))))
    (func (export "nest") (param "depth" u32) (canon lift (core func $i "nest"))))`
	rt := componentRuntime(t)
	c := componentText(t, rt, src)
	type nest = func(context.Context, uint32) error
	in, other := instantiateComponent(t, rt.NewLinker(), c), instantiateComponent(t, rt.NewLinker(), c)
	check(t, funcOf[nest](t, in, "nest")(t.Context(), 1000))
	wantTrap(t, funcOf[nest](t, in, "nest")(t.Context(), 1<<32-1), "call stack exhausted")
	wantTrap(t, funcOf[nest](t, in, "nest")(t.Context(), 1), "cannot enter component instance")
	check(t, funcOf[nest](t, other, "nest")(t.Context(), 1000))
}

// chain is a component with n instances of a component, each of which calls the
// next one when it is called.
func chain(n int, recurse string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `(component
    (component $Last
      (core module $m (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
      (core instance $i (instantiate $m))
      (func (export "f") (param "n" u32) (result u32) (canon lift (core func $i "f"))))
    (component $Link
      (import "f" (func $f (param "n" u32) (result u32)))
      (core func $f (canon lower (func $f)))
      (core module $m
        (import "" "f" (func $f (param i32) (result i32)))
        (func $r (export "f") (param i32) (result i32) %s (i32.add (call $f (local.get 0)) (i32.const 1))))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
      (func (export "f") (param "n" u32) (result u32) (canon lift (core func $i "f"))))
    (instance $i0 (instantiate $Last))`, recurse)
	for i := range n {
		fmt.Fprintf(&b, `(instance $i%d (instantiate $Link (with "f" (func $i%d "f"))))`, i+1, i)
	}
	fmt.Fprintf(&b, `(export "f" (func $i%d "f")))`, n)
	return b.String()
}

// TestBadChains calls through long chains of instances.
func TestBadChains(t *testing.T) {
	rt := componentRuntime(t)
	in := instanceOf(t, rt, chain(900, ""))
	f := funcOf[func(context.Context, uint32) (uint32, error)](t, in, "f")
	for range 3 {
		if n, err := f(t.Context(), 0); n != 901 || err != nil {
			t.Errorf("%d, %v, want 901", n, err)
		}
	}
}

// TestBadStacks uses up the call stack in the middle of a chain: the trap says
// so.
func TestBadStacks(t *testing.T) {
	rt, err := dray.NewRuntime(dray.Config{NoCache: true, MaxStackBytes: 64 << 10})
	check(t, err)
	t.Cleanup(func() { rt.Close() })
	// Each instance recurses n deep before it calls the next one.
	c := componentText(t, rt, chain(2, `
          (if (i32.eqz (i32.and (local.get 0) (i32.const 0xffff)))
            (then (return (call $f (i32.const 0)))))
          (return (call $r (i32.sub (local.get 0) (i32.const 1))))`))
	in, other := instantiateComponent(t, rt.NewLinker(), c), instantiateComponent(t, rt.NewLinker(), c)
	type fn = func(context.Context, uint32) (uint32, error)
	if _, err := funcOf[fn](t, in, "f")(t.Context(), 100); err != nil {
		t.Errorf("a depth of 100: %v", err)
	}
	_, err = funcOf[fn](t, in, "f")(t.Context(), 50_000)
	wantTrap(t, err, "call stack exhausted")
	if _, err := funcOf[fn](t, other, "f")(t.Context(), 100); err != nil {
		t.Errorf("another instance: %v", err)
	}
}

// reallocs is a pair of components: "send" of $Sender passes a list of strings
// to $Receiver and gets one back. The reallocs of both behave as they are told.
const reallocs = `(component
    (core module $lib
      (memory (export "mem") 1)
      (global $mode (mut i32) (i32.const 0))
      (global $next (mut i32) (i32.const 1024))
      (func (export "set") (param i32) (global.set $mode (local.get 0)))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $p i32)
        (if (i32.eq (global.get $mode) (i32.const 1)) (then (return (i32.const 0))))
        (if (i32.eq (global.get $mode) (i32.const 2)) (then (return (i32.const 0xfffffff8))))
        (if (i32.eq (global.get $mode) (i32.const 3)) (then (return (i32.const 65536))))
        (if (i32.eq (global.get $mode) (i32.const 4)) (then (return (i32.const 1025))))
        (if (i32.eq (global.get $mode) (i32.const 5)) (then (unreachable)))
        (if (i32.eq (global.get $mode) (i32.const 6)) (then
          ;; Everything is in pages of its own.
          (return (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))))
        (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.set $next (i32.add (local.get $p) (local.get 3)))
        (local.get $p)))
    (component $Receiver
      (alias outer 1 $lib (core module $lib))
      (core instance $lib (instantiate $lib))
      (core module $m
        (import "lib" "mem" (memory 1))
        (func (export "swap") (param i32 i32) (result i32)
          (i32.store (i32.const 8) (local.get 0))
          (i32.store (i32.const 12) (local.get 1))
          (i32.const 8)))
      (core instance $i (instantiate $m (with "lib" (instance $lib))))
      (func (export "set") (param "m" u32) (canon lift (core func $lib "set")))
      (func (export "swap") (param "l" (list string)) (result (list string))
        (canon lift (core func $i "swap") (memory (core memory $lib "mem")) (realloc (core func $lib "realloc")))))
    (component $Sender
      (alias outer 1 $lib (core module $lib))
      (import "swap" (func $swap (param "l" (list string)) (result (list string))))
      (core instance $lib (instantiate $lib))
      (core func $swap (canon lower (func $swap) (memory (core memory $lib "mem")) (realloc (core func $lib "realloc"))))
      (core module $m
        (import "" "swap" (func $swap (param i32 i32 i32)))
        (func (export "send") (param i32 i32) (result i32)
          (call $swap (local.get 0) (local.get 1) (i32.const 16))
          (i32.const 16)))
      (core instance $i (instantiate $m (with "" (instance (export "swap" (func $swap))))))
      (func (export "set") (param "m" u32) (canon lift (core func $lib "set")))
      (func (export "send") (param "l" (list string)) (result (list string))
        (canon lift (core func $i "send") (memory (core memory $lib "mem")) (realloc (core func $lib "realloc")))))
    (instance $r (instantiate $Receiver))
    (instance $s (instantiate $Sender (with "swap" (func $r "swap"))))
    (export "set-receiver" (func $r "set"))
    (export "set-sender" (func $s "set"))
    (export "swap" (func $r "swap"))
    (export "send" (func $s "send")))`

// TestBadReallocBetween has a realloc of one of two guests misbehave in the
// middle of a call between them.
func TestBadReallocBetween(t *testing.T) {
	rt := componentRuntime(t)
	c := componentText(t, rt, reallocs)
	list := []string{"one", "", strings.Repeat("three", 1000)}
	type set = func(uint32) error
	type swap = func([]string) ([]string, error)
	for _, tt := range []struct {
		name string
		mode uint32
		want string // empty where nothing is wrong
	}{
		{"fine", 0, ""},
		{"null", 1, ""}, // all in one place: strings overwrite the list that they are in
		{"near 2^32", 2, "realloc return: beyond end of memory"},
		{"behind the end", 3, "realloc return: beyond end of memory"},
		{"not aligned", 4, "realloc return: result not aligned"},
		{"traps", 5, "unreachable"},
		{"grows", 6, ""},
	} {
		for _, who := range []string{"set-receiver", "set-sender"} {
			t.Run(who+" "+tt.name, func(t *testing.T) {
				in := instantiateComponent(t, rt.NewLinker(), c)
				other := instantiateComponent(t, rt.NewLinker(), c)
				send, direct := funcOf[swap](t, in, "send"), funcOf[swap](t, in, "swap")
				check(t, funcOf[set](t, in, who)(tt.mode))
				got, err := send(list)
				switch {
				case tt.want != "":
					wantTrap(t, err, tt.want)
					// Both are part of the component that the host called.
					_, err = direct(list)
					wantTrap(t, err, "cannot enter component instance", tt.want)
					_, err = send(list)
					wantTrap(t, err, "cannot enter component instance", tt.want)
				case tt.mode == 1:
					if err != nil {
						wantTrap(t, err, "out-of-bounds")
					}
				case err != nil || fmt.Sprint(got) != fmt.Sprint(list):
					t.Errorf("got %.100q, %v", got, err)
				}
				if _, err := funcOf[swap](t, other, "send")(list); err != nil {
					t.Errorf("another instance: %v", err)
				}
			})
		}
	}
}

// TestBadStart instantiates components whose start functions trap, loop, or
// call imports.
func TestBadStart(t *testing.T) {
	rt := componentRuntime(t)
	start := func(body string) *dray.Component {
		return componentText(t, rt, `(component
          (import "f" (func $f))
          (core func $f (canon lower (func $f)))
          (core module $m (import "" "f" (func $f)) (func $start `+body+`) (start $start))
          (core instance (instantiate $m (with "" (instance (export "f" (func $f))))))
          (core module $again (func (export "f")))
          (core instance $again (instantiate $again))
          (func (export "g") (canon lift (core func $again "f"))))`)
	}
	failed, ended := errors.New("it failed"), errors.New("it took long enough")
	var result error
	l := rt.NewLinker()
	var calls int
	check(t, l.Func("f", func() error { calls++; return result }))
	_, err := l.Instantiate(t.Context(), start("unreachable"))
	wantTrap(t, err, "unreachable")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(5*time.Millisecond, func() { cancel(ended) })
	_, err = l.Instantiate(ctx, start("(loop $l (br $l))"))
	wantTrap(t, err, "interrupted", ended.Error())
	in, err := l.Instantiate(t.Context(), start("(call $f)"))
	if err != nil || calls != 1 {
		t.Errorf("start calls an import: %v, %d calls", err, calls)
	} else {
		check(t, funcOf[func() error](t, in, "g")())
		check(t, in.Close())
	}
	result = failed
	_, err = l.Instantiate(t.Context(), start("(call $f)"))
	wantTrap(t, err, "it failed")
	if !errors.Is(err, failed) {
		t.Errorf("got %v, want %v", err, failed)
	}
}

// TestBadNeighbour links three components: one traps while another calls it.
// Those that took part cannot be entered any more, the third one can.
func TestBadNeighbour(t *testing.T) {
	rt := componentRuntime(t)
	callee := componentText(t, rt, `(component
      (core module $m (func (export "f") (param i32) (if (local.get 0) (then (unreachable)))))
      (core instance $i (instantiate $m))
      (func (export "f") (param "trap" u32) (canon lift (core func $i "f"))))`)
	caller := componentText(t, rt, `(component
      (import "f" (func $f (param "trap" u32)))
      (core func $f (canon lower (func $f)))
      (core module $m (import "" "f" (func $f (param i32))) (func (export "f") (param i32) (call $f (local.get 0))))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
      (func (export "f") (param "trap" u32) (canon lift (core func $i "f"))))`)
	type fn = func(uint32) error
	first := instantiateComponent(t, rt.NewLinker(), callee)
	l := rt.NewLinker()
	check(t, l.GiveAll(first))
	second, third := instantiateComponent(t, l, caller), instantiateComponent(t, l, caller)
	for _, in := range []*dray.Instance{first, second, third} {
		check(t, funcOf[fn](t, in, "f")(0))
	}
	wantTrap(t, funcOf[fn](t, second, "f")(1), "unreachable")
	wantTrap(t, funcOf[fn](t, first, "f")(0), "cannot enter component instance")
	wantTrap(t, funcOf[fn](t, second, "f")(0), "cannot enter component instance")
	if !first.Trapped() || !second.Trapped() || third.Trapped() {
		t.Errorf("trapped are %t, %t, %t, want the first two", first.Trapped(), second.Trapped(), third.Trapped())
	}
	// The third one has not trapped, until it calls the one that has.
	wantTrap(t, funcOf[fn](t, third, "f")(0), "cannot enter component instance", "unreachable")
}

// TestBadRecursion goes from one component over the host to another one and
// over the host back to the first.
func TestBadRecursion(t *testing.T) {
	rt := componentRuntime(t)
	c := componentText(t, rt, `(component
      (import "f" (func $f (param "n" u32)))
      (core func $f (canon lower (func $f)))
      (core module $m (import "" "f" (func $f (param i32))) (func (export "f") (param i32) (call $f (local.get 0))))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
      (func (export "f") (param "n" u32) (canon lift (core func $i "f"))))`)
	type fn = func(context.Context, uint32) error
	var all [3]fn
	for i := range all {
		l := rt.NewLinker()
		check(t, l.Func("f", func(ctx context.Context, n uint32) error {
			if n == 0 {
				return nil
			}
			return all[(i+1)%len(all)](ctx, n-1)
		}))
		all[i] = funcOf[fn](t, instantiateComponent(t, l, c), "f")
	}
	check(t, all[0](t.Context(), 2))
	wantTrap(t, all[0](t.Context(), 3), "cannot enter component instance", "under way")
}

// TestBadHost has functions of the host panic, end their goroutine's work with
// an error, or return what they should not.
func TestBadHost(t *testing.T) {
	rt := componentRuntime(t)
	const src = `(component
      (import "f" (func $f (result (list char))))
      (core module $lib (memory (export "mem") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
      (core instance $lib (instantiate $lib))
      (core func $f (canon lower (func $f) (memory (core memory $lib "mem")) (realloc (core func $lib "realloc"))))
      (core module $m
        (import "" "f" (func $f (param i32)))
        (import "lib" "mem" (memory 1))
        (func (export "f") (result i32) (call $f (i32.const 8)) (i32.load (i32.const 12))))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $f)))) (with "lib" (instance $lib))))
      (func (export "f") (result u32) (canon lift (core func $i "f"))))`
	c := componentText(t, rt, src)
	chars := value.ListOf(value.TypeChar)
	list := func(r ...rune) value.Value {
		elems := make([]value.Value, len(r))
		for i := range r {
			elems[i] = value.Char(r[i])
		}
		v, err := value.List(chars, elems)
		check(t, err)
		return v
	}
	for _, tt := range []struct {
		name string
		f    func() ([]value.Value, error)
		want string
	}{
		{"fine", func() ([]value.Value, error) { return []value.Value{list('a', 'b')}, nil }, ""},
		{"error", func() ([]value.Value, error) { return nil, errors.New("no such thing") }, "no such thing"},
		{"panic", func() ([]value.Value, error) { panic("a bug in the host") }, "a bug in the host"},
		{"nil pointer", func() ([]value.Value, error) { var c *dray.Component; return nil, errors.New(c.Name()) }, "nil pointer"},
		{"none", func() ([]value.Value, error) { return nil, nil }, "must be 1 values, not 0"},
		{"two", func() ([]value.Value, error) { return []value.Value{list(), list()}, nil }, "must be 1 values, not 2"},
		{"of no type", func() ([]value.Value, error) { return make([]value.Value, 1), nil }, "must be of type `list<char>`"},
		{"of another type", func() ([]value.Value, error) { return []value.Value{value.String("ab")}, nil }, "not `string`"},
		{"no character", func() ([]value.Value, error) { return []value.Value{list('a', 0xd800)}, nil }, "scalar value, not 0xd800"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := rt.NewLinker()
			fails := true
			check(t, l.FuncValues("f", func(context.Context, *dray.FuncType, []dray.Value) ([]dray.Value, error) {
				if fails {
					return tt.f()
				}
				return []value.Value{list('a', 'b', 'c')}, nil
			}))
			in, other := instantiateComponent(t, l, c), instantiateComponent(t, l, c)
			type fn = func() (uint32, error)
			n, err := funcOf[fn](t, in, "f")()
			if tt.want != "" {
				wantTrap(t, err, tt.want)
			} else if n != 2 || err != nil {
				t.Errorf("got %d, %v, want 2", n, err)
			}
			fails = false
			if n, err := funcOf[fn](t, other, "f")(); n != 3 || err != nil {
				t.Errorf("another instance: %d, %v, want 3", n, err)
			}
		})
	}
}

// echoes is a component that sends values of a type through another one and
// back. The type is defined twice, as components that know nothing of each
// other do, and named "t".
func echoes(types string) string {
	const lib = `
      (core module $lib (memory (export "mem") 64)
        (global $next (mut i32) (i32.const 4096))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (local $p i32)
          (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
          (global.set $next (i32.add (local.get $p) (local.get 3)))
          (local.get $p)))
      (core instance $lib (instantiate $lib))`
	return `(component
    (component $Callee ` + types + lib + `
      (core module $m
        (import "lib" "mem" (memory 1))
        (func (export "f") (param i32 i32) (result i32)
          (i32.store (i32.const 8) (local.get 0))
          (i32.store (i32.const 12) (local.get 1))
          (i32.const 8)))
      (core instance $i (instantiate $m (with "lib" (instance $lib))))
      (export $x "t" (type $t))
      (func (export "f") (param "l" (list $x)) (result (list $x))
        (canon lift (core func $i "f") (memory (core memory $lib "mem")) (realloc (core func $lib "realloc")))))
    (component $Caller ` + types + lib + `
      (import "t" (type $x (eq $t)))
      (import "f" (func $f (param "l" (list $x)) (result (list $x))))
      (core func $f (canon lower (func $f) (memory (core memory $lib "mem")) (realloc (core func $lib "realloc"))))
      (core module $m
        (import "" "f" (func $f (param i32 i32 i32)))
        (func (export "f") (param i32 i32) (result i32)
          (call $f (local.get 0) (local.get 1) (i32.const 16))
          (i32.const 16)))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
      (func (export "f") (param "l" (list $x)) (result (list $x))
        (canon lift (core func $i "f") (memory (core memory $lib "mem")) (realloc (core func $lib "realloc")))))
    (instance $a (instantiate $Callee))
    (instance $b (instantiate $Caller (with "t" (type $a "t")) (with "f" (func $a "f"))))
    (alias export $a "t" (type $at))
    (export $x "t" (type $at))
    (export "f" (func $b "f") (func (param "l" (list $x)) (result (list $x)))))`
}

// TestBadTypes uses types at the limits of what is valid, and beyond.
func TestBadTypes(t *testing.T) {
	named := func(n int, part string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, part, i)
		}
		return b.String()
	}
	nested := func(depth int, inner, outer string) string {
		b := "(type $t0 " + inner + ")"
		for i := range depth {
			b += fmt.Sprintf("(type $t%d "+outer+")", i+1, i)
		}
		return b + fmt.Sprintf("(type $t (option $t%d))", depth)
	}
	rt := componentRuntime(t)
	for _, tt := range []struct {
		name, types string
		err         string // empty where it is valid
	}{
		{"lists in lists", nested(90, "u8", "(list $t%[2]d)"), ""},
		{"too many lists in lists", nested(110, "u8", "(list $t%[2]d)"), "100"},
		{"options in options", nested(90, "string", "(option $t%[2]d)"), ""},
		{"pairs of pairs", nested(14, "u8", "(tuple $t%[2]d $t%[2]d)"), ""},
		{"pairs of pairs of lists", nested(14, "u8", "(tuple (list $t%[2]d) (list $t%[2]d))"), ""},
		{"too many pairs of pairs", nested(60, "u8", "(tuple (list $t%[2]d) (list $t%[2]d))"), "limit"},
		{"32 flags", "(type $t (flags " + named(32, `"f%d" `) + "))", ""},
		{"33 flags", "(type $t (flags " + named(33, `"f%d" `) + "))", "32"},
		{"no flags", "(type $t (flags))", "flags"},
		{"no fields", "(type $t (record))", "record"},
		{"thousands of fields", "(type $t (record " + named(3000, `(field "f%d" (option u8))`) + "))", ""},
		{"256 cases", "(type $t (variant " + named(256, `(case "c%d" u16)`) + "))", ""},
		{"257 cases", "(type $t (variant " + named(257, `(case "c%d" u16)`) + "))", ""},
		{"10000 labels", "(type $t (enum " + named(10_000, `"e%d" `) + "))", ""},
		{"70000 cases", "(type $t (variant " + named(70_000, `(case "c%d")`) + "))", "limit of this implementation is 10000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := rt.CompileComponent(t.Context(), []byte(echoes(tt.types)))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want an error with %q", err, tt.err)
				}
				return
			}
			check(t, err)
			in := instantiateComponent(t, rt.NewLinker(), c)
			f, err := in.Func("f")
			check(t, err)
			typ := f.Type().Result
			r := &randomValues{Rand: rand.New(rand.NewPCG(1, 2))}
			for range 5 {
				want, err := value.List(typ, []value.Value{r.deep(typ.Elem), r.value(typ.Elem, 3)})
				check(t, err)
				got, err := f.Call(t.Context(), want)
				if err != nil || len(got) != 1 || !got[0].Equal(want) {
					t.Errorf("%.200v came back as %.200v, %v", want, got, err)
				}
			}
		})
	}
}

// TestBadMemory64 compiles components with 64-bit memories, which the engine
// has not.
func TestBadMemory64(t *testing.T) {
	rt := componentRuntime(t)
	_, err := rt.CompileComponent(t.Context(), []byte(`(component
      (core module $m (memory (export "mem") i64 1) (func (export "f") (result i64) (i64.const 0)))
      (core instance $i (instantiate $m))
      (func (export "f") (result string) (canon lift (core func $i "f") (memory (core memory $i "mem")))))`))
	if err == nil || !strings.Contains(err.Error(), "memory64") {
		t.Errorf("got %v, want an error that names memory64", err)
	}
}

// TestBadLimits has an instance reach each limit that it was given.
func TestBadLimits(t *testing.T) {
	rt := componentRuntime(t)
	const two = `(component
      (core module $m (memory 4) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
      (core instance $i (instantiate $m))
      (core instance $j (instantiate $m))
      (func (export "grow") (param "pages" u32) (result s32) (canon lift (core func $i "grow"))))`
	c := componentText(t, rt, two)
	_, err := rt.NewLinker().Instantiate(t.Context(), c, dray.WithLimits(dray.Limits{MemoryBytes: 7 << 16}))
	if err == nil || !strings.Contains(err.Error(), "the limit is 458752") {
		t.Errorf("8 pages: %v", err)
	}
	in, err := rt.NewLinker().Instantiate(t.Context(), c, dray.WithLimits(dray.Limits{MemoryBytes: 9 << 16}))
	check(t, err)
	t.Cleanup(func() { in.Close() })
	grow := funcOf[func(uint32) (int32, error)](t, in, "grow")
	for _, tt := range []struct {
		pages uint32
		want  int32
	}{{2, -1}, {1<<32 - 1, -1}, {1, 4}, {1, -1}, {0, 5}} {
		if n, err := grow(tt.pages); n != tt.want || err != nil {
			t.Errorf("grow by %d: %d, %v, want %d", tt.pages, n, err, tt.want)
		}
	}
	if _, err := rt.NewLinker().Instantiate(t.Context(), c, dray.WithLimits(dray.Limits{Instances: 2})); err == nil ||
		!strings.Contains(err.Error(), "more instances in it than the limit") {
		t.Errorf("3 instances of 2: %v", err)
	}
}

// handles is a component of two: the user has things of the maker. Its exports
// pass numbers as handles to the maker.
const handles = `(component
    (component $Maker
      (type $r (resource (rep i32)))
      (export $x "thing" (type $r))
      (core func $new (canon resource.new $r))
      (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
        (func (export "two") (param i32 i32)))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
      (func (export "make") (param "n" u32) (result (own $x)) (canon lift (core func $i "make")))
      (func (export "own-borrow") (param "a" (own $x)) (param "b" (borrow $x)) (canon lift (core func $i "two")))
      (func (export "borrow-own") (param "a" (borrow $x)) (param "b" (own $x)) (canon lift (core func $i "two")))
      (func (export "borrow-borrow") (param "a" (borrow $x)) (param "b" (borrow $x)) (canon lift (core func $i "two")))
      (func (export "own-own") (param "a" (own $x)) (param "b" (own $x)) (canon lift (core func $i "two"))))
    (component $User
      (import "thing" (type $x (sub resource)))
      (import "make" (func $make (param "n" u32) (result (own $x))))
      (import "own-borrow" (func $ob (param "a" (own $x)) (param "b" (borrow $x))))
      (import "borrow-own" (func $bo (param "a" (borrow $x)) (param "b" (own $x))))
      (import "borrow-borrow" (func $bb (param "a" (borrow $x)) (param "b" (borrow $x))))
      (import "own-own" (func $oo (param "a" (own $x)) (param "b" (own $x))))
      (type $mine (resource (rep i32)))
      (core func $make (canon lower (func $make)))
      (core func $ob (canon lower (func $ob)))
      (core func $bo (canon lower (func $bo)))
      (core func $bb (canon lower (func $bb)))
      (core func $oo (canon lower (func $oo)))
      (core func $drop (canon resource.drop $x))
      (core func $new-mine (canon resource.new $mine))
      (core func $rep-mine (canon resource.rep $mine))
      (func (export "make") (param "n" u32) (result u32) (canon lift (core func $make)))
      (func (export "own-borrow") (param "a" u32) (param "b" u32) (canon lift (core func $ob)))
      (func (export "borrow-own") (param "a" u32) (param "b" u32) (canon lift (core func $bo)))
      (func (export "borrow-borrow") (param "a" u32) (param "b" u32) (canon lift (core func $bb)))
      (func (export "own-own") (param "a" u32) (param "b" u32) (canon lift (core func $oo)))
      (func (export "drop") (param "a" u32) (canon lift (core func $drop)))
      (func (export "make-mine") (param "n" u32) (result u32) (canon lift (core func $new-mine)))
      (func (export "rep-mine") (param "n" u32) (result u32) (canon lift (core func $rep-mine))))
    (instance $m (instantiate $Maker))
    (instance $u (instantiate $User (with "thing" (type $m "thing")) (with "make" (func $m "make"))
      (with "own-borrow" (func $m "own-borrow")) (with "borrow-own" (func $m "borrow-own"))
      (with "borrow-borrow" (func $m "borrow-borrow")) (with "own-own" (func $m "own-own"))))
    (export "user" (instance $u)))`

// TestBadHandles passes handles that are lent already, given away, forged, or
// of another type. The table has things 1 and 2, and 3 is of another type.
func TestBadHandles(t *testing.T) {
	rt := componentRuntime(t)
	c := componentText(t, rt, handles)
	for _, tt := range []struct {
		call string
		args []uint32
		want string // empty where it works
	}{
		{"own-own", []uint32{1, 2}, ""},
		{"borrow-borrow", []uint32{1, 1}, ""},
		{"own-borrow", []uint32{1, 2}, ""},
		{"own-own", []uint32{1, 1}, "parameter `b`: unknown handle index 1"},
		{"own-borrow", []uint32{1, 1}, "parameter `b`: unknown handle index 1"},
		{"borrow-own", []uint32{1, 1}, "cannot remove owned resource while borrowed"},
		{"borrow-borrow", []uint32{0, 1}, "parameter `a`: unknown handle index 0"},
		{"borrow-borrow", []uint32{1, 4}, "unknown handle index 4"},
		{"own-own", []uint32{1<<32 - 1, 1}, "unknown handle index 4294967295"},
		{"own-own", []uint32{1 << 28, 1}, "unknown handle index"},
		{"borrow-borrow", []uint32{1, 3}, "handle index 3 used with the wrong type"},
		{"own-borrow", []uint32{3, 1}, "handle index 3 used with the wrong type"},
		{"rep-mine", []uint32{1}, "handle index 1 used with the wrong type"},
		{"drop", []uint32{3}, "handle index 3 used with the wrong type"},
		{"drop", []uint32{0}, "unknown handle index 0"},
	} {
		t.Run(fmt.Sprint(tt.call, tt.args), func(t *testing.T) {
			in, other := instantiateComponent(t, rt.NewLinker(), c), instantiateComponent(t, rt.NewLinker(), c)
			call := func(in *dray.Instance, name string, args ...uint32) error {
				f, err := in.Func("user#" + name)
				check(t, err)
				values := make([]dray.Value, len(args))
				for i, a := range args {
					values[i] = value.U32(a)
				}
				_, err = f.Call(t.Context(), values...)
				return err
			}
			for _, name := range []string{"make", "make", "make-mine"} {
				check(t, call(in, name, 7))
				check(t, call(other, name, 7))
			}
			err := call(in, tt.call, tt.args...)
			if tt.want == "" {
				check(t, err)
			} else {
				wantTrap(t, err, tt.want)
				wantTrap(t, call(in, "make", 7), "cannot enter component instance", tt.want)
			}
			// The same numbers are good elsewhere.
			check(t, call(other, "borrow-borrow", 1, 2))
		})
	}
}

// TestBadLoops has a guest copy all the time: much to the host or to another
// guest with each turn of its loop. The calls end with their contexts.
func TestBadLoops(t *testing.T) {
	const src = `(component
    (import "host" (func $host (param "l" (list u8))))
    (core module $lib (memory (export "mem") 1600)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
    (component $Callee
      (alias outer 1 $lib (core module $lib))
      (core instance $lib (instantiate $lib))
      (core module $m (func (export "take") (param i32 i32)) (func (export "get") (result i32) (i32.const 0)))
      (core instance $i (instantiate $m))
      (func (export "take") (param "l" (list u8))
        (canon lift (core func $i "take") (memory (core memory $lib "mem")) (realloc (core func $lib "realloc"))))
      (func (export "get") (result (list u8 90000000))
        (canon lift (core func $i "get") (memory (core memory $lib "mem")))))
    (instance $callee (instantiate $Callee))
    (component $Caller
      (alias outer 1 $lib (core module $lib))
      (import "host" (func $host (param "l" (list u8))))
      (import "take" (func $take (param "l" (list u8))))
      (import "get" (func $get (result (list u8 90000000))))
      (core instance $lib (instantiate $lib))
      (core func $host (canon lower (func $host) (memory (core memory $lib "mem"))))
      (core func $take (canon lower (func $take) (memory (core memory $lib "mem"))))
      (core func $get (canon lower (func $get) (memory (core memory $lib "mem"))))
      (core module $m
        (import "" "host" (func $host (param i32 i32)))
        (import "" "take" (func $take (param i32 i32)))
        (import "" "get" (func $get (param i32)))
        (func (export "host") (loop $l (call $host (i32.const 0) (i32.const 90000000)) (br $l)))
        (func (export "take") (loop $l (call $take (i32.const 0) (i32.const 90000000)) (br $l)))
        (func (export "get") (loop $l (call $get (i32.const 0)) (br $l))))
      (core instance $i (instantiate $m (with "" (instance
        (export "host" (func $host)) (export "take" (func $take)) (export "get" (func $get))))))
      (func (export "host") (canon lift (core func $i "host")))
      (func (export "take") (canon lift (core func $i "take")))
      (func (export "get") (canon lift (core func $i "get"))))
    (instance $caller (instantiate $Caller (with "host" (func $host))
      (with "take" (func $callee "take")) (with "get" (func $callee "get"))))
    (export "loops" (instance $caller)))`
	rt := componentRuntime(t)
	c := componentText(t, rt, src)
	typed, values := rt.NewLinker(), rt.NewLinker()
	check(t, typed.Func("host", func([]uint8) {}))
	check(t, values.FuncValues("host", func(context.Context, *dray.FuncType, []dray.Value) ([]dray.Value, error) { return nil, nil }))
	for _, name := range []string{"host", "take", "get"} {
		for _, l := range []*dray.Linker{typed, values} {
			in := instantiateComponent(t, l, c)
			ended := errors.New("it has copied enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			stop := time.AfterFunc(5*time.Millisecond, func() { cancel(ended) })
			err := funcOf[func(context.Context) error](t, in, "loops#"+name)(ctx)
			stop.Stop()
			wantTrap(t, err, "interrupted", ended.Error())
			check(t, in.Close())
		}
	}
}
