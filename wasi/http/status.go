package http

// This file is the status that stands for what a guest refused.

import (
	"errors"
	nethttp "net/http"

	hosthttp "github.com/dray-wasm/dray/host/http"
)

// statuses are the codes whose status is not 502. RFC 9209, which the codes are
// from, recommends them.
var statuses = map[hosthttp.Code]int{
	hosthttp.DNSTimeout:                nethttp.StatusGatewayTimeout,
	hosthttp.DestinationNotFound:       nethttp.StatusInternalServerError,
	hosthttp.DestinationUnavailable:    nethttp.StatusServiceUnavailable,
	hosthttp.ConnectionTimeout:         nethttp.StatusGatewayTimeout,
	hosthttp.ConnectionReadTimeout:     nethttp.StatusGatewayTimeout,
	hosthttp.ConnectionWriteTimeout:    nethttp.StatusGatewayTimeout,
	hosthttp.ConnectionLimitReached:    nethttp.StatusServiceUnavailable,
	hosthttp.RequestDenied:             nethttp.StatusForbidden,
	hosthttp.RequestLengthRequired:     nethttp.StatusLengthRequired,
	hosthttp.RequestBodySize:           nethttp.StatusRequestEntityTooLarge,
	hosthttp.RequestMethodInvalid:      nethttp.StatusBadRequest,
	hosthttp.RequestURIInvalid:         nethttp.StatusBadRequest,
	hosthttp.RequestURITooLong:         nethttp.StatusRequestURITooLong,
	hosthttp.RequestHeaderSectionSize:  nethttp.StatusRequestHeaderFieldsTooLarge,
	hosthttp.RequestHeaderSize:         nethttp.StatusRequestHeaderFieldsTooLarge,
	hosthttp.RequestTrailerSectionSize: nethttp.StatusRequestHeaderFieldsTooLarge,
	hosthttp.RequestTrailerSize:        nethttp.StatusRequestHeaderFieldsTooLarge,
	hosthttp.ResponseTimeout:           nethttp.StatusGatewayTimeout,
	hosthttp.ConfigurationError:        nethttp.StatusInternalServerError,
	hosthttp.InternalError:             nethttp.StatusInternalServerError,
}

// statusOf is the status for an error code of a guest.
func statusOf(c hosthttp.Code) int {
	if s, ok := statuses[c]; ok {
		return s
	}
	return nethttp.StatusBadGateway
}

// retryAfter is what clients are told that met too many others, in seconds.
const retryAfter = "1"

// failure is the status for an error of an [Outcome] before the head was sent; 0
// where there is nobody to tell.
func failure(err error) int {
	switch err {
	case ErrTimeout:
		return nethttp.StatusGatewayTimeout
	case ErrOverloaded, ErrClosed:
		return nethttp.StatusServiceUnavailable
	case ErrTooLarge:
		return nethttp.StatusRequestEntityTooLarge
	case ErrGone:
		return 0
	}
	return nethttp.StatusInternalServerError
}

// Reason is a word for Err, for metrics: "ok" when there is none.
func (o *Outcome) Reason() string {
	if o.Err == nil {
		return "ok"
	}
	for _, r := range reasons {
		if errors.Is(o.Err, r.err) {
			return r.word
		}
	}
	return "error"
}

// reasons has the error that wraps others before those.
var reasons = []struct {
	err  error
	word string
}{
	{ErrTimeout, "timeout"}, {ErrOverloaded, "overloaded"}, {ErrGone, "client gone"},
	{ErrTooLarge, "body too large"}, {ErrRefused, "refused"}, {ErrTrapped, "trap"},
	{ErrNoAnswer, "no answer"}, {ErrBadAnswer, "bad answer"}, {ErrIncomplete, "incomplete"},
	{ErrInstance, "no instance"}, {ErrClosed, "closed"},
}
