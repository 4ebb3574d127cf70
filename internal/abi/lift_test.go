package abi

// This file tests lifting and lowering with the cases of the specification's
// own test program, canonical-abi/run_tests.py, that need no tasks.

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/value/wave"
)

// A liftCase is a value in flat form with the memory it refers to.
type liftCase struct {
	t    *value.Type
	flat []uint64
	mem  []byte
	// want is the value in WAVE, or the beginning of the text of a trap after
	// an exclamation mark.
	want string
	w    Width
}

func flat(xs ...uint64) []uint64 { return xs }

func f32bits(f float32) uint64 { return uint64(math.Float32bits(f)) }

func cases(types ...*value.Type) []value.Field {
	names := []string{"x", "y", "z"}
	var out []value.Field
	for i, t := range types {
		out = append(out, value.Field{Name: names[i], Type: t})
	}
	return out
}

func numbered(n int) *value.Type {
	labels := make([]string, n)
	for i := range labels {
		labels[i] = fmt.Sprintf("l%d", i)
	}
	return value.FlagsOf(labels...)
}

func allLabels(n int) string { return "{" + strings.Join(numbered(n).Labels, ", ") + "}" }

func TestLiftFlat(t *testing.T) {
	u8, u16, u32 := value.TypeU8, value.TypeU16, value.TypeU32
	variant := value.VariantOf(cases(u8, value.TypeF32, nil)...)
	ab := value.FlagsOf("a", "b")
	tests := []liftCase{
		{t: value.RecordOf(cases(u8, u16, u32)...), flat: flat(1, 2, 3), want: "{x: 1, y: 2, z: 3}"},
		{t: value.TupleOf(value.TupleOf(u8, u8), u8), flat: flat(1, 2, 3), want: "((1, 2), 3)"},
		{t: value.FixedListOf(u8, 3), flat: flat(1, 2, 3), want: "[1, 2, 3]"},
		{t: value.FixedListOf(value.FixedListOf(u8, 2), 3), flat: flat(1, 2, 3, 4, 5, 6), want: "[[1, 2], [3, 4], [5, 6]]"},
		{t: ab, flat: flat(0), want: "{}"},
		{t: ab, flat: flat(2), want: "{b}"},
		{t: ab, flat: flat(3), want: "{a, b}"},
		{t: ab, flat: flat(4), want: "{}"},
		{t: numbered(32), flat: flat(0xffffffff), want: allLabels(32)},
		{t: variant, flat: flat(0, 42), want: "x(42)"},
		{t: variant, flat: flat(0, 256), want: "x(0)"},
		{t: variant, flat: flat(1, 0x4048f5c3), want: "y(3.14)"},
		{t: variant, flat: flat(2, 0xffffffff), want: "z"},
		{t: variant, flat: flat(3, 0), want: "!invalid variant discriminant: 3, but there are 3 cases"},
		{t: value.OptionOf(value.TypeF32), flat: flat(0, f32bits(3.14)), want: "none"},
		{t: value.OptionOf(value.TypeF32), flat: flat(1, f32bits(3.14)), want: "some(3.14)"},
		{t: value.ResultOf(u8, u32), flat: flat(0, 42), want: "ok(42)"},
		{t: value.ResultOf(u8, u32), flat: flat(1, 1000), want: "err(1000)"},
		{t: value.VariantOf(cases(u8, u8)...), flat: flat(0, 42), want: "x(42)"},
		{t: value.VariantOf(cases(u8, u8)...), flat: flat(1, 42), want: "y(42)"},
		{t: value.EnumOf("a", "b"), flat: flat(1), want: "b"},
		{t: value.EnumOf("a", "b"), flat: flat(2), want: "!invalid variant discriminant"},
		{t: value.EnumOf("a", "b"), flat: flat(1<<32 | 1), want: "b"},
		{t: value.TypeF32, flat: flat(f32bits(3.14)), want: "3.14"},
		{t: value.TypeF64, flat: flat(math.Float64bits(3.14)), want: "3.14"},
	}
	words := func(t *value.Type, pairs map[uint64]string) {
		for in, want := range pairs {
			tests = append(tests, liftCase{t: t, flat: flat(in), want: want})
		}
	}
	words(value.TypeBool, map[uint64]string{0: "false", 1: "true", 2: "true", 1<<32 - 1: "true", 1 << 32: "false"})
	words(u8, map[uint64]string{127: "127", 128: "128", 255: "255", 256: "0", 4294967295: "255", 4294967168: "128", 4294967167: "127"})
	words(value.TypeS8, map[uint64]string{127: "127", 128: "-128", 255: "-1", 256: "0", 4294967295: "-1", 4294967168: "-128", 4294967167: "127"})
	words(u16, map[uint64]string{32767: "32767", 32768: "32768", 65536: "0", 1<<32 - 1: "65535", 1<<32 - 32768: "32768", 1<<32 - 32769: "32767"})
	words(value.TypeS16, map[uint64]string{32767: "32767", 32768: "-32768", 65536: "0", 1<<32 - 1: "-1", 1<<32 - 32768: "-32768", 1<<32 - 32769: "32767"})
	words(u32, map[uint64]string{1<<31 - 1: "2147483647", 1 << 31: "2147483648", 1<<32 - 1: "4294967295"})
	words(value.TypeS32, map[uint64]string{1<<31 - 1: "2147483647", 1 << 31: "-2147483648", 1<<32 - 1: "-1"})
	words(value.TypeU64, map[uint64]string{1<<63 - 1: "9223372036854775807", 1 << 63: "9223372036854775808"})
	words(value.TypeS64, map[uint64]string{1<<63 - 1: "9223372036854775807", 1 << 63: "-9223372036854775808"})
	words(value.TypeChar, map[uint64]string{0: `'\u{0}'`, 65: "'A'", 0xd7ff: `'\u{d7ff}'`, 0xe000: `'\u{e000}'`, 0x10ffff: `'\u{10ffff}'`,
		0xd800: "!invalid `char` bit pattern: 0xd800", 0xdfff: "!invalid `char` bit pattern", 0x110000: "!invalid `char` bit pattern", 0xffffffff: "!invalid `char` bit pattern"})
	runLiftCases(t, tests)
}

