package state

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/internal/guest"
	"github.com/dray-wasm/dray/wasi/internal/p2"
	"github.com/dray-wasm/dray/wasi/internal/p3"
)

func TestNew(t *testing.T) {
	s, err := New(&guest.Config{Args: []string{"app"}, Limits: guest.Limits{MaxOpen: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if s.P2.HTTP() == nil || s.P3.HTTP() == nil {
		t.Error("nothing of HTTP")
	}
	// Both have one limit.
	a, b := &thing{}, &thing{}
	if s.Opened(a) != nil || !errors.Is(s.Opened(b), host.EMFILE) {
		t.Error("the limit is not that of the configuration")
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if a.closed != 1 {
		t.Errorf("closed %d times", a.closed)
	}
}

// A thing is something that a guest opened.
type thing struct{ closed int }

func (x *thing) Close() error { x.closed++; return nil }

func TestBadConfig(t *testing.T) {
	before := runtime.NumGoroutine()
	for want, c := range map[string]*guest.Config{
		"environment variable 0": {Env: []string{"A"}},
		"argument 0":             {Args: []string{"\x00"}},
		"preopened directory 0":  {Preopens: []guest.Preopen{{Guest: "/"}}},
		"has no name":            {Preopens: []guest.Preopen{{Dir: fs.NewMem(fs.MemLimits{}).Dir(fs.ReadOnly)}}},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
}

// TestEmpty: the state of a guest that was given nothing costs nothing that
// stays.
func TestEmpty(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 100 {
		if p2.Empty().HTTP() == nil || p3.Empty().HTTP() == nil {
			t.Fatal("nothing of HTTP")
		}
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
}

// TestLink: everything can be defined in one linker, and nothing twice.
func TestLink(t *testing.T) {
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	l := rt.NewLinker()
	nothing := func(context.Context) *State { return nil }
	if err := Link(l, nothing); err != nil {
		t.Fatal(err)
	}
	if err := Link(l, nothing); err == nil {
		t.Error("a function is defined twice")
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s, err := New(&guest.Config{Args: []string{"app"}, Env: []string{"A=1"}})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
