package sockets

// This file is addresses: from and to the guest's form, and which of them a
// socket can be bound or connected to.

import (
	"net/netip"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	"github.com/dray-wasm/dray/wasi/internal/inet"
)

// toIPAddress is an address as the guest sees it, never an IPv4-mapped one.
func toIPAddress(a netip.Addr) gen.IPAddress {
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

// fromGuest is a, where it is of the family. Its flow label is not used, and
// its scope only where the address has one.
func fromGuest(family gen.IPAddressFamily, a gen.IPSocketAddress) (netip.AddrPort, error) {
	ip, port := inet.From4(a.Ipv4.Address), a.Ipv4.Port
	if a.Case == gen.IPSocketAddressIpv6 {
		ip, port = inet.From6(a.Ipv6.Address, a.Ipv6.ScopeID), a.Ipv6.Port
	}
	if !hostFamily(family).Has(ip) {
		return netip.AddrPort{}, gen.ErrorCodeInvalidArgument
	}
	return netip.AddrPortFrom(ip, port), nil
}

// localOf is the address to bind a socket to.
func localOf(family gen.IPAddressFamily, proto net.Proto, a gen.IPSocketAddress) (netip.AddrPort, error) {
	local, err := fromGuest(family, a)
	if err == nil {
		err = codeOf(net.CheckLocal(hostFamily(family), proto, local))
	}
	return local, err
}

// remoteOf is the address of a peer.
func remoteOf(family gen.IPAddressFamily, proto net.Proto, a gen.IPSocketAddress) (netip.AddrPort, error) {
	remote, err := fromGuest(family, a)
	if err == nil {
		err = codeOf(net.CheckRemote(hostFamily(family), proto, remote))
	}
	return remote, err
}
