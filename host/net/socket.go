// This file is what TCP and UDP sockets of a guest's own have in common: the
// names of families, protocols and operations, and the checks of addresses.
//
// A TCP or a UDP is one descriptor of the operating system, non-blocking: no
// method waits. A method that would have to answers host.EAGAIN, and there is
// a stream.Waitable that becomes ready when it is worth another try.
//
// The connection of a TCP has two ends, an Input and an Output. The socket and
// each end are closed by themselves and in any order; the descriptor is closed
// with the last of them. Closing an end tells the peer nothing: Shutdown does.
//
// No socket asks for a grant. Whoever hands sockets to a guest calls
// Policy.Check before Bind, before StartConnect, and before each address that
// a UDP connects or sends to.
//
// The errors are of type host.Errno, bare:
//
//	EINVAL         an argument is wrong: an address of the other family, an
//	               IPv6 address that stands for one of IPv4 (::ffff:a.b.c.d,
//	               ::a.b.c.d), one that is not unicast where it
//	               must be, a peer without an address or a port, an option
//	               that is 0
//	EISCONN        the socket is past the state in which this can be asked: it
//	               is bound, listens, or is connected already
//	ENOTCONN       it is not yet there: not bound, not listening, not
//	               connecting, not connected; or its attempt to connect failed
//	EALREADY       it is connecting
//	EAGAIN         not yet
//	EBADF          it is closed
//	ENOTSUP        the system cannot do this; from NewTCP and NewUDP on systems
//	               other than Unix, within an error that says so
//	EAFNOSUPPORT   the system has no such family (from NewTCP and NewUDP)
//
// and what the system says: EADDRINUSE, EADDRNOTAVAIL, EACCES, ECONNREFUSED,
// ECONNRESET, ECONNABORTED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EMSGSIZE,
// EMFILE, ENFILE, ENOBUFS, and so on. A connect for which no port of the
// system's own choice is left is EADDRINUSE, whatever the system calls it.
//
// The zone of an IPv6 address is the number of its interface in decimal, its
// scope id: "fe80::1%2". Other zones are host.EINVAL, 0 too.

package net

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/dray-wasm/dray/host"
)

// A Family is a version of the Internet protocol.
type Family uint8

// The families. There are no sockets of both.
const (
	IPv4 Family = iota
	IPv6
)

func (f Family) String() string {
	if f == IPv4 {
		return "IPv4"
	}
	return "IPv6"
}

// A Proto is a protocol above IP.
type Proto uint8

// The protocols.
const (
	ProtoTCP Proto = iota
	ProtoUDP
)

func (p Proto) String() string {
	if p == ProtoTCP {
		return "tcp"
	}
	return "udp"
}

// An Op is what a guest does with an address.
type Op uint8

const (
	// OpBind is to bind to a local address, and to listen on and receive from
	// it.
	OpBind Op = iota
	// OpConnect is to connect to an address, and to send datagrams to it.
	OpConnect
)

func (o Op) String() string {
	if o == OpBind {
		return "bind"
	}
	return "connect"
}

// unspecified is the address that stands for none or all of a family.
func (f Family) unspecified() netip.Addr {
	if f == IPv4 {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// Has reports whether a is an address of the family. One of IPv6 that stands for
// one of IPv4 is of none.
func (f Family) Has(a netip.Addr) bool {
	if f == IPv4 {
		return a.Is4()
	}
	return a.Is6() && !a.Is4In6() && !isIPv4Compatible(a)
}

// isIPv4Compatible tells whether a is of the form ::a.b.c.d, which systems
// treat in different ways and nobody uses.
func isIPv4Compatible(a netip.Addr) bool {
	b := a.As16()
	return [12]byte(b[:12]) == [12]byte{} && binary.BigEndian.Uint32(b[12:]) > 1
}

// CheckLocal is host.EINVAL when no socket of the family and protocol can be
// bound to a, whatever the system has: Bind would say so too.
func CheckLocal(f Family, p Proto, a netip.AddrPort) error { return checkLocal(f, a, p == ProtoTCP) }

// CheckRemote is host.EINVAL when a can be nobody's address, or is of another
// family: connecting and sending would say so too.
func CheckRemote(f Family, p Proto, a netip.AddrPort) error { return checkRemote(f, a, p == ProtoTCP) }

// checkLocal says whether a socket of the family may be bound to a.
func checkLocal(f Family, a netip.AddrPort, unicast bool) error {
	ip := a.Addr()
	if !f.Has(ip) || unicast && !isUnicast(ip) && !ip.IsUnspecified() {
		return host.EINVAL
	}
	_, err := zoneOf(ip)
	return err
}

// checkRemote says whether a can be the peer of a socket of the family.
func checkRemote(f Family, a netip.AddrPort, unicast bool) error {
	ip := a.Addr()
	if !f.Has(ip) || ip.IsUnspecified() || a.Port() == 0 || unicast && !isUnicast(ip) {
		return host.EINVAL
	}
	_, err := zoneOf(ip)
	return err
}

func isUnicast(ip netip.Addr) bool {
	return !ip.IsMulticast() && ip != broadcast && !ip.IsUnspecified()
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// zoneOf is the number of the interface that an address is on, or 0.
func zoneOf(ip netip.Addr) (uint32, error) {
	zone := ip.Zone()
	if zone == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(zone, 10, 32)
	if err != nil || zone[0] == '0' {
		return 0, host.EINVAL
	}
	return uint32(n), nil
}

// withZone is ip on the interface of that number.
func withZone(ip netip.Addr, zone uint32) netip.Addr {
	if zone == 0 {
		return ip
	}
	return ip.WithZone(strconv.FormatUint(uint64(zone), 10))
}
