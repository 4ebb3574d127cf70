// This file runs modules metered: rewritten so that they can be interrupted,
// with a call stack of bounded size.

package script

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/futex"
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
	host engine.HostModule
	mu   sync.Mutex
	left []engine.Global
}

// makeMeter makes the functions that metered modules import.
func (r *runner) makeMeter() error {
	tick := engine.HostFunc{
		Name: tickName,
		Type: wasm.FuncType{Results: []wasm.ValType{wasm.I32}},
		Call: func(ctx context.Context, _ engine.Caller, stack []uint64) error {
			stack[0] = instrument.DefaultBudget
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return nil
		},
	}
	waits := new(futex.Table).HostFuncs(context.Cause)
	stack := engine.HostFunc{
		Name: instrument.StackName, Type: instrument.StackType,
		Call: func(context.Context, engine.Caller, []uint64) error {
			return &engine.Trap{Kind: engine.TrapStackExhausted}
		},
	}
	host, err := r.eng.CompileHost(append(append([]engine.HostFunc{tick}, waits...), stack))
	if err != nil {
		return err
	}
	r.hosts = append(r.hosts, host)
	r.meter = &meter{host: host}
	return nil
}

// instrument rewrites a module. One whose stack cannot be bounded has the
// engine's bound.
// extra is what the new module imports more.
func (m *meter) instrument(mod *wasm.Module) (out *wasm.Module, extra []engine.Extern, err error) {
	opts := instrument.Options{Module: tickModule, Name: tickName, Wait: true, Stack: meteredStack}
	out, moved, err := instrument.Interrupt(mod, opts)
	var e *diag.Error
	if errors.As(err, &e) && e.Code == instrument.CodeUnsupported {
		opts.Stack = 0
		out, moved, err = instrument.Interrupt(mod, opts)
	}
	if err != nil {
		return nil, nil, err
	}
	extra = append(extra, m.host.Func(0))
	for _, name := range moved.Added() {
		i := slices.Index(instrument.WaitNames[:], name)
		if name == instrument.StackName {
			i = len(instrument.WaitNames)
		}
		extra = append(extra, m.host.Func(1+i))
	}
	return out, extra, nil
}

// watch remembers the call stack of an instance.
func (m *meter) watch(in engine.Instance) {
	if g, ok := in.Export(instrument.StackExport).(engine.Global); ok {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.left = append(m.left, g)
	}
}

// afterTrap gives back what the functions that were left had taken of the
// stacks of metered modules.
func (r *runner) afterTrap(err error) error {
	if r.meter == nil {
		return err
	}
	r.meter.mu.Lock()
	defer r.meter.mu.Unlock()
	for _, g := range r.meter.left {
		if serr := g.Set(engine.Value{Lo: meteredStack}); serr != nil {
			return serr
		}
	}
	return err
}
