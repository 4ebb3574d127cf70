package filesystem

// This file is the reasons of the host as error codes.

import (
	"context"
	"errors"

	"github.com/dray-wasm/dray/host"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	wasiio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A reason is what becomes of an Errno.
type reason struct {
	code gen.ErrorCode
	// foreign says that no file fails for this: the code is the nearest.
	foreign bool
}

// reasons maps the host's reasons. There is no code for too many open files;
// they are resources of the host that are used up, as its memory is.
var reasons = [...]reason{
	host.Success:       {gen.ErrorCodeIO, true},
	host.E2BIG:         {gen.ErrorCodeInvalid, true},
	host.EACCES:        {gen.ErrorCodeAccess, false},
	host.EADDRINUSE:    {gen.ErrorCodeBusy, true},
	host.EADDRNOTAVAIL: {gen.ErrorCodeIO, true},
	host.EAFNOSUPPORT:  {gen.ErrorCodeUnsupported, true},
	host.EAGAIN:        {gen.ErrorCodeWouldBlock, false},
	host.EALREADY:      {gen.ErrorCodeAlready, false},
	host.EBADF:         {gen.ErrorCodeBadDescriptor, false},
	host.EBUSY:         {gen.ErrorCodeBusy, false},
	host.ECANCELED:     {gen.ErrorCodeInterrupted, false},
	host.ECONNABORTED:  {gen.ErrorCodeIO, true},
	host.ECONNREFUSED:  {gen.ErrorCodeIO, true},
	host.ECONNRESET:    {gen.ErrorCodeIO, true},
	host.EDEADLK:       {gen.ErrorCodeDeadlock, false},
	host.EDQUOT:        {gen.ErrorCodeQuota, false},
	host.EEXIST:        {gen.ErrorCodeExist, false},
	host.EFAULT:        {gen.ErrorCodeInvalid, false},
	host.EFBIG:         {gen.ErrorCodeFileTooLarge, false},
	host.EHOSTUNREACH:  {gen.ErrorCodeIO, true},
	host.EILSEQ:        {gen.ErrorCodeIllegalByteSequence, false},
	host.EINPROGRESS:   {gen.ErrorCodeInProgress, false},
	host.EINTR:         {gen.ErrorCodeInterrupted, false},
	host.EINVAL:        {gen.ErrorCodeInvalid, false},
	host.EIO:           {gen.ErrorCodeIO, false},
	host.EISCONN:       {gen.ErrorCodeIO, true},
	host.EISDIR:        {gen.ErrorCodeIsDirectory, false},
	host.ELOOP:         {gen.ErrorCodeLoop, false},
	host.EMFILE:        {gen.ErrorCodeInsufficientMemory, false},
	host.EMLINK:        {gen.ErrorCodeTooManyLinks, false},
	host.EMSGSIZE:      {gen.ErrorCodeMessageSize, false},
	host.ENAMETOOLONG:  {gen.ErrorCodeNameTooLong, false},
	host.ENETDOWN:      {gen.ErrorCodeIO, true},
	host.ENETRESET:     {gen.ErrorCodeIO, true},
	host.ENETUNREACH:   {gen.ErrorCodeIO, true},
	host.ENFILE:        {gen.ErrorCodeInsufficientMemory, false},
	host.ENOBUFS:       {gen.ErrorCodeInsufficientMemory, false},
	host.ENODEV:        {gen.ErrorCodeNoDevice, false},
	host.ENOENT:        {gen.ErrorCodeNoEntry, false},
	host.ENOLCK:        {gen.ErrorCodeNoLock, false},
	host.ENOMEM:        {gen.ErrorCodeInsufficientMemory, false},
	host.ENOSPC:        {gen.ErrorCodeInsufficientSpace, false},
	host.ENOSYS:        {gen.ErrorCodeUnsupported, false},
	host.ENOTCONN:      {gen.ErrorCodeIO, true},
	host.ENOTDIR:       {gen.ErrorCodeNotDirectory, false},
	host.ENOTEMPTY:     {gen.ErrorCodeNotEmpty, false},
	host.ENOTSOCK:      {gen.ErrorCodeBadDescriptor, true},
	host.ENOTSUP:       {gen.ErrorCodeUnsupported, false},
	host.ENOTTY:        {gen.ErrorCodeNoTty, false},
	host.ENXIO:         {gen.ErrorCodeNoSuchDevice, false},
	host.EOVERFLOW:     {gen.ErrorCodeOverflow, false},
	host.EPERM:         {gen.ErrorCodeNotPermitted, false},
	host.EPIPE:         {gen.ErrorCodePipe, false},
	host.EPROTO:        {gen.ErrorCodeIO, true},
	host.ERANGE:        {gen.ErrorCodeOverflow, false},
	host.EROFS:         {gen.ErrorCodeReadOnly, false},
	host.ESPIPE:        {gen.ErrorCodeInvalidSeek, false},
	host.ESRCH:         {gen.ErrorCodeNoEntry, true},
	host.ETIMEDOUT:     {gen.ErrorCodeIO, true},
	host.ETXTBSY:       {gen.ErrorCodeTextFileBusy, false},
	host.EXDEV:         {gen.ErrorCodeCrossDevice, false},
	host.ECONFINED:     {gen.ErrorCodeNotPermitted, false},
}

// reasonOf is what becomes of an error of the host.
func reasonOf(err error) reason {
	e := host.ErrnoOf(err)
	if int(e) >= len(reasons) {
		return reason{gen.ErrorCodeIO, true}
	}
	return reasons[e]
}

// failed is the error case of a function for an error of the host, nil for
// nil. Errors of ctx end the guest.
func failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if why := ctx.Err(); why != nil && errors.Is(err, why) {
		return err
	}
	return reasonOf(err).code
}

// FilesystemErrorCode tells why a stream failed, where that can be the reason
// of a file. Streams of other faces that give reasons of their own have none.
func (h Host) FilesystemErrorCode(_ context.Context, err wasiio.Error) (*gen.ErrorCode, error) {
	e, ok := err.(*p2io.Error)
	if !ok || e.Err == nil || e.Text != "" {
		return nil, nil
	}
	r := reasonOf(e.Err)
	if r.foreign {
		return nil, nil
	}
	return &r.code, nil
}
