// Package storetest has the tests that every store of package keyvalue passes.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray/wasi/keyvalue"
)

// Run tests a store that holds nothing. Tests of these names are left out.
func Run(t *testing.T, s keyvalue.Store, without ...string) {
	for name, test := range map[string]func(*testing.T, keyvalue.Bucket){
		"Values": values, "Numbers": numbers, "Limits of numbers": numberLimits, "List": list, "Pages": pages,
		"Swap": swap, "Many": many, "Concurrent": concurrent, "Ended": ended,
	} {
		if slices.Contains(without, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			b, err := s.Open(t.Context(), "bucket of "+name)
			if err != nil {
				t.Fatal(err)
			}
			test(t, b)
		})
	}
	t.Run("Buckets", func(t *testing.T) { buckets(t, s) })
}

// expect checks the value of a key; "<none>" stands for no such key.
func expect(t *testing.T, b keyvalue.Bucket, key, want string) {
	t.Helper()
	value, ok, err := b.Get(t.Context(), key)
	got := string(value)
	if !ok {
		got = "<none>"
	}
	if err != nil || got != want {
		t.Errorf("the value of %q is %q, %v; want %q", key, got, err, want)
	}
	if found, err := b.Exists(t.Context(), key); err != nil || found != ok {
		t.Errorf("Exists(%q) = %v, %v; Get says %v", key, found, err, ok)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func values(t *testing.T, b keyvalue.Bucket) {
	ctx := t.Context()
	expect(t, b, "a", "<none>")
	check(t, b.Delete(ctx, "a"))
	for _, key := range []string{"a", "", "\x00", "a\x00b", "häßlich*?[", strings.Repeat("k", 4096)} {
		for _, value := range []string{"x", "", "\x00\xff", strings.Repeat("v", 100_000)} {
			check(t, b.Set(ctx, key, []byte(value)))
			expect(t, b, key, value)
		}
		check(t, b.Delete(ctx, key))
		expect(t, b, key, "<none>")
	}
}

// An addition is a number or another value, what is added, and what is there
// then, or a word of the error.
type addition struct {
	old   string
	delta int64
	want  string
	err   string
}

func numbers(t *testing.T, b keyvalue.Bucket) {
	add(t, b, []addition{
		{"<none>", 5, "5", ""},
		{"<none>", 0, "0", ""},
		{"5", -7, "-2", ""},
		{"-2", math.MaxInt64, "9223372036854775805", ""},
		{"", 1, "", "decimal"},
		{"five", 1, "five", "decimal"},
		{" 5", 1, " 5", "decimal"},
		{"5.0", 1, "5.0", "decimal"},
		{"9223372036854775808", 1, "9223372036854775808", "decimal"},
	})
}

func numberLimits(t *testing.T, b keyvalue.Bucket) {
	add(t, b, []addition{
		{"9223372036854775807", 1, "9223372036854775807", "64 bits"},
		{"-9223372036854775808", -1, "-9223372036854775808", "64 bits"},
		{strings.Repeat("0", 100), 1, strings.Repeat("0", 100), "decimal"},
	})
}

func add(t *testing.T, b keyvalue.Bucket, additions []addition) {
	ctx := t.Context()
	for i, tt := range additions {
		key := fmt.Sprint("key", i)
		if tt.old != "<none>" {
			check(t, b.Set(ctx, key, []byte(tt.old)))
		}
		n, err := b.Increment(ctx, key, tt.delta)
		var told *keyvalue.Error
		switch {
		case tt.err == "" && (err != nil || fmt.Sprint(n) != tt.want):
			t.Errorf("%q + %d = %d, %v; want %s", tt.old, tt.delta, n, err, tt.want)
		case tt.err != "" && (!errors.As(err, &told) || !strings.Contains(told.Text, tt.err)):
			t.Errorf("%q + %d = %d, %v; want an error with %q for the guest", tt.old, tt.delta, n, err, tt.err)
		}
		expect(t, b, key, tt.want)
	}
}

// all lists the keys of a bucket, sorted, and how many pages they are.
func all(t *testing.T, b keyvalue.Bucket) (keys []string, pages int) {
	t.Helper()
	for cursor := ""; ; pages++ {
		p, err := b.List(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, p.Keys...)
		if cursor = p.Next; cursor == "" || pages > 10_000 {
			break
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys), pages + 1
}

func list(t *testing.T, b keyvalue.Bucket) {
	ctx := t.Context()
	if keys, _ := all(t, b); len(keys) > 0 {
		t.Errorf("an empty bucket has the keys %q", keys)
	}
	want := []string{""}
	check(t, b.Set(ctx, "", []byte("empty")))
	if keys, _ := all(t, b); !slices.Equal(keys, want) {
		t.Errorf("the keys are %q, want %q", keys, want)
	}
	var pairs []keyvalue.Pair
	for i := range 3000 {
		key := fmt.Sprintf("key %d%s", i*7919%3000, strings.Repeat("+", i%300))
		want = append(want, key)
		pairs = append(pairs, keyvalue.Pair{Key: key, Value: []byte{1}})
	}
	slices.Sort(want)
	check(t, b.SetMany(ctx, pairs))
	if keys, _ := all(t, b); !slices.Equal(keys, want) {
		t.Errorf("there are %d keys, want %d", len(keys), len(want))
	}
	for _, cursor := range []string{"nonsense", "-1", "\x00"} {
		if _, err := b.List(ctx, cursor); err == nil {
			t.Errorf("the cursor %q is taken", cursor)
		}
	}
	// Keys that stay are found while others go.
	p, err := b.List(ctx, "")
	check(t, err)
	check(t, b.DeleteMany(ctx, p.Keys))
	left := map[string]bool{}
	for _, key := range want {
		left[key] = true
	}
	for _, key := range p.Keys {
		delete(left, key)
	}
	for cursor := p.Next; cursor != ""; cursor = p.Next {
		if p, err = b.List(ctx, cursor); err != nil {
			t.Fatal(err)
		}
		for _, key := range p.Keys {
			delete(left, key)
		}
	}
	if len(left) > 0 {
		t.Errorf("%d keys that stay are not listed", len(left))
	}
}

// pages looks whether many keys come in several pages.
func pages(t *testing.T, b keyvalue.Bucket) {
	pairs := make([]keyvalue.Pair, 3000)
	for i := range pairs {
		pairs[i].Key = fmt.Sprint(i)
	}
	check(t, b.SetMany(t.Context(), pairs))
	if _, n := all(t, b); n < 2 {
		t.Errorf("%d keys are one page", len(pairs))
	}
}

func swap(t *testing.T, b keyvalue.Bucket) {
	ctx := t.Context()
	keep := func(key string) keyvalue.Snapshot {
		t.Helper()
		s, err := b.Snapshot(ctx, key)
		check(t, err)
		return s
	}
	try := func(key string, old keyvalue.Snapshot, value string, want bool) {
		t.Helper()
		swapped, err := b.Swap(ctx, key, old, []byte(value))
		if err != nil || swapped != want {
			t.Errorf("Swap = %v, %v; want %v", swapped, err, want)
		}
	}
	none := keep("a")
	if none.Found {
		t.Error("a key that is not there is found")
	}
	try("a", none, "one", true)
	try("a", none, "two", false)
	expect(t, b, "a", "one")
	one := keep("a")
	if string(one.Value) != "one" {
		t.Errorf("the snapshot is %q", one.Value)
	}
	check(t, b.Set(ctx, "a", []byte("other")))
	try("a", one, "two", false)
	try("a", keep("a"), "", true)
	expect(t, b, "a", "")
	empty := keep("a")
	check(t, b.Delete(ctx, "a"))
	try("a", empty, "three", false)
	expect(t, b, "a", "<none>")
	try("a", keep("a"), "four", true)
	expect(t, b, "a", "four")
}

func many(t *testing.T, b keyvalue.Bucket) {
	ctx := t.Context()
	check(t, b.SetMany(ctx, nil))
	check(t, b.DeleteMany(ctx, nil))
	if vs, err := b.GetMany(ctx, nil); err != nil || len(vs) != 0 {
		t.Errorf("GetMany of nothing = %q, %v", vs, err)
	}
	check(t, b.SetMany(ctx, []keyvalue.Pair{{Key: "a", Value: []byte("1")}, {Key: "b", Value: []byte{}}, {Key: "a", Value: []byte("2")}}))
	vs, err := b.GetMany(ctx, []string{"b", "c", "a", "a"})
	check(t, err)
	if len(vs) != 4 || vs[0] == nil || len(vs[0]) != 0 || vs[1] != nil || string(vs[2]) != "2" || string(vs[3]) != "2" {
		t.Errorf("GetMany = %q", vs)
	}
	check(t, b.DeleteMany(ctx, []string{"a", "c", "a"}))
	expect(t, b, "a", "<none>")
	expect(t, b, "b", "")
}

// concurrent counts with many at once, by Increment and by Swap.
func concurrent(t *testing.T, b keyvalue.Bucket) {
	const workers, times = 8, 25
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for range times {
				if _, err := b.Increment(t.Context(), "n", 1); err != nil {
					t.Error(err)
					return
				}
				for swapped := false; !swapped; {
					old, err := b.Snapshot(t.Context(), "m")
					n := int64(0)
					if err == nil && old.Found {
						n, err = keyvalue.ParseNumber(old.Value)
					}
					if err == nil {
						swapped, err = b.Swap(t.Context(), "m", old, keyvalue.FormatNumber(n+1))
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	group.Wait()
	expect(t, b, "n", fmt.Sprint(workers*times))
	expect(t, b, "m", fmt.Sprint(workers*times))
}

func ended(t *testing.T, b keyvalue.Bucket) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, getErr := b.Get(ctx, "a")
	_, listErr := b.List(ctx, "")
	_, incErr := b.Increment(ctx, "a", 1)
	_, swapErr := b.Swap(ctx, "a", keyvalue.Snapshot{}, nil)
	_, manyErr := b.GetMany(ctx, []string{"a"})
	for _, err := range []error{getErr, listErr, incErr, swapErr, manyErr, b.Set(ctx, "a", nil), b.Delete(ctx, "a")} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the error of a context that has ended is %v", err)
		}
	}
	expect(t, b, "a", "<none>")
}

// buckets looks whether buckets are apart.
func buckets(t *testing.T, s keyvalue.Store) {
	names := []string{"", "x", "x:", "x+y", "*", "keyvalue:x"}
	var bs []keyvalue.Bucket
	for _, name := range names {
		b, err := s.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		bs = append(bs, b)
	}
	for i, b := range bs {
		check(t, b.Set(t.Context(), "k", []byte(names[i])))
		check(t, b.Set(t.Context(), "y", nil))
	}
	for i, b := range bs {
		expect(t, b, "k", names[i])
		if keys, _ := all(t, b); !slices.Equal(keys, []string{"k", "y"}) {
			t.Errorf("the bucket %q has the keys %q", names[i], keys)
		}
		check(t, b.Delete(t.Context(), "k"))
	}
}
