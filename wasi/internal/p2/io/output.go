package io

// This file is output streams.

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

// maxPermit is what a stream that is ready takes at once, in bytes; maxBlocking
// is what the functions that write and flush take.
const (
	maxPermit   = 64 << 10
	maxBlocking = 4096
)

// An OutputStream is the resource output-stream. What it was permitted to take
// and cannot write at once is written in the background, and until that is
// done it takes nothing more.
type OutputStream struct {
	st   *State
	out  stream.Output
	drop func() error
	// permit is what check-write allowed and was not used.
	permit uint64
	over   bool
	idle   stream.Event // clear while something is written in the background

	mu      sync.Mutex
	pending []byte
	err     error // of what was written in the background
	dropped bool
}

var _ gen.OutputStream = (*OutputStream)(nil)

// NewOutputStream makes a stream of out, which stays the caller's. drop is
// called once, when the guest has dropped the stream and what it wrote is
// written; it may be nil.
func (s *State) NewOutputStream(out stream.Output, drop func() error) *OutputStream {
	o := &OutputStream{st: s, out: out, drop: drop}
	o.idle.Set()
	return o
}

// check is why the stream cannot be written to; nil when it can, or will.
func (s *OutputStream) check(ctx context.Context) error {
	if s.over {
		return closed
	}
	s.mu.Lock()
	err := s.err
	s.mu.Unlock()
	if err != nil {
		return s.end(ctx, err)
	}
	return nil
}

// end closes the stream for an error.
func (s *OutputStream) end(ctx context.Context, err error) error {
	s.over, s.permit = true, 0
	if errors.Is(err, host.EPIPE) {
		return closed
	}
	return failed(ctx, err)
}

// waitable is what the stream waits for before it can take something.
func (s *OutputStream) waitable() stream.Waitable {
	switch {
	case s.over:
		return stream.Always
	case !s.idle.Ready():
		return &s.idle
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return stream.Always
	}
	return s.out.Writable()
}

// CheckWrite tells how much the next write may have.
func (s *OutputStream) CheckWrite(ctx context.Context) (uint64, error) {
	if err := s.check(ctx); err != nil {
		return 0, err
	}
	s.permit = 0
	if s.idle.Ready() && s.out.Writable().Ready() {
		s.permit = maxPermit
	}
	return s.permit, nil
}

// Write takes what check-write permitted.
func (s *OutputStream) Write(ctx context.Context, p []byte) error {
	if err := s.permitted(uint64(len(p))); err != nil {
		return err
	}
	return s.write(ctx, p)
}

// permitted takes n bytes from the permit, or is the trap of a guest that
// writes more.
func (s *OutputStream) permitted(n uint64) error {
	if n > s.permit && !s.over {
		return fmt.Errorf("the guest writes %d bytes to a stream for which check-write permitted %d", n, s.permit)
	}
	s.permit -= min(n, s.permit)
	return nil
}

func (s *OutputStream) write(ctx context.Context, p []byte) error {
	if err := s.check(ctx); err != nil || len(p) == 0 {
		return err
	}
	// Several writes may share a permit: those behind one that did not fit
	// follow it.
	if s.idle.Ready() {
		n, err := s.out.TryWrite(p)
		if err != nil && err != host.EAGAIN {
			return s.end(ctx, err)
		}
		p = p[n:]
	}
	if len(p) > 0 {
		s.background(p)
	}
	return nil
}

// background writes a copy of p, behind what is being written.
func (s *OutputStream) background(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = append(s.pending, p...)
	if s.idle.Ready() {
		s.idle.Clear()
		s.st.drains(s, true)
		go s.drain()
	}
}

// drain writes what is pending.
func (s *OutputStream) drain() {
	var err error
	for {
		s.mu.Lock()
		p := s.pending
		s.pending = nil
		if len(p) == 0 || err != nil {
			s.err = err
			dropped := s.dropped
			s.idle.Set()
			s.mu.Unlock()
			if dropped {
				s.finish()
			}
			s.st.drains(s, false)
			return
		}
		s.mu.Unlock()
		_, err = s.out.Write(s.st.life, p)
	}
}

