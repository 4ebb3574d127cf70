// This file is an open file of an io/fs file system.

package fs

import (
	"io"
	iofs "io/fs"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// An fsFile is a File of an io/fs file system.
type fsFile struct {
	tree   *fsTree
	path   string
	read   bool
	closed atomic.Bool
	// random reads at an offset, where the file can.
	random io.ReaderAt
	// mu guards what follows: the file, and where it stands when it can only
	// be read from front to back.
	mu   sync.Mutex
	file iofs.File
	at   int64
}

func openFSFile(tree *fsTree, path string, read bool) (*fsFile, error) {
	f, err := openRegular(tree.fsys, path)
	if err != nil {
		return nil, err
	}
	random, _ := f.(io.ReaderAt)
	return &fsFile{tree: tree, path: path, read: read, file: f, random: random}, nil
}

// openRegular opens a file and nothing else.
func openRegular(fsys iofs.FS, path string) (iofs.File, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		err = host.ErrnoOf(err)
	case !info.Mode().IsRegular():
		err = errNotFile
	default:
		return f, nil
	}
	f.Close()
	return nil, err
}

// Type implements File.
func (f *fsFile) Type() FileType { return Regular }

// Stream implements File.
func (f *fsFile) Stream() (stream.Input, stream.Output) { return nil, nil }

// Close implements Node.
func (f *fsFile) Close() error {
	if f.closed.Swap(true) {
		return host.EBADF
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return errno(f.file.Close())
}

func (f *fsFile) ok() error {
	if f.closed.Load() {
		return host.EBADF
	}
	return nil
}

// Stat implements Node.
func (f *fsFile) Stat() (Stat, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.ok(); err != nil {
		return Stat{}, err
	}
	info, err := f.file.Stat()
	if err != nil {
		return Stat{}, host.ErrnoOf(err)
	}
	return f.tree.stat(f.path, info), nil
}

// ReadAt implements File. A file that has no other way is read again from its
// start when off lies behind where it stands.
func (f *fsFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, host.EINVAL
	}
	if !f.read {
		return 0, host.EBADF
	}
	if err := f.ok(); err != nil || len(p) == 0 {
		return 0, err
	}
	if rest := maxOffset - off; int64(len(p)) > rest {
		if p = p[:rest]; rest == 0 {
			return 0, io.EOF
		}
	}
	var n int
	var err error
	if f.random != nil {
		n, err = f.random.ReadAt(p, off)
	} else {
		n, err = f.readFrom(p, off)
	}
	switch {
	case n > 0:
		return n, nil
	case err == nil, err == io.EOF, f.endsBefore(off):
		return 0, io.EOF
	}
	return 0, host.ErrnoOf(err)
}

// endsBefore reports whether off is at or behind the end, where some files of
// the standard library refuse to read or seek.
func (f *fsFile) endsBefore(off int64) bool {
	st, err := f.Stat()
	return err == nil && off >= st.Size
}

// readFrom reads from front to back.
func (f *fsFile) readFrom(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.ok(); err != nil {
		return 0, err
	}
	if err := f.moveTo(off); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(f.file, p)
	f.at += int64(n)
	if err == io.ErrUnexpectedEOF {
		err = nil
	}
	return n, err
}

// moveTo brings the file to off, or answers io.EOF when it ends before.
func (f *fsFile) moveTo(off int64) error {
	if off == f.at {
		return nil
	}
	if s, ok := f.file.(io.Seeker); ok {
		at, err := s.Seek(off, io.SeekStart)
		if err == nil {
			f.at = at
		}
		return err
	}
	if off < f.at {
		file, err := openRegular(f.tree.fsys, f.path)
		if err != nil {
			return err
		}
		f.file.Close()
		f.file, f.at = file, 0
	}
	n, err := io.CopyN(io.Discard, f.file, off-f.at)
	f.at += n
	return err
}

// Sync implements Node.
func (f *fsFile) Sync(bool) error { return f.ok() }

// SetSync implements File.
func (f *fsFile) SetSync(bool, bool) error { return f.ok() }

// Advise implements File.
func (f *fsFile) Advise(off, n int64, a Advice) error {
	if off < 0 || n < 0 || a > AdviceNoReuse {
		return host.EINVAL
	}
	return f.ok()
}

// SetTimes implements Node.
func (f *fsFile) SetTimes(_, _ SetTime) error { return host.EROFS }

// WriteAt implements File.
func (f *fsFile) WriteAt([]byte, int64) (int, error) { return 0, host.EROFS }

// Append implements File.
func (f *fsFile) Append([]byte) (int, error) { return 0, host.EROFS }

// Truncate implements File.
func (f *fsFile) Truncate(int64) error { return host.EROFS }
