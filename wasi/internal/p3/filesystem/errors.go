package filesystem

// This file is the reasons of the host as error codes.

import (
	"context"
	"errors"
	"io"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
)

// reasons maps the host's reasons. Those that POSIX has no file fail for are
// other, which says them in words. There is no code for too many open files;
// they are resources of the host that are used up, as its memory is.
var reasons = [...]gen.ErrorCodeCase{
	host.Success:       gen.ErrorCodeOther,
	host.E2BIG:         gen.ErrorCodeOther,
	host.EACCES:        gen.ErrorCodeAccess,
	host.EADDRINUSE:    gen.ErrorCodeOther,
	host.EADDRNOTAVAIL: gen.ErrorCodeOther,
	host.EAFNOSUPPORT:  gen.ErrorCodeOther,
	host.EAGAIN:        gen.ErrorCodeOther,
	host.EALREADY:      gen.ErrorCodeAlready,
	host.EBADF:         gen.ErrorCodeBadDescriptor,
	host.EBUSY:         gen.ErrorCodeBusy,
	host.ECANCELED:     gen.ErrorCodeInterrupted,
	host.ECONNABORTED:  gen.ErrorCodeOther,
	host.ECONNREFUSED:  gen.ErrorCodeOther,
	host.ECONNRESET:    gen.ErrorCodeOther,
	host.EDEADLK:       gen.ErrorCodeDeadlock,
	host.EDQUOT:        gen.ErrorCodeQuota,
	host.EEXIST:        gen.ErrorCodeExist,
	host.EFAULT:        gen.ErrorCodeInvalid,
	host.EFBIG:         gen.ErrorCodeFileTooLarge,
	host.EHOSTUNREACH:  gen.ErrorCodeOther,
	host.EILSEQ:        gen.ErrorCodeIllegalByteSequence,
	host.EINPROGRESS:   gen.ErrorCodeInProgress,
	host.EINTR:         gen.ErrorCodeInterrupted,
	host.EINVAL:        gen.ErrorCodeInvalid,
	host.EIO:           gen.ErrorCodeIO,
	host.EISCONN:       gen.ErrorCodeOther,
	host.EISDIR:        gen.ErrorCodeIsDirectory,
	host.ELOOP:         gen.ErrorCodeLoop,
	host.EMFILE:        gen.ErrorCodeInsufficientMemory,
	host.EMLINK:        gen.ErrorCodeTooManyLinks,
	host.EMSGSIZE:      gen.ErrorCodeMessageSize,
	host.ENAMETOOLONG:  gen.ErrorCodeNameTooLong,
	host.ENETDOWN:      gen.ErrorCodeOther,
	host.ENETRESET:     gen.ErrorCodeOther,
	host.ENETUNREACH:   gen.ErrorCodeOther,
	host.ENFILE:        gen.ErrorCodeInsufficientMemory,
	host.ENOBUFS:       gen.ErrorCodeInsufficientMemory,
	host.ENODEV:        gen.ErrorCodeNoDevice,
	host.ENOENT:        gen.ErrorCodeNoEntry,
	host.ENOLCK:        gen.ErrorCodeNoLock,
	host.ENOMEM:        gen.ErrorCodeInsufficientMemory,
	host.ENOSPC:        gen.ErrorCodeInsufficientSpace,
	host.ENOSYS:        gen.ErrorCodeUnsupported,
	host.ENOTCONN:      gen.ErrorCodeOther,
	host.ENOTDIR:       gen.ErrorCodeNotDirectory,
	host.ENOTEMPTY:     gen.ErrorCodeNotEmpty,
	host.ENOTSOCK:      gen.ErrorCodeOther,
	host.ENOTSUP:       gen.ErrorCodeUnsupported,
	host.ENOTTY:        gen.ErrorCodeNoTty,
	host.ENXIO:         gen.ErrorCodeNoSuchDevice,
	host.EOVERFLOW:     gen.ErrorCodeOverflow,
	host.EPERM:         gen.ErrorCodeNotPermitted,
	host.EPIPE:         gen.ErrorCodePipe,
	host.EPROTO:        gen.ErrorCodeOther,
	host.ERANGE:        gen.ErrorCodeOverflow,
	host.EROFS:         gen.ErrorCodeReadOnly,
	host.ESPIPE:        gen.ErrorCodeInvalidSeek,
	host.ESRCH:         gen.ErrorCodeNoEntry,
	host.ETIMEDOUT:     gen.ErrorCodeOther,
	host.ETXTBSY:       gen.ErrorCodeTextFileBusy,
	host.EXDEV:         gen.ErrorCodeCrossDevice,
	host.ECONFINED:     gen.ErrorCodeNotPermitted,
}

// codeOf is the code of an error of the host. What is no [host.Errno] is io.
func codeOf(err error) gen.ErrorCode {
	e := host.ErrnoOf(err)
	code := gen.ErrorCode{Case: gen.ErrorCodeIO}
	if int(e) < len(reasons) {
		code.Case = reasons[e]
	}
	if code.Case == gen.ErrorCodeOther {
		text := e.Error()
		code.Other = &text
	}
	return code
}

// failed is the error case of a function for an error of the host, nil for
// nil. Errors of ctx end the call.
func failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if why := ctx.Err(); why != nil && errors.Is(err, why) {
		return err
	}
	return codeOf(err)
}

// An outcome is what the future of a stream tells.
type outcome = bind.Result[bind.None, gen.ErrorCode]

// outcomeOf is how a stream ended with err: well at the end of the file.
func outcomeOf(err error) outcome {
	if err == nil || err == io.EOF {
		return outcome{}
	}
	return outcome{IsErr: true, Err: codeOf(err)}
}
