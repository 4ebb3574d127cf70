package value

// This file tests values and types.

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
)

var (
	file   = &Resource{Name: "file", Slot: 1}
	person = RecordOf(Field{"name", TypeString}, Field{"age", OptionOf(TypeU8)})
	shape  = VariantOf(Field{"dot", nil}, Field{"ok", TypeF32})
	perms  = FlagsOf("read", "write")
	color  = EnumOf("red", "true")
	scores = MapOf(TypeString, TypeS16)
)

func get(t *testing.T) func(v Value, err error) Value {
	return func(v Value, err error) Value {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestTypeText(t *testing.T) {
	for _, tt := range []struct {
		t    *Type
		want string
	}{
		{TypeU8, "u8"}, {TypeErrorContext, "error-context"}, {nil, "_"},
		{ListOf(OptionOf(TypeString)), "list<option<string>>"},
		{FixedListOf(TypeU8, 4), "list<u8, 4>"},
		{person, "record { name: string, age: option<u8> }"},
		{RecordOf(), "record {}"},
		{TupleOf(TypeBool, TypeChar), "tuple<bool, char>"},
		{shape, "variant { dot, ok(f32) }"},
		{color, "enum { red, true }"},
		{perms, "flags { read, write }"},
		{ResultOf(nil, nil), "result"}, {ResultOf(TypeU8, nil), "result<u8>"},
		{ResultOf(nil, TypeU8), "result<_, u8>"}, {ResultOf(TypeU8, TypeS8), "result<u8, s8>"},
		{MapOf(TypeU8, TypeS64), "map<u8, s64>"},
		{OwnOf(file), "own<file>"}, {BorrowOf(file), "borrow<file>"},
		{StreamOf(TypeU8), "stream<u8>"}, {FutureOf(nil), "future"},
	} {
		if got := tt.t.String(); got != tt.want || tt.t.Short() != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	f := &FuncType{Async: true, Params: []Field{{"a", TypeU8}, {"b", TypeString}}, Result: perms}
	if got := f.String(); got != "async func(a: u8, b: string) -> flags { read, write }" {
		t.Error(got)
	}
	deep := TypeU8
	for range 60 {
		deep = TupleOf(deep, deep)
	}
	if got := deep.Short(); len(got) > 2*maxTypeText || !strings.HasSuffix(got, "...") {
		t.Error(got)
	}
}

func TestTypeEqual(t *testing.T) {
	types := func() []*Type {
		return []*Type{TypeU8, {Kind: KindU16}, ListOf(TypeU8), ListOf(TypeS8), FixedListOf(TypeU8, 1), FixedListOf(TypeU8, 2),
			RecordOf(Field{"0", TypeU8}), TupleOf(TypeU8), RecordOf(Field{"a", TypeU8}), RecordOf(Field{"a", TypeU8}, Field{"b", TypeU8}),
			VariantOf(Field{"a", TypeU8}), VariantOf(Field{"a", nil}), EnumOf("a"), FlagsOf("a"), FlagsOf("b"),
			MapOf(TypeU8, TypeU8), MapOf(TypeS8, TypeU8), OwnOf(file), OwnOf(nil), BorrowOf(file), StreamOf(TypeU8), StreamOf(nil), nil}
	}
	for i, a := range types() {
		for j, b := range types() {
			if a.Equal(b) != (i == j) {
				t.Errorf("%s, %s: %t", a, b, i != j)
			}
		}
	}
	other := OwnOf(&Resource{Name: "file", Slot: 1})
	if OwnOf(file).Equal(other) || !ListOf(OwnOf(file)).SameShape(ListOf(other)) || OwnOf(file).SameShape(BorrowOf(file)) {
		t.Error("resources")
	}
	f := func(name string, result *Type) *FuncType {
		return &FuncType{Params: []Field{{name, ListOf(TypeU8)}}, Result: result}
	}
	if !f("a", nil).Equal(f("a", nil)) || f("a", nil).Equal(f("b", nil)) || f("a", nil).Equal(f("a", TypeU8)) {
		t.Error("functions")
	}
}

func TestValues(t *testing.T) {
	ok := get(t)
	u8 := U8(7)
	f := F32(1.5)
	tests := []struct {
		v    Value
		kind Kind
		want string
	}{
		{Value{}, KindNone, "<no value>"},
		{Bool(true), KindBool, "true"}, {S8(-1), KindS8, "-1"}, {U8(255), KindU8, "255"}, {S16(-2), KindS16, "-2"},
		{U16(2), KindU16, "2"}, {S32(math.MinInt32), KindS32, "-2147483648"}, {U32(math.MaxUint32), KindU32, "4294967295"},
		{S64(math.MinInt64), KindS64, "-9223372036854775808"}, {U64(math.MaxUint64), KindU64, "18446744073709551615"},
		{F32(0.1), KindF32, "0.1"}, {F64(math.Inf(-1)), KindF64, "-inf"}, {F64(1e-7), KindF64, "1e-7"}, {F64(1e100), KindF64, "1e+100"},
		{Char('☃'), KindChar, "'☃'"}, {String("a\"\u200b"), KindString, `"a\"\u{200b}"`},
		{Bytes([]byte{1, 2}), KindList, "[1, 2]"},
		{ok(List(ListOf(TypeS8), []Value{S8(-1), S8(1)})), KindList, "[-1, 1]"},
		{ok(List(ListOf(TypeBool), nil)), KindList, "[]"},
		{ok(Numbers(FixedListOf(TypeF32, 1), []float32{2.5})), KindList, "[2.5]"},
		{ok(Record(person, String("ann"), ok(None(person.Fields[1].Type)))), KindRecord, `{name: "ann"}`},
		{ok(RecordFrom(person, map[string]Value{"name": String("bob")})), KindRecord, `{name: "bob"}`},
		{ok(Tuple(TupleOf(TypeU8, TypeString), U8(1), String(""))), KindTuple, `(1, "")`},
		{ok(Variant(shape, "dot", nil)), KindVariant, "dot"}, {ok(Variant(shape, "ok", &f)), KindVariant, "%ok(1.5)"},
		{ok(Enum(color, "true")), KindEnum, "%true"},
		{ok(Some(OptionOf(TypeU8), u8)), KindOption, "some(7)"}, {ok(None(OptionOf(TypeU8))), KindOption, "none"},
		{ok(OK(ResultOf(TypeU8, nil), &u8)), KindResult, "ok(7)"}, {ok(Err(ResultOf(TypeU8, nil), nil)), KindResult, "err"},
		{ok(Flags(perms, "write", "read")), KindFlags, "{read, write}"}, {ok(FlagsFromBits(perms, 0xfe)), KindFlags, "{write}"},
		{ok(Map(scores, []Entry{{String("a"), S16(-1)}})), KindMap, `{"a": -1}`},
		{ok(Handle(OwnOf(file), 5)), KindOwn, "<own file>"}, {ok(Handle(StreamOf(nil), 5)), KindStream, "<stream>"},
		{ok(Handle(StreamOf(ListOf(TypeU8)), 5)), KindStream, "<stream<list<u8>>>"}, {ok(Handle(FutureOf(TypeString), 5)), KindFuture, "<future<string>>"},
	}
	for i, tt := range tests {
		if tt.v.Kind() != tt.kind || tt.v.String() != tt.want {
			t.Errorf("got %s %s, want %s %s", tt.v.Kind(), tt.v, tt.kind, tt.want)
		}
		for j, other := range tests {
			if tt.v.Equal(other.v) != (i == j) {
				t.Errorf("%s equal %s: %t", tt.v, other.v, i != j)
			}
		}
		foreignAccessors(t, tt.v)
	}
}

// foreignAccessors calls all methods: those for other kinds must return
// nothing, and none may panic.
func foreignAccessors(t *testing.T, v Value) {
	t.Helper()
	got := map[string]bool{
		"Bool": v.Bool(), "Int": v.Int() != 0, "Uint": v.Uint() != 0, "Float": v.Float() != 0, "Char": v.Char() != 0,
		"Text": v.Text() != "", "Bytes": v.Bytes() != nil, "CaseName": v.CaseName() != "", "Labels": v.Labels() != nil,
		"Entries": v.Entries() != nil, "Handle": v.Handle() != nil, "Has": v.Has("read"),
	}
	if v.Index(-1).Type() != nil || v.Index(v.Len()).Type() != nil || len(v.Elems()) != v.Len() && v.Kind() != KindMap {
		t.Errorf("%s: length %d", v, v.Len())
	}
	v.Field("name")
	v.Payload()
	v.Case()
	v.Bits()
	for name, has := range got {
		if has && !strings.Contains(owners[name], " "+v.Kind().String()+" ") {
			t.Errorf("%s has %s", v, name)
		}
	}
}

var owners = map[string]string{
	"Bool": " bool ", "Int": " s8 s16 s32 s64 ", "Uint": " u8 u16 u32 u64 ", "Float": " f32 f64 ", "Char": " char ", "Text": " string ",
	"Bytes": " list ", "CaseName": " variant enum option result ", "Labels": " flags ", "Entries": " map ", "Handle": " own stream future ", "Has": " flags ",
}

func TestAccessors(t *testing.T) {
	ok := get(t)
	ann := ok(Record(person, String("ann"), ok(Some(person.Fields[1].Type, U8(40)))))
	age, _ := ann.Field("age")
	p, _ := age.Payload()
	if n, _ := ann.Field("name"); n.Text() != "ann" || p.Uint() != 40 || age.CaseName() != "some" || age.Case() != 1 {
		t.Error(ann)
	}
	if _, found := ann.Field("x"); found {
		t.Error("field x")
	}
	l := ok(List(ListOf(TypeS16), []Value{S16(-3), S16(4)}))
	if s, is := Slice[int16](l); !is || !reflect.DeepEqual(s, []int16{-3, 4}) || l.Index(0).Int() != -3 || l.Len() != 2 {
		t.Error(l)
	}
	if _, is := Slice[uint16](l); is || l.Bytes() != nil {
		t.Error("a list of another type")
	}
	if fl := ok(Flags(perms, "write")); !fl.Has("write") || fl.Has("read") || fl.Has("x") || fl.Bits() != 2 {
		t.Error(fl)
	}
	if m := ok(Map(scores, []Entry{{String("a"), S16(1)}, {String("a"), S16(2)}})); m.Len() != 2 || m.Entries()[1].Value.Int() != 2 {
		t.Error(m)
	}
	// A payload is copied: a variable may be used again.
	v := U8(1)
	v, _ = Some(OptionOf(TypeU8), v)
	v = ok(VariantCase(OptionOf(OptionOf(TypeU8)), 1, &v))
	if v.String() != "some(some(1))" {
		t.Error("payload")
	}
}

func TestEqual(t *testing.T) {
	ok := get(t)
	nan := math.Float64frombits(0x7ff8000000000001)
	floats := ListOf(TypeF64)
	for _, tt := range []struct {
		a, b Value
		want bool
	}{
		{F64(math.NaN()), F64(nan), true},
		{F64(math.NaN()), F64(0), false},
		{F32(float32(math.NaN())), F32(-float32(math.NaN())), true},
		{F64(0), F64(math.Copysign(0, -1)), false},
		{ok(Numbers(floats, []float64{nan, 1})), ok(Numbers(floats, []float64{math.NaN(), 1})), true},
		{ok(Numbers(floats, []float64{nan, 1})), ok(Numbers(floats, []float64{1, nan})), false},
		{ok(Numbers(floats, []float64{0})), ok(Numbers(floats, []float64{math.Copysign(0, -1)})), false},
		{Bytes(nil), Bytes([]byte{}), true},
		{Bytes([]byte{1}), ok(List(ListOf(TypeU8), []Value{U8(1)})), true},
		{U8(1), U16(1), false},
		{ok(Handle(OwnOf(file), "a")), ok(Handle(OwnOf(file), "a")), true},
		{ok(Handle(OwnOf(file), []int{})), ok(Handle(OwnOf(file), []int{})), false},
	} {
		if tt.a.Equal(tt.b) != tt.want || tt.b.Equal(tt.a) != tt.want {
			t.Errorf("%v, %v: want %t", tt.a, tt.b, tt.want)
		}
	}
}

func TestMismatches(t *testing.T) {
	u8 := U8(1)
	opt := OptionOf(TypeString)
	_, errNil := List(nil, nil)
	for _, tt := range []struct {
		want string
		err  error
	}{
		{"the type must be of kind list, not `_`", errNil},
		{"the type must be of kind list, not `u8`", second(List(TypeU8, nil))},
		{"element 1 must be of type `u8`, not `s8`", second(List(ListOf(TypeU8), []Value{U8(1), S8(1)}))},
		{"element 0 must be of type `u8`, not `_`", second(List(ListOf(TypeU8), []Value{{}}))},
		{"must have 2 elements, not 1", second(List(FixedListOf(TypeU8, 2), []Value{U8(1)}))},
		{"must have 2 elements, not 1", second(Numbers(FixedListOf(TypeU8, 2), []byte{1}))},
		{"cannot make a value of type `list<u8>` from numbers of type `u32`", second(Numbers(ListOf(TypeU8), []uint32{1}))},
		{"must have 2 fields, not 0", second(Record(person))},
		{"field `age` must be of type `option<u8>`, not `u8`", second(Record(person, String(""), U8(1)))},
		{"the type must be of kind record, not `u8`", second(Record(TypeU8))},
		{"the type must be of kind tuple, not `", second(Tuple(person))},
		{"field `name` is missing, of type `string`", second(RecordFrom(person, nil))},
		{"there is no field `x` in type", second(RecordFrom(person, map[string]Value{"name": String(""), "x": U8(1)}))},
		{"there is no case `x` in type", second(Variant(shape, "x", nil))},
		{"case `dot` has no payload", second(Variant(shape, "dot", &u8))},
		{"case `ok` must have a payload of type `f32`", second(Variant(shape, "ok", nil))},
		{"the payload of case `ok` must be of type `f32`, not `u8`", second(Variant(shape, "ok", &u8))},
		{"there is no case 2 in type", second(VariantCase(shape, 2, nil))},
		{"there is no case -1 in type", second(VariantCase(shape, -1, nil))},
		{"type `u8` has no cases", second(VariantCase(TypeU8, 0, nil))},
		{"the type must be of kind variant, not `", second(Variant(color, "red", nil))},
		{"there is no case `blue`", second(Enum(color, "blue"))},
		{"the type must be of kind option, not `", second(None(color))},
		{"must be of type `string`, not `u8`", second(Some(opt, u8))},
		{"the type must be of kind result, not `", second(OK(opt, nil))},
		{"case `error` has no payload", second(Err(ResultOf(nil, nil), &u8))},
		{"there is no label `x` in type", second(Flags(perms, "x"))},
		{"key 0 must be of type `string`, not `u8`", second(Map(scores, []Entry{{u8, S16(1)}}))},
		{"value 0 must be of type `s16`, not `u8`", second(Map(scores, []Entry{{String(""), u8}}))},
		{"type `u8` has no handles", second(Handle(TypeU8, 1))},
		{"a value of bits cannot be of type `string`", second(FromBits(TypeString, 1))},
	} {
		e, is := tt.err.(*diag.Error)
		if !is || e.Code != CodeType || !strings.Contains(e.Msg, tt.want) {
			t.Errorf("got %v, want %s", tt.err, tt.want)
		}
	}
}

func second(_ Value, err error) error { return err }

func TestFromBits(t *testing.T) {
	ok := get(t)
	for _, tt := range []struct {
		t    *Type
		bits uint64
		want string
	}{
		{TypeBool, 3, "true"}, {TypeS8, 0x1ff, "-1"}, {TypeU8, 0x1ff, "255"}, {TypeS16, 0x18000, "-32768"}, {TypeU16, 0x18000, "32768"},
		{TypeS32, 0xffffffff, "-1"}, {TypeU32, 1<<33 | 1, "1"}, {TypeF32, 0x3fc00000, "1.5"}, {TypeS64, math.MaxUint64, "-1"}, {TypeChar, 'x', "'x'"},
	} {
		v := ok(FromBits(tt.t, tt.bits))
		if v.String() != tt.want || !v.Equal(ok(FromBits(tt.t, v.Bits()))) {
			t.Errorf("%s %x: %s", tt.t, tt.bits, v)
		}
	}
}
