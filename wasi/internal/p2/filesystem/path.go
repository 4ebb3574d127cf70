package filesystem

// This file is the functions that change what is below a directory, and the
// contents of links.

import (
	"context"
	"unicode/utf8"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
)

// below does op with the directory that is open.
func (d *Descriptor) below(ctx context.Context, op func(dir fs.Dir) error) error {
	dir, err := d.asDir()
	if err == nil {
		err = op(dir)
	}
	return failed(ctx, err)
}

// between does op with two directories.
func (d *Descriptor) between(ctx context.Context, other gen.Descriptor, op func(dir, to fs.Dir) error) error {
	return d.below(ctx, func(dir fs.Dir) error {
		to, err := other.(*Descriptor).asDir()
		if err != nil {
			return err
		}
		return op(dir, to)
	})
}

// CreateDirectoryAt makes a directory.
func (d *Descriptor) CreateDirectoryAt(ctx context.Context, path string) error {
	return d.below(ctx, func(dir fs.Dir) error { return dir.Mkdir(path) })
}

// RemoveDirectoryAt removes an empty directory.
func (d *Descriptor) RemoveDirectoryAt(ctx context.Context, path string) error {
	return d.below(ctx, func(dir fs.Dir) error { return dir.Rmdir(path) })
}

// UnlinkFileAt removes what is not a directory.
func (d *Descriptor) UnlinkFileAt(ctx context.Context, path string) error {
	return d.below(ctx, func(dir fs.Dir) error { return dir.Unlink(path) })
}

// SymlinkAt makes a symbolic link at newPath that reads oldPath.
func (d *Descriptor) SymlinkAt(ctx context.Context, oldPath, newPath string) error {
	return d.below(ctx, func(dir fs.Dir) error { return dir.Symlink(oldPath, newPath) })
}

// ReadlinkAt reads a symbolic link. One that is not relative is not told.
func (d *Descriptor) ReadlinkAt(ctx context.Context, path string) (target string, err error) {
	err = d.below(ctx, func(dir fs.Dir) error {
		switch target, err = dir.Readlink(path); {
		case err != nil:
			return err
		case target != "" && target[0] == '/':
			return host.ECONFINED
		case !utf8.ValidString(target):
			return host.EILSEQ
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return target, nil
}

// LinkAt makes another name of a file.
func (d *Descriptor) LinkAt(ctx context.Context, flags gen.PathFlags, oldPath string, other gen.Descriptor, newPath string) error {
	return d.between(ctx, other, func(dir, to fs.Dir) error {
		return dir.Link(oldPath, flags&gen.PathFlagsSymlinkFollow != 0, to, newPath)
	})
}

// RenameAt moves a file or directory.
func (d *Descriptor) RenameAt(ctx context.Context, oldPath string, other gen.Descriptor, newPath string) error {
	return d.between(ctx, other, func(dir, to fs.Dir) error {
		return dir.Rename(oldPath, to, newPath)
	})
}
