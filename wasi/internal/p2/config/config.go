// Package config is the host's side of wasi:config 0.2.0-rc.1: settings that a
// guest was given.
package config

import (
	"context"
	"maps"
	"slices"

	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/config"
)

// A State is the settings of one guest.
type State struct {
	values map[string]string
	// all are keys and values, sorted by key.
	all []bind.Tuple2[string, string]
}

// New makes the settings of a guest, of a copy of values.
func New(values map[string]string) *State {
	s := &State{values: maps.Clone(values)}
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		s.all = append(s.all, bind.Tuple2[string, string]{F0: key, F1: s.values[key]})
	}
	return s
}

// A Host is the functions of wasi:config.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var _ gen.StoreHost = Host{}

// Link defines what the package has.
func (h Host) Link() gen.Host { return gen.Host{Store: h} }

// Get gives the value of a key. It does not fail.
func (h Host) Get(ctx context.Context, key string) (*string, error) {
	if v, ok := h.Of(ctx).values[key]; ok {
		return &v, nil
	}
	return nil, nil
}

// GetAll gives all keys and values, sorted by key. It does not fail.
func (h Host) GetAll(ctx context.Context) ([]bind.Tuple2[string, string], error) {
	return h.Of(ctx).all, nil
}
