package dray_test

// This file is a storm: very many goroutines that call one instance of
// testdata/guests/p3/async.wasm, and cancel their calls at any time. DRAY_STORM
// is how many seconds it lasts.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
)

// stormPoint is the record point of async.wit.
type stormPoint struct {
	X, Y  int32
	Label string
}

// storm is the functions of an instance, and what the host does for it.
type storm struct {
	in *dray.Instance

	add           func(ctx context.Context, a, b uint32) (uint32, error)
	addAsync      func(ctx context.Context, a, b uint32) (uint32, error)
	sleepAndAdd   func(ctx context.Context, ns uint64, a, b uint32) (uint32, error)
	turns         func(ctx context.Context, n uint32) (uint32, error)
	echo          func(ctx context.Context, s io.Reader) (io.ReadCloser, error)
	copy          func(ctx context.Context, s io.Reader) (io.ReadCloser, error)
	generate      func(ctx context.Context, n uint64, chunk uint32) (io.ReadCloser, error)
	drain         func(ctx context.Context, s io.Reader, chunk uint32) (uint64, error)
	mapRecords    func(ctx context.Context, s *dray.Stream[stormPoint]) (*dray.Stream[stormPoint], error)
	records       func(ctx context.Context, n uint32) (*dray.Stream[stormPoint], error)
	sum           func(ctx context.Context, s *dray.Stream[uint32]) (uint64, error)
	take          func(ctx context.Context, s *dray.Stream[uint32], count uint32) ([]uint32, error)
	later         func(ctx context.Context, ns uint64, text string) (*dray.Future[string], error)
	awaitFuture   func(ctx context.Context, f *dray.Future[string]) (string, error)
	ignoreFuture  func(ctx context.Context, f *dray.Future[string]) error
	check         func(ctx context.Context, ns uint64, text string) (string, error)
	forward       func(ctx context.Context, question string) (string, error)
	ticks         func(ctx context.Context, n uint32) (uint64, error)
	through       func(ctx context.Context) (uint64, error)
	giveUp        func(ctx context.Context, ns uint64) (bool, error)
	never, stuck  func(ctx context.Context) error
	countWaiting  func(ctx context.Context) (uint32, error)
	tick          atomic.Uint64
	inHost        atomic.Int64 // calls and streams of the host
	calls, ending [stormOps]atomic.Int64
}

// sourceBytes is how many bytes the host's streams have.
const sourceBytes = 10_000

func newStorm(t *testing.T) *storm {
	t.Helper()
	rt, err := dray.NewRuntime(dray.Config{NoCache: true})
	check(t, err)
	t.Cleanup(func() { rt.Close() })
	c, err := rt.CompileComponentFile(t.Context(), "testdata/guests/p3/async.wasm")
	check(t, err)
	s := new(storm)
	l := rt.NewLinker()
	check(t, wasi.Link(l))
	check(t, s.define(l.Instance("dray:tasks/host@0.1.0")))
	// Calls of stuck wait for nothing.
	s.in, err = wasi.Instantiate(t.Context(), l, c, wasi.Config{}, dray.Patient())
	check(t, err)
	bindStorm(t, s.in, "add", &s.add)
	bindStorm(t, s.in, "add-async", &s.addAsync)
	bindStorm(t, s.in, "sleep-and-add", &s.sleepAndAdd)
	bindStorm(t, s.in, "turns", &s.turns)
	bindStorm(t, s.in, "echo-stream", &s.echo)
	bindStorm(t, s.in, "copy-stream", &s.copy)
	bindStorm(t, s.in, "generate", &s.generate)
	bindStorm(t, s.in, "drain", &s.drain)
	bindStorm(t, s.in, "map-records", &s.mapRecords)
	bindStorm(t, s.in, "records", &s.records)
	bindStorm(t, s.in, "sum", &s.sum)
	bindStorm(t, s.in, "take", &s.take)
	bindStorm(t, s.in, "later", &s.later)
	bindStorm(t, s.in, "await-future", &s.awaitFuture)
	bindStorm(t, s.in, "ignore-future", &s.ignoreFuture)
	bindStorm(t, s.in, "check", &s.check)
	bindStorm(t, s.in, "forward", &s.forward)
	bindStorm(t, s.in, "ticks", &s.ticks)
	bindStorm(t, s.in, "through", &s.through)
	bindStorm(t, s.in, "give-up", &s.giveUp)
	bindStorm(t, s.in, "never", &s.never)
	bindStorm(t, s.in, "stuck", &s.stuck)
	bindStorm(t, s.in, "count-waiting", &s.countWaiting)
	return s
}

