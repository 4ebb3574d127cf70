//go:build !unix && !windows

// This file is the place of errno_system.go where error numbers are not POSIX's:
// the sentinels of io/fs, which the system's errors answer to, decide.

package host

func systemErrno(error) (Errno, bool) { return 0, false }

func wrappedErrno(error) (Errno, bool) { return 0, false }
