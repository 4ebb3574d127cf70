package abi

// This file moves values from memory to memory, and what values refer to.

import "strings"

// MaxListByteLength is the largest size in bytes of a list's elements that can
// be lifted (MAX_LIST_BYTE_LENGTH).
const MaxListByteLength = 1<<28 - 1

// A mover is one move.
type mover struct {
	from, to *Context
	// sb and db are the memories of sender and receiver. They are fetched
	// again whenever the receiver's realloc has run.
	sb, db []byte
}

func (m *mover) refresh() {
	if m.from.Memory != nil {
		m.sb = m.from.Memory.Bytes()
	}
	if m.to.Memory != nil {
		m.db = m.to.Memory.Bytes()
	}
}

// run performs a program for values at two addresses, which are in bounds.
func (m *mover) run(prog []step, src, dst uint64) error {
	for i := range prog {
		st := &prog[i]
		s, d := src+st.soff, dst+st.doff
		var err error
		switch st.op {
		case opCopy:
			m.copy(s, d, st.n)
			continue
		case opRecord:
			err = m.run(st.node.prog, s, d)
		case opFixed:
			err = m.elements(st.node.elem, s, d, st.node.count)
		case opVariant:
			err = m.variant(st.node, s, d)
		case opString:
			err = m.stringAt(s, d)
		case opList:
			err = m.listAt(st.node, s, d)
		default:
			var x uint64
			n := st.node
			if x, err = m.scalar(n, loadInt(m.sb, s, n.ssize)); err == nil {
				storeInt(m.db, d, n.dsize, x)
			}
		}
		if err != nil {
			if st.part != "" {
				err = Within(err, st.part)
			}
			return err
		}
	}
	return nil
}

// copy copies n bytes.
func (m *mover) copy(s, d, n uint64) {
	switch n {
	case 4:
		le.PutUint32(m.db[d:], le.Uint32(m.sb[s:]))
	case 8:
		le.PutUint64(m.db[d:], le.Uint64(m.sb[s:]))
	default:
		copy(m.db[d:d+n], m.sb[s:s+n])
	}
}

// loadInt reads an integer of 1, 2, 4 or 8 bytes (load_int).
func loadInt(mem []byte, ptr, size uint64) uint64 {
	switch size {
	case 1:
		return uint64(mem[ptr])
	case 2:
		return uint64(le.Uint16(mem[ptr:]))
	case 4:
		return uint64(le.Uint32(mem[ptr:]))
	}
	return le.Uint64(mem[ptr:])
}

// storeInt writes the low bytes of an integer (store_int).
func storeInt(mem []byte, ptr, size, x uint64) {
	switch size {
	case 1:
		mem[ptr] = byte(x)
	case 2:
		le.PutUint16(mem[ptr:], uint16(x))
	case 4:
		le.PutUint32(mem[ptr:], uint32(x))
	default:
		le.PutUint64(mem[ptr:], x)
	}
}

// elements moves values that follow each other. Their addresses are in bounds.
func (m *mover) elements(n *node, src, dst, count uint64) error {
	switch {
	case n.ssize == 0:
		return nil
	case n.plain:
		size := count * n.ssize
		copy(m.db[dst:dst+size], m.sb[src:src+size])
		return nil
	case n.op == opBool:
		db := m.db[dst : dst+count]
		for i, b := range m.sb[src : src+count] {
			db[i] = min(b, 1)
		}
		return nil
	case n.op == opChar:
		return m.chars(src, dst, count)
	}
	for i := range count {
		if err := m.run(n.prog, src, dst); err != nil {
			return within(err, i)
		}
		src += n.ssize
		dst += n.dsize
	}
	return nil
}

// chars moves chars that follow each other.
func (m *mover) chars(src, dst, count uint64) error {
	sb, db := m.sb[src:src+4*count], m.db[dst:dst+4*count]
	for i := uint64(0); len(sb) >= 4 && len(db) >= 4; i++ {
		c := le.Uint32(sb)
		if !validChar(c) {
			return within(badChar(c), i)
		}
		le.PutUint32(db, c)
		sb, db = sb[4:], db[4:]
	}
	return nil
}

