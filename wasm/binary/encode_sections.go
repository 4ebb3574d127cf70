// This file writes the elements of the sections and types (Binary Format,
// sections "Modules" and "Types").

package binary

import (
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
)

func (e *encoder) valType(t wasm.ValType) {
	b, ok := appendValType(e.Buf, t)
	if !ok {
		e.Fail("there is no encoding of the type %s", t)
		return
	}
	e.Buf = b
}

// appendHeapType appends a heap type; ok is false when there is no such type.
func appendHeapType(b []byte, h wasm.HeapType) (out []byte, ok bool) {
	if x, ok := h.Index(); ok {
		return leb128.AppendInt(b, int64(x)), true
	}
	if _, ok := wasm.AbstractHeap(h.Code()); !ok {
		return b, false
	}
	return append(b, h.Code()), true
}

// appendValType appends a value or packed type; ok is false when there is no
// such type.
func appendValType(b []byte, t wasm.ValType) (out []byte, ok bool) {
	if !t.IsRef() {
		n, ok := wasm.NumType(t.Code())
		if !ok || n != t {
			return b, false
		}
		return append(b, t.Code()), true
	}
	if _, concrete := t.Heap().Index(); concrete || !t.Nullable() {
		b = append(b, t.Code())
	}
	return appendHeapType(b, t.Heap())
}

// valTypeLen is the number of bytes that appendValType appends.
func valTypeLen(t wasm.ValType) int {
	var room [8]byte
	b, _ := appendValType(room[:0], t)
	return len(b)
}

// recGroups is the number of entries of the type section, or an error when
// the recursion groups do not fit the types.
func (e *encoder) recGroups() int {
	n := len(e.m.Types)
	var next uint64
	for _, g := range e.m.RecGroups {
		end := uint64(g.First) + uint64(g.Count)
		if uint64(g.First) < next || end > uint64(len(e.m.Types)) {
			e.Fail("the recursion group of %d types from type %d overlaps another or goes beyond the last type", g.Count, g.First)
			return 0
		}
		next = end
		n += 1 - int(g.Count)
	}
	return n
}

func (e *encoder) types() {
	groups := e.m.RecGroups
	left := uint32(0) // types left in the open recursion group
	for i := 0; i <= len(e.m.Types); i++ {
		for left == 0 && len(groups) > 0 && int(groups[0].First) == i {
			e.Byte(0x4e)
			e.U32(groups[0].Count)
			left = groups[0].Count
			groups = groups[1:]
		}
		if i < len(e.m.Types) {
			e.subType(&e.m.Types[i])
		}
		if left > 0 {
			left--
		}
	}
}

func (e *encoder) subType(s *wasm.SubType) {
	if s.Open || len(s.Supers) > 0 {
		if s.Open {
			e.Byte(0x50)
		} else {
			e.Byte(0x4f)
		}
		e.Len(len(s.Supers))
		for _, x := range s.Supers {
			e.U32(x)
		}
	}
	switch c := &s.Comp; {
	case c.Kind == wasm.CompFunc:
		e.Byte(0x60)
		e.resultType(c.Func.Params)
		e.resultType(c.Func.Results)
	case c.Kind == wasm.CompStruct:
		e.Byte(0x5f)
		e.Len(len(c.Fields))
		for _, f := range c.Fields {
			e.fieldType(f)
		}
	case c.Kind == wasm.CompArray && len(c.Fields) == 1:
		e.Byte(0x5e)
		e.fieldType(c.Fields[0])
	default:
		e.Fail("there is no encoding of a %s type with %d fields", c.Kind, len(c.Fields))
	}
}

func (e *encoder) resultType(ts []wasm.ValType) {
	e.Len(len(ts))
	for _, t := range ts {
		e.valType(t)
	}
}

func (e *encoder) fieldType(f wasm.FieldType) {
	e.valType(f.Storage)
	e.Bool(f.Mutable)
}

func (e *encoder) globalType(t wasm.GlobalType) {
	e.valType(t.Type)
	e.Bool(t.Mutable)
}

// memoryType writes the limits and the page size where the type has one.
func (e *encoder) memoryType(t wasm.MemoryType) {
	if !t.HasPageSize {
		e.limits(t.Limits, 0)
		return
	}
	e.limits(t.Limits, 8)
	e.U64(uint64(t.PageLog2))
}

