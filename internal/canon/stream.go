package canon

// This file is streams, and what they share with futures (sections "canon
// stream.new", "canon stream.{read,write}", "canon {stream,future}.cancel-read"
// and so on).

import (
	"context"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

func canonStreamNew(_ context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	return b.ends(task.NewSharedStream(b.Type.Elem, b.Inst), task.ReadableStreamEnd, stack)
}

// ends puts both ends of a stream or future in the handle table.
func (b *Builtin) ends(s task.Shared, readable task.EndKind, stack []uint64) error {
	r, err := b.Inst.AddEnd(s, readable)
	if err != nil {
		return err
	}
	w, err := b.Inst.AddEnd(s, readable+1)
	stack[0] = uint64(r) | uint64(w)<<32
	return err
}

func canonStreamRead(ctx context.Context, b *Builtin, stack []uint64) error {
	return streamCopy(ctx, b, task.ReadableStreamEnd, stack)
}

func canonStreamWrite(ctx context.Context, b *Builtin, stack []uint64) error {
	return streamCopy(ctx, b, task.WritableStreamEnd, stack)
}

// streamCopy is stream_copy.
func streamCopy(ctx context.Context, b *Builtin, k task.EndKind, stack []uint64) error {
	c, err := b.beginCopy(ctx, k, stack, b.pointer(stack[2]))
	if err != nil {
		return err
	}
	return c.finish(b, stack)
}

// A copying is an operation on an end that begins.
type copying struct {
	thread *task.Thread
	end    *task.CopyEnd
	index  uint32
}

// beginCopy checks the end at stack[0] and the buffer of n elements at
// stack[1].
func (b *Builtin) beginCopy(ctx context.Context, k task.EndKind, stack []uint64, n uint64) (c copying, err error) {
	if c.thread, err = b.mayBlock(b.Opts.Async); err != nil {
		return c, err
	}
	c.index = uint32(stack[0])
	if c.end, err = b.Inst.End(c.index, k, b.Type.Elem); err != nil {
		return c, err
	}
	if err := c.end.CheckIdle(); err != nil {
		return c, err
	}
	if !b.Opts.Async {
		if err := c.end.CheckSync(); err != nil {
			return c, err
		}
	}
	return c, c.end.SetBuffer(ctx, b.Type.Elem, b.Opts, b.Inst, b.pointer(stack[1]), n)
}

// finish begins the operation and answers what became of it, or that it goes
// on.
func (c *copying) finish(b *Builtin, stack []uint64) error {
	if err := c.end.Copy(b.Inst, c.index); err != nil {
		return err
	}
	return deliver(c.thread, c.end, b.Opts.Async, stack)
}

// deliver answers the event of an end. Without one it waits, or answers that
// the operation goes on.
func deliver(th *task.Thread, e *task.CopyEnd, async bool, stack []uint64) error {
	if !e.HasPendingEvent() {
		if async {
			stack[0] = blocked
			return nil
		}
		if err := e.WaitForPendingEvent(th); err != nil {
			return err
		}
	}
	stack[0] = uint64(e.GetPendingEvent().Result)
	return nil
}

func canonStreamCancelRead(_ context.Context, b *Builtin, stack []uint64) error {
	return cancelCopy(b, task.ReadableStreamEnd, stack)
}

func canonStreamCancelWrite(_ context.Context, b *Builtin, stack []uint64) error {
	return cancelCopy(b, task.WritableStreamEnd, stack)
}

// cancelCopy is cancel_copy.
func cancelCopy(b *Builtin, k task.EndKind, stack []uint64) error {
	th, err := b.mayBlock(b.Async)
	if err != nil {
		return err
	}
	e, err := b.Inst.End(uint32(stack[0]), k, b.Type.Elem)
	switch {
	case err != nil:
		return err
	case e.State == task.CopyCancelling:
		return abi.Trapf("the operation on the handle with index %d is being cancelled already", uint32(stack[0]))
	case e.State != task.CopyCopying || e.HasSyncWaiter():
		return abi.Trapf("there is no operation to cancel on the handle with index %d", uint32(stack[0]))
	case !b.Async:
		if err := e.CheckSync(); err != nil {
			return err
		}
	}
	e.State = task.CopyCancelling
	if !e.HasPendingEvent() {
		e.Shared.Cancel()
	}
	return deliver(th, e, b.Async, stack)
}

func canonStreamDropReadable(_ context.Context, b *Builtin, stack []uint64) error {
	return drop(b, task.ReadableStreamEnd, stack)
}

func canonStreamDropWritable(_ context.Context, b *Builtin, stack []uint64) error {
	return drop(b, task.WritableStreamEnd, stack)
}

// drop drops an end.
func drop(b *Builtin, k task.EndKind, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	i := uint32(stack[0])
	e, err := b.Inst.End(i, k, b.Type.Elem)
	if err != nil {
		return err
	}
	if err := e.Drop(); err != nil {
		return err
	}
	_, err = b.Inst.Handles.Remove(i)
	return err
}