// wait waits until nothing is being written in the background.
func (s *OutputStream) wait(ctx context.Context) error {
	if err := s.idle.Wait(ctx); err != nil {
		return err
	}
	return s.check(ctx)
}

// writeAll writes p and waits for it.
func (s *OutputStream) writeAll(ctx context.Context, p []byte) error {
	s.permit = 0
	if err := s.wait(ctx); err != nil {
		return err
	}
	if _, err := s.out.Write(ctx, p); err != nil {
		return s.end(ctx, err)
	}
	return nil
}

// BlockingWriteAndFlush writes all of p.
func (s *OutputStream) BlockingWriteAndFlush(ctx context.Context, p []byte) error {
	if len(p) > maxBlocking {
		return fmt.Errorf("blocking-write-and-flush was called with %d bytes, more than %d", len(p), maxBlocking)
	}
	return s.writeAll(ctx, p)
}

// Flush asks that what was written is written out. All of it is on its way, so
// that nothing is left to do but to take nothing more until it is.
func (s *OutputStream) Flush(ctx context.Context) error {
	s.permit = 0
	return s.check(ctx)
}

// BlockingFlush waits until what was written is written out.
func (s *OutputStream) BlockingFlush(ctx context.Context) error {
	s.permit = 0
	return s.wait(ctx)
}

// Subscribe gives a pollable that is ready when check-write has something to
// say.
func (s *OutputStream) Subscribe(context.Context) (gen.Pollable, error) {
	return NewPollableFunc(s.waitable), nil
}

// zeroes is what write-zeroes writes.
var zeroes [maxPermit]byte

// WriteZeroes is Write of n bytes that are zero.
func (s *OutputStream) WriteZeroes(ctx context.Context, n uint64) error {
	if err := s.permitted(n); err != nil {
		return err
	}
	return s.write(ctx, zeroes[:min(n, maxPermit)])
}

// BlockingWriteZeroesAndFlush writes n bytes that are zero.
func (s *OutputStream) BlockingWriteZeroesAndFlush(ctx context.Context, n uint64) error {
	if n > maxBlocking {
		return fmt.Errorf("blocking-write-zeroes-and-flush was called with %d bytes, more than %d", n, maxBlocking)
	}
	return s.writeAll(ctx, zeroes[:n])
}

// Splice moves up to n bytes from another stream, as many as are there and can
// be written.
func (s *OutputStream) Splice(ctx context.Context, src gen.InputStream, n uint64) (uint64, error) {
	permit, err := s.CheckWrite(ctx)
	if err != nil {
		return 0, err
	}
	p, err := src.(*InputStream).read(ctx, min(n, permit), false)
	if err != nil {
		return 0, err
	}
	return uint64(len(p)), s.Write(ctx, p)
}

// BlockingSplice is Splice that waits until it can move something.
func (s *OutputStream) BlockingSplice(ctx context.Context, src gen.InputStream, n uint64) (uint64, error) {
	for w := s.waitable(); !w.Ready(); w = s.waitable() {
		if err := w.Wait(ctx); err != nil {
			return 0, err
		}
	}
	permit, err := s.CheckWrite(ctx)
	if err != nil {
		return 0, err
	}
	p, err := src.(*InputStream).read(ctx, min(n, permit), true)
	if err != nil {
		return 0, err
	}
	return uint64(len(p)), s.Write(ctx, p)
}

// Drop closes the stream, once what was written is written out.
func (s *OutputStream) Drop(context.Context) error {
	s.over = true
	s.mu.Lock()
	s.dropped = true
	idle := s.idle.Ready()
	s.mu.Unlock()
	if idle {
		return s.finish()
	}
	return nil
}

func (s *OutputStream) finish() error {
	if s.drop == nil {
		return nil
	}
	return s.drop()
}
