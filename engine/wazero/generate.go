package wazero

// This file generates small modules that do what wazero's Go interface cannot:
// export an extern under another name, read and write tables, make memories,
// tables and globals of the host.

import (
	"context"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// generatedModule compiles a generated module once.
func (e *Engine) generatedModule(m *wasm.Module) (wazero.CompiledModule, error) {
	bin, err := binary.Encode(m)
	if err != nil {
		return nil, err
	}
	if err := e.use(); err != nil {
		return nil, err
	}
	defer e.done()
	e.genMu.Lock()
	defer e.genMu.Unlock()
	if c, ok := e.generated[string(bin)]; ok {
		return c, nil
	}
	compile := func(bin []byte) (wazero.CompiledModule, error) {
		return e.rt.CompileModule(context.Background(), bin)
	}
	if e.cache != nil {
		compile = e.cache.unstored(compile)
	}
	c, err := compile(bin)
	if err != nil {
		return nil, err
	}
	e.generated[string(bin)] = c
	return c, nil
}

// addGenerated instantiates a generated module that imports from src only.
func (s *store) addGenerated(m *wasm.Module, src api.Module) (api.Module, error) {
	code, err := s.e.generatedModule(m)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if src != nil {
		ctx = experimental.WithImportResolver(ctx, func(string) api.Module { return src })
	}
	mod, err := s.e.instantiate(ctx, code)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.modules = append(s.modules, mod)
	s.mu.Unlock()
	return mod, nil
}

// reexport makes a module that exports what mod exports as name under the name
// that imp wants.
func (s *store) reexport(mod api.Module, name string, imp wasm.Import) (api.Module, error) {
	t := imp.Type
	m := &wasm.Module{
		Imports: []wasm.Import{{Module: "0", Name: name, Type: t}},
		Exports: []wasm.Export{{Name: imp.Name, Kind: t.Kind}},
	}
	if t.Kind == wasm.ExternFunc {
		m.Types = []wasm.SubType{{Comp: wasm.CompType{Kind: wasm.CompFunc, Func: *t.Func}}}
		m.Imports[0].Type.TypeIndex = 0
	}
	return s.addGenerated(m, mod)
}

// An accessor is an instance of a generated module whose functions read and
// write an extern.
type accessor struct {
	mod api.Module
	mu  sync.Mutex
	fns map[string]api.Function
}

// call calls one of the accessor's functions.
func (a *accessor) call(ctx context.Context, name string, stack []uint64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	fn := a.fns[name]
	if fn == nil {
		if fn = a.mod.ExportedFunction(name); fn == nil {
			return fmt.Errorf("the accessor has no function %q", name)
		}
		if a.fns == nil {
			a.fns = map[string]api.Function{}
		}
		a.fns[name] = fn
	}
	return fn.CallWithStack(ctx, stack)
}

// A generator collects the functions of an accessor.
type generator struct{ m wasm.Module }

func (g *generator) fn(name string, params, results []wasm.ValType, code ...byte) {
	i := uint32(len(g.m.Types))
	g.m.Types = append(g.m.Types, wasm.SubType{Comp: wasm.CompType{
		Kind: wasm.CompFunc, Func: wasm.FuncType{Params: params, Results: results}}})
	g.m.Funcs = append(g.m.Funcs, wasm.Func{TypeIndex: i, Body: wasm.Body{Code: append(code, 0x0b)}})
	g.m.Exports = append(g.m.Exports, wasm.Export{Name: name, Kind: wasm.ExternFunc, Index: uint32(len(g.m.Funcs) - 1)})
}

// one is a vector of one type.
func one(t wasm.ValType) []wasm.ValType { return []wasm.ValType{t} }

// tableAccessor reads and writes a table.
func (s *store) tableAccessor(mod api.Module, name string, elem wasm.ValType) (*accessor, error) {
	var g generator
	g.m.Imports = []wasm.Import{{Module: "0", Name: name, Type: wasm.ExternType{
		Kind: wasm.ExternTable, Table: wasm.TableType{Elem: elem}}}}
	g.fn("size", nil, one(wasm.I32), 0xfc, 16, 0)
	g.fn("get", one(wasm.I32), one(elem), 0x20, 0, 0x25, 0)
	g.fn("set", []wasm.ValType{wasm.I32, elem}, nil, 0x20, 0, 0x20, 1, 0x26, 0)
	g.fn("grow", []wasm.ValType{elem, wasm.I32}, one(wasm.I32), 0x20, 0, 0x20, 1, 0xfc, 15, 0)
	m, err := s.addGenerated(&g.m, mod)
	if err != nil {
		return nil, err
	}
	return &accessor{mod: m}, nil
}

// globalAccessor reads and writes a global.
func (s *store) globalAccessor(mod api.Module, name string, t wasm.GlobalType) (*accessor, error) {
	var g generator
	g.m.Imports = []wasm.Import{{Module: "0", Name: name, Type: wasm.ExternType{
		Kind: wasm.ExternGlobal, Global: t}}}
	g.fn("get", nil, one(t.Type), 0x23, 0)
	if t.Mutable {
		g.fn("set", one(t.Type), nil, 0x20, 0, 0x24, 0)
	}
	m, err := s.addGenerated(&g.m, mod)
	if err != nil {
		return nil, err
	}
	return &accessor{mod: m}, nil
}

// alone instantiates a module of one definition, exported as "x".
func (s *store) alone(ctx context.Context, m *wasm.Module, kind wasm.ExternKind) (engine.Extern, error) {
	m.Exports = []wasm.Export{{Name: "x", Kind: kind}}
	c := describe(m)
	c.e = s.e
	code, err := s.e.generatedModule(m)
	if err != nil {
		return nil, err
	}
	c.code, c.shared = code, true
	inst, err := s.Instantiate(ctx, c, nil, nil)
	if err != nil {
		return nil, err
	}
	return inst.Export("x"), nil
}

// NewMemory implements engine.Store.
func (s *store) NewMemory(ctx context.Context, t wasm.MemoryType) (engine.Memory, error) {
	x, err := s.alone(ctx, &wasm.Module{Memories: []wasm.MemoryType{t}}, wasm.ExternMemory)
	if err != nil {
		return nil, err
	}
	return x.(engine.Memory), nil
}

// NewTable implements engine.Store.
func (s *store) NewTable(ctx context.Context, t wasm.TableType) (engine.Table, error) {
	x, err := s.alone(ctx, &wasm.Module{Tables: []wasm.Table{{Type: t}}}, wasm.ExternTable)
	if err != nil {
		return nil, err
	}
	return x.(engine.Table), nil
}

// NewGlobal implements engine.Store. A global starts as v; one of a reference
// type must start as null.
func (s *store) NewGlobal(ctx context.Context, t wasm.GlobalType, v engine.Value) (engine.Global, error) {
	init, err := constant(t.Type, v)
	if err != nil {
		return nil, err
	}
	m := &wasm.Module{Globals: []wasm.Global{{Type: t, Init: wasm.ConstExpr{Code: init}}}}
	x, err := s.alone(ctx, m, wasm.ExternGlobal)
	if err != nil {
		return nil, err
	}
	return x.(engine.Global), nil
}

// A table is a table of an instance.
type table struct {
	extern
	typ  wasm.TableType
	once sync.Once
	acc  *accessor
	err  error

	mu sync.Mutex
	// calls are how functions of the table are called, by type.
	calls []*indirectCalls
}

var _ engine.Table = (*table)(nil)

func (t *table) call(ctx context.Context, fn string, stack []uint64) error {
	if !t.inst.store.enter() {
		return engine.ErrClosed
	}
	defer t.inst.store.leave()
	t.once.Do(func() { t.acc, t.err = t.inst.store.tableAccessor(t.inst.mod, t.name, t.typ.Elem) })
	if t.err != nil {
		return t.err
	}
	if err := t.acc.call(ctx, fn, stack); err != nil {
		return t.inst.module.trapOf(ctx, err)
	}
	return nil
}

// Type implements engine.Extern.
func (t *table) Type() wasm.ExternType {
	typ := t.typ
	typ.Limits.Min = t.Size()
	return wasm.ExternType{Kind: wasm.ExternTable, Table: typ}
}

// Size implements engine.Table.
func (t *table) Size() uint64 {
	var stack [1]uint64
	if t.call(context.Background(), "size", stack[:]) != nil {
		return 0
	}
	return uint64(uint32(stack[0]))
}

// Get implements engine.Table.
func (t *table) Get(ctx context.Context, i uint64) (engine.Value, error) {
	if i > 1<<32-1 {
		return engine.Value{}, &engine.Trap{Kind: engine.TrapTableOutOfBounds}
	}
	stack := []uint64{i}
	err := t.call(ctx, "get", stack)
	return engine.Value{Lo: stack[0]}, err
}

// Set implements engine.Table.
func (t *table) Set(ctx context.Context, i uint64, v engine.Value) error {
	if i > 1<<32-1 {
		return &engine.Trap{Kind: engine.TrapTableOutOfBounds}
	}
	return t.call(ctx, "set", []uint64{i, v.Lo})
}

// Grow implements engine.Table.
func (t *table) Grow(ctx context.Context, n uint64, v engine.Value) (uint64, bool) {
	if n > 1<<32-1 {
		return 0, false
	}
	stack := []uint64{v.Lo, n}
	if t.call(ctx, "grow", stack) != nil || uint32(stack[0]) == 1<<32-1 {
		return 0, false
	}
	return uint64(uint32(stack[0])), true
}

// constant is the constant expression for a value.
func constant(t wasm.ValType, v engine.Value) ([]byte, error) {
	var b []byte
	switch t {
	case wasm.I32:
		b = leb128.AppendInt(append(b, 0x41), int64(int32(v.Lo)))
	case wasm.I64:
		b = leb128.AppendInt(append(b, 0x42), int64(v.Lo))
	case wasm.F32:
		b = appendLE(append(b, 0x43), v.Lo, 4)
	case wasm.F64:
		b = appendLE(append(b, 0x44), v.Lo, 8)
	case wasm.V128:
		b = appendLE(appendLE(append(b, 0xfd, 0x0c), v.Lo, 8), v.Hi, 8)
	case wasm.FuncRef, wasm.ExternRef:
		if v.Lo != 0 {
			return nil, fmt.Errorf("the engine cannot make a global of type %v that is not null at the start", t)
		}
		b = append(b, 0xd0, t.Heap().Code())
	default:
		return nil, fmt.Errorf("the engine has no globals of type %v", t)
	}
	return append(b, 0x0b), nil
}

func appendLE(b []byte, v uint64, n int) []byte {
	for range n {
		b = append(b, byte(v))
		v >>= 8
	}
	return b
}
