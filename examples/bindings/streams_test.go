package bindings

// This file runs a component with streams and futures.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/examples/bindings/streams"
)

// A streamer is the host of the world streams.
type streamer struct {
	fetches atomic.Int32
	body    io.ReadCloser // what came last
	fetch   func(ctx context.Context, n uint32) (uint32, error)
}

func (s *streamer) Fetch(ctx context.Context, n uint32) (uint32, error) {
	s.fetches.Add(1)
	if s.fetch != nil {
		return s.fetch(ctx, n)
	}
	return n + 1, nil
}

func (s *streamer) Source(_ context.Context, n uint32) (*bind.Stream[uint32], error) {
	return bind.StreamOfSeq(func(yield func(uint32) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}), nil
}

func (s *streamer) Drain(ctx context.Context, from *bind.Stream[uint32]) (sum uint64, err error) {
	defer from.Close()
	for x, err := range from.All(ctx) {
		if err != nil {
			return 0, err
		}
		sum += uint64(x)
	}
	return sum, nil
}

func (s *streamer) Body(_ context.Context, b io.ReadCloser) (io.ReadCloser, error) {
	s.body = b
	return b, nil
}

// newStreams makes an instance of streams.wat.
func newStreams(t testing.TB, host *streamer) (*streams.Exports, *dray.Instance) {
	t.Helper()
	rt := runtime(t)
	l := rt.NewLinker()
	check(t, streams.Link(l, streams.Host{Streams: host}))
	in := instantiate(t, l, compile(t, rt, "streams.wat"))
	x, err := streams.New(in)
	check(t, err)
	return x, in
}

// collect reads a stream to its end.
func collect[T any](t testing.TB, s *bind.Stream[T]) (out []T) {
	t.Helper()
	for v, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	check(t, s.Close())
	return out
}

func TestByteStreams(t *testing.T) {
	x, _ := newStreams(t, &streamer{})
	file, err := os.Create(t.TempDir() + "/f")
	check(t, err)
	_, err = file.WriteString("a file")
	check(t, err)
	_, err = file.Seek(0, io.SeekStart)
	check(t, err)
	r, w := io.Pipe()
	go func() {
		io.WriteString(w, "a ")
		io.WriteString(w, "pipe")
		w.Close()
	}()
	long := strings.Repeat("0123456789abcdef", 1<<14)
	for _, tt := range []struct {
		in   io.ReadCloser
		want string
	}{
		{bind.NopCloser(strings.NewReader("memory")), "MEMORY"},
		{io.NopCloser(strings.NewReader("goroutine")), "GOROUTINE"},
		{bind.NopCloser(bytes.NewReader(nil)), ""},
		{bind.NopCloser(strings.NewReader(long)), strings.ToUpper(long)},
		{file, "A FILE"},
		{r, "A PIPE"},
	} {
		out, err := x.Upper(t.Context(), tt.in)
		check(t, err)
		var b strings.Builder
		n, err := io.Copy(&b, out)
		if err != nil || b.String() != tt.want || n != int64(len(tt.want)) {
			t.Errorf("%d bytes, %.40q, %v; want %.40q", n, b.String(), err, tt.want)
		}
		check(t, out.Close())
	}
}

func TestTypedStreams(t *testing.T) {
	x, _ := newStreams(t, &streamer{})
	var in, want []uint32
	for i := range uint32(1000) {
		in, want = append(in, i), append(want, 2*i)
	}
	w, piped := bind.Pipe[uint32](7)
	go func() {
		w.Write(context.Background(), in)
		w.Close()
	}()
	for _, s := range []*bind.Stream[uint32]{bind.StreamFrom(in...), bind.StreamOfSeq(slices.Values(in)), piped} {
		out, err := x.Double(t.Context(), s)
		check(t, err)
		if got := collect(t, out); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	}
	points, err := x.Swap(t.Context(), bind.StreamFrom(streams.Point{X: 1, Y: -2}, streams.Point{X: 3, Y: 4}))
	check(t, err)
	if got := collect(t, points); !slices.Equal(got, []streams.Point{{X: -2, Y: 1}, {X: 4, Y: 3}}) {
		t.Errorf("got %v", got)
	}
	if n, err := x.Sum(t.Context(), bind.StreamFrom(in...)); err != nil || n != 499500 {
		t.Errorf("sum: %d, %v", n, err)
	}
	words, err := x.Words(t.Context())
	check(t, err)
	if got := collect(t, words); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("got %q", got)
	}
	if n, err := x.Letters(t.Context(), bind.StreamFrom("one", "", "Zoë")); err != nil || n != 7 {
		t.Errorf("letters: %d, %v", n, err)
	}
	if n, err := x.Pull(t.Context(), 100); err != nil || n != 4950 {
		t.Errorf("pull: %d, %v", n, err)
	}
	if n, err := x.Push(t.Context(), 100); err != nil || n != 4950 {
		t.Errorf("push: %d, %v", n, err)
	}
}

