package ends

// This file tests ends that no guest has seen. Those of guests are tested with
// components, in examples/bindings.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

func read[T any](t *testing.T, s *Stream[T], size int) (out []T) {
	t.Helper()
	p := make([]T, size)
	for {
		n, err := s.Read(t.Context(), p)
		out = append(out, p[:n]...)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func count(n int) (out []int) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

func TestStreams(t *testing.T) {
	want := count(100)
	for _, size := range []int{1, 7, 100, 1000} {
		w, piped := Pipe[int](9)
		go func() {
			w.Write(context.Background(), want)
			w.Close()
		}()
		left := want
		last := NewStream(func(_ context.Context, p []int) (int, error) {
			n := copy(p, left)
			left = left[n:]
			if len(left) == 0 {
				return n, io.EOF // with the last elements
			}
			return n, nil
		}, nil)
		for i, s := range []*Stream[int]{StreamFrom(want...), StreamOf(slices.Values(want)), piped, last} {
			if got := read(t, s, size); !slices.Equal(got, want) {
				t.Errorf("%d, %d at a time: %v", i, size, got)
			}
			if _, err := s.Next(t.Context()); err != io.EOF {
				t.Errorf("%d: after the end: %v", i, err)
			}
		}
	}
}

func TestNext(t *testing.T) {
	s := StreamFrom(count(200)...)
	sum := 0
	for v, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if sum += v; v == 99 {
			break
		}
	}
	p := make([]int, 3)
	n, err := s.Read(t.Context(), p)
	if err != nil || !slices.Equal(p[:n], []int{100, 101, 102}) {
		t.Errorf("%v, %v", p[:n], err)
	}
	if n, err := s.Read(t.Context(), nil); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for v, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	if sum != 199*200/2-100-101-102 {
		t.Errorf("sum is %d", sum)
	}
}

func TestBadNext(t *testing.T) {
	for _, tt := range []struct {
		n    int
		err  error
		want string
	}{
		{-1, nil, "gave -1 elements where 1 were asked for"},
		{2, nil, "gave 2 elements where 1 were asked for"},
		{0, nil, io.ErrNoProgress.Error()},
		{0, errors.New("broken"), "broken"},
	} {
		s := NewStream(func(context.Context, []int) (int, error) { return tt.n, tt.err }, nil)
		if n, err := s.Read(t.Context(), make([]int, 1)); n != 0 || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%d, %v, want %s", n, err, tt.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := StreamFrom(1)
	if _, err := s.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if v, err := s.Next(t.Context()); v != 1 || err != nil {
		t.Errorf("after a context that ended: %d, %v", v, err)
	}
}

// A closer counts how often it is closed.
type closer struct{ n int }

func (c *closer) Close() error { c.n++; return nil }

func TestClose(t *testing.T) {
	closes := 0
	s := NewStream(func(context.Context, []int) (int, error) { return 0, io.EOF }, func() { closes++ })
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Next(t.Context()); closes != 1 || err != ErrClosed {
		t.Errorf("%d, %v", closes, err)
	}
	if err := Check(s); err == nil || err.Error() != "the stream was closed" {
		t.Error(err)
	}
	var none *Stream[int]
	if err := none.Close(); err != nil {
		t.Error(err)
	}
	// What nobody reads is closed.
	a, b, c := &closer{}, &closer{}, &closer{}
	w, piped := Pipe[*closer](3)
	if n, err := w.Write(t.Context(), []*closer{a, b, c}); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	p := make([]*closer, 1)
	if n, err := piped.Read(t.Context(), p); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	w.Write(t.Context(), []*closer{a})
	piped.Close()
	if a.n != 1 || b.n != 1 || c.n != 1 {
		t.Errorf("closed %d, %d, %d times", a.n, b.n, c.n)
	}
	if n, err := w.Write(t.Context(), []*closer{a}); n != 0 || err != io.ErrClosedPipe {
		t.Errorf("%d, %v", n, err)
	}
}

func TestPipeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := Pipe[int](2)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			if n, err := w.Write(ctx, count(5)); n != 4 || !errors.Is(err, context.Canceled) {
				t.Errorf("written %d, %v", n, err)
			}
		})
		synctest.Wait()
		if v, err := s.Next(t.Context()); v != 0 || err != nil {
			t.Error(v, err)
		}
		// Next read ahead what was there.
		synctest.Wait()
		cancel()
		group.Wait()
		group.Go(func() {
			if got := read(t, s, 4); !slices.Equal(got[:1], []int{1}) {
				t.Errorf("got %v", got)
			}
		})
		synctest.Wait()
		w.Close()
		group.Wait()
		if _, err := w.Write(t.Context(), []int{1}); err != io.ErrClosedPipe {
			t.Error(err)
		}
	})
}

