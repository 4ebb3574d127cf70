// This file is labels and the names of imports and exports (Component Model
// explainer, sections "Import and Export Definitions" and "Name Uniqueness").

package valtype

import (
	"fmt"
	"strings"
)

// A NameKind says what form the name of an import or export has.
type NameKind uint8

// The forms of names.
const (
	// LabelName is a label: "get-JSON".
	LabelName NameKind = iota
	// ConstructorName is "[constructor]resource".
	ConstructorName
	// MethodName is "[method]resource.label".
	MethodName
	// StaticName is "[static]resource.label".
	StaticName
	// InterfaceName is "namespace:package/interface@version".
	InterfaceName
)

// String describes the kind.
func (k NameKind) String() string {
	switch k {
	case LabelName:
		return "label"
	case ConstructorName:
		return "constructor"
	case MethodName:
		return "method"
	case StaticName:
		return "static"
	case InterfaceName:
		return "interface name"
	}
	return "unknown"
}

// A Name is the name of an import or export in its parts.
type Name struct {
	Kind NameKind
	// Label is the label of a LabelName, and of a MethodName or StaticName the
	// one behind the dot.
	Label string
	// Resource is the label of the resource of a ConstructorName, MethodName
	// or StaticName.
	Resource string
	// Namespace, Package and Interface are the parts of an InterfaceName.
	// Nested ones keep their separators: "a:b" and "x/y".
	Namespace, Package, Interface string
	// Version is the version of an InterfaceName where HasVersion is set.
	Version    Version
	HasVersion bool
	// Nested is set for an InterfaceName with more than one namespace or more
	// than one interface (gated: nested names).
	Nested bool
}

// Canonical tells whether the version, if there is one, is a canonical one
// that is not a semantic version, such as "0.2" (gated: canonical names).
func (n Name) Canonical() bool { return n.HasVersion && n.Version.Numbers < 3 }

// CheckLabel checks that s is a label: words of lower case letters and
// acronyms of upper case letters, with digits, separated by "-", the first
// beginning with a letter.
func CheckLabel(s string) error {
	if !isLabel(s, true) {
		return fmt.Errorf("`%s` is not in kebab case", s)
	}
	return nil
}

// isLabel tells whether s is a label; where upper is not set, one of words
// only.
func isLabel(s string, upper bool) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for part := range strings.SplitSeq(s, "-") {
		var lowers, uppers bool
		for i := range len(part) {
			switch c := part[i]; {
			case c >= 'a' && c <= 'z':
				lowers = true
			case c >= 'A' && c <= 'Z':
				uppers = true
			case c >= '0' && c <= '9':
			default:
				return false
			}
		}
		if part == "" || uppers && (lowers || !upper) {
			return false
		}
	}
	return true
}

// ParseName reads the name of an import or export.
func ParseName(s string) (Name, error) {
	if strings.HasPrefix(s, "[") {
		return parseAnnotated(s)
	}
	if strings.IndexByte(s, ':') >= 0 {
		return parseInterface(s)
	}
	if err := CheckLabel(s); err != nil {
		return Name{}, notName(s, err)
	}
	return Name{Kind: LabelName, Label: s}, nil
}

// ParseInterfaceName reads an interface name.
func ParseInterfaceName(s string) (Name, error) {
	n, err := ParseName(s)
	if err != nil {
		return n, err
	}
	if n.Kind != InterfaceName {
		return n, fmt.Errorf("`%s` must be an interface name such as `namespace:package/interface`", s)
	}
	return n, nil
}

func notName(s string, err error) error {
	return fmt.Errorf("`%s` is not a valid extern name: %w", s, err)
}

// parseAnnotated reads "[kind]label" and "[kind]label.label".
func parseAnnotated(s string) (Name, error) {
	kind, rest, ok := strings.Cut(s[1:], "]")
	n := Name{}
	switch {
	case ok && kind == "constructor":
		n.Kind, n.Resource = ConstructorName, rest
		if err := CheckLabel(rest); err != nil {
			return n, notName(s, err)
		}
		return n, nil
	case ok && kind == "method":
		n.Kind = MethodName
	case ok && kind == "static":
		n.Kind = StaticName
	default:
		return n, fmt.Errorf("`%s` is not a valid extern name: it is not in kebab case, and the annotations are [constructor], [method] and [static]", s)
	}
	n.Resource, n.Label, ok = strings.Cut(rest, ".")
	if !ok {
		return n, notName(s, fmt.Errorf("failed to find `.` character between the resource and the label"))
	}
	if err := CheckLabel(n.Resource); err != nil {
		return n, notName(s, err)
	}
	if err := CheckLabel(n.Label); err != nil {
		return n, notName(s, err)
	}
	return n, nil
}

// parseInterface reads "ns:pkg/iface@version", with nesting.
func parseInterface(s string) (Name, error) {
	n := Name{Kind: InterfaceName}
	path, version, hasVersion := strings.Cut(s, "@")
	pkg, iface, hasIface := strings.Cut(path, "/")
	colon := strings.LastIndexByte(pkg, ':')
	if colon < 0 {
		return n, notName(s, fmt.Errorf("`%s` is not in kebab case: a namespace and `:` must come before the package", pkg))
	}
	n.Namespace, n.Package, n.Interface = pkg[:colon], pkg[colon+1:], iface
	for ns := range strings.SplitSeq(n.Namespace, ":") {
		if err := checkWords(ns); err != nil {
			return n, notName(s, err)
		}
	}
	if err := checkWords(n.Package); err != nil {
		return n, notName(s, err)
	}
	if !hasIface {
		return n, notName(s, fmt.Errorf("expected `/` after package name `%s`", n.Package))
	}
	for label := range strings.SplitSeq(iface, "/") {
		if err := CheckLabel(label); err != nil {
			return n, notName(s, err)
		}
	}
	n.Nested = strings.Contains(n.Namespace, ":") || strings.Contains(iface, "/")
	if !hasVersion {
		return n, nil
	}
	n.HasVersion = true
	v, err := ParseVersion(version)
	if err != nil {
		canon, canonErr := ParseCanonVersion(version)
		if canonErr != nil {
			return n, notName(s, err)
		}
		v = canon
	}
	n.Version = v
	return n, nil
}

// checkWords checks a namespace or package: a label without acronyms.
func checkWords(s string) error {
	if err := CheckLabel(s); err != nil {
		return err
	}
	if !isLabel(s, false) {
		return fmt.Errorf("`%s` must be in lower case", s)
	}
	return nil
}

// UniqueKey is equal for two names exactly when they are not strongly unique,
// so that no two names of a scope may have the same key.
func UniqueKey(name string) string {
	if base, version, ok := strings.Cut(name, "@"); ok {
		return strings.ToLower(base) + "@" + version
	}
	key := strings.ToLower(name)
	if !strings.HasPrefix(key, "[") || strings.HasPrefix(key, "[constructor]") {
		return key
	}
	end := strings.IndexByte(key, ']')
	if end < 0 {
		return key
	}
	key = key[end+1:]
	if resource, label, ok := strings.Cut(key, "."); ok && resource == label {
		return label
	}
	return key
}
