package dray_test

// This file is components that do what they should not: each must end with a
// trap or an error that says what is wrong, and leave others working.

import (
	"context"
	"errors"
	"fmt"
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
				wantTrap(t, get(bad)(t.Context(), n, 16<<20), what, "need more than 134217728 bytes of the host's memory")
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
