package wasi_test

// This file is commands of WASI 0.3: how they run and end, and what they leave.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi"
)

// asyncCommand is the text of a command whose run is before, then returns
// result, and then waits for a millisecond and does after. The version is that
// of its interfaces. code is the function exit-with-code; in after, $set has a
// waitable set that is empty.
func asyncCommand(version, before string, result int, after string) []byte {
	return fmt.Appendf(nil, `(component
	  (import "wasi:cli/exit@%[1]s" (instance $exit (export "exit-with-code" (func (param "status-code" u8)))))
	  (import "wasi:clocks/monotonic-clock@%[1]s" (instance $clock (export "wait-for" (func async (param "how-long" u64)))))
	  (core module $m
	    (import "" "task.return" (func $return (param i32)))
	    (import "" "waitable-set.new" (func $new (result i32)))
	    (import "" "waitable.join" (func $join (param i32 i32)))
	    (import "" "subtask.drop" (func $drop (param i32)))
	    (import "" "wait-for" (func $wait (param i64) (result i32)))
	    (import "" "code" (func $code (param i32)))
	    (global $set (mut i32) (i32.const 0))
	    (global $waited (mut i32) (i32.const 0))
	    (func (export "run") (result i32)
	      %[2]s
	      (call $return (i32.const %[3]d))
	      (global.set $set (call $new))
	      (call $join (i32.shr_u (call $wait (i64.const 1000000)) (i32.const 4)) (global.get $set))
	      (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
	    (func (export "next") (param i32 i32 i32) (result i32)
	      (if (i32.eqz (global.get $waited)) (then
	        (if (i32.ne (local.get 0) (i32.const 1)) (then unreachable))
	        (global.set $waited (i32.const 1))
	        (call $join (local.get 1) (i32.const 0))
	        (call $drop (local.get 1))))
	      %[4]s
	      (i32.const 0)))
	  (canon task.return (result (result)) (core func $return))
	  (canon waitable-set.new (core func $new))
	  (canon waitable.join (core func $join))
	  (canon subtask.drop (core func $drop))
	  (canon lower (func $clock "wait-for") async (core func $wait))
	  (canon lower (func $exit "exit-with-code") (core func $code))
	  (core instance $i (instantiate $m (with "" (instance
	    (export "task.return" (func $return)) (export "waitable-set.new" (func $new))
	    (export "waitable.join" (func $join)) (export "subtask.drop" (func $drop))
	    (export "wait-for" (func $wait)) (export "code" (func $code))))))
	  (func $run async (result (result)) (canon lift (core func $i "run") async (callback (core func $i "next"))))
	  (instance $r (export "run" (func $run)))
	  (export "wasi:cli/run@%[1]s" (instance $r)))`, version, before, result, after)
}

// TestAsyncEnd: what a command does after its run has returned is done, and may
// still end it in another way.
func TestAsyncEnd(t *testing.T) {
	const (
		code    = "(call $code (i32.const 77))"
		forever = "(call $return (i32.const 0)) (return (i32.or (i32.const 2) (i32.shl (call $new) (i32.const 4))))"
	)
	rt := newRuntime(t)
	for _, test := range []struct {
		before string
		result int
		after  string
		code   uint32
		trap   dray.TrapKind
	}{
		{"", 0, "", 0, ""},
		{"", 1, "", 1, ""},
		{"", 0, code, 77, ""},
		{"", 1, code, 77, ""},
		{code, 0, "unreachable", 77, ""},
		{"", 0, "unreachable", 0, engine.TrapUnreachable},
		{"", 1, "unreachable", 0, engine.TrapUnreachable},
		{"unreachable", 0, "", 0, engine.TrapUnreachable},
		{"", 2, "", 0, dray.TrapComponent},
		{forever, 0, "", 0, dray.TrapComponent},
	} {
		for _, version := range []string{"0.3.0", "0.3.0-rc-2026-03-15", "0.3.7"} {
			c, err := rt.CompileComponent(t.Context(), asyncCommand(version, test.before, test.result, test.after))
			check(t, err)
			code, err := wasi.Run(t.Context(), c, wasi.Config{})
			var trap *dray.Trap
			if errors.As(err, &trap); code != test.code || (err == nil) != (test.trap == "") || (trap == nil) != (test.trap == "") || trap != nil && trap.Kind != test.trap {
				t.Errorf("%s: %s, %d, %s: exit status %d, %v", version, test.before, test.result, test.after, code, err)
			}
		}
	}
	c, err := rt.CompileComponent(t.Context(), asyncCommand("0.3.0-rc-2026-01-06", "", 0, ""))
	check(t, err)
	var not *wasi.CommandError
	if _, err := wasi.Run(t.Context(), c, wasi.Config{}); !errors.As(err, &not) {
		t.Errorf("another pre-release: %v", err)
	}
}

