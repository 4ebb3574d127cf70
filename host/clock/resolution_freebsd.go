// This file is clock_getres of FreeBSD.

package clock

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func systemResolutions() resolutions {
	return resolutions{wall: getres(unix.CLOCK_REALTIME), mono: getres(unix.CLOCK_MONOTONIC)}
}

func getres(id uintptr) time.Duration {
	var ts unix.Timespec
	_, _, e := unix.Syscall(unix.SYS_CLOCK_GETRES, id, uintptr(unsafe.Pointer(&ts)), 0)
	if e != 0 {
		return time.Microsecond
	}
	return max(time.Duration(unix.TimespecToNsec(ts)), 1)
}
