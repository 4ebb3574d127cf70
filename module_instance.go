package dray

// This file is instances of modules, their functions, and the state that host functions
// keep for them.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/wasm"
)

// A ModuleInstance is an instantiated module. Export, Func and Memory are safe for
// concurrent use; calls must not overlap unless the guest was built for
// threads.
type ModuleInstance struct {
	module  *Module
	store   engine.Store
	inst    engine.Instance
	externs []engine.Extern // the imports
	state   *state
	stack   *stackShare
	closers []func() error
	once    sync.Once
	err     error
}

// Module is the module that the instance is of.
func (in *ModuleInstance) Module() *Module { return in.module }

// Func is an exported function.
func (in *ModuleInstance) Func(name string) (*ModuleFunc, error) {
	f, ok := in.inst.Export(name).(engine.Func)
	if !ok {
		return nil, in.module.noExport(wasm.ExternFunc, name)
	}
	return &ModuleFunc{in, f}, nil
}

// Memory is an exported memory.
func (in *ModuleInstance) Memory(name string) (engine.Memory, error) {
	m, ok := in.inst.Export(name).(engine.Memory)
	if !ok {
		return nil, in.module.noExport(wasm.ExternMemory, name)
	}
	return m, nil
}

// Global is an exported global.
func (in *ModuleInstance) Global(name string) (engine.Global, error) {
	g, ok := in.inst.Export(name).(engine.Global)
	if !ok {
		return nil, in.module.noExport(wasm.ExternGlobal, name)
	}
	return g, nil
}

// Close releases the instance and what host functions keep for it. A call
// that still runs keeps its memory until it returns. Closing twice does
// nothing.
func (in *ModuleInstance) Close() error {
	in.once.Do(func() {
		if in.state.tank != nil && in.inst != nil {
			in.state.tank.forget(in.inst)
		}
		if in.stack != nil {
			in.state.stack.forget(in.stack)
		}
		in.err = in.store.Close()
		for i := len(in.closers) - 1; i >= 0; i-- {
			in.err = errors.Join(in.err, in.closers[i]())
		}
	})
	return in.err
}

// noExport says what is there instead of what was asked for.
func (m *Module) noExport(kind wasm.ExternKind, name string) error {
	if e, ok := m.syntax.Export(name); ok {
		return fmt.Errorf("the export %q is a %v, not a %v", name, e.Kind, kind)
	}
	var names []string
	for _, e := range m.syntax.Exports {
		if e.Kind == kind {
			names = append(names, e.Name)
		}
	}
	return &ExportError{Kind: kind, Name: name, Have: names}
}

// An ExportError is an export that a module does not have.
type ExportError struct {
	Kind wasm.ExternKind
	Name string
	// Have are the names of the exports of that kind.
	Have []string
}

func (e *ExportError) Error() string {
	msg := fmt.Sprintf("the module exports no %v %q", e.Kind, e.Name)
	switch n := len(e.Have); {
	case n == 0:
		return msg + fmt.Sprintf("; it exports no %v at all", e.Kind)
	case n > 20:
		return msg + fmt.Sprintf("; it exports %q and %d more", e.Have[:20], n-20)
	}
	return msg + fmt.Sprintf("; it exports %q", e.Have)
}

// A ModuleFunc is an exported function.
type ModuleFunc struct {
	in *ModuleInstance
	fn engine.Func
}

// Type is the function's type.
func (f *ModuleFunc) Type() wasm.FuncType { return f.fn.FuncType() }

// Call calls the function with the arguments in stack, one word each (two for
// a v128), and leaves the results there: stack must have room for the longer
// of the two. It allocates nothing. See [ModuleFunc.Invoke] for something easier.
func (f *ModuleFunc) Call(ctx context.Context, stack []uint64) error {
	t := f.fn.FuncType()
	if need := max(words(t.Params), words(t.Results)); len(stack) < need {
		return fmt.Errorf("the function needs a stack of %d words, but it was given %d", need, len(stack))
	}
	if err := notInterrupted(ctx); err != nil {
		return f.in.module.explain(err)
	}
	if err := f.in.stack.call(ctx, f.fn, stack); err != nil {
		return f.in.module.explain(err)
	}
	return nil
}

