//go:build unix

package stream

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
)

// blockingPipe is a pipe as a parent process hands it down: its ends wait.
func blockingPipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		t.Fatal(err)
	}
	r, w = os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// goPipe is a pipe of this process: its ends have O_NONBLOCK.
func goPipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// socketPair is two connected sockets that wait.
func socketPair(t testing.TB) (r, w *os.File) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, w = os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// namedPipe is a FIFO, which knows no read without waiting on Linux.
func namedPipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Skipf("no named pipes: %v", err)
	}
	// While one end is open to read and write, no open waits for the other.
	both, err := unix.Open(name, unix.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(both)
	open := func(flags int) *os.File {
		fd, err := unix.Open(name, flags, 0)
		if err != nil {
			t.Fatal(err)
		}
		return os.NewFile(uintptr(fd), name)
	}
	r, w = open(unix.O_RDONLY), open(unix.O_WRONLY)
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// polled is a blockingPipe read and written as on systems without a way to
// ask with each call.
func polled(f *File) *File {
	f.mode.Store(modePoll)
	return f
}

// A channel is a kind of descriptor that one end writes and the other reads.
type channel struct {
	name string
	open func(t testing.TB) (r, w *os.File)
	wrap func(*File) *File
}

var channels = []channel{
	{"pipe", blockingPipe, nil},
	{"non-blocking pipe", goPipe, nil},
	{"polled pipe", blockingPipe, polled},
	{"socket", socketPair, nil},
	{"polled socket", socketPair, polled},
	{"fifo", namedPipe, nil},
}

// each runs a test for every kind of channel and of sleeper.
func each(t *testing.T, test func(t *testing.T, r, w *os.File, in, out *File)) {
	for name, sleeper := range sleepers {
		for _, c := range channels {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				useSleeper(t, sleeper)
				checkLeaks(t)
				r, w := c.open(t)
				in, out := NewFile(r), NewFile(w)
				if c.wrap != nil {
					in, out = c.wrap(in), c.wrap(out)
				}
				test(t, r, w, in, out)
			})
		}
	}
}

// sleepers are the ways to sleep.
var sleepers = map[string]func() sleeper{
	"best": newSleeper,
	"pipe": func() sleeper { return newPipeSleeper() },
	"slow": func() sleeper { return new(slowSleeper) },
}

func useSleeper(t *testing.T, f func() sleeper) {
	ReleaseIdle()
	idle.make = f
	t.Cleanup(func() {
		ReleaseIdle()
		idle.make = newSleeper
	})
}

func TestFileTransfer(t *testing.T) {
	each(t, func(t *testing.T, r, w *os.File, in, out *File) {
		want := make([]byte, 300_000)
		rnd := rand.NewChaCha8([32]byte{})
		rnd.Read(want)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if n, err := out.Write(ctx, want); n != len(want) || err != nil {
				t.Errorf("wrote %d, %v", n, err)
			}
		})
		got := make([]byte, len(want))
		for n := 0; n < len(got); {
			m, err := in.Read(ctx, got[n:min(n+10_000, len(got))])
			if err != nil {
				t.Fatal(err)
			}
			n += m
		}
		wg.Wait()
		if !bytes.Equal(got, want) {
			t.Error("the bytes differ")
		}
	})
}

// asleep waits until n goroutines wait for f.
func asleep(t *testing.T, f *File, n int) {
	t.Helper()
	eventually(t, "waiters are there", func() bool {
		f.waiters.mu.Lock()
		defer f.waiters.mu.Unlock()
		return len(f.waiters.ws) >= n
	})
}

func TestFileCancel(t *testing.T) {
	each(t, func(t *testing.T, r, w *os.File, in, out *File) {
		// Fill it, so that a write waits.
		filled := 0
		for {
			n, err := out.TryWrite(make([]byte, 4096))
			if err == host.EAGAIN {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			filled += n
		}
		if out.Writable().Ready() {
			t.Error("full, and writable")
		}
		if n, err := in.Read(t.Context(), make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("Read = %d, %v", n, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			n, err := out.Write(ctx, make([]byte, 1<<20))
			if err != context.Canceled || n >= 1<<20 {
				t.Errorf("Write = %d, %v", n, err)
			}
		})
		asleep(t, out, 1)
		cancel()
		wg.Wait()
		// Empty it, so that a read waits.
		for {
			_, err := in.TryRead(make([]byte, 1<<16))
			if err == host.EAGAIN {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel = context.WithCancel(t.Context())
		for range 3 {
			wg.Go(func() {
				if n, err := in.Read(ctx, make([]byte, 8)); n != 0 || err != context.Canceled {
					t.Errorf("Read = %d, %v", n, err)
				}
			})
			wg.Go(func() {
				if err := in.Readable().Wait(ctx); err != context.Canceled {
					t.Errorf("Wait = %v", err)
				}
			})
		}
		asleep(t, in, 6)
		cancel()
		wg.Wait()
		if n, err := in.Read(ctx, make([]byte, 8)); n != 0 || err != context.Canceled {
			t.Errorf("Read after the end of ctx = %d, %v", n, err)
		}
		// Nothing was lost: what is written now arrives.
		if _, err := out.Write(ctx, []byte("later")); err != nil {
			t.Error(err)
		}
		if !in.Readable().Ready() || in.Available() != 5 {
			t.Errorf("Available = %d", in.Available())
		}
		p := make([]byte, 8)
		if n, err := in.Read(ctx, p); string(p[:n]) != "later" || err != nil {
			t.Errorf("Read = %q, %v", p[:n], err)
		}
	})
}

func TestFileEOF(t *testing.T) {
	each(t, func(t *testing.T, r, w *os.File, in, out *File) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 2 {
				if n, err := in.Read(t.Context(), make([]byte, 8)); n != 0 || err != io.EOF {
					t.Errorf("Read = %d, %v", n, err)
				}
			}
		}()
		asleep(t, in, 1)
		out.Close()
		w.Close()
		<-done
		if !in.Readable().Ready() {
			t.Error("the end is not ready")
		}
	})
}

func TestFileBrokenPipe(t *testing.T) {
	each(t, func(t *testing.T, r, w *os.File, in, out *File) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			if n, err := out.Write(t.Context(), make([]byte, 1<<20)); err != host.EPIPE || n == 1<<20 {
				t.Errorf("Write = %d, %v", n, err)
			}
		}()
		asleep(t, out, 1)
		r.Close()
		<-done
		if !out.Writable().Ready() {
			t.Error("broken, and not ready")
		}
		if _, err := out.TryWrite([]byte("x")); err != host.EPIPE {
			t.Errorf("TryWrite = %v", err)
		}
	})
}

