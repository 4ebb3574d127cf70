package dwarf

// This file reads which addresses an entry is about (DWARF 5, section 2.17).

// ranges calls yield for each range of addresses of an entry.
func (u *unit) ranges(e *entry, work *meter, yield func(low, high uint64)) {
	if v, ok := e.get(slotLow); ok {
		low, ok := u.addr(v)
		if v, has := e.get(slotHigh); has && ok {
			high := low + v.bits
			if !isConstant(v.form) {
				high, ok = u.addr(v)
			}
			if ok {
				yield(low, high)
			}
		}
	}
	v, ok := e.get(slotRanges)
	switch {
	case !ok:
	case u.version < 5:
		u.rangesV4(at(u.d.s.Ranges, v.bits), work, yield)
	case v.form == formRnglistx:
		x := indexed(u.d.s.RngLists, u.rngBase, v.bits, int(u.offSize))
		off := x.uint(int(u.offSize))
		if n := uint64(len(u.d.s.RngLists)); !x.bad && off <= n {
			u.rangesV5(at(u.d.s.RngLists, u.rngBase+off), work, yield)
		}
	default:
		u.rangesV5(at(u.d.s.RngLists, v.bits), work, yield)
	}
}

// covers tells whether an entry is about an address.
func (u *unit) covers(e *entry, pc uint32, work *meter) bool {
	found := false
	u.ranges(e, work, func(low, high uint64) {
		found = found || low <= uint64(pc) && uint64(pc) < high
	})
	return found
}

// rangesV4 reads a list of .debug_ranges (DWARF 4, section 2.17.3).
func (u *unit) rangesV4(r reader, work *meter, yield func(low, high uint64)) {
	base := u.base
	last := ^uint64(0) >> (64 - 8*u.addrSize)
	for r.more() && work.take(2) {
		low, high := r.uint(int(u.addrSize)), r.uint(int(u.addrSize))
		switch {
		case r.bad || low == 0 && high == 0:
			return
		case low == last:
			base = high
		default:
			yield(base+low, base+high)
		}
	}
}

// rangesV5 reads a list of .debug_rnglists (DWARF 5, section 7.25).
func (u *unit) rangesV5(r reader, work *meter, yield func(low, high uint64)) {
	base, baseOK := u.base, true
	addrx := func() (uint64, bool) {
		return u.addr(value{form: formAddrx, bits: r.uleb()})
	}
	for r.more() && work.take(2) {
		switch r.byte() {
		case 0: // DW_RLE_end_of_list
			return
		case 1: // DW_RLE_base_addressx
			base, baseOK = addrx()
		case 2: // DW_RLE_startx_endx
			low, ok := addrx()
			if high, ok2 := addrx(); ok && ok2 && !r.bad {
				yield(low, high)
			}
		case 3: // DW_RLE_startx_length
			low, ok := addrx()
			if n := r.uleb(); ok && !r.bad {
				yield(low, low+n)
			}
		case 4: // DW_RLE_offset_pair
			low, high := r.uleb(), r.uleb()
			if baseOK && !r.bad {
				yield(base+low, base+high)
			}
		case 5: // DW_RLE_base_address
			base, baseOK = r.uint(int(u.addrSize)), true
		case 6: // DW_RLE_start_end
			low, high := r.uint(int(u.addrSize)), r.uint(int(u.addrSize))
			if !r.bad {
				yield(low, high)
			}
		case 7: // DW_RLE_start_length
			low := r.uint(int(u.addrSize))
			if n := r.uleb(); !r.bad {
				yield(low, low+n)
			}
		default:
			return
		}
	}
}
