package stream

import (
	"context"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
)

// terminal is a pseudo-terminal and the master behind it.
func terminal(t *testing.T) (tty, master *os.File) {
	t.Helper()
	m, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	master = os.NewFile(uintptr(m), "master")
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(m, unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	n, err := unix.IoctlGetInt(m, unix.TIOCGPTN)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	s, err := unix.Open(fmt.Sprintf("/dev/pts/%d", n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	tty = os.NewFile(uintptr(s), "tty")
	t.Cleanup(func() { tty.Close() })
	return tty, master
}

func TestFileTerminal(t *testing.T) {
	checkLeaks(t)
	tty, master := terminal(t)
	s, behind := NewFile(tty), NewFile(master)
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if n, err := s.Read(ctx, make([]byte, 8)); n != 0 || err != context.Canceled {
			t.Errorf("Read = %d, %v", n, err)
		}
	}()
	asleep(t, s, 1)
	// Half a line is not ready yet.
	if _, err := behind.Write(t.Context(), []byte("he")); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-done
	if _, err := s.TryRead(make([]byte, 8)); err != host.EAGAIN {
		t.Errorf("TryRead of half a line = %v", err)
	}
	if _, err := behind.Write(t.Context(), []byte("llo\n")); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 16)
	if n, err := s.Read(t.Context(), p); string(p[:n]) != "hello\n" || err != nil {
		t.Errorf("Read = %q, %v", p[:n], err)
	}
}

// A terminal that nobody reads, or that is stopped by Ctrl-S, holds a Write
// only until its ctx ends.
func TestFileTerminalStopped(t *testing.T) {
	checkLeaks(t)
	tty, _ := terminal(t)
	s := NewFile(tty)
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if n, err := s.Write(ctx, make([]byte, 1<<20)); n == 1<<20 || err != context.Canceled {
			t.Errorf("Write = %d, %v", n, err)
		}
	}()
	asleep(t, s, 1)
	cancel()
	<-done
}

// threads counts those of the operating system.
func threads(t *testing.T) int {
	names, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Skip(err)
	}
	return len(names)
}

// Waiting costs no thread.
func TestPollersShareThreads(t *testing.T) {
	checkLeaks(t)
	before := threads(t)
	r, _ := blockingPipe(t)
	in := NewFile(r)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	const count = 200
	for range count {
		go func() {
			_, err := in.Read(ctx, make([]byte, 1))
			done <- err
		}()
	}
	asleep(t, in, count)
	if now := threads(t); now > before+20 {
		t.Errorf("%d threads for %d waits, %d before", now, count, before)
	}
	cancel()
	for range count {
		if err := <-done; err != context.Canceled {
			t.Error(err)
		}
	}
}
