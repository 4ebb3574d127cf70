package http

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestForbidden(t *testing.T) {
	for _, name := range forbidden {
		for _, n := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			if !Forbidden(n) {
				t.Errorf("%s is not forbidden", n)
			}
		}
	}
	for _, name := range []string{"", "hosT2", "X-Host", "Content-Length", "Trailer", "TE", "Cookie", "connectionx"} {
		if Forbidden(name) {
			t.Errorf("%s is forbidden", name)
		}
	}
}

func TestValidTokenAndValue(t *testing.T) {
	for s, want := range map[string]bool{
		"": false, "a": true, "X-Y_z.1~": true, "a b": false, "a:": false, "a\n": false, "é": false, "(": false,
		"a\x00": false, "\"": false, "!#$%&'*+-.^_`|~": true,
	} {
		if got := ValidToken(s); got != want {
			t.Errorf("ValidToken(%q) = %v", s, got)
		}
	}
	for s, want := range map[string]bool{
		"": true, "a b\tc": true, "\xff\x80": true, "a\r": false, "a\nb": false, "\x00": false, "\x7f": false, "é": true,
	} {
		if got := ValidValue(s); got != want {
			t.Errorf("ValidValue(%q) = %v", s, got)
		}
	}
}

var authorities = []struct {
	in   string
	name string
	port uint16
	ok   bool
}{
	{"example.com", "example.com", 0, true},
	{"EXAMPLE.com.:8080", "example.com", 8080, true},
	{"127.0.0.1:1", "127.0.0.1", 1, true},
	{"[::1]", "::1", 0, true},
	{"[::1]:65535", "::1", 65535, true},
	{"[::FFFF:10.0.0.1]", "10.0.0.1", 0, true},
	{"a_b-c", "a_b-c", 0, true},
	{"", "", 0, false},
	{".", "", 0, false},
	{"a..b", "", 0, false},
	{":80", "", 0, false},
	{"a:", "", 0, false},
	{"a:0", "", 0, false},
	{"a:65536", "", 0, false},
	{"a:+80", "", 0, false},
	{"a:80:80", "", 0, false},
	{"::1", "", 0, false},
	{"[::1", "", 0, false},
	{"[::1]x", "", 0, false},
	{"[fe80::1%eth0]", "", 0, false},
	{"[127.0.0.1]", "", 0, false},
	{"user@host", "", 0, false},
	{"a/b", "", 0, false},
	{"a b", "", 0, false},
	{"a\r\nb", "", 0, false},
	{"a?b", "", 0, false},
	{"a#b", "", 0, false},
	{"a\\b", "", 0, false},
	{"a%2e", "", 0, false},
	{"é.com", "", 0, false},
	{strings.Repeat("a", 64), "", 0, false},
	{strings.Repeat("a.", 200), "", 0, false},
}

func TestParseAuthority(t *testing.T) {
	for _, a := range authorities {
		name, port, ok := ParseAuthority(a.in)
		if name != a.name || port != a.port || ok != a.ok {
			t.Errorf("ParseAuthority(%q) = %q, %d, %v", a.in, name, port, ok)
		}
	}
}

var paths = []struct {
	in, sent string
	ok       bool
}{
	{"", "/", true}, {"/", "/", true}, {"/a?b=c&d", "/a?b=c&d", true}, {"?x", "/?x", true}, {"/?", "/?", true},
	{"/%41%2f", "/%41%2f", true}, {"//a//b", "//a//b", true}, {"*", "*", true}, {"/a?b?c", "/a?b?c", true},
	{"/{}|\"<>", "/{}|\"<>", true}, {"/a:b@c", "/a:b@c", true},
	{"a", "", false}, {"/a b", "", false}, {"/#", "", false}, {"/\r\n", "", false}, {"/%4", "", false},
	{"/%zz", "", false}, {"/é", "", false}, {"/\x7f", "", false}, {"http://x/", "", false},
}

func TestPaths(t *testing.T) {
	for _, p := range paths {
		if got := ValidPath(p.in); got != p.ok {
			t.Errorf("ValidPath(%q) = %v", p.in, got)
		}
		if !p.ok {
			continue
		}
		u := requestURL(p.in)
		u.Scheme, u.Host = "http", "example.com:80"
		if got := u.RequestURI(); got != p.sent {
			t.Errorf("the path %q is sent as %q", p.in, got)
		}
	}
}

