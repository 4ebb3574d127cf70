package canon

// This file is subtasks (sections "canon subtask.cancel" and "canon
// subtask.drop").

import (
	"context"

	"github.com/dray-wasm/dray/internal/abi"
)

// blocked is what an operation answers that goes on (BLOCKED).
const blocked = 0xffff_ffff

func canonSubtaskCancel(_ context.Context, b *Builtin, stack []uint64) error {
	th, err := b.mayBlock(b.Async)
	if err != nil {
		return err
	}
	sub, err := b.Inst.Subtask(uint32(stack[0]))
	if err != nil {
		return err
	}
	switch {
	case sub.ResolveDelivered():
		return abi.Trapf("`subtask.cancel` called after terminal status delivered")
	case sub.CancellationRequested:
		return abi.Trapf("`subtask.cancel` called twice for the same subtask")
	case !b.Async:
		if err := sub.CheckSync(); err != nil {
			return err
		}
	}
	if !sub.Resolved() {
		sub.CancellationRequested = true
		if err := sub.OnCancel.RequestCancellation(b.Inst); err != nil {
			return err
		}
		if !sub.Resolved() {
			if b.Async {
				stack[0] = blocked
				return nil
			}
			if err := sub.WaitForResolved(th); err != nil {
				return err
			}
		}
	}
	stack[0] = uint64(sub.GetPendingEvent().Result)
	return nil
}

func canonSubtaskDrop(_ context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	i := uint32(stack[0])
	sub, err := b.Inst.Subtask(i)
	if err != nil {
		return err
	}
	if err := sub.Drop(); err != nil {
		return err
	}
	_, err = b.Inst.Handles.Remove(i)
	return err
}
