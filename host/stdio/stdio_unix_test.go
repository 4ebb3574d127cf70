//go:build unix

package stdio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
)

// role makes a copy of the test binary play the program under test.
const role = "DRAY_STDIO_ROLE"

func TestMain(m *testing.M) {
	play, ok := map[string]func() error{
		"broken": playBroken,
		"cancel": playCancel,
		"copy":   playCopy,
	}[os.Getenv(role)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := play(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// program is this binary in a role.
func program(t *testing.T, as string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), role+"="+as)
	return cmd
}

// run starts cmd and fails the test unless it exits with 0.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		t.Errorf("%v: %s", err, errs.String())
	}
}

// rawPipe is a pipe whose ends wait, as a shell makes it.
func rawPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		t.Fatal(err)
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	r, w = os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func playBroken() error {
	for range 3 {
		if n, err := Stdout().Out.Write(context.Background(), []byte("x")); n != 0 || err != host.EPIPE {
			return fmt.Errorf("Write = %d, %v", n, err)
		}
	}
	return nil
}

// A closed standard output is an error to the guest, not the program's end.
func TestBrokenStdout(t *testing.T) {
	r, w := rawPipe(t)
	r.Close()
	cmd := program(t, "broken")
	cmd.Stdout = w
	run(t, cmd)
}

func playCancel() error {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if n, err := Stdin().In.Read(ctx, make([]byte, 8)); n != 0 || err != context.DeadlineExceeded {
		return fmt.Errorf("Read = %d, %v", n, err)
	}
	return nil
}

// A cancelled read leaves the standard input as it was, for those who share
// it: with its bytes, and waiting.
func TestCancelStdin(t *testing.T) {
	r, w := rawPipe(t)
	flags := func() int {
		fl, err := unix.FcntlInt(r.Fd(), unix.F_GETFL, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fl
	}
	before := flags()
	cmd := program(t, "cancel")
	cmd.Stdin = r
	run(t, cmd)
	if now := flags(); now != before {
		t.Errorf("flags %#x became %#x", before, now)
	}
	if _, err := w.Write([]byte("still here")); err != nil {
		t.Error(err)
	}
	p := make([]byte, 16)
	if n, err := r.Read(p); string(p[:n]) != "still here" || err != nil {
		t.Errorf("%q, %v", p[:n], err)
	}
}

func playCopy() error {
	in, out, p := Stdin(), Stdout(), make([]byte, 5)
	n, err := in.In.Read(context.Background(), p)
	if err != nil {
		return err
	}
	_, err = out.Out.Write(context.Background(), p[:n])
	return err
}

// Two programs with one redirected input and output share their offsets.
func TestRedirect(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in"), []byte("firstsecond"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(filepath.Join(dir, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for range 2 {
		cmd := program(t, "copy")
		cmd.Stdin, cmd.Stdout = in, out
		run(t, cmd)
	}
	got, err := os.ReadFile(filepath.Join(dir, "out"))
	if string(got) != "firstsecon" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAppend(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := FromWriter(f)
	if _, err := s.Out.Write(t.Context(), []byte("one ")); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(name, []byte("other "), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Out.Write(t.Context(), []byte("two")); err != nil {
		t.Error(err)
	}
	if n, err := s.WriteAt([]byte("!"), 9); n != 1 || err != nil {
		t.Errorf("WriteAt = %d, %v", n, err)
	}
	got, err := os.ReadFile(name)
	if string(got) != "other two!" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTypes(t *testing.T) {
	open := func(name string) *os.File {
		f, err := os.OpenFile(name, os.O_RDONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	socket := func(kind int) *os.File {
		p, err := unix.Socketpair(unix.AF_UNIX, kind, 0)
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(p[1])
		f := os.NewFile(uintptr(p[0]), "socket")
		t.Cleanup(func() { f.Close() })
		return f
	}
	pipe, _ := rawPipe(t)
	tests := []struct {
		f    *os.File
		want fs.FileType
	}{
		{pipe, fs.Fifo},
		{open(os.DevNull), fs.CharDevice},
		{open(t.TempDir()), fs.Directory},
		{socket(unix.SOCK_STREAM), fs.SocketStream},
		{socket(unix.SOCK_DGRAM), fs.SocketDgram},
	}
	for _, tt := range tests {
		s := FromReader(tt.f)
		st, err := s.Stat()
		if st.Type != tt.want || err != nil || st.Ino == 0 || s.IsTerminal() {
			t.Errorf("%s: Stat = %+v, %v, want type %v", tt.f.Name(), st, err, tt.want)
		}
		if _, err := s.Seek(0, io.SeekCurrent); err != host.ESPIPE {
			t.Errorf("%s: Seek = %v", tt.f.Name(), err)
		}
	}
	// A directory is no input, whatever a shell says.
	if _, err := FromReader(open(t.TempDir())).In.Read(t.Context(), make([]byte, 1)); !errors.Is(err, host.EISDIR) {
		t.Errorf("Read of a directory = %v", err)
	}
}
