// This file is the list of the hosts that a client may talk to.

package http

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A HostPattern is hosts that a client may send requests to. The zero
// HostPattern is none.
type HostPattern struct {
	scheme string // "" is any, "h2c" is http over HTTP/2
	name   string // "*" is any, "*.x" is all below x
	port   uint16 // 0 is any if there is no scheme, else its default
	any    bool   // any port
}

// ParseHostPattern reads "[scheme://]host[:port]". The host is a name, an
// address, "*" for all hosts or "*.example.com" for all below example.com, but
// not itself; the port is a number or "*". Without a port, the default of the
// scheme is meant, and all ports where there is no scheme. Without a scheme,
// http and https are meant. The scheme h2c is http over HTTP/2 without TLS and
// without asking first.
func ParseHostPattern(s string) (HostPattern, error) {
	bad := func(why string) (HostPattern, error) {
		return HostPattern{}, fmt.Errorf("host pattern %q: %s", s, why)
	}
	var p HostPattern
	rest := s
	if scheme, after, found := strings.Cut(s, "://"); found {
		p.scheme, rest = strings.ToLower(scheme), after
		if p.scheme != "http" && p.scheme != "https" && p.scheme != "h2c" {
			return bad("the scheme must be http, https or h2c")
		}
	}
	rest = strings.TrimSuffix(rest, "/")
	if before, ok := strings.CutSuffix(rest, ":*"); ok {
		p.any, rest = true, before
	}
	host := rest
	wild := ""
	if host == "*" || strings.HasPrefix(host, "*:") {
		wild, host = "*", "x"+host[1:]
	} else if strings.HasPrefix(host, "*.") {
		wild, host = "*.", host[2:]
	} else if addr, err := netip.ParseAddr(host); err == nil && addr.Is6() {
		host = "[" + host + "]"
	}
	name, port, ok := ParseAuthority(host)
	switch {
	case !ok:
		return bad("expected a host name, an address, * or *.name, and perhaps a port")
	case p.any && port != 0:
		return bad("there are two ports")
	case wild == "*":
		p.name = "*"
	default:
		p.name = wild + name
	}
	p.port = port
	if port == 0 {
		p.any = p.any || p.scheme == ""
		p.port = defaultPort(p.scheme)
	}
	return p, nil
}

// defaultPort is the port of a scheme.
func defaultPort(scheme string) uint16 {
	if scheme == "https" {
		return 443
	}
	return 80
}

// String is the pattern as ParseHostPattern reads it.
func (p HostPattern) String() string {
	s := p.name
	if strings.Contains(s, ":") {
		s = "[" + s + "]"
	}
	if p.scheme != "" {
		s = p.scheme + "://" + s
	}
	if p.any {
		return s + ":*"
	}
	return s + ":" + strconv.Itoa(int(p.port))
}

// match tells whether a host is meant; the name is in its one form.
func (p HostPattern) match(scheme, name string, port uint16) bool {
	switch {
	case p.name == "":
		return false
	case p.scheme != "" && p.scheme != scheme && (p.scheme != "h2c" || scheme != "http"):
		return false
	case !p.any && p.port != port:
		return false
	}
	if suffix, ok := strings.CutPrefix(p.name, "*"); ok {
		return suffix == "" || len(name) > len(suffix) && strings.HasSuffix(name, suffix) && !isAddr(name)
	}
	return p.name == name
}

func isAddr(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil
}
