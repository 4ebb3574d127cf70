// Package filesystem is the host's side of wasi:filesystem 0.3, over package
// files, which says what a guest may do.
//
// Streams read and write at positions of their own, each in order. They have a
// use of the file, and go on when the descriptor is dropped. Everything is safe
// for concurrent use, but that a stream has one reader.
package filesystem

import (
	"context"

	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/files"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

// A Preopen is a directory that a guest is given.
type Preopen = files.Preopen

// A State is the files of one guest.
type State struct {
	guest *guest.State
	files *files.State
}

// New makes the state of a guest that has the directories of preopens. What it
// opens is counted by g and ends with it. The error says what is wrong with a
// preopen.
func New(g *guest.State, preopens []Preopen) (*State, error) {
	f, err := files.New(g, preopens)
	if err != nil {
		return nil, err
	}
	return &State{guest: g, files: f}, nil
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
