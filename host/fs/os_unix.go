//go:build linux || darwin || freebsd

// This file is a directory of the operating system where there are system calls
// relative to a descriptor. Every operation resolves all of the name but its
// last component to a descriptor, confined (os_unix_resolve.go), and then makes
// one system call with that one component, which it does not follow. Nothing
// that was looked at by name is trusted later.

package fs

import (
	"os"
	"time"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

// A unixDir is a Dir on a descriptor.
type unixDir struct {
	fd descriptor
	// root is the same directory as an os.Root; nil where the kernel itself
	// resolves names beneath a descriptor.
	root   *os.Root
	access Access
	list   dirLister
}

func openDir(path string, access Access) (Dir, error) { return openDirUnix(path, access, false) }

// openDirUnix opens the grant of OpenDir. With viaRoot, os.Root resolves names
// even where the kernel could.
func openDirUnix(path string, access Access, viaRoot bool) (Dir, error) {
	if !viaRoot && kernelResolves() {
		fd, err := openat(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		return newUnixDir(fd, nil, access), nil
	}
	// Opening a pipe as a root would wait for a writer.
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, host.ENOTDIR
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	fd, err := rootDescriptor(root, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		root.Close()
		return nil, err
	}
	return newUnixDir(fd, root, access), nil
}

func newUnixDir(fd int, root *os.Root, access Access) *unixDir {
	d := &unixDir{root: root, access: access}
	d.fd.init(fd)
	return d
}

// Access implements Dir.
func (d *unixDir) Access() Access { return d.access }

// Close implements Node.
func (d *unixDir) Close() error {
	err := d.fd.close()
	if err == nil {
		if d.root != nil {
			d.root.Close()
		}
	}
	return err
}

// Stat implements Node.
func (d *unixDir) Stat() (Stat, error) { return statDescriptor(&d.fd) }

// SetTimes implements Node.
func (d *unixDir) SetTimes(atime, mtime SetTime) error {
	if d.access == ReadOnly {
		return host.EROFS
	}
	return setTimesDescriptor(&d.fd, atime, mtime)
}

// Sync implements Node.
func (d *unixDir) Sync(dataOnly bool) error { return syncDescriptor(&d.fd, dataOnly) }

// StatAt implements Dir.
func (d *unixDir) StatAt(name string, follow bool) (Stat, error) {
	var st unix.Stat_t
	p, err := d.final(name, follow, &st)
	if err != nil {
		return Stat{}, err
	}
	p.release()
	return statOf(&st), nil
}

// SetTimesAt implements Dir.
func (d *unixDir) SetTimesAt(name string, follow bool, atime, mtime SetTime) error {
	if d.access == ReadOnly {
		return host.EROFS
	}
	times, err := timespecs(atime, mtime)
	if err != nil {
		return err
	}
	// The system does not even look whether the file is there when it has
	// nothing to set.
	var st unix.Stat_t
	p, err := d.final(name, follow, &st)
	if err != nil {
		return err
	}
	defer p.release()
	if atime.Kind == Keep && mtime.Kind == Keep {
		return nil
	}
	for {
		err := unix.UtimesNanoAt(p.fd, p.base, times[:], unix.AT_SYMLINK_NOFOLLOW)
		if err != unix.EINTR {
			return errno(err)
		}
	}
}

// Readlink implements Dir.
func (d *unixDir) Readlink(name string) (string, error) {
	p, err := d.final(name, false, nil)
	if err != nil {
		return "", err
	}
	defer p.release()
	return readlinkat(p.fd, p.base)
}

func statDescriptor(d *descriptor) (Stat, error) {
	if err := d.acquire(); err != nil {
		return Stat{}, err
	}
	defer d.release()
	var st unix.Stat_t
	if err := fstat(d.fd, &st); err != nil {
		return Stat{}, err
	}
	return statOf(&st), nil
}

func setTimesDescriptor(d *descriptor, atime, mtime SetTime) error {
	times, err := timespecs(atime, mtime)
	if err != nil {
		return err
	}
	if err := d.acquire(); err != nil {
		return err
	}
	defer d.release()
	if atime.Kind == Keep && mtime.Kind == Keep {
		return nil
	}
	return errno(futimens(d.fd, &times))
}

func syncDescriptor(d *descriptor, dataOnly bool) error {
	if err := d.acquire(); err != nil {
		return err
	}
	defer d.release()
	for {
		var err error
		if dataOnly {
			err = fdatasync(d.fd)
		} else {
			err = unix.Fsync(d.fd)
		}
		if err != unix.EINTR {
			return errno(err)
		}
	}
}

// timespecs is what utimensat(2) takes.
func timespecs(atime, mtime SetTime) (ts [2]unix.Timespec, err error) {
	for i, t := range [2]SetTime{atime, mtime} {
		switch t.Kind {
		case Keep:
			ts[i].Nsec = utimeOmit
		case SetNow:
			ts[i].Nsec = utimeNow
		case SetAt:
			if ts[i], err = unix.TimeToTimespec(t.At); err != nil {
				return ts, host.EOVERFLOW
			}
		default:
			return ts, host.EINVAL
		}
	}
	return ts, nil
}

// statOf translates what the system says.
func statOf(st *unix.Stat_t) Stat {
	return Stat{
		Dev:   uint64(st.Dev),
		Ino:   uint64(st.Ino),
		Type:  typeOf(uint32(st.Mode)),
		Links: uint64(st.Nlink),
		Size:  st.Size,
		Atime: time.Unix(st.Atim.Unix()),
		Mtime: time.Unix(st.Mtim.Unix()),
		Ctime: time.Unix(st.Ctim.Unix()),
	}
}

func typeOf(mode uint32) FileType {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return Regular
	case unix.S_IFDIR:
		return Directory
	case unix.S_IFLNK:
		return Symlink
	case unix.S_IFCHR:
		return CharDevice
	case unix.S_IFBLK:
		return BlockDevice
	case unix.S_IFIFO:
		return Fifo
	case unix.S_IFSOCK:
		return SocketStream
	}
	return Unknown
}
