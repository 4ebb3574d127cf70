package wasi_test

// This file is guests of WASI 0.3 that ask for too much, or leave much to be
// done when they end: testdata/guests/p3/greedy.wasm, and the service that
// answers with more than anybody reads.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	stdnet "net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/host/fs"
	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/wasi"
	wasihttp "github.com/dray-wasm/dray/wasi/http"
)

// hugeWrite is the most bytes that one write can have, and hugeGrowth by how
// much the host may grow for it.
const (
	hugeWrite  = 1<<28 - 1
	hugeGrowth = 8 << 20
)

// A stopWriter takes some bytes and then no more until it is opened.
type stopWriter struct {
	countWriter
	most   int64
	opened chan struct{}
}

func (w *stopWriter) Write(p []byte) (int, error) {
	if w.n.Load() >= w.most {
		<-w.opened
	}
	return w.countWriter.Write(p)
}

// A sinkServer takes one connection and reads it: up to most bytes, then it
// waits until the peer is gone.
type sinkServer struct {
	stdnet.Listener
	got  atomic.Int64
	done chan struct{}
}

func newSinkServer(t *testing.T, most int64) *sinkServer {
	t.Helper()
	s := &sinkServer{Listener: deafServer(t), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		c, err := s.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		n, _ := io.Copy(io.Discard, io.LimitReader(c, most))
		s.got.Store(n)
	}()
	return s
}

func (s *sinkServer) port() string {
	_, port, _ := stdnet.SplitHostPort(s.Addr().String())
	return port
}

// bounded runs f, and checks that the host does not grow by more than some
// bytes, and that nothing is left.
func bounded(t *testing.T, most int64, f func()) {
	t.Helper()
	before := measure(t)
	grown := watchGrowth()
	f()
	if n := grown(); n > most {
		t.Errorf("the host grew by %d KiB", n>>10)
	} else {
		t.Logf("the host grew by %d KiB", n>>10)
	}
	before.settle(t)
}

// TestAsyncHugeWrites: of a write of all that one write can have, the host has a
// small part at a time.
func TestAsyncHugeWrites(t *testing.T) {
	long(t)
	rt := newRuntime(t)
	guest := load(t, rt, filepath.Join(p3Dir, "greedy.wasm"))
	run := func(t *testing.T, cfg wasi.Config, args ...string) {
		t.Helper()
		var errs bytes.Buffer
		cfg.Args, cfg.Stderr = append([]string{"greedy", "huge"}, args...), &errs
		code, err := wasi.Run(t.Context(), guest, cfg)
		if code != 0 || err != nil || !strings.HasSuffix(errs.String(), " true, 0 left\n") {
			t.Errorf("exit status %d, %v; the guest says %q", code, err, &errs)
		}
	}
	run(t, wasi.Config{}, "stdout") // what is made once is made
	t.Run("stdout", func(t *testing.T) {
		bounded(t, hugeGrowth, func() {
			var out countWriter
			run(t, wasi.Config{Stdout: &out}, "stdout")
			if n := out.n.Load(); n != hugeWrite {
				t.Errorf("%d bytes are written", n)
			}
		})
	})
	t.Run("file", func(t *testing.T) {
		bounded(t, hugeGrowth, func() {
			host := t.TempDir()
			dir, err := wasi.HostDir(host, "/", fs.ReadWrite)
			check(t, err)
			defer dir.FS.Close()
			run(t, wasi.Config{Dirs: []wasi.Dir{dir}}, "file")
			if st, err := os.Stat(filepath.Join(host, "huge")); err != nil || st.Size() != hugeWrite {
				t.Errorf("%v, %v", st, err)
			}
		})
	})
	t.Run("tcp", func(t *testing.T) {
		bounded(t, hugeGrowth, func() {
			s := newSinkServer(t, 1<<40)
			run(t, wasi.Config{Network: net.AllowAll()}, "tcp", s.port())
			<-s.done
			if n := s.got.Load(); n != hugeWrite {
				t.Errorf("%d bytes came", n)
			}
			check(t, s.Close())
		})
	})
}

// TestAsyncReaderStops: where nobody takes what a guest writes, its write waits,
// and ends with the guest.
func TestAsyncReaderStops(t *testing.T) {
	long(t)
	rt := newRuntime(t)
	guest := load(t, rt, filepath.Join(p3Dir, "greedy.wasm"))
	run := func(t *testing.T, stopped func() bool, cfg wasi.Config, args ...string) {
		t.Helper()
		cfg.Args, cfg.Stderr = append([]string{"greedy"}, args...), io.Discard
		ctx, cancel := context.WithCancelCause(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := wasi.Run(ctx, guest, cfg)
			ended <- err
		}()
		until(t, stopped)
		time.Sleep(momentTime) // for what could still grow
		select {
		case err := <-ended:
			t.Errorf("it ended: %v", err)
			ended <- err
		default:
		}
		cancel(errEnough)
		var trap *dray.Trap
		if err := <-ended; !errors.Is(err, errEnough) || !errors.As(err, &trap) || trap.Kind != engine.TrapInterrupted {
			t.Errorf("it ended with %v", err)
		}
	}
	for _, args := range [][]string{{"huge", "stdout"}, {"tiny", "100000"}} {
		t.Run(args[0], func(t *testing.T) {
			bounded(t, hugeGrowth, func() {
				out := &stopWriter{most: 10, opened: make(chan struct{})}
				run(t, func() bool { return out.n.Load() >= out.most }, wasi.Config{Stdout: out}, args...)
				close(out.opened)
				if n := out.n.Load(); n > 1<<20 {
					t.Errorf("the host took %d bytes for a reader that took %d", n, out.most)
				}
			})
		})
	}
	t.Run("tcp", func(t *testing.T) {
		bounded(t, hugeGrowth, func() {
			l := deafServer(t)
			came := make(chan stdnet.Conn, 1)
			go func() {
				c, _ := l.Accept()
				came <- c
			}()
			_, port, _ := stdnet.SplitHostPort(l.Addr().String())
			run(t, func() bool { return len(came) == 1 }, wasi.Config{Network: net.AllowAll()}, "huge", "tcp", port)
			(<-came).Close()
			check(t, l.Close())
		})
	})
}

