// This file is the pipe: a bounded queue of bytes in memory, from an Output to
// an Input.

package stream

import (
	"context"
	"errors"
	"io"

	"github.com/dray-wasm/dray/host"
)

// firstPipe is the first size of a pipe's buffer, in bytes; it doubles up to
// the pipe's capacity.
const firstPipe = 4 << 10

// DefaultPipe is the capacity of a pipe for which none is given, in bytes.
const DefaultPipe = 64 << 10

// A Pipe carries bytes from its Output to its Input, and keeps those that were
// not yet read. It has no goroutine and no descriptor, and allocates its buffer
// when bytes come. Both ends are safe for concurrent use.
type Pipe struct {
	in  PipeInput
	out PipeOutput
	max int

	// readers.mu guards what follows. It is taken before writers.mu.
	readers, writers waiterList
	// buf is a ring: n bytes from at on are unread.
	buf   []byte
	at, n int
	// end is what a read of the empty pipe answers once the writer closed it;
	// broken is what a write answers once the reader closed it.
	end, broken error
}

// NewPipe makes a pipe that keeps up to capacity bytes; 0 means [DefaultPipe].
func NewPipe(capacity int) *Pipe {
	if capacity <= 0 {
		capacity = DefaultPipe
	}
	p := &Pipe{max: capacity}
	p.in.p, p.out.p = p, p
	return p
}

// Input is the end that is read.
func (p *Pipe) Input() *PipeInput { return &p.in }

// Output is the end that is written.
func (p *Pipe) Output() *PipeOutput { return &p.out }

// A PipeInput is the end of a pipe that is read.
type PipeInput struct{ p *Pipe }

// A PipeOutput is the end of a pipe that is written.
type PipeOutput struct{ p *Pipe }

var (
	_ Input  = (*PipeInput)(nil)
	_ Output = (*PipeOutput)(nil)
)

// take moves up to len(b) bytes out; readers.mu is held.
func (p *Pipe) take(b []byte) int {
	total := 0
	for total < len(b) && p.n > 0 {
		run := p.buf[p.at:min(p.at+p.n, len(p.buf))]
		n := copy(b[total:], run)
		total += n
		p.n -= n
		if p.at += n; p.at == len(p.buf) {
			p.at = 0
		}
	}
	if p.n == 0 {
		p.at = 0
	}
	return total
}

// put adds b, for which there is room below limit bytes; readers.mu is held.
func (p *Pipe) put(b []byte, limit int) {
	if need := p.n + len(b); need > len(p.buf) {
		p.grow(need, limit)
	}
	for len(b) > 0 {
		to := p.at + p.n
		if to >= len(p.buf) {
			to -= len(p.buf)
		}
		end := len(p.buf)
		if to < p.at {
			end = p.at
		}
		n := copy(p.buf[to:end], b)
		p.n += n
		b = b[n:]
	}
}

// grow makes room for need bytes.
func (p *Pipe) grow(need, limit int) {
	size := max(len(p.buf), min(firstPipe, limit))
	for size < need {
		size = min(2*size, limit)
	}
	buf := make([]byte, size)
	n := p.n
	p.take(buf[:n])
	p.buf, p.at, p.n = buf, 0, n
}

// Read is Input.Read.
func (r *PipeInput) Read(ctx context.Context, b []byte) (int, error) {
	for {
		n, err := r.TryRead(b)
		if err != host.EAGAIN {
			return n, err
		}
		if err := waitOne(ctx, r.Readable()); err != nil {
			return 0, err
		}
	}
}

// TryRead is Input.TryRead.
func (r *PipeInput) TryRead(b []byte) (int, error) {
	p := r.p
	p.readers.mu.Lock()
	defer p.readers.mu.Unlock()
	switch {
	case p.broken != nil:
		return 0, host.EBADF
	case len(b) == 0:
		return 0, nil
	case p.n > 0:
		n := p.take(b)
		if p.n < p.max {
			p.writers.wake()
		}
		return n, nil
	case p.end != nil:
		return 0, p.end
	}
	return 0, host.EAGAIN
}

// Readable is Input.Readable.
func (r *PipeInput) Readable() Waitable { return (*pipeReadable)(r.p) }

// Available is Input.Available.
func (r *PipeInput) Available() int {
	r.p.readers.mu.Lock()
	defer r.p.readers.mu.Unlock()
	return r.p.n
}

// Ended reports whether the writer has closed its end, for whatever reason:
// no more bytes than Available come.
func (r *PipeInput) Ended() bool {
	r.p.readers.mu.Lock()
	defer r.p.readers.mu.Unlock()
	return r.p.end != nil
}

// Close discards what was not read; writes are host.EPIPE from now on.
func (r *PipeInput) Close() error { return r.CloseWithError(host.EPIPE) }

