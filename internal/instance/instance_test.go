package instance_test

import (
	"context"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/component/text"
	"github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/engine/wazero"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/instance"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// compile makes the plan of a component in text.
func compile(t testing.TB, src string) (engine.Engine, *plan.Plan) {
	t.Helper()
	eng, err := wazero.New(wazero.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { eng.Close() })
	parsed, err := text.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	bin, err := binary.Encode(parsed.Component)
	if err != nil {
		t.Fatal(err)
	}
	c, err := binary.Decode(bin)
	if err != nil {
		t.Fatal(err)
	}
	info, err := valid.Component(c, component.AllFeatures, wasm.Standard)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(context.Background(), c, info, plan.Config{Engine: eng, Call: instance.Call,
		Compile: func(ctx context.Context, m *wasm.Module) (*plan.Module, error) {
			code, err := eng.Compile(ctx, m, nil)
			return &plan.Module{Code: code}, err
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return eng, p
}

// start makes an instance of a component without imports.
func start(t testing.TB, src string) *instance.Instance {
	t.Helper()
	eng, p := compile(t, src)
	s := task.NewStore(eng.NewStore(engine.Limits{}))
	t.Cleanup(func() { s.Close() })
	in, err := instance.New(p).Instantiate(context.Background(), s, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

const addText = `(component
  (component $A
    (core module $m (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
    (core instance $i (instantiate $m))
    (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
    (export "add" (func $add)))
  (component $B
    (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
    (core func $low (canon lower (func $add)))
    (core module $m
      (import "x" "y" (func $add (param i32 i32) (result i32)))
      (func (export "twice") (param i32) (result i32) (call $add (local.get 0) (local.get 0)))
      (func (export "loop") (param i32) (result i32)
        (local $s i32)
        (loop $l
          (local.set $s (call $add (local.get $s) (local.get 0)))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $s)))
    (core instance $i (instantiate $m (with "x" (instance (export "y" (func $low))))))
    (func (export "twice") (param "a" u32) (result u32) (canon lift (core func $i "twice")))
    (func (export "loop") (param "a" u32) (result u32) (canon lift (core func $i "loop"))))
  (instance $a (instantiate $A))
  (instance $b (instantiate $B (with "add" (func $a "add"))))
  (export "add" (func $a "add"))
  (export "twice" (func $b "twice"))
  (export "loop" (func $b "loop")))`

func TestCalls(t *testing.T) {
	in := start(t, addText)
	ctx := context.Background()
	for i, tt := range []struct {
		args []value.Value
		want uint32
	}{
		{[]value.Value{value.U32(1), value.U32(2)}, 3},
		{[]value.Value{value.U32(21)}, 42},
		{[]value.Value{value.U32(4)}, 10},
	} {
		got, err := in.Items[i].(*canon.Func).Invoke(ctx, tt.args)
		if err != nil || len(got) != 1 || !got[0].Equal(value.U32(tt.want)) {
			t.Errorf("export %d: %v, %v, want %d", i, got, err, tt.want)
		}
	}
}

func BenchmarkCallScalar(b *testing.B) {
	f := start(b, addText).Items[0].(*canon.Func)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		c, err := f.Begin(ctx)
		if err != nil {
			b.Fatal(err)
		}
		c.Stack[0], c.Stack[1] = 1, 2
		if err := c.End(c.Invoke()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBetweenScalar is a call from one component to another.
func BenchmarkBetweenScalar(b *testing.B) {
	f := start(b, addText).Items[2].(*canon.Func)
	ctx := context.Background()
	b.ReportAllocs()
	const n = 1000
	for b.Loop() {
		c, err := f.Begin(ctx)
		if err != nil {
			b.Fatal(err)
		}
		c.Stack[0] = n
		if err := c.End(c.Invoke()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/call")
}

// BenchmarkCoreScalar is a call of a core function by the engine alone.
func BenchmarkCoreScalar(b *testing.B) {
	f := start(b, addText).Items[0].(*canon.Func)
	ctx := context.Background()
	stack := make([]uint64, 2)
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Callee.Call(ctx, stack); err != nil {
			b.Fatal(err)
		}
	}
}
