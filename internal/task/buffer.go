package task

// This file is the buffers that stream and future operations copy to and from
// (section "Buffer State").

import (
	"context"
	"errors"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
)

// MaxBufferLength is the largest number of elements of a buffer.
const MaxBufferLength = 1<<28 - 1

// A Buffer is elements to send or room for elements: a *GuestBuffer or a
// HostBuffer.
type Buffer interface {
	// Remain is how many elements there are still to send, or have room.
	Remain() uint32
	// IsZeroLength tells whether the buffer never had any.
	IsZeroLength() bool
}

// A GuestBuffer is a buffer in the memory of a guest.
type GuestBuffer struct {
	t        *abi.Type // nil for no payload
	inst     *Instance
	opts     *abi.Options
	ctx      context.Context
	ptr      uint64
	progress uint32
	length   uint32
}

// NewGuestBuffer checks the place of a buffer of length elements of t, which is
// nil for no payload. ctx is that of the operation, opts those of its canonical
// definition.
func NewGuestBuffer(ctx context.Context, t *abi.Type, opts *abi.Options, inst *Instance, ptr, length uint64) (*GuestBuffer, error) {
	b := new(GuestBuffer)
	if err := b.init(ctx, t, opts, inst, ptr, length); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *GuestBuffer) init(ctx context.Context, t *abi.Type, opts *abi.Options, inst *Instance, ptr, length uint64) error {
	if length > MaxBufferLength {
		return abi.Trapf("a buffer of %d elements: at most %d are possible", length, MaxBufferLength)
	}
	if t != nil && length > 0 {
		if opts.Memory == nil {
			return abi.Trapf("a buffer needs memory, but the canonical definition has no option memory")
		}
		align, size, n := t.Alignment(opts.Width), length*t.ElemSize(opts.Width), uint64(len(opts.Memory.Bytes()))
		switch {
		case ptr&(align-1) != 0:
			return abi.Trapf("unaligned pointer: buffer at %#x, which is not a multiple of %d", ptr, align)
		case ptr > n || size > n-ptr:
			return abi.Trapf("buffer out of bounds of memory: %d bytes at %#x, but the memory has %d", size, ptr, n)
		}
	}
	*b = GuestBuffer{t: t, inst: inst, opts: opts, ctx: ctx, ptr: ptr, length: uint32(length)}
	return nil
}

// context is the context to lift or lower elements with. The budget is for one
// copy: who reads on the other side says how much that is.
func (b *GuestBuffer) context(to Direction) *abi.Context {
	return b.inst.Context(to, b.ctx, b.opts, elements{b.inst})
}

// Remain implements Buffer.
func (b *GuestBuffer) Remain() uint32 { return b.length - b.progress }

// IsZeroLength implements Buffer.
func (b *GuestBuffer) IsZeroLength() bool { return b.length == 0 }

// Progress is how many elements were moved.
func (b *GuestBuffer) Progress() uint32 { return b.progress }

// advance counts n elements as moved.
func (b *GuestBuffer) advance(n uint32) {
	b.progress += n
	if b.t != nil {
		b.ptr += uint64(n) * b.t.ElemSize(b.opts.Width)
	}
}

// A ValueBuffer is a buffer of the host: elements to send, or room for as many.
type ValueBuffer struct {
	Values   []value.Value
	progress uint32
}

// Remain implements Buffer.
func (b *ValueBuffer) Remain() uint32 { return uint32(len(b.Values)) - b.progress }

// IsZeroLength implements Buffer.
func (b *ValueBuffer) IsZeroLength() bool { return len(b.Values) == 0 }

// Progress is how many elements were moved.
func (b *ValueBuffer) Progress() uint32 { return b.progress }

// StoreTo implements HostBuffer. Values without payload are zero Values.
func (b *ValueBuffer) StoreTo(cx *abi.Context, _ *Instance, t *abi.Type, ptr uint64, n uint32) error {
	for i, v := range b.Values[b.progress:][:n] {
		if t == nil {
			break
		}
		if err := abi.Store(cx, v, t, ptr+uint64(i)*t.ElemSize(cx.Width)); err != nil {
			return err
		}
	}
	b.progress += n
	return nil
}

