// This file is any io.Reader as an input.

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

// A Peeker is an Input that can show its bytes and keep them.
type Peeker interface {
	// Peek is Read that leaves the bytes where they are.
	Peek(ctx context.Context, p []byte) (int, error)
	// TryPeek is Peek that does not wait.
	TryPeek(p []byte) (int, error)
}

// NewReader is r as an Input. A nil r is [Null], an *os.File is [NewFile], and
// *bytes.Reader, *strings.Reader and *bytes.Buffer are read in place.
//
// Every other r is read by a goroutine, which runs only while somebody asks
// for bytes that have not come, and reads at most 64 KiB ahead. The Input is
// a [Peeker] then. A Read whose ctx ends leaves the goroutine waiting for r,
// and what it gets is there for the next Read. r stays the caller's: Close
// does not close it, and where r waits, the goroutine ends when r's Read does.
// An error of r is final.
func NewReader(r io.Reader) Input {
	switch r := r.(type) {
	case nil:
		return Null
	case *os.File:
		return NewFile(r)
	case *bytes.Reader:
		return &memory{r: r}
	case *strings.Reader:
		return &memory{r: r}
	case *bytes.Buffer:
		return &memory{r: r}
	}
	return newPump(r)
}

const (
	// firstPump and maxPump bound the buffer of a pump, in bytes. It doubles
	// when a read fills it.
	firstPump = 4 << 10
	maxPump   = 64 << 10
	// maxEmpty is how often in a row a reader may return nothing.
	maxEmpty = 100
)

// A pump reads ahead from an io.Reader. waiters.mu guards what follows it.
type pump struct {
	r     io.Reader
	start func() // p.run, made once

	waiters waiterList
	// buf[lo:hi] is what was read and not taken. While busy, all of buf
	// belongs to the goroutine, and lo == hi.
	buf    []byte
	lo, hi int
	busy   bool
	err    error // for when buf is empty
	closed bool
}

func newPump(r io.Reader) *pump {
	p := &pump{r: r}
	p.start = p.run
	return p
}

// run is the goroutine: it reads once.
func (p *pump) run() {
	n, err := 0, error(nil)
	for range maxEmpty {
		n, err = p.r.Read(p.buf)
		if n < 0 || n > len(p.buf) {
			n, err = 0, host.EIO
		}
		if n != 0 || err != nil {
			break
		}
	}
	if n == 0 && err == nil {
		err = io.ErrNoProgress
	}
	p.waiters.mu.Lock()
	defer p.waiters.mu.Unlock()
	p.busy = false
	p.lo, p.hi = 0, n
	p.err = reason(err)
	p.waiters.wakeLocked()
}

// fill reports whether a read would not wait, and if it would, sets the
// goroutine to work. waiters.mu is held.
func (p *pump) fill() bool {
	if p.lo < p.hi || p.err != nil || p.closed {
		return true
	}
	if p.busy {
		return false
	}
	switch {
	case p.buf == nil:
		p.buf = make([]byte, firstPump)
	case p.hi == len(p.buf) && len(p.buf) < maxPump:
		p.buf = make([]byte, 2*len(p.buf))
	}
	p.lo, p.hi, p.busy = 0, 0, true
	go p.start()
	return false
}

// try reads without waiting; with keep the bytes stay.
func (p *pump) try(b []byte, keep bool) (int, error) {
	p.waiters.mu.Lock()
	defer p.waiters.mu.Unlock()
	switch {
	case p.closed:
		return 0, host.EBADF
	case len(b) == 0:
		return 0, nil
	case !p.fill():
		return 0, host.EAGAIN
	case p.lo == p.hi:
		return 0, p.err
	}
	n := copy(b, p.buf[p.lo:p.hi])
	if !keep {
		p.lo += n
	}
	return n, nil
}

// wait is try that waits.
func (p *pump) wait(ctx context.Context, b []byte, keep bool) (int, error) {
	for first := true; ; first = false {
		n, err := p.try(b, keep)
		if err != host.EAGAIN {
			return n, err
		}
		if first {
			// An r that does not wait has answered when this goroutine goes on.
			runtime.Gosched()
		}
		if err := waitOne(ctx, p.Readable()); err != nil {
			return 0, err
		}
	}
}

func (p *pump) Read(ctx context.Context, b []byte) (int, error) { return p.wait(ctx, b, false) }
func (p *pump) TryRead(b []byte) (int, error)                   { return p.try(b, false) }
func (p *pump) Peek(ctx context.Context, b []byte) (int, error) { return p.wait(ctx, b, true) }
func (p *pump) TryPeek(b []byte) (int, error)                   { return p.try(b, true) }
func (p *pump) Readable() Waitable                              { return (*pumpWaitable)(p) }

func (p *pump) Available() int {
	p.waiters.mu.Lock()
	defer p.waiters.mu.Unlock()
	if p.closed {
		return 0
	}
	return p.hi - p.lo
}

func (p *pump) Close() error {
	p.waiters.mu.Lock()
	defer p.waiters.mu.Unlock()
	if p.closed {
		return host.EBADF
	}
	p.closed = true
	p.waiters.wakeLocked()
	return nil
}

// A pumpWaitable is a pump with bytes, an end, or an error.
type pumpWaitable pump

func (w *pumpWaitable) Ready() bool {
	w.waiters.mu.Lock()
	defer w.waiters.mu.Unlock()
	return (*pump)(w).fill()
}

func (w *pumpWaitable) Wait(ctx context.Context) error { return waitOne(ctx, w) }
func (w *pumpWaitable) list() *waiterList              { return &w.waiters }
