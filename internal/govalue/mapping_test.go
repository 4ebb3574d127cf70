package govalue

// This file is all mappings, both ways, for memories of both widths and all
// encodings.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
)

type (
	name   string
	number uint16
	tags   []string
	color  uint8
	shade  string
	person struct {
		FirstName string
		ID        uint32
		Years     uint8 `wit:"age"`
		Nick      *string
		Note      string `wit:"-"`
		_         int
	}
	point struct{ X, Y float32 }
	perms struct {
		Read, Write bool
		Exec        bool `wit:"x"`
	}
	filter struct {
		All  *struct{}
		None *struct{}
		Some *[]string `wit:"some-of"`
		Size *uint64
		Who  *person
	}
	wide struct {
		A, B, C, D, E string
		F, G, H, I    uint64
		J             point
	}
)

var (
	typePerson = value.RecordOf(
		value.Field{Name: "first-name", Type: value.TypeString}, value.Field{Name: "id", Type: value.TypeU32},
		value.Field{Name: "age", Type: value.TypeU8}, value.Field{Name: "nick", Type: value.OptionOf(value.TypeString)})
	typePoint  = value.RecordOf(value.Field{Name: "x", Type: value.TypeF32}, value.Field{Name: "y", Type: value.TypeF32})
	typeColor  = value.EnumOf("red", "green", "dark-blue")
	typePerms  = value.FlagsOf("read", "write", "x")
	typeFilter = value.VariantOf(
		value.Field{Name: "all"}, value.Field{Name: "none"}, value.Field{Name: "some-of", Type: value.ListOf(value.TypeString)},
		value.Field{Name: "size", Type: value.TypeU64}, value.Field{Name: "who", Type: typePerson})
	typeWide = value.RecordOf(
		value.Field{Name: "a", Type: value.TypeString}, value.Field{Name: "b", Type: value.TypeString},
		value.Field{Name: "c", Type: value.TypeString}, value.Field{Name: "d", Type: value.TypeString},
		value.Field{Name: "e", Type: value.TypeString}, value.Field{Name: "f", Type: value.TypeU64},
		value.Field{Name: "g", Type: value.TypeU64}, value.Field{Name: "h", Type: value.TypeU64},
		value.Field{Name: "i", Type: value.TypeU64}, value.Field{Name: "j", Type: typePoint})
)

func ptr[T any](v T) *T { return &v }

func some(t *value.Type, v value.Value) value.Value {
	out, err := value.Some(t, v)
	if err != nil {
		panic(err)
	}
	return out
}

