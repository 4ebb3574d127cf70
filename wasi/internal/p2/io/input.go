package io

// This file is input streams.

import (
	"context"
	"io"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/io"
)

// An InputStream is the resource input-stream.
type InputStream struct {
	st   *State
	in   stream.Input
	drop func() error
	over bool
}

var _ gen.InputStream = (*InputStream)(nil)

// NewInputStream makes a stream of in, which stays the caller's. drop is called
// once, when the guest drops the stream, and may be nil. Its error is for
// nobody: a guest cannot be told.
func (s *State) NewInputStream(in stream.Input, drop func() error) *InputStream {
	return &InputStream{st: s, in: in, drop: drop}
}

// read reads up to n bytes, into a buffer that is good until the next call.
func (s *InputStream) read(ctx context.Context, n uint64, block bool) ([]byte, error) {
	switch {
	case s.over:
		return nil, closed
	case n == 0:
		return nil, nil
	}
	for {
		p := s.st.Buffer(n)
		got, err := s.in.TryRead(p)
		switch {
		case got > 0 || err == nil && !block:
			return p[:got], nil
		case err == nil || err == host.EAGAIN:
			if !block {
				return nil, nil
			}
			if err := s.in.Readable().Wait(ctx); err != nil {
				return nil, s.end(ctx, err)
			}
			continue
		}
		return nil, s.end(ctx, err)
	}
}

// end closes the stream for an error, unless that is the end of ctx.
func (s *InputStream) end(ctx context.Context, err error) error {
	if ended(ctx, err) {
		return err
	}
	s.over = true
	if err == io.EOF {
		return closed
	}
	return failed(err)
}

// Read reads what is there.
func (s *InputStream) Read(ctx context.Context, n uint64) ([]byte, error) {
	return s.read(ctx, n, false)
}

// BlockingRead reads, and waits until there is something.
func (s *InputStream) BlockingRead(ctx context.Context, n uint64) ([]byte, error) {
	return s.read(ctx, n, true)
}

// Skip reads what is there, and forgets it.
func (s *InputStream) Skip(ctx context.Context, n uint64) (uint64, error) {
	p, err := s.read(ctx, n, false)
	return uint64(len(p)), err
}

// BlockingSkip reads and forgets, and waits until there is something.
func (s *InputStream) BlockingSkip(ctx context.Context, n uint64) (uint64, error) {
	p, err := s.read(ctx, n, true)
	return uint64(len(p)), err
}

// Subscribe gives a pollable that is ready when there is something to read, or
// the stream is over.
func (s *InputStream) Subscribe(context.Context) (gen.Pollable, error) {
	return NewPollableFunc(func() stream.Waitable {
		if s.over {
			return stream.Always
		}
		return s.in.Readable()
	}), nil
}

// Drop closes the stream.
func (s *InputStream) Drop(context.Context) error {
	s.over = true
	if drop := s.drop; drop != nil {
		s.drop = nil
		drop()
	}
	return nil
}
