package canon

// This file is waitables and waitable sets (sections "canon waitable-set.new"
// to "canon waitable.join").

import (
	"context"
	"encoding/binary"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

func canonWaitableSetNew(_ context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	i, err := b.Inst.Handles.Add(new(task.WaitableSet))
	stack[0] = uint64(i)
	return err
}

func canonWaitableSetWait(_ context.Context, b *Builtin, stack []uint64) error {
	th, err := b.mayLeave()
	if err != nil {
		return err
	}
	set, err := b.Inst.WaitableSet(uint32(stack[0]))
	if err != nil {
		return err
	}
	ptr := stack[1]
	e, err := set.WaitForEvent(th, b.Cancellable)
	if err != nil {
		return err
	}
	return b.unpackEvent(e, ptr, stack)
}

func canonWaitableSetPoll(_ context.Context, b *Builtin, stack []uint64) error {
	th, err := b.mayLeave()
	if err != nil {
		return err
	}
	set, err := b.Inst.WaitableSet(uint32(stack[0]))
	if err != nil {
		return err
	}
	return b.unpackEvent(set.Poll(th, b.Cancellable), stack[1], stack)
}

// unpackEvent stores the index and code of an event at ptr (unpack_event).
func (b *Builtin) unpackEvent(e task.Event, ptr uint64, stack []uint64) error {
	if b.Opts.Memory == nil {
		return abi.Trapf("an event needs memory, but the canonical definition has no option memory")
	}
	mem := b.Opts.Memory.Bytes()
	ptr = b.pointer(ptr)
	if n := uint64(len(mem)); ptr%4 != 0 || ptr > n || n-ptr < 8 {
		return abi.Trapf("unaligned pointer or pointer out of bounds: event of 8 bytes at %#x, but the memory has %d", ptr, n)
	}
	binary.LittleEndian.PutUint32(mem[ptr:], e.Index)
	binary.LittleEndian.PutUint32(mem[ptr+4:], e.Result)
	stack[0] = uint64(e.Code)
	return nil
}

func canonWaitableSetDrop(_ context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	i := uint32(stack[0])
	set, err := b.Inst.WaitableSet(i)
	if err != nil {
		return err
	}
	if err := set.Drop(); err != nil {
		return err
	}
	_, err = b.Inst.Handles.Remove(i)
	return err
}

func canonWaitableJoin(_ context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	w, err := b.Inst.Waitable(uint32(stack[0]))
	if err != nil {
		return err
	}
	var set *task.WaitableSet
	if i := uint32(stack[1]); i != 0 {
		if set, err = b.Inst.WaitableSet(i); err != nil {
			return err
		}
	}
	return w.Join(set)
}
