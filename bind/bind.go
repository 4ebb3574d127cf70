// Package bind is the run time of the Go code that "dray bindgen" writes. That
// code lifts and lowers values in straight lines; what it shares is here.
//
// Programs use the generated packages, and of this package the values that
// those name: [Result], [Error], [None], the tuples, [Handle], [Stream],
// [Future] and what makes them. The rest may change with the generator.
//
// Generated code handles 32-bit memories.
package bind

import (
	"context"
	"sync/atomic"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/task"
)

// A Context is what it takes to lift and lower values of one call.
type Context = abi.Context

// A Call is a call of an exported function under way.
type Call = canon.Call

// A HostCall is a call of a function of the host under way.
type HostCall = canon.HostCall

// A Bound is what a function knows once it is bound to a component: which of
// the component's resource types are those of the bindings.
type Bound struct {
	res     []*Resource // those of the bindings
	slots   []int       // by position in res
	ends    []endType
	owner   any
	explain func(error) error
	inst    *task.Instance // set where elements are moved
}

// Owner is what the bindings gave for the exports of the instance.
func (b *Bound) Owner() any { return b.owner }

// An Export is a function that an instance exports. It is safe for concurrent
// use, as the instance is.
type Export struct {
	Bound
	f canon.Func
}

// NewExport binds an exported function, after comparing its type with that of
// the bindings. res are the resource types of the bindings, which t names by
// their positions. explain makes errors of the run time those of the embedder.
func NewExport(f *canon.Func, t *FuncType, res []*Resource, owner any, explain func(error) error) (*Export, error) {
	if f.Host != nil {
		return nil, badType("the component exports a function of the host that it imports; call that itself")
	}
	b, err := match(t, res, f.Type, f.Inst.Resources)
	if err != nil {
		return nil, err
	}
	if f.Opts.Width != abi.Width32 {
		return nil, errWidth()
	}
	b.owner, b.explain = owner, explain
	return &Export{b, *f}, nil
}

func errWidth() error {
	return badType("the component has a 64-bit memory here, but generated bindings handle 32-bit memories only; call it by dray.FuncOf, or define it by Definitions.Func")
}

// CallAsync calls a function that is async. lower lowers the arguments to flat
// when the component takes them; lift lifts the results from flat, or from memory
// that flat[0] points to. Both are given the context to use.
func (e *Export) CallAsync(ctx context.Context, lower func(cx *Context, flat []uint64) error, lift func(cx *Context, flat []uint64, inMemory bool) error) error {
	if ctx.Err() != nil {
		return e.explain(&engine.Trap{Kind: engine.TrapInterrupted, Err: context.Cause(ctx)})
	}
	if err := e.f.CallAsync(ctx, lower, lift); err != nil {
		return e.explain(err)
	}
	return nil
}

// Begin begins a call. Unless it fails, End must follow.
func (e *Export) Begin(ctx context.Context) (*Call, error) {
	if ctx.Err() != nil {
		return nil, e.explain(&engine.Trap{Kind: engine.TrapInterrupted, Err: context.Cause(ctx)})
	}
	c, err := e.f.Begin(ctx)
	if err != nil {
		return nil, e.explain(err)
	}
	return c, nil
}

// End ends a call. err is what went wrong while lowering, invoking or lifting.
func (e *Export) End(c *Call, err error) error {
	if err = c.End(err); err != nil {
		return e.explain(err)
	}
	return nil
}

// A Func is a function that a component is to export.
type Func struct {
	// Name is its name, behind that of the interface and "#" if it is in one.
	Name string
	// Type is its type; resources in it are positions in a list.
	Type *FuncType
}

// A HostFunc is a function of the host.
type HostFunc struct {
	// Name is its name in its instance.
	Name string
	// Type is its type; resources in it are positions in Resources.
	Type      *FuncType
	Resources []*Resource
	// Call does the work, as a canonical function of the host.
	Call func(ctx context.Context, c *HostCall, b *Bound, flat []uint64) error
}

// Bind makes the function for an import of type t, after comparing the types.
// Resource types in t are those of res, by slot.
func (f *HostFunc) Bind(t *abi.FuncType, res []*task.ResourceType) (canon.HostFunc, error) {
	bound, err := match(f.Type, f.Resources, t, res)
	if err != nil {
		return nil, err
	}
	first := &boundTo{t, bound}
	if !t.Params.Handles && !t.Result.Handles {
		return func(ctx context.Context, c *HostCall, flat []uint64) error {
			if c.Cx.Width != abi.Width32 {
				return errWidth()
			}
			return f.Call(ctx, c, &first.Bound, flat)
		}, nil
	}
	// A component within the one that imports the function may call it, too,
	// and has slots of its own.
	var last atomic.Pointer[boundTo]
	last.Store(first)
	return func(ctx context.Context, c *HostCall, flat []uint64) error {
		if c.Cx.Width != abi.Width32 {
			return errWidth()
		}
		b := last.Load()
		if b.t != c.Type {
			bound, err := match(f.Type, f.Resources, c.Type, c.Inst().Resources)
			if err != nil {
				return err
			}
			b = &boundTo{c.Type, bound}
			last.Store(b)
		}
		return f.Call(ctx, c, &b.Bound, flat)
	}, nil
}

// A boundTo is a Bound with the type that it is for.
type boundTo struct {
	t *abi.FuncType
	Bound
}
