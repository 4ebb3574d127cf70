package abi

// This file is how values are lifted from their flat form (section "Flat
// Lifting").

import "github.com/dray-wasm/dray/value"

// LiftFlat lifts a value of type t from the first words of flat and tells how
// many they are. A word has an f32 or i32 in its low half; the high half does
// not count.
func LiftFlat(cx *Context, flat []uint64, t *Type) (v value.Value, n int, err error) {
	if err := enough(flat, t); err != nil {
		return v, 0, err
	}
	l := lifter{loader: newLoader(cx), flat: flat}
	v, err = l.lift(t)
	return v, int(t.flatLen), err
}

// enough checks that there is room for the flat form of t.
func enough(flat []uint64, t *Type) error {
	if t.flatLen > MaxFlatParams {
		return badValue("a value of type `%s` has no flat form: it is longer than %d words", t.Short(), MaxFlatParams)
	}
	if len(flat) < int(t.flatLen) {
		return badValue("a value of type `%s` takes %d words, not %d", t.Short(), t.flatLen, len(flat))
	}
	return nil
}

func newLoader(cx *Context) loader {
	l := loader{cx: cx}
	if cx.Memory != nil {
		l.mem = cx.Memory.Bytes()
	}
	return l
}

// A lifter lifts values from flat, which has all of their words. Where a case
// of a variant has a word that is wider than its own (CoerceValueIter), the low
// bits are what counts, which is so for all words anyway.
type lifter struct {
	loader
	flat []uint64
}

func (l *lifter) next() uint64 {
	x := l.flat[0]
	l.flat = l.flat[1:]
	return x
}

// pointer is the next word as a pointer or length.
func (l *lifter) pointer() uint64 { return l.cx.Width.pointer(l.next()) }

// lift lifts a value (lift_flat).
func (l *lifter) lift(t *Type) (value.Value, error) {
	switch t.Kind {
	case value.KindString:
		ptr, n := l.pointer(), l.pointer()
		s, err := loadStringFromRange(l.cx, ptr, n)
		return l.text(s, err)
	case value.KindList, value.KindMap:
		if t.Fixed {
			return l.fixed(t)
		}
		if l.cx.Memory == nil {
			_, err := l.cx.memory()
			return value.Value{}, err
		}
		ptr, n := l.pointer(), l.pointer()
		return l.list(ptr, n, t)
	case value.KindRecord, value.KindTuple:
		fields, err := l.liftFields(t)
		if err != nil {
			return value.Value{}, err
		}
		return value.Record(t.Type, fields...)
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		return l.liftVariant(t)
	}
	return l.scalar(t, l.next())
}

// fixed lifts a list of fixed length, which is short here (lift_flat_list).
func (l *lifter) fixed(t *Type) (value.Value, error) {
	if err := l.cx.Spend(sliceCost + uint64(t.Len)*valueCost); err != nil {
		return value.Value{}, err
	}
	elems := make([]value.Value, t.Len)
	for i := range elems {
		v, err := l.lift(t.Elem)
		if err != nil {
			return v, within(err, uint64(i))
		}
		elems[i] = v
	}
	return value.List(t.Type, elems)
}

// liftFields lifts the fields of a record or tuple (lift_flat_record).
func (l *lifter) liftFields(t *Type) ([]value.Value, error) {
	if err := l.cx.Spend(sliceCost + uint64(len(t.Fields))*valueCost); err != nil {
		return nil, err
	}
	out := make([]value.Value, len(t.Fields))
	for i, f := range t.Fields {
		v, err := l.lift(f)
		if err != nil {
			return nil, t.within(err, i)
		}
		out[i] = v
	}
	return out, nil
}

// liftVariant lifts a variant or what is like one (lift_flat_variant).
func (l *lifter) liftVariant(t *Type) (value.Value, error) {
	rest := l.flat[t.flatLen:]
	i := uint64(uint32(l.next()))
	if i >= uint64(len(t.Cases)) {
		return value.Value{}, badCase(i, len(t.Cases))
	}
	c := t.Cases[i]
	if c == nil {
		l.flat = rest
		return value.VariantCase(t.Type, int(i), nil)
	}
	v, err := l.lift(c)
	l.flat = rest
	return l.withPayload(t, int(i), v, err)
}
