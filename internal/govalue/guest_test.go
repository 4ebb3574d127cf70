package govalue

// This file is guests for tests: instances whose core code is Go.

import (
	"bytes"
	"context"
	"testing"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// A coreFunc is core code.
type coreFunc func(stack []uint64) error

func (f coreFunc) Call(_ context.Context, stack []uint64) error { return f(stack) }

// A memory is a linear memory whose realloc never frees. With moves set, every
// allocation moves it and spoils the old bytes.
type memory struct {
	b     []byte
	next  uint64
	moves bool
}

func (m *memory) Type() wasm.ExternType      { return wasm.ExternType{} }
func (m *memory) Bytes() []byte              { return m.b }
func (m *memory) Grow(uint64) (uint64, bool) { return 0, false }

func (m *memory) Call(_ context.Context, stack []uint64) error {
	old, oldSize, align, size := stack[0], stack[1], stack[2], stack[3]
	if m.moves {
		b := m.b
		m.b = bytes.Clone(b)
		for i := range b {
			b[i] = 0xdd
		}
	}
	if old != 0 && size <= oldSize {
		stack[0] = old
		return nil
	}
	p := (m.next + align - 1) &^ (align - 1)
	if p+size > uint64(len(m.b)) {
		return abi.Trapf("the test's memory is full")
	}
	copy(m.b[p:][:size], m.b[old:][:oldSize])
	m.next, stack[0] = p+size, p
	return nil
}

// A guest is an instance with a memory.
type guest struct {
	mem  *memory
	opts *abi.Options
	inst *task.Instance
}

func newGuest(size int, w abi.Width, e abi.Encoding) *guest {
	m := &memory{b: bytes.Repeat([]byte{0xaa}, size), next: 64}
	return &guest{
		mem:  m,
		opts: &abi.Options{Encoding: e, Width: w, Memory: m, Realloc: m},
		inst: task.NewInstance(task.NewStore(nil), nil),
	}
}

// context is a context for code of the guest itself.
func (g *guest) context() *abi.Context {
	return &abi.Context{Options: g.opts, Ctx: context.Background(), Budget: abi.DefaultBudget}
}

// funcType is a function type with one parameter "p" for each type, "p1" and
// so on, and a result, if there is one.
func funcType(result *value.Type, params ...*value.Type) *abi.FuncType {
	t := &value.FuncType{Result: result}
	for i, p := range params {
		name := "p"
		if i > 0 {
			name += itoa(i)
		}
		t.Params = append(t.Params, value.Field{Name: name, Type: p})
	}
	return abi.NewTypes().Func(t)
}

// lift is a component function with core code.
func (g *guest) lift(t *abi.FuncType, do coreFunc) *canon.Func {
	return &canon.Func{Name: "test", Type: t, Inst: g.inst, Callee: do, Opts: g.opts}
}

// function is a component function that gets and gives values.
func (g *guest) function(t *abi.FuncType, do func(args []value.Value) []value.Value) *canon.Func {
	return g.lift(t, func(stack []uint64) error {
		args, err := abi.LiftValues(g.context(), abi.MaxFlatParams, stack, t.Params)
		if err != nil {
			return err
		}
		results := do(args)
		cx := g.context()
		if t.Result.FlatLen() <= abi.MaxFlatResults {
			return abi.LowerValues(cx, abi.MaxFlatResults, results, t.Result, stack, nil)
		}
		out, err := cx.Allocate(t.Result.Alignment(g.opts.Width), t.Result.ElemSize(g.opts.Width))
		if err != nil {
			return err
		}
		stack[0] = out
		return abi.LowerValues(cx, abi.MaxFlatResults, results, t.Result, stack, &out)
	})
}

// lower is a host function as core code of the guest calls it.
func (g *guest) lower(t *abi.FuncType, h canon.HostFunc) *canon.Lowered {
	l := &canon.Lowered{Inst: g.inst, Type: t, Opts: g.opts, Callee: &canon.Func{Name: "host", Host: h}}
	l.Bind()
	return l
}

// callHost calls a host function as guest code would.
func (g *guest) callHost(t *abi.FuncType, h canon.HostFunc, args ...value.Value) ([]value.Value, error) {
	var stack [abi.MaxFlatParams + 1]uint64
	cx := g.context()
	if err := abi.LowerValues(cx, abi.MaxFlatParams, args, t.Params, stack[:], nil); err != nil {
		return nil, err
	}
	inMem := t.Result.FlatLen() > abi.MaxFlatResults
	if inMem {
		out, err := cx.Allocate(t.Result.Alignment(g.opts.Width), t.Result.ElemSize(g.opts.Width))
		if err != nil {
			return nil, err
		}
		at := t.Params.FlatLen()
		if at > abi.MaxFlatParams {
			at = 1
		}
		stack[at] = out
		if err := g.enter(t, h, stack[:]); err != nil {
			return nil, err
		}
		stack[0] = out
	} else if err := g.enter(t, h, stack[:]); err != nil {
		return nil, err
	}
	return abi.LiftValues(g.context(), abi.MaxFlatResults, stack[:], t.Result)
}

func (g *guest) enter(t *abi.FuncType, h canon.HostFunc, stack []uint64) error {
	return g.lower(t, h).Call(context.Background(), stack)
}

// must is v, of an err that must be nil.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
