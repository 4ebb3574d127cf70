package canon

// This file is canon lower for calls that may block (section "canon lower").

import (
	"context"
	"slices"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// An asyncCall is a call of a lowered function, on the caller's side.
type asyncCall struct {
	l   *Lowered
	sub task.Subtask
	ctx context.Context
	// args are the flat arguments, until the callee takes them; result is the
	// flat result, or the place in memory for the results.
	args   []uint64
	result [abi.MaxFlatResults]uint64
	// index is the subtask's, once it has one.
	index uint32
}

// canonLowerAsync calls a function when the call may block, or when its caller
// asked for the results in memory and a status.
func canonLowerAsync(ctx context.Context, l *Lowered, flat []uint64) error {
	if l.Callee.Host != nil || !l.Callee.Type.Async {
		if l.Callee.Host != nil {
			return canonLowerHost(ctx, l, flat)
		}
		err := canonLower(ctx, l, flat)
		if l.Opts.Async {
			flat[0] = uint64(task.SubtaskReturned)
		}
		return err
	}
	if err := l.Inst.CheckLeave(); err != nil {
		return abi.In(err, l.Callee.Name)
	}
	th, err := current(l.Inst)
	if err != nil {
		return abi.In(err, l.Callee.Name)
	}
	if !l.Opts.Async {
		if err := th.CheckMayBlock(); err != nil {
			return abi.In(err, l.Callee.Name)
		}
	}
	c := &asyncCall{l: l, ctx: ctx, args: flat}
	c.sub.Inst = l.Inst
	if l.resultsInMem {
		c.result[0] = flat[l.outPtr]
	}
	if c.sub.OnCancel, err = l.Callee.start(ctx, l.Inst, c); err != nil {
		return err
	}
	if c.args != nil { // they are the caller's
		c.args = slices.Clone(c.args)
	}
	if l.Opts.Async {
		return c.status(flat)
	}
	if !c.sub.Resolved() {
		if err := c.sub.WaitForResolved(th); err != nil {
			return abi.In(err, l.Callee.Name)
		}
	}
	c.sub.DeliverResolve()
	if !l.resultsInMem {
		results, _ := l.Type.Result.Flat(l.Opts.Width)
		copy(flat, c.result[:len(results)])
	}
	return nil
}

// mayBlock is nil when the caller may wait for a call, or the trap.
func (l *Lowered) mayBlock() error {
	th, err := current(l.Inst)
	if err != nil {
		return err
	}
	return th.CheckMayBlock()
}

// status is what an async call answers: the state of the subtask, and its index
// unless it has ended.
func (c *asyncCall) status(flat []uint64) (err error) {
	if c.sub.Resolved() {
		c.sub.DeliverResolve()
		flat[0] = uint64(task.SubtaskReturned)
		return nil
	}
	if c.index, err = c.l.Inst.Handles.Add(&c.sub); err != nil {
		return err
	}
	flat[0] = uint64(c.sub.State) | uint64(c.index)<<4
	return nil
}

func (c *asyncCall) context(to task.Direction) *abi.Context {
	return c.l.Inst.Context(to, c.ctx, c.l.Opts, &c.sub)
}

// progress tells the caller that the state has changed.
func (c *asyncCall) progress() {
	if c.index != 0 && !c.sub.HasPendingEvent() {
		c.sub.SetPendingEvent(c)
	}
}

// Event implements task.Eventer.
func (c *asyncCall) Event() task.Event {
	if c.sub.Resolved() {
		c.sub.DeliverResolve()
	}
	return task.Event{Code: task.EventSubtask, Index: c.index, Result: uint32(c.sub.State)}
}

// Start implements task.Caller: it moves the arguments.
func (c *asyncCall) Start(cx *abi.Context, flat []uint64) error {
	c.progress()
	c.sub.State = task.SubtaskStarted
	args := c.args
	c.args = nil
	if c.l.calleeParamsInMem {
		return c.l.Params.MoveNew(c.context(task.Lift), args, c.l.paramsInMem, cx, flat)
	}
	return c.l.Params.Move(c.context(task.Lift), args, c.l.paramsInMem, cx, flat, false)
}

// Resolve implements task.Caller: it moves the results.
func (c *asyncCall) Resolve(cx *abi.Context, flat []uint64, inMem bool) error {
	c.progress()
	switch {
	case cx != nil:
		if err := c.l.Results.Move(cx, flat, inMem, c.context(task.Lower), c.result[:], c.l.resultsInMem); err != nil {
			return err
		}
		c.sub.Resolve(task.SubtaskReturned)
	case c.sub.State == task.SubtaskStarting:
		c.sub.Resolve(task.SubtaskCancelledBeforeStarted)
	default:
		c.sub.Resolve(task.SubtaskCancelledBeforeReturned)
	}
	return nil
}
