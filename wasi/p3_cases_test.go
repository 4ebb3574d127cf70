package wasi_test

// This file is single moments of the asynchronous canonical ABI: the cases of
// testdata/guests/p3/wat, called as the list there says.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
)

// A momentCall is one line of the list.
type momentCall struct {
	Case   string  `json:"case"`
	N      uint32  `json:"n"`
	Result *uint32 `json:"result"`
	Most   *uint32 `json:"most"`
	// Trap is part of the trap's message.
	Trap string `json:"trap"`
	// Handles is the limit of them.
	Handles int  `json:"handles"`
	Waits   bool `json:"waits"`
	Silent  bool `json:"silent"`
	Stdout  int  `json:"stdout"`
}

// momentCalls is the list.
func momentCalls(t *testing.T) (list []momentCall) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p3Dir, "wat/cases.json"))
	check(t, err)
	check(t, json.Unmarshal(text, &list))
	return list
}

// TestAsyncMoments calls each case: it returns, traps or waits as it must, and
// leaves nothing.
func TestAsyncMoments(t *testing.T) {
	rt := newRuntime(t)
	components := map[string]*dray.Component{}
	for _, call := range momentCalls(t) {
		name := fmt.Sprintf("%s/%d", call.Case, call.N)
		if call.Silent {
			name += "/silent"
		}
		t.Run(name, func(t *testing.T) {
			if testing.Short() && call.N > 5000 {
				t.Skip("many, and -short is set")
			}
			c := components[call.Case]
			if c == nil {
				c = load(t, rt, filepath.Join(p3Dir, "wat", call.Case+".wat"))
				components[call.Case] = c
			}
			before := measure(t)
			grown := watchGrowth()
			call.run(t, c)
			if heap, most := grown(), momentHeap+int64(call.N)*momentCost; heap > most {
				t.Errorf("the host grew by %d KiB, more than %d", heap>>10, most>>10)
			} else {
				t.Logf("the host grew by %d KiB", heap>>10)
			}
			before.settle(t)
		})
	}
}

// TestAsyncMomentsListed: each case is on the list, but for the command.
func TestAsyncMomentsListed(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(p3Dir, "wat/*.wat"))
	check(t, err)
	listed := map[string]bool{"exit-with-code": true}
	for _, call := range momentCalls(t) {
		listed[call.Case] = true
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".wat"); !listed[name] {
			t.Errorf("%s is not listed", name)
		}
	}
}

// watchGrowth looks how much memory the host has until the function that it gives
// is called, which tells by how many bytes it grew at most.
func watchGrowth() func() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	peak := watchPeak()
	return func() int64 {
		heap, _ := peak()
		return int64(heap) - int64(m.HeapAlloc+m.StackInuse)
	}
}

// momentHeap is by how much the host may grow, in bytes, besides momentCost for
// each thing that a guest was told to make.
const (
	momentHeap = 16 << 20
	momentCost = 8 << 10
)

// momentTime is how long a call must go on that waits.
const momentTime = 50 * time.Millisecond

var errEnough = errors.New("enough")

// run makes one call, in an instance of its own.
func (m *momentCall) run(t *testing.T, c *dray.Component) {
	h := &momentHost{silent: m.Silent}
	var out countWriter
	in, err := wasi.Instantiate(t.Context(), h.linker(t, c), c, wasi.Config{Stdout: &out, Limits: dray.Limits{Handles: m.Handles}})
	check(t, err)
	f, err := dray.FuncOf[func(context.Context, uint32) (uint32, error)](in, "run")
	check(t, err)
	ctx := t.Context()
	if m.Waits {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, momentTime, errEnough)
		defer cancel()
	}
	got, err := f(ctx, m.N)
	m.judge(t, got, err)
	if err == nil && m.Trap != "" { // it comes after the result
		err = in.Wait(t.Context())
		wantTrapText(t, err, m.Trap)
	}
	if trapped := in.Trapped(); trapped != (m.Trap != "") && !m.Waits {
		t.Errorf("the instance is trapped: %t", trapped)
	}
	check(t, in.Close())
	h.ended(t, m)
	if m.Stdout != 0 && out.n.Load() != int64(m.Stdout) {
		t.Errorf("%d bytes are written, want %d", out.n.Load(), m.Stdout)
	}
}

