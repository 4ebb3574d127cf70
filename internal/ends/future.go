package ends

// This file is futures.

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// A Future is the readable end of a future<T>: a value that a guest will give,
// or that the program gives to a guest.
//
// Who has a future gets its value, closes it, or gives it away, once. All its
// methods are safe for concurrent use. Getting the value waits for the guest,
// which then must be able to run: synchronous functions of the host do that on
// another goroutine, after they have returned.
type Future[T any] struct {
	mu    sync.Mutex
	state state
	turn  chan struct{} // has room for who gets the value

	reader *task.HostReader // of a future of a guest
	room   buffer[T]
	get    func(ctx context.Context) (T, error) // of one that the program made
	try    func() (v T, there bool, err error)  // get without waiting; may be nil
	once   sync.Once
	done   bool
	value  T
	err    error
}

// NewFuture makes a future whose value get gives. It is called once, on a
// goroutine that the guest does not wait on; its context ends when nobody waits
// for the value any more. An error ends the guest that reads the future, as a
// trap does.
func NewFuture[T any](get func(ctx context.Context) (T, error)) *Future[T] {
	return &Future[T]{turn: make(chan struct{}, 1), get: get}
}

// Resolved makes a future that has its value.
func Resolved[T any](v T) *Future[T] {
	return &Future[T]{turn: make(chan struct{}, 1), done: true, value: v}
}

// A Promise is the other end of a future that the program made: the value is
// given to it, once, by any goroutine.
type Promise[T any] struct {
	once  sync.Once
	done  chan struct{}
	value T
	err   error
}

// NewPromise makes a future, and the promise of its value.
func NewPromise[T any]() (*Promise[T], *Future[T]) {
	p := &Promise[T]{done: make(chan struct{})}
	f := NewFuture(func(ctx context.Context) (v T, err error) {
		select {
		case <-p.done:
			return p.value, p.err
		case <-ctx.Done():
			return v, context.Cause(ctx)
		}
	})
	f.try = func() (v T, there bool, err error) {
		select {
		case <-p.done:
			return p.value, true, p.err
		default:
			return v, false, nil
		}
	}
	return p, f
}

// Resolve gives the value. All calls but the first one do nothing.
func (p *Promise[T]) Resolve(v T) {
	p.once.Do(func() {
		p.value = v
		close(p.done)
	})
}

// Fail says that there will be no value: a guest that reads the future ends, as
// by a trap.
func (p *Promise[T]) Fail(err error) {
	p.once.Do(func() {
		p.err = err
		if err == nil {
			p.err = errors.New("the promise failed")
		}
		close(p.done)
	})
}

// Get waits for the value. It is an error when ctx ends, when the instance of
// the guest traps or is closed, and when the program closed the future or gave
// it away. Later calls give the same value.
func (f *Future[T]) Get(ctx context.Context) (T, error) {
	var none T
	if err := f.lock(ctx); err != nil {
		return none, err
	}
	defer f.unlock()
	if err := f.usable(); err != nil {
		return none, err
	}
	return f.obtain(ctx)
}

// lock takes the turn to get the value, and unlock gives it back.
func (f *Future[T]) lock(ctx context.Context) error {
	if f.turn == nil {
		return errZeroFuture()
	}
	select {
	case f.turn <- struct{}{}:
		return nil
	default:
	}
	select {
	case f.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (f *Future[T]) unlock() { <-f.turn }

func (f *Future[T]) usable() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.err()
}

// obtain gets the value from where it comes from. It needs the turn.
func (f *Future[T]) obtain(ctx context.Context) (v T, err error) {
	if f.done {
		return f.value, f.err
	}
	if f.reader != nil {
		if v, err = f.receive(ctx); err == nil {
			f.done, f.value = true, v
		}
		return v, err
	}
	v, err = f.get(ctx)
	if err != nil && ctx.Err() != nil {
		return v, err
	}
	f.done, f.value, f.err = true, v, err
	return v, err
}

// receive reads the value that a guest gives.
func (f *Future[T]) receive(ctx context.Context) (v T, err error) {
	one := make([]T, 1)
	f.room.reset(one)
	n, err := f.reader.Read(ctx, &f.room)
	f.room.reset(nil)
	switch {
	case n > 0:
		f.drop()
		return one[0], nil
	case err == io.EOF:
		f.drop()
		err = errors.New("the future was dropped without a value")
	}
	return v, explain(f.room.codec, err)
}

// Close says that the program does not want the value. A future that was given
// away stays open.
func (f *Future[T]) Close() error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	if f.state != open {
		f.mu.Unlock()
		return nil
	}
	f.state = closed
	f.mu.Unlock()
	f.drop()
	return nil
}

