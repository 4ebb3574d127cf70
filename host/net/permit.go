// This file is what a Policy means to one socket of a guest.

package net

import "net/netip"

// A Permit is what a Policy grants to one socket that a guest made: who hands
// such a socket to a guest asks it before the socket is bound, listens,
// connects, sends, and hands on what it received.
//
// Any address with port 0 is what a system binds a socket to by itself, and
// what programs bind theirs to before they connect or send. That much is
// granted to all who have a policy, but nothing else with it: to listen there
// needs a grant to be bound to the address that came of it, and a UDP socket
// hears only those to whom it may send.
//
// The zero Permit grants nothing. A Permit is not safe for concurrent use.
type Permit struct {
	policy *Policy
	proto  Proto
	// bound is that the policy grants the address that the socket is bound to.
	bound bool
}

// NewPermit makes the Permit of a socket that is not bound. A nil Policy grants
// nothing.
func NewPermit(p *Policy, proto Proto) Permit { return Permit{policy: p, proto: proto} }

// Bind calls bind, which binds the socket to a, if that is granted. Errors are
// that of Policy.Check, or bind's.
func (m *Permit) Bind(a netip.AddrPort, bind func(netip.AddrPort) error) error {
	denied := m.policy.Check(m.proto, OpBind, a)
	if denied != nil && (m.policy == nil || !implicit(a)) {
		return denied
	}
	if err := bind(a); err != nil {
		return err
	}
	m.bound = denied == nil
	return nil
}

// implicit tells whether a is what a system binds a socket to that was not
// bound: any address, any port.
func implicit(a netip.AddrPort) bool { return a.Addr().IsUnspecified() && a.Port() == 0 }

// Unbound says that the socket has lost its address.
func (m *Permit) Unbound() { m.bound = false }

// Listen is why a socket that is bound to local may not listen; nil when it may.
func (m *Permit) Listen(local netip.AddrPort) error {
	if m.bound {
		return nil
	}
	return m.policy.Check(m.proto, OpBind, local)
}

// Connect is why the socket may not connect or send to a; nil when it may.
func (m *Permit) Connect(a netip.AddrPort) error { return m.policy.Check(m.proto, OpConnect, a) }

// Hears tells whether a UDP socket may have a datagram that came from from. It
// is not asked about the only peer of a socket, to which Connect was.
func (m *Permit) Hears(from netip.AddrPort) bool { return m.bound || m.Connect(from) == nil }
