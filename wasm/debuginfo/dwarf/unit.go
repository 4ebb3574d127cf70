package dwarf

// This file reads units: their header, their own entry, and which functions
// they hold (DWARF 5, sections 3.1 and 7.5.1).

// A unit is a compilation unit.
type unit struct {
	d *Data
	encoding
	// first is where the unit's own entry is in .debug_info, end where the
	// unit ends, start where its header is.
	start, first, end int
	abbrevs           *abbrevTable
	// base is the address that range lists start from.
	base                       uint64
	addrBase, strBase, rngBase uint64
	compDir                    string
	lines                      value
	// loose is set when the unit does not say which addresses it covers.
	loose bool
	// functions are the addresses of subprograms, with the offsets of their
	// entries; read when indexed is set.
	functions spans
	indexed   bool
}

// header reads the header at r and moves r behind the unit. u is nil for a
// unit that has no code; ok is false when there are no more units.
func (d *Data) header(r *reader) (u *unit, ok bool) {
	start := r.off
	n, offSize := r.length()
	if !r.more() || n > uint64(r.end-r.off) {
		return nil, false
	}
	h := reader{data: r.data, off: r.off, end: r.off + int(n)}
	r.off = h.end
	u = &unit{d: d, start: start, end: h.end}
	u.offSize = uint8(offSize)
	u.version = uint16(h.uint(2))
	var abbrevs uint64
	switch {
	case u.version >= 2 && u.version <= 4:
		abbrevs = h.uint(offSize)
		u.addrSize = h.byte()
	case u.version == 5:
		kind := h.byte()
		u.addrSize = h.byte()
		abbrevs = h.uint(offSize)
		switch kind {
		case 1, 3: // DW_UT_compile, DW_UT_partial
		case 4: // DW_UT_skeleton, which has an id
			h.bytes(8)
		default:
			return nil, true
		}
	default:
		return nil, true
	}
	if h.bad || u.addrSize != 4 && u.addrSize != 8 {
		return nil, true
	}
	u.first = h.off
	u.abbrevs = d.abbrevTable(abbrevs)
	return u, true
}

// An entry is a debugging information entry with the attributes that matter.
type entry struct {
	off      int
	tag      uint64
	children bool
	// has tells which of values are set.
	has    uint32
	values [slots]value
}

func (e *entry) get(s slot) (value, bool) { return e.values[s], e.has&(1<<s) != 0 }

// num is an attribute as a number, 0 when it is not there.
func (e *entry) num(s slot) uint64 {
	if e.has&(1<<s) == 0 {
		return 0
	}
	return e.values[s].bits
}

// next reads the entry at r into e. The end of a list of children is an entry
// of tag 0. false means that there is nothing more to read, or no work left.
func (u *unit) next(r *reader, e *entry, work *meter) bool {
	if !r.more() || !work.take(1) {
		return false
	}
	e.off, e.has = r.off, 0
	code := r.uleb()
	if code == 0 {
		e.tag, e.children = 0, false
		return !r.bad
	}
	a := u.abbrevs.get(code)
	if a == nil || !work.take(len(a.attrs)) {
		return false
	}
	e.tag, e.children = a.tag, a.children
	for i := range a.attrs {
		at := &a.attrs[i]
		v := u.value(r, at.form)
		if at.slot != slotNone {
			if at.form == formImplicitConst {
				v.bits = uint64(at.value)
			}
			e.values[at.slot] = v
			e.has |= 1 << at.slot
		}
	}
	return !r.bad && work.passed(r.off-e.off)
}

// entries makes a reader of the unit's entries from an offset on.
func (u *unit) entries(off int) reader {
	return reader{data: u.d.s.Info, off: off, end: u.end}
}

// root reads the unit's own entry, and adds what it covers to the coverage.
func (u *unit) root(number uint32) {
	var e entry
	r := u.entries(u.first)
	if !u.next(&r, &e, &u.d.index) {
		return
	}
	u.strBase, u.addrBase, u.rngBase = e.num(slotStrBase), e.num(slotAddrBase), e.num(slotRngBase)
	if _, ok := e.get(slotStrBase); !ok && u.version >= 5 {
		u.strBase = 2 * uint64(u.offSize) // behind the first header
	}
	if v, ok := e.get(slotLow); ok {
		u.base, _ = u.addr(v)
	}
	if v, ok := e.get(slotCompDir); ok {
		u.compDir = u.str(v)
	}
	u.lines, _ = e.get(slotStmtList)
	_, hasHigh := e.get(slotHigh)
	_, hasRanges := e.get(slotRanges)
	u.loose = !hasHigh && !hasRanges
	u.ranges(&e, &u.d.index, func(low, high uint64) {
		u.d.keep(&u.d.coverage, low, high, number)
	})
}

// index finds the subprograms of the unit.
func (u *unit) index() {
	if u.indexed {
		return
	}
	u.indexed = true
	var e entry
	for r := u.entries(u.first); u.next(&r, &e, &u.d.index); {
		if e.tag == tagSubprogram {
			off := uint32(e.off)
			u.ranges(&e, &u.d.index, func(low, high uint64) {
				u.d.keep(&u.functions, low, high, off)
			})
		}
	}
	u.functions.sort()
}
