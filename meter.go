package dray

// This file makes guests stoppable: their code is instrumented to call tick
// now and then, and tick looks whether the context of the call has ended.

import (
	"context"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/instrument"
)

// budget is how many loop heads and function entries a guest passes between
// two ticks: some 100 microseconds' worth.
const budget = instrument.DefaultBudget

// meterFuncs is the host module that instrumented modules import from.
var meterFuncs = []engine.HostFunc{{
	Name: instrument.DefaultName,
	Type: wasm.FuncType{Results: []wasm.ValType{wasm.I32}},
	Call: func(ctx context.Context, _ engine.Caller, stack []uint64) error {
		// Being called is enough for the scheduler and the garbage collector:
		// Go functions can be preempted, guest code cannot.
		stack[0] = budget
		return interrupted(ctx)
	},
}}

// metered is an instrumented module and the way back.
func metered(m *wasm.Module) (*wasm.Module, *instrument.Map, error) {
	return instrument.Interrupt(m, instrument.Options{Budget: budget})
}