func TestLiftHeap(t *testing.T) {
	u8, u16, u32, str := value.TypeU8, value.TypeU16, value.TypeU32, value.TypeString
	list := value.ListOf
	hi := []byte{'h', 'i', 0xf, 0xf, 0xf, 'w', 'a', 't'}
	tests := []liftCase{
		{t: list(value.TypeBool), flat: flat(0, 3), mem: []byte{1, 0, 1}, want: "[true, false, true]"},
		{t: list(value.TypeBool), flat: flat(0, 3), mem: []byte{1, 0, 2}, want: "[true, false, true]"},
		{t: list(value.TypeBool), flat: flat(3, 3), mem: []byte{255, 255, 255, 1, 0, 1}, want: "[true, false, true]"},
		{t: list(u8), flat: flat(0, 3), mem: []byte{1, 2, 3}, want: "[1, 2, 3]"},
		{t: list(u16), flat: flat(0, 3), mem: words(2, 1, 2, 3), want: "[1, 2, 3]"},
		{t: list(u16), flat: flat(1, 3), mem: words(1, 0, 1, 0, 2, 0, 3, 0), want: "!unaligned pointer: list at 0x1"},
		{t: list(u32), flat: flat(0, 3), mem: words(4, 1, 2, 3), want: "[1, 2, 3]"},
		{t: list(value.TypeU64), flat: flat(0, 2), mem: words(8, 1, 2), want: "[1, 2]"},
		{t: list(value.TypeS8), flat: flat(0, 3), mem: words(1, -1, -2, -3), want: "[-1, -2, -3]"},
		{t: list(value.TypeS16), flat: flat(0, 3), mem: words(2, -1, -2, -3), want: "[-1, -2, -3]"},
		{t: list(value.TypeS32), flat: flat(0, 3), mem: words(4, -1, -2, -3), want: "[-1, -2, -3]"},
		{t: list(value.TypeS64), flat: flat(0, 2), mem: words(8, -1, -2), want: "[-1, -2]"},
		{t: list(value.TypeChar), flat: flat(0, 3), mem: words(4, 'A', 'B', 'c'), want: "['A', 'B', 'c']"},
		{t: list(str), flat: flat(0, 2), mem: append(words(4, 16, 2, 21, 3), hi...), want: `["hi", "wat"]`},
		{t: list(str), flat: flat(0, 2), mem: append(words(8, 32, 2, 37, 3), hi...), want: `["hi", "wat"]`, w: Width64},
		{t: list(list(u8)), flat: flat(0, 3), mem: append(words(4, 24, 3, 0, 0, 27, 2), 3, 4, 5, 6, 7), want: "[[3, 4, 5], [], [6, 7]]"},
		{t: list(list(u8)), flat: flat(0, 3), mem: append(words(8, 48, 3, 0, 0, 51, 2), 3, 4, 5, 6, 7), want: "[[3, 4, 5], [], [6, 7]]", w: Width64},
		{t: list(list(u16)), flat: flat(0, 1), mem: append(words(4, 8, 2), 5, 0, 6, 0), want: "[[5, 6]]"},
		{t: list(list(u16)), flat: flat(0, 1), mem: append(words(8, 16, 2), 5, 0, 6, 0), want: "[[5, 6]]", w: Width64},
		{t: list(list(u16)), flat: flat(0, 1), mem: append(words(4, 9, 2), 0, 5, 0, 6, 0), want: "![0]: unaligned pointer: list at 0x9"},
		{t: list(list(u16)), flat: flat(0, 1), mem: append(words(8, 17, 2), 0, 5, 0, 6, 0), want: "![0]: unaligned pointer", w: Width64},
		{t: list(value.FixedListOf(u8, 2)), flat: flat(0, 2), mem: []byte{1, 2, 3, 4}, want: "[[1, 2], [3, 4]]"},
		{t: list(value.FixedListOf(u32, 2)), flat: flat(0, 2), mem: words(4, 1, 2, 3, 4), want: "[[1, 2], [3, 4]]"},
		{t: list(value.FixedListOf(u32, 2)), flat: flat(1, 2), mem: make([]byte, 20), want: "!unaligned pointer"},
		{t: list(value.TupleOf(u8, u8, u16, u32)), flat: flat(0, 2), mem: []byte{6, 7, 8, 0, 9, 0, 0, 0, 4, 5, 6, 0, 7, 0, 0, 0}, want: "[(6, 7, 8, 9), (4, 5, 6, 7)]"},
		{t: list(value.TupleOf(u16, u8)), flat: flat(0, 2), mem: []byte{6, 0, 7, 255, 8, 0, 9, 255}, want: "[(6, 7), (8, 9)]"},
		{t: list(value.TupleOf(value.TupleOf(u16, u8), u8)), flat: flat(0, 2), mem: []byte{4, 0, 5, 255, 6, 255, 7, 0, 8, 255, 9, 255}, want: "[((4, 5), 6), ((7, 8), 9)]"},
		{t: list(value.FlagsOf("a", "b")), flat: flat(0, 3), mem: []byte{0, 2, 4}, want: "[{}, {b}, {}]"},
		{t: list(numbered(9)), flat: flat(0, 2), mem: []byte{255, 3, 0, 0}, want: "[" + allLabels(9) + ", {}]"},
		{t: list(numbered(17)), flat: flat(0, 2), mem: []byte{255, 255, 3, 0, 0, 0, 0, 0}, want: "[" + allLabels(17) + ", {}]"},
		{t: list(numbered(32)), flat: flat(0, 2), mem: []byte{255, 255, 255, 255, 0, 0, 0, 0}, want: "[" + allLabels(32) + ", {}]"},
		{t: value.MapOf(u8, u16), flat: flat(0, 2), mem: []byte{42, 255, 83, 0, 43, 255, 84, 0}, want: "{42: 83, 43: 84}"},
	}
	runLiftCases(t, tests)
}

