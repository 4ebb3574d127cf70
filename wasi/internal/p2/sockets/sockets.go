// Package sockets is the host's side of wasi:sockets 0.2: TCP and UDP sockets
// and the lookup of names, over host/net.
//
// A guest reaches what its [net.Policy] grants, and without one nothing: no
// socket is made then, and no name looked up. Addresses are checked, as
// [net.Permit] says, when a socket is bound, connected, or sends to one.
//
// The methods of resources are called by one guest at a time; what runs beside
// it, and the end of its p2io.State, may come from anywhere.
package sockets

import (
	"context"

	"github.com/dray-wasm/dray/host/net"
	wasi_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A State is what one guest has of the network.
type State struct {
	io      *p2io.State
	policy  *net.Policy
	network *Network
	// lookups has an entry for each name that is being looked up.
	lookups chan struct{}
	// datagram is where datagrams are received; nil until one is.
	datagram []byte
}

// New makes the state of a guest that may do what policy grants; without a
// policy it is denied everything. What the guest opens is counted in io, and
// ends with it.
func New(io *p2io.State, policy *net.Policy) *State {
	s := &State{io: io, policy: policy, lookups: make(chan struct{}, maxLookups)}
	s.network = &Network{s}
	return s
}

// A Host is the functions of wasi:sockets that belong to no resource.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.NetworkHost         = Host{}
	_ gen.InstanceNetworkHost = Host{}
	_ gen.IPNameLookupHost    = Host{}
	_ gen.TCPHost             = Host{}
	_ gen.TCPCreateSocketHost = Host{}
	_ gen.UDPHost             = Host{}
	_ gen.UDPCreateSocketHost = Host{}
)

// Link defines what the package has.
func (h Host) Link() gen.Host {
	return gen.Host{
		Network: h, InstanceNetwork: h, IPNameLookup: h,
		TCP: h, TCPCreateSocket: h, UDP: h, UDPCreateSocket: h,
	}
}

// A Network is the resource network. A guest has one, with the grants of its
// policy.
type Network struct{ st *State }

var _ gen.Network = (*Network)(nil)

// permit is what the network grants to a socket.
func (n *Network) permit(proto net.Proto) net.Permit { return net.NewPermit(n.st.policy, proto) }

// Drop implements gen.Network.
func (*Network) Drop(context.Context) error { return nil }

// InstanceNetwork gives the network of the guest.
func (h Host) InstanceNetwork(ctx context.Context) (gen.Network, error) {
	return h.Of(ctx).network, nil
}

// NetworkErrorCode is the code in the error of a connection's stream.
func (h Host) NetworkErrorCode(_ context.Context, err wasi_io.Error) (*gen.ErrorCode, error) {
	e, isError := err.(*p2io.Error)
	if !isError {
		return nil, nil
	}
	return networkErrorCode(e), nil
}