var mappings = []struct {
	t    *value.Type
	v    any
	want string
}{
	{value.TypeBool, true, "true"},
	{value.TypeS8, int8(-128), "-128"},
	{value.TypeU8, uint8(255), "255"},
	{value.TypeS16, int16(-3), "-3"},
	{value.TypeU16, number(65535), "65535"},
	{value.TypeS32, int32(-5), "-5"},
	{value.TypeU32, uint32(math.MaxUint32), "4294967295"},
	{value.TypeS64, int64(math.MinInt64), "-9223372036854775808"},
	{value.TypeU64, uint64(math.MaxUint64), "18446744073709551615"},
	{value.TypeF32, float32(-1.5), "-1.5"},
	{value.TypeF64, math.Inf(-1), "-inf"},
	{value.TypeChar, '☃', "'☃'"},
	{value.TypeString, "héllo, wörld ☃", `"héllo, wörld ☃"`},
	{value.TypeString, name("ascii"), `"ascii"`},
	{value.TypeString, "", `""`},
	{value.ListOf(value.TypeU8), []byte("abc"), "[97, 98, 99]"},
	{value.ListOf(value.TypeU8), []color{1, 2}, "[1, 2]"},
	{value.ListOf(value.TypeS8), []int8{-1, 2}, "[-1, 2]"},
	{value.ListOf(value.TypeU16), []uint16{1, 65535}, "[1, 65535]"},
	{value.ListOf(value.TypeU16), []number{1, 65535}, "[1, 65535]"},
	{value.ListOf(value.TypeS16), []int16{-1, 2}, "[-1, 2]"},
	{value.ListOf(value.TypeU32), []uint32{1, 2, 3}, "[1, 2, 3]"},
	{value.ListOf(value.TypeS32), []int32{-1, 2}, "[-1, 2]"},
	{value.ListOf(value.TypeU64), []uint64{1, math.MaxUint64}, "[1, 18446744073709551615]"},
	{value.ListOf(value.TypeS64), []int64{-1, 2}, "[-1, 2]"},
	{value.ListOf(value.TypeF32), []float32{1.5, -2}, "[1.5, -2]"},
	{value.ListOf(value.TypeF64), []float64{1.5, -2}, "[1.5, -2]"},
	{value.ListOf(value.TypeBool), []bool{true, false}, "[true, false]"},
	{value.ListOf(value.TypeChar), []rune("aß"), "['a', 'ß']"},
	{value.ListOf(value.TypeString), tags{"a", "", "c"}, `["a", "", "c"]`},
	{value.ListOf(value.TypeString), []string(nil), `[]`},
	{value.ListOf(value.ListOf(value.TypeU8)), [][]byte{nil, {1}}, "[[], [1]]"},
	{value.FixedListOf(value.TypeU32, 3), [3]uint32{1, 2, 3}, "[1, 2, 3]"},
	{value.FixedListOf(value.TypeU32, 3), []uint32{1, 2, 3}, "[1, 2, 3]"},
	{value.FixedListOf(value.TypeU8, 40), [40]byte{39: 1}, ""},
	{value.FixedListOf(value.TypeU8, 2), []byte{7, 8}, "[7, 8]"},
	{value.FixedListOf(value.TypeString, 20), [20]string{"x", 19: "y"}, ""},
	{value.TupleOf(value.TypeU8, value.TypeString), struct {
		N uint8
		S string
	}{1, "x"}, `(1, "x")`},
	{value.TupleOf(), struct{}{}, "()"},
	{typePerson, person{FirstName: "Ada", ID: 7, Years: 36}, `{first-name: "Ada", id: 7, age: 36}`},
	{typePerson, person{FirstName: "Ada", ID: 7, Years: 36, Nick: ptr("a")}, `{first-name: "Ada", id: 7, age: 36, nick: some("a")}`},
	{value.ListOf(typePerson), []person{{FirstName: "A"}, {Nick: ptr("")}}, `[{first-name: "A", id: 0, age: 0}, {first-name: "", id: 0, age: 0, nick: some("")}]`},
	{value.ListOf(typePoint), []point{{1, 2}, {3, 4}}, "[{x: 1, y: 2}, {x: 3, y: 4}]"},
	{typeWide, wide{A: "a", E: "é", I: 9, J: point{1, 2}}, ""},
	{value.OptionOf(value.TypeU32), (*uint32)(nil), "none"},
	{value.OptionOf(value.TypeU32), ptr(uint32(0)), "some(0)"},
	{value.OptionOf(value.OptionOf(value.TypeString)), ptr((*string)(nil)), "some(none)"},
	{value.OptionOf(value.OptionOf(value.TypeString)), ptr(ptr("x")), `some(some("x"))`},
	{value.ListOf(value.ResultOf(value.TypeU8, value.TypeString)), []Result[uint8, string]{{OK: ptr(uint8(1))}, {Err: ptr("bad")}}, `[ok(1), err("bad")]`},
	{value.ListOf(value.ResultOf(nil, nil)), []Result[struct{}, struct{}]{{OK: &struct{}{}}, {Err: &struct{}{}}}, "[ok, err]"},
	{typeFilter, filter{All: &struct{}{}}, "all"},
	{typeFilter, filter{None: &struct{}{}}, "%none"},
	{typeFilter, filter{Some: &[]string{"a"}}, `some-of(["a"])`},
	{typeFilter, filter{Size: ptr(uint64(1) << 40)}, "size(1099511627776)"},
	{typeFilter, filter{Who: &person{ID: 1}}, `who({first-name: "", id: 1, age: 0})`},
	{value.ListOf(typeFilter), []filter{{All: &struct{}{}}, {Size: ptr(uint64(3))}}, "[all, size(3)]"},
	{typeColor, color(2), "dark-blue"},
	{typeColor, int64(1), "green"},
	{typeColor, shade("green"), "green"},
	{typePerms, perms{Read: true, Exec: true}, "{read, x}"},
	{typePerms, uint16(6), "{write, x}"},
	{value.MapOf(value.TypeString, value.TypeU32), map[string]uint32{"b": 2, "a": 1, "c": 3}, `{"a": 1, "b": 2, "c": 3}`},
	{value.MapOf(value.TypeS32, typePoint), map[int32]point{3: {}, -1: {1, 1}}, "{-1: {x: 1, y: 1}, 3: {x: 0, y: 0}}"},
	{value.MapOf(value.TypeBool, value.TypeBool), map[bool]bool{true: true, false: false}, "{false: false, true: true}"},
	{value.MapOf(value.TypeU8, value.TypeString), map[uint8]string{}, "{}"},
	{value.TypeString, value.String("dyn"), `"dyn"`},
	{value.ListOf(value.OptionOf(value.TypeU8)), []value.Value{some(value.OptionOf(value.TypeU8), value.U8(4))}, "[some(4)]"},
}

func TestMappings(t *testing.T) {
	for _, m := range mappings {
		for _, w := range []abi.Width{abi.Width32, abi.Width64} {
			for _, e := range []abi.Encoding{abi.UTF8, abi.UTF16, abi.Latin1UTF16} {
				t.Run(fmt.Sprintf("%s/%T/%d/%d", m.t.Short(), m.v, w, e), func(t *testing.T) {
					g := newGuest(1<<14, w, e)
					g.mem.moves = e == abi.UTF8
					testExport(t, g, m.t, reflect.ValueOf(m.v), m.want)
					testHost(t, g, m.t, reflect.ValueOf(m.v), m.want)
				})
			}
		}
	}
}

