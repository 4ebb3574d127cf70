// Package ends is streams and futures as Go programs have them: typed ends to
// read from, of guests or made by the program, and the way of their elements to
// and from the memories of guests.
//
// How a Go type is lifted and lowered is not known here: who lets an end cross
// the border says so with a [Codec].
package ends

import (
	"errors"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// A Codec knows how elements of one Go type are lifted and lowered.
type Codec interface {
	// Elements is how elements of t, as inst sees that type, are moved. It is
	// an error where t is not the type that the codec is for. It is called with
	// the store's baton, once for each instance that elements are moved to or
	// from in a row.
	Elements(inst *task.Instance, t *abi.Type) (Elements, error)
}

// An Explainer is a codec that makes errors of the run time those of the
// embedder.
type Explainer interface{ Explain(err error) error }

// explain asks the codec.
func explain(c Codec, err error) error {
	if x, ok := c.(Explainer); ok && err != nil {
		return x.Explain(err)
	}
	return err
}

// Elements moves elements between Go and the memory of one instance. Both
// methods are called with the store's baton.
type Elements interface {
	// Store lowers elements to the memory of cx from ptr on, a place that was
	// checked. vs is a *[]T.
	Store(cx *abi.Context, ptr uint64, vs any) error
	// Load lifts elements from there into all of a slice. vs is a *[]T.
	Load(cx *abi.Context, ptr uint64, vs any) error
}

// An End is a *Stream[T], a *Future[T] or a *ByteStream, for code that does not
// know T.
type End interface {
	lift(inst *task.Instance, s task.Shared, c Codec)
	lower(inst *task.Instance, elem *abi.Type, c Codec) (task.Shared, error)
	check() error
	elem() any
	future() bool
}

// Lift makes e, which is new, the readable end of what was lifted from inst.
// c is for its elements. Needs the store's baton.
func Lift(e End, inst *task.Instance, s task.Shared, c Codec) { e.lift(inst, s, c) }

// Lower gives e away: what it returns is to be lowered into inst, which sees
// the type of the elements as elem, nil for none. c is for the elements. Needs
// the store's baton.
func Lower(e End, inst *task.Instance, elem *abi.Type, c Codec) (task.Shared, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	return e.lower(inst, elem, c)
}

// Check is nil when e can be given away, or says why not.
func Check(e End) error { return e.check() }

// ElemOf is a nil pointer of type *T.
func ElemOf(e End) any { return e.elem() }

// IsFuture tells whether e is a *Future.
func IsFuture(e End) bool { return e.future() }

// The errors of using an end that the program has not any more.
var (
	ErrGiven  = errors.New("the stream or future was given away")
	ErrClosed = errors.New("the stream or future was closed")
)

func badValue(format string, args ...any) error {
	return diag.Errorf(abi.CodeValue, diag.Pos{}, format, args...)
}

// A state is whether the program still has an end.
type state uint8

const (
	open state = iota
	given
	closed
)

// err is the error of using an end.
func (s state) err() error {
	switch s {
	case given:
		return ErrGiven
	case closed:
		return ErrClosed
	}
	return nil
}

// check is the error of giving an end away.
func (s state) check(what string) error {
	switch s {
	case given:
		return badValue("the %s was given away before", what)
	case closed:
		return badValue("the %s was closed", what)
	}
	return nil
}
