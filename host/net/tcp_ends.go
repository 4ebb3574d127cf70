// This file is the two ends of a TCP connection. Each has its own stream.File
// of the one descriptor, so that it can be closed by itself.

package net

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// ends makes the ends of a new connection.
func (s *TCP) ends() (stream.Input, stream.Output, error) {
	in, err := s.d.stream()
	if err != nil {
		return nil, nil, err
	}
	out, err := s.d.stream()
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	s.d.retain()
	s.d.retain()
	s.in = &tcpInput{f: in, d: s.d}
	return s.in, &tcpOutput{f: out, d: s.d}, nil
}

// A tcpInput is the end of a connection that a guest reads.
type tcpInput struct {
	f *stream.File
	d *descriptor
	// ended is set when the guest wants to hear no more.
	ended atomic.Bool
}

func (in *tcpInput) Read(ctx context.Context, p []byte) (int, error) {
	for {
		n, err := in.TryRead(p)
		if err != host.EAGAIN {
			return n, err
		}
		if err := in.f.Readable().Wait(ctx); err != nil {
			return 0, err
		}
	}
}

func (in *tcpInput) TryRead(p []byte) (int, error) {
	n, err := in.f.TryRead(p)
	if in.ended.Load() && err != host.EBADF && len(p) > 0 {
		return 0, io.EOF
	}
	return n, err
}

func (in *tcpInput) Readable() stream.Waitable { return in.f.Readable() }

func (in *tcpInput) Available() int {
	if in.ended.Load() {
		return 0
	}
	return in.f.Available()
}

func (in *tcpInput) Close() error {
	if err := in.f.Close(); err != nil {
		return err
	}
	in.d.release()
	return nil
}

// A tcpOutput is the end of a connection that a guest writes.
type tcpOutput struct {
	f *stream.File
	d *descriptor
}

func (out *tcpOutput) Write(ctx context.Context, p []byte) (int, error) { return out.f.Write(ctx, p) }
func (out *tcpOutput) TryWrite(p []byte) (int, error)                   { return out.f.TryWrite(p) }
func (out *tcpOutput) Writable() stream.Waitable                        { return out.f.Writable() }

func (out *tcpOutput) Close() error {
	if err := out.f.Close(); err != nil {
		return err
	}
	out.d.release()
	return nil
}
