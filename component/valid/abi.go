// This file is the sizes of values in memory and their flat forms (Canonical
// ABI, sections "Alignment", "Element Size" and "Flattening").

package valid

import (
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm"
)

// The largest numbers of flat parameters and results.
const (
	MaxFlatParams      = 16
	MaxFlatAsyncParams = 4
	MaxFlatResults     = 1
)

// A layout is the size and alignment of a type in memory, in bytes. align 0
// means it is not known yet.
type layout struct {
	size  uint64
	align uint32
}

// Layout is the size and alignment in bytes of a value of a value type in a
// memory with 32-bit or 64-bit addresses.
func (s *Types) Layout(id TypeID, ptr64 bool) (size, align uint64) {
	l := s.layout(id, ptr64)
	return l.size, uint64(l.align)
}

func (s *Types) layout(id TypeID, ptr64 bool) layout {
	l := &s.types[id].elem[bit(ptr64)]
	if l.align == 0 {
		*l = s.measureLayout(&s.types[id], ptr64)
	}
	return *l
}

func (s *Types) measureLayout(t *Type, ptr64 bool) layout {
	ptr := layout{4, 4}
	if ptr64 {
		ptr = layout{8, 8}
	}
	switch t.Kind {
	case KindPrim:
		if t.Prim == valtype.String {
			return layout{2 * ptr.size, ptr.align}
		}
		n := primSize(t.Prim)
		return layout{uint64(n), n}
	case KindRecord, KindTuple:
		return s.recordLayout(t.Elems, ptr64)
	case KindVariant, KindEnum, KindOption, KindResult:
		return s.variantLayout(t, ptr64)
	case KindFlags:
		switch n := len(t.Labels); {
		case n <= 8:
			return layout{1, 1}
		case n <= 16:
			return layout{2, 2}
		}
		return layout{4, 4}
	case KindList:
		if t.Fixed {
			e := s.layout(t.Elems[0], ptr64)
			return layout{e.size * uint64(t.Len), e.align}
		}
		return layout{2 * ptr.size, ptr.align}
	case KindMap:
		return layout{2 * ptr.size, ptr.align}
	}
	return layout{4, 4} // handles
}

func primSize(p valtype.Prim) uint32 {
	switch p {
	case valtype.Bool, valtype.S8, valtype.U8:
		return 1
	case valtype.S16, valtype.U16:
		return 2
	case valtype.S64, valtype.U64, valtype.F64:
		return 8
	}
	return 4
}

func alignTo(n uint64, align uint32) uint64 {
	a := uint64(align) - 1
	return (n + a) &^ a
}

func (s *Types) recordLayout(fields []TypeID, ptr64 bool) layout {
	out := layout{0, 1}
	for _, f := range fields {
		l := s.layout(f, ptr64)
		out.size = alignTo(out.size, l.align) + l.size
		out.align = max(out.align, l.align)
	}
	out.size = alignTo(out.size, out.align)
	return out
}

func (s *Types) variantLayout(t *Type, ptr64 bool) layout {
	n := max(len(t.Labels), len(t.Elems))
	disc := uint32(4)
	if n <= 1<<8 {
		disc = 1
	} else if n <= 1<<16 {
		disc = 2
	}
	payload := layout{0, 1}
	for _, c := range t.Elems {
		if c != 0 {
			l := s.layout(c, ptr64)
			payload = layout{max(payload.size, l.size), max(payload.align, l.align)}
		}
	}
	align := max(disc, payload.align)
	return layout{alignTo(alignTo(uint64(disc), payload.align)+payload.size, align), align}
}

// A flat is the flat form of a type. With more set it is longer than
// MaxFlatParams, and types is nil.
type flat struct {
	types []wasm.ValType
	more  bool
}

// Flatten is the flat form of values of some value types, one after the other,
// with pointers of a 32-bit or 64-bit memory. It is nil with more set when it
// is longer than MaxFlatParams.
func (s *Types) Flatten(ids []TypeID, ptr64 bool) (flat []wasm.ValType, more bool) {
	f := s.flattenAll(ids, ptr64)
	return f.types, f.more
}

func (s *Types) flattenAll(ids []TypeID, ptr64 bool) flat {
	var out flat
	for _, id := range ids {
		if out.add(s.flatten(id, ptr64)); out.more {
			break
		}
	}
	return out
}

// add appends a flat form.
func (f *flat) add(g flat) {
	if f.more || g.more || len(f.types)+len(g.types) > MaxFlatParams {
		*f = flat{more: true}
		return
	}
	f.types = append(f.types, g.types...)
}

func (s *Types) flatten(id TypeID, ptr64 bool) flat {
	if id == 0 {
		return flat{}
	}
	if f := s.types[id].flats[bit(ptr64)]; f != nil {
		return *f
	}
	f := s.measureFlat(&s.types[id], ptr64)
	s.types[id].flats[bit(ptr64)] = &f
	return f
}

func (s *Types) measureFlat(t *Type, ptr64 bool) flat {
	ptr := addrType(ptr64)
	pointers := flat{types: []wasm.ValType{ptr, ptr}}
	switch t.Kind {
	case KindPrim:
		switch t.Prim {
		case valtype.String:
			return pointers
		case valtype.S64, valtype.U64:
			return flat{types: []wasm.ValType{wasm.I64}}
		case valtype.F32:
			return flat{types: []wasm.ValType{wasm.F32}}
		case valtype.F64:
			return flat{types: []wasm.ValType{wasm.F64}}
		}
	case KindList:
		if !t.Fixed {
			return pointers
		}
		var out flat
		elem := s.flatten(t.Elems[0], ptr64)
		for i := uint32(0); i < t.Len && !out.more; i++ {
			out.add(elem) // never empty
		}
		return out
	case KindMap:
		return pointers
	case KindRecord, KindTuple:
		return s.flattenAll(t.Elems, ptr64)
	case KindVariant, KindEnum, KindOption, KindResult:
		return s.flattenVariant(t.Elems, ptr64)
	}
	return flat{types: []wasm.ValType{wasm.I32}}
}

// flattenVariant is the flat form of a variant: the discriminant, and for each
// place the type that holds what any case has there.
func (s *Types) flattenVariant(cases []TypeID, ptr64 bool) flat {
	var joined []wasm.ValType
	for _, c := range cases {
		f := s.flatten(c, ptr64)
		if f.more {
			return f
		}
		for i, t := range f.types {
			if i < len(joined) {
				joined[i] = join(joined[i], t)
			} else {
				joined = append(joined, t)
			}
		}
	}
	out := flat{types: []wasm.ValType{wasm.I32}}
	out.add(flat{types: joined})
	return out
}

// join is the type that holds values of two flat types.
func join(a, b wasm.ValType) wasm.ValType {
	switch {
	case a == b:
		return a
	case a == wasm.I32 && b == wasm.F32, a == wasm.F32 && b == wasm.I32:
		return wasm.I32
	}
	return wasm.I64
}

func addrType(ptr64 bool) wasm.ValType {
	if ptr64 {
		return wasm.I64
	}
	return wasm.I32
}
