// Package inet is the addresses of wasi:sockets, which are the same tuples in
// all its versions, in the form of the host.
package inet

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/dray-wasm/dray/bind"
)

// An IPv4 is an ipv4-address: its four bytes.
type IPv4 = bind.Tuple4[uint8, uint8, uint8, uint8]

// An IPv6 is an ipv6-address: its eight words.
type IPv6 = bind.Tuple8[uint16, uint16, uint16, uint16, uint16, uint16, uint16, uint16]

// From4 is an address of a guest.
func From4(a IPv4) netip.Addr { return netip.AddrFrom4([4]byte{a.F0, a.F1, a.F2, a.F3}) }

// From6 is an address of a guest on the interface of a number, 0 for none. The
// number counts only where the address has a scope that needs one.
func From6(a IPv6, scope uint32) netip.Addr {
	var b [16]byte
	for i, x := range [8]uint16{a.F0, a.F1, a.F2, a.F3, a.F4, a.F5, a.F6, a.F7} {
		binary.BigEndian.PutUint16(b[2*i:], x)
	}
	ip := netip.AddrFrom16(b)
	if scope != 0 && (ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast()) {
		ip = ip.WithZone(strconv.FormatUint(uint64(scope), 10))
	}
	return ip
}

// To4 is an IPv4 address for a guest.
func To4(a netip.Addr) IPv4 {
	b := a.As4()
	return IPv4{F0: b[0], F1: b[1], F2: b[2], F3: b[3]}
}

// To6 is an IPv6 address for a guest.
func To6(a netip.Addr) IPv6 {
	b := a.As16()
	at := func(i int) uint16 { return binary.BigEndian.Uint16(b[2*i:]) }
	return IPv6{F0: at(0), F1: at(1), F2: at(2), F3: at(3), F4: at(4), F5: at(5), F6: at(6), F7: at(7)}
}

// Scope is the number of the interface that an address is on; 0 without one.
// Zones are numbers here: the names of interfaces are the host's.
func Scope(a netip.Addr) uint32 {
	n, err := strconv.ParseUint(a.Zone(), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