func TestSequenceEnds(t *testing.T) {
	ended := make(chan struct{})
	s := StreamOf(func(yield func(int) bool) {
		defer close(ended)
		for yield(1) {
		}
	})
	if v, err := s.Next(t.Context()); v != 1 || err != nil {
		t.Error(v, err)
	}
	s.Close()
	<-ended
	// Closed while the sequence makes an element.
	inside, proceed := make(chan struct{}), make(chan struct{})
	ended = make(chan struct{})
	s = StreamOf(func(yield func(int) bool) {
		defer close(ended)
		close(inside)
		<-proceed
		yield(1)
	})
	done := make(chan error)
	go func() {
		_, err := s.Next(t.Context())
		done <- err
	}()
	<-inside
	s.Close()
	close(proceed)
	if err := <-done; err != io.EOF {
		t.Error(err)
	}
	<-ended
}

func TestFuture(t *testing.T) {
	calls := 0
	f := NewFuture(func(context.Context) (int, error) { calls++; return 7, nil })
	for range 2 {
		if v, err := f.Get(t.Context()); v != 7 || err != nil || calls != 1 {
			t.Error(v, err, calls)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.Get(t.Context()); err != ErrClosed {
		t.Error(err)
	}
	if _, err := (&Future[int]{}).Get(t.Context()); err == nil {
		t.Error("the zero value has a value")
	}
	synctest.Test(t, func(t *testing.T) {
		p, f := NewPromise[int]()
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if _, err := f.Get(ctx); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		cancel()
		group.Wait()
		for range 3 {
			group.Go(func() {
				if v, err := f.Get(t.Context()); v != 1 || err != nil {
					t.Error(v, err)
				}
			})
		}
		p.Resolve(1)
		p.Resolve(2)
		p.Fail(errors.New("late"))
		group.Wait()
		p, f = NewPromise[int]()
		p.Fail(nil)
		if _, err := f.Get(t.Context()); err == nil {
			t.Error("no error")
		}
	})
}

// TestSource asks what gives elements to guests.
func TestSource(t *testing.T) {
	memory := readerSource(NopCloser(bytes.NewReader(make([]byte, 1<<20))))
	if _, ok := memory.(task.TrySource); !ok {
		t.Error("a bytes.Reader needs a goroutine")
	}
	if _, ok := readerSource(io.NopCloser(bytes.NewReader(nil))).(task.TrySource); ok {
		t.Error("an io.Reader of any kind is read with the baton")
	}
	total, most := 0, 0
	for {
		b, err := memory.Next(t.Context(), 1<<28-1)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n := int(b.Remain())
		total, most = total+n, max(most, n)
	}
	if total != 1<<20 || most != maxBytes {
		t.Errorf("%d bytes, %d at a time", total, most)
	}
	small := StreamFrom(count(5000)...).source(nil)
	for i, want := range []uint32{1, 3, 16, 32, 64, 128, 256, 512, 1024, 2048, 916} {
		ask := uint32(1 << 20)
		if i < 2 {
			ask = want
		}
		b, err := small.Next(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		if b.Remain() != want {
			t.Errorf("%d: %d elements, want %d", i, b.Remain(), want)
		}
	}
}

func TestSourceDrops(t *testing.T) {
	c := &closer{}
	closes := 0
	src := NewStream(func(_ context.Context, p []*closer) (int, error) { p[0] = c; return 1, nil }, func() { closes++ }).source(nil)
	if _, err := src.Next(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	src.Close()
	if c.n != 1 || closes != 1 {
		t.Errorf("closed %d and %d times", c.n, closes)
	}
}

func TestMoveFrom(t *testing.T) {
	var dst, src buffer[int]
	var other buffer[string]
	src.reset(count(5))
	to := make([]int, 3)
	dst.reset(to)
	if err := dst.MoveFrom(&src, 2); err != nil || dst.Remain() != 1 || src.Remain() != 3 || to[1] != 1 {
		t.Error(err, to, dst, src)
	}
	var trap *abi.Trap
	if err := dst.MoveFrom(&other, 1); !errors.As(err, &trap) {
		t.Error(err)
	}
	if src.IsZeroLength() || !other.IsZeroLength() && other.Remain() > 0 {
		t.Error("lengths")
	}
}
