//go:build linux || darwin || freebsd

// This file changes directories: it makes, removes, links and moves entries.

package fs

import (
	"runtime"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

// change is at for an operation that changes the directory it returns.
func (d *unixDir) change(name string, special *errSpecial) (place, error) {
	if d.access == ReadOnly {
		return place{}, host.EROFS
	}
	p, err := d.at(name)
	if err == nil && p.kind != normal {
		p.release()
		err = special[p.kind]
	}
	return p, err
}

// Mkdir implements Dir.
func (d *unixDir) Mkdir(name string) error {
	p, err := d.change(name, &cannotCreate)
	if err != nil {
		return err
	}
	defer p.release()
	for {
		if err := unix.Mkdirat(p.fd, p.base, 0o777); err != unix.EINTR {
			return errno(err)
		}
	}
}

// Rmdir implements Dir.
func (d *unixDir) Rmdir(name string) error {
	p, err := d.change(name, &cannotRmdir)
	if err != nil {
		return err
	}
	defer p.release()
	for {
		err := unix.Unlinkat(p.fd, p.base, unix.AT_REMOVEDIR)
		if err == unix.EEXIST {
			return host.ENOTEMPTY
		}
		if err != unix.EINTR {
			return errno(err)
		}
	}
}

// Unlink implements Dir.
func (d *unixDir) Unlink(name string) error {
	p, err := d.change(name, &cannotUnlink)
	if err != nil {
		return err
	}
	defer p.release()
	if p.slash {
		if err := p.isDir(); err != nil {
			return err
		}
		return host.EISDIR
	}
	for {
		err := unix.Unlinkat(p.fd, p.base, 0)
		if err == unix.EPERM && p.isDir() == nil {
			return host.EISDIR
		}
		if err != unix.EINTR {
			return errno(err)
		}
	}
}

// Symlink implements Dir.
func (d *unixDir) Symlink(target, name string) error {
	if d.access == ReadOnly {
		return host.EROFS
	}
	if err := checkTarget(target); err != nil {
		return err
	}
	p, err := d.change(name, &cannotCreate)
	if err != nil {
		return err
	}
	defer p.release()
	if p.slash {
		return p.isFree()
	}
	for {
		if err := unix.Symlinkat(target, p.fd, p.base); err != unix.EINTR {
			return errno(err)
		}
	}
}

// Link implements Dir.
func (d *unixDir) Link(name string, follow bool, to Dir, toName string) error {
	t, ok := to.(*unixDir)
	if !ok {
		return host.EXDEV
	}
	if d.access == ReadOnly || t.access == ReadOnly {
		return host.EROFS
	}
	var st unix.Stat_t
	p, err := d.final(name, follow, &st)
	if err != nil {
		return err
	}
	defer p.release()
	q, err := t.change(toName, &cannotCreate)
	if err != nil {
		return err
	}
	defer q.release()
	if q.slash {
		return q.isFree()
	}
	if typeOf(uint32(st.Mode)) == Directory && runtime.GOOS != "linux" {
		// Some systems let the superuser link directories.
		if err := q.isFree(); err != host.ENOENT {
			return err
		}
		return host.EPERM
	}
	for {
		if err := unix.Linkat(p.fd, p.base, q.fd, q.base, 0); err != unix.EINTR {
			return errno(err)
		}
	}
}

// Rename implements Dir.
func (d *unixDir) Rename(name string, to Dir, toName string) error {
	t, ok := to.(*unixDir)
	if !ok {
		return host.EXDEV
	}
	if d.access == ReadOnly || t.access == ReadOnly {
		return host.EROFS
	}
	p, err := d.at(name)
	if err != nil {
		return err
	}
	defer p.release()
	q, err := t.at(toName)
	if err != nil {
		return err
	}
	defer q.release()
	if p.kind != normal {
		return cannotRename[p.kind]
	}
	if q.kind != normal {
		return cannotRename[q.kind]
	}
	if p.slash || q.slash {
		if err := p.isDir(); err != nil {
			return err
		}
	}
	for {
		err := unix.Renameat(p.fd, p.base, q.fd, q.base)
		if err == unix.EEXIST {
			return host.ENOTEMPTY
		}
		if err != unix.EINTR {
			return errno(err)
		}
	}
}
