package dray_test

// This file tests streams, futures and async functions in Go, with the
// component testdata/components/streams.wat.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/value"
)

// Point is the record point of streams.wat.
type Point struct{ X, Y int32 }

// A streamsHost is what streams.wat imports; nil functions trap.
type streamsHost struct {
	fetch  func(ctx context.Context, n uint32) (uint32, error)
	source func(ctx context.Context, n uint32) (*dray.Stream[uint32], error)
	drain  func(ctx context.Context, s *dray.Stream[uint32]) (uint64, error)
	body   func(ctx context.Context, b io.ReadCloser) (io.Reader, error)
	peek   func(ctx context.Context, s *dray.Stream[uint32]) (uint32, error)
}

// define defines the functions that there are.
func (h streamsHost) define(l *dray.Linker) error {
	var err error
	for name, fn := range map[string]any{"fetch": h.fetch, "source": h.source, "drain": h.drain, "body": h.body, "peek": h.peek} {
		if e := l.Func(name, fn); e != nil && !strings.Contains(e.Error(), "must be defined by a function") {
			err = errors.Join(err, e)
		}
	}
	return err
}

var streamsComponent = sync.OnceValues(func() (*dray.Component, error) {
	rt, err := dray.NewRuntime(dray.Config{NoCache: true})
	if err != nil {
		return nil, err
	}
	return rt.CompileComponentFile(context.Background(), components+"/streams.wat")
})

// streams is an instance of streams.wat. When the test ends, it checks that no
// goroutine stays.
func streams(t testing.TB, h streamsHost) *dray.Instance {
	t.Helper()
	c, err := streamsComponent()
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	l := c.Runtime().NewLinker()
	err = errors.Join(h.define(l), l.Traps(c))
	if err != nil {
		t.Fatal(err)
	}
	in, err := l.Instantiate(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
			if time.Now().After(deadline) {
				buf := make([]byte, 1<<20)
				t.Errorf("%d goroutines, there were %d:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
				return
			}
		}
	})
	return in
}

// all are the elements of a stream.
func all[T any](t testing.TB, s *dray.Stream[T]) (out []T) {
	t.Helper()
	for v, err := range s.All(t.Context()) {
		if err != nil {
			t.Error(err)
			break
		}
		out = append(out, v)
	}
	return out
}

func numbers(n uint32) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}

type (
	numbersFunc = func(context.Context, *dray.Stream[uint32]) (*dray.Stream[uint32], error)
	totalFunc   = func(context.Context, *dray.Stream[uint32]) (uint64, error)
	sourceFunc  = func(context.Context) (*dray.Stream[uint32], error)
)

func TestStreamsNumbers(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	double := funcOf[numbersFunc](t, in, "double")
	for _, n := range []uint32{0, 1, 17, 1023, 1024, 1025, 10_000} {
		want := numbers(n)
		s, err := double(ctx, dray.StreamFrom(want...))
		if err != nil {
			t.Fatal(err)
		}
		got := all(t, s)
		for i := range want {
			want[i] *= 2
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d elements: %v", n, got)
		}
	}
}

func TestStreamsRecords(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	swap := funcOf[func(context.Context, *dray.Stream[Point]) (*dray.Stream[Point], error)](t, in, "swap")
	s, err := swap(ctx, dray.StreamOf(slices.Values([]Point{{1, 2}, {-3, 4}, {5, -6}})))
	if err != nil {
		t.Fatal(err)
	}
	if got := all(t, s); !slices.Equal(got, []Point{{2, 1}, {4, -3}, {-6, 5}}) {
		t.Error(got)
	}
}

