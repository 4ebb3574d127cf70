package canon

// This file is backpressure (section "canon backpressure.{inc,dec}").

import (
	"context"

	"github.com/dray-wasm/dray/internal/abi"
)

// maxBackpressure is where the counter of an instance overflows.
const maxBackpressure = 1 << 16

func canonBackpressureInc(_ context.Context, b *Builtin, _ []uint64) error {
	if b.Inst.Backpressure+1 >= maxBackpressure {
		return abi.Trapf("backpressure counter overflow: more than %d calls of backpressure.inc without backpressure.dec", maxBackpressure-1)
	}
	b.Inst.Backpressure++
	return nil
}

func canonBackpressureDec(_ context.Context, b *Builtin, _ []uint64) error {
	if b.Inst.Backpressure == 0 {
		return abi.Trapf("backpressure counter underflow: backpressure.dec without backpressure.inc")
	}
	if b.Inst.Backpressure--; b.Inst.Backpressure == 0 {
		b.Inst.EndBackpressure()
	}
	return nil
}
