// This file looks up names for a Policy.

package net

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

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

// maxAddrs is the most addresses that a name is taken to have.
const maxAddrs = 64

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
