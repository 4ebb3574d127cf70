package abi

// This file tests traps, budgets and mistakes of the host.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/value/wave"
)

// errorFrom checks that err is a trap, or a mistake of the host, with a text.
func errorFrom(t *testing.T, name string, err error, trap bool, want string) {
	t.Helper()
	_, isTrap := err.(*Trap)
	e, isDiag := err.(*diag.Error)
	if trap != isTrap || trap == isDiag || isDiag && e.Code != CodeValue || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %v, want %s", name, err, want)
	}
}

func TestTrapTexts(t *testing.T) {
	person := value.RecordOf(value.Field{Name: "name", Type: value.TypeString}, value.Field{Name: "tags", Type: value.ListOf(value.TypeChar)},
		value.Field{Name: "age", Type: value.OptionOf(value.ListOf(value.TypeU32))})
	f := NewTypes().Func(&value.FuncType{Params: []value.Field{{Name: "p", Type: person}, {Name: "m", Type: value.MapOf(value.TypeChar, value.EnumOf("a"))}},
		Result: value.ListOf(value.TypeU64)})
	mem := append(words(4, 'A', 0xd800, 'C'), 0xff)
	tests := []struct {
		words []uint64 // name, tags, age, m
		want  string
	}{
		{flat(12, 1, 0, 0, 0, 0, 0, 0, 0), "parameter `p`.name: invalid utf-8"},
		{flat(13, 1, 0, 0, 0, 0, 0, 0, 0), "parameter `p`.name: string pointer/length out of bounds of memory: 1 bytes at 0xd, but the memory has 13"},
		{flat(0, 0, 0, 2, 0, 0, 0, 0, 0), "parameter `p`.tags[1]: invalid `char` bit pattern: 0xd800"},
		{flat(0, 0, 4, 3, 0, 0, 0, 0, 0), "parameter `p`.tags: list content out-of-bounds: 3 elements of 4 bytes at 0x4, but the memory has 13"},
		{flat(0, 0, 0, 1<<32-1, 0, 0, 0, 0, 0), "parameter `p`.tags: list content out-of-bounds: 4294967295 elements"},
		{flat(0, 0, 2, 0, 0, 0, 0, 0, 0), "parameter `p`.tags: unaligned pointer: list at 0x2"},
		{flat(0, 0, 0, 0, 2, 0, 0, 0, 0), "parameter `p`.age: invalid variant discriminant: 2, but there are 2 cases"},
		{flat(0, 0, 0, 0, 1, 1, 1, 0, 0), "parameter `p`.age.some: unaligned pointer: list at 0x1"},
		{flat(0, 0, 0, 0, 0, 0, 0, 4, 1), "parameter `m`[0] key: invalid `char` bit pattern"},
		{flat(0, 0, 0, 0, 0, 0, 0, 8, 1), "parameter `m`: list content out-of-bounds"},
	}
	for _, tt := range tests {
		cx, _ := guest(mem, Width32, UTF8)
		_, err := LiftValues(cx, MaxFlatParams, tt.words, f.Params)
		errorFrom(t, fmt.Sprint(tt.words), err, true, tt.want)
	}
	cx, _ := guest(mem, Width32, UTF8)
	_, err := LiftValues(cx, 0, flat(2), f.Result)
	errorFrom(t, "result", err, true, "unaligned pointer: 0x2 is not a multiple of 4")
	_, err = LiftValues(cx, 0, flat(8), f.Result)
	errorFrom(t, "result", err, true, "out of bounds of memory: 8 bytes at 0x8")
	_, err = LiftValues(cx, 0, flat(1<<32), f.Result) // the high half does not count
	errorFrom(t, "result", err, true, "result: unaligned pointer: list at 0x41")
	out := uint64(1 << 40)
	cx.Width = Width64
	err = LowerValues(cx, 0, []value.Value{must(wave.Parse(f.Result.Fields[0].Type, "[]"))}, f.Result, nil, &out)
	errorFrom(t, "out", err, true, "out of bounds of memory")
	_, err = Load(cx, 3, f.Result.Fields[0])
	errorFrom(t, "load", err, true, "unaligned pointer: 0x3")
}