func TestContentLength(t *testing.T) {
	for _, test := range []struct {
		values []string
		n      int64
		ok     bool
	}{
		{nil, -1, true}, {[]string{"0"}, 0, true}, {[]string{" 42 "}, 42, true}, {[]string{"9223372036854775807"}, 1<<63 - 1, true},
		{[]string{"9223372036854775808"}, 0, false}, {[]string{"1", "1"}, 0, false}, {[]string{"1, 1"}, 0, false},
		{[]string{"-1"}, 0, false}, {[]string{"+1"}, 0, false}, {[]string{"0x1"}, 0, false}, {[]string{""}, 0, false}, {[]string{"1_0"}, 0, false},
	} {
		if n, ok := ContentLength(test.values); ok != test.ok || ok && n != test.n {
			t.Errorf("ContentLength(%q) = %d, %v", test.values, n, ok)
		}
	}
}

func TestHostPatterns(t *testing.T) {
	tests := []struct {
		pattern  string
		yes, no  []string // scheme://name:port
		spelling string
	}{
		{"example.com", []string{"http://example.com:80", "https://example.com:8443"}, []string{"http://www.example.com:80", "http://xexample.com:80"}, "example.com:*"},
		{"example.com:443", []string{"https://example.com:443"}, []string{"https://example.com:444"}, "example.com:443"},
		{"https://Example.COM.", []string{"https://example.com:443"}, []string{"http://example.com:443", "https://example.com:444"}, "https://example.com:443"},
		{"https://example.com:*", []string{"https://example.com:1"}, []string{"http://example.com:443"}, "https://example.com:*"},
		{"*.example.com", []string{"http://a.example.com:1", "http://a.b.example.com:1"}, []string{"http://example.com:1", "http://xexample.com:1", "http://.example.com.evil:1"}, "*.example.com:*"},
		{"*", []string{"http://anything:1", "https://::1:2"}, nil, "*:*"},
		{"*:443", []string{"https://x:443"}, []string{"https://x:444"}, "*:443"},
		{"http://*", []string{"http://x:80"}, []string{"http://x:81", "https://x:80"}, "http://*:80"},
		{"[::1]:80", []string{"http://::1:80"}, []string{"http://::1:81"}, "[::1]:80"},
		{"::1", []string{"http://::1:80"}, nil, "[::1]:*"},
		{"*.0.0.1", nil, []string{"http://127.0.0.1:80"}, "*.0.0.1:*"},
		{"h2c://x", []string{"http://x:80"}, []string{"https://x:80", "http://x:81"}, "h2c://x:80"},
	}
	for _, test := range tests {
		p, err := ParseHostPattern(test.pattern)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.String() != test.spelling {
			t.Errorf("%q is spelled %q", test.pattern, p)
		}
		for i, s := range slices.Concat(test.yes, test.no) {
			scheme, rest, _ := strings.Cut(s, "://")
			colon := strings.LastIndexByte(rest, ':')
			port, _ := parsePort(rest[colon:])
			if got := p.match(scheme, rest[:colon], port); got != (i < len(test.yes)) {
				t.Errorf("%q matches %q: %v", test.pattern, s, got)
			}
		}
	}
	for _, bad := range []string{"", "ftp://x", "a b", "x:0", "x:1:*", "x:*:1", "x/y", "**", "*x", "user@x", "*.", "x:65536", "[::1"} {
		if p, err := ParseHostPattern(bad); err == nil {
			t.Errorf("%q is taken for %q", bad, p)
		}
	}
	if (HostPattern{}).match("http", "", 0) {
		t.Error("no pattern matches no host")
	}
}

func FuzzParseAuthority(f *testing.F) {
	for _, a := range authorities {
		f.Add(a.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, port, ok := ParseAuthority(s)
		if !ok {
			return
		}
		u, err := url.Parse("http://" + s + "/")
		if err != nil || u.User != nil || u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("%q is no authority to net/url: %v", s, err)
		}
		again := name
		if strings.Contains(name, ":") {
			again = "[" + name + "]"
		}
		if n, p, ok := ParseAuthority(again); !ok || n != name || p != 0 {
			t.Fatalf("%q became %q, which became %q", s, name, n)
		}
		_ = port
	})
}

