//go:build unix

package wazero

// This file reserves address space for linear memories, so that their base
// never moves and growing is one system call.

import "golang.org/x/sys/unix"

type mapped struct{ all []byte }

// newSpace reserves a space. One that is shared must not move, so that not
// being able to reserve it is an error.
func newSpace(reserve uint64, shared bool) (space, error) {
	if reserve == 0 {
		return newHeapSpace(0, false), nil
	}
	all, err := unix.Mmap(-1, 0, int(reserve), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|mapNoReserve)
	switch {
	case err != nil && shared:
		return nil, err
	case err != nil:
		return &moving{reserved: reserve}, nil
	}
	return &mapped{all}, nil
}

func (m *mapped) resize(size uint64) []byte {
	if size > uint64(len(m.all)) {
		return nil
	}
	if size > 0 && unix.Mprotect(m.all[:size], unix.PROT_READ|unix.PROT_WRITE) != nil {
		return nil
	}
	return m.all[:size]
}

func (m *mapped) free() {
	if m.all != nil {
		unix.Munmap(m.all)
		m.all = nil
	}
}

// moving is a space for a process with little address space left: it has as
// many pages as are used, and growing copies them.
type moving struct {
	all      []byte
	reserved uint64
}

func (m *moving) resize(size uint64) []byte {
	if size == 0 {
		return []byte{}
	}
	if size > m.reserved {
		return nil
	}
	if size > uint64(len(m.all)) {
		all, err := unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			return nil
		}
		copy(all, m.all)
		m.free()
		m.all = all
	}
	return m.all[:size]
}

func (m *moving) free() {
	if m.all != nil {
		unix.Munmap(m.all)
		m.all = nil
	}
}
