package task

// This file is the buffers that stream and future operations copy to and from
// (section "Buffer State").

import (
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
)

// MaxBufferLength is the largest number of elements of a buffer.
const MaxBufferLength = 1<<28 - 1

// A Buffer is elements to send or room for elements.
type Buffer interface {
	// Remain is how many elements there are still to send, or have room.
	Remain() uint32
	// IsZeroLength tells whether the buffer never had any.
	IsZeroLength() bool
	// Read takes n of the elements, Write stores some: as many as remain or
	// fewer. Values without payload are zero Values.
	Read(n uint32) ([]value.Value, error)
	Write(vs []value.Value) error
}

// A GuestBuffer is a buffer in the memory of a guest.
type GuestBuffer struct {
	t        *abi.Type // nil for no payload
	cx       abi.Context
	ptr      uint64
	progress uint32
	length   uint32
}

// NewGuestBuffer checks the place of a buffer of length elements of t, which is
// nil for no payload. cx has no handles: the buffer uses those of inst.
func NewGuestBuffer(t *abi.Type, cx abi.Context, inst *Instance, ptr, length uint64) (*GuestBuffer, error) {
	if length > MaxBufferLength {
		return nil, abi.Trapf("a buffer of %d elements: at most %d are possible", length, MaxBufferLength)
	}
	if t != nil && length > 0 {
		if cx.Memory == nil {
			return nil, abi.Trapf("a buffer needs memory, but the canonical definition has no option memory")
		}
		align, size, n := t.Alignment(cx.Width), length*t.ElemSize(cx.Width), uint64(len(cx.Memory.Bytes()))
		switch {
		case ptr&(align-1) != 0:
			return nil, abi.Trapf("unaligned pointer: buffer at %#x, which is not a multiple of %d", ptr, align)
		case ptr > n || size > n-ptr:
			return nil, abi.Trapf("buffer out of bounds of memory: %d bytes at %#x, but the memory has %d", size, ptr, n)
		}
	}
	cx.Handles, cx.MayLeave, cx.Budget = elements{inst}, &inst.MayLeave, inst.Store.CopyBytes
	return &GuestBuffer{t: t, cx: cx, ptr: ptr, length: uint32(length)}, nil
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
		b.ptr += uint64(n) * b.t.ElemSize(b.cx.Width)
	}
}

// Read implements Buffer.
func (b *GuestBuffer) Read(n uint32) ([]value.Value, error) {
	if err := b.cx.Spend(uint64(n) * valueSize); err != nil {
		return nil, err
	}
	vs := make([]value.Value, n)
	if b.t != nil {
		size := b.t.ElemSize(b.cx.Width)
		for i := range vs {
			v, err := abi.Load(&b.cx, b.ptr+uint64(i)*size, b.t)
			if err != nil {
				return nil, err
			}
			vs[i] = v
		}
	}
	b.advance(n)
	return vs, nil
}

// valueSize is what a value.Value takes, in bytes.
const valueSize = 40

// Write implements Buffer.
func (b *GuestBuffer) Write(vs []value.Value) error {
	if b.t != nil {
		size := b.t.ElemSize(b.cx.Width)
		for i, v := range vs {
			if err := abi.Store(&b.cx, v, b.t, b.ptr+uint64(i)*size); err != nil {
				return err
			}
		}
	}
	b.advance(uint32(len(vs)))
	return nil
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

// Read implements Buffer.
func (b *ValueBuffer) Read(n uint32) ([]value.Value, error) {
	vs := b.Values[b.progress:][:n]
	b.progress += n
	return vs, nil
}

// Write implements Buffer.
func (b *ValueBuffer) Write(vs []value.Value) error {
	b.progress += uint32(copy(b.Values[b.progress:], vs))
	return nil
}

// A copier moves elements from buffer to buffer, and keeps the adapter that it
// needs for buffers of guests.
type copier struct {
	adapter  *abi.ElementAdapter
	src, dst *abi.Type
	sw, dw   abi.Width
}

// copy moves n elements, as many as remain in either buffer or fewer.
func (c *copier) copy(dst, src Buffer, n uint32) error {
	s, ok := src.(*GuestBuffer)
	d, both := dst.(*GuestBuffer)
	if !ok || !both {
		vs, err := src.Read(n)
		if err != nil {
			return err
		}
		return dst.Write(vs)
	}
	if c.adapter == nil || c.src != s.t || c.dst != d.t || c.sw != s.cx.Width || c.dw != d.cx.Width {
		a, err := abi.NewElementAdapter(s.t, d.t, s.cx.Width, d.cx.Width)
		if err != nil {
			return err
		}
		*c = copier{a, s.t, d.t, s.cx.Width, d.cx.Width}
	}
	if err := c.adapter.CopyElements(&s.cx, s.ptr, &d.cx, d.ptr, uint64(n)); err != nil {
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