func FuzzPath(f *testing.F) {
	for _, p := range paths {
		f.Add(p.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !ValidPath(s) {
			return
		}
		u := requestURL(s)
		u.Scheme, u.Host = "http", "example.com:80"
		got := u.RequestURI()
		if strings.ContainsAny(got, " \r\n\t#") || got != "*" && got[0] != '/' {
			t.Fatalf("the path %q is sent as %q", s, got)
		}
		if _, err := url.ParseRequestURI(got); err != nil && got != "*" {
			t.Fatalf("the path %q is sent as %q: %v", s, got, err)
		}
	})
}

func FuzzFields(f *testing.F) {
	for _, s := range []string{"a", "X-Y", "", "a b", "host", "a\r\nb: c", "\xff", "a:b"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		if ValidToken(name) && strings.ContainsAny(name, " \t\r\n:,;()\x00") {
			t.Fatalf("%q is a token", name)
		}
		if ValidValue(value) && strings.ContainsAny(value, "\r\n\x00") {
			t.Fatalf("%q is a value", value)
		}
		if !ValidToken(name) || !ValidValue(value) || Forbidden(name) {
			return
		}
		h, err := cleanHeader(Header{name: {value}})
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		http.Header(h).Write(&out)
		if n := strings.Count(out.String(), "\n"); n != len(h) {
			t.Fatalf("%q: %q is written as %q", name, value, out.String())
		}
	})
}

func FuzzHostPattern(f *testing.F) {
	for _, s := range []string{"*", "*.a:1", "https://a", "[::1]:*", "h2c://*:2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParseHostPattern(s)
		if err != nil {
			return
		}
		if again, err := ParseHostPattern(p.String()); err != nil || again != p {
			t.Fatalf("%q became %q, which became %q, %v", s, p, again, err)
		}
	})
}

func TestPlausible(t *testing.T) {
	for s, want := range map[string]bool{
		"": true, "/": true, "a/b": true, "../..": true, "?q": true, "/%": true, "/é": true, "*": true,
		"/ ": false, "/\n": false, "/a#b": false, "/<": false, "/>": false, "/`": false, "/\x7f": false, "/\x00": false,
	} {
		if got := PlausiblePath(s); got != want {
			t.Errorf("PlausiblePath(%q) = %v", s, got)
		}
	}
	for s, want := range map[string]bool{
		"a": true, "a:80": true, "1.2.3.4": true, "[::1]": true, "[::1]:80": true, "u@a": true, "u:p@a:1": true,
		"u:p%20@a": true, "!$&'()*+,;=": true, "@a": true,
		"": false, " ": false, "::": false, ":@": false, "@@": false, "@:": false, "#": false, "a:what": false, "[": false,
		"[]": false, "a b": false, "é": false, "a%": false, "a%zz": false, "a/b": false, "a:": false, "a:0": false,
		"u@": false, "a@b@c": false, "[::1]x": false, "u@[::1": false, "a:99999": false, "a\x00": false,
		strings.Repeat("a", maxAuthority+1): false,
	} {
		if got := PlausibleAuthority(s); got != want {
			t.Errorf("PlausibleAuthority(%q) = %v", s, got)
		}
	}
	for _, a := range authorities {
		if a.ok && !PlausibleAuthority(a.in) {
			t.Errorf("PlausibleAuthority(%q) is false", a.in)
		}
	}
}

// FuzzPlausible: what can be sent to can be set.
func FuzzPlausible(f *testing.F) {
	for _, a := range authorities {
		f.Add(a.in)
	}
	f.Add("user:p%20@[::1]:1")
	f.Fuzz(func(t *testing.T, s string) {
		plausible := PlausibleAuthority(s)
		if _, _, ok := ParseAuthority(s); ok && !plausible {
			t.Errorf("%q can be sent to, but not set", s)
		}
		if plausible && (!PlausiblePath(s) || strings.ContainsAny(s, "/?")) {
			t.Errorf("%q is taken for an authority", s)
		}
	})
}
