package wasi_test

// This file runs the programs of testdata/guests/threads.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi"
)

const threadGuests = "../testdata/guests/threads/"

func compileThreads(t testing.TB, rt *dray.Runtime, name string) *dray.Module {
	t.Helper()
	m, err := rt.CompileFile(t.Context(), threadGuests+name)
	check(t, err)
	t.Cleanup(func() { m.Close() })
	return m
}

// runArgs runs a program whose standard input never comes.
func runArgs(ctx context.Context, m *dray.Module, cfg wasi.Config, args ...string) (exit uint32, out string, err error) {
	r, w := io.Pipe()
	defer w.Close()
	var b bytes.Buffer
	cfg.Args, cfg.Stdin, cfg.Stdout, cfg.Stderr = append([]string{"threads"}, args...), r, &b, &b
	exit, err = wasi.RunModule(ctx, m, cfg)
	return exit, b.String(), err
}

// TestThreads runs checks in C, Rust and text, and expects nothing to be left
// of them.
func TestThreads(t *testing.T) {
	rt := threadRuntime(t)
	for _, tt := range []struct{ file, want string }{
		{"threads.wasm", "ok mutex\nok condvar\nok sum\nok queue\nok tls\nok timeout\nok notify\nok grow\nok come\n"},
		{"threads-rust.wasm", "ok mutex\nok condvar\nok sum\nok channel\nok tls\nok park\n"},
		{"wat/sync.wat", ""},
	} {
		t.Run(tt.file, func(t *testing.T) {
			m := compileThreads(t, rt, tt.file)
			run := func() {
				if exit, out, err := runArgs(t.Context(), m, wasi.Config{}); exit != 0 || err != nil || out != tt.want {
					t.Fatalf("exit status %d, %v, output:\n%s", exit, err, out)
				}
			}
			run()
			before := measure(t)
			for range 5 {
				run()
			}
			before.settle(t)
		})
	}
}

// TestThreadLimit: a thread too many is an answer, and there is room again when
// one has gone.
func TestThreadLimit(t *testing.T) {
	m := compileThreads(t, threadRuntime(t), "threads.wasm")
	for max, want := range map[int]string{1: "limit 1\n", 5: "limit 5\n", 0: "limit 64\n"} {
		exit, out, err := runArgs(t.Context(), m, wasi.Config{Limits: dray.Limits{Threads: max}}, "limit")
		if exit != 0 || err != nil || out != want {
			t.Errorf("at most %d: exit status %d, %v, %q", max, exit, err, out)
		}
	}
}

// TestThreadsEndAll: one thread ends all that wait, sleep, read and spin.
func TestThreadsEndAll(t *testing.T) {
	rt := threadRuntime(t)
	m, rust := compileThreads(t, rt, "threads.wasm"), compileThreads(t, rt, "threads-rust.wasm")
	before := measure(t)
	for _, tt := range []struct {
		m    *dray.Module
		arg  string
		exit uint32
		kind dray.TrapKind
		// trace is what the backtrace says, from the inside.
		trace []string
	}{
		{m, "exit", 7, "", nil},
		{m, "exit-main", 8, "", nil},
		{m, "return-main", 0, "", nil},
		{m, "trap", 0, "integer divide by zero", []string{"do_trap", "thread_main", "wasi_thread_start"}},
		{m, "trap-main", 0, "integer divide by zero", []string{"do_trap", "_start"}},
		{rust, "trap", 0, "unreachable", []string{"deep", "fall", "thread_main", "wasi_thread_start"}},
	} {
		t.Run(tt.arg, func(t *testing.T) {
			for range 3 {
				exit, out, err := runArgs(t.Context(), tt.m, wasi.Config{}, tt.arg)
				var trap *dray.Trap
				if exit != tt.exit || errors.As(err, &trap) != (tt.kind != "") || trap == nil && err != nil {
					t.Fatalf("exit status %d, %v, output %q", exit, err, out)
				}
				if trap == nil {
					continue
				}
				rest := trap.Backtrace()
				for _, name := range tt.trace {
					_, after, ok := strings.Cut(rest, name)
					if !ok || trap.Kind != tt.kind {
						t.Fatalf("no %s in the rest of the backtrace of %v:\n%s", name, err, trap.Backtrace())
					}
					rest = after
				}
			}
		})
	}
	before.settle(t)
}

// TestThreadsShareFiles: threads open and close the same descriptors. Nothing
// stays open in the host.
func TestThreadsShareFiles(t *testing.T) {
	m := compileThreads(t, threadRuntime(t), "threads.wasm")
	before := measure(t)
	for _, where := range []string{"host", "memory"} {
		var dir wasi.Dir
		if where == "host" {
			var err error
			dir, err = wasi.HostDir(t.TempDir(), "/", fs.ReadWrite)
			check(t, err)
		} else {
			dir = wasi.Dir{Guest: "/", FS: fs.NewMem(fs.MemLimits{}).Dir(fs.ReadWrite)}
		}
		exit, out, err := runArgs(t.Context(), m, wasi.Config{Dirs: []wasi.Dir{dir}, Limits: dray.Limits{Descriptors: 12}}, "files")
		if exit != 0 || err != nil || out != "ok files\n" {
			t.Errorf("%s: exit status %d, %v, %q", where, exit, err, out)
		}
		check(t, dir.FS.Close())
	}
	before.settle(t)
}