func (e *encoder) limits(l wasm.Limits, flags byte) {
	if l.HasMax {
		flags |= 1
	}
	if l.Shared {
		flags |= 2
	}
	if l.Is64 {
		flags |= 4
	}
	e.Byte(flags)
	e.U64(l.Min)
	if l.HasMax {
		e.U64(l.Max)
	}
}

func (e *encoder) tableType(t wasm.TableType) {
	if !t.Elem.IsRef() || t.Limits.Shared {
		e.Fail("there is no encoding of the table type %s", t)
	}
	e.valType(t.Elem)
	e.limits(t.Limits, 0)
}

func (e *encoder) imports() {
	for i := range e.m.Imports {
		imp := &e.m.Imports[i]
		e.Name(imp.Module)
		e.Name(imp.Name)
		if !e.externType(&imp.Type) {
			e.Fail("there is no import kind %d", imp.Type.Kind)
		}
	}
}

// externType writes the type of an import; ok is false when there is no such
// kind.
func (e *encoder) externType(t *wasm.ExternType) (ok bool) {
	e.Byte(byte(t.Kind))
	switch t.Kind {
	case wasm.ExternFunc:
		e.U32(t.TypeIndex)
	case wasm.ExternTable:
		e.tableType(t.Table)
	case wasm.ExternMemory:
		e.memoryType(t.Memory)
	case wasm.ExternGlobal:
		e.globalType(t.Global)
	case wasm.ExternTag:
		e.Byte(0)
		e.U32(t.TypeIndex)
	default:
		return false
	}
	return true
}

func (e *encoder) tables() {
	for i := range e.m.Tables {
		t := &e.m.Tables[i]
		if len(t.Init.Code) > 0 {
			e.Byte(0x40)
			e.Byte(0)
		}
		e.tableType(t.Type)
		e.Buf = append(e.Buf, t.Init.Code...)
	}
}

// constExpr writes an expression that must be there.
func (e *encoder) constExpr(x wasm.ConstExpr, what string) {
	if len(x.Code) == 0 {
		e.Fail("%s is missing", what)
	}
	e.Buf = append(e.Buf, x.Code...)
}

func (e *encoder) elem(s *wasm.ElemSegment) {
	kind := uint32(0)
	plain := wasm.Ref(false, wasm.HeapFunc) // the type of the short forms
	if s.UseExprs {
		kind = 4
		plain = wasm.FuncRef
	}
	switch s.Mode {
	case wasm.SegmentPassive:
		kind |= 1
	case wasm.SegmentDeclarative:
		kind |= 3
	default:
		if s.Table != 0 || s.Explicit || s.Type != plain {
			kind |= 2
		}
	}
	e.U32(kind)
	if s.Mode == wasm.SegmentActive {
		if kind&2 != 0 {
			e.U32(s.Table)
		}
		e.constExpr(s.Offset, "the offset of an element segment")
	}
	switch {
	case !s.UseExprs && s.Type != plain:
		e.Fail("an element segment of function indices has the type %s instead of %s", s.Type, plain)
	case kind&3 != 0 && s.UseExprs:
		e.valType(s.Type)
	case kind&3 != 0:
		e.Byte(0)
	}
	e.Len(s.Len())
	if s.UseExprs {
		for _, x := range s.Exprs {
			e.constExpr(x, "an element of an element segment")
		}
		return
	}
	for _, x := range s.Funcs {
		e.U32(x)
	}
}

func (e *encoder) data(s *wasm.DataSegment) {
	switch {
	case s.Mode == wasm.SegmentPassive:
		e.Byte(1)
	case s.Mode != wasm.SegmentActive:
		e.Fail("a data segment cannot be declarative")
	case s.Memory != 0 || s.Explicit:
		e.Byte(2)
		e.U32(s.Memory)
		e.constExpr(s.Offset, "the offset of a data segment")
	default:
		e.Byte(0)
		e.constExpr(s.Offset, "the offset of a data segment")
	}
	e.Len(len(s.Init))
	e.Buf = append(e.Buf, s.Init...)
}
