//go:build unix && !linux

// This file stands in for reading and writing without waiting, which only
// Linux has for a descriptor that would wait.

package stream

import "golang.org/x/sys/unix"

const (
	canNoWait = false
	// fionread is FIONREAD, the same number on all these systems.
	fionread = 0x4004667f
	// pipeBuf is what POSIX promises of PIPE_BUF.
	pipeBuf = 512
)

func readNoWait(int, []byte) (int, error)  { return 0, unix.ENOSYS }
func writeNoWait(int, []byte) (int, error) { return 0, unix.ENOSYS }

// reopenTerminal has no way to open a terminal apart from those who share it.
func reopenTerminal(int) int { return -1 }
