package dray_test

// This file is instances that share memory and run at the same time.

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/engine"
)

const sharing = `(module
  (import "env" "memory" (memory 1 50 shared))
  (export "memory" (memory 0))
  (table 10 funcref)
  (global $own (mut i32) (i32.const 1))
  (func (export "add") (param i32) (local $i i32)
    (loop $l
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 0)))))
  (func (export "own") (result i32)
    (global.set $own (i32.add (global.get $own) (i32.const 1))) (global.get $own))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "touch") (param i32) (i32.store (local.get 0) (i32.const 1)))
  (func (export "wait") (param i64) (result i32)
    (memory.atomic.wait32 (i32.const 64) (i32.const 0) (local.get 0)))
  (func (export "notify") (result i32) (memory.atomic.notify (i32.const 64) (i32.const 100))))`

// call calls a function and returns its result, if it has one.
func call(t testing.TB, in *dray.ModuleInstance, name string, args ...dray.CoreValue) int32 {
	t.Helper()
	f, err := in.Func(name)
	check(t, err)
	out, err := f.Invoke(t.Context(), args...)
	check(t, err)
	if len(out) == 0 {
		return 0
	}
	return out[0].I32()
}

func shared(t testing.TB, cfg dray.Config, l dray.Limits) *dray.ModuleInstance {
	t.Helper()
	rt := runtimeWith(t, cfg)
	m, err := rt.Compile(t.Context(), []byte(sharing))
	check(t, err)
	in, err := rt.NewModuleLinker().Instantiate(t.Context(), m, dray.SharedMemory(), dray.WithLimits(l))
	check(t, err)
	t.Cleanup(func() { in.Close() })
	return in
}

// TestThread: threads share memory, not globals, and can be closed in any order.
func TestThread(t *testing.T) {
	in := shared(t, dray.Config{}, dray.Limits{})
	var threads []*dray.ModuleInstance
	for range 4 {
		th, err := in.Thread(t.Context())
		check(t, err)
		threads = append(threads, th)
	}
	var wg sync.WaitGroup
	for _, th := range append(threads, in) {
		wg.Go(func() { call(t, th, "add", dray.I32(1000)) })
	}
	wg.Wait()
	mem, err := in.Memory("memory")
	check(t, err)
	if n := engine.LoadShared32(mem.Bytes()); n != 5000 {
		t.Errorf("5 instances added %d", n)
	}
	for _, th := range append(threads, in) {
		if n := call(t, th, "own"); n != 2 {
			t.Errorf("a global is %d", n)
		}
	}
	check(t, threads[0].Close())
	check(t, in.Close())
	if _, err := in.Thread(t.Context()); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("a thread of a closed instance: %v", err)
	}
	call(t, threads[1], "add", dray.I32(1)) // the memory is still there
	for _, th := range threads {
		check(t, th.Close())
		check(t, th.Close())
	}
}

// TestThreadWaits: a wait ends with notify, with its time and with its context.
func TestThreadWaits(t *testing.T) {
	in := shared(t, dray.Config{}, dray.Limits{})
	th, err := in.Thread(t.Context())
	check(t, err)
	defer th.Close()
	if r := call(t, in, "wait", dray.I64(1000)); r != 2 {
		t.Errorf("a timeout: %d", r)
	}
	woken := make(chan int32)
	go func() { woken <- call(t, th, "wait", dray.I64(-1)) }()
	for call(t, in, "notify") == 0 {
	}
	if r := <-woken; r != 0 {
		t.Errorf("woken: %d", r)
	}
}

// addressSpace is in bytes, 0 where it is not known.
func addressSpace() int64 {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(statm))[0], 10, 64)
	return pages * int64(os.Getpagesize())
}