// TestAsyncTimeout: a loop and a wait end with their context, before run
// returns and after.
func TestAsyncTimeout(t *testing.T) {
	rt := newRuntime(t)
	reason := errors.New("enough")
	run := func(c *dray.Component, cfg wasi.Config) {
		t.Helper()
		ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, reason)
		defer cancel()
		var trap *dray.Trap
		if _, err := wasi.Run(ctx, c, cfg); !errors.Is(err, reason) || !errors.As(err, &trap) || trap.Kind != engine.TrapInterrupted {
			t.Errorf("%s: %v", c.Name(), err)
		}
	}
	for _, text := range [][]byte{
		asyncCommand("0.3.0", "(loop (br 0))", 0, ""),
		asyncCommand("0.3.0", "", 0, "(return (i32.const 1))"), // yields
	} {
		c, err := rt.CompileComponent(t.Context(), text)
		check(t, err)
		run(c, wasi.Config{})
	}
	r, w := io.Pipe()
	defer w.Close()
	run(load(t, rt, filepath.Join(p3Dir, "cat.wasm")), wasi.Config{Args: []string{"cat"}, Stdin: r})
}

// TestRunPreferred: of two runs that of 0.3 is called, whatever the other one
// is.
func TestRunPreferred(t *testing.T) {
	rt := newRuntime(t)
	mixed := load(t, rt, filepath.Join(p3Dir, "mixed.wasm"))
	var out bytes.Buffer
	code, err := wasi.Run(t.Context(), mixed, wasi.Config{Args: []string{"mixed", "environment"}, Stdout: &out})
	if code != 0 || err != nil || out.String() != "ok environment\n" {
		t.Errorf("exit status %d, %v, output %q", code, err, &out)
	}
	in, err := wasi.Instantiate(t.Context(), wasiLinker(t, rt), mixed, wasi.Config{Args: []string{"mixed"}, Stdout: &out})
	check(t, err)
	defer in.Close()
	out.Reset()
	old, err := in.Func("wasi:cli/run@0.2.0#run")
	check(t, err)
	if _, err := old.Call(t.Context()); err != nil || out.String() != "the run of 0.2\n" {
		t.Errorf("%v, output %q", err, &out)
	}
}

// wasiLinker is a linker with WASI.
func wasiLinker(t *testing.T, rt *dray.Runtime) *dray.Linker {
	t.Helper()
	l := rt.NewLinker()
	check(t, wasi.Link(l))
	return l
}

// TestAsyncExit: an exit ends everything at once, and what came before is
// written, or was not.
func TestAsyncExit(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(p3Dir, "wat/exit-with-code.wat"))
	check(t, err)
	rt := newRuntime(t)
	c, err := rt.CompileComponent(t.Context(), text)
	check(t, err)
	l := wasiLinker(t, rt)
	called.observe(t, l)
	for range 100 {
		var out bytes.Buffer
		code, err := wasi.RunLinked(t.Context(), l, c, wasi.Config{Stdout: &out})
		if s := out.String(); code != 42 || err != nil || s != "" && s != "before\n" {
			t.Fatalf("exit status %d, %v, output %q", code, err, s)
		}
	}
}

