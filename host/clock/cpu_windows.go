// This file is processor time from GetProcessTimes.

package clock

import "golang.org/x/sys/windows"

// processCPU is the processor time of the process in nanoseconds.
func processCPU() (uint64, bool) {
	var created, exited, kernel, user windows.Filetime
	err := windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user)
	if err != nil {
		return 0, false
	}
	return 100 * (ticks(kernel) + ticks(user)), true
}

// ticks is a span of time in units of 100 ns.
func ticks(t windows.Filetime) uint64 {
	return uint64(t.HighDateTime)<<32 | uint64(t.LowDateTime)
}
