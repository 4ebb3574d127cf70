package guest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// A source is the input of a pipe as a stream of a guest is.
type source struct {
	*stream.PipeInput
	closed atomic.Int64
}

func (s *source) ReadContext(ctx context.Context, p []byte) (int, error) {
	return s.PipeInput.Read(ctx, p)
}

func (s *source) Read(p []byte) (int, error) { return s.ReadContext(context.Background(), p) }

func (s *source) Close() error {
	s.closed.Add(1)
	s.PipeInput.Close()
	return nil
}

func newSource() (*stream.PipeOutput, *source) {
	p := stream.NewPipe(1 << 20)
	return p.Output(), &source{PipeInput: p.Input()}
}

// A sink keeps what is written to it.
type sink struct {
	mu   sync.Mutex
	b    bytes.Buffer
	room int // 0 for no end
	gate chan struct{}
}

func (s *sink) write(ctx context.Context, p []byte) error {
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room > 0 && s.b.Len()+len(p) > s.room {
		return host.EPIPE
	}
	s.b.Write(p)
	return nil
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// outcome is how a pump ends.
func outcome() (chan error, func(error)) {
	ch := make(chan error, 2)
	return ch, func(err error) { ch <- err }
}

func send(t *testing.T, w *stream.PipeOutput, s string) {
	t.Helper()
	if _, err := w.Write(t.Context(), []byte(s)); err != nil {
		t.Fatal(err)
	}
}

func TestPump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(0)
		w, src := newSource()
		var out sink
		ended, done := outcome()
		g.Pump(src, out.write, done)
		want := ""
		for _, s := range []string{"a", "bc", strings.Repeat("long ", 100_000), "d"} {
			send(t, w, s)
			want += s
			synctest.Wait()
			if out.String() != want {
				t.Fatalf("%d bytes are written, want %d", len(out.String()), len(want))
			}
		}
		if len(g.open) != 1 || len(g.busy) != 1 || g.room != mostRoom-firstRoom {
			t.Errorf("%d open, %d busy, room for %d", len(g.open), len(g.busy), g.room)
		}
		w.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(g.open)+len(g.busy)+g.room+len(ended) != 0 || src.closed.Load() != 1 {
			t.Errorf("%d open, %d busy, room for %d, %d ends, closed %d times", len(g.open), len(g.busy), g.room, len(ended), src.closed.Load())
		}
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestPumpEnds has the ends that are no good ones.
func TestPumpEnds(t *testing.T) {
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		room int
		end  func(*State, *stream.PipeOutput)
		want error
		out  string
	}{
		"write fails":         {4, func(_ *State, w *stream.PipeOutput) { w.Write(t.Context(), []byte("more")) }, host.EPIPE, "abc"},
		"read fails":          {0, func(_ *State, w *stream.PipeOutput) { w.CloseWithError(broken) }, broken, "abc"},
		"the guest ends":      {0, func(g *State, _ *stream.PipeOutput) { g.Close() }, host.EBADF, "abc"},
		"nothing but the end": {0, func(_ *State, w *stream.PipeOutput) { w.Close() }, nil, "abc"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := New(0)
				w, src := newSource()
				out := sink{room: tt.room}
				ended, done := outcome()
				g.Pump(src, out.write, done)
				send(t, w, "abc")
				synctest.Wait()
				tt.end(g, w)
				err := <-ended
				if err != tt.want && !(tt.want == host.EBADF && errors.Is(err, context.Canceled)) || out.String() != tt.out || src.closed.Load() != 1 {
					t.Errorf("%v, %q is written, closed %d times", err, &out, src.closed.Load())
				}
				g.Close()
				synctest.Wait()
				if len(g.busy)+g.room != 0 {
					t.Errorf("%d are busy", len(g.busy))
				}
			})
		})
	}
}

// TestFlushOfPumps: what came is written when Flush returns, though the stream
// goes on, and nothing is lost.
func TestFlushOfPumps(t *testing.T) {
	g := New(0)
	w, src := newSource()
	var out sink
	ended, done := outcome()
	g.Pump(src, out.write, done)
	want := ""
	for range 2000 {
		send(t, w, "x")
		want += "x"
		// What is in the pipe has not come yet.
		for src.Available() > 0 {
			runtime.Gosched()
		}
		if err := g.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Fatalf("after Flush %d bytes are written, want %d", len(out.String()), len(want))
		}
	}
	w.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}

// TestFlushWaits: Flush heeds its context, and Close does not wait for what
// cannot be written.
func TestFlushWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(0)
		w, src := newSource()
		out := sink{gate: make(chan struct{})}
		ended, done := outcome()
		g.Pump(src, out.write, done)
		send(t, w, "abc")
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		flushed := make(chan error)
		go func() { flushed <- g.Flush(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-flushed; !errors.Is(err, context.Canceled) {
			t.Errorf("Flush: %v", err)
		}
		go func() { flushed <- g.Flush(t.Context()) }()
		synctest.Wait()
		out.gate <- struct{}{}
		if err := <-flushed; err != nil || out.String() != "abc" {
			t.Errorf("Flush: %v, %q", err, &out)
		}
		send(t, w, "def")
		synctest.Wait()
		if err := g.Close(); err != nil || len(g.busy) != 0 {
			t.Errorf("Close: %v, %d busy", err, len(g.busy))
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the pump ended with %v", err)
		}
	})
}

// TestPumpLimits: pumps are among what may be open, and their room is bounded.
func TestPumpLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 400
		g := New(n)
		written := 0
		write := func(_ context.Context, p []byte) error { written += len(p); return nil }
		for i := range n + 1 {
			w, src := newSource()
			ended, done := outcome()
			g.Pump(src, write, done)
			if i == n {
				if err := <-ended; err != host.EMFILE || src.closed.Load() != 1 {
					t.Errorf("one too many: %v, closed %d times", err, src.closed.Load())
				}
				break
			}
			send(t, w, strings.Repeat("x", 200_000))
			synctest.Wait()
		}
		if g.room > allRoom || g.room < allRoom-mostRoom {
			t.Errorf("the pumps have room for %d bytes more, want at most %d", g.room, allRoom)
		}
		if written != n*200_000 {
			t.Errorf("%d bytes are written", written)
		}
		if err := g.Close(); err != nil || g.room != 0 {
			t.Errorf("Close: %v, room for %d", err, g.room)
		}
		_, src := newSource()
		ended, done := outcome()
		if g.Pump(src, write, done); <-ended != host.EBADF {
			t.Error("a pump of a guest that has ended")
		}
	})
}

// TestPumpOfReader: a reader without ReadContext ends with Close.
func TestPumpOfReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(0)
		r, w := io.Pipe()
		var out sink
		ended, done := outcome()
		g.Pump(r, out.write, done)
		io.WriteString(w, "abc")
		synctest.Wait()
		if out.String() != "abc" {
			t.Errorf("%q is written", &out)
		}
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != io.ErrClosedPipe {
			t.Error(err)
		}
	})
}
