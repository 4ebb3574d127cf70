package govalue

// This file is how Go values are lifted from their flat form (Canonical ABI,
// section "Flat Lifting").

import (
	"reflect"

	"github.com/dray-wasm/dray/internal/abi"
)

func (r *reader) next() uint64 {
	x := r.flat[0]
	r.flat = r.flat[1:]
	return x
}

// pointer is the next word as a pointer or length.
func (r *reader) pointer() uint64 { return r.cx.Width.Pointer(r.next()) }

// lift lifts a value from the next words, of which there are enough.
func (r *reader) lift(c *codec, dst reflect.Value) error {
	switch c.op {
	case opString:
		ptr, n := r.pointer(), r.pointer()
		return r.text(ptr, n, dst)
	case opBytes, opNumbers, opList:
		if c.t.Fixed {
			return r.liftFixed(c, dst)
		}
		if _, err := r.cx.Bytes(); err != nil {
			return err
		}
		ptr, n := r.pointer(), r.pointer()
		return r.list(c, ptr, n, dst)
	case opMap:
		if _, err := r.cx.Bytes(); err != nil {
			return err
		}
		ptr, n := r.pointer(), r.pointer()
		return r.mapping(c, ptr, n, dst)
	case opArray:
		return r.liftFixed(c, dst)
	case opStruct:
		for i := range c.fields {
			f := &c.fields[i]
			if err := r.lift(f.codec, dst.Field(f.index)); err != nil {
				return c.t.WithinField(err, i)
			}
		}
		return nil
	case opOption, opVariant:
		return r.liftVariant(c, dst)
	case opValue:
		return r.liftValue(c, dst)
	case opHandle:
		return r.handle(c, r.next(), dst)
	case opEnd, opReader:
		return r.liftEnd(c, r.next(), dst)
	}
	return r.scalar(c, r.next(), dst)
}

// liftFixed lifts a list of fixed length, which is short here unless its
// elements have no content.
func (r *reader) liftFixed(c *codec, dst reflect.Value) error {
	if c.op != opArray && c.t.Len > 0 {
		if err := r.cx.Spend(uint64(c.t.Len) * c.cost); err != nil {
			return err
		}
		dst.SetZero()
		dst.Grow(int(c.t.Len))
		dst.SetLen(int(c.t.Len))
	}
	if c.t.Elem.FlatLen() == 0 {
		return nil
	}
	for i := range int(c.t.Len) {
		if err := r.lift(c.elem, dst.Index(i)); err != nil {
			return abi.WithinElem(err, i)
		}
	}
	return nil
}

// liftVariant lifts an option, or what has a field for each case.
func (r *reader) liftVariant(c *codec, dst reflect.Value) error {
	rest := r.flat[c.t.FlatLen():]
	i, err := abi.LiftCase(uint64(uint32(r.next())), c.t)
	if err != nil {
		return err
	}
	payload, content, err := r.choose(c, i, dst)
	if err != nil {
		return err
	}
	if content != nil {
		if err := r.lift(content, payload); err != nil {
			return c.t.WithinCase(err, i)
		}
	}
	r.flat = rest
	return nil
}
