// This file runs modules metered: rewritten so that they can be interrupted,
// with a call stack of bounded size.

package script

import (
	"context"
	"errors"
	"sync"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/instrument"
)

const (
	tickModule = "dray"
	tickName   = "dray.tick"
	// meteredStack bounds the call stacks of metered modules, in bytes.
	meteredStack = 16 << 20
)

// A meter is what metered modules import, and what is left of their stacks.
type meter struct {
	tick engine.Extern
	mu   sync.Mutex
	left []engine.Global
}

// makeMeter makes the function that metered modules import.
func (r *runner) makeMeter() error {
	host, err := r.eng.CompileHost([]engine.HostFunc{{
		Name: tickName,
		Type: wasm.FuncType{Results: []wasm.ValType{wasm.I32}},
		Call: func(ctx context.Context, _ engine.Caller, stack []uint64) error {
			stack[0] = instrument.DefaultBudget
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return nil
		},
	}})
	if err != nil {
		return err
	}
	r.hosts = append(r.hosts, host)
	r.meter = &meter{tick: host.Func(0)}
	return nil
}

// instrument rewrites a module. One whose stack cannot be bounded has the
// engine's bound.
func (m *meter) instrument(mod *wasm.Module) (*wasm.Module, error) {
	opts := instrument.Options{Module: tickModule, Name: tickName, Stack: meteredStack}
	out, _, err := instrument.Interrupt(mod, opts)
	var e *diag.Error
	if errors.As(err, &e) && e.Code == instrument.CodeUnsupported {
		opts.Stack = 0
		out, _, err = instrument.Interrupt(mod, opts)
	}
	return out, err
}

// watch remembers the call stack of an instance.
func (m *meter) watch(in engine.Instance) {
	if g, ok := in.Export(instrument.StackExport).(engine.Global); ok {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.left = append(m.left, g)
	}
}

// afterTrap tells an exhausted call stack from another trap, and gives back
// what the functions that were left had taken of the stacks of metered modules.
func (r *runner) afterTrap(err error) error {
	if r.meter == nil {
		return err
	}
	r.meter.mu.Lock()
	defer r.meter.mu.Unlock()
	exhausted := false
	for _, g := range r.meter.left {
		if left := int32(g.Get().Lo); left != meteredStack {
			exhausted = exhausted || left < 0
			if serr := g.Set(engine.Value{Lo: meteredStack}); serr != nil {
				return serr
			}
		}
	}
	if t := innermost(err); exhausted && t != nil && t.Kind == engine.TrapUnreachable {
		return &engine.Trap{Kind: engine.TrapStackExhausted, Frames: t.Frames}
	}
	return err
}
