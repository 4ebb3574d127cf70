// This file performs actions and checks their results.

package script

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

// results are the values that an action gave.
type results struct {
	types []wasm.ValType
	stack []uint64
	// values are those of a component.
	component bool
	values    []Value
}

// act performs an action.
func (sc *scope) act(a *Action) (*results, error) {
	in, err := sc.instance(a.Instance)
	if err != nil {
		return nil, err
	}
	if in.skip != nil {
		in.taint(in.skip)
		return nil, in.skip
	}
	if in.root != nil {
		return sc.actComponent(in, a)
	}
	x, err := in.find(a.Name)
	if err != nil {
		return nil, fmt.Errorf("the module exports no %q", a.Name)
	}
	if a.Get {
		g, ok := x.(engine.Global)
		if !ok {
			return nil, fmt.Errorf("the export %q is a %v, not a global", a.Name, x.Type().Kind)
		}
		t, v := x.Type().Global.Type, g.Get()
		return &results{types: []wasm.ValType{t}, stack: []uint64{v.Lo, v.Hi}}, nil
	}
	f, ok := x.(engine.Func)
	if !ok {
		return nil, fmt.Errorf("the export %q is a %v, not a function", a.Name, x.Type().Kind)
	}
	return sc.invoke(f, a.Args)
}

// invoke calls a function.
func (sc *scope) invoke(f engine.Func, args []Value) (*results, error) {
	t := f.FuncType()
	if len(args) != len(t.Params) {
		return nil, fmt.Errorf("the function takes %d arguments, but the script gives %d: its type is (func %v)", len(t.Params), len(args), t)
	}
	stack := make([]uint64, 0, max(words(t.Params), words(t.Results)))
	for i := range args {
		a := &args[i]
		at, ok := a.valueType()
		if p := t.Params[i]; !ok || at != p && !(at.IsRef() && p.IsRef() && sameHierarchy(at.Heap(), p.Heap())) {
			return nil, fmt.Errorf("argument %d is %v, but the function takes a %v", i, a, p)
		}
		switch a.Kind {
		case ValueV128:
			lo, hi := a.vector()
			stack = append(stack, lo, hi)
		case ValueRefNull:
			stack = append(stack, 0)
		case ValueRefExtern, ValueRefHost:
			stack = append(stack, hostHandle(a.Num))
		default:
			stack = append(stack, a.Num)
		}
	}
	stack = stack[:cap(stack)]
	if err := f.Call(sc.r.ctx, stack); err != nil {
		return nil, sc.r.afterTrap(err)
	}
	return &results{types: t.Results, stack: stack}, nil
}

// words is how many words values of some types take on a stack.
func words(ts []wasm.ValType) int {
	n := len(ts)
	for _, t := range ts {
		if t == wasm.V128 {
			n++
		}
	}
	return n
}

// assertReturn performs assert_return.
func (sc *scope) assertReturn(c *Command) error {
	got, err := sc.act(c.Action)
	switch {
	case isSkip(err):
		return err
	case err != nil:
		return fmt.Errorf("expected %s: %w", valuesText(c.Expect), err)
	case got.component && !slices.EqualFunc(c.Expect, got.values, func(x, y Value) bool { return x.accepts(&y) }),
		!got.component && len(got.types) != len(c.Expect):
		return fmt.Errorf("expected %s, got %s", valuesText(c.Expect), got)
	case got.component:
		return nil
	}
	stack := got.stack
	for i, t := range got.types {
		lo, hi := stack[0], uint64(0)
		if t == wasm.V128 {
			hi = stack[1]
		}
		if !c.Expect[i].matches(t, lo, hi) {
			return fmt.Errorf("expected %s, got %s", valuesText(c.Expect), got)
		}
		stack = stack[words(got.types[i:i+1]):]
	}
	return nil
}

// valuesText lists values for messages.
func valuesText(vs []Value) string {
	if len(vs) == 0 {
		return "no result"
	}
	texts := make([]string, len(vs))
	for i := range vs {
		texts[i] = vs[i].String()
	}
	return strings.Join(texts, " ")
}

// String lists the results for messages.
func (r *results) String() string {
	if r.component {
		return valuesText(r.values)
	}
	if len(r.types) == 0 {
		return "no result"
	}
	var b strings.Builder
	stack := r.stack
	for i, t := range r.types {
		if i > 0 {
			b.WriteByte(' ')
		}
		hi := uint64(0)
		if t == wasm.V128 {
			hi = stack[1]
		}
		b.WriteString(resultText(t, stack[0], hi))
		stack = stack[words(r.types[i:i+1]):]
	}
	return b.String()
}
