package message

// This file is the fields of headers and trailers.

import (
	"maps"
	"slices"
	"strings"
	"sync"

	hosthttp "github.com/dray-wasm/dray/host/http"
)

const (
	// PerField is what a field counts beside its name and its value, in bytes.
	PerField = 32
	// AllFields is how many full fields resources a guest may have.
	AllFields = 64
)

// A Budget bounds the fields and texts that one guest holds. It is safe for
// concurrent use.
type Budget struct {
	mu        sync.Mutex
	max, used int
}

// NewBudget makes the budget of a guest whose fields resources have max bytes
// each; 0 is the default.
func NewBudget(max int) *Budget {
	if max <= 0 {
		max = DefaultMaxFields
	}
	return &Budget{max: max}
}

// Used is how many bytes are held.
func (b *Budget) Used() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// Full tells whether the guest holds more than it may, because of what came in
// from outside.
func (b *Budget) Full() bool { return b.Used() > AllFields*b.max }

// Resize counts to bytes in place of from; false, without a change, where that
// is too much.
func (b *Budget) Resize(from, to int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.room(from, to) {
		return false
	}
	b.used += to - from
	return true
}

func (b *Budget) room(from, to int) bool {
	return to <= b.max && b.used-from+to <= AllFields*b.max
}

// Add counts n bytes of what came in from outside, which is not asked for.
func (b *Budget) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used += n
}

// Free counts n bytes less.
func (b *Budget) Free(n int) { b.Add(-n) }

// A Field is a name and one value.
type Field struct{ Name, Value string }

func (f Field) size() int { return len(f.Name) + len(f.Value) + PerField }

// A List is fields in order. Several share it; the methods of one that changes
// it make a copy before. Reading it and giving it back is safe for concurrent
// use.
type List struct {
	b       *Budget
	entries []Field
	size    int
	refs    int // guarded by the budget's mu
}

// NewList makes a list with one reference, and counts it, whatever its size.
func (b *Budget) NewList(entries []Field) *List {
	l := &List{b: b, entries: entries, refs: 1}
	for _, f := range entries {
		l.size += f.size()
	}
	b.Add(l.size)
	return l
}

// Incoming is the fields of a message that came from outside, by name, and
// without those that are not the guest's. Names are in lower case: that is how
// HTTP/2 has them, and the case of others is not known any more.
func (b *Budget) Incoming(h hosthttp.Header) *List {
	entries := make([]Field, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if hosthttp.Forbidden(name) || !hosthttp.ValidToken(name) {
			continue
		}
		lower := strings.ToLower(name)
		for _, v := range h[name] {
			entries = append(entries, Field{lower, cleanValue(v)})
		}
	}
	return b.NewList(entries)
}

// cleanValue is a value that came from outside with spaces in the place of what
// a guest may not send on.
func cleanValue(v string) string {
	if hosthttp.ValidValue(v) {
		return v
	}
	b := []byte(v)
	for i := range b {
		if !hosthttp.ValidValue(b[i : i+1]) {
			b[i] = ' '
		}
	}
	return string(b)
}

// Retain makes one more reference.
func (l *List) Retain() *List {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	l.refs++
	return l
}

// Release gives a reference back; nil has none.
func (l *List) Release() {
	if l == nil {
		return
	}
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	if l.refs--; l.refs == 0 {
		l.b.used -= l.size
	}
}

// Entries are the fields, which are only read.
func (l *List) Entries() []Field { return l.entries }

// Size is how much the list counts, in bytes.
func (l *List) Size() int { return l.size }

// Header is the list as the host sends it.
func (l *List) Header() hosthttp.Header {
	h := make(hosthttp.Header, len(l.entries))
	for _, f := range l.entries {
		h.Add(f.Name, strings.Trim(f.Value, " \t"))
	}
	return h
}

// ContentLength reads the Content-Length; -1 if there is none.
func (l *List) ContentLength() (int64, bool) {
	var values []string
	for _, f := range l.entries {
		if same(f.Name, "content-length") {
			values = append(values, f.Value)
		}
	}
	return hosthttp.ContentLength(values)
}

// Has tells whether there is a value of a name.
func (l *List) Has(name string) bool { return l.at(name) >= 0 }

// at is where the first value of a name is, or -1.
func (l *List) at(name string) int {
	return slices.IndexFunc(l.entries, func(f Field) bool { return same(f.Name, name) })
}

// same compares names.
func same(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }
