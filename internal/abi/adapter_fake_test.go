package abi

// This file is memories and handle tables for tests.

import (
	"context"
	"errors"
	"fmt"

	"github.com/dray-wasm/dray/wasm"
)

// An adMemory is a memory over a slice. With move set, every allocation moves
// it and spoils the bytes at the old place.
type adMemory struct {
	b    []byte
	move bool
}

func (m *adMemory) Type() wasm.ExternType      { return wasm.ExternType{} }
func (m *adMemory) Bytes() []byte              { return m.b }
func (m *adMemory) Grow(uint64) (uint64, bool) { return 0, false }

// An adHeap is a realloc over an adMemory: new blocks follow each other, and
// blocks shrink where they are.
type adHeap struct {
	mem   *adMemory
	next  uint64
	calls [][4]uint64
	keep  bool          // record calls
	bad   func() uint64 // gives results instead
}

func (h *adHeap) Call(_ context.Context, stack []uint64) error {
	old, oldSize, align, size := stack[0], stack[1], stack[2], stack[3]
	if h.keep {
		h.calls = append(h.calls, [4]uint64(stack[:4]))
	}
	if h.bad != nil {
		stack[0] = h.bad()
		return nil
	}
	if old != 0 && size <= oldSize {
		stack[0] = old
		return nil
	}
	p := alignTo(h.next, align)
	if p+size > uint64(len(h.mem.b)) {
		return errors.New("out of memory")
	}
	h.next = p + size
	copy(h.mem.b[p:p+oldSize], h.mem.b[old:old+oldSize])
	if h.mem.move {
		b := h.mem.b
		h.mem.b = append([]byte(nil), b...)
		for i := range b {
			b[i] = 0xdd
		}
	}
	stack[0] = p
	return nil
}

// adContext is a context with a memory of its own.
func adContext(size int, enc Encoding, w Width) (*Context, *adHeap) {
	mem := &adMemory{b: make([]byte, size)}
	h := &adHeap{mem: mem, next: 64}
	cx := &Context{Options: &Options{Encoding: enc, Width: w, Memory: mem, Realloc: h}, Ctx: context.Background(), Budget: DefaultBudget}
	cx.Handles = &adHandles{}
	return cx, h
}

// adHandles is a handle table that notes what was done. A handle i of slot s
// stands for i + 1000 s.
type adHandles struct {
	log  []string
	next uint32
}

var errAdHandle = Trapf("unknown handle index")

func (h *adHandles) lift(what string, i uint32, slot int) (uint64, error) {
	if i == 0 {
		return 0, errAdHandle
	}
	h.log = append(h.log, fmt.Sprintf("%s %d of %d", what, i, slot))
	return uint64(i) + 1000*uint64(slot), nil
}

func (h *adHandles) lower(what string, rep any, slot int) (uint32, error) {
	h.next++
	h.log = append(h.log, fmt.Sprintf("%s %v of %d: %d", what, rep, slot, h.next))
	return h.next, nil
}

func (h *adHandles) LiftOwn(i uint32, slot int) (Rep, error) {
	r, err := h.lift("lift own", i, slot)
	return Rep{Bits: r}, err
}

func (h *adHandles) LiftBorrow(i uint32, slot int) (Rep, error) {
	r, err := h.lift("lift borrow", i, slot)
	return Rep{Bits: r}, err
}

func (h *adHandles) LowerOwn(r Rep, slot int) (uint32, error) {
	return h.lower("lower own", r.Bits, slot)
}

func (h *adHandles) LowerBorrow(r Rep, slot int) (uint32, error) {
	return h.lower("lower borrow", r.Bits, slot)
}

func (h *adHandles) LiftAsyncValue(i uint32, t *Type) (any, error) {
	return h.lift("lift "+t.Kind.String(), i, 0)
}

func (h *adHandles) LowerAsyncValue(v any, t *Type) (uint32, error) {
	return h.lower("lower "+t.Kind.String(), v, 0)
}

func (h *adHandles) LiftErrorContext(i uint32) (any, error) { return h.lift("lift error", i, 0) }

func (h *adHandles) LowerErrorContext(v any) (uint32, error) { return h.lower("lower error", v, 0) }

func (h *adHandles) ToHost(r Rep, slot int, own bool) (any, error) { return r, nil }

func (h *adHandles) FromHost(v any, slot int, own bool) (Rep, error) {
	r, _ := v.(Rep)
	return r, nil
}
