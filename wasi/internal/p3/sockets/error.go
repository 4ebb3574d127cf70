package sockets

// This file is the one table from the host's reasons to the codes of
// wasi:sockets/types (error-code), and that of lookups.

import (
	"errors"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
)

// codes has a code for each Errno. Those that error-code does not have, and
// those of files, which sockets do not give, are other.
var codes = [...]gen.TypesErrorCodeCase{
	host.Success:       gen.TypesErrorCodeOther,
	host.E2BIG:         gen.TypesErrorCodeOther,
	host.EACCES:        gen.TypesErrorCodeAccessDenied,
	host.EADDRINUSE:    gen.TypesErrorCodeAddressInUse,
	host.EADDRNOTAVAIL: gen.TypesErrorCodeAddressNotBindable,
	host.EAFNOSUPPORT:  gen.TypesErrorCodeNotSupported,
	host.EAGAIN:        gen.TypesErrorCodeOther,
	host.EALREADY:      gen.TypesErrorCodeInvalidState,
	host.EBADF:         gen.TypesErrorCodeInvalidState,
	host.EBUSY:         gen.TypesErrorCodeOther,
	host.ECANCELED:     gen.TypesErrorCodeOther,
	host.ECONNABORTED:  gen.TypesErrorCodeConnectionAborted,
	host.ECONNREFUSED:  gen.TypesErrorCodeConnectionRefused,
	host.ECONNRESET:    gen.TypesErrorCodeConnectionReset,
	host.EDEADLK:       gen.TypesErrorCodeOther,
	host.EDQUOT:        gen.TypesErrorCodeOther,
	host.EEXIST:        gen.TypesErrorCodeOther,
	host.EFAULT:        gen.TypesErrorCodeInvalidArgument,
	host.EFBIG:         gen.TypesErrorCodeOther,
	host.EHOSTUNREACH:  gen.TypesErrorCodeRemoteUnreachable,
	host.EILSEQ:        gen.TypesErrorCodeInvalidArgument,
	host.EINPROGRESS:   gen.TypesErrorCodeOther,
	host.EINTR:         gen.TypesErrorCodeOther,
	host.EINVAL:        gen.TypesErrorCodeInvalidArgument,
	host.EIO:           gen.TypesErrorCodeOther,
	host.EISCONN:       gen.TypesErrorCodeInvalidState,
	host.EISDIR:        gen.TypesErrorCodeOther,
	host.ELOOP:         gen.TypesErrorCodeOther,
	host.EMFILE:        gen.TypesErrorCodeOther,
	host.EMLINK:        gen.TypesErrorCodeOther,
	host.EMSGSIZE:      gen.TypesErrorCodeDatagramTooLarge,
	host.ENAMETOOLONG:  gen.TypesErrorCodeInvalidArgument,
	host.ENETDOWN:      gen.TypesErrorCodeRemoteUnreachable,
	host.ENETRESET:     gen.TypesErrorCodeRemoteUnreachable,
	host.ENETUNREACH:   gen.TypesErrorCodeRemoteUnreachable,
	host.ENFILE:        gen.TypesErrorCodeOther,
	host.ENOBUFS:       gen.TypesErrorCodeOutOfMemory,
	host.ENODEV:        gen.TypesErrorCodeOther,
	host.ENOENT:        gen.TypesErrorCodeOther,
	host.ENOLCK:        gen.TypesErrorCodeOther,
	host.ENOMEM:        gen.TypesErrorCodeOutOfMemory,
	host.ENOSPC:        gen.TypesErrorCodeOther,
	host.ENOSYS:        gen.TypesErrorCodeNotSupported,
	host.ENOTCONN:      gen.TypesErrorCodeInvalidState,
	host.ENOTDIR:       gen.TypesErrorCodeOther,
	host.ENOTEMPTY:     gen.TypesErrorCodeOther,
	host.ENOTSOCK:      gen.TypesErrorCodeOther,
	host.ENOTSUP:       gen.TypesErrorCodeNotSupported,
	host.ENOTTY:        gen.TypesErrorCodeOther,
	host.ENXIO:         gen.TypesErrorCodeOther,
	host.EOVERFLOW:     gen.TypesErrorCodeInvalidArgument,
	host.EPERM:         gen.TypesErrorCodeAccessDenied,
	host.EPIPE:         gen.TypesErrorCodeConnectionBroken,
	host.EPROTO:        gen.TypesErrorCodeOther,
	host.ERANGE:        gen.TypesErrorCodeInvalidArgument,
	host.EROFS:         gen.TypesErrorCodeOther,
	host.ESPIPE:        gen.TypesErrorCodeOther,
	host.ESRCH:         gen.TypesErrorCodeOther,
	host.ETIMEDOUT:     gen.TypesErrorCodeTimeout,
	host.ETXTBSY:       gen.TypesErrorCodeOther,
	host.EXDEV:         gen.TypesErrorCodeOther,
	host.ECONFINED:     gen.TypesErrorCodeAccessDenied,
}

// codeOf is the code for an error of the host; an error-code is its own. It is
// nil for nil.
func codeOf(err error) error {
	switch e := err.(type) {
	case nil:
		return nil
	case gen.TypesErrorCode:
		return e
	}
	return errnoCode(host.ErrnoOf(err))
}

// errnoCode is the code of an Errno. For other, the text is the Errno's: it
// says nothing of the host.
func errnoCode(e host.Errno) gen.TypesErrorCode {
	code := gen.TypesErrorCode{Case: gen.TypesErrorCodeOther}
	if int(e) < len(codes) {
		code.Case = codes[e]
	}
	if code.Case == gen.TypesErrorCodeOther {
		text := e.Error()
		code.Other = &text
	}
	return code
}

// The codes that this package gives by itself.
var (
	errInvalidState    error = gen.TypesErrorCode{Case: gen.TypesErrorCodeInvalidState}
	errInvalidArgument error = gen.TypesErrorCode{Case: gen.TypesErrorCodeInvalidArgument}
)

// lookupCodes has a code for each reason for which a name is not resolved. The
// first one counts that is in an error.
var lookupCodes = [...]struct {
	reason error
	code   gen.IPNameLookupErrorCodeCase
}{
	{net.ErrNoName, gen.IPNameLookupErrorCodeNameUnresolvable},
	{net.ErrTryAgain, gen.IPNameLookupErrorCodeTemporaryResolverFailure},
	{net.ErrNoAnswer, gen.IPNameLookupErrorCodePermanentResolverFailure},
	{host.EACCES, gen.IPNameLookupErrorCodeAccessDenied},
	{host.EINVAL, gen.IPNameLookupErrorCodeInvalidArgument},
}

// lookupCodeOf is the code for an error of a lookup.
func lookupCodeOf(err error) error {
	for i := range lookupCodes {
		if errors.Is(err, lookupCodes[i].reason) {
			return gen.IPNameLookupErrorCode{Case: lookupCodes[i].code}
		}
	}
	text := host.ErrnoOf(err).Error()
	return gen.IPNameLookupErrorCode{Case: gen.IPNameLookupErrorCodeOther, Other: &text}
}
