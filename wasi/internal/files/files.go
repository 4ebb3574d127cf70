// Package files is what the faces of wasi:filesystem have in common: the
// directories that a guest is given, the descriptors that it opens below them,
// and streams and listings of those, over package host/fs. A face turns the
// errors, which are those of the host, and the values into its own.
//
// What a guest may change is decided by the directory that it was given: below
// a read-only one everything that changes something fails with host.EROFS. The
// flag mutate-directory is kept and told by get-flags; a directory opened
// without it can still be changed below a directory that is writable, since C
// libraries ask for the flag only together with write, and programs change
// directories that they opened for reading. Whoever opens a file with create
// or truncate may also write to it.
//
// Descriptors are safe for concurrent use, and so is ending the guest. A
// listing and a stream have one user at a time.
package files

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

// A Preopen is a directory that a guest is given.
type Preopen = guest.Preopen

// maxPath is the longest name of a preopened directory, in bytes.
const maxPath = 4096

// A State is the files of one guest.
type State struct {
	guest    *guest.State
	preopens []Preopen
}

// New makes the state of a guest that has the directories of preopens. What it
// opens is counted by g and ends with it. The error says what is wrong with a
// preopen.
func New(g *guest.State, preopens []Preopen) (*State, error) {
	for i, p := range preopens {
		switch {
		case p.Dir == nil:
			return nil, fmt.Errorf("preopened directory %d, %q, is nil", i, p.Guest)
		case p.Guest == "":
			return nil, fmt.Errorf("preopened directory %d has no name for the guest", i)
		case len(p.Guest) > maxPath:
			return nil, fmt.Errorf("the name of preopened directory %d for the guest has %d bytes, more than %d", i, len(p.Guest), maxPath)
		case !utf8.ValidString(p.Guest) || strings.IndexByte(p.Guest, 0) >= 0:
			return nil, fmt.Errorf("the name of preopened directory %d for the guest, %q, is not UTF-8 without zero bytes", i, p.Guest)
		}
	}
	return &State{guest: g, preopens: preopens}, nil
}

// A Directory is a descriptor of a preopened directory.
type Directory struct {
	Guest string
	D     *Descriptor
}

// Directories gives descriptors of the preopened directories, new ones each
// time.
func (s *State) Directories() ([]Directory, error) {
	list := make([]Directory, 0, len(s.preopens))
	for _, p := range s.preopens {
		d, err := s.descriptor(p.Dir)
		if err != nil {
			for _, x := range list {
				x.D.Drop()
			}
			return nil, fmt.Errorf("the preopened directories cannot be given to the guest: %w", err)
		}
		list = append(list, Directory{p.Guest, d})
	}
	return list, nil
}

// descriptor is a new descriptor of a directory that stays the caller's.
func (s *State) descriptor(dir fs.Dir) (*Descriptor, error) {
	d := &Descriptor{dir: dir, access: dir.Access(), flags: Read, quick: fs.Quick(dir)}
	if d.access == fs.ReadWrite {
		d.flags |= MutateDirectory
	}
	if err := d.begin(s); err != nil {
		return nil, err
	}
	if err := d.set(&node{Node: dir, borrowed: true}); err != nil {
		d.Drop()
		return nil, err
	}
	return d, nil
}
