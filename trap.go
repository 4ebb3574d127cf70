package dray

// This file is traps as Go programs see them.

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/wasm/debuginfo"
)

// A TrapKind is the reason for a trap; see the constants of package engine.
type TrapKind = engine.TrapKind

// TrapComponent is a guest that broke a rule of the Canonical ABI: an invalid
// value, a handle that is not there, a call at the wrong time.
const TrapComponent TrapKind = "component model"

// A Trap is guest code that cannot go on. errors.Is and errors.As see its
// cause: what a host function returned, or why the context ended.
type Trap struct {
	// Kind is the reason.
	Kind TrapKind
	// Err is the cause for traps that the host or the Canonical ABI made.
	Err error

	frames []frame
}

// A frame is an active function call: module is nil for a host function.
type frame struct {
	module *Module
	debuginfo.Frame
}

// Error is the reason in one line.
func (t *Trap) Error() string {
	switch {
	case t.Err == nil:
		return "trap: " + string(t.Kind)
	case t.Kind == TrapComponent:
		return "trap: " + t.Err.Error()
	}
	return "trap: " + string(t.Kind) + ": " + t.Err.Error()
}

// Unwrap is the cause.
func (t *Trap) Unwrap() error { return t.Err }

// Backtrace is the guest's call stack as text, innermost function first, a
// line or two for each: with file and line where the module has debug
// information. It is empty when the stack is not known.
func (t *Trap) Backtrace() string {
	var lines []string
	number := 0
	for _, f := range t.frames {
		if f.module == nil {
			continue
		}
		lines, number = f.module.debug().AppendFrame(lines, number, f.Frame)
	}
	return strings.Join(lines, "\n")
}

// explain makes an error of the engine one of this package, in terms of the
// module as it was written.
func (m *Module) explain(err error) error {
	if err == nil {
		return nil
	}
	var le *engine.LinkError
	if errors.As(err, &le) {
		return &LinkError{Module: m.name, Err: le}
	}
	return explain(err, func(code engine.Module) *Module {
		if other := m.rt.moduleOf(code); other != nil {
			return other
		}
		return m
	})
}

// explain makes a trap of the engine or the Canonical ABI one of this package.
// Traps that went through several components, or through functions of the host
// that called the guest again and returned its trap, are one. Other errors stay
// as they are.
func explain(err error, find func(engine.Module) *Module) error {
	if err == nil {
		return nil
	}
	t := &Trap{Kind: TrapComponent, Err: err}
	trap, ok := err.(*engine.Trap)
	if !ok {
		if _, ok := err.(*abi.Trap); ok {
			return t
		}
		return err
	}
	t.Kind, t.Err = trap.Kind, trap.Err
	var stacks []*engine.Trap
	for trap != nil {
		stacks = append(stacks, trap)
		t.Kind, t.Err = trap.Kind, trap.Err
		trap, _ = trap.Err.(*engine.Trap)
	}
	if inner, ok := t.Err.(*Trap); ok { // of a call that a host function made
		t.Kind, t.Err, t.frames = inner.Kind, inner.Err, inner.frames[:len(inner.frames):len(inner.frames)]
	}
	for i := len(stacks) - 1; i >= 0; i-- {
		t.add(stacks[i].Frames, find)
	}
	var interrupted *interruption
	var broken *abi.Trap
	switch {
	case errors.As(t.Err, &interrupted):
		t.Kind, t.Err = engine.TrapInterrupted, interrupted.cause
	case t.Kind == engine.TrapHost && errors.As(t.Err, &broken):
		t.Kind = TrapComponent
	}
	return t
}

// add adds the frames of a stack.
func (t *Trap) add(frames []engine.Frame, find func(engine.Module) *Module) {
	var last *Module
	for _, f := range frames {
		m := find(f.Module)
		if m == nil {
			m = last // a host function
		}
		if m == nil {
			m = hostFrames
		}
		if g, ok := m.original(f); ok {
			t.frames = append(t.frames, frame{m, g})
		}
		last = m
	}
}

// hostFrames stands for the module of frames that have none.
var hostFrames = newHostFrames()

// original is a frame in terms of the module before instrumentation; ok is
// false for frames that instrumentation made.
func (m *Module) original(f engine.Frame) (debuginfo.Frame, bool) {
	g := debuginfo.Frame{Func: f.Func, Offset: f.Offset, Host: f.Host}
	if f.Host != "" {
		g.Host = plan.FuncName(f.Host)
		return g, !slices.Contains(meterNames, f.Host)
	}
	if m.moved == nil {
		return g, true
	}
	var ok bool
	g.Func, g.Offset, ok = m.moved.Original(f.Func, f.Offset)
	return g, ok
}

// An interruption is a context that ended while the guest ran.
type interruption struct{ cause error }

func (i *interruption) Error() string { return i.cause.Error() }
func (i *interruption) Unwrap() error { return i.cause }

// notInterrupted is a trap where the context has ended already.
func notInterrupted(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return &engine.Trap{Kind: engine.TrapInterrupted, Err: context.Cause(ctx)}
}

// interrupted is the interruption of a context, or nil when it goes on.
func interrupted(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return &interruption{context.Cause(ctx)}
}
