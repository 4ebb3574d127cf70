package everything

// This file calls functions of the host as ones that were lowered with the
// option async: parameters beyond four words and all results are in memory.

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/wasm"
)

// A memory is a linear memory of some bytes, which moves with each allocation.
type memory struct{ b []byte }

func (m *memory) Type() (t wasm.ExternType)  { return t }
func (m *memory) Bytes() []byte              { return m.b }
func (m *memory) Grow(uint64) (uint64, bool) { return 0, false }

// Call is realloc.
func (m *memory) Call(_ context.Context, stack []uint64) error {
	m.b = bytes.Clone(m.b)
	stack[0] = 128
	return nil
}

// A host implements what is called here.
type host struct{ ThingsHost }

func (host) Five(_ context.Context, a uint8, b string, c []byte) (uint8, error) {
	return a + uint8(len(b)) + uint8(len(c)), nil
}

func (host) Bools(_ context.Context, v []bool) ([]bool, error) { return append(v, true), nil }

// lowered is a function of the host as a guest imports it.
func lowered(t *testing.T, m *memory, ft *bind.FuncType, call func(context.Context, *bind.HostCall, *bind.Bound, []uint64) error) *canon.Lowered {
	f := abi.NewTypes().Func(ft)
	do, err := (&bind.HostFunc{Type: ft, Resources: resource_types, Call: call}).Bind(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &canon.Lowered{
		Inst: task.NewInstance(task.NewStore(nil), nil), Type: f,
		Opts:   &abi.Options{Async: true, Memory: m, Realloc: m},
		Callee: &canon.Func{Host: do},
	}
	l.Bind()
	return l
}

func TestAsyncLowered(t *testing.T) {
	m := &memory{make([]byte, 160)}
	copy(m.b[8:], "\x07\xff\xff\xff\x40\x00\x00\x00\x03\x00\x00\x00\x44\x00\x00\x00\x02\x00\x00\x00")
	copy(m.b[64:], "abc\x00\x01\x01\x00")
	five := lowered(t, m, func_host_Things_Five, host_Things_Five(host{}))
	for _, tt := range []struct {
		ptr, out uint64
		err      string
	}{
		{8, 40, ""},
		{1<<32 + 8, 1<<32 + 40, ""}, // only the low halves count
		{10, 40, "unaligned pointer: 0xa is not a multiple of 4"},
		{144, 40, "pointer out of bounds of memory: 20 bytes at 0x90, but the memory has 160"},
		{8, 160, "pointer out of bounds of memory: 1 bytes at 0xa0, but the memory has 160"},
	} {
		m.b[40] = 0
		flat := make([]uint64, 16)
		flat[0], flat[1] = tt.ptr, tt.out
		err := five.Call(t.Context(), flat)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("five(%#x, %#x): %v, want %s", tt.ptr, tt.out, err, tt.err)
			}
			continue
		}
		if err != nil || m.b[40] != 12 || flat[0] != uint64(task.SubtaskReturned) {
			t.Errorf("five: %v, result %d, status %d", err, m.b[40], flat[0])
		}
	}
	bools := lowered(t, m, func_host_Things_Bools, host_Things_Bools(host{}))
	flat := make([]uint64, 16)
	flat[0], flat[1], flat[2] = 67, 3, 48
	if err := bools.Call(t.Context(), flat); err != nil {
		t.Fatal(err)
	}
	if got := m.b[48:56]; !bytes.Equal(got, []byte{128, 0, 0, 0, 4, 0, 0, 0}) || !bytes.Equal(m.b[128:132], []byte{0, 1, 1, 1}) {
		t.Errorf("bools: %v, %v", got, m.b[128:132])
	}
}
