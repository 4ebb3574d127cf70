// This file is one grant of a Policy, and how it is written.

package net

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A grant is one line of a Policy.
type grant struct {
	text   string
	protos uint8 // a set of Proto
	ops    uint8 // a set of Op; none: look-up alone
	host   hostPattern
	lo, hi uint16 // ports
}

// covers reports whether the grant is about such a use, of some address.
func (g *grant) covers(proto Proto, op Op, port uint16) bool {
	return g.protos&(1<<proto) != 0 && g.ops&(1<<op) != 0 && g.lo <= port && port <= g.hi
}

// looksUp reports whether the grant allows to look up a name.
func (g *grant) looksUp(name string) bool {
	if g.host.kind == hostAny {
		return g.ops == 0 || g.ops&(1<<OpConnect) != 0
	}
	return g.host.hasName(name)
}

// pins reports whether the addresses of a name become those of the grant.
func (g *grant) pins(name string) bool { return g.ops != 0 && g.host.hasName(name) }

// A hostPattern is hosts: by name or by address.
type hostPattern struct {
	kind   hostKind
	name   string       // hostName; with the dot in front, hostBelow
	prefix netip.Prefix // hostAddrs
}

type hostKind uint8

const (
	hostAny hostKind = iota
	hostName
	hostBelow
	hostAddrs
)

func (h *hostPattern) isName() bool { return h.kind == hostName || h.kind == hostBelow }

func (h *hostPattern) hasName(name string) bool {
	switch h.kind {
	case hostName:
		return name == h.name
	case hostBelow:
		return len(name) > len(h.name) && strings.HasSuffix(name, h.name)
	}
	return false
}

// hasAddr is about an address by itself. The unspecified address means more
// than what is next to it: no range has it but that of all.
func (h *hostPattern) hasAddr(ip netip.Addr) bool {
	switch {
	case h.kind == hostAny:
		return true
	case h.kind != hostAddrs || !h.prefix.Contains(ip):
		return false
	}
	return !ip.IsUnspecified() || h.prefix.Bits() == 0 || h.prefix.IsSingleIP()
}

const grantForm = "PROTO:OP:HOST:PORT, such as tcp:connect:example.com:443, or resolve:HOST"

func parseGrant(text string) (grant, error) {
	g := grant{text: text}
	proto, rest, ok := strings.Cut(text, ":")
	if !ok {
		return grant{}, fmt.Errorf("a grant has the form %s", grantForm)
	}
	var err error
	if proto == "resolve" {
		if g.host, err = parseHost(rest); err != nil {
			return grant{}, err
		}
		if g.host.kind == hostAddrs {
			return grant{}, fmt.Errorf("resolve takes a name, and %s is an address", rest)
		}
		return g, nil
	}
	if g.protos, ok = parseSet(proto, ProtoTCP.String(), ProtoUDP.String()); !ok {
		return grant{}, fmt.Errorf("protocol %q is not one of tcp, udp, *, resolve", proto)
	}
	op, rest, ok := strings.Cut(rest, ":")
	if !ok {
		return grant{}, fmt.Errorf("no host and port; a grant has the form %s", grantForm)
	}
	if g.ops, ok = parseSet(op, OpBind.String(), OpConnect.String()); !ok {
		return grant{}, fmt.Errorf("operation %q is not one of bind, connect, *", op)
	}
	at := strings.LastIndexByte(rest, ':')
	if at < 0 || strings.HasSuffix(rest, "]") {
		return grant{}, fmt.Errorf("no port after host %q; * stands for all ports", rest)
	}
	if g.host, err = parseHost(rest[:at]); err != nil {
		return grant{}, err
	}
	if g.lo, g.hi, err = parsePorts(rest[at+1:]); err != nil {
		return grant{}, err
	}
	return g, nil
}

// parseSet is which of two words are meant, as bits.
func parseSet(text, first, second string) (uint8, bool) {
	switch text {
	case first:
		return 1, true
	case second:
		return 2, true
	case "*":
		return 3, true
	}
	return 0, false
}

func parseHost(text string) (hostPattern, error) {
	switch {
	case text == "":
		return hostPattern{}, fmt.Errorf("no host; * stands for all")
	case text == "*":
		return hostPattern{}, nil
	case text[0] == '[':
		inner, ok := strings.CutSuffix(text[1:], "]")
		if !ok {
			return hostPattern{}, fmt.Errorf("host %q has no ] at its end; a range is written [fd00::/8]", text)
		}
		return parseAddrs(inner, true)
	case strings.Contains(text, ":"):
		return hostPattern{}, fmt.Errorf("host %q contains a colon; an IPv6 address is written in brackets, as [::1]", text)
	case strings.Contains(text, "/") || endsInNumber(text):
		return parseAddrs(text, false)
	}
	if below, ok := strings.CutPrefix(text, "*."); ok {
		name, err := asciiName(below)
		if err != nil {
			return hostPattern{}, err
		}
		return hostPattern{kind: hostBelow, name: "." + name}, nil
	}
	if strings.Contains(text, "*") {
		return hostPattern{}, fmt.Errorf("host %q: * stands alone, or at the front as in *.example.com", text)
	}
	name, err := asciiName(text)
	if err != nil {
		return hostPattern{}, err
	}
	return hostPattern{kind: hostName, name: name}, nil
}

// parseAddrs reads an address or a range, of IPv6 when it was in brackets.
func parseAddrs(text string, six bool) (hostPattern, error) {
	prefix, err := netip.ParsePrefix(text)
	if !strings.Contains(text, "/") {
		var ip netip.Addr
		if ip, err = netip.ParseAddr(text); err == nil && ip.Zone() != "" {
			return hostPattern{}, fmt.Errorf("address %s has a zone; a grant holds for all interfaces", text)
		}
		prefix = netip.PrefixFrom(ip, ip.BitLen())
	}
	ip := prefix.Addr()
	switch {
	case err != nil:
		return hostPattern{}, fmt.Errorf("%q is no IP address and no range such as 10.0.0.0/8", text)
	case ip.Is4In6():
		return hostPattern{}, fmt.Errorf("%s stands for an IPv4 address; write that instead", text)
	case ip.Is6() != six:
		return hostPattern{}, fmt.Errorf("address %s: IPv6 is written in brackets, and IPv4 without", text)
	case prefix != prefix.Masked():
		return hostPattern{}, fmt.Errorf("range %s begins at %s; write %s", text, prefix.Masked().Addr(), prefix.Masked())
	}
	return hostPattern{kind: hostAddrs, prefix: prefix}, nil
}

func parsePorts(text string) (lo, hi uint16, err error) {
	if text == "*" {
		return 0, 1<<16 - 1, nil
	}
	first, last, ranged := strings.Cut(text, "-")
	if !ranged {
		last = first
	}
	if lo, err = parsePort(first); err == nil {
		hi, err = parsePort(last)
	}
	switch {
	case err != nil:
		return 0, 0, fmt.Errorf("port %q is not a number up to 65535, a range such as 8000-8080, or *", text)
	case lo > hi:
		return 0, 0, fmt.Errorf("port range %s ends before it begins", text)
	}
	return lo, hi, nil
}

func parsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	return uint16(n), err
}
