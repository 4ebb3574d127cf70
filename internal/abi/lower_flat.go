package abi

// This file is how values are lowered to their flat form (section "Flat
// Lowering").

import "github.com/dray-wasm/dray/value"

// LowerFlat lowers a value of type t to the first words of flat and tells how
// many they are. The high half of a word for an f32 or i32 is zero.
//
// A value of another type, or that cannot be lowered, is an error of the code
// [CodeValue] and nothing is stored.
func LowerFlat(cx *Context, v value.Value, t *Type, flat []uint64) (n int, err error) {
	if err := enough(flat, t); err != nil {
		return 0, err
	}
	if err := check(v, t); err != nil {
		return 0, err
	}
	l := lowerer{storer: newStorer(cx), flat: flat}
	return int(t.flatLen), l.lower(v, t)
}

func newStorer(cx *Context) storer {
	s := storer{cx: cx}
	s.refresh()
	return s
}

// A lowerer lowers values to flat, which has room for all of their words.
// Where a variant has a word that is wider than that of a case, the bits are
// extended with zeros, which is so for all words anyway.
type lowerer struct {
	storer
	flat []uint64
}

func (l *lowerer) put(x uint64) {
	l.flat[0] = x
	l.flat = l.flat[1:]
}

// lower lowers a value (lower_flat).
func (l *lowerer) lower(v value.Value, t *Type) error {
	switch t.Kind {
	case value.KindString:
		ptr, n, err := storeStringIntoRange(l.cx, textOf(v.Text()))
		if err != nil {
			return err
		}
		l.refresh()
		l.put(ptr)
		l.put(n)
		return nil
	case value.KindList, value.KindMap:
		if t.Fixed {
			return l.fixed(v, t)
		}
		ptr, err := l.list(v, t)
		if err != nil {
			return err
		}
		l.put(ptr)
		l.put(uint64(v.Len()))
		return nil
	case value.KindRecord, value.KindTuple:
		return l.lowerFields(v.Elems(), t)
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		return l.lowerVariant(v, t)
	}
	x, err := l.scalar(v, t)
	if err != nil {
		return err
	}
	l.put(x)
	return nil
}

// fixed lowers a list of fixed length, which is short here (lower_flat_list).
func (l *lowerer) fixed(v value.Value, t *Type) error {
	for i := range v.Len() {
		if err := l.lower(v.Index(i), t.Elem); err != nil {
			return within(err, uint64(i))
		}
	}
	return nil
}

// lowerFields lowers the fields of a record or tuple (lower_flat_record).
func (l *lowerer) lowerFields(vs []value.Value, t *Type) error {
	for i, f := range t.Fields {
		if err := l.lower(vs[i], f); err != nil {
			return t.within(err, i)
		}
	}
	return nil
}

// lowerVariant lowers a variant or what is like one (lower_flat_variant).
func (l *lowerer) lowerVariant(v value.Value, t *Type) error {
	rest := l.flat[t.flatLen:]
	i := v.Case()
	l.put(uint64(i))
	if c := t.Cases[i]; c != nil {
		payload, _ := v.Payload()
		if err := l.lower(payload, c); err != nil {
			return t.withinCase(err, i)
		}
	}
	clear(l.flat[:len(l.flat)-len(rest)])
	l.flat = rest
	return nil
}
