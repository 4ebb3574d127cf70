package wazero

// This file is the compilation of a module: the form in which wazero gets it,
// and what we remember of it.

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/tetratelabs/wazero"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// A module is a compiled module.
type module struct {
	e    *Engine
	code wazero.CompiledModule

	imports     []wasm.Import
	exports     []wasm.ExportType
	exportIndex map[string]int
	// segments and start are the names of exports of our own that are called
	// at instantiation, in this order; empty where there is nothing to do.
	segments, start string
	// memory is the memory that the module defines, or nil; memoryImport the
	// position of the import of one, or -1.
	memory        *wasm.MemoryType
	memoryImport  int
	exportsMemory bool
	tableElements uint64
	importedFuncs uint32
	// starts are the places of the function bodies in the code section that
	// wazero saw, in bytes from the start of its content; nil where frames
	// carry no offsets.
	starts []int64

	// shared is code of the engine's own, which Close leaves alone.
	shared bool
	// life counts the instances.
	life lifetime
	// name is in front of the module's functions in wazero's stack traces.
	name string
}

// Compile implements engine.Engine.
func (e *Engine) Compile(ctx context.Context, m *wasm.Module, check func() error) (engine.Module, error) {
	if err := e.checkLimits(m); err != nil {
		return nil, err
	}
	c := describe(m)
	c.e = e
	low, lines := e.lower(m)
	c.deferSegments(low)
	c.deferStart(low)
	bin, err := binary.Encode(low)
	if err != nil {
		return nil, &engine.CompileError{Msg: err.Error(), Err: err}
	}
	bin = c.giveName(low, bin)
	if lines {
		if c.starts, err = bodyStarts(bin); err != nil {
			return nil, &engine.CompileError{Msg: err.Error(), Err: err}
		}
	}
	if c.code, err = e.compile(ctx, low, bin, check); err != nil {
		var invalid *invalidError
		switch {
		case errors.As(err, &invalid):
			return nil, invalid.error
		case errors.Is(err, engine.ErrClosed) || ctx.Err() != nil:
			return nil, err
		}
		return nil, &engine.CompileError{Err: err,
			Msg: fmt.Sprintf("the engine %s cannot compile the module: %s", e.Name(), err)}
	}
	e.named.add(c)
	return c, nil
}

// lower is the module as wazero gets it: import i is of module "i", tables
// have a maximum, and there are no custom sections, so that functions in
// backtraces have numbers. When the module has line numbers, made-up ones replace them, for which wazero tells
// the offset of each frame.
func (e *Engine) lower(m *wasm.Module) (low *wasm.Module, lines bool) {
	l := *m
	l.Imports = make([]wasm.Import, len(m.Imports))
	for i, imp := range m.Imports {
		imp.Module = strconv.Itoa(i)
		l.Imports[i] = imp
	}
	l.Tables = make([]wasm.Table, len(m.Tables))
	for i, t := range m.Tables {
		lim := &t.Type.Limits
		most := max(lim.Min, e.cfg.MaxTableElements/uint64(len(m.Tables)))
		if !lim.HasMax || lim.Max > most {
			lim.Max, lim.HasMax = most, true
		}
		l.Tables[i] = t
	}
	l.Customs, l.Sections = nil, nil
	if _, lines = m.Custom(".debug_line"); lines {
		l.Customs = fakeDebugInfo
	}
	return &l, lines
}

// describe collects what instances need to know.
func describe(m *wasm.Module) *module {
	c := &module{
		imports:       m.ImportTypes(),
		exports:       m.ExportTypes(),
		importedFuncs: uint32(m.ImportedFuncs()),
		memoryImport:  -1,
	}
	c.exportIndex = make(map[string]int, len(c.exports))
	for i, x := range c.exports {
		c.exportIndex[x.Name] = i
		if x.Name == "memory" && x.Type.Kind == wasm.ExternMemory {
			c.exportsMemory = true
		}
	}
	for i, imp := range m.Imports {
		if imp.Type.Kind == wasm.ExternMemory {
			c.memoryImport = i
		}
	}
	if len(m.Memories) > 0 {
		t := m.Memories[0]
		c.memory = &t
	}
	for _, t := range m.Tables {
		c.tableElements += t.Type.Limits.Min
	}
	return c
}

// bodyStarts finds the function bodies in a module.
func bodyStarts(bin []byte) ([]int64, error) {
	m, err := binary.Decode(bin)
	if err != nil {
		return nil, err
	}
	starts := make([]int64, len(m.Funcs))
	for i := range m.Funcs {
		starts[i] = m.Funcs[i].Body.Start - m.CodeSection()
	}
	return starts, nil
}

// defaultTableElements bounds the tables of a module when Config does not.
const defaultTableElements = 10_000_000

// checkLimits refuses tables that wazero would have to make at once and that
// are too large.
func (e *Engine) checkLimits(m *wasm.Module) error {
	var total uint64
	for _, t := range m.Tables {
		total += min(t.Type.Limits.Min, 1<<32)
	}
	if most := e.cfg.MaxTableElements; total > most {
		return &engine.CompileError{Msg: fmt.Sprintf("the module's tables start with %d elements, but the limit is %d (max-table-elements)", total, most)}
	}
	return nil
}

// enter keeps the code until leave; false when the module is closed.
func (c *module) enter() bool { return c.life.enter() }

func (c *module) leave() {
	if c.life.leave() {
		c.release()
	}
}

// Close implements engine.Module.
func (c *module) Close() error {
	if c.life.close() {
		c.release()
	}
	return nil
}

func (c *module) release() {
	if !c.shared {
		c.e.named.remove(c)
		c.code.Close(context.Background())
	}
}

// Imports implements engine.Module.
func (c *module) Imports() []wasm.Import { return c.imports }

// Exports implements engine.Module.
func (c *module) Exports() []wasm.ExportType { return c.exports }

// compile runs wazero's compiler, or loads what it made before.
func (e *Engine) compile(ctx context.Context, low *wasm.Module, bin []byte, check func() error) (wazero.CompiledModule, error) {
	if err := e.use(); err != nil {
		return nil, err
	}
	defer e.done()
	ctx = compileContext(ctx)
	compile := func(bin []byte) (wazero.CompiledModule, error) { return e.rt.CompileModule(ctx, bin) }
	checked := false
	whole := func() (wazero.CompiledModule, error) {
		if check != nil && !checked {
			if err := check(); err != nil {
				return nil, &invalidError{err}
			}
			checked = true
		}
		return compile(bin)
	}
	if e.cache == nil {
		return whole()
	}
	key := e.cache.key(bin)
	outline, err := binary.Encode(outlineOf(low, key))
	if err != nil {
		return nil, err
	}
	return e.cache.compile(key, whole, outline, compile)
}

// An invalidError is an error of the check that a caller of Compile made.
type invalidError struct{ error }

// outlineOf is a module without code, for which wazero can be given the code
// that it made of the whole module: decoding and validating bodies again would
// take most of the time of a start. The key makes outlines as different as
// their modules.
func outlineOf(low *wasm.Module, key string) *wasm.Module {
	o := *low
	o.Funcs = make([]wasm.Func, len(low.Funcs))
	for i := range o.Funcs {
		o.Funcs[i] = wasm.Func{TypeIndex: low.Funcs[i].TypeIndex, Body: wasm.Body{Code: []byte{0x00, 0x0b}}}
	}
	o.Customs = append(o.Customs[:len(o.Customs):len(o.Customs)],
		wasm.Custom{Name: "dray.key", Data: []byte(key), After: wasm.SectionData})
	return &o
}
