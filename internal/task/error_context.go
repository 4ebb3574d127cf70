package task

// This file is error contexts (section "canon error-context.new").

import "github.com/dray-wasm/dray/internal/abi"

// An ErrorContext is an immutable message for people.
type ErrorContext struct {
	DebugMessage string
}

func (c *ErrorContext) describe() string { return "an error context" }

// ErrorContext finds an error context by its index.
func (i *Instance) ErrorContext(h uint32) (*ErrorContext, error) {
	e, err := i.Handles.Get(h)
	if err != nil {
		return nil, err
	}
	c, ok := e.(*ErrorContext)
	if !ok {
		return nil, wrongType(h, "an error context", e)
	}
	return c, nil
}

// liftErrorContext is the error context behind a handle, which stays
// (lift_error_context).
func (i *Instance) liftErrorContext(h uint32) (any, error) { return i.ErrorContext(h) }

// lowerErrorContext puts an error context in the table (lower_error_context).
func (i *Instance) lowerErrorContext(v any) (uint32, error) {
	c, ok := v.(*ErrorContext)
	if !ok || c == nil {
		return 0, abi.Trapf("an error context is needed, not %T", v)
	}
	return i.Handles.Add(c)
}

// LiftErrorContext implements abi.Handles.
func (t *Task) LiftErrorContext(i uint32) (any, error) { return t.Inst.liftErrorContext(i) }

// LowerErrorContext implements abi.Handles.
func (t *Task) LowerErrorContext(v any) (uint32, error) { return t.Inst.lowerErrorContext(v) }

// LiftErrorContext implements abi.Handles.
func (s *Subtask) LiftErrorContext(i uint32) (any, error) { return s.Inst.liftErrorContext(i) }

// LowerErrorContext implements abi.Handles.
func (s *Subtask) LowerErrorContext(v any) (uint32, error) { return s.Inst.lowerErrorContext(v) }
