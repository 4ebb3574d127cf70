package filesystem

// This file is descriptors: how they are opened, and what can be done with what
// is open, but for its attributes.

import (
	"context"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/files"
)

// A Descriptor is the resource descriptor. Functions that are answered soon have
// one beside them whose name begins with Try: it answers at once, or not at all
// where the directory is one that may take its time.
type Descriptor struct {
	st *State
	f  *files.Descriptor
}

var _ gen.Descriptor = (*Descriptor)(nil)

// Drop closes the descriptor. Streams that were made of it go on.
func (d *Descriptor) Drop(context.Context) error { return d.f.Drop() }

// follow tells whether a link in the last place of a path is followed.
func follow(flags gen.PathFlags) bool { return flags&gen.PathFlagsSymlinkFollow != 0 }

// OpenAt opens or creates a file, or opens a directory. Without a flag that
// says otherwise it opens for reading; create and truncate open for writing.
func (d *Descriptor) OpenAt(ctx context.Context, pathFlags gen.PathFlags, path string, openFlags gen.OpenFlags, flags gen.DescriptorFlags) (gen.Descriptor, error) {
	how := files.How(follow(pathFlags), files.OpenFlags(openFlags), files.Flags(flags))
	return d.openAt(ctx, path, how, flags)
}

func (d *Descriptor) openAt(ctx context.Context, path string, how fs.Open, flags gen.DescriptorFlags) (gen.Descriptor, error) {
	got, err := d.f.OpenAt(ctx, path, how, files.Flags(flags))
	if err != nil {
		return nil, failed(ctx, err)
	}
	return &Descriptor{d.st, got}, nil
}

// TryOpenAt is OpenAt of what is not a pipe that nobody reads.
func (d *Descriptor) TryOpenAt(ctx context.Context, pathFlags gen.PathFlags, path string, openFlags gen.OpenFlags, flags gen.DescriptorFlags) (gen.Descriptor, bool, error) {
	if !d.f.Quick() {
		return nil, false, nil
	}
	how := files.How(follow(pathFlags), files.OpenFlags(openFlags), files.Flags(flags))
	how.NonBlock = true
	got, err := d.f.OpenAt(ctx, path, how, files.Flags(flags))
	switch {
	case err == nil:
		return &Descriptor{d.st, got}, true, nil
	case host.ErrnoOf(err) == host.ENXIO:
		return nil, false, nil
	}
	return nil, true, failed(ctx, err)
}

// GetFlags tells how the descriptor was opened.
func (d *Descriptor) GetFlags(ctx context.Context) (gen.DescriptorFlags, error) {
	flags, err := d.f.Flags()
	return gen.DescriptorFlags(flags), failed(ctx, err)
}

// TryGetFlags is GetFlags.
func (d *Descriptor) TryGetFlags(ctx context.Context) (gen.DescriptorFlags, bool, error) {
	flags, err := d.GetFlags(ctx)
	return flags, true, err
}

// GetType tells what is open.
func (d *Descriptor) GetType(ctx context.Context) (gen.DescriptorType, error) {
	t, err := d.f.Type()
	return typeOf(t), failed(ctx, err)
}

// TryGetType is GetType.
func (d *Descriptor) TryGetType(ctx context.Context) (gen.DescriptorType, bool, error) {
	t, err := d.GetType(ctx)
	return t, true, err
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
