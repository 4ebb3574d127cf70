// Package io is the host's side of wasi:io 0.2: errors, pollables and streams,
// over package stream. The other faces of WASI 0.2 make theirs of it.
//
// The methods of resources are called by one guest at a time; what runs beside
// it, and Close, may come from anywhere.
package io

import (
	"context"
	"errors"

	"github.com/dray-wasm/dray/host"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/io"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

// A State is what the resources of one guest share. It is safe for concurrent
// use.
type State struct {
	*guest.State

	// buf is where bytes are read on their way into the guest, polls what one
	// call of poll needs. Who uses one takes it away meanwhile.
	buf   []byte
	polls *pollScratch
}

// DefaultMaxOpen is [guest.DefaultMaxOpen].
const DefaultMaxOpen = guest.DefaultMaxOpen

// A Closer is [guest.Closer].
type Closer = guest.Closer

// NewState makes the state of a guest that may have max things open at a time;
// 0 means [DefaultMaxOpen].
func NewState(max int) *State { return Of(guest.New(max)) }

// Of makes the state of a guest that has g, from whatever version of WASI.
func Of(g *guest.State) *State { return &State{State: g} }

// Buffer is room for n bytes at most, and for [MaxRead], until the next call of
// the guest: what is read there on its way into the guest's memory.
func (s *State) Buffer(n uint64) []byte {
	n = min(n, MaxRead)
	if uint64(len(s.buf)) < n {
		s.buf = make([]byte, max(n, 4096))
	}
	return s.buf[:n]
}

// MaxRead bounds what one call that reads gives, in bytes.
const MaxRead = 64 << 10

// A Host is the functions of wasi:io that belong to no resource.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.ErrorHost   = Host{}
	_ gen.PollHost    = Host{}
	_ gen.StreamsHost = Host{}
)

// Link defines what the package has.
func (h Host) Link() gen.Host { return gen.Host{Error: h, Poll: h, Streams: h} }

// An Error is the resource error: why a stream failed.
type Error struct {
	// Err is the reason, from which faces make codes of their own.
	Err error
	// Text is what the guest is told. Where it is empty, that is the
	// [host.Errno] of Err.
	Text string
}

var _ gen.Error = (*Error)(nil)

// ToDebugString describes the error. It does not say what the guest may not
// know, such as names of the host.
func (e *Error) ToDebugString(context.Context) (string, error) {
	if e.Text != "" {
		return e.Text, nil
	}
	return host.ErrnoOf(e.Err).Error(), nil
}

// Drop implements gen.Error.
func (e *Error) Drop(context.Context) error { return nil }

// An Explainer is an error that says itself what the guest is told.
type Explainer interface{ Explain() string }

// ended tells whether err is the end of ctx, which ends the guest.
func ended(ctx context.Context, err error) bool {
	end := ctx.Err()
	return end != nil && errors.Is(err, end)
}

// failed is the error of a stream for an error of the host.
func failed(err error) error {
	e := &Error{Err: err}
	var x Explainer
	if errors.As(err, &x) {
		e.Text = x.Explain()
	}
	return gen.StreamError{Case: gen.StreamErrorLastOperationFailed, LastOperationFailed: e}
}

// closed is the error of a stream that is over.
var closed error = gen.StreamError{Case: gen.StreamErrorClosed}
