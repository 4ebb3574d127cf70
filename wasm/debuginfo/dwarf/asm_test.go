package dwarf

// This file writes DWARF sections for the tests: one program, in the ways that
// the versions of DWARF have to say it.

import "encoding/binary"

// An asm is a section that is being written.
type asm struct{ b []byte }

func (a *asm) u8(vs ...byte) { a.b = append(a.b, vs...) }
func (a *asm) u16(v int)     { a.b = binary.LittleEndian.AppendUint16(a.b, uint16(v)) }
func (a *asm) u32(v int)     { a.b = binary.LittleEndian.AppendUint32(a.b, uint32(v)) }
func (a *asm) u64(v int)     { a.b = binary.LittleEndian.AppendUint64(a.b, uint64(v)) }
func (a *asm) str(s string)  { a.b = append(append(a.b, s...), 0) }

func (a *asm) uleb(vs ...int) {
	for _, v := range vs {
		a.b = binary.AppendUvarint(a.b, uint64(v))
	}
}

func (a *asm) sleb(v int) {
	for ; v < -64 || v > 63; v >>= 7 {
		a.u8(byte(v)&0x7f | 0x80)
	}
	a.u8(byte(v) & 0x7f)
}

// off writes an offset in the 32-bit or 64-bit format.
func (a *asm) off(is64 bool, v int) {
	if is64 {
		a.u64(v)
	} else {
		a.u32(v)
	}
}

// sized appends b behind its initial length and returns the offset of b's
// length field.
func (a *asm) sized(is64 bool, b []byte) int {
	at := len(a.b)
	if is64 {
		a.u32(0xffffffff)
	}
	a.off(is64, len(b))
	a.b = append(a.b, b...)
	return at
}

// A dialect is a way to encode.
type dialect struct {
	name    string
	version int
	is64    bool
	// indexed uses .debug_addr, .debug_str_offsets and the offset table of
	// .debug_rnglists.
	indexed bool
	// rle is the kind of entry in .debug_rnglists.
	rle byte
	// tomb is what the linker puts for the address of a function it dropped.
	tomb int
}

var dialects = []dialect{
	{name: "v2", version: 2},
	{name: "v3", version: 3, tomb: 0xffffffff},
	{name: "v4", version: 4, tomb: 0xfffffffe},
	{name: "v4-64", version: 4, is64: true},
	{name: "v5-offset-pair", version: 5, rle: 4, tomb: 0xffffffff},
	{name: "v5-start-end", version: 5, rle: 6},
	{name: "v5-start-length", version: 5, rle: 7, is64: true},
	{name: "v5-startx-endx", version: 5, rle: 2, indexed: true, tomb: 0xffffffff},
	{name: "v5-startx-length", version: 5, rle: 3, indexed: true},
	{name: "v5-base-addressx", version: 5, rle: 1, indexed: true, is64: true},
}

// A writer holds the sections of one dialect.
type writer struct {
	dialect
	abbrev, info, line, text, lineText, strOffs, addrs, ranges, rngLists asm
	// lists are the offsets of the range lists written so far, from the first
	// entry of the offset table.
	lists []int
}

func (w *writer) sections() Sections {
	s := Sections{
		Abbrev: w.abbrev.b, Info: w.info.b, Line: w.line.b, Str: w.text.b, LineStr: w.lineText.b,
		StrOffsets: w.strOffs.b, Addr: w.addrs.b, Ranges: w.ranges.b, RngLists: w.rngLists.b,
	}
	return s
}

func (w *writer) offSize() int {
	if w.is64 {
		return 8
	}
	return 4
}

// addr writes an address attribute.
func (w *writer) addr(u *asm, v int) {
	if !w.indexed {
		u.u32(v)
		return
	}
	u.uleb(len(w.addrs.b)/4 - 2)
	w.addrs.u32(v)
}

// string writes a string attribute.
func (w *writer) string(u *asm, s string) {
	at := len(w.text.b)
	w.text.str(s)
	if !w.indexed {
		u.off(w.is64, at)
		return
	}
	u.u8(byte((len(w.strOffs.b) - w.strBase()) / w.offSize()))
	w.strOffs.off(w.is64, at)
}

func (w *writer) strBase() int {
	if w.is64 {
		return 16
	}
	return 8
}

