package dray

// This file is threads: several instances of a module that share what they
// import.

import (
	"context"

	"github.com/dray-wasm/dray/wasm"
)

// SharedMemory gives a module the shared memories that it imports and the
// linker has no definition of: new ones, which are the instance's and those of
// its threads (see [ModuleInstance.Thread]).
func SharedMemory() Option { return func(c *instanceConfig) { c.sharedMemory = true } }

func sharedMemory(imp wasm.Import) bool {
	return imp.Type.Kind == wasm.ExternMemory && imp.Type.Memory.Limits.Shared
}

// shareMemories makes the memories that resolve left out.
func (in *ModuleInstance) shareMemories(ctx context.Context) error {
	for i, imp := range in.module.Imports() {
		if in.externs[i] != nil {
			continue
		}
		m, err := in.store.NewMemory(ctx, imp.Type.Memory)
		if err != nil {
			return err
		}
		in.externs[i] = m
	}
	return nil
}

// begin makes the instance itself.
func (in *ModuleInstance) begin(ctx context.Context) (err error) {
	in.inst, err = in.store.Instantiate(ctx, in.module.code, in.externs, in.state)
	if err != nil {
		return err
	}
	in.stack = in.module.rt.watch(in.inst, &in.state.stack)
	if in.state.tank != nil {
		in.state.tank.add(in.inst)
	}
	return nil
}

// Thread makes another instance of the module with the same imports: what it
// has in common with this one is imported memory, and what host functions keep.
// Calls of the two may overlap. It is to be closed like this one, before or
// after it, and counts against its limits. The start function of the module
// runs again.
func (in *ModuleInstance) Thread(ctx context.Context) (*ModuleInstance, error) {
	store, err := in.store.Thread()
	if err != nil {
		return nil, err
	}
	t := &ModuleInstance{module: in.module, store: store, externs: in.externs, state: in.state}
	if err := t.begin(ctx); err != nil {
		t.Close()
		return nil, in.module.explain(err)
	}
	return t, nil
}

// threaded tells whether code of a module can run in several threads.
func threaded(m *wasm.Module) bool {
	for _, t := range m.MemoryTypes() {
		if t.Limits.Shared {
			return true
		}
	}
	return false
}
