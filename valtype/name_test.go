package valtype

import (
	"strings"
	"testing"
)

func TestCheckLabel(t *testing.T) {
	for _, s := range []string{"a", "a-b-c", "a1-2-3", "A", "A-B-C", "A1-2-3", "a11-w0rds", "A11-4CR0NYMS", "m1x3d-4CR0NYMS", "is-XML"} {
		if err := CheckLabel(s); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{"", "1", "1-2-3", "-a", "a-", "a--b", "aB", "Ab", "a_b", "é", "a b", "a.b", "[a]"} {
		if CheckLabel(s) == nil {
			t.Errorf("%q is taken for a label", s)
		}
	}
}

func TestParseName(t *testing.T) {
	for _, tt := range []struct {
		s    string
		want Name
	}{
		{"get-JSON", Name{Kind: LabelName, Label: "get-JSON"}},
		{"[constructor]a-b", Name{Kind: ConstructorName, Resource: "a-b"}},
		{"[method]a.b", Name{Kind: MethodName, Resource: "a", Label: "b"}},
		{"[static]A.b-c", Name{Kind: StaticName, Resource: "A", Label: "b-c"}},
		{"wasi:http/types", Name{Kind: InterfaceName, Namespace: "wasi", Package: "http", Interface: "types"}},
		{"ns-1-a:b-1-c/D-2", Name{Kind: InterfaceName, Namespace: "ns-1-a", Package: "b-1-c", Interface: "D-2"}},
		{"a:b/c@1.2.3-rc.1+x", Name{Kind: InterfaceName, Namespace: "a", Package: "b", Interface: "c", HasVersion: true,
			Version: Version{Major: 1, Minor: 2, Patch: 3, Pre: "rc.1", Build: "x", Numbers: 3}}},
		{"a:b/c@0.2", Name{Kind: InterfaceName, Namespace: "a", Package: "b", Interface: "c", HasVersion: true, Version: Version{Minor: 2, Numbers: 2}}},
		{"a:b:c/d/e", Name{Kind: InterfaceName, Namespace: "a:b", Package: "c", Interface: "d/e", Nested: true}},
	} {
		got, err := ParseName(tt.s)
		if err != nil || got != tt.want {
			t.Errorf("%q: got %+v, %v; want %+v", tt.s, got, err, tt.want)
		}
	}
	for s, want := range map[string]string{
		"": "`` is not in kebab case", "[x]a": "annotations are", "[method": "annotations are", "[constructor]": "kebab",
		"[method]a": "failed to find `.`", "[method]a.b.c": "`b.c` is not", "[static].a": "`` is not",
		"a/b": "`a/b` is not", "a/b:c": "`a` is not in kebab case", ":a/b": "`` is not", "A:b/c": "lower case", "a:B/c": "lower case",
		"a:b": "expected `/`", "a:b/": "`` is not", "a:b@1.0.0": "expected `/`", "a:b/c@": "empty string",
		"a:b/c@1": "", "a:b/c@1.0": "unexpected end of input", "a:b/c@01.0.0": "leading zero", "a@1:b/c": "not in kebab",
		"a:b/c@0.0": "unexpected end", "a:b/c@1.0.0@2": "unexpected character '@'",
	} {
		if _, err := ParseName(s); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", s, err, want)
		}
	}
}

func TestUniqueKey(t *testing.T) {
	// The example of the explainer: all of these go together, and none of the
	// others goes with them.
	keys := make(map[string]string)
	for _, s := range []string{"foo", "foo-bar", "[constructor]foo", "[method]foo.bar", "[static]foo.baz", "foo:bar/baz"} {
		k := UniqueKey(s)
		if before, ok := keys[k]; ok {
			t.Errorf("%q conflicts with %q", s, before)
		}
		keys[k] = s
	}
	for _, s := range []string{"foo", "FOO", "foo-BAR", "[constructor]FOO", "[method]foo.BAR", "[static]foo.bar", "[method]foo.baz",
		"[method]foo.foo", "[static]foo-BAR.FOO-bar", "foo:bar/BAZ"} {
		if _, ok := keys[UniqueKey(s)]; !ok {
			t.Errorf("%q does not conflict with anything", s)
		}
	}
	if UniqueKey("a:b/c@1.0.0-A") == UniqueKey("a:b/c@1.0.0-a") {
		t.Error("the case of versions does not count")
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"a", "[method]a.b", "[constructor]a", "wasi:http/types@0.2.0-rc+1", "a:b:c/d/e", "x@1", "[", "a:b/c@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseName(s)
		_ = UniqueKey(s)
		if err != nil {
			return
		}
		back := n.Label
		switch n.Kind {
		case ConstructorName:
			back = "[constructor]" + n.Resource
		case MethodName, StaticName:
			back = "[" + n.Kind.String() + "]" + n.Resource + "." + n.Label
		case InterfaceName:
			back = n.Namespace + ":" + n.Package + "/" + n.Interface
			if n.HasVersion {
				back += "@" + n.Version.String()
			}
		}
		if back != s {
			t.Errorf("%q reads as %+v, which is %q", s, n, back)
		}
		if i, ok := MatchName(s, []string{"x", s}); !ok || i != 1 && s != "x" {
			t.Errorf("%q does not match itself: %d", s, i)
		}
	})
}
