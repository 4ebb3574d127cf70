package dray_test

// This file tests the bound of call stacks.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasm"
)

func wantExhausted(t *testing.T, what string, err error) {
	t.Helper()
	// Each call by a function of the host adds a trap of its own.
	var trap *dray.Trap
	for inner := err; errors.As(inner, &trap); inner = trap.Err {
	}
	if trap == nil || trap.Kind != engine.TrapStackExhausted {
		t.Fatalf("%s: got %.100v, want %q", what, err, engine.TrapStackExhausted)
	}
}

// recursions are functions that recur as often as their parameter says, each
// in a way of its own.
const recursions = `(module
  (import "host" "again" (func $again (param i32) (result i32)))
  (type $t (func (param i32) (result i32)))
  (table funcref (elem $through))
  (func $direct (export "direct") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (i32.add (i32.const 1) (call $direct (i32.sub (local.get 0) (i32.const 1)))))
  (func $even (export "mutual") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (i32.add (i32.const 1) (call $odd (i32.sub (local.get 0) (i32.const 1)))))
  (func $odd (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (i32.add (i32.const 1) (call $even (i32.sub (local.get 0) (i32.const 1)))))
  (func $through (export "table") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (i32.add (i32.const 1) (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))
  (func (export "host") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (i32.add (i32.const 1) (call $again (i32.sub (local.get 0) (i32.const 1))))))`

// recursing is an instance of recursions, whose host calls "host" again.
func recursing(t *testing.T, rt *dray.Runtime) *dray.ModuleInstance {
	t.Helper()
	var in *dray.ModuleInstance
	l := rt.NewModuleLinker()
	x := []wasm.ValType{wasm.I32}
	check(t, l.Funcs("host", dray.HostFunc{Name: "again", Type: wasm.FuncType{Params: x, Results: x},
		Call: func(ctx context.Context, _ dray.Caller, stack []uint64) error {
			f, err := in.Func("host")
			if err != nil {
				return err
			}
			return f.Call(ctx, stack)
		}}))
	m, err := rt.Compile(t.Context(), []byte(recursions))
	check(t, err)
	in, err = l.Instantiate(t.Context(), m)
	check(t, err)
	t.Cleanup(func() { in.Close() })
	return in
}

func recur(t *testing.T, in *dray.ModuleInstance, name string, depth uint64) error {
	t.Helper()
	f, err := in.Func(name)
	check(t, err)
	stack := []uint64{depth}
	err = f.Call(t.Context(), stack)
	if err == nil && stack[0] != depth {
		t.Fatalf("%s(%d) = %d", name, depth, stack[0])
	}
	return err
}

// TestCallStack: by default recursion goes deep, and not without end; what
// trapped can be called again, as deep.
func TestCallStack(t *testing.T) {
	in := recursing(t, newRuntime(t, dray.Config{}))
	for name, deep := range map[string]uint64{"direct": 60_000, "mutual": 60_000, "table": 60_000, "host": 400} {
		for range 2 {
			if err := recur(t, in, name, deep); err != nil {
				t.Fatalf("%s, %d deep: %v", name, deep, err)
			}
			before := heap()
			wantExhausted(t, name, recur(t, in, name, 1<<31))
			if grown := heap() - before; grown > 64<<20 {
				t.Errorf("%s took %d MB", name, grown>>20)
			}
		}
	}
}

// heap is how many bytes were ever allocated.
func heap() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}

// TestCallStackLimits: a limit is heeded, and so is none.
func TestCallStackLimits(t *testing.T) {
	small := recursing(t, newRuntime(t, dray.Config{MaxStackBytes: 8 << 10}))
	check(t, recur(t, small, "direct", 50))
	wantExhausted(t, "8 KiB", recur(t, small, "direct", 1000))
	for _, cfg := range []dray.Config{{MaxStackBytes: dray.NoStackLimit}, {Uninterruptible: true}} {
		in := recursing(t, newRuntime(t, cfg))
		check(t, recur(t, in, "direct", 300_000))
		wantExhausted(t, "no limit", recur(t, in, "direct", 1<<31))
	}
}

