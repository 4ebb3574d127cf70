package filesystem

// This file is streams of files.

import (
	"context"

	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	wasiio "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

// ReadViaStream gives a stream that reads from an offset on. What has no
// offsets is read where it is.
func (d *Descriptor) ReadViaStream(ctx context.Context, offset gen.Filesize) (wasiio.InputStream, error) {
	in, use, err := d.f.Input(offset)
	if err != nil {
		return nil, failed(ctx, err)
	}
	return d.st.io.NewInputStream(in, use.Drop), nil
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
	out, use, err := d.f.Output(offset, append)
	if err != nil {
		return nil, failed(ctx, err)
	}
	return d.st.io.NewOutputStream(out, use.Drop), nil
}
