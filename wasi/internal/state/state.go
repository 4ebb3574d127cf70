// Package state is what a component is given of WASI: all its versions at once,
// over one state of the guest.
package state

import (
	"context"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi/internal/guest"
	"github.com/dray-wasm/dray/wasi/internal/p2"
	"github.com/dray-wasm/dray/wasi/internal/p3"
)

// A State is that of one guest. It is safe for concurrent use.
type State struct {
	*guest.State
	P2 *p2.State
	P3 *p3.State
}

// New makes the state of a guest. It fails where the guest could not be given
// what c says.
func New(c *guest.Config) (*State, error) {
	p, err := guest.NewProgram(c)
	if err != nil {
		return nil, err
	}
	s := &State{State: guest.New(c.Limits.MaxOpen)}
	if s.P2, err = p2.New(s.State, p, c); err == nil {
		s.P3, err = p3.New(s.State, p, c)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Link defines the interfaces of all versions in a linker. of finds the state of
// the guest that calls; where it is nil the guest was given nothing.
func Link(l *dray.Linker, of func(context.Context) *State) error {
	err := p2.Link(l, func(ctx context.Context) *p2.State {
		if s := of(ctx); s != nil {
			return s.P2
		}
		return p2.Empty()
	})
	if err != nil {
		return err
	}
	return p3.Link(l, func(ctx context.Context) *p3.State {
		if s := of(ctx); s != nil {
			return s.P3
		}
		return p3.Empty()
	})
}
