// This file is which addresses a guest may use.

package net

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/dray-wasm/dray/host"
)

// A Policy says which addresses a guest may use and which names it may look
// up. What is not granted is denied; a nil Policy denies everything. A Policy
// is safe for concurrent use.
//
// A grant to connect to, or to bind to, a name is a grant of the addresses that
// the name had when it was first looked up through the Policy, by Lookup, Pin
// or DialContext. They are pinned: the Policy never asks for the name again, so
// that whoever owns the name cannot lead the guest elsewhere later. A look-up
// that fails pins nothing.
//
// A name never grants a loopback, unspecified, link-local, multicast or
// broadcast address, nor one of IPv6 that routers translate to such a one:
// whoever owns it must not reach what the host offers only to itself. The
// exceptions are localhost and the names below it, which are 127.0.0.1 and ::1
// without a look-up, and nothing else. A grant of such an address itself holds
// whatever a name says.
type Policy struct {
	all     bool
	grants  []grant
	resolve Resolver
	pins    pins
}

// ParsePolicy makes a Policy of grants in text. Each is
//
//	PROTO:OP:HOST:PORT
//	resolve:HOST
//
// PROTO is tcp, udp or *. OP is bind (and listen on, receive from), connect
// (and send to) or *. HOST is
//
//   - a name: example.com
//   - all names below one: *.example.com
//   - an address: 10.0.0.1, [fd00::1]
//   - a range of addresses: 10.0.0.0/8, [fd00::/8]
//   - all: *
//
// PORT is a number, a range such as 8000-8080, or *. To bind to a port of the
// system's choice is to bind to port 0. The unspecified address, which is all
// interfaces, is granted by itself, by a range of all addresses, or by *.
//
// A grant of a name also allows its look-up, and one to connect to * that of
// all names; resolve allows a look-up and nothing else.
func ParsePolicy(grants ...string) (*Policy, error) {
	p := &Policy{}
	for _, text := range grants {
		g, err := parseGrant(text)
		if err != nil {
			return nil, fmt.Errorf("network grant %q: %w", text, err)
		}
		p.grants = append(p.grants, g)
	}
	return p, nil
}

// AllowAll is the Policy that denies nothing. It pins no names.
func AllowAll() *Policy { return &Policy{all: true} }

// Union is a Policy that grants what any of these grants, with the Resolver of
// the first that has one. Names are pinned anew. A nil Policy adds nothing.
func Union(ps ...*Policy) *Policy {
	u := &Policy{}
	for _, p := range ps {
		if p == nil {
			continue
		}
		u.all = u.all || p.all
		for _, g := range p.grants {
			if !slices.Contains(u.grants, g) {
				u.grants = append(u.grants, g)
			}
		}
		if u.resolve == nil {
			u.resolve = p.resolve
		}
	}
	return u
}

// WithResolver is the same Policy, whose names r resolves and are pinned anew.
func (p *Policy) WithResolver(r Resolver) *Policy {
	u := Union(p)
	u.resolve = r
	return u
}

// Grants are the texts of which the Policy was made; "*:*:*:*" alone when it
// denies nothing.
func (p *Policy) Grants() []string {
	switch {
	case p == nil:
		return nil
	case p.all:
		return []string{"*:*:*:*"}
	}
	texts := make([]string, len(p.grants))
	for i, g := range p.grants {
		texts[i] = g.text
	}
	return texts
}

// Check says whether the guest may do op with an address: nil, or an error that
// wraps host.EACCES and names the address. It asks nobody: a name that was not
// yet looked up grants nothing.
func (p *Policy) Check(proto Proto, op Op, a netip.AddrPort) error {
	if p != nil && p.allows(proto, op, a) {
		return nil
	}
	return &DeniedError{Proto: proto, Op: op, Addr: a}
}

func (p *Policy) allows(proto Proto, op Op, a netip.AddrPort) bool {
	if p.all {
		return true
	}
	ip := plain(a.Addr())
	named := false
	for i := range p.grants {
		g := &p.grants[i]
		if !g.covers(proto, op, a.Port()) {
			continue
		}
		if g.host.hasAddr(ip) {
			return true
		}
		named = named || g.host.isName()
	}
	return named && p.pins.any(ip, func(i int) bool {
		return p.grants[i].covers(proto, op, a.Port())
	})
}

// grantsAddr reports whether some grant is of the address itself.
func (p *Policy) grantsAddr(ip netip.Addr) bool {
	return p.all || slices.ContainsFunc(p.grants, func(g grant) bool {
		return g.ops != 0 && g.host.hasAddr(ip)
	})
}

// plain is ip as grants have it: without a zone, and IPv4 as such.
func plain(ip netip.Addr) netip.Addr { return ip.Unmap().WithZone("") }

// A DeniedError is that a Policy does not grant an address. It wraps
// host.EACCES.
type DeniedError struct {
	Proto Proto
	Op    Op
	Addr  netip.AddrPort
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("%v %v to %v is not granted", e.Proto, e.Op, e.Addr)
}

// Unwrap is host.EACCES.
func (e *DeniedError) Unwrap() error { return host.EACCES }
