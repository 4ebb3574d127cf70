package canon

// This file is the context slots of threads (sections "canon context.get" and
// "canon context.set").

import "context"

func canonContextGet(_ context.Context, b *Builtin, stack []uint64) error {
	th, err := current(b.Inst)
	if err != nil {
		return err
	}
	v := th.Storage[b.Slot&1]
	if !b.Wide {
		v = uint64(uint32(v))
	}
	stack[0] = v
	return nil
}

func canonContextSet(_ context.Context, b *Builtin, stack []uint64) error {
	th, err := current(b.Inst)
	if err != nil {
		return err
	}
	v := stack[0]
	if !b.Wide {
		v = uint64(uint32(v))
	}
	th.Storage[b.Slot&1] = v
	return nil
}
