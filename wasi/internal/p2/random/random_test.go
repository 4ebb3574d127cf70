package random

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host/random"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/random"
)

// link is the functions of a guest with a state.
func link(s *State) gen.Host {
	return Host{func(context.Context) *State { return s }}.Link()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestSequence: however a guest cuts its requests, it gets what the source
// gives, in order.
func TestSequence(t *testing.T) {
	secure, insecure := make([]byte, 3<<20), make([]byte, 3<<20)
	src := random.NewSeeded(7)
	check(t, src.Fill(secure))
	check(t, src.FillInsecure(insecure))
	h, ctx := link(New(random.NewSeeded(7), 0)), t.Context()
	at, at2 := 0, 0
	for _, n := range []uint64{0, 1, 8, 255, 256, 257, 4096, 2<<20 + 3} {
		p, err := h.Random.GetRandomBytes(ctx, n)
		check(t, err)
		if uint64(len(p)) != n || !bytes.Equal(p, secure[at:at+int(n)]) {
			t.Errorf("%d bytes are not those of the source", n)
		}
		at += int(n)
		p, err = h.Insecure.GetInsecureRandomBytes(ctx, n)
		check(t, err)
		if uint64(len(p)) != n || !bytes.Equal(p, insecure[at2:at2+int(n)]) {
			t.Errorf("%d insecure bytes are not those of the source", n)
		}
		at2 += int(n)
	}
	if n, err := h.Random.GetRandomU64(ctx); n != binary.LittleEndian.Uint64(secure[at:]) || err != nil {
		t.Errorf("get-random-u64 = %d, %v", n, err)
	}
	if n, err := h.Insecure.GetInsecureRandomU64(ctx); n != binary.LittleEndian.Uint64(insecure[at2:]) || err != nil {
		t.Errorf("get-insecure-random-u64 = %d, %v", n, err)
	}
	lo, hi := src.InsecureSeed()
	if seed, err := h.InsecureSeed.InsecureSeed(ctx); seed.F0 != lo || seed.F1 != hi || err != nil {
		t.Errorf("insecure-seed = %v, %v", seed, err)
	}
}

func TestBounds(t *testing.T) {
	h, ctx := link(New(nil, 1000)), t.Context()
	if p, err := h.Random.GetRandomBytes(ctx, 1000); len(p) != 1000 || err != nil {
		t.Errorf("%d bytes, %v", len(p), err)
	}
	for _, n := range []uint64{1001, 1 << 32, 1<<64 - 1} {
		if _, err := h.Random.GetRandomBytes(ctx, n); err == nil {
			t.Errorf("%d bytes were given", n)
		}
		if _, err := h.Insecure.GetInsecureRandomBytes(ctx, n); err == nil {
			t.Errorf("%d insecure bytes were given", n)
		}
	}
}

func TestErrors(t *testing.T) {
	h := link(New(random.FromReader(strings.NewReader("few")), 0))
	if _, err := h.Random.GetRandomBytes(t.Context(), 4); err == nil {
		t.Error("bytes of a source that is empty")
	}
	if _, err := h.Random.GetRandomU64(t.Context()); err == nil {
		t.Error("a number of a source that is empty")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	h = link(New(nil, 0))
	if _, err := h.Random.GetRandomBytes(ended, 2*chunk); !errors.Is(err, context.Canceled) {
		t.Errorf("many bytes when ctx ended: %v", err)
	}
}
