// This file runs components: they are compiled, linked with instances that are
// registered, instantiated, and their functions invoked.

package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	comp "github.com/dray-wasm/dray/internal/instance"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// defineComponent takes a component through the layers, and compiles it unless
// the engine lacks a feature that it needs.
func (r *runner) defineComponent(def *definition, m *Module) {
	syntax, info, err := r.component(m)
	if err != nil {
		def.err = err
		return
	}
	for _, x := range info.Imports {
		def.names = append(def.names, x.Name)
	}
	check := func(set wasm.Features) error {
		_, err := valid.Component(syntax, r.cfg.ComponentFeatures, set)
		return err
	}
	if def.skip, err = missing(check, r.cfg.Features, r.have); err != nil {
		def.err = fmt.Errorf("valid, but with the engine's features: %w", err)
	}
	if def.skip != "" || def.err != nil {
		return
	}
	p, err := plan.New(r.ctx, syntax, info, plan.Config{Engine: r.eng, Compile: r.compileCore, Call: comp.Call})
	if err != nil {
		def.err = fmt.Errorf("it is valid, but cannot be compiled: %w", err)
		return
	}
	r.keep(p)
	def.root = comp.New(p)
}

// compileCore compiles a core module of a component.
func (r *runner) compileCore(ctx context.Context, m *wasm.Module) (*plan.Module, error) {
	out := &plan.Module{}
	if r.meter != nil {
		var err error
		if m, out.Extra, err = r.meter.instrument(m); err != nil {
			return nil, err
		}
		out.Began = func(_ *task.Store, in engine.Instance) { r.meter.watch(in) }
	}
	var err error
	out.Code, err = r.eng.Compile(ctx, m, nil)
	return out, err
}

// instantiateComponent makes an instance of a component, as instantiate does of
// a module.
func (sc *scope) instantiateComponent(def *definition) (*instance, error) {
	items, from, err := sc.linkComponent(def)
	if err != nil && !isSkip(err) {
		return nil, err
	}
	in := &instance{def: def, skip: err}
	sc.r.mu.Lock()
	for _, f := range from {
		in.links = append(in.links, f)
		f.links = append(f.links, in)
	}
	sc.r.mu.Unlock()
	if in.skip != nil {
		in.taint(in.skip) // what its start functions would have changed is not known
		return in, in.skip
	}
	err = sc.r.running(func() error {
		nested, err := sc.r.tasks.Enter(sc.r.ctx)
		if err != nil {
			return err
		}
		if !nested {
			defer sc.r.tasks.Leave()
		}
		in.root, err = def.root.Instantiate(sc.r.ctx, sc.r.tasks, nil, items)
		return err
	})
	var link *engine.LinkError
	switch {
	case errors.As(err, &link):
		return nil, fmt.Errorf("the imports match, but the engine refuses to link: %w", err)
	case err != nil:
		return nil, plainTrap(sc.r.afterTrap(err))
	}
	return in, nil
}

// linkComponent finds the imports of a component. from are the instances that
// they are of. The error is a *skipError where the component or one of these
// is skipped.
func (sc *scope) linkComponent(def *definition) (items []comp.Item, from []*instance, err error) {
	defs := map[string]*comp.Definition{}
	owners := map[*comp.Definition]*instance{}
	for name, in := range sc.registered {
		if in.def == nil || !in.def.component {
			continue
		}
		d := &comp.Definition{}
		if in.root != nil {
			d = in.root.Definition()
		}
		defs[name], owners[d] = d, in
	}
	var skip error
	if def.skip != "" {
		skip = &skipError{def.skip}
	}
	for _, name := range def.names {
		in := owners[comp.Find(defs, name)]
		if in == nil || slices.Contains(from, in) {
			continue
		}
		from = append(from, in)
		if skip == nil {
			skip = in.skip
		}
	}
	if skip != nil {
		return nil, from, skip
	}
	items, problems := comp.Link(def.root.Plan, defs)
	if len(problems) == 0 {
		return items, from, nil
	}
	texts := make([]string, len(problems))
	for i, p := range problems {
		path := strings.Join(p.Path, "#")
		switch {
		case p.Msg != "":
			texts[i] = fmt.Sprintf("incompatible import type: %q: %s", path, p.Msg)
		case p.Near != "":
			texts[i] = fmt.Sprintf("unknown import %q; there is %q", path, p.Near)
		default:
			texts[i] = fmt.Sprintf("unknown import %q", path)
		}
	}
	return nil, nil, &linkError{strings.Join(texts, "; ")}
}

// errBroken is what commands about components answer once one has panicked: it
// may have left the store locked.
var errBroken = errors.New("components cannot run any more: a command before panicked")

// running does something in the store of components.
func (r *runner) running(do func() error) error {
	if r.broken.Load() {
		return errBroken
	}
	returned := false
	defer func() {
		if !returned {
			r.broken.Store(true)
		}
	}()
	err := do()
	returned = true
	return err
}

// exported finds a function that an instance of a component exports, or that
// an exported instance does: "instance#function".
func (in *instance) exported(name string) (*canon.Func, error) {
	if f, sort := lookup(in.root.Items, in.root.Plan.Exports, name); f != nil {
		return f, nil
	} else if sort != "" {
		return nil, fmt.Errorf("the export %q is no function, but of sort %s", name, sort)
	}
	if outer, inner, ok := strings.Cut(name, "#"); ok {
		for i, x := range in.root.Plan.Exports {
			if x.Name != outer || x.Sort != component.SortInstance {
				continue
			}
			if f, _ := lookup(in.root.Items[i].(*comp.Exports).Items, x.Exports, inner); f != nil {
				return f, nil
			}
		}
	}
	return nil, fmt.Errorf("the component exports no %q", name)
}

// lookup finds a function among exports; sort is what the export is that is
// none.
func lookup(items []comp.Item, types []plan.Extern, name string) (f *canon.Func, sort string) {
	for i := range types {
		if types[i].Name != name {
			continue
		}
		if f, ok := items[i].(*canon.Func); ok {
			return f, ""
		}
		return nil, types[i].Sort.String()
	}
	return nil, ""
}

// actComponent performs an action on an instance of a component.
func (sc *scope) actComponent(in *instance, a *Action) (*results, error) {
	if a.Get {
		return nil, errors.New("a component exports no globals")
	}
	f, err := in.exported(a.Name)
	if err != nil {
		return nil, err
	}
	args, err := arguments(a.Args, f.Type.FuncType)
	if err != nil {
		return nil, err
	}
	var got []value.Value
	err = sc.r.running(func() (err error) {
		got, err = sc.call(f, args)
		return err
	})
	if err != nil {
		return nil, plainTrap(sc.r.afterTrap(err))
	}
	res := &results{component: true}
	for _, v := range got {
		res.values = append(res.values, fromValue(v))
	}
	return res, nil
}

// call calls a function of a component, and runs what is ready until it has
// returned.
func (sc *scope) call(f *canon.Func, args []value.Value) (got []value.Value, err error) {
	if !f.Type.Async {
		return f.Invoke(sc.r.ctx, args)
	}
	start := func(cx *abi.Context, flat []uint64) error {
		return abi.LowerValues(cx, abi.MaxFlatParams, args, f.Type.Params, flat, nil)
	}
	resolve := func(cx *abi.Context, flat []uint64, inMem bool) (err error) {
		most := abi.MaxFlatParams // those of task.return
		if inMem {
			most = 0
		}
		got, err = abi.LiftValues(cx, most, flat, f.Type.Result)
		return err
	}
	return got, f.CallAsync(sc.r.ctx, start, resolve)
}