func bindStorm[F any](t *testing.T, in *dray.Instance, name string, f *F) {
	t.Helper()
	*f = funcOf[F](t, in, name)
}

// define defines the interface host.
func (s *storm) define(d *dray.Definitions) error {
	begin := func() func() {
		s.inHost.Add(1)
		return func() { s.inHost.Add(-1) }
	}
	return errors.Join(
		d.Func("tick", func(context.Context) (uint64, error) {
			defer begin()()
			runtime.Gosched()
			return s.tick.Add(1), nil
		}),
		d.Func("ask", func(_ context.Context, q string) (string, error) {
			defer begin()()
			return "answer to " + q, nil
		}),
		d.Func("source", func(context.Context) io.Reader {
			return &stormSource{Reader: io.LimitReader(endlessBytes{}, sourceBytes), end: begin()}
		}),
		d.Func("sink", func(_ context.Context, r io.ReadCloser) (uint64, error) {
			defer begin()()
			defer r.Close()
			n, err := io.Copy(io.Discard, r)
			return uint64(n), err
		}),
		d.Func("forever", func(ctx context.Context) error {
			defer begin()()
			<-ctx.Done()
			return ctx.Err()
		}),
	)
}

// A stormSource is a stream of the host.
type stormSource struct {
	io.Reader
	end  func()
	once sync.Once
}

func (s *stormSource) Close() error {
	s.once.Do(s.end)
	return nil
}

// endlessBytes is a reader that gives some bytes each time.
type endlessBytes struct{}

func (endlessBytes) Read(p []byte) (int, error) { return min(len(p), 700), nil }

// stormOps is how many kinds of calls there are.
const stormOps = 23

// op makes one call and checks its result. An error is the call's, or says what
// was wrong.
func (s *storm) op(ctx context.Context, kind int, r *rand.Rand) error {
	n := r.Uint32N(1000)
	ns := uint64(r.Uint32N(2_000_000))
	text := "text " + strconv.Itoa(int(n))
	switch kind {
	case 0:
		got, err := s.add(ctx, n, 1)
		return is(got, n+1, err)
	case 1:
		got, err := s.addAsync(ctx, n, 1)
		return is(got, n+1, err)
	case 2:
		got, err := s.sleepAndAdd(ctx, ns, n, 1)
		return is(got, n+1, err)
	case 3:
		got, err := s.turns(ctx, n%50)
		return is(got, n%50, err)
	case 4, 5:
		f := s.echo
		if kind == 5 {
			f = s.copy
		}
		sent := pattern(int(n) * 100)
		out, err := f(ctx, &stormSource{Reader: bytes.NewReader(sent), end: func() {}})
		return bytesAre(ctx, out, err, sent, r)
	case 6:
		out, err := s.generate(ctx, uint64(n)*100, 1+n)
		return bytesAre(ctx, out, err, pattern(int(n)*100), r)
	case 7:
		got, err := s.drain(ctx, io.LimitReader(endlessBytes{}, int64(n)*100), 1+n)
		return is(got, uint64(n)*100, err)
	case 8, 9:
		return s.points(ctx, kind == 8, int(n%50), r)
	case 10:
		got, err := s.sum(ctx, dray.StreamOf(slices.Values(numbers(n))))
		return is(got, uint64(n)*(uint64(n)-1+b2i(n == 0))/2, err)
	case 11:
		got, err := s.take(ctx, dray.StreamFrom(numbers(n)...), n/2)
		if err == nil && !slices.Equal(got, numbers(n/2)) {
			err = fmt.Errorf("take: %v", got)
		}
		return err
	case 12, 13, 14:
		return s.futures(ctx, kind, ns, text)
	case 15:
		return s.checked(ctx, ns, text, n%2 == 0)
	case 16:
		got, err := s.forward(ctx, text)
		return is(got, "answer to "+text, err)
	case 17:
		got, err := s.ticks(ctx, 1+n%20)
		if err == nil && got == 0 {
			err = errors.New("ticks: 0")
		}
		return err
	case 18:
		got, err := s.through(ctx)
		return is(got, sourceBytes, err)
	case 19:
		got, err := s.giveUp(ctx, ns)
		return is(got, true, err)
	case 20:
		_, err := s.countWaiting(ctx)
		return err
	}
	never := []func(context.Context) error{s.never, s.stuck}[kind-21]
	ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(ns), errStorm)
	defer cancel()
	if err := never(ctx); err == nil {
		return errors.New("never returned")
	} else {
		return err
	}
}