// TestHugeLists lifts lists whose size overflows, or is beyond what is allowed.
func TestHugeLists(t *testing.T) {
	mem := make([]byte, MaxListByteLength+9)
	for _, tt := range []struct {
		t     *value.Type
		ptr   uint64
		count uint64
		want  string
	}{
		{value.TypeU64, 0, 1 << 61, "list content out-of-bounds: 2305843009213693952 elements of 8 bytes"},
		{value.TypeU64, 8, 1<<61 + 1, "list content out-of-bounds"},
		{value.TypeU8, 1, 1<<64 - 1, "list content out-of-bounds"},
		{value.TypeU8, 1<<64 - 1, 2, "list content out-of-bounds"},
		{value.TypeU8, 0, MaxListByteLength + 1, "list of 268435456 elements of 1 bytes: at most 268435455 bytes are allowed"},
		{value.TypeU32, 0, 1 << 26, "at most 268435455 bytes are allowed"},
		{value.TypeU8, 0, MaxListByteLength, "bytes of the host's memory"},
		{value.RecordOf(), 0, 1 << 31, "list of 2147483648 elements of 0 bytes"},
	} {
		cx, _ := guest(mem, Width64, UTF8)
		_, _, err := LiftFlat(cx, flat(tt.ptr, tt.count), NewTypes().Type(value.ListOf(tt.t)))
		errorFrom(t, fmt.Sprintf("%d of %s", tt.count, tt.t), err, true, tt.want)
	}
}

func TestNoMemory(t *testing.T) {
	cx := &Context{Options: &Options{}, Ctx: context.Background(), Budget: DefaultBudget}
	for _, typ := range []*value.Type{value.TypeString, value.ListOf(value.TypeU8), value.MapOf(value.TypeU8, value.TypeU8)} {
		tuple := NewTypes().tuple(typ)
		v := value.String("x")
		if typ.Kind != value.KindString {
			v = must(wave.Parse(typ, map[value.Kind]string{value.KindList: "[1]", value.KindMap: "{1: 2}"}[typ.Kind]))
		}
		words := make([]uint64, 2)
		_, err := LiftValues(cx, 2, words, tuple)
		errorFrom(t, "lift flat", err, true, "no option memory")
		_, err = LiftValues(cx, 0, words, tuple)
		errorFrom(t, "lift", err, true, "no option memory")
		err = LowerValues(cx, 2, []value.Value{v}, tuple, words, nil)
		errorFrom(t, "lower flat", err, true, "canonical definition has no option")
		err = LowerValues(cx, 0, []value.Value{v}, tuple, words, nil)
		errorFrom(t, "lower", err, true, "no option memory")
		_, err = Load(cx, 0, tuple)
		errorFrom(t, "load", err, true, "no option memory")
		errorFrom(t, "store", Store(cx, v, tuple.Fields[0], 0), true, "no option memory")
	}
	_, err := LiftValues(cx, 1, []uint64{1}, NewTypes().tuple(value.OwnOf(testResource)))
	errorFrom(t, "handle", err, true, "own in a context without handles")
}

// TestBudget lifts lists that would take more of the host's memory than there
// is for a call.
func TestBudget(t *testing.T) {
	mem := make([]byte, 1<<20)
	for _, tt := range []struct {
		t     *value.Type
		count uint64
		ok    bool
	}{
		{value.TypeU8, 1 << 19, true},
		{value.TypeU8, 1 << 20, false},
		{value.TypeU64, 1 << 16, true},
		{value.TypeBool, 1 << 14, true},
		{value.TypeBool, 1 << 15, false},
		{value.RecordOf(), 1 << 31, false}, // of no size at all
		{value.RecordOf(), 1<<28 - 1, false},
		{value.TupleOf(value.TypeU8), 1 << 14, false},
		{value.OptionOf(value.TypeString), 1 << 15, false},
	} {
		cx, _ := guest(mem, Width32, UTF8)
		cx.Budget = 1 << 20
		cx.Budget -= 1 << 10
		v, _, err := LiftFlat(cx, flat(0, tt.count), NewTypes().Type(value.ListOf(tt.t)))
		if tt.ok {
			if err != nil || v.Len() != int(tt.count) {
				t.Errorf("%s: %v", tt.t, err)
			}
			continue
		}
		if _, ok := err.(*Trap); !ok {
			t.Errorf("%d of %s: got a list of %d, %v", tt.count, tt.t, v.Len(), err)
		}
	}
	cx, _ := guest(mem, Width32, UTF8)
	cx.Budget = 100
	_, _, err := LiftFlat(cx, flat(0, 1000), NewTypes().Type(value.TypeString))
	errorFrom(t, "string", err, true, "bytes of the host's memory")
}

