// This file is what macOS has in its own way.

package fs

import (
	"syscall"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

const (
	utimeNow    = -1
	utimeOmit   = -2
	parentFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NONBLOCK
)

// futimens sets the times of an open file, to the microsecond: the system call
// that knows nanoseconds wants a name.
func futimens(fd int, times *[2]unix.Timespec) error {
	var st unix.Stat_t
	if err := fstat(fd, &st); err != nil {
		return err
	}
	var now syscall.Timeval
	if err := syscall.Gettimeofday(&now); err != nil {
		return err
	}
	old := [2]unix.Timespec{st.Atim, st.Mtim}
	var tv [2]unix.Timeval
	for i, t := range times {
		switch t.Nsec {
		case utimeOmit:
			tv[i] = unix.NsecToTimeval(old[i].Nano())
		case utimeNow:
			tv[i] = unix.Timeval{Sec: now.Sec, Usec: now.Usec}
		default:
			tv[i] = unix.NsecToTimeval(t.Nano())
		}
	}
	return unix.Futimes(fd, tv[:])
}

// fdatasync writes everything: the system knows no less.
func fdatasync(fd int) error { return unix.Fsync(fd) }

// fadvise does nothing: the system takes no advice.
func fadvise(int, int64, int64, Advice) error { return nil }

// appendOnce is one system call that appends.
func (f *unixFile) appendOnce(p []byte) (int, error) { return f.appendByFlag(p) }

// kernelResolves reports whether the kernel resolves names beneath a directory.
func kernelResolves() bool { return false }

func openBeneath(int, string, int, uint32) (int, error) { return -1, host.ENOSYS }

// preadNow is what the system does not have.
func preadNow(int, []byte, int64) (int, error) { return 0, unix.ENOSYS }
