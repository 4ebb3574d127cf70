package dray_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasm"
)

const guests = "testdata/guests/"

// newRuntime is a runtime without a cache on disk.
func newRuntime(t testing.TB, cfg dray.Config) *dray.Runtime {
	t.Helper()
	cfg.NoCache = true
	rt, err := dray.NewRuntime(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close() })
	return rt
}

func compileGuest(t testing.TB, rt *dray.Runtime, name string) *dray.Module {
	t.Helper()
	mod, err := rt.CompileFile(t.Context(), guests+name)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("SKIPPED: the guest is not there: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

func instantiate(t testing.TB, rt *dray.Runtime, guest string, opts ...dray.Option) *dray.ModuleInstance {
	t.Helper()
	l := rt.NewModuleLinker()
	if err := wasi.LinkModule(l); err != nil {
		t.Fatal(err)
	}
	in, err := wasi.InstantiateModule(t.Context(), l, compileGuest(t, rt, guest), wasi.Config{}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

func TestInvoke(t *testing.T) {
	in := instantiate(t, newRuntime(t, dray.Config{}), "reactor-c.wasm")
	add, err := in.Func("add")
	if err != nil {
		t.Fatal(err)
	}
	out, err := add.Invoke(t.Context(), dray.I32(40), dray.I32(2))
	if err != nil || len(out) != 1 || out[0].I32() != 42 {
		t.Errorf("add(40, 2) = %v, %v", out, err)
	}
	for _, bad := range [][]dray.CoreValue{nil, {dray.I32(1)}, {dray.I32(1), dray.I64(1)}} {
		if _, err := add.Invoke(t.Context(), bad...); err == nil {
			t.Errorf("add(%v) succeeded", bad)
		}
	}
	if err := add.Call(t.Context(), make([]uint64, 1)); err == nil {
		t.Error("a call with a stack that is too short succeeded")
	}
	var missing *dray.ExportError
	if _, err := in.Func("sub"); !errors.As(err, &missing) || missing.Name != "sub" {
		t.Errorf("a missing export: %v", err)
	}
	if _, err := in.Func("memory"); err == nil {
		t.Error("a memory was found as a function")
	}
	if m, err := in.Memory("memory"); err != nil || len(m.Bytes()) == 0 {
		t.Errorf("the memory: %v", err)
	}
}

// TestCallAllocatesNothing is what makes calls cheap.
func TestCallAllocatesNothing(t *testing.T) {
	in := instantiate(t, newRuntime(t, dray.Config{}), "reactor-c.wasm")
	add, err := in.Func("add")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stack := t.Context(), make([]uint64, 2)
	if n := testing.AllocsPerRun(100, func() {
		stack[0], stack[1] = 1, 2
		if err := add.Call(ctx, stack); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a call allocates %v times", n)
	}
}

func TestCancel(t *testing.T) {
	in := instantiate(t, newRuntime(t, dray.Config{}), "forever.wasm")
	spin, err := in.Func("spin")
	if err != nil {
		t.Fatal(err)
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error)
	go func() { done <- spin.Call(ctx, nil) }()
	runtime.GC() // which a loop that notices nothing would hold up for ever
	cancel(why)
	var trap *dray.Trap
	if err := <-done; !errors.As(err, &trap) || trap.Kind != engine.TrapInterrupted || !errors.Is(err, why) {
		t.Errorf("a cancelled loop: %v", err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer stop()
	if err := spin.Call(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a loop with a deadline: %v", err)
	}
}

// TestTrapLines: a trap tells the line, with and without instrumentation.
func TestTrapLines(t *testing.T) {
	for _, cfg := range []dray.Config{{}, {Uninterruptible: true}} {
		mod := compileGuest(t, newRuntime(t, cfg), "trap.wasm")
		_, err := wasi.RunModule(t.Context(), mod, wasi.Config{Args: []string{"trap", "unreachable"}})
		var trap *dray.Trap
		if !errors.As(err, &trap) || trap.Kind != engine.TrapUnreachable {
			t.Fatalf("got %v", err)
		}
		for _, want := range []string{"trap_unreachable", "c/trap.c:42", "inner", "middle", "outer"} {
			if !strings.Contains(trap.Backtrace(), want) {
				t.Errorf("%+v: the backtrace does not have %q:\n%s", cfg, want, trap.Backtrace())
			}
		}
	}
}

func TestLinkError(t *testing.T) {
	rt := newRuntime(t, dray.Config{})
	mod := compileGuest(t, rt, "hello-c.wasm")
	_, err := rt.NewModuleLinker().Instantiate(t.Context(), mod)
	var link *dray.LinkError
	if !errors.As(err, &link) || len(link.Missing) == 0 || link.Missing[0].Module != "wasi_snapshot_preview1" {
		t.Errorf("got %v", err)
	}
	l := rt.NewModuleLinker()
	noop := func(context.Context, dray.Caller, []uint64) error { return nil }
	if err := l.Funcs("m", dray.HostFunc{Name: "f", Call: noop}, dray.HostFunc{Name: "f", Call: noop}); err == nil {
		t.Error("two functions of one name were defined at once")
	}
	if err := l.Funcs("m", dray.HostFunc{Name: "g", Call: noop}); err != nil {
		t.Error(err)
	}
	if err := l.Funcs("m", dray.HostFunc{Name: "g", Call: noop}); err == nil {
		t.Error("a function was defined twice")
	}
}

func TestNotModules(t *testing.T) {
	rt := newRuntime(t, dray.Config{MaxModuleBytes: 1 << 20})
	for name, bin := range map[string]string{
		"module/unknown":   "not WebAssembly",
		"text/syntax":      "(module (func (nop nop))",
		"text/name":        "(module (func (call $f)))",
		"valid/feature":    "(module (memory i64 1))",
		"module/component": "\x00asm\x0d\x00\x01\x00",
		"module/size":      strings.Repeat("x", 1<<20+1),
	} {
		var d *diag.Error
		if _, err := rt.Compile(t.Context(), []byte(bin)); !errors.As(err, &d) || string(d.Code) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := rt.Compile(t.Context(), nil); err == nil {
		t.Error("nothing was compiled")
	}
}

func TestLimits(t *testing.T) {
	rt := newRuntime(t, dray.Config{})
	mod := compileGuest(t, rt, "memory.wasm")
	run := func(limit uint64, args ...string) (uint32, error) {
		return wasi.RunModule(t.Context(), mod, wasi.Config{Args: append([]string{"memory"}, args...)},
			dray.WithLimits(dray.Limits{MemoryBytes: limit}))
	}
	if code, err := run(64<<20, "16"); code != 0 || err != nil {
		t.Errorf("growing by 16 of 64 MiB: %d, %v", code, err)
	}
	if code, err := run(64<<20, "100"); code != 3 || err != nil {
		t.Errorf("growing by 100 of 64 MiB: %d, %v; want exit 3", code, err)
	}
	if code, err := run(200<<20, "limit"); code != 0 || err != nil {
		t.Errorf("growing to the limit: %d, %v", code, err)
	}
	if _, err := run(1, "1"); err == nil {
		t.Error("a module ran with one byte of memory")
	}
}

func TestStackLimit(t *testing.T) {
	rt := newRuntime(t, dray.Config{MaxStackBytes: 1 << 20})
	mod := compileGuest(t, rt, "trap.wasm")
	for range 2 {
		_, err := wasi.RunModule(t.Context(), mod, wasi.Config{Args: []string{"trap", "recursion"}})
		var trap *dray.Trap
		if !errors.As(err, &trap) || trap.Kind != engine.TrapStackExhausted {
			t.Fatalf("got %v", err)
		}
		if !strings.Contains(trap.Backtrace(), "recurse") {
			t.Errorf("the backtrace:\n%s", trap.Backtrace())
		}
	}
	// What traps gives the stack back.
	in := instantiate(t, rt, "reactor-c.wasm")
	for _, call := range []struct {
		name string
		args []dray.CoreValue
		ok   bool
	}{{"fail", nil, false}, {"add", []dray.CoreValue{dray.I32(1), dray.I32(2)}, true}} {
		for range 1000 {
			f, err := in.Func(call.name)
			if err != nil {
				t.Skip(err)
			}
			if _, err := f.Invoke(t.Context(), call.args...); (err == nil) != call.ok {
				t.Fatalf("%s: %v", call.name, err)
			}
		}
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		typ      wasm.ValType
		in, want string
	}{
		{wasm.I32, "-1", "-1"}, {wasm.I32, "0xffffffff", "-1"}, {wasm.I32, "4294967296", ""}, {wasm.I32, "x", ""},
		{wasm.I64, "-9223372036854775808", "-9223372036854775808"}, {wasm.I64, "18446744073709551615", "-1"},
		{wasm.F32, "1.5", "1.5"}, {wasm.F64, "1e300", "1e+300"}, {wasm.F64, "nan", "NaN"}, {wasm.F32, "1e300", ""},
		{wasm.V128, "1", ""}, {wasm.FuncRef, "0", ""},
	} {
		v, err := dray.ParseCoreValue(c.typ, c.in)
		if (err == nil) != (c.want != "") || err == nil && v.String() != c.want {
			t.Errorf("%v %q: %v, %v; want %q", c.typ, c.in, v, err, c.want)
		}
	}
}

func TestAfterTheEnd(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	rt := newRuntime(t, dray.Config{})
	mod := compileGuest(t, rt, "hello-c.wasm")
	var trap *dray.Trap
	if _, err := wasi.RunModule(ended, mod, wasi.Config{}); !errors.As(err, &trap) || !errors.Is(err, context.Canceled) {
		t.Errorf("a run with a context that has ended: %v", err)
	}
	in := instantiate(t, rt, "reactor-c.wasm")
	add, err := in.Func("add")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := add.Invoke(ended, dray.I32(1), dray.I32(2)); !errors.Is(err, context.Canceled) {
		t.Errorf("a call with a context that has ended: %v", err)
	}
	in.Close()
	if _, err := add.Invoke(t.Context(), dray.I32(1), dray.I32(2)); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("a call of a closed instance: %v", err)
	}
	rt.Close()
	if _, err := rt.CompileFile(t.Context(), guests+"hello-c.wasm"); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("compiling in a closed runtime: %v", err)
	}
	if err := rt.NewModuleLinker().Funcs("m", dray.HostFunc{Name: "f", Call: func(context.Context, dray.Caller, []uint64) error { return nil }}); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("defining in a closed runtime: %v", err)
	}
	if _, err := wasi.RunModule(t.Context(), mod, wasi.Config{}); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("a run in a closed runtime: %v", err)
	}
}

// TestOnClose: what an instance was to keep is let go when it cannot be made.
func TestOnClose(t *testing.T) {
	rt, other := newRuntime(t, dray.Config{}), newRuntime(t, dray.Config{})
	mod := compileGuest(t, rt, "hello-c.wasm")
	for _, l := range []*dray.ModuleLinker{rt.NewModuleLinker(), other.NewModuleLinker()} {
		closed := 0
		if _, err := l.Instantiate(t.Context(), mod, dray.OnClose(func() error { closed++; return nil })); err == nil || closed != 1 {
			t.Errorf("%v, closed %d times", err, closed)
		}
	}
}
