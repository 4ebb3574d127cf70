// This file writes the elements of the sections and types (Binary Format,
// sections "Modules" and "Types").

package binary

import (
	"unicode/utf8"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
)

func (e *encoder) byte(c byte)  { e.buf = append(e.buf, c) }
func (e *encoder) u32(v uint32) { e.buf = leb128.AppendUint(e.buf, uint64(v)) }
func (e *encoder) len(n int)    { e.buf = leb128.AppendUint(e.buf, uint64(n)) }

func (e *encoder) name(s string) {
	if !utf8.ValidString(s) {
		e.fail("the name %.40q is not UTF-8", s)
	}
	e.len(len(s))
	e.buf = append(e.buf, s...)
}

func (e *encoder) valType(t wasm.ValType) {
	b, ok := appendValType(e.buf, t)
	if !ok {
		e.fail("there is no encoding of the type %s", t)
		return
	}
	e.buf = b
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
			e.fail("the recursion group of %d types from type %d overlaps another or goes beyond the last type", g.Count, g.First)
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
			e.byte(0x4e)
			e.u32(groups[0].Count)
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
			e.byte(0x50)
		} else {
			e.byte(0x4f)
		}
		e.len(len(s.Supers))
		for _, x := range s.Supers {
			e.u32(x)
		}
	}
	switch c := &s.Comp; {
	case c.Kind == wasm.CompFunc:
		e.byte(0x60)
		e.resultType(c.Func.Params)
		e.resultType(c.Func.Results)
	case c.Kind == wasm.CompStruct:
		e.byte(0x5f)
		e.len(len(c.Fields))
		for _, f := range c.Fields {
			e.fieldType(f)
		}
	case c.Kind == wasm.CompArray && len(c.Fields) == 1:
		e.byte(0x5e)
		e.fieldType(c.Fields[0])
	default:
		e.fail("there is no encoding of a %s type with %d fields", c.Kind, len(c.Fields))
	}
}

func (e *encoder) resultType(ts []wasm.ValType) {
	e.len(len(ts))
	for _, t := range ts {
		e.valType(t)
	}
}

func (e *encoder) fieldType(f wasm.FieldType) {
	e.valType(f.Storage)
	e.bool(f.Mutable)
}

func (e *encoder) bool(v bool) {
	if v {
		e.byte(1)
	} else {
		e.byte(0)
	}
}

func (e *encoder) globalType(t wasm.GlobalType) {
	e.valType(t.Type)
	e.bool(t.Mutable)
}

// memoryType writes the limits and the page size where the type has one.
func (e *encoder) memoryType(t wasm.MemoryType) {
	if !t.HasPageSize {
		e.limits(t.Limits, 0)
		return
	}
	e.limits(t.Limits, 8)
	e.buf = leb128.AppendUint(e.buf, uint64(t.PageLog2))
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
	e.byte(flags)
	e.buf = leb128.AppendUint(e.buf, l.Min)
	if l.HasMax {
		e.buf = leb128.AppendUint(e.buf, l.Max)
	}
}

func (e *encoder) tableType(t wasm.TableType) {
	if !t.Elem.IsRef() || t.Limits.Shared {
		e.fail("there is no encoding of the table type %s", t)
	}
	e.valType(t.Elem)
	e.limits(t.Limits, 0)
}

func (e *encoder) imports() {
	for i := range e.m.Imports {
		imp := &e.m.Imports[i]
		e.name(imp.Module)
		e.name(imp.Name)
		e.byte(byte(imp.Type.Kind))
		switch imp.Type.Kind {
		case wasm.ExternFunc:
			e.u32(imp.Type.TypeIndex)
		case wasm.ExternTable:
			e.tableType(imp.Type.Table)
		case wasm.ExternMemory:
			e.memoryType(imp.Type.Memory)
		case wasm.ExternGlobal:
			e.globalType(imp.Type.Global)
		case wasm.ExternTag:
			e.byte(0)
			e.u32(imp.Type.TypeIndex)
		default:
			e.fail("there is no import kind %d", imp.Type.Kind)
		}
	}
}

func (e *encoder) tables() {
	for i := range e.m.Tables {
		t := &e.m.Tables[i]
		if len(t.Init.Code) > 0 {
			e.byte(0x40)
			e.byte(0)
		}
		e.tableType(t.Type)
		e.buf = append(e.buf, t.Init.Code...)
	}
}

// constExpr writes an expression that must be there.
func (e *encoder) constExpr(x wasm.ConstExpr, what string) {
	if len(x.Code) == 0 {
		e.fail("%s is missing", what)
	}
	e.buf = append(e.buf, x.Code...)
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
	e.u32(kind)
	if s.Mode == wasm.SegmentActive {
		if kind&2 != 0 {
			e.u32(s.Table)
		}
		e.constExpr(s.Offset, "the offset of an element segment")
	}
	switch {
	case !s.UseExprs && s.Type != plain:
		e.fail("an element segment of function indices has the type %s instead of %s", s.Type, plain)
	case kind&3 != 0 && s.UseExprs:
		e.valType(s.Type)
	case kind&3 != 0:
		e.byte(0)
	}
	e.len(s.Len())
	if s.UseExprs {
		for _, x := range s.Exprs {
			e.constExpr(x, "an element of an element segment")
		}
		return
	}
	for _, x := range s.Funcs {
		e.u32(x)
	}
}

func (e *encoder) data(s *wasm.DataSegment) {
	switch {
	case s.Mode == wasm.SegmentPassive:
		e.byte(1)
	case s.Mode != wasm.SegmentActive:
		e.fail("a data segment cannot be declarative")
	case s.Memory != 0 || s.Explicit:
		e.byte(2)
		e.u32(s.Memory)
		e.constExpr(s.Offset, "the offset of a data segment")
	default:
		e.byte(0)
		e.constExpr(s.Offset, "the offset of a data segment")
	}
	e.len(len(s.Init))
	e.buf = append(e.buf, s.Init...)
}
