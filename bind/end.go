package bind

// This file is streams, futures and error contexts.

import (
	"context"
	"io"
	"iter"
	"sync/atomic"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/ends"
	"github.com/dray-wasm/dray/internal/task"
)

// A Stream is the readable end of a stream<T>, of a guest or made by the
// program. stream<u8> is an io.ReadCloser instead; a stream without payload is a
// Stream[None].
type Stream[T any] = ends.Stream[T]

// A StreamWriter writes the stream that [Pipe] made with it.
type StreamWriter[T any] = ends.StreamWriter[T]

// A Future is the readable end of a future<T>, of a guest or made by the
// program; one without payload is a Future[None].
type Future[T any] = ends.Future[T]

// A Promise gives the value of the future that [NewPromise] made with it.
type Promise[T any] = ends.Promise[T]

// A ByteStream is what a stream<u8> of a guest is, behind the io.ReadCloser.
type ByteStream = ends.ByteStream

// An ErrorContext is an error-context: a message for people.
type ErrorContext = task.ErrorContext

// NewStream makes a stream that next gives the elements of. next waits for at
// least one, puts at most len(p) into p and says how many; io.EOF is the end, and
// so is any other error, which the guest does not see. One goroutine at a time
// calls it; its context ends when nobody reads any more. closed, which may be
// nil, is called once then, or after the end.
func NewStream[T any](next func(ctx context.Context, p []T) (int, error), closed func()) *Stream[T] {
	return ends.NewStream(next, closed)
}

// StreamOfSeq makes a stream of the elements of a sequence, which is asked for
// them as the guest reads.
func StreamOfSeq[T any](seq iter.Seq[T]) *Stream[T] { return ends.StreamOf(seq) }

// StreamFrom makes a stream of some elements.
func StreamFrom[T any](vs ...T) *Stream[T] { return ends.StreamFrom(vs...) }

// Pipe makes a stream that the program writes, with room for some elements: at
// least one. Writing waits while there is no room.
func Pipe[T any](capacity int) (*StreamWriter[T], *Stream[T]) { return ends.Pipe[T](capacity) }

// NewFuture makes a future whose value get gives. It is called once; its context
// ends when nobody waits for the value any more. An error ends the guest that
// reads the future, as a trap does.
func NewFuture[T any](get func(ctx context.Context) (T, error)) *Future[T] {
	return ends.NewFuture(get)
}

// Resolved makes a future that has its value.
func Resolved[T any](v T) *Future[T] { return ends.Resolved(v) }

// NewPromise makes a future, and the promise of its value.
func NewPromise[T any]() (*Promise[T], *Future[T]) { return ends.NewPromise[T]() }

// NopCloser is io.NopCloser for readers that are given to guests: those of what
// is in memory need no goroutine then.
func NopCloser(r io.Reader) io.ReadCloser { return ends.NopCloser(r) }

// Elems is a stream or future type of bindings, and how its elements are moved.
type Elems[T any] struct {
	// Type is the type of the stream or future.
	Type *Type
	// Size is that of an element in memory, in bytes.
	Size uint64
	// Load loads elements into all of vs from m, and Store stores them at ptr;
	// nil without payload.
	Load  func(cx *Context, b *Bound, m []byte, vs []T) error
	Store func(cx *Context, b *Bound, ptr uint64, vs []T) error

	last atomic.Pointer[matched]
}

// LoadElems is Elems.Load of numbers.
func LoadElems[T Number](_ *Context, _ *Bound, m []byte, vs []T) error {
	GetNumbers(vs, m)
	return nil
}

// StoreElems is Elems.Store of numbers.
func StoreElems[T Number](cx *Context, _ *Bound, ptr uint64, vs []T) error {
	PutNumbers(At(cx, ptr, uint64(len(vs))*sizeOf[T]()), vs)
	return nil
}

// An endType is a stream or future type of bindings and of an instance.
type endType struct {
	mine   *Type
	theirs *abi.Type
}

// end finds a stream or future type.
func (b *Bound) end(mine *Type) (*abi.Type, error) {
	for _, e := range b.ends {
		if e.mine == mine {
			return e.theirs, nil
		}
	}
	return nil, abi.Trapf("a value of type %s, which the function has not", mine.Short())
}

