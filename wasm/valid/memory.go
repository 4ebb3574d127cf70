// This file validates instructions on memories, tables, segments and lanes of
// vectors (Validation, sections "Memory Instructions", "Table Instructions"
// and "Vector Instructions").

package valid

import (
	"math"

	"github.com/dray-wasm/dray/wasm"
)

// memoryAt is the type of a memory; nil after an error.
func (c *checker) memoryAt(x uint32) *wasm.MemoryType {
	if uint64(x) >= uint64(len(c.mems)) {
		c.fail(CodeUnknownMemory, "unknown memory %d: %s needs it, and the module has %d memories", x, c.in.Op, len(c.mems))
		return nil
	}
	return &c.mems[x]
}

// tableAt is the canonical type of a table; nil after an error.
func (c *checker) tableAt(x uint32) *wasm.TableType {
	if uint64(x) >= uint64(len(c.tables)) {
		c.fail(CodeUnknownTable, "unknown table %d: %s needs it, and the module has %d tables", x, c.in.Op, len(c.tables))
		return nil
	}
	return &c.tables[x]
}

// elemAt is the canonical element type of an element segment; ok is false
// after an error.
func (c *checker) elemAt(x uint32) (t wasm.ValType, ok bool) {
	if uint64(x) >= uint64(len(c.elems)) {
		c.fail(CodeUnknownElem, "unknown elem segment %d: %s needs it, and the module has %d element segments", x, c.in.Op, len(c.elems))
		return 0, false
	}
	return c.elems[x], true
}

// dataAt checks that there is a data segment.
func (c *checker) dataAt(x uint32) bool {
	if uint64(x) >= uint64(len(c.m.Datas)) {
		c.fail(CodeUnknownData, "unknown data segment %d: %s needs it, and the module has %d data segments", x, c.in.Op, len(c.m.Datas))
		return false
	}
	return c.dataCounted()
}

// accessSlow validates a memory access.
func (c *checker) accessSlow(in *wasm.Instr, s *sig) {
	mem := c.memoryAt(in.Index)
	if mem == nil {
		return
	}
	atomic := in.Op.Info().Feature == wasm.FeatureThreads
	switch {
	case in.Align > uint32(s.align):
		c.fail(CodeAlignment, "alignment must not be larger than natural: 2 to the power of %d, and that of %s is 2 to the power of %d", in.Align, in.Op, s.align)
	case atomic && in.Align != uint32(s.align):
		c.fail(CodeAlignment, "atomic alignment must be natural: 2 to the power of %d, and that of %s is 2 to the power of %d", in.Align, in.Op, s.align)
	case !mem.Limits.Is64 && in.Offset > math.MaxUint32:
		c.fail(CodeOffset, "offset out of range: %d does not fit in the address type i32 of memory %d", in.Offset, in.Index)
	case s.lanes > 0 && in.Lane >= s.lanes:
		c.failLane(in.Lane, s.lanes)
	}
	c.applySig(s, mem.Limits.AddrType())
}

// applySig applies a signature whose addresses have the type addr.
func (c *checker) applySig(s *sig, addr wasm.ValType) {
	var room [len(s.in) + len(s.out)]wasm.ValType
	in := append(room[:0], s.in[:s.nin]...)
	out := append(in[len(in):], s.out[:s.nout]...)
	for i, t := range room {
		if t == wasm.Bot {
			room[i] = addr
		}
	}
	c.popList(in)
	c.stack = append(c.stack, out...)
}

func (c *checker) failLane(lane, lanes uint8) {
	c.fail(CodeLane, "invalid lane index %d: that of %s must be below %d", lane, c.in.Op, lanes)
}

// lanes validates instructions with lane indices that access no memory.
func (c *checker) lanes(in *wasm.Instr) {
	s := &sigs[in.Op]
	if in.Op == wasm.OpI8x16Shuffle {
		for _, lane := range in.V128 {
			if lane >= s.lanes {
				c.failLane(lane, s.lanes)
			}
		}
	} else if in.Lane >= s.lanes {
		c.failLane(in.Lane, s.lanes)
	}
	c.sigSlow(s)
}

// memory validates instructions on whole memories and data segments.
func (c *checker) memory(in *wasm.Instr) {
	x := in.Index
	switch in.Op {
	case wasm.OpDataDrop:
		c.dataAt(x)
		return
	case wasm.OpMemoryCopy:
		to, from := c.memoryAt(x), c.memoryAt(in.Index2)
		if to != nil && from != nil {
			c.copyOperands(to.Limits, from.Limits)
		}
		return
	case wasm.OpMemoryInit:
		x = in.Index2
	}
	mem := c.memoryAt(x)
	if mem == nil || in.Op == wasm.OpMemoryInit && !c.dataAt(in.Index) {
		return
	}
	c.applySig(&sigs[in.Op], mem.Limits.AddrType())
}

// copyOperands pops destination, source and length of a copy; the length has
// the smaller of the two address types.
func (c *checker) copyOperands(to, from wasm.Limits) {
	n := wasm.I64
	if !to.Is64 || !from.Is64 {
		n = wasm.I32
	}
	c.popThree(to.AddrType(), from.AddrType(), n)
}

func (c *checker) popThree(a, b, last wasm.ValType) {
	c.room = append(c.room[:0], a, b, last)
	c.popList(c.room)
}

// table validates instructions on tables and element segments.
func (c *checker) table(in *wasm.Instr) {
	x := in.Index
	switch in.Op {
	case wasm.OpElemDrop:
		c.elemAt(x)
		return
	case wasm.OpTableInit:
		x = in.Index2
	}
	t := c.tableAt(x)
	if t == nil {
		return
	}
	addr := t.Limits.AddrType()
	switch in.Op {
	case wasm.OpTableGet:
		c.pop(addr)
		c.push(t.Elem)
	case wasm.OpTableSet:
		c.room = append(c.room[:0], addr, t.Elem)
		c.popList(c.room)
	case wasm.OpTableSize:
		c.push(addr)
	case wasm.OpTableGrow:
		c.room = append(c.room[:0], t.Elem, addr)
		c.popList(c.room)
		c.push(addr)
	case wasm.OpTableFill:
		c.popThree(addr, t.Elem, addr)
	case wasm.OpTableInit:
		if elem, ok := c.elemAt(in.Index); ok {
			c.elemMatch(elem, t.Elem, "element segment", in.Index)
			c.popThree(addr, wasm.I32, wasm.I32)
		}
	case wasm.OpTableCopy:
		if from := c.tableAt(in.Index2); from != nil {
			c.elemMatch(from.Elem, t.Elem, "table", in.Index2)
			c.copyOperands(t.Limits, from.Limits)
		}
	}
}

// elemMatch checks that elements that are copied match where they go.
func (c *checker) elemMatch(from, to wasm.ValType, what string, x uint32) {
	if !c.types.MatchVal(from, to) {
		c.fail(CodeTypeMismatch, "type mismatch: %s requires elements of type %s but %s %d has %s", c.in.Op, c.typeName(to), what, x, c.typeName(from))
	}
}