func TestFileClose(t *testing.T) {
	each(t, func(t *testing.T, r, w *os.File, in, out *File) {
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := in.Read(context.Background(), make([]byte, 8)); err != host.EBADF {
					t.Errorf("Read = %v", err)
				}
			})
		}
		wg.Go(func() {
			if err := in.Readable().Wait(context.Background()); err != nil {
				t.Errorf("Wait = %v", err)
			}
		})
		asleep(t, in, 4)
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if err := in.Close(); err != host.EBADF {
			t.Errorf("second Close = %v", err)
		}
		if _, err := in.TryRead(make([]byte, 8)); err != host.EBADF {
			t.Errorf("TryRead = %v", err)
		}
		// The file itself is open.
		if _, err := w.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		if n, err := r.Read(make([]byte, 8)); n != 1 || err != nil {
			t.Errorf("the file: %d, %v", n, err)
		}
	})
}

// The flags of a descriptor are shared with other processes.
func TestFileFlagsStay(t *testing.T) {
	each(t, func(t *testing.T, r, w *os.File, in, out *File) {
		flags := func(f *File) int {
			n, err := unix.FcntlInt(uintptr(f.fd), unix.F_GETFL, 0)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := flags(in)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			in.Read(ctx, make([]byte, 8))
		}()
		asleep(t, in, 1)
		if now := flags(in); now != before {
			t.Errorf("flags %#x became %#x", before, now)
		}
		cancel()
		<-done
	})
}

func TestFileRegular(t *testing.T) {
	checkLeaks(t)
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := NewFile(f)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := s.Write(ended, []byte("some bytes")); n != 10 || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	if !s.Readable().Ready() || !s.Writable().Ready() || s.Available() != 0 {
		t.Error("a regular file is always ready")
	}
	if n, err := s.Read(ended, make([]byte, 4)); n != 0 || err != io.EOF {
		t.Errorf("Read = %d, %v", n, err)
	}
	// The offset is the descriptor's own.
	if _, err := f.Seek(5, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if n := s.Available(); n != 5 {
		t.Errorf("Available = %d", n)
	}
	p := make([]byte, 16)
	if n, err := s.TryRead(p); string(p[:n]) != "bytes" || err != nil {
		t.Errorf("TryRead = %q, %v", p[:n], err)
	}
}

func TestFileDevices(t *testing.T) {
	checkLeaks(t)
	for _, name := range []string{"/dev/null", "/dev/zero"} {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Skip(err)
		}
		defer f.Close()
		s := NewFile(f)
		if n, err := s.Write(t.Context(), make([]byte, 9)); n != 9 || err != nil {
			t.Errorf("%s: Write = %d, %v", name, n, err)
		}
		n, err := s.Read(t.Context(), make([]byte, 9))
		if name == "/dev/null" && (n != 0 || err != io.EOF) || name == "/dev/zero" && (n != 9 || err != nil) {
			t.Errorf("%s: Read = %d, %v", name, n, err)
		}
	}
}

func TestFileBad(t *testing.T) {
	checkLeaks(t)
	closed, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	defer w.Close()
	for _, s := range []*File{NewFile(nil), NewFile(closed)} {
		if _, err := s.Read(t.Context(), make([]byte, 1)); err != host.EBADF {
			t.Errorf("Read = %v", err)
		}
		if _, err := s.Write(t.Context(), make([]byte, 1)); err != host.EBADF {
			t.Errorf("Write = %v", err)
		}
		if !s.Readable().Ready() || !s.Writable().Ready() || s.Available() != 0 {
			t.Error("a closed file is ready")
		}
		if err := s.Close(); err != host.EBADF {
			t.Errorf("Close = %v", err)
		}
	}
	// The wrong direction, and an owner that closes early.
	out := NewFile(w)
	if _, err := out.Read(t.Context(), make([]byte, 1)); err != host.EBADF {
		t.Errorf("Read of the writing end = %v", err)
	}
	w.Close()
	if _, err := out.Write(t.Context(), make([]byte, 1)); err != host.EBADF {
		t.Errorf("Write after the owner closed = %v", err)
	}
	if out.Available() != 0 {
		t.Error("Available after the owner closed")
	}
}

func TestNewReaderOfFile(t *testing.T) {
	r, w := goPipe(t)
	if _, ok := NewReader(r).(*File); !ok {
		t.Error("an *os.File is not read by its descriptor")
	}
	if _, ok := NewWriter(w).(*File); !ok {
		t.Error("an *os.File is not written by its descriptor")
	}
}