// forms of the attributes in this dialect.
func (w *writer) forms() (addr, high, str, ranges, sec int) {
	addr, high, str, ranges, sec = formAddr, formAddr, formStrp, formSecOffset, formSecOffset
	if w.version < 4 {
		ranges, sec = formData4, formData4
	}
	if w.version >= 4 {
		high = formUdata
	}
	if w.indexed {
		addr, str, ranges = formAddrx, formStrx1, formRnglistx
	}
	return
}

// high writes the end of a range that starts at low.
func (w *writer) high(u *asm, low, high int) {
	if w.version >= 4 {
		u.uleb(high - low)
	} else {
		u.u32(high)
	}
}

// rangeList writes a list, and the attribute that refers to it.
func (w *writer) rangeList(u *asm, base int, pairs ...[2]int) {
	if w.version < 5 {
		u.off(w.is64 && w.version >= 4, len(w.ranges.b))
		w.ranges.u32(0xffffffff)
		w.ranges.u32(base)
		for _, p := range pairs {
			w.ranges.u32(p[0] - base)
			w.ranges.u32(p[1] - base)
		}
		w.ranges.u64(0)
		return
	}
	r := &w.rngLists
	if w.indexed {
		u.uleb(len(w.lists))
		w.lists = append(w.lists, len(r.b))
	} else {
		u.off(w.is64, len(r.b))
	}
	for _, p := range pairs {
		switch w.rle {
		case 1:
			r.u8(1)
			w.addr(r, base)
			r.u8(4)
			r.uleb(p[0]-base, p[1]-base)
		case 2:
			r.u8(2)
			w.addr(r, p[0])
			w.addr(r, p[1])
		case 3:
			r.u8(3)
			w.addr(r, p[0])
			r.uleb(p[1] - p[0])
		case 4:
			r.u8(5)
			r.u32(base)
			r.u8(4)
			r.uleb(p[0]-base, p[1]-base)
		case 6:
			r.u8(6)
			r.u32(p[0])
			r.u32(p[1])
		case 7:
			r.u8(7)
			r.u32(p[0])
			r.uleb(p[1] - p[0])
		}
	}
	r.u8(0)
}

// declare writes an abbreviation: code, tag, whether it has children, and
// pairs of attribute and form.
func (w *writer) declare(code, tag int, children byte, pairs ...int) {
	w.abbrev.uleb(code, tag)
	w.abbrev.u8(children)
	w.abbrev.uleb(pairs...)
	w.abbrev.u8(0, 0)
}

// Codes of the abbreviations of program.
const (
	codeUnit = 1 + iota
	codeFunc
	codeSplit
	codeInlined
	codeInlinedSplit
	codeBlock
	codeAbstract
	codeDefinition
	codeVariable
)

// program is what the tests look up. Addresses are those of
//
//	outer [0x10,0x40)            /src/lib/a.c   "outer", linkage "_Zouter"
//	  mid [0x18,0x30)            called at /src/lib/a.c:5:7
//	    inner [0x1c,0x20), [0x28,0x2c)   called at /inc/b.h:9:3
//	split [0x40,0x48), [0x60,0x68)       its name is at its declaration
//
// Rows: 0x10 a.c:1:1, 0x18 b.h:20:2, 0x1c b.h:30:4, 0x20 b.h:21:2, 0x30 a.c:0,
// 0x40 end; then a sequence of addresses below: 0x60 a.c:50, 0x68 end, 0x40
// a.c:40, 0x48 end; and that of a dropped function.
func program(d dialect) *writer {
	w := &writer{dialect: d}
	addr, high, str, ranges, sec := w.forms()
	unit := []int{0x03, str, 0x1b, str, 0x10, sec, 0x55, ranges}
	if w.version >= 5 {
		unit = append([]int{0x72, sec, 0x73, sec, 0x74, sec}, unit...)
	}
	w.declare(codeUnit, tagCompileUnit, 1, append(unit, 0x11, addr)...)
	w.declare(codeFunc, tagSubprogram, 1, 0x03, str, 0x6e, str, 0x11, addr, 0x12, high)
	w.declare(codeSplit, tagSubprogram, 0, 0x55, ranges, 0x47, formRefUdata, 0x40, formBlock1)
	w.declare(codeInlined, tagInlined, 1, 0x31, formRef4, 0x11, addr, 0x12, high,
		0x58, formData1, 0x59, formUdata, 0x57, formData2)
	w.declare(codeInlinedSplit, tagInlined, 0, 0x31, formRefAddr, 0x55, ranges,
		0x58, formIndirect, 0x59, formSdata, 0x57, formData4)
	w.declare(codeBlock, 0x0b, 1, 0x3f, formFlag)
	w.declare(codeAbstract, tagSubprogram, 0, 0x03, formString)
	w.declare(codeDefinition, tagSubprogram, 0, 0x03, str, 0x31, formRef8)
	w.declare(codeVariable, 0x34, 0, 0x03, formString, 0x1c, formData8, 0x3e, formData1)
	w.abbrev.u8(0)
	if w.indexed {
		w.addrs.sized(false, nil)
		w.addrs.u32(4 << 16) // the header's rest, as much as matters
		w.strOffs.b = make([]byte, w.strBase())
	}
	w.lineSection()
	w.infoSection()
	return w
}

