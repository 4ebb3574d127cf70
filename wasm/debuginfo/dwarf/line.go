package dwarf

// This file runs line number programs (DWARF 5, section 6.2).

import "math"

// A lineTable is the header of a line number program, and where in it which
// addresses are.
type lineTable struct {
	version  uint16
	offSize  int
	addrSize int
	// files is where the lists of directories and files start.
	files   reader
	program reader

	minInst    uint64
	lineBase   int64
	lineRange  uint64
	opcodeBase byte
	// operands are the numbers of operands of the standard opcodes from 1 on.
	operands []byte

	// sequences are the addresses of the sequences, with the offsets in
	// .debug_line of their first instructions.
	sequences spans
}

// A position is what a row of a line table says.
type position struct {
	file      uint64
	line, col int
}

// lineNumber is a line or column as an int, 0 when it is out of proportion.
func lineNumber(v uint64) int {
	if v > math.MaxInt32 {
		return 0
	}
	return int(v)
}

// lineTable reads and indexes the table at an offset in .debug_line; nil when
// it makes no sense.
func (d *Data) lineTable(off uint64) *lineTable {
	if off >= uint64(len(d.s.Line)) {
		return nil
	}
	key := uint32(off)
	t, ok := d.tables[key]
	if !ok {
		if t = d.lineHeader(at(d.s.Line, off)); t != nil {
			d.sequences(t)
		}
		d.tables[key] = t
	}
	return t
}

// lineHeader reads a header (6.2.4).
func (d *Data) lineHeader(r reader) *lineTable {
	n, offSize := r.length()
	if r.bad || n > uint64(r.end-r.off) {
		return nil
	}
	r.end = r.off + int(n)
	t := &lineTable{offSize: offSize, version: uint16(r.uint(2))}
	if t.version < 2 || t.version > 5 {
		return nil
	}
	t.addrSize = 4
	if t.version >= 5 {
		t.addrSize = int(r.byte())
		r.byte() // segment selector size
	}
	header := r.uint(offSize)
	if r.bad || header > uint64(r.end-r.off) {
		return nil
	}
	t.program = reader{data: r.data, off: r.off + int(header), end: r.end}
	r.end = t.program.off
	t.minInst = uint64(r.byte())
	if t.version >= 4 {
		r.byte() // operations per instruction: WebAssembly has no VLIW
	}
	r.byte() // default_is_stmt
	t.lineBase = int64(int8(r.byte()))
	t.lineRange = uint64(r.byte())
	t.opcodeBase = r.byte()
	if t.opcodeBase > 0 {
		t.operands = r.bytes(uint64(t.opcodeBase) - 1)
	}
	if r.bad || t.lineRange == 0 || t.opcodeBase == 0 || t.addrSize > 8 {
		return nil
	}
	t.files = r
	return t
}

// sequences runs the whole program once to find its sequences.
func (d *Data) sequences(t *lineTable) {
	r := t.program
	for r.more() {
		first := r.off
		low, high, complete := uint64(math.MaxUint64), uint64(0), false
		t.run(&r, &d.index, func(addr uint64, _ position, end bool) bool {
			low, high = min(low, addr), max(high, addr)
			complete = end
			return !end
		})
		if complete {
			d.keep(&t.sequences, low, high, uint32(first))
		} else {
			break
		}
	}
	t.sequences.sort()
}

// run executes the program at r until a row makes yield return false, or the
// program or the work ends (6.2.5).
func (t *lineTable) run(r *reader, work *meter, yield func(addr uint64, at position, end bool) bool) {
	addr, file, line, col := uint64(0), uint64(1), int64(1), uint64(0)
	constAdd := uint64(255-t.opcodeBase) / t.lineRange * t.minInst
	for r.more() && work.take(1) {
		op := r.byte()
		row, end := false, false
		switch {
		case op >= t.opcodeBase:
			special := uint64(op - t.opcodeBase)
			addr += special / t.lineRange * t.minInst
			line += t.lineBase + int64(special%t.lineRange)
			row = true
		case op == 0:
			n := r.uleb()
			ext := reader{data: r.data, off: r.off, end: r.off}
			if b := r.bytes(n); b != nil {
				ext.end = r.off
			}
			switch ext.byte() {
			case 1: // DW_LNE_end_sequence
				row, end = true, true
			case 2: // DW_LNE_set_address
				if size := ext.end - ext.off; size <= 8 {
					addr = ext.uint(size)
				}
			}
		case op == 1: // DW_LNS_copy
			row = true
		case op == 2: // DW_LNS_advance_pc
			addr += r.uleb() * t.minInst
		case op == 3: // DW_LNS_advance_line
			line += r.sleb()
		case op == 4: // DW_LNS_set_file
			file = r.uleb()
		case op == 5: // DW_LNS_set_column
			col = r.uleb()
		case op == 8: // DW_LNS_const_add_pc
			addr += constAdd
		case op == 9: // DW_LNS_fixed_advance_pc
			addr += r.uint(2)
		default:
			// The others say nothing about positions.
			for range t.operands[op-1] {
				r.uleb()
			}
			work.take(int(t.operands[op-1]))
		}
		if row && !r.bad && !yield(addr, position{file, lineNumber(uint64(line)), lineNumber(col)}, end) {
			return
		}
	}
}

// position finds the row of an address.
func (u *unit) position(pc uint32, work *meter) (at position, found bool) {
	t := u.lineTable()
	if t == nil {
		return at, false
	}
	t.sequences.covering(pc, work, func(s span) bool {
		at, found = t.row(s.ref, pc, work)
		return !found
	})
	return at, found
}

// lineTable is the unit's line table, nil when it has none.
func (u *unit) lineTable() *lineTable {
	switch u.lines.form {
	case formSecOffset, formData4, formData8:
		return u.d.lineTable(u.lines.bits)
	}
	return nil
}

// row finds the row of an address in the sequence at an offset in .debug_line.
// Rows should be in order of address; where they are not, the nearest row
// below the address counts.
func (t *lineTable) row(off, pc uint32, work *meter) (best position, found bool) {
	r := t.program
	r.off = int(off)
	var prev position
	var prevAddr, bestAddr uint64
	first := true
	t.run(&r, work, func(addr uint64, at position, end bool) bool {
		if !first && prevAddr <= uint64(pc) && uint64(pc) < addr && (!found || prevAddr >= bestAddr) {
			best, bestAddr, found = prev, prevAddr, true
		}
		prev, prevAddr, first = at, addr, false
		return !end
	})
	return best, found
}
