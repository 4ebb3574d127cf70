package keyvalue

// This file is a store in memory.

import (
	"context"
	"strings"
	"sync"
)

// DefaultMaxBytes is how much a store in memory holds when [NewMemory] is not
// told, in bytes.
const DefaultMaxBytes = 256 << 20

// overhead is what a key takes beyond its own bytes and its value, about.
const overhead = 128

// A Memory is a store in memory. Every bucket is there. What is in it ends with
// it.
type Memory struct {
	mu      sync.RWMutex
	buckets map[string]*memoryBucket
	// room is how many bytes more it takes. version is the one of the last
	// change.
	room    int64
	version uint64
}

var _ Store = (*Memory)(nil)

// NewMemory makes an empty store. It holds about maxBytes of buckets, keys and
// values together; 0 means [DefaultMaxBytes].
func NewMemory(maxBytes int64) *Memory {
	if maxBytes == 0 {
		maxBytes = DefaultMaxBytes
	}
	return &Memory{buckets: map[string]*memoryBucket{}, room: maxBytes}
}

// Open gives the bucket of a name, which takes room once it has had a key.
func (m *Memory) Open(ctx context.Context, name string) (Bucket, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return memoryHandle{m, name}, nil
}

// A memoryBucket is a bucket that has had keys.
type memoryBucket struct {
	values map[string]memoryValue
	keys   ordered
}

type memoryValue struct {
	value   []byte
	version uint64
}

// A memoryHandle is a bucket that was opened.
type memoryHandle struct {
	m    *Memory
	name string
}

// get finds a value. The caller has the lock.
func (h memoryHandle) get(key string) (memoryValue, bool) {
	b := h.m.buckets[h.name]
	if b == nil {
		return memoryValue{}, false
	}
	v, ok := b.values[key]
	return v, ok
}

// set sets a value, or tells that there is no room. The caller has the lock.
func (h memoryHandle) set(key string, value []byte) error {
	m, b := h.m, h.m.buckets[h.name]
	need := int64(len(value))
	old, had := h.get(key)
	if had {
		need -= int64(len(old.value))
	} else {
		need += int64(len(key)) + overhead
	}
	if b == nil {
		need += int64(len(h.name)) + overhead
	}
	if need > m.room {
		return &Error{Text: "the store is full"}
	}
	m.room -= need
	if b == nil {
		b = &memoryBucket{values: map[string]memoryValue{}}
		m.buckets[strings.Clone(h.name)] = b
	}
	if !had {
		b.keys.insert(key)
	}
	m.version++
	b.values[key] = memoryValue{value, m.version}
	return nil
}

// delete removes a key. The caller has the lock.
func (h memoryHandle) delete(key string) {
	old, ok := h.get(key)
	if !ok {
		return
	}
	b := h.m.buckets[h.name]
	delete(b.values, key)
	b.keys.remove(key)
	h.m.room += int64(len(old.value)+len(key)) + overhead
}

func (h memoryHandle) Get(ctx context.Context, key string) ([]byte, bool, error) {
	s, err := h.Snapshot(ctx, key)
	return s.Value, s.Found, err
}

func (h memoryHandle) Set(ctx context.Context, key string, value []byte) error {
	return h.change(ctx, func() error { return h.set(key, value) })
}

func (h memoryHandle) Delete(ctx context.Context, key string) error {
	return h.DeleteMany(ctx, []string{key})
}

func (h memoryHandle) Exists(ctx context.Context, key string) (bool, error) {
	s, err := h.Snapshot(ctx, key)
	return s.Found, err
}

// pageKeys and pageBytes bound a page of keys.
const (
	pageKeys  = 1000
	pageBytes = 256 << 10
)

// List lists keys in order. A cursor is "+" and the last key before the page.
func (h memoryHandle) List(ctx context.Context, cursor string) (Page, error) {
	if err := ctx.Err(); err != nil {
		return Page{}, err
	}
	last, from, err := after(cursor)
	if err != nil {
		return Page{}, err
	}
	h.m.mu.RLock()
	defer h.m.mu.RUnlock()
	b := h.m.buckets[h.name]
	if b == nil {
		return Page{}, nil
	}
	var p Page
	size := 0
	for key := range b.keys.after(last, from) {
		if len(p.Keys) == pageKeys || len(p.Keys) > 0 && size+len(key) > pageBytes {
			p.Next = "+" + p.Keys[len(p.Keys)-1]
			break
		}
		p.Keys, size = append(p.Keys, key), size+len(key)
	}
	return p, nil
}

// after is the key that a cursor has; from is false for the cursor "".
func after(cursor string) (key string, from bool, err error) {
	if cursor == "" {
		return "", false, nil
	}
	key, from = strings.CutPrefix(cursor, "+")
	if !from {
		return "", false, &Error{Text: "the cursor is not one of this bucket"}
	}
	return key, true, nil
}

func (h memoryHandle) Increment(ctx context.Context, key string, delta int64) (n int64, err error) {
	err = h.change(ctx, func() error {
		if old, ok := h.get(key); ok {
			if n, err = ParseNumber(old.value); err != nil {
				return err
			}
		}
		if n, err = Add(n, delta); err != nil {
			return err
		}
		return h.set(key, FormatNumber(n))
	})
	return n, err
}

func (h memoryHandle) Snapshot(ctx context.Context, key string) (Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return Snapshot{}, err
	}
	h.m.mu.RLock()
	defer h.m.mu.RUnlock()
	v, ok := h.get(key)
	return Snapshot{v.value, ok, v.version}, nil
}

func (h memoryHandle) Swap(ctx context.Context, key string, old Snapshot, value []byte) (swapped bool, err error) {
	err = h.change(ctx, func() error {
		now, ok := h.get(key)
		if swapped = ok == old.Found && now.version == old.Version; !swapped {
			return nil
		}
		return h.set(key, value)
	})
	return swapped && err == nil, err
}

func (h memoryHandle) GetMany(ctx context.Context, keys []string) ([][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h.m.mu.RLock()
	defer h.m.mu.RUnlock()
	values := make([][]byte, len(keys))
	for i, key := range keys {
		if v, ok := h.get(key); ok {
			values[i] = present(v.value)
		}
	}
	return values, nil
}

// present makes a value that is empty one that is not nil.
func present(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}

func (h memoryHandle) SetMany(ctx context.Context, pairs []Pair) error {
	return h.change(ctx, func() error {
		for _, p := range pairs {
			if err := h.set(p.Key, p.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h memoryHandle) DeleteMany(ctx context.Context, keys []string) error {
	return h.change(ctx, func() error {
		for _, key := range keys {
			h.delete(key)
		}
		return nil
	})
}

// change runs f with the lock.
func (h memoryHandle) change(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	return f()
}
