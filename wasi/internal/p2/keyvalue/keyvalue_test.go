package keyvalue

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/keyvalue"
	gen2 "github.com/dray-wasm/dray/wasi/gen/p2/keyvalue2"
	"github.com/dray-wasm/dray/wasi/internal/p2/io"
	kv "github.com/dray-wasm/dray/wasi/keyvalue"
)

func hosts(t *testing.T, store kv.Store, maxOpen int) (Host, Host2) {
	in := io.NewState(maxOpen)
	t.Cleanup(func() { in.Close() })
	s := New(in, store)
	of := func(context.Context) *State { return s }
	return Host{of}, Host2{of}
}

func open(t *testing.T, h Host) gen.Bucket {
	t.Helper()
	b, err := h.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open2(t *testing.T, h Host2) gen2.Bucket {
	t.Helper()
	b, err := h.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// told checks that an error is the error case of both drafts, with a text.
func told(t *testing.T, err error, want string) {
	t.Helper()
	text := "none"
	var e gen.Error
	var e2 gen2.Error
	switch {
	case errors.As(err, &e):
		text = e.Case.String() + " " + e.Other
	case errors.As(err, &e2):
		text = e2.Case.String() + " " + e2.Other
	}
	if !strings.Contains(text, want) {
		t.Errorf("the guest is told %q by %v, want %q", text, err, want)
	}
}

func TestDrafts(t *testing.T) {
	ctx := t.Context()
	h, h2 := hosts(t, kv.NewMemory(0), 0)
	b, b2 := open(t, h), open2(t, h2)
	for _, err := range []error{
		b.Set(ctx, "a", []byte("1")), b2.Set(ctx, "b", []byte("2")),
		h.SetMany(ctx, b, []bind.Tuple2[string, []byte]{{F0: "c", F1: []byte("3")}, {F0: "d", F1: nil}}),
		h2.SetMany(ctx, b2, []bind.Tuple2[string, []byte]{{F0: "e", F1: []byte("5")}}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	for key, want := range map[string]string{"a": "1", "b": "2", "c": "3", "d": "", "e": "5"} {
		v, err := b.Get(ctx, key)
		v2, err2 := b2.Get(ctx, key)
		ok, err3 := b.Exists(ctx, key)
		ok2, err4 := b2.Exists(ctx, key)
		if err := errors.Join(err, err2, err3, err4); err != nil || string(*v) != want || string(*v2) != want || !ok || !ok2 {
			t.Errorf("%q is %q and %q, want %q (%v)", key, *v, *v2, want, err)
		}
	}
	if v, err := b.Get(ctx, "none"); v != nil || err != nil {
		t.Errorf("Get = %v, %v", v, err)
	}
	vs, err := h.GetMany(ctx, b, []string{"e", "none", "d"})
	vs2, err2 := h2.GetMany(ctx, b2, []string{"e", "none", "d"})
	if err != nil || err2 != nil || len(vs) != 3 || len(vs2) != 3 {
		t.Fatalf("GetMany = %v, %v, %v, %v", vs, err, vs2, err2)
	}
	for _, vs := range [][]*bind.Tuple2[string, []byte]{vs, vs2} {
		if vs[0].F0 != "e" || string(vs[0].F1) != "5" || vs[1] != nil || vs[2].F0 != "d" || len(vs[2].F1) != 0 {
			t.Errorf("GetMany = %v", vs)
		}
	}
	for _, err := range []error{b.Delete(ctx, "a"), b2.Delete(ctx, "b"), h.DeleteMany(ctx, b, []string{"c"}), h2.DeleteMany(ctx, b2, []string{"d", "x"})} {
		if err != nil {
			t.Error(err)
		}
	}
	r, err := b.ListKeys(ctx, nil)
	r2, err2 := b2.ListKeys(ctx, nil)
	if err != nil || err2 != nil || len(r.Keys) != 1 || r.Keys[0] != "e" || r.Cursor != nil || len(r2.Keys) != 1 || r2.Cursor != nil {
		t.Errorf("ListKeys = %v, %v, %v, %v", r, err, r2, err2)
	}
	b.Drop(ctx)
	b2.Drop(ctx)
}

func TestCursors(t *testing.T) {
	ctx := t.Context()
	h, h2 := hosts(t, kv.NewMemory(0), 0)
	b, b2, other := open(t, h), open2(t, h2), open(t, h)
	var pairs []bind.Tuple2[string, []byte]
	for i := range 4000 {
		pairs = append(pairs, bind.Tuple2[string, []byte]{F0: strconv.Itoa(i)})
	}
	if err := h.SetMany(ctx, b, pairs); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for cursor := (*uint64)(nil); ; {
		r, err := b.ListKeys(ctx, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range r.Keys {
			got[key]++
		}
		if cursor = r.Cursor; cursor == nil {
			break
		}
		_, err = other.ListKeys(ctx, cursor)
		told(t, err, "other the cursor is not one of the last 64 of this bucket")
	}
	for cursor := (*string)(nil); ; {
		r, err := b2.ListKeys(ctx, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range r.Keys {
			got[key]++
		}
		if cursor = r.Cursor; cursor == nil {
			break
		}
	}
	if len(got) != 4000 {
		t.Errorf("%d keys are listed", len(got))
	}
	for key, n := range got {
		if n != 2 {
			t.Errorf("%q is listed %d times", key, n)
		}
	}
	r, _ := b.ListKeys(ctx, nil)
	for range maxCursors {
		b.ListKeys(ctx, nil)
	}
	_, err := b.ListKeys(ctx, r.Cursor)
	told(t, err, "the cursor is not one")
	for _, n := range []uint64{0, 1 << 40, math.MaxUint64} {
		_, err := b.ListKeys(ctx, &n)
		told(t, err, "the cursor is not one")
	}
	nonsense := "nonsense"
	_, err = b2.ListKeys(ctx, &nonsense)
	told(t, err, "the cursor is not one")
}

func TestIncrement(t *testing.T) {
	ctx := t.Context()
	h, h2 := hosts(t, kv.NewMemory(0), 0)
	b, b2 := open(t, h), open2(t, h2)
	if n, err := h.Increment(ctx, b, "n", 5); n != 5 || err != nil {
		t.Errorf("Increment = %d, %v", n, err)
	}
	if n, err := h2.Increment(ctx, b2, "n", -7); n != -2 || err != nil {
		t.Errorf("Increment = %d, %v", n, err)
	}
	_, err := h.Increment(ctx, b, "n", 1)
	told(t, err, "the value is a negative number")
	if n, err := h2.Increment(ctx, b2, "n", 0); n != -2 || err != nil {
		t.Errorf("an increment that failed made it %d, %v", n, err)
	}
	_, err = h.Increment(ctx, b, "n", math.MaxInt64+1)
	told(t, err, "larger than 2^63-1")
	if n, err := h.Increment(ctx, b, "m", math.MaxInt64); n != math.MaxInt64 || err != nil {
		t.Errorf("Increment = %d, %v", n, err)
	}
	_, err = h.Increment(ctx, b, "m", 1)
	told(t, err, "the sum is not a number of 64 bits")
	_, err = h2.Increment(ctx, b2, "m", 1)
	told(t, err, "the sum is not a number of 64 bits")
}

func TestSwap(t *testing.T) {
	ctx := t.Context()
	_, h := hosts(t, kv.NewMemory(0), 3)
	b := open2(t, h)
	c, err := h.CasNew(ctx, b, "k")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := c.Current(ctx); v != nil || err != nil {
		t.Errorf("Current = %v, %v", v, err)
	}
	if err := b.Set(ctx, "k", []byte("other")); err != nil {
		t.Fatal(err)
	}
	// A swap that fails gives a handle that is good; the old one is gone.
	for range 20 {
		err = h.Swap(ctx, c, []byte("mine"))
		var ce gen2.CasError
		if !errors.As(err, &ce) || ce.Case != gen2.CasErrorCasFailed {
			t.Fatalf("Swap = %v", err)
		}
		if v, err := ce.CasFailed.Current(ctx); v == nil || string(*v) != "other" || err != nil {
			t.Errorf("Current = %v, %v", v, err)
		}
		c = ce.CasFailed
		b.Set(ctx, "k", []byte("other"))
	}
	c.Drop(ctx)
	// The bucket may go before the handle.
	if c, err = h.CasNew(ctx, b, "k"); err != nil {
		t.Fatal(err)
	}
	b.Drop(ctx)
	if err := h.Swap(ctx, c, []byte("mine")); err != nil {
		t.Errorf("Swap = %v", err)
	}
	b = open2(t, h)
	if v, _ := b.Get(ctx, "k"); string(*v) != "mine" {
		t.Errorf("the value is %q", *v)
	}
	c, _ = h.CasNew(ctx, b, "k")
	err = h.Swap(ctx, c, make([]byte, kv.DefaultMaxValue+1))
	var ce gen2.CasError
	if !errors.As(err, &ce) || ce.Case != gen2.CasErrorStoreError {
		t.Errorf("Swap of a large value = %v", err)
	}
	for range 2 {
		if _, err := h.CasNew(ctx, b, "k"); err != nil {
			t.Error(err)
		}
	}
	_, err = h.CasNew(ctx, b, "k")
	told(t, err, "too many resources are open")
}

// TestKept fills what handles for swapping may keep.
func TestKept(t *testing.T) {
	ctx := t.Context()
	_, h := hosts(t, kv.NewMemory(0), 0)
	b := open2(t, h)
	if err := b.Set(ctx, "k", make([]byte, 4<<20)); err != nil {
		t.Fatal(err)
	}
	var cs []gen2.Cas
	var err error
	for range 100 {
		var c gen2.Cas
		if c, err = h.CasNew(ctx, b, "k"); err != nil {
			break
		}
		cs = append(cs, c)
	}
	told(t, err, "too large together")
	if len(cs) != 15 {
		t.Errorf("%d handles keep 4 MiB each", len(cs))
	}
	cs[0].Drop(ctx)
	if _, err := h.CasNew(ctx, b, "k"); err != nil {
		t.Errorf("a handle was dropped, but there is no room: %v", err)
	}
}

func TestErrors(t *testing.T) {
	ctx := t.Context()
	h, h2 := hosts(t, nil, 0)
	_, err := h.Open(ctx, "")
	told(t, err, "access-denied")
	_, err = h2.Open(ctx, "")
	told(t, err, "access-denied")
	h, h2 = hosts(t, kv.NewMemory(0), 2)
	_, err = h.Open(ctx, "not granted")
	told(t, err, "access-denied")
	b, b2 := open(t, h), open2(t, h2)
	_, err = h.Open(ctx, "")
	told(t, err, "other too many")
	told(t, b.Set(ctx, strings.Repeat("k", kv.DefaultMaxKey+1), nil), "other the key has 4097 bytes; 4096 are allowed")
	told(t, b2.Set(ctx, "k", make([]byte, kv.DefaultMaxValue+1)), "other the value has")
	h, _ = hosts(t, failing{errors.New("dial 10.0.0.1")}, 0)
	_, err = h.Open(ctx, "")
	told(t, err, "other the store failed")
	if strings.Contains(err.Error(), "10.0.0.1") {
		t.Errorf("the guest is told %q", err)
	}
	h, _ = hosts(t, failing{kv.ErrNoSuchStore}, 0)
	_, err = h.Open(ctx, "")
	told(t, err, "no-such-store")
}

// TestEnded looks that the end of a context ends the guest.
func TestEnded(t *testing.T) {
	h, h2 := hosts(t, kv.NewMemory(0), 0)
	b, b2 := open(t, h), open2(t, h2)
	c, _ := h2.CasNew(t.Context(), b2, "k")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, getErr := b.Get(ctx, "k")
	_, getErr2 := b2.Get(ctx, "k")
	_, incErr := h.Increment(ctx, b, "k", 1)
	for _, err := range []error{getErr, getErr2, incErr, b.Set(ctx, "k", nil), h2.Swap(ctx, c, nil)} {
		var e gen.Error
		var e2 gen2.Error
		var ce gen2.CasError
		if !errors.Is(err, context.Canceled) || errors.As(err, &e) || errors.As(err, &e2) || errors.As(err, &ce) {
			t.Errorf("the error is %v", err)
		}
	}
}

// A failing store cannot open buckets.
type failing struct{ err error }

func (f failing) Open(context.Context, string) (kv.Bucket, error) { return nil, f.err }
