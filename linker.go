package dray

// This file is linking of components: what their imports stand for.

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"sync"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/govalue"
	"github.com/dray-wasm/dray/internal/instance"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/internal/task"
)

// A Linker collects definitions for the imports of components: of the root, by
// the methods of Definitions, and of whole interfaces (see [Linker.Instance]).
//
// Names follow the version rule of the Component Model: an interface with the
// version 0.2.3 is found for an import with the version 0.2.0, and the other
// way round. A Linker is safe for concurrent use; components prepared or
// instantiated see what was there before.
type Linker struct {
	*Definitions
	observe Observer
}

// NewLinker makes a linker without definitions.
func (r *Runtime) NewLinker() *Linker {
	return &Linker{Definitions: newDefinitions(&sync.RWMutex{}, r)}
}

// Runtime is the runtime that the linker is of.
func (l *Linker) Runtime() *Runtime { return l.rt }

// Definitions are named definitions: those of a linker, or of one instance in
// it. They are safe for concurrent use.
type Definitions struct {
	mu    *sync.RWMutex // of the linker
	names map[string]*instance.Definition
	inner map[string]*Definitions
	root  *Definitions
	rt    *Runtime
	// store is the one that all instances given here are in, where there are
	// such; in the root only.
	store *instanceStore
	// refuse is why nothing can be defined here, or nil.
	refuse error
}

func newDefinitions(mu *sync.RWMutex, rt *Runtime) *Definitions {
	d := &Definitions{mu: mu, names: map[string]*instance.Definition{}, inner: map[string]*Definitions{}, rt: rt}
	d.root = d
	return d
}

// add adds a definition. A name can be defined once.
func (d *Definitions) add(name string, def *instance.Definition) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.addLocked(name, def)
}

func (d *Definitions) addLocked(name string, def *instance.Definition) error {
	if d.refuse != nil {
		return d.refuse
	}
	if _, ok := d.names[name]; ok {
		return fmt.Errorf("%q is defined twice", name)
	}
	d.names[name] = def
	return nil
}

// Instance is the definitions of an instance, such as
// "docs:people/registry@1.0.0". It is made when it is first asked for; one that
// was given can be added to.
func (d *Definitions) Instance(name string) *Definitions {
	d.mu.Lock()
	defer d.mu.Unlock()
	if in, ok := d.inner[name]; ok {
		return in
	}
	in := newDefinitions(d.mu, d.rt)
	in.root, in.refuse = d.root, d.refuse
	d.inner[name] = in
	switch def := d.names[name]; {
	case def == nil:
	case def.Names != nil:
		maps.Copy(in.names, def.Names)
	default:
		in.refuse = fmt.Errorf("%q is defined already, and is no instance", name)
		return in
	}
	d.names[name] = &instance.Definition{Names: in.names}
	return in
}

// Func defines a function by a function in Go. Its parameters are an optional
// context.Context, and a Go type for each parameter; its results are a Go type
// for the result, if there is one, and an optional error. [FuncOf] tells which
// Go types stand for which types. The types are checked when a component that
// imports the function is prepared.
//
// An error ends the call of the guest with a [*Trap], unless the function's
// result is a result type and the error is its error case: see [Fail]. The
// context ends with the call of the guest.
//
// Where the component's function is async, fn is a function that waits for
// what it needs, as usual in Go: it runs on a goroutine of its own, any number
// of times at once, while guests go on. Its context ends when the guest cancels
// the call; then the error that it returns, such as that of the context, is
// nobody's trap. It may call the guest, and read streams of the guest. Where the
// component's function is not async, nothing else runs in the guest, or in those
// linked to it, until fn returns.
func (d *Definitions) Func(name string, fn any) error {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		return fmt.Errorf("%q must be defined by a function, not by a %T", name, fn)
	}
	return d.host(name, func(t *abi.FuncType, res []*task.ResourceType) (canon.HostFunc, error) {
		return govalue.BindHost(v, t, res)
	})
}

// FuncValues defines a function of any type by one that takes and returns
// values. What is said of [Definitions.Func] about async functions goes for it,
// too. For streams and futures see [EndValue].
func (d *Definitions) FuncValues(name string, fn func(ctx context.Context, t *FuncType, args []Value) ([]Value, error)) error {
	return d.host(name, func(*abi.FuncType, []*task.ResourceType) (canon.HostFunc, error) {
		return govalue.HostValues(fn), nil
	})
}

// host adds a function of the host, which is made when it is known what type
// it is to have.
func (d *Definitions) host(name string, bind instance.Binder) error {
	return d.add(name, &instance.Definition{Bind: bind})
}

// A ResourceType is a resource type of the host.
type ResourceType struct{ rt *task.ResourceType }

// NewResource makes a resource type whose resources are of a type T in Go.
// drop is called for a resource whose owned handle a guest drops; it may be
// nil.
func NewResource[T any](drop func(ctx context.Context, v T) error) *ResourceType {
	rt := &task.ResourceType{HostType: reflect.TypeFor[T](), Name: reflect.TypeFor[T]().String()}
	rt.Accepts = func(v any) bool {
		_, ok := v.(T)
		return ok
	}
	if drop != nil {
		rt.HostDtor = func(ctx context.Context, rep any) error { return drop(ctx, rep.(T)) }
	}
	return &ResourceType{rt}
}

