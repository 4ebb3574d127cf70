package sockets

// This file is the one table from the host's reasons to the codes of
// wasi:sockets/network (error-code).

import (
	"errors"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// codes has a code for each Errno. Those of files, which sockets do not give,
// are unknown.
var codes = [...]gen.ErrorCode{
	host.Success:       gen.ErrorCodeUnknown,
	host.E2BIG:         gen.ErrorCodeUnknown,
	host.EACCES:        gen.ErrorCodeAccessDenied,
	host.EADDRINUSE:    gen.ErrorCodeAddressInUse,
	host.EADDRNOTAVAIL: gen.ErrorCodeAddressNotBindable,
	host.EAFNOSUPPORT:  gen.ErrorCodeNotSupported,
	host.EAGAIN:        gen.ErrorCodeWouldBlock,
	host.EALREADY:      gen.ErrorCodeConcurrencyConflict,
	host.EBADF:         gen.ErrorCodeInvalidState,
	host.EBUSY:         gen.ErrorCodeConcurrencyConflict,
	host.ECANCELED:     gen.ErrorCodeUnknown,
	host.ECONNABORTED:  gen.ErrorCodeConnectionAborted,
	host.ECONNREFUSED:  gen.ErrorCodeConnectionRefused,
	host.ECONNRESET:    gen.ErrorCodeConnectionReset,
	host.EDEADLK:       gen.ErrorCodeUnknown,
	host.EDQUOT:        gen.ErrorCodeUnknown,
	host.EEXIST:        gen.ErrorCodeUnknown,
	host.EFAULT:        gen.ErrorCodeInvalidArgument,
	host.EFBIG:         gen.ErrorCodeUnknown,
	host.EHOSTUNREACH:  gen.ErrorCodeRemoteUnreachable,
	host.EILSEQ:        gen.ErrorCodeInvalidArgument,
	host.EINPROGRESS:   gen.ErrorCodeWouldBlock,
	host.EINTR:         gen.ErrorCodeUnknown,
	host.EINVAL:        gen.ErrorCodeInvalidArgument,
	host.EIO:           gen.ErrorCodeUnknown,
	host.EISCONN:       gen.ErrorCodeInvalidState,
	host.EISDIR:        gen.ErrorCodeUnknown,
	host.ELOOP:         gen.ErrorCodeUnknown,
	host.EMFILE:        gen.ErrorCodeNewSocketLimit,
	host.EMLINK:        gen.ErrorCodeUnknown,
	host.EMSGSIZE:      gen.ErrorCodeDatagramTooLarge,
	host.ENAMETOOLONG:  gen.ErrorCodeInvalidArgument,
	host.ENETDOWN:      gen.ErrorCodeRemoteUnreachable,
	host.ENETRESET:     gen.ErrorCodeRemoteUnreachable,
	host.ENETUNREACH:   gen.ErrorCodeRemoteUnreachable,
	host.ENFILE:        gen.ErrorCodeNewSocketLimit,
	host.ENOBUFS:       gen.ErrorCodeOutOfMemory,
	host.ENODEV:        gen.ErrorCodeUnknown,
	host.ENOENT:        gen.ErrorCodeNameUnresolvable,
	host.ENOLCK:        gen.ErrorCodeUnknown,
	host.ENOMEM:        gen.ErrorCodeOutOfMemory,
	host.ENOSPC:        gen.ErrorCodeUnknown,
	host.ENOSYS:        gen.ErrorCodeNotSupported,
	host.ENOTCONN:      gen.ErrorCodeInvalidState,
	host.ENOTDIR:       gen.ErrorCodeUnknown,
	host.ENOTEMPTY:     gen.ErrorCodeUnknown,
	host.ENOTSOCK:      gen.ErrorCodeUnknown,
	host.ENOTSUP:       gen.ErrorCodeNotSupported,
	host.ENOTTY:        gen.ErrorCodeUnknown,
	host.ENXIO:         gen.ErrorCodeUnknown,
	host.EOVERFLOW:     gen.ErrorCodeInvalidArgument,
	host.EPERM:         gen.ErrorCodeAccessDenied,
	host.EPIPE:         gen.ErrorCodeInvalidState,
	host.EPROTO:        gen.ErrorCodeUnknown,
	host.ERANGE:        gen.ErrorCodeInvalidArgument,
	host.EROFS:         gen.ErrorCodeUnknown,
	host.ESPIPE:        gen.ErrorCodeUnknown,
	host.ESRCH:         gen.ErrorCodeUnknown,
	host.ETIMEDOUT:     gen.ErrorCodeTimeout,
	host.ETXTBSY:       gen.ErrorCodeUnknown,
	host.EXDEV:         gen.ErrorCodeUnknown,
	host.ECONFINED:     gen.ErrorCodeAccessDenied,
}

// lookupCodes has a code for each reason for which a name is not resolved,
// which count before the errno of the error.
var lookupCodes = [...]struct {
	reason error
	code   gen.ErrorCode
}{
	{net.ErrNoName, gen.ErrorCodeNameUnresolvable},
	{net.ErrTryAgain, gen.ErrorCodeTemporaryResolverFailure},
	{net.ErrNoAnswer, gen.ErrorCodePermanentResolverFailure},
}

// codeOf is the code for an error of the host, or of this package. It is nil
// for nil.
func codeOf(err error) error {
	if err == nil {
		return nil
	}
	switch e := err.(type) {
	case gen.ErrorCode:
		return e
	case host.Errno:
		return errnoCode(e)
	}
	for i := range lookupCodes {
		if errors.Is(err, lookupCodes[i].reason) {
			return lookupCodes[i].code
		}
	}
	return errnoCode(host.ErrnoOf(err))
}

func errnoCode(e host.Errno) gen.ErrorCode {
	if int(e) < len(codes) {
		return codes[e]
	}
	return gen.ErrorCodeUnknown
}

// A streamError is why a stream of a connection failed, by which
// network-error-code knows it from those of other streams.
type streamError struct{ errno host.Errno }

func (e *streamError) Error() string { return e.errno.Error() }
func (e *streamError) Unwrap() error { return e.errno }

// ofStream marks an error of a connection. Those that streams understand, and
// those of a context, stay what they are.
func ofStream(err error) error {
	if e, ok := err.(host.Errno); ok && e != host.EAGAIN && e != host.EPIPE {
		return &streamError{e}
	}
	return err
}

// networkErrorCode is the code of the error of a stream; nil when it is not one
// of the network.
func networkErrorCode(err *p2io.Error) *gen.ErrorCode {
	var e *streamError
	if !errors.As(err.Err, &e) {
		return nil
	}
	code := errnoCode(e.errno)
	return &code
}
