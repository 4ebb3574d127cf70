package abi

// This file tests layouts and flat forms.

import (
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

func fieldsOf(types ...*value.Type) []value.Field {
	var out []value.Field
	for i, t := range types {
		out = append(out, value.Field{Name: string(rune('a' + i)), Type: t})
	}
	return out
}

func TestFlattenFunc(t *testing.T) {
	u8, f32, f64 := value.TypeU8, value.TypeF32, value.TypeF64
	three := fieldsOf(u8, f32, f64)
	tests := []struct {
		params []value.Field
		result *value.Type
		w      Width
		async  bool
		// lift and lower are "params:results"; p stands for a pointer.
		lift, lower string
	}{
		{three, nil, Width32, false, "ifd:", "ifd:"},
		{three, f32, Width32, false, "ifd:f", "ifd:f"},
		{three, u8, Width32, false, "ifd:i", "ifd:i"},
		{three, value.TupleOf(f32), Width32, false, "ifd:f", "ifd:f"},
		{three, value.TupleOf(f32, f32), Width32, false, "ifd:i", "ifdi:"},
		{three, value.TupleOf(f32, f32), Width64, false, "ifd:l", "ifdl:"},
		{fieldsOf(slices.Repeat([]*value.Type{u8}, 16)...), nil, Width32, false, strings.Repeat("i", 16) + ":", strings.Repeat("i", 16) + ":"},
		{fieldsOf(slices.Repeat([]*value.Type{u8}, 17)...), nil, Width32, false, "i:", "i:"},
		{fieldsOf(slices.Repeat([]*value.Type{u8}, 17)...), nil, Width64, false, "l:", "l:"},
		{fieldsOf(slices.Repeat([]*value.Type{u8}, 17)...), value.TupleOf(u8, u8), Width64, false, "l:l", "ll:"},
		{fieldsOf(value.TypeString), value.TypeString, Width64, false, "ll:l", "lll:"},
		{nil, nil, Width32, true, ":i", ":i"},
		{three, u8, Width32, true, "ifd:i", "ifdi:i"},
		{fieldsOf(u8, u8, u8, u8, u8), nil, Width64, true, "iiiii:i", "l:i"},
		{fieldsOf(u8, u8, u8, u8, u8), u8, Width64, true, "iiiii:i", "ll:i"},
	}
	text := func(f wasm.FuncType) string { return flatString(f.Params) + ":" + flatString(f.Results) }
	for _, tt := range tests {
		f := NewTypes().Func(&value.FuncType{Params: tt.params, Result: tt.result, Async: tt.async})
		for range 2 {
			if got := text(f.FlattenLift(tt.w, tt.async, true)); got != tt.lift {
				t.Errorf("%s: lift %s, want %s", f.FuncType, got, tt.lift)
			}
			if got := text(f.FlattenLower(tt.w, tt.async)); got != tt.lower {
				t.Errorf("%s: lower %s, want %s", f.FuncType, got, tt.lower)
			}
		}
	}
	f := NewTypes().Func(&value.FuncType{Params: three, Async: true})
	if got := text(f.FlattenLift(Width32, true, false)); got != "ifd:" {
		t.Errorf("without callback: %s", got)
	}
}

func TestLayoutProperties(t *testing.T) {
	res := &value.Resource{Name: "r"}
	flags := func(n int) *value.Type {
		labels := make([]string, n)
		for i := range labels {
			labels[i] = string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		}
		return value.FlagsOf(labels...)
	}
	u8, u16, u32 := value.TypeU8, value.TypeU16, value.TypeU32
	tests := []struct {
		t                        *value.Type
		plain, handles, pointers bool
	}{
		{u8, true, false, false},
		{value.TypeF64, true, false, false},
		{value.TypeBool, false, false, false},
		{value.TypeChar, false, false, false},
		{value.TypeString, false, false, true},
		{value.EnumOf("a"), false, false, false},
		{value.TupleOf(u8, u8, u16, u32), true, false, false},
		{value.TupleOf(u8, u16), false, false, false},
		{value.TupleOf(u32, u8), false, false, false},
		{value.TupleOf(u32, value.TypeBool), false, false, false},
		{value.FixedListOf(value.TupleOf(u16, u16), 3), true, false, false},
		{value.FixedListOf(value.TypeString, 3), false, false, true},
		{value.ListOf(u8), false, false, true},
		{flags(8), true, false, false},
		{flags(7), false, false, false},
		{flags(16), true, false, false},
		{flags(17), false, false, false},
		{flags(32), true, false, false},
		{value.OwnOf(res), false, true, false},
		{value.BorrowOf(res), false, true, false},
		{value.StreamOf(value.TypeString), false, true, false},
		{value.FutureOf(nil), false, true, false},
		{value.TypeErrorContext, false, true, false},
		{value.ListOf(value.OptionOf(value.OwnOf(res))), false, true, true},
		{value.MapOf(u8, value.OwnOf(res)), false, true, true},
		{value.ResultOf(nil, value.TypeString), false, false, true},
	}
	types := NewTypes()
	for _, tt := range tests {
		l := types.Type(tt.t)
		if l.Plain != tt.plain || l.Handles != tt.handles || l.Pointers != tt.pointers {
			t.Errorf("%s: plain %t, handles %t, pointers %t", tt.t, l.Plain, l.Handles, l.Pointers)
		}
		if types.Type(tt.t) != l {
			t.Errorf("%s: two layouts", tt.t)
		}
	}
	m := types.Type(value.MapOf(u8, value.TypeString))
	if m.Elem.Kind != value.KindTuple || m.Elem.Fields[1].Kind != value.KindString || m.Elem.Offsets[Width64][1] != 8 {
		t.Errorf("map: %+v", m.Elem)
	}
}

// TestHugeLayouts builds types whose sizes overflow.
func TestHugeLayouts(t *testing.T) {
	huge := value.TypeU64
	for range 5 {
		huge = value.FixedListOf(huge, 1<<32-1)
	}
	many := value.TypeU8
	for range 90 {
		many = value.TupleOf(many, many)
	}
	for _, typ := range []*value.Type{huge, value.TupleOf(huge, huge), value.OptionOf(huge), many} {
		l := NewTypes().Type(typ)
		if l.ElemSize(Width32) < tooBig {
			t.Errorf("%s: size %d", typ.Short(), l.ElemSize(Width32))
		}
		if _, ok := l.Flat(Width32); ok {
			t.Errorf("%s: flat", typ.Short())
		}
		cx, _ := guest(make([]byte, 100), Width32, UTF8)
		if v, err := Load(cx, 0, l); err == nil {
			t.Errorf("%s: loaded %v", typ.Short(), v)
		}
		if v, err := LiftValues(cx, MaxFlatParams, []uint64{0}, NewTypes().tuple(typ)); err == nil {
			t.Errorf("%s: lifted %v", typ.Short(), v)
		}
	}
}
