//go:build linux || darwin || freebsd

// This file is processor time from clock_gettime.

package clock

import "golang.org/x/sys/unix"

// processCPU is the processor time of the process in nanoseconds.
func processCPU() (uint64, bool) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		return 0, false
	}
	return uint64(max(unix.TimespecToNsec(ts), 0)), true
}
