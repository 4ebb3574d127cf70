package abi

// This file is how values are loaded from memory (section "Loading").

import (
	"github.com/dray-wasm/dray/value"
)

// What values cost in the host's memory, in bytes.
const (
	valueCost = 32 // a value.Value
	sliceCost = 24 // what refers to a slice
	textCost  = 16 // what refers to a string
)

// Load loads a value of type t from an address, which is checked. Traps say
// where in the value they happened.
func Load(cx *Context, ptr uint64, t *Type) (value.Value, error) {
	mem, err := cx.memory()
	if err != nil {
		return value.Value{}, err
	}
	if err := checkRange(ptr, t.ElemSize(cx.Width), t.Alignment(cx.Width), len(mem)); err != nil {
		return value.Value{}, err
	}
	l := loader{cx: cx, mem: mem}
	return l.load(ptr, t)
}

// memory is the bytes of the memory.
func (cx *Context) memory() ([]byte, error) {
	if cx.Memory == nil {
		return nil, Trapf("a value needs memory, but the canonical definition has no option memory")
	}
	return cx.Memory.Bytes(), nil
}

// A loader loads and lifts values. No guest code runs while it works, so mem
// stays.
type loader struct {
	cx  *Context
	mem []byte
}

// load loads a value from an address in bounds (load).
func (l *loader) load(ptr uint64, t *Type) (value.Value, error) {
	switch t.Kind {
	case value.KindString:
		s, err := loadString(l.cx, ptr)
		return l.text(s, err)
	case value.KindList, value.KindMap:
		if t.Fixed {
			return l.elements(ptr, uint64(t.Len), t)
		}
		w := l.cx.Width
		return l.list(loadPointer(l.mem, ptr, w), loadPointer(l.mem, ptr+w.Size(), w), t)
	case value.KindRecord, value.KindTuple:
		fields, err := l.fields(ptr, t)
		if err != nil {
			return value.Value{}, err
		}
		return value.Record(t.Type, fields...)
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		return l.variant(ptr, t)
	}
	return l.scalar(t, loadInt(l.mem, ptr, t.ElemSize(l.cx.Width)))
}

// scalar lifts a value of one word: a number, bool, char, flags or handle. Bits
// that the type has no room for are dropped.
func (l *loader) scalar(t *Type, x uint64) (value.Value, error) {
	switch t.Kind {
	case value.KindBool:
		if uint32(x) != 0 {
			x = 1
		}
	case value.KindF32:
		x = uint64(canonicalizeNaN32(uint32(x)))
	case value.KindF64:
		x = canonicalizeNaN64(x)
	case value.KindChar:
		if !validChar(uint32(x)) {
			return value.Value{}, badChar(uint32(x))
		}
	case value.KindFlags:
		return value.FlagsFromBits(t.Type, uint64(uint32(x)))
	case value.KindOwn, value.KindBorrow, value.KindErrorContext, value.KindStream, value.KindFuture:
		h, err := liftHandle(l.cx, uint32(x), t)
		if err != nil {
			return value.Value{}, err
		}
		return value.Handle(t.Type, h)
	}
	return value.FromBits(t.Type, x)
}

// text is a string that was loaded, copied.
func (l *loader) text(s text, err error) (value.Value, error) {
	if err != nil {
		return value.Value{}, err
	}
	if err := l.cx.Spend(textCost + s.utf8Len()); err != nil {
		return value.Value{}, err
	}
	return value.String(s.String()), nil
}

// list loads the elements of a list or map, wherever they are
// (load_list_from_range).
func (l *loader) list(ptr, count uint64, t *Type) (value.Value, error) {
	if err := CheckList(ptr, count, t.Elem, l.cx.Width, len(l.mem)); err != nil {
		return value.Value{}, err
	}
	return l.elements(ptr, count, t)
}

