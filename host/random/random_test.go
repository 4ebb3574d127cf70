package random

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/dray-wasm/dray/host"
)

func TestFill(t *testing.T) {
	sources := map[string]Source{
		"system": System(),
		"nil":    FromReader(nil),
		"seeded": NewSeeded(1),
	}
	for name, s := range sources {
		for _, fill := range []func([]byte) error{s.Fill, s.FillInsecure} {
			for _, n := range []int{0, 1, 7, 8, 9, 100, maxOnce - 1, maxOnce, maxOnce + 1, 1 << 20} {
				a, b := make([]byte, n), make([]byte, n)
				if err := errors.Join(fill(a), fill(b)); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if n >= 16 && bytes.Equal(a, b) {
					t.Errorf("%s: %d bytes came twice", name, n)
				}
				ones := 0
				for _, x := range a {
					ones += bits.OnesCount8(x)
				}
				// Half of all bits, give or take 8 standard deviations.
				if half := 4 * n; n >= 100 && (ones-half)*(ones-half) > 64*2*n {
					t.Errorf("%s: %d of %d bits are set", name, ones, 8*n)
				}
				if n >= 16 && bytes.Equal(a[n-8:], make([]byte, 8)) {
					t.Errorf("%s: the end of %d bytes is not filled", name, n)
				}
			}
		}
	}
}

// The bytes of a seed are a promise.
func TestSeeded(t *testing.T) {
	s := NewSeeded(42)
	p, q := make([]byte, 8), make([]byte, 8)
	s.Fill(p)
	s.FillInsecure(q)
	lo, hi := s.InsecureSeed()
	got := fmt.Sprintf("%x %x %x %x", p, q, lo, hi)
	const want = "22301fb8d82978da 1c849b3b0f8989df eb233025a267ec1a 58074961a7a8dc91"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if lo2, hi2 := s.InsecureSeed(); lo2 != lo || hi2 != hi {
		t.Error("InsecureSeed changed")
	}
	if bytes.Equal(p, q) {
		t.Error("both sequences are the same")
	}
	other := make([]byte, 8)
	NewSeeded(43).Fill(other)
	if bytes.Equal(p, other) {
		t.Error("two seeds give the same")
	}
}

// The sequence does not depend on how it is asked for.
func TestSeededPieces(t *testing.T) {
	whole := make([]byte, 10_000)
	NewSeeded(7).Fill(whole)
	s, pieces := NewSeeded(7), make([]byte, 10_000)
	for n, size := 0, 1; n < len(pieces); size++ {
		end := min(n+size, len(pieces))
		s.Fill(pieces[n:end])
		s.FillInsecure(make([]byte, size))
		s.InsecureSeed()
		n = end
	}
	if !bytes.Equal(whole, pieces) {
		t.Error("the pieces differ from the whole")
	}
}

func TestFromReader(t *testing.T) {
	s := FromReader(iotest.OneByteReader(strings.NewReader("0123456789abcdefghijklmnopqrstuv")))
	p := make([]byte, 8)
	if err := s.Fill(p); err != nil || string(p) != "01234567" {
		t.Errorf("%q, %v", p, err)
	}
	if lo, hi := s.InsecureSeed(); lo != 0x6665646362613938 || hi != 0x6e6d6c6b6a696867 {
		t.Errorf("%x, %x", lo, hi)
	}
	if err := s.FillInsecure(p); err != nil || string(p) != "opqrstuv" {
		t.Errorf("%q, %v", p, err)
	}
	if err := s.Fill(p); err != host.EIO {
		t.Errorf("at the end: %v", err)
	}
	if lo, hi := s.InsecureSeed(); lo != 0 || hi != 0 {
		t.Errorf("at the end: %x, %x", lo, hi)
	}
	boom := errors.New("boom")
	if err := FromReader(iotest.ErrReader(boom)).Fill(p); !errors.Is(err, boom) {
		t.Errorf("%v", err)
	}
}

func TestConcurrent(t *testing.T) {
	for _, s := range []Source{System(), NewSeeded(1), FromReader(strings.NewReader(strings.Repeat("x", 1<<20)))} {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 50 {
					p := make([]byte, 64)
					if err := errors.Join(s.Fill(p), s.FillInsecure(p)); err != nil {
						t.Error(err)
					}
					s.InsecureSeed()
				}
			})
		}
		wg.Wait()
	}
}

func BenchmarkFill(b *testing.B) {
	for name, s := range map[string]Source{"system": System(), "seeded": NewSeeded(1)} {
		for _, n := range []int{16, 4096, 1 << 20} {
			p := make([]byte, n)
			b.Run(fmt.Sprintf("%s/secure/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(n))
				for b.Loop() {
					s.Fill(p)
				}
			})
			b.Run(fmt.Sprintf("%s/insecure/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(n))
				for b.Loop() {
					s.FillInsecure(p)
				}
			})
		}
	}
}
