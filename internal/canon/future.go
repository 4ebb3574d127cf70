package canon

// This file is futures (sections "canon future.new", "canon
// future.{read,write}" and so on).

import (
	"context"

	"github.com/dray-wasm/dray/internal/task"
)

func canonFutureNew(_ context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	return b.ends(task.NewSharedFuture(b.Type.Elem, b.Inst), task.ReadableFutureEnd, stack)
}

func canonFutureRead(ctx context.Context, b *Builtin, stack []uint64) error {
	return futureCopy(ctx, b, task.ReadableFutureEnd, stack)
}

func canonFutureWrite(ctx context.Context, b *Builtin, stack []uint64) error {
	return futureCopy(ctx, b, task.WritableFutureEnd, stack)
}

// futureCopy is future_copy.
func futureCopy(ctx context.Context, b *Builtin, k task.EndKind, stack []uint64) error {
	c, err := b.beginCopy(ctx, k, stack, 1)
	if err != nil {
		return err
	}
	return c.finish(b, stack)
}

func canonFutureCancelRead(_ context.Context, b *Builtin, stack []uint64) error {
	return cancelCopy(b, task.ReadableFutureEnd, stack)
}

func canonFutureCancelWrite(_ context.Context, b *Builtin, stack []uint64) error {
	return cancelCopy(b, task.WritableFutureEnd, stack)
}

func canonFutureDropReadable(_ context.Context, b *Builtin, stack []uint64) error {
	return drop(b, task.ReadableFutureEnd, stack)
}

func canonFutureDropWritable(_ context.Context, b *Builtin, stack []uint64) error {
	return drop(b, task.WritableFutureEnd, stack)
}
