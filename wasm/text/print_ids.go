// This file gives identifiers to the named things of an index space.

package text

import (
	"strconv"

	"github.com/dray-wasm/dray/wasm"
)

// IDs are the identifiers of one index space. The zero value has none.
//
// IDs are safe for concurrent reading.
type IDs struct {
	ids []string // what PrintID makes of the names, by index
	// annotated has the names that are not those of their identifiers: the
	// identifier was made unique, or the name is empty.
	annotated wasm.NameMap
	// partial is set when there are names beyond the space, or two of an index.
	partial bool
	// comments is set when the identifiers are for comments only.
	comments bool
}

// NewIDs makes unique identifiers of names, for an index space of a size.
// Names of indices beyond it are ignored, and so are all but the first name of
// an index. The first thing with a name keeps it; others have "#1", "#2", ...
// behind it.
func NewIDs(names wasm.NameMap, size int) *IDs {
	x := new(IDs)
	x.reset(names, size)
	return x
}

// reset makes the identifiers anew; the memory is used again.
func (x *IDs) reset(names wasm.NameMap, size int) {
	*x = IDs{ids: x.ids[:0], annotated: x.annotated[:0]}
	if len(names) == 0 {
		return
	}
	if cap(x.ids) < size {
		x.ids = make([]string, size)
	}
	x.ids = x.ids[:size]
	clear(x.ids)
	var used printNameSet
	used.init(len(names))
	plain := true
	for i, a := range names {
		switch {
		case !x.first(names, i):
			x.partial = true
		case a.Name != "" && used.add(a.Name):
			x.ids[a.Index] = PrintID(a.Name)
		default:
			plain = false
		}
	}
	if !plain {
		x.annotate(names, &used)
	}
}

// Complete tells whether every name was one of an index of its own.
func (x *IDs) Complete() bool { return !x.partial }

// first tells whether names[i] is the name of an index: within the space, and
// the first one.
func (x *IDs) first(names wasm.NameMap, i int) bool {
	return uint64(names[i].Index) < uint64(len(x.ids)) && (i == 0 || names[i-1].Index != names[i].Index)
}

// annotate deals with empty names and those that are another's already.
func (x *IDs) annotate(names wasm.NameMap, used *printNameSet) {
	next := make(map[string]uint64)
	for i, a := range names {
		if !x.first(names, i) || x.ids[a.Index] != "" {
			continue
		}
		x.annotated = append(x.annotated, a)
		if a.Name == "" {
			continue
		}
		n := next[a.Name] + 1
		id := a.Name + "#" + strconv.FormatUint(n, 10)
		for !used.add(id) {
			n++
			id = a.Name + "#" + strconv.FormatUint(n, 10)
		}
		next[a.Name] = n
		x.ids[a.Index] = PrintID(id)
	}
}

// ID is the identifier of an index with "$" in front, "" when it has none.
func (x *IDs) ID(index uint32) string {
	if uint64(index) < uint64(len(x.ids)) {
		return x.ids[index]
	}
	return ""
}

// named tells whether an index has an identifier or an annotation.
func (x *IDs) named(index uint32) bool {
	if x.ID(index) != "" {
		return true
	}
	_, ok := x.annotated.Get(index)
	return ok
}

// AppendDef appends what stands where the index is defined: the identifier, and
// an annotation "(@name ...)" when the name is another than the identifier
// says. It appends nothing when the index has no name.
func (x *IDs) AppendDef(dst []byte, index uint32) []byte {
	id := x.ID(index)
	dst = append(dst, id...)
	if len(x.annotated) == 0 {
		return dst
	}
	if name, ok := x.annotated.Get(index); ok {
		if id != "" {
			dst = append(dst, ' ')
		}
		dst = PrintName(dst, name)
	}
	return dst
}

// A printNameSet is a set of names that is cheap when it is small.
type printNameSet struct {
	few  []string
	many map[string]struct{}
	room [8]string
}

func (s *printNameSet) init(n int) {
	s.few = s.room[:0]
	if n > len(s.room) {
		s.many = make(map[string]struct{}, n)
	}
}

// add puts a name into the set and tells whether it is new.
func (s *printNameSet) add(name string) bool {
	if s.many != nil {
		n := len(s.many)
		s.many[name] = struct{}{}
		return len(s.many) > n
	}
	for _, other := range s.few {
		if other == name {
			return false
		}
	}
	s.few = append(s.few, name)
	return true
}
