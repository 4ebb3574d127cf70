// This file checks the limits of tables and memories (Validation, section
// "Limits").

package valid

import (
	"math"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// checkLimits checks that limits lie within bound and are in order. tooBig is
// the message for those that do not.
func checkLimits(l wasm.Limits, bound uint64, tooBig string) error {
	switch {
	case l.Min > bound:
		return diag.Errorf(CodeLimits, diag.Pos{}, "%s: the minimum is %d", tooBig, l.Min)
	case l.HasMax && l.Max > bound:
		return diag.Errorf(CodeLimits, diag.Pos{}, "%s: the maximum is %d", tooBig, l.Max)
	case l.HasMax && l.Min > l.Max:
		return diag.Errorf(CodeLimits, diag.Pos{}, "size minimum must not be greater than maximum: %d and %d", l.Min, l.Max)
	}
	return nil
}

// checkTable checks the limits of a table type.
func checkTable(t wasm.TableType) error {
	if t.Limits.Shared {
		return diag.Errorf(CodeLimits, diag.Pos{}, "shared table: only memories can be shared")
	}
	if t.Limits.Is64 {
		return checkLimits(t.Limits, math.MaxUint64, "table size must fit in 64 bits")
	}
	return checkLimits(t.Limits, math.MaxUint32, "table size must be at most 4294967295 elements")
}

// checkMemory checks the limits and the page size of a memory type.
func checkMemory(t wasm.MemoryType) error {
	if t.HasPageSize && t.PageLog2 != 0 && t.PageLog2 != 16 {
		return diag.Errorf(CodeLimits, diag.Pos{}, "invalid custom page size: 2 to the power of %d, expected 1 or 65536 bytes", t.PageLog2)
	}
	if t.Limits.Shared && !t.Limits.HasMax {
		return diag.Errorf(CodeLimits, diag.Pos{}, "shared memory must have maximum: its limits are %q", t.Limits)
	}
	bytePages := t.HasPageSize && t.PageLog2 == 0
	switch {
	case !t.Limits.Is64 && !bytePages:
		return checkLimits(t.Limits, 1<<16, "memory size must be at most 65536 pages (4GiB)")
	case !t.Limits.Is64:
		return checkLimits(t.Limits, math.MaxUint32, "memory size must be at most 4294967295 pages of one byte")
	case !bytePages:
		return checkLimits(t.Limits, 1<<48, "memory size must be at most 2^48 pages (2^64 bytes)")
	}
	return checkLimits(t.Limits, math.MaxUint64, "memory size must fit in 64 bits")
}
