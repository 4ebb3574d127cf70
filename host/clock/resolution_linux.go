// This file is clock_getres of Linux.

package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

func systemResolutions() resolutions {
	return resolutions{wall: getres(unix.CLOCK_REALTIME), mono: getres(unix.CLOCK_MONOTONIC)}
}

func getres(id int32) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGetres(id, &ts); err != nil {
		return time.Microsecond
	}
	return max(time.Duration(unix.TimespecToNsec(ts)), 1)
}
