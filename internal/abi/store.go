package abi

// This file is how values are stored in memory (section "Storing").

import "github.com/dray-wasm/dray/value"

// Store stores a value of type t at an address, which is checked. What it
// refers to is put where the option realloc says.
//
// A value of another type, or that cannot be lowered, is an error of the code
// [CodeValue] and nothing is stored.
func Store(cx *Context, v value.Value, t *Type, ptr uint64) error {
	if err := check(v, t); err != nil {
		return err
	}
	mem, err := cx.memory()
	if err != nil {
		return err
	}
	if err := checkRange(ptr, t.ElemSize(cx.Width), t.Alignment(cx.Width), len(mem)); err != nil {
		return err
	}
	s := storer{cx: cx, mem: mem}
	return s.store(v, t, ptr)
}

// A storer stores and lowers values. mem is fetched again whenever realloc has
// run.
type storer struct {
	cx  *Context
	mem []byte
}

func (s *storer) refresh() {
	if s.cx.Memory != nil {
		s.mem = s.cx.Memory.Bytes()
	}
}

// store stores a value at an address in bounds (store).
func (s *storer) store(v value.Value, t *Type, ptr uint64) error {
	switch t.Kind {
	case value.KindString:
		err := storeString(s.cx, textOf(v.Text()), ptr)
		s.refresh()
		return err
	case value.KindList, value.KindMap:
		if t.Fixed {
			return s.elements(v, t, ptr)
		}
		begin, err := s.list(v, t)
		if err != nil {
			return err
		}
		w := s.cx.Width
		storePointer(s.mem, ptr, w, begin)
		storePointer(s.mem, ptr+w.Size(), w, uint64(v.Len()))
		return nil
	case value.KindRecord, value.KindTuple:
		return s.fields(v.Elems(), t, ptr)
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		return s.variant(v, t, ptr)
	}
	x, err := s.scalar(v, t)
	if err != nil {
		return err
	}
	storeInt(s.mem, ptr, t.ElemSize(s.cx.Width), x)
	return nil
}

// scalar lowers a value of one word: a number, bool, char, flags or handle.
// Numbers of less than 32 bits are extended to 32.
func (s *storer) scalar(v value.Value, t *Type) (uint64, error) {
	switch t.Kind {
	case value.KindF32:
		return uint64(canonicalizeNaN32(uint32(v.Bits()))), nil
	case value.KindF64:
		return canonicalizeNaN64(v.Bits()), nil
	case value.KindS64, value.KindU64:
		return v.Bits(), nil
	case value.KindOwn, value.KindBorrow, value.KindErrorContext, value.KindStream, value.KindFuture:
		i, err := lowerHandle(s.cx, v.Handle(), t)
		return uint64(i), err
	}
	return uint64(uint32(v.Bits())), nil
}

// list stores the elements of a list or map in memory that is allocated for
// them (store_list_into_range).
func (s *storer) list(v value.Value, t *Type) (uint64, error) {
	w := s.cx.Width
	if s.cx.Memory == nil {
		_, err := s.cx.memory()
		return 0, err
	}
	ptr, err := s.cx.Allocate(t.Elem.Alignment(w), uint64(v.Len())*t.Elem.ElemSize(w))
	if err != nil {
		return 0, err
	}
	s.refresh()
	return ptr, s.elements(v, t, ptr)
}

// elements stores elements at an address in bounds
// (store_list_into_valid_range).
func (s *storer) elements(v value.Value, t *Type, ptr uint64) error {
	w := s.cx.Width
	size := t.Elem.ElemSize(w)
	switch {
	case t.Kind == value.KindMap:
		off := t.Elem.Offsets[w]
		for i, e := range v.Entries() {
			at := ptr + uint64(i)*size
			if err := s.store(e.Key, t.Elem.Fields[0], at+uint64(off[0])); err != nil {
				return within(Within(err, " key"), uint64(i))
			}
			if err := s.store(e.Value, t.Elem.Fields[1], at+uint64(off[1])); err != nil {
				return within(err, uint64(i))
			}
		}
	case number(t.Elem.Kind):
		storeNumbers(s.mem[ptr:][:uint64(v.Len())*size], v)
	default:
		for i, e := range v.Elems() {
			if err := s.store(e, t.Elem, ptr+uint64(i)*size); err != nil {
				return within(err, uint64(i))
			}
		}
	}
	return nil
}

// fields stores the fields of a record or tuple (store_record).
func (s *storer) fields(vs []value.Value, t *Type, ptr uint64) error {
	off := t.Offsets[s.cx.Width]
	for i, f := range t.Fields {
		if err := s.store(vs[i], f, ptr+uint64(off[i])); err != nil {
			return t.within(err, i)
		}
	}
	return nil
}

// variant stores a variant or what is like one (store_variant).
func (s *storer) variant(v value.Value, t *Type, ptr uint64) error {
	i := v.Case()
	storeInt(s.mem, ptr, uint64(t.Disc), uint64(i))
	c := t.Cases[i]
	if c == nil {
		return nil
	}
	payload, _ := v.Payload()
	if err := s.store(payload, c, ptr+uint64(t.Payload[s.cx.Width])); err != nil {
		return t.withinCase(err, i)
	}
	return nil
}

// lowerHandle puts what stands for a handle in Go into the guest's table
// (lower_own, lower_borrow, lower_stream, lower_future, lower_error_context).
func lowerHandle(cx *Context, v any, t *Type) (uint32, error) {
	if cx.Handles == nil {
		return 0, Trapf("%s in a context without handles", t.Kind)
	}
	switch t.Kind {
	case value.KindOwn:
		r, err := cx.Handles.FromHost(v, t.Resource.Slot, true)
		if err != nil {
			return 0, err
		}
		return cx.Handles.LowerOwn(r, t.Resource.Slot)
	case value.KindBorrow:
		r, err := cx.Handles.FromHost(v, t.Resource.Slot, false)
		if err != nil {
			return 0, err
		}
		return cx.Handles.LowerBorrow(r, t.Resource.Slot)
	case value.KindErrorContext:
		return cx.Handles.LowerErrorContext(v)
	}
	return cx.Handles.LowerAsyncValue(v, t)
}
