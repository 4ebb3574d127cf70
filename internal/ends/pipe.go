package ends

// This file is streams that the program writes.

import (
	"context"
	"io"
	"sync"
)

// A StreamWriter is the writing side of a [Pipe]. It is safe for concurrent
// use; elements of one Write stay together.
type StreamWriter[T any] struct {
	p    *pipe[T]
	turn chan struct{} // has room for who writes
}

// Pipe makes a stream that the program writes, with room for some elements:
// at least one. Writing waits while there is no room.
func Pipe[T any](capacity int) (*StreamWriter[T], *Stream[T]) {
	p := &pipe[T]{ring: make([]T, max(capacity, 1)), changed: make(chan struct{})}
	s := &Stream[T]{origin: &origin[T]{next: p.read, try: p.take, closed: p.stop}}
	return &StreamWriter[T]{p, make(chan struct{}, 1)}, s
}

// A pipe is elements on their way. changed is closed, and made anew, whenever
// one side may go on.
type pipe[T any] struct {
	mu      sync.Mutex
	ring    []T
	at, n   int
	ended   bool // nobody writes any more
	stopped bool // nobody reads any more
	changed chan struct{}
}

// tell wakes who waits. It needs the mutex.
func (p *pipe[T]) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// take takes what is there.
func (p *pipe[T]) take(to []T) (int, error) {
	n, _, err := p.takeOrWait(to)
	return n, err
}

func (p *pipe[T]) takeOrWait(to []T) (n int, wait <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n < len(to) && p.n > 0 {
		k := copy(to[n:], p.ring[p.at:min(p.at+p.n, len(p.ring))])
		clear(p.ring[p.at:][:k])
		p.at, p.n, n = (p.at+k)%len(p.ring), p.n-k, n+k
	}
	switch {
	case n > 0:
		p.tell()
	case p.ended:
		return 0, nil, io.EOF
	}
	return n, p.changed, nil
}

// read waits for elements.
func (p *pipe[T]) read(ctx context.Context, to []T) (int, error) {
	for {
		n, wait, err := p.takeOrWait(to)
		if n > 0 || err != nil {
			return n, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// stop says that nobody reads any more.
func (p *pipe[T]) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	end := p.at + p.n
	drop(p.ring[p.at:min(end, len(p.ring))])
	drop(p.ring[:max(end-len(p.ring), 0)])
	clear(p.ring)
	p.n = 0
	p.tell()
}

// put puts in what there is room for.
func (p *pipe[T]) put(vs []T) (n int, wait <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped || p.ended {
		return 0, nil, io.ErrClosedPipe
	}
	for n < len(vs) && p.n < len(p.ring) {
		end := (p.at + p.n) % len(p.ring)
		k := copy(p.ring[end:min(end+len(p.ring)-p.n, len(p.ring))], vs[n:])
		p.n, n = p.n+k, n+k
	}
	if n > 0 {
		p.tell()
	}
	return n, p.changed, nil
}

// Write writes all elements, and says how many it has written: fewer when ctx
// ends, or with io.ErrClosedPipe when nobody reads any more or the writer was
// closed.
func (w *StreamWriter[T]) Write(ctx context.Context, vs []T) (n int, err error) {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	for {
		k, wait, err := w.p.put(vs[n:])
		n += k
		if err != nil || n == len(vs) {
			return n, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return n, context.Cause(ctx)
		}
	}
}

// Close ends the stream, once what was written has been read.
func (w *StreamWriter[T]) Close() error {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	if !w.p.ended {
		w.p.ended = true
		w.p.tell()
	}
	return nil
}