// Resource defines a resource type. Functions of linkers then take and return
// values of its type in Go.
func (d *Definitions) Resource(name string, t *ResourceType) error {
	return d.add(name, &instance.Definition{Item: t.rt})
}

// Component defines a component, for components that instantiate it.
func (d *Definitions) Component(name string, c *Component) error {
	if c.rt != d.rt {
		return fmt.Errorf("%q: the component was compiled by another runtime than the linker's", name)
	}
	return d.add(name, &instance.Definition{Item: c.root})
}

// Module defines a core module, for components that instantiate it.
func (d *Definitions) Module(name string, m *Module) error {
	if m.rt != d.rt {
		return fmt.Errorf("%q: the module was compiled by another runtime than the linker's", name)
	}
	p := &plan.Module{Code: m.code, Imports: m.syntax.ImportTypes(), Extra: m.meterExterns()}
	return d.add(name, &instance.Definition{Item: p})
}

// Value defines a value.
func (d *Definitions) Value(name string, v Value) error {
	return d.add(name, &instance.Definition{Item: v})
}

// Give defines an instance by another one: components that import it call its
// exports. Instances that are made with it share a store with it and take turns
// with it (see [Instance]); all instances given to one linker must share one.
func (d *Definitions) Give(name string, in *Instance) error {
	def := in.in.Definition()
	return d.give(name, in, def)
}

// GiveAll defines every export of an instance under its own name.
func (d *Definitions) GiveAll(in *Instance) error {
	for name, def := range in.in.Definition().Names {
		if err := d.give(name, in, def); err != nil {
			return err
		}
	}
	return nil
}

func (d *Definitions) give(name string, in *Instance, def *instance.Definition) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch s := d.root.store; {
	case in.component.rt != d.rt:
		return fmt.Errorf("%q: the instance is of another runtime than the linker", name)
	case s != nil && s != in.store:
		return fmt.Errorf("%q: all instances given to a linker must be linked to each other, but this one is not", name)
	}
	err := d.addLocked(name, def)
	if err == nil {
		d.root.store = in.store
	}
	return err
}

// Traps defines what a component imports and is not defined yet: functions
// that trap when they are called, and resource types without a value. It is
// for components that need little of what they import.
func (d *Definitions) Traps(c *Component) error {
	return d.traps(c.root.Plan.Imports, map[int]bool{})
}

// traps defines what is missing. A resource type that is there in one instance
// is known in the others, by its slot.
func (d *Definitions) traps(imports []plan.Extern, known map[int]bool) error {
	for i := range imports {
		x := &imports[i]
		d.mu.RLock()
		def := instance.Find(d.names, x.Name)
		d.mu.RUnlock()
		var err error
		switch kind := kindOf(x); {
		case kind == ExternInstance:
			in := d.innerOf(def)
			if def == nil {
				in = d.Instance(x.Name)
			}
			if in != nil {
				err = in.traps(x.Exports, known)
			} else {
				given(x.Exports, known)
			}
		case kind == ExternFunc && def == nil:
			err = d.FuncValues(x.Name, func(context.Context, *FuncType, []Value) ([]Value, error) {
				return nil, abi.Trapf("the function is not defined")
			})
		case kind == ExternResource:
			if def == nil && !known[x.Resource] {
				err = d.Resource(x.Name, NewResource[struct{}](nil))
			}
			known[x.Resource] = true
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// given notes the resource types of an instance that was given.
func given(exports []plan.Extern, known map[int]bool) {
	for i := range exports {
		if exports[i].Resource >= 0 {
			known[exports[i].Resource] = true
		}
		given(exports[i].Exports, known)
	}
}

// innerOf is the definitions behind an instance definition of a linker.
func (d *Definitions) innerOf(def *instance.Definition) *Definitions {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for name, in := range d.inner {
		if def != nil && d.names[name] == def {
			return in
		}
	}
	return nil
}

// snapshot copies the definitions.
//
// Functions in them tell observe, unless it is nil; prefix is what their names
// begin with.
func snapshot(names map[string]*instance.Definition, prefix string, observe Observer) map[string]*instance.Definition {
	out := make(map[string]*instance.Definition, len(names))
	for n, d := range names {
		if d.Names != nil {
			c := *d
			c.Names = snapshot(d.Names, prefix+n+"#", observe)
			d = &c
		} else if d.Bind != nil && observe != nil {
			d = observed(d, prefix+n, observe)
		}
		out[n] = d
	}
	return out
}

// An Observer is told of each call of a function of the host that a component
// makes, before it is done. It is called by one guest at a time, but by several
// at the same time; ctx is that of the function.
type Observer func(ctx context.Context, function string)

// Observe has f told of calls by components that are prepared afterwards: the
// name of a function is "run", or "docs:people/registry@1.0.0#find" as the
// definition has it. Components that were prepared without are no slower for it.
func (l *Linker) Observe(f Observer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.observe = f
}

// observed is a function that tells of its calls.
func observed(d *instance.Definition, name string, f Observer) *instance.Definition {
	c := *d
	c.Bind = func(t *abi.FuncType, res []*task.ResourceType) (canon.HostFunc, error) {
		do, err := d.Bind(t, res)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, c *canon.HostCall, flat []uint64) error {
			f(ctx, name)
			return do(ctx, c, flat)
		}, nil
	}
	return &c
}
