//go:build linux || darwin || freebsd

package fs

// This file is what quick.go needs where files are descriptors.

import (
	"io"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

func (d *unixDir) quick() {}

// ReadNow implements NowReader.
func (f *unixFile) ReadNow(p []byte, off int64) (int, error) {
	switch {
	case off < 0:
		return 0, host.EINVAL
	case !f.read:
		return 0, host.EBADF
	case off == maxOffset && len(p) > 0:
		return 0, io.EOF
	case f.waits.Load() || len(p) == 0:
		return 0, host.EAGAIN
	}
	p = p[:min(int64(len(p)), maxOffset-off, maxTransfer)]
	if err := f.fd.acquire(); err != nil {
		return 0, err
	}
	defer f.fd.release()
	n, err := preadNow(f.fd.fd, p, off)
	switch err {
	case nil:
	case unix.EINTR, unix.EAGAIN:
		return 0, host.EAGAIN
	case unix.ENOSYS, unix.EOPNOTSUPP, unix.EINVAL: // of this system or file system
		f.waits.Store(true)
		return 0, host.EAGAIN
	default:
		return 0, host.ErrnoOf(err)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
