package p1

// This file is the process: exit, signals and the scheduler.

import (
	"fmt"
	"runtime"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/host"
)

var _ engine.Unwinder = (*Exit)(nil)

func (e *Exit) Error() string { return fmt.Sprintf("the guest exited with status %d", e.Code) }

// Unwind implements engine.Unwinder.
func (*Exit) Unwind() {}

func (c call) procExit(p []uint64) error { return &Exit{Code: uint32(p[0])} }

// procRaise: there are no signals here.
func (c call) procRaise([]uint64) error { return host.ENOTSUP }

func (c call) schedYield([]uint64) error {
	runtime.Gosched()
	return c.ctx.Err()
}
