package ends

// This file is streams.

import (
	"context"
	"io"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// A Stream is the readable end of a stream<T>: what a guest writes is received
// from it, or the program made it to give it to a guest.
//
// Who has a stream reads it to its end, closes it, or gives it away: to a guest
// as an argument, a result or a part of one. It can be given away once. A
// stream of a guest that is neither read nor closed keeps the guest waiting.
//
// One goroutine at a time uses a stream, but any can close it. Reading waits
// for the guest, which then must be able to run: synchronous functions of the
// host read on another goroutine, after they have returned.
type Stream[T any] struct {
	mu    sync.Mutex
	state state

	reader *task.HostReader // of a stream of a guest
	room   buffer[T]        // of the read under way
	origin *origin[T]       // of one that the program made
	end    error            // how it ended
	ahead  []T              // read, but not taken yet
	space  []T              // where ahead is
}

// An origin is what gives the elements of a stream that the program made.
type origin[T any] struct {
	next func(ctx context.Context, p []T) (int, error)
	// try is next without waiting: 0 and nil when there is nothing yet. It is
	// nil where next may wait.
	try    func(p []T) (int, error)
	closed func()
	prompt bool // closed does not wait
	once   sync.Once
	reader io.Reader // what it reads, if it is one
}

func (o *origin[T]) close() {
	o.once.Do(func() {
		if o.closed != nil {
			o.closed()
		}
	})
}

// NewStream makes a stream that next gives the elements of. next waits for at
// least one, puts at most len(p) into p and says how many; io.EOF is the end, and
// so is any other error, which the guest does not see. It is called by one
// goroutine at a time, which is none that the guest waits on; its context ends
// when nobody reads any more. closed, which may be nil, is called once then,
// maybe while next still runs, or after the end. Elements that next gave but
// nobody read are dropped where they have a method Drop, as resources have, or
// else Close.
func NewStream[T any](next func(ctx context.Context, p []T) (int, error), closed func()) *Stream[T] {
	return &Stream[T]{origin: &origin[T]{next: next, closed: closed}}
}

// Prompt says that the function closed of a stream that [NewStream] made neither
// waits nor calls guests. It is called then before the guest that drops its end
// goes on. It returns the stream.
func (s *Stream[T]) Prompt() *Stream[T] {
	s.origin.prompt = true
	return s
}

// StreamOf makes a stream of the elements of a sequence, which is asked for
// them as the guest reads.
func StreamOf[T any](seq iter.Seq[T]) *Stream[T] {
	p := &puller[T]{seq: seq}
	return NewStream(p.next, p.close)
}

// A puller gives the elements of a sequence.
type puller[T any] struct {
	seq    iter.Seq[T]
	mu     sync.Mutex // of pull and stop
	pull   func() (T, bool)
	stop   func()
	closed atomic.Bool
}

func (s *puller[T]) next(_ context.Context, p []T) (int, error) {
	s.mu.Lock()
	if s.pull == nil {
		s.pull, s.stop = iter.Pull(s.seq)
	}
	v, ok := s.pull()
	s.mu.Unlock()
	if s.closed.Load() {
		s.end()
		return 0, io.EOF
	}
	if !ok {
		return 0, io.EOF
	}
	p[0] = v
	return 1, nil
}

// close ends the sequence, or has it ended once it has given its next element.
func (s *puller[T]) close() {
	s.closed.Store(true)
	s.end()
}

func (s *puller[T]) end() {
	if s.mu.TryLock() {
		defer s.mu.Unlock()
		if s.stop != nil {
			s.stop()
		}
	}
}

// StreamFrom makes a stream of some elements. It keeps vs.
func StreamFrom[T any](vs ...T) *Stream[T] {
	take := func(p []T) (int, error) {
		if len(vs) == 0 {
			return 0, io.EOF
		}
		n := copy(p, vs)
		vs = vs[n:]
		return n, nil
	}
	return &Stream[T]{origin: &origin[T]{
		next: func(_ context.Context, p []T) (int, error) { return take(p) },
		try:  take,
	}}
}

// Read waits until there is an element, and puts at most len(p) into p. At the
// end of the stream the error is io.EOF. It is another one when ctx ends, when
// the instance of the guest traps or is closed, and when the program closed the
// stream or gave it away.
func (s *Stream[T]) Read(ctx context.Context, p []T) (int, error) {
	if err := s.usable(); err != nil || len(p) == 0 {
		return 0, err
	}
	if len(s.ahead) > 0 {
		n := copy(p, s.ahead)
		s.ahead = s.ahead[n:]
		return n, nil
	}
	return s.read(ctx, p)
}

func (s *Stream[T]) usable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.err()
}

