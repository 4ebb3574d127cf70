//go:build linux || darwin || freebsd

// This file is an open regular file on a descriptor. Reading and writing is one
// system call at an offset and allocates nothing.

package fs

import (
	"io"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
	"golang.org/x/sys/unix"
)

// A unixFile is a regular File.
type unixFile struct {
	fd          descriptor
	read, write bool
	access      Access
	sync        atomic.Uint32 // a syncMode
	// appending is held for writing while O_APPEND is set on the descriptor,
	// which may make pwrite append, and for reading by pwrite.
	appending sync.RWMutex
	// waits is set where the system cannot read without waiting.
	waits atomic.Bool
}

// maxTransfer is how much one system call is asked for: some systems refuse
// 2 GiB.
const maxTransfer = 1 << 30

func newUnixFile(fd int, how Open, access Access) *unixFile {
	f := &unixFile{
		read:   how.Read,
		write:  how.Write && access == ReadWrite,
		access: access,
	}
	f.fd.init(fd)
	f.sync.Store(uint32(syncModeOf(how.Sync, how.Dsync)))
	return f
}

// Type implements File.
func (f *unixFile) Type() FileType { return Regular }

// Stream implements File.
func (f *unixFile) Stream() (stream.Input, stream.Output) { return nil, nil }

// Stat implements Node.
func (f *unixFile) Stat() (Stat, error) { return statDescriptor(&f.fd) }

// SetTimes implements Node.
func (f *unixFile) SetTimes(atime, mtime SetTime) error {
	if f.access == ReadOnly {
		return host.EROFS
	}
	return setTimesDescriptor(&f.fd, atime, mtime)
}

// Sync implements Node.
func (f *unixFile) Sync(dataOnly bool) error { return syncDescriptor(&f.fd, dataOnly) }

// Close implements Node.
func (f *unixFile) Close() error { return f.fd.close() }

// SetSync implements File.
func (f *unixFile) SetSync(sync, dsync bool) error {
	if err := f.fd.acquire(); err != nil {
		return err
	}
	defer f.fd.release()
	f.sync.Store(uint32(syncModeOf(sync, dsync)))
	return nil
}

// ReadAt implements File.
func (f *unixFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, host.EINVAL
	}
	if !f.read {
		return 0, host.EBADF
	}
	if rest := maxOffset - off; int64(len(p)) > rest {
		if p = p[:rest]; rest == 0 {
			return 0, io.EOF
		}
	}
	if len(p) > maxTransfer {
		p = p[:maxTransfer]
	}
	if err := f.fd.acquire(); err != nil {
		return 0, err
	}
	defer f.fd.release()
	for {
		n, err := unix.Pread(f.fd.fd, p, off)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, host.ErrnoOf(err)
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

// beginWrite checks that n bytes may be written.
func (f *unixFile) beginWrite() error {
	if f.access == ReadOnly {
		return host.EROFS
	}
	if !f.write {
		return host.EBADF
	}
	return f.fd.acquire()
}

// WriteAt implements File.
func (f *unixFile) WriteAt(p []byte, off int64) (int, error) {
	if err := checkRange(off, len(p)); err != nil {
		return 0, err
	}
	if err := f.beginWrite(); err != nil {
		return 0, err
	}
	defer f.fd.release()
	f.appending.RLock()
	done := 0
	var err error
	for done < len(p) && err == nil {
		var n int
		n, err = unix.Pwrite(f.fd.fd, p[done:min(len(p), done+maxTransfer)], off+int64(done))
		done, err = progress(done, n, err)
	}
	f.appending.RUnlock()
	return done, f.endWrite(done, err)
}

// Append implements File.
func (f *unixFile) Append(p []byte) (int, error) {
	if err := f.beginWrite(); err != nil {
		return 0, err
	}
	defer f.fd.release()
	done := 0
	var err error
	for done < len(p) && err == nil {
		var n int
		n, err = f.appendOnce(p[done:min(len(p), done+maxTransfer)])
		done, err = progress(done, n, err)
	}
	return done, f.endWrite(done, err)
}

// appendByFlag appends by setting O_APPEND around a write.
func (f *unixFile) appendByFlag(p []byte) (int, error) {
	f.appending.Lock()
	defer f.appending.Unlock()
	flags, err := unix.FcntlInt(uintptr(f.fd.fd), unix.F_GETFL, 0)
	if err != nil {
		return 0, err
	}
	if _, err := unix.FcntlInt(uintptr(f.fd.fd), unix.F_SETFL, flags|unix.O_APPEND); err != nil {
		return 0, err
	}
	n, err := unix.Write(f.fd.fd, p)
	if _, ferr := unix.FcntlInt(uintptr(f.fd.fd), unix.F_SETFL, flags&^unix.O_APPEND); ferr != nil && err == nil {
		err = ferr
	}
	return n, err
}

// progress adds what one system call wrote. A call that writes nothing and
// gives no reason must not be repeated for ever.
func progress(done, n int, err error) (int, error) {
	switch {
	case err == unix.EINTR:
		return done, nil
	case err != nil:
		return done, host.ErrnoOf(err)
	case n <= 0:
		return done, host.EIO
	}
	return done + n, nil
}

// endWrite does what SetSync asks for behind a write of n bytes.
func (f *unixFile) endWrite(n int, err error) error {
	mode := syncMode(f.sync.Load())
	if mode == syncNone || n == 0 {
		return err
	}
	if serr := syncDescriptor(&f.fd, mode == syncData); err == nil {
		err = serr
	}
	return err
}

// Truncate implements File.
func (f *unixFile) Truncate(size int64) error {
	if f.access == ReadOnly {
		return host.EROFS
	}
	if size < 0 || !f.write {
		return host.EINVAL
	}
	if err := f.fd.acquire(); err != nil {
		return err
	}
	defer f.fd.release()
	for {
		if err := unix.Ftruncate(f.fd.fd, size); err != unix.EINTR {
			return errno(err)
		}
	}
}

// Advise implements File.
func (f *unixFile) Advise(off, n int64, a Advice) error {
	if off < 0 || n < 0 || a > AdviceNoReuse {
		return host.EINVAL
	}
	if err := f.fd.acquire(); err != nil {
		return err
	}
	defer f.fd.release()
	return errno(fadvise(f.fd.fd, off, n, a))
}