// CloseWithError is Close that gives writers another error.
func (r *PipeInput) CloseWithError(err error) error {
	if err == nil {
		err = host.EPIPE
	}
	p := r.p
	p.readers.mu.Lock()
	defer p.readers.mu.Unlock()
	if p.broken != nil {
		return host.EBADF
	}
	p.broken = err
	p.buf, p.at, p.n = nil, 0, 0
	p.readers.wakeLocked()
	p.writers.wake()
	return nil
}

// Write is Output.Write.
func (w *PipeOutput) Write(ctx context.Context, b []byte) (int, error) {
	n := 0
	for n < len(b) {
		m, err := w.TryWrite(b[n:])
		n += m
		if err == nil {
			continue
		}
		if err != host.EAGAIN {
			return n, err
		}
		if err := waitOne(ctx, w.Writable()); err != nil {
			return n, err
		}
	}
	return n, nil
}

// TryWrite is Output.TryWrite.
func (w *PipeOutput) TryWrite(b []byte) (int, error) {
	p := w.p
	p.readers.mu.Lock()
	defer p.readers.mu.Unlock()
	if err := p.writable(); err != nil || len(b) == 0 {
		return 0, err
	}
	room := p.max - p.n
	if room <= 0 {
		return 0, host.EAGAIN
	}
	n := min(room, len(b))
	p.put(b[:n], p.max)
	p.readers.wakeLocked()
	return n, nil
}

// Put is TryWrite that takes all of b or nothing: while the pipe holds no more
// than its capacity it may be overdrawn by as much again. Beyond that the
// answer is host.EAGAIN. It is for writers that were told beforehand how much
// they may write.
func (w *PipeOutput) Put(b []byte) error {
	p := w.p
	p.readers.mu.Lock()
	defer p.readers.mu.Unlock()
	if err := p.writable(); err != nil || len(b) == 0 {
		return err
	}
	if len(b) > 2*p.max-p.n {
		return host.EAGAIN
	}
	p.put(b, 2*p.max)
	p.readers.wakeLocked()
	return nil
}

// writable is why nothing can be written any more; readers.mu is held.
func (p *Pipe) writable() error {
	switch {
	case p.end != nil:
		return host.EBADF
	case p.broken != nil:
		return p.broken
	}
	return nil
}

// Writable is Output.Writable.
func (w *PipeOutput) Writable() Waitable { return (*pipeWritable)(w.p) }

// Close ends the stream of bytes: who has read all of them gets io.EOF.
func (w *PipeOutput) Close() error { return w.CloseWithError(io.EOF) }

// CloseWithError is Close that gives readers another error, behind the bytes
// that were written.
func (w *PipeOutput) CloseWithError(err error) error {
	if err == nil {
		err = io.EOF
	}
	p := w.p
	p.readers.mu.Lock()
	defer p.readers.mu.Unlock()
	if p.end != nil {
		return host.EBADF
	}
	p.end = err
	p.readers.wakeLocked()
	p.writers.wake()
	return nil
}

// A pipeReadable is a pipe with bytes, an end, or an error.
type pipeReadable Pipe

func (p *pipeReadable) Ready() bool {
	p.readers.mu.Lock()
	defer p.readers.mu.Unlock()
	return p.n > 0 || p.end != nil || p.broken != nil
}

func (p *pipeReadable) Wait(ctx context.Context) error { return waitOne(ctx, p) }
func (p *pipeReadable) list() *waiterList              { return &p.readers }

// A pipeWritable is a pipe with room, or one that takes no more.
type pipeWritable Pipe

func (p *pipeWritable) Ready() bool {
	p.readers.mu.Lock()
	defer p.readers.mu.Unlock()
	return p.n < p.max || p.end != nil || p.broken != nil
}

func (p *pipeWritable) Wait(ctx context.Context) error { return waitOne(ctx, p) }
func (p *pipeWritable) list() *waiterList              { return &p.writers }

// A BoundReader is an Input as an io.ReadCloser whose reads end with a context.
type BoundReader struct {
	ctx context.Context
	in  Input
}

// BindReader makes a BoundReader. Close closes in.
func BindReader(ctx context.Context, in Input) *BoundReader { return &BoundReader{ctx, in} }

// Read implements io.Reader.
func (r *BoundReader) Read(p []byte) (int, error) { return r.in.Read(r.ctx, p) }

// Available is how many bytes a Read finds without waiting.
func (r *BoundReader) Available() int { return r.in.Available() }

// Close implements io.Closer. Closing again does nothing.
func (r *BoundReader) Close() error {
	if err := r.in.Close(); err != nil && !errors.Is(err, host.EBADF) {
		return err
	}
	return nil
}
