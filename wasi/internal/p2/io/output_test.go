package io

// This file tests output streams.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/host"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

func TestPermits(t *testing.T) {
	st, out := newTestState(t), newFakeOut(100)
	s := st.NewOutputStream(out, nil)
	ctx := t.Context()
	if err := s.Write(ctx, []byte("x")); !isTrap(err) {
		t.Errorf("a write without a permit: %v", err)
	}
	check(t, s.Write(ctx, nil))
	if n := permit(t, s); n != maxPermit {
		t.Errorf("check-write permits %d", n)
	}
	check(t, s.Write(ctx, []byte("one ")))
	check(t, s.Write(ctx, []byte("two "))) // of the same permit
	check(t, s.Flush(ctx))
	if err := s.Write(ctx, []byte("x")); !isTrap(err) {
		t.Errorf("a flush leaves a permit: %v", err)
	}
	permit(t, s)
	if err := s.WriteZeroes(ctx, maxPermit+1); !isTrap(err) {
		t.Errorf("more zeroes than permitted: %v", err)
	}
	if err := s.WriteZeroes(ctx, 1<<63); !isTrap(err) {
		t.Errorf("many more zeroes than permitted: %v", err)
	}
	check(t, s.WriteZeroes(ctx, 3))
	check(t, s.BlockingWriteZeroesAndFlush(ctx, 2))
	check(t, s.BlockingWriteAndFlush(ctx, []byte("end")))
	if got := out.text(); got != "one two \x00\x00\x00\x00\x00end" {
		t.Errorf("%q was written", got)
	}
	for _, err := range []error{
		s.BlockingWriteAndFlush(ctx, make([]byte, maxBlocking+1)),
		s.BlockingWriteZeroesAndFlush(ctx, maxBlocking+1),
		s.BlockingWriteZeroesAndFlush(ctx, 1<<63),
	} {
		if !isTrap(err) {
			t.Errorf("more than %d bytes to write and flush: %v", maxBlocking, err)
		}
	}
}

// TestBackPressure: what does not fit is taken, written when there is room, and
// nothing more is taken until then.
func TestBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, out := newTestState(t), newFakeOut(3)
		s := st.NewOutputStream(out, nil)
		p := subscribe(t, s)
		if !ready(t, p) || permit(t, s) == 0 {
			t.Fatal("a stream with room takes nothing")
		}
		check(t, s.Write(t.Context(), []byte("hello ")))
		check(t, s.Write(t.Context(), []byte("world"))) // behind it
		synctest.Wait()
		if out.text() != "hel" || permit(t, s) != 0 || ready(t, p) {
			t.Errorf("%q is written, and more is taken", out.text())
		}
		check(t, s.Flush(t.Context()))
		done := make(chan error, 1)
		go func() { done <- p.Block(t.Context()) }()
		out.give(4)
		synctest.Wait()
		if out.text() != "hello w" || permit(t, s) != 0 || len(done) > 0 {
			t.Errorf("%q is written, and more is taken", out.text())
		}
		out.give(4) // all is written, but there is no more room
		synctest.Wait()
		if out.text() != "hello world" || permit(t, s) != 0 || len(done) > 0 {
			t.Errorf("%q is written, and more is taken", out.text())
		}
		out.give(1)
		check(t, <-done)
		if permit(t, s) == 0 {
			t.Error("a pollable is ready, but nothing is permitted")
		}
	})
}

func TestBlockingWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, out := newTestState(t), newFakeOut(1)
		s := st.NewOutputStream(out, nil)
		permit(t, s)
		check(t, s.Write(t.Context(), []byte("ab")))
		done := make(chan error, 1)
		go func() { done <- s.BlockingFlush(t.Context()) }()
		synctest.Wait()
		if len(done) > 0 {
			t.Fatal("a flush ended before all was written")
		}
		out.give(1)
		check(t, <-done)
		go func() { done <- s.BlockingWriteAndFlush(t.Context(), []byte("cd")) }()
		out.give(1)
		synctest.Wait()
		if len(done) > 0 {
			t.Fatal("a blocking write ended before all was written")
		}
		out.give(1)
		check(t, <-done)
		if out.text() != "abcd" {
			t.Errorf("%q was written", out.text())
		}
		// The end of ctx ends the guest, not the stream.
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- s.BlockingWriteAndFlush(ctx, []byte("ef")) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || !isTrap(err) {
			t.Errorf("a write whose context ended: %v", err)
		}
	})
}

// an explained error says itself what guests are told.
type explained struct{}

func (explained) Error() string   { return "/home/secret is full" }
func (explained) Explain() string { return "no room" }

