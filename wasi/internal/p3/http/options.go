package http

// This file is the options of requests.

import (
	"context"

	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
)

// timeouts are durations in nanoseconds; nil is none.
type timeouts struct{ connect, first, between *uint64 }

// A RequestOptions is the resource request-options.
type RequestOptions struct {
	t         *timeouts
	immutable bool
}

var _ gen.RequestOptions = (*RequestOptions)(nil)

// NewRequestOptions makes options without any.
func (h Host) NewRequestOptions(context.Context) (gen.RequestOptions, error) {
	return &RequestOptions{t: new(timeouts)}, nil
}

// set changes one of the timeouts.
func (o *RequestOptions) set(at **uint64, d *uint64) error {
	if o.immutable {
		return gen.RequestOptionsError{Case: gen.RequestOptionsErrorImmutable}
	}
	*at = d
	return nil
}

// GetConnectTimeout bounds the time until there is a connection.
func (o *RequestOptions) GetConnectTimeout(context.Context) (*uint64, error) { return o.t.connect, nil }

// SetConnectTimeout changes it.
func (o *RequestOptions) SetConnectTimeout(_ context.Context, d *uint64) error {
	return o.set(&o.t.connect, d)
}

// GetFirstByteTimeout bounds the time until the response begins.
func (o *RequestOptions) GetFirstByteTimeout(context.Context) (*uint64, error) {
	return o.t.first, nil
}

// SetFirstByteTimeout changes it.
func (o *RequestOptions) SetFirstByteTimeout(_ context.Context, d *uint64) error {
	return o.set(&o.t.first, d)
}

// GetBetweenBytesTimeout bounds the time that a read of the response's body
// waits.
func (o *RequestOptions) GetBetweenBytesTimeout(context.Context) (*uint64, error) {
	return o.t.between, nil
}

// SetBetweenBytesTimeout changes it.
func (o *RequestOptions) SetBetweenBytesTimeout(_ context.Context, d *uint64) error {
	return o.set(&o.t.between, d)
}

// Clone makes a copy that can be changed.
func (o *RequestOptions) Clone(context.Context) (gen.RequestOptions, error) {
	t := *o.t
	return &RequestOptions{t: &t}, nil
}

// Drop implements gen.RequestOptions.
func (o *RequestOptions) Drop(context.Context) error { return nil }
