package io

// This file is streams that do what tests tell them.

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

// A fakeOut is an output with room for some bytes.
type fakeOut struct {
	ready stream.Event // set while there is room, or an error

	mu   sync.Mutex
	room int
	got  []byte
	err  error // of every write, if not nil
}

func newFakeOut(room int) *fakeOut {
	o := &fakeOut{}
	o.give(room)
	return o
}

// give makes room for n more bytes.
func (o *fakeOut) give(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.room += n; o.room > 0 {
		o.ready.Set()
	}
}

// fail makes all writes fail.
func (o *fakeOut) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
	o.ready.Set()
}

func (o *fakeOut) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.got)
}

func (o *fakeOut) TryWrite(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	n := min(len(p), o.room)
	o.got, o.room = append(o.got, p[:n]...), o.room-n
	if o.room == 0 {
		o.ready.Clear()
	}
	if n == 0 {
		return 0, host.EAGAIN
	}
	return n, nil
}

func (o *fakeOut) Write(ctx context.Context, p []byte) (n int, err error) {
	for n < len(p) {
		m, err := o.TryWrite(p[n:])
		n += m
		if err == host.EAGAIN {
			err = o.ready.Wait(ctx)
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (o *fakeOut) Writable() stream.Waitable { return &o.ready }
func (o *fakeOut) Close() error              { return nil }

// A fakeIn is an input that gives pieces one by one, then an error.
type fakeIn struct {
	ready stream.Event

	mu     sync.Mutex
	pieces []string
	err    error
}

func newFakeIn(pieces ...string) *fakeIn {
	i := &fakeIn{}
	for _, p := range pieces {
		i.put(p)
	}
	return i
}

func (i *fakeIn) put(p string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.pieces = append(i.pieces, p)
	i.ready.Set()
}

func (i *fakeIn) end(err error) *fakeIn {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.err = err
	i.ready.Set()
	return i
}

func (i *fakeIn) TryRead(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.pieces) == 0 {
		if i.err != nil {
			return 0, i.err
		}
		return 0, host.EAGAIN
	}
	n := copy(p, i.pieces[0])
	if i.pieces[0] = i.pieces[0][n:]; i.pieces[0] == "" {
		i.pieces = i.pieces[1:]
	}
	if len(i.pieces) == 0 && i.err == nil {
		i.ready.Clear()
	}
	return n, nil
}

func (i *fakeIn) Read(ctx context.Context, p []byte) (int, error) {
	for {
		n, err := i.TryRead(p)
		if err != host.EAGAIN {
			return n, err
		}
		if err := i.ready.Wait(ctx); err != nil {
			return 0, err
		}
	}
}

func (i *fakeIn) Readable() stream.Waitable { return &i.ready }
func (i *fakeIn) Available() int            { return 0 }
func (i *fakeIn) Close() error              { return nil }

// A wait is a Waitable that a test writes.
type wait struct {
	ready func() bool
	wait  func(context.Context) error
}

func (w wait) Ready() bool                    { return w.ready() }
func (w wait) Wait(ctx context.Context) error { return w.wait(ctx) }

// isClosed tells whether err is the stream-error closed.
func isClosed(err error) bool {
	var e gen.StreamError
	return errors.As(err, &e) && e.Case == gen.StreamErrorClosed
}

// failure is the text of a stream-error last-operation-failed.
func failure(t *testing.T, err error) string {
	t.Helper()
	var e gen.StreamError
	if !errors.As(err, &e) || e.Case != gen.StreamErrorLastOperationFailed {
		t.Fatalf("the error is %v, not last-operation-failed", err)
	}
	text, err := e.LastOperationFailed.ToDebugString(t.Context())
	check(t, err)
	return text
}

// isTrap tells whether err ends the guest: an error that is no stream-error.
func isTrap(err error) bool {
	var e gen.StreamError
	return err != nil && !errors.As(err, &e)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// permit is what check-write answers.
func permit(t *testing.T, s *OutputStream) uint64 {
	t.Helper()
	n, err := s.CheckWrite(t.Context())
	check(t, err)
	return n
}

// ready tells whether a pollable is.
func ready(t *testing.T, p gen.Pollable) bool {
	t.Helper()
	ok, err := p.Ready(t.Context())
	check(t, err)
	return ok
}

// subscribe gives a stream's pollable.
func subscribe(t *testing.T, s interface {
	Subscribe(context.Context) (gen.Pollable, error)
}) gen.Pollable {
	t.Helper()
	p, err := s.Subscribe(t.Context())
	check(t, err)
	return p
}

// newTestState makes a State that is closed with the test.
func newTestState(t *testing.T) *State {
	s := NewState(0)
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}
