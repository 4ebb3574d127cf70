// This file finds the Errno in any error that the standard library, the
// operating system or this tree gives.

package host

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
)

// ErrnoOf finds the Errno in err. It is Success for nil and for io.EOF itself,
// since the end of a file is not an error in POSIX: a read of nothing. An error
// that carries no reason anybody knows is EIO.
func ErrnoOf(err error) Errno {
	if err == nil || err == io.EOF {
		return Success
	}
	if e, ok := err.(Errno); ok {
		return e
	}
	if e, ok := systemErrno(err); ok {
		return e
	}
	return searchErrno(err)
}

// searchErrno looks into what err wraps. It allocates.
func searchErrno(err error) Errno {
	var e Errno
	if errors.As(err, &e) {
		return e
	}
	if e, ok := wrappedErrno(err); ok {
		return e
	}
	for i := range sentinels {
		if errors.Is(err, sentinels[i].err) {
			return sentinels[i].errno
		}
	}
	if isPathEscape(err) {
		return ECONFINED
	}
	var t interface{ Timeout() bool }
	if errors.As(err, &t) && t.Timeout() {
		return ETIMEDOUT
	}
	return EIO
}

// sentinels are the errors of the standard library that name a reason.
// context.DeadlineExceeded and os.ErrDeadlineExceeded are different values.
var sentinels = []struct {
	err   error
	errno Errno
}{
	{fs.ErrNotExist, ENOENT},
	{fs.ErrExist, EEXIST},
	{fs.ErrPermission, EACCES},
	{fs.ErrInvalid, EINVAL},
	{fs.ErrClosed, EBADF},
	{net.ErrClosed, EBADF},
	{os.ErrDeadlineExceeded, ETIMEDOUT},
	{context.DeadlineExceeded, ETIMEDOUT},
	{context.Canceled, ECANCELED},
	{io.ErrClosedPipe, EPIPE},
	{io.ErrShortWrite, EIO},
	{os.ErrNoDeadline, ENOTSUP},
	{errors.ErrUnsupported, ENOTSUP},
}

// pathEscape is the error of os.Root for a name that leads out of the root. The
// os package does not export it, so it is provoked once: the name "/" never
// reaches the system. It is nil when no directory can be opened.
var pathEscape = sync.OnceValue(func() error {
	for _, dir := range []string{".", os.TempDir(), string(os.PathSeparator)} {
		root, err := os.OpenRoot(dir)
		if err != nil {
			continue
		}
		_, err = root.Lstat("/")
		root.Close()
		for inner := err; inner != nil; inner = errors.Unwrap(inner) {
			err = inner
		}
		return err
	}
	return nil
})

// pathEscapeText is what that error says; it decides where pathEscape is nil.
const pathEscapeText = "path escapes from parent"

func isPathEscape(err error) bool {
	if known := pathEscape(); known != nil {
		return errors.Is(err, known)
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error() == pathEscapeText
}
