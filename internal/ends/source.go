package ends

// This file is what gives elements of the program to guests.

import (
	"context"
	"io"
	"sync"

	"github.com/dray-wasm/dray/internal/task"
)

// The rooms for elements on their way: how many there are at first, and at
// most. Room grows while it is filled.
const (
	minElements = 16
	maxElements = 4096
	minBytes    = 4 << 10
	maxBytes    = 64 << 10
)

// A source is a task.Source of a stream.
type source[T any] struct {
	origin *origin[T]
	room   []T
	buf    buffer[T]
	err    error // to be told once the elements are gone
	// size is how much is asked for: from least, 0 for minElements, to most; full
	// tells that it was there the last time.
	size, least, most int
	full              bool
	mu                sync.Mutex // of Next, for Close
}

// Next implements task.Source.
func (s *source[T]) Next(ctx context.Context, most uint32) (task.HostBuffer, error) {
	return s.take(most, func(p []T) (int, error) { return some(ctx, s.origin.next, p) })
}

// take fills the room.
func (s *source[T]) take(most uint32, get func([]T) (int, error)) (task.HostBuffer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	p := s.grow(int(min(most, maxBytes)))
	n, err := get(p)
	if n < 0 || n > len(p) {
		n, err = 0, io.ErrNoProgress
	}
	s.err, s.full = err, n == s.size
	if n == 0 {
		return nil, err
	}
	s.buf.reset(p[:n])
	return &s.buf, nil
}

// grow is room for at most n elements.
func (s *source[T]) grow(n int) []T {
	switch {
	case s.size == 0:
		s.size = max(s.least, minElements)
	case s.full:
		s.size = min(2*s.size, s.most)
	}
	n = max(min(s.size, n), 1)
	if len(s.room) < n {
		s.room = make([]T, n)
	}
	return s.room[:n]
}

// CloseNow implements task.PromptSource.
func (s *source[T]) CloseNow() {
	if s.origin.prompt {
		s.origin.close()
	}
}

// Close implements task.Source. Elements that nobody read are dropped.
func (s *source[T]) Close() {
	s.origin.close() // which may end a call of Next
	s.mu.Lock()
	defer s.mu.Unlock()
	drop(s.buf.vs)
	s.buf.reset(nil)
	s.room = nil
}

// drop drops elements that are resources, or have ends.
func drop[T any](vs []T) {
	if _, ok := any(vs).([]byte); ok {
		return
	}
	for _, v := range vs {
		switch v := any(v).(type) {
		case interface{ Drop(context.Context) error }:
			v.Drop(context.Background())
		case io.Closer:
			v.Close()
		}
	}
}

// A trySource is a source that never waits, or can tell.
type trySource[T any] struct{ *source[T] }

// TryNext implements task.TrySource.
func (s *trySource[T]) TryNext(most uint32) (task.HostBuffer, error) {
	return s.take(most, s.origin.try)
}
