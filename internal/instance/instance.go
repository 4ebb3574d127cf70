// Package instance instantiates components: it runs the initializers of a plan
// (Component Model explainer, section "Component Definitions").
package instance

import (
	"context"
	"fmt"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// An Item is what can be imported and exported: a *canon.Func, *Exports,
// *Component, *plan.Module, *task.ResourceType, value.Value, or nil for a type
// that is no resource type.
type Item any

// Exports are the exports of an instance by position; the order is that of its
// type.
type Exports struct{ Items []Item }

// A Component is a component as a value: with the definitions of enclosing
// components that it may refer to.
type Component struct {
	Plan *plan.Plan
	env  *frame
	// views are the shapes through which it is seen, the last one outermost.
	views []*plan.Shape
}

// New is a component that is not part of another.
func New(p *plan.Plan) *Component { return &Component{Plan: p} }

// An Instance is an instance of a component.
type Instance struct {
	Exports
	State *task.Instance
	Plan  *plan.Plan
}

// Call is the host function behind the core function that the canonical
// definition at an index makes: see plan.Config.
func Call(index int) func(ctx context.Context, c engine.Caller, stack []uint64) error {
	return func(ctx context.Context, c engine.Caller, stack []uint64) error {
		return c.Data().(*task.Instance).Canons[index].Call(ctx, stack)
	}
}

// A frame is the index spaces of an instance.
type frame struct {
	plan  *plan.Plan
	state *task.Instance
	outer *frame // of the enclosing component
	ctx   context.Context

	funcs         []*canon.Func
	values        []value.Value
	types         []*task.ResourceType // nil for other types
	components    []*Component
	instances     []*Exports
	coreFuncs     []coreFunc
	coreTables    []engine.Extern
	coreMemories  []engine.Extern
	coreGlobals   []engine.Extern
	coreTags      []engine.Extern
	coreModules   []*plan.Module
	coreInstances []coreInstance

	imports []Item
	options []*abi.Options
	lifted  []canon.Func
	lowered []canon.Lowered
}

// A coreFunc is a core function: as core code imports it, and as it is called
// from here.
type coreFunc struct {
	extern engine.Extern
	call   abi.CoreFunc
}

// A coreInstance is an instance of a module, or one made of definitions.
type coreInstance struct {
	inst   engine.Instance
	inline map[string]plan.CoreRef
}

// Instantiate makes an instance in a store. imports are the imports in order,
// and match the types of the plan. The caller has the store's baton.
func (c *Component) Instantiate(ctx context.Context, s *task.Store, parent *task.Instance, imports []Item) (*Instance, error) {
	if err := s.CountInstance(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	p := c.Plan
	f := &frame{plan: p, outer: c.env, ctx: ctx, imports: imports, state: task.NewInstance(s, parent)}
	f.state.Name = p.Name
	f.state.Resources = make([]*task.ResourceType, len(p.Slots))
	f.state.Canons = make([]abi.CoreFunc, len(p.Canons))
	f.options = make([]*abi.Options, len(p.Options))
	f.lifted, f.lowered = make([]canon.Func, p.Lifts), make([]canon.Lowered, p.Lowers)
	f.spaces()
	end := canon.Starting(f.state)
	defer end()
	for _, i := range p.Inits {
		if err := f.run(i); err != nil {
			f.state.Poison(parent, err)
			return nil, err
		}
	}
	in := &Instance{State: f.state, Plan: p}
	in.Items = make([]Item, len(p.Items))
	for i, r := range p.Items {
		in.Items[i] = f.item(r)
	}
	return in, nil
}

// spaces makes room for the definitions.
func (f *frame) spaces() {
	n := &f.plan.Counts
	f.funcs = make([]*canon.Func, 0, n[component.SortFunc])
	f.types = make([]*task.ResourceType, 0, n[component.SortType])
	f.instances = make([]*Exports, 0, n[component.SortInstance])
	f.coreFuncs = make([]coreFunc, 0, n[component.SortCoreFunc])
	f.coreInstances = make([]coreInstance, 0, n[component.SortCoreInstance])
	f.coreModules = make([]*plan.Module, 0, n[component.SortCoreModule])
}

// run runs one initializer.
func (f *frame) run(i plan.Init) error {
	switch i := i.(type) {
	case *plan.ImportInit:
		f.define(i.Sort, f.imports[i.Pos])
	case *plan.ModuleInit:
		f.coreModules = append(f.coreModules, i.Module)
	case *plan.CoreInstanceInit:
		return f.coreInstance(i)
	case *plan.CoreInlineInit:
		f.coreInstances = append(f.coreInstances, coreInstance{inline: i.Exports})
	case *plan.CoreAliasInit:
		return f.coreAlias(i)
	case *plan.ComponentInit:
		f.components = append(f.components, &Component{Plan: i.Plan, env: f})
	case *plan.InstanceInit:
		return f.instance(i)
	case *plan.InlineInit:
		f.instances = append(f.instances, &Exports{f.items(i.Items)})
	case *plan.AliasInit:
		f.define(i.Sort, f.instances[i.Instance].Items[i.Pos])
	case *plan.OuterInit:
		f.alias(i)
	case *plan.TypeInit:
		f.types = append(f.types, nil)
	case *plan.ResourceInit:
		f.resource(i)
	case *plan.BindInit:
		f.bind(i)
	case *plan.CanonInit:
		return f.canon(i.Canon)
	case *plan.ExportInit:
		f.define(i.Ref.Sort, f.item(i.Ref))
	case *plan.StartInit:
		return f.start(i)
	default:
		return fmt.Errorf("unknown initializer %T", i)
	}
	return nil
}

// define appends an item to the index space of its sort.
func (f *frame) define(s component.Sort, it Item) {
	switch s {
	case component.SortFunc:
		f.funcs = append(f.funcs, it.(*canon.Func))
	case component.SortValue:
		f.values = append(f.values, it.(value.Value))
	case component.SortType:
		rt, _ := it.(*task.ResourceType)
		f.types = append(f.types, rt)
	case component.SortComponent:
		f.components = append(f.components, it.(*Component))
	case component.SortInstance:
		f.instances = append(f.instances, it.(*Exports))
	case component.SortCoreModule:
		f.coreModules = append(f.coreModules, it.(*plan.Module))
	}
}

// item is a definition as an item.
func (f *frame) item(r plan.Ref) Item {
	switch r.Sort {
	case component.SortFunc:
		return f.funcs[r.Index]
	case component.SortValue:
		return f.values[r.Index]
	case component.SortType:
		if rt := f.types[r.Index]; rt != nil {
			return rt
		}
		return nil
	case component.SortComponent:
		return view(f.components[r.Index], r.Shape)
	case component.SortInstance:
		return view(f.instances[r.Index], r.Shape)
	case component.SortCoreModule:
		return f.coreModules[r.Index]
	}
	return nil
}

func (f *frame) items(refs []plan.Ref) []Item {
	out := make([]Item, len(refs))
	for i, r := range refs {
		out[i] = f.item(r)
	}
	return out
}

// view is an item seen through a shape.
func view(it Item, s *plan.Shape) Item {
	if s == nil {
		return it
	}
	switch it := it.(type) {
	case *Exports:
		return &Exports{part(it.Items, s.Exports)}
	case *Component:
		v := *it
		v.views = append(v.views[:len(v.views):len(v.views)], s)
		return &v
	}
	return it
}

// part takes items at positions.
func part(items []Item, parts []plan.Part) []Item {
	out := make([]Item, len(parts))
	for i, p := range parts {
		out[i] = view(items[p.Pos], p.Shape)
	}
	return out
}

// instance instantiates a component with arguments in the order of its type,
// which may be a view of what it is.
func (f *frame) instance(i *plan.InstanceInit) error {
	c := f.components[i.Component]
	args := f.items(i.Args)
	for n := len(c.views) - 1; n >= 0; n-- {
		args = part(args, c.views[n].Imports)
	}
	in, err := c.Instantiate(f.ctx, f.state.Store, f.state, args)
	if err != nil {
		return err
	}
	exports := in.Items
	for _, v := range c.views {
		exports = part(exports, v.Exports)
	}
	f.instances = append(f.instances, &Exports{exports})
	return nil
}

// alias takes a definition of an enclosing component.
func (f *frame) alias(i *plan.OuterInit) {
	from := f
	for range i.Count {
		from = from.outer
	}
	switch i.Sort {
	case component.SortCoreModule:
		f.coreModules = append(f.coreModules, from.coreModules[i.Index])
	case component.SortComponent:
		f.components = append(f.components, from.components[i.Index])
	}
}

// resource defines a resource type.
func (f *frame) resource(i *plan.ResourceInit) {
	rt := &task.ResourceType{Name: f.plan.Slots[i.Slot], Impl: f.state}
	if i.HasDtor {
		rt.Dtor = f.coreFuncs[i.Dtor].call
	}
	f.types = append(f.types, rt)
	f.state.Resources[i.Slot] = rt
}

// bind gives a slot its resource type.
func (f *frame) bind(i *plan.BindInit) {
	if i.From.Sort == component.SortType {
		f.state.Resources[i.Slot] = f.types[i.From.Index]
		return
	}
	var it Item = f.instances[i.From.Index]
	for _, pos := range i.Path {
		it = it.(*Exports).Items[pos]
	}
	f.state.Resources[i.Slot], _ = it.(*task.ResourceType)
}