// grows starts a thread that ends, and then uses what it grew by.
const grows = `(module
  (import "env" "memory" (memory 1 100 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (export "memory" (memory 0))
  (func (export "wasi_thread_start") (param i32 i32))
  (func (export "_start")
    (drop (call $spawn (i32.const 0)))
    ;; MaxThreads is 1: when another can begin, the first is gone.
    (loop $l (drop (call $yield)) (br_if $l (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0))))
    (if (i32.ne (memory.grow (i32.const 4)) (i32.const 1)) (then (call $exit (i32.const 1))))
    (i64.store (i32.const 0x4fff8) (i64.const -1))
    ;; The host sees what is new.
    (if (call $random (i32.const 0x40000) (i32.const 0x10000)) (then (call $exit (i32.const 2))))
    ;; The limit still holds.
    (if (i32.ne (memory.grow (i32.const 11)) (i32.const 5)) (then (call $exit (i32.const 3))))
    (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then (call $exit (i32.const 4))))))`

// TestGrowAfterThread: memory grows as it should after a thread was closed that
// imported it.
func TestGrowAfterThread(t *testing.T) {
	rt := threadRuntime(t)
	m, err := rt.Compile(t.Context(), []byte(grows))
	check(t, err)
	before := measure(t)
	for range 5 {
		exit, err := wasi.RunModule(t.Context(), m, wasi.Config{Limits: dray.Limits{Threads: 1}}, dray.WithLimits(dray.Limits{MemoryBytes: 1 << 20}))
		if exit != 0 || err != nil {
			t.Errorf("exit status %d, %v", exit, err)
		}
	}
	before.settle(t)
}

// TestStartFunctionOfThread: what an instance does before its thread begins ends
// the program as the thread itself would.
func TestStartFunctionOfThread(t *testing.T) {
	rt := threadRuntime(t)
	for what, want := range map[string]string{
		"(unreachable)":              "trap: unreachable",
		"(call $exit (i32.const 5))": "5",
	} {
		m, err := rt.Compile(t.Context(), []byte(`(module
		  (import "env" "memory" (memory 1 1 shared))
		  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
		  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
		  (func $init (if (i32.atomic.rmw.add (i32.const 0) (i32.const 1)) (then `+what+`)))
		  (start $init)
		  (func (export "wasi_thread_start") (param i32 i32))
		  (func (export "_start") (drop (call $spawn (i32.const 0))) (call $exit (i32.const 9))))`))
		check(t, err)
		exit, err := wasi.RunModule(t.Context(), m, wasi.Config{})
		if got := errorOr(err, exit); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
}

func errorOr(err error, exit uint32) string {
	if err != nil {
		return err.Error()
	}
	return string(rune('0' + exit))
}

// TestReactorThreads: Close of an instance whose function started threads ends
// these, and tells how one of them ended all.
func TestReactorThreads(t *testing.T) {
	rt := threadRuntime(t)
	l := rt.NewModuleLinker()
	check(t, wasi.LinkModule(l))
	m, err := rt.Compile(t.Context(), []byte(`(module
	  (import "env" "memory" (memory 1 1 shared))
	  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
	  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
	  (func (export "wasi_thread_start") (param i32) (param $n i32)
	    (if (local.get $n) (then (call $exit (local.get $n))))
	    (loop $l (br $l)))
	  (func (export "go") (param i32) (result i32) (call $spawn (local.get 0)))
	  ;; ended starts threads until that fails.
	  (func (export "ended") (loop $l (br_if $l (i32.gt_s (call $spawn (i32.const 0)) (i32.const 0))))))`))
	check(t, err)
	before := measure(t)
	for _, exits := range []int32{0, 4} {
		in, err := wasi.InstantiateModule(t.Context(), l, m, wasi.Config{})
		check(t, err)
		for _, arg := range []int32{0, exits} {
			f, err := in.Func("go")
			check(t, err)
			if id, err := f.Invoke(t.Context(), dray.I32(arg)); err != nil || id[0].I32() <= 0 {
				t.Errorf("a thread: %v, %v", id, err)
			}
		}
		if exits != 0 {
			f, err := in.Func("ended")
			check(t, err)
			_, err = f.Invoke(t.Context())
			check(t, err)
		}
		var e *wasi.ExitError
		err = in.Close()
		if exits == 0 && err != nil || exits != 0 && (!errors.As(err, &e) || e.Code != uint32(exits)) {
			t.Errorf("Close: %v", err)
		}
	}
	before.settle(t)
}

// TestNoThreads: what a program lacks to have threads is said, and without
// package wasi there are none.
func TestNoThreads(t *testing.T) {
	rt := threadRuntime(t)
	m, err := rt.Compile(t.Context(), []byte(`(module (import "wasi" "thread-spawn" (func (param i32) (result i32)))
	  (import "env" "memory" (memory 1 1 shared)) (func (export "_start")))`))
	check(t, err)
	if _, err := wasi.RunModule(t.Context(), m, wasi.Config{}); err == nil || !strings.Contains(err.Error(), "does not export wasi_thread_start") {
		t.Errorf("got %v", err)
	}
	m, err = rt.Compile(t.Context(), []byte(`(module (import "wasi" "thread-spawn" (func $s (param i32) (result i32)))
	  (func (export "f") (drop (call $s (i32.const 0)))))`))
	check(t, err)
	l := rt.NewModuleLinker()
	check(t, wasi.LinkModule(l))
	in, err := l.Instantiate(t.Context(), m)
	check(t, err)
	defer in.Close()
	f, err := in.Func("f")
	check(t, err)
	if _, err := f.Invoke(t.Context()); err == nil || !strings.Contains(err.Error(), "the instance was not made for threads") {
		t.Errorf("got %v", err)
	}
}
