package http

// This file is bodies from outside.

import (
	"context"
	"io"
	"sync"

	hosthttp "github.com/dray-wasm/dray/host/http"
)

var (
	// errDropped is how a body ended that nobody wanted to the end.
	errDropped = hosthttp.FailText(hosthttp.InternalError, "the body was dropped")
	errFields  = hosthttp.FailText(hosthttp.InternalError, "the guest holds too many fields")
)

// A source is the contents of a message from outside, and its trailers. One
// goroutine at a time reads; any may close it.
type source struct {
	st      *State
	r       io.Reader
	trailer func() hosthttp.Header // nil for none
	closer  func(whole bool)       // is told whether the end was reached
	once    sync.Once

	done chan struct{} // closed when there is an end
	mu   sync.Mutex
	// rest is how reading ended, to be told with the next Read.
	rest error
	// end is io.EOF, errDropped, or why the body broke off; header is the
	// trailers then.
	end    error
	header hosthttp.Header
}

// Read implements io.Reader. The end comes by itself: until it was told,
// nobody has the trailers.
func (s *source) Read(p []byte) (int, error) {
	s.mu.Lock()
	rest := s.rest
	s.mu.Unlock()
	if rest == nil {
		n, err := s.r.Read(p)
		if err == nil {
			return n, nil
		}
		s.mu.Lock()
		s.rest, rest = err, err
		s.mu.Unlock()
		if n > 0 {
			return n, nil
		}
	}
	s.finish(rest)
	return 0, rest
}

// finish keeps how reading ended.
func (s *source) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end != nil {
		return
	}
	if err == errDropped && s.rest == io.EOF {
		err = io.EOF
	}
	s.end = err
	if err == io.EOF && s.trailer != nil {
		s.header = s.trailer()
	}
	close(s.done)
}

// Close ends what feeds the body.
func (s *source) Close() error {
	s.once.Do(func() {
		s.finish(errDropped)
		s.closer(s.end == io.EOF)
	})
	return nil
}

// await waits until the contents have ended, and gives the trailers.
func (s *source) await(ctx context.Context) (hosthttp.Header, error) {
	select {
	case <-s.done:
	default:
		select {
		case <-s.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if s.end == io.EOF {
		return s.header, nil
	}
	return nil, s.end
}

// future is await for a guest. Contents that it dropped are no error.
func (s *source) future(ctx context.Context) (trailers, error) {
	h, err := s.await(ctx)
	switch {
	case err == errDropped, err == nil && len(h) == 0:
		return trailers{}, nil
	case err != nil && ctx.Err() != nil && err == context.Cause(ctx):
		return trailers{}, err
	case err == nil && s.st.fields.Full():
		err = errFields
	}
	if err != nil {
		return trailers{IsErr: true, Err: errorCode(err)}, nil
	}
	l := s.st.fields.Incoming(h)
	defer l.Release()
	return trailers{OK: view(l)}, nil
}
