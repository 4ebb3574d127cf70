package io

// This file tests input streams, pollables and what a guest may have open.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

func TestReads(t *testing.T) {
	st := newTestState(t)
	in := newFakeIn("hello", "world", "skipped", "rest")
	s := st.NewInputStream(in, nil)
	read := func(f func(context.Context, uint64) ([]byte, error), n uint64, want string) {
		t.Helper()
		if p, err := f(t.Context(), n); string(p) != want || err != nil {
			t.Errorf("read of %d = %q, %v; want %q", n, p, err, want)
		}
	}
	read(s.Read, 0, "")
	read(s.Read, 2, "he")
	read(s.Read, 1<<63, "llo")
	read(s.BlockingRead, 0, "")
	read(s.BlockingRead, 3, "wor")
	read(s.BlockingRead, 1<<64-1, "ld")
	if n, err := s.Skip(t.Context(), 4); n != 4 || err != nil {
		t.Errorf("skip = %d, %v", n, err)
	}
	if n, err := s.BlockingSkip(t.Context(), 1<<63); n != 3 || err != nil {
		t.Errorf("blocking-skip = %d, %v", n, err)
	}
	read(s.Read, 100, "rest")
	read(s.Read, 100, "") // nothing there, but no end
	if n, err := s.Skip(t.Context(), 4); n != 0 || err != nil {
		t.Errorf("skip of nothing = %d, %v", n, err)
	}
}

// TestReadBounds: a guest that asks for much gets a bounded piece.
func TestReadBounds(t *testing.T) {
	st := newTestState(t)
	s := st.NewInputStream(stream.NewReader(bytes.NewReader(make([]byte, 10<<20))), nil)
	p, err := s.BlockingRead(t.Context(), 1<<64-1)
	if len(p) == 0 || len(p) > MaxRead || cap(st.buf) > MaxRead || err != nil {
		t.Errorf("%d bytes were read, the buffer has %d, %v", len(p), cap(st.buf), err)
	}
}

func TestReadErrors(t *testing.T) {
	for name, read := range map[string]func(*InputStream) error{
		"read":          func(s *InputStream) error { _, err := s.Read(t.Context(), 1); return err },
		"blocking-read": func(s *InputStream) error { _, err := s.BlockingRead(t.Context(), 1); return err },
		"skip":          func(s *InputStream) error { _, err := s.Skip(t.Context(), 1); return err },
		"blocking-skip": func(s *InputStream) error { _, err := s.BlockingSkip(t.Context(), 1); return err },
	} {
		t.Run(name, func(t *testing.T) {
			st := newTestState(t)
			s := st.NewInputStream(newFakeIn("x").end(io.EOF), nil)
			check(t, read(s))
			for range 2 {
				if err := read(s); !isClosed(err) {
					t.Errorf("at the end: %v", err)
				}
			}
			if _, err := s.Read(t.Context(), 0); !isClosed(err) {
				t.Errorf("a read of nothing at the end: %v", err)
			}
			s = st.NewInputStream(newFakeIn().end(host.ECONNRESET), nil)
			if text := failure(t, read(s)); text != host.ECONNRESET.Error() {
				t.Errorf("the guest is told %q", text)
			}
			if err := read(s); !isClosed(err) {
				t.Errorf("after an error: %v", err)
			}
			if !ready(t, subscribe(t, s)) {
				t.Error("a closed stream is not ready")
			}
			drops := 0
			s = st.NewInputStream(newFakeIn("x"), func() error { drops++; return host.EIO })
			p := subscribe(t, s)
			check(t, s.Drop(t.Context()))
			if err := read(s); !isClosed(err) || drops != 1 || !ready(t, p) {
				t.Errorf("a dropped stream: %v, finished %d times", err, drops)
			}
		})
	}
}

func TestBlockingReadWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, in := newTestState(t), newFakeIn()
		s := st.NewInputStream(in, nil)
		p := subscribe(t, s)
		if ready(t, p) {
			t.Error("nothing is there, but the pollable is ready")
		}
		go in.put("x")
		check(t, p.Block(t.Context()))
		got, err := s.BlockingRead(t.Context(), 9)
		if string(got) != "x" || err != nil {
			t.Errorf("blocking-read = %q, %v", got, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if _, err := s.BlockingRead(ctx, 1); !errors.Is(err, context.Canceled) || !isTrap(err) {
			t.Errorf("blocking-read when ctx ended: %v", err)
		}
		if err := p.Block(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("block when ctx ended: %v", err)
		}
	})
}