// TestThreadLimits: threads count against the limits of the instance, and give
// back what they took.
func TestThreadLimits(t *testing.T) {
	in := shared(t, dray.Config{}, dray.Limits{MemoryBytes: 4 << 16, TableElements: 30})
	before := addressSpace()
	for range 300 {
		a, err := in.Thread(t.Context())
		check(t, err)
		b, err := in.Thread(t.Context())
		check(t, err)
		if _, err := in.Thread(t.Context()); err == nil || !strings.Contains(err.Error(), "max-table-elements") {
			t.Fatalf("tables beyond the limit: %v", err)
		}
		check(t, a.Close())
		check(t, b.Close())
	}
	if grown := addressSpace() - before; grown > 1<<30 {
		t.Errorf("600 threads left %d MB of address space", grown>>20)
	}
	th, err := in.Thread(t.Context())
	check(t, err)
	if n := call(t, th, "grow", dray.I32(2)); n != 1 {
		t.Errorf("growing to 3 pages: %d", n)
	}
	call(t, th, "touch", dray.I32(3<<16-4))
	check(t, th.Close())
	if n := call(t, in, "grow", dray.I32(1)); n != 3 {
		t.Errorf("growing to 4 pages: %d", n)
	}
	call(t, in, "touch", dray.I32(4<<16-4))
	if n := call(t, in, "grow", dray.I32(1)); n != -1 {
		t.Errorf("growing beyond the limit: %d", n)
	}
	mem, err := in.Memory("memory")
	check(t, err)
	if n := len(mem.Bytes()); n != 4<<16 {
		t.Errorf("the host sees %d bytes", n)
	}
}

// TestThreadsGrow: memory grows in several threads at a time, while others come
// and go.
func TestThreadsGrow(t *testing.T) {
	in := shared(t, dray.Config{}, dray.Limits{})
	var wg sync.WaitGroup
	for range 7 {
		wg.Go(func() {
			for range 7 {
				th, err := in.Thread(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				n := call(t, th, "grow", dray.I32(1))
				if n < 1 {
					t.Errorf("growing: %d", n)
				}
				call(t, th, "touch", dray.I32(n<<16+65532))
				if err := th.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := call(t, in, "grow", dray.I32(0)); n != 50 {
		t.Errorf("%d pages, want 50", n)
	}
}

// TestThreadFuel: threads have their fuel from one tank, and give back what they
// do not use.
func TestThreadFuel(t *testing.T) {
	const all = 3_000_000
	in := shared(t, dray.Config{Fuel: true}, dray.Limits{Fuel: all})
	for range 100 { // each is given more than a hundredth of all at a time
		th, err := in.Thread(t.Context())
		check(t, err)
		call(t, th, "add", dray.I32(100))
		check(t, th.Close())
	}
	if used := all - in.Fuel(); used < 100*98 || used > 100*110 {
		t.Errorf("100 threads with 100 rounds each took %d", used)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			th, err := in.Thread(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer th.Close()
			f, err := th.Func("add")
			if err != nil {
				t.Error(err)
				return
			}
			var trap *dray.Trap
			if _, err := f.Invoke(t.Context(), dray.I32(-1)); !errors.As(err, &trap) || trap.Kind != dray.TrapFuel {
				t.Errorf("a thread without end: %v", err)
			}
		})
	}
	wg.Wait()
	mem, err := in.Memory("memory")
	check(t, err)
	if n := engine.LoadShared32(mem.Bytes()); n < all-4*110_000 || n > all+1000 { // an instance begins with a unit of its own
		t.Errorf("%d rounds with fuel for %d", n, all)
	}
}

// TestSharedMemory: only shared memories are made, and only when it is wanted.
func TestSharedMemory(t *testing.T) {
	rt := runtimeWith(t, dray.Config{})
	for src, want := range map[string]string{
		`(module (import "a" "b" (memory 1 2 shared)))`:                                   "",
		`(module (import "a" "b" (memory 1 2)))`:                                          `"a" "b"`,
		`(module (import "a" "b" (memory 1 2 shared)) (import "a" "c" (func)))`:           `"a" "c"`,
		`(module (import "a" "b" (memory 1 2 shared)) (export "dray.memory" (memory 0)))`: "exports",
	} {
		m, err := rt.Compile(t.Context(), []byte(src))
		if err == nil {
			var in *dray.ModuleInstance
			if in, err = rt.NewModuleLinker().Instantiate(t.Context(), m, dray.SharedMemory()); err == nil {
				check(t, in.Close())
			}
			if _, lerr := rt.NewModuleLinker().Instantiate(t.Context(), m); lerr == nil {
				t.Errorf("%s: instantiated without its memory", src)
			}
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", src, err, want)
		}
	}
	m, err := rt.Compile(t.Context(), []byte(`(module (import "a" "b" (memory 3 9 shared)))`))
	check(t, err)
	_, err = rt.NewModuleLinker().Instantiate(t.Context(), m, dray.SharedMemory(), dray.WithLimits(dray.Limits{MemoryBytes: 65536}))
	if err == nil || !strings.Contains(err.Error(), "max-memory-size") {
		t.Errorf("a memory beyond the limit: %v", err)
	}
}