// words are numbers of a size in bytes, little endian.
func words(size int, xs ...int64) []byte {
	var out []byte
	for _, x := range xs {
		for i := range size {
			out = append(out, byte(x>>(8*i)))
		}
	}
	return out
}

// runLiftCases lifts values, lowers them into another memory and lifts them
// from there.
func runLiftCases(t *testing.T, tests []liftCase) {
	t.Helper()
	for _, tt := range tests {
		name := fmt.Sprintf("%s from %d %v", tt.t, tt.flat, tt.mem)
		typ := NewTypes().Type(tt.t)
		cx, _ := guest(slices.Clone(tt.mem), tt.w, UTF8)
		v, n, err := LiftFlat(cx, tt.flat, typ)
		if trap, ok := strings.CutPrefix(tt.want, "!"); ok {
			if _, ok := err.(*Trap); !ok || !strings.HasPrefix(err.Error(), trap) {
				t.Errorf("%s: got %v, %v, want the trap %s", name, v, err, trap)
			}
			continue
		}
		if err != nil || v.String() != tt.want || n != len(tt.flat) {
			t.Errorf("%s: got %v of %d words, %v, want %s", name, v, n, err, tt.want)
			continue
		}
		if w, err := wave.Parse(tt.t, tt.want); err != nil || !w.Equal(v) {
			t.Errorf("%s: %s reads as %v, %v", name, tt.want, w, err)
		}
		for _, e := range []Encoding{UTF8, UTF16, Latin1UTF16} {
			to, _ := guest(make([]byte, 1000), tt.w, e)
			words := make([]uint64, len(tt.flat))
			if _, err := LowerFlat(to, v, typ, words); err != nil {
				t.Errorf("%s: lower: %v", name, err)
				continue
			}
			if w, _, err := LiftFlat(to, words, typ); err != nil || !w.Equal(v) {
				t.Errorf("%s: lowered to %x and lifted again: %v, %v", name, words, w, err)
			}
		}
	}
}

