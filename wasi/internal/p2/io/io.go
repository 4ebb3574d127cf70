// Package io is the host's side of wasi:io 0.2: errors, pollables and streams,
// over package stream. The other faces of WASI 0.2 make theirs of it.
//
// The methods of resources are called by one guest at a time; what runs beside
// it, and Close, may come from anywhere.
package io

import (
	"context"
	"errors"
	"sync"

	"github.com/dray-wasm/dray/host"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

// DefaultMaxOpen is how many files, sockets and HTTP bodies a guest may have
// open at a time when [NewState] is not told.
const DefaultMaxOpen = 10000

// A State is what the resources of one guest share. It is safe for concurrent
// use.
type State struct {
	// life ends with Close, and with it what goes on in the background.
	life context.Context
	end  context.CancelFunc

	mu     sync.Mutex
	open   map[Closer]struct{}
	max    int
	closed bool
	// draining are the outputs that are written in the background.
	draining map[*queue]struct{}

	// buf is where bytes are read on their way into the guest, polls what one
	// call of poll needs. Who uses one takes it away meanwhile.
	buf   []byte
	polls *pollScratch
}

// A Closer is something that a guest opened, and that ends with it. It is
// compared by identity: a pointer.
type Closer interface{ Close() error }

// NewState makes the state of a guest that may have max things open at a time;
// 0 means [DefaultMaxOpen].
func NewState(max int) *State {
	if max == 0 {
		max = DefaultMaxOpen
	}
	s := &State{max: max, open: map[Closer]struct{}{}, draining: map[*queue]struct{}{}}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Life ends when the guest does.
func (s *State) Life() context.Context { return s.life }

// Opened counts something that the guest opened. It is closed with the guest,
// unless Closed is called before. Where the guest has too much open or has
// ended, the error is host.EMFILE or host.EBADF, and the caller closes c.
func (s *State) Opened(c Closer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return host.EBADF
	case len(s.open) >= s.max:
		return host.EMFILE
	}
	s.open[c] = struct{}{}
	return nil
}

// Closed forgets what Opened counted.
func (s *State) Closed(c Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

// drains tells that q begins to write in the background; false when the guest
// has ended.
func (s *State) drains(q *queue) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.draining[q] = struct{}{}
	}
	return !s.closed
}

// drained tells that q does so no more.
func (s *State) drained(q *queue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.draining, q)
}

// Flush waits until what the guest wrote is written, or until ctx ends.
func (s *State) Flush(ctx context.Context) error {
	for {
		s.mu.Lock()
		var next *queue
		for next = range s.draining {
			break
		}
		s.mu.Unlock()
		if next == nil {
			return nil
		}
		if err := next.idle.Wait(ctx); err != nil {
			return err
		}
	}
}

// Close closes what is open, ends what goes on in the background, and waits for
// its end. Closing again does nothing.
func (s *State) Close() error {
	s.mu.Lock()
	open := s.open
	s.open, s.closed = nil, true
	s.mu.Unlock()
	s.end()
	var errs []error
	for c := range open {
		if err := c.Close(); err != nil {
			errs = append(errs, err)
		}
	}
	errs = append(errs, s.Flush(context.Background()))
	return errors.Join(errs...)
}

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