// drop drops the end of a guest's future, once.
func (f *Future[T]) drop() {
	if f.reader != nil {
		f.once.Do(func() { f.reader.Close() })
	}
}

// lift implements End. A future of the program that comes back unread is what it
// was.
func (f *Future[T]) lift(inst *task.Instance, s task.Shared, c Codec) {
	f.turn = make(chan struct{}, 1)
	f.room.codec = c
	f.reader = task.NewHostReader(inst, s)
	src := f.reader.Source()
	if t, ok := src.(*tryFutureSource[T]); ok {
		src = t.futureSource
	}
	if back, ok := src.(*futureSource[T]); ok {
		was := back.f
		f.reader, f.get, f.try = nil, was.get, was.try
		f.done, f.value, f.err = was.done, was.value, was.err
	} else if src != nil {
		f.reader = task.NewHostReader(inst, task.NewHostFuture(s.Home(), s.Elem(), src))
	}
}

// lower implements End. A future of a guest is passed on as it is, unless the
// program has its value.
func (f *Future[T]) lower(inst *task.Instance, elem *abi.Type, c Codec) (task.Shared, error) {
	select {
	case f.turn <- struct{}{}:
		defer f.unlock()
	default:
		return nil, badValue("the future is in use: its value is being waited for")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.state.check("future"); err != nil {
		return nil, err
	}
	if f.reader != nil && !f.done && f.reader.In(inst) {
		s, err := f.reader.Take()
		if err == nil {
			f.state = given
		}
		return s, err
	}
	f.state = given
	src := &futureSource[T]{f: f}
	src.buf.codec = c
	if f.done || f.try != nil {
		return task.NewHostFuture(inst, elem, &tryFutureSource[T]{src}), nil
	}
	return task.NewHostFuture(inst, elem, src), nil
}

func (f *Future[T]) check() error {
	if f == nil {
		return badValue("a future is nil")
	}
	if f.turn == nil {
		return errZeroFuture()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.check("future")
}

func errZeroFuture() error {
	return badValue("the future is the zero value; NewFuture makes futures")
}

func (f *Future[T]) elem() any    { return (*T)(nil) }
func (f *Future[T]) future() bool { return true }

// A futureSource is a task.Source of a future.
type futureSource[T any] struct {
	f   *Future[T]
	buf buffer[T]
}

// Next implements task.Source.
func (s *futureSource[T]) Next(ctx context.Context, _ uint32) (task.HostBuffer, error) {
	v, err := s.f.obtain(ctx)
	return s.put(v, err)
}

func (s *futureSource[T]) put(v T, err error) (task.HostBuffer, error) {
	if err != nil {
		return nil, err
	}
	s.buf.reset([]T{v})
	return &s.buf, nil
}

// Close implements task.Source.
func (s *futureSource[T]) Close() {}

// A tryFutureSource is a futureSource that can tell whether there is a value.
type tryFutureSource[T any] struct{ *futureSource[T] }

// TryNext implements task.TrySource.
func (s *tryFutureSource[T]) TryNext(uint32) (task.HostBuffer, error) {
	if s.f.done {
		return s.put(s.f.value, s.f.err)
	}
	v, there, err := s.f.try()
	if !there {
		return nil, nil
	}
	return s.put(v, err)
}
