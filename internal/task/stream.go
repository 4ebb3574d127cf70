package task

// This file is streams and what their ends have in common with those of
// futures (section "Stream State").

import (
	"context"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
)

// A CopyResult is how an operation on a stream or future ended; the numbers are
// those that guests see.
type CopyResult uint32

// The copy results.
const (
	CopyCompleted CopyResult = iota
	CopyDropped
	CopyCancelled
)

// A CopyOp is an operation on a stream or future, as who began it is told of it.
type CopyOp interface {
	// Copied is called when elements were moved while the operation goes on: it
	// may still move more until r.Reclaim is called (on_copy).
	Copied(r Reclaimer)
	// Done is called when it ended (on_copy_done).
	Done(c CopyResult)
}

// A Reclaimer takes the buffer of an operation back.
type Reclaimer interface{ Reclaim() }

// A Shared is a stream or future as its two ends share it (SharedBase). As a
// value it stands for its readable end.
type Shared interface {
	// Elem is the payload, nil for none; its resource types are slots of Home.
	Elem() *abi.Type
	Home() *Instance
	// Read and Write move elements when there are both a reader and a writer,
	// or leave the buffer for the other side to come. inst is nil for the host.
	Read(inst *Instance, dst Buffer, op CopyOp) error
	Write(inst *Instance, src Buffer, op CopyOp) error
	// Cancel ends the operation that waits. Drop says that one side is gone.
	Cancel()
	Drop()

	// Future tells whether it is a future.
	Future() bool
}

// pending is an operation that waits for the other side.
type pending struct {
	inst   *Instance
	buffer Buffer
	op     CopyOp
}

// shared is what streams and futures share.
type shared struct {
	elem    *abi.Type
	home    *Instance
	dropped bool
	pending pending
	copier  *copier // made when it is needed
}

// Elem implements Shared.
func (s *shared) Elem() *abi.Type { return s.elem }

// Home implements Shared.
func (s *shared) Home() *Instance { return s.home }

// Reclaim implements Reclaimer.
func (s *shared) Reclaim() { s.pending = pending{} }

func (s *shared) resetAndNotifyPending(r CopyResult) {
	op := s.pending.op
	s.Reclaim()
	op.Done(r)
}

// Cancel implements Shared.
func (s *shared) Cancel() { s.resetAndNotifyPending(CopyCancelled) }

// Drop implements Shared.
func (s *shared) Drop() {
	if !s.dropped {
		s.dropped = true
		if s.pending.buffer != nil {
			s.resetAndNotifyPending(CopyDropped)
		}
	}
}

// copy moves n elements.
func (s *shared) copy(dst, src Buffer, n uint32) error {
	if s.copier == nil {
		s.copier = new(copier)
	}
	return s.copier.copy(dst, src, n)
}

// checkInstances traps where reader and writer are the same instance, but for
// elements that are numbers: the specification means to allow it later.
func (s *shared) checkInstances(inst *Instance, what string) error {
	if inst != nil && inst == s.pending.inst && !noneOrNumberType(s.elem) {
		return abi.Trapf("cannot read from and write to intra-component %s", what)
	}
	return nil
}

func noneOrNumberType(t *abi.Type) bool {
	return t == nil || t.Kind >= value.KindS8 && t.Kind <= value.KindF64
}

// A SharedStream is a stream between two ends (SharedStreamImpl).
type SharedStream struct{ shared }

// NewSharedStream makes a stream of elem, nil for no payload, as an instance
// sees that type.
func NewSharedStream(elem *abi.Type, home *Instance) *SharedStream {
	return &SharedStream{shared{elem: elem, home: home}}
}

// Future implements Shared.
func (s *SharedStream) Future() bool { return false }

// Read implements Shared.
func (s *SharedStream) Read(inst *Instance, dst Buffer, op CopyOp) error {
	p := &s.pending
	switch {
	case s.dropped:
		op.Done(CopyDropped)
		return nil
	case p.buffer == nil:
		s.pending = pending{inst, dst, op}
		return nil
	}
	if err := s.checkInstances(inst, "stream"); err != nil {
		return err
	}
	if p.buffer.Remain() == 0 {
		s.resetAndNotifyPending(CopyCompleted)
		s.pending = pending{inst, dst, op}
		return nil
	}
	if n := min(dst.Remain(), p.buffer.Remain()); n > 0 {
		if err := s.copy(dst, p.buffer, n); err != nil {
			return err
		}
		p.op.Copied(s)
	}
	op.Done(CopyCompleted)
	return nil
}

