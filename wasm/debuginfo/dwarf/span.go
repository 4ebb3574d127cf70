package dwarf

// This file is the search among address ranges.

import (
	"cmp"
	"slices"
	"sort"
)

// A span says what the addresses from low to below high belong to.
type span struct {
	low, high uint32
	// reach is the largest high of this and all earlier spans in the list.
	reach uint32
	// ref is what it is about: a unit's number, or an offset in a section.
	ref uint32
}

// spans is a list of spans in order of low, the longest first among equals.
type spans struct{ list []span }

func (s *spans) sort() {
	slices.SortFunc(s.list, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.low, b.low), cmp.Compare(b.high, a.high), cmp.Compare(a.ref, b.ref))
	})
	reach := uint32(0)
	for i := range s.list {
		reach = max(reach, s.list[i].high)
		s.list[i].reach = reach
	}
}

// covering calls yield for the spans that hold pc, that with the largest low
// (of nested spans the innermost) first, until it returns false.
func (s *spans) covering(pc uint32, work *meter, yield func(span) bool) {
	i := sort.Search(len(s.list), func(i int) bool { return s.list[i].low > pc })
	for i--; i >= 0 && s.list[i].reach > pc && work.take(1); i-- {
		if s.list[i].high > pc && !yield(s.list[i]) {
			return
		}
	}
}
