package dwarf

// This file puts the frames of an address together (DWARF 5, section 3.3.8).

// lookup lists the frames at pc according to this unit.
func (u *unit) lookup(pc, low uint32, work *meter) []Frame {
	u.index()
	at, found := u.position(pc, work)
	var chain []entry
	u.functions.covering(pc, work, func(s span) bool {
		// A range that starts before the function is about another one, which
		// the linker dropped. The size field before the body may be counted in.
		if uint64(s.low)+maxSizeLen < uint64(low) {
			return true
		}
		chain = u.chain(int(s.ref), pc, work)
		return len(chain) == 0
	})
	if len(chain) == 0 {
		if !found {
			return nil
		}
		return []Frame{{File: u.file(at.file, work), Line: at.line, Col: at.col}}
	}
	frames := make([]Frame, len(chain))
	for i := range chain {
		// The innermost function is the last of the chain.
		e := &chain[len(chain)-1-i]
		f := &frames[i]
		f.Name, f.LinkageName = u.names(e, work)
		if i == 0 && !found {
			continue
		}
		if i > 0 {
			at = callSite(&chain[len(chain)-i])
		}
		f.File, f.Line, f.Col = u.file(at.file, work), at.line, at.col
	}
	return frames
}

// maxSizeLen is the longest size field of a code entry, in bytes.
const maxSizeLen = 5

// callSite is where an inlined function was called.
func callSite(e *entry) position {
	return position{
		file: e.num(slotCallFile),
		line: lineNumber(e.num(slotCallLine)),
		col:  lineNumber(e.num(slotCallCol)),
	}
}

// chain lists the subprogram at an offset and the functions inlined in it and
// in one another that are at pc, outermost first.
func (u *unit) chain(off int, pc uint32, work *meter) []entry {
	r := u.entries(off)
	var e entry
	if !u.next(&r, &e, work) || e.tag != tagSubprogram {
		return nil
	}
	chain := []entry{e}
	if !e.children {
		return chain
	}
	// Entries come in preorder: what is nested in the last of the chain comes
	// before the end of its children, at depth inside.
	depth, inside := 1, 1
	for depth >= inside && len(chain) < maxInlined && u.next(&r, &e, work) {
		if e.tag == 0 {
			depth--
			continue
		}
		if e.tag == tagInlined && u.covers(&e, pc, work) {
			chain = append(chain, e)
			if !e.children {
				return chain
			}
			inside = depth + 1
		}
		if e.children {
			depth++
		}
	}
	return chain
}

// names finds the names of a function, which may be at the entry that this one
// is an instance or the definition of.
func (u *unit) names(e *entry, work *meter) (name, linkage string) {
	from, at := u, *e
	for range 8 {
		if v, ok := at.get(slotName); ok && name == "" {
			name = from.str(v)
		}
		if v, ok := at.get(slotLinkage); ok && linkage == "" {
			linkage = from.str(v)
		}
		ref, ok := at.get(slotOrigin)
		if !ok {
			ref, ok = at.get(slotSpec)
		}
		if linkage != "" || !ok {
			break
		}
		var off int
		if from, off = from.target(ref); from == nil {
			break
		}
		if r := from.entries(off); !from.next(&r, &at, work) {
			break
		}
	}
	return name, linkage
}

// target is where a reference leads to; the unit is nil when that is nowhere.
func (u *unit) target(v value) (to *unit, off int) {
	switch v.form {
	case formRef1, formRef2, formRef4, formRef8, formRefUdata:
		if v.bits < uint64(u.end-u.start) && u.start+int(v.bits) >= u.first {
			return u, u.start + int(v.bits)
		}
	case formRefAddr:
		if v.bits < uint64(len(u.d.s.Info)) {
			return u.d.unitAt(int(v.bits)), int(v.bits)
		}
	}
	return nil, 0
}

// unitAt finds the unit with an entry at an offset, nil when there is none.
func (d *Data) unitAt(off int) *unit {
	lo, hi := 0, len(d.units)
	for lo < hi {
		if mid := (lo + hi) / 2; d.units[mid].end <= off {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(d.units) && d.units[lo].first <= off {
		return &d.units[lo]
	}
	return nil
}
