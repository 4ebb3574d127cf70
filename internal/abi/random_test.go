package abi

// This file makes types and values of the bytes of a fuzzer.

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/value"
)

// A choice is a source of decisions: bytes, and zeros when they are used up.
type choice struct{ b []byte }

func (c *choice) byte() byte {
	if len(c.b) == 0 {
		return 0
	}
	x := c.b[0]
	c.b = c.b[1:]
	return x
}

func (c *choice) below(n int) int { return int(c.byte()) % n }

func (c *choice) bits() (x uint64) {
	for range c.below(9) {
		x = x<<8 | uint64(c.byte())
	}
	return x
}

var testResource = &value.Resource{Name: "r", Slot: 3}

// typ makes a type of some depth.
func (c *choice) typ(depth int) *value.Type {
	k := value.Kind(1 + c.below(int(value.NumKinds)-1))
	if depth == 0 && !k.Primitive() {
		k = value.KindBool + k%(value.KindString-value.KindBool+1)
	}
	fields := func(payloads bool) []value.Field {
		out := make([]value.Field, 1+c.below(5))
		for i := range out {
			out[i].Name = fmt.Sprintf("f%d", i)
			if !payloads || c.below(3) > 0 {
				out[i].Type = c.typ(depth - 1)
			}
		}
		return out
	}
	maybe := func() *value.Type {
		if c.below(3) == 0 {
			return nil
		}
		return c.typ(depth - 1)
	}
	switch k {
	case value.KindList:
		if c.below(3) == 0 {
			return value.FixedListOf(c.typ(depth-1), uint32(1+c.below(5)))
		}
		return value.ListOf(c.typ(depth - 1))
	case value.KindRecord:
		return value.RecordOf(fields(false)...)
	case value.KindTuple:
		var types []*value.Type
		for _, f := range fields(false) {
			types = append(types, f.Type)
		}
		return value.TupleOf(types...)
	case value.KindVariant:
		f := fields(true)
		if c.below(8) == 0 {
			for i := range 300 {
				f = append(f, value.Field{Name: fmt.Sprintf("more%d", i)})
			}
		}
		return value.VariantOf(f...)
	case value.KindEnum, value.KindFlags:
		labels := make([]string, 1+c.below(32))
		for i := range labels {
			labels[i] = fmt.Sprintf("l%d", i)
		}
		if k == value.KindFlags {
			return value.FlagsOf(labels...)
		}
		return value.EnumOf(labels...)
	case value.KindOption:
		return value.OptionOf(c.typ(depth - 1))
	case value.KindResult:
		return value.ResultOf(maybe(), maybe())
	case value.KindMap:
		return value.MapOf(value.Prim(value.KindBool+value.Kind(c.below(8))), c.typ(depth-1))
	case value.KindOwn:
		return value.OwnOf(testResource)
	case value.KindBorrow:
		return value.BorrowOf(testResource)
	case value.KindStream:
		return value.StreamOf(maybe())
	case value.KindFuture:
		return value.FutureOf(maybe())
	}
	return value.Prim(k)
}

func must(v value.Value, err error) value.Value {
	if err != nil {
		panic(err)
	}
	return v
}

// value makes a value of a type.
func (c *choice) value(t *value.Type) value.Value {
	switch t.Kind {
	case value.KindChar:
		r := rune(c.bits() % utf8.MaxRune)
		if !utf8.ValidRune(r) {
			r = 'x'
		}
		return value.Char(r)
	case value.KindString:
		b := make([]byte, c.below(20))
		for i := range b {
			b[i] = c.byte()
		}
		return value.String(strings.ToValidUTF8(string(b), "ÿĀ"))
	case value.KindList:
		n := c.below(6)
		if t.Fixed {
			n = int(t.Len)
		}
		elems := make([]value.Value, n)
		for i := range elems {
			elems[i] = c.value(t.Elem)
		}
		return must(value.List(t, elems))
	case value.KindRecord, value.KindTuple:
		fields := make([]value.Value, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = c.value(f.Type)
		}
		return must(value.Record(t, fields...))
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		i := int(c.bits() % uint64(len(t.Cases)))
		if t.Cases[i].Type == nil {
			return must(value.VariantCase(t, i, nil))
		}
		p := c.value(t.Cases[i].Type)
		return must(value.VariantCase(t, i, &p))
	case value.KindFlags:
		return must(value.FlagsFromBits(t, c.bits()))
	case value.KindMap:
		entries := make([]value.Entry, c.below(5))
		for i := range entries {
			entries[i] = value.Entry{Key: c.value(t.Key), Value: c.value(t.Elem)}
		}
		return must(value.Map(t, entries))
	case value.KindOwn, value.KindBorrow, value.KindStream, value.KindFuture, value.KindErrorContext:
		return must(value.Handle(t, uint32(c.bits())))
	}
	return must(value.FromBits(t, c.bits()))
}

// echoHandles are handle tables where each handle stands for itself.
type echoHandles struct{}

func (echoHandles) LiftOwn(i uint32, slot int) (Rep, error) {
	if slot != testResource.Slot {
		return Rep{}, Trapf("slot %d", slot)
	}
	return Rep{Bits: uint64(i)}, nil
}
func (h echoHandles) LiftBorrow(i uint32, slot int) (Rep, error)   { return h.LiftOwn(i, slot) }
func (echoHandles) LowerOwn(r Rep, slot int) (uint32, error)       { return uint32(r.Bits), nil }
func (echoHandles) LowerBorrow(r Rep, slot int) (uint32, error)    { return uint32(r.Bits), nil }
func (echoHandles) LiftAsyncValue(i uint32, t *Type) (any, error)  { return i, nil }
func (echoHandles) LowerAsyncValue(v any, t *Type) (uint32, error) { return v.(uint32), nil }
func (echoHandles) LiftErrorContext(i uint32) (any, error)         { return i, nil }
func (echoHandles) LowerErrorContext(v any) (uint32, error)        { return v.(uint32), nil }
func (echoHandles) ToHost(r Rep, slot int, own bool) (any, error)  { return uint32(r.Bits), nil }
func (echoHandles) FromHost(v any, slot int, own bool) (Rep, error) {
	i, ok := v.(uint32)
	if !ok {
		return Rep{}, badValue("a handle must be a number, not %T", v)
	}
	return Rep{Bits: uint64(i)}, nil
}

// hostCost is what a value takes in the host's memory, in bytes, or less.
func hostCost(v value.Value) uint64 {
	switch v.Kind() {
	case value.KindString:
		return uint64(len(v.Text()))
	case value.KindList:
		if number(v.Type().Elem.Kind) {
			return uint64(v.Len()) * NewTypes().Type(v.Type().Elem).ElemSize(Width32)
		}
		fallthrough
	case value.KindRecord, value.KindTuple:
		n := uint64(v.Len()) * valueCost
		for _, e := range v.Elems() {
			n += hostCost(e)
		}
		return n
	case value.KindMap:
		n := uint64(v.Len()) * 2 * valueCost
		for _, e := range v.Entries() {
			n += hostCost(e.Key) + hostCost(e.Value)
		}
		return n
	}
	if p, ok := v.Payload(); ok {
		return valueCost + hostCost(p)
	}
	return 0
}
