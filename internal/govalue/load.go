package govalue

// This file is how Go values are loaded from the memory of a guest (Canonical
// ABI, section "Loading").

import (
	"math"
	"reflect"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// A reader loads and lifts values. No guest code runs while it works, so mem
// stays. Values go to addressable reflect.Values, which hold nothing before.
type reader struct {
	cx   *abi.Context
	inst *task.Instance // whose handles values have; nil where they have none
	mem  []byte
	flat []uint64
}

// newReader makes a reader of values of a type, which are in memory or flat.
func newReader(cx *abi.Context, flat []uint64, t *abi.Type, inMem bool) reader {
	r := reader{cx: cx, flat: flat}
	if (inMem || t.Pointers) && cx.Memory != nil {
		r.mem = cx.Memory.Bytes()
	}
	return r
}

// loadAll loads the fields of a tuple that a guest says is at an address.
func (r *reader) loadAll(t *abi.Type, codecs []*codec, ptr uint64, dst []reflect.Value) error {
	if err := r.checkTuple(t, ptr); err != nil {
		return err
	}
	off := t.Offsets[r.cx.Width]
	for i, c := range codecs {
		if err := r.load(c, ptr+uint64(off[i]), dst[i]); err != nil {
			return t.WithinField(err, i)
		}
	}
	return nil
}

// checkTuple checks the address of a tuple.
func (r *reader) checkTuple(t *abi.Type, ptr uint64) error {
	if _, err := r.cx.Bytes(); err != nil {
		return err
	}
	w := r.cx.Width
	return abi.CheckRange(ptr, t.ElemSize(w), t.Alignment(w), len(r.mem))
}

// load loads a value from an address in bounds.
func (r *reader) load(c *codec, ptr uint64, dst reflect.Value) error {
	w := r.cx.Width
	switch c.op {
	case opUint:
		dst.SetUint(abi.LoadInt(r.mem, ptr, c.size))
		return nil
	case opInt:
		dst.SetInt(int64(abi.LoadInt(r.mem, ptr, c.size)))
		return nil
	case opString:
		return r.text(abi.LoadPointer(r.mem, ptr, w), abi.LoadPointer(r.mem, ptr+w.Size(), w), dst)
	case opBytes, opNumbers, opList:
		if c.t.Fixed {
			return r.elements(c, ptr, uint64(c.t.Len), dst)
		}
		return r.list(c, abi.LoadPointer(r.mem, ptr, w), abi.LoadPointer(r.mem, ptr+w.Size(), w), dst)
	case opMap:
		return r.mapping(c, abi.LoadPointer(r.mem, ptr, w), abi.LoadPointer(r.mem, ptr+w.Size(), w), dst)
	case opArray:
		return r.loop(c, ptr, int(c.t.Len), dst)
	case opStruct:
		off := c.t.Offsets[w]
		for i := range c.fields {
			f := &c.fields[i]
			if err := r.load(f.codec, ptr+uint64(off[i]), dst.Field(f.index)); err != nil {
				return c.t.WithinField(err, i)
			}
		}
		return nil
	case opOption, opVariant:
		return r.variant(c, ptr, dst)
	case opValue:
		return r.loadValue(c, ptr, dst)
	case opHandle:
		return r.handle(c, abi.LoadInt(r.mem, ptr, 4), dst)
	case opEnd, opReader:
		return r.liftEnd(c, abi.LoadInt(r.mem, ptr, 4), dst)
	}
	return r.scalar(c, abi.LoadInt(r.mem, ptr, c.size), dst)
}

// scalar lifts a value of one word that is no handle. Bits that the type has no
// room for are dropped.
func (r *reader) scalar(c *codec, x uint64, dst reflect.Value) error {
	switch c.op {
	case opBool:
		dst.SetBool(uint32(x) != 0)
	case opUint:
		dst.SetUint(x)
	case opInt:
		dst.SetInt(int64(x))
	case opF32:
		dst.SetFloat(float64(math.Float32frombits(abi.CanonicalNaN32(uint32(x)))))
	case opF64:
		dst.SetFloat(math.Float64frombits(abi.CanonicalNaN64(x)))
	case opChar:
		ch, err := abi.LiftChar(x)
		if err != nil {
			return err
		}
		dst.SetInt(int64(ch))
	case opEnumUint, opEnumInt, opEnumString:
		i, err := abi.LiftCase(uint64(uint32(x)), c.t)
		if err != nil {
			return err
		}
		switch c.op {
		case opEnumUint:
			dst.SetUint(uint64(i))
		case opEnumInt:
			dst.SetInt(int64(i))
		default:
			dst.SetString(c.t.Type.Cases[i].Name)
		}
	case opFlagsUint:
		dst.SetUint(x & c.labelBits())
	case opFlagsStruct:
		for i := range c.fields {
			c.field(dst, i).SetBool(x>>i&1 != 0)
		}
	}
	return nil
}

// labelBits are the bits that flags have.
func (c *codec) labelBits() uint64 { return 1<<len(c.t.Labels) - 1 }

// text lifts a string.
func (r *reader) text(ptr, n uint64, dst reflect.Value) error {
	s, err := abi.LoadString(r.cx, ptr, n)
	if err != nil {
		return err
	}
	dst.SetString(s)
	return nil
}

func setValue(dst reflect.Value, v value.Value, err error) error {
	if err == nil {
		*dst.Addr().Interface().(*value.Value) = v
	}
	return err
}

// list loads a list, wherever a guest says it is.
func (r *reader) list(c *codec, ptr, count uint64, dst reflect.Value) error {
	if err := abi.CheckList(ptr, count, c.t.Elem, r.cx.Width, len(r.mem)); err != nil {
		return err
	}
	return r.elements(c, ptr, count, dst)
}

// elements loads elements that are in bounds into a new slice.
func (r *reader) elements(c *codec, ptr, count uint64, dst reflect.Value) error {
	if count == 0 {
		dst.SetZero()
		return nil
	}
	if err := r.cx.Spend(count * c.cost); err != nil {
		return err
	}
	mem := r.mem[ptr:][:count*c.t.Elem.ElemSize(r.cx.Width)]
	switch c.op {
	case opBytes:
		dst.SetBytes(append(make([]byte, 0, len(mem)), mem...))
		return nil
	case opNumbers:
		c.numbers.load(mem, dst)
		return nil
	}
	dst.SetZero()
	dst.Grow(int(count))
	dst.SetLen(int(count))
	return r.loop(c, ptr, int(count), dst)
}

// loop loads elements into a slice or array.
func (r *reader) loop(c *codec, ptr uint64, count int, dst reflect.Value) error {
	size := c.t.Elem.ElemSize(r.cx.Width)
	if size == 0 {
		return nil // elements without content
	}
	for i := range count {
		if err := r.load(c.elem, ptr+uint64(i)*size, dst.Index(i)); err != nil {
			return abi.WithinElem(err, i)
		}
	}
	return nil
}

// mapping loads a map. Of the values for one key the last counts.
func (r *reader) mapping(c *codec, ptr, count uint64, dst reflect.Value) error {
	w := r.cx.Width
	if err := abi.CheckList(ptr, count, c.t.Elem, w, len(r.mem)); err != nil {
		return err
	}
	if err := r.cx.Spend(count * c.cost); err != nil {
		return err
	}
	size, off := c.t.Elem.ElemSize(w), c.t.Elem.Offsets[w]
	m := reflect.MakeMapWithSize(c.rt, int(count))
	key, val := reflect.New(c.rt.Key()).Elem(), reflect.New(c.rt.Elem()).Elem()
	for i := range int(count) {
		at := ptr + uint64(i)*size
		key.SetZero()
		if err := r.load(c.key, at+uint64(off[0]), key); err != nil {
			return abi.WithinElem(abi.Within(err, " key"), i)
		}
		val.SetZero()
		if err := r.load(c.elem, at+uint64(off[1]), val); err != nil {
			return abi.WithinElem(err, i)
		}
		m.SetMapIndex(key, val)
	}
	dst.Set(m)
	return nil
}

// variant loads an option, or what has a field for each case.
func (r *reader) variant(c *codec, ptr uint64, dst reflect.Value) error {
	i, err := abi.LiftCase(abi.LoadInt(r.mem, ptr, uint64(c.t.Disc)), c.t)
	if err != nil {
		return err
	}
	payload, content, err := r.choose(c, i, dst)
	if err != nil || content == nil {
		return err
	}
	if err := r.load(content, ptr+uint64(c.t.Payload[r.cx.Width]), payload); err != nil {
		return c.t.WithinCase(err, i)
	}
	return nil
}

// choose makes dst of a case, and returns where the content of the case goes
// and how; the codec is nil where there is none.
func (r *reader) choose(c *codec, i int, dst reflect.Value) (reflect.Value, *codec, error) {
	dst.SetZero()
	if c.op == opVariant {
		f := &c.fields[i]
		if err := r.cx.Spend(f.cost); err != nil {
			return dst, nil, err
		}
		p := reflect.New(f.typ)
		dst.Field(f.index).Set(asType(p, dst.Field(f.index).Type()))
		return p.Elem(), f.codec, nil
	}
	if i == 0 {
		return dst, nil, nil
	}
	if err := r.cx.Spend(c.cost); err != nil {
		return dst, nil, err
	}
	p := reflect.New(c.rt.Elem())
	dst.Set(asType(p, c.rt))
	return p.Elem(), c.elem, nil
}

// asType is a pointer as one of a type with a name.
func asType(p reflect.Value, rt reflect.Type) reflect.Value {
	if rt.Name() == "" {
		return p
	}
	return p.Convert(rt)
}

// handleName is a handle in messages.
func (c *codec) handleName() string {
	if c.t.Resource == nil {
		return "an " + c.t.Kind.String()
	}
	return "a handle of " + c.t.Resource.Name
}

// handle lifts a resource or error context.
func (r *reader) handle(c *codec, x uint64, dst reflect.Value) error {
	h, err := abi.LiftHandle(r.cx, uint32(x), c.t)
	if err != nil {
		return err
	}
	v := reflect.ValueOf(h)
	if !v.IsValid() || !v.Type().AssignableTo(c.rt) {
		return diag.Errorf(abi.CodeValue, diag.Pos{}, "%s stands for %T in Go, which is no %s", c.handleName(), h, c.rt)
	}
	dst.Set(v)
	return nil
}
