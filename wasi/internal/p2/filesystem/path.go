package filesystem

// This file is the functions that change what is below a directory, and the
// contents of links.

import (
	"context"

	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
)

// CreateDirectoryAt makes a directory.
func (d *Descriptor) CreateDirectoryAt(ctx context.Context, path string) error {
	return failed(ctx, d.f.CreateDirectoryAt(path))
}

// RemoveDirectoryAt removes an empty directory.
func (d *Descriptor) RemoveDirectoryAt(ctx context.Context, path string) error {
	return failed(ctx, d.f.RemoveDirectoryAt(path))
}

// UnlinkFileAt removes what is not a directory.
func (d *Descriptor) UnlinkFileAt(ctx context.Context, path string) error {
	return failed(ctx, d.f.UnlinkFileAt(path))
}

// SymlinkAt makes a symbolic link at newPath that reads oldPath.
func (d *Descriptor) SymlinkAt(ctx context.Context, oldPath, newPath string) error {
	return failed(ctx, d.f.SymlinkAt(oldPath, newPath))
}

// ReadlinkAt reads a symbolic link. One that is not relative is not told.
func (d *Descriptor) ReadlinkAt(ctx context.Context, path string) (string, error) {
	target, err := d.f.ReadlinkAt(path)
	return target, failed(ctx, err)
}

// LinkAt makes another name of a file.
func (d *Descriptor) LinkAt(ctx context.Context, flags gen.PathFlags, oldPath string, other gen.Descriptor, newPath string) error {
	return failed(ctx, d.f.LinkAt(oldPath, follow(flags), other.(*Descriptor).f, newPath))
}

// RenameAt moves a file or directory.
func (d *Descriptor) RenameAt(ctx context.Context, oldPath string, other gen.Descriptor, newPath string) error {
	return failed(ctx, d.f.RenameAt(oldPath, other.(*Descriptor).f, newPath))
}
