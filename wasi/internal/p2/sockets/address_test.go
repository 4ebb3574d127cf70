package sockets

import (
	"net/netip"
	"testing"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
)

// What each address is good for. A "-" is not asked: the system is not to be
// bothered.
var addressTests = []struct {
	family                              gen.IPAddressFamily
	addr                                string
	tcpBind, tcpConnect, udpBind, udpTo string
}{
	{gen.IPAddressFamilyIpv4, "127.0.0.1:0", "ok", "invalid-argument", "ok", "invalid-argument"},
	{gen.IPAddressFamilyIpv4, "0.0.0.0:0", "ok", "invalid-argument", "ok", "invalid-argument"},
	{gen.IPAddressFamilyIpv4, "0.0.0.0:47", "-", "invalid-argument", "-", "invalid-argument"},
	{gen.IPAddressFamilyIpv4, "255.255.255.255:0", "invalid-argument", "invalid-argument", "-", "invalid-argument"},
	{gen.IPAddressFamilyIpv4, "255.255.255.255:47", "invalid-argument", "invalid-argument", "-", "-"},
	{gen.IPAddressFamilyIpv4, "224.254.0.0:0", "invalid-argument", "invalid-argument", "-", "invalid-argument"},
	{gen.IPAddressFamilyIpv4, "224.254.0.0:47", "invalid-argument", "invalid-argument", "-", "-"},
	{gen.IPAddressFamilyIpv4, "192.0.2.0:0", "address-not-bindable", "invalid-argument", "address-not-bindable", "invalid-argument"},
	{gen.IPAddressFamilyIpv4, "[::1]:0", "invalid-argument", "invalid-argument", "invalid-argument", "invalid-argument"},
	{gen.IPAddressFamilyIpv4, "[::1]:47", "invalid-argument", "invalid-argument", "invalid-argument", "invalid-argument"},
	{gen.IPAddressFamilyIpv4, "[::ffff:127.0.0.1]:47", "invalid-argument", "invalid-argument", "invalid-argument", "invalid-argument"},
	{gen.IPAddressFamilyIpv6, "[::1]:0", "ok", "invalid-argument", "ok", "invalid-argument"},
	{gen.IPAddressFamilyIpv6, "[::]:0", "ok", "invalid-argument", "ok", "invalid-argument"},
	{gen.IPAddressFamilyIpv6, "[::]:47", "-", "invalid-argument", "-", "invalid-argument"},
	{gen.IPAddressFamilyIpv6, "[ff00::]:47", "invalid-argument", "invalid-argument", "-", "-"},
	{gen.IPAddressFamilyIpv6, "[2001:db8::]:0", "address-not-bindable", "invalid-argument", "address-not-bindable", "invalid-argument"},
	{gen.IPAddressFamilyIpv6, "127.0.0.1:0", "invalid-argument", "invalid-argument", "invalid-argument", "invalid-argument"},
	{gen.IPAddressFamilyIpv6, "127.0.0.1:47", "invalid-argument", "invalid-argument", "invalid-argument", "invalid-argument"},
	{gen.IPAddressFamilyIpv6, "[::ffff:127.0.0.1]:0", "invalid-argument", "invalid-argument", "invalid-argument", "invalid-argument"},
	{gen.IPAddressFamilyIpv6, "[::ffff:127.0.0.1]:47", "invalid-argument", "invalid-argument", "invalid-argument", "invalid-argument"},
	{gen.IPAddressFamilyIpv6, "[::ffff:0.0.0.0]:47", "invalid-argument", "invalid-argument", "invalid-argument", "invalid-argument"},
	{gen.IPAddressFamilyIpv6, "[::127.0.0.1]:47", "invalid-argument", "invalid-argument", "invalid-argument", "invalid-argument"},
}

func TestAddresses(t *testing.T) {
	g := newGuest(t, net.AllowAll())
	have := families(t)
	for _, tt := range addressTests {
		if int(tt.family) >= len(have) {
			continue
		}
		a := at(tt.addr)
		check := func(what, want string, f func() error) {
			if want != "-" {
				g.is(what+" "+tt.addr+" with "+tt.family.String(), f(), want)
			}
		}
		check("tcp start-bind", tt.tcpBind, func() error { return g.tcp(tt.family).StartBind(g.ctx, g.net, a) })
		check("tcp start-connect", tt.tcpConnect, func() error { return g.tcp(tt.family).StartConnect(g.ctx, g.net, a) })
		check("udp start-bind", tt.udpBind, func() error { return g.udp(tt.family).StartBind(g.ctx, g.net, a) })
		check("udp stream", tt.udpTo, func() error {
			_, err := g.udpIn(tt.family, 2).Stream(g.ctx, &a)
			return err
		})
		check("udp send", tt.udpTo, func() error {
			x := must(g.udpIn(tt.family, 2).Stream(g.ctx, nil))(g)
			_, err := g.send(x.F1, gen.OutgoingDatagram{RemoteAddress: &a})
			return err
		})
	}
}

// Addresses and their forms in the guest belong together.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "::", "::1", "::ffff:1.2.3.4", "fe80::1", "ff02::1", "255.255.255.255"} {
		b, _ := netip.MustParseAddr(s).MarshalBinary()
		f.Add(b, uint16(80), uint32(0))
		f.Add(b, uint16(0), uint32(7))
	}
	f.Fuzz(func(t *testing.T, b []byte, port uint16, scope uint32) {
		ip, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		guest := toSocketAddress(netip.AddrPortFrom(ip, port))
		family := gen.IPAddressFamily(guest.Case)
		if guest.Ipv6.ScopeID = 0; family == gen.IPAddressFamilyIpv6 {
			guest.Ipv6.ScopeID = scope
		}
		a, err := fromGuest(family, guest)
		if err != nil {
			if hostFamily(family).Has(ip.Unmap()) {
				t.Fatalf("%v: %v", ip, err)
			}
			return
		}
		back := toSocketAddress(a)
		if !a.Addr().IsLinkLocalUnicast() && !a.Addr().IsLinkLocalMulticast() {
			guest.Ipv6.ScopeID = 0
		}
		if back != guest || a.Addr().WithZone("") != ip.Unmap() || a.Port() != port {
			t.Fatalf("%v became %v and %v", guest, a, back)
		}
		if _, err := fromGuest(1-family, guest); err != gen.ErrorCodeInvalidArgument {
			t.Fatalf("the other family: %v", err)
		}
	})
}
