package main

// This file tests what options of the network and of HTTP grant.

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/wasi"
)

// parse reads options of the group -S.
func parse(t *testing.T, options ...string) *grants {
	t.Helper()
	g := &grants{}
	g.flags(pflag.NewFlagSet("test", pflag.ContinueOnError))
	group := groupFlag{&group{letter: "S", options: g.options()}}
	for _, o := range options {
		if err := group.Set(o); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func TestNetworkGrants(t *testing.T) {
	for _, test := range []struct {
		options string
		want    []string // nil where there is no network
	}{
		{"", nil},
		{"tcp,udp", nil},
		{"inherit-network", []string{"*:*:*:*"}},
		{"inherit-network,udp=n", []string{"tcp:*:*:*"}},
		{"inherit-network,tcp=n,allow-ip-name-lookup", []string{"udp:*:*:*", "resolve:*"}},
		{"inherit-network,tcp=n,udp=n", nil},
		{"allow-ip-name-lookup", []string{"resolve:*"}},
		{"allow-net=tcp:connect:a.example:443,udp:bind:127.0.0.1:*", []string{"tcp:connect:a.example:443", "udp:bind:127.0.0.1:*"}},
		{"allow-net=tcp:connect:a.example:443,udp:bind:127.0.0.1:*,udp=n", []string{"tcp:connect:a.example:443"}},
		{"allow-net=*:connect:10.0.0.0/8:*,tcp=n", []string{"udp:connect:10.0.0.0/8:*"}},
		{"allow-net=tcp:bind:[::1]:8080,tcp:bind:[::1]:8081 udp=n", []string{"tcp:bind:[::1]:8080", "tcp:bind:[::1]:8081"}},
		{"allow-net=resolve:a.example,tcp=n", []string{"resolve:a.example"}},
	} {
		p, err := parse(t, strings.Fields(test.options)...).policy()
		if err != nil || (p == nil) != (test.want == nil) || p != nil && !slices.Equal(p.Grants(), test.want) {
			t.Errorf("%q: %v, %v", test.options, p, err)
		}
	}
	if _, err := parse(t, "allow-net=tcp:connect:a.example").policy(); err == nil {
		t.Error("a grant without a port")
	}
}

func TestHTTPGrants(t *testing.T) {
	if c, err := parse(t, "http=n").client(); c != nil || err != nil {
		t.Errorf("without a grant: %v, %v", c, err)
	}
	for options, want := range map[string]string{
		"http":                                      "https://a.example http://a.example:81 http://127.0.0.1:8080",
		"allow-http=a.example":                      "https://a.example http://a.example:81",
		"allow-http=https://a.example":              "https://a.example",
		"allow-http=a.example:81,127.0.0.1:8080":    "http://a.example:81 http://127.0.0.1:8080",
		"allow-http=127.0.0.1 allow-http=*.example": "https://a.example http://a.example:81 http://127.0.0.1:8080",
	} {
		c, err := parse(t, strings.Fields(options)...).client()
		if err != nil {
			t.Errorf("%q: %v", options, err)
			continue
		}
		var got []string
		for _, u := range []string{"https://a.example", "http://a.example:81", "http://127.0.0.1:8080"} {
			scheme, authority, _ := strings.Cut(u, "://")
			if c.Allowed(scheme, authority) {
				got = append(got, u)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q allows %q, want %q", options, got, want)
		}
		c.Close()
	}
	for _, bad := range []string{"allow-http=a.example/path", "allow-http=ftp://a.example", "allow-http=a.example:x"} {
		if _, err := parse(t, bad).client(); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for pattern, want := range map[string]string{
		"a.example": "a.example:*", "https://a.example/": "a.example:*", "http://a.example:81": "a.example:81",
		"*": "*:*", "*:81": "*:81", "*.example:*": "*.example:*",
		"::1": "[::1]:*", "[::1]": "[::1]:*", "[::1]:81": "[::1]:81", "10.0.0.1": "10.0.0.1:*",
	} {
		if got := address(pattern); got != want {
			t.Errorf("the address of %q is %q, want %q", pattern, got, want)
		}
	}
}

// TestHTTPReaches: what is granted is reached, and nothing else.
func TestHTTPReaches(t *testing.T) {
	server := httptest.NewServer(nil)
	defer server.Close()
	authority := strings.TrimPrefix(server.URL, "http://")
	_, port, _ := strings.Cut(authority, ":")
	for options, want := range map[string]bool{
		"http": true, "allow-http=" + authority: true, "allow-http=127.0.0.1": true, "allow-http=http://127.0.0.1:" + port: true,
		"allow-http=localhost": false, "allow-http=https://127.0.0.1": false, "allow-http=127.0.0.1:1": false,
	} {
		cfg := wasi.Config{}
		closeAll, err := parse(t, options).give(&cfg)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := cfg.HTTP.Do(t.Context(), &http.Request{Method: "GET", Scheme: "http", Authority: authority, PathWithQuery: "/"})
		if (err == nil) != want {
			t.Errorf("%q: %v", options, err)
		}
		if err == nil {
			resp.Body.Close()
		}
		if err := closeAll(); err != nil {
			t.Error(err)
		}
	}
}
