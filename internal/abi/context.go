package abi

// This file is the contexts in which values are lifted and lowered
// (sections "Canonical ABI Options" and "Lifting and Lowering Context").

import (
	"context"

	"github.com/dray-wasm/dray/engine"
)

// An Encoding is how strings are encoded in memory.
type Encoding uint8

// The string encodings.
const (
	UTF8 Encoding = iota
	UTF16
	Latin1UTF16
)

// A CoreFunc is a core function that can be called: a guest's, or a canonical
// definition bound to its instance. Parameters and results are in stack as in
// engine.Func.Call.
type CoreFunc interface {
	Call(ctx context.Context, stack []uint64) error
}

// Options are canonical options with what they refer to in one instance
// (CanonicalOptions).
type Options struct {
	Encoding   Encoding
	Width      Width
	Memory     engine.Memory // nil without the option
	Realloc    CoreFunc      // nil without the option
	PostReturn CoreFunc
	Callback   CoreFunc
	Async      bool
}

// A Context is what it takes to lift values out of an instance and to lower
// values into it, for one call (LiftLowerContext). It is used by one goroutine.
type Context struct {
	*Options
	// Ctx is the context of the call.
	Ctx context.Context
	// Handles is the instance's handle table with the borrow scope; nil where
	// values cannot have handles.
	Handles Handles
	// MayLeave is the instance's flag, which is unset while realloc runs.
	MayLeave *bool
	// Budget is how many bytes of the host's own memory lifting may still
	// take: a guest decides how much it sends. Copies from guest to guest do
	// not count.
	Budget int64

	stack [4]uint64
	// work counts what was copied since Ctx was looked at last.
	work uint64
}

// checkWork is how many bytes are copied between two looks at the context of
// the call, and allocWork what an allocation counts beside its
// bytes.
const (
	checkWork = 1 << 20
	allocWork = 64
)

// DefaultBudget is how many bytes of host memory a call may take where there is
// no other limit.
const DefaultBudget = 128 << 20

// Handles is the part of an instance that values with handles need. Its
// methods check what the guest gives and return a *Trap.
type Handles interface {
	// LiftOwn and LiftBorrow take a handle out of the table or lend it;
	// LowerOwn and LowerBorrow put one in. The slot says which of the
	// instance's resource types it is of.
	LiftOwn(i uint32, slot int) (Rep, error)
	LiftBorrow(i uint32, slot int) (Rep, error)
	LowerOwn(r Rep, slot int) (uint32, error)
	LowerBorrow(r Rep, slot int) (uint32, error)
	// LiftAsyncValue and LowerAsyncValue do so for readable ends of streams
	// and futures of a type.
	LiftAsyncValue(i uint32, t *Type) (any, error)
	LowerAsyncValue(v any, t *Type) (uint32, error)
	LiftErrorContext(i uint32) (any, error)
	LowerErrorContext(v any) (uint32, error)
	// ToHost makes a lifted handle a value for Go code, which owns it or not;
	// FromHost is the way back.
	ToHost(r Rep, slot int, own bool) (any, error)
	FromHost(v any, slot int, own bool) (Rep, error)
}

// A Rep is the representation of a resource: what its implementer knows it by.
// A resource of the host has any Go value.
type Rep struct {
	Bits uint64
	Host any
}

// Reallocate calls the option realloc: it makes old, of oldSize bytes, a block
// of newSize bytes with an alignment, and checks that it is there. Sizes are in
// bytes. Memory may have moved afterwards.
//
// A guest can have the same bytes copied any number of times, so the call also
// ends here when its context has ended.
func (cx *Context) Reallocate(old, oldSize, align, newSize uint64) (uint64, error) {
	if cx.Realloc == nil {
		return 0, Trapf("a value needs memory, but the canonical definition has no option realloc")
	}
	if err := cx.worked(newSize + allocWork); err != nil {
		return 0, err
	}
	cx.stack = [4]uint64{old, oldSize, align, newSize}
	if cx.MayLeave != nil {
		*cx.MayLeave = false
	}
	if err := cx.Realloc.Call(cx.Ctx, cx.stack[:]); err != nil {
		return 0, err
	}
	if cx.MayLeave != nil {
		*cx.MayLeave = true
	}
	ptr := cx.stack[0]
	if cx.Width == Width32 {
		ptr = uint64(uint32(ptr))
	}
	switch n := uint64(len(cx.Memory.Bytes())); {
	case ptr&(align-1) != 0:
		return 0, Trapf("realloc return: result not aligned: %#x is not a multiple of %d", ptr, align)
	case ptr > n || newSize > n-ptr:
		return 0, Trapf("realloc return: beyond end of memory: %d bytes at %#x, but the memory has %d", newSize, ptr, n)
	}
	return ptr, nil
}

// Allocate is Reallocate of nothing.
func (cx *Context) Allocate(align, size uint64) (uint64, error) {
	return cx.Reallocate(0, 0, align, size)
}

// worked counts bytes that were or will be copied, and looks at the context of
// the call now and then.
func (cx *Context) worked(n uint64) error {
	if cx.work += n; cx.work <= checkWork {
		return nil
	}
	cx.work = 0
	if cx.Ctx == nil || cx.Ctx.Err() == nil {
		return nil
	}
	return &engine.Trap{Kind: engine.TrapInterrupted, Err: context.Cause(cx.Ctx)}
}

// Spend counts host memory against the budget. It is also where a call ends
// whose context has ended.
func (cx *Context) Spend(n uint64) error {
	if n > uint64(max(cx.Budget, 0)) {
		return Trapf("the values of one call need more bytes of the host's memory than its limit allows")
	}
	cx.Budget -= int64(n)
	return cx.worked(n)
}
