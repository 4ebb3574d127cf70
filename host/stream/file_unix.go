//go:build unix

// This file is a descriptor of the operating system as a stream.

package stream

import (
	"context"
	"io"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
)

// A File is a descriptor of the operating system as an Input and an Output: a
// pipe, a terminal or other device, a socket, or a regular file at its own
// offset. It leaves the descriptor's O_NONBLOCK as it is, since other
// processes may share it, and yet a wait ends when its context does.
//
// A write when nobody reads any more is host.EPIPE for every descriptor, 1
// and 2 too: it does not raise the signal with which Go ends a program that
// writes to a closed standard output through os.File.
//
// Some shared blocking descriptors the system cannot read or write without
// waiting: named pipes, a terminal of another user, and on other systems than
// Linux every pipe and terminal. They are asked about first. A read whose bytes
// another process takes in between waits for the next ones without regard to
// its context, and so does a write to a terminal that has stopped.
type File struct {
	rc      syscall.RawConn
	fd      int32
	mode    atomic.Uint32
	kind    uint32 // the S_IFMT bits
	closed  atomic.Bool
	waiters waiterList
	rd, wr  fileWaitable
	// owner is kept from being collected, which would close the descriptor.
	owner any
	// private is a descriptor of this File alone; nil if it uses the owner's.
	private *os.File
}

// The ways to keep a read or write from blocking.
const (
	// modeDirect is a descriptor that never makes anyone wait.
	modeDirect = iota
	// modeNonBlock has O_NONBLOCK.
	modeNonBlock
	// modeNoWait asks with each call that it not wait.
	modeNoWait
	// modePoll asks poll(2) before each call.
	modePoll
)

// NewFile is f as a stream. f stays the caller's: it must be open as long as
// the stream is used, and Close of the stream does not close it. A nil or
// closed f gives a stream that answers host.EBADF. On Linux the stream of a
// terminal has a descriptor of its own until Close.
func NewFile(f *os.File) *File {
	s, err := FromConn(f)
	if err != nil {
		s = &File{}
		s.closed.Store(true)
		s.rd, s.wr = fileWaitable{f: s}, fileWaitable{f: s, write: true}
	}
	return s
}

// FromConn is the descriptor behind c, for example a *net.TCPConn or a
// listener, as a stream. c stays the caller's, as with NewFile.
func FromConn(c syscall.Conn) (*File, error) {
	rc, err := c.SyscallConn()
	if err != nil {
		return nil, host.EBADF
	}
	f := &File{rc: rc, owner: c}
	f.rd, f.wr = fileWaitable{f: f}, fileWaitable{f: f, write: true}
	var mode uint32
	if e := rc.Control(func(fd uintptr) { mode, err = f.examine(int(fd)) }); e != nil {
		return nil, host.EBADF
	}
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	f.mode.Store(mode)
	if f.private != nil {
		if f.rc, err = f.private.SyscallConn(); err != nil {
			return nil, host.EBADF
		}
	}
	return f, nil
}

// examine chooses the descriptor and the mode.
func (f *File) examine(fd int) (uint32, error) {
	f.fd = int32(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, err
	}
	f.kind = uint32(st.Mode) & unix.S_IFMT
	if f.kind == unix.S_IFREG || f.kind == unix.S_IFBLK || f.kind == unix.S_IFDIR {
		return modeDirect, nil
	}
	if f.kind == unix.S_IFCHR && !pollable(fd) {
		return modeDirect, nil
	}
	if f.kind == unix.S_IFCHR {
		if own := reopenTerminal(fd); own >= 0 {
			f.fd = int32(own)
			f.private = os.NewFile(uintptr(own), "terminal")
			return modeNonBlock, nil
		}
	}
	if canNoWait {
		return modeNoWait, nil
	}
	return fallback(fd), nil
}

// fallback is the mode for a descriptor that knows no modeNoWait.
func fallback(fd int) uint32 {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err == nil && flags&unix.O_NONBLOCK != 0 {
		return modeNonBlock
	}
	return modePoll
}

// Read is Input.Read.
func (f *File) Read(ctx context.Context, p []byte) (int, error) {
	for {
		n, err := f.TryRead(p)
		if err != host.EAGAIN {
			return n, err
		}
		if err := f.await(ctx, unix.POLLIN); err != nil {
			return 0, err
		}
	}
}

// TryRead is Input.TryRead.
func (f *File) TryRead(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := f.do(opRead, p)
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return n, err
}

// Write is Output.Write.
func (f *File) Write(ctx context.Context, p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m, err := f.do(opWrite, p[n:])
		n += m
		switch {
		case err == host.EAGAIN:
			if err := f.await(ctx, unix.POLLOUT); err != nil {
				return n, err
			}
		case err != nil:
			return n, err
		case m == 0:
			return n, host.EIO
		case n < len(p):
			if err := ctx.Err(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// TryWrite is Output.TryWrite.
func (f *File) TryWrite(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m, err := f.do(opWrite, p[n:])
		n += m
		switch {
		case err != nil && n > 0:
			return n, nil
		case err != nil:
			return 0, err
		case m == 0:
			return n, host.EIO
		}
	}
	return n, nil
}

// Readable is Input.Readable.
func (f *File) Readable() Waitable { return &f.rd }

// Writable is Output.Writable.
func (f *File) Writable() Waitable { return &f.wr }

// Available is Input.Available; for a regular file, the bytes up to its end.
func (f *File) Available() int {
	n, err := f.do(opAvailable, nil)
	if err != nil {
		return 0
	}
	return n
}

// Close ends the waits of others and makes every later call host.EBADF. The
// file that the stream was made of stays open.
func (f *File) Close() error {
	if f.closed.Swap(true) {
		return host.EBADF
	}
	f.waiters.wake()
	if f.private != nil {
		f.private.Close()
	}
	return nil
}

// await blocks until the descriptor may be ready, or ctx is done.
func (f *File) await(ctx context.Context, events int16) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var fds [1]pollFD
	fds[0] = pollFD{Fd: f.fd, Events: events}
	w := newWaiter(ctx, fds[:])
	f.waiters.add(w)
	if !f.closed.Load() {
		w.sleep(ctx, noDeadline)
	}
	f.waiters.remove(w)
	w.release()
	return ctx.Err()
}

// A fileWaitable is the readiness of one direction of a File.
type fileWaitable struct {
	f     *File
	write bool
}

func (w *fileWaitable) Ready() bool {
	fd, ok := w.pollFD()
	return !ok || readyNow(int(fd.Fd), fd.Events)
}

func (w *fileWaitable) Wait(ctx context.Context) error { return waitOne(ctx, w) }
func (w *fileWaitable) list() *waiterList              { return &w.f.waiters }
func (w *fileWaitable) gone() bool {
	return w.f.closed.Load() || w.f.mode.Load() == modeDirect
}

func (w *fileWaitable) pollFD() (pollFD, bool) {
	events := int16(unix.POLLIN)
	if w.write {
		events = unix.POLLOUT
	}
	return pollFD{Fd: w.f.fd, Events: events}, !w.gone()
}
