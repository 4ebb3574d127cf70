package dray_test

// This file tests async functions of the host, and calls side by side, with the
// component testdata/components/streams.wat.

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray"
)

// TestAsyncHostSideBySide and those that follow check functions of the host that
// wait.
func TestAsyncHostSideBySide(t *testing.T) {
	ctx := t.Context()
	const n = 50
	var all sync.WaitGroup
	all.Add(n)
	in := streams(t, streamsHost{fetch: func(_ context.Context, n uint32) (uint32, error) {
		all.Done()
		all.Wait() // for all others
		return n * n, nil
	}})
	relay := funcOf[func(context.Context, uint32) (uint32, error)](t, in, "relay")
	var wg sync.WaitGroup
	for i := range uint32(n) {
		wg.Go(func() {
			if got, err := relay(ctx, i); got != i*i || err != nil {
				t.Error(i, got, err)
			}
		})
	}
	wg.Wait()
}

func TestAsyncHostError(t *testing.T) {
	ctx := t.Context()
	why := errors.New("nothing there")
	in := streams(t, streamsHost{fetch: func(context.Context, uint32) (uint32, error) { return 0, why }})
	_, err := funcOf[func(context.Context, uint32) (uint32, error)](t, in, "relay")(ctx, 1)
	var trap *dray.Trap
	if !errors.Is(err, why) || !errors.As(err, &trap) {
		t.Errorf("%T: %v", err, err)
	}
}

func TestAsyncHostCallsBack(t *testing.T) {
	ctx := t.Context()
	var relay func(context.Context, uint32) (uint32, error)
	in := streams(t, streamsHost{fetch: func(ctx context.Context, n uint32) (uint32, error) {
		if n == 0 {
			return 0, nil
		}
		got, err := relay(ctx, n-1)
		return got + n, err
	}})
	relay = funcOf[func(context.Context, uint32) (uint32, error)](t, in, "relay")
	if got, err := relay(ctx, 10); got != 55 || err != nil {
		t.Error(got, err)
	}
}

