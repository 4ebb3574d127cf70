// Package stdio is the standard streams of a guest: those of the process, or
// whatever an embedder puts in their place.
//
// Writes of a [Stream] over a file go to the descriptor itself. When nobody
// reads a pipe any more, the guest gets host.EPIPE, also on the standard output
// and error of the process, where a write through os.File would end the
// program by a signal. Nothing needs to be set up for that.
package stdio

import (
	"io"
	"os"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/stream"
)

// A Stream is one standard stream. It is safe for concurrent use; In and Out
// are not to be changed.
type Stream struct {
	// In is nil for an output, Out for an input.
	In  stream.Input
	Out stream.Output

	file     *os.File // nil when there is none
	terminal bool
	closed   atomic.Bool
}

// Stdin is the standard input of the process. Like the other two, it does not
// change the descriptor, whose offset and flags other processes may share.
func Stdin() *Stream { return FromReader(os.Stdin) }

// Stdout is the standard output of the process.
func Stdout() *Stream { return FromWriter(os.Stdout) }

// Stderr is the standard error of the process.
func Stderr() *Stream { return FromWriter(os.Stderr) }

// FromReader is r as a standard input, read as stream.NewReader says. A nil r
// is empty. An *os.File is read at its own offset; it stays the caller's and
// must be open while the Stream is used.
func FromReader(r io.Reader) *Stream {
	s := &Stream{In: stream.NewReader(r)}
	s.setFile(r)
	return s
}

// FromWriter is w as a standard output or error, written as stream.NewWriter
// says. A nil w discards. An *os.File is written at its own offset; it stays
// the caller's and must be open while the Stream is used.
func FromWriter(w io.Writer) *Stream {
	s := &Stream{Out: stream.NewWriter(w)}
	s.setFile(w)
	return s
}

func (s *Stream) setFile(x any) {
	f, ok := x.(*os.File)
	if !ok || f == nil {
		return
	}
	s.file = f
	// An error means that f is closed; then it is no terminal.
	_ = s.control(func(fd uintptr) error {
		s.terminal = term.IsTerminal(int(fd))
		return nil
	})
}

// OSFile is the file behind the stream; nil when there is none.
func (s *Stream) OSFile() *os.File { return s.file }

// IsTerminal reports whether a person may sit at the other end.
func (s *Stream) IsTerminal() bool { return s.terminal }

// Stat describes the file behind the stream. A stream without one is a pipe of
// which nothing is known.
func (s *Stream) Stat() (fs.Stat, error) {
	switch {
	case s.closed.Load():
		return fs.Stat{}, host.EBADF
	case s.file == nil:
		return fs.Stat{Type: fs.Fifo, Links: 1}, nil
	}
	return s.statFile()
}

// Seek moves the offset of a regular file, as io.Seeker, for all who share it.
// Any other stream is host.ESPIPE.
func (s *Stream) Seek(off int64, whence int) (int64, error) {
	if err := s.regular(); err != nil {
		return 0, err
	}
	if whence < io.SeekStart || whence > io.SeekEnd {
		return 0, host.EINVAL
	}
	n, err := s.file.Seek(off, whence)
	return n, errno(err)
}

// ReadAt reads from a regular file at off and leaves its offset. It returns 0
// and io.EOF at or behind the end, less than len(p) without an error near it.
// Any other stream is host.ESPIPE.
func (s *Stream) ReadAt(p []byte, off int64) (int, error) {
	if err := s.regular(); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, host.EINVAL
	}
	n, err := s.file.ReadAt(p, off)
	if err == io.EOF {
		if n > 0 || len(p) == 0 {
			err = nil
		}
		return n, err
	}
	return n, errno(err)
}

// WriteAt writes to a regular file at off and leaves its offset. Any other
// stream is host.ESPIPE.
func (s *Stream) WriteAt(p []byte, off int64) (int, error) {
	if err := s.regular(); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, host.EINVAL
	}
	n, err := s.writeAt(p, off)
	return n, errno(err)
}

// regular is nil when the stream is a regular file, else why it is not.
func (s *Stream) regular() error {
	st, err := s.Stat()
	if err != nil {
		return err
	}
	if st.Type != fs.Regular {
		return host.ESPIPE
	}
	return nil
}

// Close makes every later call host.EBADF and ends those that wait. It leaves
// the file, reader or writer behind the stream open.
func (s *Stream) Close() error {
	if s.closed.Swap(true) {
		return host.EBADF
	}
	if s.In != nil {
		return s.In.Close()
	}
	return s.Out.Close()
}

// control runs f with the descriptor.
func (s *Stream) control(f func(fd uintptr) error) error {
	rc, err := s.file.SyscallConn()
	if err != nil {
		return host.EBADF
	}
	if rc.Control(func(fd uintptr) { err = f(fd) }) != nil {
		return host.EBADF
	}
	return err
}

func errno(err error) error {
	if err == nil {
		return nil
	}
	return host.ErrnoOf(err)
}
