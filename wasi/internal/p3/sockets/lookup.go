package sockets

// This file is the interface ip-name-lookup.

import (
	"context"
	"net/netip"

	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
)

// maxLookups is how many names of one guest are looked up at a time. Others
// wait for their turn.
const maxLookups = 16

// TryResolveAddresses is ResolveAddresses of what needs no asking: addresses in
// textual form, and names that are refused.
func (h Host) TryResolveAddresses(ctx context.Context, name string) ([]gen.IPAddress, bool, error) {
	if err := h.Of(ctx).policy.CheckName(name); err != nil {
		return nil, true, lookupCodeOf(err)
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		return []gen.IPAddress{toAddress(ip)}, true, nil
	}
	return nil, false, nil
}

// ResolveAddresses looks up a name.
func (h Host) ResolveAddresses(ctx context.Context, name string) ([]gen.IPAddress, error) {
	if addrs, done, err := h.TryResolveAddresses(ctx, name); done {
		return addrs, err
	}
	s := h.Of(ctx)
	// The guest may end while a call of it goes on.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.guest.Life(), cancel)()
	select {
	case s.lookups <- struct{}{}:
		defer func() { <-s.lookups }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	found, err := s.policy.Lookup(ctx, name)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, lookupCodeOf(err)
	}
	addrs := make([]gen.IPAddress, len(found))
	for i, ip := range found {
		addrs[i] = toAddress(ip)
	}
	return addrs, nil
}
