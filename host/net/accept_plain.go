//go:build unix && !(linux || freebsd || dragonfly)

// This file is accept4 where there is only accept(2).

package net

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func accept4(fd int) (int, unix.Sockaddr, error) {
	// No process may be forked before the flag is set.
	syscall.ForkLock.RLock()
	nfd, from, err := unix.Accept(fd)
	if err == nil {
		unix.CloseOnExec(nfd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, nil, err
	}
	if err := unix.SetNonblock(nfd, true); err != nil {
		unix.Close(nfd)
		return -1, nil, err
	}
	return nfd, from, nil
}
