package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray/wasi/keyvalue"
	"github.com/dray-wasm/dray/wasi/keyvalue/internal/storetest"
)

func open(t *testing.T, path string, o Options) *Store {
	t.Helper()
	s, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, open(t, filepath.Join(t.TempDir(), "kv"), Options{NoSync: true}))
}

// TestAgain opens a file again: values are there, and versions go on.
func TestAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kv")
	s := open(t, path, Options{})
	b, _ := s.Open(t.Context(), "b")
	if err := b.Set(t.Context(), "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	old, err := b.Snapshot(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{Wait: time.Millisecond}); err == nil || !strings.Contains(err.Error(), "the store is open elsewhere") {
		t.Errorf("opening the file twice: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var told *keyvalue.Error
	if err := b.Set(t.Context(), "k", nil); !errors.As(err, &told) || told.Text != "the store is closed" {
		t.Errorf("Set after Close: %v", err)
	}
	b, _ = open(t, path, Options{}).Open(t.Context(), "b")
	if v, ok, err := b.Get(t.Context(), "k"); string(v) != "v" || !ok || err != nil {
		t.Errorf("Get = %q, %v, %v", v, ok, err)
	}
	if err := b.Set(t.Context(), "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	if swapped, err := b.Swap(t.Context(), "k", old, nil); swapped || err != nil {
		t.Errorf("a value that was set again is swapped: %v, %v", swapped, err)
	}
}

func TestFull(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "kv"), Options{MaxBytes: 1 << 20, NoSync: true})
	b, _ := s.Open(t.Context(), "b")
	var err error
	var told *keyvalue.Error
	for i := 0; i < 64 && err == nil; i++ {
		err = b.Set(t.Context(), strings.Repeat("k", i+1), make([]byte, 64<<10))
	}
	if !errors.As(err, &told) || told.Text != "the store is full" {
		t.Errorf("2 MiB in a store of 1 MiB: %v", err)
	}
	if err := b.Delete(t.Context(), "k"); err != nil {
		t.Errorf("Delete in a full store: %v", err)
	}
	if err := b.Set(t.Context(), strings.Repeat("k", 40_000), nil); !errors.As(err, &told) {
		t.Errorf("a key of 40,000 bytes: %v", err)
	}
}

func TestNotAStore(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "text")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database\n", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{path: "the file is not a store", dir: "cannot be opened", filepath.Join(dir, "no", "kv"): "cannot be opened"} {
		if _, err := Open(name, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open: %v, want %q", err, want)
		}
	}
}
