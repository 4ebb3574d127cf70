// This file is poll(2) on top of select(2): poll of Darwin refuses terminals
// and other devices.

package stream

import (
	"time"

	"golang.org/x/sys/unix"
)

// fdSetSize is how many descriptors select can tell apart.
const fdSetSize = 1024

func sysPoll(fds []pollFD, ms int) (int, error) {
	for i := range fds {
		if fds[i].Fd < 0 || fds[i].Fd >= fdSetSize {
			return unix.Poll(fds, ms)
		}
	}
	var r, w unix.FdSet
	top := -1
	for i := range fds {
		fd := int(fds[i].Fd)
		top = max(top, fd)
		if fds[i].Events&unix.POLLIN != 0 {
			r.Set(fd)
		}
		if fds[i].Events&unix.POLLOUT != 0 {
			w.Set(fd)
		}
	}
	var timeout *unix.Timeval
	if ms >= 0 {
		tv := unix.NsecToTimeval(int64(ms) * int64(time.Millisecond))
		timeout = &tv
	}
	_, err := unix.Select(top+1, &r, &w, nil, timeout)
	if err == unix.EBADF {
		// One of them is closed: poll says which.
		return unix.Poll(fds, ms)
	}
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range fds {
		fd := int(fds[i].Fd)
		fds[i].Revents = 0
		if fds[i].Events&unix.POLLIN != 0 && r.IsSet(fd) {
			fds[i].Revents |= unix.POLLIN
		}
		if fds[i].Events&unix.POLLOUT != 0 && w.IsSet(fd) {
			fds[i].Revents |= unix.POLLOUT
		}
		if fds[i].Revents != 0 {
			n++
		}
	}
	return n, nil
}
