package keyvalue

// This file bounds what a guest can do with a store.

import (
	"context"
	"fmt"
	"slices"
)

// The limits when [Limits] does not say, in bytes and keys.
const (
	DefaultMaxKey        = 4 << 10
	DefaultMaxValue      = 4 << 20
	DefaultMaxBatch      = 10000
	DefaultMaxBatchBytes = 64 << 20
)

// defaultBuckets are the buckets when Limits does not say: the names that
// programs use for the one that is theirs.
var defaultBuckets = []string{"", "default"}

// maxName bounds the names of buckets, in bytes.
const maxName = 255

// Limits say what a guest can do with a store. A zero field means the default.
type Limits struct {
	// Buckets are the names of buckets that can be opened; "*" among them
	// stands for all, of at most 255 bytes. Nil means "" and "default".
	Buckets []string
	// MaxKey and MaxValue bound keys and values, in bytes.
	MaxKey, MaxValue int
	// MaxBatch bounds the keys of a call with many, MaxBatchBytes the values
	// that one gives, in bytes.
	MaxBatch, MaxBatchBytes int
}

// Restrict makes a store that lets through what limits allow. A store that is
// restricted already is given back when limits are zero.
func Restrict(s Store, limits Limits) Store {
	if _, ok := s.(*restricted); ok && limits.isZero() {
		return s
	}
	set := func(p *int, def int) {
		if *p == 0 {
			*p = def
		}
	}
	limits.Buckets = slices.Clone(limits.Buckets)
	if limits.Buckets == nil {
		limits.Buckets = defaultBuckets
	}
	set(&limits.MaxKey, DefaultMaxKey)
	set(&limits.MaxValue, DefaultMaxValue)
	set(&limits.MaxBatch, DefaultMaxBatch)
	set(&limits.MaxBatchBytes, DefaultMaxBatchBytes)
	return &restricted{s, limits}
}

func (l *Limits) isZero() bool {
	return l.Buckets == nil && l.MaxKey == 0 && l.MaxValue == 0 && l.MaxBatch == 0 && l.MaxBatchBytes == 0
}

type restricted struct {
	s      Store
	limits Limits
}

// Open opens a bucket that is granted. Others are ErrAccessDenied, whether they
// exist or not.
func (r *restricted) Open(ctx context.Context, name string) (Bucket, error) {
	granted := slices.Contains(r.limits.Buckets, name) || slices.Contains(r.limits.Buckets, "*") && len(name) <= maxName
	if !granted {
		return nil, ErrAccessDenied
	}
	b, err := r.s.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return &restrictedBucket{b, &r.limits}, nil
}

// A restrictedBucket checks keys and values.
type restrictedBucket struct {
	b      Bucket
	limits *Limits
}

func (r *restrictedBucket) key(key string) error {
	if len(key) > r.limits.MaxKey {
		return &Error{Text: fmt.Sprintf("the key has %d bytes; %d are allowed", len(key), r.limits.MaxKey)}
	}
	return nil
}

func (r *restrictedBucket) value(value []byte) error {
	if len(value) > r.limits.MaxValue {
		return &Error{Text: fmt.Sprintf("the value has %d bytes; %d are allowed", len(value), r.limits.MaxValue)}
	}
	return nil
}

func (r *restrictedBucket) batch(n int) error {
	if n > r.limits.MaxBatch {
		return &Error{Text: fmt.Sprintf("the call has %d keys; %d are allowed", n, r.limits.MaxBatch)}
	}
	return nil
}

func (r *restrictedBucket) keys(keys []string) error {
	if err := r.batch(len(keys)); err != nil {
		return err
	}
	for _, key := range keys {
		if err := r.key(key); err != nil {
			return err
		}
	}
	return nil
}

func (r *restrictedBucket) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if err := r.key(key); err != nil {
		return nil, false, err
	}
	return r.b.Get(ctx, key)
}

func (r *restrictedBucket) Set(ctx context.Context, key string, value []byte) error {
	if err := r.key(key); err != nil {
		return err
	}
	if err := r.value(value); err != nil {
		return err
	}
	return r.b.Set(ctx, key, value)
}

func (r *restrictedBucket) Delete(ctx context.Context, key string) error {
	if err := r.key(key); err != nil {
		return err
	}
	return r.b.Delete(ctx, key)
}

func (r *restrictedBucket) Exists(ctx context.Context, key string) (bool, error) {
	if err := r.key(key); err != nil {
		return false, err
	}
	return r.b.Exists(ctx, key)
}

func (r *restrictedBucket) List(ctx context.Context, cursor string) (Page, error) {
	return r.b.List(ctx, cursor)
}

func (r *restrictedBucket) Increment(ctx context.Context, key string, delta int64) (int64, error) {
	if err := r.key(key); err != nil {
		return 0, err
	}
	return r.b.Increment(ctx, key, delta)
}

func (r *restrictedBucket) Snapshot(ctx context.Context, key string) (Snapshot, error) {
	if err := r.key(key); err != nil {
		return Snapshot{}, err
	}
	return r.b.Snapshot(ctx, key)
}

func (r *restrictedBucket) Swap(ctx context.Context, key string, old Snapshot, value []byte) (bool, error) {
	if err := r.key(key); err != nil {
		return false, err
	}
	if err := r.value(value); err != nil {
		return false, err
	}
	return r.b.Swap(ctx, key, old, value)
}

// GetMany asks for a few keys at a time, so that what is there at once stays
// bounded.
func (r *restrictedBucket) GetMany(ctx context.Context, keys []string) ([][]byte, error) {
	if err := r.keys(keys); err != nil {
		return nil, err
	}
	step := max(r.limits.MaxBatchBytes/r.limits.MaxValue, 1)
	var values [][]byte
	size := 0
	for chunk := range slices.Chunk(keys, step) {
		vs, err := r.b.GetMany(ctx, chunk)
		if err != nil {
			return nil, err
		}
		if len(vs) != len(chunk) {
			return nil, fmt.Errorf("the store gave %d values for %d keys", len(vs), len(chunk))
		}
		for _, v := range vs {
			if size += len(v); size > r.limits.MaxBatchBytes {
				return nil, &Error{Text: fmt.Sprintf("the values have more than the %d bytes that are allowed", r.limits.MaxBatchBytes)}
			}
		}
		values = append(values, vs...)
	}
	return values, nil
}

// SetMany checks all keys and values before it sets any.
func (r *restrictedBucket) SetMany(ctx context.Context, pairs []Pair) error {
	if err := r.batch(len(pairs)); err != nil {
		return err
	}
	for _, p := range pairs {
		if err := r.key(p.Key); err != nil {
			return err
		}
		if err := r.value(p.Value); err != nil {
			return err
		}
	}
	return r.b.SetMany(ctx, pairs)
}

func (r *restrictedBucket) DeleteMany(ctx context.Context, keys []string) error {
	if err := r.keys(keys); err != nil {
		return err
	}
	return r.b.DeleteMany(ctx, keys)
}
