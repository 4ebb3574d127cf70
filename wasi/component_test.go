package wasi_test

// This file is components: how they run, end, and what they are given.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/wasi"
)

const (
	p2Dir        = guestDir + "/p2"
	p3Dir        = guestDir + "/p3"
	componentDir = "../testdata/components"
)

// load compiles a component; without it the test is skipped.
func load(t testing.TB, rt *dray.Runtime, file string) *dray.Component {
	t.Helper()
	c, err := rt.CompileComponentFile(t.Context(), file)
	check(t, err)
	return c
}

// command is the text of a command whose run is body. exit, code and log are
// the functions exit and exit-with-code, and the host's "log".
func command(body string) []byte {
	return fmt.Appendf(nil, `(component
	  (import "wasi:cli/exit@0.2.3" (instance $exit
	    (export "exit" (func (param "status" (result))))
	    (export "exit-with-code" (func (param "status-code" u8)))))
	  (core func $exit (canon lower (func $exit "exit")))
	  (core func $code (canon lower (func $exit "exit-with-code")))
	  (core module $m
	    (import "host" "exit" (func $exit (param i32)))
	    (import "host" "code" (func $code (param i32)))
	    (func (export "run") (result i32) %s (i32.const 0)))
	  (core instance $i (instantiate $m (with "host" (instance
	    (export "exit" (func $exit)) (export "code" (func $code))))))
	  (func $run (result (result)) (canon lift (core func $i "run")))
	  (instance $r (export "run" (func $run)))
	  (export "wasi:cli/run@0.2.3" (instance $r)))`, body)
}

func TestComponentExit(t *testing.T) {
	rt := newRuntime(t)
	for _, test := range []struct {
		body string
		code uint32
		trap dray.TrapKind
	}{
		{"", 0, ""},
		{"(return (i32.const 1))", 1, ""},
		{"(call $exit (i32.const 0))", 0, ""},
		{"(call $exit (i32.const 1))", 1, ""},
		{"(call $code (i32.const 0))", 0, ""},
		{"(call $code (i32.const 77))", 77, ""},
		{"(call $code (i32.const 255))", 255, ""},
		{"(unreachable)", 0, engine.TrapUnreachable},
		{"(return (i32.const 2))", 0, dray.TrapComponent},
		{"(call $exit (i32.const 2))", 0, dray.TrapComponent},
	} {
		c, err := rt.CompileComponent(t.Context(), command(test.body))
		check(t, err)
		code, err := wasi.Run(t.Context(), c, wasi.Config{})
		var trap *dray.Trap
		if errors.As(err, &trap); code != test.code || (trap == nil) != (test.trap == "") || trap != nil && trap.Kind != test.trap {
			t.Errorf("%s: exit status %d, %v", test.body, code, err)
		}
	}
}