// judge says whether a call has ended as it should.
func (m *momentCall) judge(t *testing.T, got uint32, err error) {
	t.Helper()
	t.Logf("%d, %v", got, err)
	switch {
	case m.Waits:
		if !errors.Is(err, errEnough) {
			t.Errorf("got %d, %v, want that it waits", got, err)
		}
	case err != nil && m.Trap != "":
		wantTrapText(t, err, m.Trap)
	case err != nil:
		t.Errorf("got %v", err)
	case m.Result == nil && m.Most == nil:
		t.Errorf("got %d, want a trap", got)
	case m.Result != nil && got != *m.Result:
		t.Errorf("got %d, want %d", got, *m.Result)
	case m.Most != nil && got > *m.Most:
		t.Errorf("got %d, want %d at most", got, *m.Most)
	}
}

// wantTrapText checks that an error is a trap that says something.
func wantTrapText(t *testing.T, err error, text string) {
	t.Helper()
	var trap *dray.Trap
	if !errors.As(err, &trap) || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want a trap with %q", err, text)
	}
}

// A momentHost is the interface host that cases import.
type momentHost struct {
	silent bool
	ticks  atomic.Uint64
	// running is how many calls of forever there are, most how many there were.
	running, most atomic.Int64
	open, read    atomic.Int64 // streams of source, and what was read of them
}

// linker defines what a component imports.
func (h *momentHost) linker(t *testing.T, c *dray.Component) *dray.Linker {
	t.Helper()
	l := wasiLinker(t, c.Runtime())
	d := l.Instance("host")
	check(t, d.Func("tick", func(ctx context.Context) (uint64, error) {
		n := h.ticks.Add(1)
		for range n % 3 {
			runtime.Gosched()
		}
		return n, nil
	}))
	check(t, d.Func("source", func(context.Context) io.Reader {
		h.open.Add(1)
		return &momentSource{h: h, closed: make(chan struct{})}
	}))
	check(t, d.Func("sink", func(ctx context.Context, s io.ReadCloser) (uint64, error) {
		defer s.Close()
		if h.silent {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		n, err := io.Copy(io.Discard, s)
		return uint64(n), err
	}))
	check(t, d.Func("forever", func(ctx context.Context) error {
		n := h.running.Add(1)
		defer h.running.Add(-1)
		for most := h.most.Load(); n > most && !h.most.CompareAndSwap(most, n); most = h.most.Load() {
		}
		<-ctx.Done()
		return ctx.Err()
	}))
	return l
}

// ended checks that nothing of the host goes on.
func (h *momentHost) ended(t *testing.T, m *momentCall) {
	t.Helper()
	until(t, func() bool { return h.running.Load() == 0 && h.open.Load() == 0 })
	if m.Case == "cancel-storm" && h.most.Load() > 100 {
		t.Errorf("%d calls were under way at a time", h.most.Load())
	}
	if ahead := h.read.Load(); m.Case == "reader-stops" && ahead > 128<<10 {
		t.Errorf("the guest read %d bytes, the host gave %d", m.N, ahead)
	}
}

// A momentSource has bytes without end, or none ever.
type momentSource struct {
	h      *momentHost
	closed chan struct{}
}

func (s *momentSource) Read(p []byte) (int, error) {
	if s.h.silent {
		<-s.closed
		return 0, io.EOF
	}
	s.h.read.Add(int64(len(p)))
	return copy(p, bytes.Repeat([]byte("s"), len(p))), nil
}

func (s *momentSource) Close() error {
	close(s.closed)
	s.h.open.Add(-1)
	return nil
}

// A countWriter counts bytes.
type countWriter struct{ n atomic.Int64 }

func (c *countWriter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}
