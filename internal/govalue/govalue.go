// Package govalue is component values as plain Go values: it makes Go functions
// of component functions and host functions of Go functions. Types are compared
// by reflection when a function is bound; a call then goes straight between Go
// values and guest memory.
//
// Go types stand for component types as follows.
//
//	bool                  bool
//	s8 ... u64            int8 ... uint64
//	f32, f64              float32, float64
//	char                  rune
//	string                string
//	list<T>               []T; nil where it is empty
//	list<T, n>            [n]T or []T
//	tuple<A, B>           struct with fields for A and B, in order
//	record                struct, fields matched by name
//	option<T>             *T
//	result<T, E>          (T, error) or (Result[T, E], error) as the result of
//	                      a function, Result[T, E] elsewhere
//	variant               struct with a pointer field for each case, one set;
//	                      *struct{} for a case without payload
//	enum                  an integer, the index of the case, or a string, its label
//	flags                 struct of bools, or an unsigned integer, the first flag
//	                      in bit 0
//	map<K, V>             map[K]V
//	own<R>, borrow<R>     *task.Handle for a resource of a guest, the type that
//	                      was registered for one of the host
//	stream<u8>            io.Reader or io.ReadCloser
//	stream<T>             *ends.Stream[T]; [struct{}] without T
//	future<T>             *ends.Future[T]; [struct{}] without T
//	error-context         *task.ErrorContext
//	any type              value.Value
//
// Types with a name fit where their underlying types do. The field for
// "first-name" has the tag `wit:"first-name"`, or else is named FirstName;
// upper and lower case may differ further (ID for "id"). Exported fields that
// stand for nothing must have the tag `wit:"-"`.
package govalue

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/value"
)

// CodeBind is the code of errors about Go functions that do not fit a component
// function.
const CodeBind diag.Code = "govalue/bind"

// A Result is a value of type result<T, E>: exactly one field is set. Where the
// type has no T or E, it is struct{}.
type Result[T, E any] struct {
	OK  *T
	Err *E
}

func (Result[T, E]) result() {}

// A resultValue is a Result of any types.
type resultValue interface{ result() }

// A ResultError is an error that stands for the error case of a result<T, E>,
// where E is a Go type for the component's type.
//
// A Go function that the host gives to components returns one to choose that
// case: see [Fail]. errors.As finds one in the error of a component function,
// for any E that fits.
type ResultError[E any] struct{ Value E }

// Fail is an error that stands for the error case with a value. Where the
// result type has no value for errors, E is struct{}.
func Fail[E any](v E) error { return &ResultError[E]{v} }

// Error is the text of the value.
func (e *ResultError[E]) Error() string {
	switch v := any(e.Value).(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	case struct{}:
		return noValue
	}
	return fmt.Sprintf("%+v", e.Value)
}

// Unwrap is the value where it is an error itself.
func (e *ResultError[E]) Unwrap() error {
	err, _ := any(e.Value).(error)
	return err
}

func (e *ResultError[E]) payload() reflect.Value { return reflect.ValueOf(&e.Value).Elem() }

// A resultError is a *ResultError of any type.
type resultError interface {
	error
	payload() reflect.Value
}

// An ErrorValue is the error case of a result<T, E> that a component function
// returned.
type ErrorValue struct {
	// Value is what the case holds; the zero Value where E is absent.
	Value value.Value
}

// noValue is the text of an error case without value.
const noValue = "the function returned its error case, which has no value"

// Error is the value as text (WAVE).
func (e *ErrorValue) Error() string {
	if e.Value.Type() == nil {
		return noValue
	}
	return e.Value.String()
}

// As makes a *[ResultError] of the error for errors.As, where the value fits.
func (e *ErrorValue) As(target any) bool {
	p := reflect.ValueOf(target)
	if p.Kind() != reflect.Pointer || p.Type().Elem().Kind() != reflect.Pointer {
		return false
	}
	r, ok := reflect.New(p.Type().Elem().Elem()).Interface().(resultError)
	if !ok || convert(e.Value, r.payload()) != nil {
		return false
	}
	p.Elem().Set(reflect.ValueOf(r))
	return true
}

// errorCase finds what in err stands for an error case.
func errorCase(err error) (*ErrorValue, resultError) {
	var v *ErrorValue
	if errors.As(err, &v) {
		return v, nil
	}
	var r resultError
	if errors.As(err, &r) {
		return nil, r
	}
	return nil, nil
}

func bindErr(format string, args ...any) error {
	return diag.Errorf(CodeBind, diag.Pos{}, format, args...)
}
