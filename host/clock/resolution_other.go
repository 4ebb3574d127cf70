//go:build !linux && !freebsd

// This file is the resolution of clocks on systems that are not asked.

package clock

import (
	"runtime"
	"time"
)

func systemResolutions() resolutions {
	if runtime.GOOS == "windows" {
		// The unit of a FILETIME, and of the usual performance counter.
		return resolutions{wall: 100, mono: 100}
	}
	return resolutions{wall: time.Microsecond, mono: time.Microsecond}
}
