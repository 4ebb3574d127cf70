// This file looks up names for a Policy, and pins them.

package net

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/dray-wasm/dray/host"
)

// A Resolver finds the addresses of a name, the preferred ones first. The name
// is in ASCII, in small letters and without a dot at its end. The reason of a
// failure is taken from a *net.DNSError.
type Resolver func(ctx context.Context, name string) ([]netip.Addr, error)

// systemResolver asks as the system is configured to.
func systemResolver(ctx context.Context, name string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
}

// Why a look-up failed; errors.Is finds one of them in the error of
// Policy.Lookup when the name was asked for.
var (
	// ErrNoName is that there is no such name, or that it has no addresses.
	ErrNoName = errors.New("the name does not exist or has no addresses")
	// ErrTryAgain is that there was no answer, and that there may be one
	// later.
	ErrTryAgain = errors.New("there was no answer, for now")
	// ErrNoAnswer is that those who were asked cannot answer.
	ErrNoAnswer = errors.New("there was no answer")
)

// A LookupError is that a name could not be resolved. It says nothing of who
// was asked.
type LookupError struct {
	Name string
	// Reason is ErrNoName, ErrTryAgain or ErrNoAnswer.
	Reason error
}

func (e *LookupError) Error() string { return fmt.Sprintf("look up %s: %v", e.Name, e.Reason) }

// Unwrap is the reason, and one in POSIX terms.
func (e *LookupError) Unwrap() []error {
	switch e.Reason {
	case ErrNoName:
		return []error{e.Reason, host.ENOENT}
	case ErrTryAgain:
		return []error{e.Reason, host.ETIMEDOUT}
	}
	return []error{e.Reason, host.EIO}
}

func lookupError(name string, err error) error {
	e := &LookupError{Name: name, Reason: ErrNoAnswer}
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Reason = ErrNoName
	case dns != nil && (dns.IsTimeout || dns.IsTemporary), errors.Is(err, context.DeadlineExceeded):
		e.Reason = ErrTryAgain
	}
	return e
}

const (
	// maxAddrs is the most addresses that a name is taken to have.
	maxAddrs = 256
	// maxPins is the most names that are pinned for grants with a *.
	maxPins = 1024
	// maxLookup ends a look-up that others may join.
	maxLookup = time.Minute
)

// CheckName is the part of Lookup that asks nobody: an error wraps host.EINVAL
// when name is neither an address nor a name that could exist, host.EACCES when
// its look-up is not granted.
func (p *Policy) CheckName(name string) error {
	_, _, err := p.parseName(name)
	return err
}

// parseName is a name in ASCII, or else the address that it is.
func (p *Policy) parseName(text string) (string, netip.Addr, error) {
	if ip, err := netip.ParseAddr(text); err == nil {
		if ip.Zone() != "" {
			return "", ip, fmt.Errorf("address %q has a zone: %w", text, host.EINVAL)
		}
		return "", ip.Unmap(), nil
	}
	name, err := asciiName(text)
	if err != nil {
		return "", netip.Addr{}, err
	}
	if p == nil || !p.all && !slices.ContainsFunc(p.grants, func(g grant) bool { return g.looksUp(name) }) {
		return "", netip.Addr{}, fmt.Errorf("look up %s: not granted: %w", name, host.EACCES)
	}
	return name, netip.Addr{}, nil
}

// Lookup finds the addresses of a name, the preferred ones first; there is at
// least one, and none is an IPv4-mapped IPv6 address. A name that is an IP
// address is that address, which needs no grant.
//
// Of a name that is pinned, only those addresses are told that the Policy
// grants it, or grants by themselves. An error is as CheckName says, or a
// *LookupError, or wraps host.EACCES when no address is left, host.ENOBUFS when
// there are too many names for a grant with a *; or it is ctx's.
func (p *Policy) Lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	name, ip, err := p.parseName(name)
	switch {
	case err != nil:
		return nil, err
	case ip.IsValid():
		return []netip.Addr{ip}, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	var matched []int
	for i := range p.grants {
		if p.grants[i].pins(name) {
			matched = append(matched, i)
		}
	}
	if len(matched) == 0 || p.all {
		return p.ask(ctx, name)
	}
	addrs, err := p.pins.get(ctx, p, name, matched)
	if err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("look up %s: it has only addresses that its grant does not include: %w",
			name, host.EACCES)
	}
	return slices.Clone(addrs), nil
}

// Pin looks up all names that grants name in full, and is the first error.
func (p *Policy) Pin(ctx context.Context) error {
	if p == nil {
		return nil
	}
	for _, g := range p.grants {
		if g.host.kind == hostName && g.ops != 0 {
			if _, err := p.Lookup(ctx, g.host.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask resolves a name now.
func (p *Policy) ask(ctx context.Context, name string) ([]netip.Addr, error) {
	if isLocalhost(name) {
		return slices.Clone(localhostAddrs), nil
	}
	resolve := p.resolve
	if resolve == nil {
		resolve = systemResolver
	}
	found, err := resolve(ctx, name)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, lookupError(name, err)
	}
	var addrs []netip.Addr
	for _, ip := range found {
		if ip = plain(ip); ip.IsValid() && len(addrs) < maxAddrs && !slices.Contains(addrs, ip) {
			addrs = append(addrs, ip)
		}
	}
	if len(addrs) == 0 {
		return nil, &LookupError{Name: name, Reason: ErrNoName}
	}
	return addrs, nil
}

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