// Invoke calls the function with arguments of its parameter types.
func (f *ModuleFunc) Invoke(ctx context.Context, args ...CoreValue) ([]CoreValue, error) {
	t := f.fn.FuncType()
	if len(args) != len(t.Params) {
		return nil, fmt.Errorf("the function takes %d arguments, but it was given %d: its type is (func %v)", len(t.Params), len(args), t)
	}
	stack := make([]uint64, 0, max(words(t.Params), words(t.Results)))
	for i, a := range args {
		if a.typ != t.Params[i] {
			return nil, fmt.Errorf("argument %d is of type %v, but the function takes a %v", i, a.typ, t.Params[i])
		}
		stack = append(stack, a.bits.Lo)
		if a.typ == wasm.V128 {
			stack = append(stack, a.bits.Hi)
		}
	}
	stack = stack[:cap(stack)]
	if err := f.Call(ctx, stack); err != nil {
		return nil, err
	}
	out := make([]CoreValue, len(t.Results))
	for i, rt := range t.Results {
		out[i] = CoreValue{typ: rt, bits: engine.Value{Lo: stack[0]}}
		if rt == wasm.V128 {
			out[i].bits.Hi = stack[1]
		}
		stack = stack[words(t.Results[i:i+1]):]
	}
	return out, nil
}

// words is how many words values of some types take on a stack.
func words(ts []wasm.ValType) int {
	n := len(ts)
	for _, t := range ts {
		if t == wasm.V128 {
			n++
		}
	}
	return n
}

// An Option is something about one instance.
type Option func(*instanceConfig)

type instanceConfig struct {
	limits       Limits
	state        state
	closers      []func() error
	sharedMemory bool
	patient      bool
}

func (c *instanceConfig) close() error {
	var err error
	for i := len(c.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, c.closers[i]())
	}
	return err
}

// WithLimits bounds what the instance may use.
func WithLimits(l Limits) Option { return func(c *instanceConfig) { c.limits = l } }

// OnClose is called when the instance is closed, or could not be made. The
// last one given is called first.
func OnClose(f func() error) Option {
	return func(c *instanceConfig) { c.closers = append(c.closers, f) }
}

// A state is what host functions keep for an instance, by key, and what it and
// those that it is linked with have left of fuel and call stacks.
type state struct {
	values []any
	tank   *tank // nil where fuel is not counted
	stack  stackPool
}

// A StateKey finds what one set of host functions keeps for the instance that
// calls them. Make keys once, as package variables.
type StateKey[T any] struct{ slot int }

var stateKeys atomic.Int64

// NewStateKey makes a key that is equal to no other.
func NewStateKey[T any]() StateKey[T] { return StateKey[T]{int(stateKeys.Add(1) - 1)} }

// With gives an instance a value for the key.
func (k StateKey[T]) With(v T) Option {
	return func(c *instanceConfig) {
		for len(c.state.values) <= k.slot {
			c.state.values = append(c.state.values, nil)
		}
		c.state.values[k.slot] = v
	}
}

// Of is the value that the calling instance was given, or the zero value.
func (k StateKey[T]) Of(c Caller) T {
	s, _ := c.Data().(*state)
	return k.in(s)
}

// From is Of for functions of the host that a component calls: ctx is the
// context that such a function was given, or one derived from it. Instances
// that were linked with each other have the state of the first of them.
func (k StateKey[T]) From(ctx context.Context) T {
	var s *state
	if store := task.StoreOf(ctx); store != nil {
		if d, ok := store.Data.(*storeData); ok {
			s = d.state
		}
	}
	return k.in(s)
}

func (k StateKey[T]) in(s *state) T {
	var none T
	if s == nil || k.slot >= len(s.values) {
		return none
	}
	v, _ := s.values[k.slot].(T)
	return v
}
