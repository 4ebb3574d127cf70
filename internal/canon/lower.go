package canon

// This file is canon lower for synchronous calls (section "canon lower").

import (
	"context"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// A Lowered is a component function as core code of an instance imports it. It
// implements abi.CoreFunc.
type Lowered struct {
	Inst *task.Instance
	// Type is the function type as the caller sees it.
	Type   *abi.FuncType
	Opts   *abi.Options
	Callee *Func
	// Params and Results move values between the two; nil for a function of
	// the host.
	Params, Results *abi.Adapter

	paramsInMem, resultsInMem bool // on the caller's side
	calleeParamsInMem         bool
	calleeResultsInMem        bool
	outPtr                    int // where the caller's stack has the result pointer
	// entering is what a call enters, where callee and caller may call each
	// other.
	entering []*task.Instance
	related  bool
	host     *HostCall // to be used again
	idle     *Call     // the same, for scalars
	do       func(ctx context.Context, l *Lowered, flat []uint64) error
}

// Call implements abi.CoreFunc.
func (l *Lowered) Call(ctx context.Context, flat []uint64) error { return l.do(ctx, l, flat) }

// Bind finishes a Lowered whose exported fields are set.
func (l *Lowered) Bind() {
	params, fitsParams := l.Type.Params.Flat(l.Opts.Width)
	l.paramsInMem = !fitsParams || l.Opts.Async && len(params) > abi.MaxFlatAsyncParams
	l.outPtr = len(params)
	if l.paramsInMem {
		l.outPtr = 1
	}
	results, fits := l.Type.Result.Flat(l.Opts.Width)
	l.resultsInMem = !fits || len(results) > abi.MaxFlatResults || l.Opts.Async && len(results) > 0
	switch {
	case l.Opts.Async || l.Type.Async:
		l.do = canonLowerAsync
	case l.Callee.Host != nil:
		l.do = canonLowerHost
	default:
		l.do = canonLower
	}
	if l.Callee.Host == nil {
		_, fitsParams = l.Callee.Type.Params.Flat(l.Callee.Opts.Width)
		l.calleeParamsInMem = !fitsParams
		results, fits = l.Callee.Type.Result.Flat(l.Callee.Opts.Width)
		l.calleeResultsInMem = !fits || len(results) > abi.MaxFlatResults
		switch {
		case l.Callee.Opts.Async:
			l.do = canonLowerAsync
		case !l.Type.Async && l.Params.Scalar() && l.Results.Scalar() &&
			!l.resultsInMem && !l.calleeResultsInMem && l.Callee.Opts.PostReturn == nil:
			l.do = lowerScalars
		}
		l.entering, l.related = l.Callee.Inst.EnteringSet(l.Inst), l.Callee.Inst.Related(l.Inst)
	}
}

// canonLower calls a function of another component: the arguments are moved
// from memory to memory, the callee runs on the caller's goroutine, and the
// results are moved back.
func canonLower(ctx context.Context, l *Lowered, flat []uint64) error {
	if err := l.Inst.CheckLeave(); err != nil {
		return abi.In(err, l.Callee.Name)
	}
	if err := l.mayEnter(); err != nil {
		return abi.In(err, l.Callee.Name)
	}
	c := l.Callee.enter(ctx, l.Inst, l.entering)
	if c.low != l {
		c.low = l
		c.sub.Reset(l.Inst)
		c.from = abi.Context{Options: l.Opts, Handles: &c.sub, MayLeave: &l.Inst.MayLeave}
	} else {
		c.sub.Restart()
	}
	c.from.Ctx, c.from.Budget = ctx, l.Inst.Store.CopyBytes
	return c.End(l.between(c, flat))
}

// lowerScalars is canonLower of a function that takes and gives scalars: there
// is nothing to lend and no memory to touch.
func lowerScalars(ctx context.Context, l *Lowered, flat []uint64) error {
	if !l.Inst.MayLeave || !l.enterable() {
		return canonLower(ctx, l, flat) // which knows what to say
	}
	for _, a := range l.entering {
		a.MayEnter = false
	}
	c := l.idle
	if c == nil {
		c = l.Callee.newCall()
		c.caller, c.entering, c.home = l.Inst, l.entering, &l.idle
		c.thread.Inline(&c.task)
	} else {
		l.idle = c.next
		c.task.Restart()
		c.thread.InlineAgain(c.store)
	}
	c.Cx.Ctx, c.Cx.Budget = ctx, l.Inst.Store.CopyBytes
	err := l.Params.MoveScalars(flat, c.Stack[:])
	if err == nil {
		c.invoked = true
		err = l.Callee.Callee.Call(ctx, c.Stack[:])
	}
	if err == nil {
		err = l.Results.MoveScalars(c.Stack[:], flat)
	}
	return c.End(err)
}

// mayEnter is nil when the callee may be entered, or the trap.
func (l *Lowered) mayEnter() error {
	if l.enterable() {
		return nil
	}
	return l.Callee.Inst.MayEnterFrom(l.Inst)
}

// enterable tells whether the callee may be entered.
func (l *Lowered) enterable() bool {
	ok := !l.related
	for _, a := range l.entering {
		ok = ok && a.MayEnter
	}
	return ok
}

// between does all between the beginning and the end of a call.
func (l *Lowered) between(c *Call, flat []uint64) error {
	if err := l.moveParams(c, flat); err != nil {
		return err
	}
	c.sub.State = task.SubtaskStarted
	out := uint64(0)
	if l.resultsInMem {
		out = flat[l.outPtr]
	}
	if err := c.invoke(); err != nil {
		return err
	}
	if l.resultsInMem {
		flat[0] = out
	}
	if err := l.Results.Move(&c.Cx, c.Stack[:], l.calleeResultsInMem, &c.from, flat, l.resultsInMem); err != nil {
		return err
	}
	c.sub.Resolve(task.SubtaskReturned)
	c.sub.DeliverResolve()
	return nil
}

// moveParams moves the arguments to the callee: flat, or as a new tuple in its
// memory.
func (l *Lowered) moveParams(c *Call, flat []uint64) error {
	if l.calleeParamsInMem {
		return l.Params.MoveNew(&c.from, flat, l.paramsInMem, &c.Cx, c.Stack[:])
	}
	return l.Params.Move(&c.from, flat, l.paramsInMem, &c.Cx, c.Stack[:], false)
}

// A HostCall is a call of a function of the host, as that function sees it.
// It is good until the function returns.
type HostCall struct {
	// Cx is the context of the caller, for parameters and results.
	Cx abi.Context
	// Type is the function type as the caller sees it.
	Type *abi.FuncType
	// Name is the function's name.
	Name string

	l    *Lowered
	sub  task.Subtask
	next *HostCall
	out  uint64
	// work and finish are set by Async, index is the subtask's.
	work   func(ctx context.Context) error
	finish func(flat []uint64) error
	index  uint32
}

// Inst is the instance that calls.
func (c *HostCall) Inst() *task.Instance { return c.l.Inst }

// ParamsInMemory tells whether flat[0] points to the parameters as a tuple in
// memory; otherwise flat has their flat form.
func (c *HostCall) ParamsInMemory() bool { return c.l.paramsInMem }

// ResultInMemory tells whether the result is to be stored in memory at Out;
// otherwise flat[0] gets its flat form.
func (c *HostCall) ResultInMemory() bool { return c.l.resultsInMem }

// Out is where the result is to be stored, when it is.
func (c *HostCall) Out() uint64 { return c.out }

// Params lifts the parameters.
func (c *HostCall) Params(flat []uint64) ([]value.Value, error) {
	most := abi.MaxFlatParams
	if c.l.Opts.Async {
		most = abi.MaxFlatAsyncParams
	}
	return abi.LiftValues(&c.Cx, most, flat, c.Type.Params)
}

// Return lowers the results: none or one.
func (c *HostCall) Return(flat []uint64, results []value.Value) error {
	most := abi.MaxFlatResults
	if c.l.Opts.Async {
		most = 0
	}
	return abi.LowerValues(&c.Cx, most, results, c.Type.Result, flat, &c.out)
}

// A HostError is the error of a function of the host.
type HostError struct {
	// Func is the name of the function.
	Func string
	Err  error
}

func (e *HostError) Error() string { return e.Func + ": " + e.Err.Error() }

// Unwrap is what the function returned.
func (e *HostError) Unwrap() error { return e.Err }

// hostFailed names the function of the host in its error. Traps of guests that
// it called and ends of programs go on as they are.
func hostFailed(err error, name string) error {
	switch err := err.(type) {
	case *abi.Trap:
		return abi.In(err, name)
	case *engine.Trap, engine.Unwinder:
		return err
	}
	if name == "" {
		return err
	}
	return &HostError{name, err}
}

// canonLowerHost calls a function of the host.
func canonLowerHost(ctx context.Context, l *Lowered, flat []uint64) error {
	if err := l.Inst.CheckLeave(); err != nil {
		return abi.In(err, l.Callee.Name)
	}
	if l.Type.Async && !l.Opts.Async {
		if err := l.mayBlock(); err != nil {
			return abi.In(err, l.Callee.Name)
		}
	}
	c := l.host
	if c == nil {
		c = &HostCall{l: l, Type: l.Type, Name: l.Callee.Name}
		c.sub.Reset(l.Inst)
		c.Cx = abi.Context{Options: l.Opts, Handles: &c.sub, MayLeave: &l.Inst.MayLeave}
	} else {
		l.host = c.next
		c.sub.Restart()
	}
	c.sub.State = task.SubtaskStarted
	ctx = l.Inst.Store.HostContext(ctx)
	c.Cx.Ctx, c.Cx.Budget = ctx, l.Inst.Store.CopyBytes
	if l.resultsInMem {
		c.out = flat[l.outPtr]
	}
	if err := l.Callee.Host(ctx, c, flat); err != nil {
		c.sub.DeliverResolve() // what the host borrowed has ended
		return hostFailed(err, l.Callee.Name)
	}
	if c.work != nil {
		return c.begin(ctx, flat)
	}
	c.sub.Resolve(task.SubtaskReturned)
	c.sub.DeliverResolve()
	if l.Opts.Async {
		flat[0] = uint64(task.SubtaskReturned)
	}
	c.Cx.Ctx = nil
	c.next, l.host = l.host, c
	return nil
}
