package net

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/dray-wasm/dray/host"
)

// What a socket may do after it was bound somewhere, or was not.
func TestPermit(t *testing.T) {
	const (
		granted  = "127.0.0.1:80"
		implicit = "0.0.0.0:0"
	)
	policy, err := ParsePolicy("*:bind:127.0.0.1:80", "*:connect:192.0.2.1:9")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort
	bind := func(netip.AddrPort) error { return nil }
	fails := func(netip.AddrPort) error { return host.EADDRINUSE }
	friend, stranger, local := at("192.0.2.1:9"), at("192.0.2.2:9"), at("127.0.0.1:4711")
	for _, c := range []struct {
		policy *Policy
		to     string // "" is not bound
		bind   func(netip.AddrPort) error
		err    error
		everybody,
		someone bool
	}{
		{policy, "", nil, nil, false, true},
		{policy, granted, bind, nil, true, true},
		{policy, granted, fails, host.EADDRINUSE, false, true},
		{policy, implicit, bind, nil, false, true},
		{policy, "[::]:0", bind, nil, false, true},
		{policy, "0.0.0.0:80", bind, host.EACCES, false, true},
		{policy, "127.0.0.1:0", bind, host.EACCES, false, true},
		{nil, granted, bind, host.EACCES, false, false},
		{nil, implicit, bind, host.EACCES, false, false},
		{AllowAll(), implicit, bind, nil, true, true},
		{&Policy{}, implicit, bind, nil, false, false},
	} {
		for _, proto := range []Proto{ProtoTCP, ProtoUDP} {
			m := NewPermit(c.policy, proto)
			if c.to != "" {
				called := false
				err := m.Bind(at(c.to), func(a netip.AddrPort) error {
					called = true
					return c.bind(a)
				})
				if !errors.Is(err, c.err) || called == (c.err == host.EACCES) {
					t.Errorf("%v bind to %s: %v, called %v", proto, c.to, err, called)
				}
			}
			if got := m.Hears(stranger); got != c.everybody {
				t.Errorf("%v bound to %q hears a stranger: %v", proto, c.to, got)
			}
			if got := m.Hears(friend); got != c.someone {
				t.Errorf("%v bound to %q hears a friend: %v", proto, c.to, got)
			}
			if got := m.Connect(friend) == nil; got != c.someone {
				t.Errorf("%v bound to %q connects to a friend: %v", proto, c.to, got)
			}
			if got := m.Listen(local) == nil; got != c.everybody {
				t.Errorf("%v bound to %q listens: %v", proto, c.to, got)
			}
			m.Unbound()
			if all := c.policy.Check(proto, OpConnect, stranger) == nil; m.Hears(stranger) != all {
				t.Errorf("%v hears a stranger when it has lost %q", proto, c.to)
			}
		}
	}
	var none Permit
	if none.Bind(at(implicit), bind) == nil || none.Connect(friend) == nil || none.Hears(friend) || none.Listen(local) == nil {
		t.Error("the zero Permit grants something")
	}
}

func TestCheckAddresses(t *testing.T) {
	for _, c := range []struct {
		family                                 Family
		addr                                   string
		tcpLocal, tcpRemote, udpLocal, udpPeer bool
	}{
		{IPv4, "127.0.0.1:80", true, true, true, true},
		{IPv4, "127.0.0.1:0", true, false, true, false},
		{IPv4, "0.0.0.0:80", true, false, true, false},
		{IPv4, "224.0.0.1:80", false, false, true, true},
		{IPv4, "255.255.255.255:80", false, false, true, true},
		{IPv4, "[::1]:80", false, false, false, false},
		{IPv4, "[::ffff:127.0.0.1]:80", false, false, false, false},
		{IPv6, "[::1]:80", true, true, true, true},
		{IPv6, "[::]:80", true, false, true, false},
		{IPv6, "[fe80::1%2]:80", true, true, true, true},
		{IPv6, "[fe80::1%eth0]:80", false, false, false, false},
		{IPv6, "[ff02::1]:80", false, false, true, true},
		{IPv6, "127.0.0.1:80", false, false, false, false},
		{IPv6, "[::ffff:127.0.0.1]:80", false, false, false, false},
		{IPv6, "[::127.0.0.1]:80", false, false, false, false},
	} {
		a := netip.MustParseAddrPort(c.addr)
		for _, x := range []struct {
			what string
			err  error
			want bool
		}{
			{"a TCP socket at", CheckLocal(c.family, ProtoTCP, a), c.tcpLocal},
			{"a TCP peer at", CheckRemote(c.family, ProtoTCP, a), c.tcpRemote},
			{"a UDP socket at", CheckLocal(c.family, ProtoUDP, a), c.udpLocal},
			{"a UDP peer at", CheckRemote(c.family, ProtoUDP, a), c.udpPeer},
		} {
			if (x.err == nil) != x.want || x.err != nil && x.err != host.EINVAL {
				t.Errorf("%v: %s %s: %v", c.family, x.what, c.addr, x.err)
			}
		}
	}
}
