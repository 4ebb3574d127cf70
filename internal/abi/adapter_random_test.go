package abi

// This file is random types and values.

import (
	"fmt"
	"math"
	"math/rand"

	"github.com/dray-wasm/dray/value"
)

var adScalars = []value.Kind{
	value.KindBool, value.KindS8, value.KindU8, value.KindS16, value.KindU16, value.KindS32, value.KindU32,
	value.KindS64, value.KindU64, value.KindF32, value.KindF64, value.KindChar, value.KindString,
}

// An adGen makes random types and values.
type adGen struct {
	*rand.Rand
	handles bool
	floats  bool
}

func (g *adGen) fields(depth, limit int, name string) []value.Field {
	f := make([]value.Field, 1+g.Intn(limit))
	for i := range f {
		f[i] = value.Field{Name: fmt.Sprint(name, i), Type: g.typ(depth - 1)}
	}
	return f
}

// maybe is a random type or none.
func (g *adGen) maybe(depth int) *value.Type {
	if g.Intn(4) == 0 {
		return nil
	}
	return g.typ(depth)
}

func adNames(name string, n int) []string {
	s := make([]string, n)
	for i := range s {
		s[i] = fmt.Sprint(name, i)
	}
	return s
}

func (g *adGen) typ(depth int) *value.Type {
	if depth <= 0 {
		return g.leaf()
	}
	switch g.Intn(14) {
	case 0:
		return value.ListOf(g.typ(depth - 1))
	case 1:
		return value.FixedListOf(g.typ(depth-1), uint32(1+g.Intn(3)))
	case 2, 3:
		return value.RecordOf(g.fields(depth, 5, "f")...)
	case 4:
		return value.TupleOf(g.typ(depth-1), g.typ(depth-1))
	case 5, 6:
		c := g.fields(depth, 4, "c")
		for i := range c {
			if g.Intn(4) == 0 {
				c[i].Type = nil
			}
		}
		return value.VariantOf(c...)
	case 7:
		return value.OptionOf(g.typ(depth - 1))
	case 8:
		return value.ResultOf(g.maybe(depth-1), g.maybe(depth-1))
	case 9:
		return value.MapOf(g.typ(0), g.typ(depth-1))
	}
	return g.leaf()
}

func (g *adGen) leaf() *value.Type {
	if g.handles && g.Intn(5) == 0 {
		r := &value.Resource{Name: "r", Slot: g.Intn(3)}
		switch g.Intn(5) {
		case 0:
			return value.OwnOf(r)
		case 1:
			return value.BorrowOf(r)
		case 2:
			return value.StreamOf(nil)
		case 3:
			return value.FutureOf(value.Prim(value.KindU8))
		}
		return value.Prim(value.KindErrorContext)
	}
	switch g.Intn(12) {
	case 0:
		sizes := []int{1, 3, 8, 9, 16, 17, 32}
		return value.FlagsOf(adNames("l", sizes[g.Intn(len(sizes))])...)
	case 1:
		sizes := []int{1, 2, 255, 256, 257, 300}
		return value.EnumOf(adNames("e", sizes[g.Intn(len(sizes))])...)
	}
	for {
		k := adScalars[g.Intn(len(adScalars))]
		if g.floats || k != value.KindF32 && k != value.KindF64 {
			return value.Prim(k)
		}
	}
}

func adMust(v value.Value, err error) value.Value {
	if err != nil {
		panic(err)
	}
	return v
}

// value makes a value of a type.
func (g *adGen) value(t *value.Type) value.Value {
	switch t.Kind {
	case value.KindString:
		return value.String(adString(g.Rand))
	case value.KindList:
		n := int(t.Len)
		if !t.Fixed {
			n = g.Intn(4)
		}
		elems := make([]value.Value, n)
		for i := range elems {
			elems[i] = g.value(t.Elem)
		}
		return adMust(value.List(t, elems))
	case value.KindMap:
		entries := make([]value.Entry, g.Intn(3))
		for i := range entries {
			entries[i] = value.Entry{Key: g.value(t.Key), Value: g.value(t.Elem)}
		}
		return adMust(value.Map(t, entries))
	case value.KindRecord, value.KindTuple:
		fields := make([]value.Value, len(t.Fields))
		for i := range fields {
			fields[i] = g.value(t.Fields[i].Type)
		}
		return adMust(value.Record(t, fields...))
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		i := g.Intn(len(t.Cases))
		if c := t.Cases[i].Type; c != nil {
			v := g.value(c)
			return adMust(value.VariantCase(t, i, &v))
		}
		return adMust(value.VariantCase(t, i, nil))
	case value.KindFlags:
		return adMust(value.FlagsFromBits(t, g.Uint64()))
	case value.KindOwn, value.KindBorrow:
		return adMust(value.Handle(t, Rep{Bits: 1 + uint64(g.Intn(1000))}))
	case value.KindStream, value.KindFuture, value.KindErrorContext:
		return adMust(value.Handle(t, uint64(1+g.Intn(1000))))
	}
	return g.scalar(t.Kind)
}

func (g *adGen) scalar(k value.Kind) value.Value {
	x := g.Uint64() >> g.Intn(64)
	switch k {
	case value.KindBool:
		return value.Bool(x&1 != 0)
	case value.KindS8:
		return value.S8(int8(x))
	case value.KindU8:
		return value.U8(uint8(x))
	case value.KindS16:
		return value.S16(int16(x))
	case value.KindU16:
		return value.U16(uint16(x))
	case value.KindS32:
		return value.S32(int32(x))
	case value.KindU32:
		return value.U32(uint32(x))
	case value.KindS64:
		return value.S64(int64(x))
	case value.KindU64:
		return value.U64(x)
	case value.KindF32:
		return value.F32(float32of(uint32(x)))
	case value.KindF64:
		return value.F64(math.Float64frombits(canonicalizeNaN64(x)))
	}
	c := uint32(x) % 0x110000
	if !validChar(c) {
		c = 'x'
	}
	return value.Char(rune(c))
}

// params is a tuple of some types.
func (g *adGen) params(n, depth int) *value.FuncType {
	f := &value.FuncType{}
	for i := range n {
		f.Params = append(f.Params, value.Field{Name: fmt.Sprint("p", i), Type: g.typ(depth)})
	}
	return f
}

// An adSame is a handle table in which handles are what they stand for.
type adSame struct{ *adHandles }

func (adSame) lift(i uint32) (Rep, error) {
	if i == 0 {
		return Rep{}, Trapf("unknown handle index 0")
	}
	return Rep{Bits: uint64(i)}, nil
}

func (h adSame) LiftOwn(i uint32, slot int) (Rep, error)     { return h.lift(i) }
func (h adSame) LiftBorrow(i uint32, slot int) (Rep, error)  { return h.lift(i) }
func (h adSame) LowerOwn(r Rep, slot int) (uint32, error)    { return uint32(r.Bits), nil }
func (h adSame) LowerBorrow(r Rep, slot int) (uint32, error) { return uint32(r.Bits), nil }
func (h adSame) LiftAsyncValue(i uint32, t *Type) (any, error) {
	r, err := h.lift(i)
	return r.Bits, err
}
func (h adSame) LowerAsyncValue(v any, t *Type) (uint32, error) { return uint32(v.(uint64)), nil }
func (h adSame) LiftErrorContext(i uint32) (any, error)         { r, err := h.lift(i); return r.Bits, err }
func (h adSame) LowerErrorContext(v any) (uint32, error)        { return uint32(v.(uint64)), nil }
