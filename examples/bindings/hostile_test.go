package bindings

// This file has guests that break rules: bindings must find out as dynamic
// calls do, with the same words.

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/examples/bindings/traps"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/value/wave"
)

// A sink implements traps.SinkHost.
type sink struct{}

type thing struct{ n uint32 }

func (t *thing) Get(context.Context) (uint32, error) { return t.n, nil }
func (t *thing) Drop(context.Context) error          { return nil }

func (sink) NewThing(_ context.Context, n uint32) (traps.Thing, error) { return &thing{n}, nil }
func (sink) NewOther(context.Context) (traps.Other, error)             { return &thing{}, nil }
func (sink) TakeString(_ context.Context, s string) (uint32, error)    { return uint32(len(s)), nil }
func (sink) TakeList(_ context.Context, l []uint64) (uint32, error)    { return uint32(len(l)), nil }
func (sink) TakeChar(_ context.Context, c rune) (uint32, error)        { return uint32(c), nil }
func (sink) TakeBool(_ context.Context, b bool) (bool, error)          { return b, nil }
func (sink) TakeLevel(_ context.Context, l traps.Level) (traps.Level, error) {
	return l, nil
}
func (sink) TakeMessage(_ context.Context, m traps.Message) (uint32, error) {
	return m.Number + uint32(len(m.Text)), nil
}
func (sink) TakeMode(_ context.Context, m traps.SinkMode) (traps.SinkMode, error) { return m, nil }
func (sink) GiveString(context.Context) (string, error)                           { return "from the host", nil }
func (sink) GiveList(_ context.Context, n uint32) ([]uint64, error)               { return numbers(n), nil }
func (sink) OwnThing(context.Context, traps.Thing) error                          { return nil }
func (sink) BorrowThing(_ context.Context, t traps.Thing) (uint32, error)         { return t.(*thing).n, nil }

func numbers(n uint32) []uint64 {
	out := make([]uint64, n)
	for i := range out {
		out[i] = uint64(i)
	}
	return out
}

// defineSink is the same host without bindings.
func defineSink(t *testing.T, l *dray.Linker) {
	in := l.Instance("dray:test/sink@1.0.0")
	check(t, in.Resource("thing", dray.NewResource[*thing](nil)))
	type other struct{ _ int }
	check(t, in.Resource("other", dray.NewResource[*other](nil)))
	for name, fn := range map[string]any{
		"[constructor]thing": func(n uint32) *thing { return &thing{n} },
		"[method]thing.get":  func(t *thing) uint32 { return t.n },
		"[constructor]other": func() *other { return &other{} },
		"take-string":        func(s string) uint32 { return uint32(len(s)) },
		"take-list":          func(l []uint64) uint32 { return uint32(len(l)) },
		"take-char":          func(c rune) uint32 { return uint32(c) },
		"take-bool":          func(b bool) bool { return b },
		"take-level":         func(l uint8) uint8 { return l },
		"take-mode":          func(m uint8) uint8 { return m },
		"give-string":        func() string { return "from the host" },
		"give-list":          numbers,
		"own-thing":          func(*thing) {},
		"borrow-thing":       func(t *thing) uint32 { return t.n },
	} {
		check(t, in.Func(name, fn))
	}
	check(t, in.FuncValues("take-message", func(_ context.Context, _ *dray.FuncType, args []value.Value) ([]value.Value, error) {
		n := uint32(0)
		if p, ok := args[0].Payload(); ok {
			n = uint32(p.Uint()) + uint32(len(p.Text()))
		}
		return []value.Value{value.U32(n)}, nil
	}))
}

// A trapCall is a call of components.json.
type trapCall struct {
	Func, Args string
	Result     *string
	Fresh      bool
	Trap       string
}

func trapCalls(t *testing.T) []trapCall {
	data, err := os.ReadFile(filepath.Join(components, "components.json"))
	check(t, err)
	var list []struct {
		Component string
		Calls     []trapCall
	}
	check(t, json.Unmarshal(data, &list))
	for _, c := range list {
		if c.Component == "traps.wasm" {
			return c.Calls
		}
	}
	t.Fatal("components.json has no traps.wasm")
	return nil
}

