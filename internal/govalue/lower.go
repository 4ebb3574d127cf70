package govalue

// This file is how Go values are lowered to their flat form (Canonical ABI,
// section "Flat Lowering").

import (
	"reflect"

	"github.com/dray-wasm/dray/internal/abi"
)

func (w *writer) put(x uint64) {
	w.flat[0] = x
	w.flat = w.flat[1:]
}

// put2 appends a pointer and a length.
func (w *writer) put2(ptr, n uint64, err error) error {
	if err == nil {
		w.put(ptr)
		w.put(n)
	}
	return err
}

// lower lowers a value to the next words, of which there are enough.
func (w *writer) lower(c *codec, v reflect.Value) error {
	switch c.op {
	case opString:
		return w.put2(w.text(v))
	case opBytes, opNumbers, opList, opArray:
		if c.t.Fixed {
			return w.lowerFixed(c, v)
		}
		n := v.Len()
		ptr, err := w.list(c, v, n)
		return w.put2(ptr, uint64(n), err)
	case opMap:
		return w.put2(w.mapping(c, v))
	case opStruct:
		for i := range c.fields {
			f := &c.fields[i]
			if err := w.lower(f.codec, v.Field(f.index)); err != nil {
				return c.t.WithinField(err, i)
			}
		}
		return nil
	case opOption, opVariant:
		i, err := c.caseOf(v)
		if err != nil {
			return err
		}
		payload, content := c.content(v, i)
		return w.lowerVariant(c.t, i, content, payload)
	case opValue:
		return w.lowerValue(c, v)
	}
	x, err := w.scalar(c, v)
	if err != nil {
		return err
	}
	w.put(x)
	return nil
}

// lowerFixed lowers a list of fixed length, which is short here unless its
// elements have no content.
func (w *writer) lowerFixed(c *codec, v reflect.Value) error {
	if c.t.Elem.FlatLen() == 0 {
		return nil
	}
	for i := range v.Len() {
		if err := w.lower(c.elem, v.Index(i)); err != nil {
			return abi.WithinElem(err, i)
		}
	}
	return nil
}

// lowerVariant lowers a case with its content.
func (w *writer) lowerVariant(t *abi.Type, i int, content *codec, payload reflect.Value) error {
	rest := w.flat[t.FlatLen():]
	w.put(uint64(i))
	if content != nil {
		if err := w.lower(content, payload); err != nil {
			return t.WithinCase(err, i)
		}
	}
	clear(w.flat[:len(w.flat)-len(rest)])
	w.flat = rest
	return nil
}
