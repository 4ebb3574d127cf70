package net

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dray-wasm/dray/host"
)

func addrs(list ...string) []netip.Addr {
	var as []netip.Addr
	for _, text := range list {
		as = append(as, netip.MustParseAddr(text))
	}
	return as
}

// fixed resolves every name to the same addresses.
func fixed(list ...string) Resolver {
	return func(context.Context, string) ([]netip.Addr, error) { return addrs(list...), nil }
}

func testPolicy(t testing.TB, r Resolver, grants ...string) *Policy {
	t.Helper()
	p, err := ParsePolicy(grants...)
	if err != nil {
		t.Fatal(err)
	}
	return p.WithResolver(r)
}

// allowed reports whether a TCP connect to port 443 is.
func allowed(p *Policy, ip string) bool {
	return p.Check(ProtoTCP, OpConnect, netip.AddrPortFrom(netip.MustParseAddr(ip), 443)) == nil
}

func TestLookup(t *testing.T) {
	const a, b = "192.0.2.1", "2001:db8::1"
	tests := []struct {
		grants string
		name   string
		found  string // what the resolver finds
		want   string // addresses, or an Errno
		asked  string // what the resolver is asked
	}{
		{"", "example.com", a, "EACCES", ""},
		{"", "192.0.2.7", a, "192.0.2.7", ""},
		{"", "::1", a, "::1", ""},
		{"", "::ffff:192.0.2.7", a, "192.0.2.7", ""},
		{"", "fe80::1%1", a, "EINVAL", ""},
		{"", "[::1]", a, "EINVAL", ""},
		{"", "", a, "EINVAL", ""},
		{"", ".", a, "EINVAL", ""},
		{"", "a b", a, "EINVAL", ""},
		{"", "127.1", a, "EINVAL", ""},
		{"", "2130706433", a, "EINVAL", ""},
		{"", "0x7f.0.0.0x1", a, "EINVAL", ""},
		{"resolve:*", "１２７.0.0.1", a, "EINVAL", ""},
		{"resolve:*", "example.com", a + " " + b, a + " " + b, "example.com"},
		{"resolve:example.com", "EXAMPLE.com.", a, a, "example.com"},
		{"resolve:example.com", "www.example.com", a, "EACCES", ""},
		{"resolve:*.example.com", "a.b.example.com", a, a, "a.b.example.com"},
		{"resolve:*.example.com", "example.com", a, "EACCES", ""},
		{"resolve:*.example.com", "badexample.com", a, "EACCES", ""},
		{"resolve:example.com", "example.com", "127.0.0.1", "127.0.0.1", "example.com"},
		{"resolve:example.com", "example.com", "::ffff:192.0.2.1 192.0.2.1", a, "example.com"},
		{"tcp:connect:bücher.example:443", "bücher.example", a, a, "xn--bcher-kva.example"},
		{"tcp:connect:xn--bcher-kva.example:443", "BÜCHER.example", a, a, "xn--bcher-kva.example"},
		{"tcp:connect:my_service:443", "my_service", a, a, "my_service"},
		{"tcp:connect:*:443", "any.example", a, a, "any.example"},
		{"tcp:bind:*:443", "any.example", a, "EACCES", ""},
		{"tcp:connect:192.0.2.1:443", "any.example", a, "EACCES", ""},
		{"tcp:bind:example.com:443", "example.com", a, a, "example.com"},
		{"tcp:connect:example.com:443", "example.com", a + " " + b, a + " " + b, "example.com"},
		{"tcp:connect:example.com:443", "example.com", "127.0.0.1", "EACCES", "example.com"},
		{"tcp:connect:example.com:443", "example.com", "127.0.0.1 " + a, a, "example.com"},
		{"tcp:connect:example.com:443, tcp:connect:127.0.0.1:80", "example.com", "127.0.0.1 " + a, "127.0.0.1 " + a, "example.com"},
		{"tcp:connect:localhost:443", "localhost", a, "127.0.0.1 ::1", ""},
		{"tcp:connect:*.localhost:443", "x.LOCALHOST.", a, "127.0.0.1 ::1", ""},
		{"tcp:connect:example.com:443", "localhost", a, "EACCES", ""},
		{"resolve:*", "localhost", a, "127.0.0.1 ::1", ""},
		{"resolve:*", "example.com", "", "ENOENT", "example.com"},
		{"tcp:connect:example.com:443", "example.com", "", "ENOENT", "example.com"},
	}
	for _, tt := range tests {
		asked := ""
		p := testPolicy(t, func(_ context.Context, name string) ([]netip.Addr, error) {
			asked += name
			return addrs(strings.Fields(tt.found)...), nil
		}, split(tt.grants)...)
		got, err := p.Lookup(t.Context(), tt.name)
		text := strings.Trim(fmt.Sprint(got), "[]")
		if err != nil {
			text = host.ErrnoOf(err).Name()
		}
		if text != tt.want || asked != tt.asked {
			t.Errorf("%s: Lookup(%q) = %v, %v; want %s, asked for %q", tt.grants, tt.name, got, err, tt.want, asked)
		}
		check := p.CheckName(tt.name)
		if asked == "" && host.ErrnoOf(check) != host.ErrnoOf(err) || asked != "" && check != nil {
			t.Errorf("%s: CheckName(%q) = %v", tt.grants, tt.name, check)
		}
	}
	var none *Policy
	if _, err := none.Lookup(t.Context(), "example.com"); host.ErrnoOf(err) != host.EACCES {
		t.Errorf("no Policy: %v", err)
	}
	if got, err := none.Lookup(t.Context(), "127.0.0.1"); len(got) != 1 || err != nil {
		t.Errorf("no Policy: %v, %v", got, err)
	}
	if err := none.Pin(t.Context()); err != nil {
		t.Error(err)
	}
}

