//go:build linux || darwin || freebsd

// This file is an open pipe or device: it has no offsets, only streams. Its
// descriptor is non-blocking, so nobody's thread waits in the system for it.

package fs

import (
	"context"
	"os"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
	"golang.org/x/sys/unix"
)

// A unixStream is a File that is not regular.
type unixStream struct {
	file        *os.File
	stream      *stream.File
	fifo        fifoInput
	typ         FileType
	read, write bool
	access      Access
}

func newUnixStream(fd int, typ FileType, how Open, access Access) *unixStream {
	file := os.NewFile(uintptr(fd), "")
	f := &unixStream{
		file:   file,
		stream: stream.NewFile(file),
		typ:    typ,
		read:   how.Read,
		write:  how.Write && access == ReadWrite,
		access: access,
	}
	f.fifo.File = f.stream
	return f
}

// Type implements File.
func (f *unixStream) Type() FileType { return f.typ }

// Stream implements File.
func (f *unixStream) Stream() (in stream.Input, out stream.Output) {
	if f.read && f.typ == Fifo {
		in = &f.fifo
	} else if f.read {
		in = f.stream
	}
	if f.write {
		out = f.stream
	}
	return in, out
}

// control runs op with the descriptor, which stays open meanwhile.
func (f *unixStream) control(op func(fd int) error) error {
	conn, err := f.file.SyscallConn()
	if err != nil {
		return host.ErrnoOf(err)
	}
	if cerr := conn.Control(func(fd uintptr) { err = op(int(fd)) }); cerr != nil {
		return host.EBADF // it is closed
	}
	return errno(err)
}

// Stat implements Node.
func (f *unixStream) Stat() (st Stat, err error) {
	err = f.control(func(fd int) error {
		var sys unix.Stat_t
		err := fstat(fd, &sys)
		st = statOf(&sys)
		return err
	})
	return st, err
}

// SetTimes implements Node.
func (f *unixStream) SetTimes(atime, mtime SetTime) error {
	if f.access == ReadOnly {
		return host.EROFS
	}
	times, err := timespecs(atime, mtime)
	if err != nil {
		return err
	}
	return f.control(func(fd int) error { return futimens(fd, &times) })
}

// Sync implements Node.
func (f *unixStream) Sync(bool) error {
	return f.control(func(fd int) error { return unix.Fsync(fd) })
}

// Close implements Node.
func (f *unixStream) Close() error {
	f.stream.Close()
	return errno(f.file.Close())
}

// ReadAt implements File.
func (f *unixStream) ReadAt([]byte, int64) (int, error) { return 0, host.ESPIPE }

// WriteAt implements File.
func (f *unixStream) WriteAt([]byte, int64) (int, error) { return 0, host.ESPIPE }

// Append implements File.
func (f *unixStream) Append([]byte) (int, error) { return 0, host.ESPIPE }

// Truncate implements File.
func (f *unixStream) Truncate(int64) error {
	if f.access == ReadOnly {
		return host.EROFS
	}
	return host.EINVAL
}

// Advise implements File.
func (f *unixStream) Advise(int64, int64, Advice) error { return host.ESPIPE }

// SetSync implements File: pipes and devices have nothing to write through.
func (f *unixStream) SetSync(bool, bool) error { return nil }

// A fifoInput reads a named pipe. Its first read waits for the first writer: the
// descriptor, opened without waiting, would answer that the end is reached.
type fifoInput struct {
	*stream.File
	started atomic.Bool
}

// Read implements stream.Input.
func (f *fifoInput) Read(ctx context.Context, p []byte) (int, error) {
	if !f.started.Load() && len(p) > 0 {
		if err := f.Readable().Wait(ctx); err != nil {
			return 0, err
		}
		f.started.Store(true)
	}
	return f.File.Read(ctx, p)
}

// TryRead implements stream.Input.
func (f *fifoInput) TryRead(p []byte) (int, error) {
	if !f.started.Load() && len(p) > 0 {
		if !f.Readable().Ready() {
			return 0, host.EAGAIN
		}
		f.started.Store(true)
	}
	return f.File.TryRead(p)
}
