package abi

// This file is adapters: values that go from one component to another without
// a form in between. What lift_flat_values and lower_flat_values would do one
// after the other is done here in one pass.

import (
	"fmt"
	"strconv"

	"github.com/dray-wasm/dray/diag"
)

// CodeAdapter is the code of errors of types that have no adapter.
const CodeAdapter diag.Code = "abi/adapter"

// An Adapter moves values of one tuple type from the memory or stack of one
// context to that of another. It is immutable and safe for concurrent use.
//
// What a value refers to, strings and lists, is copied to memory allocated in
// the receiver, in the order in which store and lower_flat do so. Bits of NaNs
// are kept.
type Adapter struct {
	root   *node
	slots  []slot // for flat values without strings, variants or handles
	scalar bool   // slots says all
}

// NewAdapter makes an adapter for a tuple type as the sender (src) and the
// receiver (dst) see it, for memories of the given widths. The two must be the
// same type but for the slots of resource types. Errors are of
// [CodeAdapter].
func NewAdapter(src, dst *Type, sw, dw Width) (*Adapter, error) {
	root, err := compileAdapter(src, dst, sw, dw)
	if err != nil {
		return nil, err
	}
	a := &Adapter{root: root}
	if root.flat <= MaxFlatParams {
		a.slots, a.scalar = root.scalars(nil)
	}
	return a, nil
}

// Move moves a tuple. in is its flat values; with inMem, in[0] is the address
// of the tuple in from's memory. The flat values are written to out; with
// outMem, the tuple is stored at the address out[0] of to's memory. Addresses
// are checked. in and out may be the same when both are flat.
//
// Errors are a *[Trap] or what realloc returned. What was written to the
// receiver's memory before stays.
func (a *Adapter) Move(from *Context, in []uint64, inMem bool, to *Context, out []uint64, outMem bool) error {
	if a.scalar && !inMem && !outMem {
		return a.MoveScalars(in, out)
	}
	m := mover{from: from, to: to}
	m.refresh()
	s, err := m.source(a.root, in, inMem)
	if err != nil {
		return err
	}
	d := place{slots: out}
	switch {
	case outMem:
		d = place{addr: to.Width.pointer(out[0])}
		if err := checkRange(d.addr, a.root.dsize, a.root.dalign, len(m.db)); err != nil {
			return err
		}
		if err := to.worked(a.root.dsize); err != nil {
			return err
		}
	case len(out) < a.root.flat || a.root.flat > MaxFlatParams:
		return a.root.noRoom(len(out))
	case !inMem:
		return m.flat(a.root, in, out, 0)
	}
	return m.walk(a.root, s, d)
}

// MoveNew is Move to memory of the receiver that is allocated for the tuple:
// out[0] becomes its address.
func (a *Adapter) MoveNew(from *Context, in []uint64, inMem bool, to *Context, out []uint64) error {
	m := mover{from: from, to: to}
	m.refresh()
	s, err := m.source(a.root, in, inMem)
	if err != nil {
		return err
	}
	ptr, err := m.allocate(a.root.dalign, a.root.dsize, "pointer")
	if err != nil {
		return err
	}
	if err := m.walk(a.root, s, place{addr: ptr}); err != nil {
		return err
	}
	out[0] = ptr
	return nil
}

// noRoom is the error of a caller that gives too few flat values or too little
// room for them.
func (n *node) noRoom(words int) error {
	return &diag.Error{Code: CodeAdapter, Msg: fmt.Sprintf("%d words for a tuple of %d flat values", words, n.flat)}
}

// source is where the tuple is.
func (m *mover) source(n *node, in []uint64, inMem bool) (place, error) {
	if !inMem {
		if len(in) < n.flat || n.flat > MaxFlatParams {
			return place{}, n.noRoom(len(in))
		}
		return place{slots: in}, nil
	}
	s := place{addr: m.from.Width.pointer(in[0])}
	return s, checkRange(s.addr, n.ssize, n.salign, len(m.sb))
}

// pointer is what a flat value is as a pointer or length.
func (w Width) pointer(x uint64) uint64 {
	if w == Width32 {
		return uint64(uint32(x))
	}
	return x
}

// checkRange checks an address that a guest gave for size bytes.
func checkRange(ptr, size, align uint64, memory int) error {
	n := uint64(memory)
	switch {
	case ptr&(align-1) != 0:
		return Trapf("unaligned pointer: %#x is not a multiple of %d", ptr, align)
	case ptr > n || size > n-ptr:
		return Trapf("pointer out of bounds of memory: %d bytes at %#x, but the memory has %d", size, ptr, n)
	}
	return nil
}

// An ElementAdapter moves values of one type from memory to memory. It is
// immutable and safe for concurrent use.
type ElementAdapter struct {
	elem *node // nil for values without content
}

// NewElementAdapter makes an adapter for values of a type, in the same manner
// as [NewAdapter]. src and dst are nil for the streams and futures that have
// no payload.
func NewElementAdapter(src, dst *Type, sw, dw Width) (*ElementAdapter, error) {
	if src == nil && dst == nil {
		return &ElementAdapter{}, nil
	}
	elem, err := compileAdapter(src, dst, sw, dw)
	if err != nil {
		return nil, err
	}
	return &ElementAdapter{elem: elem}, nil
}

// CopyElements moves n values that follow each other, from address src of
// from's memory to dst of to's, as load and store would. The addresses and n
// are checked. Errors are as those of [Adapter.Move].
func (a *ElementAdapter) CopyElements(from *Context, src uint64, to *Context, dst, n uint64) error {
	e := a.elem
	if e == nil || n == 0 {
		return nil
	}
	m := mover{from: from, to: to}
	m.refresh()
	if n > MaxListByteLength {
		return Trapf("%d elements at once: at most %d are possible", n, MaxListByteLength)
	}
	if err := checkRange(src, blockSize(n, e.ssize), e.salign, len(m.sb)); err != nil {
		return err
	}
	if err := checkRange(dst, blockSize(n, e.dsize), e.dalign, len(m.db)); err != nil {
		return err
	}
	if err := to.worked(n * e.dsize); err != nil {
		return err
	}
	return m.elements(e, src, dst, n)
}

// within is Within for an element.
func within(err error, i uint64) error {
	return Within(err, "["+strconv.FormatUint(i, 10)+"]")
}