// A name leads where it led when it was first looked up, and to no address
// that is this host's own.
func TestRebinding(t *testing.T) {
	now := addrs("192.0.2.1")
	asked := 0
	p := testPolicy(t, func(context.Context, string) ([]netip.Addr, error) {
		asked++
		return now, nil
	}, "tcp:connect:example.com:443", "tcp:connect:*.example.org:443", "udp:connect:example.com:53")
	if allowed(p, "192.0.2.1") {
		t.Error("granted before the look-up")
	}
	for _, name := range []string{"example.com", "a.example.org"} {
		if _, err := p.Lookup(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	for _, evil := range []string{"127.0.0.1", "169.254.169.254", "10.0.0.1", "192.0.2.2", "::1"} {
		now = addrs(evil)
		for _, name := range []string{"example.com", "EXAMPLE.com.", "a.example.org"} {
			if got, err := p.Lookup(t.Context(), name); !slices.Equal(got, addrs("192.0.2.1")) || err != nil {
				t.Errorf("Lookup(%s) = %v, %v", name, got, err)
			}
		}
		if !allowed(p, "192.0.2.1") || allowed(p, evil) {
			t.Errorf("%s is granted, or the first address is not", evil)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
	// The answer belongs to the Policy.
	got, _ := p.Lookup(t.Context(), "example.com")
	got[0] = netip.MustParseAddr("127.0.0.1")
	if again, _ := p.Lookup(t.Context(), "example.com"); again[0] == got[0] {
		t.Error("a caller changed what is pinned")
	}
	for _, tt := range []struct {
		use  string
		want bool
	}{
		{"udp connect 192.0.2.1:53", true}, {"udp connect 192.0.2.1:443", false},
		{"tcp connect 192.0.2.1:53", false}, {"tcp bind 192.0.2.1:443", false},
	} {
		if err := p.Check(use(t, tt.use)); (err == nil) != tt.want {
			t.Errorf("%s: %v", tt.use, err)
		}
	}
}

// Other names' addresses are not those of a name.
func TestPinsApart(t *testing.T) {
	p := testPolicy(t, func(_ context.Context, name string) ([]netip.Addr, error) {
		if name == "a.example" {
			return addrs("192.0.2.1"), nil
		}
		return addrs("192.0.2.2"), nil
	}, "tcp:connect:a.example:443", "tcp:connect:b.example:80", "resolve:*")
	for _, name := range []string{"a.example", "b.example", "c.example"} {
		if _, err := p.Lookup(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	for a, want := range map[string]bool{
		"192.0.2.1:443": true, "192.0.2.1:80": false, "192.0.2.2:80": true, "192.0.2.2:443": false,
	} {
		if err := p.Check(ProtoTCP, OpConnect, netip.MustParseAddrPort(a)); (err == nil) != want {
			t.Errorf("%s: %v", a, err)
		}
	}
	// Another Policy of the same grants has not looked up anything.
	if allowed(p.WithResolver(nil), "192.0.2.1") || allowed(Union(p), "192.0.2.1") {
		t.Error("another Policy has the same pins")
	}
}

func TestOwnAddrs(t *testing.T) {
	own := []string{
		"127.0.0.1", "127.255.0.9", "::1", "0.0.0.0", "0.1.2.3", "::", "169.254.169.254", "fe80::1", "224.0.0.1",
		"239.1.1.1", "ff02::1", "ff0e::1", "255.255.255.255", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::7f00:1", "::ffff:0:127.0.0.1", "::127.0.0.1", "2002:7f00:1::1", "2002:a9fe:a9fe::",
	}
	others := []string{"192.0.2.1", "10.0.0.1", "2001:db8::1", "64:ff9b::c000:201", "2002:c000:201::1", "fd00::1"}
	p := testPolicy(t, fixed(append(own, others...)...), "tcp:connect:example.com:*", "tcp:connect:*.example.com:*")
	for _, name := range []string{"example.com", "a.example.com"} {
		if got, err := p.Lookup(t.Context(), name); !slices.Equal(got, addrs(others...)) || err != nil {
			t.Errorf("Lookup = %v, %v", got, err)
		}
	}
	for _, ip := range own {
		if allowed(p, ip) {
			t.Errorf("a name grants %s", ip)
		}
	}
	// localhost is nothing else, and nothing else is localhost.
	p = testPolicy(t, fixed("192.0.2.1"), "tcp:connect:localhost:443")
	if err := p.Pin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for ip, want := range map[string]bool{"127.0.0.1": true, "::1": true, "127.0.0.2": false, "192.0.2.1": false} {
		if allowed(p, ip) != want {
			t.Errorf("localhost: %s is granted: %v", ip, !want)
		}
	}
}

func TestLookupErrors(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want error
	}{
		{&net.DNSError{Err: "no such host", Name: "x", Server: "10.9.8.7:53", IsNotFound: true}, ErrNoName},
		{&net.DNSError{Err: "server misbehaving", Server: "10.9.8.7:53", IsTemporary: true}, ErrTryAgain},
		{&net.DNSError{Err: "i/o timeout", Server: "10.9.8.7:53", IsTimeout: true}, ErrTryAgain},
		{fmt.Errorf("10.9.8.7: %w", context.DeadlineExceeded), ErrTryAgain},
		{&net.DNSError{Err: "server misbehaving", Server: "10.9.8.7:53"}, ErrNoAnswer},
		{errors.New("10.9.8.7: no"), ErrNoAnswer},
	} {
		for _, grant := range []string{"resolve:x.example", "tcp:connect:x.example:1"} {
			fail := true
			p := testPolicy(t, func(context.Context, string) ([]netip.Addr, error) {
				if fail {
					return nil, tt.err
				}
				return addrs("192.0.2.1"), nil
			}, grant)
			_, err := p.Lookup(t.Context(), "x.example")
			var le *LookupError
			if !errors.Is(err, tt.want) || !errors.As(err, &le) || le.Name != "x.example" || strings.Contains(err.Error(), "10.9") {
				t.Errorf("%v: %v", tt.err, err)
			}
			// A failure is not pinned.
			fail = false
			if got, err := p.Lookup(t.Context(), "x.example"); len(got) != 1 || err != nil {
				t.Errorf("Lookup again = %v, %v", got, err)
			}
		}
	}
	p := testPolicy(t, func(context.Context, string) ([]netip.Addr, error) {
		return nil, &net.DNSError{IsNotFound: true}
	}, "tcp:connect:a.example:1", "tcp:connect:*.b.example:1", "resolve:c.example")
	if err := p.Pin(t.Context()); !errors.Is(err, ErrNoName) || !strings.Contains(err.Error(), "a.example") {
		t.Errorf("Pin = %v", err)
	}
}

// Those who ask for a name at the same time ask once, and each waits as long
// as it likes.
func TestLookupTogether(t *testing.T) {
	checkLeaks(t)
	var asked atomic.Int32
	started, answer := make(chan struct{}), make(chan struct{})
	p := testPolicy(t, func(ctx context.Context, _ string) ([]netip.Addr, error) {
		asked.Add(1)
		close(started)
		select {
		case <-answer:
			return addrs("192.0.2.1"), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}, "tcp:connect:example.com:443")
	first, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := p.Lookup(first, "example.com")
		gaveUp <- err
	}()
	<-started
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if got, err := p.Lookup(t.Context(), "example.com"); len(got) != 1 || err != nil {
				t.Errorf("Lookup = %v, %v", got, err)
			}
		})
	}
	eventually(t, "all wait", func() bool {
		p.pins.mu.RLock()
		defer p.pins.mu.RUnlock()
		return p.pins.names["example.com"].waiting == 11
	})
	cancel()
	if err := <-gaveUp; err != context.Canceled {
		t.Errorf("Lookup = %v", err)
	}
	close(answer)
	wg.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// A look-up ends when nobody waits for it, and another may follow.
func TestLookupCancel(t *testing.T) {
	for _, grant := range []string{"resolve:*", "tcp:connect:example.com:443", "tcp:connect:*.com:443"} {
		t.Run(grant, func(t *testing.T) {
			checkLeaks(t)
			started := make(chan struct{}, 1)
			p := testPolicy(t, func(ctx context.Context, _ string) ([]netip.Addr, error) {
				started <- struct{}{}
				<-ctx.Done()
				return nil, ctx.Err()
			}, grant)
			for range 2 {
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					<-started
					cancel()
				}()
				if _, err := p.Lookup(ctx, "example.com"); err != context.Canceled {
					t.Errorf("Lookup = %v", err)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := p.Lookup(ctx, "example.com"); err != context.Canceled {
				t.Errorf("Lookup = %v", err)
			}
			eventually(t, "nothing is kept", func() bool {
				p.pins.mu.RLock()
				defer p.pins.mu.RUnlock()
				return len(p.pins.names) == 0 && p.pins.wild == 0
			})
		})
	}
}

// A guest cannot make a Policy remember more and more.
func TestPinsBounded(t *testing.T) {
	many := func(context.Context, string) ([]netip.Addr, error) {
		var as []netip.Addr
		for i := range 4 * maxAddrs {
			as = append(as, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
		}
		return as, nil
	}
	p := testPolicy(t, many, "tcp:connect:*.example:443", "tcp:connect:full.example:443")
	for i := range maxPins {
		if got, err := p.Lookup(t.Context(), fmt.Sprintf("n%d.example", i)); len(got) != maxAddrs || err != nil {
			t.Fatalf("%d: %d addresses, %v", i, len(got), err)
		}
	}
	if _, err := p.Lookup(t.Context(), "more.example"); host.ErrnoOf(err) != host.ENOBUFS {
		t.Errorf("one more: %v", err)
	}
	// Those that are known, and those that a grant names, are not refused.
	for _, name := range []string{"n5.example", "full.example"} {
		if _, err := p.Lookup(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
	if n := len(p.pins.grants); n != maxAddrs {
		t.Errorf("%d addresses are pinned", n)
	}
	// What is not granted by name is not remembered.
	all := testPolicy(t, fixed("192.0.2.1"), "resolve:*", "tcp:connect:*:*")
	for i := range 2 * maxPins {
		if _, err := all.Lookup(t.Context(), fmt.Sprintf("n%d.example", i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(all.pins.names) != 0 {
		t.Errorf("%d names are pinned", len(all.pins.names))
	}
}

func FuzzName(f *testing.F) {
	for _, seed := range []string{"example.com", "EXAMPLE.", "bücher.de", "xn--bcher-kva.de", "127.1", "１２７。0.0.1", "a_b", "0x", "a.0x1f", "ﬁ.com", "faß.de", "\u200d"} {
		f.Add(seed)
	}
	p := testPolicy(f, fixed("192.0.2.1"), "resolve:*")
	f.Fuzz(func(t *testing.T, text string) {
		name, err := asciiName(text)
		if err != nil {
			if host.ErrnoOf(err) != host.EINVAL {
				t.Fatalf("%q: %v", text, err)
			}
		} else if again, err := asciiName(name); again != name || err != nil {
			t.Fatalf("%q becomes %q and that %q, %v", text, name, again, err)
		} else if _, err := netip.ParseAddr(name); err == nil {
			t.Fatalf("%q becomes the address %q", text, name)
		}
		got, err := p.Lookup(t.Context(), text)
		if (len(got) == 0) != (err != nil) || (err == nil) != (p.CheckName(text) == nil) {
			t.Fatalf("Lookup(%q) = %v, %v", text, got, err)
		}
	})
}
