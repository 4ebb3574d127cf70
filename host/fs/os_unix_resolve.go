//go:build linux || darwin || freebsd

// This file resolves names beneath a directory, by openat2(2) where the kernel
// has it and by os.Root elsewhere, and wraps the system calls that take one
// component.

package fs

import (
	"os"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

// A place is the directory that holds the last component of a name, open, and
// that component. It must be released.
type place struct {
	split
	fd int
	// owner counts fd; nil when fd belongs to the place.
	owner *descriptor
}

func (p *place) release() {
	if p.owner != nil {
		p.owner.release()
	} else {
		unix.Close(p.fd)
	}
}

// fileType is the kind of the last component.
func (p *place) fileType() (FileType, error) {
	var st unix.Stat_t
	err := fstatat(p.fd, p.base, &st)
	return typeOf(uint32(st.Mode)), err
}

// isDir answers host.ENOTDIR when the last component is no directory.
func (p *place) isDir() error {
	typ, err := p.fileType()
	if err == nil && typ != Directory {
		err = host.ENOTDIR
	}
	return err
}

// isFree answers host.ENOENT when the last component names nothing, and
// host.EEXIST when it does: what a trailing slash makes of a file's new name.
func (p *place) isFree() error {
	if _, err := p.fileType(); err != nil {
		return err
	}
	return host.EEXIST
}

// at resolves all of name but its last component, which stays as it is.
func (d *unixDir) at(name string) (place, error) {
	if err := checkName(name); err != nil {
		return place{}, err
	}
	p := place{split: splitName(name)}
	if err := d.fd.acquire(); err != nil {
		return place{}, err
	}
	if p.dir == "" {
		p.fd, p.owner = d.fd.fd, &d.fd
		return p, nil
	}
	defer d.fd.release()
	fd, err := d.openParent(p.dir)
	p.fd = fd
	return p, err
}

// final is at, but follows symbolic links in the last place when follow is set
// or slashes stand behind it. The component of the place it returns was no link
// when it was looked at; should it become one, it is not followed. What it names
// is put in st unless st is nil.
func (d *unixDir) final(name string, follow bool, st *unix.Stat_t) (place, error) {
	var own unix.Stat_t
	for range maxLinks + 1 {
		p, err := d.at(name)
		if err != nil {
			return p, err
		}
		through := follow || p.slash
		if !through && st == nil {
			return p, nil
		}
		if st == nil {
			st = &own
		}
		if err = fstatat(p.fd, p.base, st); err == nil {
			switch typ := typeOf(uint32(st.Mode)); {
			case typ == Symlink && through:
				name, err = p.expand()
			case typ != Directory && p.slash:
				err = host.ENOTDIR
			default:
				return p, nil
			}
		}
		p.release()
		if err != nil {
			return place{}, err
		}
	}
	return place{}, host.ELOOP
}

// expand is the name to resolve in the place of one that ends in a link.
func (p *place) expand() (string, error) {
	target, err := readlinkat(p.fd, p.base)
	if err != nil {
		return "", err
	}
	return expandLink(p.dir, target, p.slash)
}

// openParent opens a directory for use as the parent in other system calls.
// d.fd is held by the caller.
func (d *unixDir) openParent(name string) (int, error) {
	if d.root == nil {
		return openBeneath(d.fd.fd, name, parentFlags, 0)
	}
	return rootDescriptor(d.root, name, parentFlags)
}

// openName opens name with the flags of open(2), following symbolic links in
// the last place unless O_NOFOLLOW is among them. It returns the name under
// which os.Root knows the file, when it was os.Root that resolved it.
func (d *unixDir) openName(name string, flags int, mode uint32) (fd int, known string, err error) {
	if d.root == nil {
		if err := checkName(name); err != nil {
			return -1, "", err
		}
		if err := d.fd.acquire(); err != nil {
			return -1, "", err
		}
		defer d.fd.release()
		fd, err = openBeneath(d.fd.fd, name, flags, mode)
		return fd, "", err
	}
	for range maxLinks + 1 {
		p, err := d.at(name)
		if err != nil {
			return -1, "", err
		}
		fd, err := p.open(flags, mode)
		known := p.dir + p.base
		if p.kind == dotdot {
			known = p.dir
		}
		follow := p.slash || flags&unix.O_NOFOLLOW == 0
		if err == nil || !follow || flags&unix.O_EXCL != 0 || !maybeLink(err) {
			p.release()
			return fd, known, err
		}
		target, lerr := p.expand()
		p.release()
		if lerr == host.EINVAL { // no link
			return -1, "", err
		}
		if lerr != nil {
			return -1, "", lerr
		}
		name = target
	}
	return -1, "", host.ELOOP
}

// open opens the last component, without following it.
func (p *place) open(flags int, mode uint32) (int, error) {
	if p.slash && p.kind == normal {
		if flags&unix.O_CREAT != 0 {
			return -1, host.EISDIR
		}
		flags |= unix.O_DIRECTORY
	}
	return openat(p.fd, p.base, flags|unix.O_NOFOLLOW, mode)
}

// maybeLink reports whether err may mean that a link was not followed.
func maybeLink(err error) bool { return err == host.ELOOP || err == host.ENOTDIR }

// rootDescriptor opens name below root as a bare descriptor.
func rootDescriptor(root *os.Root, name string, flags int) (int, error) {
	f, err := root.OpenFile(name, flags, 0)
	if err != nil {
		return -1, host.ErrnoOf(err)
	}
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	return fd, errno(err)
}

func openat(dir int, name string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_CLOEXEC, mode)
		switch err {
		case nil:
			return fd, nil
		case unix.EINTR:
			continue
		case unix.EMLINK: // what FreeBSD says for O_NOFOLLOW
			return -1, host.ELOOP
		}
		return -1, host.ErrnoOf(err)
	}
}

func fstat(fd int, st *unix.Stat_t) error {
	for {
		if err := unix.Fstat(fd, st); err != unix.EINTR {
			return errno(err)
		}
	}
}

func fstatat(dir int, name string, st *unix.Stat_t) error {
	for {
		if err := unix.Fstatat(dir, name, st, unix.AT_SYMLINK_NOFOLLOW); err != unix.EINTR {
			return errno(err)
		}
	}
}

// readlinkat answers host.EINVAL when name is no link.
func readlinkat(dir int, name string) (string, error) {
	var buf [maxPath + 1]byte
	for {
		n, err := unix.Readlinkat(dir, name, buf[:])
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return "", host.ErrnoOf(err)
		case n < 0 || n == len(buf):
			return "", host.ENAMETOOLONG
		}
		return string(buf[:n]), nil
	}
}
