// Package host is the operating system as guests are allowed to see it. Its
// sub-packages hold files, streams, clocks, randomness, standard streams and
// sockets, once, for every generation of WASI. Nothing here knows WebAssembly.
//
// This file names the reasons for which the host refuses. Each face of WASI
// maps them to its own codes in one table.
package host

// An Errno says why an operation failed, in POSIX terms. It is an error;
// [ErrnoOf] finds the one inside any error that comes out of this tree.
type Errno uint8

// The reasons, named as POSIX names them.
const (
	Success Errno = iota
	E2BIG
	EACCES
	EADDRINUSE
	EADDRNOTAVAIL
	EAFNOSUPPORT
	EAGAIN
	EALREADY
	EBADF
	EBUSY
	ECANCELED
	ECONNABORTED
	ECONNREFUSED
	ECONNRESET
	EDEADLK
	EDQUOT
	EEXIST
	EFAULT
	EFBIG
	EHOSTUNREACH
	EILSEQ
	EINPROGRESS
	EINTR
	EINVAL
	EIO
	EISCONN
	EISDIR
	ELOOP
	EMFILE
	EMLINK
	EMSGSIZE
	ENAMETOOLONG
	ENETDOWN
	ENETRESET
	ENETUNREACH
	ENFILE
	ENOBUFS
	ENODEV
	ENOENT
	ENOLCK
	ENOMEM
	ENOSPC
	ENOSYS
	ENOTCONN
	ENOTDIR
	ENOTEMPTY
	ENOTSOCK
	ENOTSUP
	ENOTTY
	ENXIO
	EOVERFLOW
	EPERM
	EPIPE
	EPROTO
	ERANGE
	EROFS
	ESPIPE
	ESRCH
	ETIMEDOUT
	ETXTBSY
	EXDEV
	// ECONFINED is not POSIX: the path leads out of what the guest was given.
	ECONFINED
	errnoCount
)
