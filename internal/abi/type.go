// Package abi is the pure part of the Canonical ABI: sizes, alignments, flat
// forms, and how values are loaded, stored, lifted and lowered. It knows no
// tasks and does no I/O; handle tables are behind the interface Handles.
//
// Names and order are those of canonical-abi/definitions.py, from
// "Despecialization" to "Lifting and Lowering Values".
package abi

import (
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// A Width is the width of addresses of a linear memory: of its pointers and
// lengths.
type Width uint8

// The widths.
const (
	Width32 Width = iota
	Width64
)

// Size is the size of a pointer in bytes.
func (w Width) Size() uint64 { return 4 << w }

// ptrType is the core type of a pointer.
func (w Width) ptrType() wasm.ValType {
	if w == Width64 {
		return wasm.I64
	}
	return wasm.I32
}

// The largest numbers of flat parameters and results (section "Flattening").
const (
	MaxFlatParams      = 16
	MaxFlatAsyncParams = 4
	MaxFlatResults     = 1
)

// A Type is a value type with its layout in memories of both widths. Types are
// immutable and shared.
type Type struct {
	*value.Type
	// Fields, Cases and Elem have the layouts of the parts of the same names;
	// a case without payload is nil. A map has the tuple of key and value as
	// Elem.
	Fields []*Type
	Cases  []*Type
	Elem   *Type

	// Offsets are the places of Fields, in bytes.
	Offsets [2][]uint32
	// Payload is the offset of a variant's payload, Disc the size of its
	// discriminant, in bytes.
	Payload [2]uint32
	Disc    uint8
	// Plain is set when all bit patterns are values and there is no padding:
	// such values can be copied as bytes.
	Plain bool
	// Handles is set when a value may hold a handle, Pointers when it may
	// refer to memory elsewhere.
	Handles, Pointers bool

	size    [2]uint64 // saturates at tooBig
	align   [2]uint32
	flat    [2][]wasm.ValType
	flatLen uint32 // saturates above MaxFlatParams

	// checked is set when not every value of the host's can be lowered.
	checked bool
	// parts are what the fields of a function's tuple are called in traps.
	parts []string
}

// ElemSize is the size of a value in memory, in bytes (elem_size).
func (t *Type) ElemSize(w Width) uint64 { return t.size[w] }

// Alignment is the alignment of a value in memory, in bytes (alignment).
func (t *Type) Alignment(w Width) uint64 { return uint64(t.align[w]) }

// Flat is the flat form of a value (flatten_type); ok is false when it is
// longer than MaxFlatParams.
func (t *Type) Flat(w Width) (flat []wasm.ValType, ok bool) {
	return t.flat[w], t.flatLen <= MaxFlatParams
}

// A FuncType is a function type with its layouts.
type FuncType struct {
	*value.FuncType
	// Params is the tuple of the parameters.
	Params *Type
	// Result is the tuple of the result: of no field or one.
	Result *Type
}