// method finds the method that calls a function.
func method(x *traps.Exports, name string) reflect.Value {
	iface, fn, _ := strings.Cut(strings.TrimPrefix(name, "dray:test/"), "@1.0.0#")
	camel := func(kebab string) (s string) {
		for w := range strings.SplitSeq(kebab, "-") {
			s += strings.ToUpper(w[:1]) + w[1:]
		}
		return s
	}
	return reflect.ValueOf(x).Elem().FieldByName(camel(iface)).MethodByName(camel(fn))
}

func TestHostileGuest(t *testing.T) {
	rt := runtime(t)
	c := compile(t, rt, "traps.wasm")
	bound, plain := rt.NewLinker(), rt.NewLinker()
	check(t, traps.Link(bound, traps.Host{Sink: sink{}}))
	defineSink(t, plain)
	var in *dray.Instance
	var x *traps.Exports
	trapped := 0
	for _, call := range trapCalls(t) {
		if strings.Contains(call.Func, "#recurse") {
			continue // what the stack holds differs
		}
		if in == nil || call.Fresh {
			in = instantiate(t, plain, c)
			var err error
			x, err = traps.New(instantiate(t, bound, c))
			check(t, err)
		}
		f, err := in.Func(call.Func)
		check(t, err)
		parsed, err := wave.ParseCall("f" + call.Args)
		check(t, err)
		args, err := parsed.Args(f.Type().Params)
		check(t, err)
		m := method(x, call.Func)
		if !m.IsValid() {
			t.Fatalf("no method for %s", call.Func)
		}
		goArgs := []reflect.Value{reflect.ValueOf(t.Context())}
		for i, a := range args {
			v := reflect.New(m.Type().In(i + 1)).Elem()
			toGo(a, v)
			goArgs = append(goArgs, v)
		}
		want, wantErr := f.Call(t.Context(), args...)
		got := m.Call(goArgs)
		gotErr, _ := got[len(got)-1].Interface().(error)
		var trap *dray.Trap
		switch {
		case wantErr != nil:
			trapped++
			if !errors.As(gotErr, &trap) || gotErr.Error() != strings.ReplaceAll(wantErr.Error(), "*bindings.", "") {
				t.Errorf("%s%s:\n\tgot  %v\n\twant %v", call.Func, call.Args, gotErr, wantErr)
			}
			in = nil
		case f.Type().Result != nil && f.Type().Result.Kind == value.KindResult:
			if failed := gotErr != nil; failed != (want[0].Case() == 1) || errors.As(gotErr, &trap) {
				t.Errorf("%s%s: %v, want %v", call.Func, call.Args, gotErr, want)
			}
		case gotErr != nil:
			t.Errorf("%s%s: %v, want %v", call.Func, call.Args, gotErr, want)
		case len(want) == 1 && !same(want[0], got[0]):
			t.Errorf("%s%s: %v, want %v", call.Func, call.Args, got[0], want[0])
		}
	}
	if trapped < 60 {
		t.Errorf("only %d traps", trapped)
	}
}

// toGo sets a Go value from a dynamic one.
func toGo(from value.Value, to reflect.Value) {
	switch to.Kind() {
	case reflect.String:
		to.SetString(from.Text())
	case reflect.Slice:
		to.Set(reflect.MakeSlice(to.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			toGo(from.Index(i), to.Index(i))
		}
	case reflect.Int32:
		to.SetInt(from.Int())
	default:
		if from.Kind() == value.KindEnum {
			to.SetUint(uint64(from.Case()))
			return
		}
		to.SetUint(from.Uint())
	}
}

// same compares a dynamic value with one in Go.
func same(want value.Value, got reflect.Value) bool {
	switch want.Kind() {
	case value.KindBool:
		return got.Bool() == want.Bool()
	case value.KindString:
		return got.String() == want.Text()
	case value.KindChar:
		return got.Int() == int64(want.Char())
	case value.KindEnum:
		return got.Uint() == uint64(want.Case())
	case value.KindFlags:
		return got.Uint() == want.Bits()
	case value.KindOption:
		p, some := want.Payload()
		return some == !got.IsNil() && (!some || same(p, got.Elem()))
	case value.KindVariant:
		p, some := want.Payload()
		return got.Field(0).Uint() == uint64(want.Case()) && (!some || same(p, got.Field(want.Case())))
	case value.KindList:
		if want.Len() != got.Len() {
			return false
		}
		for i := range want.Len() {
			if !same(want.Index(i), got.Index(i)) {
				return false
			}
		}
		return true
	}
	if got.CanInt() {
		return got.Int() == want.Int()
	}
	return got.Uint() == want.Uint()
}
