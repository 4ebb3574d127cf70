// Package keyvalue is the host's side of wasi:keyvalue, over the public package
// of that name: 0.2.0-draft in this file, 0.2.0-draft2 in draft2.go. What the
// two have in common is in bucket.go.
package keyvalue

import (
	"context"
	"math"

	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/keyvalue"
)

// A Host is the functions of wasi:keyvalue 0.2.0-draft.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.StoreHost   = Host{}
	_ gen.AtomicsHost = Host{}
	_ gen.BatchHost   = Host{}
	_ gen.Bucket      = (*Bucket)(nil)
)

// Link defines what the package has.
func (h Host) Link() gen.Host { return gen.Host{Store: h, Atomics: h, Batch: h} }

// failed is the error for one of the store.
func failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	c, text, told := tell(ctx, err)
	if !told {
		return err
	}
	return gen.Error{Case: [...]gen.ErrorCase{
		noSuchStore:  gen.ErrorNoSuchStore,
		accessDenied: gen.ErrorAccessDenied,
		other:        gen.ErrorOther,
	}[c], Other: text}
}

// Open opens a bucket.
func (h Host) Open(ctx context.Context, name string) (gen.Bucket, error) {
	b, err := h.Of(ctx).open(ctx, name)
	if err != nil {
		return nil, failed(ctx, err)
	}
	return &Bucket{b}, nil
}

// A Bucket is the resource bucket.
type Bucket struct{ *bucket }

// Get gives the value of a key.
func (b *Bucket) Get(ctx context.Context, key string) (*[]byte, error) {
	v, err := b.get(ctx, key)
	return v, failed(ctx, err)
}

// Set sets the value of a key.
func (b *Bucket) Set(ctx context.Context, key string, value []byte) error {
	return failed(ctx, b.b.Set(ctx, key, value))
}

// Delete removes a key.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	return failed(ctx, b.b.Delete(ctx, key))
}

// Exists tells whether a key is there.
func (b *Bucket) Exists(ctx context.Context, key string) (bool, error) {
	ok, err := b.b.Exists(ctx, key)
	return ok, failed(ctx, err)
}

// ListKeys lists keys. Cursors of this draft are numbers: those of the last
// calls of the guest stand for cursors of the store.
func (b *Bucket) ListKeys(ctx context.Context, cursor *uint64) (gen.KeyResponse, error) {
	at := ""
	if cursor != nil {
		var ok bool
		if at, ok = b.s.cursor(b.bucket, *cursor); !ok {
			return gen.KeyResponse{}, failed(ctx, errCursor)
		}
	}
	p, err := b.b.List(ctx, at)
	if err != nil {
		return gen.KeyResponse{}, failed(ctx, err)
	}
	r := gen.KeyResponse{Keys: p.Keys}
	if p.Next != "" {
		n := b.s.newCursor(b.bucket, p.Next)
		r.Cursor = &n
	}
	return r, nil
}

// Increment adds to a number. Numbers of this draft have no sign, those of
// stores have: what is above 2^63-1 or below 0 is an error.
func (h Host) Increment(ctx context.Context, in gen.Bucket, key string, delta uint64) (uint64, error) {
	if delta > math.MaxInt64 {
		return 0, failed(ctx, errDelta)
	}
	b := in.(*Bucket)
	n, err := b.b.Increment(ctx, key, int64(delta))
	if err == nil && n < 0 {
		if _, err = b.b.Increment(ctx, key, -int64(delta)); err == nil {
			err = errNegative
		}
	}
	return uint64(n), failed(ctx, err)
}

// GetMany gives the values of keys.
func (h Host) GetMany(ctx context.Context, in gen.Bucket, keys []string) ([]*bind.Tuple2[string, []byte], error) {
	vs, err := in.(*Bucket).getMany(ctx, keys)
	return vs, failed(ctx, err)
}

// SetMany sets the values of keys.
func (h Host) SetMany(ctx context.Context, in gen.Bucket, pairs []bind.Tuple2[string, []byte]) error {
	return failed(ctx, in.(*Bucket).setMany(ctx, pairs))
}

// DeleteMany removes keys.
func (h Host) DeleteMany(ctx context.Context, in gen.Bucket, keys []string) error {
	return failed(ctx, in.(*Bucket).b.DeleteMany(ctx, keys))
}
