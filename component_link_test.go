package dray_test

// This file is linking of components: what fits, what does not, and what the
// errors say.

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/value"
)

func instanceOfText(t testing.TB, l *dray.Linker, src string) *dray.Instance {
	t.Helper()
	return instantiateComponent(t, l, textComponent(t, l.Runtime(), src))
}

// wantProblem prepares a component that does not fit.
func wantProblem(t testing.TB, l *dray.Linker, src, want string) {
	t.Helper()
	_, err := l.Prepare(textComponent(t, l.Runtime(), src))
	var problem *dray.ImportError
	if !errors.As(err, &problem) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

func TestImportErrors(t *testing.T) {
	rt := componentRuntime(t)
	l := rt.NewLinker()
	check(t, l.Func("log-line", func(string) {}))
	check(t, l.Instance("a:b/c@0.2.0").Func("get-number", func() uint32 { return 1 }))
	given := rt.NewLinker()
	check(t, given.GiveAll(instanceOfText(t, rt.NewLinker(), `(component
	  (core module $m (func (export "f") (param i32 i32)))
	  (core instance $i (instantiate $m))
	  (type $p' (record (field "x" u32) (field "y" char))) (export $p "p" (type $p'))
	  (func (export "f") (param "p" $p) (canon lift (core func $i "f"))))`)))
	for _, tt := range []struct {
		l         *dray.Linker
		src, want string
	}{
		{l, `(component (import "log-lines" (func (param "s" string))))`, `log-lines: func(s: string); there is "log-line"`},
		{l, `(component (import "a:b/c@0.3.0" (instance (export "get-number" (func (result u32))))))`, `there is "a:b/c@0.2.0"`},
		{l, `(component (import "a:b/c@0.2.5" (instance (export "get-numbers" (func (result u32))))))`,
			`a:b/c@0.2.5#get-numbers: func() -> u32; there is "get-number"`},
		{l, `(component (import "quite-different" (func)))`, "quite-different: func()"},
		{l, `(component (import "log-line" (func (param "s" u32))))`, "log-line: parameter"},
		{l, `(component (import "log-line" (instance)))`, "is a function, not an instance"},
		{given, `(component (import "f" (func)))`, "the function there has 1 parameters, but 0 are wanted"},
		{given, `(component (import "f" (func (param "q" u32))))`, `parameter 1 is named "p" there, but "q" is wanted`},
		{given, `(component (import "f" (func (param "p" u32))))`, `parameter "p" is of type record`},
	} {
		wantProblem(t, tt.l, tt.src, tt.want)
	}
}

// TestReexportedHostFunction gives a function of the host to a component by way
// of another one.
func TestReexportedHostFunction(t *testing.T) {
	rt := componentRuntime(t)
	l := rt.NewLinker()
	check(t, l.Func("h", func(x uint32) uint32 { return x + 1 }))
	in := instanceOfText(t, l, `(component (import "h" (func $h (param "x" u32) (result u32))) (export "g" (func $h)))`)
	_, err := exported(t, in, "g").Call(t.Context(), value.U32(1))
	wantError(t, err, "g is a function of the host")
	given := rt.NewLinker()
	check(t, given.GiveAll(in))
	wantProblem(t, given, `(component (import "g" (func (param "x" string) (result u32))))`, `parameter "x" is of type u32 there, but string is wanted`)
	use := instanceOfText(t, given, strings.Replace(caller, `(import "h"`, `(import "g"`, 1))
	got, err := exported(t, use, "f").Call(t.Context(), value.U32(1))
	if err != nil || !got[0].Equal(value.U32(3)) {
		t.Errorf("%v, %v, want 3", got, err)
	}
}

// TestGivenComponents gives components to one that instantiates them: with more
// exports and fewer imports than it asks for, and with other types.
func TestGivenComponents(t *testing.T) {
	rt := componentRuntime(t)
	const user = `(component
	  (import "c" (component $C
	    (import "r" (type $r (sub resource)))
	    (import "mk" (func (result (own $r))))
	    (export "f" (func (param "x" u32) (result u32)))
	    (export "s" (type $s (sub resource)))
	    (export "g" (func (result (own $s))))))
	  (core module $m (func (export "mk") (result i32) unreachable))
	  (core instance $i (instantiate $m))
	  (type $t (resource (rep i32)))
	  (func $mk (result (own $t)) (canon lift (core func $i "mk")))
	  (instance $c (instantiate $C (with "r" (type $t)) (with "mk" (func $mk))))
	  (export "f" (func $c "f")))`
	const body = `(core module $m
	    (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
	    (func (export "g") (result i32) unreachable))
	  (core instance $i (instantiate $m))
	  (type $own (resource (rep i32)))
	  (export $s "s" (type $own))`
	const f = `(func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f")))`
	const g = `(func (export "g") (result (own $s)) (canon lift (core func $i "g")))`
	for _, tt := range []struct{ src, want string }{
		{body + g + f, ""},
		{`(import "r" (type $r (sub resource))) (import "mk" (func (result (own $r)))) ` + body + f + g + `(func (export "more") (param "x" u32) (result u32) (canon lift (core func $i "f")))`, ""},
		{body + g, `its export "f" is missing`},
		{body + g + strings.Replace(f, `"x" u32`, `"x" s32`, 1), `export "f": parameter "x" is of type s32 there, but u32 is wanted`},
		{`(import "mk" (func (result u32))) ` + body + f + g, `import "mk": the result is of type own<r> there, but u32 is wanted`},
		{`(import "n" (func)) ` + body + f + g, `its import "n" is missing`},
		{body + f + `(type $u' (resource (rep i32))) (export $u "u" (type $u')) ` + strings.Replace(g, "$s", "$u", 1), `another resource type`},
		{`(import "r" (type $r (sub resource))) (import "r2" (type $r2 (sub resource)))` + body + f + g, `its import "r2" is missing`},
	} {
		l := rt.NewLinker()
		check(t, l.Component("c", textComponent(t, rt, "(component "+tt.src+")")))
		if tt.want != "" {
			wantProblem(t, l, user, tt.want)
			continue
		}
		got, err := exported(t, instanceOfText(t, l, user), "f").Call(t.Context(), value.U32(1))
		if err != nil || !got[0].Equal(value.U32(2)) {
			t.Errorf("%v, %v, want 2", got, err)
		}
	}
}

// TestAddToGiven adds definitions to a given instance, and to what is none.
func TestAddToGiven(t *testing.T) {
	rt := componentRuntime(t)
	in := instanceOfText(t, rt.NewLinker(), implementer)
	l := rt.NewLinker()
	check(t, l.Give("i", in))
	check(t, l.Instance("i").Func("more", func() {}))
	check(t, l.Func("f", func() {}))
	wantError(t, l.Instance("f").Func("g", func() {}), `"f" is defined already, and is no instance`)
	wantError(t, l.Instance("f").Instance("h").Func("g", func() {}), "no instance")
	wantError(t, l.Give("f", in), `"f" is defined twice`)
	instanceOfText(t, l, `(component (import "i" (instance (export "more" (func)) (export "boom" (func)))))`)
}

// TestTrapsWithGiven has a resource type of a given instance in another one,
// which is not defined.
func TestTrapsWithGiven(t *testing.T) {
	rt := componentRuntime(t)
	l := rt.NewLinker()
	check(t, l.Give("a", instanceOfText(t, rt.NewLinker(), implementer)))
	c := textComponent(t, rt, `(component
	  (import "a" (instance $a (export "r" (type (sub resource)))))
	  (alias export $a "r" (type $r))
	  (import "b" (instance (alias outer 1 $r (type $r')) (export "s" (type (eq $r'))) (export "f" (func (param "r" (own $r')))))))`)
	check(t, l.Traps(c))
	instantiateComponent(t, l, c)
}

// TestOtherRuntime gives a linker what another runtime compiled.
func TestOtherRuntime(t *testing.T) {
	rt, other := componentRuntime(t), componentRuntime(t)
	in := instanceOfText(t, other.NewLinker(), implementer)
	mod, err := other.Compile(t.Context(), []byte("(module)"))
	check(t, err)
	l := rt.NewLinker()
	wantError(t, l.Give("a", in), "another runtime")
	wantError(t, l.GiveAll(in), "another runtime")
	wantError(t, l.Component("c", in.Component()), "another runtime")
	wantError(t, l.Module("m", mod), "another runtime")
	_, err = l.Prepare(in.Component())
	wantError(t, err, "another runtime")
	// What was refused does not decide which instances can be given.
	check(t, l.GiveAll(instanceOfText(t, rt.NewLinker(), implementer)))
}

// TestTwoImplementers has two instances of one component, whose resource types
// differ.
func TestTwoImplementers(t *testing.T) {
	rt := componentRuntime(t)
	a := instanceOfText(t, rt.NewLinker(), implementer)
	l := rt.NewLinker()
	check(t, l.Give("a", a))
	both := instanceOfText(t, l, `(component
	  (import "a" (instance $a
	    (export "r" (type $r (sub resource)))
	    (export "make" (func (param "n" u32) (result (own $r))))
	    (export "use" (func (param "r" (borrow $r)) (param "s" string) (result u32)))))
	  (export "b" (instance $a)))`)
	mk, err := dray.FuncOf[func(uint32) (*dray.Handle, error)](a, "make")
	check(t, err)
	h, err := mk(7)
	check(t, err)
	use, err := dray.FuncOf[func(*dray.Handle, string) (uint32, error)](both, "b#use")
	check(t, err)
	if n, err := use(h, ""); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	c := instanceOfText(t, rt.NewLinker(), implementer)
	use, err = dray.FuncOf[func(*dray.Handle, string) (uint32, error)](c, "use")
	check(t, err)
	_, err = use(h, "")
	wantError(t, err, "not linked")
	check(t, a.Close())
	_, err = l.Instantiate(t.Context(), both.Component())
	wantError(t, err, "closed")
}

// TestHostResourceThroughTwo takes a resource of the host through two
// components and back, and one that is of another type in Go.
func TestHostResourceThroughTwo(t *testing.T) {
	rt := componentRuntime(t)
	dropped := 0
	res := dray.NewResource(func(context.Context, *gauge) error { dropped++; return nil })
	relay := func(from, to string) string {
		return `(component
		  (import "r" (type $r (sub resource)))
		  (import "` + from + `" (func $in (param "r" (own $r)) (result (own $r))))
		  (core func $low (canon lower (func $in)))
		  (core module $m (import "" "in" (func $in (param i32) (result i32)))
		    (func (export "f") (param i32) (result i32) (call $in (local.get 0))))
		  (core instance $i (instantiate $m (with "" (instance (export "in" (func $low))))))
		  (func (export "` + to + `") (param "r" (own $r)) (result (own $r)) (canon lift (core func $i "f"))))`
	}
	l := rt.NewLinker()
	check(t, l.Resource("r", res))
	check(t, l.FuncValues("one", func(_ context.Context, ft *dray.FuncType, args []dray.Value) ([]dray.Value, error) {
		if g := args[0].Handle().(*gauge); g.n > 1 {
			v, err := value.Handle(ft.Result, "no gauge")
			return []dray.Value{v}, err
		}
		return args, nil
	}))
	a := instanceOfText(t, l, relay("one", "two"))
	given := rt.NewLinker()
	check(t, given.Resource("r", res))
	check(t, given.GiveAll(a))
	f, err := dray.FuncOf[func(*gauge) (*gauge, error)](instanceOfText(t, given, relay("two", "three")), "three")
	check(t, err)
	g := &gauge{1}
	if got, err := f(g); got != g || err != nil || dropped != 0 {
		t.Errorf("%v, %v, %d dropped", got, err, dropped)
	}
	_, err = f(&gauge{2})
	wantError(t, err, "one: ")
	wantError(t, err, "is needed, not string")
	wrong := rt.NewLinker()
	check(t, wrong.Resource("r", dray.NewResource[*gauge](nil)))
	check(t, wrong.GiveAll(a))
	wantProblem(t, wrong, relay("two", "three"), "another resource type of that name")
}

// TestConcurrentLinking uses one runtime, component, linker and pool from many
// goroutines.
func TestConcurrentLinking(t *testing.T) {
	rt := componentRuntime(t)
	c := textComponent(t, rt, caller)
	l := rt.NewLinker()
	check(t, l.Func("h", func(x uint32) uint32 { return x + 1 }))
	prepared, err := l.Prepare(c)
	check(t, err)
	pool := prepared.Pool(dray.PoolConfig{MaxInstances: 3, MaxReuse: 5})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := rt.CompileComponent(t.Context(), []byte(caller)); err != nil {
					t.Error(err)
				}
				in, err := l.Instantiate(t.Context(), c)
				if err != nil {
					t.Error(err)
					return
				}
				pooled, err := pool.Get(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				for _, in := range []*dray.Instance{in, pooled.Instance} {
					if got, err := exported(t, in, "f").Call(t.Context(), value.U32(1)); err != nil || !got[0].Equal(value.U32(3)) {
						t.Errorf("%v, %v", got, err)
					}
				}
				in.Close()
				pooled.Release()
			}
		})
	}
	wg.Wait()
	// Closing in place of Release gives the place back.
	for range 7 {
		in, err := pool.Get(t.Context())
		check(t, err)
		check(t, in.Close())
	}
	check(t, pool.Close())
}
