// This file reads and writes without waiting, on descriptors that would wait.

package stream

import (
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
