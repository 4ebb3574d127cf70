package task

// This file is equality of types as two instances see them.

import (
	"slices"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
)

// SameType tells whether a as instance ai sees it and b as bi does are the same
// type: the slots of resource types name the same ones. Both may be nil.
func SameType(a *abi.Type, ai *Instance, b *abi.Type, bi *Instance) bool {
	if a == nil || b == nil {
		return a == b
	}
	if bi == nil || a.Kind.Primitive() {
		c := comparer{ai: ai, bi: bi}
		return c.same(a.Type, b.Type)
	}
	return bi.same.look(sameTypes{a.Type, b.Type, ai, bi})
}

// sameTypes are two types as two instances see them.
type sameTypes struct {
	a, b   *value.Type
	ai, bi *Instance
}

// sames are some types that were found to be the same: those of streams are
// compared at each read and write.
type sames struct {
	known [4]sameTypes
	next  uint8
}

func (s *sames) look(t sameTypes) bool {
	if slices.Contains(s.known[:], t) {
		return true
	}
	c := comparer{ai: t.ai, bi: t.bi}
	if !c.same(t.a, t.b) {
		return false
	}
	s.known[s.next] = t
	s.next = (s.next + 1) % uint8(len(s.known))
	return true
}

// A comparer compares types of two instances. seen are the pairs of types with
// parts that were found to be the same.
type comparer struct {
	ai, bi *Instance
	seen   map[[2]*value.Type]bool
}

func (c *comparer) same(a, b *value.Type) bool {
	switch {
	case a == nil || b == nil:
		return a == b
	case a == b && c.ai == c.bi:
		return true
	case a.Kind != b.Kind:
		return false
	case a.Kind.Primitive():
		return true
	case a.Kind == value.KindOwn || a.Kind == value.KindBorrow:
		return c.resource(a.Resource, b.Resource)
	}
	key := [2]*value.Type{a, b}
	if c.seen[key] {
		return true
	}
	if a.Fixed != b.Fixed || a.Len != b.Len || !slices.Equal(a.Labels, b.Labels) ||
		!c.same(a.Elem, b.Elem) || !c.same(a.Key, b.Key) ||
		!c.fields(a.Fields, b.Fields) || !c.fields(a.Cases, b.Cases) {
		return false
	}
	if c.seen == nil {
		c.seen = map[[2]*value.Type]bool{}
	}
	c.seen[key] = true
	return true
}

func (c *comparer) fields(a, b []value.Field) bool {
	return slices.EqualFunc(a, b, func(f, g value.Field) bool {
		return f.Name == g.Name && c.same(f.Type, g.Type)
	})
}

func (c *comparer) resource(a, b *value.Resource) bool {
	if a == nil || b == nil || c.ai == nil || c.bi == nil {
		return a == b
	}
	return c.ai.Resources[a.Slot] == c.bi.Resources[b.Slot]
}
