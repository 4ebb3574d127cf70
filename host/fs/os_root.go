// This file is a directory of the operating system by os.Root alone. It serves
// the systems that have no calls relative to a descriptor for everything else
// (Windows), and does less there: names below two open directories cannot be
// linked or renamed, a symbolic link's own times cannot be set, and Append is
// one step only among the writers of one File.

package fs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/dray-wasm/dray/host"
)

// A rootDir is a Dir on an os.Root.
type rootDir struct {
	root   *os.Root
	access Access
	list   snapshot
	closed atomic.Bool
}

var (
	errTwoDirs   = fmt.Errorf("linking and renaming between two open directories is not supported on this system: %w", host.EXDEV)
	errLinkTimes = fmt.Errorf("setting the times of a symbolic link is not supported on this system: %w", host.ENOTSUP)
	errLinkLink  = fmt.Errorf("a hard link to what a symbolic link leads to is not supported on this system: %w", host.ENOTSUP)
	errNotFile   = fmt.Errorf("opening pipes and devices is not supported here: %w", host.ENOTSUP)
)

func openRootDir(path string, access Access) (Dir, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, host.ENOTDIR
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &rootDir{root: root, access: access}, nil
}

// Access implements Dir.
func (d *rootDir) Access() Access { return d.access }

// Close implements Node.
func (d *rootDir) Close() error {
	if d.closed.Swap(true) {
		return host.EBADF
	}
	return errno(d.root.Close())
}

// Stat implements Node.
func (d *rootDir) Stat() (Stat, error) { return d.StatAt(".", true) }

// SetTimes implements Node.
func (d *rootDir) SetTimes(atime, mtime SetTime) error {
	return d.SetTimesAt(".", true, atime, mtime)
}

// Sync implements Node. Directories are written by the system in its own time.
func (d *rootDir) Sync(bool) error {
	_, err := d.Stat()
	return err
}

// entry checks a name and takes the slashes off its end. With special, the name
// must be an entry's.
func (d *rootDir) entry(name string, special *errSpecial) (string, split, error) {
	if err := checkName(name); err != nil {
		return "", split{}, err
	}
	if err := checkSystemName(name); err != nil {
		return "", split{}, err
	}
	s := splitName(name)
	bare := s.dir + s.base
	if s.kind == dotdot {
		bare = s.dir
	}
	if special != nil && s.kind != normal {
		if _, err := d.root.Stat(bare); err != nil {
			return "", s, host.ErrnoOf(err)
		}
		return "", s, special[s.kind]
	}
	return bare, s, nil
}

// change is entry for an operation that changes the tree.
func (d *rootDir) change(name string, special *errSpecial) (string, split, error) {
	if d.access == ReadOnly {
		return "", split{}, host.EROFS
	}
	return d.entry(name, special)
}

// look is the io/fs information of a name that entry accepted.
func (d *rootDir) look(bare string, slash, follow bool) (os.FileInfo, error) {
	var info os.FileInfo
	var err error
	if slash || follow {
		info, err = d.root.Stat(bare)
	} else {
		info, err = d.root.Lstat(bare)
	}
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	if slash && !info.IsDir() {
		return nil, host.ENOTDIR
	}
	return info, nil
}

// StatAt implements Dir.
func (d *rootDir) StatAt(name string, follow bool) (Stat, error) {
	bare, s, err := d.entry(name, nil)
	if err != nil {
		return Stat{}, err
	}
	info, err := d.look(bare, s.slash, follow)
	if err != nil {
		return Stat{}, err
	}
	st := statOfInfo(info)
	completeStat(&st, d.root, bare, info)
	return st, nil
}

// SetTimesAt implements Dir.
func (d *rootDir) SetTimesAt(name string, follow bool, atime, mtime SetTime) error {
	bare, s, err := d.change(name, nil)
	if err != nil {
		return err
	}
	a, err := atime.orZero()
	if err != nil {
		return err
	}
	m, err := mtime.orZero()
	if err != nil {
		return err
	}
	info, err := d.look(bare, s.slash, follow)
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return errLinkTimes
	}
	return errno(d.root.Chtimes(bare, a, m))
}

// orZero is the time as os.Root takes it: zero to keep what is there.
func (t SetTime) orZero() (time.Time, error) {
	switch t.Kind {
	case Keep:
		return time.Time{}, nil
	case SetNow:
		return time.Now(), nil
	case SetAt:
		if t.At.IsZero() {
			return t.At, host.EOVERFLOW
		}
		return t.At, nil
	}
	return t.At, host.EINVAL
}

// Readlink implements Dir.
func (d *rootDir) Readlink(name string) (string, error) {
	bare, s, err := d.entry(name, nil)
	if err != nil {
		return "", err
	}
	info, err := d.look(bare, s.slash, false)
	if err != nil {
		return "", err
	}
	if info.Mode()&os.ModeSymlink == 0 {
		return "", host.EINVAL
	}
	target, err := d.root.Readlink(bare)
	return filepath.ToSlash(target), errno(err)
}

// Open implements Dir.
func (d *rootDir) Open(_ context.Context, name string, how Open) (Node, error) {
	how, err := admit(d, name, how)
	if err != nil {
		return nil, err
	}
	bare, s, err := d.entry(name, nil)
	if err != nil {
		return nil, err
	}
	if how.Create && s.slash && s.kind == normal {
		return nil, host.EISDIR
	}
	info, err := d.look(bare, s.slash, how.Follow && !how.Exclusive)
	switch {
	case host.ErrnoOf(err) == host.ENOENT && how.Create:
	case err != nil:
		return nil, err
	case how.Exclusive:
		return nil, host.EEXIST
	case info.IsDir():
		return d.openDir(bare, how)
	case how.Directory:
		return nil, host.ENOTDIR
	case info.Mode()&os.ModeSymlink != 0:
		return nil, host.ELOOP
	case !info.Mode().IsRegular():
		return nil, errNotFile
	}
	return d.openFile(bare, how)
}

func (d *rootDir) openDir(bare string, how Open) (Node, error) {
	if how.Create || how.Write || how.Truncate {
		return nil, host.EISDIR
	}
	root, err := d.root.OpenRoot(bare)
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	return &rootDir{root: root, access: d.access}, nil
}

func (d *rootDir) openFile(bare string, how Open) (Node, error) {
	flags := os.O_RDONLY
	switch {
	case how.Write && how.Read:
		flags = os.O_RDWR
	case how.Write:
		flags = os.O_WRONLY
	case how.Truncate:
		flags = os.O_RDWR
	}
	if how.Create {
		flags |= os.O_CREATE
	}
	if how.Exclusive {
		flags |= os.O_EXCL
	}
	if how.Truncate {
		flags |= os.O_TRUNC
	}
	f, err := d.root.OpenFile(bare, flags, 0o666)
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotFile
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return newRootFile(f, how, d.access), nil
}

// ReadDir implements Dir.
func (d *rootDir) ReadDir(cookie uint64, yield func(e *DirEntry) bool) error {
	return d.list.read(d, cookie, yield)
}

func (d *rootDir) selfIno() uint64 {
	st, _ := d.Stat()
	return st.Ino
}

func (d *rootDir) listAll() ([]snapEntry, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	defer f.Close()
	return readAllEntries(f)
}

func (d *rootDir) complete(*DirEntry) bool { return true }
