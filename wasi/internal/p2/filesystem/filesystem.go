// Package filesystem is the host's side of wasi:filesystem 0.2, over package
// host/fs.
//
// What a guest may change is decided by the directory that it was given: below
// a read-only one everything that changes something fails with read-only. The
// flag mutate-directory is kept and told by get-flags; a directory opened
// without it can still be changed below a directory that is writable, since C
// libraries ask for the flag only together with write, and programs change
// directories that they opened for reading. Whoever opens a file with create
// or truncate may also write to it.
//
// The resources are called by one guest at a time; ending the guest may come
// from anywhere.
package filesystem

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/fs"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A Preopen is a directory that a guest is given.
type Preopen struct {
	// Guest is the name under which the guest knows it.
	Guest string
	// Dir is the directory. It stays the caller's to close.
	Dir fs.Dir
}

// maxPath is the longest name of a preopened directory, in bytes.
const maxPath = 4096

// A State is the files of one guest.
type State struct {
	io       *p2io.State
	preopens []Preopen
}

// New makes the state of a guest that has the directories of preopens. What it
// opens is counted by s and ends with it. The error says what is wrong with a
// preopen.
func New(s *p2io.State, preopens []Preopen) (*State, error) {
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
	return &State{io: s, preopens: preopens}, nil
}

// A Host is the functions of wasi:filesystem that belong to no resource.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.TypesHost    = Host{}
	_ gen.PreopensHost = Host{}
)

// Link defines what the package has.
func (h Host) Link() gen.Host { return gen.Host{Types: h, Preopens: h} }

// GetDirectories gives descriptors of the preopened directories, new ones each
// time.
func (h Host) GetDirectories(ctx context.Context) ([]bind.Tuple2[gen.Descriptor, string], error) {
	s := h.Of(ctx)
	list := make([]bind.Tuple2[gen.Descriptor, string], 0, len(s.preopens))
	for _, p := range s.preopens {
		d, err := s.descriptor(p.Dir)
		if err != nil {
			for _, t := range list {
				t.F0.Drop(ctx)
			}
			return nil, fmt.Errorf("the preopened directories cannot be given to the guest: %w", err)
		}
		list = append(list, bind.Tuple2[gen.Descriptor, string]{F0: d, F1: p.Guest})
	}
	return list, nil
}

// descriptor is a new descriptor of a directory that stays the caller's.
func (s *State) descriptor(dir fs.Dir) (*Descriptor, error) {
	d := &Descriptor{dir: dir, access: dir.Access(), flags: gen.DescriptorFlagsRead}
	if d.access == fs.ReadWrite {
		d.flags |= gen.DescriptorFlagsMutateDirectory
	}
	if err := d.begin(s); err != nil {
		return nil, err
	}
	if err := d.set(&node{Node: dir, borrowed: true}); err != nil {
		d.drop()
		return nil, err
	}
	return d, nil
}
