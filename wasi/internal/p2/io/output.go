package io

// This file is output streams as guests use them; queue.go is what is behind
// them.

import (
	"context"
	"errors"
	"fmt"

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
	q    *queue
	drop func() error
	// permit is what check-write allowed and was not used.
	permit uint64
	over   bool
}

var _ gen.OutputStream = (*OutputStream)(nil)

// NewOutputStream makes a stream of out, which stays the caller's. drop is
// called once, when the guest has dropped the stream and what it wrote is
// written, perhaps from another goroutine; it may be nil. Its error is for
// nobody: a guest cannot be told.
func (s *State) NewOutputStream(out stream.Output, drop func() error) *OutputStream {
	return &OutputStream{q: newQueue(s, out), drop: drop}
}

// Another makes another stream of the same output. What is written to the two
// keeps its order. Its drop does nothing.
func (s *OutputStream) Another() *OutputStream { return &OutputStream{q: s.q} }

// check is why the stream cannot be written to; nil when it can, or will.
func (s *OutputStream) check(ctx context.Context) error {
	if s.over {
		return closed
	}
	if err := s.q.failure(); err != nil {
		return s.end(ctx, err)
	}
	return nil
}

// end closes the stream for an error, unless that is the end of ctx.
func (s *OutputStream) end(ctx context.Context, err error) error {
	if ended(ctx, err) {
		return err
	}
	s.over, s.permit = true, 0
	if errors.Is(err, host.EPIPE) {
		return closed
	}
	return failed(err)
}

// waitable is what the stream waits for before check-write has something to
// say.
func (s *OutputStream) waitable() stream.Waitable {
	if s.over {
		return stream.Always
	}
	return s.q.waitable()
}

// CheckWrite tells how much the next write may have.
func (s *OutputStream) CheckWrite(ctx context.Context) (uint64, error) {
	s.permit = 0
	if err := s.check(ctx); err != nil {
		return 0, err
	}
	if s.waitable().Ready() {
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
	if err := s.check(ctx); err != nil {
		return err
	}
	if err := s.q.add(ctx, p); err != nil {
		return s.end(ctx, err)
	}
	return nil
}

// writeAll writes p and waits for it.
func (s *OutputStream) writeAll(ctx context.Context, p []byte) error {
	if err := s.BlockingFlush(ctx); err != nil {
		return err
	}
	if _, err := s.q.out.Write(ctx, p); err != nil {
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
	if s.over {
		return closed
	}
	if err := s.q.idle.Wait(ctx); err != nil {
		return err
	}
	return s.check(ctx)
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
	p, err := src.Read(ctx, min(n, permit))
	return s.spliced(ctx, p, err)
}

// BlockingSplice is Splice that waits until it can move something.
func (s *OutputStream) BlockingSplice(ctx context.Context, src gen.InputStream, n uint64) (uint64, error) {
	for {
		permit, err := s.CheckWrite(ctx)
		if err != nil {
			return 0, err
		}
		if permit > 0 {
			p, err := src.BlockingRead(ctx, min(n, permit))
			return s.spliced(ctx, p, err)
		}
		if err := s.waitable().Wait(ctx); err != nil {
			return 0, err
		}
	}
}

// spliced writes what was read, and is what a splice answers.
func (s *OutputStream) spliced(ctx context.Context, p []byte, err error) (uint64, error) {
	if err == nil {
		err = s.Write(ctx, p)
	}
	if err != nil {
		return 0, err
	}
	return uint64(len(p)), nil
}

// Drop closes the stream, once what was written is written out.
func (s *OutputStream) Drop(context.Context) error {
	s.over = true
	if drop := s.drop; drop != nil {
		s.drop = nil
		s.q.whenIdle(drop)
	}
	return nil
}
