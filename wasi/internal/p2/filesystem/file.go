package filesystem

// This file is what can be done with what is open, but for its attributes.

import (
	"context"
	"io"
	"math"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
)

// GetFlags tells how the descriptor was opened.
func (d *Descriptor) GetFlags(ctx context.Context) (gen.DescriptorFlags, error) {
	flags, err := d.f.Flags()
	return gen.DescriptorFlags(flags), failed(ctx, err)
}

// GetType tells what is open.
func (d *Descriptor) GetType(ctx context.Context) (gen.DescriptorType, error) {
	t, err := d.f.Type()
	return typeOf(t), failed(ctx, err)
}

// Advise tells how a part of a file will be used.
func (d *Descriptor) Advise(ctx context.Context, offset, length gen.Filesize, advice gen.Advice) error {
	return failed(ctx, d.f.Advise(offset, length, fs.Advice(advice)))
}

// Sync writes what is cached to the disk.
func (d *Descriptor) Sync(ctx context.Context) error { return failed(ctx, d.f.Sync(false)) }

// SyncData is Sync without what reading the data back does not need.
func (d *Descriptor) SyncData(ctx context.Context) error { return failed(ctx, d.f.Sync(true)) }

// SetSize sets the size of a file that was opened for writing.
func (d *Descriptor) SetSize(ctx context.Context, size gen.Filesize) error {
	return failed(ctx, d.f.SetSize(size))
}

// Read reads at an offset. What it gives is good until the next call of the
// guest.
func (d *Descriptor) Read(ctx context.Context, length, offset gen.Filesize) (bind.Tuple2[[]byte, bool], error) {
	var out bind.Tuple2[[]byte, bool]
	f, err := d.f.Readable()
	if err == nil && offset > math.MaxInt64 {
		err = host.EINVAL
	}
	if err != nil {
		return out, failed(ctx, err)
	}
	p := d.st.io.Buffer(length)
	n, err := f.ReadAt(p, int64(offset))
	if n == 0 && err != nil && err != io.EOF {
		return out, failed(ctx, err)
	}
	out.F0, out.F1 = p[:n], err == io.EOF
	return out, nil
}

// Write writes at an offset.
func (d *Descriptor) Write(ctx context.Context, p []byte, offset gen.Filesize) (gen.Filesize, error) {
	f, err := d.f.Writable()
	if err == nil && offset > math.MaxInt64 {
		err = host.EINVAL
	}
	if err != nil {
		return 0, failed(ctx, err)
	}
	n, err := f.WriteAt(p, int64(offset))
	if n == 0 && err != nil {
		return 0, failed(ctx, err)
	}
	return uint64(n), nil
}
