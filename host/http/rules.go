// This file is the rules for what messages are made of.

package http

import (
	"net/netip"
	"strconv"
	"strings"
)

// Forbidden tells whether a field belongs to the connection, so that guests
// neither set nor see it. The case of name does not matter.
func Forbidden(name string) bool {
	switch len(name) {
	case 4, 7, 10, 14, 16, 17, 18, 19:
	default:
		return false
	}
	for _, f := range forbidden {
		if len(f) == len(name) && strings.EqualFold(f, name) {
			return true
		}
	}
	return false
}

var forbidden = [...]string{
	"Host", "Upgrade", "Connection", "Keep-Alive", "HTTP2-Settings", "Proxy-Connection",
	"Transfer-Encoding", "Proxy-Authenticate", "Proxy-Authorization",
}

// tokens has the bytes of which a token is made.
var tokens = func() (t [256]bool) {
	for c := range 256 {
		t[c] = '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' ||
			c < 0x80 && strings.IndexByte("!#$%&'*+-.^_`|~", byte(c)) >= 0
	}
	return t
}()

// ValidToken tells whether s is a token: the name of a field, or a method.
func ValidToken(s string) bool {
	for i := range len(s) {
		if !tokens[s[i]] {
			return false
		}
	}
	return s != ""
}

// ValidValue tells whether v may be the value of a field: it has no control
// character but the tab.
func ValidValue[T string | []byte](v T) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// ValidScheme tells whether s may be the scheme of a URI.
func ValidScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// ValidPath tells whether s may stand for a path and query in a request. It is
// absolute, or begins with a question mark, or is "*" or empty; it has no
// fragment, and what is not ASCII or has a meaning of its own is escaped.
func ValidPath(s string) bool {
	switch {
	case s == "" || s == "*":
		return true
	case s[0] != '/' && s[0] != '?':
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c >= 0x7f, c == '#':
			return false
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
		}
	}
	return true
}

// PlausiblePath tells whether s may be a path and query in a URI reference, which
// may be relative. It is less than [ValidPath] asks for: no control characters,
// no spaces, no fragment, and none of <, > and `.
func PlausiblePath(s string) bool {
	for i := range len(s) {
		switch c := s[i]; c {
		case '#', '<', '>', '`', 0x7f:
			return false
		default:
			if c <= ' ' {
				return false
			}
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// maxAuthority bounds an authority, in bytes: a host name has 255 at most.
const maxAuthority = 512

// ParseAuthority takes an authority apart. The host is a name in lower case
// without a dot at its end, or an address without brackets. There is no user.
// A port that is not there is 0.
func ParseAuthority(s string) (name string, port uint16, ok bool) {
	if s == "" || len(s) > maxAuthority {
		return "", 0, false
	}
	name = s
	if s[0] == '[' {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, false
		}
		addr, err := netip.ParseAddr(s[1:end])
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", 0, false
		}
		if port, ok = parsePort(s[end+1:]); !ok {
			return "", 0, false
		}
		return addr.Unmap().String(), port, true
	}
	if colon := strings.IndexByte(s, ':'); colon >= 0 {
		name = s[:colon]
		if port, ok = parsePort(s[colon:]); !ok {
			return "", 0, false
		}
	}
	if name, ok = cleanName(name); !ok {
		return "", 0, false
	}
	return name, port, true
}

// PlausibleAuthority tells whether s is an authority as RFC 3986 has it, with a
// host that is not empty. There may be a user, which [ParseAuthority] refuses.
func PlausibleAuthority(s string) bool {
	if s == "" || len(s) > maxAuthority {
		return false
	}
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		if !ofURI(s[:at], ":") {
			return false
		}
		s = s[at+1:]
	}
	if strings.HasPrefix(s, "[") {
		_, _, ok := ParseAuthority(s)
		return ok
	}
	name, port, found := strings.Cut(s, ":")
	if found {
		if _, ok := parsePort(":" + port); !ok {
			return false
		}
	}
	return name != "" && ofURI(name, "")
}

// ofURI tells whether s is made of unreserved characters, escapes, sub-delims,
// and those of more.
func ofURI(s, more string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z':
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
		case c >= 0x80 || strings.IndexByte("-._~!$&'()*+,;=", c) < 0 && strings.IndexByte(more, c) < 0:
			return false
		}
	}
	return true
}

// parsePort reads a colon and a port; nothing is the port 0.
func parsePort(s string) (uint16, bool) {
	if s == "" {
		return 0, true
	}
	digits := s[1:]
	if s[0] != ':' || digits == "" || len(digits) > 5 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	return uint16(n), err == nil && n != 0
}

// cleanName checks a host name and brings it into its one form.
func cleanName(s string) (string, bool) {
	s = strings.TrimSuffix(strings.ToLower(s), ".")
	if s == "" || len(s) > 255 {
		return "", false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return "", false
		}
		for i := range len(label) {
			c := label[i]
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-' || c == '_') {
				return "", false
			}
		}
	}
	return s, true
}

// ContentLength reads the Content-Length among the values of a message. There
// is none: -1. Several, and what is not a number, are not ok.
func ContentLength(values []string) (n int64, ok bool) {
	if len(values) == 0 {
		return -1, true
	}
	v := strings.Trim(values[0], " \t")
	if len(values) > 1 || v == "" || len(v) > 19 || strings.Trim(v, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(v, 10, 64)
	return n, err == nil
}
