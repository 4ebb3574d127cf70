package govalue

// This file is functions that return a result<T, E>, and errors.

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/value"
)

type failure struct {
	NotFound *string
	Denied   *struct{}
}

func (f failure) Error() string {
	if f.NotFound != nil {
		return "not found: " + *f.NotFound
	}
	return "denied"
}

var typeFailure = value.VariantOf(value.Field{Name: "not-found", Type: value.TypeString}, value.Field{Name: "denied"})

// answer is a component function that returns one value.
func answer(t *testing.T, result *value.Type, v value.Value) *canon.Func {
	g := newGuest(1<<12, abi.Width32, abi.UTF8)
	return g.function(funcType(result), func([]value.Value) []value.Value { return []value.Value{v} })
}

// bind is BindExport for a function type.
func bind[F any](t *testing.T, f *canon.Func) F {
	t.Helper()
	return must[reflect.Value](t)(BindExport(reflect.TypeFor[F](), f, nil)).Interface().(F)
}

func TestExportResults(t *testing.T) {
	make1 := must[value.Value](t)
	notFound := make1(value.Variant(typeFailure, "not-found", ptr(value.String("x"))))
	both := value.ResultOf(value.TypeU32, typeFailure)
	okBoth := answer(t, both, make1(value.OK(both, ptr(value.U32(7)))))
	errBoth := answer(t, both, make1(value.Err(both, &notFound)))
	ctx := context.Background()

	if n, err := bind[func(context.Context) (uint32, error)](t, okBoth)(ctx); n != 7 || err != nil {
		t.Error(n, err)
	}
	n, err := bind[func(context.Context) (uint32, error)](t, errBoth)(ctx)
	var ev *ErrorValue
	if n != 0 || !errors.As(err, &ev) || err.Error() != `not-found("x")` {
		t.Error(n, err)
	}
	var re *ResultError[failure]
	if !errors.As(err, &re) || re.Value.NotFound == nil || *re.Value.NotFound != "x" || re.Error() != "not found: x" {
		t.Error(re)
	}
	var other *ResultError[string]
	if errors.As(err, &other) {
		t.Error(other)
	}
	if r, err := bind[func() (Result[uint32, failure], error)](t, errBoth)(); err != nil || r.OK != nil || *r.Err.NotFound != "x" {
		t.Error(r, err)
	}
	if r, err := bind[func() (Result[uint32, failure], error)](t, okBoth)(); err != nil || *r.OK != 7 || r.Err != nil {
		t.Error(r, err)
	}
	bare := value.ResultOf(nil, nil)
	if err := bind[func() error](t, answer(t, bare, make1(value.OK(bare, nil))))(); err != nil {
		t.Error(err)
	}
	err = bind[func() error](t, answer(t, bare, make1(value.Err(bare, nil))))()
	var none *ResultError[struct{}]
	if !errors.As(err, &ev) || !errors.As(err, &none) || !strings.Contains(err.Error(), "error case") {
		t.Error(err)
	}
	nested := value.ResultOf(both, typeFailure)
	f := answer(t, nested, make1(value.OK(nested, ptr(make1(value.OK(both, ptr(value.U32(3))))))))
	if r, err := bind[func() (Result[uint32, failure], error)](t, f)(); err != nil || *r.OK != 3 {
		t.Error(r, err)
	}
	if r, err := bind[func() (Result[Result[uint32, failure], failure], error)](t, f)(); err != nil || *r.OK.OK != 3 {
		t.Error(r, err)
	}
	if v, err := bind[func() (value.Value, error)](t, okBoth)(); err != nil || v.Uint() != 7 {
		t.Error(v, err)
	}
}

func TestAsyncExport(t *testing.T) {
	g := newGuest(1<<12, abi.Width32, abi.UTF8)
	typ := value.ResultOf(value.TypeString, value.TypeString)
	ft := abi.NewTypes().Func(&value.FuncType{Async: true, Params: []value.Field{{Name: "s", Type: value.TypeString}}, Result: typ})
	f := g.function(ft, func(args []value.Value) []value.Value {
		if args[0].Text() == "bad" {
			return []value.Value{must[value.Value](t)(value.Err(typ, &args[0]))}
		}
		return []value.Value{must[value.Value](t)(value.OK(typ, &args[0]))}
	})
	call := bind[func(context.Context, string) (string, error)](t, f)
	if s, err := call(context.Background(), "good"); s != "good" || err != nil {
		t.Error(s, err)
	}
	if s, err := call(context.Background(), "bad"); s != "" || err == nil || err.Error() != `"bad"` {
		t.Error(s, err)
	}
	if _, err := call(context.Background(), "\xff"); !isBadValue(err) {
		t.Error(err)
	}
}

