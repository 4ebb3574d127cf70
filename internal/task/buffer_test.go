package task

import (
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
)

type memory struct {
	engine.Memory
	b []byte
}

func (m *memory) Bytes() []byte { return m.b }

// TestBuffers copies between buffers of guests and of the host.
func TestBuffers(t *testing.T) {
	types := abi.NewTypes()
	inst := NewInstance(NewStore(fakeEngine{}), nil)
	u16 := types.Type(value.TypeU16)
	guest := func(m *memory, ptr, n uint64) *GuestBuffer {
		b, err := NewGuestBuffer(t.Context(), u16, &abi.Options{Memory: m}, inst, ptr, n)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	a, b := &memory{b: []byte("\x01\x00\x02\x00\x03\x00")}, &memory{b: make([]byte, 8)}
	host := func(ns ...uint16) *ValueBuffer {
		v := &ValueBuffer{}
		for _, n := range ns {
			v.Values = append(v.Values, value.U16(n))
		}
		return v
	}
	var c copier
	do := func(dst, src Buffer, n uint32) {
		t.Helper()
		if err := c.copy(dst, src, n); err != nil {
			t.Fatal(err)
		}
	}
	src, mid, dst := guest(a, 0, 3), &ValueBuffer{Values: make([]value.Value, 3)}, guest(b, 2, 3)
	do(mid, src, 1)
	do(mid, src, 2)
	if src.Remain() != 0 || src.Progress() != 3 || mid.Remain() != 0 || mid.Values[2].Uint() != 3 {
		t.Error(src, mid)
	}
	do(dst, host(7), 1)
	do(dst, guest(a, 2, 2), 2)
	if !slices.Equal(b.b, []byte("\x00\x00\x07\x00\x02\x00\x03\x00")) || dst.Remain() != 0 {
		t.Errorf("%q", b.b)
	}
	hosts := &ValueBuffer{Values: make([]value.Value, 2)}
	do(hosts, host(4, 5), 2)
	if hosts.Values[1].Uint() != 5 || hosts.Progress() != 2 || hosts.IsZeroLength() {
		t.Error(hosts)
	}
	if !guest(a, 1, 0).IsZeroLength() {
		t.Error("a buffer without room has a length")
	}
	for _, bad := range []struct {
		ptr, n uint64
		want   string
	}{
		{1, 1, "unaligned pointer"}, {4, 2, "out of bounds"}, {8, 1, "out of bounds"},
		{1<<64 - 2, 1<<28 - 1, "out of bounds"}, {0, 1 << 28, "at most"}, {0, 1<<64 - 1, "at most"},
	} {
		if _, err := NewGuestBuffer(t.Context(), u16, &abi.Options{Memory: a}, inst, bad.ptr, bad.n); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%#x, %d: %v", bad.ptr, bad.n, err)
		}
	}
	if _, err := NewGuestBuffer(t.Context(), u16, &abi.Options{}, inst, 0, 1); err == nil {
		t.Error("a buffer without memory")
	}
}
