// This file is the stream that is empty to read and swallows what is written.

package stream

import (
	"context"
	"io"

	"github.com/dray-wasm/dray/host"
)

// Null is an empty input and an output that discards. Closing it does nothing.
var Null interface {
	Input
	Output
} = null{}

type null struct{}

func (null) Read(_ context.Context, p []byte) (int, error) { return null{}.TryRead(p) }

func (null) TryRead(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return 0, io.EOF
}

func (null) Write(_ context.Context, p []byte) (int, error) { return len(p), nil }
func (null) TryWrite(p []byte) (int, error)                 { return len(p), nil }
func (null) Readable() Waitable                             { return Always }
func (null) Writable() Waitable                             { return Always }
func (null) Available() int                                 { return 0 }
func (null) Close() error                                   { return nil }

// reason turns an error of a reader or writer into what this package returns:
// host.EPIPE for every sign that nobody reads any more, the error itself
// otherwise.
func reason(err error) error {
	if host.ErrnoOf(err) == host.EPIPE {
		return host.EPIPE
	}
	return err
}
