// This file is any io.Writer as an output.

package stream

import (
	"bytes"
	"context"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/dray-wasm/dray/host"
)

// NewWriter is w as an Output. A nil w and io.Discard are [Null], an *os.File
// is [NewFile].
//
// Writes to every other w are serialised: one Write is one piece. When ctx
// can end, a goroutine writes a copy of at most 64 KiB at a time, so that a w
// that waits does not hold the guest; what was handed to it before ctx ended
// may still be written, and an error of that is the next Write's. An io.Writer
// cannot say whether it would wait: it counts as ready when no Write is going
// on, and TryWrite waits for it, at most until Close. w stays the caller's:
// Close does not close it.
func NewWriter(w io.Writer) Output {
	if w == nil || w == io.Discard {
		return Null
	}
	if f, ok := w.(*os.File); ok {
		return NewFile(f)
	}
	return newSink(w)
}

// maxPiece is how many bytes are handed to the goroutine of a sink at once.
const maxPiece = 64 << 10

// A sink writes to an io.Writer. waiters.mu guards what follows it.
type sink struct {
	w io.Writer
	// quick says that w never waits.
	quick bool
	start func() // s.run, made once

	waiters waiterList
	// owned says that a Write is going on, or the goroutine of one left over.
	owned  bool
	closed bool
	// piece is what the goroutine writes, n and err are its answer once done
	// is set. abandoned says that nobody waits for that.
	piece     []byte
	n         int
	err       error
	done      bool
	abandoned bool
	// late is the error of an abandoned piece.
	late error
}

func newSink(w io.Writer) *sink {
	s := &sink{w: w}
	s.start = s.run
	switch w.(type) {
	case *bytes.Buffer, *strings.Builder:
		s.quick = true
	}
	return s
}

// run is the goroutine: it writes one piece.
func (s *sink) run() {
	n, err := s.write(s.piece)
	s.waiters.mu.Lock()
	defer s.waiters.mu.Unlock()
	if s.abandoned {
		s.abandoned, s.owned, s.late = false, false, err
	} else {
		s.n, s.err, s.done = n, err, true
	}
	s.waiters.wakeLocked()
}

// write is one Write of w.
func (s *sink) write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if n < 0 || n > len(p) {
		n, err = 0, host.EIO
	}
	if err != nil {
		return n, reason(err)
	}
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

// own starts a Write if none is going on, else answers host.EAGAIN.
func (s *sink) own() error {
	s.waiters.mu.Lock()
	defer s.waiters.mu.Unlock()
	switch {
	case s.closed:
		return host.EBADF
	case s.owned:
		return host.EAGAIN
	case s.late != nil:
		err := s.late
		s.late = nil
		return err
	}
	s.owned = true
	return nil
}

func (s *sink) disown() {
	s.waiters.mu.Lock()
	defer s.waiters.mu.Unlock()
	s.owned = false
	s.waiters.wakeLocked()
}

func (s *sink) Write(ctx context.Context, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		err := s.own()
		if err == nil {
			break
		}
		if err != host.EAGAIN {
			return 0, err
		}
		if err := waitOne(ctx, s.Writable()); err != nil {
			return 0, err
		}
	}
	if s.quick || ctx.Done() == nil {
		defer s.disown()
		return s.write(p)
	}
	return s.hand(ctx, p)
}

func (s *sink) TryWrite(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.own(); err != nil {
		return 0, err
	}
	if s.quick {
		defer s.disown()
		return s.write(p)
	}
	return s.hand(context.Background(), p)
}

// hand gives p to the goroutine piece by piece. The caller owns s; hand ends
// that, or leaves it to the goroutine.
func (s *sink) hand(ctx context.Context, p []byte) (int, error) {
	n := 0
	for {
		s.piece = append(s.piece[:0], p[n:min(len(p), n+maxPiece)]...)
		go s.start()
		// A w that does not wait has answered when this goroutine goes on.
		runtime.Gosched()
		waitErr := waitOne(ctx, (*sinkDone)(s))
		m, gone, err := s.collect()
		n += m
		switch {
		case gone && waitErr != nil:
			return n, waitErr
		case gone:
			return n, host.EBADF
		case err == nil && n < len(p) && ctx.Err() == nil:
			continue
		case err == nil && n < len(p):
			err = ctx.Err()
		}
		s.disown()
		return n, err
	}
}

// collect takes the answer of the goroutine; without one it abandons the
// piece.
func (s *sink) collect() (n int, gone bool, err error) {
	s.waiters.mu.Lock()
	defer s.waiters.mu.Unlock()
	if !s.done {
		s.abandoned = true
		return 0, true, nil
	}
	n, err = s.n, s.err
	s.n, s.err, s.done = 0, nil, false
	return n, false, err
}

func (s *sink) Writable() Waitable { return (*sinkWaitable)(s) }

func (s *sink) Close() error {
	s.waiters.mu.Lock()
	defer s.waiters.mu.Unlock()
	if s.closed {
		return host.EBADF
	}
	s.closed = true
	s.waiters.wakeLocked()
	return nil
}

// A sinkWaitable is a sink to which nobody writes.
type sinkWaitable sink

func (w *sinkWaitable) Ready() bool {
	w.waiters.mu.Lock()
	defer w.waiters.mu.Unlock()
	return w.closed || !w.owned
}

func (w *sinkWaitable) Wait(ctx context.Context) error { return waitOne(ctx, w) }
func (w *sinkWaitable) list() *waiterList              { return &w.waiters }

// A sinkDone is a sink whose goroutine has answered, or that is closed.
type sinkDone sink

func (w *sinkDone) Ready() bool {
	w.waiters.mu.Lock()
	defer w.waiters.mu.Unlock()
	return w.done || w.closed
}

func (w *sinkDone) Wait(ctx context.Context) error { return waitOne(ctx, w) }
func (w *sinkDone) list() *waiterList              { return &w.waiters }
