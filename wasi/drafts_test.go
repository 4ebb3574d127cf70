package wasi_test

// This file runs a guest that calls every function of the drafts: wasi:config,
// wasi:keyvalue and wasi:logging.

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasi/keyvalue"
	"github.com/dray-wasm/dray/wasi/keyvalue/bolt"
	"github.com/dray-wasm/dray/wasi/keyvalue/redis"
)

func TestDrafts(t *testing.T) {
	src, err := os.ReadFile("testdata/drafts.wat")
	if err != nil {
		t.Fatal(err)
	}
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	c, err := rt.CompileComponent(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	l := rt.NewLinker()
	if err := wasi.Link(l); err != nil {
		t.Fatal(err)
	}
	called.observe(t, l, "wasi:cli/run@0.2.12#run")
	file, err := bolt.Open(filepath.Join(t.TempDir(), "kv"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	server, err := redis.Open("redis://"+miniredis.RunT(t).Addr(), redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for name, store := range map[string]keyvalue.Store{"memory": keyvalue.NewMemory(0), "bolt": file, "redis": server} {
		var log bytes.Buffer
		exit, err := wasi.RunLinked(t.Context(), l, c, wasi.Config{
			Config:   map[string]string{"color": "v1", "size": "2"},
			KeyValue: store,
			Log:      slog.NewTextHandler(&log, nil),
		})
		if exit != 0 || err != nil {
			t.Errorf("%s: exit status %d, %v", name, exit, err)
		}
		if want := `level=ERROR+4 msg="a message" context=color`; !strings.Contains(log.String(), want) {
			t.Errorf("%s: the log is %q, want %q", name, log.String(), want)
		}
	}
	// Nothing granted: the guest finds nothing, which it traps at.
	if _, err := wasi.Run(t.Context(), c, wasi.Config{}); err == nil || !strings.Contains(err.Error(), "unreachable") {
		t.Errorf("a guest that was given nothing: %v", err)
	}
}
