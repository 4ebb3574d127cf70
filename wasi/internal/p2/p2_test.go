package p2

import (
	"runtime"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

// newState makes a state of its own.
func newState(c *guest.Config) (*State, *guest.State, error) {
	p, err := guest.NewProgram(c)
	if err != nil {
		return nil, nil, err
	}
	g := guest.New(c.Limits.MaxOpen)
	s, err := New(g, p, c)
	return s, g, err
}

func TestNew(t *testing.T) {
	if _, g, err := newState(&guest.Config{Args: []string{"app"}}); err != nil || g.Close() != nil {
		t.Fatal(err)
	}
	for want, p := range map[string]guest.Preopen{
		"preopened directory 0": {Guest: "/"},
		"has no name":           {Dir: fs.NewMem(fs.MemLimits{}).Dir(fs.ReadOnly)},
	} {
		if _, _, err := newState(&guest.Config{Preopens: []guest.Preopen{p}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestEmpty: the state of a guest that was given nothing costs nothing that
// stays.
func TestEmpty(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 100 {
		s := Empty()
		if s.HTTP() == nil {
			t.Fatal("nothing of HTTP")
		}
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, g, err := newState(&guest.Config{Args: []string{"app"}, Env: []string{"A=1"}})
		if err != nil {
			b.Fatal(err)
		}
		g.Close()
	}
}
