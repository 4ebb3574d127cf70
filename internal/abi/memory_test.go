package abi

// This file is a guest for tests: a memory and an allocator.

import (
	"bytes"
	"context"
	"errors"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

// A byteMemory is a linear memory of some bytes.
type byteMemory struct{ b []byte }

func (m *byteMemory) Type() (t wasm.ExternType)  { return t }
func (m *byteMemory) Bytes() []byte              { return m.b }
func (m *byteMemory) Grow(uint64) (uint64, bool) { return 0, false }

var _ engine.Memory = (*byteMemory)(nil)

// A bumpRealloc allocates from a memory and never frees.
type bumpRealloc struct {
	m    *byteMemory
	next uint64
	// moves makes each call move the memory itself.
	moves bool
}

func (r *bumpRealloc) Call(_ context.Context, stack []uint64) error {
	old, oldSize, align, newSize := stack[0], stack[1], stack[2], stack[3]
	if r.moves {
		r.m.b = bytes.Clone(r.m.b)
	}
	if old != 0 && newSize <= oldSize {
		stack[0] = old
		return nil
	}
	ptr := alignTo(r.next, align)
	if ptr+newSize > uint64(len(r.m.b)) {
		return errFull
	}
	r.next = ptr + newSize
	copy(r.m.b[ptr:ptr+oldSize], r.m.b[old:])
	stack[0] = ptr
	return nil
}

var errFull = errors.New("the memory is full")

// guest is a context with mem as its memory, where allocation starts at 8.
func guest(mem []byte, w Width, e Encoding) (*Context, *bumpRealloc) {
	m := &byteMemory{mem}
	r := &bumpRealloc{m: m, next: 8}
	return &Context{
		Options: &Options{Encoding: e, Width: w, Memory: m, Realloc: r},
		Ctx:     context.Background(),
		Budget:  DefaultBudget,
	}, r
}

// filled is a memory where nothing was written.
func filled(n int) []byte { return bytes.Repeat([]byte{0xaa}, n) }
