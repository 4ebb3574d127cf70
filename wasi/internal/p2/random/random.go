// Package random is the host's side of wasi:random 0.2, over the package of
// that name in host.
package random

import (
	"context"
	"fmt"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/random"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/random"
)

// DefaultMaxBytes is how many bytes a guest can ask for in one call when [New]
// is not told.
const DefaultMaxBytes = 64 << 20

// A State is the randomness of one guest.
type State struct {
	src random.Source
	max uint64
	// buf is where small results are made. They are copied into the guest
	// before it goes on.
	buf [256]byte
}

// New makes the randomness of a guest. A nil source is the system's. A call
// can ask for at most maxBytes, 0 means [DefaultMaxBytes].
func New(src random.Source, maxBytes uint64) *State {
	if src == nil {
		src = random.System()
	}
	if maxBytes == 0 {
		maxBytes = DefaultMaxBytes
	}
	return &State{src: src, max: maxBytes}
}

// chunk is how many bytes are made between two looks at the context.
const chunk = 1 << 20

// bytes makes n bytes with fill.
func (s *State) bytes(ctx context.Context, n uint64, fill func([]byte) error) ([]byte, error) {
	if n > s.max {
		return nil, fmt.Errorf("the guest asks for %d random bytes at once, more than %d", n, s.max)
	}
	p := s.buf[:min(n, uint64(len(s.buf)))]
	if n > uint64(len(p)) {
		p = make([]byte, n)
	}
	for rest := p; len(rest) > 0; {
		next := rest[:min(len(rest), chunk)]
		if err := fill(next); err != nil {
			return nil, fmt.Errorf("random bytes cannot be had: %w", err)
		}
		rest = rest[len(next):]
		if err := ctx.Err(); err != nil && len(rest) > 0 {
			return nil, err
		}
	}
	return p, nil
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
func (h Host) GetRandomBytes(ctx context.Context, n uint64) ([]byte, error) {
	s := h.Of(ctx)
	return s.bytes(ctx, n, s.src.Fill)
}

// GetRandomU64 is 8 such bytes.
func (h Host) GetRandomU64(ctx context.Context) (uint64, error) {
	p, err := h.GetRandomBytes(ctx, 8)
	return number(p), err
}

// GetInsecureRandomBytes makes bytes that are well distributed.
func (h Host) GetInsecureRandomBytes(ctx context.Context, n uint64) ([]byte, error) {
	s := h.Of(ctx)
	return s.bytes(ctx, n, s.src.FillInsecure)
}

// GetInsecureRandomU64 is 8 such bytes.
func (h Host) GetInsecureRandomU64(ctx context.Context) (uint64, error) {
	p, err := h.GetInsecureRandomBytes(ctx, 8)
	return number(p), err
}

// InsecureSeed is a value for seeding hash maps.
func (h Host) InsecureSeed(ctx context.Context) (bind.Tuple2[uint64, uint64], error) {
	lo, hi := h.Of(ctx).src.InsecureSeed()
	return bind.Tuple2[uint64, uint64]{F0: lo, F1: hi}, nil
}

// number is 8 bytes as a number; 0 where there are none.
func number(p []byte) (n uint64) {
	for i := len(p) - 1; i >= 0; i-- {
		n = n<<8 | uint64(p[i])
	}
	return n
}
