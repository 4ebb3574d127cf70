package p1

// This file is the process: exit, signals and the scheduler.

import (
	"runtime"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/wasi/internal/exit"
)

func (c call) procExit(p []uint64) error { return &exit.Exit{Code: uint32(p[0])} }

// procRaise: there are no signals here.
func (c call) procRaise([]uint64) error { return host.ENOTSUP }

func (c call) schedYield([]uint64) error {
	runtime.Gosched()
	return c.ctx.Err()
}
