package message

// This file is what errors are made of before they are a case of error-code.

import (
	"errors"

	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
)

// Reason is the reason in an error of the host. One that is not of HTTP is an
// internal error of which the guest learns no more than its number.
func Reason(err error) *hosthttp.Error {
	if e := hosthttp.ErrorOf(err); e != nil {
		return e
	}
	e := &hosthttp.Error{Code: hosthttp.InternalError, Err: err}
	if no := host.ErrnoOf(err); no != host.Success {
		e.Detail = no.Error()
	}
	if errors.Is(err, host.EMFILE) {
		e.Code = hosthttp.ConnectionLimitReached
	}
	return e
}

// Broken is the reason in an error that broke a message off: one that is not of
// HTTP is the end of the connection.
func Broken(err error) *hosthttp.Error {
	if e := hosthttp.ErrorOf(err); e != nil {
		return e
	}
	return hosthttp.Fail(hosthttp.ConnectionTerminated, err)
}

// Cut is n in a smaller type, which shows its greatest value for all above; nil
// stays nil.
func Cut[T uint8 | uint16 | uint32](n *uint64) *T {
	if n == nil {
		return nil
	}
	v := T(min(*n, uint64(^T(0))))
	return &v
}

// Widen is n in the type that the host has.
func Widen[T uint8 | uint16 | uint32](n *T) *uint64 {
	if n == nil {
		return nil
	}
	v := uint64(*n)
	return &v
}
