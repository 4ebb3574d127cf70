package bind

// This file is the Go types for values that have no name in WIT.

import (
	"errors"
	"fmt"
	"strings"
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

// Text is the message of an error: a name, and more where there is any.
func Text(name string, detail any) string {
	s := fmt.Sprintf("%+v", detail)
	if s == "" {
		return name
	}
	return name + ": " + s
}

// Optional is the text behind a pointer, "" for none.
func Optional(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// NoCase is what stands for the name of a case that is not there.
func NoCase(name string, x uint64) string { return fmt.Sprintf("%s(%d)", name, x) }

// FlagNames is the names of the bits that are set, between braces.
func FlagNames(bits uint64, names []string) string {
	var set []string
	for i, n := range names {
		if bits>>i&1 != 0 {
			set = append(set, n)
		}
	}
	return "{" + strings.Join(set, ", ") + "}"
}