// poll calls the function of that name.
func poll(t *testing.T, st *State, in ...gen.Pollable) []uint32 {
	t.Helper()
	got, err := Host{func(context.Context) *State { return st }}.Poll(t.Context(), in)
	check(t, err)
	return got
}

func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newTestState(t)
		h := Host{func(context.Context) *State { return st }}
		if _, err := h.Poll(t.Context(), nil); !isTrap(err) {
			t.Errorf("a poll of nothing: %v", err)
		}
		a, b := stream.NewEvent(), stream.NewEvent()
		pa, pb := NewPollable(a), NewPollable(b)
		go b.Set()
		if got := poll(t, st, pa, pb, pa, pb); !slices.Equal(got, []uint32{1, 3}) {
			t.Errorf("poll = %v", got)
		}
		a.Set()
		if got := poll(t, st, pa, pa); !slices.Equal(got, []uint32{0, 1}) {
			t.Errorf("poll = %v", got)
		}
		if got := poll(t, st, otherPollable{pa}, pb); !slices.Equal(got, []uint32{0, 1}) {
			t.Errorf("poll with a foreign pollable = %v", got)
		}
		a.Clear()
		b.Clear()
		go a.Set()
		if got := poll(t, st, pb, otherPollable{pa}); !slices.Equal(got, []uint32{1}) {
			t.Errorf("poll that waits for a foreign pollable = %v", got)
		}
		b.Clear()
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if _, err := h.Poll(ctx, []gen.Pollable{pb}); !errors.Is(err, context.Canceled) {
			t.Errorf("a poll whose ctx ended: %v", err)
		}
		check(t, pa.Drop(t.Context()))
	})
}

// An otherPollable is a pollable that is not of this package.
type otherPollable struct{ gen.Pollable }

// TestPollSteps: a pollable that waits for one thing after the other is ready
// when the last one is, and is not asked again and again meanwhile.
func TestPollSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newTestState(t)
		steps, asked := []*stream.Event{stream.NewEvent(), stream.NewEvent(), stream.NewEvent()}, 0
		p := NewPollableFunc(func() stream.Waitable {
			asked++
			for _, s := range steps {
				if !s.Ready() {
					return s
				}
			}
			return stream.Always
		})
		never := NewPollable(stream.NewEvent())
		done := make(chan []uint32, 1)
		go func() { done <- poll(t, st, never, p) }()
		for _, s := range steps {
			synctest.Wait()
			if len(done) > 0 {
				t.Fatal("the poll ended too early")
			}
			s.Set()
		}
		if got := <-done; !slices.Equal(got, []uint32{1}) {
			t.Errorf("poll = %v", got)
		}
		if asked > 10 {
			t.Errorf("a pollable of 3 steps was asked %d times", asked)
		}
	})
}

// TestPollOfFailure: what cannot be waited for is ready, so that the guest
// learns why from what it tries next.
func TestPollOfFailure(t *testing.T) {
	st := newTestState(t)
	p := NewPollable(wait{func() bool { return false }, func(context.Context) error { return host.EIO }})
	if got := poll(t, st, NewPollable(stream.NewEvent()), p); !slices.Equal(got, []uint32{1}) {
		t.Errorf("poll = %v", got)
	}
}

// A thing is something that a guest opened.
type thing struct {
	closed int
	err    error
}

func (x *thing) Close() error { x.closed++; return x.err }

func TestOpened(t *testing.T) {
	st := NewState(2)
	a, b, c := &thing{}, &thing{err: host.EIO}, &thing{}
	check(t, st.Opened(a))
	check(t, st.Opened(b))
	if err := st.Opened(c); err != host.EMFILE {
		t.Errorf("a third of two: %v", err)
	}
	st.Closed(a)
	check(t, st.Opened(c))
	if err := st.Life().Err(); err != nil {
		t.Error(err)
	}
	if err := st.Close(); !errors.Is(err, host.EIO) {
		t.Errorf("close: %v", err)
	}
	check(t, st.Close())
	if a.closed != 0 || b.closed != 1 || c.closed != 1 {
		t.Errorf("closed %d, %d and %d times", a.closed, b.closed, c.closed)
	}
	if err := st.Opened(a); err != host.EBADF {
		t.Errorf("opened after the end: %v", err)
	}
	if st.Life().Err() == nil {
		t.Error("life goes on after the end")
	}
}
