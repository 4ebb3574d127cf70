package canon

// This file is calls from the host that may block (section "Embedding API").

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// A hostTask is a call from the host, and what its caller waits for.
type hostTask struct {
	task.HostWait
	tc        threadContext
	onStart   OnStart
	onResolve OnResolve
	cancelled bool
	// taken is set by who comes first: the callee, which lifts its results, or
	// the caller, who waits no more.
	taken atomic.Bool
	grace *grace // nil where the context of the call does not end
}

var errAbandoned = errors.New("nobody waits for the call any more")

// Start implements task.Caller: it lowers the arguments. Where those of the host
// are wrong, the call ends, and the instance goes on.
func (h *hostTask) Start(cx *abi.Context, flat []uint64) error {
	err := errAbandoned
	if !h.taken.Load() {
		err = h.onStart(cx, flat)
	}
	if err != nil && !isTrap(err) {
		h.End(err)
	}
	return err
}

// Resolve implements task.Caller: it lifts the results.
func (h *hostTask) Resolve(cx *abi.Context, flat []uint64, inMem bool) error {
	if h.cancelled = cx == nil; !h.cancelled && !h.Done && h.taken.CompareAndSwap(false, true) {
		if err := h.onResolve(cx, flat, inMem); err != nil {
			return err
		}
	}
	h.End(nil)
	return nil
}

// CallAsync calls a lifted function of any type, and runs threads of the store
// until the call has returned; the callee may go on after that. Any number of
// goroutines can call at a time: the baton is free while all that they called
// waits.
//
// onStart lowers the arguments when the callee takes them, onResolve lifts the
// results when it returns them; both may run on another goroutine. When ctx
// ends, the callee is asked to cancel; if it does not within CancelGrace, its
// code is interrupted where the engine can do that, and the call is left to
// itself.
func (f *Func) CallAsync(ctx context.Context, onStart OnStart, onResolve OnResolve) error {
	if f.Host != nil {
		return errors.New("the function is one of the host")
	}
	if !f.Type.Async {
		return f.callSync(ctx, onStart, onResolve)
	}
	s := f.Inst.Store
	nested, err := s.Enter(ctx)
	if err != nil {
		return err
	}
	h := &hostTask{onStart: onStart, onResolve: onResolve}
	h.tc.Context, h.tc.store = ctx, s
	if ctx.Done() != nil {
		h.grace = newGrace(ctx, &h.tc)
		defer h.grace.end()
	}
	h.Begin(f.Inst)
	callee, err := f.start(&h.tc, nil, h)
	if err != nil {
		h.End(err)
		h.Err = err // also where the call had returned, and then trapped
	}
	switch f.await(ctx, h, callee, nested) {
	case task.WokenAway:
		return context.Cause(ctx)
	case task.WokenAgain:
		if !nested {
			s.Leave()
		}
	}
	if h.Err == nil && h.cancelled {
		return context.Cause(ctx)
	}
	return h.Err
}

// await runs threads until the call is over. The goroutine has the baton after
// task.WokenAgain only.
func (f *Func) await(ctx context.Context, h *hostTask, callee task.Canceller, nested bool) task.Woken {
	s, until := f.Inst.Store, ctx
	for !h.Done {
		idle := !h.Run(until)
		switch {
		case h.Done:
		case until == ctx && ctx.Err() != nil:
			until = h.grace.ask()
			if err := callee.RequestCancellation(nil); err != nil {
				s.Fail(f.Inst, abi.In(err, f.Name))
			}
		case until.Err() != nil || idle && until != ctx && s.Stuck():
			h.taken.Store(true)
			h.tc.abandoned.Store(true)
			h.End(context.Cause(ctx))
		case idle && s.Stuck():
			s.Fail(f.Inst, abi.In(task.ErrDeadlock(), f.Name))
		case nested:
			s.WaitForPost(until)
		default:
			switch h.Sleep(until) {
			case task.WokenOver:
				return task.WokenOver
			case task.WokenAway:
				if !h.giveUp() {
					return h.outcome()
				}
				if until == ctx {
					go f.askLater(h, callee)
				}
				return task.WokenAway
			}
		}
	}
	return task.WokenAgain
}

// giveUp ends a call whose caller cannot have the baton; false where its results
// are being lifted.
func (h *hostTask) giveUp() bool {
	if !h.taken.CompareAndSwap(false, true) {
		return false
	}
	h.tc.abandoned.Store(true)
	return true
}

// askLater asks the callee to cancel when the baton is to be had.
func (f *Func) askLater(h *hostTask, callee task.Canceller) {
	s := f.Inst.Store
	if _, err := s.Enter(context.Background()); err != nil {
		return
	}
	defer s.Leave()
	if h.Done {
		return
	}
	if err := callee.RequestCancellation(nil); err != nil {
		s.Fail(f.Inst, abi.In(err, f.Name))
	}
	h.End(nil)
}

// outcome waits for the end of a call whose results are being lifted.
func (h *hostTask) outcome() task.Woken {
	h.Wait()
	return task.WokenOver
}

// callSync is CallAsync of a function that cannot block.
func (f *Func) callSync(ctx context.Context, onStart OnStart, onResolve OnResolve) error {
	c, err := f.Begin(ctx)
	if err != nil {
		return err
	}
	if err = onStart(&c.Cx, c.Stack[:]); err == nil {
		err = c.Invoke()
	}
	if err == nil {
		flat, fits := f.Type.Result.Flat(f.Opts.Width)
		err = onResolve(&c.Cx, c.Stack[:], !fits || len(flat) > abi.MaxFlatResults)
	}
	return c.End(err)
}
