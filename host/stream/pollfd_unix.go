//go:build unix

// This file asks the operating system which descriptors are ready.

package stream

import (
	"math"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
)

// A descriptor is a Waitable that the operating system can wait for.
type descriptor interface {
	notifier
	// pollFD is what to watch; ok is false when there is nothing to wait for.
	pollFD() (fd pollFD, ok bool)
	// gone reports whether the wait is over without asking the system.
	gone() bool
}

type pollFD = unix.PollFd

// maxPoll is how many descriptors one poll(2) is asked about: more than the
// process may have open is an error.
const maxPoll = 64

// pollNow fills Revents for all of fds without blocking.
func pollNow(fds []pollFD) error {
	for len(fds) > 0 {
		n := min(len(fds), maxPoll)
		_, err := sysPoll(fds[:n], 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return host.ErrnoOf(err)
		}
		fds = fds[n:]
	}
	return nil
}

// millis is the time until the deadline as poll(2) wants it: rounded up, -1
// for a zero deadline.
func millis(deadline time.Time) int {
	if deadline.IsZero() {
		return -1
	}
	d := time.Until(deadline)
	if d <= 0 {
		return 0
	}
	ms := (d-1)/time.Millisecond + 1
	return int(min(ms, math.MaxInt32))
}
