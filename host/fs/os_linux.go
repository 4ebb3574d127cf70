// This file is what only Linux has: resolution of names by the kernel, appending
// in one call, and directories that are read from a position.

package fs

import (
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

const (
	utimeNow  = unix.UTIME_NOW
	utimeOmit = unix.UTIME_OMIT
	// parentFlags open a directory of which only the place counts: it need not
	// be readable.
	parentFlags = unix.O_PATH | unix.O_DIRECTORY
)

// kernelResolves reports whether openat2(2) is there: since Linux 5.6, unless a
// sandbox refuses it.
var kernelResolves = sync.OnceValue(func() bool {
	fd, err := openBeneath(unix.AT_FDCWD, ".", parentFlags, 0)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
})

// openBeneath opens name; the kernel refuses to leave the directory dir on the
// way. It answers host.EAGAIN when others rename what is on the way again and
// again.
func openBeneath(dir int, name string, flags int, mode uint32) (int, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags) | unix.O_CLOEXEC | unix.O_LARGEFILE,
		Mode:    uint64(mode),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS,
	}
	for try := 0; ; try++ {
		fd, err := unix.Openat2(dir, name, &how)
		switch {
		case err == nil:
			return fd, nil
		case err == unix.EXDEV:
			return -1, host.ECONFINED
		case err == unix.EINTR:
		case err == unix.EAGAIN && try < maxTries:
			runtime.Gosched()
		default:
			return -1, host.ErrnoOf(err)
		}
	}
}

// futimens sets the times of an open file.
func futimens(fd int, times *[2]unix.Timespec) error {
	for {
		// utimensat(2) with no name is futimens(3).
		_, _, e := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(times)), 0, 0, 0)
		switch e {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return e
		}
	}
}

func fdatasync(fd int) error { return unix.Fdatasync(fd) }

func fadvise(fd int, off, n int64, a Advice) error {
	advice := [...]int{
		AdviceNormal:     unix.FADV_NORMAL,
		AdviceSequential: unix.FADV_SEQUENTIAL,
		AdviceRandom:     unix.FADV_RANDOM,
		AdviceWillNeed:   unix.FADV_WILLNEED,
		AdviceDontNeed:   unix.FADV_DONTNEED,
		AdviceNoReuse:    unix.FADV_NOREUSE,
	}
	return unix.Fadvise(fd, off, n, advice[a])
}

// noAppendCall is set when the kernel does not know RWF_APPEND.
var noAppendCall atomic.Bool

// appendOnce is one system call that appends.
func (f *unixFile) appendOnce(p []byte) (int, error) {
	if noAppendCall.Load() {
		return f.appendByFlag(p)
	}
	f.appending.RLock()
	n, err := unix.Pwritev2(f.fd.fd, [][]byte{p}, 0, unix.RWF_APPEND)
	f.appending.RUnlock()
	switch err {
	case unix.ENOSYS:
		noAppendCall.Store(true)
		return f.appendByFlag(p)
	case unix.EOPNOTSUPP: // of this file system
		return f.appendByFlag(p)
	}
	return n, err
}

// preadNow reads what is in memory already, else answers EAGAIN.
func preadNow(fd int, p []byte, off int64) (int, error) {
	return unix.Preadv2(fd, [][]byte{p}, off, unix.RWF_NOWAIT)
}
