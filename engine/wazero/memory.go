package wazero

// This file is linear memories. wazero asks us for them, and they live as long
// as their store: wazero's own Free, which it calls for every instance that
// uses a memory, does nothing.

import (
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

const (
	pageSize = 65536
	maxPages = 65536
)

// A memory is a linear memory: wazero's MemoryAllocator for the one instance
// that defines it, and the LinearMemory that it allocates.
type memory struct {
	store *store
	typ   wasm.MemoryType
	space space
	// view is the memory as it is now.
	view atomic.Pointer[[]byte]
}

// newMemory reserves and fills in the initial pages of a memory.
func (s *store) newMemory(t wasm.MemoryType) (*memory, error) {
	l := t.Limits
	most := uint64(maxPages)
	if l.HasMax && l.Max < most {
		most = l.Max
	}
	if l.Min > most {
		return nil, fmt.Errorf("a memory of %d pages cannot be: the most is %d", l.Min, most)
	}
	m := &memory{store: s, typ: t}
	if !s.takeMemory(0, l.Min*pageSize) {
		return nil, fmt.Errorf("the module's memory starts with %d bytes, but the limit is %d (max-memory-size)",
			l.Min*pageSize, s.limits.MemoryBytes)
	}
	reserve := most * pageSize
	if limit := s.limits.MemoryBytes; limit != 0 && limit < reserve && !l.Shared {
		reserve = max(limit/pageSize*pageSize, l.Min*pageSize)
	}
	var err error
	if m.space, err = newSpace(reserve, l.Shared); err != nil {
		s.takeMemory(l.Min*pageSize, 0)
		return nil, fmt.Errorf("a memory of %d pages cannot be reserved: %w", most, err)
	}
	buf := m.space.resize(l.Min * pageSize)
	if buf == nil {
		s.takeMemory(l.Min*pageSize, 0)
		m.space.free()
		return nil, fmt.Errorf("the system has no %d bytes for a memory", l.Min*pageSize)
	}
	m.view.Store(&buf)
	s.mu.Lock()
	s.memories = append(s.memories, m)
	s.mu.Unlock()
	return m, nil
}

// takeMemory counts bytes against the limit: from before to after.
func (s *account) takeMemory(before, after uint64) bool {
	for {
		used := s.memUsed.Load()
		next := used - before + after
		if limit := s.limits.MemoryBytes; limit != 0 && next > limit && after > before {
			return false
		}
		if s.memUsed.CompareAndSwap(used, next) {
			return true
		}
	}
}

// Allocate implements experimental.MemoryAllocator.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory: nil when the memory cannot
// have that size. wazero calls it with the initial size first.
func (m *memory) Reallocate(size uint64) []byte {
	old := *m.view.Load()
	if size == uint64(len(old)) {
		return old
	}
	if !m.store.takeMemory(uint64(len(old)), size) {
		return nil
	}
	buf := m.space.resize(size)
	if buf == nil {
		m.store.takeMemory(size, uint64(len(old)))
		return nil
	}
	m.view.Store(&buf)
	return buf
}

// Free implements experimental.LinearMemory.
func (m *memory) Free() {}

// detachMemory takes its memory from a module of wazero's that is about to be
// closed. Closing an importer would make wazero forget who allocated the
// memory, for all its users: then it grows by itself, into what is not there.
func detachMemory(mod api.Module) {
	v := reflect.ValueOf(mod)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return
	}
	if f := v.Elem().FieldByName("MemoryInstance"); f.IsValid() && f.CanSet() {
		f.SetZero()
	}
}

func (m *memory) free() {
	empty := []byte{}
	m.view.Store(&empty)
	m.space.free()
}

// A memoryExtern is a memory as one instance exports it.
type memoryExtern struct {
	extern
	mem *memory
}

var _ engine.Memory = (*memoryExtern)(nil)

// Type implements engine.Extern.
func (m *memoryExtern) Type() wasm.ExternType {
	t := m.mem.typ
	t.Limits.Min = uint64(len(m.Bytes())) / pageSize
	return wasm.ExternType{Kind: wasm.ExternMemory, Memory: t}
}

// Bytes implements engine.Memory.
func (m *memoryExtern) Bytes() []byte { return *m.mem.view.Load() }

// Grow implements engine.Memory.
func (m *memoryExtern) Grow(pages uint64) (uint64, bool) {
	if pages > maxPages || !m.inst.store.enter() {
		return 0, false
	}
	defer m.inst.store.leave()
	before, ok := m.inst.mod.Memory().Grow(uint32(pages))
	return uint64(before), ok
}

// A space is where a memory's bytes are: at most as many as were reserved.
type space interface {
	// resize makes the first size bytes usable and returns them; what is new
	// is zero. nil means that there is no room.
	resize(size uint64) []byte
	// free gives everything back.
	free()
}

// heapSpace is a space in Go's heap, for systems without reserved address
// space. Growing moves it.
type heapSpace struct {
	buf      []byte
	reserved uint64
}

// newHeapSpace makes a space that does not move where it is shared: all of it
// is allocated.
func newHeapSpace(reserve uint64, shared bool) *heapSpace {
	h := &heapSpace{buf: []byte{}, reserved: reserve}
	if shared {
		h.buf = make([]byte, 0, reserve)
	}
	return h
}

func (h *heapSpace) resize(size uint64) []byte {
	if size > h.reserved {
		return nil
	}
	if size > uint64(cap(h.buf)) {
		buf := make([]byte, size, min(max(size, 2*uint64(cap(h.buf))), h.reserved))
		copy(buf, h.buf)
		h.buf = buf
	}
	h.buf = h.buf[:size]
	return h.buf
}

func (h *heapSpace) free() { h.buf = nil }
