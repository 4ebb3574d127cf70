//go:build unix

// This file is the system calls of a File, none of which waits.

package stream

import (
	"io"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
)

// An op is one system call on a File, made while the owner keeps the
// descriptor from being closed.
type op struct {
	f    *File
	what opKind
	p    []byte
	n    int
	err  error
	// run is o.call, made once.
	run func(fd uintptr)
}

type opKind uint8

const (
	opRead opKind = iota
	opWrite
	opAvailable
)

var ops = sync.Pool{New: func() any {
	o := new(op)
	o.run = o.call
	return o
}}

// do runs one operation without waiting.
func (f *File) do(what opKind, p []byte) (int, error) {
	if f.closed.Load() {
		return 0, host.EBADF
	}
	o := ops.Get().(*op)
	o.f, o.what, o.p = f, what, p
	err := f.rc.Control(o.run)
	n, e := o.n, o.err
	o.f, o.p, o.err = nil, nil, nil
	ops.Put(o)
	switch {
	case err != nil:
		return 0, host.EBADF
	case e == nil:
		return max(n, 0), nil
	}
	return 0, errnoOf(e)
}

// errnoOf is host.ErrnoOf as an error, quick for the usual one.
func errnoOf(err error) error {
	if err == unix.EAGAIN {
		return host.EAGAIN
	}
	return host.ErrnoOf(err)
}

// maxOnce is the most that one system call is asked to move.
const maxOnce = 1 << 30

func (o *op) call(fdptr uintptr) {
	fd := int(fdptr)
	if len(o.p) > maxOnce {
		o.p = o.p[:maxOnce]
	}
	for {
		switch o.what {
		case opRead:
			o.n, o.err = o.f.read(fd, o.p)
		case opWrite:
			o.n, o.err = o.f.write(fd, o.p)
		case opAvailable:
			o.n, o.err = o.f.available(fd)
		}
		if o.err != unix.EINTR {
			return
		}
	}
}

func (f *File) read(fd int, p []byte) (int, error) {
	switch f.mode.Load() {
	case modeNoWait:
		n, err := readNoWait(fd, p)
		if !unsupported(err) {
			return n, err
		}
		f.mode.Store(fallback(fd))
		return f.read(fd, p)
	case modePoll:
		if !readyNow(fd, unix.POLLIN) {
			return 0, unix.EAGAIN
		}
	}
	return unix.Read(fd, p)
}

func (f *File) write(fd int, p []byte) (int, error) {
	switch f.mode.Load() {
	case modeNoWait:
		n, err := writeNoWait(fd, p)
		if !unsupported(err) {
			return n, err
		}
		f.mode.Store(fallback(fd))
		return f.write(fd, p)
	case modePoll:
		if !readyNow(fd, unix.POLLOUT) {
			return 0, unix.EAGAIN
		}
		if f.kind == unix.S_IFSOCK {
			return unix.SendmsgN(fd, p, nil, nil, unix.MSG_DONTWAIT)
		}
		// A pipe that is writable takes this much without waiting.
		p = p[:min(len(p), pipeBuf)]
	}
	return unix.Write(fd, p)
}

// readyNow asks poll(2) about one descriptor. An error counts as ready: the
// operation behind it says more.
func readyNow(fd int, events int16) bool {
	fds := [1]pollFD{{Fd: int32(fd), Events: events}}
	return pollNow(fds[:]) != nil || fds[0].Revents != 0
}

// unsupported is how the system says that it knows no modeNoWait: for this
// descriptor, at all, or in this sandbox.
func unsupported(err error) bool {
	switch err {
	case unix.EOPNOTSUPP, unix.ENOSYS, unix.EPERM, unix.EINVAL:
		return true
	}
	return false
}

func (f *File) available(fd int) (int, error) {
	switch f.kind {
	case unix.S_IFREG:
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			return 0, err
		}
		at, err := unix.Seek(fd, 0, io.SeekCurrent)
		if err != nil || at >= st.Size {
			return 0, err
		}
		return int(min(st.Size-at, maxOnce)), nil
	case unix.S_IFBLK, unix.S_IFDIR:
		return 0, nil
	}
	return unix.IoctlGetInt(fd, fionread)
}