func TestAsyncHostStreams(t *testing.T) {
	ctx := t.Context()
	in := streams(t, streamsHost{
		source: func(_ context.Context, n uint32) (*dray.Stream[uint32], error) {
			return dray.StreamFrom(numbers(n)...), nil
		},
		drain: func(ctx context.Context, s *dray.Stream[uint32]) (sum uint64, err error) {
			for v, err := range s.All(ctx) {
				if err != nil {
					return 0, err
				}
				sum += uint64(v)
			}
			return sum, s.Close()
		},
		body: func(_ context.Context, b io.ReadCloser) (io.Reader, error) {
			text, err := io.ReadAll(b)
			return strings.NewReader(strings.ToUpper(string(text))), err
		},
	})
	pull := funcOf[func(context.Context, uint32) (uint64, error)](t, in, "pull")
	if got, err := pull(ctx, 100); got != 4950 || err != nil {
		t.Error(got, err)
	}
	push := funcOf[func(context.Context, uint32) (uint64, error)](t, in, "push")
	if got, err := push(ctx, 100); got != 4950 || err != nil {
		t.Error(got, err)
	}
	through := funcOf[func(context.Context, io.Reader) (io.ReadCloser, error)](t, in, "through")
	b, err := through(ctx, strings.NewReader("quietly"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(b); string(got) != "QUIETLY" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

func TestAsyncHostNotAsync(t *testing.T) {
	ctx := t.Context()
	got := make(chan []uint32, 1)
	in := streams(t, streamsHost{peek: func(ctx context.Context, s *dray.Stream[uint32]) (uint32, error) {
		_, err := s.Next(ctx)
		if err == nil || !strings.Contains(err.Error(), "use another goroutine, or an async function") {
			t.Error(err)
		}
		go func() {
			defer s.Close()
			got <- all(t, s)
		}()
		return 3, nil
	}})
	if n, err := funcOf[func(context.Context) (uint32, error)](t, in, "show")(ctx); n != 3 || err != nil {
		t.Error(n, err)
	}
	if got := <-got; !slices.Equal(got, []uint32{7}) {
		t.Error(got)
	}
}

func TestAsyncHostCallsOfOthers(t *testing.T) {
	ctx := t.Context()
	began, end := make(chan struct{}), make(chan struct{})
	in := streams(t, streamsHost{fetch: func(context.Context, uint32) (uint32, error) {
		close(began)
		<-end
		return 1, nil
	}})
	done := make(chan error)
	go func() {
		_, err := funcOf[func(context.Context, uint32) (uint32, error)](t, in, "relay")(ctx, 1)
		done <- err
	}()
	<-began
	for _, name := range []string{"pass", "pass-sync", "double"} { // while one waits
		s, err := funcOf[numbersFunc](t, in, name)(ctx, dray.StreamFrom[uint32](1))
		if err != nil {
			t.Fatal(err)
		}
		if got := all(t, s); len(got) != 1 {
			t.Error(name, got)
		}
	}
	close(end)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAsyncHostNilResult(t *testing.T) {
	ctx := t.Context()
	in := streams(t, streamsHost{source: func(context.Context, uint32) (*dray.Stream[uint32], error) { return nil, nil }})
	pull := funcOf[func(context.Context, uint32) (uint64, error)](t, in, "pull")
	if _, err := pull(ctx, 1); err == nil || !strings.Contains(err.Error(), "source: result: a stream must not be nil") {
		t.Error(err)
	}
}

// TestAsyncCancelled checks that a context that ends cancels the call, and with
// it what the guest waits for.
func TestAsyncCancelled(t *testing.T) {
	for _, name := range []string{"patient", "relay"} {
		t.Run(name, func(t *testing.T) {
			told := make(chan error, 1)
			began := make(chan struct{})
			in := streams(t, streamsHost{fetch: func(ctx context.Context, n uint32) (uint32, error) {
				if n == 0 {
					return 7, nil
				}
				close(began)
				<-ctx.Done()
				told <- context.Cause(ctx)
				return 0, ctx.Err()
			}})
			call := funcOf[func(context.Context, uint32) (uint32, error)](t, in, name)
			why := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				<-began
				cancel(why)
			}()
			if _, err := call(ctx, 1); !errors.Is(err, why) {
				t.Errorf("%T: %v", err, err)
			}
			if name == "relay" { // which does not hear: it waits on
				in.Close()
			}
			if err := <-told; err == nil {
				t.Error("the host is not told")
			}
			if name == "patient" {
				if got, err := call(t.Context(), 0); got != 7 || err != nil {
					t.Error("afterwards:", got, err)
				}
			}
		})
	}
}

// TestAsyncInstanceClosed checks that calls that wait end with the instance.
func TestAsyncInstanceClosed(t *testing.T) {
	began := make(chan struct{})
	in := streams(t, streamsHost{fetch: func(ctx context.Context, n uint32) (uint32, error) {
		close(began)
		<-ctx.Done()
		return 0, ctx.Err()
	}})
	go func() {
		<-began
		in.Close()
	}()
	_, err := funcOf[func(context.Context, uint32) (uint32, error)](t, in, "relay")(t.Context(), 1)
	if !errors.Is(err, dray.ErrInstanceClosed) {
		t.Errorf("%T: %v", err, err)
	}
}

// TestAsyncStorm calls async functions from many goroutines, with contexts that
// end at any time.
func TestAsyncStorm(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	in := streams(t, streamsHost{fetch: func(ctx context.Context, n uint32) (uint32, error) {
		if n%3 == 0 {
			runtime.Gosched()
		}
		return n + 1, ctx.Err()
	}})
	relay := funcOf[func(context.Context, uint32) (uint32, error)](t, in, "relay")
	double := funcOf[numbersFunc](t, in, "double")
	sum := funcOf[totalFunc](t, in, "sum")
	var wg sync.WaitGroup
	for i := range uint32(n) {
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			defer cancel()
			switch i % 4 {
			case 0:
				if got, err := relay(ctx, i); got != i+1 || err != nil {
					t.Error(got, err)
				}
			case 1:
				s, err := double(ctx, dray.StreamFrom(numbers(20)...))
				if err != nil {
					t.Error(err)
					return
				}
				if v, err := s.Next(ctx); v != 0 || err != nil {
					t.Error(v, err)
				}
				s.Close()
			case 2: // a stream that has no end
				next := func(ctx context.Context, p []uint32) (int, error) {
					cancel()
					<-ctx.Done()
					return 0, ctx.Err()
				}
				if _, err := sum(ctx, dray.NewStream(next, nil)); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			case 3:
				if got, err := sum(ctx, dray.StreamFrom(i, i)); got != 2*uint64(i) || err != nil {
					t.Error(got, err)
				}
			}
		})
	}
	wg.Wait()
	if in.Trapped() {
		t.Error("the instance has trapped")
	}
}