// TestAsyncTinyWrites: many writes of a byte are all written.
func TestAsyncTinyWrites(t *testing.T) {
	long(t)
	rt := newRuntime(t)
	guest := load(t, rt, filepath.Join(p3Dir, "greedy.wasm"))
	bounded(t, hugeGrowth, func() {
		var out countWriter
		code, err := wasi.Run(t.Context(), guest, wasi.Config{Args: []string{"greedy", "tiny", "20000"}, Stdout: &out})
		if code != 0 || err != nil || out.n.Load() != 20000 {
			t.Errorf("exit status %d, %v, %d bytes", code, err, out.n.Load())
		}
	})
}

// TestAsyncHugeBody: a response of as much is sent as it is read, and is given
// up when nobody reads it.
func TestAsyncHugeBody(t *testing.T) {
	long(t)
	g := serveGuest(t, filepath.Join(p3Dir, "service.wasm"), wires[0], wasihttp.Config{})
	get := func(ctx context.Context) *nethttp.Response {
		t.Helper()
		req, err := nethttp.NewRequestWithContext(ctx, "GET", fmt.Sprintf("%s/zeroes/%d", g.URL, hugeWrite), nil)
		check(t, err)
		resp, err := g.client.Do(req)
		check(t, err)
		return resp
	}
	g.ask(t, "GET", "/hello", nil)
	g.outcome(t)
	grown := watchGrowth()
	resp := get(t.Context())
	n, err := io.Copy(io.Discard, resp.Body)
	if n != hugeWrite || err != nil {
		t.Errorf("%d bytes came, %v", n, err)
	}
	check(t, resp.Body.Close())
	if o := g.outcome(t); o.Err != nil || o.Bytes != hugeWrite {
		t.Errorf("it ended with %+v", o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	resp = get(ctx)
	var some [10]byte
	_, err = io.ReadFull(resp.Body, some[:])
	check(t, err)
	time.Sleep(momentTime) // for what could still grow
	cancel()
	resp.Body.Close()
	if o := g.outcome(t); !errors.Is(o.Err, wasihttp.ErrGone) || o.Bytes > 64<<20 {
		t.Errorf("it ended with %+v", o)
	}
	if n := grown(); n > hugeGrowth {
		t.Errorf("the host grew by %d KiB", n>>10)
	}
	g.ask(t, "GET", "/hello", nil).want(t, 200, "hello\n")
}

// TestAsyncLeft: a guest that ends in any way while the host waits for
// connections, datagrams, bytes, clocks, names and answers for it, leaves
// nothing.
func TestAsyncLeft(t *testing.T) {
	long(t)
	rt := newRuntime(t)
	guest := load(t, rt, filepath.Join(p3Dir, "greedy.wasm"))
	pattern, err := hosthttp.ParseHostPattern("*")
	check(t, err)
	run := func(t *testing.T, how string) (uint32, error) {
		t.Helper()
		server := deafServer(t)
		defer server.Close()
		in, w := io.Pipe()
		defer w.Close()
		client := hosthttp.NewClient(hosthttp.ClientConfig{Allow: []hosthttp.HostPattern{pattern}, Dialer: net.AllowAll()})
		defer client.Close()
		addr := server.Addr().String()
		_, port, _ := stdnet.SplitHostPort(addr)
		return wasi.Run(t.Context(), guest, wasi.Config{
			Args: []string{"greedy", "left", how, port, "http://" + addr}, Stdin: in,
			Network: net.AllowAll().WithResolver(silent), HTTP: client,
		})
	}
	_, err = run(t, "exit") // what is made once is made
	check(t, err)
	for how, want := range map[string]uint32{"exit": 1, "trap": 0, "end": 0} {
		t.Run(how, func(t *testing.T) {
			bounded(t, hugeGrowth, func() {
				for range 10 {
					code, err := run(t, how)
					var trap *dray.Trap
					if errors.As(err, &trap); code != want || (err != nil) != (how == "trap") || err != nil && (trap == nil || trap.Kind != engine.TrapUnreachable) {
						t.Errorf("exit status %d, %v", code, err)
					}
				}
			})
		})
	}
}

// long skips a test that looks at much memory or waits for many operations where
// -short is set.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("much work, and -short is set")
	}
}
