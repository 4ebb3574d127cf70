package bind

// This file is the Go types for values that have no name in WIT.

import (
	"errors"
	"fmt"
)

// A Result is a value of a result type that is not the result of a function.
type Result[T, E any] struct {
	// IsErr tells that Err is the value, else OK is.
	IsErr bool
	OK    T
	Err   E
}

// OK is a result without an error.
func OK[T, E any](v T) Result[T, E] { return Result[T, E]{OK: v} }

// Err is a result that is an error.
func Err[T, E any](v E) Result[T, E] { return Result[T, E]{IsErr: true, Err: v} }

// None is a value of no type: what a result has where it has nothing.
type None = struct{}

// An Error is the error case of a function's result where its type has no name
// in WIT, so that it cannot be an error itself.
type Error[E any] struct{ Value E }

func (e Error[E]) Error() string {
	switch v := any(e.Value).(type) {
	case string:
		return v
	case None:
		return "the function failed"
	case error:
		return v.Error()
	}
	return fmt.Sprint(e.Value)
}

// Fail makes a function of the host return the error case of its result.
func Fail[E any](v E) error { return Error[E]{v} }

// AsError finds an error of type E.
func AsError[E error](err error) (e E, ok bool) {
	if e, ok = err.(E); ok {
		return e, true
	}
	ok = errors.As(err, &e)
	return e, ok
}

// Text is an error's message for a value of a type with a name in WIT.
func Text(name, detail string) string {
	if detail == "" {
		return name
	}
	return name + ": " + detail
}

// The tuples.
type (
	Tuple1[A any]    struct{ F0 A }
	Tuple2[A, B any] struct {
		F0 A
		F1 B
	}
	Tuple3[A, B, C any] struct {
		F0 A
		F1 B
		F2 C
	}
	Tuple4[A, B, C, D any] struct {
		F0 A
		F1 B
		F2 C
		F3 D
	}
	Tuple5[A, B, C, D, E any] struct {
		F0 A
		F1 B
		F2 C
		F3 D
		F4 E
	}
	Tuple6[A, B, C, D, E, F any] struct {
		F0 A
		F1 B
		F2 C
		F3 D
		F4 E
		F5 F
	}
	Tuple7[A, B, C, D, E, F, G any] struct {
		F0 A
		F1 B
		F2 C
		F3 D
		F4 E
		F5 F
		F6 G
	}
	Tuple8[A, B, C, D, E, F, G, H any] struct {
		F0 A
		F1 B
		F2 C
		F3 D
		F4 E
		F5 F
		F6 G
		F7 H
	}
)
