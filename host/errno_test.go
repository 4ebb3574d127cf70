package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestErrnoTexts(t *testing.T) {
	seen := map[string]Errno{}
	for e := Success; e < errnoCount; e++ {
		if e.Name() == "" || e.Error() == "" {
			t.Errorf("Errno %d has no name or no text", e)
		}
		if first := e.Error()[:1]; first != strings.ToLower(first) || strings.HasSuffix(e.Error(), ".") {
			t.Errorf("%s: %q is not a lower-case sentence without a full stop", e.Name(), e.Error())
		}
		if other, ok := seen[e.Error()]; ok {
			t.Errorf("%s and %s say the same", e.Name(), other.Name())
		}
		seen[e.Error()] = e
	}
	if got := Errno(200).Error(); got != "unknown error 200" {
		t.Errorf("Errno(200) says %q", got)
	}
	if got := Errno(200).Name(); got != "Errno(200)" {
		t.Errorf("Errno(200) is named %q", got)
	}
}

type timeoutError struct{}

func (timeoutError) Error() string { return "slow" }
func (timeoutError) Timeout() bool { return true }

func TestErrnoOf(t *testing.T) {
	_, missing := os.Open(filepath.Join(t.TempDir(), "missing"))
	tests := []struct {
		name string
		err  error
		want Errno
	}{
		{"nil", nil, Success},
		{"EOF", io.EOF, Success},
		{"EOF inside", fmt.Errorf("read: %w", io.EOF), EIO},
		{"unexpected EOF", io.ErrUnexpectedEOF, EIO},
		{"Errno", ENOTEMPTY, ENOTEMPTY},
		{"Errno inside", fmt.Errorf("a: %w", fmt.Errorf("b: %w", EROFS)), EROFS},
		{"Errno before a sentinel", fmt.Errorf("%w %w", EDQUOT, fs.ErrExist), EDQUOT},
		{"syscall", syscall.ENOSPC, ENOSPC},
		{"PathError", &fs.PathError{Op: "open", Path: "x", Err: syscall.EISDIR}, EISDIR},
		{"LinkError", &os.LinkError{Op: "rename", Err: syscall.EXDEV}, EXDEV},
		{"SyscallError", os.NewSyscallError("read", syscall.EPIPE), EPIPE},
		{"real open", missing, ENOENT},
		{"not exist", fs.ErrNotExist, ENOENT},
		{"exist", &fs.PathError{Err: fs.ErrExist}, EEXIST},
		{"permission", fs.ErrPermission, EACCES},
		{"invalid", fs.ErrInvalid, EINVAL},
		{"closed file", os.ErrClosed, EBADF},
		{"closed connection", &net.OpError{Op: "read", Err: net.ErrClosed}, EBADF},
		{"deadline", os.ErrDeadlineExceeded, ETIMEDOUT},
		{"context deadline", context.DeadlineExceeded, ETIMEDOUT},
		{"context canceled", context.Canceled, ECANCELED},
		{"closed pipe", io.ErrClosedPipe, EPIPE},
		{"unsupported", errors.ErrUnsupported, ENOTSUP},
		{"Timeout method", timeoutError{}, ETIMEDOUT},
		{"no reason", errors.New("bang"), EIO},
	}
	for _, tt := range tests {
		if got := ErrnoOf(tt.err); got != tt.want {
			t.Errorf("%s: ErrnoOf(%v) = %s, want %s", tt.name, tt.err, got.Name(), tt.want.Name())
		}
	}
}

// TestPathEscape holds on to an error of package os that has no exported name:
// a version of Go that changes it fails here.
func TestPathEscape(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := root.Symlink("../..", "up"); err != nil {
		t.Logf("no symbolic links here: %v", err)
	}
	for _, name := range []string{"/", "..", "../x", "up/x"} {
		_, err := root.Open(name)
		if err == nil {
			t.Fatalf("os.Root opened %q", name)
		}
		if got := ErrnoOf(err); got != ECONFINED {
			t.Errorf("ErrnoOf(%v) = %s, want ECONFINED", err, got.Name())
		}
	}
	known := pathEscape()
	if known == nil {
		t.Fatal("os.Root gave no error for \"/\"")
	}
	if known.Error() != pathEscapeText {
		t.Errorf("os.Root says %q for an escape; pathEscapeText must follow", known)
	}
	if errors.Unwrap(known) != nil {
		t.Errorf("%v is not the innermost error", known)
	}
	if known == fs.ErrInvalid {
		t.Errorf("the escape error of os.Root is not its own value any more: %v", known)
	}
}

func TestErrnoIs(t *testing.T) {
	tests := []struct {
		errno  Errno
		target error
		want   bool
	}{
		{ENOENT, fs.ErrNotExist, true},
		{EEXIST, fs.ErrExist, true},
		{ENOTEMPTY, fs.ErrExist, true},
		{EACCES, fs.ErrPermission, true},
		{EPERM, fs.ErrPermission, true},
		{ECONFINED, fs.ErrPermission, true},
		{EINVAL, fs.ErrInvalid, true},
		{ENOSYS, errors.ErrUnsupported, true},
		{ENOTSUP, errors.ErrUnsupported, true},
		{ETIMEDOUT, os.ErrDeadlineExceeded, true},
		{ETIMEDOUT, context.DeadlineExceeded, true},
		{ECANCELED, context.Canceled, true},
		{ENOENT, fs.ErrExist, false},
		{EIO, fs.ErrNotExist, false},
		{ENOENT, ENOENT, true},
		{ENOENT, EIO, false},
	}
	for _, tt := range tests {
		if got := errors.Is(fmt.Errorf("x: %w", tt.errno), tt.target); got != tt.want {
			t.Errorf("errors.Is(%s, %v) = %v", tt.errno.Name(), tt.target, got)
		}
	}
	var timeout interface{ Timeout() bool }
	if !errors.As(fmt.Errorf("x: %w", ETIMEDOUT), &timeout) || !timeout.Timeout() {
		t.Error("ETIMEDOUT is not a timeout")
	}
}

func TestErrnoOfDeadline(t *testing.T) {
	c, s := net.Pipe()
	defer c.Close()
	defer s.Close()
	c.SetReadDeadline(time.Unix(1, 0))
	_, err := c.Read(make([]byte, 1))
	if got := ErrnoOf(err); got != ETIMEDOUT {
		t.Errorf("a read behind its deadline gives %v, %s", err, got.Name())
	}
}

func BenchmarkErrnoOf(b *testing.B) {
	err := error(&fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT})
	plain := error(syscall.ENOENT)
	own := error(ENOENT)
	b.Run("own", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ErrnoOf(own)
		}
	})
	b.Run("syscall", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ErrnoOf(plain)
		}
	})
	b.Run("PathError", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ErrnoOf(err)
		}
	})
}
