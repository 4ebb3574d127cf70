package filesystem

// This file is streams that write files.

import (
	"context"
	"io"

	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
)

// WriteViaStream writes what comes in data from an offset on.
func (d *Descriptor) WriteViaStream(_ context.Context, data io.ReadCloser, offset gen.Filesize) (*bind.Future[outcome], error) {
	return d.write(data, offset, false), nil
}

// AppendViaStream writes what comes in data at the end of the file, wherever
// that is each time.
func (d *Descriptor) AppendViaStream(_ context.Context, data io.ReadCloser) (*bind.Future[outcome], error) {
	return d.write(data, 0, true), nil
}

// write writes data in the background.
func (d *Descriptor) write(data io.ReadCloser, offset uint64, append bool) *bind.Future[outcome] {
	out, use, err := d.f.Output(offset, append)
	if err != nil {
		data.Close()
		return bind.Resolved(outcomeOf(err))
	}
	promise, future := bind.NewPromise[outcome]()
	d.st.guest.Pump(data, func(ctx context.Context, p []byte) error {
		_, err := out.Write(ctx, p)
		return err
	}, func(err error) {
		use.Drop()
		promise.Resolve(outcomeOf(err))
	})
	return future
}