// variant moves a variant.
func (m *mover) variant(n *node, src, dst uint64) error {
	x := loadInt(m.sb, src, n.disc)
	if x >= uint64(len(n.cases)) {
		return badCase(x, len(n.cases))
	}
	storeInt(m.db, dst, n.disc, x)
	c := &n.cases[x]
	if c.node == nil {
		return nil
	}
	if err := m.run(c.node.prog, src+n.spay, dst+n.dpay); err != nil {
		return Within(err, c.part)
	}
	return nil
}

// badCase is the trap of a discriminant that no case has.
func badCase(x uint64, cases int) error {
	return Trapf("invalid variant discriminant: %d, but there are %d cases", x, cases)
}

// stringAt moves a string whose pointer and length are at src.
func (m *mover) stringAt(src, dst uint64) error {
	w := m.from.Width
	ptr, n, err := m.string(loadPointer(m.sb, src, w), loadPointer(m.sb, src+w.Size(), w))
	if err != nil {
		return err
	}
	w = m.to.Width
	storePointer(m.db, dst, w, ptr)
	storePointer(m.db, dst+w.Size(), w, n)
	return nil
}

// string moves the content of a string.
func (m *mover) string(ptr, taggedCodeUnits uint64) (uint64, uint64, error) {
	if m.from.Encoding == UTF8 && m.to.Encoding == UTF8 {
		// What is not right here gets its trap below.
		memory, n := uint64(len(m.sb)), taggedCodeUnits
		if n <= MaxStringByteLength && ptr <= memory && n <= memory-ptr && validUTF8(m.sb[ptr:ptr+n]) {
			to, err := m.allocate(1, n, "string content")
			if err != nil {
				return 0, 0, err
			}
			copy(m.db[to:to+n], m.sb[ptr:ptr+n])
			return to, n, nil
		}
	}
	t, err := checkString(m.from, ptr, taggedCodeUnits, stringBoundsGuest)
	if err != nil {
		return 0, 0, err
	}
	ptr, n, err := storeStringIntoRange(m.to, t)
	if err != nil {
		return 0, 0, ofGuest(err, "string content")
	}
	m.refresh()
	return ptr, n, nil
}

// listAt moves a list whose pointer and length are at src.
func (m *mover) listAt(n *node, src, dst uint64) error {
	w := m.from.Width
	count := loadPointer(m.sb, src+w.Size(), w)
	ptr, err := m.list(n, loadPointer(m.sb, src, w), count)
	if err != nil {
		return err
	}
	w = m.to.Width
	storePointer(m.db, dst, w, ptr)
	storePointer(m.db, dst+w.Size(), w, count)
	return nil
}

// blockSize is the size of n elements, or something too big for any memory.
func blockSize(n, size uint64) uint64 { return min(n, 1<<32) * min(size, 1<<31) }

// list moves the elements of a list and returns where they are now.
func (m *mover) list(n *node, ptr, count uint64) (uint64, error) {
	e := n.elem
	if err := checkElements(ptr, count, e.ssize, e.salign, uint64(len(m.sb))); err != nil {
		return 0, err
	}
	to, err := m.allocate(e.dalign, count*e.dsize, "list content")
	if err != nil {
		return 0, err
	}
	return to, m.elements(e, ptr, to, count)
}

// allocate gets memory in the receiver. what is what it is for, for traps.
func (m *mover) allocate(align, size uint64, what string) (uint64, error) {
	if m.to.Memory == nil {
		return 0, Trapf("a value needs memory, but the canonical definition has no option memory")
	}
	ptr, err := m.to.Allocate(align, size)
	if err != nil {
		return 0, ofGuest(err, what)
	}
	m.refresh()
	return ptr, nil
}

// ofGuest says what a bad result of realloc means for a call between
// components.
func ofGuest(err error, what string) error {
	if t, ok := err.(*Trap); ok {
		switch {
		case strings.HasPrefix(t.Msg, "realloc return: result not aligned"):
			t.Msg = "unaligned pointer: " + t.Msg
		case strings.HasPrefix(t.Msg, "realloc return: beyond end of memory"):
			t.Msg = what + " out-of-bounds: " + t.Msg
		}
	}
	return err
}
