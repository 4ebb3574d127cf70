// This file is semantic versions, as interface names end in (Component Model
// explainer, sections "Import and Export Definitions" and "Canonical Interface
// Name"; semver.org 2.0.0).

package valtype

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Version is a semantic version, or the canonical part of one.
type Version struct {
	Major, Minor, Patch uint64
	// Pre and Build are what follows "-" and "+"; empty when absent.
	Pre, Build string
	// Numbers is how many of Major, Minor and Patch are written: 3 for a
	// semantic version, fewer for a canonical version such as "1" or "0.2".
	Numbers int
}

// ParseVersion reads a semantic version: "1.2.3-rc.1+build".
func ParseVersion(s string) (Version, error) {
	v, rest, err := parseNumbers(s)
	if err != nil {
		return v, err
	}
	if v.Numbers < 3 {
		return v, fmt.Errorf("unexpected end of input while parsing the %s version number", numberNames[v.Numbers])
	}
	if strings.HasPrefix(rest, "-") {
		rest = rest[1:]
		end := strings.IndexByte(rest, '+')
		if end < 0 {
			end = len(rest)
		}
		v.Pre, rest = rest[:end], rest[end:]
		if err := checkIdentifiers(v.Pre, "pre-release", true); err != nil {
			return v, err
		}
	}
	if strings.HasPrefix(rest, "+") {
		v.Build, rest = rest[1:], ""
		if err := checkIdentifiers(v.Build, "build metadata", false); err != nil {
			return v, err
		}
	}
	if rest != "" {
		return v, fmt.Errorf("unexpected character %s after the patch version number", quoteRune(rest))
	}
	return v, nil
}

// ParseCanonVersion reads a canonical version: "1", "0.2", "0.0.3", "0.0.0".
// Versions such as "0.0.3" are semantic versions as well.
func ParseCanonVersion(s string) (Version, error) {
	v, rest, err := parseNumbers(s)
	if err != nil {
		return v, err
	}
	want := 3
	if v.Major > 0 {
		want = 1
	} else if v.Minor > 0 {
		want = 2
	}
	if rest != "" || v.Numbers != want {
		return v, fmt.Errorf("%q is not a canonical version: expected the form 1, 0.1 or 0.0.1", s)
	}
	return v, nil
}

var numberNames = [...]string{"major", "minor", "patch"}

// parseNumbers reads up to three numbers with dots between them.
func parseNumbers(s string) (v Version, rest string, err error) {
	if s == "" {
		return v, "", fmt.Errorf("empty string, expected a semver version")
	}
	numbers := [...]*uint64{&v.Major, &v.Minor, &v.Patch}
	for i, n := range numbers {
		end := 0
		for end < len(s) && s[end] >= '0' && s[end] <= '9' {
			end++
		}
		switch {
		case end == 0 && s == "":
			return v, "", fmt.Errorf("unexpected end of input while parsing the %s version number", numberNames[i])
		case end == 0:
			return v, "", fmt.Errorf("unexpected character %s while parsing the %s version number", quoteRune(s), numberNames[i])
		case end > 1 && s[0] == '0':
			return v, "", fmt.Errorf("invalid leading zero in the %s version number", numberNames[i])
		}
		if *n, err = strconv.ParseUint(s[:end], 10, 64); err != nil {
			return v, "", fmt.Errorf("the %s version number is larger than %d", numberNames[i], uint64(math.MaxUint64))
		}
		s = s[end:]
		v.Numbers = i + 1
		if s == "" || i == 2 {
			return v, s, nil
		}
		if s[0] != '.' {
			return v, "", fmt.Errorf("unexpected character %s after the %s version number", quoteRune(s), numberNames[i])
		}
		s = s[1:]
	}
	return v, s, nil
}

// checkIdentifiers checks the parts between dots of a pre-release or build.
func checkIdentifiers(s, what string, noLeadingZero bool) error {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return fmt.Errorf("empty identifier segment in %s", what)
		}
		digits := true
		for i := range len(part) {
			c := part[i]
			switch {
			case c >= '0' && c <= '9':
			case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-':
				digits = false
			default:
				return fmt.Errorf("unexpected character %s in %s", quoteRune(part[i:]), what)
			}
		}
		if noLeadingZero && digits && len(part) > 1 && part[0] == '0' {
			return fmt.Errorf("invalid leading zero in %s identifier %q", what, part)
		}
	}
	return nil
}

