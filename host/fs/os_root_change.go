// This file changes directories by os.Root.

package fs

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/dray-wasm/dray/host"
)

// Mkdir implements Dir.
func (d *rootDir) Mkdir(name string) error {
	bare, _, err := d.change(name, &cannotCreate)
	if err != nil {
		return err
	}
	return errno(d.root.Mkdir(bare, 0o777))
}

// Rmdir implements Dir.
func (d *rootDir) Rmdir(name string) error {
	bare, _, err := d.change(name, &cannotRmdir)
	if err != nil {
		return err
	}
	info, err := d.look(bare, false, false)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return host.ENOTDIR
	}
	return errno(d.root.Remove(bare))
}

// Unlink implements Dir.
func (d *rootDir) Unlink(name string) error {
	bare, s, err := d.change(name, &cannotUnlink)
	if err != nil {
		return err
	}
	info, err := d.look(bare, false, false)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return host.EISDIR
	case s.slash:
		return host.ENOTDIR
	}
	return errno(d.root.Remove(bare))
}

// free is how a trailing slash ends that may not stand behind a file's new name.
func (d *rootDir) free(bare string) error {
	if _, err := d.look(bare, false, false); err != nil {
		return err
	}
	return host.EEXIST
}

// Symlink implements Dir.
func (d *rootDir) Symlink(target, name string) error {
	if d.access == ReadOnly {
		return host.EROFS
	}
	if err := checkTarget(target); err != nil {
		return err
	}
	if err := checkSystemName(target); err != nil {
		return err
	}
	bare, s, err := d.change(name, &cannotCreate)
	if err != nil {
		return err
	}
	if s.slash {
		return d.free(bare)
	}
	return errno(d.root.Symlink(filepath.FromSlash(target), bare))
}

// other is the rootDir behind a Dir, when the two can work together.
func (d *rootDir) other(to Dir) (*rootDir, error) {
	t, ok := to.(*rootDir)
	switch {
	case !ok:
		return nil, host.EXDEV
	case d.access == ReadOnly || t.access == ReadOnly:
		return nil, host.EROFS
	case t != d:
		return nil, errTwoDirs
	}
	return t, nil
}

// Link implements Dir.
func (d *rootDir) Link(name string, follow bool, to Dir, toName string) error {
	if _, err := d.other(to); err != nil {
		return err
	}
	bare, s, err := d.entry(name, nil)
	if err != nil {
		return err
	}
	info, err := d.look(bare, s.slash, follow)
	if err != nil {
		return err
	}
	toBare, t, err := d.change(toName, &cannotCreate)
	if err != nil {
		return err
	}
	if t.slash {
		return d.free(toBare)
	}
	if info.IsDir() {
		if err := d.free(toBare); err != host.ENOENT {
			return err
		}
		return host.EPERM
	}
	if follow {
		own, err := d.root.Lstat(bare)
		if err != nil {
			return host.ErrnoOf(err)
		}
		if own.Mode()&os.ModeSymlink != 0 {
			return errLinkLink
		}
	}
	return errno(d.root.Link(bare, toBare))
}

// Rename implements Dir.
func (d *rootDir) Rename(name string, to Dir, toName string) error {
	if _, err := d.other(to); err != nil {
		return err
	}
	bare, s, err := d.change(name, &cannotRename)
	if err != nil {
		return err
	}
	toBare, t, err := d.change(toName, &cannotRename)
	if err != nil {
		return err
	}
	from, err := d.look(bare, false, false)
	if err != nil {
		return err
	}
	if !from.IsDir() && (s.slash || t.slash) {
		return host.ENOTDIR
	}
	if old, err := d.root.Lstat(toBare); err == nil {
		if os.SameFile(from, old) {
			return nil
		}
		if strings.HasPrefix(toBare, bare+"/") {
			return host.EINVAL
		}
		if err := d.makeWay(toBare, from.IsDir(), old.IsDir()); err != nil {
			return err
		}
	}
	return errno(d.root.Rename(bare, toBare))
}

// makeWay does what os.Root.Rename does not: an empty directory may be replaced
// by a directory.
func (d *rootDir) makeWay(bare string, fromDir, toDir bool) error {
	switch {
	case fromDir && !toDir:
		return host.ENOTDIR
	case !fromDir && toDir:
		return host.EISDIR
	case fromDir && toDir:
		return errno(d.root.Remove(bare))
	}
	return nil
}