// instance is the one that values are moved to or from.
func (b *Bound) instance(cx *Context) (*task.Instance, error) {
	if b.inst != nil {
		return b.inst, nil
	}
	switch h := cx.Handles.(type) {
	case *task.Task:
		return h.Inst, nil
	case *task.Subtask:
		return h.Inst, nil
	}
	return nil, abi.Trapf("a stream or future in a context without handles")
}

// liftShared lifts a readable end from a word.
func liftShared(cx *Context, b *Bound, t *Type, w uint64) (*task.Instance, task.Shared, error) {
	theirs, err := b.end(t)
	if err != nil {
		return nil, nil, err
	}
	inst, err := b.instance(cx)
	if err != nil {
		return nil, nil, err
	}
	v, err := cx.Handles.LiftAsyncValue(uint32(w), theirs)
	if err != nil {
		return nil, nil, err
	}
	s, ok := v.(task.Shared)
	if !ok {
		return nil, nil, abi.Trapf("the handle has a %T, not a stream or future", v)
	}
	return inst, s, nil
}

// lowerShared lowers what end gives.
func lowerShared(cx *Context, b *Bound, t *Type, end func(*task.Instance, *abi.Type) (task.Shared, error)) (uint64, error) {
	theirs, err := b.end(t)
	if err != nil {
		return 0, err
	}
	inst, err := b.instance(cx)
	if err != nil {
		return 0, err
	}
	s, err := end(inst, theirs.Elem)
	if err != nil {
		return 0, err
	}
	h, err := cx.Handles.LowerAsyncValue(s, theirs)
	return uint64(h), err
}

// LiftStream lifts a stream.
func LiftStream[T any](cx *Context, b *Bound, e *Elems[T], w uint64) (*Stream[T], error) {
	inst, s, err := liftShared(cx, b, e.Type, w)
	if err != nil {
		return nil, err
	}
	v := &Stream[T]{}
	ends.Lift(v, inst, s, newCodec(e, b))
	return v, nil
}

// LowerStream gives a stream away.
func LowerStream[T any](cx *Context, b *Bound, e *Elems[T], v *Stream[T]) (uint64, error) {
	return lowerShared(cx, b, e.Type, func(inst *task.Instance, t *abi.Type) (task.Shared, error) {
		return ends.Lower(v, inst, t, newCodec(e, b))
	})
}

// LiftFuture lifts a future.
func LiftFuture[T any](cx *Context, b *Bound, e *Elems[T], w uint64) (*Future[T], error) {
	inst, s, err := liftShared(cx, b, e.Type, w)
	if err != nil {
		return nil, err
	}
	v := &Future[T]{}
	ends.Lift(v, inst, s, newCodec(e, b))
	return v, nil
}

// LowerFuture gives a future away.
func LowerFuture[T any](cx *Context, b *Bound, e *Elems[T], v *Future[T]) (uint64, error) {
	return lowerShared(cx, b, e.Type, func(inst *task.Instance, t *abi.Type) (task.Shared, error) {
		return ends.Lower(v, inst, t, newCodec(e, b))
	})
}

// LiftReader lifts a stream<u8>.
func LiftReader(cx *Context, b *Bound, w uint64) (io.ReadCloser, error) {
	inst, s, err := liftShared(cx, b, TypeByteStream, w)
	if err != nil {
		return nil, err
	}
	return ends.LiftReader(inst, s, b.explain), nil
}

// LowerReader gives a reader away as a stream<u8>.
func LowerReader(cx *Context, b *Bound, r io.ReadCloser) (uint64, error) {
	return lowerShared(cx, b, TypeByteStream, func(inst *task.Instance, t *abi.Type) (task.Shared, error) {
		return ends.LowerReader(r, inst, t)
	})
}

// CheckEnd checks that a stream or future can be given away.
func CheckEnd(e ends.End) error { return ends.Check(e) }

// CheckReader checks that a reader can be given away.
func CheckReader(r io.ReadCloser) error { return ends.CheckReader(r) }

