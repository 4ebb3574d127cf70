package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host/fs"
	"golang.org/x/sys/unix"
)

// systemGuest is a guest with a directory of the system, and where that is.
func systemGuest(t testing.TB) (*guest, string) {
	path := t.TempDir()
	dir, err := fs.OpenDir(path, fs.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return newGuest(t, 0, Preopen{Guest: "top", Dir: dir}), path
}

func TestIllegalNames(t *testing.T) {
	g, path := systemGuest(t)
	for _, name := range []string{"a", "b\xff", "c"} {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("x\xff", filepath.Join(path, "l")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc", filepath.Join(path, "abs")); err != nil {
		t.Fatal(err)
	}
	g.check(`
		ls top => ?illegal-byte-sequence a abs@ c l@
		readlink l => illegal-byte-sequence
		readlink abs => not-permitted
		open abs rf => not-permitted
		open abs/passwd r => not-permitted
		open abs/dray cw => not-permitted
		stat+ abs => not-permitted
		stat abs => symbolic-link 4 1
	`)
}

func TestFifo(t *testing.T) {
	g, path := systemGuest(t)
	fifo := filepath.Join(path, "p")
	if err := unix.Mkfifo(fifo, 0o666); err != nil {
		t.Fatal(err)
	}
	g.check(`
		ls top => p|
		stat p => fifo 0 1
		open p r h => ok
		type h => fifo
		flags h => {read}
		fstat h => fifo 0 1
		read h 1 0 => invalid-seek
		advise h 0 0 0 => invalid-seek
		size h 0 => invalid
		out h 0 o => bad-descriptor
		in h 0 i => ok
		drop h => ok
	`)
	w, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("hello"); err != nil {
		t.Fatal(err)
	}
	g.check(`get i 100 => "hello"`)
	w.Close()
	g.check("get i 100 => closed\ndrop i => ok")

	// A write waits for a reader, and ends with the context.
	ctx, cancel := context.WithCancel(t.Context())
	old := g.ctx
	g.ctx = ctx
	done := make(chan error, 1)
	go func() {
		_, err := g.ds["top"].OpenAt(ctx, 0, "p", 0, flagWords['w'])
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("opening a pipe that nobody reads: %v", err)
	}
	g.ctx = old

	r, err := os.OpenFile(fifo, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	g.check(`
		open p w h => ok
		flags h => {write}
		write h 0 x => invalid-seek
		in h 0 i => bad-descriptor
		append h o => ok
		put o text => ok
	`)
	b := make([]byte, 10)
	if n, err := r.Read(b); string(b[:n]) != "text" {
		t.Errorf("the reader got %q, %v", b[:n], err)
	}
	r.Close()
	g.check("put o x => closed\ndrop o => ok\ndrop h => ok")
}

func TestDevices(t *testing.T) {
	rw, err := fs.OpenDir("/dev", fs.ReadWrite)
	if err != nil {
		t.Skip(err)
	}
	defer rw.Close()
	newGuest(t, 0, Preopen{Guest: "top", Dir: rw}).check(`
		open zero r h => ok
		type h => character-device
		in h 5 i => ok
		get i 3 => "\x00\x00\x00"
		out h 0 o => bad-descriptor
		open full w h => ok
		out h 0 o => ok
		put o x => failed: insufficient-space
		open null rw h => ok
		append h o => ok
		put o x => ok
		in h 0 i => ok
		get i 1 => closed
	`)
}

// open descriptors of the process
func descriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}

// TestLeaks counts what is left when guests have ended that dropped nothing.
func TestLeaks(t *testing.T) {
	path := t.TempDir()
	dir, err := fs.OpenDir(path, fs.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	put(t, dir, sample)
	if err := unix.Mkfifo(filepath.Join(path, "p"), 0o666); err != nil {
		t.Fatal(err)
	}
	life := func() {
		g := newGuest(t, 0, Preopen{Guest: "top", Dir: dir})
		for i := range 20 {
			g.check(fmt.Sprintf(`
				open a.txt rw f%[1]d => ok
				open d r d%[1]d => ok
				open p rw p%[1]d => ok
				in f%[1]d 0 i%[1]d => ok
				out f%[1]d 0 o%[1]d => ok
				in p%[1]d 0 pi%[1]d => ok
				append p%[1]d po%[1]d => ok
				drop f%[1]d => ok
				drop p%[1]d => ok
				open none r => no-entry
				ls d%[1]d => back@ e/ g.txt`, i))
			s, err := g.ds["top"].ReadDirectory(g.ctx)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.ReadDirectoryEntry(g.ctx); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.io.Close(); err != nil {
			t.Error(err)
		}
	}
	life()
	fds, routines := descriptors(t), runtime.NumGoroutine()
	for range 5 {
		life()
	}
	if n := descriptors(t); n > fds {
		t.Errorf("%d descriptors are open, before it were %d", n, fds)
	}
	for n := 0; runtime.NumGoroutine() > routines; n++ {
		if n == 1000 {
			t.Fatalf("%d goroutines run, before it were %d", runtime.NumGoroutine(), routines)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestShared has the last of several users close the file.
func TestShared(t *testing.T) {
	g, _ := systemGuest(t)
	before := descriptors(t)
	g.check(`
		open f crw h => ok
		in h 0 i => ok
		out h 0 o => ok`)
	if n := descriptors(t); n != before+1 {
		t.Errorf("a file and its streams have %d descriptors", n-before)
	}
	g.check("drop h => ok\ndrop i => ok\nput o x => ok")
	if n := descriptors(t); n != before+1 {
		t.Errorf("a file that has a stream has %d descriptors", n-before)
	}
	g.check("drop o => ok")
	if n := descriptors(t); n != before {
		t.Errorf("a file that nobody has has %d descriptors", n-before)
	}
	if err := g.io.Close(); err != nil && err != io.EOF {
		t.Error(err)
	}
}

// TestRenamer has somebody exchange a directory for a link that leads out, and
// a file for another, while the guest uses them.
func TestRenamer(t *testing.T) {
	g, path := systemGuest(t)
	outside := t.TempDir()
	canary := filepath.Join(outside, "canary")
	if err := os.WriteFile(canary, []byte("secret"), 0o666); err != nil {
		t.Fatal(err)
	}
	g.check("mkdir sw => ok\nopen sw/canary cw h => ok\nwrite h 0 mine => 4\nopen f cw h => ok\nwrite h 0 mine => 4")
	for name, target := range map[string]string{"evil": outside, "flink": canary} {
		rel, err := filepath.Rel(path, target)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(rel, filepath.Join(path, name)); err != nil {
			t.Fatal(err)
		}
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			for _, pair := range [][2]string{{"sw", "evil"}, {"f", "flink"}} {
				unix.Renameat2(unix.AT_FDCWD, filepath.Join(path, pair[0]), unix.AT_FDCWD, filepath.Join(path, pair[1]), unix.RENAME_EXCHANGE)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	before := beside(t, outside)
	lines := []string{"open sw/canary rf h", "read h 10 0", "open f rf h", "read h 10 0", "open sw/canary twf h", "write h 0 mine",
		"open f ctwf h", "write h 0 mine", "open sw/new cwf", "mkdir sw/dir", "unlink sw/new", "rmdir sw/dir", "open sw drf d",
		"open d:canary rwf h", "read h 10 0", "write h 0 mine", "ls d", "times+ f 1.0 2.0", "times+ sw/canary 1.0 2.0",
		"link+ f l", "open l rwf h", "read h 10 0", "write h 0 mine", "unlink l", "link sw/canary l", "open l rwf h",
		"read h 10 0", "unlink l", "symlink a sw/link", "unlink sw/link", "rename sw/canary m", "rename m sw/canary"}
	for range 200 {
		for _, line := range lines {
			if got := g.run(line); got == `"secret"` {
				t.Fatalf("%s => %s", line, got)
			}
		}
	}
	close(stop)
	<-done
	if after := beside(t, outside); after != before {
		t.Errorf("what is outside was\n%s\nand is\n%s", before, after)
	}
}
