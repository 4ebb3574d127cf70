package task

// This file is component instances (section "Component Instances").

import (
	"context"
	"sync/atomic"

	"github.com/dray-wasm/dray/internal/abi"
)

// An Instance is the state of a component instance (ComponentInstance).
type Instance struct {
	Store  *Store
	Parent *Instance
	// Name is for messages.
	Name    string
	Handles Table[any] // *ResourceHandle, Waitables, *WaitableSet, *ErrorContext
	Threads Table[*Thread]
	// MayEnter is unset while a task of the instance runs, and for good after
	// a trap. MayLeave is unset while realloc and post-return run.
	MayEnter, MayLeave bool
	Backpressure       uint32
	NumWaitingToEnter  int
	// ExclusiveThread is the thread that has the instance for itself; see
	// TakeExclusive.
	ExclusiveThread *Thread
	// gated are threads that wait for the instance to be free, entering those
	// that wait to begin.
	gated, entering threadList
	// cancelling are threads of tasks that the host asked to cancel while another
	// thread had the instance: they are told when it is free.
	cancelling []*Thread
	// tasks are the tasks of a root instance and of those in it that were
	// counted, settling who waits until there are none.
	tasks    int
	settling []*HostWait

	// Resources are the resource types that the instance knows, by the slots
	// that its types have.
	Resources []*ResourceType
	// Trap is what happened when it may not be entered any more.
	Trap error
	// Canons are the core functions that canonical definitions made, by their
	// position among the canonical definitions of the component; nil for lifts.
	Canons []abi.CoreFunc

	same    sames
	trapped atomic.Bool
}

// NewInstance makes an instance in which nothing has run.
func NewInstance(s *Store, parent *Instance) *Instance {
	i := &Instance{Store: s, Parent: parent, MayEnter: true, MayLeave: true}
	i.Handles.Limit, i.Threads.Limit = s.MaxHandles, s.MaxHandles
	return i
}

// A Direction says whether values leave an instance or come into it.
type Direction uint8

// The directions.
const (
	Lift Direction = iota
	Lower
)

// Context is a context for one move of values, which ends before the next one in
// that direction begins: only realloc runs meanwhile, which calls nothing. Needs
// the baton.
func (i *Instance) Context(to Direction, ctx context.Context, opts *abi.Options, h abi.Handles) *abi.Context {
	cx := &i.Store.contexts[to]
	cx.Options, cx.Ctx, cx.Handles, cx.MayLeave, cx.Budget = opts, ctx, h, &i.MayLeave, i.Store.CopyBytes
	return cx
}

// Root is the outermost instance around this one.
func (i *Instance) Root() *Instance {
	for i.Parent != nil {
		i = i.Parent
	}
	return i
}

// EnteringSet are the instances that a call from caller enters: the instance
// and its ancestors, but for those of the caller. caller is nil for the host.
func (i *Instance) EnteringSet(caller *Instance) []*Instance {
	var set []*Instance
	for a := i; a != nil && !a.encloses(caller); a = a.Parent {
		set = append(set, a)
	}
	return set
}

// encloses tells whether the instance is other or an ancestor of it.
func (i *Instance) encloses(other *Instance) bool {
	for o := other; o != nil; o = o.Parent {
		if o == i {
			return true
		}
	}
	return false
}

// Related tells whether one of two instances is an ancestor of the other. Calls
// between such instances trap: the specification means to allow them later.
func (i *Instance) Related(other *Instance) bool {
	return other != nil && (i.encloses(other) || other.encloses(i))
}

// MayEnterFrom is nil when a call from caller may enter, or the trap.
func (i *Instance) MayEnterFrom(caller *Instance) error {
	if i.Related(caller) {
		return abi.Trapf("cannot enter component instance: a component and one that it contains may not call each other")
	}
	for a := i; a != nil && !a.encloses(caller); a = a.Parent {
		if !a.MayEnter {
			return a.errEnter()
		}
	}
	return nil
}

// errEnter says why an instance may not be entered.
func (i *Instance) errEnter() error {
	if i.Trap != nil {
		return abi.Trapf("cannot enter component instance%s: it trapped before: %v", i.label(), i.Trap)
	}
	return abi.Trapf("cannot enter component instance%s: a call of it is under way", i.label())
}

func (i *Instance) label() string {
	if i.Name == "" {
		return ""
	}
	return " " + i.Name
}

// EnterFrom and LeaveTo are the beginning and end of a call from caller. After
// a trap LeaveTo is not called, so that the instances stay closed.
func (i *Instance) EnterFrom(caller *Instance) {
	for a := i; a != nil && !a.encloses(caller); a = a.Parent {
		a.MayEnter = false
	}
}

// LeaveTo ends what EnterFrom began.
func (i *Instance) LeaveTo(caller *Instance) {
	for a := i; a != nil && !a.encloses(caller); a = a.Parent {
		a.MayEnter = true
	}
}

// Poison remembers why the instances that a call from caller entered stay
// closed.
func (i *Instance) Poison(caller *Instance, err error) {
	for a := i; a != nil && !a.encloses(caller); a = a.Parent {
		if a.Trap == nil {
			a.Trap = err
			a.trapped.Store(true)
		}
		a.MayEnter = false
	}
}

// Trapped tells whether there is a Trap. It does not need the baton.
func (i *Instance) Trapped() bool { return i.trapped.Load() }

// CheckLeave is nil when the instance may call out, or the trap.
func (i *Instance) CheckLeave() error {
	if !i.MayLeave {
		return abi.Trapf("cannot leave component instance: realloc and post-return functions may not call out")
	}
	return nil
}
