package bind

// This file is resource types and handles.

import (
	"context"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/task"
)

// A Resource is a resource type that bindings know.
type Resource struct {
	name string
	rt   *task.ResourceType // nil for one of a guest
}

// A Dropper is a resource of the host: a Go value that is told when the guest
// that owned it drops it.
type Dropper interface {
	Drop(ctx context.Context) error
}

// HostResource is a resource type of the host, whose resources are of type T.
func HostResource[T Dropper](name string) *Resource {
	r := &Resource{name: name, rt: &task.ResourceType{Name: name}}
	r.rt.HostType = r
	r.rt.HostDtor = func(ctx context.Context, rep any) error { return rep.(T).Drop(ctx) }
	return r
}

// GuestResource is a resource type that components implement.
func GuestResource(name string) *Resource { return &Resource{name: name} }

// Type is the resource type of the run time; nil for one of a guest.
func (r *Resource) Type() *task.ResourceType { return r.rt }

// A Handle is a resource of a guest.
type Handle struct {
	h       *task.Handle
	explain func(error) error
}

// Drop drops the resource, which the handle must own: the guest's destructor
// runs.
func (h Handle) Drop(ctx context.Context) error {
	if h.h == nil {
		return badValue("the resource is the zero value; resources come from calls")
	}
	if err := canon.Drop(ctx, h.h); err != nil {
		return h.explain(err)
	}
	return nil
}

// Own tells whether the handle owns the resource; a borrowed one is good until
// the call ends that it came with.
func (h Handle) Own() bool { return h.h != nil && h.h.Own() }

// liftRep is the resource behind the handle of the guest in a word.
func liftRep(cx *Context, slot int, w uint64, own bool) (abi.Rep, error) {
	if cx.Handles == nil {
		return abi.Rep{}, abi.Trapf("a handle in a context without handles")
	}
	if own {
		return cx.Handles.LiftOwn(uint32(w), slot)
	}
	return cx.Handles.LiftBorrow(uint32(w), slot)
}

// lift lifts a handle of resource i of the bindings from a word.
func lift(cx *Context, b *Bound, i int, w uint64, own bool) (any, error) {
	slot := b.slots[i]
	r, err := liftRep(cx, slot, w, own)
	if err != nil {
		return nil, err
	}
	return cx.Handles.ToHost(r, slot, own)
}

func liftHost[T any](cx *Context, b *Bound, i int, w uint64, own bool) (T, error) {
	v, err := lift(cx, b, i, w, own)
	t, ok := v.(T)
	if err == nil && !ok {
		err = abi.Trapf("the host has a %T for the handle, not a %T", v, t)
	}
	return t, err
}

// LiftOwnHost lifts an owned handle of a resource of the host.
func LiftOwnHost[T any](cx *Context, b *Bound, i int, w uint64) (T, error) {
	return liftHost[T](cx, b, i, w, true)
}

// LiftBorrowHost lifts a borrowed handle of a resource of the host.
func LiftBorrowHost[T any](cx *Context, b *Bound, i int, w uint64) (T, error) {
	return liftHost[T](cx, b, i, w, false)
}

// LiftOwn lifts an owned handle of a resource of a guest.
func LiftOwn(cx *Context, b *Bound, i int, w uint64) (Handle, error) {
	v, err := lift(cx, b, i, w, true)
	h, ok := v.(*task.Handle)
	if err == nil && !ok {
		err = abi.Trapf("the resource is one of the host, not of the component")
	}
	return Handle{h, b.explain}, err
}

// lower puts what stands for a resource into the guest's table.
func lower(cx *Context, b *Bound, i int, v any, own bool) (uint64, error) {
	if cx.Handles == nil {
		return 0, abi.Trapf("a handle in a context without handles")
	}
	slot := b.slots[i]
	r, err := cx.Handles.FromHost(v, slot, own)
	if err != nil {
		return 0, badValue("%v", err)
	}
	var h uint32
	if own {
		h, err = cx.Handles.LowerOwn(r, slot)
	} else {
		h, err = cx.Handles.LowerBorrow(r, slot)
	}
	return uint64(h), err
}

// LowerOwnHost lowers a resource of the host, which the guest then owns.
func LowerOwnHost(cx *Context, b *Bound, i int, v any) (uint64, error) {
	return lower(cx, b, i, v, true)
}

// LowerBorrowHost lowers a resource of the host, for the length of the call.
func LowerBorrowHost(cx *Context, b *Bound, i int, v any) (uint64, error) {
	return lower(cx, b, i, v, false)
}

// LowerOwn gives a resource of a guest away.
func LowerOwn(cx *Context, b *Bound, i int, h Handle) (uint64, error) {
	if h.h == nil {
		return 0, ErrNil()
	}
	return lower(cx, b, i, h.h, true)
}

// LowerBorrow lends a resource of a guest, for the length of the call.
func LowerBorrow(cx *Context, b *Bound, i int, h Handle) (uint64, error) {
	if h.h == nil {
		return 0, ErrNil()
	}
	return lower(cx, b, i, h.h, false)
}

// ErrNil is the error of a resource that is nil.
func ErrNil() error { return badValue("a resource is nil") }

// CheckHandle checks that a resource of a guest can be lent, or given away.
func CheckHandle(h Handle, own bool) error {
	if h.h == nil {
		return badValue("a resource is nil; resources of a component come from calls of it")
	}
	if _, err := h.h.Lend(); err != nil {
		return badValue("%v", err)
	}
	if own && !h.h.Own() {
		return badValue("a borrowed resource cannot be given away")
	}
	return nil
}
