package govalue

// This file makes Go values of component values, by way of memory.

import (
	"context"
	"reflect"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// convert makes a Go value of a value. dst is addressable. Values with handles
// have no Go values outside of calls: they are an error.
func convert(v value.Value, dst reflect.Value) error {
	if v.Type() == nil {
		if dst.Kind() == reflect.Struct && dst.NumField() == 0 {
			return nil
		}
		return bindErr("there is no value for %s", goType(dst.Type()))
	}
	t := abi.NewTypes().Type(v.Type())
	c, err := newCompiler(nil).codec(dst.Type(), t, place{"the value", "the Go value"})
	if err != nil {
		return err
	}
	if t.Handles {
		return bindErr("the value has handles, which are good during a call only")
	}
	m := &scratch{b: make([]byte, t.ElemSize(abi.Width32))}
	cx := &abi.Context{
		Options: &abi.Options{Memory: m, Realloc: m}, Ctx: context.Background(), Budget: abi.DefaultBudget,
	}
	if err := abi.Store(cx, v, t, 0); err != nil {
		return err
	}
	r := newReader(cx, nil, t, true)
	return r.load(c, 0, dst)
}

// A scratch is a memory with its realloc, which only grows.
type scratch struct{ b []byte }

func (m *scratch) Type() wasm.ExternType      { return wasm.ExternType{} }
func (m *scratch) Bytes() []byte              { return m.b }
func (m *scratch) Grow(uint64) (uint64, bool) { return 0, false }

// Call is realloc: old, its size, alignment, new size.
func (m *scratch) Call(_ context.Context, stack []uint64) error {
	const most = 1 << 30
	align, size := stack[2], stack[3]
	begin := (uint64(len(m.b)) + align - 1) &^ (align - 1)
	if size > most || begin > most {
		return abi.Trapf("the value needs more than %d bytes", most)
	}
	m.b = append(m.b, make([]byte, begin+size-uint64(len(m.b)))...)
	copy(m.b[begin:], m.b[stack[0]:][:stack[1]])
	stack[0] = begin
	return nil
}
