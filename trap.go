package dray

// This file is traps as Go programs see them.

import (
	"context"
	"errors"
	"strings"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm/debuginfo"
)

// A TrapKind is the reason for a trap; see the constants of package engine.
type TrapKind = engine.TrapKind

// A Trap is guest code that cannot go on. errors.Is and errors.As see its
// cause: what a host function returned, or why the context ended.
type Trap struct {
	// Kind is the reason.
	Kind TrapKind
	// Err is the cause for traps that the host made.
	Err error

	module *Module
	frames []debuginfo.Frame
}

// Error is the reason in one line.
func (t *Trap) Error() string {
	if t.Err == nil {
		return "trap: " + string(t.Kind)
	}
	return "trap: " + string(t.Kind) + ": " + t.Err.Error()
}

// Unwrap is the cause.
func (t *Trap) Unwrap() error { return t.Err }

// Backtrace is the guest's call stack as text, innermost function first, a
// line or two for each: with file and line where the module has debug
// information. It is empty when the stack is not known.
func (t *Trap) Backtrace() string {
	if t.module == nil || len(t.frames) == 0 {
		return ""
	}
	return strings.Join(t.module.debug().Backtrace(t.frames), "\n")
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
	trap, ok := err.(*engine.Trap)
	if !ok {
		return err
	}
	t := &Trap{Kind: trap.Kind, Err: trap.Err, module: m}
	var interrupted *interruption
	if errors.As(trap.Err, &interrupted) {
		t.Kind, t.Err = engine.TrapInterrupted, interrupted.cause
	}
	for _, f := range trap.Frames {
		if g, ok := m.original(f); ok {
			t.frames = append(t.frames, g)
		}
	}
	return t
}

// original is a frame in terms of the module before instrumentation; ok is
// false for frames that instrumentation made.
func (m *Module) original(f engine.Frame) (debuginfo.Frame, bool) {
	g := debuginfo.Frame{Func: f.Func, Offset: f.Offset, Host: f.Host}
	if m.moved == nil {
		return g, true
	}
	if f.Host != "" {
		return g, f.Host != meterName
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
