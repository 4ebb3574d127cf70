//go:build linux || darwin || freebsd

// This file counts the users of a descriptor, so that its number cannot be
// given to another file while an operation still holds it.

package fs

import (
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

// A descriptor is an open file descriptor that several goroutines may use and
// one may close. Its owner is one of the counted users.
type descriptor struct {
	fd    int
	users atomic.Uint32 // and closedBit
}

const closedBit = 1 << 31

func (d *descriptor) init(fd int) {
	d.fd = fd
	d.users.Store(1)
}

// acquire keeps the descriptor open until release. It answers host.EBADF once
// the descriptor was closed.
func (d *descriptor) acquire() error {
	for {
		n := d.users.Load()
		if n&closedBit != 0 {
			return host.EBADF
		}
		if d.users.CompareAndSwap(n, n+1) {
			return nil
		}
	}
}

func (d *descriptor) release() {
	if d.users.Add(^uint32(0)) == closedBit {
		unix.Close(d.fd)
	}
}

// close refuses new users and closes when the last one has gone.
func (d *descriptor) close() error {
	for {
		n := d.users.Load()
		if n&closedBit != 0 {
			return host.EBADF
		}
		if !d.users.CompareAndSwap(n, n-1|closedBit) {
			continue
		}
		if n == 1 {
			// What close(2) has to say about delayed writes matters; the
			// descriptor is gone whatever it says.
			if err := unix.Close(d.fd); err != nil && err != unix.EINTR {
				return host.ErrnoOf(err)
			}
		}
		return nil
	}
}
