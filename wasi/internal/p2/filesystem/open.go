package filesystem

// This file is descriptors, and how they are opened.

import (
	"context"

	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/files"
)

// A Descriptor is the resource descriptor.
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
	got, err := d.f.OpenAt(ctx, path, how, files.Flags(flags))
	if err != nil {
		return nil, failed(ctx, err)
	}
	return &Descriptor{d.st, got}, nil
}
