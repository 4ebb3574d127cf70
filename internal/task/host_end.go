package task

// This file is ends of streams and futures that the host has.

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/internal/abi"
)

// A HostBuffer is elements of the host to send, or room for some. Its methods
// are called with the store's baton.
type HostBuffer interface {
	// Remain is how many elements there are still to send, or have room.
	Remain() uint32
	// IsZeroLength tells whether the buffer never had any.
	IsZeroLength() bool
	// StoreTo lowers the next n elements into the memory of cx at ptr, where n
	// is at most Remain and the place has been checked. inst is the instance,
	// t how it sees the elements, nil for none. LoadFrom lifts n elements from
	// there.
	StoreTo(cx *abi.Context, inst *Instance, t *abi.Type, ptr uint64, n uint32) error
	LoadFrom(cx *abi.Context, inst *Instance, t *abi.Type, ptr uint64, n uint32) error
	// MoveFrom takes n elements from another buffer of the host; those of
	// another Go type are an error.
	MoveFrom(src HostBuffer, n uint32) error
}

// A Source gives the elements of a stream, or the value of a future, whose
// writable end the host has.
type Source interface {
	// Next waits for elements: at least one, and most at most. It is called
	// without the baton, on a goroutine of its own, one call at a time. An
	// error ends a stream, as io.EOF does; one of a future is a trap of who
	// reads. The buffer is used until the next call.
	Next(ctx context.Context, most uint32) (HostBuffer, error)
	// Close says that nobody reads any more. It is called once, without the
	// baton. The context of a call of Next under way has ended before.
	Close()
}

// A PromptSource is a source of which something ends at once when nobody reads
// any more.
type PromptSource interface {
	Source
	// CloseNow is called before Close, with the baton. It must not wait.
	CloseNow()
}

// A TrySource is a source that can tell without waiting.
type TrySource interface {
	Source
	// TryNext is Next with the baton: a nil buffer without an error means that
	// there is nothing yet.
	TryNext(most uint32) (HostBuffer, error)
}

// NewHostStream makes a stream of elem, nil for no payload, as an instance sees
// that type. Its elements come from src. Needs the baton.
func NewHostStream(inst *Instance, elem *abi.Type, src Source) Shared {
	s := NewSharedStream(elem, inst)
	return newHostWriter(s, &s.shared, src)
}

// NewHostFuture makes a future likewise.
func NewHostFuture(inst *Instance, elem *abi.Type, src Source) Shared {
	f := NewSharedFuture(elem, inst)
	return newHostWriter(f, &f.shared, src)
}

// A hostWriter is a stream or future whose writable end the host has. It asks
// its source when somebody reads and there is nothing left.
type hostWriter struct {
	Shared
	*shared
	src   Source
	buf   HostBuffer // what the source gave, while some of it is left
	work  *Work      // set while the source is asked
	asked bool       // the source was asked at least once
	over  bool       // the operation that offer began has ended
	ended bool
}

func newHostWriter(s Shared, sh *shared, src Source) *hostWriter {
	w := &hostWriter{Shared: s, shared: sh, src: src}
	st := sh.home.Store
	if st.sources == nil {
		st.sources = map[*hostWriter]struct{}{}
	}
	st.sources[w] = struct{}{}
	return w
}

// Elem implements Shared.
func (w *hostWriter) Elem() *abi.Type { return w.elem }

// Home implements Shared.
func (w *hostWriter) Home() *Instance { return w.home }

// Cancel implements Shared: it is the reader who cancels.
func (w *hostWriter) Cancel() { w.Shared.Cancel() }

// Drop implements Shared: it is the reader who drops its end.
func (w *hostWriter) Drop() {
	w.Shared.Drop()
	w.close(nil)
}

// probe is how much is asked for when a reader wants to know only whether there
// is something.
const probe = 1 << 12

// Read implements Shared.
func (w *hostWriter) Read(inst *Instance, dst Buffer, op CopyOp) error {
	most := dst.Remain()
	if most == 0 {
		most = probe
	}
	if try, ok := w.src.(TrySource); ok && w.idle() {
		w.asked = true
		if buf, err := try.TryNext(most); buf != nil || err != nil {
			if err := w.got(buf, err); err != nil {
				return err
			}
		}
	}
	if err := w.Shared.Read(inst, dst, op); err != nil {
		return err
	}
	if w.idle() && w.pending.buffer != nil {
		w.ask(most)
	}
	return nil
}

