package sockets

import (
	"context"
	"errors"
	gonet "net"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	"github.com/dray-wasm/dray/wasi/internal/inet"
)

// resolve looks a name up, as guests do.
func (g *guest) resolve(name string) ([]netip.Addr, error) {
	g.t.Helper()
	r, err := g.h.ResolveAddresses(g.ctx, g.net, name)
	if err != nil {
		return nil, err
	}
	defer func() { g.ok(r.Drop(g.ctx)) }()
	var all []netip.Addr
	for {
		a, err := r.ResolveNextAddress(g.ctx)
		switch {
		case err == gen.ErrorCodeWouldBlock:
			g.block(r.Subscribe(g.ctx))
		case err != nil:
			// It stays so.
			if _, again := r.ResolveNextAddress(g.ctx); again != err {
				g.t.Errorf("resolve-next-address = %v, then %v", err, again)
			}
			return all, err
		case a == nil:
			return all, nil
		case a.Case == gen.IPAddressIpv4:
			all = append(all, inet.From4(a.Ipv4))
		default:
			all = append(all, inet.From6(a.Ipv6, 0))
		}
	}
}

// Names, and what comes of them.
var lookupTests = []struct{ name, want string }{
	// Addresses are their own result.
	{"0.0.0.0", "0.0.0.0"},
	{"127.0.0.1", "127.0.0.1"},
	{"192.0.2.0", "192.0.2.0"},
	{"::", "::"},
	{"::1", "::1"},
	{"[::]", "::"},
	{"[2001:db8::1]", "2001:db8::1"},
	{"2001:0db8:0:0:0:0:0:0", "2001:db8::"},
	{"dead:beef::0", "dead:beef::"},
	{"DEAD:BEEF::0", "dead:beef::"},
	{"::ffff:192.0.2.1", "192.0.2.1"},
	// Names.
	{"localhost", "127.0.0.1 ::1"},
	{"example.com", "2001:db8::1 192.0.2.1 192.0.2.2"},
	{"EXAMPLE.com.", "2001:db8::1 192.0.2.1 192.0.2.2"},
	{"münchen.de", "192.0.2.3"},
	{"under_score.example", "192.0.2.4"},
	{"nobody.example", "name-unresolvable"},
	{"empty.example", "name-unresolvable"},
	{"slow.example", "temporary-resolver-failure"},
	{"broken.example", "permanent-resolver-failure"},
	// Neither.
	{"", "invalid-argument"},
	{" ", "invalid-argument"},
	{".", "invalid-argument"},
	{"a..b", "invalid-argument"},
	{"a.b<&>", "invalid-argument"},
	{"127.0.0.1:80", "invalid-argument"},
	{"[::]:80", "invalid-argument"},
	{"[::", "invalid-argument"},
	{"::]", "invalid-argument"},
	{"[]", "invalid-argument"},
	{"[127.0.0.1]", "invalid-argument"},
	{"[example.com]", "invalid-argument"},
	{"fe80::1%eth0", "invalid-argument"},
	{"[fe80::1%1]", "invalid-argument"},
	{"127.1", "invalid-argument"},
	{"0x7f.1", "invalid-argument"},
	{"2130706433", "invalid-argument"},
	{"http://example.com/", "invalid-argument"},
	{"example.com\x00.evil", "invalid-argument"},
	{"a\nb", "invalid-argument"},
	{strings.Repeat("a", 64) + ".com", "invalid-argument"},
	{strings.Repeat("a.", 200) + "com", "invalid-argument"},
	{strings.Repeat("ü", 1<<20), "invalid-argument"},
}

