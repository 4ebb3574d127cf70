package canon

// This file is how tasks resolve (sections "canon task.return" and "canon
// task.cancel").

import (
	"context"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

func canonTaskReturn(ctx context.Context, b *Builtin, stack []uint64) error {
	th, err := b.mayLeave()
	if err != nil {
		return err
	}
	t := th.Task
	switch {
	case !t.Opts.Async:
		return abi.Trapf("`task.return` called by a task that is not lifted async")
	case !task.SameType(b.Result, b.Inst, t.Type.Result, t.Inst):
		return abi.Trapf("invalid `task.return` signature: its type is not that of the result of the task")
	case !sameOptions(b.Opts, t.Opts):
		return abi.Trapf("invalid `task.return` options: string encoding and memory must be those of the task's lift")
	}
	cx := abi.Context{
		Options: b.Opts, Ctx: ctx, Handles: t,
		MayLeave: &b.Inst.MayLeave, Budget: b.Inst.Store.CopyBytes,
	}
	_, fits := t.Type.Result.Flat(b.Opts.Width)
	return t.ReturnValues(&cx, stack, !fits)
}

// sameOptions tells whether the options of task.return are those of the lift.
// Results that need no memory are returned without these options.
func sameOptions(ret, lift *abi.Options) bool {
	switch {
	case ret.Memory == nil:
		return true
	case lift.Memory == nil || ret.Width != lift.Width || ret.Encoding != lift.Encoding:
		return false
	}
	return ret.Memory == lift.Memory || sameBytes(ret.Memory, lift.Memory)
}

// sameBytes tells whether two exports are of the same memory.
func sameBytes(a, b engine.Memory) bool {
	x, y := a.Bytes(), b.Bytes()
	return len(x) == len(y) && (len(x) == 0 || &x[0] == &y[0])
}

func canonTaskCancel(_ context.Context, b *Builtin, _ []uint64) error {
	th, err := b.mayLeave()
	if err != nil {
		return err
	}
	if !th.Task.Opts.Async {
		return abi.Trapf("`task.cancel` called by a task that is not lifted async")
	}
	return th.Task.Cancel()
}
