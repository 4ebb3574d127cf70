package sockets

// This file is addresses: from and to the guest's form, and which of them a
// socket can be bound or connected to.

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
)

func addrOf4(a gen.Ipv4Address) netip.Addr {
	return netip.AddrFrom4([4]byte{a.F0, a.F1, a.F2, a.F3})
}

func addrOf6(a gen.Ipv6Address) netip.Addr {
	var b [16]byte
	for i, x := range [8]uint16{a.F0, a.F1, a.F2, a.F3, a.F4, a.F5, a.F6, a.F7} {
		binary.BigEndian.PutUint16(b[2*i:], x)
	}
	return netip.AddrFrom16(b)
}

func toIpv4(a netip.Addr) gen.Ipv4Address {
	b := a.As4()
	return gen.Ipv4Address{F0: b[0], F1: b[1], F2: b[2], F3: b[3]}
}

func toIpv6(a netip.Addr) gen.Ipv6Address {
	b := a.As16()
	at := func(i int) uint16 { return binary.BigEndian.Uint16(b[2*i:]) }
	return gen.Ipv6Address{F0: at(0), F1: at(1), F2: at(2), F3: at(3), F4: at(4), F5: at(5), F6: at(6), F7: at(7)}
}

// toIPAddress is an address as the guest sees it, never an IPv4-mapped one.
func toIPAddress(a netip.Addr) gen.IPAddress {
	if a = a.Unmap(); a.Is4() {
		return gen.IPAddress{Case: gen.IPAddressIpv4, Ipv4: toIpv4(a)}
	}
	return gen.IPAddress{Case: gen.IPAddressIpv6, Ipv6: toIpv6(a)}
}

// toSocketAddress is where a socket is, as the guest sees it.
func toSocketAddress(a netip.AddrPort) gen.IPSocketAddress {
	ip := a.Addr().Unmap()
	if ip.Is4() {
		return gen.IPSocketAddress{
			Case: gen.IPSocketAddressIpv4,
			Ipv4: gen.Ipv4SocketAddress{Port: a.Port(), Address: toIpv4(ip)},
		}
	}
	return gen.IPSocketAddress{
		Case: gen.IPSocketAddressIpv6,
		Ipv6: gen.Ipv6SocketAddress{Port: a.Port(), Address: toIpv6(ip), ScopeID: scopeOf(ip)},
	}
}

// scopeOf is the number of an address's zone; 0 without one. Zones are numbers
// here: the names of interfaces are the host's.
func scopeOf(a netip.Addr) uint32 {
	n, err := strconv.ParseUint(a.Zone(), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// fromGuest is a, where it is of the family. Its flow label is not used, and
// its scope only where the address has one.
func fromGuest(family gen.IPAddressFamily, a gen.IPSocketAddress) (netip.AddrPort, error) {
	switch {
	case a.Case == gen.IPSocketAddressIpv4 && family == gen.IPAddressFamilyIpv4:
		return netip.AddrPortFrom(addrOf4(a.Ipv4.Address), a.Ipv4.Port), nil
	case a.Case == gen.IPSocketAddressIpv6 && family == gen.IPAddressFamilyIpv6:
		ip := addrOf6(a.Ipv6.Address)
		if ip.Is4In6() || isIPv4Compatible(ip) {
			return netip.AddrPort{}, gen.ErrorCodeInvalidArgument
		}
		if s := a.Ipv6.ScopeID; s != 0 && (ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast()) {
			ip = ip.WithZone(strconv.FormatUint(uint64(s), 10))
		}
		return netip.AddrPortFrom(ip, a.Ipv6.Port), nil
	}
	return netip.AddrPort{}, gen.ErrorCodeInvalidArgument
}

// isIPv4Compatible tells whether a is of the form ::a.b.c.d, which systems
// treat in different ways and nobody uses.
func isIPv4Compatible(a netip.Addr) bool {
	b := a.As16()
	return [12]byte(b[:12]) == [12]byte{} && binary.BigEndian.Uint32(b[12:]) > 1
}

// unicast is why a TCP socket cannot have the address; nil when it can.
func unicast(a netip.AddrPort) error {
	if ip := a.Addr(); ip.IsMulticast() || ip == broadcast {
		return gen.ErrorCodeInvalidArgument
	}
	return nil
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// remote is why nobody can be at the address; nil when somebody can.
func remote(a netip.AddrPort) error {
	if a.Addr().IsUnspecified() || a.Port() == 0 {
		return gen.ErrorCodeInvalidArgument
	}
	return nil
}

// implicit tells whether a is what a system binds a socket to that was not
// bound: any address, any port. It says nothing about who may be spoken to.
func implicit(a netip.AddrPort) bool { return a.Addr().IsUnspecified() && a.Port() == 0 }
