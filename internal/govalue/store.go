package govalue

// This file is how Go values are stored in the memory of a guest (Canonical
// ABI, section "Storing").

import (
	"cmp"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// A writer stores and lowers values that were checked. mem is fetched before
// the first value is stored, and again whenever realloc has run.
type writer struct {
	cx   *abi.Context
	inst *task.Instance // whose handles values have; nil where they have none
	mem  []byte
	flat []uint64
}

func (w *writer) refresh() {
	if w.cx.Memory != nil {
		w.mem = w.cx.Memory.Bytes()
	}
}

// storeAll stores the fields of a tuple at an address in bounds.
func (w *writer) storeAll(t *abi.Type, codecs []*codec, src []reflect.Value, ptr uint64) error {
	off := t.Offsets[w.cx.Width]
	for i, c := range codecs {
		if err := w.store(c, src[i], ptr+uint64(off[i])); err != nil {
			return t.WithinField(err, i)
		}
	}
	return nil
}

// store stores a value at an address in bounds.
func (w *writer) store(c *codec, v reflect.Value, ptr uint64) error {
	switch c.op {
	case opUint:
		abi.StoreInt(w.mem, ptr, c.size, v.Uint())
		return nil
	case opInt:
		abi.StoreInt(w.mem, ptr, c.size, uint64(v.Int()))
		return nil
	case opString:
		begin, n, err := w.text(v)
		return w.extent(ptr, begin, n, err)
	case opBytes, opNumbers, opList:
		n := v.Len()
		if c.t.Fixed {
			return w.elements(c, v, n, ptr)
		}
		begin, err := w.list(c, v, n)
		return w.extent(ptr, begin, uint64(n), err)
	case opMap:
		begin, n, err := w.mapping(c, v)
		return w.extent(ptr, begin, n, err)
	case opArray:
		return w.elements(c, v, v.Len(), ptr)
	case opStruct:
		off := c.t.Offsets[w.cx.Width]
		for i := range c.fields {
			f := &c.fields[i]
			if err := w.store(f.codec, v.Field(f.index), ptr+uint64(off[i])); err != nil {
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
		return w.variant(c.t, i, content, payload, ptr)
	case opValue:
		return w.storeValue(c, v, ptr)
	}
	x, err := w.scalar(c, v)
	if err != nil {
		return err
	}
	abi.StoreInt(w.mem, ptr, c.t.ElemSize(w.cx.Width), x)
	return nil
}

// extent stores a pointer and a length.
func (w *writer) extent(ptr, begin, n uint64, err error) error {
	if err != nil {
		return err
	}
	width := w.cx.Width
	abi.StorePointer(w.mem, ptr, width, begin)
	abi.StorePointer(w.mem, ptr+width.Size(), width, n)
	return nil
}

// variant stores a case with its content.
func (w *writer) variant(t *abi.Type, i int, content *codec, payload reflect.Value, ptr uint64) error {
	abi.StoreInt(w.mem, ptr, uint64(t.Disc), uint64(i))
	if content == nil {
		return nil
	}
	if err := w.store(content, payload, ptr+uint64(t.Payload[w.cx.Width])); err != nil {
		return t.WithinCase(err, i)
	}
	return nil
}

// scalar lowers a value of one word. Numbers of less than 32 bits are extended
// to 32.
func (w *writer) scalar(c *codec, v reflect.Value) (uint64, error) {
	switch c.op {
	case opBool:
		if v.Bool() {
			return 1, nil
		}
		return 0, nil
	case opUint, opFlagsUint:
		return v.Uint(), nil
	case opInt:
		if c.size == 8 {
			return uint64(v.Int()), nil
		}
		return uint64(uint32(v.Int())), nil
	case opChar:
		return uint64(uint32(v.Int())), nil
	case opF32:
		return uint64(abi.CanonicalNaN32(math.Float32bits(float32(v.Float())))), nil
	case opF64:
		return abi.CanonicalNaN64(math.Float64bits(v.Float())), nil
	case opEnumUint, opEnumInt, opEnumString:
		i, err := c.caseOf(v)
		return uint64(i), err
	case opFlagsStruct:
		x := uint64(0)
		for i := range c.fields {
			if c.field(v, i).Bool() {
				x |= 1 << i
			}
		}
		return x, nil
	case opEnd, opReader:
		return w.lowerEnd(c, v)
	}
	i, err := abi.LowerHandle(w.cx, v.Interface(), c.t)
	return uint64(i), err
}

// text stores a string in memory that is allocated for it.
func (w *writer) text(v reflect.Value) (ptr, n uint64, err error) {
	ptr, n, err = abi.StoreValidString(w.cx, v.String())
	w.refresh()
	return ptr, n, err
}

// list stores n elements in memory that is allocated for them.
func (w *writer) list(c *codec, v reflect.Value, n int) (uint64, error) {
	ptr, err := w.room(c.t.Elem, n)
	if err != nil {
		return 0, err
	}
	return ptr, w.elements(c, v, n, ptr)
}

// room allocates memory for n elements.
func (w *writer) room(elem *abi.Type, n int) (uint64, error) {
	width := w.cx.Width
	if _, err := w.cx.Bytes(); err != nil {
		return 0, err
	}
	if !abi.FitsList(n, elem, width) {
		return 0, tooLong(n, elem, width)
	}
	ptr, err := w.cx.Allocate(elem.Alignment(width), uint64(n)*elem.ElemSize(width))
	w.refresh()
	return ptr, err
}

// elements stores n elements at an address in bounds.
func (w *writer) elements(c *codec, v reflect.Value, n int, ptr uint64) error {
	size := c.t.Elem.ElemSize(w.cx.Width)
	switch {
	case n == 0 || size == 0:
		return nil
	case c.op == opBytes:
		copy(w.mem[ptr:][:n], v.Bytes())
		return nil
	case c.op == opNumbers:
		c.numbers.store(w.mem[ptr:][:uint64(n)*size], v)
		return nil
	}
	for i := range n {
		if err := w.store(c.elem, v.Index(i), ptr+uint64(i)*size); err != nil {
			return abi.WithinElem(err, i)
		}
	}
	return nil
}

// mapping stores a map in the order of its keys.
func (w *writer) mapping(c *codec, v reflect.Value) (ptr, n uint64, err error) {
	keys := v.MapKeys()
	slices.SortFunc(keys, c.key.compare)
	if ptr, err = w.room(c.t.Elem, len(keys)); err != nil {
		return 0, 0, err
	}
	size, off := c.t.Elem.ElemSize(w.cx.Width), c.t.Elem.Offsets[w.cx.Width]
	val := reflect.New(c.rt.Elem()).Elem()
	for i, k := range keys {
		at := ptr + uint64(i)*size
		if err := w.store(c.key, k, at+uint64(off[0])); err != nil {
			return 0, 0, abi.WithinElem(abi.Within(err, " key"), i)
		}
		val.Set(v.MapIndex(k))
		if err := w.store(c.elem, val, at+uint64(off[1])); err != nil {
			return 0, 0, abi.WithinElem(err, i)
		}
	}
	return ptr, uint64(len(keys)), nil
}

// compare orders keys of maps.
func (c *codec) compare(a, b reflect.Value) int {
	switch c.op {
	case opBool:
		switch x := a.Bool(); {
		case x == b.Bool():
			return 0
		case x:
			return 1
		}
		return -1
	case opInt, opChar:
		return cmp.Compare(a.Int(), b.Int())
	case opUint:
		return cmp.Compare(a.Uint(), b.Uint())
	case opF32, opF64:
		return cmp.Compare(a.Float(), b.Float())
	}
	return strings.Compare(a.String(), b.String())
}
