package task

// This file is resource types and handles (section "Resource State"), and how
// they are lifted and lowered ("lift_own" and so on).

import (
	"context"
	"errors"
	"fmt"

	"github.com/dray-wasm/dray/internal/abi"
)

// A ResourceType is a resource type at run time: two are the same exactly when
// their pointers are.
type ResourceType struct {
	// Name is for messages.
	Name string
	// Impl is the instance that implements it; nil for the host.
	Impl *Instance
	// Dtor is the destructor of a guest, which may be nil; HostDtor that of
	// the host.
	Dtor     abi.CoreFunc
	HostDtor func(ctx context.Context, rep any) error
	// HostType is what the host knows the type by, for checks; any comparable
	// value.
	HostType any
	// Accepts tells whether a value of the host can be a resource of the type;
	// nil for any.
	Accepts func(v any) bool
}

// Host tells whether the host implements the resource type.
func (rt *ResourceType) Host() bool { return rt.Impl == nil }

// A ResourceHandle is an entry of a handle table.
type ResourceHandle struct {
	Type *ResourceType
	Rep  abi.Rep
	Own  bool
	// BorrowScope is the task that a borrowed handle must not outlive.
	BorrowScope *Task
	NumLends    uint32
}

// resource finds a handle and checks its type.
func (i *Instance) resource(h uint32, rt *ResourceType) (*ResourceHandle, error) {
	e, err := i.Handles.Get(h)
	if err != nil {
		return nil, err
	}
	r, ok := e.(*ResourceHandle)
	if !ok {
		return nil, abi.Trapf("handle index %d used with the wrong type, expected %s but found %s", h, rt.describe(), describeEntry(e))
	}
	if r.Type != rt {
		found := r.Type.describe()
		if !r.Type.Host() && !rt.Host() && r.Type.Name == rt.Name {
			found = "a different " + found
		} else if !r.Type.Host() && !rt.Host() {
			found = "a different guest-defined resource (" + r.Type.Name + ")"
		}
		return nil, abi.Trapf("handle index %d used with the wrong type, expected %s but found %s", h, rt.describe(), found)
	}
	return r, nil
}

// describe is the type in messages.
func (rt *ResourceType) describe() string {
	kind := "guest-defined resource"
	if rt.Host() {
		kind = "host-defined resource"
	}
	if rt.Name == "" {
		return kind
	}
	return kind + " " + rt.Name
}

// describeEntry says what an entry of a handle table is.
func describeEntry(e any) string {
	switch e := e.(type) {
	case *ResourceHandle:
		return e.Type.describe()
	case interface{ describe() string }:
		return e.describe()
	}
	return fmt.Sprintf("%T", e)
}

// NewResource makes an own handle (canon resource.new).
func (i *Instance) NewResource(rt *ResourceType, rep abi.Rep) (uint32, error) {
	h := i.Store.newHandle()
	h.Type, h.Rep, h.Own = rt, rep, true
	n, err := i.Handles.Add(h)
	if err != nil {
		i.Store.freeHandle(h)
	}
	return n, err
}

// ResourceRep is the representation behind a handle (canon resource.rep).
func (i *Instance) ResourceRep(h uint32, rt *ResourceType) (abi.Rep, error) {
	r, err := i.resource(h, rt)
	if err != nil {
		return abi.Rep{}, err
	}
	return r.Rep, nil
}

// RemoveResource takes a handle out of the table (canon resource.drop). The
// caller runs the destructor when own is set.
func (i *Instance) RemoveResource(h uint32, rt *ResourceType) (rep abi.Rep, own bool, err error) {
	r, err := i.resource(h, rt)
	if err != nil {
		return abi.Rep{}, false, err
	}
	if r.NumLends != 0 {
		return abi.Rep{}, false, abi.Trapf("cannot remove owned resource while borrowed: handle index %d", h)
	}
	if _, err := i.Handles.Remove(h); err != nil {
		return abi.Rep{}, false, err
	}
	rep, own = r.Rep, r.Own
	if !own && r.BorrowScope != nil {
		r.BorrowScope.NumBorrows--
	}
	i.Store.freeHandle(r)
	return rep, own, nil
}

// liftOwn takes an own handle out of the table.
func (i *Instance) liftOwn(h uint32, slot int) (abi.Rep, error) {
	r, err := i.resource(h, i.Resources[slot])
	switch {
	case err != nil:
		return abi.Rep{}, err
	case r.NumLends != 0:
		return abi.Rep{}, abi.Trapf("cannot remove owned resource while borrowed: handle index %d", h)
	case !r.Own:
		return abi.Rep{}, abi.Trapf("cannot lift own resource from a borrow: handle index %d", h)
	}
	if _, err := i.Handles.Remove(h); err != nil {
		return abi.Rep{}, err
	}
	rep := r.Rep
	i.Store.freeHandle(r)
	return rep, nil
}

// lowerBorrow puts a borrow handle in the table; the implementer gets the
// representation itself.
func (i *Instance) lowerBorrow(rep abi.Rep, slot int, scope *Task) (uint32, error) {
	rt := i.Resources[slot]
	if rt.Impl == i {
		return uint32(rep.Bits), nil
	}
	h := i.Store.newHandle()
	h.Type, h.Rep, h.BorrowScope = rt, rep, scope
	n, err := i.Handles.Add(h)
	if err != nil {
		i.Store.freeHandle(h)
		return 0, err
	}
	scope.NumBorrows++
	return n, nil
}

// A Handle is a resource of a guest in the hands of the host. An owned one is
// to be dropped or given away; a borrowed one is good until the call ends that
// brought it.
type Handle struct {
	Type  *ResourceType
	Store *Store
	rep   abi.Rep
	own   bool
	// gone is set when the handle may not be used any more; lends counts the
	// calls under way that it is lent to.
	gone  bool
	lends int
}

// Own tells whether the handle owns its resource.
func (h *Handle) Own() bool { return h.own }

// Take takes the resource out of an owned handle. Needs the baton.
func (h *Handle) Take() (abi.Rep, error) {
	switch {
	case h.gone:
		return abi.Rep{}, errors.New("the handle was dropped or given away before")
	case !h.own:
		return abi.Rep{}, errors.New("a borrowed handle cannot be dropped or given away")
	case h.lends > 0:
		return abi.Rep{}, errors.New("the handle is lent to a call that is under way")
	}
	h.gone = true
	return h.rep, nil
}

// Lend is the resource, for a call that borrows it. Needs the baton.
func (h *Handle) Lend() (abi.Rep, error) {
	if h.gone {
		return abi.Rep{}, errors.New("the handle was dropped or given away before")
	}
	return h.rep, nil
}

// toHost makes a lifted handle a value for Go.
func (s *Store) toHost(rt *ResourceType, r abi.Rep, own bool) *Handle {
	return &Handle{Type: rt, Store: s, rep: r, own: own}
}
