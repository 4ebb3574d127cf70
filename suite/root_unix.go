//go:build unix

package suite

// This file sets the times of symbolic links on Unix.

import (
	"time"

	"golang.org/x/sys/unix"
)

// setLinkTime sets the modification time of a symbolic link itself.
func setLinkTime(path string, t time.Time) error {
	ts, err := unix.TimeToTimespec(t)
	if err != nil {
		return err
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW)
}
