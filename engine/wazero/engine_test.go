package wazero

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

var ctx = context.Background()

func newEngine(t testing.TB, cfg Config) *Engine {
	t.Helper()
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func compile(t testing.TB, e *Engine, m *wasm.Module) engine.Module {
	t.Helper()
	c, err := e.Compile(ctx, m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func instantiate(t testing.TB, s engine.Store, m engine.Module, imports []engine.Extern, data any) engine.Instance {
	t.Helper()
	in, err := s.Instantiate(ctx, m, imports, data)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// gen builds modules in tests.
type gen struct{ generator }

func (g *gen) typ(params, results []wasm.ValType) uint32 {
	g.m.Types = append(g.m.Types, wasm.SubType{Comp: wasm.CompType{Func: wasm.FuncType{Params: params, Results: results}}})
	return uint32(len(g.m.Types) - 1)
}

func (g *gen) imp(module, name string, params, results []wasm.ValType) {
	g.m.Imports = append(g.m.Imports, wasm.Import{Module: module, Name: name,
		Type: wasm.ExternType{Kind: wasm.ExternFunc, TypeIndex: g.typ(params, results)}})
}

// def adds an exported function behind imported ones.
func (g *gen) def(name string, params, results []wasm.ValType, code ...byte) {
	g.fn(name, params, results, code...)
	g.m.Exports[len(g.m.Exports)-1].Index += uint32(g.m.ImportedFuncs())
}

var i32 = []wasm.ValType{wasm.I32}

func call(t testing.TB, in engine.Instance, name string, stack ...uint64) ([]uint64, error) {
	t.Helper()
	f, ok := in.Export(name).(engine.Func)
	if !ok {
		t.Fatalf("no function %q", name)
	}
	if n := len(f.FuncType().Results); n > len(stack) {
		stack = append(stack, make([]uint64, n-len(stack))...)
	}
	err := f.Call(ctx, stack)
	return stack, err
}

func TestTrapKinds(t *testing.T) {
	e := newEngine(t, Config{})
	var g gen
	g.m.Memories = []wasm.MemoryType{{Limits: wasm.Limits{Min: 1}}}
	g.m.Tables = []wasm.Table{{Type: wasm.TableType{Limits: wasm.Limits{Min: 2}, Elem: wasm.FuncRef}}}
	g.def("unreachable", nil, nil, 0x00)
	g.def("div", nil, i32, 0x41, 1, 0x41, 0, 0x6d)
	g.def("overflow", nil, i32, 0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x41, 0x7f, 0x6d)
	g.def("nan", nil, i32, 0x43, 0, 0, 0xc0, 0x7f, 0xa8)
	g.def("memory", nil, i32, 0x41, 0x7f, 0x28, 2, 0)
	g.def("table", nil, nil, 0x41, 9, 0x11, 0, 0)
	g.def("null", nil, nil, 0x41, 1, 0x11, 0, 0)
	g.def("mismatch", nil, nil, 0x41, 0, 0x11, 0, 0)
	g.def("deep", nil, nil, 0x10, 8)
	g.m.Elems = []wasm.ElemSegment{{Mode: wasm.SegmentActive, Type: wasm.Ref(false, wasm.HeapFunc),
		Offset: wasm.ConstExpr{Code: []byte{0x41, 0, 0x0b}}, Funcs: []uint32{1}}}
	m := compile(t, e, &g.m)
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	in := instantiate(t, s, m, nil, nil)
	want := map[string]engine.TrapKind{
		"unreachable": engine.TrapUnreachable, "div": engine.TrapDivideByZero,
		"overflow": engine.TrapIntegerOverflow, "nan": engine.TrapInvalidConversion,
		"memory": engine.TrapMemoryOutOfBounds, "table": engine.TrapTableOutOfBounds,
		"null": engine.TrapTableOutOfBounds, "mismatch": engine.TrapIndirectCallMismatch,
		"deep": engine.TrapStackExhausted,
	}
	for name, kind := range want {
		_, err := call(t, in, name)
		trap, ok := err.(*engine.Trap)
		if !ok || trap.Kind != kind {
			t.Errorf("%s: got %v, want the trap %q", name, err, kind)
			continue
		}
		if kind != engine.TrapStackExhausted && (len(trap.Frames) != 1 || trap.Frames[0].Module != m) {
			t.Errorf("%s: frames %+v", name, trap.Frames)
		}
	}
}

func TestFramesHaveOffsets(t *testing.T) {
	e := newEngine(t, Config{})
	var g gen
	g.imp("h", "f", nil, nil)
	g.def("inner", nil, nil, 0x01, 0x01, 0x00)
	g.def("outer", nil, nil, 0x01, 0x10, 1)
	g.def("host", nil, nil, 0x10, 0)
	g.m.Customs = []wasm.Custom{{Name: ".debug_line", Data: []byte("not read"), After: wasm.SectionCode}}
	h, err := e.CompileHost([]engine.HostFunc{{Name: "boom", Call: func(context.Context, engine.Caller, []uint64) error {
		return errors.New("boom")
	}}})
	if err != nil {
		t.Fatal(err)
	}
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	in := instantiate(t, s, compile(t, e, &g.m), []engine.Extern{h.Func(0)}, nil)
	_, err = call(t, in, "outer")
	var trap *engine.Trap
	if !errors.As(err, &trap) || len(trap.Frames) != 2 {
		t.Fatalf("got %v", err)
	}
	// A body starts with its empty vector of locals, one byte. The offset of a
	// caller is somewhere in or behind its call.
	if f := trap.Frames[0]; f.Func != 1 || f.Offset != 3 {
		t.Errorf("innermost frame %+v, want function 1 at offset 3", f)
	}
	if f := trap.Frames[1]; f.Func != 2 || f.Offset != 2 {
		t.Errorf("outer frame %+v, want function 2 at offset 2 to 4", f)
	}
	_, err = call(t, in, "host")
	if !errors.As(err, &trap) || trap.Kind != engine.TrapHost || trap.Err.Error() != "boom" {
		t.Fatalf("got %v", err)
	}
	if len(trap.Frames) != 1 && trap.Frames[0].Host != "boom" {
		t.Errorf("frames %+v", trap.Frames)
	}
}

// TestNames: modules are found by their names until they are closed.
func TestNames(t *testing.T) {
	e := newEngine(t, Config{})
	var g gen
	g.def("f", nil, nil, 0x00)
	a, b := compile(t, e, &g.m).(*module), compile(t, e, &g.m).(*module)
	if a.name != b.name || e.named.find(a.name) != b {
		t.Errorf("modules with the same content are called %q and %q", a.name, b.name)
	}
	b.Close()
	if e.named.find(a.name) != a {
		t.Error("a module is not found")
	}
	a.Close()
	if m := e.named.find(a.name); m != nil || len(e.named.m) > 0 {
		t.Error("a closed module is found")
	}
}

type exit struct{ code int }

func (exit) Unwind()          {}
func (e *exit) Error() string { return fmt.Sprint("exit ", e.code) }

// TestHostCalls covers what a host function sees and how it ends a call.
func TestHostCalls(t *testing.T) {
	e := newEngine(t, Config{})
	var reenter engine.Func
	h, err := e.CompileHost([]engine.HostFunc{
		{Name: "data", Type: wasm.FuncType{Results: i32}, Call: func(_ context.Context, c engine.Caller, stack []uint64) error {
			stack[0] = uint64(c.Data().(int))
			return nil
		}},
		{Name: "exit", Call: func(context.Context, engine.Caller, []uint64) error { return &exit{3} }},
		{Name: "panic", Call: func(context.Context, engine.Caller, []uint64) error { panic("oh") }},
		{Name: "nilmap", Call: func(context.Context, engine.Caller, []uint64) error {
			var none *instance
			none.data = 1
			return nil
		}},
		{Name: "again", Type: wasm.FuncType{Results: i32}, Call: func(ctx context.Context, c engine.Caller, stack []uint64) error {
			return reenter.Call(ctx, stack)
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var g gen
	g.imp("", "", nil, i32) // not the host function's name: it is exported again under this one
	g.imp("h", "exit", nil, nil)
	g.imp("h", "panic", nil, nil)
	g.imp("h", "nilmap", nil, nil)
	g.imp("h", "again", nil, i32)
	g.def("data", nil, i32, 0x10, 0)
	g.def("exit", nil, nil, 0x10, 1)
	g.def("panic", nil, nil, 0x10, 2)
	g.def("nilmap", nil, nil, 0x10, 3)
	g.def("again", nil, i32, 0x10, 4)
	m := compile(t, e, &g.m)
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	imports := []engine.Extern{h.Func(0), h.Func(1), h.Func(2), h.Func(3), h.Func(4)}
	in := instantiate(t, s, m, imports, 42)
	other := instantiate(t, s, m, imports, 43)
	for i, inst := range []engine.Instance{in, other} {
		if got, err := call(t, inst, "data"); err != nil || got[0] != uint64(42+i) {
			t.Errorf("instance %d: data %v, %v", i, got, err)
		}
	}
	reenter = other.Export("data").(engine.Func)
	if got, err := call(t, in, "again"); err != nil || got[0] != 43 {
		t.Errorf("a call back into another instance: %v, %v", got, err)
	}
	if _, err := call(t, in, "exit"); err == nil || err.(*exit).code != 3 {
		t.Errorf("exit: %v", err)
	}
	for _, name := range []string{"panic", "nilmap"} {
		var trap *engine.Trap
		if _, err := call(t, in, name); !errors.As(err, &trap) || trap.Kind != engine.TrapHost {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := call(t, in, "data"); err != nil || got[0] != 42 {
		t.Errorf("after the traps: %v, %v", got, err)
	}
}

// TestCallerOfLinkedInstance: a host function sees the instance whose code
// called it, not the one whose export Go called.
func TestCallerOfLinkedInstance(t *testing.T) {
	e := newEngine(t, Config{})
	h, err := e.CompileHost([]engine.HostFunc{{Name: "data", Type: wasm.FuncType{Results: i32},
		Call: func(_ context.Context, c engine.Caller, stack []uint64) error {
			stack[0] = uint64(c.Data().(int))
			if c.Memory() != nil {
				stack[0] += 1000 * uint64(len(c.Memory().Bytes())/pageSize)
			}
			return nil
		}}})
	if err != nil {
		t.Fatal(err)
	}
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	var inner gen
	inner.imp("h", "data", nil, i32)
	inner.m.Memories = []wasm.MemoryType{{Limits: wasm.Limits{Min: 2}}}
	inner.def("get", nil, i32, 0x10, 0)
	inner.m.Exports = append(inner.m.Exports, wasm.Export{Name: "memory", Kind: wasm.ExternMemory})
	a := instantiate(t, s, compile(t, e, &inner.m), []engine.Extern{h.Func(0)}, 1)
	var outer gen
	outer.imp("inner", "renamed", nil, i32)
	outer.imp("h", "data", nil, i32)
	outer.m.Types = append(outer.m.Types, wasm.SubType{})
	outer.m.Globals = []wasm.Global{{Type: wasm.GlobalType{Type: wasm.I32, Mutable: true}, Init: wasm.ConstExpr{Code: []byte{0x41, 0, 0x0b}}}}
	// The start function keeps what the host said.
	outer.def("start", nil, nil, 0x10, 0, 0x10, 1, 0x6a, 0x24, 0)
	outer.def("both", nil, i32, 0x10, 0, 0x10, 1, 0x6a)
	start := uint32(2)
	outer.m.Start = &start
	outer.m.Exports = append(outer.m.Exports, wasm.Export{Name: "kept", Kind: wasm.ExternGlobal})
	b := instantiate(t, s, compile(t, e, &outer.m), []engine.Extern{a.Export("get"), h.Func(0)}, 50)
	if got, err := call(t, b, "both"); err != nil || got[0] != 2001+50 {
		t.Errorf("both: %v, %v; want 2051", got, err)
	}
	if got := b.Export("kept").(engine.Global).Get().Lo; got != 2051 {
		t.Errorf("in the start function: %d, want 2051", got)
	}
}

func TestLinkErrors(t *testing.T) {
	e := newEngine(t, Config{})
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	var g gen
	g.imp("env", "f", i32, nil)
	m := compile(t, e, &g.m)
	h, err := e.CompileHost([]engine.HostFunc{{Name: "f", Call: func(context.Context, engine.Caller, []uint64) error { return nil }}})
	if err != nil {
		t.Fatal(err)
	}
	for _, imports := range [][]engine.Extern{nil, {nil}, {h.Func(0)}} {
		_, err := s.Instantiate(ctx, m, imports, nil)
		var le *engine.LinkError
		if !errors.As(err, &le) {
			t.Errorf("imports %v: got %v", imports, err)
		}
	}
}

// TestMissingFeatures: the engine says which proposals it does not support, and
// refuses modules that use them all the same.
func TestMissingFeatures(t *testing.T) {
	e := newEngine(t, Config{})
	var relaxed gen
	v := []wasm.ValType{wasm.V128}
	relaxed.def("f", v, v, 0x20, 0, 0x20, 0, 0xfd, 0x80, 0x02)
	var try gen
	try.def("f", nil, nil, 0x1f, 0x40, 0, 0x0b)
	cases := map[wasm.Feature]*wasm.Module{
		wasm.FeatureMultiMemory:     {Memories: make([]wasm.MemoryType, 2)},
		wasm.FeatureMemory64:        {Memories: []wasm.MemoryType{{Limits: wasm.Limits{Is64: true}}}},
		wasm.FeatureRelaxedSIMD:     &relaxed.m,
		wasm.FeatureExceptions:      &try.m,
		wasm.FeatureGC:              {Types: []wasm.SubType{{Comp: wasm.CompType{Kind: wasm.CompStruct}}}},
		wasm.FeatureCustomPageSizes: {Memories: []wasm.MemoryType{{HasPageSize: true}}},
	}
	for feature, m := range cases {
		if e.Supports(feature) {
			t.Errorf("%s: the engine says that it has it", feature)
		}
		_, err := e.Compile(ctx, m, nil)
		var ce *engine.CompileError
		if !errors.As(err, &ce) || ce.Err == nil || ce.Msg != "the engine wazero cannot compile the module: "+ce.Err.Error() {
			t.Errorf("%s: got %v", feature, err)
		}
	}
}

func TestMemoryLimits(t *testing.T) {
	e := newEngine(t, Config{})
	var g gen
	g.m.Memories = []wasm.MemoryType{{Limits: wasm.Limits{Min: 2}}}
	g.m.Exports = []wasm.Export{{Name: "memory", Kind: wasm.ExternMemory}}
	g.def("grow", i32, i32, 0x20, 0, 0x40, 0)
	m := compile(t, e, &g.m)

	tight := e.NewStore(engine.Limits{MemoryBytes: pageSize})
	defer tight.Close()
	if _, err := tight.Instantiate(ctx, m, nil, nil); err == nil || !strings.Contains(err.Error(), "max-memory-size") {
		t.Errorf("a memory above the limit: %v", err)
	}
	s := e.NewStore(engine.Limits{MemoryBytes: 5 * pageSize})
	defer s.Close()
	in := instantiate(t, s, m, nil, nil)
	mem := in.Export("memory").(engine.Memory)
	mem.Bytes()[5] = 9
	for _, step := range []struct{ by, want uint64 }{{2, 2}, {2, 0xffffffff}, {1, 4}, {1, 0xffffffff}, {0, 5}} {
		if got, err := call(t, in, "grow", step.by); err != nil || uint64(uint32(got[0])) != step.want {
			t.Errorf("grow %d: %v, %v; want %#x", step.by, got, err, step.want)
		}
	}
	if n := len(mem.Bytes()); n != 5*pageSize || mem.Bytes()[5] != 9 || mem.Bytes()[n-1] != 0 {
		t.Errorf("the memory has %d bytes, or lost its content", n)
	}
	if _, ok := mem.Grow(1); ok {
		t.Error("the host could grow the memory beyond its limit")
	}
	// A second instance of the store shares the limit.
	if _, err := s.Instantiate(ctx, m, nil, nil); err == nil {
		t.Error("a second memory above the store's limit was made")
	}
}

func TestHostExterns(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		testHostExterns(t, newEngine(t, Config{CacheDir: dir}))
		if dir == "" {
			continue
		}
		if es, err := os.ReadDir(filepath.Join(dir, "wazero-code")); err != nil || len(es) != 1 {
			t.Errorf("the cache holds %v, %v, want one module", es, err)
		}
	}
}

func testHostExterns(t *testing.T, e *Engine) {
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	mem, err := s.NewMemory(ctx, wasm.MemoryType{Limits: wasm.Limits{Min: 1, Max: 3, HasMax: true}})
	if err != nil {
		t.Fatal(err)
	}
	tab, err := s.NewTable(ctx, wasm.TableType{Limits: wasm.Limits{Min: 2}, Elem: wasm.FuncRef})
	if err != nil {
		t.Fatal(err)
	}
	vec, err := s.NewGlobal(ctx, wasm.GlobalType{Type: wasm.V128, Mutable: true}, engine.Value{Lo: 1, Hi: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := vec.Set(engine.Value{Lo: 7, Hi: 8}); err != nil || vec.Get() != (engine.Value{Lo: 7, Hi: 8}) {
		t.Errorf("a v128 global: %v, %v", vec.Get(), err)
	}
	neg, err := s.NewGlobal(ctx, wasm.GlobalType{Type: wasm.I32}, engine.Value{Lo: 0xffffffff})
	if err != nil || uint32(neg.Get().Lo) != 0xffffffff {
		t.Errorf("an i32 global: %v, %v", neg, err)
	}
	if neg.Set(engine.Value{}) == nil {
		t.Error("an immutable global could be set")
	}
	var g gen
	g.m.Imports = []wasm.Import{
		{Module: "a", Name: "m", Type: wasm.ExternType{Kind: wasm.ExternMemory, Memory: wasm.MemoryType{Limits: wasm.Limits{Min: 1}}}},
		{Module: "a", Name: "t", Type: wasm.ExternType{Kind: wasm.ExternTable, Table: wasm.TableType{Limits: wasm.Limits{Min: 1}, Elem: wasm.FuncRef}}},
	}
	g.def("store", nil, nil, 0x41, 8, 0x41, 33, 0x36, 2, 0)
	g.def("call", i32, nil, 0x20, 0, 0x11, 0, 0)
	g.m.Elems = []wasm.ElemSegment{{Mode: wasm.SegmentDeclarative, Type: wasm.Ref(false, wasm.HeapFunc), Funcs: []uint32{0}}}
	g.def("ref", nil, []wasm.ValType{wasm.FuncRef}, 0xd2, 0)
	in := instantiate(t, s, compile(t, e, &g.m), []engine.Extern{mem, tab}, nil)
	ref, err := call(t, in, "ref")
	if err != nil {
		t.Fatal(err)
	}
	if err := tab.Set(ctx, 1, engine.Value{Lo: ref[0]}); err != nil {
		t.Fatal(err)
	}
	if v, err := tab.Get(ctx, 1); err != nil || v.Lo != ref[0] {
		t.Errorf("table.get: %v, %v", v, err)
	}
	if _, err := call(t, in, "call", 1); err != nil {
		t.Error(err)
	}
	if mem.Bytes()[8] != 33 {
		t.Error("the guest's store is not seen by the host")
	}
	if n, ok := tab.Grow(ctx, 3, engine.Value{}); !ok || n != 2 || tab.Size() != 5 {
		t.Errorf("table.grow: %d, %v, size %d", n, ok, tab.Size())
	}
	if err := tab.Set(ctx, 5, engine.Value{}); err == nil {
		t.Error("table.set out of bounds succeeded")
	}
}

// TestCloseWhileRunning: the memory of a store that is closed stays until the
// last call has returned, and later calls are refused.
func TestCloseWhileRunning(t *testing.T) {
	e := newEngine(t, Config{})
	entered, leave := make(chan bool), make(chan bool)
	h, err := e.CompileHost([]engine.HostFunc{{Name: "wait", Call: func(_ context.Context, c engine.Caller, _ []uint64) error {
		entered <- true
		<-leave
		c.Memory().Bytes()[0] = 1
		return nil
	}}})
	if err != nil {
		t.Fatal(err)
	}
	var g gen
	g.imp("h", "wait", nil, nil)
	g.m.Memories = []wasm.MemoryType{{Limits: wasm.Limits{Min: 1}}}
	g.m.Exports = []wasm.Export{{Name: "memory", Kind: wasm.ExternMemory}}
	g.def("run", nil, i32, 0x10, 0, 0x41, 0, 0x28, 2, 0)
	s := e.NewStore(engine.Limits{})
	in := instantiate(t, s, compile(t, e, &g.m), []engine.Extern{h.Func(0)}, nil)
	f := in.Export("run").(engine.Func)
	done := make(chan error)
	stack := make([]uint64, 1)
	go func() { done <- f.Call(ctx, stack) }()
	<-entered
	s.Close()
	if err := f.Call(ctx, make([]uint64, 1)); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("a call after Close: %v", err)
	}
	leave <- true
	if err := <-done; err != nil || stack[0] != 1 {
		t.Errorf("the running call: %v, %v", stack, err)
	}
	if n := len(in.Export("memory").(engine.Memory).Bytes()); n != 0 {
		t.Errorf("the memory still has %d bytes", n)
	}
}

// TestManyInstances runs instances of one module at the same time.
func TestManyInstances(t *testing.T) {
	e := newEngine(t, Config{})
	var g gen
	g.m.Memories = []wasm.MemoryType{{Limits: wasm.Limits{Min: 1}}}
	g.def("add", i32, i32, 0x41, 0, 0x41, 0, 0x28, 2, 0, 0x20, 0, 0x6a, 0x36, 2, 0, 0x41, 0, 0x28, 2, 0)
	m := compile(t, e, &g.m)
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			s := e.NewStore(engine.Limits{})
			defer s.Close()
			in, err := s.Instantiate(ctx, m, nil, nil)
			if err != nil {
				t.Error(err)
				return
			}
			stack := make([]uint64, 1)
			for range 10 {
				stack[0] = uint64(i)
				if err := in.Export("add").(engine.Func).Call(ctx, stack); err != nil {
					t.Error(err)
				}
			}
			if stack[0] != uint64(10*i) {
				t.Errorf("instance %d: %d", i, stack[0])
			}
		})
	}
	wg.Wait()
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i == 100_000 {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
		runtime.Gosched() // they have done their work and are about to end
	}
	count := 0
	e.instances.Range(func(any, any) bool { count++; return true })
	if count != 0 {
		t.Errorf("%d instances are left in the engine", count)
	}
}

func TestCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	var g gen
	g.def("one", nil, i32, 0x41, 1)
	run := func() {
		t.Helper()
		e := newEngine(t, Config{CacheDir: dir})
		s := e.NewStore(engine.Limits{})
		defer s.Close()
		in := instantiate(t, s, compile(t, e, &g.m), nil, nil)
		if got, err := call(t, in, "one"); err != nil || got[0] != 1 {
			t.Fatalf("%v, %v", got, err)
		}
	}
	own := filepath.Join(dir, "wazero-code")
	entry := func() string {
		t.Helper()
		es, err := os.ReadDir(own)
		if err != nil || len(es) != 1 {
			t.Fatalf("the cache holds %v, %v", es, err)
		}
		return filepath.Join(own, es[0].Name())
	}
	run()
	code := filepath.Join(entry(), codeFile)
	first, err := os.Stat(code)
	if err != nil {
		t.Fatal(err)
	}
	run()
	if again, err := os.Stat(code); err != nil || !os.SameFile(first, again) {
		t.Error("the second run did not use what the first one stored")
	}
	// Whatever happens to the files, the module runs and is stored again.
	good, _ := os.ReadFile(code)
	for name, bad := range map[string][]byte{
		"empty": {}, "truncated": good[:len(good)/2], "flipped": flip(good), "longer": append(flip(good), 1, 2, 3)} {
		t.Run(name, func(t *testing.T) {
			os.Remove(code)
			if err := os.WriteFile(code, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			run()
			if now, err := os.ReadFile(code); err != nil || string(now) != string(good) {
				t.Error("the code was not stored again")
			}
		})
	}
	// A file in the form of another version of wazero, with a good checksum: it
	// compiles what it is given instead, which must not be the outline.
	other := append([]byte{}, good...)
	other[7] ^= 1
	if err := os.WriteFile(code, other, 0o600); err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(string(readFile(t, filepath.Join(entry(), metaFile))), " ")
	meta := fmt.Sprintf("%s %d %08x\n", name, len(other), crc32.Checksum(other, castagnoli))
	if err := os.WriteFile(filepath.Join(entry(), metaFile), []byte(meta), 0o600); err != nil {
		t.Fatal(err)
	}
	run()
	run()
	// What is there instead of an entry or its files.
	for name, damage := range map[string]func(entry string){
		"no meta": func(entry string) { os.Remove(filepath.Join(entry, metaFile)) },
		"no code": func(entry string) { os.Remove(filepath.Join(entry, codeFile)) },
		"a file":  func(entry string) { os.RemoveAll(entry); os.WriteFile(entry, nil, 0o600) },
		"a directory": func(entry string) {
			os.Remove(filepath.Join(entry, codeFile))
			os.Mkdir(filepath.Join(entry, codeFile), 0o700)
		},
		"a named pipe": func(entry string) {
			os.Remove(filepath.Join(entry, codeFile))
			exec.Command("mkfifo", filepath.Join(entry, codeFile)).Run()
		},
	} {
		t.Run(name, func(t *testing.T) {
			damage(entry())
			run()
			if now, err := os.ReadFile(filepath.Join(entry(), codeFile)); err != nil || string(now) != string(good) {
				t.Errorf("the code was not stored again: %v", err)
			}
		})
	}
	// Files of others in the directory stay.
	old := filepath.Join(dir, "tmp-mine")
	if err := os.Mkdir(old, 0o700); err != nil {
		t.Fatal(err)
	}
	os.Chtimes(old, time.Unix(0, 0), time.Unix(0, 0))
	os.RemoveAll(entry())
	run()
	if _, err := os.Stat(old); err != nil {
		t.Error(err)
	}
	for _, meta := range []string{"", "x", "../../etc 1 2\n", strings.Repeat("0", 64) + " 1 00000000\n"} {
		if err := os.WriteFile(filepath.Join(entry(), metaFile), []byte(meta), 0o600); err != nil {
			t.Fatal(err)
		}
		run()
	}
	entry()
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func flip(b []byte) []byte {
	c := append([]byte{}, b...)
	c[len(c)/2] ^= 0x40
	return c
}

// TestCacheShared compiles the same modules in several engines at once, as
// several processes would.
func TestCacheShared(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			e, err := New(Config{CacheDir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			defer e.Close()
			for n := range 5 {
				var g gen
				g.def("n", nil, i32, 0x41, byte(n))
				m, err := e.Compile(ctx, &g.m, nil)
				if err != nil {
					t.Error(err)
					return
				}
				s := e.NewStore(engine.Limits{})
				in, err := s.Instantiate(ctx, m, nil, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := call(t, in, "n"); err != nil || got[0] != uint64(n) {
					t.Errorf("engine %d: %v, %v", i, got, err)
				}
				s.Close()
			}
		})
	}
	wg.Wait()
	es, _ := os.ReadDir(filepath.Join(dir, "wazero-code"))
	if len(es) != 5 {
		t.Errorf("the cache holds %d entries, want 5: %v", len(es), es)
	}
}

func TestClosedEngine(t *testing.T) {
	e := newEngine(t, Config{})
	e.Close()
	if _, err := e.Compile(ctx, &wasm.Module{}, nil); err == nil {
		t.Error("a closed engine compiles")
	}
}

func BenchmarkCall(b *testing.B) {
	e := newEngine(b, Config{})
	var g gen
	g.def("add", []wasm.ValType{wasm.I32, wasm.I32}, i32, 0x20, 0, 0x20, 1, 0x6a)
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	f := instantiate(b, s, compile(b, e, &g.m), nil, nil).Export("add").(engine.Func)
	stack := make([]uint64, 2)
	b.ReportAllocs()
	for b.Loop() {
		stack[0], stack[1] = 1, 2
		if err := f.Call(ctx, stack); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHostCall is one call from the guest into Go.
func BenchmarkHostCall(b *testing.B) {
	e := newEngine(b, Config{})
	h, err := e.CompileHost([]engine.HostFunc{{Name: "f", Call: func(context.Context, engine.Caller, []uint64) error { return nil }}})
	if err != nil {
		b.Fatal(err)
	}
	var g gen
	g.imp("h", "f", nil, nil)
	// loop: call f; n -= 1; br_if n != 0
	g.def("run", i32, nil, 0x03, 0x40, 0x10, 0, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b)
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	f := instantiate(b, s, compile(b, e, &g.m), []engine.Extern{h.Func(0)}, nil).Export("run").(engine.Func)
	b.ReportAllocs()
	stack := []uint64{1000}
	for b.Loop() {
		stack[0] = 1000
		if err := f.Call(ctx, stack); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/hostcall")
}

func BenchmarkInstantiate(b *testing.B) {
	e := newEngine(b, Config{})
	var g gen
	g.m.Memories = []wasm.MemoryType{{Limits: wasm.Limits{Min: 17}}}
	g.def("add", []wasm.ValType{wasm.I32, wasm.I32}, i32, 0x20, 0, 0x20, 1, 0x6a)
	m := compile(b, e, &g.m)
	b.ReportAllocs()
	for b.Loop() {
		s := e.NewStore(engine.Limits{})
		if _, err := s.Instantiate(ctx, m, nil, nil); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
