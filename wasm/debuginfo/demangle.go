package debuginfo

// This file makes names of linkers readable again.

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// maxMangled is the longest name that is demangled, in bytes.
const maxMangled = 8 << 10

// Demangle is the name in the source of a function with a mangled name: C++
// (Itanium ABI, without parameter types) and both schemes of Rust (without
// hashes). Any other name is returned as it is.
func Demangle(raw string) string {
	if len(raw) > maxMangled {
		return raw
	}
	if strings.HasPrefix(raw, "_Z") || strings.HasPrefix(raw, "_R") {
		if s, err := demangle.ToString(raw, demangle.NoParams, demangle.MaxLength(12)); err == nil {
			return dropHash(s)
		}
	}
	return dropHash(raw)
}

// dropHash takes the hash off the end of a Rust name that was demangled by
// someone who does not know it: "core::fmt::write::h0123456789abcdef".
func dropHash(name string) string {
	const hash = "::h0123456789abcdef"
	at := len(name) - len(hash)
	if at > 0 && name[at:at+3] == "::h" && strings.Trim(name[at+3:], "0123456789abcdef") == "" {
		return name[:at]
	}
	return name
}
