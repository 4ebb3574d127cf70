// This file is what FreeBSD has in its own way.

package fs

import (
	"unsafe"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

const (
	utimeNow    = unix.UTIME_NOW
	utimeOmit   = unix.UTIME_OMIT
	parentFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NONBLOCK
)

// futimens sets the times of an open file.
func futimens(fd int, times *[2]unix.Timespec) error {
	for {
		_, _, e := unix.Syscall(unix.SYS_FUTIMENS, uintptr(fd), uintptr(unsafe.Pointer(times)), 0)
		switch e {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return e
		}
	}
}

func fdatasync(fd int) error {
	_, _, e := unix.Syscall(unix.SYS_FDATASYNC, uintptr(fd), 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// fadvise passes the advice on; FreeBSD numbers it as POSIX does.
func fadvise(fd int, off, n int64, a Advice) error {
	advice := [...]int{
		AdviceNormal:     0,
		AdviceRandom:     1,
		AdviceSequential: 2,
		AdviceWillNeed:   3,
		AdviceDontNeed:   4,
		AdviceNoReuse:    5,
	}
	return unix.Fadvise(fd, off, n, advice[a])
}

// appendOnce is one system call that appends.
func (f *unixFile) appendOnce(p []byte) (int, error) { return f.appendByFlag(p) }

// kernelResolves reports whether the kernel resolves names beneath a directory.
func kernelResolves() bool { return false }

func openBeneath(int, string, int, uint32) (int, error) { return -1, host.ENOSYS }

// preadNow is what the system does not have.
func preadNow(int, []byte, int64) (int, error) { return 0, unix.ENOSYS }
