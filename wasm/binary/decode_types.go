// This file reads types (Binary Format, section "Types").

package binary

import "github.com/dray-wasm/dray/wasm"

// heapType reads a heap type.
func (r *reader) heapType() wasm.HeapType {
	c, ok := r.Peek()
	if !ok {
		r.Byte("a heap type")
		return 0
	}
	if h, ok := wasm.AbstractHeap(c); ok {
		r.Pos++
		return h
	}
	start := r.Pos
	x := r.S33("type index")
	if x < 0 {
		r.FailAt(start, CodeType, "malformed heap type %#02x", c)
		return 0
	}
	return wasm.HeapIndex(uint32(x))
}

// refTypeFrom reads a reference type whose first byte c has been read; ok is
// false, and nothing is recorded, when c starts none.
func (r *reader) refTypeFrom(c byte) (t wasm.ValType, ok bool) {
	if c == 0x63 || c == 0x64 {
		return wasm.Ref(c == 0x63, r.heapType()), true
	}
	h, ok := wasm.AbstractHeap(c)
	return wasm.Ref(true, h), ok
}

func (r *reader) refType() wasm.ValType {
	start := r.Pos
	c := r.Byte("a reference type")
	t, ok := r.refTypeFrom(c)
	if !ok {
		r.FailAt(start, CodeType, "malformed reference type %#02x", c)
		return 0
	}
	return t
}

// storageType reads a value type, or a packed type where packed is set.
func (r *reader) storageType(packed bool) wasm.ValType {
	start := r.Pos
	c := r.Byte("a value type")
	if r.Err != nil {
		return 0
	}
	if t, ok := wasm.NumType(c); ok && (packed || !t.IsPacked()) {
		return t
	}
	t, ok := r.refTypeFrom(c)
	if !ok {
		what := "value"
		if packed {
			what = "storage"
		}
		r.FailAt(start, CodeType, "malformed %s type %#02x", what, c)
		return 0
	}
	return t
}

func (r *reader) valType() wasm.ValType { return r.storageType(false) }

func (r *reader) resultType(what string, limit int) []wasm.ValType {
	n := r.Count(what, limit)
	if n == 0 {
		return nil
	}
	ts := make([]wasm.ValType, n)
	for i := range ts {
		ts[i] = r.valType()
	}
	return ts
}

func (r *reader) mutability() bool {
	start := r.Pos
	switch c := r.Byte("mutability"); c {
	case 0:
		return false
	case 1:
		return true
	default:
		r.FailAt(start, CodeType, "malformed mutability %#02x: expected 0x00 or 0x01", c)
		return false
	}
}

func (r *reader) fieldType() wasm.FieldType {
	t := r.storageType(true)
	return wasm.FieldType{Storage: t, Mutable: r.mutability()}
}

func (r *reader) compType() (c wasm.CompType) {
	start := r.Pos
	switch code := r.Byte("a type definition"); code {
	case 0x60:
		c.Func.Params = r.resultType("number of parameters", MaxParams)
		c.Func.Results = r.resultType("number of results", MaxResults)
	case 0x5f:
		c.Kind = wasm.CompStruct
		if n := r.Count("number of fields", MaxFields); n > 0 {
			c.Fields = make([]wasm.FieldType, 0, r.Room(n, 2))
			for i := 0; i < n && r.Err == nil; i++ {
				c.Fields = append(c.Fields, r.fieldType())
			}
		}
	case 0x5e:
		c.Kind = wasm.CompArray
		c.Fields = []wasm.FieldType{r.fieldType()}
	default:
		if code >= 0x80 {
			r.FailAt(start, CodeInteger, "integer representation too long: a definition type is one byte, found %#02x", code)
		}
		r.FailAt(start, CodeType, "malformed definition type %#02x", code)
	}
	return c
}

func (r *reader) subType() (s wasm.SubType) {
	if c, ok := r.Peek(); ok && (c == 0x50 || c == 0x4f) {
		r.Pos++
		s.Open = c == 0x50
		if n := r.Count("number of supertypes", MaxSupers); n > 0 {
			s.Supers = make([]uint32, n)
		}
		for i := range s.Supers {
			s.Supers[i] = r.U32("type index of a supertype")
		}
	}
	s.Comp = r.compType()
	return s
}

// limits reads limits of a memory or table, and the flags they start with.
func (r *reader) limits(memory bool) (l wasm.Limits, flags byte) {
	start := r.Pos
	flags = r.Byte("limits flags")
	if flags&^15 != 0 || flags&^5 != 0 && !memory {
		r.FailAt(start, CodeType, "malformed limits flags %#02x", flags)
		return l, 0
	}
	l.HasMax = flags&1 != 0
	l.Shared = flags&2 != 0
	l.Is64 = flags&4 != 0
	l.Min = r.U64("minimum of limits")
	if l.HasMax {
		l.Max = r.U64("maximum of limits")
	}
	return l, flags
}

func (r *reader) tableType() (t wasm.TableType) {
	t.Elem = r.refType()
	t.Limits, _ = r.limits(false)
	return t
}

func (r *reader) memoryType() (t wasm.MemoryType) {
	var flags byte
	t.Limits, flags = r.limits(true)
	if flags&8 != 0 {
		start := r.Pos
		log2 := r.U32("page size")
		if log2 > 63 {
			r.FailAt(start, CodeType, "invalid custom page size: 2 to the power of %d", log2)
		}
		t.HasPageSize, t.PageLog2 = true, uint8(log2)
	}
	return t
}

func (r *reader) globalType() wasm.GlobalType {
	t := r.valType()
	return wasm.GlobalType{Type: t, Mutable: r.mutability()}
}

func (r *reader) tagType() wasm.TagType {
	start := r.Pos
	if c := r.Byte("tag attribute"); c != 0 {
		r.FailAt(start, CodeType, "zero byte expected: tag attribute is %#02x", c)
	}
	return wasm.TagType{TypeIndex: r.U32("type index of a tag")}
}

func (r *reader) externType() (t wasm.ExternType) {
	start := r.Pos
	t.Kind = wasm.ExternKind(r.Byte("import kind"))
	switch t.Kind {
	case wasm.ExternFunc:
		t.TypeIndex = r.U32("type index of a function")
	case wasm.ExternTable:
		t.Table = r.tableType()
	case wasm.ExternMemory:
		t.Memory = r.memoryType()
	case wasm.ExternGlobal:
		t.Global = r.globalType()
	case wasm.ExternTag:
		t.TypeIndex = r.tagType().TypeIndex
	default:
		r.FailAt(start, CodeType, "malformed import kind %#02x", byte(t.Kind))
	}
	return t
}
