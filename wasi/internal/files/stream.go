package files

// This file is streams of files.

import (
	"context"
	"math"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/stream"
)

// A Cursor is a regular file as a stream, which is always ready. It is used by
// one goroutine at a time.
type Cursor struct {
	file fs.File
	off  int64
	// append writes at the end instead.
	append bool
}

// Read implements stream.Input.
func (c *Cursor) Read(_ context.Context, p []byte) (int, error) { return c.TryRead(p) }

// TryRead implements stream.Input.
func (c *Cursor) TryRead(p []byte) (int, error) {
	n, err := c.file.ReadAt(p, c.off)
	c.off += int64(n)
	return n, err
}

// ReadNow is TryRead that answers host.EAGAIN where the file's device must be
// waited for.
func (c *Cursor) ReadNow(p []byte) (int, error) {
	f, ok := c.file.(fs.NowReader)
	if !ok {
		return 0, host.EAGAIN
	}
	n, err := f.ReadNow(p, c.off)
	c.off += int64(n)
	return n, err
}

// Readable implements stream.Input.
func (c *Cursor) Readable() stream.Waitable { return stream.Always }

// Available implements stream.Input.
func (c *Cursor) Available() int { return 0 }

// Write implements stream.Output.
func (c *Cursor) Write(_ context.Context, p []byte) (int, error) { return c.TryWrite(p) }

// TryWrite implements stream.Output.
func (c *Cursor) TryWrite(p []byte) (int, error) {
	if c.append {
		return c.file.Append(p)
	}
	n, err := c.file.WriteAt(p, c.off)
	c.off += int64(n)
	return n, err
}

// Writable implements stream.Output.
func (c *Cursor) Writable() stream.Waitable { return stream.Always }

// Close implements stream.Input and stream.Output.
func (c *Cursor) Close() error { return nil }

// Input is a stream that reads from an offset on, a *Cursor for a regular file.
// What has no offsets is read where it is. The stream has a use of its own,
// which the caller drops.
func (d *Descriptor) Input(offset uint64) (stream.Input, *Use, error) {
	f, err := d.Readable()
	if err != nil {
		return nil, nil, err
	}
	var in stream.Input
	if f.Type() != fs.Regular {
		in, _ = f.Stream()
	} else if offset > math.MaxInt64 {
		return nil, nil, host.EINVAL
	} else {
		in = &Cursor{file: f, off: int64(offset)}
	}
	if in == nil {
		return nil, nil, host.EBADF
	}
	u := new(Use)
	if err := d.share(u); err != nil {
		return nil, nil, err
	}
	return in, u, nil
}

// Output is a stream that writes from an offset on, or at the end, likewise.
func (d *Descriptor) Output(offset uint64, append bool) (stream.Output, *Use, error) {
	f, err := d.Writable()
	if err != nil {
		return nil, nil, err
	}
	var out stream.Output
	if f.Type() != fs.Regular {
		_, out = f.Stream()
	} else if offset > math.MaxInt64 {
		return nil, nil, host.EINVAL
	} else {
		out = &Cursor{file: f, off: int64(offset), append: append}
	}
	if out == nil {
		return nil, nil, host.EBADF
	}
	u := new(Use)
	if err := d.share(u); err != nil {
		return nil, nil, err
	}
	return out, u, nil
}
