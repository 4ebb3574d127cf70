package bindings

// This file runs components with the bindings.

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/examples/bindings/adder"
	"github.com/dray-wasm/dray/examples/bindings/caller"
	"github.com/dray-wasm/dray/examples/bindings/consumer"
	"github.com/dray-wasm/dray/examples/bindings/registry"
	"github.com/dray-wasm/dray/examples/bindings/types"
)

const components = "../../testdata/components"

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// runtime makes a runtime that keeps nothing.
func runtime(t testing.TB) *dray.Runtime {
	t.Helper()
	rt, err := dray.NewRuntime(dray.Config{NoCache: true})
	check(t, err)
	t.Cleanup(func() { rt.Close() })
	return rt
}

// compile compiles a component of testdata/components.
func compile(t testing.TB, rt *dray.Runtime, name string) *dray.Component {
	t.Helper()
	c, err := rt.CompileComponentFile(t.Context(), filepath.Join(components, name))
	check(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// instantiate makes an instance. Imports that are not defined trap.
func instantiate(t testing.TB, l *dray.Linker, c *dray.Component) *dray.Instance {
	t.Helper()
	check(t, l.Traps(c))
	in, err := l.Instantiate(t.Context(), c)
	check(t, err)
	t.Cleanup(func() { in.Close() })
	return in
}

func TestAdder(t *testing.T) {
	rt := runtime(t)
	x, err := adder.New(instantiate(t, rt.NewLinker(), compile(t, rt, "adder-plain.wasm")))
	check(t, err)
	if sum, err := x.Add(t.Context(), 1<<32-1, 3); err != nil || sum != 2 {
		t.Errorf("add: %d, %v", sum, err)
	}
	if s, err := x.Greet(t.Context(), "Zoë 😀"); err != nil || s != "Hello, Zoë 😀!" {
		t.Errorf("greet: %q, %v", s, err)
	}
	_, err = x.Greet(t.Context(), "\xff")
	if err == nil || !strings.Contains(err.Error(), "parameter `name`: a string must be UTF-8") {
		t.Errorf("greet of bad UTF-8: %v", err)
	}
	if s, err := x.Greet(t.Context(), "again"); err != nil || s != "Hello, again!" {
		t.Errorf("after a mistake in Go: %q, %v", s, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var trap *dray.Trap
	if _, err := x.Add(ctx, 1, 2); !errors.As(err, &trap) || !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
}

// TestTypes calls every function with random values: each goes to the guest, to
// the host and back.
func TestTypes(t *testing.T) {
	rt := runtime(t)
	l := rt.NewLinker()
	check(t, types.Link(l, types.Host{Values: &echo{}}))
	x, err := types.New(instantiate(t, l, compile(t, rt, "types.wasm")))
	check(t, err)
	calls := callEchoes(t, reflect.ValueOf(x.Values), 60)
	if calls < 50 {
		t.Errorf("only %d functions were called", calls)
	}
	s, err := x.Values.Flat17(t.Context(), 1, -2, 3, -4, 5, -6, 7, -8, 1.5, 2.5, true, 'x', types.ColorBlue, types.PermsExec|types.PermsRead, "s", 9)
	if want := "1 -2 3 -4 5 -6 7 -8 1.5 2.5 true 120 blue {read, exec} s 9\n"; err != nil || s != want {
		t.Errorf("flat17: %q, %v, want %q", s, err, want)
	}
	s, err = x.Values.Flat16(t.Context(), 255, -128, 65535, -32768, 1<<32-1, -1<<31, 1<<64-1, -1<<63, 1.5, 2.5, false, '😀', types.ColorRed, 0, "")
	if want := "255 -128 65535 -32768 4294967295 -2147483648 18446744073709551615 -9223372036854775808 1.5 2.5 false 128512 red {} \n"; err != nil || s != want {
		t.Errorf("flat16: %q, %v, want %q", s, err, want)
	}
	check(t, x.Values.Nothing(t.Context()))
	if n, err := x.Values.Nothings(t.Context()); err != nil || n != 2 {
		t.Errorf("nothings: %d, %v", n, err)
	}
}

// callEchoes calls every method f(ctx, v) of exports that gives back v.
func callEchoes(t *testing.T, exports reflect.Value, times int) (calls int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	for i := range exports.NumMethod() {
		name, m := exports.Type().Method(i).Name, exports.Method(i)
		if m.Type().NumIn() != 2 || !strings.HasPrefix(name, "Echo") {
			continue
		}
		calls++
		for range times {
			arg := reflect.New(m.Type().In(1)).Elem()
			fill(r, arg)
			out := m.Call([]reflect.Value{reflect.ValueOf(t.Context()), arg})
			got := out[0]
			err, _ := out[len(out)-1].Interface().(error)
			if strings.HasPrefix(name, "EchoResult") {
				got = asResult(arg.Type(), out)
				err = nil
			}
			if err != nil {
				t.Errorf("%s(%+v): %v", name, arg, err)
				break
			}
			if a, b := normal(arg).Interface(), normal(got).Interface(); !reflect.DeepEqual(a, b) {
				t.Errorf("%s(%+v) = %+v", name, a, b)
				break
			}
		}
	}
	return calls
}

// asResult makes a bind.Result of what a function returned.
func asResult(typ reflect.Type, out []reflect.Value) reflect.Value {
	res := reflect.New(typ).Elem()
	if err := out[len(out)-1]; !err.IsNil() {
		res.Field(0).SetBool(true)
		if v := err.Elem(); v.Kind() == reflect.Struct && v.NumField() == 1 && v.Field(0).Type() == res.Field(2).Type() {
			res.Field(2).Set(v.Field(0))
		}
		return res
	}
	if len(out) == 2 {
		res.Field(1).Set(out[0])
	}
	return res
}

func TestRegistry(t *testing.T) {
	rt := runtime(t)
	x, err := registry.New(instantiate(t, rt.NewLinker(), compile(t, rt, "registry.wasm")))
	check(t, err)
	ctx := t.Context()
	all, err := x.Registry.List(ctx)
	check(t, err)
	if len(all) != 3 {
		t.Fatalf("there are %d people", len(all))
	}
	mail := "x@example.org"
	id, err := x.Registry.Add(ctx, registry.Person{Name: "Xavier", Age: 7, Email: &mail, Tags: []string{"a", "b"}})
	check(t, err)
	p, err := x.Registry.Find(ctx, id, "avi")
	check(t, err)
	if p.Name != "Xavier" || p.Age != 7 || *p.Email != mail || !reflect.DeepEqual(p.Tags, []string{"a", "b"}) {
		t.Errorf("found %+v", p)
	}
	_, err = x.Registry.Find(ctx, 99, "")
	var e registry.Error
	if !errors.As(err, &e) || e.Case != registry.ErrorNotFound || e.NotFound != 99 || err.Error() != "not-found: 99" {
		t.Errorf("not found: %v", err)
	}
	if _, err = x.Registry.Find(ctx, 0, ""); !errors.As(err, &e) || e.Case != registry.ErrorZero || err.Error() != "zero" {
		t.Errorf("zero: %v", err)
	}
}

// people implements consumer.RegistryHost.
type people []consumer.Person

func (p *people) Find(_ context.Context, id uint32, hint string) (consumer.Person, error) {
	switch {
	case id == 0:
		return consumer.Person{}, consumer.Error{Case: consumer.ErrorZero}
	case id > uint32(len(*p)):
		return consumer.Person{}, consumer.Error{Case: consumer.ErrorNotFound, NotFound: id}
	case id == 13:
		return consumer.Person{}, errBroken
	}
	who := (*p)[id-1]
	if !strings.Contains(who.Name, hint) {
		return consumer.Person{}, &wrapped{consumer.Error{Case: consumer.ErrorWrongHint, WrongHint: []string{who.Name}}}
	}
	return who, nil
}

var errBroken = errors.New("the registry is broken")

type wrapped struct{ error }

func (w *wrapped) Unwrap() error { return w.error }

func (p *people) Add(_ context.Context, who consumer.Person) (uint32, error) {
	*p = append(*p, who)
	return uint32(len(*p)), nil
}

func (p *people) List(context.Context) ([]consumer.Person, error) { return *p, nil }

func TestConsumer(t *testing.T) {
	rt := runtime(t)
	host := &people{{Name: "Ada", Age: 36, Tags: []string{"x"}}}
	for range 14 {
		host.Add(t.Context(), consumer.Person{Name: "N"})
	}
	l := rt.NewLinker()
	check(t, consumer.Link(l, consumer.Host{Registry: host}))
	x, err := consumer.New(instantiate(t, l, compile(t, rt, "consumer.wasm")))
	check(t, err)
	ctx := t.Context()
	if s, err := x.Describe(ctx, 1, "d"); err != nil || !strings.Contains(s, "Ada") {
		t.Errorf("describe: %q, %v", s, err)
	}
	var text bind.Error[string]
	for _, call := range []struct {
		id   uint32
		hint string
	}{{0, ""}, {99, ""}, {1, "zzz"}} {
		if _, err := x.Describe(ctx, call.id, call.hint); !errors.As(err, &text) || text.Value == "" {
			t.Errorf("describe of %v: %v", call, err)
		}
	}
	_, err = x.Run(ctx)
	check(t, err)
	var trap *dray.Trap
	if _, err := x.Describe(ctx, 13, ""); !errors.As(err, &trap) || !errors.Is(err, errBroken) {
		t.Errorf("an error of the host: %v", err)
	}
	if _, err := x.Describe(ctx, 1, ""); !errors.As(err, &trap) {
		t.Errorf("after a trap: %v", err)
	}
}

// TestConcurrent calls one instance from many goroutines.
func TestConcurrent(t *testing.T) {
	x := newCaller(t)
	var wg sync.WaitGroup
	for i := range uint32(8) {
		wg.Go(func() {
			for range 200 {
				if sum, err := x.Add(t.Context(), i, 1); err != nil || sum != i+1 {
					t.Errorf("%d + 1 = %d, %v", i, sum, err)
					return
				}
				if n, err := x.CallEcho(t.Context(), 2, i); err != nil || n != uint64(2*i) {
					t.Errorf("call-echo: %d, %v", n, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestMismatch binds a component that has other types.
func TestMismatch(t *testing.T) {
	rt := runtime(t)
	in := instantiate(t, rt.NewLinker(), compile(t, rt, "registry.wasm"))
	if _, err := adder.New(in); err == nil || !strings.Contains(err.Error(), `exports no function "add"`) {
		t.Errorf("another component: %v", err)
	}
	wat := `(component
		(core module $m (func (export "add") (param i32 i64) (result i32) i32.const 0))
		(core instance $i (instantiate $m))
		(func (export "add") (param "a" u32) (param "b" u64) (result u32) (canon lift (core func $i "add"))))`
	c, err := rt.CompileComponent(t.Context(), []byte(wat))
	check(t, err)
	_, err = adder.New(instantiate(t, rt.NewLinker(), c))
	if want := `add: the bindings do not fit the component: parameter "b": the type there is u64, the bindings have u32`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	wat = `(component (import "dray:test/calls@1.0.0" (instance
		(export "point" (type $p (sub resource)))
		(export "add" (func (param "a" u32) (param "c" u32) (result u32))))))`
	c, err = rt.CompileComponent(t.Context(), []byte(wat))
	check(t, err)
	l := rt.NewLinker()
	check(t, caller.LinkCalls(l, nil))
	_, err = l.Instantiate(t.Context(), c)
	if want := `parameter 1 is named "c" there, in the bindings it is "b"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
