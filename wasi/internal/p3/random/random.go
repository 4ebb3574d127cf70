// Package random is the host's side of wasi:random 0.3, over the package of
// that name in host.
package random

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/random"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/random"
)

// DefaultMaxBytes is how many bytes a call gives at most when [New] is not
// told.
const DefaultMaxBytes = 1 << 20

// A State is the randomness of one guest.
type State struct {
	src  random.Source
	max  uint64
	seed func() bind.Tuple2[uint64, uint64] // always the same
	// buf is where small results are made. They are copied into the guest
	// before it goes on.
	buf [256]byte
}

// New makes the randomness of a guest. A nil source is the system's. A call
// gives at most maxBytes, 0 means [DefaultMaxBytes]: who asks for more gets
// less, and asks again.
func New(src random.Source, maxBytes uint64) *State {
	if src == nil {
		src = random.System()
	}
	if maxBytes == 0 {
		maxBytes = DefaultMaxBytes
	}
	return &State{src: src, max: maxBytes, seed: sync.OnceValue(func() bind.Tuple2[uint64, uint64] {
		lo, hi := src.InsecureSeed()
		return bind.Tuple2[uint64, uint64]{F0: lo, F1: hi}
	})}
}

// bytes makes n bytes with fill, or as many as a call gives.
func (s *State) bytes(n uint64, fill func([]byte) error) ([]byte, error) {
	n = min(n, s.max)
	p := s.buf[:min(n, uint64(len(s.buf)))]
	if n > uint64(len(p)) {
		p = make([]byte, n)
	}
	if len(p) == 0 {
		return p, nil
	}
	if err := fill(p); err != nil {
		return nil, fmt.Errorf("random bytes cannot be had: %w", err)
	}
	return p, nil
}

// number makes a number with fill.
func number(fill func([]byte) error) (uint64, error) {
	var p [8]byte
	if err := fill(p[:]); err != nil {
		return 0, fmt.Errorf("random bytes cannot be had: %w", err)
	}
	return binary.LittleEndian.Uint64(p[:]), nil
}

// A Host is the functions of wasi:random.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.RandomHost       = Host{}
	_ gen.InsecureHost     = Host{}
	_ gen.InsecureSeedHost = Host{}
)

// Link defines what the package has.
func (h Host) Link() gen.Host { return gen.Host{Random: h, Insecure: h, InsecureSeed: h} }

// GetRandomBytes makes bytes that nobody can predict.
func (h Host) GetRandomBytes(ctx context.Context, most uint64) ([]byte, error) {
	s := h.Of(ctx)
	return s.bytes(most, s.src.Fill)
}

// GetRandomU64 is 8 such bytes.
func (h Host) GetRandomU64(ctx context.Context) (uint64, error) { return number(h.Of(ctx).src.Fill) }

// GetInsecureRandomBytes makes bytes that are well distributed.
func (h Host) GetInsecureRandomBytes(ctx context.Context, most uint64) ([]byte, error) {
	s := h.Of(ctx)
	return s.bytes(most, s.src.FillInsecure)
}

// GetInsecureRandomU64 is 8 such bytes.
func (h Host) GetInsecureRandomU64(ctx context.Context) (uint64, error) {
	return number(h.Of(ctx).src.FillInsecure)
}

// GetInsecureSeed is a value for seeding hash maps: always the same one.
func (h Host) GetInsecureSeed(ctx context.Context) (bind.Tuple2[uint64, uint64], error) {
	return h.Of(ctx).seed(), nil
}
