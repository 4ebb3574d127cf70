// Package guest is what the versions of WASI share for one guest: what it is
// started with, what it has open, and what goes on for it in the background, with
// one limit and one end for all of it.
package guest

import (
	"context"
	"errors"
	"sync"

	"github.com/dray-wasm/dray/host"
)

// DefaultMaxOpen is how many files, sockets and HTTP bodies a guest may have
// open at a time when [New] is not told.
const DefaultMaxOpen = 10000

// A State is what one guest has. It is safe for concurrent use.
type State struct {
	// life ends with Close, and with it what goes on in the background.
	life context.Context
	end  context.CancelFunc

	mu     sync.Mutex
	open   map[Closer]struct{}
	max    int
	closed bool
	busy   map[Writer]struct{}
	room   int // of pumps, in bytes
}

// A Closer is something that a guest opened, and that ends with it. It is
// compared by identity: a pointer.
type Closer interface{ Close() error }

// A Writer is something that writes in the background what a guest gave it. It
// is compared by identity: a pointer.
type Writer interface {
	// Idle waits until it has written everything that it was given, or until
	// ctx ends.
	Idle(ctx context.Context) error
}

// New makes the state of a guest that may have max things open at a time; 0
// means [DefaultMaxOpen].
func New(max int) *State {
	if max == 0 {
		max = DefaultMaxOpen
	}
	s := &State{max: max, open: map[Closer]struct{}{}, busy: map[Writer]struct{}{}}
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

// Busy tells that w begins to write in the background; false when the guest has
// ended.
func (s *State) Busy(w Writer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.busy[w] = struct{}{}
	}
	return !s.closed
}

// Done tells that w has nothing to write any more.
func (s *State) Done(w Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, w)
}

// Flush waits until what the guest wrote is written, or until ctx ends.
func (s *State) Flush(ctx context.Context) error {
	var idle map[Writer]bool
	for {
		s.mu.Lock()
		var next Writer
		for w := range s.busy {
			if !idle[w] {
				next = w
				break
			}
		}
		s.mu.Unlock()
		if next == nil {
			return nil
		}
		if err := next.Idle(ctx); err != nil {
			return err
		}
		if idle == nil {
			idle = map[Writer]bool{}
		}
		idle[next] = true
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