// read is Read from where the elements come from. What is read together with an
// error comes first.
func (s *Stream[T]) read(ctx context.Context, p []T) (n int, err error) {
	if s.end != nil {
		return 0, s.end
	}
	if s.reader != nil {
		s.room.reset(p)
		moved, err := s.reader.Read(ctx, &s.room)
		s.room.reset(nil)
		n = int(moved)
		if err == io.EOF {
			s.end = err
			s.reader.Close()
		} else {
			err = explain(s.room.codec, err) // again, if it is asked again
		}
		if n > 0 {
			err = nil
		}
		return n, err
	}
	n, err = some(ctx, s.origin.next, p)
	if err != nil && ctx.Err() == nil {
		s.end = err
	}
	if n > 0 {
		err = nil
	}
	return n, err
}

// maxEmpty is how often in a row a function may give nothing.
const maxEmpty = 100

// some calls next until there is something.
func some[T any](ctx context.Context, next func(context.Context, []T) (int, error), p []T) (int, error) {
	for range maxEmpty {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		n, err := next(ctx, p)
		if n < 0 || n > len(p) {
			return 0, badValue("the function of a stream gave %d elements where %d were asked for", n, len(p))
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// readAhead is how many elements Next asks a stream for.
const readAhead = 64

// Next waits for an element. At the end of the stream the error is io.EOF; see
// [Stream.Read].
func (s *Stream[T]) Next(ctx context.Context) (T, error) {
	var v T
	if err := s.usable(); err != nil {
		return v, err
	}
	if len(s.ahead) == 0 {
		if s.space == nil {
			s.space = make([]T, readAhead)
		}
		n, err := s.read(ctx, s.space)
		if err != nil {
			return v, err
		}
		s.ahead = s.space[:n]
	}
	v, s.ahead[0] = s.ahead[0], v
	s.ahead = s.ahead[1:]
	return v, nil
}

// All are the elements up to the end of the stream; an error is the last pair.
// The stream stays open when the loop ends before.
func (s *Stream[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			v, err := s.Next(ctx)
			if err == io.EOF || !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Close says that the program reads no more. A stream that was given away stays
// open.
func (s *Stream[T]) Close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	if s.state != open {
		s.mu.Unlock()
		return nil
	}
	s.state = closed
	s.mu.Unlock()
	if s.reader != nil {
		s.reader.Close()
	} else if s.origin != nil {
		s.origin.close()
	}
	return nil
}

// lift implements End. A stream of the program that comes back unread is what it
// was.
func (s *Stream[T]) lift(inst *task.Instance, v task.Shared, c Codec) {
	s.room.codec = c
	s.reader = task.NewHostReader(inst, v)
	src := s.reader.Source()
	if t, ok := src.(*trySource[T]); ok {
		src = t.source
	}
	if back, ok := src.(*source[T]); ok {
		s.reader, s.origin = nil, back.origin
	} else if src != nil {
		s.reader = task.NewHostReader(inst, task.NewHostStream(v.Home(), v.Elem(), src))
	}
}

// lower implements End. A stream of a guest is passed on as it is; only where
// the program has read ahead its elements go through Go.
func (s *Stream[T]) lower(inst *task.Instance, elem *abi.Type, c Codec) (task.Shared, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.state.check("stream"); err != nil {
		return nil, err
	}
	if s.reader != nil && len(s.ahead) == 0 && s.end == nil && s.reader.In(inst) {
		v, err := s.reader.Take()
		if err == nil {
			s.state = given
		}
		return v, err
	}
	s.state = given
	return task.NewHostStream(inst, elem, s.source(c)), nil
}

// source gives what is left of the stream.
func (s *Stream[T]) source(c Codec) task.Source {
	o := s.origin
	if s.reader != nil || len(s.ahead) > 0 || s.end != nil {
		o = &origin[T]{next: func(ctx context.Context, p []T) (int, error) {
			if len(s.ahead) > 0 {
				n := copy(p, s.ahead)
				s.ahead = s.ahead[n:]
				return n, nil
			}
			return s.read(ctx, p)
		}, closed: s.drop}
	}
	src := &source[T]{origin: o, most: maxElements}
	src.buf.codec = c
	if o.try != nil {
		return &trySource[T]{src}
	}
	return src
}

// drop closes what a stream is made of.
func (s *Stream[T]) drop() {
	if s.reader != nil {
		s.reader.Close()
	} else {
		s.origin.close()
	}
}

func (s *Stream[T]) check() error {
	if s == nil {
		return badValue("a stream is nil")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == open && s.reader == nil && s.origin == nil {
		return badValue("the stream is the zero value; NewStream makes streams")
	}
	return s.state.check("stream")
}

func (s *Stream[T]) elem() any    { return (*T)(nil) }
func (s *Stream[T]) future() bool { return false }
