package sockets

// This file is addresses: from and to the guest's form.

import (
	"net/netip"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
	"github.com/dray-wasm/dray/wasi/internal/inet"
)

// familyOf is a family in the terms of the host.
func familyOf(f gen.IPAddressFamily) net.Family {
	if f == gen.IPAddressFamilyIpv6 {
		return net.IPv6
	}
	return net.IPv4
}

// toFamily is a family in the terms of the guest.
func toFamily(f net.Family) gen.IPAddressFamily {
	if f == net.IPv6 {
		return gen.IPAddressFamilyIpv6
	}
	return gen.IPAddressFamilyIpv4
}

// anywhere is what a system binds a socket to by itself.
func anywhere(f net.Family) netip.AddrPort {
	if f == net.IPv6 {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), 0)
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
}

// fromGuest is an address of either family. The flow label is not used.
func fromGuest(a *gen.IPSocketAddress) netip.AddrPort {
	if a.Case == gen.IPSocketAddressIpv4 {
		return netip.AddrPortFrom(inet.From4(a.Ipv4.Address), a.Ipv4.Port)
	}
	return netip.AddrPortFrom(inet.From6(a.Ipv6.Address, a.Ipv6.ScopeID), a.Ipv6.Port)
}

// toAddress is an address as the guest sees it, never an IPv4-mapped one.
func toAddress(a netip.Addr) gen.IPAddress {
	if a = a.Unmap(); a.Is4() {
		return gen.IPAddress{Case: gen.IPAddressIpv4, Ipv4: inet.To4(a)}
	}
	return gen.IPAddress{Case: gen.IPAddressIpv6, Ipv6: inet.To6(a)}
}

// toSocketAddress is where a socket is, as the guest sees it.
func toSocketAddress(a netip.AddrPort) gen.IPSocketAddress {
	ip := a.Addr().Unmap()
	if ip.Is4() {
		return gen.IPSocketAddress{
			Case: gen.IPSocketAddressIpv4,
			Ipv4: gen.Ipv4SocketAddress{Port: a.Port(), Address: inet.To4(ip)},
		}
	}
	return gen.IPSocketAddress{
		Case: gen.IPSocketAddressIpv6,
		Ipv6: gen.Ipv6SocketAddress{Port: a.Port(), Address: inet.To6(ip), ScopeID: inet.Scope(ip)},
	}
}

// address is what get gives, unless there is a reason to refuse.
func address(refused error, get func() (netip.AddrPort, error)) (gen.IPSocketAddress, error) {
	if refused != nil {
		return gen.IPSocketAddress{}, refused
	}
	a, err := get()
	if err != nil {
		return gen.IPSocketAddress{}, codeOf(err)
	}
	return toSocketAddress(a), nil
}
