package govalue

// This file is elements of streams and futures: how they are moved between Go
// and the memories of guests.

import (
	"reflect"
	"sync"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/ends"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// elements is the ends.Codec of elements of a Go type.
type elements struct {
	rt reflect.Type
	// plans are the *codec for each *abi.Type.
	plans sync.Map
}

// Elements implements ends.Codec.
func (e *elements) Elements(inst *task.Instance, t *abi.Type) (ends.Elements, error) {
	if k, ok := e.plans.Load(t); ok {
		return &mover{inst, k.(*codec)}, nil
	}
	k, err := newCompiler(inst.Resources).codec(e.rt, t, place{"an element", "that of the Go stream or future"})
	if err != nil {
		return nil, err
	}
	e.plans.Store(t, k)
	return &mover{inst, k}, nil
}

// A mover is the ends.Elements of an instance.
type mover struct {
	inst  *task.Instance
	codec *codec
}

// Load implements ends.Elements. Each call may take as much of the host's
// memory as a call of a function may.
func (m *mover) Load(cx *abi.Context, ptr uint64, vs any) error {
	mem, err := cx.Bytes()
	if err != nil {
		return err
	}
	v, c := reflect.ValueOf(vs).Elem(), m.codec
	size, n := c.t.ElemSize(cx.Width), v.Len()
	switch {
	case size == 0 || n == 0:
		return nil
	case isNumbers(c) == numbersBytes:
		copy(v.Bytes(), mem[ptr:])
		return nil
	case isNumbers(c) == numbersOther:
		numberTable[c.rt].fill(mem[ptr:][:uint64(n)*size], v)
		return nil
	}
	cx.Budget = m.inst.Store.CopyBytes
	r := reader{cx: cx, inst: m.inst, mem: mem}
	for i := range n {
		dst := v.Index(i)
		dst.SetZero()
		if err := r.load(c, ptr+uint64(i)*size, dst); err != nil {
			return abi.WithinElem(err, i)
		}
	}
	return nil
}

// Store implements ends.Elements.
func (m *mover) Store(cx *abi.Context, ptr uint64, vs any) error {
	v, c := reflect.ValueOf(vs).Elem(), m.codec
	size, n := c.t.ElemSize(cx.Width), v.Len()
	if size == 0 || n == 0 {
		return nil
	}
	mem, err := cx.Bytes()
	if err != nil {
		return err
	}
	switch isNumbers(c) {
	case numbersBytes:
		copy(mem[ptr:], v.Bytes())
		return nil
	case numbersOther:
		numberTable[c.rt].store(mem[ptr:][:uint64(n)*size], v)
		return nil
	}
	w := writer{cx: cx, inst: m.inst, mem: mem}
	for i := range n {
		e := v.Index(i)
		if err := c.check(e); err != nil {
			return inPart(err, "element "+itoa(i)+" of a "+c.t.Short())
		}
		if err := w.store(c, e, ptr+uint64(i)*size); err != nil {
			return abi.WithinElem(err, i)
		}
	}
	return nil
}

// How elements can be moved at once.
const (
	numbersNot = iota
	numbersBytes
	numbersOther
)

func isNumbers(c *codec) int {
	switch k := c.t.Kind; {
	case c.op == opValue:
	case k == value.KindU8:
		return numbersBytes
	case k >= value.KindS8 && k <= value.KindF64 && numberTable[c.rt] != nil:
		return numbersOther
	}
	return numbersNot
}