func TestStreamsBytes(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	upper := funcOf[func(context.Context, io.Reader) (io.ReadCloser, error)](t, in, "upper")
	long := strings.Repeat("some words, ", 10_000)
	for _, r := range []io.Reader{strings.NewReader(long), onlyReader{strings.NewReader(long)}, bytes.NewBufferString(long)} {
		b, err := upper(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(b)
		if err != nil || string(got) != strings.ToUpper(long) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestStreamsTypedBytes(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	upper := funcOf[func(context.Context, *dray.Stream[byte]) (*dray.Stream[byte], error)](t, in, "upper")
	b, err := upper(ctx, dray.StreamFrom([]byte("words")...))
	if err != nil {
		t.Fatal(err)
	}
	if got := all(t, b); string(got) != "WORDS" {
		t.Errorf("%s", got)
	}
}

func TestStreamsStrings(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	words := funcOf[func(context.Context) (*dray.Stream[string], error)](t, in, "words")
	s, err := words(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := all(t, s); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Error(got)
	}
	letters := funcOf[func(context.Context, *dray.Stream[string]) (uint32, error)](t, in, "letters")
	if n, err := letters(ctx, dray.StreamFrom("one", "", "three")); n != 8 || err != nil {
		t.Error(n, err)
	}
}

func TestStreamsNested(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	count := funcOf[func(context.Context, []io.ReadCloser) (uint32, error)](t, in, "count")
	closed := make(chan int, 3)
	list := make([]io.ReadCloser, 3)
	for i := range list {
		list[i] = &closing{strings.NewReader("x"), func() { closed <- i }}
	}
	if n, err := count(ctx, list); n != 3 || err != nil {
		t.Error(n, err)
	}
	got := []int{<-closed, <-closed, <-closed}
	slices.Sort(got)
	if !slices.Equal(got, []int{0, 1, 2}) {
		t.Error(got)
	}
}

func TestStreamsPipe(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	sum := funcOf[totalFunc](t, in, "sum")
	w, s := dray.Pipe[uint32](3)
	go func() {
		for i := range uint32(100) {
			if _, err := w.Write(ctx, []uint32{i, i}); err != nil {
				t.Error(err)
			}
		}
		w.Close()
	}()
	if n, err := sum(ctx, s); n != 9900 || err != nil {
		t.Error(n, err)
	}
}

// An onlyReader hides what else a reader can do.
type onlyReader struct{ io.Reader }

// A closing is a reader that tells when it is closed.
type closing struct {
	io.Reader
	closed func()
}

func (c *closing) Close() error {
	c.closed()
	return nil
}

// TestStreamPassed checks streams that come back as they are.
func TestStreamPassed(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	for _, name := range []string{"pass", "pass-sync"} {
		pass, double := funcOf[numbersFunc](t, in, name), funcOf[numbersFunc](t, in, "double")
		given := dray.StreamFrom(numbers(50)...)
		back, err := pass(ctx, given)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := given.Read(ctx, make([]uint32, 1)); !errors.Is(err, dray.ErrStreamGiven) {
			t.Error(err)
		}
		if back, err = pass(ctx, back); err != nil {
			t.Fatal(err)
		}
		if got := all(t, back); !slices.Equal(got, numbers(50)) {
			t.Error(name, got)
		}
		s, err := double(ctx, dray.StreamFrom[uint32](1, 2, 3))
		if err != nil {
			t.Fatal(err)
		}
		if s, err = pass(ctx, s); err != nil { // a guest's own
			t.Fatal(err)
		}
		if s, err = double(ctx, s); err != nil {
			t.Fatal(err)
		}
		if got := all(t, s); !slices.Equal(got, []uint32{4, 8, 12}) {
			t.Error(name, got)
		}
	}
}

func TestFutures(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	plus := funcOf[func(context.Context, *dray.Future[uint32]) (*dray.Future[uint32], error)](t, in, "plus")
	wait := funcOf[func(context.Context, *dray.Future[uint32]) (uint32, error)](t, in, "await")
	if n, err := wait(ctx, dray.Resolved[uint32](7)); n != 7 || err != nil {
		t.Error(n, err)
	}
	p, f := dray.NewPromise[uint32]()
	g, err := plus(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	if g, err = plus(ctx, g); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := g.Get(short); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	go p.Resolve(40)
	for range 2 {
		if n, err := g.Get(ctx); n != 42 || err != nil {
			t.Error(n, err)
		}
	}
	failing := dray.NewFuture(func(context.Context) (uint32, error) { return 0, errors.New("no number today") })
	if _, err := wait(ctx, failing); err == nil || !strings.Contains(err.Error(), "no number today") {
		t.Error(err)
	}
}

// TestStreamMistakes checks what is refused before the guest is called.
func TestStreamMistakes(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	sum := funcOf[totalFunc](t, in, "sum")
	wait := funcOf[func(context.Context, *dray.Future[uint32]) (uint32, error)](t, in, "await")
	upper := funcOf[func(context.Context, io.Reader) (io.ReadCloser, error)](t, in, "upper")
	count := funcOf[func(context.Context, []*dray.Stream[byte]) (uint32, error)](t, in, "count")
	given := dray.StreamFrom[uint32](1, 2)
	if n, err := sum(ctx, given); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	closed := dray.StreamFrom[uint32](1, 2)
	closed.Close()
	twice := dray.StreamFrom[byte](1)
	for name, tt := range map[string]struct {
		call func() error
		want string
	}{
		"nil stream":  {func() error { _, err := sum(ctx, nil); return err }, "parameter `s`: a stream must not be nil"},
		"nil future":  {func() error { _, err := wait(ctx, nil); return err }, "parameter `f`: a future must not be nil"},
		"nil reader":  {func() error { _, err := upper(ctx, nil); return err }, "parameter `b`: a stream must not be nil"},
		"zero":        {func() error { _, err := sum(ctx, new(dray.Stream[uint32])); return err }, "parameter `s`: the stream is the zero value; NewStream makes streams"},
		"given":       {func() error { _, err := sum(ctx, given); return err }, "parameter `s`: the stream was given away before"},
		"closed":      {func() error { _, err := sum(ctx, closed); return err }, "parameter `s`: the stream was closed"},
		"given twice": {func() error { _, err := count(ctx, []*dray.Stream[byte]{twice, twice}); return err }, "the arguments: the same stream is given twice"},
		"nil in list": {func() error { _, err := count(ctx, []*dray.Stream[byte]{twice, nil}); return err }, "parameter `l`[1]: a stream must not be nil"},
	} {
		if err := tt.call(); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if n, err := count(ctx, []*dray.Stream[byte]{twice}); n != 1 || err != nil {
		t.Error("after the mistakes:", n, err)
	}
	for name, err := range map[string]error{
		"element": second(dray.FuncOf[func(context.Context, *dray.Stream[int32]) (uint64, error)](in, "sum")),
		"future":  second(dray.FuncOf[func(context.Context, *dray.Future[uint32]) (uint64, error)](in, "sum")),
		"bytes":   second(dray.FuncOf[func(context.Context, []byte) (io.ReadCloser, error)](in, "upper")),
	} {
		want := map[string]string{
			"element": "sum: parameter \"s\": element is a u32, but that of *dray.Stream[int32] is an int32; use uint32",
			"future":  "sum: parameter \"s\" is a stream<u32>, but parameter 2 of the Go function is *dray.Future[uint32]; use *dray.Stream[uint32]",
			"bytes":   "upper: parameter \"b\" is a stream<u8>, but parameter 2 of the Go function is []uint8; use io.ReadCloser",
		}[name]
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestStreamsClosedEarly checks ends that are dropped before the other side
// has done.
func TestStreamsClosedEarly(t *testing.T) {
	in := streams(t, streamsHost{})
	ctx := t.Context()
	first := funcOf[func(context.Context, *dray.Stream[uint32]) (uint32, error)](t, in, "first")
	refuse := funcOf[func(context.Context, *dray.Stream[uint32]) error](t, in, "refuse")
	double := funcOf[numbersFunc](t, in, "double")
	// The guest reads no more: the function of the stream is told.
	over := make(chan struct{})
	next := func(_ context.Context, p []uint32) (int, error) { p[0] = 9; return 1, nil }
	if n, err := first(ctx, dray.NewStream(next, func() { close(over) })); n != 9 || err != nil {
		t.Error(n, err)
	}
	<-over
	// A guest that never reads, and a writer that waits.
	w, s := dray.Pipe[uint32](1)
	if err := refuse(ctx, s); err != nil {
		t.Error(err)
	}
	if _, err := w.Write(ctx, []uint32{1, 2, 3}); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
	// The program reads no more: the guest stops, and closes what it reads.
	over = make(chan struct{})
	out, err := double(ctx, dray.NewStream(next, func() { close(over) }))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := out.Next(ctx); v != 18 || err != nil {
		t.Error(v, err)
	}
	if err := out.Close(); err != nil {
		t.Error(err)
	}
	<-over
	if _, err := out.Next(ctx); !errors.Is(err, dray.ErrStreamClosed) {
		t.Error(err)
	}
}

// TestStreamReadContext and those that follow check how reading can end.
func TestStreamReadContext(t *testing.T) {
	in := streams(t, streamsHost{})
	s, err := funcOf[sourceFunc](t, in, "never")(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		go cancel(why)
		if _, err := s.Next(ctx); !errors.Is(err, why) {
			t.Error(err)
		}
	}
}

func TestStreamReadInstanceClosed(t *testing.T) {
	in := streams(t, streamsHost{})
	s, err := funcOf[sourceFunc](t, in, "never")(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	go in.Close()
	if _, err := s.Next(t.Context()); !errors.Is(err, dray.ErrInstanceClosed) {
		t.Error(err)
	}
	if _, err := s.Next(t.Context()); !errors.Is(err, dray.ErrInstanceClosed) {
		t.Error(err)
	}
}

func TestStreamReadTrap(t *testing.T) {
	in := streams(t, streamsHost{})
	s, err := funcOf[sourceFunc](t, in, "trap-out")(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v, err := s.Next(t.Context()); v != 7 || err != nil {
		t.Error(v, err)
	}
	_, err = s.Next(t.Context())
	var trap *dray.Trap
	if !errors.As(err, &trap) || !strings.Contains(trap.Error(), "unreachable") {
		t.Errorf("%T: %v", err, err)
	}
	if !in.Trapped() {
		t.Error("the instance has not trapped")
	}
}

func TestStreamReadTrapOfTheReader(t *testing.T) {
	in := streams(t, streamsHost{})
	over := make(chan struct{})
	next := func(_ context.Context, p []uint32) (int, error) { return len(p), nil }
	err := funcOf[func(context.Context, *dray.Stream[uint32]) error](t, in, "trap-in")(t.Context(), dray.NewStream(next, func() { close(over) }))
	var trap *dray.Trap
	if !errors.As(err, &trap) || !strings.Contains(trap.Error(), "unreachable") {
		t.Errorf("%T: %v", err, err)
	}
	<-over
}

func TestStreamReadClosedMeanwhile(t *testing.T) {
	in := streams(t, streamsHost{})
	s, err := funcOf[sourceFunc](t, in, "never")(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	go s.Close()
	if _, err := s.Next(t.Context()); !errors.Is(err, dray.ErrStreamClosed) && err != io.EOF {
		t.Error(err)
	}
	if _, err := s.Next(t.Context()); !errors.Is(err, dray.ErrStreamClosed) {
		t.Error(err)
	}
}

func TestStreamReadFuture(t *testing.T) {
	in := streams(t, streamsHost{})
	plus := funcOf[func(context.Context, *dray.Future[uint32]) (*dray.Future[uint32], error)](t, in, "plus")
	_, f := dray.NewPromise[uint32]()
	g, err := plus(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	go in.Close()
	if _, err := g.Get(t.Context()); !errors.Is(err, dray.ErrInstanceClosed) {
		t.Error(err)
	}
}

func TestStreamReadBytes(t *testing.T) {
	in := streams(t, streamsHost{})
	upper := funcOf[func(context.Context, io.Reader) (io.ReadCloser, error)](t, in, "upper")
	pr, pw := io.Pipe()
	r, err := upper(t.Context(), pr)
	if err != nil {
		t.Fatal(err)
	}
	go pw.Write([]byte("one"))
	got := make([]byte, 10)
	if n, err := r.Read(got); string(got[:n]) != "ONE" || err != nil {
		t.Errorf("%s, %v", got[:n], err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := r.(*dray.ByteStream).ReadContext(ctx, got); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	go in.Close()
	if _, err := r.Read(got); !errors.Is(err, dray.ErrInstanceClosed) {
		t.Error(err)
	}
	for err = nil; err == nil; { // until the guest's end is closed
		_, err = pw.Write([]byte("two"))
	}
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

func TestStreamReadTrapElsewhere(t *testing.T) {
	in := streams(t, streamsHost{})
	sum := funcOf[totalFunc](t, in, "sum")
	trap := funcOf[func(context.Context, *dray.Stream[uint32]) error](t, in, "trap-in")
	asked, over := make(chan struct{}), make(chan struct{})
	s := dray.NewStream(func(ctx context.Context, _ []uint32) (int, error) {
		close(asked)
		<-ctx.Done()
		return 0, ctx.Err()
	}, func() { close(over) })
	go func() {
		<-asked
		trap(t.Context(), dray.StreamFrom[uint32](1))
	}()
	_, err := sum(t.Context(), s)
	var e *dray.Trap
	if !errors.As(err, &e) || !strings.Contains(e.Error(), "unreachable") {
		t.Errorf("%T: %v", err, err)
	}
	<-over
	if _, err := sum(t.Context(), dray.StreamFrom[uint32](1)); err == nil || !strings.Contains(err.Error(), "cannot enter component instance") {
		t.Error(err)
	}
}

func TestStreamReadBadElement(t *testing.T) {
	in := streams(t, streamsHost{})
	letters := funcOf[func(context.Context, *dray.Stream[string]) (uint32, error)](t, in, "letters")
	if _, err := letters(t.Context(), dray.StreamFrom("good", "\xff")); err == nil || !strings.Contains(err.Error(), "a string must be UTF-8") {
		t.Error(err)
	}
}

// TestStreamValues checks streams and futures in values.
func TestStreamValues(t *testing.T) {
	c, err := streamsComponent()
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	l := c.Runtime().NewLinker()
	err = l.FuncValues("source", func(ctx context.Context, ft *dray.FuncType, args []dray.Value) ([]dray.Value, error) {
		v, err := dray.EndValue(ft.Result, dray.StreamFrom(numbers(uint32(args[0].Uint()))...))
		return []dray.Value{v}, err
	})
	err2 := l.FuncValues("drain", func(ctx context.Context, _ *dray.FuncType, args []dray.Value) ([]dray.Value, error) {
		sum := uint64(0)
		for v, err := range args[0].Handle().(*dray.Stream[dray.Value]).All(ctx) {
			if err != nil {
				return nil, err
			}
			sum += v.Uint()
		}
		return []dray.Value{value.U64(sum)}, nil
	})
	if err := errors.Join(err, err2, l.Traps(c)); err != nil {
		t.Fatal(err)
	}
	in, err := l.Instantiate(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	call := func(name string, end any) (any, error) {
		t.Helper()
		f, err := in.Func(name)
		if err != nil {
			t.Fatal(err)
		}
		v, err := dray.EndValue(f.Type().Params[0].Type, end)
		if err != nil {
			t.Fatal(err)
		}
		out, err := f.Call(ctx, v)
		if err != nil {
			return nil, err
		}
		if h := out[0].Handle(); h != nil {
			return h, nil
		}
		return out[0].String(), nil
	}
	for name, end := range map[string]any{
		"typed":  dray.StreamFrom[uint32](1, 2, 3),
		"values": dray.StreamFrom(value.U32(1), value.U32(2), value.U32(3)),
	} {
		got, err := call("double", end)
		if err != nil {
			t.Fatal(name, err)
		}
		if text := fmt.Sprint(all(t, got.(*dray.Stream[dray.Value]))); text != "[2 4 6]" {
			t.Error(name, text)
		}
	}
	got, err := call("swap", dray.StreamFrom(Point{1, 2}))
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(all(t, got.(*dray.Stream[dray.Value]))); text != "[{x: 2, y: 1}]" {
		t.Error(text)
	}
	if got, err = call("upper", strings.NewReader("words")); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(got.(io.Reader)); string(text) != "WORDS" || err != nil {
		t.Errorf("%s, %v", text, err)
	}
	if got, err = call("plus", dray.Resolved(value.U32(1))); err != nil {
		t.Fatal(err)
	}
	if v, err := got.(*dray.Future[dray.Value]).Get(ctx); v.Uint() != 2 || err != nil {
		t.Error(v, err)
	}
	for name, end := range map[string]any{
		"parameter `s`: a stream must not be nil": nil,
		`parameter ` + "`s`" + `: the value is a stream<u32>, but what stands for it in Go is a string; use *dray.Stream[uint32]`:   "text",
		"parameter `s`: the value: element is a u32, but that of *dray.Stream[string] is a string; use uint32":                      dray.StreamFrom("a"),
		"parameter `s`: the value is a stream<u32>, but what stands for it in Go is *dray.Future[uint32]; use *dray.Stream[uint32]": dray.Resolved[uint32](1),
		"parameter `s`: the value is a stream<u32>, but what stands for it in Go is *strings.Reader; use *dray.Stream[uint32]":      strings.NewReader(""),
	} {
		if _, err := call("sum", end); err == nil || err.Error() != name {
			t.Errorf("%v, want %s", err, name)
		}
	}
	for _, name := range []string{"pull", "push"} {
		f, err := in.Func(name)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := f.Call(ctx, value.U32(10)); err != nil || out[0].Uint() != 45 {
			t.Error(name, out, err)
		}
	}
}
