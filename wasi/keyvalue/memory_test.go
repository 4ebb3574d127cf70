package keyvalue_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/wasi/keyvalue"
	"github.com/dray-wasm/dray/wasi/keyvalue/internal/storetest"
)

func TestMemory(t *testing.T) { storetest.Run(t, keyvalue.NewMemory(0)) }

// TestRestricted runs the same tests through limits that let everything pass.
func TestRestricted(t *testing.T) {
	storetest.Run(t, keyvalue.Restrict(keyvalue.NewMemory(0), keyvalue.Limits{Buckets: []string{"*"}}))
}

// TestMemoryVersions swaps a value that was changed and changed back.
func TestMemoryVersions(t *testing.T) {
	b, _ := keyvalue.NewMemory(0).Open(t.Context(), "")
	set := func(v string) {
		if err := b.Set(t.Context(), "k", []byte(v)); err != nil {
			t.Fatal(err)
		}
	}
	set("a")
	old, _ := b.Snapshot(t.Context(), "k")
	set("b")
	set("a")
	if swapped, err := b.Swap(t.Context(), "k", old, nil); swapped || err != nil {
		t.Errorf("Swap = %v, %v", swapped, err)
	}
}

func TestMemoryFull(t *testing.T) {
	b, _ := keyvalue.NewMemory(2000).Open(t.Context(), "")
	var told *keyvalue.Error
	full := func(err error) bool { return errors.As(err, &told) && told.Text == "the store is full" }
	if err := b.Set(t.Context(), "k", make([]byte, 2000)); !full(err) {
		t.Errorf("2000 bytes in a store of 2000: %v", err)
	}
	for range 3 {
		if err := b.Set(t.Context(), "k", make([]byte, 1500)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Set(t.Context(), "l", make([]byte, 500)); !full(err) {
		t.Errorf("500 bytes more: %v", err)
	}
	// What is removed makes room, all of it.
	for range 100 {
		if err := b.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		if err := b.Set(t.Context(), "k", make([]byte, 1500)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMemoryKeys compares the keys with those of a map, over many changes.
func TestMemoryKeys(t *testing.T) {
	b, _ := keyvalue.NewMemory(0).Open(t.Context(), "")
	rnd := rand.New(rand.NewPCG(1, 2))
	want := map[string]bool{}
	for i := range 40_000 {
		key := strconv.Itoa(rnd.IntN(5000))
		if rnd.IntN(3) > i/15_000 {
			want[key] = true
			b.Set(t.Context(), key, nil)
		} else {
			delete(want, key)
			b.Delete(t.Context(), key)
		}
		if i%4000 != 3999 {
			continue
		}
		var keys []string
		for p := (keyvalue.Page{Next: ""}); ; {
			p, _ = b.List(t.Context(), p.Next)
			if keys = append(keys, p.Keys...); p.Next == "" {
				break
			}
		}
		if !slices.IsSorted(keys) || len(keys) != len(want) {
			t.Fatalf("after %d changes there are %d keys, want %d", i+1, len(keys), len(want))
		}
		for _, key := range keys {
			if !want[key] {
				t.Fatalf("the key %q was removed", key)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	ctx := t.Context()
	m := keyvalue.NewMemory(0)
	s := keyvalue.Restrict(m, keyvalue.Limits{Buckets: []string{"mine", "*"}, MaxKey: 5, MaxValue: 10, MaxBatch: 3, MaxBatchBytes: 25})
	if keyvalue.Restrict(s, keyvalue.Limits{}) != s {
		t.Error("limits are put on limits")
	}
	if _, err := s.Open(ctx, strings.Repeat("x", 256)); err != keyvalue.ErrAccessDenied {
		t.Errorf("a long name: %v", err)
	}
	b, err := s.Open(ctx, "any")
	if err != nil {
		t.Fatal(err)
	}
	long, big := "123456", make([]byte, 11)
	_, _, getErr := b.Get(ctx, long)
	_, existsErr := b.Exists(ctx, long)
	_, incErr := b.Increment(ctx, long, 1)
	_, keepErr := b.Snapshot(ctx, long)
	_, swapErr := b.Swap(ctx, long, keyvalue.Snapshot{}, nil)
	_, swapBig := b.Swap(ctx, "k", keyvalue.Snapshot{}, big)
	_, manyErr := b.GetMany(ctx, []string{"a", long})
	_, manyMany := b.GetMany(ctx, make([]string, 4))
	for i, err := range []error{
		getErr, existsErr, incErr, keepErr, swapErr, swapBig, manyErr, manyMany,
		b.Set(ctx, long, nil), b.Set(ctx, "k", big), b.Delete(ctx, long),
		b.SetMany(ctx, []keyvalue.Pair{{Key: "k"}, {Key: long}}), b.SetMany(ctx, []keyvalue.Pair{{Key: "k"}, {Key: "l", Value: big}}),
		b.SetMany(ctx, make([]keyvalue.Pair, 4)), b.DeleteMany(ctx, make([]string, 4)), b.DeleteMany(ctx, []string{long}),
	} {
		var told *keyvalue.Error
		if !errors.As(err, &told) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if p, err := b.List(ctx, ""); err != nil || len(p.Keys) > 0 {
		t.Errorf("calls that were refused made the keys %q (%v)", p.Keys, err)
	}
	if err := b.Set(ctx, "12345", big[:10]); err != nil {
		t.Error(err)
	}
	if vs, err := b.GetMany(ctx, []string{"12345", "12345", "no"}); err != nil || len(vs) != 3 || len(vs[1]) != 10 || vs[2] != nil {
		t.Errorf("GetMany = %q, %v", vs, err)
	}
	if _, err := b.GetMany(ctx, []string{"12345", "12345", "12345"}); err == nil {
		t.Error("30 bytes of values are given, 25 are allowed")
	}
}

func TestGrantedBuckets(t *testing.T) {
	for _, tt := range []struct {
		granted []string
		name    string
		ok      bool
	}{
		{nil, "", true}, {nil, "default", true}, {nil, "other", false},
		{[]string{}, "", false}, {[]string{"a"}, "a", true}, {[]string{"a"}, "default", false}, {[]string{"*"}, "b", true},
	} {
		s := keyvalue.Restrict(keyvalue.NewMemory(0), keyvalue.Limits{Buckets: tt.granted})
		if _, err := s.Open(t.Context(), tt.name); (err == nil) != tt.ok || err != nil && err != keyvalue.ErrAccessDenied {
			t.Errorf("granted %q, the bucket %q: %v", tt.granted, tt.name, err)
		}
	}
}