// TestCallStackOfChains recurs in each instance of a chain, and without end in
// the last: together they have one stack.
func TestCallStackOfChains(t *testing.T) {
	rt := newRuntime(t, dray.Config{NoCache: true})
	// A call with n > 0 recurs n times in each instance, and then calls the next.
	const n = 300
	src := chain(n, `
          (if (i32.eqz (i32.and (local.get 0) (i32.const 0xffff)))
            (then (return (call $f (i32.or (local.get 0) (i32.shr_u (local.get 0) (i32.const 16)))))))
          (return (call $r (i32.sub (local.get 0) (i32.const 1))))`)
	in := instanceOf(t, rt, src)
	type fn = func(context.Context, uint32) (uint32, error)
	f := funcOf[fn](t, in, "f")
	if _, err := f(t.Context(), 100<<16|100); err != nil {
		t.Fatalf("100 deep in each: %v", err)
	}
	before := heap()
	_, err := f(t.Context(), 20_000<<16|20_000)
	wantTrap(t, err, "call stack exhausted")
	if grown := heap() - before; grown > 200<<20 {
		t.Errorf("%d MB were taken", grown>>20)
	}
}

// TestCallStackOfThreads recurs in threads at the same time.
func TestCallStackOfThreads(t *testing.T) {
	rt := newRuntime(t, dray.Config{})
	m, err := rt.Compile(t.Context(), []byte(strings.Replace(recursions,
		`(import "host" "again" (func $again (param i32) (result i32)))`,
		`(import "env" "memory" (memory 1 1 shared)) (func $again (param i32) (result i32) (local.get 0))`, 1)))
	check(t, err)
	main, err := rt.NewModuleLinker().Instantiate(t.Context(), m, dray.SharedMemory())
	check(t, err)
	defer main.Close()
	for range 3 {
		var running sync.WaitGroup
		for i := range 4 {
			running.Go(func() {
				in, err := main.Thread(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				defer in.Close()
				f, err := in.Func("direct")
				if err != nil {
					t.Error(err)
					return
				}
				if err := f.Call(t.Context(), []uint64{60_000}); err != nil {
					t.Error(err)
				}
				if err := f.Call(t.Context(), []uint64{1 << 31}); i%2 == 0 && !strings.Contains(fmt.Sprint(err), "call stack exhausted") {
					t.Error(err)
				}
			})
		}
		running.Wait()
	}
}

// TestCallStackOfGo recurs in a Go program.
func TestCallStackOfGo(t *testing.T) {
	src := t.TempDir()
	guest := buildGo(t, src, `package main

import ("fmt"; "os"; "strconv")

//go:noinline
func down(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + down(n-1)
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	fmt.Println(down(n))
}`)
	bin, err := os.ReadFile(guest)
	check(t, err)
	rt := newRuntime(t, dray.Config{NoCache: true})
	m, err := rt.Compile(t.Context(), bin)
	check(t, err)
	for _, depth := range []int{1000, 10_000, 100_000, 1_000_000} {
		err := runGo(t, m, fmt.Sprint(depth))
		t.Logf("%d deep: %v", depth, err)
		if depth <= 10_000 {
			check(t, err)
		} else if err != nil {
			wantExhausted(t, fmt.Sprint(depth), err)
		}
	}
}

// buildGo builds a program for WASI.
func buildGo(t *testing.T, dir, src string) string {
	t.Helper()
	check(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(src), 0o600))
	out := filepath.Join(dir, "main.wasm")
	build := exec.Command("go", "build", "-o", out, "main.go")
	build.Dir, build.Env = dir, append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=-mod=mod")
	if msg, err := build.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no Go guest can be built: %v\n%s", err, msg)
	}
	return out
}

// runGo runs a program.
func runGo(t *testing.T, m *dray.Module, args ...string) error {
	t.Helper()
	exit, err := wasi.RunModule(t.Context(), m, wasi.Config{Args: append([]string{"main"}, args...)})
	if err == nil && exit != 0 {
		err = fmt.Errorf("exit status %d", exit)
	}
	return err
}
