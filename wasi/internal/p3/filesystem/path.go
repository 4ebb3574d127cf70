package filesystem

// This file is the functions that change what is below a directory, and the
// contents of links.

import (
	"context"
	"strings"

	"github.com/dray-wasm/dray/host"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
)

// CreateDirectoryAt makes a directory.
func (d *Descriptor) CreateDirectoryAt(ctx context.Context, path string) error {
	return failed(ctx, d.f.CreateDirectoryAt(path))
}

// RemoveDirectoryAt removes an empty directory.
func (d *Descriptor) RemoveDirectoryAt(ctx context.Context, path string) error {
	return failed(ctx, d.leadsOut(path, d.f.RemoveDirectoryAt(path)))
}

// leadsOut is what an operation answers that failed with err because a path
// with a slash at its end names a symbolic link, which has to be resolved then:
// host.ECONFINED when it leads out, else err.
func (d *Descriptor) leadsOut(path string, err error) error {
	if host.ErrnoOf(err) == host.ENOTDIR && strings.HasSuffix(path, "/") {
		if _, why := d.f.StatAt(path, true); host.ErrnoOf(why) == host.ECONFINED {
			return why
		}
	}
	return err
}

// UnlinkFileAt removes what is not a directory.
func (d *Descriptor) UnlinkFileAt(ctx context.Context, path string) error {
	return failed(ctx, d.leadsOut(path, d.f.UnlinkFileAt(path)))
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

// TryReadlinkAt is ReadlinkAt.
func (d *Descriptor) TryReadlinkAt(ctx context.Context, path string) (string, bool, error) {
	if !d.f.Quick() {
		return "", false, nil
	}
	target, err := d.ReadlinkAt(ctx, path)
	return target, true, err
}

// LinkAt makes another name of a file.
func (d *Descriptor) LinkAt(ctx context.Context, flags gen.PathFlags, oldPath string, other gen.Descriptor, newPath string) error {
	return failed(ctx, d.f.LinkAt(oldPath, follow(flags), other.(*Descriptor).f, newPath))
}

// RenameAt moves a file or directory.
func (d *Descriptor) RenameAt(ctx context.Context, oldPath string, other gen.Descriptor, newPath string) error {
	return failed(ctx, d.f.RenameAt(oldPath, other.(*Descriptor).f, newPath))
}
