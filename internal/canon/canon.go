// Package canon is the canonical definitions of the Component Model: lift,
// lower, and the built-ins, a file for each family (Canonical ABI, section
// "Canonical Definitions"). For each function canon_x of
// canonical-abi/definitions.py there is a canonX here.
package canon

import (
	"context"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// A Func is a component function: one that an instance lifts, or one of the
// host (FuncInst). Its exported fields do not change
// once its instance is made.
type Func struct {
	// Name is for messages and backtraces.
	Name string
	// Type is the function type as its definer sees it; nil for a function of
	// the host that takes any.
	Type *abi.FuncType
	// Inst, Callee and Opts are those of a lifted function.
	Inst   *task.Instance
	Callee abi.CoreFunc
	Opts   *abi.Options
	// Host is set for a function of the host.
	Host HostFunc

	// entering is what a call from the host enters, idle are calls to be used
	// again. They need the baton.
	entering []*task.Instance
	idle     *Call
}

// Named is the function under another name.
func (f *Func) Named(name string) *Func {
	return &Func{Name: name, Type: f.Type, Inst: f.Inst, Callee: f.Callee, Opts: f.Opts, Host: f.Host}
}

// A HostFunc does the work of a function of the host. flat has the parameters
// as the caller's core code gave them, flat or as a pointer (see
// [HostCall.Params]); the results replace them.
//
// An error ends the call of the guest, as a trap does.
type HostFunc func(ctx context.Context, c *HostCall, flat []uint64) error

// A Builtin is a canonical built-in that belongs to an instance. Fields are
// set as far as the definition has them.
type Builtin struct {
	Inst *task.Instance
	// Resource is the slot of the resource type.
	Resource int
	// Type is the stream or future type; Result the result of task.return, as
	// a tuple.
	Type, Result *abi.Type
	Opts         *abi.Options
	Async        bool
	Cancellable  bool
	// Slot is that of context.get and context.set, Wide tells that it is an
	// i64.
	Slot uint32
	Wide bool
	// Table is that of thread.new-indirect.
	Table engine.Table

	do func(ctx context.Context, b *Builtin, stack []uint64) error
}

// Call implements abi.CoreFunc.
func (b *Builtin) Call(ctx context.Context, stack []uint64) error { return b.do(ctx, b, stack) }
