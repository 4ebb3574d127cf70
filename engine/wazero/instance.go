package wazero

// This file is instances and their externs.

import (
	"context"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero/api"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

// An instance is an instantiated module, and the engine.Caller of the host
// functions that its code calls.
type instance struct {
	store  *store
	module *module
	mod    api.Module
	data   any
	// own is the memory that the module defines, mem its memory: own or an
	// imported one. wazero has at most one.
	own, mem *memory
	// main is mem where the module exports it as "memory".
	main engine.Memory

	mu      sync.Mutex
	externs map[string]engine.Extern
}

var _ engine.Caller = (*instance)(nil)

// makeMemory makes or finds the instance's memory, before wazero asks for it.
func (in *instance) makeMemory(imports []engine.Extern) error {
	m := in.module
	switch {
	case m.memory != nil:
		mem, err := in.store.newMemory(*m.memory)
		if err != nil {
			return err
		}
		in.own, in.mem = mem, mem
	case m.memoryImport >= 0:
		in.mem = imports[m.memoryImport].(*memoryExtern).mem
	}
	if in.mem != nil && m.exportsMemory {
		in.main = &memoryExtern{extern{in, "memory"}, in.mem}
	}
	return nil
}

// Data implements engine.Caller.
func (in *instance) Data() any { return in.data }

// Memory implements engine.Caller.
func (in *instance) Memory() engine.Memory { return in.main }

// Export implements engine.Instance and engine.Caller.
func (in *instance) Export(name string) engine.Extern {
	i, ok := in.module.exportIndex[name]
	if !ok {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if x, ok := in.externs[name]; ok {
		return x
	}
	x := in.makeExtern(in.module.exports[i])
	if in.externs == nil {
		in.externs = map[string]engine.Extern{}
	}
	in.externs[name] = x
	return x
}

func (in *instance) makeExtern(e wasm.ExportType) engine.Extern {
	x := extern{in, e.Name}
	switch e.Type.Kind {
	case wasm.ExternFunc:
		return &function{extern: x, typ: *e.Type.Func}
	case wasm.ExternMemory:
		if e.Name == "memory" && in.main != nil {
			return in.main
		}
		return &memoryExtern{x, in.mem}
	case wasm.ExternTable:
		return &table{extern: x, typ: e.Type.Table}
	case wasm.ExternGlobal:
		return &global{extern: x, typ: e.Type.Global}
	}
	return nil
}

// extern is what all externs of an instance share: where wazero has them.
type extern struct {
	inst *instance
	name string
}

func (x *extern) source() (api.Module, string) { return x.inst.mod, x.name }

// Type implements engine.Extern.
func (f *function) Type() wasm.ExternType {
	return wasm.ExternType{Kind: wasm.ExternFunc, Func: &f.typ}
}

// A global is a global variable of an instance.
type global struct {
	extern
	typ wasm.GlobalType
	// once makes get, for types that wazero's API cannot read.
	once sync.Once
	get  *accessor
	err  error
}

func (g *global) Type() wasm.ExternType {
	return wasm.ExternType{Kind: wasm.ExternGlobal, Global: g.typ}
}

// Get implements engine.Global. A v128 is read by a generated module.
func (g *global) Get() engine.Value {
	if g.typ.Type == wasm.V128 {
		var stack [2]uint64
		if err := g.access("get", stack[:]); err != nil {
			return engine.Value{}
		}
		return engine.Value{Lo: stack[0], Hi: stack[1]}
	}
	return engine.Value{Lo: g.inst.mod.ExportedGlobal(g.name).Get()}
}

// Set implements engine.Global.
func (g *global) Set(v engine.Value) error {
	if !g.typ.Mutable {
		return fmt.Errorf("global %q is immutable", g.name)
	}
	if g.typ.Type == wasm.V128 {
		return g.access("set", []uint64{v.Lo, v.Hi})
	}
	g.inst.mod.ExportedGlobal(g.name).(api.MutableGlobal).Set(v.Lo)
	return nil
}

func (g *global) access(fn string, stack []uint64) error {
	if !g.inst.store.enter() {
		return engine.ErrClosed
	}
	defer g.inst.store.leave()
	g.once.Do(func() {
		g.get, g.err = g.inst.store.globalAccessor(g.inst.mod, g.name, g.typ)
	})
	if g.err != nil {
		return g.err
	}
	return g.get.call(context.Background(), fn, stack)
}
