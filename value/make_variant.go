package value

// This file is how variants and what is like them, flags, maps and handles are
// made.

// VariantCase is a value of the i-th case of a variant, enum, option or result
// type. payload is nil for none; it is copied.
func VariantCase(t *Type, i int, payload *Value) (Value, error) {
	if t == nil || len(t.Cases) == 0 {
		return Value{}, errf("type `%s` has no cases", t.Short())
	}
	if i < 0 || i >= len(t.Cases) {
		return Value{}, errf("there is no case %d in type `%s`", i, t.Short())
	}
	c := t.Cases[i]
	switch {
	case payload == nil && c.Type == nil:
		return Value{typ: t, num: uint64(i)}, nil
	case payload == nil:
		return Value{}, errf("case `%s` must have a payload of type `%s`", c.Name, c.Type.Short())
	case c.Type == nil:
		return Value{}, errf("case `%s` has no payload", c.Name)
	case !isOf(*payload, c.Type):
		return Value{}, mismatch("the payload of case `"+c.Name+"`", c.Type, *payload)
	}
	p := *payload
	return Value{typ: t, num: uint64(i), ref: &p}, nil
}

// Variant is a value of a case of a variant type. payload is nil for none.
func Variant(t *Type, name string, payload *Value) (Value, error) {
	if err := want(t, KindVariant); err != nil {
		return Value{}, err
	}
	return caseNamed(t, name, payload)
}

// Enum is a value of an enum type.
func Enum(t *Type, name string) (Value, error) {
	if err := want(t, KindEnum); err != nil {
		return Value{}, err
	}
	return caseNamed(t, name, nil)
}

func caseNamed(t *Type, name string, payload *Value) (Value, error) {
	i := index(t.Cases, name)
	if i < 0 {
		return Value{}, errf("there is no case `%s` in type `%s`", name, t.Short())
	}
	return VariantCase(t, i, payload)
}

// None is the value none of an option type.
func None(t *Type) (Value, error) {
	if err := want(t, KindOption); err != nil {
		return Value{}, err
	}
	return Value{typ: t}, nil
}

// Some is a value some(v) of an option type.
func Some(t *Type, v Value) (Value, error) {
	if err := want(t, KindOption); err != nil {
		return Value{}, err
	}
	return VariantCase(t, 1, &v)
}

// OK is a value ok of a result type. payload is nil for none.
func OK(t *Type, payload *Value) (Value, error) {
	if err := want(t, KindResult); err != nil {
		return Value{}, err
	}
	return VariantCase(t, 0, payload)
}

// Err is a value err of a result type. payload is nil for none.
func Err(t *Type, payload *Value) (Value, error) {
	if err := want(t, KindResult); err != nil {
		return Value{}, err
	}
	return VariantCase(t, 1, payload)
}

// Flags is a value of a flags type with some labels.
func Flags(t *Type, labels ...string) (Value, error) {
	if err := want(t, KindFlags); err != nil {
		return Value{}, err
	}
	bits := uint64(0)
	for _, l := range labels {
		i := 0
		for i < len(t.Labels) && t.Labels[i] != l {
			i++
		}
		if i == len(t.Labels) || i >= 64 {
			return Value{}, errf("there is no label `%s` in type `%s`", l, t.Short())
		}
		bits |= 1 << i
	}
	return Value{typ: t, num: bits}, nil
}

// FlagsFromBits is a value of a flags type, the first label in bit 0. Bits
// without a label are dropped.
func FlagsFromBits(t *Type, bits uint64) (Value, error) {
	if err := want(t, KindFlags); err != nil {
		return Value{}, err
	}
	if n := len(t.Labels); n < 64 {
		bits &= 1<<n - 1
	}
	return Value{typ: t, num: bits}, nil
}

// Map is a map of type t. It keeps entries, and their order.
func Map(t *Type, entries []Entry) (Value, error) {
	if err := want(t, KindMap); err != nil {
		return Value{}, err
	}
	keys, values := fitter{want: t.Key}, fitter{want: t.Elem}
	for i := range entries {
		if e := &entries[i]; !keys.fits(e.Key) {
			return Value{}, mismatch("key "+itoa(i), t.Key, e.Key)
		} else if !values.fits(e.Value) {
			return Value{}, mismatch("value "+itoa(i), t.Elem, e.Value)
		}
	}
	return Value{typ: t, ref: entries}, nil
}

// Handle is a value of a resource, stream, future or error-context type. h is
// what stands for it in Go; whether it can is checked when the value is given
// to a guest.
func Handle(t *Type, h any) (Value, error) {
	if t != nil {
		switch t.Kind {
		case KindOwn, KindBorrow, KindStream, KindFuture, KindErrorContext:
			return Value{typ: t, ref: h}, nil
		}
	}
	return Value{}, errf("type `%s` has no handles", t.Short())
}
