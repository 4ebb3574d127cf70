// This file dials as a Policy allows it, for the programs of the host that act
// for a guest.

package net

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/dray-wasm/dray/host"
)

// fallbackDelay is how long the addresses of one family are tried alone.
const fallbackDelay = 300 * time.Millisecond

// DialContext connects to an address such as "example.com:443", as that of
// net.Dialer does, and only to addresses that the Policy grants: names are
// resolved and pinned as Lookup says, and each address is checked. The network
// is "tcp" or "udp", or one of these followed by 4 or 6. What is not granted
// is an error that wraps host.EACCES.
func (p *Policy) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	proto, family, err := dialNetwork(network)
	if err != nil {
		return nil, err
	}
	name, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := net.DefaultResolver.LookupPort(ctx, network, service)
	if err != nil {
		return nil, err
	}
	found, err := p.Lookup(ctx, name)
	if err != nil {
		return nil, err
	}
	var addrs []netip.AddrPort
	var denied error
	for _, ip := range found {
		if family == 4 && !ip.Is4() || family == 6 && !ip.Is6() {
			continue
		}
		ip = reached(ip)
		a := netip.AddrPortFrom(ip, uint16(port))
		if err := p.Check(proto, OpConnect, a); err != nil {
			denied = err
			continue
		}
		addrs = append(addrs, a)
	}
	switch {
	case len(addrs) > 0:
		return dialAll(ctx, network, addrs)
	case denied != nil:
		return nil, denied
	}
	return nil, fmt.Errorf("dial %s %s: it has no address of that family: %w", network, address, host.EADDRNOTAVAIL)
}

// reached is the address at which a connect to ip arrives: one to the
// unspecified address stays on this host.
func reached(ip netip.Addr) netip.Addr {
	switch {
	case !ip.IsUnspecified():
		return ip
	case ip.Is4():
		return localhostAddrs[0]
	}
	return localhostAddrs[1]
}

func dialNetwork(network string) (proto Proto, family int, err error) {
	switch network {
	case "tcp":
		return ProtoTCP, 0, nil
	case "tcp4":
		return ProtoTCP, 4, nil
	case "tcp6":
		return ProtoTCP, 6, nil
	case "udp":
		return ProtoUDP, 0, nil
	case "udp4":
		return ProtoUDP, 4, nil
	case "udp6":
		return ProtoUDP, 6, nil
	}
	return 0, 0, fmt.Errorf("dial: network %q is not one of tcp, tcp4, tcp6, udp, udp4, udp6: %w", network, host.EINVAL)
}

// dialAll tries the family of the first address, and after a while the other
// one too. The first connection wins.
func dialAll(ctx context.Context, network string, addrs []netip.AddrPort) (net.Conn, error) {
	var first, rest []netip.AddrPort
	for _, a := range addrs {
		if a.Addr().Is4() == addrs[0].Addr().Is4() {
			first = append(first, a)
		} else {
			rest = append(rest, a)
		}
	}
	if len(rest) == 0 {
		return dialSerial(ctx, network, first)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		c   net.Conn
		err error
	}
	results := make(chan result)
	dial := func(addrs []netip.AddrPort) {
		c, err := dialSerial(ctx, network, addrs)
		select {
		case results <- result{c, err}:
		case <-ctx.Done():
			if c != nil {
				c.Close()
			}
		}
	}
	go dial(first)
	late := time.NewTimer(fallbackDelay)
	defer late.Stop()
	var failed error
	for running, started := 1, false; ; {
		select {
		case <-late.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		case r := <-results:
			running--
			switch {
			case r.err == nil:
				return r.c, nil
			case failed == nil:
				failed = r.err
			}
			if started && running == 0 {
				return nil, failed
			}
		}
		if !started {
			started = true
			running++
			go dial(rest)
		}
	}
}

// dialSerial tries one address after the other, each for its share of the time.
func dialSerial(ctx context.Context, network string, addrs []netip.AddrPort) (net.Conn, error) {
	var failed error
	for i, a := range addrs {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c, err := dialOne(ctx, network, a, len(addrs)-i)
		if err == nil {
			return c, nil
		}
		if failed == nil {
			failed = err
		}
	}
	return nil, failed
}

func dialOne(ctx context.Context, network string, a netip.AddrPort, left int) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok && left > 1 {
		share := max(time.Until(deadline)/time.Duration(left), 2*time.Second)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, share)
		defer cancel()
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, network, a.String())
	if err != nil && errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = ctx.Err()
	}
	return c, err
}
