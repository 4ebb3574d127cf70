// Package sockets is the host's side of wasi:sockets 0.3: TCP and UDP sockets
// and the lookup of names, over host/net.
//
// A guest may make sockets and set their options without any grant. Addresses
// are checked, as [net.Permit] says, when a socket is bound, listens, connects,
// or sends to one; names when they are looked up. Without a [net.Policy] all of
// that is denied.
//
// Each socket of the system is counted in the guest's state until the last of
// what the guest has of it is gone: the resource, the stream of what it
// receives or accepts, a send under way, which counts by itself too. All of it
// ends with that state.
//
// Functions that are async run beside others; all methods are safe for
// concurrent use.
package sockets

import (
	"context"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

// A State is what one guest has of the network. It is safe for concurrent use.
type State struct {
	guest  *guest.State
	policy *net.Policy
	// lookups has an entry for each name that is being looked up.
	lookups chan struct{}
}

// New makes the state of a guest that may do what policy grants; without a
// policy nothing is granted. What the guest opens is counted in g, and ends with
// it.
func New(g *guest.State, policy *net.Policy) *State {
	return &State{guest: g, policy: policy, lookups: make(chan struct{}, maxLookups)}
}

// A Host is the functions of wasi:sockets that belong to no resource.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.TypesHost        = Host{}
	_ gen.IPNameLookupHost = Host{}
)

// Link defines what the package has.
func (h Host) Link() gen.Host { return gen.Host{Types: h, IPNameLookup: h} }