// infoSection writes an empty unit and that of the program.
func (w *writer) infoSection() {
	w.info.sized(w.is64, w.header())
	u := asm{b: w.header()}
	// References count from the length field.
	head := w.offSize()
	if w.is64 {
		head += 4
	}
	refs := []int{} // places of DW_FORM_ref4 to the abstract instance of mid
	innerRef := 0   // place of the DW_FORM_ref_addr to that of inner
	u.uleb(codeUnit)
	if w.version >= 5 {
		u.off(w.is64, w.strBase())
		u.off(w.is64, 8)
		u.off(w.is64, 0) // the offset table is in front
	}
	w.string(&u, "a.c")
	w.string(&u, "/src")
	u.off(w.is64 && w.version >= 4, lineStart)
	w.rangeList(&u, 0x05, [2]int{0x05, 0x48}, [2]int{0x60, 0x68})
	w.addr(&u, 0)

	abstractSplit := len(u.b) + head
	u.uleb(codeAbstract)
	u.str("split")
	w.function(&u, "dropped", w.tomb, w.tomb+0x30)
	u.u8(0)
	w.function(&u, "_Zouter", 0x10, 0x40)
	u.uleb(codeVariable)
	u.str("x")
	u.u64(-1)
	u.u8(7)
	u.uleb(codeInlined)
	refs = append(refs, len(u.b))
	u.u32(0)
	w.addr(&u, 0x18)
	w.high(&u, 0x18, 0x30)
	u.u8(1)
	u.uleb(5)
	u.u16(7)
	u.uleb(codeBlock)
	u.u8(1)
	u.uleb(codeInlinedSplit)
	innerRef = len(u.b)
	if w.version < 3 {
		u.u32(0)
	} else {
		u.off(w.is64, 0)
	}
	w.rangeList(&u, 0x1c, [2]int{0x1c, 0x20}, [2]int{0x28, 0x2c})
	u.uleb(formData1)
	u.u8(2)
	u.sleb(9)
	u.u32(3)
	u.u8(0, 0, 0) // ends of block, mid, outer
	u.uleb(codeSplit)
	w.rangeList(&u, 0x40, [2]int{0x40, 0x48}, [2]int{0x60, 0x68})
	u.uleb(abstractSplit)
	u.u8(2, 0xaa, 0xbb)
	mid := len(u.b) + head
	u.uleb(codeAbstract)
	u.str("mid")
	inner := len(u.b)
	u.uleb(codeDefinition)
	w.string(&u, "inner")
	u.u64(inner + head) // refers to itself
	u.u8(0)

	for _, at := range refs {
		binary.LittleEndian.PutUint32(u.b[at:], uint32(mid))
	}
	binary.LittleEndian.PutUint32(u.b[innerRef:], uint32(len(w.info.b)+inner+head))
	w.info.sized(w.is64, u.b)
	if w.indexed {
		w.offsetTable()
	}
}

func (w *writer) function(u *asm, name string, low, high int) {
	u.uleb(codeFunc)
	w.string(u, name[min(2, len(name)):])
	w.string(u, name)
	w.addr(u, low)
	w.high(u, low, high)
}

// header is a unit's header without its length.
func (w *writer) header() []byte {
	var u asm
	u.u16(w.version)
	if w.version >= 5 {
		u.u8(1, 4)
		u.off(w.is64, 0)
	} else {
		u.off(w.is64, 0)
		u.u8(4)
	}
	return u.b
}

// offsetTable puts the table of the lists before them.
func (w *writer) offsetTable() {
	var r asm
	for _, at := range w.lists {
		r.off(w.is64, len(w.lists)*w.offSize()+at)
	}
	w.rngLists.b = append(r.b, w.rngLists.b...)
}