// elements loads elements that are in bounds (load_list_from_valid_range).
func (l *loader) elements(ptr, count uint64, t *Type) (value.Value, error) {
	size := t.Elem.ElemSize(l.cx.Width)
	if t.Kind == value.KindMap {
		return l.entries(ptr, count, t)
	}
	if number(t.Elem.Kind) {
		if err := l.cx.Spend(sliceCost + count*size); err != nil {
			return value.Value{}, err
		}
		return loadNumbers(l.mem[ptr:][:count*size], t)
	}
	if err := l.cx.Spend(sliceCost + count*valueCost); err != nil {
		return value.Value{}, err
	}
	elems := make([]value.Value, count)
	for i := range elems {
		v, err := l.load(ptr+uint64(i)*size, t.Elem)
		if err != nil {
			return v, within(err, uint64(i))
		}
		elems[i] = v
	}
	return value.List(t.Type, elems)
}

func (l *loader) entries(ptr, count uint64, t *Type) (value.Value, error) {
	if err := l.cx.Spend(sliceCost + count*2*valueCost); err != nil {
		return value.Value{}, err
	}
	w := l.cx.Width
	size, off := t.Elem.ElemSize(w), t.Elem.Offsets[w]
	entries := make([]value.Entry, count)
	for i := range entries {
		at := ptr + uint64(i)*size
		k, err := l.load(at+uint64(off[0]), t.Elem.Fields[0])
		if err != nil {
			return k, within(Within(err, " key"), uint64(i))
		}
		v, err := l.load(at+uint64(off[1]), t.Elem.Fields[1])
		if err != nil {
			return v, within(err, uint64(i))
		}
		entries[i] = value.Entry{Key: k, Value: v}
	}
	return value.Map(t.Type, entries)
}

// fields loads the fields of a record or tuple (load_record).
func (l *loader) fields(ptr uint64, t *Type) ([]value.Value, error) {
	if err := l.cx.Spend(sliceCost + uint64(len(t.Fields))*valueCost); err != nil {
		return nil, err
	}
	out := make([]value.Value, len(t.Fields))
	off := t.Offsets[l.cx.Width]
	for i, f := range t.Fields {
		v, err := l.load(ptr+uint64(off[i]), f)
		if err != nil {
			return nil, t.within(err, i)
		}
		out[i] = v
	}
	return out, nil
}

// variant loads a variant or what is like one (load_variant).
func (l *loader) variant(ptr uint64, t *Type) (value.Value, error) {
	i := loadInt(l.mem, ptr, uint64(t.Disc))
	if i >= uint64(len(t.Cases)) {
		return value.Value{}, badCase(i, len(t.Cases))
	}
	c := t.Cases[i]
	if c == nil {
		return value.VariantCase(t.Type, int(i), nil)
	}
	v, err := l.load(ptr+uint64(t.Payload[l.cx.Width]), c)
	return l.withPayload(t, int(i), v, err)
}

// withPayload is a case with the payload that was lifted.
func (l *loader) withPayload(t *Type, i int, v value.Value, err error) (value.Value, error) {
	if err != nil {
		return v, t.withinCase(err, i)
	}
	if err := l.cx.Spend(valueCost); err != nil {
		return v, err
	}
	return value.VariantCase(t.Type, i, &v)
}

// within says in which field a trap happened.
func (t *Type) within(err error, i int) error {
	if i < len(t.parts) {
		return Within(err, t.parts[i])
	}
	return Within(err, "."+t.Type.Fields[i].Name)
}

// withinCase says in which case a trap happened.
func (t *Type) withinCase(err error, i int) error {
	return Within(err, "."+t.Type.Cases[i].Name)
}

// liftHandle is what stands in Go for a handle that a guest gave (lift_own,
// lift_borrow, lift_stream, lift_future, lift_error_context).
func liftHandle(cx *Context, i uint32, t *Type) (any, error) {
	if cx.Handles == nil {
		return nil, Trapf("%s in a context without handles", t.Kind)
	}
	switch t.Kind {
	case value.KindOwn:
		r, err := cx.Handles.LiftOwn(i, t.Resource.Slot)
		if err != nil {
			return nil, err
		}
		return cx.Handles.ToHost(r, t.Resource.Slot, true)
	case value.KindBorrow:
		r, err := cx.Handles.LiftBorrow(i, t.Resource.Slot)
		if err != nil {
			return nil, err
		}
		return cx.Handles.ToHost(r, t.Resource.Slot, false)
	case value.KindErrorContext:
		return cx.Handles.LiftErrorContext(i)
	}
	return cx.Handles.LiftAsyncValue(i, t)
}
