package dray

// This file is values in Go that stand for values of components.

import (
	"context"
	"errors"

	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/govalue"
	"github.com/dray-wasm/dray/internal/task"
)

// A Handle is a resource of a guest. One that owns its resource is to be
// dropped or given away; a borrowed one is good until the call ends that it
// came with.
type Handle = task.Handle

// Drop drops a handle that owns its resource: the guest's destructor runs. A
// trap of it is a [*Trap]. The handle cannot be used afterwards.
func Drop(ctx context.Context, h *Handle) error {
	if h == nil {
		return errors.New("the handle to drop is nil")
	}
	err := canon.Drop(ctx, h)
	if d, ok := h.Store.Data.(*storeData); ok {
		err = d.rt.explain(err)
	}
	return err
}

// A Result is a value of a result type that is not the result of a function:
// one of the two is set.
type Result[T, E any] = govalue.Result[T, E]

// An ErrorValue is the error case of a function's result.
type ErrorValue = govalue.ErrorValue

// Fail is an error that makes a function of the host return the error case of
// its result type, with the value v.
func Fail[E any](v E) error { return govalue.Fail(v) }