func b2i(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// is says that a result is wrong.
func is[T comparable](got, want T, err error) error {
	if err == nil && got != want {
		err = fmt.Errorf("got %v, want %v", got, want)
	}
	return err
}

// pattern is the bytes that generate gives.
func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i)
	}
	return p
}

// bytesAre reads a stream of bytes: all of it, or a part.
func bytesAre(ctx context.Context, out io.ReadCloser, err error, want []byte, r *rand.Rand) error {
	if err != nil {
		return err
	}
	defer out.Close()
	if r.Uint32N(4) == 0 {
		want = want[:r.IntN(len(want)+1)]
		got := make([]byte, len(want))
		_, err = io.ReadFull(readerOf(ctx, out), got)
		return is(string(got), string(want), err)
	}
	got, err := io.ReadAll(readerOf(ctx, out))
	if err == nil && !bytes.Equal(got, want) {
		err = fmt.Errorf("%d bytes came, want %d", len(got), len(want))
	}
	return err
}

// readerOf reads until ctx ends.
func readerOf(ctx context.Context, r io.Reader) io.Reader {
	if b, ok := r.(*dray.ByteStream); ok {
		return readerFunc(func(p []byte) (int, error) { return b.ReadContext(ctx, p) })
	}
	return r
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// points has records go both ways, or one.
func (s *storm) points(ctx context.Context, both bool, n int, r *rand.Rand) error {
	want := make([]stormPoint, n)
	for i := range want {
		want[i] = stormPoint{int32(i), -int32(i), "point " + strconv.Itoa(i)}
	}
	var out *dray.Stream[stormPoint]
	var err error
	if both {
		out, err = s.mapRecords(ctx, dray.StreamFrom(slices.Clone(want)...))
		for i, p := range want {
			want[i] = stormPoint{p.Y, p.X, p.Label + "'"}
		}
	} else {
		out, err = s.records(ctx, uint32(n))
	}
	if err != nil {
		return err
	}
	defer out.Close()
	if r.Uint32N(4) == 0 {
		want = want[:r.IntN(n+1)]
	}
	var got []stormPoint
	for p, err := range out.All(ctx) {
		if err != nil {
			return err
		}
		if len(got) == len(want) && len(want) < n {
			break
		}
		got = append(got, p)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("got %d points, want %d: %.300v", len(got), len(want), got)
	}
	return nil
}

// futures gives and gets futures.
func (s *storm) futures(ctx context.Context, kind int, ns uint64, text string) error {
	switch kind {
	case 12:
		f, err := s.later(ctx, ns, text)
		if err != nil {
			return err
		}
		defer f.Close()
		got, err := f.Get(ctx)
		return is(got, text, err)
	case 13:
		p, f := dray.NewPromise[string]()
		time.AfterFunc(time.Duration(ns), func() { p.Resolve(text) })
		got, err := s.awaitFuture(ctx, f)
		return is(got, text, err)
	}
	return s.ignoreFuture(ctx, dray.Resolved(text))
}

// checked calls check.
func (s *storm) checked(ctx context.Context, ns uint64, text string, fail bool) error {
	if fail {
		text = "!" + text
	}
	got, err := s.check(ctx, ns, text)
	var failed *dray.ErrorValue
	if fail && errors.As(err, &failed) {
		return nil
	}
	return is(got, text, err)
}

var errStorm = errors.New("the storm ended the call")

// blow makes calls until the end.
func (s *storm) blow(t *testing.T, r *rand.Rand, end time.Time) {
	for time.Now().Before(end) && !t.Failed() {
		kind := r.IntN(stormOps)
		ctx, cancel := t.Context(), context.CancelFunc(func() {})
		if kind != 0 && kind != 20 && r.Uint32N(3) == 0 { // calls that are not async would be interrupted
			c, cause := context.WithCancelCause(ctx)
			timer := time.AfterFunc(time.Duration(r.Uint32N(2_000_000)), func() { cause(errStorm) })
			ctx, cancel = c, func() { timer.Stop(); cause(nil) }
		}
		err := s.op(ctx, kind, r)
		s.calls[kind].Add(1)
		if errors.Is(err, errStorm) {
			s.ending[kind].Add(1)
			err = nil
		}
		if err != nil {
			t.Errorf("call %d: %v", kind, err)
		}
		cancel()
	}
}

// TestAsyncStormOfAll has 1,000 goroutines call all functions of an instance.
// Afterwards it answers, and nothing is left.
func TestAsyncStormOfAll(t *testing.T) {
	callers, d := 1000, 2*time.Second
	if testing.Short() {
		callers, d = 100, d/4
	}
	if v := os.Getenv("DRAY_STORM"); v != "" {
		n, err := strconv.Atoi(v)
		check(t, err)
		d = time.Duration(n) * time.Second
	}
	check(t, newStorm(t).in.Close()) // what is made once is made
	before := openNow()
	s := newStorm(t)
	end := time.Now().Add(d)
	var wg sync.WaitGroup
	for i := range uint64(callers) {
		wg.Go(func() { s.blow(t, rand.New(rand.NewPCG(i, 7)), end) })
	}
	wg.Wait()
	s.calm(t, before)
}

// calm checks that the instance is as good as new, and that nothing is left of
// it once it is closed.
func (s *storm) calm(t *testing.T, before open) {
	t.Helper()
	if s.in.Trapped() {
		t.Error("the instance has trapped")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r := rand.New(rand.NewPCG(1, 1))
	for kind := range 21 {
		if err := s.op(ctx, kind, r); err != nil {
			t.Errorf("afterwards, call %d: %v", kind, err)
		}
	}
	waiting, err := s.countWaiting(ctx)
	for err == nil && waiting > 0 && ctx.Err() == nil {
		runtime.Gosched()
		waiting, err = s.countWaiting(ctx)
	}
	if waiting > 0 || err != nil {
		t.Errorf("%d calls are still under way in the guest, %v", waiting, err)
	}
	check(t, s.in.Close())
	for s.inHost.Load() > 0 && ctx.Err() == nil {
		runtime.Gosched()
	}
	if n := s.inHost.Load(); n > 0 {
		t.Errorf("%d calls are still under way in the host", n)
	}
	before.settle(t)
	var b strings.Builder
	var all, ended int64
	for i := range s.calls {
		n, e := s.calls[i].Load(), s.ending[i].Load()
		all, ended = all+n, ended+e
		fmt.Fprintf(&b, " %d/%d", n, e)
	}
	t.Logf("%d calls, %d of them cancelled; by kind:%s", all, ended, &b)
}

// open is what a process has.
type open struct{ goroutines, descriptors int }

func openNow() open {
	runtime.GC()
	o := open{goroutines: runtime.NumGoroutine()}
	if es, err := os.ReadDir("/proc/self/fd"); err == nil {
		o.descriptors = len(es)
	}
	return o
}

// settle waits until there is no more than there was.
func (o open) settle(t *testing.T) {
	t.Helper()
	var now open
	for range 1000 {
		if now = openNow(); now.goroutines <= o.goroutines && now.descriptors <= o.descriptors {
			return
		}
		runtime.Gosched()
	}
	buf := make([]byte, 1<<20)
	t.Errorf("before: %+v; after: %+v\n%s", o, now, buf[:runtime.Stack(buf, true)])
}