// quoteRune is the first character of s in quotes.
func quoteRune(s string) string {
	for _, r := range s {
		return strconv.QuoteRune(r)
	}
	return "''"
}

// String is the version as it is written.
func (v Version) String() string {
	s := strconv.FormatUint(v.Major, 10)
	if v.Numbers > 1 {
		s += "." + strconv.FormatUint(v.Minor, 10)
	}
	if v.Numbers > 2 {
		s += "." + strconv.FormatUint(v.Patch, 10)
	}
	if v.Pre != "" {
		s += "-" + v.Pre
	}
	if v.Build != "" {
		s += "+" + v.Build
	}
	return s
}

// Compare orders versions by precedence: a pre-release comes before its
// release, and the build does not count.
func (v Version) Compare(w Version) int {
	if c := cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch)); c != 0 {
		return c
	}
	switch {
	case v.Pre == w.Pre:
		return 0
	case v.Pre == "":
		return 1
	case w.Pre == "":
		return -1
	}
	return comparePre(v.Pre, w.Pre)
}

// comparePre compares pre-releases part by part: numbers by value and before
// words, words in ASCII order, and the longer list last.
func comparePre(a, b string) int {
	for a != "" && b != "" {
		var p, q string
		p, a, _ = strings.Cut(a, ".")
		q, b, _ = strings.Cut(b, ".")
		if p == q {
			continue
		}
		pn, qn := allDigits(p), allDigits(q)
		switch {
		case pn && qn:
			return cmp.Or(cmp.Compare(len(p), len(q)), strings.Compare(p, q))
		case pn:
			return -1
		case qn:
			return 1
		}
		return strings.Compare(p, q)
	}
	return cmp.Compare(len(a), len(b))
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// Canon is the canonical version that v belongs to, and the rest of v:
// "1" and ".2.3" for 1.2.3, "0.2" and ".6-rc.1" for 0.2.6-rc.1.
func (v Version) Canon() (canon, suffix string) {
	n := 3
	if v.Major > 0 {
		n = 1
	} else if v.Minor > 0 {
		n = 2
	}
	c := Version{Major: v.Major, Minor: v.Minor, Patch: v.Patch, Numbers: n}
	return c.String(), v.String()[len(c.String()):]
}

// finalWASI is a pre-release of WASI that is the same as its release: tools that
// were made before still name it.
const finalWASI = "@0.3.0-rc-2026-03-15"

// track is the part of a version that compatible versions share; ok is false
// for versions that are compatible with themselves only: pre-releases and
// 0.0.x.
func (v Version) track() (t string, ok bool) {
	if v.Pre != "" || v.Major == 0 && v.Minor == 0 {
		return "", false
	}
	t, _ = v.Canon()
	return t, true
}

// MatchName picks the name that serves for want out of have, all of which are
// names of imports or exports. The same name comes first; else an interface
// name with a compatible version, of several the one with the highest version.
// Versions are compatible in both directions when they have the same major
// number, or for major number 0 the same minor number; pre-releases and 0.0.x
// are compatible with themselves only, but for 0.3.0-rc-2026-03-15 of interfaces
// of WASI, which goes for 0.3.0.
func MatchName(want string, have []string) (i int, ok bool) {
	base, wantTrack, versioned := splitTrack(want)
	best := -1
	var bestVersion Version
	for i, name := range have {
		if name == want {
			return i, true
		}
		if !versioned || !strings.HasPrefix(name, base) {
			continue
		}
		b, t, ok := splitTrack(name)
		if !ok || b != base || t != wantTrack {
			continue
		}
		v, _ := parseAnyVersion(name[len(base):])
		if best < 0 || v.Compare(bestVersion) > 0 {
			best, bestVersion = i, v
		}
	}
	return best, best >= 0
}

// splitTrack splits a name behind "@", and gives the track of its version.
func splitTrack(name string) (base, track string, ok bool) {
	at := strings.IndexByte(name, '@')
	if at < 0 {
		return name, "", false
	}
	v, err := parseAnyVersion(name[at+1:])
	if err != nil {
		return name, "", false
	}
	if v.Pre != "" && name[at:] == finalWASI && strings.HasPrefix(name, "wasi:") {
		v.Pre = ""
	}
	track, ok = v.track()
	return name[:at+1], track, ok
}

func parseAnyVersion(s string) (Version, error) {
	if v, err := ParseVersion(s); err == nil {
		return v, nil
	}
	return ParseCanonVersion(s)
}