func TestNaN(t *testing.T) {
	f32, f64 := NewTypes().Type(value.TypeF32), NewTypes().Type(value.TypeF64)
	for _, tt := range []struct {
		t       *Type
		in, out uint64
	}{
		{f32, 0x7fc00000, canonicalNaN32}, {f32, 0x7fc00001, canonicalNaN32}, {f32, 0x7fe00000, canonicalNaN32},
		{f32, 0x7fffffff, canonicalNaN32}, {f32, 0xffffffff, canonicalNaN32}, {f32, 0x7f800001, canonicalNaN32},
		{f32, 0x7f800000, 0x7f800000}, {f32, 0xff800000, 0xff800000}, {f32, 0x3fc00000, 0x3fc00000},
		{f64, 0x7ff8000000000000, canonicalNaN64}, {f64, 0x7ff8000000000001, canonicalNaN64}, {f64, 0x7ffc000000000000, canonicalNaN64},
		{f64, 0x7fffffffffffffff, canonicalNaN64}, {f64, 0xffffffffffffffff, canonicalNaN64}, {f64, 0x7ff0000000000001, canonicalNaN64},
		{f64, 0x7ff0000000000000, 0x7ff0000000000000}, {f64, 0xfff0000000000000, 0xfff0000000000000}, {f64, 0x3ff0000000000000, 0x3ff0000000000000},
	} {
		cx, _ := guest(words(8, int64(tt.in)), Width32, UTF8)
		if v, _, err := LiftFlat(cx, flat(tt.in), tt.t); err != nil || v.Bits() != tt.out {
			t.Errorf("lift %x: %x, %v", tt.in, v.Bits(), err)
		}
		if v, err := Load(cx, 0, tt.t); err != nil || v.Bits() != tt.out {
			t.Errorf("load %x: %x, %v", tt.in, v.Bits(), err)
		}
		list := NewTypes().Type(value.ListOf(tt.t.Type))
		lv, _, err := LiftFlat(cx, flat(0, 1), list)
		if err != nil || lv.Index(0).Bits() != tt.out {
			t.Errorf("lift [%x]: %x, %v", tt.in, lv.Index(0).Bits(), err)
		}
		v, _ := value.FromBits(tt.t.Type, tt.in)
		words := make([]uint64, 1)
		if _, err := LowerFlat(cx, v, tt.t, words); err != nil || words[0] != tt.out {
			t.Errorf("lower %x: %x, %v", tt.in, words[0], err)
		}
		if err := Store(cx, v, tt.t, 0); err != nil || loadInt(cx.Memory.Bytes(), 0, tt.t.ElemSize(Width32)) != tt.out {
			t.Errorf("store %x: %x, %v", tt.in, cx.Memory.Bytes(), err)
		}
		lv, _ = value.List(list.Type, []value.Value{v})
		cx, _ = guest(make([]byte, 16), Width32, UTF8)
		if err := Store(cx, lv, list, 0); err != nil || loadInt(cx.Memory.Bytes(), 8, tt.t.ElemSize(Width32)) != tt.out {
			t.Errorf("store [%x]: %x, %v", tt.in, cx.Memory.Bytes(), err)
		}
	}
}