func TestLookup(t *testing.T) {
	some := func(texts ...string) (as []netip.Addr) {
		for _, s := range texts {
			as = append(as, netip.MustParseAddr(s))
		}
		return as
	}
	answers := map[string]func() ([]netip.Addr, error){
		"example.com":         func() ([]netip.Addr, error) { return some("2001:db8::1", "::ffff:192.0.2.1", "192.0.2.2"), nil },
		"xn--mnchen-3ya.de":   func() ([]netip.Addr, error) { return some("192.0.2.3"), nil },
		"nobody.example":      func() ([]netip.Addr, error) { return nil, &gonet.DNSError{IsNotFound: true} },
		"empty.example":       func() ([]netip.Addr, error) { return nil, nil },
		"slow.example":        func() ([]netip.Addr, error) { return nil, &gonet.DNSError{IsTimeout: true} },
		"broken.example":      func() ([]netip.Addr, error) { return nil, errors.New("SERVFAIL") },
		"under_score.example": func() ([]netip.Addr, error) { return some("192.0.2.4"), nil },
	}
	resolver := func(_ context.Context, name string) ([]netip.Addr, error) {
		if f := answers[name]; f != nil {
			return f()
		}
		t.Errorf("somebody was asked for %q", name)
		return nil, &gonet.DNSError{IsNotFound: true}
	}
	g := newGuest(t, net.AllowAll().WithResolver(resolver))
	for _, c := range lookupTests {
		got, err := g.resolve(c.name)
		text := code(err)
		if err == nil {
			text = ""
			for _, a := range got {
				text += " " + a.String()
			}
			text = strings.TrimSpace(text)
		}
		if len(c.name) > 80 {
			c.name = c.name[:80] + "..."
		}
		if text != c.want {
			t.Errorf("%q: %s, expected %s", c.name, text, c.want)
		}
	}
}

// A lookup that goes on ends with its stream, and with its guest; no more than
// a few go on at a time.
func TestLookupEnds(t *testing.T) {
	for _, by := range []string{"drop", "end of the guest"} {
		t.Run(by, func(t *testing.T) {
			var asked, most atomic.Int32
			resolver := func(ctx context.Context, name string) ([]netip.Addr, error) {
				n := asked.Add(1)
				defer asked.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				<-ctx.Done()
				return nil, ctx.Err()
			}
			g := newGuest(t, net.AllowAll().WithResolver(resolver))
			var all []gen.ResolveAddressStream
			for range 10 * maxLookups {
				r := must(g.h.ResolveAddresses(g.ctx, g.net, "example.com"))(g)
				_, err := r.ResolveNextAddress(g.ctx)
				g.is("resolve-next-address", err, "would-block")
				p := must(r.Subscribe(g.ctx))(g)
				if is, _ := p.Ready(g.ctx); is {
					t.Error("the pollable is ready")
				}
				all = append(all, r)
			}
			eventually(t, "lookups go on", func() bool { return asked.Load() == maxLookups })
			if by == "drop" {
				for _, r := range all {
					g.ok(r.Drop(g.ctx))
				}
			} else {
				g.ok(g.io.Close())
				for _, r := range all {
					g.block(r.Subscribe(g.ctx))
					if _, err := r.ResolveNextAddress(g.ctx); err == nil {
						t.Error("a lookup succeeded")
					}
				}
			}
			eventually(t, "lookups end", func() bool { return asked.Load() == 0 })
			if most.Load() > maxLookups {
				t.Errorf("%d lookups at a time", most.Load())
			}
		})
	}
}

// Names that are not granted are refused before anybody is asked.
func TestLookupDenied(t *testing.T) {
	resolver := func(_ context.Context, name string) ([]netip.Addr, error) {
		if name != "granted.example" {
			t.Errorf("somebody was asked for %q", name)
		}
		return []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("127.0.0.1")}, nil
	}
	g := newGuest(t, grants(t, "tcp:connect:granted.example:80").WithResolver(resolver))
	before := runtime.NumGoroutine()
	for range 100 {
		_, err := g.h.ResolveAddresses(g.ctx, g.net, "denied.example")
		g.is("resolve-addresses", err, "access-denied")
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
	// A name leads to no address of the host.
	got, err := g.resolve("granted.example")
	if len(got) != 1 || got[0] != netip.MustParseAddr("192.0.2.1") || err != nil {
		t.Errorf("granted.example is %v, %v", got, err)
	}
	g.is("start-connect to 127.0.0.1",
		g.tcp(gen.IPAddressFamilyIpv4).StartConnect(g.ctx, g.net, at("127.0.0.1:80")), "access-denied")
}