func TestRunComponent(t *testing.T) {
	rt := newRuntime(t)
	hello := load(t, rt, "../examples/hello-wasip2.wasm")
	var out bytes.Buffer
	code, err := wasi.Run(t.Context(), hello, wasi.Config{Args: []string{"hello", "Ada"}, Stdout: &out})
	if code != 0 || err != nil || !strings.HasPrefix(out.String(), "Hello, Ada") {
		t.Errorf("exit status %d, %v, output %q", code, err, &out)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := wasi.Run(ended, hello, wasi.Config{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a run whose context ended: %v", err)
	}
	for want, cfg := range map[string]wasi.Config{
		"not of the form NAME=value": {Env: []string{"A"}},
		"are for core modules":       {Listeners: make([]net.Listener, 1)},
	} {
		if _, err := wasi.Run(t.Context(), hello, cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	// A linker without WASI.
	var missing *dray.ImportError
	if _, err := wasi.RunLinked(t.Context(), rt.NewLinker(), hello, wasi.Config{}); !errors.As(err, &missing) {
		t.Errorf("without WASI: %v", err)
	}
}

// TestTimeoutOfComponent: a loop and a wait end with their context.
func TestTimeoutOfComponent(t *testing.T) {
	rt := newRuntime(t)
	c, err := rt.CompileComponent(t.Context(), command("(loop (br 0))"))
	check(t, err)
	reason := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, reason)
	defer cancel()
	if _, err := wasi.Run(ctx, c, wasi.Config{}); !errors.Is(err, reason) {
		t.Errorf("a loop: %v", err)
	}
	filter := load(t, rt, filepath.Join(p2Dir, "filter.wasm"))
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel = context.WithTimeoutCause(t.Context(), 50*time.Millisecond, reason)
	defer cancel()
	if _, err := wasi.Run(ctx, filter, wasi.Config{Stdin: r}); !errors.Is(err, reason) {
		t.Errorf("a read: %v", err)
	}
}

func TestNotComponentCommands(t *testing.T) {
	rt := newRuntime(t)
	for file, want := range map[string]struct {
		export  string
		service bool
	}{
		componentDir + "/adder.wasm":       {"add", false},
		componentDir + "/registry.wasm":    {"docs:people/registry@1.0.0#find", false},
		"../examples/http-wasip2.wasm":     {"wasi:http/incoming-handler", true},
		"../examples/http-wasip3.wasm":     {"wasi:http/handler@0.3.0", true},
		componentDir + "/reactor-std.wasm": {"", false},
	} {
		var not *wasi.CommandError
		_, err := wasi.Run(t.Context(), load(t, rt, file), wasi.Config{})
		if !errors.As(err, &not) || not.Service != want.service || !strings.Contains(strings.Join(not.Exports, " "), want.export) ||
			!strings.Contains(err.Error(), filepath.Base(file)) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestReactorComponent: functions of a component can be called, and what they
// write is written when the instance is closed.
func TestReactorComponent(t *testing.T) {
	rt := newRuntime(t)
	printer := load(t, rt, filepath.Join(componentDir, "printer-c.wasm"))
	l := rt.NewLinker()
	check(t, wasi.Link(l))
	var out bytes.Buffer
	in, err := wasi.Instantiate(t.Context(), l, printer, wasi.Config{Args: []string{"printer", "one"}, Stdout: &out})
	check(t, err)
	print, err := dray.FuncOf[func(context.Context, string) (uint32, error)](in, "print-line")
	check(t, err)
	for _, line := range []string{"hello", "wörld"} {
		_, err := print(t.Context(), line)
		check(t, err)
	}
	check(t, in.Close())
	if out.String() != "hello\nwörld\n" {
		t.Errorf("output %q", &out)
	}
	args, err := l.Instantiate(t.Context(), printer) // without a Config
	check(t, err)
	defer args.Close()
	list, err := dray.FuncOf[func(context.Context) ([]string, error)](args, "args")
	check(t, err)
	if got, err := list(t.Context()); len(got) > 0 || err != nil {
		t.Errorf("arguments of a guest that was given nothing: %q, %v", got, err)
	}
}

// TestExitOfFunction: a function that is called may end the program.
func TestExitOfFunction(t *testing.T) {
	rt := newRuntime(t)
	c, err := rt.CompileComponent(t.Context(), command("(call $code (i32.const 9))"))
	check(t, err)
	l := rt.NewLinker()
	check(t, wasi.Link(l))
	in, err := wasi.Instantiate(t.Context(), l, c, wasi.Config{})
	check(t, err)
	defer in.Close()
	f, err := in.Func("run")
	check(t, err)
	_, err = f.Call(t.Context())
	var exit *wasi.ExitError
	if !errors.As(wasi.Exited(err), &exit) || exit.Code != 9 {
		t.Errorf("the call ended with %v", err)
	}
}

// TestPoolOfComponents: each instance of a pool has a state of its own.
func TestPoolOfComponents(t *testing.T) {
	rt := newRuntime(t)
	printer := load(t, rt, filepath.Join(componentDir, "printer-c.wasm"))
	l := rt.NewLinker()
	check(t, wasi.Link(l))
	p, err := l.Prepare(printer)
	check(t, err)
	n := 0
	pool := p.Pool(dray.PoolConfig{Options: func() []dray.Option {
		n++
		opt, err := wasi.WithConfig(wasi.Config{Args: []string{fmt.Sprint("instance ", n)}})
		check(t, err)
		return []dray.Option{opt}
	}})
	for i := range 3 {
		in, err := pool.Get(t.Context())
		check(t, err)
		list, err := dray.FuncOf[func(context.Context) ([]string, error)](in.Instance, "args")
		check(t, err)
		got, err := list(t.Context())
		check(t, err)
		if want := fmt.Sprint("instance ", i+1); len(got) != 1 || got[0] != want {
			t.Errorf("arguments %q, want %q", got, want)
		}
		check(t, in.Release())
	}
	check(t, pool.Close())
}

// A slowWriter writes a piece when it may.
type slowWriter struct {
	turns chan bool
	bytes.Buffer
}

func (w *slowWriter) Write(p []byte) (int, error) {
	if !<-w.turns {
		return 0, io.ErrClosedPipe
	}
	return w.Buffer.Write(p)
}

// TestSlowOutput: a run ends when what the guest wrote is written, or with its
// context.
func TestSlowOutput(t *testing.T) {
	rt := newRuntime(t)
	hello := load(t, rt, "../examples/hello-wasip2.wasm")
	w := &slowWriter{turns: make(chan bool)}
	go func() {
		for range 100 {
			w.turns <- true
		}
	}()
	code, err := wasi.Run(t.Context(), hello, wasi.Config{Stdout: w})
	if code != 0 || err != nil || !strings.HasPrefix(w.String(), "Hello") {
		t.Errorf("exit status %d, %v, output %q", code, err, w)
	}
	stuck := &slowWriter{turns: make(chan bool)}
	defer close(stuck.turns)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := wasi.Run(ctx, hello, wasi.Config{Stdout: stuck}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a run whose output is stuck: %v", err)
	}
}

// TestThousandComponents runs 1,000 instances of one component at the same time
// on one runtime, each with a state, streams and a directory.
func TestThousandComponents(t *testing.T) {
	const n = 1000
	rt := newRuntime(t)
	c := load(t, rt, filepath.Join(p2Dir, "filter.wasm"))
	l := rt.NewLinker()
	check(t, wasi.Link(l))
	dir, err := wasi.HostDir(t.TempDir(), "/", fs.ReadWrite)
	check(t, err)
	run := func(i int) error {
		var out bytes.Buffer
		in := strings.Repeat(fmt.Sprintf("line of %d\n", i), 20)
		code, err := wasi.RunLinked(t.Context(), l, c, wasi.Config{
			Args: []string{"filter"}, Stdin: strings.NewReader(in), Stdout: &out,
			Dirs: []wasi.Dir{dir}, Network: net.AllowAll()})
		if err != nil || code != 0 || out.String() != strings.ToUpper(in) {
			return fmt.Errorf("instance %d: exit status %d, %v, %d bytes of output", i, code, err, out.Len())
		}
		return nil
	}
	check(t, run(0)) // what is made once is made
	before := measure(t)
	var wg sync.WaitGroup
	start := make(chan bool)
	for i := range n {
		wg.Go(func() {
			<-start
			if err := run(i); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	before.settle(t)
	check(t, dir.FS.Close())
}

// TestComponentsLeaveNothing: however a run ends, nothing stays.
func TestComponentsLeaveNothing(t *testing.T) {
	rt := newRuntime(t)
	trap, err := rt.CompileComponent(t.Context(), command("(unreachable)"))
	check(t, err)
	exit, err := rt.CompileComponent(t.Context(), command("(call $code (i32.const 3))"))
	check(t, err)
	files := load(t, rt, filepath.Join(p2Dir, "files.wasm"))
	run := func() {
		dir, err := wasi.HostDir(t.TempDir(), "/", fs.ReadWrite)
		check(t, err)
		defer dir.FS.Close()
		ended, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		cfg := wasi.Config{Args: []string{"x"}, Dirs: []wasi.Dir{dir}}
		wasi.Run(t.Context(), trap, cfg)
		wasi.Run(t.Context(), exit, cfg)
		wasi.Run(ended, files, cfg) // ends in the middle
		wasi.Run(t.Context(), files, wasi.Config{Env: []string{"bad"}})
	}
	run()
	before := measure(t)
	for range 20 {
		run()
	}
	before.settle(t)
}
