package abi

// This file is how parameters and results are lifted and lowered (section
// "Lifting and Lowering Values").

import "github.com/dray-wasm/dray/value"

// LiftValues lifts the fields of a tuple type t from flat, or from memory that
// flat[0] points to where they have more than maxFlat words (lift_flat_values).
func LiftValues(cx *Context, maxFlat int, flat []uint64, t *Type) ([]value.Value, error) {
	l := lifter{loader: newLoader(cx), flat: flat}
	if int(t.flatLen) <= maxFlat {
		if err := enough(flat, t); err != nil {
			return nil, err
		}
		return l.liftFields(t)
	}
	if _, err := cx.memory(); err != nil {
		return nil, err
	}
	if len(flat) == 0 {
		return nil, badValue("a pointer to values of type `%s` takes a word", t.Short())
	}
	ptr := l.pointer()
	if err := checkRange(ptr, t.ElemSize(cx.Width), t.Alignment(cx.Width), len(l.mem)); err != nil {
		return nil, err
	}
	return l.fields(ptr, t)
}

// LowerValues lowers the fields of a tuple type t to flat. Where they have more
// than maxFlat words, they go to memory: where *outParam points to, or, without
// it, to memory that is allocated for them and that flat[0] then points to
// (lower_flat_values).
//
// Values of other types, or that cannot be lowered, are an error of the code
// [CodeValue] and nothing is stored.
func LowerValues(cx *Context, maxFlat int, vs []value.Value, t *Type, flat []uint64, outParam *uint64) error {
	if len(vs) != len(t.Fields) {
		return badValue("there must be %d values, not %d", len(t.Fields), len(vs))
	}
	for i, f := range t.Fields {
		if err := check(vs[i], f); err != nil {
			return named(t, i, err)
		}
	}
	l := lowerer{storer: newStorer(cx), flat: flat}
	if int(t.flatLen) <= maxFlat {
		if err := enough(flat, t); err != nil {
			return err
		}
		return l.lowerFields(vs, t)
	}
	if _, err := cx.memory(); err != nil {
		return err
	}
	ptr, err := l.room(t, outParam)
	if err != nil {
		return err
	}
	return l.fields(vs, t, ptr)
}

// room is where the values go in memory.
func (l *lowerer) room(t *Type, outParam *uint64) (uint64, error) {
	w := l.cx.Width
	size, align := t.ElemSize(w), t.Alignment(w)
	if outParam != nil {
		ptr := w.pointer(*outParam)
		return ptr, checkRange(ptr, size, align, len(l.mem))
	}
	if len(l.flat) == 0 {
		return 0, badValue("a pointer to values of type `%s` takes a word", t.Short())
	}
	ptr, err := l.cx.Allocate(align, size)
	if err != nil {
		return 0, err
	}
	l.refresh()
	l.flat[0] = ptr
	return ptr, nil
}
