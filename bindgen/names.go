package bindgen

// This file makes Go names of WIT names.

import (
	"go/token"
	"regexp"
	"strings"
)

// initialisms are words that Go writes in capitals.
var initialisms = map[string]bool{
	"api": true, "cpu": true, "dns": true, "eof": true, "gid": true,
	"html": true, "http": true, "https": true, "id": true, "io": true,
	"ip": true, "json": true, "os": true, "sql": true, "tcp": true, "tls": true,
	"udp": true, "uid": true, "uri": true, "url": true, "utf8": true,
	"uuid": true, "xml": true,
}

// exported is a kebab name as an exported Go name: "http-version" is
// HTTPVersion.
func exported(kebab string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(kebab, func(r rune) bool { return r == '-' || r == ':' || r == '/' || r == '.' }) {
		low := strings.ToLower(word)
		switch {
		case initialisms[low]:
			b.WriteString(strings.ToUpper(low))
		default:
			b.WriteString(strings.ToUpper(low[:1]) + low[1:])
		}
	}
	s := b.String()
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		s = "N" + s
	}
	return s
}

// local is a kebab name as the name of a parameter, which hides nothing that
// generated code uses.
func local(kebab string) string {
	first, rest, _ := strings.Cut(strings.ToLower(kebab), "-")
	s := first
	if rest != "" {
		s += exported(rest)
	}
	if token.IsKeyword(s) || taken[s] || s == "io" || temporary.MatchString(s) {
		s += "_"
	}
	return s
}

// temporary are the names of variables in generated code, and of its functions.
var temporary = regexp.MustCompile(`^[xr][0-9]*$`)

// taken are names that generated functions use.
var taken = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`
		any bool byte comparable complex64 complex128 error float32 float64 int
		int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64
		uintptr true false iota nil append cap clear close complex copy delete
		imag len make max min new panic print println real recover
		bd bind call context ctx cx dray err flat host in`) {
		m[w] = true
	}
	return m
}()

// A scope is names in use.
type scope map[string]bool

// add takes a name, with underscores behind it where it is in use.
func (s scope) add(name string) string {
	for s[name] {
		name += "_"
	}
	s[name] = true
	return name
}

// packageName is a kebab name as the name of a Go package, or of a file.
func packageName(kebab string) string {
	s := strings.ToLower(strings.NewReplacer("-", "", ":", "", "/", "", ".", "", "_", "").Replace(kebab))
	if token.IsKeyword(s) || s == "main" || taken[s] {
		s += "world"
	}
	return s
}
