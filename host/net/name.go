// This file is the names of hosts.

package net

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/dray-wasm/dray/host"
)

// Names are looked up as browsers do (UTS 46), but may have underscores, and
// hyphens anywhere inside, as many that are in use have.
var idnaProfile = idna.New(
	idna.MapForLookup(),
	idna.BidiRule(),
	idna.StrictDomainName(false),
	idna.CheckHyphens(false),
)

const (
	maxName  = 253
	maxLabel = 63
	// maxUnicodeName is the most bytes of a name that are looked at.
	maxUnicodeName = 4 * maxName
)

// asciiName is a name in ASCII, in small letters and without a dot at its end.
// The error wraps host.EINVAL.
func asciiName(text string) (string, error) {
	if len(text) > maxUnicodeName {
		return "", fmt.Errorf("host name of %d bytes is too long: %w", len(text), host.EINVAL)
	}
	if !utf8.ValidString(text) {
		return "", fmt.Errorf("host name %q is not UTF-8: %w", text, host.EINVAL)
	}
	name := strings.TrimSuffix(text, ".")
	if !plainASCII(name) {
		var err error
		if name, err = idnaProfile.ToASCII(name); err != nil {
			return "", fmt.Errorf("host name %q has no form in ASCII: %w", text, host.EINVAL)
		}
	}
	name = strings.ToLower(name)
	if why := nameFault(name); why != "" {
		return "", fmt.Errorf("host name %q %s: %w", text, why, host.EINVAL)
	}
	return name, nil
}

// plainASCII reports whether a name needs no look at Unicode.
func plainASCII(name string) bool {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return false
		}
	}
	return !strings.Contains(strings.ToLower(name), "xn--")
}

// nameFault is what is wrong with a name in ASCII; "" when nothing is.
func nameFault(name string) string {
	switch {
	case name == "":
		return "is empty"
	case len(name) > maxName:
		return "is too long"
	case endsInNumber(name):
		return "ends like an IP address, and is none"
	}
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case label == "":
			return "has two dots in a row, or one in front"
		case len(label) > maxLabel:
			return "has a part of more than 63 letters"
		case label[0] == '-' || label[len(label)-1] == '-':
			return "has a hyphen at the end of a part"
		}
		for i := range len(label) {
			if c := label[i]; c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				return fmt.Sprintf("contains %q", c)
			}
		}
	}
	return ""
}

// endsInNumber reports whether some program may take a name for an address:
// its last part is a number, decimal or 0x.
func endsInNumber(name string) bool {
	last := strings.TrimSuffix(name, ".")
	last = last[strings.LastIndexByte(last, '.')+1:]
	digits := "0123456789"
	if len(last) > 1 && last[0] == '0' && last[1]|0x20 == 'x' {
		last, digits = last[2:], "0123456789abcdefABCDEF"
		if last == "" {
			return true
		}
	}
	return last != "" && strings.Trim(last, digits) == ""
}

// isLocalhost reports whether a name is this host's for itself.
func isLocalhost(name string) bool {
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

var localhostAddrs = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}

// ownAddr reports whether an address is one that no name grants, since what
// answers there may be this host, or near to it alone.
func ownAddr(ip netip.Addr) bool {
	if ip.Is6() {
		b := ip.As16()
		for _, t := range translated {
			if t.prefix.Contains(ip) && ownAddr(netip.AddrFrom4([4]byte(b[t.at:]))) {
				return true
			}
		}
	}
	return !ip.IsGlobalUnicast() || thisNetwork.Contains(ip)
}

// translated are the addresses of IPv6 that a host or a router may turn into
// the one of IPv4 that they hold from byte at on.
var translated = [...]struct {
	prefix netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12},    // NAT64
	{netip.MustParsePrefix("64:ff9b:1::/48"), 12},  // NAT64 of a network's own
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12}, // SIIT
	{netip.MustParsePrefix("::/96"), 12},           // as IPv4 was once written
	{netip.MustParsePrefix("2002::/16"), 2},        // 6to4
}

var thisNetwork = netip.MustParsePrefix("0.0.0.0/8")
