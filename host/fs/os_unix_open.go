//go:build linux || darwin || freebsd

// This file opens what is below a directory.

package fs

import (
	"context"
	"os"
	"time"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

// Open implements Dir.
func (d *unixDir) Open(ctx context.Context, name string, how Open) (Node, error) {
	how, err := admit(d, name, how)
	if err != nil {
		return nil, err
	}
	flags := openFlags(how)
	for try := 0; ; try++ {
		fd, known, err := d.openName(name, flags, createMode(flags))
		if err == host.ENXIO && !how.NonBlock && how.Write && !how.Read && d.isFifo(name, how.Follow) {
			if err := pause(ctx, try); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		node, err := d.node(fd, known, how)
		if err != errMoved || try >= maxTries {
			return node, err
		}
	}
}

// maxTries is how often an operation starts again because others rename what it
// looks at; then it answers host.EAGAIN.
const maxTries = 64

// errMoved says that the name led elsewhere the second time it was used.
const errMoved = host.EAGAIN

// openFlags are the flags of open(2). The descriptor never makes the process
// wait and never becomes its terminal. Synchronous writes are made by osFile,
// since they can be switched later and O_SYNC cannot.
func openFlags(how Open) int {
	flags := unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	switch {
	case how.Read && how.Write:
		flags |= unix.O_RDWR
	case how.Write:
		flags |= unix.O_WRONLY
	default:
		flags |= unix.O_RDONLY
	}
	if how.Create {
		flags |= unix.O_CREAT
	}
	if how.Exclusive {
		flags |= unix.O_EXCL
	}
	if how.Truncate {
		flags |= unix.O_TRUNC
	}
	if how.Directory {
		flags |= unix.O_DIRECTORY
	}
	if !how.Follow {
		flags |= unix.O_NOFOLLOW
	}
	return flags
}

// createMode is the mode of a new file in front of the process's umask.
func createMode(flags int) uint32 {
	if flags&unix.O_CREAT != 0 {
		return 0o666
	}
	return 0
}

// node makes the Node of a descriptor, which it closes when it fails.
func (d *unixDir) node(fd int, known string, how Open) (Node, error) {
	var st unix.Stat_t
	if err := fstat(fd, &st); err != nil {
		unix.Close(fd)
		return nil, err
	}
	switch typ := typeOf(uint32(st.Mode)); typ {
	case Directory:
		if d.root == nil {
			return newUnixDir(fd, nil, d.access), nil
		}
		root, err := subRoot(d.root, known, &st)
		if err != nil {
			unix.Close(fd)
			return nil, err
		}
		return newUnixDir(fd, root, d.access), nil
	case Regular:
		return newUnixFile(fd, how, d.access), nil
	default:
		return newUnixStream(fd, typ, how, d.access), nil
	}
}

// subRoot is the directory st below root, which name led to a moment ago, as a
// root of its own.
func subRoot(root *os.Root, name string, st *unix.Stat_t) (*os.Root, error) {
	// With a last component behind it, name is opened as a directory and
	// nothing else: a pipe would wait for a writer.
	sub, err := root.OpenRoot(name + "/.")
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	info, err := sub.Stat(".")
	if err != nil {
		sub.Close()
		return nil, host.ErrnoOf(err)
	}
	if dev, ino, ok := identity(info); !ok || dev != uint64(st.Dev) || ino != uint64(st.Ino) {
		sub.Close()
		return nil, errMoved
	}
	return sub, nil
}

func (d *unixDir) isFifo(name string, follow bool) bool {
	st, err := d.StatAt(name, follow)
	return err == nil && st.Type == Fifo
}

// pause waits before a pipe is tried again that nobody reads yet: no system
// tells when somebody does without blocking a thread for it.
func pause(ctx context.Context, try int) error {
	wait := time.Millisecond << min(try, 5)
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
