package canon

// This file is canon lift for functions that may block (section "canon lift").

import (
	"context"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// OnStart lowers the arguments, in cx, into flat. OnResolve lifts the results
// from flat, or from memory at flat[0] where inMem is set; cx is nil when the
// call was cancelled. OnCancel asks the callee to end early.
type (
	OnStart   func(cx *abi.Context, flat []uint64) error
	OnResolve func(cx *abi.Context, flat []uint64, inMem bool) error
	OnCancel  func(caller *task.Instance) error
)

// start begins a call of an async-typed function, and runs it until it blocks
// or ends (Store.lift).
func (f *Func) start(ctx context.Context, caller *task.Instance, onStart OnStart, onResolve OnResolve) (OnCancel, error) {
	if err := f.Inst.MayEnterFrom(caller); err != nil {
		return nil, abi.In(err, f.Name)
	}
	f.Inst.EnterFrom(caller)
	onCancel, err := canonLift(ctx, f, caller, onStart, onResolve)
	if err != nil {
		err = abi.In(err, f.Name)
		if caller == nil {
			f.Inst.Store.Fail(f.Inst, err)
		} else {
			f.Inst.Poison(caller, err)
		}
		return nil, err
	}
	f.Inst.LeaveTo(caller)
	return onCancel, nil
}

// canonLift is a call of an async-typed function, whose instance has been
// entered. Synchronous functions are called with Begin, Invoke and End.
func canonLift(ctx context.Context, f *Func, caller *task.Instance, onStart OnStart, onResolve OnResolve) (OnCancel, error) {
	t := &task.Task{
		Type: f.Type, Opts: f.Opts, Inst: f.Inst, State: task.TaskInitial,
		OnStart: onStart, OnResolve: onResolve,
	}
	t.Count()
	if err := t.LetExclusiveGoOn(); err != nil {
		return nil, err
	}
	ctx = detached(ctx)
	th := task.NewThread(t, func(th *task.Thread) error { return f.thread(ctx, t, th, caller) })
	if err := th.Resume(false); err != nil {
		return nil, err
	}
	return t.RequestCancellation, nil
}

// thread is what the first thread of a task does.
func (f *Func) thread(ctx context.Context, t *task.Task, th *task.Thread, caller *task.Instance) error {
	if entered, err := t.EnterImplicitThread(th); err != nil || !entered {
		return err
	}
	cx := abi.Context{
		Options: f.Opts, Ctx: ctx, Handles: t,
		MayLeave: &f.Inst.MayLeave, Budget: f.Inst.Store.CopyBytes,
	}
	var stack [abi.MaxFlatParams + 1]uint64
	if err := t.Start(&cx, stack[:]); err != nil {
		if caller == nil && !isTrap(err) && t.TakeBack() {
			return t.Forget() // the host's arguments were wrong: CallAsync knows
		}
		t.GiveBack()
		return err
	}
	err := f.Callee.Call(ctx, stack[:])
	switch {
	case err != nil:
	case !f.Opts.Async:
		err = f.syncReturn(ctx, t, &cx, stack[:])
	case f.Opts.Callback != nil:
		return (&callbacks{f: f, ctx: ctx, task: t}).follow(th, uint32(stack[0]))
	}
	if err != nil {
		t.GiveBack()
		return err
	}
	return t.ExitImplicitThread()
}

// syncReturn returns what a synchronously lifted function left in stack.
func (f *Func) syncReturn(ctx context.Context, t *task.Task, cx *abi.Context, stack []uint64) error {
	result := stack[0]
	flat, fits := f.Type.Result.Flat(f.Opts.Width)
	if err := t.ReturnValues(cx, stack, !fits || len(flat) > abi.MaxFlatResults); err != nil {
		return err
	}
	if f.Opts.PostReturn == nil {
		return nil
	}
	f.Inst.MayLeave = false
	stack[0] = result
	if err := f.Opts.PostReturn.Call(ctx, stack); err != nil {
		return err
	}
	f.Inst.MayLeave = true
	return nil
}

// The codes that a callback answers (CallbackCode).
const (
	callbackExit  = 0
	callbackYield = 1
	callbackWait  = 2
)

// callbacks is the thread of a task that waits by returning to its caller: it
// has a goroutine only while its code runs. Others may have the instance
// meanwhile.
type callbacks struct {
	f    *Func
	ctx  context.Context
	task *task.Task
	set  *task.WaitableSet // what it waits for; nil when it yields
}

// follow does what the core function or the callback answered.
func (c *callbacks) follow(th *task.Thread, packed uint32) error {
	for {
		cancelled, err := c.next(th, packed)
		switch {
		case err != nil:
			c.task.GiveBack()
			return err
		case packed&0xf == callbackExit:
			return c.task.ExitImplicitThread()
		case !cancelled:
			return nil // it waits
		}
		if packed, err = c.call(th, true); err != nil {
			c.task.GiveBack()
			return err
		}
	}
}

// next makes the thread wait, unless it is to be told at once that the task was
// cancelled.
func (c *callbacks) next(th *task.Thread, packed uint32) (cancelled bool, err error) {
	inst := c.f.Inst
	switch packed & 0xf {
	case callbackExit:
		return false, nil
	case callbackYield:
		c.set = nil
	case callbackWait:
		if c.set, err = inst.WaitableSet(packed >> 4); err != nil {
			return false, err
		}
	default:
		return false, abi.Trapf("unsupported callback code: %d, but only EXIT 0, YIELD 1 and WAIT 2 are known", packed&0xf)
	}
	inst.ReleaseExclusive()
	if c.set != nil {
		c.set.BeginWait(th)
	}
	if c.task.DeliverPendingCancel(true) {
		return true, nil
	}
	th.Park(c.set, c.ready, c.resume)
	return false, nil
}

// ready tells whether the callback can be called.
func (c *callbacks) ready() bool {
	return c.f.Inst.ExclusiveThread == nil && (c.set == nil || c.set.HasPendingEvent())
}

// resume is the thread after it waited.
func (c *callbacks) resume(th *task.Thread, cancelled bool) error {
	packed, err := c.call(th, cancelled)
	if err != nil {
		c.task.GiveBack()
		return err
	}
	return c.follow(th, packed)
}

// call tells the callback what happened.
func (c *callbacks) call(th *task.Thread, cancelled bool) (packed uint32, err error) {
	var e task.Event
	switch {
	case c.set != nil:
		e = c.set.Waited(th, cancelled)
	case cancelled:
		e.Code = task.EventTaskCancelled
	}
	c.f.Inst.TakeExclusive(c.task.ImplicitThread)
	stack := [3]uint64{uint64(e.Code), uint64(e.Index), uint64(e.Result)}
	err = c.f.Opts.Callback.Call(c.ctx, stack[:])
	return uint32(stack[0]), err
}