// TestHostMistakes lowers values that cannot be lowered: nothing may reach the
// guest.
func TestHostMistakes(t *testing.T) {
	person := value.RecordOf(value.Field{Name: "name", Type: value.ListOf(value.TypeString)})
	bad := must(value.Record(person, must(value.List(value.ListOf(value.TypeString), []value.Value{value.String("ok"), value.String("\xff")}))))
	own := value.OwnOf(&value.Resource{Name: "other"})
	for _, tt := range []struct {
		t    *value.Type
		v    value.Value
		want string
	}{
		{value.TypeU8, value.U16(1), "value 0: the value must be of type `u8`, not `u16`"},
		{value.TypeU8, value.Value{}, "must be of type `u8`, not `_`"},
		{value.TypeChar, value.Char(0xd800), "a char must be a Unicode scalar value, not 0xd800"},
		{value.TypeString, value.String("a\xff"), "a string must be UTF-8"},
		{person, bad, "a string must be UTF-8"},
		{value.OptionOf(value.TypeChar), must(value.Some(value.OptionOf(value.TypeChar), value.Char(-1))), "a char must be"},
		{value.MapOf(value.TypeChar, value.TypeU8), must(value.Map(value.MapOf(value.TypeChar, value.TypeU8),
			[]value.Entry{{Key: value.Char(0x110000), Value: value.U8(1)}})), "a char must be"},
		{value.OwnOf(testResource), must(value.Handle(own, "x")), "a handle must be a number, not string"},
	} {
		cx, r := guest(make([]byte, 100), Width32, UTF8)
		cx.Handles = echoHandles{}
		tuple := NewTypes().tuple(tt.t)
		for _, maxFlat := range []int{0, MaxFlatParams} {
			r.next = 0
			err := LowerValues(cx, maxFlat, []value.Value{tt.v}, tuple, make([]uint64, 16), nil)
			errorFrom(t, tt.want, err, false, tt.want)
			if r.next != 0 && tt.t.Kind != value.KindOwn {
				t.Errorf("%s: memory was allocated", tt.want)
			}
		}
	}
	cx, _ := guest(make([]byte, 100), Width32, UTF8)
	tuple := NewTypes().tuple(value.TypeU8, value.TypeU8)
	vs := []value.Value{value.U8(1), value.U8(2)}
	errorFrom(t, "count", LowerValues(cx, 16, vs[:1], tuple, make([]uint64, 2), nil), false, "there must be 2 values, not 1")
	errorFrom(t, "room", LowerValues(cx, 16, vs, tuple, make([]uint64, 1), nil), false, "takes 2 words, not 1")
	errorFrom(t, "room", LowerValues(cx, 1, vs, tuple, nil, nil), false, "takes a word")
	_, err := LiftValues(cx, 16, make([]uint64, 1), tuple)
	errorFrom(t, "lift", err, false, "takes 2 words, not 1")
	_, err = LiftValues(cx, 1, nil, tuple)
	errorFrom(t, "lift", err, false, "takes a word")
}

// A badRealloc answers with anything.
type badRealloc struct {
	ptr uint64
	err error
}

func (r badRealloc) Call(_ context.Context, stack []uint64) error {
	stack[0] = r.ptr
	return r.err
}

func TestBadRealloc(t *testing.T) {
	failed := errors.New("failed")
	list := NewTypes().Type(value.ListOf(value.TypeU32))
	v := must(wave.Parse(list.Type, "[1, 2, 3]"))
	for _, tt := range []struct {
		r    badRealloc
		want string
	}{
		{badRealloc{ptr: 2}, "result not aligned"},
		{badRealloc{ptr: 92}, "beyond end of memory"},
		{badRealloc{ptr: 1<<32 - 4}, "beyond end of memory"},
		{badRealloc{err: failed}, "failed"},
	} {
		cx, _ := guest(make([]byte, 100), Width32, UTF8)
		cx.Realloc = tt.r
		if err := Store(cx, v, list, 0); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}
