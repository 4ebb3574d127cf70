package dray

// This file counts what guests compute, in units of fuel: a unit for a loop
// that begins again and for the entry of a function that calls others, and for
// a kilobyte or 128 elements that one instruction moves. The same guest with the
// same input takes the same, unless it has threads.

import (
	"errors"
	"sync"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm/instrument"
)

// TrapFuel is a guest that used up its fuel; see Limits.Fuel.
const TrapFuel engine.TrapKind = "all fuel is used up"

var errNoFuel = errors.New("the runtime does not count fuel: its Config.Fuel is not set")

// A tank is the fuel of the instances of one store.
type tank struct {
	mu      sync.Mutex
	left    uint64 // what no instance has been given
	budgets []engine.Global
	// single is set when one instance at a time computes, so that one can be
	// given what others have left.
	single bool
}

// add makes an instance draw from the tank.
func (t *tank) add(in engine.Instance) {
	if g, ok := in.Export(instrument.BudgetExport).(engine.Global); ok {
		t.mu.Lock()
		t.budgets = append(t.budgets, g)
		t.mu.Unlock()
	}
}

// forget is add undone.
func (t *tank) forget(in engine.Instance) {
	g, ok := in.Export(instrument.BudgetExport).(engine.Global)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, x := range t.budgets {
		if x == g {
			t.left += uint64(max(0, int32(g.Get().Lo)))
			t.budgets = append(t.budgets[:i], t.budgets[i+1:]...)
			return
		}
	}
}

// draw gives an instance its next budget, after paying for what it overdrew.
func (t *tank) draw(c engine.Caller) (int32, error) {
	g, ok := c.Export(instrument.BudgetExport).(engine.Global)
	if !ok {
		return budget, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	debt := uint64(max(0, -int64(int32(g.Get().Lo))))
	if t.left <= debt && t.single {
		t.collect()
	}
	if t.left <= debt { // the check that found it takes one more
		t.left = 0
		return 0, &engine.Trap{Kind: TrapFuel}
	}
	t.left -= debt
	n := min(t.left, budget)
	t.left -= n
	return int32(n), nil
}

// collect takes back what instances have left.
func (t *tank) collect() {
	for _, g := range t.budgets {
		n := int32(g.Get().Lo)
		if n > 0 && g.Set(engine.Value{}) == nil {
			t.left += uint64(n)
		}
	}
}

// remaining is what is left together.
func (t *tank) remaining() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.left
	for _, g := range t.budgets {
		n += uint64(max(0, int32(g.Get().Lo)))
	}
	return n
}

// Fuel is how much fuel the instance has left, together with those that it is
// linked with; 0 where Limits.Fuel was not set. No call may be under way.
func (in *Instance) Fuel() uint64 {
	if d, ok := in.store.Data.(*storeData); ok && d.state.tank != nil {
		return d.state.tank.remaining()
	}
	return 0
}

// Fuel is how much fuel the instance has left, together with its threads; 0
// where Limits.Fuel was not set. No call may be under way.
func (in *ModuleInstance) Fuel() uint64 {
	if in.state.tank == nil {
		return 0
	}
	return in.state.tank.remaining()
}

// fuel fills the tank of a new instance.
func (c *instanceConfig) fuel(r *Runtime, single bool) error {
	if c.limits.Fuel == 0 {
		return nil
	}
	if !r.cfg.Fuel {
		return errNoFuel
	}
	c.state.tank = &tank{left: c.limits.Fuel, single: single}
	return nil
}
