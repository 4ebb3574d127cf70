// This file reads and writes without waiting, on descriptors that would wait.

package stream

import (
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	canNoWait = true
	fionread  = unix.TIOCINQ
	// pipeBuf is PIPE_BUF.
	pipeBuf = 4096
)

// noOffset makes preadv2 and pwritev2 use the file's own offset.
const noOffset = ^uintptr(0)

// readNoWait is read(2) that answers EAGAIN instead of waiting.
func readNoWait(fd int, p []byte) (int, error) {
	iov := unix.Iovec{Base: unsafe.SliceData(p)}
	iov.SetLen(len(p))
	n, _, e := unix.Syscall6(unix.SYS_PREADV2, uintptr(fd),
		uintptr(unsafe.Pointer(&iov)), 1, noOffset, noOffset, unix.RWF_NOWAIT)
	return int(n), asError(e)
}

// writeNoWait is write(2) that writes what fits, and answers EAGAIN instead of
// waiting.
func writeNoWait(fd int, p []byte) (int, error) {
	iov := unix.Iovec{Base: unsafe.SliceData(p)}
	iov.SetLen(len(p))
	n, _, e := unix.Syscall6(unix.SYS_PWRITEV2, uintptr(fd),
		uintptr(unsafe.Pointer(&iov)), 1, noOffset, noOffset, unix.RWF_NOWAIT)
	return int(n), asError(e)
}

func asError(e syscall.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}

// reopenTerminal opens the terminal behind fd once more: with O_NONBLOCK, which
// is of this open and does not reach the processes that share fd. It returns
// -1 when fd is no terminal or may not be opened.
func reopenTerminal(fd int) int {
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		return -1
	}
	if _, err := unix.IoctlGetInt(fd, unix.TIOCGPTN); err == nil {
		// The master of a pseudo-terminal: this would be a new one.
		return -1
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return -1
	}
	flags = flags&unix.O_ACCMODE | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	for {
		own, err := unix.Open("/proc/self/fd/"+strconv.Itoa(fd), flags, 0)
		switch err {
		case nil:
			return own
		case unix.EINTR:
			continue
		}
		return -1
	}
}
