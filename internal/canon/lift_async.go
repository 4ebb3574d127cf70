package canon

// This file is canon lift for functions that may block (section "canon lift").

import (
	"context"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// OnStart lowers the arguments of a call from the host, in cx, into flat.
// OnResolve lifts the results from flat, or from memory at flat[0] where inMem
// is set; it is not called when the call was cancelled.
type (
	OnStart   func(cx *abi.Context, flat []uint64) error
	OnResolve func(cx *abi.Context, flat []uint64, inMem bool) error
)

// start begins a call of an async-typed function, and runs it until it blocks
// or ends (Store.lift).
func (f *Func) start(ctx context.Context, caller *task.Instance, by task.Caller) (task.Canceller, error) {
	if err := f.Inst.MayEnterFrom(caller); err != nil {
		return nil, abi.In(err, f.Name)
	}
	f.Inst.EnterFrom(caller)
	callee, err := canonLift(ctx, f, caller, by)
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
	return callee, nil
}

// A lifted is a call of an async-typed function: its task, and its first
// thread.
type lifted struct {
	task.Task
	thread task.Thread
	f      *Func
	ctx    *threadContext
	caller *task.Instance
	// callback is set when the core function was called and the callback is
	// next, set what it waits for; nil when it yields.
	callback bool
	set      *task.WaitableSet
}

// canonLift is a call of an async-typed function, whose instance has been
// entered. Synchronous functions are called with Begin, Invoke and End.
func canonLift(ctx context.Context, f *Func, caller *task.Instance, by task.Caller) (task.Canceller, error) {
	l := &lifted{
		Task: task.Task{Type: f.Type, Opts: f.Opts, Inst: f.Inst, State: task.TaskInitial, Caller: by},
		f:    f, ctx: detached(ctx, f.Inst.Store), caller: caller,
	}
	l.Count()
	if err := l.LetExclusiveGoOn(); err != nil {
		return nil, err
	}
	l.thread.Init(&l.Task, l)
	l.thread.Running = &l.ctx.runs
	if err := l.thread.Resume(false); err != nil {
		return nil, err
	}
	return l, nil
}

// Run implements task.Code.
func (l *lifted) Run(th *task.Thread, cancelled bool) error {
	var packed uint32
	var err error
	if l.callback {
		packed, err = l.call(th, cancelled)
	} else {
		packed, err = l.begin(th)
	}
	if l.callback && err == nil {
		err = l.follow(th, packed)
	}
	if err != nil {
		l.GiveBack()
		err = abi.In(err, l.f.Name)
	}
	return err
}

// begin calls the core function. Where there is a callback, it is next, with
// what the function answered.
func (l *lifted) begin(th *task.Thread) (packed uint32, err error) {
	f := l.f
	if entered, err := l.EnterImplicitThread(th); err != nil || !entered {
		return 0, err
	}
	ctx, end := l.ctx.part()
	defer end()
	cx := abi.Context{
		Options: f.Opts, Ctx: ctx, Handles: &l.Task,
		MayLeave: &f.Inst.MayLeave, Budget: f.Inst.Store.CopyBytes,
	}
	var stack [abi.MaxFlatParams + 1]uint64
	if err := l.Start(&cx, stack[:]); err != nil {
		if l.caller == nil && !isTrap(err) && l.TakeBack() {
			return 0, l.Forget() // the host's arguments were wrong: CallAsync knows
		}
		return 0, err
	}
	if err := f.Callee.Call(ctx, stack[:]); err != nil {
		return 0, err
	}
	switch {
	case !f.Opts.Async:
		if err := f.syncReturn(ctx, &l.Task, &cx, stack[:]); err != nil {
			return 0, err
		}
	case f.Opts.Callback != nil:
		l.callback = true
		return uint32(stack[0]), nil
	}
	return 0, l.ExitImplicitThread()
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

// follow does what the core function or the callback answered: a task waits by
// returning to its caller, so that it has a goroutine only while its code runs.
// Others may have the instance meanwhile.
func (l *lifted) follow(th *task.Thread, packed uint32) error {
	for {
		cancelled, err := l.next(th, packed)
		switch {
		case err != nil:
			return err
		case packed&0xf == callbackExit:
			return l.ExitImplicitThread()
		case !cancelled:
			return nil // it waits
		}
		if packed, err = l.call(th, true); err != nil {
			return err
		}
	}
}

// next makes the thread wait, unless it is to be told at once that the task was
// cancelled.
func (l *lifted) next(th *task.Thread, packed uint32) (cancelled bool, err error) {
	inst := l.f.Inst
	switch packed & 0xf {
	case callbackExit:
		return false, nil
	case callbackYield:
		l.set = nil
	case callbackWait:
		if l.set, err = inst.WaitableSet(packed >> 4); err != nil {
			return false, err
		}
	default:
		return false, abi.Trapf("unsupported callback code: %d, but only EXIT 0, YIELD 1 and WAIT 2 are known", packed&0xf)
	}
	inst.ReleaseExclusive()
	if l.set != nil {
		l.set.BeginWait(th)
	}
	if l.DeliverPendingCancel(true) {
		return true, nil
	}
	th.Park(l.set, l)
	return false, nil
}

// call tells the callback what happened.
func (l *lifted) call(th *task.Thread, cancelled bool) (packed uint32, err error) {
	var e task.Event
	switch {
	case l.set != nil:
		e = l.set.Waited(th, cancelled)
	case cancelled:
		e.Code = task.EventTaskCancelled
	}
	l.f.Inst.TakeExclusive(th)
	stack := [3]uint64{uint64(e.Code), uint64(e.Index), uint64(e.Result)}
	ctx, end := l.ctx.part()
	defer end()
	err = l.f.Opts.Callback.Call(ctx, stack[:])
	return uint32(stack[0]), err
}