func TestFutures(t *testing.T) {
	x, _ := newStreams(t, &streamer{})
	p, f := bind.NewPromise[uint32]()
	plus, err := x.Plus(t.Context(), f)
	check(t, err)
	p.Resolve(41)
	for range 2 {
		if n, err := plus.Get(t.Context()); err != nil || n != 42 {
			t.Errorf("plus: %d, %v", n, err)
		}
	}
	again, err := x.Plus(t.Context(), plus)
	check(t, err)
	if n, err := x.Await(t.Context(), again); err != nil || n != 43 {
		t.Errorf("await: %d, %v", n, err)
	}
	if _, err := again.Get(t.Context()); err == nil {
		t.Error("a future that was given away has a value")
	}
	if n, err := x.Await(t.Context(), bind.NewFuture(func(context.Context) (uint32, error) { return 7, nil })); err != nil || n != 7 {
		t.Errorf("await: %d, %v", n, err)
	}
	if n, err := x.Await(t.Context(), bind.Resolved[uint32](8)); err != nil || n != 8 {
		t.Errorf("await: %d, %v", n, err)
	}
}

// TestStreamMistakes gives what cannot be given.
func TestStreamMistakes(t *testing.T) {
	x, _ := newStreams(t, &streamer{})
	s, closed := bind.StreamFrom[uint32](1), bind.StreamFrom[uint32](1)
	check(t, closed.Close())
	if n, err := x.Sum(t.Context(), s); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	for _, tt := range []struct {
		name, want string
		do         func() error
	}{
		{"nil", "parameter `s`: a stream is nil", func() error { _, err := x.Sum(t.Context(), nil); return err }},
		{"nil reader", "parameter `b`: a stream is nil", func() error { _, err := x.Upper(t.Context(), nil); return err }},
		{"nil future", "parameter `f`: a future is nil", func() error { _, err := x.Await(t.Context(), nil); return err }},
		{"zero", "the zero value", func() error { _, err := x.Sum(t.Context(), &bind.Stream[uint32]{}); return err }},
		{"zero future", "the zero value", func() error { _, err := x.Await(t.Context(), &bind.Future[uint32]{}); return err }},
		{"given", "the stream was given away before", func() error { _, err := x.Sum(t.Context(), s); return err }},
		{"closed", "the stream was closed", func() error { _, err := x.Sum(t.Context(), closed); return err }},
		{"in a list", "[1]: a stream is nil", func() error {
			_, err := x.Count(t.Context(), []io.ReadCloser{bind.NopCloser(strings.NewReader("")), nil})
			return err
		}},
	} {
		if err := tt.do(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	if n, err := x.Count(t.Context(), []io.ReadCloser{bind.NopCloser(strings.NewReader("")), file{}}); err != nil || n != 2 {
		t.Errorf("after mistakes: %d, %v", n, err)
	}
}

type file struct{}

func (file) Read([]byte) (int, error) { return 0, io.EOF }
func (file) Close() error             { return nil }

// TestStreamEnds ends streams early, on either side.
func TestStreamEnds(t *testing.T) {
	x, _ := newStreams(t, &streamer{})
	closed := make(chan struct{})
	endless := func() *bind.Stream[uint32] {
		closed = make(chan struct{})
		return bind.NewStream(func(_ context.Context, p []uint32) (int, error) { return len(p), nil }, func() { close(closed) })
	}
	if n, err := x.First(t.Context(), endless()); err != nil || n != 0 {
		t.Errorf("first: %d, %v", n, err)
	}
	<-closed
	check(t, x.Refuse(t.Context(), endless()))
	<-closed
	out, err := x.Double(t.Context(), endless())
	check(t, err)
	if _, err := out.Next(t.Context()); err != nil {
		t.Error(err)
	}
	check(t, out.Close())
	<-closed
	if _, err := out.Next(t.Context()); err == nil {
		t.Error("a closed stream has elements")
	}
	never, err := x.Never(t.Context())
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := never.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("never: %v", err)
	}
	check(t, never.Close())
}

// TestStreamReturns gives streams that come back.
func TestStreamReturns(t *testing.T) {
	host := &streamer{}
	x, _ := newStreams(t, host)
	f := file{}
	back, err := x.Through(t.Context(), f)
	check(t, err)
	if back != f || host.body != f {
		t.Errorf("back comes %T, through the host went %T", back, host.body)
	}
	s, err := x.Pass(t.Context(), bind.StreamFrom[uint32](1, 2))
	check(t, err)
	if v, err := s.Next(t.Context()); v != 1 || err != nil {
		t.Error(v, err)
	}
	// One element was read ahead: the rest goes through Go.
	s, err = x.PassSync(t.Context(), s)
	check(t, err)
	s, err = x.Double(t.Context(), s)
	check(t, err)
	s, err = x.Pass(t.Context(), s)
	check(t, err)
	if got := collect(t, s); !slices.Equal(got, []uint32{4}) {
		t.Errorf("got %v", got)
	}
}

func TestStreamTraps(t *testing.T) {
	var trap *dray.Trap
	x, _ := newStreams(t, &streamer{})
	if err := x.TrapIn(t.Context(), bind.StreamFrom[uint32](1)); !errors.As(err, &trap) {
		t.Errorf("trap-in: %v", err)
	}
	x, _ = newStreams(t, &streamer{})
	s, err := x.TrapOut(t.Context())
	check(t, err)
	if v, err := s.Next(t.Context()); v != 7 || err != nil {
		t.Error(v, err)
	}
	if _, err := s.Next(t.Context()); !errors.As(err, &trap) {
		t.Errorf("trap-out: %v", err)
	}
	x, _ = newStreams(t, &streamer{})
	if _, err := x.Await(t.Context(), bind.NewFuture(func(context.Context) (uint32, error) { return 0, errors.New("no value") })); err == nil || !strings.Contains(err.Error(), "no value") {
		t.Errorf("a future that fails: %v", err)
	}
}

// TestAsyncHost has many calls wait in the host at the same time.
func TestAsyncHost(t *testing.T) {
	const calls = 20
	host := &streamer{}
	x, in := newStreams(t, host)
	all := make(chan struct{})
	host.fetch = func(ctx context.Context, n uint32) (uint32, error) {
		if host.fetches.Load() == calls {
			close(all)
		}
		select {
		case <-all:
			return n * n, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	var group sync.WaitGroup
	for i := range uint32(calls) {
		group.Go(func() {
			if n, err := x.Relay(t.Context(), i); err != nil || n != i*i {
				t.Errorf("relay(%d): %d, %v", i, n, err)
			}
		})
	}
	group.Wait()

	cancelled := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	host.fetch = func(ctx context.Context, n uint32) (uint32, error) {
		cancel()
		<-ctx.Done()
		close(cancelled)
		return 0, ctx.Err()
	}
	if _, err := x.Patient(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("patient: %v", err)
	}
	<-cancelled
	check(t, in.Close())
}

// TestStreamLeaks closes an instance in the middle of everything.
func TestStreamLeaks(t *testing.T) {
	host := &streamer{}
	x, in := newStreams(t, host)
	before := goruntime.NumGoroutine()
	var waiting sync.WaitGroup
	waiting.Add(5)
	host.fetch = func(ctx context.Context, n uint32) (uint32, error) {
		waiting.Done()
		<-ctx.Done()
		return 0, ctx.Err()
	}
	var calls sync.WaitGroup
	call := func(f func() error) {
		calls.Go(func() {
			if err := f(); err == nil {
				t.Error("a call has ended well")
			}
		})
	}
	for range 3 {
		call(func() error { _, err := x.Patient(t.Context(), 1); return err })
	}
	closed := make(chan struct{})
	blocked := bind.NewStream(func(ctx context.Context, p []uint32) (int, error) {
		waiting.Done()
		<-ctx.Done()
		return 0, ctx.Err()
	}, func() { close(closed) })
	call(func() error { _, err := x.Sum(t.Context(), blocked); return err })
	r, w := io.Pipe()
	out, err := x.Upper(t.Context(), r)
	check(t, err)
	if _, err := io.WriteString(w, "a"); err != nil {
		t.Error(err)
	}
	call(func() error {
		waiting.Done()
		_, err := io.ReadAll(out)
		return err
	})
	waiting.Wait()
	check(t, in.Close())
	calls.Wait()
	<-closed
	_, err = io.WriteString(w, "b")
	if err == nil { // a Read was under way
		_, err = io.WriteString(w, "c")
	}
	if err != io.ErrClosedPipe {
		t.Errorf("a reader that was given to an instance which is closed: %v", err)
	}
	for deadline := time.Now().Add(10 * time.Second); goruntime.NumGoroutine() > before; goruntime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, there were %d", goruntime.NumGoroutine(), before)
		}
	}
}