// LoadFrom implements HostBuffer.
func (b *ValueBuffer) LoadFrom(cx *abi.Context, _ *Instance, t *abi.Type, ptr uint64, n uint32) (err error) {
	for i := range b.Values[b.progress:][:n] {
		if t == nil {
			break
		}
		if b.Values[b.progress+uint32(i)], err = abi.Load(cx, ptr+uint64(i)*t.ElemSize(cx.Width), t); err != nil {
			return err
		}
	}
	b.progress += n
	return nil
}

// MoveFrom implements HostBuffer.
func (b *ValueBuffer) MoveFrom(src HostBuffer, n uint32) error {
	v, ok := src.(*ValueBuffer)
	if !ok {
		return errors.New("elements of one Go type cannot be received as another")
	}
	copy(b.Values[b.progress:], v.Values[v.progress:][:n])
	b.progress, v.progress = b.progress+n, v.progress+n
	return nil
}

// A copier moves elements from buffer to buffer, and keeps the adapter that it
// needs for buffers of guests.
type copier struct {
	adapter  *abi.ElementAdapter
	src, dst *abi.Type
	sw, dw   abi.Width
}

// Copy moves n elements, as many as remain in either buffer or fewer.
func Copy(dst, src Buffer, n uint32) error { return new(copier).copy(dst, src, n) }

// copy moves n elements, as many as remain in either buffer or fewer.
func (c *copier) copy(dst, src Buffer, n uint32) error {
	s, fromGuest := src.(*GuestBuffer)
	d, toGuest := dst.(*GuestBuffer)
	var err error
	switch {
	case fromGuest && toGuest:
		return c.adapt(d, s, n)
	case fromGuest:
		err = dst.(HostBuffer).LoadFrom(s.context(Lift), s.inst, s.t, s.ptr, n)
	case toGuest:
		err = src.(HostBuffer).StoreTo(d.context(Lower), d.inst, d.t, d.ptr, n)
	default:
		return dst.(HostBuffer).MoveFrom(src.(HostBuffer), n)
	}
	if err != nil {
		return err
	}
	if fromGuest {
		s.advance(n)
	} else {
		d.advance(n)
	}
	return nil
}

// adapt is copy from guest to guest.
func (c *copier) adapt(d, s *GuestBuffer, n uint32) error {
	if c.adapter == nil || c.src != s.t || c.dst != d.t || c.sw != s.opts.Width || c.dw != d.opts.Width {
		a, err := abi.NewElementAdapter(s.t, d.t, s.opts.Width, d.opts.Width)
		if err != nil {
			return err
		}
		*c = copier{a, s.t, d.t, s.opts.Width, d.opts.Width}
	}
	if err := c.adapter.CopyElements(s.context(Lift), s.ptr, d.context(Lower), d.ptr, uint64(n)); err != nil {
		return err
	}
	s.advance(n)
	d.advance(n)
	return nil
}

// elements are the handles of elements of streams and futures, which borrow
// nothing.
type elements struct{ inst *Instance }

func (e elements) LiftOwn(i uint32, slot int) (abi.Rep, error) { return e.inst.liftOwn(i, slot) }
func (e elements) LiftBorrow(uint32, int) (abi.Rep, error)     { return abi.Rep{}, errElementBorrow() }
func (e elements) LowerOwn(r abi.Rep, slot int) (uint32, error) {
	return e.inst.NewResource(e.inst.Resources[slot], r)
}
func (e elements) LowerBorrow(abi.Rep, int) (uint32, error) { return 0, errElementBorrow() }
func (e elements) LiftAsyncValue(i uint32, t *abi.Type) (any, error) {
	return e.inst.liftAsyncValue(i, t)
}
func (e elements) LowerAsyncValue(v any, t *abi.Type) (uint32, error) {
	return e.inst.lowerAsyncValue(v, t)
}
func (e elements) LiftErrorContext(i uint32) (any, error)  { return e.inst.liftErrorContext(i) }
func (e elements) LowerErrorContext(v any) (uint32, error) { return e.inst.lowerErrorContext(v) }
func (e elements) ToHost(r abi.Rep, slot int, own bool) (any, error) {
	return e.inst.toHost(r, slot, own, nil)
}
func (e elements) FromHost(v any, slot int, own bool) (abi.Rep, error) {
	r, _, err := e.inst.fromHost(v, slot, own)
	return r, err
}

func errElementBorrow() error {
	return abi.Trapf("an element of a stream or future cannot borrow")
}
