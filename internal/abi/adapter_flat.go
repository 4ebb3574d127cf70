package abi

// This file moves values that are flat on at least one side. The flat values
// of a case that share a place with those of another have the same bits in the
// joined type, with zeros above: no conversion is needed but the removal of
// what the sender has above.

// A place is where a value is: in flat values, or in memory where slots is
// nil.
type place struct {
	slots []uint64
	addr  uint64
}

// at is the place of a part.
func (p place) at(slot int, off uint64) place {
	if p.slots != nil {
		return place{slots: p.slots[slot:]}
	}
	return place{addr: p.addr + off}
}

// walk moves a value. Places in memory are in bounds, and there are enough
// slots.
func (m *mover) walk(n *node, s, d place) error {
	switch {
	case n.flat == 0:
		return nil
	case s.slots == nil && d.slots == nil:
		return m.run(n.prog, s.addr, d.addr)
	}
	switch n.op {
	case opRecord:
		for i := range n.fields {
			f := &n.fields[i]
			if err := m.walk(f.node, s.at(f.slot, f.soff), d.at(f.slot, f.doff)); err != nil {
				return Within(err, f.part)
			}
		}
		return nil
	case opFixed:
		e := n.elem
		for i := range n.count {
			k := int(i) * e.flat
			if err := m.walk(e, s.at(k, i*e.ssize), d.at(k, i*e.dsize)); err != nil {
				return within(err, i)
			}
		}
		return nil
	case opVariant:
		return m.walkVariant(n, s, d)
	case opString:
		ptr, units, err := m.string(m.pair(s))
		if err != nil {
			return err
		}
		m.putPair(d, ptr, units)
		return nil
	case opList:
		ptr, count := m.pair(s)
		to, err := m.list(n, ptr, count)
		if err != nil {
			return err
		}
		m.putPair(d, to, count)
		return nil
	}
	x, err := m.scalar(n, m.get(s, n.ssize))
	if err != nil {
		return err
	}
	m.put(d, n.dsize, x)
	return nil
}

func (m *mover) walkVariant(n *node, s, d place) error {
	x := m.get(s, n.disc)
	if s.slots != nil {
		x = uint64(uint32(x))
	}
	if x >= uint64(len(n.cases)) {
		return badCase(x, len(n.cases))
	}
	m.put(d, n.disc, x)
	used := 1
	if c := &n.cases[x]; c.node != nil {
		if err := m.walk(c.node, s.at(c.slot, c.soff), d.at(c.slot, c.doff)); err != nil {
			return Within(err, c.part)
		}
		used += c.node.flat
	}
	if d.slots != nil {
		clear(d.slots[used:n.flat])
	}
	return nil
}

// flat moves a value from in to out, where it has the same place on both sides:
// from slot at on. It is walk for the calls that are most frequent.
func (m *mover) flat(n *node, in, out []uint64, at int) error {
	switch n.op {
	case opRecord:
		for i := range n.fields {
			f := &n.fields[i]
			if err := m.flat(f.node, in, out, at+f.slot); err != nil {
				return Within(err, f.part)
			}
		}
		return nil
	case opVariant:
		x := uint64(uint32(in[at]))
		if x >= uint64(len(n.cases)) {
			return badCase(x, len(n.cases))
		}
		out[at] = x
		end := at + n.flat
		at++
		if c := &n.cases[x]; c.node != nil {
			if err := m.flat(c.node, in, out, at); err != nil {
				return Within(err, c.part)
			}
			at += c.node.flat
		}
		clear(out[at:end])
		return nil
	case opFixed, opString, opList:
		return m.walk(n, place{slots: in[at:]}, place{slots: out[at:]})
	}
	x, err := m.scalar(n, in[at])
	out[at] = x
	return err
}

// get reads an integer of a size in memory.
func (m *mover) get(p place, size uint64) uint64 {
	if p.slots != nil {
		return p.slots[0]
	}
	return loadInt(m.sb, p.addr, size)
}

// put writes an integer of a size in memory.
func (m *mover) put(p place, size, x uint64) {
	if p.slots != nil {
		p.slots[0] = x
		return
	}
	storeInt(m.db, p.addr, size, x)
}

// pair reads a pointer and a length.
func (m *mover) pair(p place) (ptr, n uint64) {
	w := m.from.Width
	if p.slots != nil {
		return w.pointer(p.slots[0]), w.pointer(p.slots[1])
	}
	return loadPointer(m.sb, p.addr, w), loadPointer(m.sb, p.addr+w.Size(), w)
}

// putPair writes a pointer and a length.
func (m *mover) putPair(p place, ptr, n uint64) {
	if p.slots != nil {
		p.slots[0], p.slots[1] = ptr, n
		return
	}
	w := m.to.Width
	storePointer(m.db, p.addr, w, ptr)
	storePointer(m.db, p.addr+w.Size(), w, n)
}

// Scalar tells whether the tuple has only scalars, few enough to be flat: then
// MoveScalars moves it from stack to stack.
func (a *Adapter) Scalar() bool { return a.scalar }

// MoveScalars is [Adapter.Move] of flat scalars, which needs no contexts.
func (a *Adapter) MoveScalars(in, out []uint64) error {
	n := len(a.slots)
	if len(in) < n || len(out) < n {
		return a.root.noRoom(min(len(in), len(out)))
	}
	in, out = in[:n], out[:n]
	for i := range a.slots {
		s := &a.slots[i]
		x := in[i] & s.mask
		if s.op != opCopy || s.shift != 0 {
			var err error
			if x, err = scalar(s.op, x, s.shift); err != nil {
				return Within(err, s.part)
			}
		}
		out[i] = x
	}
	return nil
}

// scalar makes a scalar what it is as a flat value: the bits that count, with
// the sign in 32 bits (lift_flat and lower_flat of scalars).
func scalar(o op, x uint64, shift uint8) (uint64, error) {
	switch o {
	case opBool:
		if uint32(x) != 0 {
			return 1, nil
		}
		return 0, nil
	case opChar:
		if c := uint32(x); !validChar(c) {
			return 0, badChar(c)
		}
		return uint64(uint32(x)), nil
	}
	if shift != 0 {
		return uint64(uint32(int32(uint32(x)<<shift) >> shift)), nil
	}
	return x, nil
}

// validChar tells whether a number is a Unicode scalar value.
func validChar(c uint32) bool { return c < 0x110000 && c&^0x7ff != 0xd800 }

// badChar is the trap of a number that is no character.
func badChar(c uint32) error {
	return Trapf("invalid `char` bit pattern: %#x is no Unicode scalar value", c)
}