// testExport sends a value through a component function and back.
func testExport(t *testing.T, g *guest, typ *value.Type, v reflect.Value, want string) {
	t.Helper()
	f := g.function(funcType(typ, value.TypeU8, typ), func(args []value.Value) []value.Value {
		if s := args[1].String(); want != "" && s != want {
			t.Errorf("the guest got %s, want %s", s, want)
		}
		return args[1:]
	})
	ft := reflect.FuncOf([]reflect.Type{typeContext, reflect.TypeFor[uint8](), v.Type()}, []reflect.Type{v.Type(), typeError}, false)
	fn := must[reflect.Value](t)(BindExport(ft, f, nil))
	out := fn.Call([]reflect.Value{reflect.ValueOf(context.Background()), reflect.ValueOf(uint8(1)), v})
	if err := out[1].Interface(); err != nil {
		t.Fatal(err)
	}
	if got := out[0].Interface(); !same(got, v.Interface()) {
		t.Errorf("%+v came back as %+v", v.Interface(), got)
	}
}

// testHost sends a value through a host function and back.
func testHost(t *testing.T, g *guest, typ *value.Type, v reflect.Value, want string) {
	t.Helper()
	ft := funcType(typ, typ)
	echo := reflect.MakeFunc(reflect.FuncOf([]reflect.Type{v.Type()}, []reflect.Type{v.Type()}, false), func(args []reflect.Value) []reflect.Value {
		if got := args[0].Interface(); !same(got, v.Interface()) {
			t.Errorf("the host got %+v, want %+v", got, v.Interface())
		}
		return args
	})
	dynamic := must[value.Value](t)(toValue(v, typ))
	h, err := BindHost(echo, ft, nil)
	if err != nil {
		t.Fatal(err)
	}
	results, err := g.callHost(ft, h, dynamic)
	if err != nil {
		t.Fatal(err)
	}
	if got := results[0].String(); got != dynamic.String() || want != "" && got != want {
		t.Errorf("%s came back as %s", want, got)
	}
}

// same compares Go values; component values by themselves.
func same(a, b any) bool {
	switch a := a.(type) {
	case value.Value:
		return a.Equal(b.(value.Value))
	case []value.Value:
		return len(a) == len(b.([]value.Value)) && (len(a) == 0 || same(a[0], b.([]value.Value)[0]))
	}
	return reflect.DeepEqual(a, b)
}

// toValue makes a value of a Go value, by way of memory.
func toValue(v reflect.Value, typ *value.Type) (value.Value, error) {
	t := abi.NewTypes().Type(typ)
	c, err := newCompiler(nil).codec(v.Type(), t, place{"the value", "the Go value"})
	if err != nil {
		return value.Value{}, err
	}
	if err := c.check(v); err != nil {
		return value.Value{}, err
	}
	g := newGuest(1<<14, abi.Width32, abi.UTF8)
	cx := g.context()
	at, err := cx.Allocate(t.Alignment(abi.Width32), t.ElemSize(abi.Width32))
	if err != nil {
		return value.Value{}, err
	}
	w := writer{cx: cx}
	w.refresh()
	if err := w.store(c, v, at); err != nil {
		return value.Value{}, err
	}
	return abi.Load(g.context(), at, t)
}

func TestNamedFuncs(t *testing.T) {
	type adder func(ctx context.Context, a, b uint32) (uint32, error)
	g := newGuest(1<<12, abi.Width32, abi.UTF8)
	ft := funcType(value.TypeU32, value.TypeU32, value.TypeU32)
	f := g.lift(ft, func(stack []uint64) error {
		stack[0] = uint64(uint32(stack[0] + stack[1]))
		return nil
	})
	add := must[reflect.Value](t)(BindExport(reflect.TypeFor[adder](), f, nil)).Interface().(adder)
	if n, err := add(context.Background(), 40, 2); n != 42 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := add(nil, 1, 2); err == nil {
		t.Error("a nil context is accepted")
	}
	plain := must[reflect.Value](t)(BindExport(reflect.TypeFor[func(a, b number) error](), g.lift(funcType(nil, value.TypeU16, value.TypeU16), func(stack []uint64) error {
		if stack[0] != 1 || stack[1] != 2 {
			return abi.Trapf("wrong arguments")
		}
		return nil
	}), nil)).Interface().(func(a, b number) error)
	if err := plain(1, 2); err != nil {
		t.Error(err)
	}
	if err := plain(2, 1); err == nil || err.Error() != "test: wrong arguments" {
		t.Error(err)
	}
}

func TestExplain(t *testing.T) {
	g := newGuest(1<<12, abi.Width32, abi.UTF8)
	f := g.lift(funcType(nil), func([]uint64) error { return abi.Trapf("boom") })
	call := must[reflect.Value](t)(BindExport(reflect.TypeFor[func(context.Context) error](), f, func(err error) error {
		return fmt.Errorf("explained: %w", err)
	})).Interface().(func(context.Context) error)
	err := call(context.Background())
	var trap *abi.Trap
	if !errors.As(err, &trap) || err.Error() != "explained: test: boom" {
		t.Error(err)
	}
	if err := call(context.Background()); err == nil || !errors.As(err, &trap) {
		t.Errorf("after a trap: %v", err)
	}
}
