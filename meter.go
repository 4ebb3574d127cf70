package dray

// This file makes guests stoppable: their code is instrumented to call tick
// now and then, and tick looks whether the context of the call has ended.

import (
	"context"
	"runtime"
	"slices"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/futex"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/instrument"
)

// budget is how many loop heads and function entries a guest passes between
// two ticks: some 100 microseconds' worth.
const budget = instrument.DefaultBudget

// meterName is the name of the tick.
const meterName = "dray.tick"

// meterFuncs is the host module that instrumented modules import from, in the
// order of meterNames.
func meterFuncs(waiting *futex.Table) []engine.HostFunc {
	tick := engine.HostFunc{
		Name: meterName,
		Type: wasm.FuncType{Results: []wasm.ValType{wasm.I32}},
		Call: func(ctx context.Context, c engine.Caller, stack []uint64) error {
			// The garbage collector needs no more than a Go function, which can be
			// preempted as guest code cannot. Other goroutines do: without giving
			// way, they wait 10 ms for each guest that computes.
			runtime.Gosched()
			stack[0] = budget
			if err := interrupted(ctx); err != nil {
				return err
			}
			if t := tankOf(c); t != nil {
				n, err := t.draw(c)
				stack[0] = uint64(n)
				return err
			}
			return nil
		},
	}
	grow := engine.HostFunc{Name: instrument.GrowName, Type: instrument.GrowType,
		Call: func(context.Context, engine.Caller, []uint64) error { return &engine.Trap{Kind: TrapGrow} }}
	return append(append([]engine.HostFunc{tick}, waiting.HostFuncs(interrupted)...), moreStackFunc(), grow)
}

// tankOf is where the instance that calls has its fuel from, or nil.
func tankOf(c engine.Caller) *tank {
	switch d := c.Data().(type) {
	case *state:
		return d.tank
	case *task.Instance:
		if data, ok := d.Store.Data.(*storeData); ok {
			return data.state.tank
		}
	}
	return nil
}

// TrapGrow is a memory or table that could not grow; see
// Config.TrapOnGrowFailure.
const TrapGrow engine.TrapKind = "a memory or table cannot grow"

// meterNames are the functions of meterFuncs, which backtraces leave out.
var meterNames = slices.Concat([]string{meterName}, instrument.WaitNames[:], []string{instrument.StackName, instrument.GrowName})

// metered is an instrumented module and the way back.
func (r *Runtime) metered(m *wasm.Module) (*wasm.Module, *instrument.Map, error) {
	opts := instrument.Options{
		Module: "dray", Name: meterName, Budget: budget, Wait: true,
		TrapGrow: r.cfg.TrapOnGrowFailure, ExportBudget: r.cfg.Fuel,
	}
	if r.cfg.Fuel {
		opts.Budget = 1 // the rest comes from the tank
	}
	return r.bounded(m, opts)
}

// meters tells whether a module is instrumented. Where one thread ends, others
// must be stoppable.
func (r *Runtime) meters(m *wasm.Module) bool {
	return r.stackLimit() != 0 || r.cfg.Fuel || r.cfg.TrapOnGrowFailure || !r.eng.Interruptible() && (!r.cfg.Uninterruptible || threaded(m))
}

// meterExterns are what the module imports more when it is instrumented.
func (m *Module) meterExterns() []engine.Extern {
	if m.moved == nil {
		return nil
	}
	out := []engine.Extern{m.meter.Func(0)}
	for _, name := range m.moved.Added() {
		out = append(out, m.meter.Func(slices.Index(meterNames, name)))
	}
	return out
}
