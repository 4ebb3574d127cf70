// Package keyvalue is where guests keep keys and values: what wasi:keyvalue
// stands on. A [Store] holds buckets; [NewMemory] makes one in memory, the
// packages bolt and redis below this one have others.
//
// [Restrict] says which buckets a guest may open, and bounds what it may put
// there. A guest that is given a plain Store gets the default limits.
package keyvalue

import (
	"context"
	"errors"
)

// A Store holds buckets, each with keys of its own. It is safe for concurrent
// use.
type Store interface {
	// Open gives the bucket of a name. It is [ErrNoSuchStore] where there is no
	// such bucket and none can be made. Buckets need not be closed.
	Open(ctx context.Context, name string) (Bucket, error)
}

// A Bucket is keys with values. It is safe for concurrent use: each method but
// those for many keys happens at once or not at all.
//
// A value that is passed belongs to the bucket from then on; one that is
// returned must not be changed. An error that a guest is to be told is an
// *[Error]; of others it is told only that they happened.
type Bucket interface {
	// Get gives the value of a key; ok is false where there is no such key.
	Get(ctx context.Context, key string) (value []byte, ok bool, err error)
	// Set sets the value of a key.
	Set(ctx context.Context, key string, value []byte) error
	// Delete removes a key, if it is there.
	Delete(ctx context.Context, key string) error
	// Exists tells whether a key is there.
	Exists(ctx context.Context, key string) (bool, error)
	// List gives some keys: the first ones for the cursor "", else those behind
	// a page. Keys that are there all the time come at least once.
	List(ctx context.Context, cursor string) (Page, error)
	// Increment adds to the number that is the value of a key, and gives the
	// new one. Numbers are decimal text, as [ParseNumber] has them. A key that
	// is not there counts as 0.
	Increment(ctx context.Context, key string, delta int64) (int64, error)
	// Snapshot keeps the value of a key for Swap.
	Snapshot(ctx context.Context, key string) (Snapshot, error)
	// Swap sets the value of a key if it has not changed since the snapshot.
	Swap(ctx context.Context, key string, old Snapshot, value []byte) (swapped bool, err error)
	// GetMany gives a value for each key, nil where there is no such key.
	GetMany(ctx context.Context, keys []string) ([][]byte, error)
	// SetMany sets the values of keys. Of two with the same key the later one
	// counts.
	SetMany(ctx context.Context, pairs []Pair) error
	// DeleteMany removes keys, those that are there.
	DeleteMany(ctx context.Context, keys []string) error
}

// A Page is some of the keys of a bucket.
type Page struct {
	Keys []string
	// Next is the cursor of the keys behind these, "" where there are none.
	Next string
}

// A Snapshot is the value of a key at some time.
type Snapshot struct {
	// Value is the value, where Found says that there was one.
	Value []byte
	Found bool
	// Version tells values apart that are the same but were set at different
	// times. Its meaning is the store's; stores that compare values have 0.
	Version uint64
}

// A Pair is a key with its value.
type Pair struct {
	Key   string
	Value []byte
}

var (
	// ErrNoSuchStore is the error of a bucket that does not exist.
	ErrNoSuchStore = errors.New("there is no such bucket")
	// ErrAccessDenied is the error of a bucket that is not for the guest.
	ErrAccessDenied = errors.New("access to the bucket is denied")
)

// An Error is an error whose Text a guest is told.
type Error struct {
	// Text is what the guest is told. It names nothing of the host.
	Text string
	// Err is the reason, for the host; it may be nil.
	Err error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Text
	}
	return e.Text + ": " + e.Err.Error()
}

// Unwrap is Err.
func (e *Error) Unwrap() error { return e.Err }
