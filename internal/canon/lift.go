package canon

// This file is canon lift for synchronous calls, from the host and from other
// components (section "canon lift").

import (
	"context"
	"errors"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// A Call is a call of a lifted function that its caller makes in steps: Begin,
// then the caller lowers the arguments into Stack, Invoke, then the caller
// lifts the results from Stack, End.
//
// Calls are reused: do not touch one after End.
type Call struct {
	// Cx is the context of the callee, for arguments and results.
	Cx abi.Context
	// Stack has the flat arguments, then the flat results.
	Stack [abi.MaxFlatParams + 1]uint64

	f        *Func
	store    *task.Store
	caller   *task.Instance
	entering []*task.Instance // what the call entered
	task     task.Task
	thread   task.Thread
	result   uint64
	nested   bool
	invoked  bool
	next     *Call
	home     **Call // the list that it is kept in
	// from and sub are the caller's side of a call between components, of low.
	from abi.Context
	sub  task.Subtask
	low  *Lowered
}

// Begin enters the instance of a lifted function for a call from the host,
// which must not be async-typed: those are called with CallAsync. It waits for
// the store's baton until ctx ends. Unless it fails, End must follow.
func (f *Func) Begin(ctx context.Context) (*Call, error) {
	if f.Type.Async {
		return nil, errors.New("the function is async: it cannot be called in steps")
	}
	s := f.Inst.Store
	nested, err := s.Enter(ctx)
	if err != nil {
		return nil, err
	}
	c, err := f.begin(ctx)
	if err != nil {
		if !nested {
			s.Leave()
		}
		return nil, abi.In(err, f.Name)
	}
	c.nested = nested
	return c, nil
}

// begin enters the instance for a call from the host, who has the baton.
func (f *Func) begin(ctx context.Context) (*Call, error) {
	if f.entering == nil {
		f.entering = f.Inst.EnteringSet(nil)
	}
	for _, a := range f.entering {
		if !a.MayEnter {
			return nil, f.Inst.MayEnterFrom(nil)
		}
	}
	return f.enter(ctx, nil, f.entering), nil
}

// enter begins a call that may enter the instances of a set.
func (f *Func) enter(ctx context.Context, caller *task.Instance, entering []*task.Instance) *Call {
	for _, a := range entering {
		a.MayEnter = false
	}
	c := f.idle
	if c == nil {
		c = f.newCall()
		c.thread.Inline(&c.task)
	} else {
		f.idle = c.next
		c.task.Restart()
		c.thread.InlineAgain(c.store)
	}
	c.caller, c.entering, c.invoked, c.nested = caller, entering, false, false
	c.Cx.Ctx, c.Cx.Budget = ctx, c.store.CopyBytes
	return c
}

func (f *Func) newCall() *Call {
	c := &Call{f: f, store: f.Inst.Store, home: &f.idle}
	c.task.Reset(f.Type, f.Opts, f.Inst)
	c.task.ImplicitThread = &c.thread
	c.Cx = abi.Context{Options: f.Opts, Handles: &c.task, MayLeave: &f.Inst.MayLeave}
	return c
}

// Invoke calls the core function with what is in Stack. Where it does not
// return, because a host function ended its goroutine, it ends the call.
func (c *Call) Invoke() error {
	returned := false
	defer func() {
		if !returned {
			c.lost()
		}
	}()
	err := c.invoke()
	returned = true
	return err
}

// invoke is Invoke of a call between components: where it does not return, the
// call from the host that it is part of ends the same way.
func (c *Call) invoke() error {
	c.invoked = true
	if err := c.f.Callee.Call(c.Cx.Ctx, c.Stack[:]); err != nil {
		return err
	}
	c.result = c.Stack[0]
	return nil
}

// lost ends a call whose goroutine ends.
func (c *Call) lost() {
	c.store.Current = c.thread.Outer()
	c.task.GiveBack()
	c.f.Inst.Poison(c.caller, errLost)
	if c.caller == nil && !c.nested {
		c.store.Leave()
	}
}

var errLost = errors.New("a host function ended the goroutine of its caller")

// End ends the call. err is what went wrong while lowering, invoking or
// lifting; then the instance cannot be entered again. Where only the arguments
// of the host were wrong, it can, and the host has its handles as before.
func (c *Call) End(err error) error {
	if err == nil && c.f.Opts.PostReturn == nil && c.thread.Unmoved() && c.task.ReturnAtOnce() {
		host := c.caller == nil && !c.nested
		c.thread.EndAtOnce(c.store)
		c.leave()
		c.release()
		if host {
			c.store.Leave()
		}
		return nil
	}
	return c.end(err)
}

// end is End where there is more to do.
func (c *Call) end(err error) error {
	if err == nil {
		err = c.finish()
	}
	f, caller, s, nested := c.f, c.caller, c.store, c.nested
	err = c.thread.EndInline(err)
	switch {
	case err == nil:
		c.leave()
		c.release()
	case caller == nil && !c.invoked && !isTrap(err) && c.task.TakeBack():
		c.leave()
	default:
		c.task.GiveBack()
		err = abi.In(err, f.Name)
		if caller == nil {
			s.Fail(f.Inst, err)
		} else {
			f.Inst.Poison(caller, err)
		}
	}
	if caller == nil && !nested {
		s.Leave()
	}
	return err
}

// leave opens the instances that the call entered.
func (c *Call) leave() {
	for _, a := range c.entering {
		a.MayEnter = true
	}
}

// release keeps the call for the next one of its function, unless threads of
// its task still run.
func (c *Call) release() {
	if len(c.task.Threads) > 0 {
		return
	}
	c.Cx.Ctx, c.from.Ctx = nil, nil
	c.next, *c.home = *c.home, c
}

// finish returns the task and calls post-return.
func (c *Call) finish() error {
	if err := c.task.Return(); err != nil {
		return err
	}
	if c.f.Opts.PostReturn == nil {
		return c.task.UnregisterThread(&c.thread)
	}
	c.f.Inst.MayLeave = false
	c.Stack[0] = c.result
	if err := c.f.Opts.PostReturn.Call(c.Cx.Ctx, c.Stack[:]); err != nil {
		return err
	}
	c.f.Inst.MayLeave = true
	return c.task.UnregisterThread(&c.thread)
}

// isTrap tells whether an error is a trap, of the engine or of the Canonical
// ABI.
func isTrap(err error) bool {
	switch err.(type) {
	case *abi.Trap, *engine.Trap:
		return true
	}
	return false
}

// Starting is a task for what runs while an instance is made: start functions
// of core modules. The function that it returns ends it.
func Starting(inst *task.Instance) (end func()) {
	var c struct {
		task   task.Task
		thread task.Thread
	}
	c.task.Reset(dtorType, &dtorOpts, inst)
	c.thread.Inline(&c.task)
	return func() {
		c.task.State = task.TaskResolved
		c.task.UnregisterThread(&c.thread)
		c.thread.EndInline(nil)
	}
}

// Invoke calls a function with values, and lifts its results. It waits for the
// store's baton until ctx ends.
func (f *Func) Invoke(ctx context.Context, args []value.Value) (results []value.Value, err error) {
	err = f.CallAsync(ctx, func(cx *abi.Context, flat []uint64) error {
		return abi.LowerValues(cx, abi.MaxFlatParams, args, f.Type.Params, flat, nil)
	}, func(cx *abi.Context, flat []uint64, inMem bool) (err error) {
		most := abi.MaxFlatParams
		if inMem {
			most = 0
		}
		results, err = abi.LiftValues(cx, most, flat, f.Type.Result)
		return err
	})
	return results, err
}
