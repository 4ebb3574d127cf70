package p2

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/internal/p2/filesystem"
)

func TestNew(t *testing.T) {
	s, err := New(Config{Args: []string{"app"}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for want, c := range map[string]Config{
		"environment variable 0": {Env: []string{"A"}},
		"argument 0":             {Args: []string{"\x00"}},
		"preopened directory 0":  {Preopens: []filesystem.Preopen{{Guest: "/"}}},
		"has no name":            {Preopens: []filesystem.Preopen{{Dir: fs.NewMem(fs.MemLimits{}).Dir(fs.ReadOnly)}}},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
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
		if err := s.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s, err := New(Config{Args: []string{"app"}, Env: []string{"A=1"}})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
