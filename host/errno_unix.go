//go:build unix

// This file is the place of errno_windows.go on Unix systems, where the names
// of POSIX say it all.

package host

var ownErrnos []errnoPair
