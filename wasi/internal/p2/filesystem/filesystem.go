// Package filesystem is the host's side of wasi:filesystem 0.2, over package
// files, which says what a guest may do.
//
// The resources are called by one guest at a time; ending the guest may come
// from anywhere.
package filesystem

import (
	"context"

	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/files"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A Preopen is a directory that a guest is given.
type Preopen = files.Preopen

// A State is the files of one guest.
type State struct {
	io    *p2io.State
	files *files.State
}

// New makes the state of a guest that has the directories of preopens. What it
// opens is counted by s and ends with it. The error says what is wrong with a
// preopen.
func New(s *p2io.State, preopens []Preopen) (*State, error) {
	f, err := files.New(s.State, preopens)
	if err != nil {
		return nil, err
	}
	return &State{io: s, files: f}, nil
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
	dirs, err := s.files.Directories()
	if err != nil {
		return nil, err
	}
	list := make([]bind.Tuple2[gen.Descriptor, string], len(dirs))
	for i, d := range dirs {
		list[i] = bind.Tuple2[gen.Descriptor, string]{F0: &Descriptor{s, d.D}, F1: d.Guest}
	}
	return list, nil
}
