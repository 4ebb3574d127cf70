package wasi_test

// This file keeps testdata/called.txt: the functions of WASI that guests called
// in tests, one a line, as a linker's observer is told of them:
// "wasi:io/poll@0.2.12#[method]pollable.ready". With -record-called, tests add
// to it.

import (
	"context"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray"
)

var recordCalled = flag.Bool("record-called", false, "add to testdata/called.txt what guests call")

const (
	calledFile = "testdata/called.txt"
	calledHead = "# Functions that guests called in tests. \"go test ./wasi -record-called\" adds to them.\n"
)

// calls are the functions that guests called since the tests began. It is safe
// for concurrent use.
type calls struct {
	mu    sync.Mutex
	names map[string]bool
}

var called calls

// observe records what components that l prepares from now on call. exports
// are functions of guests that the test calls.
func (c *calls) observe(t *testing.T, l *dray.Linker, exports ...string) {
	t.Helper()
	if !*recordCalled {
		return
	}
	for _, name := range exports {
		c.add(name)
	}
	l.Observe(func(_ context.Context, name string) { c.add(name) })
	t.Cleanup(func() {
		if !t.Failed() {
			c.write(t)
		}
	})
}

func (c *calls) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.names = map[string]bool{}
	}
	c.names[name] = true
}

// write adds the functions of WASI among them to the file.
func (c *calls) write(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	all := readCalled(t)
	for name := range c.names {
		if strings.HasPrefix(name, "wasi:") {
			all[name] = true
		}
	}
	text := calledHead + strings.Join(slices.Sorted(maps.Keys(all)), "\n") + "\n"
	if err := os.WriteFile(calledFile, []byte(text), 0o666); err != nil {
		t.Error(err)
	}
}

// readCalled are the functions in the file.
func readCalled(t *testing.T) map[string]bool {
	t.Helper()
	data, err := os.ReadFile(calledFile)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			m[line] = true
		}
	}
	return m
}
