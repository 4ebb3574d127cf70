package instance

// This file is core instances and canonical definitions.

import (
	"fmt"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/value"
)

// coreInstance instantiates a core module.
func (f *frame) coreInstance(i *plan.CoreInstanceInit) error {
	m := f.coreModules[i.Module]
	externs := make([]engine.Extern, len(m.Imports), len(m.Imports)+len(m.Extra))
	for n, imp := range m.Imports {
		ref := plan.CoreRef{Alias: true, Instance: i.Args[imp.Module], Name: imp.Name}
		if i.Imports != nil {
			ref = i.Imports[n]
		} else if r, ok := f.coreInstances[ref.Instance].inline[imp.Name]; ok {
			ref = r
		}
		if externs[n] = f.core(ref); externs[n] == nil {
			return fmt.Errorf("import %q %q: nothing was given for it", imp.Module, imp.Name)
		}
	}
	if err := f.state.Store.CountInstance(); err != nil {
		return err
	}
	in, err := f.state.Store.Engine.Instantiate(f.ctx, m.Code, append(externs, m.Extra...), f.state)
	if err != nil {
		return err
	}
	if m.Began != nil {
		m.Began(f.state.Store, in)
	}
	f.coreInstances = append(f.coreInstances, coreInstance{inst: in})
	return nil
}

// core is a core definition.
func (f *frame) core(r plan.CoreRef) engine.Extern {
	if r.Alias {
		in := &f.coreInstances[r.Instance]
		if in.inst != nil {
			return in.inst.Export(r.Name)
		}
		inner, ok := in.inline[r.Name]
		if !ok {
			return nil
		}
		return f.core(inner)
	}
	switch r.Sort {
	case component.SortCoreFunc:
		return f.coreFuncs[r.Index].extern
	case component.SortCoreTable:
		return f.coreTables[r.Index]
	case component.SortCoreMemory:
		return f.coreMemories[r.Index]
	case component.SortCoreGlobal:
		return f.coreGlobals[r.Index]
	case component.SortCoreTag:
		return f.coreTags[r.Index]
	}
	return nil
}

// coreAlias takes an export of a core instance.
func (f *frame) coreAlias(i *plan.CoreAliasInit) error {
	if i.Sort == component.SortCoreFunc && !i.Ref.Alias {
		f.coreFuncs = append(f.coreFuncs, f.coreFuncs[i.Ref.Index])
		return nil
	}
	x := f.core(i.Ref)
	if x == nil {
		return fmt.Errorf("the core instance %d has no export %q", i.Ref.Instance, i.Ref.Name)
	}
	switch i.Sort {
	case component.SortCoreFunc:
		fn, ok := x.(engine.Func)
		if !ok {
			return fmt.Errorf("the export %q of core instance %d is a %v, not a function", i.Ref.Name, i.Ref.Instance, x.Type())
		}
		f.coreFuncs = append(f.coreFuncs, coreFunc{x, fn.Serial()})
	case component.SortCoreTable:
		f.coreTables = append(f.coreTables, x)
	case component.SortCoreMemory:
		f.coreMemories = append(f.coreMemories, x)
	case component.SortCoreGlobal:
		f.coreGlobals = append(f.coreGlobals, x)
	case component.SortCoreTag:
		f.coreTags = append(f.coreTags, x)
	}
	return nil
}

// opts are the canonical options at a position, made when they are first used.
func (f *frame) opts(n int) *abi.Options {
	if o := f.options[n]; o != nil {
		return o
	}
	from := &f.plan.Options[n]
	o := &abi.Options{Encoding: from.Encoding, Width: from.Width, Async: from.Async}
	if from.Memory >= 0 {
		o.Memory, _ = f.coreMemories[from.Memory].(engine.Memory)
	}
	o.Realloc, o.PostReturn, o.Callback = f.option(from.Realloc), f.option(from.PostReturn), f.option(from.Callback)
	if o.Realloc != nil && f.plan.Context {
		o.Realloc = canon.NewRealloc(f.state, o.Realloc)
	}
	f.options[n] = o
	return o
}

func (f *frame) option(i int64) abi.CoreFunc {
	if i < 0 {
		return nil
	}
	return f.coreFuncs[i].call
}

// canon makes what a canonical definition defines.
func (f *frame) canon(c *plan.Canon) error {
	switch c.Op {
	case component.CanonLift:
		fn := &f.lifted[c.Nth]
		*fn = canon.Func{Name: c.Name, Type: c.Type, Inst: f.state, Callee: f.coreFuncs[c.Func].call, Opts: f.opts(c.Options)}
		f.funcs = append(f.funcs, fn)
		return nil
	case component.CanonLower:
		l := &f.lowered[c.Nth]
		*l = canon.Lowered{Inst: f.state, Type: c.Type, Opts: f.opts(c.Options), Callee: f.funcs[c.Func]}
		if err := f.adapt(c, l); err != nil {
			return err
		}
		l.Bind()
		f.coreFuncs = append(f.coreFuncs, coreFunc{f.plan.Extern(c), l})
		f.state.Canons[c.Index] = l
		return nil
	}
	b := canon.Builtin{
		Inst: f.state, Resource: c.Resource, Type: c.Value, Result: c.Result, Opts: f.opts(c.Options),
		Async: c.Async || f.plan.Options[c.Options].Async, Cancellable: c.Cancellable, Slot: c.Slot, Wide: c.Wide,
	}
	if c.Op == component.CanonThreadNewIndirect {
		b.Table, _ = f.coreTables[c.Table].(engine.Table)
	}
	fn := canon.NewBuiltin(c.Op, b)
	f.coreFuncs = append(f.coreFuncs, coreFunc{f.plan.Extern(c), fn})
	f.state.Canons[c.Index] = fn
	return nil
}

// adapt finds or makes the adapters of a call to another component.
func (f *frame) adapt(c *plan.Canon, l *canon.Lowered) error {
	callee := l.Callee
	if callee.Host != nil {
		return nil
	}
	a := c.Adapters.Load()
	if a == nil || a.Callee != callee.Type || a.Width != callee.Opts.Width {
		a = &plan.Adapters{Callee: callee.Type, Width: callee.Opts.Width}
		var err error
		if a.Params, err = abi.NewAdapter(c.Type.Params, callee.Type.Params, l.Opts.Width, a.Width); err != nil {
			return err
		}
		if a.Results, err = abi.NewAdapter(callee.Type.Result, c.Type.Result, a.Width, l.Opts.Width); err != nil {
			return err
		}
		c.Adapters.Store(a)
	}
	l.Params, l.Results = a.Params, a.Results
	return nil
}

// start calls the start function of the component.
func (f *frame) start(i *plan.StartInit) error {
	args := make([]value.Value, len(i.Args))
	for n, x := range i.Args {
		args[n] = f.values[x]
	}
	fn := f.funcs[i.Func]
	if fn.Host != nil {
		return fmt.Errorf("the start function %q is imported from the host, which is not supported: a start function must be one that a component defines", fn.Name)
	}
	results, err := fn.Invoke(f.state.Store.HostContext(f.ctx), args)
	f.values = append(f.values, results...)
	return err
}
