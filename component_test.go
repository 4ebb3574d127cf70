package dray_test

// This file runs the components of testdata/components: all calls of the list
// components.json, with host functions in Go.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/value/wave"
)

const components = "testdata/components"

// A componentCase is an entry of components.json.
type componentCase struct {
	Component string
	Optional  bool
	Host      string
	Calls     []componentCall
}

type componentCall struct {
	Func, Args string
	Result     *string
	Any, Fresh bool
	Trap       string
}

func componentCases(t testing.TB) []componentCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(components, "components.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []componentCase
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// componentRuntime makes a runtime that keeps nothing.
func componentRuntime(t testing.TB) *dray.Runtime {
	t.Helper()
	rt, err := dray.NewRuntime(dray.Config{NoCache: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close() })
	return rt
}

func compileComponent(t testing.TB, rt *dray.Runtime, name string) *dray.Component {
	t.Helper()
	c, err := rt.CompileComponentFile(t.Context(), filepath.Join(components, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// instantiateComponent makes an instance that is closed with the test.
func instantiateComponent(t testing.TB, l *dray.Linker, c *dray.Component) *dray.Instance {
	t.Helper()
	in, err := l.Instantiate(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

func TestComponents(t *testing.T) {
	rt := componentRuntime(t)
	for _, tt := range componentCases(t) {
		t.Run(tt.Component, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(components, tt.Component)); err != nil && tt.Optional {
				t.Skip("it is not built: ", err)
			}
			c := compileComponent(t, rt, tt.Component)
			if tt.Component == "printer-c.wasm" {
				instantiateComponent(t, hostFor(t, rt, tt.Host, c), c)
				t.Skip("its calls need the streams and clocks of WASI 0.2")
			}
			var in *dray.Instance
			for _, call := range tt.Calls {
				if in == nil || call.Fresh {
					in = instantiateComponent(t, hostFor(t, rt, tt.Host, c), c)
				}
				if trapped := runCase(t, in, call); trapped {
					in = nil
				}
			}
		})
	}
}

// runCase performs a call and compares its result.
func runCase(t *testing.T, in *dray.Instance, call componentCall) (trapped bool) {
	t.Helper()
	if strings.HasSuffix(call.Func, "#spin") {
		return false // it never returns: TestComponentInterrupted
	}
	f, err := in.Func(call.Func)
	if err != nil {
		t.Error(err)
		return false
	}
	parsed, err := wave.ParseCall("f" + call.Args)
	if err != nil {
		t.Errorf("%s%s: %v", call.Func, call.Args, err)
		return false
	}
	args, err := parsed.Args(f.Type().Params)
	if err != nil {
		t.Errorf("%s%s: %v", call.Func, call.Args, err)
		return false
	}
	got, err := f.Call(t.Context(), args...)
	var trap *dray.Trap
	switch {
	case call.Trap != "":
		if !errors.As(err, &trap) {
			t.Errorf("%s%s: %v, %v, want a trap (%s)", call.Func, call.Args, got, err, call.Trap)
		}
		if _, err := f.Call(t.Context(), args...); err == nil || !strings.Contains(err.Error(), "cannot enter") {
			t.Errorf("%s%s after its trap: %v", call.Func, call.Args, err)
		}
		return true
	case err != nil:
		t.Errorf("%s%s: %v", call.Func, call.Args, err)
		return errors.As(err, &trap)
	case call.Any:
	case call.Result == nil:
		if len(got) != 0 {
			t.Errorf("%s%s = %v, want nothing", call.Func, call.Args, got)
		}
	default:
		want, err := wave.Parse(f.Type().Result, *call.Result)
		if err != nil || len(got) != 1 || !got[0].Equal(want) {
			t.Errorf("%s%s = %v, want %s (%v)", call.Func, call.Args, got, *call.Result, err)
		}
	}
	return false
}

// hostFor is a linker with what a component of the list imports.
func hostFor(t testing.TB, rt *dray.Runtime, host string, c *dray.Component) *dray.Linker {
	t.Helper()
	l := rt.NewLinker()
	give := func(name string) {
		other := compileComponent(t, rt, name)
		check(t, l.GiveAll(instantiateComponent(t, rt.NewLinker(), other)))
	}
	switch host {
	case "values":
		defineEchoes(t, l, c, "dray:test/values@1.0.0")
	case "echo":
		defineEchoes(t, l, c, "dray:test/strings-echo@1.0.0")
	case "registry":
		give("registry.wasm")
	case "calls":
		give("callee-c.wasm")
	case "gauges":
		defineGauges(t, l)
	case "sink":
		defineSink(t, l)
	}
	if c.Name() == filepath.Join(components, "reactor-std.wasm") {
		defineEnvironment(t, l)
	}
	check(t, l.Traps(c))
	return l
}

// defineEnvironment defines what the standard library of Rust needs for maps,
// variables and time.
func defineEnvironment(t testing.TB, l *dray.Linker) {
	t.Helper()
	type pair struct{ A, B uint64 }
	type variable struct{ Name, Value string }
	var clock atomic.Uint64
	check(t, l.Instance("wasi:random/insecure-seed@0.2.9").Func("insecure-seed", func() pair { return pair{1, 2} }))
	check(t, l.Instance("wasi:cli/environment@0.2.9").Func("get-environment", func() []variable { return nil }))
	check(t, l.Instance("wasi:clocks/monotonic-clock@0.2.9").Func("now", func() uint64 { return clock.Add(1000) }))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// defineEchoes defines the functions of an interface: they return what they
// are given.
func defineEchoes(t testing.TB, l *dray.Linker, c *dray.Component, name string) {
	t.Helper()
	var nothings atomic.Uint32
	for _, imp := range c.Imports() {
		if imp.Name != name {
			continue
		}
		for _, x := range imp.Exports {
			if x.Kind != dray.ExternFunc {
				continue
			}
			check(t, l.Instance(name).FuncValues(x.Name, func(_ context.Context, ft *dray.FuncType, args []dray.Value) ([]dray.Value, error) {
				switch {
				case x.Name == "nothing":
					nothings.Add(1)
					return nil, nil
				case x.Name == "nothings":
					return []dray.Value{value.U32(nothings.Load())}, nil
				case strings.HasPrefix(x.Name, "flat"):
					texts := make([]string, len(args))
					for i, a := range args {
						texts[i] = a.String()
					}
					return []dray.Value{value.String(strings.Join(texts, " "))}, nil
				}
				return args, nil
			}))
		}
	}
}

// A gauge is a resource of the host.
type gauge struct{ n uint32 }

func defineGauges(t testing.TB, l *dray.Linker) {
	t.Helper()
	var live atomic.Int32
	make1 := func(n uint32) *gauge {
		live.Add(1)
		return &gauge{n}
	}
	d := l.Instance("dray:test/gauges@1.0.0")
	check(t, d.Resource("gauge", dray.NewResource(func(_ context.Context, g *gauge) error {
		live.Add(-1)
		return nil
	})))
	for name, fn := range map[string]any{
		"[constructor]gauge": make1,
		"[method]gauge.get":  func(g *gauge) uint32 { return g.n },
		"[method]gauge.add": func(g *gauge, n uint32) uint32 {
			g.n += n
			return g.n
		},
		"[static]gauge.merge": func(a, b *gauge) *gauge {
			live.Add(-2)
			return make1(a.n + b.n)
		},
		"[static]gauge.live": func() uint32 { return uint32(live.Load()) },
		"pass":               func(g *gauge) *gauge { return g },
		"peek":               func(g *gauge) uint32 { return g.n },
		"make": func(n uint32) []*gauge {
			all := make([]*gauge, n)
			for i := range all {
				all[i] = make1(uint32(i))
			}
			return all
		},
		"sum": func(all []*gauge) (sum uint32) {
			for _, g := range all {
				sum += g.n
			}
			return sum
		},
	} {
		check(t, d.Func(name, fn))
	}
}

// A message is the variant dray:test/sink.message.
type message struct {
	Empty  *struct{}
	Number *uint32
	Text   *string
}

func defineSink(t testing.TB, l *dray.Linker) {
	t.Helper()
	type thing struct{ n uint32 }
	type other struct{}
	d := l.Instance("dray:test/sink@1.0.0")
	check(t, d.Resource("thing", dray.NewResource[*thing](nil)))
	check(t, d.Resource("other", dray.NewResource[*other](nil)))
	for name, fn := range map[string]any{
		"[constructor]thing": func(n uint32) *thing { return &thing{n} },
		"[method]thing.get":  func(t *thing) uint32 { return t.n },
		"[constructor]other": func() *other { return &other{} },
		"take-string":        func(s string) uint32 { return uint32(len(s)) },
		"take-list":          func(l []uint64) uint32 { return uint32(len(l)) },
		"take-char":          func(c rune) uint32 { return uint32(c) },
		"take-bool":          func(b bool) bool { return b },
		"take-level":         func(l uint8) uint8 { return l },
		"take-mode":          func(m uint8) uint8 { return m },
		"take-message": func(m message) uint32 {
			switch {
			case m.Number != nil:
				return *m.Number
			case m.Text != nil:
				return uint32(len(*m.Text))
			}
			return 0
		},
		"give-string": func() string { return "from the host" },
		"give-list": func(n uint32) []uint64 {
			all := make([]uint64, n)
			for i := range all {
				all[i] = uint64(i)
			}
			return all
		},
		"own-thing":    func(*thing) {},
		"borrow-thing": func(t *thing) uint32 { return t.n },
	} {
		check(t, d.Func(name, fn))
	}
}

// TestComponentInterrupted ends a call with its context, and checks that other
// instances go on.
func TestComponentInterrupted(t *testing.T) {
	rt := componentRuntime(t)
	c := compileComponent(t, rt, "traps.wasm")
	l := hostFor(t, rt, "sink", c)
	in, other := instantiateComponent(t, l, c), instantiateComponent(t, l, c)
	spin, err := dray.FuncOf[func(context.Context) error](in, "dray:test/core@1.0.0#spin")
	check(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := errors.New("it has spun enough")
	time.AfterFunc(10*time.Millisecond, func() { cancel(ended) })
	err = spin(ctx)
	var trap *dray.Trap
	if !errors.As(err, &trap) || !errors.Is(err, ended) {
		t.Errorf("spin: %v, want %v", err, ended)
	}
	ok, err := dray.FuncOf[func() (uint32, error)](other, "dray:test/core@1.0.0#ok")
	check(t, err)
	if n, err := ok(); n != 42 || err != nil {
		t.Errorf("another instance: %d, %v", n, err)
	}
}

// TestConcurrentCalls calls one instance from many goroutines: they take turns.
func TestConcurrentCalls(t *testing.T) {
	rt := componentRuntime(t)
	in := instantiateComponent(t, rt.NewLinker(), compileComponent(t, rt, "adder-plain.wasm"))
	add, err := dray.FuncOf[func(context.Context, uint32, uint32) (uint32, error)](in, "add")
	check(t, err)
	greet, err := dray.FuncOf[func(context.Context, string) (string, error)](in, "greet")
	check(t, err)
	var wg sync.WaitGroup
	for i := range uint32(16) {
		wg.Go(func() {
			for n := range uint32(200) {
				if got, err := add(t.Context(), i, n); got != i+n || err != nil {
					t.Errorf("%d + %d = %d, %v", i, n, got, err)
				}
				if got, err := greet(t.Context(), "you"); got != "Hello, you!" || err != nil {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestWaitingCall checks that a call that waits for its turn heeds its context.
func TestWaitingCall(t *testing.T) {
	rt := componentRuntime(t)
	c := compileComponent(t, rt, "as-text.wasm")
	l := rt.NewLinker()
	entered, leave := make(chan struct{}), make(chan struct{})
	check(t, l.Instance("dray:test/strings-echo@1.0.0").Func("echo", func(s string) string {
		close(entered)
		<-leave
		return s
	}))
	check(t, l.Traps(c))
	in := instantiateComponent(t, l, c)
	relay, err := dray.FuncOf[func(context.Context, string) (string, error)](in, "relay")
	check(t, err)
	done := make(chan error)
	go func() {
		_, err := relay(t.Context(), "a")
		done <- err
	}()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := relay(ctx, "b"); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that waits: %v, want %v", err, context.Canceled)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestReentrance calls the instance that a host function was called by.
func TestReentrance(t *testing.T) {
	rt := componentRuntime(t)
	c := compileComponent(t, rt, "as-text.wasm")
	l := rt.NewLinker()
	var relay func(context.Context, string) (string, error)
	check(t, l.Instance("dray:test/strings-echo@1.0.0").Func("echo", func(ctx context.Context, s string) (string, error) {
		return relay(ctx, s)
	}))
	check(t, l.Traps(c))
	in := instantiateComponent(t, l, c)
	var err error
	relay, err = dray.FuncOf[func(context.Context, string) (string, error)](in, "relay")
	check(t, err)
	if _, err := relay(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "cannot enter component instance") {
		t.Errorf("reentrance: %v", err)
	}
}

// TestPool checks limits, reuse and what becomes of trapped instances.
func TestPool(t *testing.T) {
	rt := componentRuntime(t)
	c := compileComponent(t, rt, "traps.wasm")
	prepared, err := hostFor(t, rt, "sink", c).Prepare(c)
	check(t, err)
	pool := prepared.Pool(dray.PoolConfig{MaxInstances: 1, MaxReuse: 3})
	first, err := pool.Get(t.Context())
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pool.Get(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Get of a second instance: %v", err)
	}
	check(t, first.Release())
	check(t, first.Release())
	second, err := pool.Get(t.Context())
	check(t, err)
	if second.Instance != first.Instance {
		t.Error("the instance was not used again")
	}
	trap, err := dray.FuncOf[func() error](second.Instance, "dray:test/core@1.0.0#unreachable")
	check(t, err)
	if trap() == nil {
		t.Error("it did not trap")
	}
	check(t, second.Release())
	third, err := pool.Get(t.Context())
	check(t, err)
	if third.Instance == first.Instance {
		t.Error("a trapped instance was used again")
	}
	check(t, pool.Close())
	check(t, third.Release())
	if _, err := pool.Get(t.Context()); !errors.Is(err, dray.ErrPoolClosed) {
		t.Errorf("Get of a closed pool: %v", err)
	}
}

// TestComponentLimits makes components that would be too large.
func TestComponentLimits(t *testing.T) {
	rt := componentRuntime(t)
	// Each level has ten instances of the next: a million in all.
	src := "(component $C0)"
	for i := range 6 {
		body := src
		for range 10 {
			body += fmt.Sprintf("(instance (instantiate $C%d))", i)
		}
		src = fmt.Sprintf("(component $C%d %s)", i+1, body)
	}
	c, err := rt.CompileComponent(t.Context(), []byte(src))
	check(t, err)
	if _, err := rt.NewLinker().Instantiate(t.Context(), c); err == nil || !strings.Contains(err.Error(), "more instances in it than the limit") {
		t.Errorf("a million instances: %v", err)
	}
	c, err = rt.CompileComponent(t.Context(), []byte(`(component
		(type $r (resource (rep i32)))
		(core func $new (canon resource.new $r))
		(core module $m (import "" "new" (func $new (param i32) (result i32)))
			(func (export "f") (loop $l (drop (call $new (i32.const 0))) (br $l))))
		(core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
		(func (export "f") (canon lift (core func $i "f"))))`))
	check(t, err)
	in, err := rt.NewLinker().Instantiate(t.Context(), c, dray.WithLimits(dray.Limits{Handles: 1000}))
	check(t, err)
	defer in.Close()
	f, err := dray.FuncOf[func() error](in, "f")
	check(t, err)
	if err := f(); err == nil || !strings.Contains(err.Error(), "1000 handles") {
		t.Errorf("handles without end: %v", err)
	}
}
