package canon

// This file is calls from the host that may block (section "Embedding API").

import (
	"context"
	"errors"
	"time"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// CancelGrace is how long a call goes on that was asked to end because its
// context did.
const CancelGrace = 100 * time.Millisecond

// A hostTask is a call from the host, and what its caller waits for.
type hostTask struct {
	task.HostWait
	onStart   OnStart
	onResolve OnResolve
	cancelled bool
}

// Start implements task.Caller: it lowers the arguments. Where those of the host are wrong, the call ends,
// and the instance goes on.
func (h *hostTask) Start(cx *abi.Context, flat []uint64) error {
	err := h.onStart(cx, flat)
	if err != nil && !isTrap(err) {
		h.End(err)
	}
	return err
}

// Resolve implements task.Caller: it lifts the results.
func (h *hostTask) Resolve(cx *abi.Context, flat []uint64, inMem bool) error {
	if h.cancelled = cx == nil; !h.cancelled && !h.Done {
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
	forced, stop := outliving(ctx)
	defer stop()
	h := &hostTask{onStart: onStart, onResolve: onResolve}
	h.Begin(f.Inst)
	callee, err := f.start(&threadContext{forced}, nil, h)
	if err != nil {
		h.End(err)
		h.Err = err // also where the call had returned, and then trapped
	}
	if away := f.await(ctx, forced, h, callee, nested); !away && !nested {
		s.Leave()
	}
	if h.Err == nil && h.cancelled {
		return context.Cause(ctx)
	}
	return h.Err
}

// outliving is a context for the threads of a call, which outlive its context:
// it ends later than that, by force. stop says that it need not any more.
func outliving(ctx context.Context) (forced context.Context, stop func() bool) {
	if ctx.Done() == nil {
		return ctx, func() bool { return true }
	}
	forced, force := context.WithCancelCause(context.WithoutCancel(ctx))
	return forced, context.AfterFunc(ctx, func() {
		time.AfterFunc(CancelGrace, func() { force(context.Cause(ctx)) })
	})
}

// await runs threads until the call is over; away tells that the baton is gone.
func (f *Func) await(ctx, forced context.Context, h *hostTask, callee task.Canceller, nested bool) (away bool) {
	s, until, asked := f.Inst.Store, ctx, false
	for !h.Done {
		idle := !h.Run(until)
		switch {
		case h.Done:
		case forced.Err() != nil:
			h.End(context.Cause(ctx))
		case !asked && ctx.Err() != nil:
			until, asked = forced, true
			if err := callee.RequestCancellation(nil); err != nil {
				s.Fail(f.Inst, abi.In(err, f.Name))
			}
		case idle && s.Stuck():
			if asked {
				h.End(context.Cause(ctx))
			} else {
				s.Fail(f.Inst, abi.In(task.ErrDeadlock(), f.Name))
			}
		case nested:
			s.WaitForPost(until)
		default:
			if h.Sleep(until) {
				return true
			}
		}
	}
	return false
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
