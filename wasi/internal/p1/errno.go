package p1

// This file is the numbers of errors and the one table from the host's reasons
// to them (typenames.witx, errno).

import (
	"context"
	"errors"

	"github.com/dray-wasm/dray/host"
)

// An errno is what a function returns to the guest.
type errno uint16

// The errors, in the order of the definition.
const (
	errnoSuccess errno = iota
	errno2big
	errnoAcces
	errnoAddrinuse
	errnoAddrnotavail
	errnoAfnosupport
	errnoAgain
	errnoAlready
	errnoBadf
	errnoBadmsg
	errnoBusy
	errnoCanceled
	errnoChild
	errnoConnaborted
	errnoConnrefused
	errnoConnreset
	errnoDeadlk
	errnoDestaddrreq
	errnoDom
	errnoDquot
	errnoExist
	errnoFault
	errnoFbig
	errnoHostunreach
	errnoIdrm
	errnoIlseq
	errnoInprogress
	errnoIntr
	errnoInval
	errnoIo
	errnoIsconn
	errnoIsdir
	errnoLoop
	errnoMfile
	errnoMlink
	errnoMsgsize
	errnoMultihop
	errnoNametoolong
	errnoNetdown
	errnoNetreset
	errnoNetunreach
	errnoNfile
	errnoNobufs
	errnoNodev
	errnoNoent
	errnoNoexec
	errnoNolck
	errnoNolink
	errnoNomem
	errnoNomsg
	errnoNoprotoopt
	errnoNospc
	errnoNosys
	errnoNotconn
	errnoNotdir
	errnoNotempty
	errnoNotrecoverable
	errnoNotsock
	errnoNotsup
	errnoNotty
	errnoNxio
	errnoOverflow
	errnoOwnerdead
	errnoPerm
	errnoPipe
	errnoProto
	errnoProtonosupport
	errnoPrototype
	errnoRange
	errnoRofs
	errnoSpipe
	errnoSrch
	errnoStale
	errnoTimedout
	errnoTxtbsy
	errnoXdev
	errnoNotcapable
)

// errnos maps the host's reasons.
var errnos = [...]errno{
	host.Success:       errnoSuccess,
	host.E2BIG:         errno2big,
	host.EACCES:        errnoAcces,
	host.EADDRINUSE:    errnoAddrinuse,
	host.EADDRNOTAVAIL: errnoAddrnotavail,
	host.EAFNOSUPPORT:  errnoAfnosupport,
	host.EAGAIN:        errnoAgain,
	host.EALREADY:      errnoAlready,
	host.EBADF:         errnoBadf,
	host.EBUSY:         errnoBusy,
	host.ECANCELED:     errnoCanceled,
	host.ECONNABORTED:  errnoConnaborted,
	host.ECONNREFUSED:  errnoConnrefused,
	host.ECONNRESET:    errnoConnreset,
	host.EDEADLK:       errnoDeadlk,
	host.EDQUOT:        errnoDquot,
	host.EEXIST:        errnoExist,
	host.EFAULT:        errnoFault,
	host.EFBIG:         errnoFbig,
	host.EHOSTUNREACH:  errnoHostunreach,
	host.EILSEQ:        errnoIlseq,
	host.EINPROGRESS:   errnoInprogress,
	host.EINTR:         errnoIntr,
	host.EINVAL:        errnoInval,
	host.EIO:           errnoIo,
	host.EISCONN:       errnoIsconn,
	host.EISDIR:        errnoIsdir,
	host.ELOOP:         errnoLoop,
	host.EMFILE:        errnoMfile,
	host.EMLINK:        errnoMlink,
	host.EMSGSIZE:      errnoMsgsize,
	host.ENAMETOOLONG:  errnoNametoolong,
	host.ENETDOWN:      errnoNetdown,
	host.ENETRESET:     errnoNetreset,
	host.ENETUNREACH:   errnoNetunreach,
	host.ENFILE:        errnoNfile,
	host.ENOBUFS:       errnoNobufs,
	host.ENODEV:        errnoNodev,
	host.ENOENT:        errnoNoent,
	host.ENOLCK:        errnoNolck,
	host.ENOMEM:        errnoNomem,
	host.ENOSPC:        errnoNospc,
	host.ENOSYS:        errnoNosys,
	host.ENOTCONN:      errnoNotconn,
	host.ENOTDIR:       errnoNotdir,
	host.ENOTEMPTY:     errnoNotempty,
	host.ENOTSOCK:      errnoNotsock,
	host.ENOTSUP:       errnoNotsup,
	host.ENOTTY:        errnoNotty,
	host.ENXIO:         errnoNxio,
	host.EOVERFLOW:     errnoOverflow,
	host.EPERM:         errnoPerm,
	host.EPIPE:         errnoPipe,
	host.EPROTO:        errnoProto,
	host.ERANGE:        errnoRange,
	host.EROFS:         errnoRofs,
	host.ESPIPE:        errnoSpipe,
	host.ESRCH:         errnoSrch,
	host.ETIMEDOUT:     errnoTimedout,
	host.ETXTBSY:       errnoTxtbsy,
	host.EXDEV:         errnoXdev,
	host.ECONFINED:     errnoPerm,
}

// errnoOf is the number for an error of the host.
func errnoOf(err error) errno {
	e := host.ErrnoOf(err)
	if int(e) >= len(errnos) || errnos[e] == 0 && err != nil {
		return errnoIo
	}
	return errnos[e]
}

// ended tells whether err says that ctx ended; such an error is not the
// guest's to see.
func ended(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	if _, ok := err.(host.Errno); ok {
		return false
	}
	why := ctx.Err()
	return why != nil && errors.Is(err, why)
}
