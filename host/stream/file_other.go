//go:build !unix

// This file is a file of the operating system as a stream, where descriptors
// cannot be waited for: reads go through a goroutine.

package stream

import (
	"os"
	"syscall"

	"github.com/dray-wasm/dray/host"
)

// A File is a file of the operating system as an Input and an Output.
type File struct {
	*pump
	*sink
}

// NewFile is f as a stream. f stays the caller's: it must be open as long as
// the stream is used, and Close of the stream does not close it. A read that
// was begun goes on behind a Close, until f is closed or has bytes.
func NewFile(f *os.File) *File {
	s := &File{pump: newPump(f), sink: newSink(f)}
	if f == nil {
		s.Close()
	}
	return s
}

// FromConn is not supported on this system: it has no descriptors to wait
// for.
func FromConn(syscall.Conn) (*File, error) { return nil, host.ENOTSUP }

// Close ends the waits of others and makes every later call host.EBADF.
func (f *File) Close() error {
	err := f.pump.Close()
	f.sink.Close()
	return err
}
