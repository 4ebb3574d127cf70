package ends

// This file is elements of the host to send, and room for some.

import (
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

// A buffer is a task.HostBuffer.
type buffer[T any] struct {
	// vs is what remains; part is what is moved at the moment.
	vs, part []T
	empty    bool // from the beginning
	codec    Codec
	// elements are those of an instance and type.
	elements Elements
	inst     *task.Instance
	t        *abi.Type
}

// reset makes the buffer one of vs.
func (b *buffer[T]) reset(vs []T) { b.vs, b.part, b.empty = vs, nil, len(vs) == 0 }

// Remain implements task.HostBuffer.
func (b *buffer[T]) Remain() uint32 { return uint32(min(len(b.vs), task.MaxBufferLength)) }

// IsZeroLength implements task.HostBuffer.
func (b *buffer[T]) IsZeroLength() bool { return b.empty }

// StoreTo implements task.HostBuffer.
func (b *buffer[T]) StoreTo(cx *abi.Context, inst *task.Instance, t *abi.Type, ptr uint64, n uint32) error {
	if t != nil && n > 0 {
		if err := b.meet(inst, t); err != nil {
			return err
		}
		b.part = b.vs[:n]
		if err := b.elements.Store(cx, ptr, &b.part); err != nil {
			return err
		}
		b.part = nil
	}
	b.vs = b.vs[n:]
	return nil
}

// LoadFrom implements task.HostBuffer.
func (b *buffer[T]) LoadFrom(cx *abi.Context, inst *task.Instance, t *abi.Type, ptr uint64, n uint32) error {
	if t != nil && n > 0 {
		if err := b.meet(inst, t); err != nil {
			return err
		}
		b.part = b.vs[:n]
		if err := b.elements.Load(cx, ptr, &b.part); err != nil {
			return err
		}
		b.part = nil
	}
	b.vs = b.vs[n:]
	return nil
}

// meet finds how elements are moved to and from an instance.
func (b *buffer[T]) meet(inst *task.Instance, t *abi.Type) error {
	if b.inst == inst && b.t == t {
		return nil
	}
	e, err := b.codec.Elements(inst, t)
	if err == nil {
		b.elements, b.inst, b.t = e, inst, t
	}
	return err
}

// MoveFrom implements task.HostBuffer.
func (b *buffer[T]) MoveFrom(src task.HostBuffer, n uint32) error {
	s, ok := src.(*buffer[T])
	if !ok {
		return abi.Trapf("the host sends elements of another Go type than it reads: %T instead of %T", src, b)
	}
	copy(b.vs[:n], s.vs[:n])
	b.vs, s.vs = b.vs[n:], s.vs[n:]
	return nil
}
