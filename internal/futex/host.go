package futex

// This file is the functions of the host that guests call in place of the
// instructions; see package instrument.

import (
	"context"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm/instrument"
)

// HostFuncs are the functions, in the order of [instrument.WaitNames]. ended
// makes the error of a wait that a context ended.
func (t *Table) HostFuncs(ended func(context.Context) error) []engine.HostFunc {
	failed := func(ctx context.Context, err error) error {
		if _, trap := err.(*engine.Trap); trap {
			return err
		}
		return ended(ctx)
	}
	calls := [...]func(context.Context, engine.Caller, []uint64) error{
		func(ctx context.Context, c engine.Caller, p []uint64) error {
			r, err := t.Wait32(ctx, memory(c), address(p[0], p[3]), uint32(p[1]), int64(p[2]))
			if err != nil {
				return failed(ctx, err)
			}
			p[0] = uint64(r)
			return nil
		},
		func(ctx context.Context, c engine.Caller, p []uint64) error {
			r, err := t.Wait64(ctx, memory(c), address(p[0], p[3]), p[1], int64(p[2]))
			if err != nil {
				return failed(ctx, err)
			}
			p[0] = uint64(r)
			return nil
		},
		func(_ context.Context, c engine.Caller, p []uint64) error {
			r, err := t.Notify(memory(c), address(p[0], p[2]), uint32(p[1]))
			if err != nil {
				return err
			}
			p[0] = uint64(r)
			return nil
		},
	}
	out := make([]engine.HostFunc, len(calls))
	for i, call := range calls {
		out[i] = engine.HostFunc{Name: instrument.WaitNames[i], Type: instrument.WaitTypes[i], Call: call}
	}
	return out
}

func memory(c engine.Caller) []byte {
	m, ok := c.Export(instrument.MemoryExport).(engine.Memory)
	if !ok {
		return nil
	}
	return m.Bytes()
}

// address is where an instruction with an operand and a static offset works.
func address(operand, offset uint64) uint64 { return uint64(uint32(operand)) + uint64(uint32(offset)) }
