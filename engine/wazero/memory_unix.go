//go:build unix

package wazero

// This file reserves address space for linear memories, so that their base
// never moves and growing is one system call.

import "golang.org/x/sys/unix"

type mapped struct{ all []byte }

func newSpace(reserve uint64) (space, error) {
	if reserve == 0 {
		return &heapSpace{}, nil
	}
	all, err := unix.Mmap(-1, 0, int(reserve), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|mapNoReserve)
	if err != nil {
		// A process with little address space left still gets small memories.
		return &heapSpace{reserved: reserve}, nil
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