// TestRoundTrips passes values as parameters, flat or in memory.
func TestRoundTrips(t *testing.T) {
	u16, u32, str := value.TypeU16, value.TypeU32, value.TypeString
	many := append(slices.Repeat([]*value.Type{u32}, 16), str)
	types := NewTypes()
	for _, tt := range []struct {
		t   *value.Type
		src string
	}{
		{value.TypeS8, "-1"},
		{value.TupleOf(u16, u16), "(3, 4)"},
		{value.ListOf(str), `["hello there"]`},
		{value.ListOf(value.ListOf(str)), `[["one", "two"], ["three"]]`},
		{value.ListOf(value.OptionOf(value.TupleOf(str, u16))), `[("answer", 42), none]`},
		{value.VariantOf(value.Field{Name: "x", Type: value.TupleOf(many...)}), `x((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, "wat"))`},
	} {
		v, err := wave.Parse(tt.t, tt.src)
		if err != nil {
			t.Fatal(err)
		}
		f := types.Func(&value.FuncType{Params: []value.Field{{Name: "p", Type: tt.t}}, Result: tt.t})
		for _, w := range []Width{Width32, Width64} {
			for _, maxFlat := range []int{MaxFlatParams, MaxFlatAsyncParams, MaxFlatResults, 0} {
				cx, r := guest(make([]byte, 1000), w, UTF8)
				r.moves = true
				words := make([]uint64, MaxFlatParams)
				if err := LowerValues(cx, maxFlat, []value.Value{v}, f.Params, words, nil); err != nil {
					t.Errorf("%s: %v", tt.src, err)
				}
				got, err := LiftValues(cx, maxFlat, words, f.Result)
				if err != nil || len(got) != 1 || !got[0].Equal(v) {
					t.Errorf("%s: %v, %v", tt.src, got, err)
				}
				out := uint64(512)
				if err := LowerValues(cx, 0, []value.Value{v}, f.Result, nil, &out); err != nil {
					t.Errorf("%s: %v", tt.src, err)
				}
				if got, err := LiftValues(cx, 0, []uint64{out}, f.Params); err != nil || !got[0].Equal(v) {
					t.Errorf("%s: out: %v, %v", tt.src, got, err)
				}
			}
		}
	}
}