// idle tells whether the source is to be asked next.
func (w *hostWriter) idle() bool { return !w.ended && w.work == nil && w.buf == nil }

// ask asks the source on another goroutine.
func (w *hostWriter) ask(most uint32) {
	w.asked = true
	var buf HostBuffer
	w.work = w.home.Go(context.Background(), func(ctx context.Context) (err error) {
		buf, err = w.src.Next(ctx, most)
		return err
	}, func(err error) {
		w.work = nil
		if w.ended {
			return
		}
		reader := w.pending.inst
		if err := w.got(buf, err); err != nil {
			if reader == nil {
				reader = w.home
			}
			w.home.Store.Fail(reader, err)
		}
	})
}

// got takes what the source answered. An error is the reader's trap.
func (w *hostWriter) got(buf HostBuffer, err error) error {
	if err == nil && buf != nil && buf.Remain() > 0 {
		w.buf = buf
		return w.offer()
	}
	if w.Future() {
		if err == nil || err == io.EOF {
			err = errNoValue
		}
		w.close(err)
		return err
	}
	w.Shared.Drop() // the writable end: the stream has ended
	w.close(nil)
	return nil
}

var errNoValue = errors.New("the host did not give a future its value")

// offer writes what there is, until it has been taken or nobody reads.
func (w *hostWriter) offer() error {
	for w.buf != nil {
		w.over = false
		if err := w.Shared.Write(nil, w.buf, w); err != nil || !w.over {
			return err
		}
	}
	return nil
}

// Copied implements CopyOp.
func (w *hostWriter) Copied(r Reclaimer) {
	if w.buf != nil && w.buf.Remain() == 0 {
		w.buf = nil
		r.Reclaim()
	}
}

// Done implements CopyOp.
func (w *hostWriter) Done(c CopyResult) {
	w.over = true
	if w.buf != nil && w.buf.Remain() == 0 {
		w.buf = nil
	}
	if c == CopyDropped || w.Future() {
		w.close(nil)
	}
}

// close lets the source go.
func (w *hostWriter) close(error) {
	if w.ended {
		return
	}
	w.ended, w.buf = true, nil
	delete(w.home.Store.sources, w)
	if w.work != nil {
		w.work.Cancel()
	}
	if p, ok := w.src.(PromptSource); ok {
		p.CloseNow()
	}
	go w.src.Close()
}

// A HostReader is a readable end that the host has. One goroutine at a time
// reads; Close can be called by any.
type HostReader struct {
	inst   *Instance
	shared Shared
	err    error       // why there is nothing to read any more
	closed atomic.Bool // Close has nothing to do
}

// NewHostReader makes the reader of an end that was lifted from an instance.
// Needs the baton.
func NewHostReader(inst *Instance, s Shared) *HostReader {
	r := &HostReader{inst: inst, shared: s}
	st := inst.Store
	if st.readers == nil {
		st.readers = map[*HostReader]struct{}{}
	}
	st.readers[r] = struct{}{}
	return r
}

// errHasBaton is reading where nobody else can write.
var errHasBaton = errors.New("a stream or future of a guest cannot be waited for in a function that the guest calls synchronously: nothing else runs meanwhile; use another goroutine, or an async function")

// ErrReaderClosed is what a reader answers that was closed or given on.
var ErrReaderClosed = errors.New("the stream or future was closed")

// Read waits until there are elements and moves them into buf, as many as there
// are and have room. n > 0, or err is io.EOF where the other end was dropped,
// the cause of ctx's end, or the trap of the instance. It takes the baton, and
// waits without it.
func (r *HostReader) Read(ctx context.Context, buf HostBuffer) (n uint32, err error) {
	room := buf.Remain()
	if room == 0 {
		return 0, nil
	}
	s := r.inst.Store
	nested, err := s.Enter(ctx)
	if err != nil {
		return 0, err
	}
	w, away := &hostRead{buf: buf}, false
	if err = r.err; err == nil {
		w.wait.Begin(r.inst)
		if err = r.shared.Read(nil, w, w); err != nil {
			s.Fail(r.shared.Home(), err)
		} else if !w.wait.Done {
			w.wait.Passive()
			away, err = r.wait(ctx, w, nested)
		}
	}
	if !away {
		w.wait.End(nil)
		if !nested {
			defer s.Leave()
		}
	}
	w.detach()
	n = room - buf.Remain()
	if !away && (n == 0 && w.result == CopyDropped || n > 0 && r.shared.Future()) && !r.closed.Swap(true) {
		r.drop(io.EOF) // there is nothing more to come
	}
	switch {
	case n > 0:
		return n, nil
	case err == nil && w.wait.Err != nil:
		err = w.wait.Err
	case err == nil && w.result == CopyDropped:
		err = io.EOF
	}
	return 0, err
}

