package canon

// This file is canon lower for functions of the host that take their time: work
// on a goroutine of its own, while other tasks go on.

import (
	"context"
	"errors"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

var errNotAsync = errors.New("the function is not of an async type: its host function must return when its result is there")

// Async is what a host function of an async function type returns: work runs
// without the store's baton, on a goroutine of its own, and finish lowers the
// results with it, as a function does that is not async, into flat or memory.
// The context of work ends when the guest cancels the call, or when its
// instance traps or is closed. An error of work is a trap, unless the guest has
// cancelled the call. The HostCall is good until finish has returned.
func (c *HostCall) Async(work func(ctx context.Context) error, finish func(flat []uint64) error) error {
	if !c.Type.Async {
		return errNotAsync
	}
	c.work, c.finish = work, finish
	return nil
}

// begin begins the work that the function asked for, and waits for it if the
// caller does. The HostCall is not used again.
func (c *HostCall) begin(ctx context.Context, flat []uint64) error {
	c.Cx.Ctx = detached(ctx, c.l.Inst.Store)
	if !c.l.Opts.Async {
		return c.await(ctx, flat)
	}
	i, err := c.l.Inst.Handles.Add(&c.sub)
	if err != nil {
		return err
	}
	c.sub.OnCancel = c.l.Inst.Go(ctx, c.work, c.done)
	c.index, flat[0] = i, uint64(c.sub.State)|uint64(i)<<4
	return nil
}

// await blocks the thread of the caller until the work is done.
func (c *HostCall) await(ctx context.Context, flat []uint64) error {
	th, err := current(c.l.Inst)
	if err != nil {
		return err
	}
	var failed error
	c.l.Inst.Go(ctx, c.work, func(err error) {
		failed = err
		c.sub.Resolve(task.SubtaskReturned)
	})
	if err := c.sub.WaitForResolved(th); err != nil {
		return abi.In(err, c.Name)
	}
	if failed == nil {
		c.Cx.Budget = c.l.Inst.Store.CopyBytes
		failed = c.finish(flat)
	}
	c.sub.DeliverResolve()
	if failed != nil {
		return hostFailed(failed, c.Name)
	}
	return nil
}

// done resolves the subtask of an async call.
func (c *HostCall) done(err error) {
	state := task.SubtaskReturned
	switch {
	case err == nil:
		c.Cx.Budget = c.l.Inst.Store.CopyBytes
		var flat [abi.MaxFlatParams + 1]uint64
		err = c.finish(flat[:])
	case c.sub.CancellationRequested:
		state, err = task.SubtaskCancelledBeforeReturned, nil
	}
	if err != nil {
		c.l.Inst.Store.Fail(c.l.Inst, hostFailed(err, c.Name))
		return
	}
	c.sub.Resolve(state)
	c.sub.SetPendingEvent(c)
}

// Event implements task.Eventer.
func (c *HostCall) Event() task.Event {
	c.sub.DeliverResolve()
	return task.Event{Code: task.EventSubtask, Index: c.index, Result: uint32(c.sub.State)}
}
