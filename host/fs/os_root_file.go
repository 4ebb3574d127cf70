// This file is an open regular file on an os.File.

package fs

import (
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// A rootFile is a File on an os.File.
type rootFile struct {
	file        *os.File
	read, write bool
	access      Access
	sync        atomic.Uint32 // a syncMode
	appending   sync.Mutex
}

func newRootFile(file *os.File, how Open, access Access) *rootFile {
	f := &rootFile{
		file:   file,
		read:   how.Read,
		write:  how.Write && access == ReadWrite,
		access: access,
	}
	f.sync.Store(uint32(syncModeOf(how.Sync, how.Dsync)))
	return f
}

// Type implements File.
func (f *rootFile) Type() FileType { return Regular }

// Stream implements File.
func (f *rootFile) Stream() (stream.Input, stream.Output) { return nil, nil }

// Stat implements Node.
func (f *rootFile) Stat() (Stat, error) {
	info, err := f.file.Stat()
	if err != nil {
		return Stat{}, host.ErrnoOf(err)
	}
	st := statOfInfo(info)
	completeFileStat(&st, f.file, info)
	return st, nil
}

// SetTimes implements Node.
func (f *rootFile) SetTimes(atime, mtime SetTime) error {
	if f.access == ReadOnly {
		return host.EROFS
	}
	return setFileTimes(f.file, atime, mtime)
}

// Sync implements Node.
func (f *rootFile) Sync(bool) error { return errno(f.file.Sync()) }

// Close implements Node.
func (f *rootFile) Close() error { return errno(f.file.Close()) }

// SetSync implements File.
func (f *rootFile) SetSync(sync, dsync bool) error {
	f.sync.Store(uint32(syncModeOf(sync, dsync)))
	return nil
}

// ReadAt implements File.
func (f *rootFile) ReadAt(p []byte, off int64) (int, error) {
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
	n, err := f.file.ReadAt(p, off)
	switch {
	case n > 0 || err == nil:
		return n, nil
	case err == io.EOF:
		return 0, io.EOF
	}
	return 0, host.ErrnoOf(err)
}

func (f *rootFile) canWrite() error {
	if f.access == ReadOnly {
		return host.EROFS
	}
	if !f.write {
		return host.EBADF
	}
	return nil
}

// WriteAt implements File. How much of p was written before an error, os.File
// does not always tell.
func (f *rootFile) WriteAt(p []byte, off int64) (int, error) {
	if err := checkRange(off, len(p)); err != nil {
		return 0, err
	}
	if err := f.canWrite(); err != nil {
		return 0, err
	}
	n, err := f.file.WriteAt(p, off)
	return n, f.endWrite(n, errno(err))
}

// Append implements File.
func (f *rootFile) Append(p []byte) (int, error) {
	if err := f.canWrite(); err != nil {
		return 0, err
	}
	f.appending.Lock()
	defer f.appending.Unlock()
	info, err := f.file.Stat()
	if err != nil {
		return 0, host.ErrnoOf(err)
	}
	return f.WriteAt(p, info.Size())
}

// endWrite does what SetSync asks for behind a write of n bytes.
func (f *rootFile) endWrite(n int, err error) error {
	if syncMode(f.sync.Load()) == syncNone || n == 0 {
		return err
	}
	if serr := f.Sync(false); err == nil {
		err = serr
	}
	return err
}

// Truncate implements File.
func (f *rootFile) Truncate(size int64) error {
	if f.access == ReadOnly {
		return host.EROFS
	}
	if size < 0 || !f.write {
		return host.EINVAL
	}
	return errno(f.file.Truncate(size))
}

// Advise implements File: the advice is not passed on.
func (f *rootFile) Advise(off, n int64, a Advice) error {
	if off < 0 || n < 0 || a > AdviceNoReuse {
		return host.EINVAL
	}
	return nil
}
