// This file puts types in the store: equal ones are found, and their sizes are
// bounded.

package valid

import (
	"encoding/binary"

	"github.com/dray-wasm/dray/valtype"
)

// prim is the id of a primitive type.
func (s *Types) prim(p valtype.Prim) TypeID {
	if s.prims[p] == 0 {
		t := Type{Kind: KindPrim, Prim: p, size: 1, depth: 1}
		if p == valtype.String {
			t.props = hasPointer
		}
		s.prims[p] = s.push(t)
	}
	return s.prims[p]
}

// push appends a type that is its own first equal unless it says otherwise.
func (s *Types) push(t Type) TypeID {
	id := TypeID(len(s.types))
	if t.canon == 0 {
		t.canon = id
	}
	s.types = append(s.types, t)
	return id
}

// newResource makes a resource type of a scope, and its id as a type.
func (s *Types) newResource(r Resource) TypeID {
	id := ResourceID(len(s.resources))
	r.first = TypeID(len(s.types))
	s.resources = append(s.resources, r)
	return s.push(Type{Kind: KindResource, Resource: id, size: 1, depth: 1, props: hasResource | hasNamed})
}

// rename is a type with a new name: another id of a type that needs a name,
// and otherwise the type.
func (s *Types) rename(id TypeID) TypeID {
	t := s.types[id]
	if !t.Kind.named() {
		return id
	}
	return s.push(t)
}

// add puts a value type or function type in the store and measures it.
func (s *Types) add(t Type) (TypeID, error) {
	if err := s.measure(&t); err != nil {
		return 0, err
	}
	plain := t.props&hasNamed == 0 // then all parts are first equals
	if !plain && !t.Kind.named() {
		if id, ok := s.interned[string(s.encode(&t, false))]; ok {
			return id, nil
		}
		s.interned[string(s.key)] = TypeID(len(s.types))
	}
	key := s.encode(&t, true)
	if id, ok := s.interned[string(key)]; ok {
		if plain {
			return id, nil
		}
		t.canon = id
	} else {
		s.interned[string(key)] = TypeID(len(s.types))
	}
	return s.push(t), nil
}

// measure sets the effective size, depth and properties of a type from its
// parts.
func (s *Types) measure(t *Type) error {
	size, depth := uint64(1), uint8(0)
	if t.Kind.named() {
		t.props |= hasNamed
	}
	for _, e := range t.Elems {
		p := &s.types[e] // type 0 has no properties
		size += uint64(p.size)
		depth = max(depth, p.depth)
		t.props |= p.props
	}
	if t.Result != 0 {
		p := &s.types[t.Result]
		size += uint64(p.size)
		depth = max(depth, p.depth)
		t.props |= p.props
	}
	size += uint64(len(t.Labels))
	if t.ext != nil {
		for _, list := range [2][]Extern{t.ext.imports, t.ext.exports} {
			for _, x := range list {
				p := &s.types[x.Type]
				size += 1 + uint64(p.size) + uint64(s.modules[x.Module].size)
				depth = max(depth, p.depth)
				t.props |= p.props
			}
		}
	}
	t.depth = depth + 1
	t.props = t.ownProps()
	if size >= MaxTypeSize {
		return errf(CodeLimit, "effective type size exceeds the limit of %d: types are counted as often as they are used", MaxTypeSize)
	}
	if t.depth > MaxTypeDepth {
		return errf(CodeLimit, "type nesting is too deep: more than %d levels", MaxTypeDepth)
	}
	t.size = uint32(size)
	return nil
}

// ownProps is the properties of a type, given those of its parts.
func (t *Type) ownProps() props {
	p := t.props
	switch t.Kind {
	case KindBorrow:
		p |= hasBorrow
	case KindList:
		if !t.Fixed {
			p |= hasPointer
		}
	case KindMap:
		p |= hasPointer
	case KindStream, KindFuture:
		p &^= hasPointer // the value is a handle
	case KindFunc, KindInstance, KindComponent:
		p &^= hasPointer | hasBorrow
	}
	return p
}

// encode writes what makes a type; of its parts the ids, or with canon the ids
// of their first equals.
func (s *Types) encode(t *Type, canon bool) []byte {
	b := append(s.key[:0], byte(t.Kind), byte(t.Prim), bit(t.Async)|bit(t.Fixed)<<1|bit(canon)<<2)
	b = binary.AppendUvarint(b, uint64(t.Len))
	b = binary.AppendUvarint(b, uint64(len(t.Labels)))
	for _, l := range t.Labels {
		b = binary.AppendUvarint(b, uint64(s.label(l)))
	}
	b = binary.AppendUvarint(b, uint64(len(t.Elems)))
	for _, e := range t.Elems {
		if canon {
			e = s.types[e].canon
		}
		b = binary.AppendUvarint(b, uint64(e))
	}
	e := t.Result
	if canon {
		e = s.types[e].canon
	}
	s.key = binary.AppendUvarint(b, uint64(e))
	return s.key
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// label is a number for a label.
func (s *Types) label(l string) uint32 {
	n, ok := s.labels[l]
	if !ok {
		n = uint32(len(s.labels))
		s.labels[l] = n
	}
	return n
}

// addExterns puts an instance or component type in the store. An instance or
// component type is its own first equal.
func (s *Types) addExterns(k Kind, e *externs) (TypeID, error) {
	t := Type{Kind: k, ext: e}
	if err := s.measure(&t); err != nil {
		return 0, err
	}
	return s.push(t), nil
}
