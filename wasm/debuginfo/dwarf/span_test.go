package dwarf

// This file tests the search among ranges, and paths.

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCovering compares the search with looking at every span.
func TestCovering(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var s spans
		for i := range rng.IntN(20) {
			low := rng.Uint32N(40) + 1
			s.list = append(s.list, span{low: low, high: low + 1 + rng.Uint32N(30), ref: uint32(i)})
		}
		inner := slices.Clone(s.list)
		slices.SortFunc(inner, func(a, b span) int {
			return cmp.Or(cmp.Compare(b.low, a.low), cmp.Compare(a.high, b.high), cmp.Compare(b.ref, a.ref))
		})
		s.sort()
		for pc := range uint32(80) {
			var want, got []uint32
			for _, sp := range inner {
				if sp.low <= pc && pc < sp.high {
					want = append(want, sp.ref)
				}
			}
			s.covering(pc, &meter{left: 1000}, func(sp span) bool {
				got = append(got, sp.ref)
				return true
			})
			if !slices.Equal(got, want) {
				t.Fatalf("covering(%d) of %v = %v, want %v", pc, s.list, got, want)
			}
		}
	}
}

func TestJoin(t *testing.T) {
	for _, tt := range []struct{ dir, name, want string }{
		{"/src", "a.c", "/src/a.c"},
		{"/src/x", "../a.c", "/src/a.c"},
		{"/src", "/inc/b.h", "/inc/b.h"},
		{".", "c/trap.c", "c/trap.c"},
		{"", "./a.c", "a.c"},
		{"/src", "", "/src"},
		{"", "", ""},
		{`C:\src`, "a.c", `C:\src\a.c`},
		{`C:\src\`, `lib\a.c`, `C:\src\lib\a.c`},
		{`C:\src`, `D:\b.h`, `D:\b.h`},
		{"C:/src", "a.c", "C:/src/a.c"},
		{"/src", `\\host\share\a.c`, `\\host\share\a.c`},
		{"/rustc/0123", "library/core/src/a.rs", "/rustc/0123/library/core/src/a.rs"},
	} {
		if got := join(tt.dir, tt.name); got != tt.want {
			t.Errorf("join(%q, %q) = %q, want %q", tt.dir, tt.name, got, tt.want)
		}
	}
}
