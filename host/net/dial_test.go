package net

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
)

// dialTarget is a listener of the net package, and its port.
func dialTarget(t *testing.T, address string) (net.Listener, string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("cannot listen: %v", err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return l, port
}

func TestDialContext(t *testing.T) {
	checkLeaks(t)
	_, port := dialTarget(t, "127.0.0.1:0")
	tests := []struct {
		grants  string
		network string
		host    string
		found   string
		want    host.Errno
	}{
		{"tcp:connect:localhost:*", "tcp", "localhost", "", host.Success},
		{"tcp:connect:localhost:*", "tcp4", "localhost", "", host.Success},
		{"tcp:connect:localhost:*", "udp", "localhost", "", host.EACCES},
		{"tcp:connect:localhost:1", "tcp", "localhost", "", host.EACCES},
		{"tcp:bind:localhost:*", "tcp", "localhost", "", host.EACCES},
		{"tcp:connect:localhost:*", "tcp", "127.0.0.1", "", host.EACCES}, // not looked up
		{"*:connect:127.0.0.1:*", "tcp", "127.0.0.1", "", host.Success},
		{"*:connect:127.0.0.1:*", "udp", "127.0.0.1", "", host.Success},
		{"*:connect:127.0.0.0/8:*", "tcp6", "127.0.0.1", "", host.EADDRNOTAVAIL},
		{"*:connect:127.0.0.1:*", "unix", "127.0.0.1", "", host.EINVAL},
		{"", "tcp", "localhost", "", host.EACCES},
		{"", "tcp", "127.0.0.1", "", host.EACCES},
		// The unspecified address is this host.
		{"tcp:connect:127.0.0.1:*", "tcp", "0.0.0.0", "", host.Success},
		{"tcp:connect:0.0.0.0:*", "tcp", "0.0.0.0", "", host.EACCES},
		{"tcp:connect:0.0.0.0:*", "tcp", "127.0.0.1", "", host.EACCES},
		{"tcp:connect:127.0.0.1:*", "tcp", "::ffff:127.0.0.1", "", host.Success},
		// A name that leads to this host does not.
		{"tcp:connect:evil.example:*", "tcp", "evil.example", "127.0.0.1", host.EACCES},
		{"tcp:connect:evil.example:*", "tcp", "evil.example", "::ffff:127.0.0.1 0.0.0.0", host.EACCES},
		{"tcp:connect:evil.example:*, tcp:connect:127.0.0.1:1", "tcp", "evil.example", "127.0.0.1", host.EACCES},
		{"tcp:connect:me.example:*, tcp:connect:127.0.0.1:*", "tcp", "me.example", "127.0.0.1", host.Success},
		{"tcp:connect:*:*", "tcp", "any.example", "127.0.0.1", host.Success},
		{"resolve:*", "tcp", "any.example", "127.0.0.1", host.EACCES},
		{"tcp:connect:gone.example:*", "tcp", "gone.example", "", host.ENOENT},
	}
	for _, tt := range tests {
		p := testPolicy(t, fixed(strings.Fields(tt.found)...), split(tt.grants)...)
		c, err := p.DialContext(t.Context(), tt.network, net.JoinHostPort(tt.host, port))
		if host.ErrnoOf(err) != tt.want {
			t.Errorf("%s: %s %s: %v, want %v", tt.grants, tt.network, tt.host, err, tt.want)
		}
		if c != nil {
			c.Close()
		}
	}
	for _, address := range []string{"", "127.0.0.1", "127.0.0.1:http:80", "127.0.0.1:65536", "127.0.0.1:nothing"} {
		if c, err := AllowAll().DialContext(t.Context(), "tcp", address); err == nil {
			c.Close()
			t.Errorf("dialled %q", address)
		}
	}
	if _, err := (*Policy)(nil).DialContext(t.Context(), "tcp", "127.0.0.1:"+port); host.ErrnoOf(err) != host.EACCES {
		t.Errorf("no Policy: %v", err)
	}
}

// A name that is made to lead elsewhere is dialled where it led before.
func TestDialRebinding(t *testing.T) {
	checkLeaks(t)
	good, port := dialTarget(t, "127.0.0.1:0")
	evil, err := net.Listen("tcp", net.JoinHostPort("127.0.0.2", port))
	if err != nil {
		t.Skip(err)
	}
	defer evil.Close()
	now := "127.0.0.1"
	p := testPolicy(t, func(context.Context, string) ([]netip.Addr, error) { return addrs(now), nil },
		"tcp:connect:example.com:*", "tcp:connect:127.0.0.1:*")
	for range 3 {
		c, err := p.DialContext(t.Context(), "tcp", "example.com:"+port)
		if err != nil {
			t.Fatal(err)
		}
		if c.RemoteAddr().String() != good.Addr().String() {
			t.Errorf("connected to %v", c.RemoteAddr())
		}
		c.Close()
		now = "127.0.0.2"
	}
}

// Where one address does not answer another may.
func TestDialFallback(t *testing.T) {
	checkLeaks(t)
	l, port := dialTarget(t, "127.0.0.1:0")
	for _, found := range []string{"127.0.0.3 127.0.0.1", "::1 127.0.0.1", "::1 127.0.0.3 127.0.0.1", "127.0.0.1 ::1"} {
		p := testPolicy(t, fixed(strings.Fields(found)...), "tcp:connect:*:*")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		c, err := p.DialContext(ctx, "tcp", "any.example:"+port)
		cancel()
		if err != nil {
			t.Errorf("%s: %v", found, err)
			continue
		}
		if c.RemoteAddr().String() != l.Addr().String() {
			t.Errorf("%s: connected to %v", found, c.RemoteAddr())
		}
		c.Close()
	}
	l.Close()
	for _, found := range []string{"127.0.0.3", "127.0.0.3 127.0.0.4", "::1 127.0.0.1"} {
		p := testPolicy(t, fixed(strings.Fields(found)...), "tcp:connect:*:*")
		if _, err := p.DialContext(t.Context(), "tcp", "any.example:"+port); err == nil {
			t.Errorf("%s: connected", found)
		}
	}
}

func TestDialCancel(t *testing.T) {
	checkLeaks(t)
	p := testPolicy(t, fixed("192.0.2.1", "2001:db8::1"), "tcp:connect:*:*")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.DialContext(ctx, "tcp", "any.example:9"); !errors.Is(err, context.Canceled) {
		t.Errorf("DialContext = %v", err)
	}
	if _, err := dialAll(ctx, "tcp", []netip.AddrPort{
		netip.MustParseAddrPort("127.0.0.1:9"), netip.MustParseAddrPort("[::1]:9"),
	}); !errors.Is(err, context.Canceled) {
		t.Errorf("dialAll = %v", err)
	}
	if !slices.Equal(localhostAddrs, addrs("127.0.0.1", "::1")) {
		t.Errorf("localhost is %v", localhostAddrs)
	}
}
