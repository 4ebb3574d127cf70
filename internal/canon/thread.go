package canon

// This file is cooperative threads (sections "canon thread.index" to "canon
// thread.yield-then-promote").

import (
	"context"
	"sync/atomic"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/wasm"
)

func canonThreadIndex(_ context.Context, b *Builtin, stack []uint64) error {
	th, err := b.mayLeave()
	if err != nil {
		return err
	}
	err = register(th)
	stack[0] = uint64(th.Index)
	return err
}

// register makes sure that a thread has an index.
func register(th *task.Thread) error {
	if th.Index != 0 {
		return nil
	}
	return th.Task.RegisterThread(th)
}

// startTypes are the types of the functions of threads, by Builtin.Wide.
var startTypes = map[bool]wasm.FuncType{
	false: {Params: []wasm.ValType{wasm.I32}},
	true:  {Params: []wasm.ValType{wasm.I64}},
}

func canonThreadNewIndirect(ctx context.Context, b *Builtin, stack []uint64) error {
	th, err := b.mayLeave()
	if err != nil {
		return err
	}
	f, err := b.Table.Func(ctx, uint64(uint32(stack[0])), startTypes[b.Wide])
	if err != nil {
		return abi.Trapf("thread.new-indirect: %v", err)
	}
	if err := register(th); err != nil {
		return err
	}
	t, arg, tc := th.Task, stack[1], detached(ctx, b.Inst.Store)
	n := task.NewThread(t, func(n *task.Thread) error {
		if err := f(tc, []uint64{arg}); err != nil {
			return err
		}
		return t.UnregisterThread(n)
	})
	err = t.RegisterThread(n)
	stack[0] = uint64(n.Index)
	return err
}

// other finds another thread of the instance, which must be suspended unless
// any will do.
func (b *Builtin) other(i uint64, any bool) (*task.Thread, error) {
	th, err := b.Inst.Threads.Get(uint32(i))
	if err != nil {
		return nil, abi.Trapf("unknown thread index %d", uint32(i))
	}
	if !any && !th.Suspended() {
		return nil, abi.Trapf("cannot resume thread which is not suspended: thread index %d", uint32(i))
	}
	return th, nil
}

func canonThreadResumeLater(_ context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	th, err := b.other(stack[0], false)
	if err != nil {
		return err
	}
	th.ResumeLater()
	return nil
}

func canonThreadSuspend(_ context.Context, b *Builtin, stack []uint64) error {
	th, err := b.mayLeave()
	if err != nil {
		return err
	}
	cancelled, err := th.Suspend(b.Cancellable)
	stack[0] = truth(cancelled)
	return err
}

func canonThreadYield(_ context.Context, b *Builtin, stack []uint64) error {
	th, err := b.mayLeave()
	if err != nil {
		return err
	}
	cancelled, err := th.Yield(b.Cancellable)
	stack[0] = truth(cancelled)
	return err
}

// turn is what the built-ins share that name another thread: from gives it the
// turn.
func (b *Builtin) turn(stack []uint64, any bool, from func(th *task.Thread, cancellable bool, other *task.Thread) (bool, error)) error {
	th, err := b.mayLeave()
	if err != nil {
		return err
	}
	other, err := b.other(stack[0], any)
	if err != nil {
		return err
	}
	cancelled, err := from(th, b.Cancellable, other)
	stack[0] = truth(cancelled)
	return err
}

func canonThreadSuspendThenResume(_ context.Context, b *Builtin, stack []uint64) error {
	return b.turn(stack, false, (*task.Thread).SuspendThenResume)
}

func canonThreadYieldThenResume(_ context.Context, b *Builtin, stack []uint64) error {
	return b.turn(stack, false, (*task.Thread).YieldThenResume)
}

func canonThreadSuspendThenPromote(_ context.Context, b *Builtin, stack []uint64) error {
	return b.turn(stack, true, (*task.Thread).SuspendThenPromote)
}

func canonThreadYieldThenPromote(_ context.Context, b *Builtin, stack []uint64) error {
	return b.turn(stack, true, (*task.Thread).YieldThenPromote)
}

type threadKey struct{}

// A threadContext is the context of threads, which outlive the call that made
// them. It ends only by force, or when the store is closed.
type threadContext struct {
	context.Context
	store *task.Store
	// runs are those of threads with the context. abandoned is set when nobody
	// waits for the call any more.
	runs      task.Runs
	abandoned atomic.Bool
}

func (c *threadContext) Value(key any) any {
	if _, ok := key.(threadKey); ok {
		return c
	}
	return c.Context.Value(key)
}

// Err is what interrupts code.
func (c *threadContext) Err() error {
	if c.store.Closing() {
		return task.ErrClosed
	}
	return c.Context.Err()
}

// detached is a context for threads.
func detached(ctx context.Context, s *task.Store) *threadContext {
	if c, ok := ctx.Value(threadKey{}).(*threadContext); ok {
		return c
	}
	return &threadContext{Context: context.WithoutCancel(ctx), store: s}
}

// abandonedPart bounds each part of a thread of a call that nobody waits for.
const abandonedPart = 10 * CancelGrace

// part is the context for a part of a thread.
func (c *threadContext) part() (context.Context, context.CancelFunc) {
	if !c.abandoned.Load() {
		return c, func() {}
	}
	return context.WithTimeout(c, abandonedPart)
}