func TestWriteErrors(t *testing.T) {
	writes := map[string]func(s *OutputStream) error{
		"write":        func(s *OutputStream) error { return s.Write(t.Context(), []byte("x")) },
		"write-zeroes": func(s *OutputStream) error { return s.WriteZeroes(t.Context(), 1) },
		"blocking":     func(s *OutputStream) error { return s.BlockingWriteAndFlush(t.Context(), []byte("x")) },
		"splice": func(s *OutputStream) error {
			_, err := s.Splice(t.Context(), s.q.st.NewInputStream(newFakeIn("x"), nil), 1)
			return err
		},
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			st, out := newTestState(t), newFakeOut(10)
			s := st.NewOutputStream(out, nil)
			permit(t, s)
			out.fail(fmt.Errorf("open /home/secret: %w", host.ENOSPC))
			if text := failure(t, write(s)); text != host.ENOSPC.Error() {
				t.Errorf("the guest is told %q", text)
			}
			for range 2 {
				if _, err := s.CheckWrite(t.Context()); !isClosed(err) {
					t.Errorf("check-write after an error: %v", err)
				}
			}
			if err := write(s); !isClosed(err) {
				t.Errorf("after an error: %v", err)
			}
			if !ready(t, subscribe(t, s)) {
				t.Error("a closed stream is not ready")
			}
			// When nobody reads any more, the stream is just closed.
			s = st.NewOutputStream(out, nil)
			permit(t, s)
			out.fail(host.EPIPE)
			if err := write(s); !isClosed(err) {
				t.Errorf("a write that nobody reads: %v", err)
			}
		})
	}
}

// TestBackgroundErrors: an error of what is written in the background is told
// once by what comes next.
func TestBackgroundErrors(t *testing.T) {
	next := map[string]func(s *OutputStream) error{
		"check-write":    func(s *OutputStream) error { _, err := s.CheckWrite(t.Context()); return err },
		"flush":          func(s *OutputStream) error { return s.Flush(t.Context()) },
		"blocking-flush": func(s *OutputStream) error { return s.BlockingFlush(t.Context()) },
		"blocking-write": func(s *OutputStream) error { return s.BlockingWriteAndFlush(t.Context(), []byte("x")) },
	}
	for name, call := range next {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st, out := newTestState(t), newFakeOut(1)
				s := st.NewOutputStream(out, nil)
				p := subscribe(t, s)
				permit(t, s)
				check(t, s.Write(t.Context(), []byte("abc")))
				out.fail(explained{})
				check(t, p.Block(t.Context()))
				if text := failure(t, call(s)); text != "no room" {
					t.Errorf("the guest is told %q", text)
				}
				if err := call(s); !isClosed(err) {
					t.Errorf("the second time: %v", err)
				}
			})
		})
	}
}

func TestSplice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, out := newTestState(t), newFakeOut(4)
		s, in := st.NewOutputStream(out, nil), newFakeIn("hello", " world")
		src := st.NewInputStream(in, nil)
		splice := func(n, want uint64) {
			t.Helper()
			if got, err := s.Splice(t.Context(), src, n); got != want || err != nil {
				t.Errorf("splice of %d = %d, %v; want %d", n, got, err, want)
			}
		}
		splice(0, 0)
		splice(2, 2)
		splice(1<<63, 3) // one byte of them does not fit
		splice(9, 0)
		go out.give(100)
		if n, err := s.BlockingSplice(t.Context(), src, 9); n != 6 || err != nil {
			t.Errorf("blocking-splice = %d, %v", n, err)
		}
		splice(9, 0)
		go in.put("!")
		if n, err := s.BlockingSplice(t.Context(), src, 9); n != 1 || err != nil {
			t.Errorf("blocking-splice = %d, %v", n, err)
		}
		if out.text() != "hello world!" {
			t.Errorf("%q was spliced", out.text())
		}
		in.end(io.EOF)
		if _, err := s.Splice(t.Context(), src, 1); !isClosed(err) {
			t.Errorf("splice from the end: %v", err)
		}
		permit(t, s) // the output is whole
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.BlockingSplice(ctx, st.NewInputStream(newFakeIn(), nil), 1); !errors.Is(err, context.Canceled) {
			t.Errorf("blocking-splice when ctx ended: %v", err)
		}
		// An input stream of another kind.
		check(t, s.Flush(t.Context()))
		if n, err := s.Splice(t.Context(), otherInput{InputStream: src}, 9); n != 5 || err != nil {
			t.Errorf("splice from a foreign stream = %d, %v", n, err)
		}
	})
}

// An otherInput is an input stream that is not of this package.
type otherInput struct{ gen.InputStream }

func (otherInput) Read(context.Context, uint64) ([]byte, error) { return []byte("other"), nil }