func isBadValue(err error) bool {
	var e *diag.Error
	return errors.As(err, &e) && e.Code == abi.CodeValue
}

func TestHostResults(t *testing.T) {
	boom := errors.New("boom")
	both := value.ResultOf(value.TypeU32, typeFailure)
	for _, tt := range []struct {
		typ  *value.Type
		fn   any
		want string // the result, or "trap: " and the error
	}{
		{both, func() (uint32, error) { return 7, nil }, "ok(7)"},
		{both, func(context.Context) (uint32, error) { return 7, Fail(failure{Denied: &struct{}{}}) }, "err(denied)"},
		{both, func() (uint32, error) { return 0, fmt.Errorf("wrapped: %w", Fail(failure{NotFound: ptr("y")})) }, `err(not-found("y"))`},
		{both, func() (uint32, error) {
			v, _ := value.Variant(typeFailure, "denied", nil)
			return 0, &ErrorValue{v}
		}, "err(denied)"},
		{both, func() (uint32, error) { return 0, &ErrorValue{value.U8(1)} }, "trap: 1"},
		{both, func() (uint32, error) { return 0, Fail(failure{}) }, "trap: result.error: no field is set in failure: one must be, for the case that is meant"},
		{both, func() (uint32, error) { return 0, Fail("text") }, `trap: text (the error case is a variant, but the value of the error is a string; use a struct with a pointer field for each case)`},
		{both, func() (uint32, error) { return 0, boom }, "trap: boom"},
		{both, func() Result[uint32, failure] { return Result[uint32, failure]{OK: ptr(uint32(1))} }, "ok(1)"},
		{both, func() (Result[uint32, failure], error) { return Result[uint32, failure]{}, nil }, "trap: result: no field is set in dray.Result[uint32,govalue.failure]: one must be, for the case that is meant"},
		{both, func() (Result[uint32, failure], error) { return Result[uint32, failure]{}, boom }, "trap: boom"},
		{value.ResultOf(nil, nil), func() error { return nil }, "ok"},
		{value.ResultOf(nil, nil), func() error { return Fail(struct{}{}) }, "err"},
		{value.ResultOf(nil, nil), func() error { return &ErrorValue{} }, "err"},
		{value.ResultOf(nil, nil), func() error { return boom }, "trap: boom"},
		{value.ResultOf(value.TypeString, value.TypeString), func() (string, error) { return "\xff", nil }, `trap: result: a string must be UTF-8, and "\xff" is not`},
		{value.TypeU8, func() uint8 { return 3 }, "3"},
		{value.TypeU8, func(context.Context) (uint8, error) { return 3, nil }, "3"},
		{value.TypeU8, func() (uint8, error) { return 3, boom }, "trap: boom"},
		{value.TypeChar, func() rune { return 0xd800 }, "trap: result: a char must be a Unicode scalar value, not 0xd800"},
		{nil, func() {}, ""},
		{nil, func(context.Context) error { return boom }, "trap: boom"},
		{nil, func(context.Context) error { return nil }, ""},
	} {
		g := newGuest(1<<12, abi.Width32, abi.UTF8)
		ft := funcType(tt.typ)
		h, err := BindHost(reflect.ValueOf(tt.fn), ft, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		for range 2 {
			got := ""
			switch results, err := g.callHost(ft, h); {
			case err != nil:
				got = "trap: " + strings.TrimPrefix(err.Error(), "host: ")
			case len(results) > 0:
				got = results[0].String()
			}
			if got != tt.want {
				t.Errorf("%T of %v: %s, want %s", tt.fn, tt.typ, got, tt.want)
			}
		}
	}
}

// TestBadValues checks that Go values that cannot be lowered cost no instance.
func TestBadValues(t *testing.T) {
	deep := value.ListOf(value.RecordOf(value.Field{Name: "who", Type: value.OptionOf(typePerson)}))
	type holder struct{ Who *person }
	for _, tt := range []struct {
		t    *value.Type
		v    any
		want string
	}{
		{value.TypeString, "a\xffb", `a string must be UTF-8, and "a\xffb" is not`},
		{value.TypeString, strings.Repeat("a", 70) + "\xc3", `a string must be UTF-8, and "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is not`},
		{value.TypeChar, rune(-1), "a char must be a Unicode scalar value, not 0xffffffff"},
		{typeColor, color(3), "3 is no case: there are 3"},
		{typeColor, -1, "-1 is no case: there are 3"},
		{typeColor, "blue", `"blue" is no case of the enum`},
		{typePerms, uint8(9), "bits 0x8 are set, but there are 3 flags"},
		{typeFilter, filter{}, "no field is set in filter: one must be, for the case that is meant"},
		{typeFilter, filter{All: &struct{}{}, Size: ptr(uint64(1))}, `the fields for the cases "all" and "size" are both set in filter`},
		{value.FixedListOf(value.TypeU8, 2), []byte{1}, "a list of 1 elements: there must be 2"},
		{value.TypeU8, value.U16(1), "the value must be of type `u8`, not `u16`"},
		{value.MapOf(value.TypeString, value.TypeU8), map[string]uint8{"\xff": 1}, ` key: a string must be UTF-8, and "\xff" is not`},
		{deep, []holder{{}, {&person{Nick: ptr("\xff")}}}, `[1].who.nick: a string must be UTF-8, and "\xff" is not`},
		{value.ListOf(value.TypeU64), make([]uint64, 1<<25), "a list of 33554432 elements of 8 bytes: at most 268435455 bytes are allowed"},
	} {
		g := newGuest(1<<12, abi.Width32, abi.UTF8)
		f := g.lift(funcType(nil, value.TypeU8, tt.t), func([]uint64) error { t.Error("the guest runs"); return nil })
		ft := reflect.FuncOf([]reflect.Type{reflect.TypeFor[uint8](), reflect.TypeOf(tt.v)}, []reflect.Type{typeError}, false)
		fn := must[reflect.Value](t)(BindExport(ft, f, nil))
		err, _ := fn.Call([]reflect.Value{reflect.ValueOf(uint8(0)), reflect.ValueOf(tt.v)})[0].Interface().(error)
		want := "parameter `p1`" + tt.want
		if !strings.HasPrefix(tt.want, "[") && !strings.HasPrefix(tt.want, " ") {
			want = "parameter `p1`: " + tt.want
		}
		if !isBadValue(err) || err.Error() != want {
			t.Errorf("%T: %v\nwant %s", tt.v, err, want)
		}
		if err := g.inst.MayEnterFrom(nil); err != nil {
			t.Error(err)
		}
	}
}

// TestCheckString compares the check of strings with that of package utf8.
func TestCheckString(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	parts := []string{"a", "0123456789abcdef", "é", "☃", "😀", "\xff", "\xc3", "\xed\xa0\x80"}
	for range 5000 {
		s := ""
		for range r.Intn(12) {
			s += parts[min(r.Intn(12), len(parts)-1)*r.Intn(2)]
			s += strings.Repeat("x", r.Intn(40)*r.Intn(2))
		}
		if got := abi.CheckString(s) == nil; got != utf8.ValidString(s) {
			t.Fatalf("%q: %v", s, got)
		}
	}
}

// TestConcurrentCalls calls functions from many goroutines, those of the host
// in stores of their own.
func TestConcurrentCalls(t *testing.T) {
	typ := value.ListOf(typePerson)
	ft := funcType(typ, typ)
	type people []person
	h := must[canon.HostFunc](t)(BindHost(reflect.ValueOf(func(p people) people { return p }), ft, nil))
	shared := newGuest(1<<16, abi.Width32, abi.UTF8)
	length := bind[func(context.Context, string) (uint32, error)](t, shared.lift(funcType(value.TypeU32, value.TypeString), func(stack []uint64) error {
		shared.mem.next = 64
		stack[0] = stack[1]
		return nil
	}))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			list := people{{FirstName: strings.Repeat("n", i)}, {ID: uint32(i), Nick: ptr("x")}}
			v, err := toValue(reflect.ValueOf(list), typ)
			if err != nil {
				t.Error(err)
			}
			for range 50 {
				g := newGuest(1<<12, abi.Width32, abi.UTF8)
				if got, err := g.callHost(ft, h, v); err != nil || !got[0].Equal(v) {
					t.Error(got, err)
				}
				if n, err := length(context.Background(), strings.Repeat("s", i)); err != nil || n != uint32(i) {
					t.Error(n, err)
				}
			}
		})
	}
	wg.Wait()
}