// Write implements Shared.
func (s *SharedStream) Write(inst *Instance, src Buffer, op CopyOp) error {
	p := &s.pending
	switch {
	case s.dropped:
		op.Done(CopyDropped)
		return nil
	case p.buffer == nil:
		s.pending = pending{inst, src, op}
		return nil
	}
	if err := s.checkInstances(inst, "stream"); err != nil {
		return err
	}
	switch {
	case p.buffer.Remain() > 0:
		if n := min(src.Remain(), p.buffer.Remain()); n > 0 {
			if err := s.copy(p.buffer, src, n); err != nil {
				return err
			}
			p.op.Copied(s)
		}
		op.Done(CopyCompleted)
	case src.IsZeroLength() && p.buffer.IsZeroLength():
		op.Done(CopyCompleted)
	default:
		s.resetAndNotifyPending(CopyCompleted)
		s.pending = pending{inst, src, op}
	}
	return nil
}

// A CopyState is what an end is doing.
type CopyState uint8

// The copy states.
const (
	CopyIdle CopyState = iota + 1
	CopyCopying
	CopyCancelling
	CopyDone
)

// An EndKind says what an end is an end of.
type EndKind uint8

// The kinds of ends.
const (
	ReadableStreamEnd EndKind = iota
	WritableStreamEnd
	ReadableFutureEnd
	WritableFutureEnd
)

var endNames = [...]string{
	"the readable end of a stream", "the writable end of a stream",
	"the readable end of a future", "the writable end of a future",
}

func (k EndKind) writable() bool { return k&1 != 0 }
func (k EndKind) future() bool   { return k >= ReadableFutureEnd }

func (k EndKind) noun() string {
	if k.future() {
		return "future"
	}
	return "stream"
}

// Event is the event of operations on ends of the kind.
func (k EndKind) Event() EventCode { return EventStreamRead + EventCode(k) }

// A CopyEnd is an end of a stream or future in a handle table. It is the CopyOp
// of the operations of guests on it, and makes their events.
type CopyEnd struct {
	Waitable
	Shared Shared
	Kind   EndKind
	State  CopyState

	// Of the operation under way: how it ended so far, the index of the end, the
	// buffer, and what to reclaim the buffer from before that is told.
	result  CopyResult
	index   uint32
	buffer  *GuestBuffer
	reclaim Reclaimer
}

// Copied implements CopyOp.
func (e *CopyEnd) Copied(r Reclaimer) {
	e.reclaim, e.result = r, CopyCompleted
	e.SetPendingEvent(e)
}

// Done implements CopyOp.
func (e *CopyEnd) Done(c CopyResult) {
	e.reclaim, e.result = nil, c
	e.SetPendingEvent(e)
}

// Event implements Eventer (stream_event and future_event).
func (e *CopyEnd) Event() Event {
	if e.reclaim != nil {
		e.reclaim.Reclaim()
		e.reclaim = nil
	}
	r := e.result
	if e.Kind.future() {
		e.State = CopyDone
		if r == CopyCancelled {
			e.State = CopyIdle
		}
		return Event{Code: e.Kind.Event(), Index: e.index, Result: uint32(r)}
	}
	if e.State == CopyCancelling && r == CopyCompleted {
		r = CopyCancelled // with what was moved before
	}
	e.State = CopyIdle
	if r == CopyDropped {
		e.State = CopyDone
	}
	return Event{Code: e.Kind.Event(), Index: e.index, Result: uint32(r) | e.buffer.Progress()<<4}
}

func (e *CopyEnd) describe() string { return endNames[e.Kind] }

// Copying tells whether an operation is under way.
func (e *CopyEnd) Copying() bool { return e.State == CopyCopying || e.State == CopyCancelling }

// Copy begins an operation of an instance, on the end with an index, with the
// buffer that SetBuffer made.
func (e *CopyEnd) Copy(inst *Instance, index uint32) error {
	e.State, e.index = CopyCopying, index
	if e.Kind.writable() {
		return e.Shared.Write(inst, e.buffer, e)
	}
	return e.Shared.Read(inst, e.buffer, e)
}

// SetBuffer checks the place of a buffer, as NewGuestBuffer does.
func (e *CopyEnd) SetBuffer(ctx context.Context, t *abi.Type, opts *abi.Options, inst *Instance, ptr, length uint64) error {
	if e.buffer == nil {
		e.buffer = new(GuestBuffer)
	}
	return e.buffer.init(ctx, t, opts, inst, ptr, length)
}

