package keyvalue

// This file is buckets without regard to a draft, and the one table of errors.

import (
	"context"
	"errors"
	"fmt"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/wasi/internal/p2/io"
	kv "github.com/dray-wasm/dray/wasi/keyvalue"
)

// A State is what one guest has of a store.
type State struct {
	io    *io.State
	store kv.Store
	// cursors are those that stand for numbers, by number modulo their count;
	// next is the next number.
	cursors [maxCursors]cursorEntry
	next    uint64
	// kept is how many bytes the handles for swapping keep.
	kept int
}

const (
	// maxCursors is how many numbers a guest has for cursors.
	maxCursors = 64
	// maxKept bounds the bytes of handles for swapping.
	maxKept = 64 << 20
)

// New makes what a guest has of a store, under the limits that it has or the
// default ones. Without a store every bucket is denied.
func New(io *io.State, store kv.Store) *State {
	if store != nil {
		store = kv.Restrict(store, kv.Limits{})
	}
	return &State{io: io, store: store, next: 1}
}

// The cases of errors, in both drafts.
const (
	noSuchStore = iota
	accessDenied
	other
)

// tell says what a guest is told of an error; told is false for one that ends
// the call of the guest instead.
func tell(ctx context.Context, err error) (c int, text string, told bool) {
	var e *kv.Error
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return 0, "", false
	case errors.Is(err, kv.ErrNoSuchStore):
		return noSuchStore, "", true
	case errors.Is(err, kv.ErrAccessDenied):
		return accessDenied, "", true
	case errors.As(err, &e):
		return other, e.Text, true
	}
	return other, "the store failed", true
}

// Errors of the face.
var (
	errCursor   = &kv.Error{Text: fmt.Sprintf("the cursor is not one of the last %d of this bucket", maxCursors)}
	errDelta    = &kv.Error{Text: "the number to add is larger than 2^63-1"}
	errNegative = &kv.Error{Text: "the value is a negative number"}
	errOpen     = &kv.Error{Text: "too many resources are open"}
	errKept     = &kv.Error{Text: "the values that are kept for swapping are too large together"}
)

// A bucket is a bucket that a guest opened.
type bucket struct {
	s *State
	b kv.Bucket
}

// open opens a bucket and counts it.
func (s *State) open(ctx context.Context, name string) (*bucket, error) {
	if s.store == nil {
		return nil, kv.ErrAccessDenied
	}
	in, err := s.store.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	b := &bucket{s, in}
	if s.io.Opened(b) != nil {
		return nil, errOpen
	}
	return b, nil
}

// Drop ends the handle. What is in the bucket stays.
func (b *bucket) Drop(context.Context) error {
	b.s.io.Closed(b)
	return nil
}

// Close implements io.Closer: there is nothing to close.
func (b *bucket) Close() error { return nil }

func (b *bucket) get(ctx context.Context, key string) (*[]byte, error) {
	v, ok, err := b.b.Get(ctx, key)
	if err != nil || !ok {
		return nil, err
	}
	return &v, nil
}

func (b *bucket) getMany(ctx context.Context, keys []string) ([]*bind.Tuple2[string, []byte], error) {
	vs, err := b.b.GetMany(ctx, keys)
	if err != nil {
		return nil, err
	}
	pairs := make([]*bind.Tuple2[string, []byte], len(keys))
	for i, v := range vs {
		if v != nil {
			pairs[i] = &bind.Tuple2[string, []byte]{F0: keys[i], F1: v}
		}
	}
	return pairs, nil
}

func (b *bucket) setMany(ctx context.Context, pairs []bind.Tuple2[string, []byte]) error {
	ps := make([]kv.Pair, len(pairs))
	for i, p := range pairs {
		ps[i] = kv.Pair{Key: p.F0, Value: p.F1}
	}
	return b.b.SetMany(ctx, ps)
}

// A cursorEntry is a cursor of a bucket, and its number.
type cursorEntry struct {
	number uint64
	of     *bucket
	cursor string
}

// newCursor gives a cursor a number, in place of the oldest one.
func (s *State) newCursor(of *bucket, cursor string) uint64 {
	n := s.next
	s.next++
	s.cursors[n%maxCursors] = cursorEntry{n, of, cursor}
	return n
}

// cursor finds the cursor of a number.
func (s *State) cursor(of *bucket, n uint64) (cursor string, ok bool) {
	e := s.cursors[n%maxCursors]
	return e.cursor, e.number == n && e.of == of
}
