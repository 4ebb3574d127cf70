// This file gives each Errno its name, its sentence, and its place in Go's own
// families of errors.

package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
)

// texts holds the POSIX name and the sentence of each Errno.
var texts = [errnoCount]struct{ name, text string }{
	Success:       {"Success", "success"},
	E2BIG:         {"E2BIG", "argument list too long"},
	EACCES:        {"EACCES", "permission denied"},
	EADDRINUSE:    {"EADDRINUSE", "address already in use"},
	EADDRNOTAVAIL: {"EADDRNOTAVAIL", "address not available"},
	EAFNOSUPPORT:  {"EAFNOSUPPORT", "address family not supported"},
	EAGAIN:        {"EAGAIN", "resource temporarily unavailable, try again"},
	EALREADY:      {"EALREADY", "connection already in progress"},
	EBADF:         {"EBADF", "bad file descriptor"},
	EBUSY:         {"EBUSY", "device or resource busy"},
	ECANCELED:     {"ECANCELED", "operation canceled"},
	ECONNABORTED:  {"ECONNABORTED", "connection aborted"},
	ECONNREFUSED:  {"ECONNREFUSED", "connection refused"},
	ECONNRESET:    {"ECONNRESET", "connection reset by peer"},
	EDEADLK:       {"EDEADLK", "resource deadlock would occur"},
	EDQUOT:        {"EDQUOT", "disk quota exceeded"},
	EEXIST:        {"EEXIST", "file exists"},
	EFAULT:        {"EFAULT", "bad address"},
	EFBIG:         {"EFBIG", "file too large"},
	EHOSTUNREACH:  {"EHOSTUNREACH", "host is unreachable"},
	EILSEQ:        {"EILSEQ", "illegal byte sequence"},
	EINPROGRESS:   {"EINPROGRESS", "operation in progress"},
	EINTR:         {"EINTR", "interrupted"},
	EINVAL:        {"EINVAL", "invalid argument"},
	EIO:           {"EIO", "input/output error"},
	EISCONN:       {"EISCONN", "socket is connected"},
	EISDIR:        {"EISDIR", "is a directory"},
	ELOOP:         {"ELOOP", "too many symbolic links, or a link where none may be followed"},
	EMFILE:        {"EMFILE", "too many open files in this process"},
	EMLINK:        {"EMLINK", "too many links"},
	EMSGSIZE:      {"EMSGSIZE", "message too long"},
	ENAMETOOLONG:  {"ENAMETOOLONG", "file name too long"},
	ENETDOWN:      {"ENETDOWN", "network is down"},
	ENETRESET:     {"ENETRESET", "connection reset by network"},
	ENETUNREACH:   {"ENETUNREACH", "network is unreachable"},
	ENFILE:        {"ENFILE", "too many open files in the system"},
	ENOBUFS:       {"ENOBUFS", "no buffer space available"},
	ENODEV:        {"ENODEV", "no such device"},
	ENOENT:        {"ENOENT", "no such file or directory"},
	ENOLCK:        {"ENOLCK", "no locks available"},
	ENOMEM:        {"ENOMEM", "out of memory"},
	ENOSPC:        {"ENOSPC", "no space left on device"},
	ENOSYS:        {"ENOSYS", "function not implemented"},
	ENOTCONN:      {"ENOTCONN", "socket is not connected"},
	ENOTDIR:       {"ENOTDIR", "not a directory"},
	ENOTEMPTY:     {"ENOTEMPTY", "directory not empty"},
	ENOTSOCK:      {"ENOTSOCK", "not a socket"},
	ENOTSUP:       {"ENOTSUP", "not supported"},
	ENOTTY:        {"ENOTTY", "inappropriate control operation for this device"},
	ENXIO:         {"ENXIO", "no such device or address"},
	EOVERFLOW:     {"EOVERFLOW", "value too large to be stored"},
	EPERM:         {"EPERM", "operation not permitted"},
	EPIPE:         {"EPIPE", "broken pipe"},
	EPROTO:        {"EPROTO", "protocol error"},
	ERANGE:        {"ERANGE", "result too large"},
	EROFS:         {"EROFS", "read-only file system"},
	ESPIPE:        {"ESPIPE", "illegal seek"},
	ESRCH:         {"ESRCH", "no such process"},
	ETIMEDOUT:     {"ETIMEDOUT", "operation timed out"},
	ETXTBSY:       {"ETXTBSY", "text file busy"},
	EXDEV:         {"EXDEV", "the two names are on different file systems"},
	ECONFINED:     {"ECONFINED", "the path leads out of the directory that was granted"},
}

// Name is the POSIX name, such as "ENOENT".
func (e Errno) Name() string {
	if e < errnoCount {
		return texts[e].name
	}
	return "Errno(" + strconv.Itoa(int(e)) + ")"
}

// Error says it in a short sentence.
func (e Errno) Error() string {
	if e < errnoCount {
		return texts[e].text
	}
	return "unknown error " + strconv.Itoa(int(e))
}

// Is makes errors.Is find the sentinels of io/fs, os, errors and context in
// an Errno, as it does in a syscall.Errno.
func (e Errno) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e == ENOENT
	case fs.ErrExist:
		return e == EEXIST || e == ENOTEMPTY
	case fs.ErrPermission:
		return e == EACCES || e == EPERM || e == EROFS || e == ECONFINED
	case fs.ErrInvalid:
		return e == EINVAL
	case errors.ErrUnsupported:
		return e == ENOSYS || e == ENOTSUP
	case os.ErrDeadlineExceeded, context.DeadlineExceeded:
		return e == ETIMEDOUT
	case context.Canceled:
		return e == ECANCELED
	}
	return false
}

// Timeout reports whether the operation ran out of time; net.Error and the os
// package look for this method.
func (e Errno) Timeout() bool { return e == ETIMEDOUT || e == EAGAIN }
