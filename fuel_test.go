package dray_test

// This file is fuel, and guests that end when they cannot grow.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/value"
)

func runtimeWith(t testing.TB, cfg dray.Config) *dray.Runtime {
	t.Helper()
	cfg.NoCache = true
	rt, err := dray.NewRuntime(cfg)
	check(t, err)
	t.Cleanup(func() { rt.Close() })
	return rt
}

const fuelLoop = `(module (memory 1)
  (func (export "spin") (param $n i32)
    (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "fill") (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)))
  (func $r (param i32) (if (local.get 0) (then (call $r (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "recurse") (param i32) (call $r (local.get 0))))`

// TestFuel checks that the same work always costs the same, whatever the limit
// is, and that exactly so much is enough.
func TestFuel(t *testing.T) {
	rt := runtimeWith(t, dray.Config{Fuel: true})
	m, err := rt.Compile(t.Context(), []byte(fuelLoop))
	check(t, err)
	run := func(limit uint64, f string, args ...dray.CoreValue) (uint64, error) {
		in, err := rt.NewModuleLinker().Instantiate(t.Context(), m, dray.WithLimits(dray.Limits{Fuel: limit}))
		check(t, err)
		defer in.Close()
		fn, err := in.Func(f)
		check(t, err)
		_, err = fn.Invoke(t.Context(), args...)
		return limit - in.Fuel(), err
	}
	for _, tt := range []struct {
		f    string
		args []dray.CoreValue
		want uint64 // about
	}{
		{"spin", []dray.CoreValue{dray.I32(1)}, 1},
		{"spin", []dray.CoreValue{dray.I32(1_000_000)}, 1_000_000},
		{"recurse", []dray.CoreValue{dray.I32(1000)}, 1002},
		{"fill", nil, 64},
	} {
		name := fmt.Sprint(tt.f, tt.args)
		used, err := run(1<<40, tt.f, tt.args...)
		if err != nil || used+20 < tt.want || used > tt.want+20 {
			t.Errorf("%s takes %d units, %v; want about %d", name, used, err, tt.want)
		}
		for _, limit := range []uint64{used, used + 1, used + 99_999, 3 * used} {
			if again, err := run(limit, tt.f, tt.args...); again != used || err != nil {
				t.Errorf("%s with a limit of %d takes %d units, %v; want %d", name, limit, again, err, used)
			}
		}
		if used < 10 {
			continue
		}
		for _, limit := range []uint64{1, used / 2, used - 1} {
			var trap *dray.Trap
			if _, err := run(limit, tt.f, tt.args...); !errors.As(err, &trap) || trap.Kind != dray.TrapFuel {
				t.Errorf("%s with a limit of %d: %v", name, limit, err)
			}
		}
	}
}

func TestFuelNotCounted(t *testing.T) {
	rt := runtimeWith(t, dray.Config{})
	m, err := rt.Compile(t.Context(), []byte(fuelLoop))
	check(t, err)
	_, err = rt.NewModuleLinker().Instantiate(t.Context(), m, dray.WithLimits(dray.Limits{Fuel: 1}))
	wantError(t, err, "Config.Fuel is not set")
}

// TestFuelOfComponents gives a component with several instances its fuel, to
// the last unit.
func TestFuelOfComponents(t *testing.T) {
	rt := runtimeWith(t, dray.Config{Fuel: true})
	c := textComponent(t, rt, `(component
	  (core module $m (func (export "spin") (param $n i32)
	    (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
	  (core instance $a (instantiate $m)) (core instance $b (instantiate $m))
	  (func (export "a") (param "n" u32) (canon lift (core func $a "spin")))
	  (func (export "b") (param "n" u32) (canon lift (core func $b "spin"))))`)
	in, err := rt.NewLinker().Instantiate(t.Context(), c, dray.WithLimits(dray.Limits{Fuel: 90_000}))
	check(t, err)
	defer in.Close()
	for _, f := range []string{"a", "b", "a"} {
		if _, err := exported(t, in, f).Call(t.Context(), value.U32(25_000)); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
	if left := in.Fuel(); left < 14_990 || left > 15_010 {
		t.Errorf("%d units are left, want about 15000", left)
	}
	_, err = exported(t, in, "b").Call(t.Context(), value.U32(25_000))
	var trap *dray.Trap
	if !errors.As(err, &trap) || trap.Kind != dray.TrapFuel {
		t.Errorf("more than is left: %v", err)
	}
}

func TestTrapOnGrowFailure(t *testing.T) {
	for _, trapping := range []bool{false, true} {
		rt := runtimeWith(t, dray.Config{TrapOnGrowFailure: trapping})
		m, err := rt.Compile(t.Context(), []byte(`(module (memory 1 3) (table 1 4 funcref)
		  (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
		  (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))`))
		check(t, err)
		in, err := rt.NewModuleLinker().Instantiate(t.Context(), m)
		check(t, err)
		defer in.Close()
		for _, f := range []string{"memory", "table"} {
			fn, err := in.Func(f)
			check(t, err)
			if got, err := fn.Invoke(t.Context(), dray.I32(2)); err != nil || got[0].I32() != 1 {
				t.Errorf("%s: %v, %v, want 1", f, got, err)
			}
			got, err := fn.Invoke(t.Context(), dray.I32(2))
			var trap *dray.Trap
			switch {
			case !trapping && (err != nil || got[0].I32() != -1):
				t.Errorf("%s: %v, %v, want -1", f, got, err)
			case trapping && (!errors.As(err, &trap) || trap.Kind != dray.TrapGrow):
				t.Errorf("%s: %v, %v, want a trap", f, got, err)
			}
		}
	}
}
