package task

// This file is tables of an instance (section "Table State").

import "github.com/dray-wasm/dray/internal/abi"

// MaxTableLength is the largest index of a table.
const MaxTableLength = 1<<28 - 1

// A Table finds things by index. Index 0 is never used; the index freed last
// is used first. The zero value is an empty table.
type Table[T comparable] struct {
	array []T
	free  []uint32
	// Limit bounds the number of entries, 0 for MaxTableLength.
	Limit int
}

// Get is the element of an index.
func (t *Table[T]) Get(i uint32) (T, error) {
	var none T
	if uint64(i) >= uint64(len(t.array)) || t.array[i] == none {
		return none, abi.Trapf("unknown handle index %d", i)
	}
	return t.array[i], nil
}

// Add puts an element in and returns its index.
func (t *Table[T]) Add(e T) (uint32, error) {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		t.array[i] = e
		return i, nil
	}
	if len(t.array) == 0 {
		var none T
		t.array = append(t.array, none)
	}
	limit := t.Limit
	if limit <= 0 || limit > MaxTableLength {
		limit = MaxTableLength
	}
	i := len(t.array)
	if i > limit {
		return 0, abi.Trapf("resource table has no free keys: the instance has %d handles, as many as it may have", limit)
	}
	t.array = append(t.array, e)
	return uint32(i), nil
}

// Remove takes an element out.
func (t *Table[T]) Remove(i uint32) (T, error) {
	e, err := t.Get(i)
	if err != nil {
		return e, err
	}
	var none T
	t.array[i] = none
	t.free = append(t.free, i)
	return e, nil
}

// All calls f for each element with its index, in order of the indices.
func (t *Table[T]) All(f func(i uint32, e T)) {
	var none T
	for i, e := range t.array {
		if e != none {
			f(uint32(i), e)
		}
	}
}

// Len is the number of elements.
func (t *Table[T]) Len() int { return max(len(t.array)-1, 0) - len(t.free) }
