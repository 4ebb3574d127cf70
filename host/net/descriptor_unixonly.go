//go:build unix && !linux

// This file is what Unix systems other than Linux do with sockets.

package net

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// acceptInherits tells that a connection has all options of its listener.
const acceptInherits = false

// buffersDoubled tells that the system gives twice the buffer it was asked
// for.
const buffersDoubled = false

func socket(domain, kind int) (int, error) {
	// No process may be forked before the flag is set.
	syscall.ForkLock.RLock()
	fd, err := unix.Socket(domain, kind, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// unconnect undoes the connect of a datagram socket: these systems do so
// before they see that the new peer is none.
func unconnect(fd int, f Family) error {
	var none unix.Sockaddr = &unix.SockaddrInet4{}
	if f == IPv6 {
		none = &unix.SockaddrInet6{}
	}
	err := unix.Connect(fd, none)
	if _, e := unix.Getpeername(fd); e == unix.ENOTCONN {
		return nil
	}
	return err
}
