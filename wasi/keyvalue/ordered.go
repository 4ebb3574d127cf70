package keyvalue

// This file is a sorted set of keys, in blocks, so that one more key moves a
// few others only.

import (
	"iter"
	"slices"
	"sort"
)

// maxBlock is how many keys a block has before it is split.
const maxBlock = 512

// An ordered is a sorted set of strings. Its blocks are not empty.
type ordered struct{ blocks [][]string }

// block is the position of the last block that begins with key or before it; 0
// where none does.
func (o *ordered) block(key string) int {
	i := sort.Search(len(o.blocks), func(i int) bool { return o.blocks[i][0] > key })
	return max(i-1, 0)
}

// insert adds a key.
func (o *ordered) insert(key string) {
	if len(o.blocks) == 0 {
		o.blocks = [][]string{{key}}
		return
	}
	n := o.block(key)
	b := o.blocks[n]
	at, found := slices.BinarySearch(b, key)
	if found {
		return
	}
	b = slices.Insert(b, at, key)
	o.blocks[n] = b
	if len(b) > maxBlock {
		half := len(b) / 2
		// Each half has memory of its own.
		o.blocks[n] = slices.Clone(b[:half])
		o.blocks = slices.Insert(o.blocks, n+1, slices.Clone(b[half:]))
	}
}

// remove removes a key.
func (o *ordered) remove(key string) {
	if len(o.blocks) == 0 {
		return
	}
	n := o.block(key)
	at, found := slices.BinarySearch(o.blocks[n], key)
	if !found {
		return
	}
	o.blocks[n] = slices.Delete(o.blocks[n], at, at+1)
	if len(o.blocks[n]) == 0 {
		o.blocks = slices.Delete(o.blocks, n, n+1)
	}
}

// after are the keys behind one, in order; all of them where from is false.
func (o *ordered) after(key string, from bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		n, at := 0, 0
		if from && len(o.blocks) > 0 {
			n = o.block(key)
			var found bool
			if at, found = slices.BinarySearch(o.blocks[n], key); found {
				at++
			}
		}
		for ; n < len(o.blocks); n++ {
			for _, k := range o.blocks[n][at:] {
				if !yield(k) {
					return
				}
			}
			at = 0
		}
	}
}
