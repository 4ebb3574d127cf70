package sockets

import (
	"context"
	"errors"
	gonet "net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

func TestLookup(t *testing.T) {
	resolver := func(_ context.Context, name string) ([]netip.Addr, error) {
		switch name {
		case "two.example":
			return []netip.Addr{netip.MustParseAddr("::ffff:192.0.2.1"), netip.MustParseAddr("2001:db8::2")}, nil
		case "later.example":
			return nil, &gonet.DNSError{IsTemporary: true}
		case "broken.example":
			return nil, errors.New("broken")
		}
		return nil, &gonet.DNSError{IsNotFound: true}
	}
	four := gen.IPAddress{Case: gen.IPAddressIpv4, Ipv4: gen.Ipv4Address{F0: 192, F2: 2, F3: 1}}
	six := gen.IPAddress{Case: gen.IPAddressIpv6, Ipv6: gen.Ipv6Address{F0: 0x2001, F1: 0xdb8, F7: 2}}
	g := newGuest(t, grants(t, "resolve:*.example").WithResolver(resolver), 0)
	for _, c := range []struct {
		name   string
		want   []gen.IPAddress
		code   string
		atOnce bool
	}{
		{"192.0.2.1", []gen.IPAddress{four}, "ok", true},
		{"::ffff:192.0.2.1", []gen.IPAddress{four}, "ok", true},
		{"2001:db8::2", []gen.IPAddress{six}, "ok", true},
		{"fe80::1%eth0", nil, "invalid-argument", true},
		{"not a name", nil, "invalid-argument", true},
		{"", nil, "invalid-argument", true},
		{"a.test", nil, "access-denied", true},
		{"two.example", []gen.IPAddress{four, six}, "ok", false},
		{"TWO.example", []gen.IPAddress{four, six}, "ok", false},
		{"none.example", nil, "name-unresolvable", false},
		{"later.example", nil, "temporary-resolver-failure", false},
		{"broken.example", nil, "permanent-resolver-failure", false},
	} {
		_, done, err := g.h.TryResolveAddresses(g.ctx, c.name)
		if done != c.atOnce {
			t.Errorf("%q: answers at once: %v", c.name, done)
		}
		if done {
			g.is(c.name, err, c.code)
		}
		got, err := g.h.ResolveAddresses(g.ctx, c.name)
		if !slices.Equal(got, c.want) {
			t.Errorf("%q is %v", c.name, got)
		}
		g.is(c.name, err, c.code)
	}
}

// Many lookups wait for their turn, and end with their call or with the guest.
func TestLookupsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		release := make(chan struct{})
		resolver := func(ctx context.Context, _ string) ([]netip.Addr, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			select {
			case <-release:
				return []netip.Addr{netip.IPv6LinkLocalAllNodes()}, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		st := guest.New(0)
		s := New(st, net.AllowAll().WithResolver(resolver))
		h := Host{func(context.Context) *State { return s }}
		var all sync.WaitGroup
		var good atomic.Int32
		look := func(ctx context.Context) {
			all.Go(func() {
				if _, err := h.ResolveAddresses(ctx, "a.example"); err == nil {
					good.Add(1)
				} else if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		ctx, cancel := context.WithCancel(t.Context())
		for range 3 * maxLookups {
			look(ctx)
		}
		synctest.Wait()
		if now.Load() != maxLookups {
			t.Errorf("%d lookups go on", now.Load())
		}
		cancel()
		all.Wait()
		for range 3 * maxLookups {
			look(t.Context())
		}
		synctest.Wait()
		close(release)
		all.Wait()
		if good.Load() != 3*maxLookups || most.Load() != maxLookups {
			t.Errorf("%d lookups, at most %d at a time", good.Load(), most.Load())
		}
		release = make(chan struct{})
		for range 3 * maxLookups {
			look(t.Context())
		}
		synctest.Wait()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
	})
}
