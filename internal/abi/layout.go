package abi

// This file is how types become layouts (sections "Despecialization",
// "Type Predicates", "Alignment" and "Element Size").

import (
	"strconv"

	"github.com/dray-wasm/dray/value"
)

// tooBig is the size of values beyond all memories.
const tooBig = 1 << 40

// Types makes layouts. It is not safe for concurrent use; the layouts are.
type Types struct {
	types map[*value.Type]*Type
	funcs map[*value.FuncType]*FuncType
}

// NewTypes makes an empty set of layouts.
func NewTypes() *Types {
	return &Types{types: map[*value.Type]*Type{}, funcs: map[*value.FuncType]*FuncType{}}
}

// Type is the layout of t. The same pointer gets the same layout.
func (s *Types) Type(t *value.Type) *Type {
	if t == nil {
		return nil
	}
	if l, ok := s.types[t]; ok {
		return l
	}
	l := &Type{Type: t}
	s.parts(l)
	for _, w := range [...]Width{Width32, Width64} {
		l.measure(w)
		l.flatten(w)
	}
	l.Plain = l.plain()
	s.types[t] = l
	return l
}

// Func is the layout of a function type. The same pointer gets the same one.
func (s *Types) Func(t *value.FuncType) *FuncType {
	if l, ok := s.funcs[t]; ok {
		return l
	}
	params := make([]*value.Type, len(t.Params))
	parts := make([]string, len(t.Params))
	for i, p := range t.Params {
		params[i], parts[i] = p.Type, "parameter `"+p.Name+"`"
	}
	var results []*value.Type
	if t.Result != nil {
		results = []*value.Type{t.Result}
	}
	l := &FuncType{FuncType: t, Params: s.tuple(params...), Result: s.tuple(results...)}
	l.Params.parts, l.Result.parts = parts, []string{"result"}
	s.funcs[t] = l
	return l
}

// tuple is the layout of a tuple.
func (s *Types) tuple(elems ...*value.Type) *Type {
	t := &value.Type{Kind: value.KindTuple, Fields: make([]value.Field, len(elems))}
	for i, e := range elems {
		t.Fields[i] = value.Field{Name: strconv.Itoa(i), Type: e}
	}
	return s.Type(t)
}

// parts sets the layouts of the parts of t, and what follows from them.
func (s *Types) parts(t *Type) {
	switch t.Kind {
	case value.KindChar:
		t.checked = true
	case value.KindString:
		t.Pointers, t.checked = true, true
	case value.KindOwn, value.KindBorrow, value.KindErrorContext:
		t.Handles = true
	case value.KindStream, value.KindFuture:
		t.Elem = s.Type(t.Type.Elem)
		t.Handles = true
	case value.KindList:
		t.Elem = s.Type(t.Type.Elem)
		t.Pointers = !t.Type.Fixed
		t.checked = t.Pointers
		t.holds(t.Elem)
	case value.KindMap:
		t.Elem = s.tuple(t.Type.Key, t.Type.Elem)
		t.Pointers, t.checked = true, true
		t.holds(t.Elem)
	case value.KindRecord, value.KindTuple:
		t.Fields = s.all(t.Type.Fields)
		for _, f := range t.Fields {
			t.holds(f)
		}
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		t.Cases = s.all(t.Type.Cases)
		t.Disc = discriminantSize(len(t.Cases))
		for _, c := range t.Cases {
			if c != nil {
				t.holds(c)
			}
		}
	}
}

// holds takes over the properties of a part.
func (t *Type) holds(part *Type) {
	t.Handles = t.Handles || part.Handles
	t.Pointers = t.Pointers || part.Pointers
	t.checked = t.checked || part.checked
}

func (s *Types) all(fields []value.Field) []*Type {
	out := make([]*Type, len(fields))
	for i, f := range fields {
		out[i] = s.Type(f.Type)
	}
	return out
}

// discriminantSize is the size in bytes of the discriminant of n cases
// (discriminant_type).
func discriminantSize(n int) uint8 {
	switch {
	case n <= 1<<8:
		return 1
	case n <= 1<<16:
		return 2
	}
	return 4
}

// flagsSize is the size in bytes of n flags (elem_size_flags).
func flagsSize(n int) uint64 {
	switch {
	case n <= 8:
		return 1
	case n <= 16:
		return 2
	}
	return 4
}

// measure sets size, alignment and offsets for memories of a width.
func (t *Type) measure(w Width) {
	size, align := uint64(4), uint64(4)
	switch t.Kind {
	case value.KindBool, value.KindS8, value.KindU8:
		size, align = 1, 1
	case value.KindS16, value.KindU16:
		size, align = 2, 2
	case value.KindS64, value.KindU64, value.KindF64:
		size, align = 8, 8
	case value.KindString, value.KindMap:
		size, align = 2*w.Size(), w.Size()
	case value.KindList:
		if t.Type.Fixed {
			size, align = bounded(uint64(t.Len)*t.Elem.ElemSize(w)), t.Elem.Alignment(w)
		} else {
			size, align = 2*w.Size(), w.Size()
		}
	case value.KindRecord, value.KindTuple:
		size, align = t.measureRecord(w)
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		size, align = t.measureVariant(w)
	case value.KindFlags:
		size = flagsSize(len(t.Labels))
		align = size
	}
	t.size[w], t.align[w] = size, uint32(align)
}

func (t *Type) measureRecord(w Width) (size, align uint64) {
	align = 1
	t.Offsets[w] = make([]uint32, len(t.Fields))
	for i, f := range t.Fields {
		size = alignTo(size, f.Alignment(w))
		t.Offsets[w][i] = uint32(size)
		size = bounded(size + f.ElemSize(w))
		align = max(align, f.Alignment(w))
	}
	return alignTo(size, align), align
}

func (t *Type) measureVariant(w Width) (size, align uint64) {
	align = 1 // max_case_alignment
	for _, c := range t.Cases {
		if c != nil {
			size = max(size, c.ElemSize(w))
			align = max(align, c.Alignment(w))
		}
	}
	payload := alignTo(uint64(t.Disc), align)
	t.Payload[w] = uint32(payload)
	align = max(align, uint64(t.Disc))
	return bounded(alignTo(payload+size, align)), align
}

// bounded keeps sizes from overflowing. Where a size is tooBig, offsets mean
// nothing: no memory has room for such a value.
func bounded(size uint64) uint64 { return min(size, tooBig) }

// alignTo is the next multiple of a power of two (align_to).
func alignTo(n, align uint64) uint64 { return (n + align - 1) &^ (align - 1) }

// plain tells whether all bytes of a value are its content and all contents
// are values.
func (t *Type) plain() bool {
	switch t.Kind {
	case value.KindS8, value.KindU8, value.KindS16, value.KindU16, value.KindS32,
		value.KindU32, value.KindS64, value.KindU64, value.KindF32, value.KindF64:
		return true
	case value.KindList:
		return t.Type.Fixed && t.Elem.Plain
	case value.KindFlags:
		return uint64(len(t.Labels)) == 8*flagsSize(len(t.Labels))
	case value.KindRecord, value.KindTuple:
		sum := uint64(0)
		for _, f := range t.Fields {
			if !f.Plain {
				return false
			}
			sum = bounded(sum + f.ElemSize(Width32))
		}
		return sum == t.ElemSize(Width32)
	}
	return false
}
