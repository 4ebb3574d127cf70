// This file pins names: it keeps the addresses that they had when they were
// first looked up.

package net

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/dray-wasm/dray/host"
)

const (
	// maxPins is the most names that are pinned for grants with a *.
	maxPins = 1024
	// maxLookup ends a look-up that others may join.
	maxLookup = time.Minute
)

// pins are the names of a Policy that were resolved.
type pins struct {
	mu    sync.RWMutex
	names map[string]*pin
	// grants holds, of each address, the grants that have it by name.
	grants map[netip.Addr][]int
	// wild counts the names that no grant names in full.
	wild int
}

// A pin is a name that is resolved or being resolved.
type pin struct {
	wild bool
	// done is closed when addrs and err are set.
	done  chan struct{}
	addrs []netip.Addr
	err   error
	// waiting counts those who wait for done; cancel ends the look-up when
	// there are none.
	waiting int
	cancel  context.CancelFunc
}

// any reports whether one of the grants that have the address by name is one
// that counts.
func (ps *pins) any(ip netip.Addr, counts func(grant int) bool) bool {
	ps.mu.RLock()
	defer ps.mu.RUnlock()
	return slices.ContainsFunc(ps.grants[ip], counts)
}

// get is the addresses of a pinned name, which is resolved when it is not yet.
// Those who ask for it at the same time ask once.
func (ps *pins) get(ctx context.Context, p *Policy, name string, matched []int) ([]netip.Addr, error) {
	n, err := ps.join(ctx, p, name, matched)
	if err != nil {
		return nil, err
	}
	select {
	case <-n.done:
	case <-ctx.Done():
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	n.waiting--
	select {
	case <-n.done:
		return n.addrs, n.err
	default:
	}
	if n.waiting == 0 {
		n.cancel()
		ps.remove(name, n)
	}
	return nil, ctx.Err()
}

// join finds the pin of a name, or makes it and begins to resolve it.
func (ps *pins) join(ctx context.Context, p *Policy, name string, matched []int) (*pin, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if n := ps.names[name]; n != nil {
		n.waiting++
		return n, nil
	}
	wild := !slices.ContainsFunc(matched, func(i int) bool { return p.grants[i].host.kind == hostName })
	if wild && ps.wild >= maxPins {
		return nil, fmt.Errorf("look up %s: more than %d names for grants with a *: %w", name, maxPins, host.ENOBUFS)
	}
	if ps.names == nil {
		ps.names, ps.grants = map[string]*pin{}, map[netip.Addr][]int{}
	}
	// Others may join, and must not fail when this one gives up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxLookup)
	n := &pin{wild: wild, done: make(chan struct{}), waiting: 1, cancel: cancel}
	ps.names[name] = n
	if wild {
		ps.wild++
	}
	go func() {
		defer cancel()
		addrs, err := p.ask(ctx, name)
		ps.settle(p, name, n, matched, addrs, err)
	}()
	return n, nil
}

// remove forgets a pin. mu is held.
func (ps *pins) remove(name string, n *pin) {
	if ps.names[name] != n {
		return
	}
	delete(ps.names, name)
	if n.wild {
		ps.wild--
	}
}

// settle is the end of a look-up.
func (ps *pins) settle(p *Policy, name string, n *pin, matched []int, addrs []netip.Addr, err error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	defer close(n.done)
	if err != nil || ps.names[name] != n {
		// A ctx that ended here is not one of those who wait.
		if err != nil && errors.Is(err, context.DeadlineExceeded) {
			err = &LookupError{Name: name, Reason: ErrTryAgain}
		}
		n.err = err
		ps.remove(name, n)
		return
	}
	for _, ip := range addrs {
		if ownAddr(ip) && !isLocalhost(name) {
			if p.grantsAddr(ip) {
				n.addrs = append(n.addrs, ip)
			}
			continue
		}
		n.addrs = append(n.addrs, ip)
		for _, g := range matched {
			if !slices.Contains(ps.grants[ip], g) {
				ps.grants[ip] = append(ps.grants[ip], g)
			}
		}
	}
}
