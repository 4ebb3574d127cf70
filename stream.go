package dray

// This file is streams and futures.

import (
	"context"
	"iter"

	"github.com/dray-wasm/dray/internal/ends"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// A Stream is the readable end of a stream<T>: of one that a guest writes, or
// of one that the program made to give it to a guest. T is any type that can
// stand for the elements (see [FuncOf]); a stream without element type is a
// Stream[struct{}]. A stream<u8> is an io.ReadCloser instead.
//
// Who has a stream reads it to its end, closes it, or gives it away, once: as
// an argument or result of a function, or as part of one. A stream of a guest
// that is neither read nor closed keeps the guest waiting. One that came from a
// guest and is given to another one goes there directly: its elements do not
// pass through Go.
//
// One goroutine at a time reads a stream; any can close it. Reading runs the
// guest if nobody else does. Therefore a function of the host whose type is not
// async cannot wait for a stream of the guest that called it: it gives the
// stream to a goroutine that reads it afterwards.
//
// Reading ends with io.EOF when the guest closes its end, with a [*Trap] when
// the guest traps, with an error when the instance is closed, and with the
// cause of the context when that ends, after which reading can go on.
type Stream[T any] = ends.Stream[T]

// A StreamWriter writes the stream that [Pipe] made with it.
type StreamWriter[T any] = ends.StreamWriter[T]

// A ByteStream is what an io.ReadCloser is that came from a guest as a
// stream<u8>, for its method ReadContext.
type ByteStream = ends.ByteStream

// A Future is the readable end of a future<T>: a value that a guest will give,
// or that the program gives to a guest. A future without type is a
// Future[struct{}]. What is said of a [Stream] goes for futures, too, but any
// number of goroutines can wait for the value.
type Future[T any] = ends.Future[T]

// A Promise gives the value of the future that [NewPromise] made with it.
type Promise[T any] = ends.Promise[T]

// An ErrorContext is an error-context: a message for people.
type ErrorContext = task.ErrorContext

// The errors of using a stream or future that the program has not any more:
// it was given away, or closed.
var (
	ErrStreamGiven  = ends.ErrGiven
	ErrStreamClosed = ends.ErrClosed
)

// ErrInstanceClosed is what ends calls and streams of an instance that is
// closed.
var ErrInstanceClosed = task.ErrClosed

// NewStream makes a stream that next gives the elements of. next waits for at
// least one, puts at most len(p) into p and says how many; io.EOF is the end,
// and so is any other error, which the guest does not see. It is called when the
// guest reads, by one goroutine at a time; its context ends when nobody reads
// any more. closed, which may be nil, is called once then, or after the end.
func NewStream[T any](next func(ctx context.Context, p []T) (int, error), closed func()) *Stream[T] {
	return ends.NewStream(next, closed)
}

// StreamOf makes a stream of the elements of a sequence, which is asked for
// them as the guest reads.
func StreamOf[T any](seq iter.Seq[T]) *Stream[T] { return ends.StreamOf(seq) }

// StreamFrom makes a stream of some elements.
func StreamFrom[T any](vs ...T) *Stream[T] { return ends.StreamFrom(vs...) }

// Pipe makes a stream that the program writes, with room for some elements: at
// least one. Writing waits while there is no room, and fails with
// io.ErrClosedPipe once nobody reads. For bytes io.Pipe does the same.
func Pipe[T any](capacity int) (*StreamWriter[T], *Stream[T]) { return ends.Pipe[T](capacity) }

// NewFuture makes a future whose value get gives. It is called once, when the
// value is wanted; its context ends when nobody waits for the value any more.
// An error ends the guest that reads the future, as a trap does.
func NewFuture[T any](get func(ctx context.Context) (T, error)) *Future[T] {
	return ends.NewFuture(get)
}

// Resolved makes a future that has its value.
func Resolved[T any](v T) *Future[T] { return ends.Resolved(v) }

// NewPromise makes a future, and the promise of its value.
func NewPromise[T any]() (*Promise[T], *Future[T]) { return ends.NewPromise[T]() }

// EndValue makes a [Value] of a stream or future type of what stands for it in
// Go: a *[Stream] or *[Future] of a Go type that stands for the element, Value
// being one for all, or an io.Reader for a stream<u8>. The value can be given
// away once, as end can. Whether end fits is checked then.
//
// The other way round, [value.Value.Handle] of a stream or future that a guest
// gave is a *Stream[Value] or *Future[Value]; it is an io.ReadCloser for a
// stream<u8>, and a *Stream[struct{}] or *Future[struct{}] where there is no
// element type.
func EndValue(t *Type, end any) (Value, error) { return value.Handle(t, end) }

// Explain makes errors of reading streams and futures those of this package.
func (d *storeData) Explain(err error) error { return d.rt.explain(err) }
