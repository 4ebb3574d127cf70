package random

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host/random"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/random"
)

func link(src random.Source, maxBytes uint64) gen.Host {
	s := New(src, maxBytes)
	return Host{func(context.Context) *State { return s }}.Link()
}

func TestBytes(t *testing.T) {
	h, ctx := link(nil, 1000), t.Context()
	for name, get := range map[string]func(context.Context, uint64) ([]byte, error){
		"random": h.Random.GetRandomBytes, "insecure": h.Insecure.GetInsecureRandomBytes,
	} {
		for n, want := range map[uint64]int{0: 0, 1: 1, 255: 255, 256: 256, 257: 257, 1000: 1000, 1001: 1000, 1 << 63: 1000, 1<<64 - 1: 1000} {
			p, err := get(ctx, n)
			if len(p) != want || err != nil {
				t.Errorf("%s: %d bytes for %d, want %d, %v", name, len(p), n, want, err)
			}
		}
		a, _ := get(ctx, 32)
		a = bytes.Clone(a)
		if b, _ := get(ctx, 32); bytes.Equal(a, b) {
			t.Errorf("%s: the same bytes twice", name)
		}
	}
	a, err := h.Random.GetRandomU64(ctx)
	b, err2 := h.Insecure.GetInsecureRandomU64(ctx)
	if a == 0 || b == 0 || a == b || err != nil || err2 != nil {
		t.Errorf("%d, %v, %d, %v", a, err, b, err2)
	}
}

// TestSeed: a guest gets one seed, and another guest another.
func TestSeed(t *testing.T) {
	h, ctx := link(nil, 0), t.Context()
	a, err := h.InsecureSeed.GetInsecureSeed(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := h.InsecureSeed.GetInsecureSeed(ctx); a != b {
		t.Errorf("%v and then %v", a, b)
	}
	if b, _ := link(nil, 0).InsecureSeed.GetInsecureSeed(ctx); a == b {
		t.Error("two guests have the same seed")
	}
}

// A broken source fails.
type broken struct{ random.Source }

var errBroken = errors.New("no entropy")

func (broken) Fill([]byte) error         { return errBroken }
func (broken) FillInsecure([]byte) error { return errBroken }

func TestBrokenSource(t *testing.T) {
	h, ctx := link(broken{}, 0), t.Context()
	_, err1 := h.Random.GetRandomBytes(ctx, 5)
	_, err2 := h.Random.GetRandomU64(ctx)
	_, err3 := h.Insecure.GetInsecureRandomBytes(ctx, 5)
	_, err4 := h.Insecure.GetInsecureRandomU64(ctx)
	for _, err := range []error{err1, err2, err3, err4} {
		if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "random bytes cannot be had") {
			t.Error(err)
		}
	}
	if _, err := h.Random.GetRandomBytes(ctx, 0); err != nil {
		t.Errorf("no bytes: %v", err)
	}
}
