package instrument

// This file tests that instructions that are replaced must be valid.

import (
	"errors"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// TestInvalidWaits: what is wrong with an instruction that is replaced must not
// be lost.
func TestInvalidWaits(t *testing.T) {
	for _, tt := range []struct {
		in  wasm.Instr
		msg string
	}{
		{wasm.Instr{Op: wasm.OpMemoryAtomicWait32, Align: 1}, "alignment"},
		{wasm.Instr{Op: wasm.OpMemoryAtomicWait32, Align: 3}, "alignment"},
		{wasm.Instr{Op: wasm.OpMemoryAtomicWait64, Align: 2}, "alignment"},
		{wasm.Instr{Op: wasm.OpMemoryAtomicNotify}, "alignment"},
		{access(wasm.OpMemoryAtomicNotify, 1<<32), "offset"},
		{wasm.Instr{Op: wasm.OpMemoryAtomicNotify, Align: 2, Index: 1}, "unknown memory 1"},
	} {
		m := shareMemory(testModule(fn(typeVoid, 0, op(wasm.OpUnreachable), tt.in, op(wasm.OpDrop))))
		var d *diag.Error
		_, _, err := Interrupt(m, Options{Wait: true})
		if !errors.As(err, &d) || d.Code != CodeInvalid || !strings.Contains(d.Msg, tt.msg) {
			t.Errorf("%+v: %v, want %q", tt.in, err, tt.msg)
		}
	}
}
