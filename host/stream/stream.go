// Package stream is byte streams that a guest can read, write and wait on:
// the two interfaces that standard input and output, pipes and sockets share,
// and the wait that parks a goroutine until one of several is ready.
package stream

import "context"

// A Waitable is something whose readiness can be waited for. It is safe for
// concurrent use.
type Waitable interface {
	// Ready reports, without blocking, whether the operation behind it would
	// return at once. The end of a stream and a broken stream are ready.
	Ready() bool
	// Wait blocks until Ready or until ctx is done, whose error it returns.
	// It holds no lock and burns no processor time while it waits.
	Wait(ctx context.Context) error
}

// An Input is a stream of bytes that the guest reads.
type Input interface {
	// Read waits until there is at least one byte and reads up to len(p). It
	// returns io.EOF at the end, and ctx's error when ctx ends first; no byte
	// is lost then. An empty p returns at once.
	Read(ctx context.Context, p []byte) (int, error)
	// TryRead is Read that does not wait: it answers host.EAGAIN instead.
	TryRead(p []byte) (int, error)
	// Readable is ready when a Read would not wait.
	Readable() Waitable
	// Available is how many bytes a Read is known to find now; 0 where that
	// is not known.
	Available() int
	// Close releases what the stream holds. Readers that wait return.
	Close() error
}

// An Output is a stream of bytes that the guest writes.
type Output interface {
	// Write writes all of p, or returns how much it wrote and why it stopped:
	// host.EPIPE when nobody reads any more, ctx's error when ctx ended.
	Write(ctx context.Context, p []byte) (int, error)
	// TryWrite is Write that does not wait: it writes what fits and answers
	// host.EAGAIN when nothing does.
	TryWrite(p []byte) (int, error)
	// Writable is ready when a Write of some bytes would not wait.
	Writable() Waitable
	// Close releases what the stream holds.
	Close() error
}
