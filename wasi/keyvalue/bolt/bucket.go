package bolt

// This file is what a bucket does.

import (
	"context"

	"go.etcd.io/bbolt"

	"github.com/dray-wasm/dray/wasi/keyvalue"
)

var _ keyvalue.Bucket = (*bucket)(nil)

func (b *bucket) Get(ctx context.Context, key string) ([]byte, bool, error) {
	s, err := b.Snapshot(ctx, key)
	return s.Value, s.Found, err
}

func (b *bucket) Set(ctx context.Context, key string, value []byte) error {
	return b.change(ctx, func(in *bbolt.Bucket) error { return set(in, key, value) })
}

func (b *bucket) Delete(ctx context.Context, key string) error {
	return b.DeleteMany(ctx, []string{key})
}

func (b *bucket) Exists(ctx context.Context, key string) (found bool, err error) {
	err = b.read(ctx, func(in *bbolt.Bucket) error {
		s, err := get(in, key)
		found = s.Found
		return err
	})
	return found, err
}

// pageKeys and pageBytes bound a page of keys.
const (
	pageKeys  = 1000
	pageBytes = 256 << 10
)

// List lists keys in order. A cursor is the last key before the page, as the
// database has it.
func (b *bucket) List(ctx context.Context, cursor string) (p keyvalue.Page, err error) {
	if cursor != "" && cursor[0] != '+' {
		return p, &keyvalue.Error{Text: "the cursor is not one of this bucket"}
	}
	err = b.read(ctx, func(in *bbolt.Bucket) error {
		if in == nil {
			return nil
		}
		c := in.Cursor()
		k, _ := c.Seek([]byte(cursor))
		if cursor != "" && string(k) == cursor {
			k, _ = c.Next()
		}
		for size := 0; k != nil; k, _ = c.Next() {
			if n := len(p.Keys); n == pageKeys || n > 0 && size+len(k) > pageBytes {
				p.Next = "+" + p.Keys[n-1]
				break
			}
			p.Keys, size = append(p.Keys, string(k[1:])), size+len(k)
		}
		return nil
	})
	return p, err
}

func (b *bucket) Increment(ctx context.Context, key string, delta int64) (n int64, err error) {
	err = b.change(ctx, func(in *bbolt.Bucket) error {
		old, err := get(in, key)
		if err == nil && old.Found {
			n, err = keyvalue.ParseNumber(old.Value)
		}
		if err == nil {
			n, err = keyvalue.Add(n, delta)
		}
		if err != nil {
			return err
		}
		return set(in, key, keyvalue.FormatNumber(n))
	})
	return n, err
}

func (b *bucket) Snapshot(ctx context.Context, key string) (s keyvalue.Snapshot, err error) {
	err = b.read(ctx, func(in *bbolt.Bucket) error {
		s, err = get(in, key)
		if s.Found {
			s.Value = append([]byte{}, s.Value...)
		}
		return err
	})
	return s, err
}

func (b *bucket) Swap(ctx context.Context, key string, old keyvalue.Snapshot, value []byte) (swapped bool, err error) {
	err = b.change(ctx, func(in *bbolt.Bucket) error {
		now, err := get(in, key)
		if err != nil {
			return err
		}
		if swapped = now.Found == old.Found && now.Version == old.Version; !swapped {
			return nil
		}
		return set(in, key, value)
	})
	return swapped && err == nil, err
}

func (b *bucket) GetMany(ctx context.Context, keys []string) ([][]byte, error) {
	values := make([][]byte, len(keys))
	err := b.read(ctx, func(in *bbolt.Bucket) error {
		for i, key := range keys {
			s, err := get(in, key)
			if err != nil {
				return err
			}
			if s.Found {
				values[i] = append([]byte{}, s.Value...)
			}
		}
		return nil
	})
	return values, err
}

// SetMany sets all values or none.
func (b *bucket) SetMany(ctx context.Context, pairs []keyvalue.Pair) error {
	return b.change(ctx, func(in *bbolt.Bucket) error {
		for _, p := range pairs {
			if err := set(in, p.Key, p.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteMany removes all keys or none.
func (b *bucket) DeleteMany(ctx context.Context, keys []string) error {
	return b.change(ctx, func(in *bbolt.Bucket) error {
		for _, key := range keys {
			if err := in.Delete(dbKey(key)); err != nil {
				return err
			}
		}
		return nil
	})
}
