package keyvalue

// This file is wasi:keyvalue 0.2.0-draft2, which has texts for cursors, numbers
// with a sign, and handles to compare and swap.

import (
	"context"

	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/keyvalue2"
	kv "github.com/dray-wasm/dray/wasi/keyvalue"
)

// A Host2 is the functions of wasi:keyvalue 0.2.0-draft2.
type Host2 struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.StoreHost   = Host2{}
	_ gen.AtomicsHost = Host2{}
	_ gen.BatchHost   = Host2{}
	_ gen.Bucket      = (*Bucket2)(nil)
	_ gen.Cas         = (*Cas)(nil)
)

// Link defines what the package has.
func (h Host2) Link() gen.Host { return gen.Host{Store: h, Atomics: h, Batch: h} }

// failed2 is the error for one of the store.
func failed2(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if e, told := error2(ctx, err); told {
		return e
	}
	return err
}

// error2 is what the guest is told; told is false for what ends its call.
func error2(ctx context.Context, err error) (e gen.Error, told bool) {
	c, text, told := tell(ctx, err)
	return gen.Error{Case: [...]gen.ErrorCase{
		noSuchStore:  gen.ErrorNoSuchStore,
		accessDenied: gen.ErrorAccessDenied,
		other:        gen.ErrorOther,
	}[c], Other: text}, told
}

// Open opens a bucket.
func (h Host2) Open(ctx context.Context, name string) (gen.Bucket, error) {
	b, err := h.Of(ctx).open(ctx, name)
	if err != nil {
		return nil, failed2(ctx, err)
	}
	return &Bucket2{b}, nil
}

// A Bucket2 is the resource bucket.
type Bucket2 struct{ *bucket }

// Get gives the value of a key.
func (b *Bucket2) Get(ctx context.Context, key string) (*[]byte, error) {
	v, err := b.get(ctx, key)
	return v, failed2(ctx, err)
}

// Set sets the value of a key.
func (b *Bucket2) Set(ctx context.Context, key string, value []byte) error {
	return failed2(ctx, b.b.Set(ctx, key, value))
}

// Delete removes a key.
func (b *Bucket2) Delete(ctx context.Context, key string) error {
	return failed2(ctx, b.b.Delete(ctx, key))
}

// Exists tells whether a key is there.
func (b *Bucket2) Exists(ctx context.Context, key string) (bool, error) {
	ok, err := b.b.Exists(ctx, key)
	return ok, failed2(ctx, err)
}

// ListKeys lists keys.
func (b *Bucket2) ListKeys(ctx context.Context, cursor *string) (gen.KeyResponse, error) {
	at := ""
	if cursor != nil {
		at = *cursor
	}
	p, err := b.b.List(ctx, at)
	if err != nil {
		return gen.KeyResponse{}, failed2(ctx, err)
	}
	r := gen.KeyResponse{Keys: p.Keys}
	if p.Next != "" {
		r.Cursor = &p.Next
	}
	return r, nil
}

// Increment adds to a number.
func (h Host2) Increment(ctx context.Context, in gen.Bucket, key string, delta int64) (int64, error) {
	n, err := in.(*Bucket2).b.Increment(ctx, key, delta)
	return n, failed2(ctx, err)
}

// GetMany gives the values of keys.
func (h Host2) GetMany(ctx context.Context, in gen.Bucket, keys []string) ([]*bind.Tuple2[string, []byte], error) {
	vs, err := in.(*Bucket2).getMany(ctx, keys)
	return vs, failed2(ctx, err)
}

// SetMany sets the values of keys.
func (h Host2) SetMany(ctx context.Context, in gen.Bucket, pairs []bind.Tuple2[string, []byte]) error {
	return failed2(ctx, in.(*Bucket2).setMany(ctx, pairs))
}

// DeleteMany removes keys.
func (h Host2) DeleteMany(ctx context.Context, in gen.Bucket, keys []string) error {
	return failed2(ctx, in.(*Bucket2).b.DeleteMany(ctx, keys))
}

// A Cas is the resource cas: the value of a key at some time. It needs its
// bucket, but not the handle of it.
type Cas struct {
	b    *bucket
	key  string
	kept kv.Snapshot
}

// CasNew keeps the value of a key.
func (h Host2) CasNew(ctx context.Context, in gen.Bucket, key string) (gen.Cas, error) {
	c, err := newCas(ctx, in.(*Bucket2).bucket, key)
	if err != nil {
		return nil, failed2(ctx, err)
	}
	return c, nil
}

func newCas(ctx context.Context, b *bucket, key string) (*Cas, error) {
	kept, err := b.b.Snapshot(ctx, key)
	if err != nil {
		return nil, err
	}
	c := &Cas{b, key, kept}
	switch {
	case b.s.kept+c.size() > maxKept:
		return nil, errKept
	case b.s.io.Opened(c) != nil:
		return nil, errOpen
	}
	b.s.kept += c.size()
	return c, nil
}

// size is how many bytes the handle keeps.
func (c *Cas) size() int { return len(c.key) + len(c.kept.Value) }

// Current gives the value that was kept.
func (c *Cas) Current(context.Context) (*[]byte, error) {
	if !c.kept.Found {
		return nil, nil
	}
	return &c.kept.Value, nil
}

// Drop ends the handle.
func (c *Cas) Drop(context.Context) error {
	c.b.s.io.Closed(c)
	c.b.s.kept -= c.size()
	return nil
}

// Close implements io.Closer: there is nothing to close.
func (c *Cas) Close() error { return nil }

// Swap sets the value of the key of a handle if it has not changed, and ends
// the handle. If it has, the error has a handle of the value that is there now.
func (h Host2) Swap(ctx context.Context, in gen.Cas, value []byte) error {
	c := in.(*Cas)
	c.Drop(ctx)
	swapped, err := c.b.b.Swap(ctx, c.key, c.kept, value)
	if err == nil && swapped {
		return nil
	}
	var again *Cas
	if err == nil {
		again, err = newCas(ctx, c.b, c.key)
	}
	if err != nil {
		e, told := error2(ctx, err)
		if !told {
			return err
		}
		return gen.CasError{Case: gen.CasErrorStoreError, StoreError: e}
	}
	return gen.CasError{Case: gen.CasErrorCasFailed, CasFailed: again}
}