// CheckIdle is nil when an operation may begin, or the trap.
func (e *CopyEnd) CheckIdle() error {
	switch {
	case e.State == CopyIdle:
		return nil
	case e.Copying():
		return abi.Trapf("cannot have concurrent operations active on a future/stream")
	}
	switch e.Kind {
	case ReadableStreamEnd:
		return abi.Trapf("cannot read from stream after being notified that the writable end dropped")
	case WritableStreamEnd:
		return abi.Trapf("cannot write to stream after being notified that the readable end dropped")
	case ReadableFutureEnd:
		return abi.Trapf("cannot read from future after previous read succeeded")
	}
	return abi.Trapf("cannot write to future after previous write succeeded or readable end dropped")
}

// Drop drops an end that was taken out of its table.
func (e *CopyEnd) Drop() error {
	switch {
	case e.Copying() && e.Kind.writable():
		return abi.Trapf("cannot drop busy %s", e.Kind.noun())
	case e.Copying():
		return abi.Trapf("cannot remove busy %s", e.Kind.noun())
	case e.Kind == WritableFutureEnd && e.State != CopyDone:
		return abi.Trapf("cannot drop future write end without first writing a value")
	}
	e.Shared.Drop()
	return e.Waitable.drop()
}

// AddEnd puts an end in the handle table.
func (i *Instance) AddEnd(s Shared, k EndKind) (uint32, error) {
	return i.Handles.Add(&CopyEnd{Kind: k, State: CopyIdle, Shared: s})
}

// End finds an end of a kind by its index; elem is the payload as the instance
// sees it.
func (i *Instance) End(h uint32, k EndKind, elem *abi.Type) (*CopyEnd, error) {
	v, err := i.Handles.Get(h)
	if err != nil {
		return nil, err
	}
	e, ok := v.(*CopyEnd)
	if !ok || e.Kind != k {
		return nil, wrongType(h, endNames[k], v)
	}
	if !SameType(e.Shared.Elem(), e.Shared.Home(), elem, i) {
		return nil, abi.Trapf("handle index %d used with the wrong type: the %s has another payload", h, k.noun())
	}
	return e, nil
}

// liftAsyncValue takes a readable end out of the table (lift_async_value). t
// is the stream or future type.
func (i *Instance) liftAsyncValue(h uint32, t *abi.Type) (any, error) {
	k := ReadableStreamEnd
	if t.Kind == value.KindFuture {
		k = ReadableFutureEnd
	}
	e, err := i.End(h, k, t.Elem)
	switch {
	case err != nil:
		return nil, err
	case e.Copying():
		return nil, abi.Trapf("cannot remove busy %s", k.noun())
	case e.State == CopyDone && k.future():
		return nil, abi.Trapf("cannot lift future after previous read succeeded")
	case e.State == CopyDone:
		return nil, abi.Trapf("cannot lift stream after being notified that the writable end dropped")
	case e.InWaitableSet():
		return nil, abi.Trapf("cannot lift %s while it's in a waitable set", k.noun())
	}
	_, err = i.Handles.Remove(h)
	return e.Shared, err
}

// lowerAsyncValue puts a readable end in the table (lower_stream and
// lower_future).
func (i *Instance) lowerAsyncValue(v any, t *abi.Type) (uint32, error) {
	k := ReadableStreamEnd
	if t.Kind == value.KindFuture {
		k = ReadableFutureEnd
	}
	s, ok := v.(Shared)
	if !ok || s.Future() != k.future() {
		return 0, abi.Trapf("a %s is needed, not %T", k.noun(), v)
	}
	return i.AddEnd(s, k)
}

// LiftAsyncValue implements abi.Handles.
func (t *Task) LiftAsyncValue(i uint32, typ *abi.Type) (any, error) {
	return t.Inst.liftAsyncValue(i, typ)
}

// LowerAsyncValue implements abi.Handles.
func (t *Task) LowerAsyncValue(v any, typ *abi.Type) (uint32, error) {
	return t.Inst.lowerAsyncValue(v, typ)
}

// LiftAsyncValue implements abi.Handles.
func (s *Subtask) LiftAsyncValue(i uint32, typ *abi.Type) (any, error) {
	return s.Inst.liftAsyncValue(i, typ)
}

// LowerAsyncValue implements abi.Handles.
func (s *Subtask) LowerAsyncValue(v any, typ *abi.Type) (uint32, error) {
	return s.Inst.lowerAsyncValue(v, typ)
}
