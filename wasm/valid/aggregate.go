// This file validates instructions on structures and arrays (Validation,
// section "Aggregate Reference Instructions").

package valid

import "github.com/dray-wasm/dray/wasm"

// compAt is the canonical composite type of a kind at a type index; nil after
// an error.
func (c *checker) compAt(x uint32, kind wasm.CompKind) *wasm.CompType {
	if uint64(x) >= uint64(len(c.ids)) {
		c.failErr(errUnknownType(x, len(c.ids)))
		return nil
	}
	comp := c.types.Comp(c.ids[x])
	if comp.Kind != kind {
		c.fail(CodeNonFunction, "type mismatch: %s requires a type of kind %s but type %d is of kind %s", c.in.Op, kind, x, comp.Kind)
		return nil
	}
	return comp
}

// defRef is the reference type to the type at an index.
func (c *checker) defRef(null bool, x uint32) wasm.ValType {
	return wasm.Ref(null, wasm.HeapIndex(uint32(c.ids[x])))
}

func (c *checker) structure(in *wasm.Instr) {
	x := in.Index
	comp := c.compAt(x, wasm.CompStruct)
	if comp == nil {
		return
	}
	switch in.Op {
	case wasm.OpStructNew:
		c.room = c.room[:0]
		for _, f := range comp.Fields {
			c.room = append(c.room, f.Storage.Unpack())
		}
		c.popList(c.room)
		c.push(c.defRef(false, x))
		return
	case wasm.OpStructNewDefault:
		for i, f := range comp.Fields {
			if !defaultable(f.Storage) {
				c.fail(CodeTypeMismatch, "type mismatch: struct.new_default requires fields with a default value, but field %d of type %d is %s", i, x, c.typeName(f.Storage))
				return
			}
		}
		c.push(c.defRef(false, x))
		return
	}
	if uint64(in.Index2) >= uint64(len(comp.Fields)) {
		c.fail(CodeUnknownField, "unknown field %d: type %d has %d fields", in.Index2, x, len(comp.Fields))
		return
	}
	f := comp.Fields[in.Index2]
	switch {
	case in.Op != wasm.OpStructSet:
		c.pop(c.defRef(true, x))
		c.get(in, f.Storage, in.Op != wasm.OpStructGet)
	case !f.Mutable:
		c.fail(CodeImmutable, "immutable field %d: struct.set needs a field that is declared with %q", in.Index2, "mut")
	default:
		c.room = append(c.room[:0], c.defRef(true, x), f.Storage.Unpack())
		c.popList(c.room)
	}
}

// get pushes what is read from a field; extend tells that the instruction
// extends a packed value.
func (c *checker) get(in *wasm.Instr, storage wasm.ValType, extend bool) {
	switch {
	case extend && !storage.IsPacked():
		c.fail(CodeTypeMismatch, "type mismatch: %s requires a packed field but it is %s; use the instruction without _s or _u", in.Op, c.typeName(storage))
	case !extend && storage.IsPacked():
		c.fail(CodeTypeMismatch, "type mismatch: %s requires a field that is not packed but it is %s; use the instruction with _s or _u", in.Op, storage)
	}
	c.push(storage.Unpack())
}

func (c *checker) array(in *wasm.Instr) {
	if in.Op == wasm.OpArrayLen {
		c.pop(wasm.ArrayRef)
		c.push(wasm.I32)
		return
	}
	comp := c.compAt(in.Index, wasm.CompArray)
	if comp == nil {
		return
	}
	elem := comp.Fields[0]
	switch in.Op {
	case wasm.OpArrayGet, wasm.OpArrayGetS, wasm.OpArrayGetU:
		c.room = append(c.room[:0], c.defRef(true, in.Index), wasm.I32)
		c.popList(c.room)
		c.get(in, elem.Storage, in.Op != wasm.OpArrayGet)
	case wasm.OpArraySet, wasm.OpArrayFill, wasm.OpArrayCopy, wasm.OpArrayInitData, wasm.OpArrayInitElem:
		if !elem.Mutable {
			c.fail(CodeImmutable, "immutable array: %s needs elements that are declared with %q in type %d", in.Op, "mut", in.Index)
			return
		}
		c.arrayWrite(in, elem.Storage)
	default:
		c.arrayNew(in, elem.Storage)
	}
}

// arrayNew validates the instructions that make an array.
func (c *checker) arrayNew(in *wasm.Instr, storage wasm.ValType) {
	c.room = append(c.room[:0], wasm.I32, wasm.I32)
	switch in.Op {
	case wasm.OpArrayNew:
		c.room[0] = storage.Unpack()
	case wasm.OpArrayNewDefault:
		if !defaultable(storage) {
			c.fail(CodeTypeMismatch, "type mismatch: array.new_default requires elements with a default value, but they are %s", c.typeName(storage))
			return
		}
		c.room = c.room[:1]
	case wasm.OpArrayNewFixed:
		c.popMany(storage.Unpack(), in.Index2)
		c.room = c.room[:0]
	case wasm.OpArrayNewData:
		c.arrayData(in, storage)
	case wasm.OpArrayNewElem:
		c.arrayElem(in, storage)
	}
	c.popList(c.room)
	c.push(c.defRef(false, in.Index))
}

// popMany pops n values of one type. It stops where the stack is polymorphic.
func (c *checker) popMany(t wasm.ValType, n uint32) {
	for ; n > 0 && c.err == nil; n-- {
		if len(c.stack) == c.base && c.frames[len(c.frames)-1].unreachable {
			return
		}
		c.pop(t)
	}
}

// arrayData checks the data segment that an array of numbers is filled from.
func (c *checker) arrayData(in *wasm.Instr, storage wasm.ValType) {
	if storage.IsRef() {
		c.fail(CodeTypeMismatch, "array type is not numeric or vector: the elements of type %d are %s, which %s cannot read from a data segment", in.Index, c.typeName(storage), in.Op)
		return
	}
	c.dataAt(in.Index2)
}

// arrayElem checks the element segment that an array of references is filled
// from.
func (c *checker) arrayElem(in *wasm.Instr, storage wasm.ValType) {
	if elem, ok := c.elemAt(in.Index2); ok {
		c.elemMatch(elem, storage, "element segment", in.Index2)
	}
}

// arrayWrite validates the instructions that change an array.
func (c *checker) arrayWrite(in *wasm.Instr, storage wasm.ValType) {
	c.room = append(c.room[:0], c.defRef(true, in.Index), wasm.I32)
	switch in.Op {
	case wasm.OpArraySet:
		c.room = append(c.room, storage.Unpack())
	case wasm.OpArrayFill:
		c.room = append(c.room, storage.Unpack(), wasm.I32)
	case wasm.OpArrayInitData:
		c.arrayData(in, storage)
		c.room = append(c.room, wasm.I32, wasm.I32)
	case wasm.OpArrayInitElem:
		c.arrayElem(in, storage)
		c.room = append(c.room, wasm.I32, wasm.I32)
	case wasm.OpArrayCopy:
		from := c.compAt(in.Index2, wasm.CompArray)
		if from == nil {
			return
		}
		if s := from.Fields[0].Storage; !c.types.MatchVal(s, storage) {
			c.fail(CodeTypeMismatch, "array types do not match: array.copy from elements %s to elements %s", c.typeName(s), c.typeName(storage))
			return
		}
		c.room = append(c.room, c.defRef(true, in.Index2), wasm.I32, wasm.I32)
	}
	c.popList(c.room)
}
