// This file opens directories of the operating system.

package fs

import (
	"fmt"

	"github.com/dray-wasm/dray/host"
)

// OpenDir grants the directory of the operating system at path, a name in the
// system's own form. Symbolic links in path are followed. The Dir stands for the
// directory itself and stays with it when it is renamed. The error names path
// and carries the host.Errno.
func OpenDir(path string, access Access) (Dir, error) {
	d, err := openDir(path, access)
	if err != nil {
		return nil, grantError(path, err)
	}
	return d, nil
}

// grantError says why path cannot be granted.
func grantError(path string, err error) error {
	switch e := host.ErrnoOf(err); e {
	case host.ENOENT:
		return fmt.Errorf("cannot grant directory %q: it does not exist; create it or correct the path: %w", path, e)
	case host.ENOTDIR:
		return fmt.Errorf("cannot grant %q: it is %w; grant the directory that holds it", path, e)
	case host.EACCES, host.EPERM:
		return fmt.Errorf("cannot grant directory %q: this user may not read it: %w", path, e)
	default:
		return fmt.Errorf("cannot grant directory %q: %w", path, e)
	}
}

// errno is host.ErrnoOf as an error, nil for nil.
func errno(err error) error {
	if err == nil {
		return nil
	}
	return host.ErrnoOf(err)
}
