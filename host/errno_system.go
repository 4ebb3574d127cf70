//go:build unix || windows

// This file maps the error numbers that syscall names as POSIX does. On Windows
// these are the numbers that package syscall invented; errno_windows.go has the
// system's own.

package host

import (
	"errors"
	"syscall"
)

// systemErrno maps err when it is a system's own error number.
func systemErrno(err error) (Errno, bool) {
	e, ok := err.(syscall.Errno)
	if !ok {
		return 0, false
	}
	if known, ok := bySystem[e]; ok {
		return known, true
	}
	return EIO, true
}

// wrappedErrno maps the system's own error number inside err.
func wrappedErrno(err error) (Errno, bool) {
	var e syscall.Errno
	if !errors.As(err, &e) {
		return 0, false
	}
	return systemErrno(e)
}

// bySystem is posixErrnos and ownErrnos as a map. Some systems give two names
// one number, which a list may hold and a switch may not; the first wins.
var bySystem = func() map[syscall.Errno]Errno {
	m := make(map[syscall.Errno]Errno, len(posixErrnos)+len(ownErrnos))
	for _, list := range [][]errnoPair{posixErrnos, ownErrnos} {
		for _, p := range list {
			if _, ok := m[p.system]; !ok {
				m[p.system] = p.errno
			}
		}
	}
	return m
}()

type errnoPair struct {
	system syscall.Errno
	errno  Errno
}

var posixErrnos = []errnoPair{
	{0, Success},
	{syscall.E2BIG, E2BIG},
	{syscall.EACCES, EACCES},
	{syscall.EADDRINUSE, EADDRINUSE},
	{syscall.EADDRNOTAVAIL, EADDRNOTAVAIL},
	{syscall.EAFNOSUPPORT, EAFNOSUPPORT},
	{syscall.EAGAIN, EAGAIN},
	{syscall.EALREADY, EALREADY},
	{syscall.EBADF, EBADF},
	{syscall.EBUSY, EBUSY},
	{syscall.ECANCELED, ECANCELED},
	{syscall.ECONNABORTED, ECONNABORTED},
	{syscall.ECONNREFUSED, ECONNREFUSED},
	{syscall.ECONNRESET, ECONNRESET},
	{syscall.EDEADLK, EDEADLK},
	{syscall.EDQUOT, EDQUOT},
	{syscall.EEXIST, EEXIST},
	{syscall.EFAULT, EFAULT},
	{syscall.EFBIG, EFBIG},
	{syscall.EHOSTDOWN, EHOSTUNREACH},
	{syscall.EHOSTUNREACH, EHOSTUNREACH},
	{syscall.EILSEQ, EILSEQ},
	{syscall.EINPROGRESS, EINPROGRESS},
	{syscall.EINTR, EINTR},
	{syscall.EINVAL, EINVAL},
	{syscall.EIO, EIO},
	{syscall.EISCONN, EISCONN},
	{syscall.EISDIR, EISDIR},
	{syscall.ELOOP, ELOOP},
	{syscall.EMFILE, EMFILE},
	{syscall.EMLINK, EMLINK},
	{syscall.EMSGSIZE, EMSGSIZE},
	{syscall.ENAMETOOLONG, ENAMETOOLONG},
	{syscall.ENETDOWN, ENETDOWN},
	{syscall.ENETRESET, ENETRESET},
	{syscall.ENETUNREACH, ENETUNREACH},
	{syscall.ENFILE, ENFILE},
	{syscall.ENOBUFS, ENOBUFS},
	{syscall.ENODEV, ENODEV},
	{syscall.ENOENT, ENOENT},
	{syscall.ENOLCK, ENOLCK},
	{syscall.ENOMEM, ENOMEM},
	{syscall.ENOSPC, ENOSPC},
	{syscall.ENOSYS, ENOSYS},
	{syscall.ENOTCONN, ENOTCONN},
	{syscall.ENOTDIR, ENOTDIR},
	{syscall.ENOTEMPTY, ENOTEMPTY},
	{syscall.ENOTSOCK, ENOTSOCK},
	{syscall.ENOTSUP, ENOTSUP},
	{syscall.ENOTTY, ENOTTY},
	{syscall.ENXIO, ENXIO},
	{syscall.EOPNOTSUPP, ENOTSUP},
	{syscall.EOVERFLOW, EOVERFLOW},
	{syscall.EPERM, EPERM},
	{syscall.EPIPE, EPIPE},
	{syscall.EPROTO, EPROTO},
	{syscall.EPROTONOSUPPORT, EAFNOSUPPORT},
	{syscall.EPROTOTYPE, EPROTO},
	{syscall.ERANGE, ERANGE},
	{syscall.EROFS, EROFS},
	{syscall.ESPIPE, ESPIPE},
	{syscall.ESRCH, ESRCH},
	{syscall.ESTALE, ENOENT},
	{syscall.ETIMEDOUT, ETIMEDOUT},
	{syscall.ETXTBSY, ETXTBSY},
	{syscall.EWOULDBLOCK, EAGAIN},
	{syscall.EXDEV, EXDEV},
}
