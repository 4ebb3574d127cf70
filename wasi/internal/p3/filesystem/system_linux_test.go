package filesystem

// This file tests what directories of the system have besides files, and that
// nothing stays open.

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host/fs"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
)

// playSystem makes a guest with an empty directory of the system.
func playSystem(t *testing.T) (*player, string) {
	path := t.TempDir()
	dir, err := fs.OpenDir(path, fs.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return play(t, 0, Preopen{Guest: "top", Dir: dir}), path
}

// TestPipe has a pipe, whose other end is a guest's, too.
func TestPipe(t *testing.T) {
	g, path := playSystem(t)
	if err := unix.Mkfifo(filepath.Join(path, "p"), 0o666); err != nil {
		t.Fatal(err)
	}
	top := g.ds["top"]
	if _, done, err := top.TryOpenAt(g.ctx, 0, "p", 0, gen.DescriptorFlagsWrite); done || err != nil {
		t.Fatalf("a pipe that nobody reads is opened for writing at once: %v", err)
	}
	ctx, cancel := context.WithCancel(g.ctx)
	cancel()
	if _, err := top.OpenAt(ctx, 0, "p", 0, gen.DescriptorFlagsWrite); !errors.Is(err, context.Canceled) {
		t.Errorf("an open that was cancelled: %v", err)
	}
	g.check("ls top => p|\nopen p r r => ok\ntype r => fifo\nopen p w w => ok\nstat p => fifo 0 1")
	v, err := g.ds["r"].ReadViaStream(g.ctx, 5)
	if err != nil {
		t.Fatal(err)
	}
	r := v.F0.(*reader)
	p := make([]byte, 10)
	if n, err := r.TryRead(p); n != 0 || err != nil {
		t.Errorf("an empty pipe has %d bytes, %v", n, err)
	}
	ctx, cancel = context.WithCancel(g.ctx)
	over := make(chan error)
	go func() {
		_, err := r.ReadContext(ctx, p)
		over <- err
	}()
	cancel()
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Errorf("a read that was cancelled: %v", err)
	}
	src := newSource()
	f, err := g.ds["w"].WriteViaStream(g.ctx, src, 1<<40)
	if err != nil {
		t.Fatal(err)
	}
	src.write("hello")
	if n, err := r.Read(p); string(p[:n]) != "hello" || err != nil {
		t.Errorf("%q, %v", p[:n], err)
	}
	g.check("drop w => ok")
	close(src.pieces)
	if got := g.wordOf(f); got != "ok" {
		t.Error(got)
	}
	if n, err := r.Read(p); n != 0 || err != io.EOF || g.wordOf(v.F1) != "ok" {
		t.Errorf("behind the end of the pipe: %d, %v", n, err)
	}
}

// TestFullPipe has a guest that ends while it writes into a pipe that nobody
// empties.
func TestFullPipe(t *testing.T) {
	g, path := playSystem(t)
	if err := unix.Mkfifo(filepath.Join(path, "p"), 0o666); err != nil {
		t.Fatal(err)
	}
	g.check("open p r r => ok\nopen p w w => ok")
	src := newSource()
	f, err := g.ds["w"].AppendViaStream(g.ctx, src)
	if err != nil {
		t.Fatal(err)
	}
	// The first has room in the pipe; the second has not.
	for _, n := range []int{1 << 14, 1 << 20} {
		src.write(strings.Repeat("x", n))
	}
	if err := g.guest.Close(); err != nil {
		t.Error(err)
	}
	if src.write("x") {
		t.Error("the stream is read behind the end of the guest")
	}
	g.wordOf(f)
}

// TestNames has names that a guest cannot be told.
func TestNames(t *testing.T) {
	g, path := playSystem(t)
	for _, name := range []string{"a", "b\xff", "\xc3\x28", "z"} {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o666); err != nil {
			t.Skip("the file system has no such names: ", err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(path, "abs")); err != nil {
		t.Fatal(err)
	}
	g.check(`
		ls top => a abs@ z illegal-byte-sequence
		readlink abs => not-permitted
		open abs rf => not-permitted
	`)
	if err := os.Remove(filepath.Join(path, "a")); err != nil {
		t.Fatal(err)
	}
}

// open counts the descriptors of the process.
func open(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(list)
}

// TestNothingStays has a guest that leaves everything behind.
func TestNothingStays(t *testing.T) {
	g, _ := playSystem(t)
	g.check("open f crw h => ok\nappend h hello => ok")
	fds, goroutines := open(t), runtime.NumGoroutine()
	g = play(t, 0, Preopen{Guest: "top", Dir: mustDir(g)})
	for range 50 {
		g.check("open f rw h => ok\nopen . r d => ok")
		if _, err := g.ds["h"].ReadViaStream(g.ctx, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := g.ds["d"].ReadDirectory(g.ctx); err != nil {
			t.Fatal(err)
		}
		src := newSource()
		if _, err := g.ds["h"].AppendViaStream(g.ctx, src); err != nil {
			t.Fatal(err)
		}
		src.write("x")
	}
	if err := g.guest.Close(); err != nil {
		t.Error(err)
	}
	for end := time.Now().Add(30 * time.Second); open(t) > fds || runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d descriptors and %d goroutines are left", open(t)-fds, runtime.NumGoroutine()-goroutines)
		}
	}
}

func mustDir(g *player) fs.Dir {
	d, err := g.ds["top"].f.Dir()
	if err != nil {
		g.t.Fatal(err)
	}
	return d
}
