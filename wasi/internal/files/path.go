package files

// This file is the functions that change what is below a directory, and the
// contents of links.

import (
	"unicode/utf8"

	"github.com/dray-wasm/dray/host"
)

// CreateDirectoryAt makes a directory.
func (d *Descriptor) CreateDirectoryAt(path string) error {
	dir, err := d.Dir()
	if err != nil {
		return err
	}
	return dir.Mkdir(path)
}

// RemoveDirectoryAt removes an empty directory.
func (d *Descriptor) RemoveDirectoryAt(path string) error {
	dir, err := d.Dir()
	if err != nil {
		return err
	}
	return dir.Rmdir(path)
}

// UnlinkFileAt removes what is not a directory.
func (d *Descriptor) UnlinkFileAt(path string) error {
	dir, err := d.Dir()
	if err != nil {
		return err
	}
	return dir.Unlink(path)
}

// SymlinkAt makes a symbolic link at newPath that reads oldPath.
func (d *Descriptor) SymlinkAt(oldPath, newPath string) error {
	dir, err := d.Dir()
	if err != nil {
		return err
	}
	return dir.Symlink(oldPath, newPath)
}

// ReadlinkAt reads a symbolic link. One that is not relative is not told.
func (d *Descriptor) ReadlinkAt(path string) (string, error) {
	dir, err := d.Dir()
	if err != nil {
		return "", err
	}
	target, err := dir.Readlink(path)
	switch {
	case err != nil:
		return "", err
	case target != "" && target[0] == '/':
		return "", host.ECONFINED
	case !utf8.ValidString(target):
		return "", host.EILSEQ
	}
	return target, nil
}

// LinkAt makes another name of a file.
func (d *Descriptor) LinkAt(oldPath string, follow bool, other *Descriptor, newPath string) error {
	dir, err := d.Dir()
	if err != nil {
		return err
	}
	to, err := other.Dir()
	if err != nil {
		return err
	}
	return dir.Link(oldPath, follow, to, newPath)
}

// RenameAt moves a file or directory.
func (d *Descriptor) RenameAt(oldPath string, other *Descriptor, newPath string) error {
	dir, err := d.Dir()
	if err != nil {
		return err
	}
	to, err := other.Dir()
	if err != nil {
		return err
	}
	return dir.Rename(oldPath, to, newPath)
}
