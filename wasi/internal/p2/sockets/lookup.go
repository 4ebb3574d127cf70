package sockets

// This file is the interface ip-name-lookup.

import (
	"context"
	"net/netip"
	"strings"
	"sync"

	"github.com/dray-wasm/dray/host/stream"
	wasi_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// maxLookups is how many names of one guest are looked up at a time. Others
// wait for their turn.
const maxLookups = 16

// A ResolveAddressStream is the resource resolve-address-stream: the addresses
// of a name, once they are known.
type ResolveAddressStream struct {
	st     *State
	cancel context.CancelFunc // nil for an address, which nobody is asked for

	done  stream.Event
	mu    sync.Mutex
	addrs []netip.Addr
	err   error
}

var _ gen.ResolveAddressStream = (*ResolveAddressStream)(nil)

// ResolveAddresses begins to look up a name. An address in textual form, in
// brackets too if it is of IPv6, is its own result.
func (h Host) ResolveAddresses(ctx context.Context, network gen.Network, name string) (gen.ResolveAddressStream, error) {
	s := network.(*Network).st
	if s.policy == nil {
		return nil, gen.ErrorCodeAccessDenied
	}
	name, err := unbracket(name)
	if err == nil {
		err = s.policy.CheckName(name)
	}
	if err != nil {
		return nil, codeOf(err)
	}
	if a, err := netip.ParseAddr(name); err == nil {
		r := &ResolveAddressStream{st: s, addrs: []netip.Addr{a}}
		r.done.Set()
		return r, nil
	}
	r := &ResolveAddressStream{st: s}
	life, cancel := context.WithCancel(s.io.Life())
	r.cancel = cancel
	if err := s.io.Opened(r); err != nil {
		cancel()
		// Too much is open, but this is no socket.
		return nil, gen.ErrorCodeOutOfMemory
	}
	go r.lookup(life, name)
	return r, nil
}

// lookup asks, and ends with the stream or with the guest.
func (r *ResolveAddressStream) lookup(life context.Context, name string) {
	defer r.done.Set()
	defer r.cancel()
	var addrs []netip.Addr
	var err error
	select {
	case r.st.lookups <- struct{}{}:
		addrs, err = r.st.policy.Lookup(life, name)
		<-r.st.lookups
	case <-life.Done():
		err = life.Err()
	}
	r.mu.Lock()
	r.addrs, r.err = addrs, codeOf(err)
	r.mu.Unlock()
}

// ResolveNextAddress gives one address after the other, and then none.
func (r *ResolveAddressStream) ResolveNextAddress(context.Context) (*gen.IPAddress, error) {
	if !r.done.Ready() {
		return nil, gen.ErrorCodeWouldBlock
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil || len(r.addrs) == 0 {
		return nil, r.err
	}
	a := toIPAddress(r.addrs[0])
	r.addrs = r.addrs[1:]
	return &a, nil
}

// Subscribe gives a pollable that is ready when the name has been looked up.
func (r *ResolveAddressStream) Subscribe(context.Context) (wasi_io.Pollable, error) {
	return p2io.NewPollable(&r.done), nil
}

// Close ends the lookup.
func (r *ResolveAddressStream) Close() error {
	if r.cancel != nil {
		r.cancel()
	}
	return nil
}

// Drop ends the lookup.
func (r *ResolveAddressStream) Drop(context.Context) error {
	r.st.io.Closed(r)
	return r.Close()
}

// unbracket takes the brackets from an IPv6 address.
func unbracket(name string) (string, error) {
	if !strings.HasPrefix(name, "[") {
		return name, nil
	}
	inner, closed := strings.CutSuffix(name[1:], "]")
	if a, err := netip.ParseAddr(inner); !closed || err != nil || !a.Is6() {
		return "", gen.ErrorCodeInvalidArgument
	}
	return inner, nil
}
