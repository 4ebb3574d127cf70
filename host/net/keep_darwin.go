// This file names the options about connections at rest on macOS.

package net

import "golang.org/x/sys/unix"

func keepName(opt option) (name int, ok bool) {
	switch opt {
	case optKeepIdle:
		return unix.TCP_KEEPALIVE, true
	case optKeepInterval:
		return unix.TCP_KEEPINTVL, true
	case optKeepCount:
		return unix.TCP_KEEPCNT, true
	}
	return 0, false
}