// TestAsyncLeavesNothing: however a run ends, nothing stays.
func TestAsyncLeavesNothing(t *testing.T) {
	rt := newRuntime(t)
	compile := func(text []byte) *dray.Component {
		c, err := rt.CompileComponent(t.Context(), text)
		check(t, err)
		return c
	}
	trap, exit := compile(asyncCommand("0.3.0", "", 0, "unreachable")), compile(asyncCommand("0.3.0", "", 0, "(call $code (i32.const 1))"))
	stuck := compile(asyncCommand("0.3.0", "(return (i32.or (i32.const 2) (i32.shl (call $new) (i32.const 4))))", 0, ""))
	files, cat := load(t, rt, filepath.Join(p3Dir, "filesystem.wasm")), load(t, rt, filepath.Join(p3Dir, "cat.wasm"))
	clocks := load(t, rt, filepath.Join(p3Dir, "clocks.wasm"))
	run := func() {
		r, w := io.Pipe()
		defer w.Close() // ends the goroutine that reads
		dir, err := wasi.HostDir(t.TempDir(), "/", fs.ReadWrite)
		check(t, err)
		defer dir.FS.Close()
		ended := func(c *dray.Component, cfg wasi.Config) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
			defer cancel()
			wasi.Run(ctx, c, cfg) // ends in the middle
		}
		cfg := wasi.Config{Args: []string{"x"}, Dirs: []wasi.Dir{dir}}
		for _, c := range []*dray.Component{trap, exit, stuck} {
			wasi.Run(t.Context(), c, cfg)
		}
		ended(files, cfg)
		ended(clocks, cfg)
		ended(cat, wasi.Config{Args: []string{"cat"}, Stdin: r})
	}
	run()
	before := measure(t)
	for range 10 {
		run()
	}
	before.settle(t)
}

// TestAsyncOutput: what a guest wrote is written when its instance is closed,
// though its streams have no end.
func TestAsyncOutput(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(p3Dir, "wat/stdout-tiny.wat"))
	check(t, err)
	rt := newRuntime(t)
	// The stream stays open.
	c, err := rt.CompileComponent(t.Context(), bytes.Replace(text, []byte("(call $stream.drop-writable (local.get $writer))"), nil, 1))
	check(t, err)
	l := wasiLinker(t, rt)
	for _, n := range []uint32{1, 10, 10_000} {
		var out bytes.Buffer
		in, err := wasi.Instantiate(t.Context(), l, c, wasi.Config{Stdout: &out})
		check(t, err)
		f, err := dray.FuncOf[func(context.Context, uint32) (uint32, error)](in, "run")
		check(t, err)
		got, err := f(t.Context(), n)
		if got != n || err != nil {
			t.Errorf("%d, %v", got, err)
		}
		check(t, in.Close())
		if out.String() != strings.Repeat("x", int(n)) {
			t.Errorf("%d bytes are written, want %d", out.Len(), n)
		}
	}
}

// TestAsyncTimezone has the functions of an interface that is unstable.
func TestAsyncTimezone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("SKIPPED: there are no time zones: %v", err)
	}
	rt := newRuntime(t)
	text, err := os.ReadFile("testdata/timezone.wat")
	check(t, err)
	c, err := rt.CompileComponent(t.Context(), text)
	check(t, err)
	l := wasiLinker(t, rt)
	called.observe(t, l)
	for _, tt := range []struct {
		zone   *time.Location
		id     string
		offset int64
	}{{nil, "UTC", 0}, {berlin, "Europe/Berlin", int64(time.Hour)}} {
		in, err := wasi.Instantiate(t.Context(), l, c, wasi.Config{Timezone: tt.zone})
		check(t, err)
		id, err := dray.FuncOf[func(context.Context) (*string, error)](in, "iana-id")
		check(t, err)
		if s, err := id(t.Context()); err != nil || s == nil || *s != tt.id {
			t.Errorf("the name is %v, %v, want %q", s, err, tt.id)
		}
		offset, err := dray.FuncOf[func(context.Context, int64) (*int64, error)](in, "utc-offset")
		check(t, err)
		if n, err := offset(t.Context(), 0); err != nil || n == nil || *n != tt.offset {
			t.Errorf("the offset is %v, %v, want %d", n, err, tt.offset)
		}
		describe, err := dray.FuncOf[func(context.Context) (string, error)](in, "to-debug-string")
		check(t, err)
		if s, err := describe(t.Context()); err != nil || !strings.Contains(s, tt.id) {
			t.Errorf("%q, %v, want %q", s, err, tt.id)
		}
		check(t, in.Close())
	}
}
