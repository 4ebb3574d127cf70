package wasi_test

// This file is the guest that asks for too much: testdata/guests/p2/greedy.wasm.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	stdnet "net"
	"net/netip"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/fs"
	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/wasi"
)

// greedy is what the guest is told to ask for, what it prints then, as a
// regular expression, and how a trap is explained; "" for none.
var greedy = []struct{ what, out, trap string }{
	{"random", "", "asks for 1099511627776 random bytes at once, more than 67108864"},
	{"random-max", "", "asks for 18446744073709551615 random bytes"},
	{"insecure", "", "asks for 67108865 random bytes"},
	{"random-64", "67108864", ""},
	{"zeroes", "", "writes 18446744073709551615 bytes to a stream for which check-write permitted 65536"},
	{"zeroes-blocking", "", "was called with 18446744073709551615 bytes, more than 4096"},
	{"poll-nothing", "", "empty list"},
	{"poll-stdin", "1", ""},
	{"poll-timers", "1", ""},
	{"poll-sockets", "1", ""},
	{"pollables", "", "has 1000000 handles"},
	{"outputs", "", "has 1000000 handles"},
	{"all-fields", "", "has 1000000 handles"},
	{"addresses", "", "has 1000000 handles"},
	{"descriptors", `\d+ and insufficient-memory`, ""},
	{"streams", `\d+ and insufficient-memory`, ""},
	{"directories", `\d+ and insufficient-memory`, ""},
	{"preopens", "", "cannot be given"},
	{"sockets", `\d+ and new-socket-limit`, ""},
	{"datagram-sockets", `\d+ and new-socket-limit`, ""},
	{"lookups", "10000 and out-of-memory", ""},
	{"fields", `\d\d and HeaderError::InvalidSyntax`, ""},
	{"bodies", `1024 and \(\)`, ""},
	{"requests", "1024 and ErrorCode::ConnectionLimitReached", ""},
	{"datagrams", "true\ntrue\nErr\\(\"datagram-too-large\"\\)", ""},
	{"datagrams-more", "", "datagrams to a stream for which check-send permitted"},
	{"lengths", `(?s).*`, ""},
	{"times", `(?s).*`, ""},
	{"itself", "true", ""},
	{"orphans", "ok", ""},
}

// peakHeap and peakGoroutines bound what a guest may cost the host at a time:
// its handles and the copies of its lists are counted by number, not in bytes.
const (
	peakHeap       = 1 << 30
	peakGoroutines = 15000
)

// TestGreedyGuest: who asks for too much is refused, or traps, at a bounded
// cost, and leaves nothing.
func TestGreedyGuest(t *testing.T) {
	rt := newRuntime(t)
	guest := load(t, rt, filepath.Join(p2Dir, "greedy.wasm"))
	for _, g := range greedy {
		t.Run(g.what, func(t *testing.T) {
			before := measure(t)
			before.addressSpace = math.MaxInt64 - slack // what the stacks took is not given back at once
			peak := watchPeak()
			out, err := runGreedy(t, guest, g.what)
			heap, goroutines := peak()
			if heap > peakHeap || goroutines > peakGoroutines {
				t.Errorf("the host came to %d MiB and %d goroutines", heap>>20, goroutines)
			}
			t.Logf("%q, %v; at most %d MiB and %d goroutines", out, err, heap>>20, goroutines)
			var trap *dray.Trap
			switch {
			case g.trap == "" && err != nil:
				t.Errorf("it ended with %v", err)
			case g.trap != "" && (!errors.As(err, &trap) || !strings.Contains(err.Error(), g.trap)):
				t.Errorf("it ended with %v, want a trap with %q", err, g.trap)
			case !regexp.MustCompile("^(?:" + g.out + ")$").MatchString(strings.TrimSpace(out)):
				t.Errorf("it printed %q, want %q", out, g.out)
			}
			before.settle(t)
		})
	}
}

// runGreedy runs the guest with files, names that are never resolved, a server
// that never answers, and an input that never comes.
func runGreedy(t *testing.T, guest *dray.Component, what string) (string, error) {
	dir, err := wasi.HostDir(t.TempDir(), "/", fs.ReadWrite)
	check(t, err)
	defer dir.FS.Close()
	in, w := io.Pipe()
	defer w.Close()
	pattern, err := hosthttp.ParseHostPattern("*")
	check(t, err)
	var out bytes.Buffer
	server := deafServer(t)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	client := hosthttp.NewClient(hosthttp.ClientConfig{Allow: []hosthttp.HostPattern{pattern}, Dialer: net.AllowAll()})
	defer client.Close()
	code, err := wasi.Run(ctx, guest, wasi.Config{
		Args: []string{"greedy", what, server.Addr().String()}, Stdin: in, Stdout: &out, Dirs: []wasi.Dir{dir},
		Network: net.AllowAll().WithResolver(silent), HTTP: client,
	})
	if err == nil && code != 0 {
		t.Errorf("exit status %d", code)
	}
	return out.String(), err
}

// deafServer takes connections, as far as the system does, and nothing else.
func deafServer(t *testing.T) stdnet.Listener {
	t.Helper()
	l, err := stdnet.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	return l
}

// silent is a resolver that does not answer.
func silent(ctx context.Context, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// watchPeak looks how much there is of the host until the function that it
// gives is called, which tells the most of it.
func watchPeak() func() (heap, goroutines uint64) {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}, {Name: "/sched/goroutines:goroutines"},
	}
	runtime.GC()
	var heap, goroutines uint64
	look := func() {
		metrics.Read(samples)
		heap = max(heap, samples[0].Value.Uint64()+samples[1].Value.Uint64())
		goroutines = max(goroutines, samples[2].Value.Uint64())
	}
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				look()
			}
		}
	}()
	return func() (uint64, uint64) {
		close(stop)
		<-done
		look()
		return heap, goroutines
	}
}
