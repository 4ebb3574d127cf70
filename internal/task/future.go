package task

// This file is futures (section "Future State").

import "github.com/dray-wasm/dray/internal/abi"

// A SharedFuture is a future between two ends (SharedFutureImpl).
type SharedFuture struct{ shared }

// NewSharedFuture makes a future of elem, nil for no payload, as an instance
// sees that type.
func NewSharedFuture(elem *abi.Type, home *Instance) *SharedFuture {
	return &SharedFuture{shared{elem: elem, home: home}}
}

// Future implements Shared.
func (f *SharedFuture) Future() bool { return true }

// Read implements Shared. The reader has not dropped its end, and the writer
// cannot before it has written.
func (f *SharedFuture) Read(inst *Instance, dst Buffer, op CopyOp) error {
	return f.meet(inst, dst, op, dst, f.pending.buffer)
}

// Write implements Shared.
func (f *SharedFuture) Write(inst *Instance, src Buffer, op CopyOp) error {
	if f.dropped {
		op.Done(CopyDropped)
		return nil
	}
	return f.meet(inst, src, op, f.pending.buffer, src)
}

// meet moves the value if the other side is there, or waits for it.
func (f *SharedFuture) meet(inst *Instance, b Buffer, op CopyOp, dst, src Buffer) error {
	if f.pending.buffer == nil {
		f.pending = pending{inst: inst, buffer: b, op: op}
		return nil
	}
	if err := f.checkInstances(inst, "future"); err != nil {
		return err
	}
	if err := f.copy(dst, src, 1); err != nil {
		return err
	}
	f.resetAndNotifyPending(CopyCompleted)
	op.Done(CopyCompleted)
	return nil
}