// LiftErrorContext lifts an error context, which the guest keeps.
func LiftErrorContext(cx *Context, w uint64) (*ErrorContext, error) {
	if cx.Handles == nil {
		return nil, abi.Trapf("an error context in a context without handles")
	}
	v, err := cx.Handles.LiftErrorContext(uint32(w))
	e, ok := v.(*ErrorContext)
	if err == nil && !ok {
		err = abi.Trapf("the handle has a %T, not an error context", v)
	}
	return e, err
}

// LowerErrorContext lowers an error context.
func LowerErrorContext(cx *Context, e *ErrorContext) (uint64, error) {
	if err := CheckErrorContext(e); err != nil {
		return 0, err
	}
	if cx.Handles == nil {
		return 0, abi.Trapf("an error context in a context without handles")
	}
	h, err := cx.Handles.LowerErrorContext(e)
	return uint64(h), err
}

// CheckErrorContext checks that an error context can be lowered.
func CheckErrorContext(e *ErrorContext) error {
	if e == nil {
		return badValue("an error context is nil")
	}
	return nil
}

// A codec is the ends.Codec of elements of bindings.
type codec[T any] struct {
	e *Elems[T]
	b *Bound
}

func newCodec[T any](e *Elems[T], b *Bound) ends.Codec { return &codec[T]{e, b} }

// Explain implements ends.Explainer.
func (c *codec[T]) Explain(err error) error {
	if c.b.explain == nil {
		return err
	}
	return c.b.explain(err)
}

// Elements implements ends.Codec: resources of the elements are other slots in
// each instance.
func (c *codec[T]) Elements(inst *task.Instance, t *abi.Type) (ends.Elements, error) {
	if t.ElemSize(abi.Width32) != c.e.Size || c.e.Load == nil {
		return nil, badType("an element of %s is of another type there: %s", c.e.Type.Short(), t.Short())
	}
	x := &elements[T]{e: c.e, b: Bound{res: c.b.res, owner: c.b.owner, explain: c.b.explain, inst: inst}}
	if !t.Handles {
		return x, nil
	}
	if m := c.e.last.Load(); m != nil && m.holds(t, inst) {
		x.b.slots, x.b.ends = m.slots, m.ends
		return x, nil
	}
	m := newMatcher(c.b.res, inst.Resources)
	if msg := m.typ(c.e.Type.Elem, t); msg != "" {
		return nil, badType("an element of %s is of another type there: %s", c.e.Type.Short(), msg)
	}
	x.b.slots, x.b.ends = m.bound.slots, m.bound.ends
	c.e.last.Store(newMatched(t, inst, &m.bound))
	return x, nil
}

// A matched is a type that was found to be that of elements, and what it took.
type matched struct {
	t     *abi.Type
	slots []int
	ends  []endType
	rts   []*task.ResourceType // by position; nil where there is no slot
}

func newMatched(t *abi.Type, inst *task.Instance, b *Bound) *matched {
	m := &matched{t: t, slots: b.slots, ends: b.ends, rts: make([]*task.ResourceType, len(b.slots))}
	for i, slot := range m.slots {
		if slot >= 0 {
			m.rts[i] = inst.Resources[slot]
		}
	}
	return m
}

// holds tells whether the same is true of a type in an instance.
func (m *matched) holds(t *abi.Type, inst *task.Instance) bool {
	if m.t != t {
		return false
	}
	for i, slot := range m.slots {
		if slot >= 0 && (slot >= len(inst.Resources) || inst.Resources[slot] != m.rts[i]) {
			return false
		}
	}
	return true
}

// elements is the ends.Elements of one instance.
type elements[T any] struct {
	e *Elems[T]
	b Bound
}

// Load implements ends.Elements.
func (x *elements[T]) Load(cx *Context, ptr uint64, vs any) error {
	if cx.Width != abi.Width32 {
		return errWidth()
	}
	s := *vs.(*[]T)
	return x.e.Load(cx, &x.b, At(cx, ptr, uint64(len(s))*x.e.Size), s)
}

// Store implements ends.Elements.
func (x *elements[T]) Store(cx *Context, ptr uint64, vs any) error {
	if cx.Width != abi.Width32 {
		return errWidth()
	}
	return x.e.Store(cx, &x.b, ptr, *vs.(*[]T))
}
