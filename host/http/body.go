// This file is what is common to the bodies of both directions.

package http

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/dray-wasm/dray/host"
)

// NoBody is the body of a message that has none.
var NoBody = http.NoBody

// IsNoBody tells whether r is [NoBody].
func IsNoBody(r io.Reader) bool { return r == http.NoBody }

// BodyError is the Error for one of reading a body: that of a request that
// came in, or of a response.
func BodyError(err error, request bool) *Error {
	if e := ErrorOf(err); e != nil {
		return e
	}
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		size := uint64(tooLong.Limit)
		if request {
			return &Error{Code: RequestBodySize, Number: &size, Err: err}
		}
		return &Error{Code: ResponseBodySize, Number: &size, Err: err}
	case errors.Is(err, io.ErrUnexpectedEOF) || isReset(err):
		if request {
			return Fail(ConnectionTerminated, err)
		}
		return Fail(ResponseIncomplete, err)
	case errors.Is(err, http.ErrBodyReadAfterClose):
		return Fail(ConnectionTerminated, err)
	}
	switch host.ErrnoOf(err) {
	case host.ETIMEDOUT:
		return Fail(ConnectionReadTimeout, err)
	case host.ECONNRESET, host.EPIPE, host.ECONNABORTED, host.EBADF, host.ECANCELED:
		return Fail(ConnectionTerminated, err)
	}
	return Fail(ProtocolError, err)
}

// isReset tells whether a stream of HTTP/2 was given up by the peer, as one
// closes the connection with HTTP/1. net/http says so in its text only.
func isReset(err error) bool {
	text := err.Error()
	return strings.Contains(text, "INTERNAL_ERROR; received from peer") || strings.Contains(text, "CANCEL; received from peer")
}

// LimitBody is the body r up to max bytes, and none of the rest; 0 is no limit.
// Its errors are of type *Error; that of a body which is longer has the code.
// RequestBodySize also says that it is the body of a request that came in.
func LimitBody(r io.Reader, max int64, code Code) io.Reader {
	return &limitedBody{r: r, left: max, max: max, code: code}
}

// A limitedBody reads a body up to its limit, and explains its errors.
type limitedBody struct {
	r         io.Reader
	left, max int64
	code      Code
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.max > 0 {
		if int64(n) > b.left {
			n, b.left = int(b.left), 0
			return n, FailSize(b.code, uint64(b.max))
		}
		b.left -= int64(n)
	}
	if err != nil && err != io.EOF {
		err = BodyError(err, b.code == RequestBodySize)
	}
	return n, err
}
