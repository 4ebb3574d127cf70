package stream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/host"
)

// plainWriter hides what kind of writer it is.
type plainWriter struct{ w io.Writer }

func (w plainWriter) Write(p []byte) (int, error) { return w.w.Write(p) }

func TestWriters(t *testing.T) {
	checkLeaks(t)
	text := []byte(strings.Repeat("written in pieces; ", 20_000))
	live, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, ctx := range []context.Context{context.Background(), live} {
		var b bytes.Buffer
		var s strings.Builder
		var other bytes.Buffer
		for _, w := range []io.Writer{&b, &s, plainWriter{&other}} {
			out := NewWriter(w)
			n, err := out.Write(ctx, text)
			if n != len(text) || err != nil {
				t.Errorf("%T: wrote %d, %v", w, n, err)
			}
			if n, err := out.TryWrite([]byte("end")); n != 3 || err != nil {
				t.Errorf("%T: TryWrite = %d, %v", w, n, err)
			}
			if !out.Writable().Ready() {
				t.Errorf("%T: not writable", w)
			}
			if err := out.Close(); err != nil {
				t.Errorf("%T: %v", w, err)
			}
			if _, err := out.Write(ctx, text); err != host.EBADF {
				t.Errorf("%T: after Close: %v", w, err)
			}
		}
		for _, got := range []string{b.String(), s.String(), other.String()} {
			if got != string(text)+"end" {
				t.Errorf("%d bytes arrived", len(got))
			}
		}
	}
}

// badWriter answers what it is told to.
type badWriter struct {
	n   int
	err error
}

func (w badWriter) Write([]byte) (int, error) { return w.n, w.err }

func TestBadWriters(t *testing.T) {
	checkLeaks(t)
	boom := errors.New("boom")
	tests := []struct {
		w    badWriter
		n    int
		want host.Errno
	}{
		{badWriter{-1, nil}, 0, host.EIO},
		{badWriter{99, nil}, 0, host.EIO},
		{badWriter{2, nil}, 2, host.EIO},
		{badWriter{1, boom}, 1, host.EIO},
		{badWriter{0, io.ErrClosedPipe}, 0, host.EPIPE},
	}
	for _, tt := range tests {
		for _, ctx := range []context.Context{context.Background(), t.Context()} {
			n, err := NewWriter(tt.w).Write(ctx, []byte("abcd"))
			if n != tt.n || host.ErrnoOf(err) != tt.want {
				t.Errorf("%+v: %d, %v, want %d, %v", tt.w, n, err, tt.n, tt.want)
			}
		}
	}
	r, w := io.Pipe()
	r.Close()
	if _, err := NewWriter(w).Write(t.Context(), []byte("x")); err != host.EPIPE {
		t.Errorf("closed pipe: %v", err)
	}
}

// A writer that waits does not hold a Write whose ctx ends.
func TestWriterCancel(t *testing.T) {
	checkLeaks(t)
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		out := NewWriter(w)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if n, err := out.Write(ctx, []byte("first")); n != 0 || err != context.Canceled {
					t.Errorf("Write = %d, %v", n, err)
				}
			})
		}
		synctest.Wait()
		if out.Writable().Ready() {
			t.Error("writable during a Write")
		}
		if _, err := out.TryWrite([]byte("x")); err != host.EAGAIN {
			t.Errorf("TryWrite during a Write: %v", err)
		}
		cancel()
		wg.Wait()
		// One of the three was handed over and comes late.
		wg.Go(func() {
			if n, err := out.Write(t.Context(), []byte("second")); n != 6 || err != nil {
				t.Errorf("Write = %d, %v", n, err)
			}
			w.Close()
		})
		got, err := io.ReadAll(r)
		if string(got) != "firstsecond" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		wg.Wait()
	})
}

// The error of a piece that nobody waited for is the next Write's.
func TestWriterLateError(t *testing.T) {
	checkLeaks(t)
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		out := NewWriter(w)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			out.Write(ctx, []byte("first"))
		}()
		synctest.Wait()
		cancel()
		<-done
		r.Close()
		synctest.Wait()
		for range 2 {
			if n, err := out.Write(t.Context(), []byte("x")); n != 0 || err != host.EPIPE {
				t.Errorf("Write = %d, %v", n, err)
			}
		}
	})
}

func TestWriterClose(t *testing.T) {
	checkLeaks(t)
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		out := NewWriter(w)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := out.TryWrite([]byte("x")); err != host.EBADF {
				t.Errorf("TryWrite = %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if _, err := out.Write(t.Context(), []byte("x")); err != host.EBADF {
				t.Errorf("Write = %v", err)
			}
		})
		synctest.Wait()
		out.Close()
		wg.Wait()
		r.Close()
	})
}

// Lines of concurrent writers stay whole.
func TestWriterSerial(t *testing.T) {
	var got bytes.Buffer
	out := NewWriter(plainWriter{&got})
	line := strings.Repeat("x", 100_000) + "\n"
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := out.Write(t.Context(), []byte(line)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got.String() != strings.Repeat(line, 8) {
		t.Error("lines are torn")
	}
}

func BenchmarkWriter64(b *testing.B) {
	p := make([]byte, 64)
	live, cancel := context.WithCancel(b.Context())
	defer cancel()
	for name, ctx := range map[string]context.Context{"direct": context.Background(), "handed": live} {
		b.Run(name, func(b *testing.B) {
			out := NewWriter(plainWriter{io.Discard})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := out.Write(ctx, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