// TestDropStream: a dropped stream is finished once what it was given is
// written.
func TestDropStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, out := newTestState(t), newFakeOut(1)
		drops := 0
		drop := func() error { drops++; return errors.New("nobody is told") }
		s := st.NewOutputStream(out, drop)
		p := subscribe(t, s)
		permit(t, s)
		check(t, s.Write(t.Context(), []byte("abc")))
		check(t, s.Drop(t.Context()))
		synctest.Wait()
		if drops > 0 || !ready(t, p) {
			t.Error("it was finished too early, or is not ready")
		}
		flushed := make(chan error, 1)
		go func() { flushed <- st.Flush(t.Context()) }()
		out.give(2)
		check(t, <-flushed)
		if drops != 1 || out.text() != "abc" {
			t.Errorf("it was finished %d times, %q was written", drops, out.text())
		}
		s = st.NewOutputStream(out, drop)
		check(t, s.Drop(t.Context()))
		if drops != 2 {
			t.Error("an idle stream was not finished at once")
		}
		if err := s.Write(t.Context(), nil); !isClosed(err) {
			t.Errorf("a write to a dropped stream: %v", err)
		}
	})
}

// TestClose: the end of a guest ends what it left, and leaves nothing behind.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	st := NewState(0)
	var dropped atomic.Int32
	for range 100 {
		s := st.NewOutputStream(newFakeOut(1), func() error { dropped.Add(1); return nil })
		permit(t, s)
		check(t, s.Write(t.Context(), make([]byte, maxPermit)))
		check(t, s.Drop(t.Context()))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := st.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("flush: %v", err)
	}
	s := st.NewOutputStream(newFakeOut(1), nil)
	permit(t, s)
	check(t, st.Close())
	check(t, st.Close())
	if err := s.Write(t.Context(), []byte("abc")); failure(t, err) == "" {
		t.Errorf("a write after the end: %v", err)
	}
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			break
		}
		runtime.GC() // takes a while
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
	if n := dropped.Load(); n != 100 {
		t.Errorf("%d of 100 streams were finished", n)
	}
}

// TestAnother: streams of one output keep the order of what is written, and
// what they have waiting is bounded.
func TestAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, out := newTestState(t), newFakeOut(1)
		first := st.NewOutputStream(out, nil)
		second := first.Another()
		permit(t, first)
		permit(t, second)
		check(t, first.Write(t.Context(), []byte("one ")))
		check(t, second.Write(t.Context(), []byte("two ")))
		check(t, first.Drop(t.Context()))
		if permit(t, second) != 0 {
			t.Error("a stream takes more while another one of its output is behind")
		}
		done := make(chan error, 1)
		go func() { done <- second.BlockingWriteAndFlush(t.Context(), []byte("three")) }()
		out.give(100)
		check(t, <-done)
		if out.text() != "one two three" {
			t.Errorf("%q was written", out.text())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		st, out := newTestState(t), newFakeOut(1)
		all := make([]*OutputStream, 10)
		for i := range all {
			all[i] = st.NewOutputStream(out, nil)
			if i > 0 {
				all[i] = all[0].Another()
			}
			permit(t, all[i])
		}
		n := 0
		go func() {
			for _, s := range all {
				check(t, s.Write(t.Context(), make([]byte, maxPermit)))
				n++
			}
		}()
		synctest.Wait()
		if n < 2 || n > 1+maxPending/maxPermit {
			t.Errorf("%d writes of %d bytes are waiting", n, maxPermit)
		}
		out.give(10 * maxPermit)
		synctest.Wait()
		if got := len(out.text()); n != 10 || got != 10*maxPermit {
			t.Errorf("%d of 10 writes ended, %d bytes were written", n, got)
		}
	})
}

func TestErrorTexts(t *testing.T) {
	for err, want := range map[error]string{
		host.ECONNRESET: host.ECONNRESET.Error(),
		fmt.Errorf("/home/secret: %w", host.EACCES): host.EACCES.Error(),
		errors.New("/home/secret"):                  host.ErrnoOf(errors.New("x")).Error(),
		explained{}:                                 "no room",
	} {
		if got := failure(t, failed(err)); got != want || strings.Contains(got, "secret") {
			t.Errorf("the guest is told %q of %v", got, err)
		}
	}
}

// TestWaiting: a write to an output that cannot but wait ends with the guest's
// context.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, out := newTestState(t), newFakeOut(1)
		s := st.NewOutputStream(Waiting(out), nil)
		permit(t, s)
		done := make(chan error, 1)
		go func() { done <- s.Write(t.Context(), []byte("abc")) }()
		synctest.Wait()
		if len(done) > 0 {
			t.Fatal("the write did not wait")
		}
		out.give(3)
		check(t, <-done)
		permit(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- s.Write(ctx, []byte("def")) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || !isTrap(err) {
			t.Errorf("a write whose context ended: %v", err)
		}
		if out.text() != "abcd" {
			t.Errorf("%q was written", out.text())
		}
	})
}
