//go:build unix && !darwin

// This file is poll(2).

package stream

import "golang.org/x/sys/unix"

func sysPoll(fds []pollFD, ms int) (int, error) { return unix.Poll(fds, ms) }
