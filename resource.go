package dray

// This file is values in Go that stand for values of components.

import (
	"context"

	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/govalue"
	"github.com/dray-wasm/dray/internal/task"
)

// A Handle is a resource of a guest. One that owns its resource is to be
// dropped or given away; a borrowed one is good until the call ends that it
// came with.
type Handle = task.Handle

// Drop drops a handle that owns its resource: the guest's destructor runs.
func Drop(ctx context.Context, h *Handle) error { return canon.Drop(ctx, h) }

// A Result is a value of a result type that is not the result of a function:
// one of the two is set.
type Result[T, E any] = govalue.Result[T, E]

// An ErrorValue is the error case of a function's result.
type ErrorValue = govalue.ErrorValue

// Fail is an error that makes a function of the host return the error case of
// its result type, with the value v.
func Fail[E any](v E) error { return govalue.Fail(v) }
