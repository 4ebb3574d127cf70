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

// A hostTask is a call from the host.
type hostTask struct {
	onStart   OnStart
	onResolve OnResolve
	startErr  error
	// resolved and cancelled are how the call ended; abandoned tells that
	// nobody waits for it any more.
	resolved, cancelled, abandoned bool
}

func (h *hostTask) start(cx *abi.Context, flat []uint64) error {
	err := h.onStart(cx, flat)
	if err != nil && !isTrap(err) {
		h.startErr = err
	}
	return err
}

func (h *hostTask) resolve(cx *abi.Context, flat []uint64, inMem bool) error {
	h.resolved, h.cancelled = true, cx == nil
	if cx == nil || h.abandoned {
		return nil
	}
	return h.onResolve(cx, flat, inMem)
}

// CallAsync calls a lifted function of any type, and runs threads of the store
// until the call has returned; the callee may go on after that. It waits for
// the store's baton until ctx ends.
//
// onStart lowers the arguments when the callee takes them, onResolve lifts the
// results when it returns them. When ctx ends, the callee is asked to cancel;
// if it does not within CancelGrace, its code is interrupted where the engine
// can do that, and the call is left to itself.
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
	if !nested {
		defer s.Leave()
	}
	// The threads of the call outlive its context: they see one that ends
	// later, by force.
	forced, force := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(CancelGrace, func() { force(context.Cause(ctx)) })
	})
	defer stop()
	h := &hostTask{onStart: onStart, onResolve: onResolve}
	onCancel, err := f.start(&threadContext{forced}, nil, h.start, h.resolve)
	if err == nil && h.startErr == nil {
		err = f.await(ctx, forced, s, h, onCancel)
	}
	switch {
	case err != nil:
		return err
	case h.startErr != nil:
		return h.startErr
	case h.cancelled:
		return context.Cause(ctx)
	}
	return nil
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

// await runs threads until the call has resolved.
func (f *Func) await(ctx, forced context.Context, s *task.Store, h *hostTask, onCancel OnCancel) error {
	asked := false
	for !h.resolved {
		if ctx.Err() != nil && !asked {
			asked = true
			if err := onCancel(nil); err != nil {
				return abi.In(err, f.Name)
			}
			continue
		}
		if forced.Err() != nil {
			h.abandoned = true
			return context.Cause(ctx)
		}
		ran, err := s.Tick()
		switch {
		case err != nil:
			return abi.In(err, f.Name)
		case ran || h.startErr != nil:
		case asked:
			h.abandoned = true
			return context.Cause(ctx)
		default:
			err := abi.In(task.ErrDeadlock(), f.Name)
			f.Inst.Poison(nil, err)
			return err
		}
		if h.startErr != nil {
			return nil
		}
	}
	return nil
}
