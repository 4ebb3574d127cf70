// Package bolt is a store of keys and values in a file (go.etcd.io/bbolt).
package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/dray-wasm/dray/wasi/keyvalue"
)

// DefaultMaxBytes is how large the file becomes when [Options] do not say, in
// bytes.
const DefaultMaxBytes = 1 << 30

// Options say how a file is opened. The zero value is good.
type Options struct {
	// MaxBytes bounds the file; 0 means [DefaultMaxBytes].
	MaxBytes int
	// Wait is how long to wait while the file is open elsewhere; 0 means a
	// second.
	Wait time.Duration
	// NoSync leaves it to the system when changes reach the disk. Without it
	// they have, when a call returns.
	NoSync bool
}

// A Store is a store in a file. Every bucket is there. One process at a time
// can have the file.
type Store struct {
	db *bbolt.DB
	// writing is held by the one that writes. Those who wait for it can give
	// up, unlike those who wait for the one of the database.
	writing chan struct{}
}

var _ keyvalue.Store = (*Store)(nil)

// Open opens a file, or makes it for its owner alone.
func Open(path string, o Options) (*Store, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Wait == 0 {
		o.Wait = time.Second
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: o.Wait, MaxSize: o.MaxBytes, NoSync: o.NoSync, NoStatistics: true,
		FreelistType: bbolt.FreelistMapType,
	})
	if err != nil {
		return nil, openError(path, err)
	}
	return &Store{db, make(chan struct{}, 1)}, nil
}

// openError says why a file was not opened.
func openError(path string, err error) error {
	var pe *fs.PathError
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%s: the store is open elsewhere", path)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return fmt.Errorf("%s: the file is not a store: %w", path, err)
	case errors.As(err, &pe):
		err = pe.Err
	}
	return fmt.Errorf("%s: the store cannot be opened: %w", path, err)
}

// Close closes the file, after the calls that are under way.
func (s *Store) Close() error { return s.db.Close() }

// Open gives the bucket of a name, which is made once it has a key.
func (s *Store) Open(ctx context.Context, name string) (keyvalue.Bucket, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &bucket{s, []byte("keyvalue:" + name)}, nil
}

// A bucket is a bucket of the database. A key has one byte before it, since the
// database has no empty keys; a value has its version, which is a sequence
// number of the bucket.
type bucket struct {
	s    *Store
	name []byte
}

const versionSize = 8

func dbKey(key string) []byte { return append(append(make([]byte, 0, 1+len(key)), '+'), key...) }

// read runs f with the bucket, which is nil before it has a key.
func (b *bucket) read(ctx context.Context, f func(*bbolt.Bucket) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return explain(b.s.db.View(func(tx *bbolt.Tx) error { return f(tx.Bucket(b.name)) }))
}

// change runs f with the bucket, and keeps what it did unless it fails.
func (b *bucket) change(ctx context.Context, f func(*bbolt.Bucket) error) error {
	select {
	case b.s.writing <- struct{}{}:
		defer func() { <-b.s.writing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return explain(b.s.db.Update(func(tx *bbolt.Tx) error {
		in, err := tx.CreateBucketIfNotExists(b.name)
		if err != nil {
			return err
		}
		return f(in)
	}))
}

// explain is the error for one of the database.
func explain(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrMaxSizeReached):
		return &keyvalue.Error{Text: "the store is full", Err: err}
	case errors.Is(err, bolterrors.ErrKeyTooLarge):
		return &keyvalue.Error{Text: "the key is too long for the store", Err: err}
	case errors.Is(err, bolterrors.ErrValueTooLarge):
		return &keyvalue.Error{Text: "the value is too large for the store", Err: err}
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return &keyvalue.Error{Text: "the store is closed", Err: err}
	}
	return err
}

// get finds a value. It is good until the transaction ends.
func get(in *bbolt.Bucket, key string) (s keyvalue.Snapshot, err error) {
	if in == nil {
		return s, nil
	}
	v := in.Get(dbKey(key))
	switch {
	case v == nil:
		return s, nil
	case len(v) < versionSize:
		return s, errors.New("the file has a value without a version")
	}
	return keyvalue.Snapshot{Value: v[versionSize:], Found: true, Version: binary.BigEndian.Uint64(v)}, nil
}

// set sets a value.
func set(in *bbolt.Bucket, key string, value []byte) error {
	version, err := in.NextSequence()
	if err != nil {
		return err
	}
	v := binary.BigEndian.AppendUint64(make([]byte, 0, versionSize+len(value)), version)
	return in.Put(dbKey(key), append(v, value...))
}
