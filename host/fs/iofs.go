// This file is any io/fs file system as a read-only directory.

package fs

import (
	"context"
	"hash/fnv"
	iofs "io/fs"
	"strings"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
)

// FromFS grants a file system of the standard library's kind, such as an
// embed.FS, a zip.Reader or a testing/fstest.MapFS, read-only. fsys must be safe
// for concurrent use. Symbolic links are followed here, one by one, where fsys
// is an io/fs.ReadLinkFS, and so stay inside; but an os.DirFS follows those that
// others put in place between two looks. Grant directories of the system by
// [OpenDir].
//
// What io/fs does not know is made up: the number of a file comes from its name,
// it has one link, and no times but that of its last change. Pipes and devices
// cannot be opened.
func FromFS(fsys iofs.FS) Dir {
	return &fsDir{tree: &fsTree{fsys: fsys, dev: newDevice()}, top: "."}
}

// An fsTree is what the directories of one FromFS share.
type fsTree struct {
	fsys iofs.FS
	dev  uint64
}

// An fsDir is a Dir of an io/fs file system.
type fsDir struct {
	tree *fsTree
	// top is the name of the directory in fsys.
	top    string
	list   snapshot
	closed atomic.Bool
}

// Access implements Dir.
func (d *fsDir) Access() Access { return ReadOnly }

// Close implements Node.
func (d *fsDir) Close() error {
	if d.closed.Swap(true) {
		return host.EBADF
	}
	return nil
}

func (d *fsDir) ok() error {
	if d.closed.Load() {
		return host.EBADF
	}
	return nil
}

// stat translates the information of the file that fsys calls path.
func (t *fsTree) stat(path string, info iofs.FileInfo) Stat {
	st := statOfInfo(info)
	st.Dev, st.Ino = t.dev, inoOf(path)
	return st
}

// inoOf makes a number from a name.
func inoOf(path string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(path))
	return h.Sum64()
}

// Stat implements Node.
func (d *fsDir) Stat() (Stat, error) { return d.StatAt(".", true) }

// Sync implements Node.
func (d *fsDir) Sync(bool) error { return d.ok() }

// StatAt implements Dir.
func (d *fsDir) StatAt(name string, follow bool) (Stat, error) {
	path, info, err := d.find(name, follow)
	if err != nil {
		return Stat{}, err
	}
	return d.tree.stat(path, info), nil
}

// Readlink implements Dir.
func (d *fsDir) Readlink(name string) (string, error) {
	path, info, err := d.find(name, false)
	if err != nil {
		return "", err
	}
	if typeOfMode(info.Mode()) != Symlink {
		return "", host.EINVAL
	}
	target, err := iofs.ReadLink(d.tree.fsys, path)
	return target, errno(err)
}

// Open implements Dir.
func (d *fsDir) Open(_ context.Context, name string, how Open) (Node, error) {
	how, err := admit(d, name, how)
	if err != nil {
		return nil, err
	}
	path, info, err := d.find(name, how.Follow)
	if err != nil {
		return nil, err
	}
	switch typ := typeOfMode(info.Mode()); {
	case typ == Directory:
		return &fsDir{tree: d.tree, top: path}, nil
	case how.Directory:
		return nil, host.ENOTDIR
	case typ == Symlink:
		return nil, host.ELOOP
	case typ != Regular:
		return nil, errNotFile
	}
	return openFSFile(d.tree, path, how.Read)
}

// ReadDir implements Dir.
func (d *fsDir) ReadDir(cookie uint64, yield func(e *DirEntry) bool) error {
	if err := d.ok(); err != nil {
		return err
	}
	return d.list.read(d, cookie, yield)
}

func (d *fsDir) selfIno() uint64 { return inoOf(d.top) }

func (d *fsDir) listAll() ([]snapEntry, error) {
	f, err := d.tree.fsys.Open(d.top)
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	defer f.Close()
	dir, ok := f.(iofs.ReadDirFile)
	if !ok {
		return nil, host.ENOTDIR
	}
	return readAllEntries(dir)
}

func (d *fsDir) complete(e *DirEntry) bool {
	e.Ino = inoOf(join(d.top, e.Name))
	return true
}

// join is the name that fsys has for base in the directory dir.
func join(dir, base string) string {
	if dir == "." {
		return base
	}
	return dir + "/" + base
}

// find resolves name. It returns what fsys calls the file.
func (d *fsDir) find(name string, follow bool) (path string, info iofs.FileInfo, err error) {
	if err := d.ok(); err != nil {
		return "", nil, err
	}
	if err := checkName(name); err != nil {
		return "", nil, err
	}
	var below []string // the components between top and here
	links := 0
	for {
		base, after, slash := nextComponent(name)
		name = after
		path, info, err = d.step(&below, base)
		if err != nil {
			return "", nil, err
		}
		typ := typeOfMode(info.Mode())
		switch {
		case typ == Symlink && (name != "" || slash || follow):
			if links++; links > maxLinks {
				return "", nil, host.ELOOP
			}
			target, err := iofs.ReadLink(d.tree.fsys, path)
			if err != nil {
				return "", nil, host.ErrnoOf(err)
			}
			if target == "" {
				return "", nil, host.ENOENT
			}
			if name, err = rest(target, name, slash); err != nil {
				return "", nil, err
			}
			below = below[:len(below)-1]
		case typ != Directory && (name != "" || slash):
			return "", nil, host.ENOTDIR
		case name == "":
			return path, info, nil
		}
	}
}

// step goes one component on and looks at what is there.
func (d *fsDir) step(below *[]string, base string) (string, iofs.FileInfo, error) {
	switch {
	case base == "..":
		if len(*below) == 0 {
			return "", nil, host.ECONFINED
		}
		*below = (*below)[:len(*below)-1]
	case len(base) > maxName:
		return "", nil, host.ENAMETOOLONG
	case base != ".":
		*below = append(*below, base)
	}
	path := d.top
	if len(*below) > 0 {
		path = join(d.top, strings.Join(*below, "/"))
	}
	if !iofs.ValidPath(path) {
		return "", nil, host.ENOENT // not UTF-8: io/fs has no such names
	}
	info, err := iofs.Lstat(d.tree.fsys, path)
	if err != nil {
		return "", nil, host.ErrnoOf(err)
	}
	return path, info, nil
}

// The rest of Dir changes something, and is refused.

// SetTimes implements Node.
func (d *fsDir) SetTimes(_, _ SetTime) error { return host.EROFS }

// SetTimesAt implements Dir.
func (d *fsDir) SetTimesAt(string, bool, SetTime, SetTime) error { return host.EROFS }

// Mkdir implements Dir.
func (d *fsDir) Mkdir(string) error { return host.EROFS }

// Rmdir implements Dir.
func (d *fsDir) Rmdir(string) error { return host.EROFS }

// Unlink implements Dir.
func (d *fsDir) Unlink(string) error { return host.EROFS }

// Symlink implements Dir.
func (d *fsDir) Symlink(_, _ string) error { return host.EROFS }

// Link implements Dir.
func (d *fsDir) Link(string, bool, Dir, string) error { return host.EROFS }

// Rename implements Dir.
func (d *fsDir) Rename(string, Dir, string) error { return host.EROFS }
