package filesystem_test

// This file runs programs of wasm32-wasip3.

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi"
)

// run runs a command with dir as "/", and fails the test unless it ends well.
func run(t *testing.T, path string, dir fs.Dir) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	c, err := rt.CompileComponent(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var stdout, stderr bytes.Buffer
	exit, err := wasi.Run(t.Context(), c, wasi.Config{
		Args: []string{filepath.Base(path)}, Dirs: []wasi.Dir{{Guest: "/", FS: dir}},
		Stdout: &stdout, Stderr: &stderr,
	})
	if exit != 0 || err != nil {
		t.Errorf("exit status %d, %v\n%s%s", exit, err, stdout.String(), stderr.String())
	}
}

// TestProgram has a directory of the system, and one in memory.
func TestProgram(t *testing.T) {
	const path = "../../../../testdata/guests/p3/filesystem.wasm"
	dir, err := fs.OpenDir(t.TempDir(), fs.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	mem := fs.NewMem(fs.MemLimits{}).Dir(fs.ReadWrite)
	defer mem.Close()
	t.Run("system", func(t *testing.T) { run(t, path, dir) })
	t.Run("memory", func(t *testing.T) { run(t, path, mem) })
}