// A hostRead is an operation of a HostReader, and its buffer: the reader's,
// unless that went away without the baton.
type hostRead struct {
	wait   HostWait
	result CopyResult
	mu     sync.Mutex
	buf    HostBuffer // nil when the reader has gone away
}

// Copied implements CopyOp.
func (w *hostRead) Copied(r Reclaimer) {
	r.Reclaim()
	w.wait.End(nil)
}

// Done implements CopyOp.
func (w *hostRead) Done(c CopyResult) {
	w.result = c
	w.wait.End(nil)
}

// Remain implements HostBuffer.
func (w *hostRead) Remain() uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.buf == nil {
		return 0
	}
	return w.buf.Remain()
}

// IsZeroLength implements HostBuffer.
func (w *hostRead) IsZeroLength() bool { return false }

// StoreTo implements HostBuffer: the buffer is one to read into.
func (w *hostRead) StoreTo(*abi.Context, *Instance, *abi.Type, uint64, uint32) error {
	return errors.New("elements are taken from a buffer to read into")
}

// LoadFrom implements HostBuffer.
func (w *hostRead) LoadFrom(cx *abi.Context, inst *Instance, t *abi.Type, ptr uint64, n uint32) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.buf == nil {
		return nil
	}
	return w.buf.LoadFrom(cx, inst, t, ptr, n)
}

// MoveFrom implements HostBuffer.
func (w *hostRead) MoveFrom(src HostBuffer, n uint32) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.buf == nil {
		return nil
	}
	return w.buf.MoveFrom(src, n)
}

// detach takes the buffer away: it is the reader's again.
func (w *hostRead) detach() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = nil
}

// goAway ends a read whose reader cannot have the baton.
func (w *hostRead) goAway(r *HostReader) {
	w.detach()
	r.inst.Store.Post(func() {
		if !w.wait.Done {
			r.shared.Cancel()
		}
	})
}

// wait waits for the end of an operation; away tells that the baton is gone.
func (r *HostReader) wait(ctx context.Context, w *hostRead, nested bool) (away bool, err error) {
	for {
		if !nested {
			w.wait.Run(ctx)
		}
		switch {
		case w.wait.Done:
			return false, nil
		case nested:
			r.shared.Cancel()
			return false, errHasBaton
		case ctx.Err() != nil:
			r.shared.Cancel()
			return false, context.Cause(ctx)
		}
		switch w.wait.Sleep(ctx) {
		case WokenOver:
			return true, nil
		case WokenAway:
			w.goAway(r)
			return true, context.Cause(ctx)
		}
	}
}

// fail ends the reader.
func (r *HostReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	delete(r.inst.Store.readers, r)
}

// Close drops the end. It needs no baton and does not wait for it. It does not
// fail.
func (r *HostReader) Close() error {
	if !r.closed.Swap(true) {
		r.inst.Store.Post(func() { r.drop(ErrReaderClosed) })
	}
	return nil
}

// drop drops the end, unless there is nothing to read for another reason.
func (r *HostReader) drop(why error) {
	if r.err == nil {
		r.fail(why)
		r.shared.Drop()
	}
}

// In tells whether the end is one of the store of an instance, which can have it
// then; others get its elements through the host.
func (r *HostReader) In(inst *Instance) bool { return r.inst.Store == inst.Store }

// Take gives the end on: it can be lowered again. The reader is closed then.
// Needs the baton.
func (r *HostReader) Take() (Shared, error) {
	if r.err != nil {
		return nil, r.err
	}
	r.fail(ErrReaderClosed)
	return r.shared, nil
}

// Source is what the host gave as the source of this stream or future itself,
// if it did and nothing was read; the reader is closed then. Otherwise it is
// nil. Needs the baton.
func (r *HostReader) Source() Source {
	w, ok := r.shared.(*hostWriter)
	if !ok || r.err != nil || w.asked || w.ended {
		return nil
	}
	r.fail(ErrReaderClosed)
	w.ended = true
	delete(w.home.Store.sources, w)
	return w.src
}
