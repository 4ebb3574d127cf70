package p1

// This file is the table of descriptors.

import (
	"sync"

	"github.com/dray-wasm/dray/host"
)

// A table maps the numbers that the guest knows to descriptors. It is safe for
// concurrent use.
type table struct {
	mu sync.RWMutex
	// ds[fd] is nil where fd is not open.
	ds []*descriptor
	// low is a number below which all are open.
	low int
	// max is how many may be open at a time; all numbers are below it.
	max    int
	closed bool
}

// get is the open descriptor with a number, else EBADF. A descriptor that is
// closed while it is in use stays usable as a value: what is done with it then
// fails, or was done just before.
func (t *table) get(fd uint32) (*descriptor, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if uint64(fd) < uint64(len(t.ds)) {
		if d := t.ds[fd]; d != nil {
			return d, nil
		}
	}
	return nil, host.EBADF
}

// full tells whether insert would fail now.
func (t *table) full() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.closed || t.lowest() >= t.max
}

// insert gives d the lowest free number. When there is none (EMFILE) or the
// table is closed (EBADF), d stays the caller's.
func (t *table) insert(d *descriptor) (uint32, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return 0, host.EBADF
	}
	fd := t.lowest()
	if fd >= t.max {
		return 0, host.EMFILE
	}
	if fd == len(t.ds) {
		t.ds = append(t.ds, d)
	} else {
		t.ds[fd] = d
	}
	t.low = fd + 1
	return uint32(fd), nil
}

// lowest is the lowest free number.
func (t *table) lowest() int {
	fd := t.low
	for fd < len(t.ds) && t.ds[fd] != nil {
		fd++
	}
	return fd
}

// remove takes a descriptor out of the table; closing it is up to the caller.
func (t *table) remove(fd uint32) (*descriptor, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.take(fd)
}

func (t *table) take(fd uint32) (*descriptor, error) {
	if uint64(fd) >= uint64(len(t.ds)) || t.ds[fd] == nil {
		return nil, host.EBADF
	}
	d := t.ds[fd]
	t.ds[fd] = nil
	t.low = min(t.low, int(fd))
	return d, nil
}

// renumber moves the descriptor from to the number to, which must be open; the
// one that was there is returned, to be closed by the caller. Moving a number
// onto itself does nothing.
func (t *table) renumber(from, to uint32) (old *descriptor, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, fd := range [...]uint32{from, to} {
		if uint64(fd) >= uint64(len(t.ds)) || t.ds[fd] == nil {
			return nil, host.EBADF
		}
	}
	if from == to {
		return nil, nil
	}
	d, err := t.take(from)
	if err != nil {
		return nil, err
	}
	old, t.ds[to] = t.ds[to], d
	return old, nil
}

// close empties the table for good and returns what was in it.
func (t *table) close() []*descriptor {
	t.mu.Lock()
	defer t.mu.Unlock()
	ds := t.ds
	t.ds, t.low, t.closed = nil, 0, true
	return ds
}
