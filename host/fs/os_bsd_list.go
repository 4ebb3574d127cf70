//go:build darwin || freebsd

// This file lists a directory from a snapshot of its names.

package fs

import (
	"io"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

type dirLister = snapshot

// ReadDir implements Dir.
func (d *unixDir) ReadDir(cookie uint64, yield func(e *DirEntry) bool) error {
	if err := d.fd.acquire(); err != nil {
		return err
	}
	defer d.fd.release()
	return d.list.read(unixSource{d}, cookie, yield)
}

// A unixSource is a unixDir whose descriptor is held.
type unixSource struct{ d *unixDir }

func (s unixSource) selfIno() uint64 {
	var st unix.Stat_t
	if fstat(s.d.fd.fd, &st) != nil {
		return 0
	}
	return uint64(st.Ino)
}

func (s unixSource) listAll() ([]snapEntry, error) {
	f, err := s.d.root.Open(".")
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	defer f.Close()
	var all []snapEntry
	for {
		names, err := f.Readdirnames(1024)
		for _, name := range names {
			all = append(all, snapEntry{name: name})
		}
		switch {
		case err == io.EOF:
			return all, nil
		case err != nil:
			return nil, host.ErrnoOf(err)
		case len(all) > maxSnapshot:
			return nil, errLarge
		}
	}
}

func (s unixSource) complete(e *DirEntry) bool {
	var st unix.Stat_t
	if err := fstatat(s.d.fd.fd, e.Name, &st); err != nil {
		return false
	}
	e.Ino, e.Type = uint64(st.Ino), typeOf(uint32(st.Mode))
	return true
}
