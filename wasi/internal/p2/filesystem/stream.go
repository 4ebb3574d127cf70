package filesystem

// This file is streams of files.

import (
	"context"
	"math"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	wasiio "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

// A cursor is a regular file as a stream, which is always ready. It is used by
// one goroutine at a time.
type cursor struct {
	file fs.File
	off  int64
	// append writes at the end instead.
	append bool
}

// Read implements stream.Input.
func (c *cursor) Read(_ context.Context, p []byte) (int, error) { return c.TryRead(p) }

// TryRead implements stream.Input.
func (c *cursor) TryRead(p []byte) (int, error) {
	n, err := c.file.ReadAt(p, c.off)
	c.off += int64(n)
	return n, err
}

// Readable implements stream.Input.
func (c *cursor) Readable() stream.Waitable { return stream.Always }

// Available implements stream.Input.
func (c *cursor) Available() int { return 0 }

// Write implements stream.Output.
func (c *cursor) Write(_ context.Context, p []byte) (int, error) { return c.TryWrite(p) }

// TryWrite implements stream.Output.
func (c *cursor) TryWrite(p []byte) (int, error) {
	if c.append {
		return c.file.Append(p)
	}
	n, err := c.file.WriteAt(p, c.off)
	c.off += int64(n)
	return n, err
}

// Writable implements stream.Output.
func (c *cursor) Writable() stream.Waitable { return stream.Always }

// Close implements stream.Input and stream.Output.
func (c *cursor) Close() error { return nil }

// ReadViaStream gives a stream that reads from an offset on. What has no
// offsets is read where it is.
func (d *Descriptor) ReadViaStream(ctx context.Context, offset gen.Filesize) (wasiio.InputStream, error) {
	f, err := d.readable()
	if err != nil {
		return nil, failed(ctx, err)
	}
	var in stream.Input
	if f.Type() != fs.Regular {
		in, _ = f.Stream()
	} else if offset > math.MaxInt64 {
		return nil, failed(ctx, host.EINVAL)
	} else {
		in = &cursor{file: f, off: int64(offset)}
	}
	if in == nil {
		return nil, failed(ctx, host.EBADF)
	}
	o := new(open)
	if err := d.share(o); err != nil {
		return nil, failed(ctx, err)
	}
	return d.st.io.NewInputStream(in, o.drop), nil
}

// WriteViaStream gives a stream that writes from an offset on.
func (d *Descriptor) WriteViaStream(ctx context.Context, offset gen.Filesize) (wasiio.OutputStream, error) {
	return d.outputStream(ctx, offset, false)
}

// AppendViaStream gives a stream that writes at the end of the file.
func (d *Descriptor) AppendViaStream(ctx context.Context) (wasiio.OutputStream, error) {
	return d.outputStream(ctx, 0, true)
}

func (d *Descriptor) outputStream(ctx context.Context, offset uint64, append bool) (wasiio.OutputStream, error) {
	f, err := d.writable()
	if err != nil {
		return nil, failed(ctx, err)
	}
	var out stream.Output
	if f.Type() != fs.Regular {
		_, out = f.Stream()
	} else if offset > math.MaxInt64 {
		return nil, failed(ctx, host.EINVAL)
	} else {
		out = &cursor{file: f, off: int64(offset), append: append}
	}
	if out == nil {
		return nil, failed(ctx, host.EBADF)
	}
	o := new(open)
	if err := d.share(o); err != nil {
		return nil, failed(ctx, err)
	}
	return d.st.io.NewOutputStream(out, o.drop), nil
}
