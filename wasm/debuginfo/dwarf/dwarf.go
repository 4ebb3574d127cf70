// Package dwarf finds the source position of a code address in the DWARF
// sections of a module: versions 2 to 5, line programs, inlined functions,
// nothing else. Addresses count from the start of the content of the code
// section ("DWARF for WebAssembly", section "Code addresses").
//
// The sections come from whoever made the guest. So that they cannot hurt,
// this reader allocates nothing of a size that it read, keeps indices that are
// at most a few times as large as the sections, and stops when its work is out
// of proportion to their size. What it cannot make sense of it skips: the
// worst result is a position that is missing. The standard library's
// debug/dwarf does not promise that; the tests compare the two.
package dwarf

import "sync"

// Sections are the contents of the custom sections of these names, with
// ".debug_" before them. They are not modified and must not change.
type Sections struct {
	Abbrev, Info, Line, Str, LineStr, StrOffsets, Addr, Ranges, RngLists []byte
}

// A Frame is a source position and the function that it lies in. Any field may
// be empty or 0, which is "not known".
type Frame struct {
	// Name is the name in the source, LinkageName the symbol, still mangled.
	Name, LinkageName string
	// File is the path of the source file as the compiler was given it, made
	// absolute where its directory is known.
	File string
	// Line and Col count from 1.
	Line, Col int
}

// Data answers questions about one set of sections. It reads them when it is
// first asked and is safe for concurrent use.
type Data struct {
	s        Sections
	codeSize uint32

	mu sync.Mutex
	// opened is set when units and coverage have been read.
	opened   bool
	units    []unit
	coverage spans
	abbrevs  map[uint32]*abbrevTable
	tables   map[uint32]*lineTable
	// index is the work that building indices may still take.
	index meter
	// abbrevRoom and spanRoom are how much may still be kept: 8 bytes, and
	// spans.
	abbrevRoom, spanRoom meter
}

// Limits that real debug information stays far below.
const (
	maxUnits = 1 << 17
	// maxAbbrevs bounds the memory of abbreviations, in units of 8 bytes.
	maxAbbrevs = 8 << 20
	// maxInlined bounds the frames of one address.
	maxInlined = 128
	// maxName is the longest name or path that is read, in bytes.
	maxName = 16 << 10
	// lookupWork bounds the steps of one lookup beside those that build
	// indices. A step takes a few nanoseconds.
	lookupWork = 4 << 20
)

// New makes a Data. codeSize is the size of the content of the code section,
// in bytes; addresses beyond it are those of functions that the linker
// dropped.
func New(s Sections, codeSize uint32) *Data {
	size := 0
	for _, b := range [][]byte{s.Abbrev, s.Info, s.Line, s.Ranges, s.RngLists} {
		size += len(b)
	}
	return &Data{
		s:          s,
		codeSize:   codeSize,
		abbrevs:    map[uint32]*abbrevTable{},
		tables:     map[uint32]*lineTable{},
		index:      meter{left: 1<<16 + 4*size},
		abbrevRoom: meter{left: 1<<10 + min(2*len(s.Abbrev), maxAbbrevs)},
		spanRoom:   meter{left: 1<<10 + size/2},
	}
}

// A meter counts down the steps of a task.
type meter struct{ left int }

// take takes n steps; false when they are not there.
func (m *meter) take(n int) bool {
	m.left -= n
	return m.left >= 0
}

// passed takes the steps of scanning n bytes.
func (m *meter) passed(n int) bool { return m.take(n >> 5) }

// Lookup lists the frames at an address, the innermost inlined function first;
// it is empty when nothing is known. low is where the function that the
// address lies in starts: ranges that begin before it belong to others.
func (d *Data) Lookup(pc, low uint32) []Frame {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.opened {
		d.open()
		d.opened = true
	}
	if pc < low || pc == 0 || pc >= d.codeSize {
		return nil
	}
	work := &meter{left: lookupWork}
	var best []Frame
	d.coverage.covering(pc, work, func(s span) bool {
		best = d.units[s.ref].lookup(pc, low, work)
		return len(best) == 0
	})
	if len(best) > 0 {
		return best
	}
	// Units that do not say which addresses they are about.
	for i := range d.units {
		if u := &d.units[i]; u.loose && work.take(1) {
			if best = u.lookup(pc, low, work); len(best) > 0 {
				return best
			}
		}
	}
	return nil
}

// open reads the headers of all units and which addresses they cover.
func (d *Data) open() {
	r := reader{data: d.s.Info, end: len(d.s.Info)}
	for len(d.units) < maxUnits && d.index.take(1) {
		u, ok := d.header(&r)
		if !ok {
			break
		}
		if u != nil {
			d.units = append(d.units, *u)
		}
	}
	for i := range d.units {
		d.units[i].root(uint32(i))
	}
	d.coverage.sort()
}

// keep appends a span when it lies in the code and there is room for it.
func (d *Data) keep(to *spans, low, high uint64, ref uint32) {
	// The section starts with a count: no code is at 0. Linkers put 0, or
	// addresses at the end of the address space, for what they dropped.
	if low == 0 || low >= high || low >= uint64(d.codeSize) || !d.spanRoom.take(1) {
		return
	}
	high = min(high, uint64(d.codeSize))
	to.list = append(to.list, span{low: uint32(low), high: uint32(high), ref: ref})
}
