// This file is what Linux does its own way with sockets.

package net

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// acceptInherits tells that a connection has all options of its listener.
const acceptInherits = true

// buffersDoubled tells that the system gives twice the buffer it was asked
// for, for its own use, and says so when it is asked.
const buffersDoubled = true

func socket(domain, kind int) (int, error) {
	return unix.Socket(domain, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
}

// unconnect undoes the connect of a datagram socket.
func unconnect(fd int, _ Family) error {
	none := unix.RawSockaddr{Family: unix.AF_UNSPEC}
	_, _, e := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd),
		uintptr(unsafe.Pointer(&none)), unsafe.Sizeof(none))
	if e != 0 {
		return e
	}
	return nil
}
